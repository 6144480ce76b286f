package sanitize

import (
	"net/url"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// walk is one pass over a fragment: it reads tokens and writes what is allowed
// of them anew.
type walk struct {
	tree
	scan scanner
	base *url.URL
	of   *Sanitizer

	href      string // where the link leads to whose start tag was read last
	inert     int    // noscript elements that are open
	lastImage string // address of the image written last
	lastInert bool   // it stood in a noscript
	lastEmbed string // address of the last link made of an embedded page
	candidate string // picture source for the next img that has none
}

// run reads s and leaves its clean form in w.out.
func (w *walk) run(s string, base *url.URL) {
	w.scan.reset(s)
	w.out, w.stack = w.out[:0], w.stack[:0]
	w.visible, w.verbatim, w.overflow, w.inert = 0, 0, 0, 0
	w.base = base
	w.lastImage, w.lastInert, w.lastEmbed, w.candidate = "", false, "", ""
	for {
		switch w.scan.next() {
		case endOfInput:
			w.closeTo(0)
			return
		case text:
			w.text()
		case startTag:
			w.start()
		case endTag:
			w.endTag()
		}
	}
}

// text writes a text.
func (w *walk) text() {
	if w.is(media) {
		return // for browsers without players
	}
	s := w.scan.data
	if w.scan.cdata {
		s = w.dropMark(s)
	}
	s = html.UnescapeString(s)
	if !isBlank(s) {
		w.content()
	}
	w.escape(s)
}

// dropMark removes the end mark of a CDATA section.
func (w *walk) dropMark(s string) string {
	const mark = "]]>"
	for i := 0; i+len(mark) <= len(s); i++ {
		if s[i:i+len(mark)] == mark {
			w.scan.cdata = false
			return s[:i] + s[i+len(mark):]
		}
	}
	return s
}

// isBlank reports whether s is white space alone.
func isBlank(s string) bool {
	for i := range len(s) {
		if !isSpace(s[i]) {
			return false
		}
	}
	return true
}

// start deals with a start tag.
func (w *walk) start() {
	el := w.elements[w.scan.name]
	if el == nil {
		return
	}
	if w.is(media) && el.do != source && el.do != track {
		return
	}
	switch el.do {
	case keep:
		w.keep(el)
	case drop:
		if !w.scan.selfClosing {
			w.scan.skipPast(w.scan.name)
		}
	case image:
		w.image()
	case embed, raw:
		w.embed()
		if el.do == raw && !w.scan.selfClosing {
			w.scan.skipPast(w.scan.name)
		}
	case player:
		w.player(el)
	case source:
		w.source()
	case track:
		w.track()
	case inert:
		w.inert++
	case math:
		w.formula()
	}
}

// endTag deals with an end tag.
func (w *walk) endTag() {
	el := w.elements[w.scan.name]
	switch {
	case el == nil:
	case w.is(media):
		if el.do == player {
			w.leave()
		}
	case el.do == inert:
		w.inert = max(0, w.inert-1)
	case el.do != keep:
	case el.is&void != 0:
		if el.name == "br" { // "</br>" breaks the line in every browser
			w.void(el)
		}
	case w.overflow > 0:
		w.overflow--
	default:
		w.end(el)
	}
}

// void writes an element that has no end tag.
func (w *walk) void(el *element) {
	w.place(el)
	w.spans = w.spans[:0]
	w.begin(el.name)
	w.attributes(el)
	w.out = append(w.out, '>')
}

// keep writes an element that stays what it is.
func (w *walk) keep(el *element) {
	if !w.fits(el) {
		return
	}
	if el.is&void != 0 {
		w.void(el)
		return
	}
	if el.is&bare != 0 && !w.meaningful(el) {
		w.shadow(el)
		return
	}
	w.place(el)
	if w.full(false) {
		w.overflow++
		return
	}
	o := open{element: el, start: len(w.out)}
	w.begin(el.name)
	o.anchor = w.attributes(el)
	w.out = append(w.out, '>')
	w.push(o)
	if el.is&(table|list|terms) == 0 {
		w.reopen()
	}
	// XHTML closes an element that is empty at once; "<p/>" separates paragraphs everywhere.
	if w.scan.selfClosing && el.is&paragraph == 0 {
		w.end(el)
	}
}

// shadow notes an element that is left out, so that its end tag finds it.
func (w *walk) shadow(el *element) {
	w.leaveImplied()
	if w.scan.selfClosing || w.is(inTable) {
		return
	}
	if w.full(true) {
		w.overflow++
		return
	}
	w.push(open{element: el, start: len(w.out), silent: true})
}

// begin writes "<name".
func (w *walk) begin(name string) {
	w.out = append(w.out, '<')
	w.out = append(w.out, name...)
}

// add writes an attribute.
func (w *walk) add(name, value string) {
	w.out = append(w.out, ' ')
	w.out = append(w.out, name...)
	w.out = append(w.out, `="`...)
	w.escape(value)
	w.out = append(w.out, '"')
}

// escape writes s as text or as a value in quotes, without characters that
// neither HTML nor XML allows, and with "\n" for the end of a line.
func (w *walk) escape(s string) {
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if isOrdinary(c) {
			continue
		}
		w.out = append(w.out, s[from:i]...)
		from = i + 1
		switch c {
		case '&':
			w.out = append(w.out, "&amp;"...)
		case '<':
			w.out = append(w.out, "&lt;"...)
		case '>':
			w.out = append(w.out, "&gt;"...)
		case '"':
			w.out = append(w.out, "&#34;"...)
		case '\'':
			w.out = append(w.out, "&#39;"...)
		case '\f':
			w.out = append(w.out, ' ')
		case '\r':
			if i+1 == len(s) || s[i+1] != '\n' {
				w.out = append(w.out, '\n')
			}
		}
	}
	w.out = append(w.out, s[from:]...)
}

// isOrdinary reports whether c stands for itself in text and in values.
func isOrdinary(c byte) bool {
	switch c {
	case '&', '<', '>', '"', '\'', 0x7f:
		return false
	case '\n', '\t':
		return true
	}
	return c >= ' '
}

// isPlain reports whether s is text without markup, or anything else that a
// walk would change.
func isPlain(s string) bool {
	ascii := true
	for i := range len(s) {
		switch c := s[i]; {
		case c == '<' || c == '&' || c == 0x7f || c < ' ' && c != '\n' && c != '\t':
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return ascii || utf8.ValidString(s)
}

// formula keeps the words that describe a formula; its elements are not kept,
// the text in them is.
func (w *walk) formula() {
	alt := w.scan.get("alttext")
	if alt == "" || w.scan.selfClosing {
		return
	}
	w.content()
	w.escape(alt)
	w.scan.skipPast("math")
}
