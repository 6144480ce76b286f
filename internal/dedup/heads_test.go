package dedup

import (
	"math/rand/v2"
	"testing"
)

// The table of heads against a map.
func TestHeadsAreAMap(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	records := newRing()
	h := newHeads(&records, func(r *record) uint64 { return r.address })
	want := map[uint64]uint32{}
	for range 50_000 {
		key := uint64(r.IntN(3000)) + 1
		if r.IntN(3) > 0 {
			n := records.push(record{address: key})
			h.set(n)
			want[key] = n
		} else {
			h.remove(key)
			delete(want, key)
		}
		if probe := uint64(r.IntN(3000)) + 1; h.get(probe) != want[probe] {
			t.Fatalf("key %d has %d, want %d", probe, h.get(probe), want[probe])
		}
	}
	for key, n := range want {
		if h.get(key) != n {
			t.Errorf("key %d has %d, want %d", key, h.get(key), n)
		}
	}
	if h.used != len(want) || h.get(5000) != 0 {
		t.Errorf("%d keys, want %d", h.used, len(want))
	}
}
