package dedup

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tidings/internal/feed"
)

// model is what an index knows of exact copies, as plainly as it can be written: a
// list, and the rules in other words than in assign.go.
type model struct {
	window time.Duration
	list   []placed
}

type placed struct {
	entry, feed, story uint64
	seen               time.Time
	s                  Sketch
}

func (m *model) place(p placed) {
	for i, q := range m.list {
		if q.entry == p.entry {
			p.seen = q.seen
			m.list[i] = p
			return
		}
	}
	m.list = append(m.list, p)
}

func (m *model) forget(entries []uint64) {
	m.list = slices.DeleteFunc(m.list, func(p placed) bool { return slices.Contains(entries, p.entry) })
}

func (m *model) move(entries []uint64, story uint64) {
	for i := range m.list {
		if slices.Contains(entries, m.list[i].entry) {
			m.list[i].story = story
		}
	}
}

// near are the entries of the window that have what p has, the newest first.
func (m *model) near(p placed, what func(Sketch) uint64) (found []placed) {
	for _, q := range slices.Backward(m.list) {
		if q.entry != p.entry && p.seen.Sub(q.seen).Abs() <= m.window && what(q.s) == what(p.s) && what(p.s) != 0 && len(found) < 64 {
			found = append(found, q)
		}
	}
	return found
}

// assign gives the story and the match of p.
func (m *model) assign(p placed) (story, of uint64) {
	byAddress := m.near(p, func(s Sketch) uint64 { return s.address })
	titles, several := map[uint64]bool{}, false
	for i, q := range append(byAddress, p) {
		titles[q.s.title] = true
		for _, r := range append(byAddress, p)[:i] {
			several = several || q.feed == r.feed && !oneArticle(q, r)
		}
	}
	delete(titles, 0)
	if several {
		other := map[uint64]bool{} // stories of this feed's other articles
		for _, q := range byAddress {
			if q.feed == p.feed && !oneArticle(p, q) {
				other[q.story] = true
			}
		}
		byAddress = slices.DeleteFunc(byAddress, func(q placed) bool { return other[q.story] || !oneArticle(p, q) })
	}
	if len(titles) <= 16 && !(len(titles) > 2 && several) {
		if q, ok := best(p, byAddress); ok {
			return q.story, q.entry
		}
	}
	byText := m.near(p, func(s Sketch) uint64 {
		if s.scant {
			return 0
		}
		return s.text
	})
	for i, q := range byText {
		for _, r := range byText[:i] {
			if q.feed == r.feed && (q.s.title != r.s.title || published(q).Sub(published(r)).Abs() >= 12*time.Hour) {
				return 0, 0
			}
		}
		if q.feed == p.feed {
			return 0, 0
		}
	}
	if p.s.short {
		byText = slices.DeleteFunc(byText, func(q placed) bool { return published(p).Sub(published(q)).Abs() > 36*time.Hour })
	}
	q, _ := best(p, byText)
	return q.story, q.entry
}

// oneArticle: the same title, or none and the same text; in one feed no other text.
func oneArticle(a, b placed) bool {
	if a.s.title == 0 && b.s.title == 0 {
		return a.s.text == b.s.text && a.s.text != 0
	}
	differ := a.s.text != b.s.text && a.s.text != 0 && b.s.text != 0
	return a.s.title == b.s.title && !(a.feed == b.feed && differ)
}

// published is the time of an entry of this test, all of which have one.
func published(p placed) time.Time { return time.Unix(int64(p.s.published), 0) }

func best(p placed, of []placed) (placed, bool) {
	if len(of) == 0 {
		return placed{}, false
	}
	return slices.MinFunc(of, func(a, b placed) int {
		rank := func(q placed) []uint64 {
			titles := uint64(1)
			if q.s.title == p.s.title {
				titles = 0
			}
			return []uint64{titles, q.story, q.entry}
		}
		return slices.Compare(rank(a), rank(b))
	}), true
}

// randomEntry makes an entry that shares addresses, titles and texts with others, and
// is known by these alone, as those of sketches of version 1 are.
func randomEntry(r *rand.Rand, entry uint64, seen time.Time) placed {
	var e feed.Entry
	if n := r.IntN(12); n > 2 {
		e.URL = fmt.Sprintf("https://example.org/2026/a%d", n)
	}
	if n := r.IntN(6); n > 0 {
		e.Title = fmt.Sprintf("the council votes again on %d", r.IntN(6))
	}
	text := ""
	switch r.IntN(3) {
	case 0:
		text = fmt.Sprintf("one two three four five six seven eight nine ten eleven twelve %d", r.IntN(8))
	case 1:
		text = fmt.Sprintf("one two three four five six %d", r.IntN(3))
	}
	e.Published = seen.Add(-time.Duration(r.IntN(3600)) * time.Second)
	s := NewSketch(e, text)
	s.m = nil
	return placed{entry: entry, feed: uint64(1 + r.IntN(5)), seen: seen, s: s}
}

// Whatever happens to it, an index answers of exact copies like the model, and like
// one that was built from what is left.
func TestIndexIsItsModel(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine works; it runs without the detector")
	}
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 7))
		window := 3 * 24 * time.Hour
		x, m := NewIndex(window), &model{window: window}
		now := start
		var joins [2]int
		for entry := uint64(1); entry < 300; entry++ {
			now = now.Add(time.Duration(r.IntN(5400)-300) * time.Second) // the clock goes back at times
			p := randomEntry(r, entry, now)
			switch r.IntN(20) {
			case 0:
				some := []uint64{r.Uint64N(entry), r.Uint64N(entry), r.Uint64N(entry) + 500}
				x.Forget(some)
				m.forget(some)
			case 1:
				some, story := []uint64{r.Uint64N(entry), r.Uint64N(entry)}, r.Uint64N(entry)+1
				x.Move(some, story, story)
				m.move(some, story)
			case 2: // an entry is revised
				if i := r.IntN(len(m.list) + 1); i < len(m.list) && m.window > now.Sub(m.list[i].seen) {
					p.entry, p.feed = m.list[i].entry, m.list[i].feed
				}
			}
			placed := x.Assign(p.entry, p.feed, p.seen, p.s)
			story, v := placed.Story, placed.Verdict
			wantStory, wantOf := m.assign(p)
			if story != wantStory || v.Of != wantOf {
				t.Fatalf("seed %d: entry %d: story %d by %d, want %d by %d", seed, p.entry, story, v.Of, wantStory, wantOf)
			}
			built := rebuild(t, m, window)
			if w := built.Assign(p.entry, p.feed, p.seen, p.s); w.Story != story || w.Verdict.Of != v.Of || w.Verdict.Level != v.Level {
				t.Fatalf("seed %d: entry %d: story %d by %d, one built anew says %d by %d", seed, p.entry, story, v.Of, w.Story, w.Verdict.Of)
			}
			if story == 0 {
				story = p.entry
				joins[0]++
			} else {
				joins[1]++
			}
			p.story = story
			x.Place(p.entry, p.feed, story, story, p.seen, p.s)
			m.place(p)
			checkIndex(t, x)
		}
		if joins[0] < 30 || joins[1] < 30 {
			t.Errorf("seed %d: %v founded and joined, which tests little", seed, joins)
		}
	}
}

// rebuild makes an index from what the model holds.
func rebuild(t *testing.T, m *model, window time.Duration) *Index {
	t.Helper()
	x := NewIndex(window)
	for _, p := range m.list {
		if err := x.Restore(feed.Sketched{Entry: p.entry, Feed: p.feed, Story: p.story, Seen: p.seen, Sketch: p.s.Encode()}); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// checkIndex holds maps and chains to what the records say.
func checkIndex(t *testing.T, x *Index) {
	t.Helper()
	live, events := 0, map[uint64]uint32{}
	for n := x.records.first; n < x.records.next; n++ {
		r := x.records.at(n)
		if r.entry == 0 {
			continue
		}
		live++
		events[r.event]++
		if x.byEntry.get(r.entry) != n {
			t.Fatalf("entry %d is at %d, the map says %d", r.entry, n, x.byEntry.get(r.entry))
		}
		if r.address != 0 && !inChain(x, n, x.byAddress.get(r.address), func(r *record) uint32 { return r.olderAddress }) {
			t.Fatalf("record %d isn't in the chain of its address", n)
		}
		if r.joinText() != 0 && !inChain(x, n, x.byText.get(r.text), func(r *record) uint32 { return r.olderText }) {
			t.Fatalf("record %d isn't in the chain of its text", n)
		}
		if !inChain(x, n, x.byStory.get(r.story), func(r *record) uint32 { return r.olderStory }) {
			t.Fatalf("record %d isn't in the chain of its story", n)
		}
		if !inChain(x, n, x.byEvent.get(r.event), func(r *record) uint32 { return r.olderEvent }) {
			t.Fatalf("record %d isn't in the chain of its event", n)
		}
	}
	for event, n := range events {
		if got := x.inEvent(event); event != 0 && got != n {
			t.Fatalf("%d records are of event %d, counted %d", n, event, got)
		}
	}
	if x.Len() != live || x.byEntry.used != live || x.byAddress.used > live || x.byText.used > live {
		t.Fatalf("%d records; Len %d, maps %d, %d, %d", live, x.Len(), x.byEntry.used, x.byAddress.used, x.byText.used)
	}
}

// inChain reports whether a chain, which must descend, holds record n.
func inChain(x *Index, n, head uint32, older func(*record) uint32) bool {
	last := x.records.next
	for at := head; x.records.at(at) != nil; at = older(x.records.at(at)) {
		if at >= last {
			return false
		}
		if at == n {
			return true
		}
		last = at
	}
	return false
}

func TestRestoreRefuses(t *testing.T) {
	x := NewIndex(time.Hour)
	err := x.Restore(feed.Sketched{Entry: 7, Sketch: []byte{9}})
	if want := "restore entry 7: decode sketch: version 9, want 3"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if x.Len() != 0 {
		t.Error("it was placed all the same")
	}
}

// What left the window takes no memory, in however long a run.
func TestIndexStaysSmall(t *testing.T) {
	x := NewIndex(time.Hour)
	for i := range uint64(20_000) {
		s := Sketch{address: i + 1, text: i/2 + 1, title: i}
		x.Place(i+1, i%7, i+1, i+1, start.Add(time.Duration(i)*10*time.Second), s)
	}
	if want := 2*360 + 1; x.Len() != want { // the window and its slack
		t.Errorf("%d entries, want %d", x.Len(), want)
	}
	if len(x.records.chunks) > 2 || x.byAddress.used != x.Len() || x.byText.used != x.Len()/2+1 {
		t.Errorf("%d chunks, maps %d and %d", len(x.records.chunks), x.byAddress.used, x.byText.used)
	}
	checkIndex(t, x)
	var all []uint64
	for n := x.records.first; n < x.records.next; n++ {
		all = append(all, x.records.at(n).entry)
	}
	x.Forget(all)
	if x.Len() != 0 || x.byAddress.used != 0 || x.byText.used != 0 {
		t.Errorf("after forgetting all: %d entries, maps %d and %d", x.Len(), x.byAddress.used, x.byText.used)
	}
}

// A text or address that every entry has doesn't slow the index down: only the
// newest carriers are looked at.
func TestManyCarriers(t *testing.T) {
	x := NewIndex(14 * 24 * time.Hour)
	s := Sketch{address: 1, text: 2, title: 3}
	for i := range uint64(50_000) {
		x.Place(i+1, i+1, 1, 1, start.Add(time.Duration(i)*time.Second), s)
	}
	if to := x.Assign(60_000, 60_000, start.Add(50_000*time.Second), s); to.Story != 1 || to.Verdict.Of != 50_000-maxCarriers+1 {
		t.Errorf("story %d by %d", to.Story, to.Verdict.Of)
	}
	if len(x.carriers) != maxCarriers {
		t.Errorf("%d carriers were looked at", len(x.carriers))
	}
}
