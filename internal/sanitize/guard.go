package sanitize

import "bytes"

// guard recognises sanitised HTML, in the form in which [walk] writes it: names
// in lower case, values in double quotes, one space before an attribute, every
// element closed, and each in a place where it belongs. Anything else is no
// sanitised HTML to it, harmless or not. It shares no code with the walk, so that
// one mistake is not made twice.
//
// Why what it recognises is safe: its tags are all that a browser finds, for none
// of its elements has a content that is read in another way (select and textarea
// must be empty), none is of svg or math, and no value holds a quote or an angle
// bracket. And the tree that a browser builds is the one that the tags write
// down, for every rule of WHATWG HTML §13.2.6 that closes, moves or opens again
// what another tag began needs a nesting that places refuses; what it adds is a
// tbody or a colgroup inside of a table. So the allowlist of the tags is the
// allowlist of the page, and the element around the fragment stays open to its
// end. Tests hold this of random tags with html.Parse, and package server shows
// hostile texts to a browser.
type guard map[string]*shape

// shape is what an element may have, and where it may stand.
type shape struct {
	name   string
	void   bool
	attrs  map[string]form
	ends   string   // what its start tag must end with
	hollow bool     // it must be empty
	in     []string // all that it may stand in, a/b for a b in an a; nil for anything
	alone  []string // what it may not stand in, however deep, up to a cell
	apart  []string // what it may not stand in directly
	strict bool     // it holds only what may stand in it by name
}

// form reports whether the value of an attribute, as it is written, may be so.
type form func(value []byte) bool

// deepest bounds the nesting that is recognised. Browsers flatten what is much
// deeper.
const deepest = 128

// safeLink is what must follow the address of a link.
const safeLink = ` rel="noopener noreferrer"`

// recognises reports whether b is sanitised HTML. It uses the memory of open.
func (g guard) recognises(b []byte, open *[]*shape) bool {
	stack := (*open)[:0]
	for {
		i := bytes.IndexByte(b, '<')
		if n := len(stack); n > 0 && stack[n-1].strict && i > 0 && len(bytes.Trim(b[:i], " \t\n\f\r")) > 0 {
			return false // a browser puts text in a table before it
		}
		if i < 0 {
			*open = stack
			return len(stack) == 0
		}
		b = b[i+1:]
		end := bytes.IndexByte(b, '>')
		if end < 1 {
			return false
		}
		tag := b[:end]
		b = b[end+1:]
		if tag[0] == '/' {
			n := len(stack)
			if n == 0 || stack[n-1].name != string(tag[1:]) {
				return false
			}
			stack = stack[:n-1]
			continue
		}
		el := g.tag(tag)
		if el == nil || !el.fits(stack) || el.hollow && !bytes.HasPrefix(b, []byte("</")) {
			return false
		}
		if !el.void {
			stack = append(stack, el)
		}
	}
}

// tag recognises a start tag, without its angle brackets; nil if it doesn't.
func (g guard) tag(tag []byte) *shape {
	n := bytes.IndexByte(tag, ' ')
	if n < 0 {
		n = len(tag)
	}
	el := g[string(tag[:n])]
	if el == nil || !bytes.HasSuffix(tag, []byte(el.ends)) {
		return nil
	}
	for rest := tag[n:]; len(rest) > 0; {
		i := bytes.IndexByte(rest, '=')
		if i < 2 || rest[0] != ' ' || i+1 >= len(rest) || rest[i+1] != '"' {
			return nil
		}
		key := rest[1:i]
		rest = rest[i+2:]
		j := bytes.IndexByte(rest, '"')
		allowed := el.attrs[string(key)]
		if j < 0 || allowed == nil || bytes.IndexByte(rest[:j], '<') >= 0 || !allowed(rest[:j]) {
			return nil
		}
		rest = rest[j+1:]
		if string(key) == "href" && el.attrs["rel"] != nil && !bytes.HasPrefix(rest, []byte(safeLink)) {
			return nil
		}
	}
	return el
}

// fits reports whether an element may stand in the innermost of those that are
// open.
func (s *shape) fits(open []*shape) bool {
	var parent, grandparent string
	n := len(open)
	if n > 0 {
		parent = open[n-1].name
	}
	if n > 1 {
		grandparent = open[n-2].name
	}
	if n >= deepest || contains(s.apart, parent) {
		return false
	}
	if s.in != nil {
		return contains(s.in, parent) || contains(s.in, grandparent+"/"+parent)
	}
	return (n == 0 || !open[n-1].strict) && !s.inside(open)
}

// inside reports whether one of the elements that s may not stand in is open,
// up to the nearest cell, which a browser begins anew in.
func (s *shape) inside(open []*shape) bool {
	if s.alone == nil {
		return false
	}
	for i := len(open) - 1; i >= 0; i-- {
		switch name := open[i].name; {
		case contains(s.alone, name):
			return true
		case name == "td" || name == "th" || name == "caption":
			return false
		}
	}
	return false
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}
