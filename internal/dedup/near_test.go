package dedup

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// chain are the records of a term's postings.
func chain(p *postings, l link) (records []uint32) {
	for {
		block := p.block(l)
		i := filled(block)
		if i <= 0 {
			return records
		}
		for ; i > 0; i-- {
			if block[i] < p.first {
				return records
			}
			records = append(records, block[i])
		}
		l = block[0]
	}
}

// Whatever is added and removed, in whatever order, a chain has each record once, the
// newest first.
func TestPostings(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 3))
		p, slots := newPostings(), [3]link{}
		want := [3][]uint32{}
		for range 200 {
			i, record := r.IntN(3), 1+r.Uint32N(60)
			if r.IntN(3) == 0 {
				p.remove(&slots[i], record)
				want[i] = slices.DeleteFunc(want[i], func(x uint32) bool { return x == record })
			} else {
				p.add(&slots[i], record)
				if !slices.Contains(want[i], record) {
					want[i] = append(want[i], record)
				}
			}
			slices.SortFunc(want[i], func(a, b uint32) int { return int(b) - int(a) })
			if got := chain(&p, slots[i]); !slices.Equal(got, want[i]) {
				t.Fatalf("seed %d: chain %v, want %v", seed, got, want[i])
			}
		}
	}
}

// Dropped records end the chains, and whole chunks of them leave the memory.
func TestPostingsAreDropped(t *testing.T) {
	p, s := newPostings(), link(0)
	const n = 5 * 2 * chunkUnits * 7 / 8 // in blocks of fifteen and a link
	for record := uint32(1); record <= n; record++ {
		p.add(&s, record)
	}
	if len(p.chunks) != 5 {
		t.Errorf("%d chunks", len(p.chunks))
	}
	p.dropBefore(n - 9)
	if got := chain(&p, s); len(got) != 10 || got[0] != n || got[9] != n-9 {
		t.Errorf("chain of %d: %v", len(got), got)
	}
	if len(p.chunks) != 1 {
		t.Errorf("%d chunks are left", len(p.chunks))
	}
	p.add(&s, n+1)
	p.remove(&s, n)
	if got := chain(&p, s); len(got) != 10 || got[0] != n+1 || got[1] != n-1 {
		t.Errorf("chain %v", got)
	}
	p.dropBefore(n + 2)
	if got := chain(&p, s); len(got) != 0 {
		t.Errorf("chain %v, all being dropped", got)
	}
	p.add(&s, n+2)
	if got := chain(&p, s); len(got) != 1 {
		t.Errorf("chain %v", got)
	}
}

// What was counted and taken away leaves nothing, in whatever order.
func TestTally(t *testing.T) {
	s := newStream(t, 9)
	var ms []*matter
	var y tally
	for range 300 {
		_, it := s.next()
		ms = append(ms, it.sketch(start).m)
		y.count(ms[len(ms)-1], 1)
	}
	if y.entries != len(ms) {
		t.Errorf("%d entries", y.entries)
	}
	for _, i := range s.r.Perm(len(ms)) {
		y.count(ms[i], -1)
	}
	for _, p := range y.pages {
		if p != nil && *p != (page{}) {
			t.Fatal("a page is left that isn't empty")
		}
	}
	if y.entries != 0 {
		t.Errorf("%d entries are left", y.entries)
	}
}

// The more entries have a term the less it weighs, and never nothing or infinitely much.
func TestWeight(t *testing.T) {
	var y tally
	m := matterOf("", "quernstone", "en")
	term, last := m.terms[0], float32(math.Inf(1))
	if rare, common := y.weight(term, 0), y.weight(term, termFlags(commonWord)); rare <= common || common <= y.weight(term, termFlags(functionWord)) {
		t.Error("a common word weighs as much as a rare one")
	}
	for range 10 {
		w := y.weight(term, 0)
		if !(w > 0 && w < last) || math.IsInf(float64(w), 0) {
			t.Errorf("weight %v after %v", w, last)
		}
		last = w
		for range 500 {
			y.count(m, 1)
		}
	}
	for n := 0.5; n < 1e5; n = math.Floor(n*2+1) / 2 {
		if got, want := logOf(n), math.Log(n); math.Abs(got-want) > 1e-12 {
			t.Errorf("logarithm of %v is %v, want %v", n, got, want)
		}
	}
}

// checkNear holds tally and postings of an index to its records.
func checkNear(t *testing.T, x *Index) {
	t.Helper()
	var want tally
	var m matter
	posted := map[uint32][]uint32{} // records by slot, the newest first
	for n := x.records.next - 1; n >= x.records.first; n-- {
		r := x.records.at(n)
		if r.entry == 0 || r.matter.size == 0 {
			continue
		}
		if !m.decode(x.near.rack.at(r.matter)) {
			t.Fatalf("record %d can't be read", n)
		}
		want.count(&m, 1)
		x.near.eachKey(&m, func(term uint32) {
			if i := term & (1<<slotBits - 1); !slices.Contains(posted[i], n) {
				posted[i] = append(posted[i], n)
			}
		})
	}
	if x.near.tally.entries != want.entries {
		t.Fatalf("%d entries are tallied, want %d", x.near.tally.entries, want.entries)
	}
	for i := range uint32(1 << slotBits) {
		got, should := countsAt(&x.near.tally, i), countsAt(&want, i)
		if got != should {
			t.Fatalf("slot %d counts %v, want %v", i, got, should)
		}
		var head link
		if s := x.near.tally.at(i); s != nil {
			head = s.head
		}
		if records := chain(&x.near.postings, head); !slices.Equal(records, posted[i]) {
			t.Fatalf("slot %d: postings %v, want %v", i, records, posted[i])
		}
	}
}

// countsAt are the counts of a slot: entries, capital and lower.
func countsAt(t *tally, i uint32) [3]uint32 {
	s := t.at(i)
	if s == nil {
		return [3]uint32{}
	}
	return [3]uint32{s.entries, s.capital, s.lower}
}

// Whatever happens to an index, tally, postings and chains are those of its records,
// and none of them grows without end.
func TestNearIsItsRecords(t *testing.T) {
	h := newHouse(t, 21, 12*3600e9)
	for range 5 {
		h.live(60, func(int) bool { return false })
		checkIndex(t, h.x)
		checkNear(t, h.x)
		h.told = nil
	}
	if n := len(h.x.near.postings.chunks); n > 6 {
		t.Errorf("%d chunks of postings for %d entries", n, h.x.Len())
	}
}

// Each feature has a row in the weight table, and each row is a feature; the numbers
// are numbers.
func TestWeightTable(t *testing.T) {
	pair, kin := featureNames[:], kinNames[:]
	rows := map[string]int{}
	for line := range strings.Lines(weightsText) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0][0] == '#' {
			continue
		}
		rows[f[0]]++
		numbers := 4
		switch {
		case slices.Contains(kin, f[0]) || f[0] == "kin-need":
			numbers = 2
		case !slices.Contains(pair, f[0]) && f[0] != "need":
			t.Errorf("row %q is no feature", f[0])
		}
		if len(f) != 1+numbers {
			t.Errorf("row %q has %d numbers, want %d", f[0], len(f)-1, numbers)
		}
		for _, s := range f[1:] {
			var v float64
			if _, err := fmt.Sscan(s, &v); err != nil || math.IsNaN(v) || math.Abs(v) > 50 {
				t.Errorf("row %q: %q", f[0], s)
			}
		}
	}
	for _, name := range slices.Concat(pair, kin, []string{"need", "kin-need"}) {
		if rows[name] != 1 {
			t.Errorf("%d rows of %q", rows[name], name)
		}
		if strings.TrimSpace(name) == "" {
			t.Error("a feature has no name")
		}
	}
	for i, c := range scales().copies {
		if c.need == 0 || c.of == (features{}) {
			t.Errorf("column %d of copies is empty", i)
		}
	}
	for i, c := range scales().events {
		if c.need == 0 || c.of == (features{}) {
			t.Errorf("column %d of events is empty", i)
		}
	}
	for i, c := range scales().kin {
		if c.need == 0 || c.of == (kinship{}) {
			t.Errorf("column %d of kinship is empty", i)
		}
	}
}
