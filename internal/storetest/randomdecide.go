package storetest

import (
	"maps"
	"slices"

	"tidings/internal/feed"
)

// relate puts a new story into the event of another, which may have gone.
func (w *walk) relate(a *feed.Arrival) {
	a.Verdict.Apart = []feed.Apart{{Of: 1, Story: 1, Score: 3, Need: 4, Evidence: "kept apart"}}
	a.Event = w.rng.Uint64N(uint64(w.n) + 1)
	if s, ok := pick(w.rng, slices.Sorted(maps.Keys(w.m.stories))); ok && w.rng.IntN(4) > 0 {
		a.Event = w.m.stories[s].Event
	}
	a.Relation = feed.Relation{Of: 1, Score: 5, Evidence: "one happening"}
}

func (w *walk) splitOne() {
	id, ok := pick(w.rng, slices.Sorted(maps.Keys(w.m.stories)))
	if !ok {
		return
	}
	s := w.m.stories[id]
	n, _ := pick(w.rng, s.members)
	to := w.NextStory()
	d, err := w.SplitStory(w.ctx, id, n, to, w.now)
	if len(s.members) == 1 {
		if err == nil {
			w.Error("the only entry of a story was split off")
		}
		return
	}
	w.ok(err)
	others := slices.DeleteFunc(slices.Clone(s.members), func(o uint64) bool { return o == n })
	w.same("split", d, feed.Decision{ID: d.ID, Kind: feed.Split, At: w.now, Entries: []uint64{n}, From: id, To: to, Others: others})
	w.m.split(d)
}

func (w *walk) joinTwo() {
	all := slices.Sorted(maps.Keys(w.m.stories))
	a, _ := pick(w.rng, all)
	b, _ := pick(w.rng, all)
	if a == b {
		return
	}
	d := w.join(a, b)
	a, b = min(a, b), max(a, b)
	w.same("join", d, feed.Decision{ID: d.ID, Kind: feed.Join, At: w.now, Entries: w.m.stories[b].members, From: b, To: a, Others: w.m.stories[a].members})
	w.m.join(d)
}

func (w *walk) undoOne() {
	id, ok := pick(w.rng, slices.Sorted(maps.Keys(w.m.decided)))
	if !ok {
		return
	}
	x := w.m.decided[id]
	got, err := w.UndoDecision(w.ctx, id, w.now)
	if !slices.ContainsFunc(x.moved, func(n uint64) bool { return w.m.entries[n].ID != 0 }) {
		w.refused("undo of what is gone", err, feed.ErrNotFound)
		return
	}
	w.ok(err)
	want := feed.Decision{ID: id, At: w.now, Kind: feed.Join, Others: got.Others}
	if x.Kind == feed.Join {
		want.Kind = feed.Split
	}
	i := slices.IndexFunc(x.moved, func(n uint64) bool { return w.m.entries[n].ID != 0 })
	at := w.m.entries[x.moved[i]].Story
	if want.Entries, want.From, want.To = w.m.undo(x); len(want.Entries) == 0 {
		want.From, want.To = at, at
	}
	w.same("undone", got, want)
	w.struck(got)
}

// struck takes over what an undoing struck from the decisions, and demands that it
// was needed, and enough.
func (w *walk) struck(undone feed.Decision) {
	ds := w.decisions()
	w.same("decisions", len(ds), len(w.m.decided))
	for _, d := range ds {
		x := w.m.decided[d.ID]
		for _, n := range slices.Concat(x.Entries, x.Others) {
			if !slices.Contains(d.Entries, n) && !slices.Contains(d.Others, n) && !slices.Contains(undone.Entries, n) {
				w.Errorf("entry %d was struck from decision %d, and didn't move", n, d.ID)
			}
		}
		x.Entries, x.Others = d.Entries, d.Others
	}
	for _, b := range feed.Bindings(ds) {
		one, two := w.m.entries[b.A], w.m.entries[b.B]
		touched := slices.Contains(undone.Entries, b.A) || slices.Contains(undone.Entries, b.B)
		near := slices.Contains(slices.Concat(undone.Entries, undone.Others), b.A) && slices.Contains(slices.Concat(undone.Entries, undone.Others), b.B)
		if touched && near && one.ID != 0 && two.ID != 0 && (one.Story == two.Story) != b.Same {
			w.Errorf("entries %d and %d are bound otherwise than they are", b.A, b.B)
		}
	}
}

// regroupSome puts a few entries somewhere, as the strangest of rebuilds might.
func (w *walk) regroupSome() {
	entries, stories := slices.Sorted(maps.Keys(w.m.entries)), slices.Sorted(maps.Keys(w.m.stories))
	if len(entries) == 0 {
		return
	}
	fresh := []uint64{w.NextStory(), w.NextStory()}
	var rs []feed.Regrouped
	for range 1 + w.rng.IntN(8) {
		n, _ := pick(w.rng, entries)
		if slices.ContainsFunc(rs, func(r feed.Regrouped) bool { return r.Entry == n }) {
			continue
		}
		r := feed.Regrouped{Entry: n, Story: w.m.entries[n].Story, Sketch: []byte("anew"), URN: "urn:uuid:anew"}
		switch w.rng.IntN(4) {
		case 0:
			r.Story, _ = pick(w.rng, stories)
		case 1:
			r.Story, _ = pick(w.rng, fresh)
		}
		if r.Verdict = (feed.Verdict{Level: feed.LevelNear, Of: n - 1, Score: 6}); w.rng.IntN(2) == 0 {
			r.Verdict = feed.Verdict{Level: feed.LevelNew}
		}
		if w.rng.IntN(3) == 0 {
			r.Event, _ = pick(w.rng, stories)
			r.Relation = feed.Relation{Of: n, Evidence: "found anew"}
		}
		rs = append(rs, r)
	}
	got := w.regroup(rs...)
	w.same("report", got, w.m.regroup(rs))
}
