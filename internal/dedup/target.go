package dedup

import (
	"slices"
	"strings"
)

// target gives the address that a wraps, if a is an AMP viewer, a redirector
// that carries its target, or a short form.
func (a *address) target() (address, bool) {
	for _, raw := range []string{a.viewed(), a.redirected(), a.expanded()} {
		if raw == "" {
			continue
		}
		if t, ok := parseAddress(raw); ok {
			return t, true
		}
	}
	return address{}, false
}

// viewed is the address inside an AMP cache's or viewer's:
//
//	https://example-org.cdn.ampproject.org/c/s/example.org/path
//	https://www.google.com/amp/s/example.org/path
func (a *address) viewed() string {
	var rest string
	switch {
	case below(a.host, "cdn.ampproject.org"), below(a.host, "bing-amp.com"):
		kind, after, _ := strings.Cut(strings.TrimPrefix(a.path, "/"), "/")
		if len(kind) != 1 {
			return ""
		}
		rest = after
	case countryHost(a.host) == "google.*":
		after, ok := strings.CutPrefix(a.path, "/amp/")
		if !ok {
			return ""
		}
		rest = after
	default:
		return ""
	}
	rest = strings.TrimPrefix(rest, "s/")
	if host, _, _ := strings.Cut(rest, "/"); strings.IndexByte(host, '.') < 0 {
		return ""
	}
	return "https://" + rest + a.query()
}

// query is the question mark and what follows; empty without parameters.
func (a *address) query() string {
	if len(a.params) == 0 {
		return ""
	}
	return "?" + strings.Join(a.params, "&")
}

// redirected is the address that redirectors.txt says a carries.
func (a *address) redirected() string {
	if len(a.params) == 0 {
		return ""
	}
	all := lists().redirectors
	rules := all[a.host]
	if len(rules) == 0 {
		rules = all[countryHost(a.host)]
	}
	if len(rules) == 0 {
		_, parent, _ := strings.Cut(a.host, ".") // eur01.safelinks.protection.outlook.com
		rules = all[parent]
	}
	for _, r := range rules {
		if !wild(a.path, r.path) {
			continue
		}
		for _, name := range r.params {
			if v := a.param(name); v != "" {
				return v
			}
		}
	}
	return ""
}

// param is the value of a parameter, decoded, if it looks like an address.
func (a *address) param(name string) string {
	i, ok := slices.BinarySearchFunc(a.params, name+"=", func(p, want string) int {
		return strings.Compare(p[:min(len(p), len(want))], want)
	})
	if !ok {
		return ""
	}
	v := decode(a.params[i][len(name)+1:])
	if _, ok := afterScheme(v); !ok {
		return ""
	}
	return v
}

// expanded is the long form of an address whose short form is a rule:
// https://youtu.be/ID is https://youtube.com/watch?v=ID.
func (a *address) expanded() string {
	id := strings.TrimPrefix(a.path, "/")
	if a.host != "youtu.be" || id == "" || strings.IndexByte(id, '/') >= 0 {
		return ""
	}
	return "https://youtube.com/watch?" + strings.Join(append([]string{"v=" + id}, a.params...), "&")
}

// countryHost is a host name with its public ending replaced by a star where
// the ending is that of a country or "com": google.co.uk gives "google.*".
func countryHost(host string) string {
	i := strings.Index(host, "google.")
	if i < 0 || i > 0 && host[i-1] != '.' {
		return host
	}
	ending := host[i+len("google."):]
	if len(ending) > len("com.xx") || strings.Count(ending, ".") > 1 {
		return host
	}
	return host[:i] + "google.*"
}
