package dedup

// swap is a place where two sequences that are otherwise in step have different
// words: the slots of a template.
type swap struct {
	a, b   []uint8 // terms of a, of b
	before bool    // a word that both have stands before
	behind bool    // and behind
}

// frame aligns two sequences by their longest common subsequence. It gives the
// places where they differ, and how much of the shorter one is in step.
func (p *pair) frame(swaps []swap, a, b []uint8) ([]swap, float64) {
	if len(a) == 0 || len(b) == 0 {
		return swaps, 0
	}
	p.steps.align(a, b, p.b2a)
	step := float64(p.steps.longest(0, 0, len(b))) / float64(min(len(a), len(b)))
	i, j, fromA, fromB, met := 0, 0, 0, 0, false
	for i < len(a) && j < len(b) {
		switch {
		case p.b2a[b[j]] == int16(a[i]):
			if i > fromA || j > fromB {
				swaps = append(swaps, swap{a[fromA:i], b[fromB:j], met, true})
			}
			i, j, met = i+1, j+1, true
			fromA, fromB = i, j
		case p.steps.longest(i+1, j, len(b)) >= p.steps.longest(i, j+1, len(b)):
			i++
		default:
			j++
		}
	}
	if fromA < len(a) || fromB < len(b) {
		swaps = append(swaps, swap{a[fromA:], b[fromB:], met, false})
	}
	return swaps, step
}

// swapped is the weight of what stands in each other's place in the titles, as a
// share of the lighter title.
func (p *pair) swapped() float64 {
	sum := 0.0
	for _, s := range p.swapsT {
		if len(s.a) > 0 && len(s.b) > 0 {
			sum += min(p.absentA(s.a), p.absentB(s.b))
		}
	}
	b := 0.0
	for _, i := range p.b.seq[:p.b.title] {
		b += float64(p.bw[i])
	}
	return ratio(sum, min(p.aTitle, b))
}

// alien weighs what may be names in a part of either entry that the other entry
// hasn't got at all: the lighter side, as a share of it and of the names shared.
func (p *pair) alien(a, b []uint8) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	var done bitrow
	var onlyA, onlyB float64
	for _, i := range a {
		if !done.has(int(i)) && !p.inB[i] && p.mayNameA(int(i)) {
			onlyA += float64(p.aw[i])
		}
		done.set(int(i))
	}
	done = bitrow{}
	for _, i := range b {
		if !done.has(int(i)) && p.b2a[i] < 0 && p.mayNameB(int(i)) {
			onlyB += float64(p.bw[i])
		}
		done.set(int(i))
	}
	least := min(onlyA, onlyB)
	return ratio(least, least+p.nameMass)
}

// absentA is the weight of those terms of a that b hasn't got at all.
func (p *pair) absentA(terms []uint8) (sum float64) {
	for _, i := range terms {
		if !p.inB[i] {
			sum += float64(p.aw[i])
		}
	}
	return sum
}

func (p *pair) absentB(terms []uint8) (sum float64) {
	for _, i := range terms {
		if p.b2a[i] < 0 {
			sum += float64(p.bw[i])
		}
	}
	return sum
}
