package fetch

import (
	"net/url"
	"slices"
	"strings"

	"tidings/internal/feed"
)

// linkHeader finds the WebSub addresses in Link headers (RFC 8288, WebSub §4): every
// rel=hub, up to [feed.MostHubs], and the first rel=self, made absolute by base. Links
// about another document (anchor) and addresses that aren't http or https don't count.
func linkHeader(values []string, base *url.URL) (hubs []string, self string) {
	for _, v := range values {
		for s := (scanner{v}); s.link(); {
			target, rel, anchored := s.read()
			if anchored {
				continue
			}
			for r := range strings.FieldsSeq(strings.ToLower(rel)) {
				switch {
				case r == "hub" && len(hubs) < feed.MostHubs:
					if hub := absolute(base, target); hub != "" && !slices.Contains(hubs, hub) {
						hubs = append(hubs, hub)
					}
				case r == "self" && self == "":
					self = absolute(base, target)
				}
			}
		}
	}
	return hubs, self
}

// absolute is ref seen from base, or empty if it isn't an http or https address.
func absolute(base *url.URL, ref string) string {
	if len(ref) > longestURL {
		return ""
	}
	u, err := base.Parse(escapeStray(strings.TrimSpace(ref)))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return u.String()
}

// scanner reads a Link header from left to right. Commas and semicolons inside
// addresses and quotes separate nothing.
type scanner struct{ rest string }

// link moves to behind the "<" of the next link.
func (s *scanner) link() bool {
	_, rest, ok := strings.Cut(s.rest, "<")
	s.rest = rest
	return ok
}

// read takes the target and the parameters of a link, up to the comma that ends it.
func (s *scanner) read() (target, rel string, anchored bool) {
	target, s.rest, _ = strings.Cut(s.rest, ">")
	named := false
	for {
		s.rest = strings.TrimLeft(s.rest, " \t;")
		if s.rest == "" || s.rest[0] == ',' {
			return target, rel, anchored
		}
		name, value := s.param()
		switch strings.ToLower(name) {
		case "rel":
			if !named { // RFC 8288 §3.3: later ones are ignored
				rel, named = value, true
			}
		case "anchor":
			anchored = true
		}
	}
}

// param takes one parameter: a name, and a value that may be quoted. It always
// moves on, whatever stands there.
func (s *scanner) param() (name, value string) {
	end := strings.IndexAny(s.rest, "=;,")
	if end < 0 {
		end = len(s.rest)
	}
	name, s.rest = strings.TrimSpace(s.rest[:end]), s.rest[end:]
	if !strings.HasPrefix(s.rest, "=") {
		return name, ""
	}
	s.rest = strings.TrimLeft(s.rest[1:], " \t")
	if strings.HasPrefix(s.rest, `"`) {
		return name, s.quoted()
	}
	end = strings.IndexAny(s.rest, ";,")
	if end < 0 {
		end = len(s.rest)
	}
	value, s.rest = strings.TrimSpace(s.rest[:end]), s.rest[end:]
	return name, value
}

// quoted takes a quoted string (RFC 9110 §5.6.4).
func (s *scanner) quoted() string {
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '"':
			s.rest = s.rest[i+1:]
			return b.String()
		case c == '\\' && i+1 < len(s.rest):
			i++
			b.WriteByte(s.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	s.rest = ""
	return b.String()
}
