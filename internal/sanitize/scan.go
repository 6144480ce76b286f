package sanitize

import (
	"strings"

	"golang.org/x/net/html"
)

// tokenKind is what the scanner found.
type tokenKind uint8

const (
	endOfInput tokenKind = iota
	text
	startTag
	endTag
)

// attribute is one attribute of a start tag: its name in lower case, its value
// as written, entities and all.
type attribute struct{ name, value string }

// scanner splits HTML into text and tags as a browser would (WHATWG HTML
// §13.2.5), without allocating. Comments, declarations and processing
// instructions are passed over. Where a browser would swallow the rest of the
// page because a quote, a comment or a raw element is never closed, the scanner
// lets it end at the next ">", so that a cut-off feed loses no text: nothing
// depends on its reading the input exactly as a browser does, because only what
// [walk] writes anew leaves this package.
//
// What a search for an end finds is remembered, which keeps the scanner linear.
type scanner struct {
	s   string
	pos int

	// The token that next found.
	name        string // of a tag, in lower case
	data        string // of a text, as written
	attrs       []attribute
	selfClosing bool

	cdata bool           // inside of what calls itself a CDATA section
	ends  map[string]int // where the next of some ends is; none for one that doesn't occur any more
}

// none is the place of an end that doesn't occur.
const none = -1

// maxAttributes bounds how many attributes of a tag are looked at.
const maxAttributes = 48

// reset makes z scan s, and forget what it scanned before.
func (z *scanner) reset(s string) {
	clear(z.attrs[:cap(z.attrs)])
	*z = scanner{s: s, attrs: z.attrs[:0]}
}

// next finds the next token.
func (z *scanner) next() tokenKind {
	for z.pos < len(z.s) {
		n := z.textLength()
		if n > 0 {
			z.data = z.s[z.pos : z.pos+n]
			z.pos += n
			return text
		}
		switch c := z.s[z.pos+1]; {
		case c == '!':
			z.declaration()
		case c == '?':
			z.skipAngle()
		case c == '/' && (z.pos+2 >= len(z.s) || !isLetter(z.s[z.pos+2])):
			z.skipAngle()
		case c == '/':
			z.pos += 2
			if z.tag() {
				return endTag
			}
		default:
			z.pos++
			if z.tag() {
				return startTag
			}
		}
	}
	return endOfInput
}

// textLength is how many bytes from here on are text: up to a "<" that begins
// something else.
func (z *scanner) textLength() int {
	rest := z.s[z.pos:]
	for n := 0; ; n++ {
		i := strings.IndexByte(rest[n:], '<')
		if i < 0 || n+i+1 >= len(rest) {
			return len(rest)
		}
		n += i
		if c := rest[n+1]; isLetter(c) || c == '/' || c == '?' || c == '!' && z.declares(z.pos+n) {
			return n
		}
	}
}

// declares reports whether the "<!" at i begins a comment or a declaration. One that no
// letter follows, and one of several words without end, browsers hide with all that comes
// after, where somebody only forgot to escape it.
func (z *scanner) declares(i int) bool {
	if i+2 >= len(z.s) {
		return false
	}
	c := z.s[i+2]
	if !isLetter(c) {
		return c == '-' || c == '[' || c == '>'
	}
	return z.index(i, ">") >= 0 || len(strings.Fields(z.s[i:min(len(z.s), i+256)])) == 1
}

// declaration passes over what begins with "<!".
func (z *scanner) declaration() {
	rest := z.s[z.pos:]
	switch {
	case strings.HasPrefix(rest, "<!-->"), strings.HasPrefix(rest, "<!--->"):
		z.skipAngle()
	case strings.HasPrefix(rest, "<!--"):
		z.comment()
	case strings.HasPrefix(rest, "<![CDATA["):
		// HTML has no CDATA sections, but publishers escape them along with the rest.
		z.cdata = true
		z.pos += len("<![CDATA[")
	default:
		z.skipAngle()
	}
}

// comment passes over a comment.
func (z *scanner) comment() {
	const begin, end = "<!--", "-->"
	if i := z.index(z.pos+len(begin), end); i >= 0 {
		if j := strings.Index(z.s[z.pos:i], "--!>"); j >= 0 {
			i = z.pos + j + 1
		}
		z.pos = i + len(end)
		return
	}
	z.skipAngle()
}

// skipAngle passes over everything up to and with the next ">".
func (z *scanner) skipAngle() {
	i := strings.IndexByte(z.s[z.pos:], '>')
	if i < 0 {
		z.pos = len(z.s)
		return
	}
	z.pos += i + 1
}

// index is strings.Index from a place on.
func (z *scanner) index(from int, what string) int {
	if at, ok := z.ends[what]; ok && (at == none || at >= from) {
		return at
	}
	at := strings.Index(z.s[from:], what)
	if at >= 0 {
		at += from
	}
	z.remember(what, at)
	return at
}

func (z *scanner) remember(what string, at int) {
	if z.ends == nil {
		z.ends = make(map[string]int)
	}
	z.ends[what] = at
}

// endOf finds the next end tag of an element and gives the places of its "<"
// and behind its ">", or false.
func (z *scanner) endOf(name string) (start, end int, ok bool) {
	at, known := z.ends[name]
	if !known || at != none && at < z.pos {
		at = z.findEnd(name)
		z.remember(name, at)
	}
	if at == none {
		return 0, 0, false
	}
	if i := strings.IndexByte(z.s[at:], '>'); i >= 0 {
		return at, at + i + 1, true
	}
	return at, len(z.s), true
}

// findEnd finds the "<" of the next end tag of an element, or none.
func (z *scanner) findEnd(name string) int {
	for i := z.pos; ; {
		j := strings.Index(z.s[i:], "</")
		if j < 0 {
			return none
		}
		i += j + len("</")
		after := i + len(name)
		if after < len(z.s) && strings.EqualFold(z.s[i:after], name) && endsName(z.s[after]) {
			return i - len("</")
		}
	}
}

// endsName reports whether the name of a tag ends before c.
func endsName(c byte) bool { return isSpace(c) || c == '/' || c == '>' }

// skipPast passes over the content of an element and its end tag; if there is
// none it passes over nothing.
func (z *scanner) skipPast(name string) {
	if _, end, ok := z.endOf(name); ok {
		z.pos = end
	}
}

// tag reads a tag from its name on. False means that it is cut off by the end
// of the input.
func (z *scanner) tag() bool {
	i := z.pos
	for i < len(z.s) && !endsName(z.s[i]) {
		i++
	}
	z.name, z.pos = lower(z.s[z.pos:i]), i
	z.attrs, z.selfClosing = z.attrs[:0], false
	for z.pos < len(z.s) {
		switch c := z.s[z.pos]; {
		case c == '>':
			z.pos++
			return true
		case c == '/':
			z.pos++
			z.selfClosing = z.pos < len(z.s) && z.s[z.pos] == '>'
		case isSpace(c):
			z.pos++
		default:
			z.attribute()
		}
	}
	return false
}

// attribute reads one attribute. The first of several with the same name counts.
func (z *scanner) attribute() {
	i := z.pos + 1 // even a "=" may begin a name
	for i < len(z.s) && !endsName(z.s[i]) && z.s[i] != '=' {
		i++
	}
	name := lower(z.s[z.pos:i])
	for i < len(z.s) && isSpace(z.s[i]) {
		i++
	}
	z.pos = i
	value := ""
	if i < len(z.s) && z.s[i] == '=' {
		z.pos++
		value = z.value()
	}
	if len(z.attrs) < maxAttributes {
		z.attrs = append(z.attrs, attribute{name, value})
	}
}

// value reads an attribute's value.
func (z *scanner) value() string {
	for z.pos < len(z.s) && isSpace(z.s[z.pos]) {
		z.pos++
	}
	if z.pos >= len(z.s) || z.s[z.pos] == '>' {
		return ""
	}
	from := z.pos
	if quote := z.s[from : from+1]; quote == `"` || quote == `'` {
		if i := z.index(from+1, quote); i >= 0 {
			z.pos = i + 1
			return z.s[from+1 : i]
		}
		from++ // the quote is never closed: the value ends with the tag
	}
	for z.pos < len(z.s) && !isSpace(z.s[z.pos]) && z.s[z.pos] != '>' {
		z.pos++
	}
	return z.s[min(from, z.pos):z.pos]
}

// attr gives an attribute's value with its entities decoded, and whether the
// tag has it.
func (z *scanner) attr(name string) (string, bool) {
	for i := range z.attrs {
		if z.attrs[i].name == name {
			return decodeValue(z.attrs[i].value), true
		}
	}
	return "", false
}

// get gives an attribute's value, empty if the tag hasn't it.
func (z *scanner) get(name string) string {
	v, _ := z.attr(name)
	return v
}

// decodeValue decodes the entities of an attribute's value. As browsers do it
// (WHATWG HTML §13.2.5.73) and html.UnescapeString doesn't, it leaves
// "?a=1&copy=2" alone: a name counts only with its semicolon.
func decodeValue(s string) string {
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s
	}
	var b strings.Builder
	for i >= 0 {
		b.WriteString(s[:i])
		n := entityLength(s[i:])
		if n == 0 {
			b.WriteByte('&')
			n = 1
		} else {
			b.WriteString(html.UnescapeString(s[i : i+n]))
		}
		s = s[i+n:]
		i = strings.IndexByte(s, '&')
	}
	b.WriteString(s)
	return b.String()
}

// entityLength is the length of the entity that s begins with, its semicolon
// included; numbers may do without. 0: s begins with a mere ampersand.
func entityLength(s string) int {
	const longest = 33 // CounterClockwiseContourIntegral;
	i := 1
	numeric := len(s) > 1 && s[1] == '#'
	if numeric {
		i++
	}
	for i < len(s) && i < longest && isAlphanumeric(s[i]) {
		i++
	}
	if i < len(s) && s[i] == ';' {
		return i + 1
	}
	if numeric && i > 2 {
		return i
	}
	return 0
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isAlphanumeric(c byte) bool { return isLetter(c) || '0' <= c && c <= '9' }

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

// lower turns ASCII letters to lower case, and nothing else: U+212A is no "k".
func lower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return strings.Map(lowerRune, s)
		}
	}
	return s
}

func lowerRune(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}
