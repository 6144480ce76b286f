package parse

import (
	"strconv"
	"strings"
)

// attr is an attribute as written.
type attr struct{ name, value string }

// readTag reads the start tag at t.pos into t.attrs and moves behind it. A tag
// that was cut off ends with the document.
func (t *tailor) readTag() (name string, closed bool) {
	in, i := t.in, t.pos+1
	for i < len(in) && isSpace(in[i]) {
		i++
	}
	start := i
	for i < len(in) && isNameByte(in[i]) {
		i++
	}
	name = in[start:i]
	t.attrs = t.attrs[:0]
	for i < len(in) {
		switch c := in[i]; {
		case c == '>':
			t.pos = i + 1
			return name, closed
		case c == '<': // the tag before has no end
			t.pos = i
			return name, closed
		case c == '/':
			closed = true
			i++
		case isSpace(c):
			i++
		default:
			closed = false
			i = t.readAttr(i)
		}
	}
	t.pos = len(in)
	return name, closed
}

// readAttr reads the attribute at i and returns the place behind it. Values
// without quotes and attributes without values are read as HTML reads them.
func (t *tailor) readAttr(i int) int {
	in, start := t.in, i
	for i < len(in) && !isSpace(in[i]) && in[i] != '=' && in[i] != '>' && in[i] != '/' && in[i] != '<' {
		i++
	}
	if i == start {
		return i + 1
	}
	a := attr{name: in[start:i]}
	for i < len(in) && isSpace(in[i]) {
		i++
	}
	if i < len(in) && in[i] == '=' {
		i++
		for i < len(in) && isSpace(in[i]) {
			i++
		}
		a.value, i = attrValue(in, i)
	}
	if len(t.attrs) < maxAttrs {
		t.attrs = append(t.attrs, a)
	} else {
		t.mend("more than " + strconv.Itoa(maxAttrs) + " attributes on one element; the rest left out")
	}
	return i
}

func attrValue(in string, i int) (string, int) {
	if i >= len(in) {
		return "", i
	}
	if q := in[i]; q == '"' || q == '\'' {
		if n := strings.IndexByte(in[i+1:], q); n >= 0 && !unquoted(in[i+1:i+1+n], in[i+n+2:]) {
			return in[i+1 : i+1+n], i + n + 2
		}
		i++
	}
	start := i
	for i < len(in) && !isSpace(in[i]) && in[i] != '>' {
		i++
	}
	return in[start:i], i
}

// unquoted reports whether the quote behind a value is the first of another one, its own
// being lost: the tag ends within the value, and what follows goes on as a value.
func unquoted(value, rest string) bool {
	if rest == "" || isSpace(rest[0]) || rest[0] == '>' || strings.HasPrefix(rest, "/>") || strings.HasPrefix(rest, "?>") {
		return false
	}
	i := strings.IndexByte(value, '>')
	return i >= 0 && strings.HasPrefix(strings.TrimLeft(value[i+1:], " \t\r\n"), "<")
}

// attr is the value of the current tag's attribute, as written; names compare
// without case.
func (t *tailor) attr(name string) string {
	for _, a := range t.attrs {
		if a.name == name || len(a.name) == len(name) && strings.EqualFold(a.name, name) {
			return a.value
		}
	}
	return ""
}

// attrName is the name under which an attribute is handed on, empty for one
// that nobody asks for.
func attrName(name string) string {
	switch name {
	case "href", "url", "rel", "type", "title", "length", "term", "scheme", "label", "domain", "text", "medium", "width", "height", "src", "uri", "isDefault", "version",
		"port", "path", "protocol":
		return name
	case "rdf:resource", "resource":
		return "resource"
	}
	switch lower := strings.ToLower(name); lower {
	case "ispermalink":
		return "isPermaLink"
	case name:
		return ""
	default:
		return attrName(lower)
	}
}

// openEmit hands on a start tag, with tickets for the attributes' values.
func (t *tailor) openEmit(e element, o open) {
	out := *t.targetFor(e)
	out = append(out, '<')
	out = append(out, e.emit...)
	for _, a := range t.attrs {
		name := attrName(a.name)
		if name == "" || e.emit == "content" && name == "type" {
			continue
		}
		out = append(out, ' ')
		out = append(out, name...)
		out = append(out, '=', '"')
		if name == "isPermaLink" {
			out = append(out, permaLink(a.value)...)
		} else {
			out = t.give(out, ticket{raw: a.value, base: o.base, lang: o.lang})
		}
		out = append(out, '"')
	}
	*t.targetFor(e) = append(out, '>')
}

func permaLink(value string) string {
	if v := strings.ToLower(strings.TrimSpace(value)); v == "false" || v == "0" || v == "no" {
		return "false"
	}
	return "true"
}

func (t *tailor) targetFor(e element) *[]byte {
	if e.opens == inItem {
		return &t.list
	}
	return t.target()
}

func (t *tailor) closeEmit(name string) {
	out := t.target()
	if name == "item" || name == "entry" {
		out = &t.list
	}
	*out = append(append(append(*out, "</"...), name...), '>')
}

// side hands on an attribute of a container for which gofeed has no place.
func (t *tailor) side(out *[]byte, name, value string) {
	if value == "" {
		return
	}
	*out = append(append(append(*out, '<'), name...), '>')
	*out = t.give(*out, ticket{raw: value})
	*out = append(append(append(*out, "</"...), name...), '>')
}

// give puts a ticket for a text into out.
func (t *tailor) give(out []byte, tk ticket) []byte {
	out = strconv.AppendInt(out, int64(len(t.tickets)), 10)
	t.tickets = append(t.tickets, tk)
	return out
}

// content is all that stands between a start tag, behind which t.pos is, and
// its end tag, behind which t.pos then is. Of a document that was cut off it is
// what is left; an end tag of what surrounds it ends it too, and so does one that
// is misspelt.
func (t *tailor) content(name string) (raw string, markup bool) {
	start, level, tags := t.pos, 0, 0
	i := start
	for {
		n := strings.IndexByte(t.in[i:], '<')
		if n < 0 || i+n+1 >= len(t.in) {
			t.cutLeaf = !t.unended(name, start, len(t.in))
			return t.in[start:t.pos], markup
		}
		i += n
		rest := t.in[i:]
		outside := tags
		tags = t.level(tags, rest[1])
		if isSpace(rest[1]) { // "< /title>"
			if s := strings.TrimLeft(rest[1:min(len(rest), 256)], " \t\r\n"); strings.HasPrefix(s, "/") {
				rest = "<" + s
			}
		}
		if rest[1] == '/' && len(rest) > 2 && isSpace(rest[2]) { // "</ title>"
			rest = "</" + strings.TrimLeft(rest[2:min(len(rest), 256)], " \t\r\n")
		}
		switch c := rest[1]; {
		case c == '/' && named(rest[2:], name):
			if level == 0 {
				t.pos = t.behind(i)
				return t.in[start:i], markup
			}
			level--
			i += 2
		case c == '/' && t.endsOuter(rest[2:]):
			t.mend("an element without end tag")
			t.unended(name, start, i)
			return t.in[start:t.pos], markup
		case c == '/' && outside == 0 && t.misspelt(name, rest):
			t.mend("an end tag that is misspelt")
			t.pos = t.behind(i)
			return t.in[start:i], markup
		case isCDATA(rest):
			i = t.afterCDATA(name, i)
		case strings.HasPrefix(rest, "<!--"):
			i = t.afterComment(i)
		case isNameStart(c):
			markup = true
			if named(rest[1:], name) && !selfClosed(rest) {
				level++
			}
			i += 2
		default:
			markup = markup || c == '/' || c == '?'
			i += 2
		}
	}
}

// behind is the place behind the tag at i.
func (t *tailor) behind(i int) int { return len(t.in) - len(after(t.in[i:], ">")) }

// level counts how much deeper tags go than they come back, with the tag after
// whose "<" c stands. Tags that stand alone count too, so the bound is wide.
func (t *tailor) level(tags int, c byte) int {
	switch {
	case c == '/':
		return max(tags-1, 0)
	case isNameStart(c):
		tags++
	}
	t.deep = t.deep || tags > 8*maxDepth
	return tags
}

// named reports whether a tag whose inside begins at s has this name.
func named(s, name string) bool {
	if len(s) < len(name) || s[:len(name)] != name && !strings.EqualFold(s[:len(name)], name) {
		return false
	}
	return len(s) == len(name) || !isNameByte(s[len(name)])
}

// endsOuter reports whether an end tag is that of the item or feed around.
func (t *tailor) endsOuter(s string) bool {
	for i := len(t.stack) - 1; i >= 0; i-- {
		if o := t.stack[i]; (o.place == inItem || o.place == inFeed) && named(s, o.name) {
			return true
		}
	}
	return false
}

// selfClosed reports whether the start tag at the front of s closes itself.
func selfClosed(s string) bool {
	end := strings.IndexByte(s[:min(len(s), 4096)], '>')
	return end > 0 && s[end-1] == '/'
}
