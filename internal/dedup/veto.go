package dedup

// veto is a named reason why two entries that share many words are no copies.
type veto string

// The vetoes. Those of templates say that the two are not even about one happening.
const (
	vetoNumbers veto = "numbers"     // in step, but with other numbers
	vetoDays    veto = "days"        // in step, but with other days or months
	vetoNames   veto = "names"       // in step, but with other names
	vetoSeries  veto = "series"      // one publisher's next item in the same frame
	vetoBoiler  veto = "boilerplate" // what they share is what the publisher says of everything
	vetoForm    veto = "form"        // an opinion, an explainer, a preview of it
	vetoDenial  veto = "denial"      // one denies what the other says
	vetoTitles  veto = "titles"      // titles alone, of one publisher
	vetoReader  veto = "reader"      // the reader said so
)

// template reports whether a veto says that two entries are cast in one mould.
func (v veto) template() bool {
	switch v {
	case vetoNumbers, vetoDays, vetoNames, vetoSeries, vetoBoiler:
		return true
	}
	return false
}

// How much of the shorter sequence must be in step to be a frame with slots, and
// how many words a slot has at most.
const (
	titleFrame = 0.5
	leadFrame  = 0.6
	widestSlot = 6
)

// veto gives the reason why the pair that was compared last must not join; empty
// for none.
func (p *pair) veto() veto {
	if v := p.slotVeto(); v != "" {
		return v
	}
	same := p.same || p.site
	switch {
	case p.x[fTriples] < 0.9 && p.x[fTitleDice] < 0.95 && p.x[fForm] != 0:
		return vetoForm
	case p.x[fDenial] != 0 && p.x[fTitleDice] > 0.25 && p.x[fTriples] < 0.9:
		return vetoDenial
	case p.a.promo && p.b.promo && p.x[fTitleDice] < 0.9:
		return vetoBoiler
	case same && p.x[fTitleBoth] < 0.3 && p.x[fTitleDice] < 0.3:
		return vetoBoiler
	case same && min(p.a.body(), p.b.body()) < 6:
		return vetoTitles
	case same && p.gap > seriesGap && p.x[fTitleDice] > 0.6 && p.x[fTriples] < 0.9:
		return vetoSeries
	}
	return ""
}

// slotVeto looks into the slots of what is in step.
func (p *pair) slotVeto() veto {
	if p.a.title >= 3 && p.b.title >= 3 && p.x[fFrame] >= titleFrame {
		if v := p.slots(p.swapsT); v != "" {
			return v
		}
	}
	if min(p.a.body(), p.b.body()) >= 6 && p.x[fLead] >= leadFrame {
		return p.slots(p.swapsL)
	}
	return ""
}

// slots gives the first reason that a slot holds.
func (p *pair) slots(swaps []swap) veto {
	for _, s := range swaps {
		if len(s.a) == 0 || len(s.b) == 0 || len(s.a) > widestSlot || len(s.b) > widestSlot || !s.before && !s.behind {
			continue
		}
		switch {
		case p.numbersApart(s):
			return vetoNumbers
		case p.daysApart(s):
			return vetoDays
		case p.namesApart(s):
			return vetoNames
		}
	}
	return ""
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

// namesApart reports whether both sides of a slot have names that the other entry
// hasn't got at all.
func (p *pair) namesApart(s swap) bool {
	a, b := false, false
	for _, i := range s.a {
		a = a || !p.inB[i] && p.nameA(int(i))
	}
	for _, i := range s.b {
		b = b || p.b2a[i] < 0 && p.nameB(int(i))
	}
	return a && b
}
