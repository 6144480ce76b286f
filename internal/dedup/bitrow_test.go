package dedup

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// sequences are two random sequences of words: a's as terms, b's by way of b2a.
func sequences(r *rand.Rand) (a, b []uint8, b2a []int16) {
	terms := 1 + r.IntN(maxWords)
	for range terms {
		b2a = append(b2a, int16(r.IntN(terms+2))-2) // some of b's words a hasn't got
		b2a[len(b2a)-1] = max(-1, b2a[len(b2a)-1])
	}
	for range r.IntN(maxWords + 1) {
		a = append(a, uint8(r.IntN(terms)))
	}
	for range r.IntN(maxWords + 1) {
		b = append(b, uint8(r.IntN(terms)))
	}
	return a, b, b2a
}

// The rows of bits say of every two rests what the textbook's table says.
func TestAlignment(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var s steps
	for range 300 {
		a, b, b2a := sequences(r)
		s.align(a, b, b2a)
		table := make([][]int, len(a)+1)
		for i := range table {
			table[i] = make([]int, len(b)+1)
		}
		for i := len(a) - 1; i >= 0; i-- {
			for j := len(b) - 1; j >= 0; j-- {
				if table[i][j] = max(table[i+1][j], table[i][j+1]); b2a[b[j]] == int16(a[i]) {
					table[i][j] = table[i+1][j+1] + 1
				}
			}
		}
		for i := range table {
			for j, want := range table[i] {
				if got := s.longest(i, j, len(b)); got != want {
					t.Fatalf("%v and %v by %v: %d from %d and %d on, want %d", a, b, b2a, got, i, j, want)
				}
			}
		}
	}
}

// Runs of words are those that a plain search finds.
func TestRuns(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		a, b, b2a := sequences(r)
		if r.IntN(2) == 0 && len(a) > 0 { // a long run in common
			b2a = nil
			for i := range maxWords {
				b2a = append(b2a, int16(i))
			}
			b = slices.Concat(b[:len(b)/4], a[len(a)/3:])
			b = b[:min(len(b), maxWords)]
		}
		p := pair{a: &matter{seq: a, terms: make([]uint32, maxWords), flags: make([]termFlags, maxWords)}, b: &matter{seq: b}, b2a: b2a}
		p.t, p.aw = &tally{}, make([]float32, maxWords)
		p.know()
		triples, longest := p.runs()
		hits, best := 0, 0
		for j := range b {
			here := 0
			for i := range a {
				n := 0
				for n <= i && n <= j && b2a[b[j-n]] == int16(a[i-n]) {
					n++
				}
				here = max(here, n)
			}
			best = max(best, here)
			if here >= 3 {
				hits++
			}
		}
		want := min(1, float64(hits)/float64(max(1, min(len(a), len(b))-2)))
		wantLongest := min(float64(best), longestRun) / longestRun
		if len(a) < 3 || len(b) < 3 {
			want, wantLongest = 0, 0
		}
		if triples != want || longest != wantLongest {
			t.Fatalf("%v and %v by %v: %v and %v, want %v and %v", a, b, b2a, triples, longest, want, wantLongest)
		}
	}
}

// Every word of the lists is found by its hash, and no other one.
func TestWordTable(t *testing.T) {
	words := map[uint64]*wordInfo{}
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 3000 {
		h := r.Uint64()
		if i%3 == 0 { // close neighbours, and equal marks
			h = 1<<40 | uint64(i)
		}
		words[h] = &wordInfo{number: float64(i)}
	}
	table := newWordTable(words)
	for h, want := range words {
		if got := table.find(h); got == nil || *got != *want {
			t.Fatalf("%x: %v, want %v", h, got, want)
		}
		if _, ok := words[^h]; !ok && table.find(^h) != nil {
			t.Fatalf("%x is found, and isn't there", ^h)
		}
	}
}
