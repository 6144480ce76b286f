package storetest

import (
	"fmt"

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
}

func (w *walk) compareFeeds() {
	w.Helper()
	fs, err := w.Subscriptions(w.ctx)
	w.ok(err)
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
