package parse

import "strings"

// Here stands how the tailor mends a tag whose name is damaged. What it opens is an
// element that nobody knows, whose end tag never comes: all that follows would be in it.

// surface leaves the unknown elements that are open around an item of the feed: whatever
// an item stands in, it counts. What stands in an item is another matter, if it isn't in
// an element of the feed's own vocabulary that there is none of.
func (t *tailor) surface(name string) {
	i := len(t.stack) - 1
	for i >= 0 && t.stack[i].place == nowhere {
		i--
	}
	if i < 0 || i == len(t.stack)-1 || t.knowIn(i, name).opens != inItem {
		return
	}
	for k := i; k >= 0; k-- {
		if t.stack[k].place == inItem && !t.native(t.stack[i+1].name) {
			return
		}
	}
	t.mend("an element without end tag")
	for len(t.stack) > i+1 {
		t.pop()
	}
}

// native reports whether a name is one of the feed's own vocabulary.
func (t *tailor) native(name string) bool {
	prefix, _ := split(name)
	ours := t.stands(prefix)
	return ours == "" || ours == "atom" && t.format == "atom"
}

// knowIn is know, where only the elements up to i of those that are open are.
func (t *tailor) knowIn(i int, name string) element {
	all := t.stack
	t.stack = t.stack[:i+1]
	e := t.know(name)
	t.stack = all
	return e
}

// stray reads anew what an end tag of this name at i ends that nothing open begins, if an
// unknown element is open: it is the one, and its start tag is damaged. An item has
// elements in it, all others only text, lest this take more than linear time.
func (t *tailor) stray(name string, at int) {
	n := len(t.stack) - 1
	if n < 1 || t.stack[n].place != nowhere || name == "" {
		return
	}
	i := n
	for i > 1 && t.stack[i-1].place == nowhere {
		i--
	}
	if e := t.knowIn(i-1, name); e.opens == inItem && e.manner == container && t.stack[i-1].place != inItem {
		t.reread(e, i, name)
		return
	}
	if o := t.stack[n]; strings.IndexByte(textOnly(t.in[o.from:max(at, o.from)]), '<') >= 0 {
		return
	}
	if e := t.knowIn(n-1, name); e.manner == leaf {
		t.reread(e, n, name)
		return
	}
	t.mend("a tag that is misspelt")
	t.pop()
}

// textOnly is s without the CDATA section that it is, if it is one.
func textOnly(s string) string {
	if inside, ok := soleCDATA(s); ok {
		return strings.ReplaceAll(inside, "<", "")
	}
	return s
}

// reread reads the element i of those that are open as e.
func (t *tailor) reread(e element, i int, name string) {
	t.mend("a tag that is misspelt")
	from := t.stack[i].from
	for len(t.stack) > i {
		t.pop()
	}
	t.pos, t.attrs = from, t.attrs[:0]
	o := t.inherit(name, len(t.bindings))
	if e.opens == inItem {
		t.openItem(e, o, false)
		return
	}
	t.place(e, o, false)
}
