package storetest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"tidings/internal/feed"
)

// compare demands that readers see what the model says.
func (w *walk) compare() {
	w.Helper()
	w.same("counts", w.counts(), w.m.counts())
	s := w.stats()
	s.Bytes = 0
	w.same("stats", s, w.m.stats())
	for range 3 {
		w.compareRiver(w.query())
	}
	w.compareRiver(feed.Query{Limit: 500})
	w.compareFeeds()
	w.compareDecisions()
	w.compareTallies()
}

func (w *walk) compareRiver(q feed.Query) {
	w.Helper()
	p, err := w.Stories(w.ctx, q)
	w.ok(err)
	ids, more := w.m.find(q)
	what := fmt.Sprintf("stories of %+v", q)
	w.same(what+", more", p.More, more)
	var got []uint64
	for _, h := range p.Stories {
		got = append(got, h.ID)
	}
	w.same(what, got, ids)
	if w.Failed() {
		return
	}
	for _, h := range p.Stories {
		w.compareStory(h)
	}
}

func (w *walk) compareStory(h feed.Headline) {
	w.Helper()
	s := w.m.stories[h.ID]
	want := s.Story
	want.Copies = len(s.members)
	w.same("story", h.Story, want)
	w.same("mark", h.Mark, s.mark)
	lead := w.m.entries[s.Lead]
	w.same("lead", h.Entry, lead)
	w.same("outlet", h.Outlet.Title, feed.Name(w.m.feeds[lead.Feed].sub, feed.State{}))
	var others []uint64
	for _, o := range h.Others {
		others = append(others, o.Feed)
	}
	w.same("others", others, w.m.others(s))
	w.same("kin", h.Kin, len(w.m.kin(s)))
}

// compareFull looks at all of one story.
func (w *walk) compareFull(id uint64) {
	w.Helper()
	full, s := w.story(id), w.m.stories[id]
	w.compareStory(full.Headline)
	var got []uint64
	for _, m := range full.Members {
		got = append(got, m.Entry.ID)
		w.same(fmt.Sprintf("verdict of %d", m.Entry.ID), m.Verdict, w.m.verdicts[m.Entry.ID])
	}
	slices.Sort(got)
	w.same("members", got, s.members)
	got = nil
	for _, r := range full.Event {
		got = append(got, r.Headline.ID)
		w.compareStory(r.Headline)
		w.same("relation", r.Relation, w.m.stories[r.Headline.ID].why)
	}
	w.same("event", got, w.m.kin(s))
}

// compareDecisions looks at what they are, where dissolved stories went, and a story.
func (w *walk) compareDecisions() {
	w.Helper()
	var want []feed.Decision
	for _, id := range slices.Sorted(maps.Keys(w.m.decided)) {
		want = append(want, w.m.decided[id].Decision)
	}
	w.same("decisions", w.decisions(), want)
	for id := range w.m.dissolved {
		into, err := w.Dissolved(w.ctx, id)
		if want := w.m.current(id); into != want || (err == nil) != (want != 0) {
			w.Errorf("story %d went into %d, %v; want %d", id, into, err, want)
		}
	}
	if id, ok := pick(w.rng, slices.Sorted(maps.Keys(w.m.stories))); ok {
		w.compareFull(id)
	}
	w.ok(w.Sketches(w.ctx, w.now.Add(-24*time.Hour), func(s feed.Sketched) error {
		story := w.m.entries[s.Entry].Story
		w.same("sketch", []uint64{s.Story, s.Event}, []uint64{story, w.m.stories[story].Event})
		return nil
	}))
}

func (w *walk) compareFeeds() {
	w.Helper()
	fs, err := w.Subscriptions(w.ctx)
	w.ok(err)
	w.sinceThen(fs)
	counts := w.m.counts()
	w.same("feeds", len(fs), len(w.m.visible()))
	for _, o := range w.outlets() {
		f := w.m.feeds[o.Feed]
		w.same("trouble and pause", []bool{o.Trouble, o.Paused}, []bool{f.failing, f.sub.Paused})
	}
	for _, f := range fs {
		id := f.Subscription.ID
		want := feed.Following{Subscription: w.m.feeds[id].sub, State: f.State, Unread: counts.Feeds[id]}
		es := w.m.entriesOf(id)
		if want.Entries = len(es); len(es) > 0 {
			want.Newest = w.m.entries[es[len(es)-1]].Seen
		}
		w.same("feed", f, want)
		seen, err := w.Seen(w.ctx, id)
		w.ok(err)
		w.same("remembered", seen, w.m.feeds[id].seen)
	}
}
