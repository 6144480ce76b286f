package sanitize

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// purpose is what an address is for; it decides which schemes are allowed.
type purpose uint8

const (
	toOpen  purpose = iota // by a click: http, https, mailto, tel
	toFetch                // by the browser itself: http, https
	toShow                 // an image: http, https, and small pictures in data: URLs
)

const (
	maxAddress = 8 << 10  // bytes of an address
	maxData    = 32 << 10 // bytes of a data: URL
)

// resolve makes an address absolute and gives it in its one spelling, or ""
// if it is not one that may be used.
func (w *walk) resolve(s string, to purpose) string {
	if isPlainHTTP(s) {
		return s
	}
	s = trimAddress(s)
	scheme, rest := splitScheme(s)
	if scheme == "data" && to == toShow {
		return dataImage(rest)
	}
	if len(s) > maxAddress || s == "" {
		return ""
	}
	switch scheme {
	case "", "http", "https":
		return w.web(s)
	case "mailto", "tel":
		if to == toOpen {
			return spell(s)
		}
	}
	return ""
}

// isPlainHTTP reports whether s is an absolute address in the spelling that
// net/url would give it, which most are.
func isPlainHTTP(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(s, "http://")
	}
	if !ok || len(s) > maxAddress {
		return false
	}
	i := 0
	for i < len(rest) && (isAlphanumeric(rest[i]) || rest[i] == '.' || rest[i] == '-') {
		i++
	}
	if i == 0 || i < len(rest) && rest[i] != '/' {
		return false
	}
	for ; i < len(rest); i++ {
		if c := rest[i]; !isAlphanumeric(c) && !strings.ContainsRune("/-_.~=&,+;", rune(c)) && !(c == '?' && i < len(rest)-1) {
			return false
		}
	}
	return true
}

// trimAddress removes the white space and control characters that browsers
// overlook in addresses (WHATWG URL §4.4), and turns backslashes as they do.
func trimAddress(s string) string {
	if i := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f }); i < 0 {
		return s
	}
	s = strings.TrimSpace(strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }))
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || r == 0x7f || r == utf8.RuneError:
			return -1
		case r == '\\':
			return '/'
		}
		return r
	}, s)
}

// splitScheme splits off the scheme, in lower case; "" if there is none.
func splitScheme(s string) (scheme, rest string) {
	for i := range len(s) {
		switch c := s[i]; {
		case isLetter(c):
		case i > 0 && (isAlphanumeric(c) || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			return lower(s[:i]), s[i+1:]
		default:
			return "", s
		}
	}
	return "", s
}

// web resolves an http or https address.
func (w *walk) web(s string) string {
	u := parse(s)
	if u == nil {
		return ""
	}
	switch {
	case u.Scheme != "":
	case w.base != nil:
		u = w.base.ResolveReference(u)
	case u.Host != "":
		u.Scheme = "https" // "//host/": any feed worth reading has it
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Opaque != "" {
		return ""
	}
	u.User = nil // a link has no business to log anybody in
	u.Host = asciiHost(u.Host)
	return foreign(spell(u.String()), s)
}

// foreign gives back to an address the letters beyond ASCII that the publisher
// wrote in it, which net/url has percent-encoded: people read them, and browsers
// encode them alike (RFC 3987 §3.1).
func foreign(encoded, published string) string {
	for published != "" {
		i := strings.IndexFunc(published, isForeign)
		if i < 0 {
			break
		}
		run := published[i:]
		if n := strings.IndexFunc(run, func(r rune) bool { return !isForeign(r) }); n >= 0 {
			run = run[:n]
		}
		published = published[i+len(run):]
		encoded = strings.Replace(encoded, url.PathEscape(run), run, 1)
	}
	return encoded
}

// isForeign reports whether r is a letter or digit beyond ASCII.
func isForeign(r rune) bool {
	return r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// asciiHost spells an international host name as DNS does (RFC 5891).
func asciiHost(host string) string {
	for i := range len(host) {
		if host[i] >= utf8.RuneSelf {
			if h, err := idna.Lookup.ToASCII(host); err == nil {
				return h
			}
			return host
		}
	}
	return host
}

// spell gives an absolute address in the spelling of net/url, or "" if that
// would not keep it.
func spell(s string) string {
	u := parse(s)
	if u == nil {
		return ""
	}
	s = u.String()
	if again := parse(s); again == nil || again.String() != s || strings.TrimSpace(s) != s {
		return ""
	}
	return s
}

// parse parses an address, and mends it where browsers are more forgiving than
// net/url: spaces, and percent signs that encode nothing. It returns nil if that
// does not help.
func parse(s string) *url.URL {
	if strings.Contains(s, " ") {
		s = strings.ReplaceAll(s, " ", "%20")
	}
	u, err := url.Parse(s)
	if err != nil {
		u, err = url.Parse(mendPercent(s))
	}
	if err != nil {
		return nil
	}
	return u
}

// mendPercent encodes percent signs that don't begin an encoded byte.
func mendPercent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		if s[i] == '%' && !(i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])) {
			b.WriteString("25")
		}
	}
	return b.String()
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

// dataImage gives a data: URL of a small bitmap in its one spelling. SVG is
// never among them, for it can hold scripts.
func dataImage(rest string) string {
	head, body, ok := strings.Cut(rest, ",")
	if !ok || len(rest) > maxData {
		return ""
	}
	switch lower(strings.TrimSpace(head)) {
	case "image/png;base64":
		head = "data:image/png;base64,"
	case "image/jpeg;base64", "image/jpg;base64":
		head = "data:image/jpeg;base64,"
	case "image/gif;base64":
		head = "data:image/gif;base64,"
	case "image/webp;base64":
		head = "data:image/webp;base64,"
	default:
		return ""
	}
	body = strings.ReplaceAll(strings.ReplaceAll(body, " ", ""), "%3D", "=")
	if body == "" || strings.IndexFunc(body, notBase64) >= 0 || isDot(body) || len(head)+len(body) > maxData {
		return ""
	}
	return head + body
}

func notBase64(r rune) bool {
	return r >= utf8.RuneSelf || !isAlphanumeric(byte(r)) && r != '+' && r != '/' && r != '='
}

// isDot reports whether the base64 of a picture shows it to be one pixel large,
// which is what loaders of images put in the place of the real one.
func isDot(body string) bool {
	return strings.HasPrefix(body, "R0lGODlhAQAB") || strings.HasPrefix(body, "R0lGODdhAQAB") ||
		strings.HasPrefix(body, "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB")
}
