package dedup

import (
	"math"
	"sync"
)

// tally counts in how many entries of the window a term stands, and how often it
// is written with a capital where that means something. It also holds, for each
// term, the place of its newest posting. Terms share slots by hash: a few rare
// terms then look a little less rare, and a search meets a few postings more, which
// comparing weeds out. In return its size is bounded, whatever the terms.
type tally struct {
	pages   [pages]*page
	entries int
}

// page holds slots. What a comparison asks most lies together.
type page struct {
	entries [pageSize]uint32
	written [pageSize]written
	heads   [pageSize]link // the newest postings
}

// written is how often terms are written with a capital, and without one.
type written struct{ capital, lower uint32 }

const (
	slotBits = 19
	pageSize = 256
	pages    = 1 << slotBits / pageSize
)

// at gives the page and the place of a term's slot; the page is nil if nothing was
// ever counted there.
func (t *tally) at(term uint32) (*page, uint32) {
	n := term & (1<<slotBits - 1)
	return t.pages[n/pageSize], n % pageSize
}

// need is at, and makes the page.
func (t *tally) need(term uint32) (*page, uint32) {
	p, i := t.at(term)
	if p == nil {
		p = new(page)
		t.pages[term&(1<<slotBits-1)/pageSize] = p
	}
	return p, i
}

// head is where a term's postings begin, nil if there never were any.
func (t *tally) head(term uint32) *link {
	if p, i := t.at(term); p != nil {
		return &p.heads[i]
	}
	return nil
}

// needHead is head, and makes the page.
func (t *tally) needHead(term uint32) *link {
	p, i := t.need(term)
	return &p.heads[i]
}

// count adds the terms of an entry, or takes them away with by -1.
func (t *tally) count(m *matter, by int) {
	t.entries += by
	for i, term := range m.terms {
		p, at := t.need(term)
		p.entries[at] += uint32(by)
		if m.flags[i]&termCapital != 0 {
			p.written[at].capital += uint32(by)
		}
		if m.flags[i]&termLower != 0 {
			p.written[at].lower += uint32(by)
		}
	}
}

// The background: how many of background entries have a word of each class, for
// as long as the window is too young to tell.
const background = 4000

var classEntries = [...]float64{rareWord: 0.5, frequentWord: 12, commonWord: 100, functionWord: 1200}

// weight is the inverse document frequency of a term in nats: what it says of a
// story that a text has it.
func (t *tally) weight(term uint32, f termFlags) float32 {
	n := classEntries[f&termClass]
	if p, i := t.at(term); p != nil {
		n += float64(p.entries[i])
	}
	w := logOf(float64(background+t.entries)) - logOf(n)
	if f&termNumber != 0 {
		w *= 0.6
	}
	return float32(w)
}

// logs gives the logarithms of the halves of whole numbers, reckoned once.
var logs = sync.OnceValue(func() *[1 << 13]float64 {
	ls := new([1 << 13]float64)
	for i := range ls {
		ls[i] = math.Log(float64(i) / 2)
	}
	return ls
})

// logOf is the logarithm, looked up for what is counted most.
func logOf(n float64) float64 {
	if ls := logs(); n < float64(len(ls)/2) {
		return ls[int(2*n)]
	}
	return math.Log(n)
}

// name reports whether a term is a name: written with a capital inside sentences,
// in this text or mostly in those of the window.
func (t *tally) name(term uint32, f termFlags) bool {
	switch {
	case f&termCode != 0:
		return true
	case f&(termNumber|termDay) != 0, f&termClass >= termFlags(commonWord):
		return false
	case f&termLower != 0:
		return false
	}
	w := t.writtenAs(term)
	if w.capital+w.lower < 3 {
		return f&termCapital != 0
	}
	return w.capital > 2*w.lower
}

// mayName is name, and true as well of a word that no list knows where its capital,
// or the lack of it, tells nothing: at the beginning of a sentence, in a title that has
// them everywhere, in a script without. The window may know better.
func (t *tally) mayName(term uint32, f termFlags) bool {
	if f&(termClass|termCapital|termLower|termNumber|termDay) != termFlags(rareWord) {
		return t.name(term, f)
	}
	w := t.writtenAs(term)
	return w.capital >= w.lower
}

func (t *tally) writtenAs(term uint32) written {
	if p, i := t.at(term); p != nil {
		return p.written[i]
	}
	return written{}
}
