package parse

import (
	"encoding/base64"
	"errors"
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxReference is how long a character reference may be, in bytes: the longest
// of HTML has 33.
const maxReference = 48

// decode gives the character data of raw: references decoded once, CDATA
// sections verbatim, comments left out.
func (t *tailor) decode(raw string) string {
	if strings.IndexByte(raw, '&') < 0 && strings.IndexByte(raw, '<') < 0 {
		return raw
	}
	if s, ok := soleCDATA(raw); ok {
		return s
	}
	var b strings.Builder
	b.Grow(len(raw))
	for {
		i := strings.IndexAny(raw, "&<")
		if i < 0 {
			b.WriteString(raw)
			return b.String()
		}
		b.WriteString(raw[:i])
		raw = raw[i:]
		switch {
		case raw[0] == '&':
			s, n := t.reference(raw)
			b.WriteString(s)
			raw = raw[n:]
		case isCDATA(raw):
			s, rest := cutCDATA(raw)
			b.WriteString(s)
			raw = rest
		case strings.HasPrefix(raw, "<!--"):
			raw, _ = afterComment(raw)
		default:
			b.WriteByte('<')
			raw = raw[1:]
		}
	}
}

// soleCDATA is the inside of raw if it is one CDATA section and nothing else.
func soleCDATA(raw string) (string, bool) {
	raw = strings.TrimSpace(raw)
	if !isCDATA(raw) {
		return "", false
	}
	s, rest := cutCDATA(raw)
	return s, rest == ""
}

// cutCDATA takes the CDATA section off the front of raw. One within it, which XML
// doesn't know, is as if it were not marked; the end of one that has none may be
// misspelt.
func cutCDATA(raw string) (inside, rest string) {
	inside, rest, ended := strings.Cut(raw[len("<![CDATA["):], "]]>")
	if !ended {
		if s := strings.TrimRight(inside, " \t\r\n>"); strings.HasSuffix(s, "]") {
			inside = strings.TrimRight(s, "] ")
		}
		return inside, rest
	}
	if strings.Contains(inside, "<![CDATA[") {
		inside = strings.Replace(inside, "<![CDATA[", "", 1)
		outer, more, twice := strings.Cut(rest, "]]>")
		if twice && !strings.Contains(outer, "<") {
			inside, rest = inside+outer, more
		}
	}
	return inside, rest
}

// reference decodes the reference that s begins with, and tells its length. An
// ampersand that begins none stands for itself.
func (t *tailor) reference(s string) (text string, n int) {
	end := strings.IndexByte(s[:min(len(s), maxReference)], ';')
	if end < 2 {
		t.loose = true
		return "&", 1
	}
	switch name := s[1:end]; {
	case name == "lt":
		return "<", 4
	case name == "gt":
		return ">", 4
	case name == "amp":
		return "&", 5
	case name == "quot":
		return `"`, 6
	case name == "apos":
		return "'", 6
	case name[0] == '#':
		return t.numeric(s, end)
	default:
		if v, ok := t.entities.value(name); ok {
			return v, end + 1
		}
		// html.UnescapeString also decodes beginnings of names ("&copyx;").
		if c := html.UnescapeString(s[:end+1]); !strings.HasSuffix(c, ";") {
			return c, end + 1
		}
		t.loose = true
		return "&", 1
	}
}

// numeric decodes the numeric reference that s begins with and that ends at end.
// Numbers from 128 to 159 mean windows-1252, as in HTML; two surrogates are the
// character they stand for together; what XML forbids is dropped.
func (t *tailor) numeric(s string, end int) (text string, n int) {
	r, ok := number(s[2:end])
	switch {
	case !ok:
		t.loose = true
		return "&", 1
	case utf16.IsSurrogate(r):
		if next := s[end+1:]; strings.HasPrefix(next, "&#") {
			stop := strings.IndexByte(next[:min(len(next), maxReference)], ';')
			low, ok := number(next[2:max(stop, 2)])
			if pair := utf16.DecodeRune(r, low); ok && pair != utf8.RuneError {
				return string(pair), end + 1 + stop + 1
			}
		}
		fallthrough
	case r > utf8.MaxRune || legalRune(r) < 0:
		t.illegal = true
		return "", end + 1
	}
	return string(legalRune(r)), end + 1
}

// number reads the number of a numeric reference; one beyond all characters is
// still a number.
func number(s string) (rune, bool) {
	base := 10
	if s != "" && (s[0] == 'x' || s[0] == 'X') {
		s, base = s[1:], 16
	}
	n, err := strconv.ParseUint(s, base, 32)
	if errors.Is(err, strconv.ErrRange) || err == nil && n > utf8.MaxRune {
		return utf8.MaxRune + 1, true
	}
	return rune(n), err == nil
}

// text makes a Text of RSS and its modules: HTML by custom, escaped or not.
func (t *tailor) text(tk ticket) Text {
	x := Text{Base: tk.base, Lang: tk.lang}
	tk.raw = t.short(tk.raw)
	if tk.markup {
		x.Type = HTML
		t.inline(&x, tk.raw, false)
		return x
	}
	x.Value = strings.TrimSpace(t.decode(tk.raw))
	for isCDATA(x.Value) && strings.HasSuffix(x.Value, "]]>") { // escaped, and marked all the same
		x.Value = strings.TrimSpace(x.Value[len("<![CDATA[") : len(x.Value)-len("]]>")])
	}
	return x
}

// short is raw cut to maxText: a text grows when it is escaped, and nobody reads this far.
func (t *tailor) short(raw string) string {
	if len(raw) > maxText {
		t.mend("a text longer than 4 MB; the rest left out")
		raw = cutAt(raw, maxText)
	}
	return raw
}

// cutAt is the first n bytes of s, or some less, so that no character is cut.
func cutAt(s string, n int) string {
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:min(n, len(s))]
}

// construct makes a Text of an Atom text construct or content element
// (RFC 4287 §3.1 and §4.1.3; Atom 0.3 had media types and a mode).
func (t *tailor) construct(tk ticket) Text {
	x := Text{Base: tk.base, Lang: tk.lang}
	tk.raw = t.short(tk.raw)
	typ, mode := strings.ToLower(strings.TrimSpace(tk.typ)), strings.ToLower(strings.TrimSpace(tk.mode))
	typ, _, _ = strings.Cut(typ, ";")
	switch {
	case mode == "base64" || mode == "" && !tk.markup && isBinary(typ):
		return t.base64(x, tk.raw, typ)
	case mode == "escaped" && !tk.markup:
		x.Type = textType(typ)
		x.Value = strings.TrimSpace(t.decode(tk.raw))
	case typ == "xhtml":
		x.Type = HTML
		t.inline(&x, tk.raw, true)
	case tk.markup && (typ == "html" || typ == "text/html"):
		x.Type = HTML
		t.inline(&x, t.decode(tk.raw), true)
	case tk.markup, typ == "application/xhtml+xml", isXML(typ):
		x.Type = HTML
		t.inline(&x, tk.raw, false)
	default:
		x.Type = textType(typ)
		x.Value = strings.TrimSpace(t.decode(tk.raw))
	}
	return x
}

func textType(typ string) Type {
	switch typ {
	case "", "text", "text/plain":
		return Plain
	case "html", "text/html", "xhtml", "application/xhtml+xml":
		return HTML
	}
	if strings.HasPrefix(typ, "text/") {
		return Plain
	}
	return Escaped
}

func isXML(typ string) bool {
	return strings.HasSuffix(typ, "+xml") || strings.HasSuffix(typ, "/xml")
}

// isBinary reports whether content of this type stands in base64 (RFC 4287
// §4.1.3.3).
func isBinary(typ string) bool {
	return strings.Contains(typ, "/") && !strings.HasPrefix(typ, "text/") && !isXML(typ)
}

func (t *tailor) base64(x Text, raw, typ string) Text {
	code := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' || r == '\t' || r == '\r' {
			return -1
		}
		return r
	}, t.decode(raw))
	b, err := base64.StdEncoding.DecodeString(code)
	if err != nil {
		b, err = base64.RawStdEncoding.DecodeString(code)
	}
	if err != nil {
		x.Value = strings.TrimSpace(t.decode(raw))
		x.Type = Plain
		return x
	}
	if !utf8.Valid(b) {
		return x
	}
	text, _ := legal(string(b))
	x.Value, x.Type = strings.TrimSpace(text), textType(typ)
	return x
}
