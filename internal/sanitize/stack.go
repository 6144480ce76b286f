package sanitize

import (
	"bytes"
	"net/url"
)

// maxDepth bounds how deep elements are nested; deeper ones are left out and
// their content kept. Browsers and html.Parse give up at 512.
const maxDepth = 96

// maxReopened bounds how many elements a badly nested tag opens again.
const maxReopened = 3

// open is an element whose end has not come yet.
type open struct {
	*element
	start, end int      // where its start tag stands in the output
	implied    bool     // not in the input, or not here: it goes when it holds nothing
	ours       bool     // a list that only stray items opened
	robbed     bool     // held a counter of readers, and goes too when it holds nothing else
	pending    bool     // its end tag came too early: it closes with what it holds
	anchor     bool     // has an id, which links may lead to
	rebased    bool     // has an xml:base
	outer      *url.URL // what addresses are resolved against outside of it, then
}

// tree writes elements so that they nest as a browser would nest them: every
// element is closed, a paragraph holds no blocks, list items stand in lists and
// cells in tables. So a fragment cannot break out of the element that it is put
// into, whatever that is, and reads the same when it is read again.
type tree struct {
	out      []byte
	stack    []open
	elements map[string]*element
	base     *url.URL // what addresses are resolved against
	verbatim int      // elements of stack that are pre
	overflow int      // start tags that were too deep
	tags     []byte
	spans    []reopened
}

type reopened struct {
	*element
	from, to int // in tree.tags
}

// is reports whether the innermost element is of a kind.
func (t *tree) is(k kind) bool {
	n := len(t.stack)
	return n > 0 && t.stack[n-1].element.is&k != 0
}

// leave closes the innermost element.
func (t *tree) leave() { t.closeTo(len(t.stack) - 1) }

// find gives the index of the innermost element of a kind, or -1 if there is
// none, or one of kind barrier is nearer.
func (t *tree) find(k, barrier kind) int {
	for i := len(t.stack) - 1; i >= 0; i-- {
		is := t.stack[i].element.is
		if is&k != 0 {
			return i
		}
		if is&barrier != 0 {
			return -1
		}
	}
	return -1
}

// push opens an element whose start tag has been written from start on.
func (t *tree) push(o open) {
	o.end = len(t.out)
	t.stack = append(t.stack, o)
	if o.element.is&verbatim != 0 {
		t.verbatim++
	}
}

// full reports whether no further element can be opened.
func (t *tree) full() bool { return len(t.stack) >= maxDepth }

// imply opens an element that the input left out.
func (t *tree) imply(name string) {
	if t.full() {
		return
	}
	start := len(t.out)
	t.out = append(t.out, '<')
	t.out = append(t.out, name...)
	t.out = append(t.out, '>')
	el := t.elements[name]
	t.push(open{element: el, start: start, implied: true, ours: el.is&(list|terms) != 0})
}

// pop closes the innermost element, and those around it that wait for this.
func (t *tree) pop() {
	for {
		o := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		t.finish(o)
		if n := len(t.stack); n == 0 || !t.stack[n-1].pending {
			return
		}
	}
}

// finish writes the end tag of an element, or takes it back if it holds nothing
// and would not be there but for this package.
func (t *tree) finish(o open) {
	if o.element.is&verbatim != 0 {
		t.verbatim--
	}
	if o.rebased {
		t.base = o.outer
	}
	if (o.implied || o.robbed) && !o.anchor && t.blank(o.end) {
		space := len(t.out) > o.end
		t.out = t.out[:o.start]
		if space {
			t.out = append(t.out, ' ')
		}
		if o.robbed {
			t.rob()
		}
		return
	}
	t.out = append(t.out, "</"...)
	t.out = append(t.out, o.name...)
	t.out = append(t.out, '>')
}

// rob notes that something was left out of the innermost element that was all
// it was for; cells keep their place in a row.
func (t *tree) rob() {
	if n := len(t.stack); n > 0 && t.stack[n-1].element.is&cell == 0 {
		t.stack[n-1].robbed = true
	}
}

// blank reports whether nothing but a little white space was written from a
// place on; in pre every space counts.
func (t *tree) blank(from int) bool {
	b := t.out[from:]
	if len(b) == 0 {
		return true
	}
	if len(b) > 24 || t.verbatim > 0 {
		return false
	}
	return len(bytes.TrimSpace(b)) == 0
}

// closeTo closes elements until at most n are open.
func (t *tree) closeTo(n int) {
	for len(t.stack) > n {
		t.pop()
	}
}

// remember copies the start tags of the formatting elements from index i on, to
// be opened again by reopen.
func (t *tree) remember(i int) {
	t.tags, t.spans = t.tags[:0], t.spans[:0]
	for _, o := range t.stack[i:] {
		if o.element.is&phrasing == 0 || o.pending || o.anchor || len(t.spans) == maxReopened {
			continue
		}
		from := len(t.tags)
		t.tags = append(t.tags, t.out[o.start:o.end]...)
		t.spans = append(t.spans, reopened{o.element, from, len(t.tags)})
	}
}

// reopen opens what remember kept.
func (t *tree) reopen() {
	for _, r := range t.spans {
		if t.full() {
			break
		}
		start := len(t.out)
		t.out = append(t.out, t.tags[r.from:r.to]...)
		t.push(open{element: r.element, start: start, implied: true})
	}
	t.spans = t.spans[:0]
}

// place makes the place ready for an element: it closes what can't hold it and
// opens what it can't be without. What it closes of formatting is to be
// reopened by the caller.
func (t *tree) place(el *element) {
	t.spans = t.spans[:0]
	switch is := el.is; {
	case is&item != 0:
		t.placeItem()
	case is&term != 0:
		t.placeTerm()
	case is&(caption|columns|rows) != 0:
		t.placeIn(table)
	case is&column != 0:
		t.placeIn(table | columns)
	case is&row != 0:
		t.placeIn(table | rows)
	case is&cell != 0:
		t.placeCell()
	default:
		t.placeContent(el)
	}
}

// placeContent is place for everything that isn't part of a list or table.
func (t *tree) placeContent(el *element) {
	t.content()
	switch is := el.is; {
	case is&flow != 0:
		t.endParagraph()
		for is&heading != 0 && t.is(heading) {
			t.leave()
		}
	case is&(link|button|option) != 0:
		if i := t.find(is&(link|button|option), cell|caption|table); i >= 0 {
			t.closeTo(i)
		}
	case is&rubyText != 0:
		for t.is(rubyText) {
			t.leave()
		}
	}
}

// content makes the place ready for text and the like: it leaves a list that
// was only implied, and enters a cell in a table.
func (t *tree) content() {
	t.leaveImplied()
	if !t.is(inTable) {
		return
	}
	if t.is(columns) {
		t.leave()
	}
	if !t.is(row) {
		t.imply("tr")
	}
	if t.is(row) {
		t.imply("td")
	}
}

// leaveImplied closes a list that only stray items opened.
func (t *tree) leaveImplied() {
	for t.is(list|terms) && t.stack[len(t.stack)-1].ours {
		t.leave()
	}
}

// endParagraph closes an open paragraph.
func (t *tree) endParagraph() {
	if i := t.find(paragraph, cell|caption|table); i >= 0 {
		t.remember(i + 1)
		if len(t.spans) > 0 { // the paragraph goes on below, in its formatting
			for j := range t.stack[i:] {
				t.stack[i+j].implied = true
			}
		}
		t.closeTo(i)
	}
}

func (t *tree) placeItem() {
	if i := t.find(list, cell|caption|table); i >= 0 {
		t.closeTo(i + 1)
		return
	}
	t.content()
	t.endParagraph()
	t.imply("ul")
}

// placeTerm lets a term stand in a dl, or in a div that stands in a dl.
func (t *tree) placeTerm() {
	i := t.find(terms, cell|caption|table)
	if i < 0 {
		t.content()
		t.endParagraph()
		t.imply("dl")
		return
	}
	if i+1 < len(t.stack) && t.stack[i+1].element.is&division != 0 {
		i++
	}
	t.closeTo(i + 1)
}

// placeIn closes down to the innermost of some parts of the innermost table.
func (t *tree) placeIn(parts kind) {
	if i := t.find(parts|table, 0); i >= 0 {
		t.closeTo(i + 1)
	}
}

func (t *tree) placeCell() {
	i := t.find(row|table, 0)
	if i < 0 {
		return
	}
	if t.stack[i].element.is&row != 0 {
		t.closeTo(i + 1)
		return
	}
	t.placeIn(table | rows)
	t.imply("tr")
}

// fits reports whether an element may stand here at all: parts of tables only
// in tables, and rt and rp only right in a ruby, where no parser takes them for
// the end of a paragraph or an item.
func (t *tree) fits(el *element) bool {
	switch {
	case el.is&(caption|columns|column|rows|row|cell) != 0:
		return t.find(table, 0) >= 0
	case el.is&rubyText != 0:
		return t.find(ruby, ^(phrasing|rubyText)) >= 0
	}
	return true
}

// end closes an element by its end tag, if it is open.
func (t *tree) end(el *element) {
	i := t.match(el)
	if i < 0 {
		return
	}
	if el.is&phrasing == 0 {
		t.closeTo(i)
		return
	}
	for _, o := range t.stack[i+1:] {
		if o.element.is&phrasing == 0 {
			t.stack[i].pending = true
			return
		}
	}
	t.remember(i + 1)
	t.closeTo(i)
	t.reopen()
}

// match finds the open element that an end tag means.
func (t *tree) match(el *element) int {
	barrier := cell | caption | table
	switch is := el.is; {
	case is&(table|rows|row|cell|caption|columns) != 0:
		barrier = table
	case is&item != 0:
		barrier |= list
	case is&heading != 0:
		return t.find(heading, barrier)
	}
	for i := len(t.stack) - 1; i >= 0; i-- {
		if o := &t.stack[i]; o.element == el && !o.pending {
			return i
		} else if o.element.is&barrier != 0 {
			return -1
		}
	}
	return -1
}
