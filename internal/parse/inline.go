package parse

import (
	"html"
	"strings"
)

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
	case isCDATA(rest):
		s, more := cutCDATA(rest)
		if !w.cdata || strings.IndexByte(s, '<') < 0 {
			s = html.EscapeString(s)
		}
		w.out.WriteString(s)
		w.pos += len(rest) - len(more)
	case strings.HasPrefix(rest, "<!--"):
		more, _ := afterComment(rest)
		w.pos += len(rest) - len(more)
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
