package opml

import (
	"net/url"
	"strings"
)

// feedAddress makes an absolute http or https address of what a list at base says,
// or gives the reason why it can't. Base may be nil.
func feedAddress(s string, base *url.URL) (address, reason string) {
	s = withoutFeedScheme(strings.TrimSpace(s))
	u := parse(s)
	if u != nil && base != nil && s != "" {
		u = base.ResolveReference(u)
	}
	switch {
	case u == nil:
		return "", "the address can't be read"
	case u.Scheme == "":
		return "", "the address is incomplete: it has to begin with https:// or http://"
	case u.Scheme != "http" && u.Scheme != "https":
		return "", "addresses that begin with " + u.Scheme + ": are not supported, only https and http"
	case u.Hostname() == "" || u.Opaque != "":
		return "", "the address names no host"
	}
	return u.String(), ""
}

// withoutFeedScheme turns the pseudo-schemes that browsers hand to feed readers
// into the address that they mean: "feed:https://…", "feed://…".
func withoutFeedScheme(s string) string {
	for _, scheme := range []string{"feed:", "web+feed:"} {
		if len(s) < len(scheme) || !strings.EqualFold(s[:len(scheme)], scheme) {
			continue
		}
		rest := s[len(scheme):]
		if strings.HasPrefix(rest, "//") {
			inner := strings.ToLower(rest[2:])
			if strings.HasPrefix(inner, "http://") || strings.HasPrefix(inner, "https://") {
				return rest[2:]
			}
			return "http:" + rest
		}
		return rest
	}
	return s
}

// siteAddress gives the address of a site if it is one that can be linked to.
func siteAddress(s string) string {
	u := parse(strings.TrimSpace(s))
	if u == nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return ""
	}
	return u.String()
}

// parse parses an address, spaces in it encoded; nil if it can't.
func parse(s string) *url.URL {
	u, err := url.Parse(strings.ReplaceAll(s, " ", "%20"))
	if err != nil {
		return nil
	}
	return u
}

// withoutCredentials leaves the user's name and password out of an address.
func withoutCredentials(s string) string {
	if u := parse(s); u != nil && u.User != nil {
		u.User = nil
		return u.String()
	}
	return s
}
