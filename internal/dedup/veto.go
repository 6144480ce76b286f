package dedup

import "time"

// veto is a named reason why two entries that share many words are no copies.
type veto string

// The vetoes. Those of templates say that the two are not even about one happening.
const (
	vetoNumbers veto = "numbers"     // in step, but with other numbers
	vetoDays    veto = "days"        // in step, but with other days or months
	vetoNames   veto = "names"       // in step, but with other names
	vetoWords   veto = "words"       // titles in step, but with other weighty words
	vetoSeries  veto = "series"      // one publisher's next item in the same frame
	vetoBoiler  veto = "boilerplate" // what they share is what the publisher says of everything
	vetoForm    veto = "form"        // an opinion, an explainer, a preview of it
	vetoDenial  veto = "denial"      // one denies what the other says
	vetoTitles  veto = "titles"      // titles alone, of one publisher
	vetoScant   veto = "scant"       // what they share is a word: the name of a town
	vetoStory   veto = "story"       // the rest of the story is too far
	vetoReader  veto = "folding"     // the reader doesn't want near-copies of one of the feeds
	vetoParted  veto = "reader"      // the reader said that they are two stories
)

// template reports whether a veto says that two entries are cast in one mould.
func (v veto) template() bool {
	switch v {
	case vetoNumbers, vetoDays, vetoNames, vetoWords, vetoSeries, vetoBoiler:
		return true
	}
	return false
}

// next reports whether a veto says that one feed has put two items into one mould.
func (v veto) next() bool { return v == vetoSeries || v == vetoBoiler }

// How much of the shorter sequence must be in step to be a frame with slots, and
// how many words a slot has at most.
const (
	lateGap     = 2 * 24 * time.Hour // what comes so much later may be the next of its kind
	titleFrame  = 0.5
	leadFrame   = 0.6
	widestSlot  = 6
	leadShare   = 0.25 // of the lighter lead; two articles of one publisher with less share their titles alone
	fewWeighty  = 3    // words by which an item with hardly more than a title is known
	manyNumbers = 3
	fewTelling  = 2  // rare words or numbers that two texts without a phrase in common must share
	smallCount  = 20 // numbers below it are shared by chance
)

// veto gives the reason why the pair that was compared last must not join; empty
// for none.
func (p *pair) veto() veto {
	same := p.same || p.site
	verbatim := max(p.x[fTriples], p.x[fRuns5])
	switch {
	case p.a.promo && p.b.promo && p.x[fTitleDice] < 0.9:
		return vetoBoiler
	case same && p.series():
		return vetoSeries
	case same && p.x[fTitleDice] < 0.5 && p.x[fTriples] > 0.6:
		return vetoBoiler
	}
	if v := p.slotVeto(same); v != "" {
		return v
	}
	switch {
	case verbatim < 0.4 && p.x[fTitleDice] < 0.95 && p.x[fForm] != 0:
		return vetoForm
	case verbatim < 0.3 && p.x[fDenial] != 0 && p.x[fTitleDice] > 0.3:
		return vetoDenial
	case same && (min(p.a.body(), p.b.body()) < 6 || p.x[fTitleBoth] < 0.3 || p.leads() < leadShare):
		return vetoTitles
	case p.column() == 0 && (min(p.a.weighty(), p.b.weighty()) < fewWeighty || p.namesAlone()), p.column() == 1 && verbatim == 0 && p.sharedTelling() < fewTelling:
		return vetoScant
	}
	return ""
}

// series reports whether two entries of one publisher are the next of a series: the
// same words again after half a day, or a frame in which something weighty differs.
func (p *pair) series() bool {
	if p.x[fTitleDice] > 0.95 {
		return p.gap >= seriesGap
	}
	return p.x[fFrame] >= titleFrame && p.x[fSwap] > 0.2
}

// figures counts the numbers, without those of days.
func (m *matter) figures() (n int) {
	for _, f := range m.flags {
		n += int(truth(f&(termNumber|termDay) == termNumber))
	}
	return n
}

// weighty counts the words that aren't function words.
func (m *matter) weighty() (n int) {
	for _, f := range m.flags {
		n += int(truth(f&termClass != termFlags(functionWord)))
	}
	return n
}

// namesAlone reports whether all that two titles share is names: who, and not what.
func (p *pair) namesAlone() bool {
	n := 0
	for i, f := range p.b.flags {
		if j := p.b2a[i]; j >= 0 && f&termClass != termFlags(functionWord) && !p.mayNameB(i) && !p.mayNameA(int(j)) {
			n++
		}
	}
	return n < 2
}

// sharedTelling counts the rare words and the numbers that both have, but for small ones.
func (p *pair) sharedTelling() (n int) {
	for i, f := range p.b.flags {
		switch {
		case f&termDay != 0:
		case f&termNumber != 0:
			v := p.b.value[i]
			n += int(truth(!(v < smallCount && v == float32(int(v))) && hasNumber(p.a, v)))
		default:
			n += int(truth(p.b2a[i] >= 0 && f&termClass == termFlags(rareWord)))
		}
	}
	return n
}

// leads is how much of the lighter lead's weight the other entry has.
func (p *pair) leads() float64 {
	a, inA := leadOf(p.a, p.aw, func(i uint8) bool { return p.inB[i] })
	b, inB := leadOf(p.b, p.bw, func(i uint8) bool { return p.b2a[i] >= 0 })
	if a < b {
		return ratio(inA, a)
	}
	return ratio(inB, b)
}

// leadOf sums up the weight of a lead, and of what the other entry has of it.
func leadOf(m *matter, ws []float32, shared func(i uint8) bool) (all, in float64) {
	for _, i := range m.seq[m.title:] {
		all += float64(ws[i])
		if shared(i) {
			in += float64(ws[i])
		}
	}
	return all, in
}

// slotVeto looks into the slots of what is in step.
func (p *pair) slotVeto(same bool) veto {
	if (p.a.forms|p.b.forms)&correction != 0 {
		return ""
	}
	var title, lead clashes
	if min(p.a.title, p.b.title) >= 2 && p.x[fFrame] >= titleFrame {
		p.slots(&title, p.swapsT)
	}
	if min(p.a.body(), p.b.body()) >= 6 && p.x[fLead] >= leadFrame {
		p.slots(&lead, p.swapsL)
	}
	late := p.gap > lateGap
	if late && p.x[fNumbers] < 0.5 && min(p.a.figures(), p.b.figures()) >= manyNumbers && max(p.x[fTriples], p.x[fRuns5]) < 0.8 {
		return vetoNumbers
	}
	long := min(p.a.words, p.b.words) > gramWords && p.x[fRuns5] > 0.5 && !late
	names := title.names + lead.names
	few := 0.5
	if p.column() == 0 {
		few = 0.12
	}
	switch {
	case title.numbers > 0 && p.x[fNumbers] < 0.6 && !long,
		lead.numbers > 0 && p.x[fNumbers] < 0.5 && !long,
		lead.numbers > 1 && p.x[fNumbers] < 0.7,
		late && title.numbers+lead.numbers > 0:
		return vetoNumbers
	case title.days > 0 && !long, lead.days > 0 && (same || names > 0 || lead.numbers > 0) && !long:
		return vetoDays
	case names > few*p.nameMass && !long, p.column() == 0 && title.sure:
		return vetoNames
	case title.contraries > 0 && !long:
		return vetoWords
	case p.column() == 0 && (p.x[fFrame] > 0.6 && p.x[fSwap] > 0.2 || p.x[fFrame] > 0.75 && p.x[fSwap] > 0.12):
		return vetoWords
	}
	return ""
}

// clashes are what the slots of a pair hold on both sides: how many slots have
// other numbers, other days, and the weight of other names.
type clashes struct {
	numbers, days int
	contraries    int
	names         float64
	sure          bool // there are names on both sides beyond doubt
}

func (p *pair) slots(c *clashes, swaps []swap) {
	for _, s := range swaps {
		if len(s.a) == 0 || len(s.b) == 0 || len(s.a) > widestSlot || len(s.b) > widestSlot || !s.before && !s.behind {
			continue
		}
		if p.numbersApart(s) {
			c.numbers++
		}
		if p.daysApart(s) {
			c.days++
		}
		if p.contraries(s) {
			c.contraries++
		}
		w, sure := p.namesApart(s)
		c.names += w
		c.sure = c.sure || sure
	}
}

// numbersApart reports whether both sides of a slot have numbers that the other
// entry hasn't got anywhere.
func (p *pair) numbersApart(s swap) bool {
	a, b := false, false
	for _, i := range s.a {
		a = a || p.a.flags[i]&(termNumber|termDay) == termNumber && !hasNumber(p.b, p.a.value[i])
	}
	for _, i := range s.b {
		b = b || p.b.flags[i]&(termNumber|termDay) == termNumber && !hasNumber(p.a, p.b.value[i])
	}
	return a && b
}

func hasNumber(m *matter, v float32) bool {
	for i, f := range m.flags {
		if f&termNumber != 0 && close(m.value[i], v) {
			return true
		}
	}
	return false
}

// daysApart reports whether both sides of a slot have days or months, and none of
// the other entry's.
func (p *pair) daysApart(s swap) bool {
	a, b := false, false
	for _, i := range s.a {
		a = a || p.a.flags[i]&termDay != 0 && !p.inB[i]
	}
	for _, i := range s.b {
		b = b || p.b.flags[i]&termDay != 0 && p.b2a[i] < 0
	}
	return a && b
}

// contraries reports whether the sides of a slot have words that mean the opposite,
// and that the other entry hasn't got anywhere.
func (p *pair) contraries(s swap) bool {
	for _, i := range s.a {
		for _, j := range s.b {
			if !p.inB[i] && p.b2a[j] < 0 && lexicon().opposed(p.a.terms[i], p.b.terms[j]) {
				return true
			}
		}
	}
	return false
}

// namesApart is the weight of the names on both sides of a slot that the other
// entry hasn't got at all, on the lighter side.
func (p *pair) namesApart(s swap) (weight float64, sure bool) {
	a, b := 0.0, 0.0
	sureA, sureB := false, false
	for _, i := range s.a {
		if !p.inB[i] && p.mayNameA(int(i)) {
			a += float64(p.aw[i])
			sureA = sureA || p.nameA(int(i))
		}
	}
	for _, i := range s.b {
		if p.b2a[i] < 0 && p.mayNameB(int(i)) {
			b += float64(p.bw[i])
			sureB = sureB || p.nameB(int(i))
		}
	}
	return min(a, b), sureA && sureB
}
