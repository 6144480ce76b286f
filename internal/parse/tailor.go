package parse

import (
	"strconv"
	"strings"
)

// ticket is a text or an attribute's value that was cut out of the document.
type ticket struct {
	raw    string // as in the document, entities and CDATA sections included
	markup bool   // raw has elements in it
	typ    string // attribute type
	mode   string // attribute mode (Atom 0.3)
	lang   string // xml:lang in scope
	base   *Base  // xml:base in scope
}

// open is an element whose end tag hasn't come yet.
type open struct {
	name     string // as written
	closing  string // name of the end tag to hand on; empty for none
	place    place  // where its children stand
	bindings int    // number of namespaces in scope outside of it
	from     int    // where its inside begins in the document
	lang     string
	base     *Base
}

// tailor scans an XML document once and cuts it to what gofeed is to see; the
// package comment says why.
type tailor struct {
	in  string
	pos int

	format  string // "rss", "rdf" or "atom", once the root is known
	version string
	root    string // name of the root element
	lang    string // xml:lang of the root or channel
	about   string // rdf:about of the channel

	stack    []open
	over     int // elements open beyond maxDepth
	bindings []binding
	entities *entities

	head     []byte // what belongs to the feed
	list     []byte // what belongs to its items
	tickets  []ticket
	items    int
	elements int
	parts    int // elements since the last item began
	mended   []string
	illegal  bool     // there are references to characters that XML forbids
	loose    bool     // there are ampersands that begin no reference
	ended    string   // how the document was cut off
	deep     bool     // nested beyond all bounds
	usable   bool     // an item says something, see judge
	seen     [2]texts // those that the feed and the open item have

	attrs []attr // of the current tag

	mark    int            // where the open item begins in list
	solid   bool           // something of the open item was read to its end
	again   bool           // the root was closed, and what follows may be more of the feed
	waste   []byte         // what belongs to a second head
	ends    map[string]gap // where to find what ends a section
	looked  int            // bytes that were looked at once more to mend a lost end tag
	endless bool           // a document type had no end
	cutLeaf bool           // the element just read was cut off
}

func newTailor(in string) *tailor {
	return &tailor{
		in:      in,
		head:    make([]byte, 0, 2048),
		list:    make([]byte, 0, len(in)/8+512),
		tickets: make([]ticket, 0, len(in)/256+16),
		stack:   make([]open, 0, 16),
	}
}

// run goes over the document to its end.
func (t *tailor) run() {
	for {
		i := strings.IndexByte(t.in[t.pos:], '<')
		if i < 0 || t.pos+i+1 >= len(t.in) {
			break
		}
		t.pos += i
		switch rest := t.in[t.pos:]; {
		case isNameStart(rest[1]):
			t.startTag()
		case rest[1] == '/':
			t.endTag()
		case rest[1] == '!':
			t.declaration(rest)
		case rest[1] == '?':
			t.pos += len(rest) - len(after(rest, ">"))
		case t.spaced(rest):
			t.startTag()
		default:
			t.pos++
		}
	}
	t.close()
}

// spaced reports whether rest begins with the start tag of a known element, or with an
// end tag, but for white space after its "<".
func (t *tailor) spaced(rest string) bool {
	s := strings.TrimLeft(rest[1:min(len(rest), 64)], " \t\r\n")
	return len(t.stack) > 0 && s != "" && isNameStart(s[0]) && t.know(s[:nameLength(s)]).emit != ""
}

// declaration passes a comment, a CDATA section that stands where no text is
// wanted, or a document type. What has no end is passed as if it were a tag.
func (t *tailor) declaration(rest string) {
	switch {
	case strings.HasPrefix(rest, "<!--"):
		t.pos = t.afterComment(t.pos)
	case isCDATA(rest):
		end := t.find("]]>", t.pos)
		if item := t.find("<item", t.pos); end < 0 || 0 <= item && item < end {
			t.mend("a CDATA section around elements")
			end = t.pos + len("<![CDATA[") - len("]]>")
		}
		t.pos = end + len("]]>")
	default:
		after, ok := "", false
		if !t.endless {
			after, ok = afterDoctype(rest)
		}
		if !ok {
			t.endless, after = true, rest[2:]
		}
		end := len(rest) - len(after)
		if len(t.stack) == 0 {
			t.define(rest[:end])
		}
		t.pos += end
	}
}

// startTag reads a start tag and decides what becomes of its element.
func (t *tailor) startTag() {
	name, closed := t.readTag()
	if t.pos >= len(t.in) && t.in[len(t.in)-1] != '>' { // cut off
		t.cutLeaf = true
		return
	}
	outer := len(t.bindings)
	t.declare(t.attrs)
	o := t.inherit(name, outer)
	if t.root == "" {
		t.openRoot(name, o, closed)
		return
	}
	if len(t.stack) == 0 {
		t.more(name, o, closed)
		return
	}
	if len(t.stack) >= maxDepth {
		t.mend("nested too deeply")
		t.deep = true
		t.bindings = t.bindings[:outer]
		if !closed {
			t.over++
		}
		return
	}
	t.surface(name)
	e := t.know(name)
	if e.manner == container && e.opens == inItem {
		t.openItem(e, o, closed)
		return
	}
	t.place(e, o, closed)
}

// inherit makes the open element of a tag, with the language and base in scope.
func (t *tailor) inherit(name string, outer int) open {
	o := open{name: name, bindings: outer, from: t.pos, lang: t.lang}
	if n := len(t.stack); n > 0 {
		o.lang, o.base = t.stack[n-1].lang, t.stack[n-1].base
	}
	for _, a := range t.attrs {
		switch a.name {
		case "xml:lang":
			o.lang = strings.TrimSpace(t.decode(a.value))
		case "xml:base":
			o.base = &Base{Href: strings.TrimSpace(t.decode(a.value)), Outer: o.base}
		}
	}
	return o
}

// know looks an element up in the vocabulary, by our prefix for its namespace.
func (t *tailor) know(name string) element {
	prefix, local := split(name)
	in := inFeed
	if n := len(t.stack); n > 0 {
		in = t.stack[n-1].place
	}
	if in == nowhere {
		return element{}
	}
	ours := t.stands(prefix)
	local = t.lower(local)
	var e element
	switch {
	case ours == unknown:
		return e
	case t.format == "atom" && (ours == "" || ours == "atom"):
		e = atomElement(local)
	case ours == "", t.format == "rdf" && ours == "rdf":
		e = rssElement(local, in)
	default:
		e = moduleElement(ours, local, in)
	}
	if e == (element{}) && in == inFeed && (local == "items" || local == "entries") { // what some wrap them in
		return element{through, "", inFeed, inFeed}
	}
	if e.within&in == 0 && !(e.opens == inItem && in != nowhere) || e.emit == "" && e.manner != through {
		return element{}
	}
	return e
}

// lower is the name in lower case, without an allocation where it is so already.
func (t *tailor) lower(name string) string {
	for i := 0; i < len(name); i++ {
		if 'A' <= name[i] && name[i] <= 'Z' {
			return strings.ToLower(name)
		}
	}
	return name
}

// openItem begins an item. One that is still open, its end tag forgotten, ends here.
func (t *tailor) openItem(e element, o open, closed bool) {
	for i := range t.stack {
		if t.stack[i].place != inItem || t.stack[i].closing == "" {
			continue
		}
		t.mend("an item without end tag")
		for len(t.stack) > i {
			t.pop()
		}
		if n := len(t.stack); n > 0 {
			o.bindings = min(o.bindings, len(t.bindings))
		}
		break
	}
	t.items++
	t.parts, t.mark, t.solid, t.seen[1] = 0, len(t.list), false, 0
	if t.items > maxItems {
		t.mend("more than " + strconv.Itoa(maxItems) + " items; the rest left out")
		t.push(o, closed)
		return
	}
	about, lang, href, changed := t.attr("rdf:about"), t.attr("xml:lang"), t.attr("href"), t.attr("lastmod")
	t.place(e, o, closed)
	if closed {
		return
	}
	t.side(&t.list, "t:about", about)
	t.side(&t.list, "t:lang", lang)
	if t.isCDF() {
		t.side(&t.list, "link", href)
		t.side(&t.list, "t:updated", changed)
	}
}

// place hands an element on in its manner.
func (t *tailor) place(e element, o open, closed bool) {
	t.elements++
	t.parts++
	if t.elements > maxElements || t.parts > maxParts {
		t.mend("too many elements; the rest left out")
		e = element{}
	}
	switch e.manner {
	case drop:
		o.place = nowhere
	case through:
		o.place = e.opens
		t.channel(o)
	case empty:
		t.inside(e, o, &closed)
		t.openEmit(e, o)
		t.closeEmit(e.emit)
		o.place = t.stack[len(t.stack)-1].place
	case container:
		o.place, o.closing = e.opens, e.emit
		if e.opens == inItem && closed { // an item without anything
			return
		}
		t.openEmit(e, o)
		if e.opens == inPerson && !closed {
			t.bareName(o)
		}
	case leaf:
		t.leaf(e, o, closed)
		return
	}
	t.push(o, closed)
}

// leaf hands on an element with a ticket for its content. One that was cut off
// is worth something only if it is a text for people: half an address is another.
func (t *tailor) leaf(e element, o open, closed bool) {
	tk := ticket{lang: o.lang, base: o.base}
	for _, a := range t.attrs {
		switch a.name {
		case "type":
			tk.typ = a.value
		case "mode":
			tk.mode = a.value
		}
	}
	mark := len(*t.target())
	e.emit = t.role(e.emit)
	if e.emit != "" {
		t.openEmit(e, o)
	}
	if !closed {
		tk.raw, tk.markup = t.content(o.name)
	}
	if t.cutLeaf && !isRich(e.emit) && !isTitle(e.emit) || e.emit == "" {
		*t.target() = (*t.target())[:mark]
		t.bindings = t.bindings[:min(o.bindings, len(t.bindings))]
		return
	}
	if strings.TrimSpace(tk.raw) != "" {
		t.note(e.emit)
	}
	t.solid = t.solid || tk.raw != "" && (!t.cutLeaf || isRich(e.emit))
	if tk.raw != "" {
		*t.target() = t.give(*t.target(), tk)
	}
	t.closeEmit(e.emit)
	t.bindings = t.bindings[:o.bindings]
}

// split cuts a qualified name.
func split(name string) (prefix, local string) {
	if i := strings.IndexByte(name, ':'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}
