package publish

import (
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

var (
	languageTag = regexp.MustCompile(`^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$`)           // as in the schema of RFC 4287
	mediaRange  = regexp.MustCompile(`^[A-Za-z0-9.+!#$&^_-]+/[A-Za-z0-9.+!#$&^_-]+$`) // RFC 6838 §4.2, without parameters
	mailAddress = regexp.MustCompile(`^[^@\s<>"]+@[^@\s<>"]+$`)                       // as in the schema of RFC 4287
)

// firstOf is the first of the strings that isn't empty.
func firstOf(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// legal is s without the characters that XML 1.0 §2.2 forbids or discourages.
func legal(s string) string {
	for i, r := range s {
		if r >= 0x20 && r < 0x7f {
			continue
		}
		if !allowed(r) || r == utf8.RuneError {
			return s[:i] + strings.Map(keepAllowed, strings.ToValidUTF8(s[i:], ""))
		}
	}
	return s
}

func keepAllowed(r rune) rune {
	if allowed(r) {
		return r
	}
	return -1
}

// allowed reports whether r may stand in a document: no control characters, of
// ASCII or of Latin-1, and no noncharacters.
func allowed(r rune) bool {
	switch {
	case r < 0x20:
		return r == '\t' || r == '\n' || r == '\r'
	case r >= 0x7f && r <= 0x9f:
		return false
	}
	return r&0xfffe != 0xfffe && (r < 0xfdd0 || r > 0xfdef)
}

// escapeXML is the texts, one after the other, as character data of an element.
func escapeXML(texts ...string) string {
	n := 0
	for _, s := range texts {
		n += len(s) + len(s)/4
	}
	b := make([]byte, 0, n)
	for _, s := range texts {
		b = appendEscaped(b, legal(s))
	}
	return string(b)
}

func appendEscaped(b []byte, s string) []byte {
	from := 0
	for i := range len(s) {
		var ref string
		switch s[i] {
		case '&':
			ref = "&amp;"
		case '<':
			ref = "&lt;"
		case '>':
			ref = "&gt;" // for the sake of "]]>"
		case '\r':
			ref = "&#xD;" // a bare one would be read as a line feed
		default:
			continue
		}
		b = append(append(b, s[from:i]...), ref...)
		from = i + 1
	}
	return append(b, s[from:]...)
}

// line is s in one line, legal and without space at its ends.
func line(s string) string {
	s = legal(s)
	if strings.ContainsAny(s, "\t\n\r") {
		s = strings.Map(unbreak, s)
	}
	return strings.TrimSpace(s)
}

func unbreak(r rune) rune {
	if r == '\t' || r == '\n' || r == '\r' {
		return ' '
	}
	return r
}

// beginning is at most n characters of s, cut between words where there are any.
func beginning(s string, n int) string {
	end := 0
	for i := range s {
		if n--; n < 0 {
			end = i
			break
		}
	}
	if end == 0 {
		return s
	}
	if i := strings.LastIndexByte(s[:end], ' '); i > end/2 {
		end = i
	}
	return strings.TrimRight(s[:end], " ,;:.") + "…"
}

// address is raw as an absolute http or https URI (RFC 3986), which is an IRI
// too; empty if it is none. User names and passwords are left out: what a
// reader polls with them is published without.
func address(raw string) string {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	host := asciiHost(u)
	if host == "" {
		return ""
	}
	a := u.Scheme + "://" + host + escape(u.EscapedPath())
	if u.RawQuery != "" || u.ForceQuery {
		a += "?" + escape(u.RawQuery)
	}
	if u.Fragment != "" {
		a += "#" + escape(u.EscapedFragment())
	}
	return a
}

func asciiHost(u *url.URL) string {
	name, port := u.Hostname(), u.Port()
	if strings.Contains(name, ":") {
		if net.ParseIP(name) == nil {
			return ""
		}
		name = "[" + name + "]"
	} else if !isHost(name) {
		ascii, err := idna.Lookup.ToASCII(name)
		if err != nil || !isHost(ascii) {
			return ""
		}
		name = ascii
	}
	if port != "" {
		name += ":" + port
	}
	return name
}

// isHost reports whether s is a host name of ASCII, as found in practice: with
// underscores, which RFC 1123 doesn't know.
func isHost(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_':
		case (c == '.' || c == '-') && i > 0:
		default:
			return false
		}
	}
	return s != ""
}

// escape writes with percent signs what may not stand in a URI after its host.
func escape(s string) string {
	i := 0
	for i < len(s) && uriByte(s, i) {
		i++
	}
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:i])
	for ; i < len(s); i++ {
		if uriByte(s, i) {
			b.WriteByte(s[i])
			continue
		}
		const hex = "0123456789ABCDEF"
		b.Write([]byte{'%', hex[s[i]>>4], hex[s[i]&15]})
	}
	return b.String()
}

// uriByte reports whether byte i of s may stand in a URI as it is (RFC 3986 §2).
func uriByte(s string, i int) bool {
	switch c := s[i]; {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	case c == '%':
		return i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
	default:
		return strings.IndexByte("-._~:/?@!$&'()*+,;=", c) >= 0
	}
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// language is s if it is a language tag, else empty.
func language(s string) string {
	if languageTag.MatchString(s) {
		return s
	}
	return ""
}

// mediaType is s without parameters if it is a media type, else empty.
func mediaType(s string) string {
	s, _, _ = strings.Cut(s, ";")
	if s = strings.TrimSpace(s); mediaRange.MatchString(s) {
		return s
	}
	return ""
}

// email is s if it looks like an address, else empty.
func email(s string) string {
	if s = strings.TrimPrefix(line(s), "mailto:"); mailAddress.MatchString(s) {
		return s
	}
	return ""
}

// writable is t in UTC and whole seconds; a time that is missing or that
// RFC 3339 §5.6 can't write is 1970, which readers take for no date.
func writable(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Second)
	if t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		return time.Unix(0, 0).UTC()
	}
	return t
}

func stamp(t time.Time) string { return t.Format(time.RFC3339) }
