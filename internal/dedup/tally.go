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
	all     float64 // logarithm of how many entries terms are held against
	allFor  int     // entries that all is of; 0 before it is reckoned
}

// page holds slots.
type page [pageSize]slot

// slot is what is known of a term. It fits a cache line.
type slot struct {
	entries uint32
	written
	head link // the newest postings
}

// written is how often terms are written with a capital, and without one.
type written struct{ capital, lower uint32 }

const (
	slotBits = 19
	pageSize = 256
	pages    = 1 << slotBits / pageSize
)

// at gives a term's slot; nil if nothing near it was ever counted.
func (t *tally) at(term uint32) *slot {
	n := term & (1<<slotBits - 1)
	if p := t.pages[n/pageSize]; p != nil {
		return &p[n%pageSize]
	}
	return nil
}

// need is at, and makes the slot.
func (t *tally) need(term uint32) *slot {
	n := term & (1<<slotBits - 1)
	p := t.pages[n/pageSize]
	if p == nil {
		p = new(page)
		t.pages[n/pageSize] = p
	}
	return &p[n%pageSize]
}

// count adds the terms of an entry, or takes them away with by -1.
func (t *tally) count(m *matter, by int) {
	t.entries += by
	for i, term := range m.terms {
		s := t.need(term)
		s.entries += uint32(by)
		if m.flags[i]&termCapital != 0 {
			s.capital += uint32(by)
		}
		if m.flags[i]&termLower != 0 {
			s.lower += uint32(by)
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
	if s := t.at(term); s != nil {
		n += float64(s.entries)
	}
	if of := background + t.entries; t.allFor != of {
		t.all, t.allFor = logOf(float64(of)), of
	}
	w := t.all - logOf(n)
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

// naming tells whether a term is a name: written with a capital inside sentences, in
// this text or mostly in those of the window. It may be one as well if it is a word that
// no list knows where its capital, or the lack of it, tells nothing: at the beginning of
// a sentence, in a title that has them everywhere, in a script without. The window may
// know better.
func (t *tally) naming(term uint32, f termFlags) (n naming) {
	switch {
	case f&termCode != 0:
		return naming{true, true}
	case f&(termNumber|termDay) != 0, f&termClass >= termFlags(commonWord), f&termLower != 0:
		return naming{}
	}
	var w written
	if s := t.at(term); s != nil {
		w = s.written
	}
	if n.sure = w.capital > 2*w.lower; w.capital+w.lower < 3 {
		n.sure = f&termCapital != 0
	}
	if n.maybe = n.sure; f&(termClass|termCapital) == termFlags(rareWord) {
		n.maybe = w.capital >= w.lower
	}
	return n
}
