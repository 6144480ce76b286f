package parse

import (
	"encoding/base64"
	"html"
	"strconv"
	"strings"
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
		case strings.HasPrefix(raw, "<![CDATA["):
			s, rest, _ := strings.Cut(raw[len("<![CDATA["):], "]]>")
			b.WriteString(s)
			raw = rest
		case strings.HasPrefix(raw, "<!--"):
			raw = after(raw[4:], "-->")
		default:
			b.WriteByte('<')
			raw = raw[1:]
		}
	}
}

// soleCDATA is the inside of raw if it is one CDATA section and nothing else.
func soleCDATA(raw string) (string, bool) {
	s, ok := strings.CutPrefix(strings.TrimSpace(raw), "<![CDATA[")
	if !ok {
		return "", false
	}
	end := strings.Index(s, "]]>")
	if end < 0 || end != len(s)-3 {
		return "", false
	}
	return s[:end], true
}

// reference decodes the reference that s begins with, and tells its length. An
// ampersand that begins none stands for itself.
func (t *tailor) reference(s string) (text string, n int) {
	end := strings.IndexByte(s[:min(len(s), maxReference)], ';')
	if end < 2 {
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
		if c, ok := numeric(name[1:]); ok {
			return c, end + 1
		}
		return "&", 1
	default:
		if v, ok := t.entities.value(name); ok {
			return v, end + 1
		}
		// html.UnescapeString also decodes beginnings of names ("&copyx;").
		if c := html.UnescapeString(s[:end+1]); !strings.HasSuffix(c, ";") {
			return c, end + 1
		}
		return "&", 1
	}
}

// numeric is the character of a numeric reference without "#" and ";". Numbers
// from 128 to 159 mean windows-1252, as in HTML; what XML forbids is dropped.
func numeric(s string) (string, bool) {
	base := 10
	if s != "" && (s[0] == 'x' || s[0] == 'X') {
		s, base = s[1:], 16
	}
	n, err := strconv.ParseUint(s, base, 32)
	if err != nil {
		return "", false
	}
	switch r := rune(n); {
	case n > utf8.MaxRune, 0xd800 <= n && n < 0xe000:
		return "\ufffd", true
	case legalRune(r) < 0:
		return "", true
	case 0x80 <= n && n < 0xa0:
		return html.UnescapeString("&#" + strconv.FormatUint(n, 10) + ";"), true
	default:
		return string(r), true
	}
}

// text makes a Text of RSS and its modules: HTML by custom, escaped or not.
func (t *tailor) text(tk ticket) Text {
	x := Text{Base: tk.base, Lang: tk.lang}
	if tk.markup {
		x.Type = HTML
		t.inline(&x, tk.raw, false)
		return x
	}
	x.Value = strings.TrimSpace(t.decode(tk.raw))
	return x
}

// construct makes a Text of an Atom text construct or content element
// (RFC 4287 §3.1 and §4.1.3; Atom 0.3 had media types and a mode).
func (t *tailor) construct(tk ticket) Text {
	x := Text{Base: tk.base, Lang: tk.lang}
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
	x.Value, x.Type = strings.TrimSpace(legal(string(b))), textType(typ)
	return x
}

// inline makes HTML of markup that stands in the document itself: prefixes of
// names dropped, <p/> written out, CDATA escaped. If unwrap, the one div around
// it goes, which isn't part of the text (RFC 4287 §3.1.1.3).
func (t *tailor) inline(x *Text, raw string, unwrap bool) {
	w := inliner{tailor: tailor{in: raw, entities: t.entities}, cdata: !unwrap}
	w.out.Grow(len(raw))
	w.run()
	x.Value = w.out.String()
	if w.first != "div" {
		x.Value = strings.TrimSpace(x.Value)
		return
	}
	if w.base != "" {
		x.Base = &Base{Href: w.base, Outer: x.Base}
	}
	if w.lang != "" {
		x.Lang = w.lang
	}
	if unwrap && w.closes > 0 && strings.TrimSpace(x.Value[w.closed:]) == "" {
		x.Value = x.Value[w.opened:w.closes]
	}
	x.Value = strings.TrimSpace(x.Value)
}

// inliner writes XML markup as HTML.
type inliner struct {
	tailor
	out    strings.Builder
	cdata  bool   // CDATA sections hold HTML
	first  string // name of the first element, if nothing stands before it
	base   string // its xml:base
	opened int    // where its inside begins in out
	closes int    // where it ends
	closed int    // where its end tag ends
	level  int
}

func (w *inliner) run() {
	for w.pos < len(w.in) {
		i := strings.IndexByte(w.in[w.pos:], '<')
		if i < 0 {
			i = len(w.in) - w.pos
		}
		w.characters(w.in[w.pos : w.pos+i])
		w.pos += i
		if rest := w.in[w.pos:]; len(rest) < 2 {
			w.pos = len(w.in)
		} else {
			w.markup(rest)
		}
	}
}

func (w *inliner) markup(rest string) {
	switch {
	case isNameStart(rest[1]):
		w.start()
	case rest[1] == '/':
		w.end(rest)
	case strings.HasPrefix(rest, "<![CDATA["):
		s, _, _ := strings.Cut(rest[len("<![CDATA["):], "]]>")
		if !w.cdata || strings.IndexByte(s, '<') < 0 {
			s = html.EscapeString(s)
		}
		w.out.WriteString(s)
		w.pos += len(rest) - len(after(rest, "]]>"))
	case strings.HasPrefix(rest, "<!--"):
		w.pos += len(rest) - len(after(rest[4:], "-->"))
	case rest[1] == '!' || rest[1] == '?':
		w.pos += len(rest) - len(after(rest, ">"))
	default:
		w.out.WriteString("&lt;")
		w.pos++
	}
}

// characters copies character data. References stay as they are, HTML knows
// them; but for those of the document's own entities.
func (w *inliner) characters(s string) {
	for w.entities != nil {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			break
		}
		text, n := w.reference(s[i:])
		w.out.WriteString(s[:i])
		w.out.WriteString(html.EscapeString(text))
		s = s[i+n:]
	}
	w.out.WriteString(s)
}

func (w *inliner) start() {
	blank := w.first == "" && strings.TrimSpace(w.out.String()) == ""
	name, closed := w.readTag()
	_, local := split(name)
	w.out.WriteByte('<')
	w.out.WriteString(local)
	for _, a := range w.attrs {
		w.attribute(a, blank)
	}
	w.out.WriteByte('>')
	if blank {
		w.first, w.opened = strings.ToLower(local), w.out.Len()
	}
	switch {
	case closed && !isVoid(local):
		w.out.WriteString("</" + local + ">")
	case !closed && !isVoid(local):
		w.level++
	}
	if w.first == "" {
		w.first = "?"
	}
}

func (w *inliner) attribute(a attr, outermost bool) {
	if a.name == "xmlns" || strings.HasPrefix(a.name, "xmlns:") {
		return
	}
	switch {
	case a.name == "xml:base" && outermost:
		w.base = w.decode(a.value)
	case a.name == "xml:lang" && outermost:
		w.lang = w.decode(a.value)
	}
	quote := byte('"')
	if strings.IndexByte(a.value, '"') >= 0 {
		quote = '\''
	}
	w.out.WriteByte(' ')
	w.out.WriteString(a.name)
	w.out.WriteByte('=')
	w.out.WriteByte(quote)
	w.out.WriteString(a.value)
	w.out.WriteByte(quote)
}

func (w *inliner) end(rest string) {
	w.pos += len(rest) - len(after(rest, ">"))
	_, local := split(strings.TrimRight(strings.TrimSpace(rest[2:len(rest)-len(cut(w.in, w.pos))]), "> \n\t\r"))
	if local == "" || isVoid(local) {
		return
	}
	w.level--
	at := w.out.Len()
	w.out.WriteString("</" + local + ">")
	if w.level == 0 && w.closes == 0 {
		w.closes, w.closed = at, w.out.Len()
	}
}

func isVoid(name string) bool {
	switch strings.ToLower(name) {
	case "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr":
		return true
	}
	return false
}
