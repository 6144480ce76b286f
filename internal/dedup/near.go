package dedup

import (
	"cmp"
	"slices"
)

// The bounds of a search for candidates. They keep its cost nearly the same
// whatever the window holds.
const (
	rarest        = 12   // so many of the rarest terms find an entry, and all of its title
	postedGrams   = 8    // so many of the sampled runs of words
	maxPostings   = 64   // the newest of a term that are looked at
	maxPlain      = 20   // the same of a term that is not rare
	maxSteps      = 150  // of one search
	maxBare       = 12   // of a bare title
	bareShare     = 0.12 // of the weight of all keys that a candidate must share with a bare title
	maxCandidates = 14   // the best that are compared
	plainWeight   = 5    // nats; a term of less is not rare
	leastShare    = 0.09 // of the weight of all keys that a candidate must share,
	leastWeight   = 6.5  // or so many nats
	gramWeight    = 6    // nats of a run of words
	gramWords     = 60   // texts of fewer words are found by their terms alone
)

// near is the part of the index that finds near-copies.
type near struct {
	tally    tally
	postings postings
	rack     rack
	encoded  []byte // scratch
	pair     pair
	hits     hits
	m        matter // scratch: the other of a pair
	best     []hit
	keys     []key
	keysFor  *matter               // whose keys and weights these are; nil for nobody's
	weights  []float32             // of the terms
	heads    []link                // scratch: of the keys' postings
	fetched  uint32                // nothing; it keeps the compiler from leaving the reading out
	others   [maxCandidates]matter // the candidates
	matches  [maxCandidates]match
	order    [maxCandidates]*match
}

// key is a term that an entry is found by.
type key struct {
	term   uint32
	weight float32
	index  int // in the terms; -1 for a run of words
}

// hit is a record that shares keys.
type hit struct {
	record uint32
	weight float32
}

// stamped is a hit of one round.
type stamped struct {
	hit
	round uint32
}

// hits adds up the weights of records.
type hits struct {
	slots [2048]stamped
	round uint32
	list  []uint16 // slots in use
}

func (h *hits) reset() {
	h.round++
	h.list = h.list[:0]
}

func (h *hits) add(record uint32, w float32) {
	for i := record * 2654435761 >> 21; ; i = (i + 1) & 2047 {
		s := &h.slots[i]
		if s.round != h.round {
			if len(h.list) > 1500 {
				return
			}
			*s = stamped{hit{record, w}, h.round}
			h.list = append(h.list, uint16(i))
			return
		}
		if s.record == record {
			s.weight += w
			return
		}
	}
}

// keysOf chooses what an entry is found by: its title's terms, its rarest ones, and
// some runs of words of a long text. It weighs all terms, and keeps both until the
// tally changes.
func (n *near) keysOf(m *matter) []key {
	if n.keysFor == m {
		return n.keys
	}
	n.weigh(m)
	var title [maxWords]bool
	for _, i := range m.seq[:m.title] {
		title[i] = true
	}
	n.keys = n.keys[:0]
	for i, term := range m.terms {
		if m.flags[i]&termClass != termFlags(functionWord) {
			n.keys = append(n.keys, key{term, n.weights[i], i})
		}
	}
	slices.SortStableFunc(n.keys, heavier)
	kept := n.keys[:0]
	for k, x := range n.keys {
		if k < rarest || title[x.index] {
			kept = append(kept, x)
		}
	}
	n.keys = kept
	if m.words >= gramWords {
		for _, g := range m.grams[:min(len(m.grams), postedGrams)] {
			n.keys = append(n.keys, key{gramTerm(g), gramWeight, -1})
		}
		slices.SortStableFunc(n.keys, heavier)
	}
	n.keysFor = m
	return n.keys
}

// heavier orders keys by weight.
func heavier(a, b key) int { return cmp.Compare(b.weight, a.weight) }

// prepare prepares the pair for comparing an entry with many.
func (n *near) prepare(m *matter) {
	n.keysOf(m)
	n.pair.newcomer(&n.tally, m, n.weights)
}

// weigh weighs the terms of an entry, and the entry.
func (n *near) weigh(m *matter) {
	n.weights = n.weights[:0]
	m.mass, m.mass2 = 0, 0
	for i, term := range m.terms {
		w := n.tally.weight(term, m.flags[i])
		n.weights = append(n.weights, w)
		m.mass, m.mass2 = m.mass+w, m.mass2+w*w
	}
}

// gramTerm is the term that a run of words is found by.
func gramTerm(g uint32) uint32 { return (g ^ g>>7 ^ 0x5bd1e9) & termMask }

// candidates finds the records that share the most with keys, the best first. Those
// of a bare title must share more, because titles say little but what counts.
func (n *near) candidates(keys []key, bare bool, read func([]hit), usable func(record uint32) bool) []hit {
	n.hits.reset()
	heads := n.heads[:0]
	for _, k := range keys { // first the slots, then the blocks: the memory answers for all at once
		head := link(0)
		if s := n.tally.at(k.term); s != nil {
			head = s.head
		}
		heads = append(heads, head)
	}
	n.heads = heads
	for _, l := range heads {
		if block := n.postings.block(l); len(block) > 0 {
			n.fetched += block[0] ^ block[len(block)-1]
		}
	}
	steps, total := 0, float32(0)
	for i, k := range keys {
		total += k.weight
		deep := maxPostings
		if k.weight < plainWeight {
			deep = maxPlain
		}
		steps += n.meet(heads[i], k.weight, min(deep, maxSteps-steps))
	}
	least := min(leastShare*total, leastWeight)
	most := maxCandidates
	if bare {
		least, most = bareShare*total, maxBare
	}
	return n.choose(least, most, read, usable)
}

// choose gives the heaviest hits that are usable, at most so many, the best first.
func (n *near) choose(least float32, most int, read func([]hit), usable func(record uint32) bool) []hit {
	n.best = n.best[:0]
	for _, i := range n.hits.list {
		if h := n.hits.slots[i].hit; h.weight >= least {
			n.best = append(n.best, h)
		}
	}
	kept, heaviest := 0, float32(0)
	for from := 0; kept < most && from < len(n.best); {
		to := min(from+most-kept, len(n.best))
		sortFirst(n.best[from:], to-from)
		read(n.best[from:to])
		for _, h := range n.best[from:to] {
			if h.weight < heaviest*0.15 {
				return n.best[:kept]
			}
			if usable(h.record) {
				n.best[kept] = h
				kept, heaviest = kept+1, max(heaviest, h.weight)
			}
		}
		from = to
	}
	return n.best[:kept]
}

// sortFirst brings the first n of hits to the front, in order.
func sortFirst(hits []hit, n int) {
	for k := range n {
		first := k
		for i := k + 1; i < len(hits); i++ {
			if hits[i].before(&hits[first]) {
				first = i
			}
		}
		hits[k], hits[first] = hits[first], hits[k]
	}
}

// before orders hits: the heavier first, then the newer.
func (h *hit) before(o *hit) bool {
	return h.weight > o.weight || h.weight == o.weight && h.record > o.record
}

// meet adds the weight of a term to the hits of its newest records, at most so many,
// and gives how many there were.
func (n *near) meet(l link, weight float32, most int) int {
	met := 0
	for met < most {
		block := n.postings.block(l)
		i := filled(block)
		if i <= 0 || block[i] < n.postings.first {
			break
		}
		for ; i > 0 && met < most && block[i] >= n.postings.first; i-- {
			n.hits.add(block[i], weight)
			met++
		}
		l = block[0]
	}
	return met
}

// mark chooses what an entry is found by, and notes it in its matter.
func (n *near) mark(m *matter) {
	for i := range m.flags {
		m.flags[i] &^= termPosted
	}
	for _, k := range n.keysOf(m) {
		if k.index >= 0 {
			m.flags[k.index] |= termPosted
		}
	}
}

// eachKey yields the terms that a marked entry is found by.
func (n *near) eachKey(m *matter, yield func(term uint32)) {
	for i, f := range m.flags {
		if f&termPosted != 0 {
			yield(m.terms[i])
		}
	}
	if m.words >= gramWords {
		for _, g := range m.grams[:min(len(m.grams), postedGrams)] {
			yield(gramTerm(g))
		}
	}
}

// enter tallies a record's terms, and lets it be found.
func (n *near) enter(at uint32, r *record) {
	if n.count(r, 1) {
		n.eachKey(&n.m, func(term uint32) { n.postings.add(&n.tally.need(term).head, at) })
	}
}

// leave undoes enter.
func (n *near) leave(at uint32, r *record) {
	if n.count(r, -1) {
		n.eachKey(&n.m, func(term uint32) { n.postings.remove(&n.tally.need(term).head, at) })
	}
}

// count adds a record's terms to the tally, or takes them away with by -1. It reports
// whether there are any, and leaves them in n.m.
func (n *near) count(r *record, by int) bool {
	n.keysFor = nil
	if r.matter.size == 0 || !n.m.decode(n.rack.at(r.matter)) {
		return false
	}
	n.tally.count(&n.m, by)
	return true
}
