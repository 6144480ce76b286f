package dedup

import (
	"math"
	"slices"
	"time"
)

// The features of a pair, in the order of the weight table.
const (
	fContain    = iota // share of the smaller one's weight that the other has
	fCosine            // of the weights
	fTitleIn           // share of the titles' weight found in the other text: of the title that is better found
	fTitleBoth         // of the one that is worse found
	fTitleDice         // weight that the titles share, of both
	fNames             // share of the names' weight that the other has; 0.5 without names
	fRun               // longest run of words that both have, up to 12, in twelfths
	fTriples           // share of the shorter one's runs of three words that the other has
	fRuns5             // estimated share of the shorter whole text's runs of five words in the other
	fNumbers           // numbers that agree, of the fewer
	fClash             // 1 if both have numbers and none agrees
	fFrame             // how much of the shorter title stands in the other in the same order
	fLead              // the same of the leads
	fSwap              // weight of what stands in each other's place in the titles, of the titles
	fAlien             // weight of the names in either title that the other entry hasn't, of the side that has less, of all names
	fAlienLead         // the same of the leads
	fShared            // weight of all shared terms, logarithm
	fRareShared        // how many shared terms are rare or names, logarithm
	fGap               // days apart, those beyond three counting threefold
	fDays              // days apart, up to five
	fFresh             // 1 at the same time, a half after half a day
	fLong              // logarithm of the shorter one's words
	fRatio             // logarithm of the longer one's words over the shorter one's
	fForm              // 1 if their forms differ
	fDenial            // 1 if one title denies and the other doesn't
	featureCount
)

// featureNames are the names in the weight table and in what people read.
var featureNames = [featureCount]string{
	"contain", "cosine", "title-in", "title-both", "title-dice", "names", "run", "triples", "runs5", "numbers", "clash",
	"frame", "lead", "swap", "alien", "alien-lead", "shared", "rare-shared", "gap", "days", "fresh", "long", "ratio", "form", "denial",
}

// features are the values of a pair.
type features [featureCount]float64

// pair is the comparison of a newcomer with an entry of the window. It is scratch
// space: one is used for all.
type pair struct {
	t    *tally
	a, b *matter // the newcomer, the other
	gap  time.Duration
	same bool // of one feed
	site bool // of one site

	x features

	aw, bw   []float32 // weights of the terms
	b2a      []int16   // index in a of b's terms; -1
	inB      []bool    // of a's terms
	index    [512]int16
	stamp    [512]uint32
	round    uint32
	rows     [2][]uint8 // of the alignment
	grid     []uint8
	swapsT   []swap  // of titles
	swapsL   []swap  // of leads
	nameMass float64 // weight of the shared names
}

// newcomer prepares the pair for comparing a, whose terms weigh as said, with many.
func (p *pair) newcomer(t *tally, a *matter, weights []float32) {
	p.t, p.a, p.aw = t, a, weights
	p.round++
	for i, term := range a.terms {
		h := term & 511
		for p.stamp[h] == p.round {
			h = (h + 1) & 511
		}
		p.stamp[h], p.index[h] = p.round, int16(i)
	}
}

// find gives the index of a term in the newcomer, -1 if it hasn't got it.
func (p *pair) find(term uint32) int16 {
	for h := term & 511; p.stamp[h] == p.round; h = (h + 1) & 511 {
		if i := p.index[h]; p.a.terms[i] == term {
			return i
		}
	}
	return -1
}

// begin begins the comparison with b. It reports whether the two have enough in common
// for the rest of it.
func (p *pair) begin(b *matter, gap time.Duration) bool {
	p.b, p.gap = b, gap
	p.x = features{}
	p.site = p.a.site != 0 && p.a.site == b.site
	p.align()
	return p.x[fContain] >= leastContain
}

// What two entries must have in common at least to be compared at all, and to be
// compared word by word.
const (
	leastContain = 0.13
	closeContain = 0.3
)

// finish fills in the rest of the features.
func (p *pair) finish() *features {
	b := p.b
	p.weighB()
	p.masses()
	p.titles()
	p.x[fRuns5] = sampleShare(p.a, b)
	p.numbers()
	p.swapsT, p.x[fFrame] = p.frame(p.swapsT[:0], p.a.seq[:p.a.title], b.seq[:b.title])
	p.swapsL = p.swapsL[:0]
	if p.x[fContain] >= closeContain {
		p.x[fTriples], p.x[fRun] = p.runs()
		if p.column() == 1 {
			p.swapsL, p.x[fLead] = p.frame(p.swapsL, p.a.seq[p.a.title:], b.seq[b.title:])
		}
	}
	p.x[fSwap] = p.swapped()
	p.x[fAlien] = p.alien(p.a.seq[:p.a.title], b.seq[:b.title])
	p.x[fAlienLead] = p.alien(p.a.seq[p.a.title:], b.seq[b.title:])
	p.x[fGap] = apartness(p.gap)
	p.x[fDays] = math.Min(p.gap.Hours()/24, 5)
	p.x[fFresh] = 1 / (1 + p.gap.Hours()/12)
	la, lb := float64(max(1, len(p.a.seq))), float64(max(1, len(b.seq)))
	p.x[fLong] = math.Log(math.Min(la, lb))
	p.x[fRatio] = math.Log(math.Max(la, lb) / math.Min(la, lb))
	p.x[fForm] = truth(p.a.forms&telling != b.forms&telling)
	p.x[fDenial] = truth(p.a.neg != b.neg)
	return &p.x
}

// apartness is how far apart two entries are, in days. Those beyond three count threefold:
// hardly a copy comes so late, and many a template does.
func apartness(gap time.Duration) float64 {
	d := gap.Hours() / 24
	return d + 2*math.Max(0, d-3)
}

// telling are the forms that make another article of the same happening.
const telling = opinion | explainer | preview | profile | review | recap | quiz | podcast

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// align finds b's terms in a, and how much weight they share. What b weighs in all is
// what it weighed when it came.
func (p *pair) align() {
	p.b2a = p.b2a[:0]
	p.inB = append(p.inB[:0], make([]bool, len(p.a.terms))...)
	var both, both2 float64
	for _, term := range p.b.terms {
		j := p.find(term)
		p.b2a = append(p.b2a, j)
		if j >= 0 {
			p.inB[j] = true
			w := float64(p.aw[j])
			both, both2 = both+w, both2+w*w
		}
	}
	p.x[fContain] = math.Min(1, ratio(both, math.Min(float64(p.a.mass), float64(p.b.mass))))
	p.x[fCosine] = math.Min(1, ratio(both2, math.Sqrt(float64(p.a.mass2)*float64(p.b.mass2))))
	p.x[fShared] = math.Log1p(both)
}

// weighB weighs b's terms as the window weighs them now.
func (p *pair) weighB() {
	p.bw = p.bw[:0]
	for i, term := range p.b.terms {
		if j := p.b2a[i]; j >= 0 {
			p.bw = append(p.bw, p.aw[j])
			continue
		}
		p.bw = append(p.bw, p.t.weight(term, p.b.flags[i]))
	}
}

// masses compares the weights of the names, and counts what else is rare.
func (p *pair) masses() {
	var na, nb, both float64
	rare := 0
	p.nameMass = 0
	for i, w := range p.aw {
		if p.nameA(i) {
			na += float64(w)
		}
	}
	for i, w := range p.bw {
		w := float64(w)
		name := p.nameB(i)
		if name {
			nb += w
		}
		j := int(p.b2a[i])
		if j < 0 {
			continue
		}
		if name || p.nameA(j) {
			both += w
		}
		if name || p.mayNameA(j) || p.mayNameB(i) {
			p.nameMass += w
		}
		if p.b.flags[i]&termClass == termFlags(rareWord) && p.b.flags[i]&(termNumber|termDay) == 0 {
			rare++
		}
	}
	p.x[fNames] = 0.5
	if m := math.Min(na, nb); m > 0 {
		p.x[fNames] = math.Min(1, both/m)
	}
	p.x[fRareShared] = math.Log1p(float64(rare))
}

func (p *pair) nameA(i int) bool { return p.t.name(p.a.terms[i], p.a.flags[i]) }
func (p *pair) nameB(i int) bool { return p.t.name(p.b.terms[i], p.b.flags[i]) }

func ratio(x, y float64) float64 {
	if y <= 0 {
		return 0
	}
	return x / y
}

// titles compares each title with the other's title and text.
func (p *pair) titles() {
	a, inA, dice := p.titleOf(p.a, p.aw, func(i uint8) (bool, bool) { return p.inB[i], p.inTitleB(i) })
	b, inB, _ := p.titleOf(p.b, p.bw, func(i uint8) (bool, bool) { return p.b2a[i] >= 0, false })
	ra, rb := ratio(inA, a), ratio(inB, b)
	p.x[fTitleIn], p.x[fTitleBoth] = math.Max(ra, rb), math.Min(ra, rb)
	p.x[fTitleDice] = ratio(2*dice, a+b)
}

// titleOf sums up the weight of a title, of what the other one's text has of it,
// and of what its title has.
func (p *pair) titleOf(m *matter, ws []float32, shared func(i uint8) (text, title bool)) (all, in, both float64) {
	var done [maxWords]bool
	for _, i := range m.seq[:m.title] {
		if done[i] {
			continue
		}
		done[i] = true
		w := float64(ws[i])
		all += w
		text, title := shared(i)
		if text {
			in += w
		}
		if title {
			both += w
		}
	}
	return all, in, both
}

// inTitleB reports whether b's title has a's term i.
func (p *pair) inTitleB(i uint8) bool {
	for _, j := range p.b.seq[:p.b.title] {
		if p.b2a[j] == int16(i) {
			return true
		}
	}
	return false
}

// runs gives the share of the shorter sequence's runs of three words that the other
// has, and the longest run that both have.
func (p *pair) runs() (triples, longest float64) {
	a, b := p.a.seq, p.b.seq
	if len(a) < 3 || len(b) < 3 {
		return 0, 0
	}
	prev, row := p.scratch(len(a) + 1)
	hits, best := 0, uint8(0)
	for _, y := range b {
		j := p.b2a[y]
		clear(row)
		any := false
		if j >= 0 {
			for i, x := range a {
				if int16(x) == j {
					row[i+1] = prev[i] + 1
					best = max(best, row[i+1])
					any = any || row[i+1] >= 3
				}
			}
		}
		if any {
			hits++
		}
		prev, row = row, prev
	}
	return math.Min(1, float64(hits)/float64(max(1, min(len(a), len(b))-2))), math.Min(float64(best), 12) / 12
}

// scratch gives two cleared rows.
func (p *pair) scratch(n int) (a, b []uint8) {
	for i := range p.rows {
		p.rows[i] = slices.Grow(p.rows[i][:0], n)[:n]
		clear(p.rows[i])
	}
	return p.rows[0], p.rows[1]
}

// sampleShare estimates how much of the shorter text stands in the other, from the
// samples of their runs of five words.
func sampleShare(a, b *matter) float64 {
	if a.words > b.words {
		a, b = b, a
	}
	shift := max(a.shift, b.shift)
	mask := uint32(1)<<shift - 1
	n, both := 0, 0
	for _, g := range a.grams {
		if g&mask != 0 {
			continue
		}
		n++
		if _, ok := slices.BinarySearch(b.grams, g); ok {
			both++
		}
	}
	if n < 3 {
		return 0
	}
	return float64(both) / float64(n)
}

// numbers counts those that agree.
func (p *pair) numbers() {
	na, nb, agree := 0, 0, 0
	for i, f := range p.a.flags {
		if f&(termNumber|termDay) != termNumber {
			continue
		}
		na++
		for j, g := range p.b.flags {
			if g&(termNumber|termDay) == termNumber && close(p.a.value[i], p.b.value[j]) {
				agree++
				break
			}
		}
	}
	for _, g := range p.b.flags {
		if g&(termNumber|termDay) == termNumber {
			nb++
		}
	}
	p.x[fNumbers] = ratio(float64(agree), float64(min(na, nb)))
	p.x[fClash] = truth(na > 0 && nb > 0 && agree == 0)
}

// close reports whether two numbers may be one, rounded by either.
func close(a, b float32) bool {
	if a == b {
		return true
	}
	x, y := float64(a), float64(b)
	if x < 20 || y < 20 || math.Abs(x-y) > 0.05*max(x, y) {
		return false
	}
	return rounds(x, 2, b) || rounds(y, 2, a) || max(x, y) >= 1e4 && (rounds(x, 3, b) || rounds(y, 3, a))
}

// rounds reports whether x is r when rounded, as exactly as r can tell.
func rounds(x, digits float64, r float32) bool { return float32(roundTo(x, digits)) == r }

// roundTo rounds to so many significant digits.
func roundTo(x float64, digits float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(x))-digits+1)
	return math.Round(x/unit) * unit
}
