package compare

// partners are paragraphs that became one another, by their places; -1 for none.
type partners struct{ a, b int }

// align finds for paragraphs what became of them, in order: equal ones, then those
// that share enough words, so that all together share the most.
func align(a, b []string) (all []partners) {
	from, tail := 0, 0
	for from < len(a) && from < len(b) && a[from] == b[from] {
		all = append(all, partners{from, from})
		from++
	}
	for tail < len(a)-from && tail < len(b)-from && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	for _, p := range match(a[from:len(a)-tail], b[from:len(b)-tail]) {
		if p.a >= 0 {
			p.a += from
		}
		if p.b >= 0 {
			p.b += from
		}
		all = append(all, p)
	}
	for i := tail; i > 0; i-- {
		all = append(all, partners{len(a) - i, len(b) - i})
	}
	return all
}

// match finds the best partners by dynamic programming over all pairs.
func match(a, b []string) (all []partners) {
	if len(a)*len(b) > mostPairs {
		a, b, all = nil, nil, strangers(len(a), len(b))
	}
	shares, best := kinship(a, b), make([][]float64, len(a)+1)
	best[len(a)] = make([]float64, len(b)+1) // best[i][j]: what the paragraphs from i and j on share
	for i := len(a) - 1; i >= 0; i-- {
		best[i] = make([]float64, len(b)+1)
		for j := len(b) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1], best[i+1][j+1]+shares[i][j])
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case shares[i][j] > 0 && best[i][j] == best[i+1][j+1]+shares[i][j]:
			all = append(all, partners{i, j})
			i, j = i+1, j+1
		case best[i][j] == best[i+1][j]:
			all = append(all, partners{i, -1})
			i++
		default:
			all = append(all, partners{-1, j})
			j++
		}
	}
	for ; i < len(a); i++ {
		all = append(all, partners{i, -1})
	}
	for ; j < len(b); j++ {
		all = append(all, partners{-1, j})
	}
	return all
}

// strangers are paragraphs without partners.
func strangers(a, b int) (all []partners) {
	for i := range a {
		all = append(all, partners{i, -1})
	}
	for j := range b {
		all = append(all, partners{-1, j})
	}
	return all
}

// kinship is the share of words of each two paragraphs; 0 where that isn't enough.
func kinship(a, b []string) [][]float64 {
	words2 := make([]map[string]bool, len(b))
	for j := range b {
		words2[j] = distinct(words(b[j]))
	}
	shares := make([][]float64, len(a))
	for i := range a {
		mine := distinct(words(a[i]))
		shares[i] = make([]float64, len(b))
		for j := range b {
			if s := share(mine, words2[j]); s >= kinEnough || a[i] == b[j] {
				shares[i][j] = max(s, kinEnough)
			}
		}
	}
	return shares
}

// share is how many of the words of two sets are in both (the Dice coefficient).
func share(a, b map[string]bool) float64 {
	n := 0
	for w := range a {
		if b[w] {
			n++
		}
	}
	return 2 * float64(n) / float64(max(len(a)+len(b), 1))
}
