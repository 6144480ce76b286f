package dedup

import (
	_ "embed" // the lists
	"strings"
	"sync"
)

//go:embed tracking.txt
var trackingText string

//go:embed hosts.txt
var hostsText string

//go:embed redirectors.txt
var redirectorsText string

// lists gives the embedded lists, read once.
var lists = sync.OnceValue(func() *addressLists {
	return &addressLists{
		tracking:    readTracking(trackingText),
		hosts:       readHosts(hostsText),
		redirectors: readRedirectors(redirectorsText),
	}
})

// addressLists are what CanonicalURL knows about the Web's habits.
type addressLists struct {
	tracking    tracking
	hosts       hostNames
	redirectors map[string][]redirector // by host
}

// eachRule yields the fields of each line that isn't blank or a comment.
func eachRule(text string, yield func(fields []string)) {
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) > 0 && !strings.HasPrefix(f[0], "#") {
			yield(f)
		}
	}
}

// tracking are the parameters to drop, in lower case.
type tracking struct {
	names    map[string][]trackRule
	prefixes []string // of names that are always dropped
}

// trackRule says when a parameter is dropped; empty lists say always.
type trackRule struct {
	values []string // a star at the end stands for any ending
	hosts  []string
}

func readTracking(text string) tracking {
	t := tracking{names: map[string][]trackRule{}}
	eachRule(text, func(f []string) {
		var r trackRule
		for _, x := range f[1:] {
			if values, ok := strings.CutPrefix(x, "="); ok {
				r.values = strings.Split(values, "|")
			} else {
				r.hosts = append(r.hosts, strings.TrimPrefix(x, "@"))
			}
		}
		if prefix, ok := strings.CutSuffix(f[0], "*"); ok {
			t.prefixes = append(t.prefixes, prefix)
			return
		}
		t.names[f[0]] = append(t.names[f[0]], r)
	})
	return t
}

// match reports whether a parameter of an address on host only tracks.
func (t *tracking) match(host, name, value string) bool {
	name = strings.ToLower(name)
	for _, p := range t.prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	for _, r := range t.names[name] {
		if r.match(host, value) {
			return true
		}
	}
	return false
}

func (r *trackRule) match(host, value string) bool {
	return (len(r.hosts) == 0 || anyOf(r.hosts, func(h string) bool { return below(host, h) })) &&
		(len(r.values) == 0 || anyOf(r.values, func(v string) bool { return wild(strings.ToLower(value), v) }))
}

// hostNames are the other names of hosts.
type hostNames struct {
	exact  map[string]string
	suffix [][2]string // ending of the name, and what replaces it
}

func readHosts(text string) hostNames {
	h := hostNames{exact: map[string]string{}}
	eachRule(text, func(f []string) {
		if from, ok := strings.CutPrefix(f[0], "*"); ok {
			h.suffix = append(h.suffix, [2]string{from, strings.TrimPrefix(f[1], "*")})
			return
		}
		h.exact[f[0]] = f[1]
	})
	return h
}

// fold gives the name to use for host.
func (h *hostNames) fold(host string) string {
	if to, ok := h.exact[host]; ok {
		return to
	}
	for _, s := range h.suffix {
		if rest, ok := strings.CutSuffix(host, s[0]); ok {
			return rest + s[1]
		}
	}
	return host
}

// redirector is a path of a host that leads elsewhere.
type redirector struct {
	path   string // a star at the end stands for any ending
	params []string
}

func readRedirectors(text string) map[string][]redirector {
	m := map[string][]redirector{}
	eachRule(text, func(f []string) {
		m[f[0]] = append(m[f[0]], redirector{strings.TrimSuffix(f[1], "/"), f[2:]})
	})
	return m
}

// anyOf reports whether any of list is good.
func anyOf(list []string, good func(string) bool) bool {
	for _, s := range list {
		if good(s) {
			return true
		}
	}
	return false
}

// below reports whether host is domain or a name below it.
func below(host, domain string) bool {
	rest, ok := strings.CutSuffix(host, domain)
	return ok && (rest == "" || strings.HasSuffix(rest, "."))
}

// wild reports whether s is pattern, whose star at the end stands for any ending.
func wild(s, pattern string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(s, prefix)
	}
	return s == pattern
}
