package poller

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
)

func nowhere(int, int) {}

func TestRebuildAppliesTheRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		words := map[string]string{"https://c.example/feed": bittern}
		for _, h := range []string{"a", "b", "d"} {
			words["https://"+h+".example/feed"] = reeds
		}
		s, w := open(t), marsh(words)
		p, stop := start(t, s, w, Options{})
		pollFor(t, p, "a", "b", "c")
		before := wantRiver(t, s, "at first", "a b", "c")
		yes := true
		if _, err := s.Mark(t.Context(), []uint64{before[0].ID}, feed.MarkChange{Read: &yes, Starred: &yes}, time.Now()); err != nil {
			t.Fatal(err)
		}
		rebuild := func(want feed.Rebuilt) {
			t.Helper()
			steps := 0
			if got, err := p.Rebuild(t.Context(), func(done, total int) { steps = total }); err != nil || got != want || steps != 3 {
				t.Fatalf("%+v after %d steps, %v; want %+v", got, steps, err, want)
			}
		}
		rebuild(feed.Rebuilt{Entries: 3, Stories: 2})

		fold := func(f feed.Folding) {
			t.Helper()
			if err := p.SetRule(t.Context(), feed.Scope{}, feed.Rule{Fold: f}); err != nil {
				t.Fatal(err)
			}
		}
		fold(feed.FoldOff)
		rebuild(feed.Rebuilt{Entries: 3, Stories: 3, Parted: 2, Moved: 1})
		after := wantRiver(t, s, "folding off", "a", "c", "b")
		if after[0].URN != before[0].URN || !after[0].Mark.Read || !after[0].Mark.Starred || after[0].Time != before[0].Time {
			t.Errorf("the story was %+v, is %+v", before[0].Headline, after[0].Headline)
		}
		if !after[2].Mark.Read || after[2].Mark.Starred || after[2].URN == before[0].URN {
			t.Errorf("what left it must stay read: %+v", after[2].Headline)
		}

		fold(feed.FoldCopies)
		rebuild(feed.Rebuilt{Entries: 3, Stories: 2, Joined: 2, Moved: 1})
		again := wantRiver(t, s, "folding on", "a b", "c")
		if again[0].URN != before[0].URN || !again[0].Mark.Starred {
			t.Errorf("the story was %+v, is %+v", before[0].Headline, again[0].Headline)
		}
		pollFor(t, p, "d")
		wantRiver(t, s, "a copy comes after the rebuild", "a b d", "c")
		stop()
	})
}

// Copies that came over weeks are a chain longer than the window. What is older
// than the window stays, and what is younger still finds it.
func TestRebuildLeavesWhatIsOlderThanTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		words := map[string]string{}
		for _, h := range []string{"a", "b", "c", "d"} {
			words["https://"+h+".example/feed"] = reeds
		}
		s, w := open(t), marsh(words)
		p, stop := start(t, s, w, Options{OnDemand: true})
		arrive := func(h string) {
			t.Helper()
			id := wish(t, p, "https://"+h+".example/feed")[0].Subscription.ID
			if err := p.Poll(t.Context(), feed.PollRequest{Feeds: []uint64{id}}, func(int) {}, func(feed.Outcome) {}); err != nil {
				t.Fatal(err)
			}
		}
		for _, h := range []string{"a", "b", "c", "d"} {
			arrive(h)
			time.Sleep(11 * 24 * time.Hour)
		}
		before := wantRiver(t, s, "over six weeks", "a b c d")[0]
		got, err := p.Rebuild(t.Context(), nowhere)
		if err != nil || got.Moved+got.Joined+got.Parted+got.Events != 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		after := wantRiver(t, s, "after the rebuild", "a b c d")[0]
		for i, m := range after.Members {
			if !sameVerdict(m.Verdict, before.Members[i].Verdict) {
				t.Errorf("entry %d: verdict %+v, was %+v", m.Entry.ID, m.Verdict, before.Members[i].Verdict)
			}
		}
		stop()
	})
}

func sameVerdict(a, b feed.Verdict) bool {
	return a.Level == b.Level && a.Of == b.Of && a.Evidence == b.Evidence && slices.Equal(a.Apart, b.Apart)
}

func TestAnAbandonedRebuildChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), marsh(map[string]string{"https://a.example/feed": reeds, "https://b.example/feed": reeds})
		p, stop := start(t, s, w, Options{})
		pollFor(t, p, "a", "b")
		if err := p.SetRule(t.Context(), feed.Scope{}, feed.Rule{Fold: feed.FoldOff}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := p.Rebuild(ctx, nowhere); err == nil {
			t.Error("it went on")
		}
		wantRiver(t, s, "afterwards", "a b")
		stop()
	})
}

func TestGroupsGetTheirNumbers(t *testing.T) {
	tests := []struct {
		name   string
		groups []*group
		held   map[uint64]bool
		want   []uint64
	}{
		{"as it was", []*group{{was: []uint64{3}, founds: []uint64{3}}, {was: []uint64{5}, founds: []uint64{5}}}, nil, []uint64{3, 5}},
		{"joined: the oldest", []*group{{was: []uint64{5, 3}, founds: []uint64{5, 3}}}, nil, []uint64{3}},
		{"parted: who has the founder", []*group{{was: []uint64{3}}, {was: []uint64{3}, founds: []uint64{3}}}, nil, []uint64{100, 3}},
		{"the founder has gone to an older story", []*group{{was: []uint64{3, 5}, founds: []uint64{3, 5}}, {was: []uint64{5}}}, nil, []uint64{3, 5}},
		{"it is held by what stays in it", []*group{{was: []uint64{3}, founds: []uint64{3}}}, map[uint64]bool{3: true}, []uint64{100}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &rebuilding{groups: tt.groups, held: tt.held}
			r.number(func() uint64 { return 100 })
			for i, g := range tt.groups {
				if g.number != tt.want[i] {
					t.Errorf("group %d got %d, want %d", i, g.number, tt.want[i])
				}
			}
		})
	}
}

// TestDecisionsBind lets a reader decide at random, while copies come, the program
// restarts and stories are rebuilt: what the reader said last of two entries holds.
func TestDecisionsBind(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &decider{t: t, s: open(t), rand: rand.New(rand.NewPCG(seed, 1)), w: marsh(map[string]string{})}
				d.w.answer = marsh(d.words()).answer
				d.restart()
				for range 40 {
					d.step()
					d.check()
				}
				d.stop()
			})
		})
	}
}

// decider is a reader who decides at random.
type decider struct {
	t    *testing.T
	s    *boltstore.Store
	w    *web
	p    *Poller
	stop func()
	rand *rand.Rand
	last string
	made []uint64 // decisions, undone in reverse
	came int
}

func (d *decider) words() map[string]string {
	words := map[string]string{}
	for i := range 40 {
		words[fmt.Sprintf("https://f%d.example/feed", i)] = []string{reeds, bittern, "Wardens mended the sluice at the mill before the spring flood came down, and nobody in the village had to leave home."}[i%3]
	}
	return words
}

func (d *decider) restart() {
	if d.stop != nil {
		d.stop()
	}
	d.p, d.stop = start(d.t, d.s, d.w, Options{})
}

func (d *decider) step() {
	stories, _ := river(d.t, d.s)
	var err error
	switch n := d.rand.IntN(10); {
	case n < 3 && d.came < 40 || len(stories) < 2:
		d.last = fmt.Sprintf("f%d comes", d.came)
		pollFor(d.t, d.p, fmt.Sprintf("f%d", d.came))
		d.came++
	case n < 5:
		err = d.split(stories[d.rand.IntN(len(stories))])
	case n < 7:
		a, b := d.rand.IntN(len(stories)), d.rand.IntN(len(stories))
		err = d.join(stories[a], stories[b])
	case n < 8 && len(d.made) > 0:
		id := d.made[len(d.made)-1]
		d.last = fmt.Sprint("undo ", id)
		d.made = d.made[:len(d.made)-1]
		_, err = d.p.Undo(d.t.Context(), id)
	case n < 9:
		d.last = "rebuild"
		_, err = d.p.Rebuild(d.t.Context(), nowhere)
	default:
		d.last = "restart"
		d.restart()
	}
	if err != nil {
		d.t.Fatalf("%s: %v", d.last, err)
	}
}

func (d *decider) split(f feed.Full) error {
	if len(f.Members) < 2 {
		return nil
	}
	m := f.Members[d.rand.IntN(len(f.Members))]
	d.last = fmt.Sprintf("split %d from %d", m.Entry.ID, f.ID)
	made, err := d.p.Split(d.t.Context(), f.ID, m.Entry.ID)
	d.made = append(d.made, made.ID)
	return err
}

func (d *decider) join(a, b feed.Full) error {
	if a.ID == b.ID {
		return nil
	}
	d.last = fmt.Sprintf("join %d and %d", a.ID, b.ID)
	made, err := d.p.Join(d.t.Context(), a.ID, b.ID)
	d.made = append(d.made, made.ID)
	return err
}

// check compares the stories with what the reader said, and the store with itself.
func (d *decider) check() {
	ds, err := d.s.Decisions(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	if len(ds) != len(d.made) {
		d.t.Fatalf("after %s: %d decisions, want %d", d.last, len(ds), len(d.made))
	}
	story := map[uint64]uint64{}
	stories, _ := river(d.t, d.s)
	for _, f := range stories {
		for _, m := range f.Members {
			story[m.Entry.ID] = f.ID
		}
	}
	for _, b := range feed.Bindings(ds) {
		if (story[b.A] == story[b.B]) != b.Same {
			d.t.Fatalf("after %s: entries %d and %d are in stories %d and %d, but the reader said: same %v", d.last, b.A, b.B, story[b.A], story[b.B], b.Same)
		}
	}
	if r, err := d.s.Check(d.t.Context()); err != nil || len(r.Problems) > 0 {
		d.t.Fatalf("after %s: %v %v", d.last, r.Problems, err)
	}
}
