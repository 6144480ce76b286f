package parse

import (
	"bytes"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// xmlDeclaration finds the encoding that an XML declaration names.
var xmlDeclaration = regexp.MustCompile(`^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']\s*([A-Za-z0-9._:-]{1,40})\s*["']`)

// decode turns a body into UTF-8, once, and says how if that took more than
// reading it as the UTF-8 that it is. The order of trust: a byte order mark or
// the pattern of zero bytes that UTF-16 and UTF-32 leave; then UTF-8, if the
// bytes are valid UTF-8 with something beyond ASCII in them, for which chance
// doesn't account; the Content-Type header; the XML declaration; windows-1252.
func decode(body []byte, contentType string) (text, how string) {
	if enc, skip, name := byMark(body); enc != nil {
		return legal(convert(enc, body[skip:])), "read as " + name
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	header := labelled(contentType)
	declared := ""
	if m := xmlDeclaration.FindSubmatch(body[:min(len(body), 512)]); m != nil {
		declared = string(m[1])
	}
	if utf8.Valid(body) && (!stateful(header) && !stateful(declared) || !isASCII(body)) {
		return legal(string(body)), ""
	}
	for _, label := range []string{header, declared} {
		enc, name := charset.Lookup(label)
		if enc == nil || name == "utf-8" || name == "replacement" || strings.HasPrefix(name, "utf-16") {
			continue
		}
		return legal(convert(enc, body)), "read as " + name
	}
	if mostlyUTF8(body) {
		return legal(strings.ToValidUTF8(string(body), "\ufffd")), "bytes that are no UTF-8 replaced"
	}
	return legal(convert(charmap.Windows1252, body)), "read as windows-1252"
}

// byMark tells UTF-16 and UTF-32 by their byte order mark, or by the zero bytes
// of "<" and what follows it.
func byMark(b []byte) (enc encoding.Encoding, skip int, name string) {
	has := func(s string) bool { return len(b) >= len(s) && string(b[:len(s)]) == s }
	switch {
	case has("\x00\x00\xfe\xff"):
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), 4, "utf-32be"
	case has("\xff\xfe\x00\x00"):
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), 4, "utf-32le"
	case has("\xfe\xff"):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), 2, "utf-16be"
	case has("\xff\xfe"):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), 2, "utf-16le"
	case has("\x00\x00\x00<"):
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), 0, "utf-32be"
	case has("<\x00\x00\x00"):
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), 0, "utf-32le"
	case has("\x00<\x00"), has("\x00{\x00"):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), 0, "utf-16be"
	case has("<\x00"), has("{\x00"):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), 0, "utf-16le"
	}
	return nil, 0, ""
}

// labelled is the charset parameter of a Content-Type header.
func labelled(contentType string) string {
	if contentType == "" {
		return ""
	}
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		return strings.Trim(params["charset"], `'" `)
	}
	_, rest, ok := strings.Cut(strings.ToLower(contentType), "charset")
	if !ok {
		return ""
	}
	rest = strings.TrimLeft(rest, " =")
	if i := strings.IndexAny(rest, "; ,"); i >= 0 {
		rest = rest[:i]
	}
	return strings.Trim(rest, `'" `)
}

// stateful reports whether text of this encoding looks like ASCII without being it.
func stateful(label string) bool {
	_, name := charset.Lookup(label)
	return name == "iso-2022-jp" || strings.EqualFold(label, "hz-gb-2312") || strings.EqualFold(label, "utf-7")
}

func convert(enc encoding.Encoding, b []byte) string {
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	return string(out)
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// mostlyUTF8 reports whether b is UTF-8 with some faults, rather than text of
// an encoding of single bytes: at least four good sequences for one bad byte.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for len(b) > 0 {
		if b[0] < 0x80 {
			b = b[1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
		b = b[n:]
	}
	return good >= 4*bad
}

// legal drops the characters that XML forbids (XML 1.0 §2.2) and a byte order
// mark at the front. Control characters from 128 to 159 are windows-1252 that
// somebody took for Latin-1.
func legal(s string) string {
	s = strings.TrimPrefix(s, "\ufeff")
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < 0x20 && !isSpace(c) || c == 0xef && i+2 < len(s) && s[i+1] == 0xbf && s[i+2] >= 0xbe || c == 0xc2 && i+1 < len(s) && s[i+1] < 0xa0 {
			return strings.Map(legalRune, s)
		}
	}
	return s
}

func legalRune(r rune) rune {
	if 0x80 <= r && r < 0xa0 {
		return charmap.Windows1252.DecodeByte(byte(r))
	}
	if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
		return -1
	}
	return r
}
