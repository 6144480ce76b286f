package parse

import (
	"strconv"
	"strings"
)

// Here stands how the tailor mends what is torn: sections and elements without
// end, end tags that are misspelt, a root that closes too early, and a document
// that was cut off.

// gap remembers that the first end of a section at or behind from is at: -1 for none.
type gap struct{ from, at int }

// find is where the first end at or behind from is, -1 if there is none. It
// remembers the answer, so that a document full of beginnings without an end
// takes no more than linear time.
func (t *tailor) find(end string, from int) int {
	g, ok := t.ends[end]
	if ok && from >= g.from && (from <= g.at || g.at < 0) {
		return g.at
	}
	at := strings.Index(t.in[from:], end)
	if at >= 0 {
		at += from
	}
	if t.ends == nil {
		t.ends = make(map[string]gap, 4)
	}
	t.ends[end] = gap{from, at}
	return at
}

// markSections writes the mark of CDATA sections whole where a part of it is missing.
func markSections(text string) (whole string, torn bool) {
	for _, wrong := range []string{"<[CDATA[", "<!CDATA["} {
		if strings.Contains(text, wrong) {
			text, torn = strings.ReplaceAll(text, wrong, "<![CDATA["), true
		}
	}
	return text, torn
}

// afterComment is the place behind the comment at i. As in HTML, "<!-->" is one.
// One that has no end is passed as if it were a tag, so that it costs no story.
func (t *tailor) afterComment(i int) int {
	switch rest := t.in[i:]; {
	case strings.HasPrefix(rest, "<!-->"):
		return i + 5
	case strings.HasPrefix(rest, "<!--->"):
		return i + 6
	}
	for _, end := range []string{"-->", "--!>"} {
		if at := t.find(end, i+4); at >= 0 {
			return at + len(end)
		}
	}
	t.mend("a comment without end")
	return i + 4
}

// afterCDATA is the place behind the CDATA section at i in the element name. One
// in which the element ends, and a sibling begins with a section of its own, or
// that has no end at all, ends with its element.
func (t *tailor) afterCDATA(name string, i int) int {
	inside := i + len("<![CDATA[")
	end := t.find("]]>", inside)
	limit := end
	if end < 0 {
		limit = len(t.in)
	} else if n := strings.Index(t.in[inside:end], "<![CDATA["); n >= 0 {
		limit = inside + n
	} else {
		return end + len("]]>")
	}
	at := strings.Index(t.in[inside:limit], "</"+name)
	switch {
	case at >= 0 && (end < 0 || t.goesOn(t.in[inside+at:])):
		t.mend("a CDATA section without end")
		return inside + at
	case end < 0:
		return len(t.in)
	}
	return end + len("]]>")
}

// goesOn reports whether s, which begins with an end tag, goes on with a sibling,
// or with the end of what surrounds them.
func (t *tailor) goesOn(s string) bool {
	s = strings.TrimLeft(after(s[:min(len(s), 512)], ">"), " \t\r\n")
	switch {
	case strings.HasPrefix(s, "</"):
		return t.endsOuter(s[2:])
	case len(s) > 1 && s[0] == '<' && isNameStart(s[1]):
		return t.know(s[1:1+nameLength(s[1:])]).emit != ""
	}
	return false
}

// misspelt reports whether the end tag that s begins with, in an element of this
// name, is meant for that element: nothing is open that it could end, and what
// follows is a sibling. HTML has such end tags of its own.
func (t *tailor) misspelt(name, s string) bool {
	return !isRich(strings.ToLower(name)) && t.goesOn(s)
}

// unended sets t.pos to where an element of this name ends that has no end tag:
// before the first sibling between start and end, for which it tells true, else
// at end.
func (t *tailor) unended(name string, start, end int) bool {
	t.pos = end
	t.looked += end - start
	if t.looked > 4*len(t.in) { // no more than linear time
		return false
	}
	rich := isRich(strings.ToLower(name))
	for i := start; i < end; {
		n := strings.IndexByte(t.in[i:end], '<')
		if n < 0 || i+n+1 >= end {
			return false
		}
		i += n
		switch rest := t.in[i:end]; {
		case isCDATA(rest):
			i = min(t.afterCDATA(name, i), end)
		case isNameStart(rest[1]) && t.sibling(rest[1:1+nameLength(rest[1:])], rich):
			t.pos = i
			return true
		default:
			i += 2
		}
	}
	return false
}

// sibling reports whether an element of this name stands beside a text, and not in
// it: in a rich text, HTML's own elements stand in it.
func (t *tailor) sibling(name string, rich bool) bool {
	if e := t.know(name); e.emit == "" {
		return false
	}
	if !rich {
		return true
	}
	switch strings.ToLower(name) {
	case "link", "title", "source", "image", "summary", "body", "content", "id", "name", "url", "author", "category":
		return false
	}
	return true
}

// isRich reports whether an element, by the name it has or is handed on by, may
// hold markup.
func isRich(name string) bool {
	_, local := split(name)
	switch local {
	case "description", "summary", "content", "encoded", "body", "subtitle", "tagline", "rights", "copyright", "fullitem":
		return true
	}
	return false
}

func isTitle(name string) bool {
	_, local := split(name)
	return local == "title"
}

// more takes up a feed whose root was closed too early, or that another one
// follows: their items count. Any other element begins the junk that may follow.
func (t *tailor) more(name string, o open, closed bool) {
	_, local := split(name)
	switch local = strings.ToLower(local); local {
	case "item", "entry", "channel", "feed", "rss", "rdf":
	default:
		t.pos = len(t.in)
		return
	}
	t.again = true
	t.mend("more of the feed after its end")
	switch o.place = inRoot; local {
	case "item", "entry":
		t.stack = append(t.stack, open{place: inFeed, bindings: o.bindings, lang: t.lang})
		t.openItem(t.know(name), o, closed)
		return
	case "channel", "feed":
		o.place = inFeed
	}
	t.push(o, closed)
}

// close ends what is open where the document ends. An item of which nothing was
// read to its end is left out: the next poll brings it whole.
func (t *tailor) close() {
	torn := t.cutLeaf || t.root == ""
	for i, o := range t.stack {
		torn = torn || o.name != ""
		if o.place != inItem || o.closing == "" {
			continue
		}
		if t.ended = "truncated in item " + strconv.Itoa(t.items); t.solid {
			break
		}
		t.list, t.items = t.list[:t.mark], t.items-1
		for k := i; k < len(t.stack); k++ {
			t.stack[k].closing = ""
		}
		t.ended = ""
		break
	}
	if torn && t.ended == "" {
		t.ended = "truncated after item " + strconv.Itoa(t.items)
	}
	for len(t.stack) > 0 {
		t.pop()
	}
}
