package sanitize

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// maxRebases and maxBase bound how many xml:base of a fragment are heeded, and how long
// they may make the base, in bytes: each takes time as long as the one around it.
const (
	maxRebases = 1000
	maxBase    = 2048
)

// walk is one pass over a fragment: it reads tokens and writes what is allowed
// of them anew.
type walk struct {
	tree
	scan scanner
	of   *Sanitizer

	inert     int    // noscript elements that are open
	lastImage string // address of the image written last
	lastInert bool   // it stood in a noscript
	lastEmbed string // address of the last link made of an embedded page
	spare     string // address of an embedded page to link to if there is nothing else
	shown     bool   // there is something else
	rebases   int    // how many more of xml:base are heeded
	quiet     bool   // embedded pages are left out
	broken    int    // where the last br ends, until its end tag
	candidate string // picture source for the next img that has none
}

// run reads s and leaves its clean form in w.out.
func (w *walk) run(s string, base *url.URL) {
	w.scan.reset(s)
	w.out, w.stack = w.out[:0], w.stack[:0]
	w.verbatim, w.overflow, w.inert, w.broken = 0, 0, 0, 0
	w.base, w.rebases = base, 0
	if strings.Contains(s, "xml:base") {
		w.rebases = maxRebases
	}
	w.lastImage, w.lastInert, w.lastEmbed, w.candidate, w.spare, w.shown = "", false, "", "", "", false
	for {
		switch w.scan.next() {
		case endOfInput:
			w.closeTo(0)
			if w.spare != "" && !w.shown {
				w.embedLink(w.spare)
			}
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
		w.shown = true
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
	if w.rebases > 0 {
		if base := w.base; w.rebase() {
			defer func() { w.settle(base) }()
		}
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
		if instead := w.embed(); el.do == raw && !instead && !w.scan.selfClosing {
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
	case input:
		w.input()
	case shell:
		w.shell(el)
	}
}

// rebase makes the base that of the tag just read, which XHTML may give it (XML
// Base §3.1), and reports whether it has one.
func (w *walk) rebase() bool {
	v, ok := w.scan.attr("xml:base")
	if !ok || w.base == nil {
		return false
	}
	w.rebases--
	base := w.resolve(v, toFetch)
	if base == "" || len(base) > maxBase { // or each would be longer than the one around it
		return false
	}
	w.base = parse(base)
	return true
}

// settle leaves the base of the tag just read to the element that it opened, and
// without one goes back to the base before.
func (w *walk) settle(before *url.URL) {
	if n := len(w.stack); n > 0 && w.stack[n-1].element == w.elements[w.scan.name] && w.stack[n-1].end == len(w.out) {
		w.stack[n-1].rebased, w.stack[n-1].outer = true, before
		return
	}
	w.base = before
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
		if el.name == "br" && len(w.out) != w.broken { // "</br>" breaks the line in every browser, "<br></br>" once
			w.void(el)
		}
		w.broken = 0
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
	w.broken = len(w.out)
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
	w.place(el)
	if w.full() {
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

// shell writes an element empty, and passes over its content.
func (w *walk) shell(el *element) {
	w.content()
	w.begin(el.name)
	w.disable(el)
	w.out = append(w.out, "></"...)
	w.out = append(w.out, el.name...)
	w.out = append(w.out, '>')
	if !w.scan.selfClosing {
		w.scan.skipPast(w.scan.name)
	}
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
	for {
		i := strings.IndexByte(value, '"')
		if i < 0 {
			break
		}
		w.escape(value[:i])
		w.out = append(w.out, "&#34;"...)
		value = value[i+1:]
	}
	w.escape(value)
	w.out = append(w.out, '"')
}

// escape writes s as text, or as a value without quotes: no characters that
// neither HTML nor XML allows, and "\n" for the end of a line.
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
	case '&', '<', '>', 0x7f:
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
	w.shown = true
	w.escape(alt)
	w.scan.skipPast("math")
}
