package dedup

import (
	"cmp"
	"testing"
	"time"

	"tidings/internal/feed"
)

// Whatever the reader decided, and in whatever order entries come, none that was parted
// from another is put beside it, and one that was joined with another is in its story,
// unless it was parted from somebody there.
func TestBindingsHold(t *testing.T) {
	for seed := range uint64(8) {
		s := newStream(t, 100+seed)
		const entries = 250
		var bs []feed.Binding
		for range 60 {
			a, b := 1+s.r.Uint64N(entries), 1+s.r.Uint64N(entries)
			if a != b {
				bs = append(bs, feed.Binding{A: min(a, b), B: max(a, b), Same: s.r.IntN(2) == 0})
			}
		}
		x := NewIndex(14 * 24 * time.Hour)
		x.Bind(bs)
		stories, bidden := map[uint64]uint64{}, 0
		for id := uint64(1); id <= entries; id++ {
			seen := start.Add(time.Duration(id) * time.Minute)
			feedID, it := s.next()
			sketch := it.sketch(seen)
			p := x.Assign(id, feedID, seen, sketch)
			story := cmp.Or(p.Story, id)
			x.Place(id, feedID, story, cmp.Or(p.Event, story), seen, sketch)
			stories[id] = story
			bidden += one(p.Verdict.Level == feed.LevelReader)
		}
		parted := func(entry, story uint64) bool {
			for _, b := range bs {
				if !b.Same && (b.A == entry && stories[b.B] == story || b.B == entry && stories[b.A] == story) {
					return true
				}
			}
			return false
		}
		for _, b := range bs {
			switch together := stories[b.A] == stories[b.B]; {
			case !b.Same && together:
				t.Errorf("seed %d: %d and %d are together, the reader parted them", seed, b.A, b.B)
			case b.Same && !together && !parted(b.B, stories[b.A]) && !boundElsewhere(bs, b, stories):
				t.Errorf("seed %d: %d and %d are apart, the reader joined them", seed, b.A, b.B)
			}
		}
		if bidden < 5 {
			t.Errorf("seed %d: %d joined by the reader, which tests little", seed, bidden)
		}
	}
}

// boundElsewhere reports whether the younger entry of a binding was joined with another
// one as well, whose story it is in.
func boundElsewhere(bs []feed.Binding, b feed.Binding, stories map[uint64]uint64) bool {
	for _, o := range bs {
		if o.Same && o != b && (o.A == b.B && stories[o.B] == stories[b.B] || o.B == b.B && stories[o.A] == stories[b.B]) {
			return true
		}
	}
	return false
}
