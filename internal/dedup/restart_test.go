package dedup

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"tidings/internal/feed"
)

// house is an index in its house: a store that keeps what the index said, and from
// which another one can be restored.
type house struct {
	t      testing.TB
	x      *Index
	s      *stream
	window time.Duration
	now    time.Time // when the newest entry was seen
	kept   []feed.Sketched
	told   [][]byte // all that the index said, in JSON
	joins  int
	last   uint64 // number given last
}

func newHouse(t testing.TB, seed uint64, window time.Duration) *house {
	h := &house{t: t, s: newStream(t, seed), window: window, now: start}
	h.open()
	return h
}

// open begins with an empty index, and listens to all digits of what it compares.
func (h *house) open() {
	h.x = NewIndex(h.window)
	h.x.Watch(func(c Compared) { h.tell(c) })
	h.x.WatchKin(func(k Kin) { h.tell(k) })
}

func (h *house) tell(what any) {
	line, err := json.Marshal(what)
	if err != nil {
		h.t.Fatal(err)
	}
	h.told = append(h.told, line)
}

// poll lets a batch of entries arrive. They are placed in the order of their numbers,
// which is not that in which they were seen.
func (h *house) poll() {
	r := h.s.r
	begin := h.now.Add(time.Duration(r.IntN(900)) * time.Second)
	if r.IntN(20) == 0 {
		begin = h.now.Add(-time.Duration(r.IntN(300)) * time.Second) // the clock goes back
	}
	for range 1 + r.IntN(6) {
		seen := begin.Add(time.Duration(r.IntN(400)) * time.Second)
		h.last++
		feedID, it := h.s.next()
		h.arrive(h.last, feedID, seen, it.sketch(seen.Add(-time.Duration(r.IntN(7200))*time.Second)))
	}
}

func (h *house) arrive(entry, feedID uint64, seen time.Time, s Sketch) {
	p := h.x.Assign(entry, feedID, seen, s)
	h.tell(struct {
		Entry uint64
		Placing
	}{entry, p})
	h.joins += one(p.Story != 0)
	k := feed.Sketched{Entry: entry, Feed: feedID, Story: cmp.Or(p.Story, entry), Seen: seen}
	k.Event = cmp.Or(p.Event, k.Story)
	k.Sketch = h.x.Place(entry, feedID, k.Story, k.Event, seen, s)
	h.kept = append(h.kept, k)
	if seen.After(h.now) {
		h.now = seen
	}
}

// some gives an entry that is kept, nil for none.
func (h *house) some() *feed.Sketched {
	if len(h.kept) == 0 {
		return nil
	}
	lately := min(len(h.kept), 400)
	return &h.kept[len(h.kept)-1-h.s.r.IntN(lately)]
}

// revise gives an entry another text.
func (h *house) revise() {
	if k := h.some(); k != nil {
		_, it := h.s.next()
		sketch, drift, drifted := h.x.Revise(k.Entry, it.sketch(k.Seen))
		h.tell(fmt.Sprint(k.Entry, drift, drifted))
		k.Sketch = sketch
	}
}

// replace places an entry again that the index knows.
func (h *house) replace() {
	if k := h.some(); k != nil && h.x.held(k.Entry) != nil {
		_, it := h.s.next()
		k.Sketch = h.x.Place(k.Entry, k.Feed, k.Story, k.Event, k.Seen, it.sketch(k.Seen))
	}
}

// forget lets entries expire.
func (h *house) forget() {
	var gone []uint64
	for range 3 {
		if k := h.some(); k != nil {
			gone = append(gone, k.Entry)
		}
	}
	h.x.Forget(gone)
	h.kept = slices.DeleteFunc(h.kept, func(k feed.Sketched) bool { return slices.Contains(gone, k.Entry) })
}

// move splits an entry off its story, or joins its story with another one.
func (h *house) move() {
	a, b := h.some(), h.some()
	if a == nil {
		return
	}
	from, to, event := a.Story, b.Story, b.Event
	var moved []uint64
	split := h.s.r.IntN(2) == 0
	for i := range h.kept {
		k := &h.kept[i]
		if split && k.Entry == a.Entry || !split && k.Story == from {
			if split {
				h.last++
				to, event = h.last, k.Event
			}
			k.Story, k.Event = to, event
			moved = append(moved, k.Entry)
		}
	}
	h.x.Move(moved, to, event)
}

// restart stops the index and restores another one.
func (h *house) restart() {
	since := h.now.Add(-h.window - Slack)
	h.open()
	for _, k := range h.kept {
		if k.Seen.Before(since) {
			continue
		}
		if err := h.x.Restore(k); err != nil {
			h.t.Fatal(err)
		}
	}
}

// live runs the house for so many steps; restart says before which ones it stops.
func (h *house) live(steps int, restart func(step int) bool) {
	for i := range steps {
		if restart(i) {
			h.restart()
		}
		switch h.s.r.IntN(12) {
		case 0:
			h.revise()
		case 1:
			h.replace()
		case 2:
			h.forget()
		case 3:
			h.move()
		default:
			h.poll()
		}
	}
}

// The same stream gives the same answers, byte for byte with evidence and near
// misses, and so it does where the index was stopped and restored in between, whatever
// was revised, forgotten and moved.
func TestRestartChangesNothing(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine has nothing to race with; it runs without the detector")
	}
	const steps = 450
	window := 18 * time.Hour
	for seed := range uint64(2) {
		run := func(restart func(int) bool) *house {
			h := newHouse(t, seed, window)
			h.live(steps, restart)
			return h
		}
		whole := run(func(int) bool { return false })
		if whole.joins < 100 || whole.now.Sub(start) < 2*window {
			t.Errorf("seed %d: %d joined in %v, which tests little", seed, whole.joins, whole.now.Sub(start))
		}
		for _, c := range []struct {
			name    string
			restart func(step int) bool
		}{
			{"again", func(int) bool { return false }},
			{"restart now and then", func(i int) bool { return i%41 == 40 }},
			{"restart at every step", func(i int) bool { return i > steps-40 }},
		} {
			got := run(c.restart)
			if len(got.told) != len(whole.told) {
				t.Errorf("seed %d, %s: %d answers, without %d", seed, c.name, len(got.told), len(whole.told))
			}
			for i := range min(len(whole.told), len(got.told)) {
				if !bytes.Equal(got.told[i], whole.told[i]) {
					t.Errorf("seed %d, %s: %d of %d:\n%s, without\n%s", seed, c.name, i, len(whole.told), got.told[i], whole.told[i])
					break
				}
			}
		}
	}
}

// Sketches are the same whoever makes them, and however many at once.
func TestSketchesAtOnce(t *testing.T) {
	s := newStream(t, 5)
	items := make([]sample, 300)
	want := make([][]byte, len(items))
	for i := range items {
		_, items[i] = s.next()
		want[i] = items[i].sketch(start).Encode()
	}
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := range items {
				i = (i*7 + w) % len(items)
				if got := items[i].sketch(start).Encode(); !bytes.Equal(got, want[i]) {
					t.Errorf("worker %d: item %d: %x, want %x", w, i, got, want[i])
				}
			}
		})
	}
	all.Wait()
}
