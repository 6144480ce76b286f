package sanitize

import (
	_ "embed"
	"strings"
)

// trackerList is the maintained list of what counts readers; its head says how
// to write it.
//
//go:embed trackers.txt
var trackerList string

// trackers knows the addresses of pictures and frames that only count readers.
type trackers struct {
	hosts map[string][]string // by host: beginnings of paths; "" for all of it
	ends  []string            // ends of paths, of any host
}

// newTrackers reads a list in the form of trackers.txt.
func newTrackers(list string) *trackers {
	t := &trackers{hosts: make(map[string][]string)}
	for line := range strings.Lines(list) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if end, ok := strings.CutPrefix(line, "*"); ok {
			t.ends = append(t.ends, end)
			continue
		}
		host, path, found := strings.Cut(line, "/")
		if found {
			path = "/" + path
		}
		t.hosts[host] = append(t.hosts[host], path)
	}
	return t
}

// match reports whether an absolute address is one of a tracker.
func (t *trackers) match(address string) bool {
	i := strings.Index(address, "://")
	if i < 0 {
		return false
	}
	rest := address[i+len("://"):]
	host, path := rest, "/"
	if j := strings.IndexAny(rest, "/?#"); j >= 0 {
		host, path = rest[:j], rest[j:]
	}
	host = lower(host)
	if k := strings.LastIndexByte(host, ':'); k >= 0 {
		host = host[:k]
	}
	host = strings.TrimSuffix(host, ".")
	return t.matchHost(host, path) || t.matchEnd(path)
}

// matchHost looks up the host and the domains that it belongs to.
func (t *trackers) matchHost(host, path string) bool {
	for host != "" {
		for _, begin := range t.hosts[host] {
			if strings.HasPrefix(path, begin) {
				return true
			}
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return false
}

func (t *trackers) matchEnd(path string) bool {
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	for _, end := range t.ends {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}
