package parse

import (
	"bytes"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// xmlDeclaration finds the encoding that an XML declaration names, within
// quotes of any kind.
var xmlDeclaration = regexp.MustCompile(`(?i)^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*(?:["'` + "`" + `]|\xe2\x80[\x98-\x9f])?\s*([A-Za-z0-9._:-]{1,40})`)

// reading is a body as UTF-8, and how it came to be that.
type reading struct {
	text    string
	charset string // "charset by Content-Type: windows-1251"
	mended  []string
}

// decode turns a body into UTF-8, once. The order of trust: a byte order mark or
// the pattern of zero bytes that UTF-16 and UTF-32 leave; then UTF-8, if the
// bytes are UTF-8 with something beyond ASCII in them, for which chance doesn't
// account; the Content-Type header; the XML declaration; a script that the bytes
// give away; windows-1252. A label that the bytes contradict yields to the next.
func decode(body []byte, contentType string) reading {
	return decodeBy(body, contentType, xmlDeclaration, 512)
}

// decodeBy is decode where a declaration is what a pattern finds, within so many bytes.
func decodeBy(body []byte, contentType string, declaration *regexp.Regexp, window int) reading {
	if enc, skip, name, by := byMark(body); enc != nil {
		return read(convert(enc, body[skip:]), "charset by "+by+": "+name, "")
	}
	for bytes.HasPrefix(body, []byte("\xef\xbb\xbf")) {
		body = body[3:]
	}
	header, declared := labelled(contentType), ""
	if m := declaration.FindSubmatch(body[:min(len(body), window)]); m != nil {
		declared = string(m[1])
	}
	if shifted := byShifts(body, header, declared); shifted.charset != "" {
		return shifted
	}
	if utf8.Valid(body) {
		return read(string(body), "charset utf-8", lie(body, header, declared))
	}
	if mostlyUTF8(body) {
		r := read(repairUTF8(body), "charset by its bytes: utf-8", lie(body, header, declared))
		r.mended = append(r.mended, "bytes that are no UTF-8")
		return r
	}
	return byLabel(body, header, declared)
}

// read drops what XML forbids from a text.
func read(text, charset, mended string) reading {
	r := reading{charset: charset}
	var dropped int
	if r.text, dropped = legal(text); dropped > 0 {
		r.mended = append(r.mended, counted(dropped, "illegal character"))
	}
	if mended != "" {
		r.mended = append([]string{mended}, r.mended...)
	}
	return r
}

// lie says which label calls UTF-8 something else; empty if none does.
func lie(body []byte, header, declared string) string {
	if isASCII(body) {
		return ""
	}
	for i, label := range []string{header, declared} {
		if _, name := lookup(label); name != "" && name != "utf-8" {
			return "UTF-8 that its " + witness(i) + " calls " + label
		}
	}
	return ""
}

// witness names the label that is asked first, and the one after it.
func witness(i int) string { return [...]string{"Content-Type", "declaration"}[i] }

// byShifts reads the encodings that write other scripts in ASCII's bytes: they
// are known by their label or, ISO-2022-JP and ISO-2022-KR, by their escapes.
func byShifts(body []byte, header, declared string) reading {
	if !isASCII(body) {
		return reading{}
	}
	for i, label := range []string{header, declared} {
		switch enc, name := lookup(label); name {
		case "iso-2022-jp", "hz-gb-2312":
			return read(convert(enc, body), "charset by "+witness(i)+": "+name, "")
		case "iso-2022-kr":
			return read(convert(enc, unshiftKorean(body)), "charset by "+witness(i)+": "+name, "")
		}
	}
	if bytes.Contains(body, []byte(koreanHeader)) {
		enc, name := lookup("iso-2022-kr")
		return read(convert(enc, unshiftKorean(body)), "charset by its bytes: "+name, "charset "+name+", which nothing says")
	}
	if bytes.Contains(body, []byte("\x1b$B")) || bytes.Contains(body, []byte("\x1b$@")) {
		enc, name := lookup("iso-2022-jp")
		return read(convert(enc, body), "charset by its bytes: "+name, "charset "+name+", which nothing says")
	}
	return reading{}
}

// byLabel reads bytes that are no UTF-8 as what they are said to be, and for
// want of a label as what they look like.
func byLabel(body []byte, header, declared string) reading {
	var second reading
	if isASCIILabel(header) && !isASCIILabel(declared) && declared != "" { // it denies the very bytes
		header = ""
	}
	for i, label := range []string{header, declared} {
		enc, name := lookup(label)
		if enc == nil || name == "utf-8" || name == "replacement" || strings.HasPrefix(name, "utf-16") {
			continue
		}
		text, mended := convert(enc, body), ""
		if other, n := lookup(declared); i == 0 && other != nil && n != name {
			mended = "charset by Content-Type, " + name + ", where the declaration says " + declared
		}
		r := read(text, "charset by "+witness(i)+": "+name, mended)
		if !strings.ContainsRune(text, utf8.RuneError) {
			return r
		}
		if second.charset == "" {
			r.mended = append(r.mended, "bytes that are not "+name)
			second = r
		}
	}
	if second.charset != "" {
		return second
	}
	enc, name := guess(body)
	return read(convert(enc, body), "charset by its bytes: "+name, "charset "+name+", which nothing says")
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

func convert(enc encoding.Encoding, b []byte) string {
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	return string(out)
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// legal drops the characters that XML forbids (XML 1.0 §2.2), counts them, and
// drops a byte order mark at the front. Control characters from 128 to 159 are
// windows-1252 that somebody took for Latin-1.
func legal(s string) (text string, dropped int) {
	s = strings.TrimPrefix(s, "\ufeff")
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c < 0xc2 || isSpace(c) && c != '\f' {
			continue
		}
		if c < 0x20 || c == 0xef && i+2 < len(s) && s[i+1] == 0xbf && s[i+2] >= 0xbe || c == 0xc2 && i+1 < len(s) && s[i+1] < 0xa0 {
			s = strings.Map(func(r rune) rune {
				if r = legalRune(r); r < 0 {
					dropped++
				}
				return r
			}, s)
			return s, dropped
		}
	}
	return s, 0
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
