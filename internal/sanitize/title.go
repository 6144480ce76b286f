package sanitize

import (
	"strings"
	"unicode"
)

// Title makes one line of plain text of a title in whatever form it comes: text,
// HTML, or HTML that was escaped once too often. Markup goes, entities are
// decoded (twice, because "AT&amp;amp;T" is in the wild), white space is folded,
// control characters and those that turn the direction of what follows are
// left out. What only looks like markup stays: "a < b and c > d", "I <3 you",
// "Vec<T>", and "the <div> tag", for a tag that nothing closes is a word.
func Title(raw string) string {
	if isTidy(raw) {
		return raw
	}
	s := strings.ToValidUTF8(raw, "\uFFFD")
	for range 2 {
		s = decodeValue(stripTags(s)) // as in values: "AT&T" and "Q&notes" stay
	}
	return oneLine(stripTags(s))
}

// isTidy reports whether a title is printable ASCII without anything to do.
func isTidy(s string) bool {
	space := true
	for i := range len(s) {
		c := s[i]
		if c == '<' || c == '&' || c < ' ' || c >= 0x7f || c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return s == "" || !space
}

// oneLine folds white space and leaves out what can't be seen or plays tricks.
func oneLine(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || r == '\u0085':
			gap = true
		case invisible(r):
		default:
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(r)
		}
	}
	return b.String()
}

// invisible reports whether a title is better without r: control characters,
// embeddings, overrides and isolates of direction (which would reach into the
// page when unclosed), and spaces of no width. The joiners stay, for Persian and
// families of emoji need them, and so do the marks U+200E and U+200F.
func invisible(r rune) bool {
	switch {
	case unicode.IsControl(r):
		return true
	case '\u202A' <= r && r <= '\u202E', '\u2066' <= r && r <= '\u2069':
		return true
	case r == '\u200B', r == '\u2060', r == '\uFEFF', r == '\uFFFE', r == '\uFFFF':
		return true
	}
	return '\u206A' <= r && r <= '\u206F' // deprecated format characters
}

// stripTags leaves out what is markup of s. A start tag is markup if HTML knows
// it and it has an attribute with a value, or no end tag, or an end tag that
// follows; an end tag, if its start tag came before.
func stripTags(s string) string {
	if strings.IndexByte(s, '<') < 0 {
		return s
	}
	t := stripper{scan: scanner{s: s}}
	for z := &t.scan; z.pos < len(s); {
		i := strings.IndexByte(s[z.pos:], '<')
		if i < 0 {
			i = len(s) - z.pos
		}
		t.out.WriteString(s[z.pos : z.pos+i])
		z.pos += i
		from := z.pos
		if from < len(s) && !t.markup() {
			t.out.WriteByte('<')
			z.pos = from + 1
		}
	}
	return t.out.String()
}

// stripper is the state of stripTags.
type stripper struct {
	out    strings.Builder
	scan   scanner
	opened map[string]bool // elements whose start tag was left out
	cut    bool            // a tag has no end: what follows is text
}

// markup passes over the markup at a "<" and writes the space that it stands
// for. False means that it is none, and leaves the scanner anywhere.
func (t *stripper) markup() bool {
	z := &t.scan
	switch rest := z.s[z.pos:]; {
	case strings.HasPrefix(rest, "<!--"):
		i := z.index(z.pos, "-->")
		z.pos = i + len("-->")
		return i >= 0
	case strings.HasPrefix(rest, "<![CDATA["):
		z.pos += len("<![CDATA[")
		return true
	case len(rest) > 1 && isLetter(rest[1]):
		z.pos++
		return t.tag() && t.start()
	case len(rest) > 2 && rest[1] == '/' && isLetter(rest[2]):
		z.pos += 2
		return t.tag() && t.end()
	}
	return false
}

// tag reads a tag. After one that the title cuts off it reads none, which keeps
// it linear.
func (t *stripper) tag() bool {
	t.cut = t.cut || !t.scan.tag()
	return !t.cut
}

// start reports whether the start tag just read is markup.
func (t *stripper) start() bool {
	z := &t.scan
	kind := titleElement(z.name)
	_, end, closed := z.endOf(z.name)
	switch {
	case kind == unknownElement:
		return false
	case kind == voidElement:
		t.space(z.name != "wbr")
		return true
	case kind == hiddenElement && closed && !z.selfClosing:
		z.pos = end
		return true
	case !closed && !z.selfClosing && !t.hasValue():
		return false
	}
	t.space(kind == blockElement)
	if t.opened == nil {
		t.opened = make(map[string]bool)
	}
	t.opened[z.name] = true
	return true
}

// end reports whether the end tag just read is markup.
func (t *stripper) end() bool {
	t.space(titleElement(t.scan.name) == blockElement)
	return t.opened[t.scan.name]
}

// hasValue reports whether a tag has an attribute with a value; "<b and c>" has
// none.
func (t *stripper) hasValue() bool {
	for _, a := range t.scan.attrs {
		if a.value != "" {
			return true
		}
	}
	return false
}

func (t *stripper) space(wanted bool) {
	if wanted {
		t.out.WriteByte(' ')
	}
}

// elementKind is what an element is to a title.
type elementKind uint8

const (
	unknownElement elementKind = iota
	inlineElement
	blockElement
	voidElement
	hiddenElement // its content is not text
)

func titleElement(name string) elementKind {
	switch name {
	case "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "blink", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd",
		"label", "mark", "nobr", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time",
		"tt", "u", "var", "form", "object", "video", "audio", "html", "body":
		return inlineElement
	case "address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "footer", "h1", "h2", "h3", "h4", "h5",
		"h6", "header", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "th", "thead", "tr", "ul",
		"marquee":
		return blockElement
	case "br", "hr", "img", "input", "wbr":
		return voidElement
	case "embed", "iframe", "math", "noscript", "script", "select", "style", "svg", "template", "textarea":
		return hiddenElement
	}
	return unknownElement
}
