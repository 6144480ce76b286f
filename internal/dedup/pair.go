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
	an, bn   []naming  // what is known of them as names
	b2a      []int16   // index in a of b's terms; -1
	inB      []bool    // of a's terms
	inTitleB []bool    // of a's terms: b's title has it
	index    [512]int16
	stamp    [512]uint32
	round    uint32
	steps    steps   // scratch of the alignments
	swapsT   []swap  // of titles
	swapsL   []swap  // of leads
	nameMass float64 // weight of the shared names

	// Of a alone.
	aNames   float64          // weight of its names
	aTitle   float64          // weight of its title's words, each as often as it stands there
	aNumbers []uint8          // terms that are numbers
	places   [maxWords]bitrow // where each term stands
}

// naming tells whether a term is a name, and whether it may be one.
type naming struct{ sure, maybe bool }

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
	p.know()
}

// know notes what comparisons ask of the newcomer alone.
func (p *pair) know() {
	a := p.a
	p.an, p.aNumbers, p.aNames, p.aTitle = p.an[:0], p.aNumbers[:0], 0, 0
	for i, term := range a.terms {
		n := p.t.naming(term, a.flags[i])
		p.an = append(p.an, n)
		if n.sure {
			p.aNames += float64(p.aw[i])
		}
		if a.flags[i]&(termNumber|termDay) == termNumber {
			p.aNumbers = append(p.aNumbers, uint8(i))
		}
		p.places[i] = bitrow{}
	}
	for at, i := range a.seq {
		p.places[i].set(at)
		if at < a.title {
			p.aTitle += float64(p.aw[i])
		}
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
	n := len(p.a.terms)
	p.inB, p.inTitleB = slices.Grow(p.inB[:0], n)[:n], slices.Grow(p.inTitleB[:0], n)[:n]
	clear(p.inB)
	clear(p.inTitleB)
	title := p.b.titleTerms()
	var both, both2 float64
	for i, term := range p.b.terms {
		j := p.find(term)
		p.b2a = append(p.b2a, j)
		if j >= 0 {
			p.inB[j], p.inTitleB[j] = true, i < title
			w := float64(p.aw[j])
			both, both2 = both+w, both2+w*w
		}
	}
	p.x[fContain] = math.Min(1, ratio(both, math.Min(float64(p.a.mass), float64(p.b.mass))))
	p.x[fCosine] = math.Min(1, ratio(both2, math.Sqrt(float64(p.a.mass2)*float64(p.b.mass2))))
	p.x[fShared] = math.Log1p(both)
}

// weighB weighs b's terms as the window weighs them now, and tells which are names.
func (p *pair) weighB() {
	p.bw, p.bn = p.bw[:0], p.bn[:0]
	for i, term := range p.b.terms {
		f := p.b.flags[i]
		p.bn = append(p.bn, p.t.naming(term, f))
		if j := p.b2a[i]; j >= 0 {
			p.bw = append(p.bw, p.aw[j])
			continue
		}
		p.bw = append(p.bw, p.t.weight(term, f))
	}
}

// masses compares the weights of the names, and counts what else is rare.
func (p *pair) masses() {
	var nb, both float64
	rare := 0
	p.nameMass = 0
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
	if m := math.Min(p.aNames, nb); m > 0 {
		p.x[fNames] = math.Min(1, both/m)
	}
	p.x[fRareShared] = math.Log1p(float64(rare))
}

func (p *pair) nameA(i int) bool { return p.an[i].sure }
func (p *pair) nameB(i int) bool { return p.bn[i].sure }

// mayNameA reports whether a term of a is a name, or may be one for all that a title
// in capitals tells.
func (p *pair) mayNameA(i int) bool { return p.an[i].maybe }
func (p *pair) mayNameB(i int) bool { return p.bn[i].maybe }

func ratio(x, y float64) float64 {
	if y <= 0 {
		return 0
	}
	return x / y
}

// titles compares each title with the other's title and text.
func (p *pair) titles() {
	var a, inA, dice, b, inB float64
	for i, w := range p.aw[:p.a.titleTerms()] {
		a += float64(w)
		if p.inB[i] {
			inA += float64(w)
		}
		if p.inTitleB[i] {
			dice += float64(w)
		}
	}
	for i, w := range p.bw[:p.b.titleTerms()] {
		b += float64(w)
		if p.b2a[i] >= 0 {
			inB += float64(w)
		}
	}
	ra, rb := ratio(inA, a), ratio(inB, b)
	p.x[fTitleIn], p.x[fTitleBoth] = math.Max(ra, rb), math.Min(ra, rb)
	p.x[fTitleDice] = ratio(2*dice, a+b)
}

// longestRun is the length of a run of words beyond which it counts no more.
const longestRun = 12

// runs gives the share of the shorter sequence's runs of three words that the other
// has, and the longest run that both have, in twelfths.
func (p *pair) runs() (triples, longest float64) {
	a, b := p.a.seq, p.b.seq
	if len(a) < 3 || len(b) < 3 {
		return 0, 0
	}
	var ends [longestRun + 1]bitrow // where in a runs of so many words, or more, end that b has just been through
	hits, best, n := 0, 0, 0
	for _, y := range b {
		j := p.b2a[y]
		if j < 0 {
			n = 0
			continue
		}
		n = min(n+1, longestRun)
		for k := n; k > 1; k-- {
			before := ends[k-1].shifted()
			ends[k] = before.and(&p.places[j])
		}
		ends[1] = p.places[j]
		for n > 0 && ends[n].empty() {
			n--
		}
		if n >= 3 {
			hits++
		}
		best = max(best, n)
	}
	return math.Min(1, float64(hits)/float64(max(1, min(len(a), len(b))-2))), float64(best) / longestRun
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
	na, nb, agree := len(p.aNumbers), 0, 0
	if na == 0 {
		return
	}
	for _, i := range p.aNumbers {
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
