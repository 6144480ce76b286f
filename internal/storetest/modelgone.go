package storetest

import (
	"maps"
	"slices"
	"time"

	"tidings/internal/feed"
)

// modelGone is a feed that the reader unsubscribed from, with all that it had.
type modelGone struct {
	at       time.Time
	feed     modelFeed
	entries  map[uint64]feed.Entry
	verdicts map[uint64]feed.Verdict
	stories  map[uint64]modelStory
	days     map[time.Time]feed.DayTally  // of bygone, of the feed
	added    map[time.Time]feed.HourTally // to bygone, by its going
}

// unsubscribe does what Unsubscribe promises.
func (m *model) unsubscribe(id uint64, now time.Time) {
	f := m.feeds[id]
	g := &modelGone{
		at: now, feed: *f, entries: map[uint64]feed.Entry{}, verdicts: map[uint64]feed.Verdict{}, stories: map[uint64]modelStory{},
		days: maps.Clone(m.bygone.days[id]), added: map[time.Time]feed.HourTally{},
	}
	g.feed.seen, g.feed.absences = maps.Clone(f.seen), maps.Clone(f.absences)
	for _, n := range m.entriesOf(id) {
		e := m.entries[n]
		s := *m.stories[e.Story]
		s.members = nil
		g.entries[n], g.verdicts[n], g.stories[e.Story] = e, m.verdicts[n], s
	}
	before := maps.Clone(m.bygone.hours)
	m.remove(id, now)
	for at, u := range m.bygone.hours {
		was := before[at]
		g.added[at] = feed.HourTally{
			Entries: u.Entries - was.Entries, Stories: u.Stories - was.Stories,
			Read: u.Read - was.Read, Worth: u.Worth - was.Worth, Opened: u.Opened - was.Opened,
		}
	}
	m.gone[id] = g
}

// resubscribe does what Resubscribe promises.
func (m *model) resubscribe(id uint64) {
	g := m.gone[id]
	delete(m.gone, id)
	for _, f := range m.feeds {
		if f.hidden() && f.sub.ID != id && f.sub.Canonical == g.feed.sub.Canonical {
			f.sub.Canonical = ""
		}
	}
	f := g.feed
	f.lease = time.Time{}
	m.feeds[id] = &f
	for _, n := range slices.Sorted(maps.Keys(g.entries)) {
		if _, there := m.entries[n]; !there {
			m.recall(g, g.entries[n])
		}
	}
	for at, u := range g.added {
		m.bygone.hour(at, feed.HourTally{Entries: -u.Entries, Stories: -u.Stories, Read: -u.Read, Worth: -u.Worth, Opened: -u.Opened})
	}
	if g.days != nil {
		m.bygone.days[id] = g.days
	}
}

// recall lets an entry tell its story again.
func (m *model) recall(g *modelGone, e feed.Entry) {
	s := m.stories[m.current(e.Story)]
	if s == nil {
		was := g.stories[e.Story]
		s = &was
		m.stories[s.ID] = s
		delete(m.dissolved, s.ID)
	}
	e.Story = s.ID
	m.entries[e.ID], m.verdicts[e.ID] = e, g.verdicts[e.ID]
	s.members = append(s.members, e.ID)
	slices.Sort(s.members)
	m.relead(s)
}

// purge does what Purge promises.
func (m *model) purge(before time.Time) (ids []uint64) {
	for _, id := range slices.Sorted(maps.Keys(m.gone)) {
		if m.gone[id].at.Before(before) {
			delete(m.gone, id)
			ids = append(ids, id)
		}
	}
	return ids
}

func (w *walk) unsubscribeOne() {
	if id, ok := pick(w.rng, w.m.visible()); ok {
		before := slices.Sorted(maps.Keys(w.m.entries))
		removed, err := w.Unsubscribe(w.ctx, id, w.now)
		w.ok(err)
		w.m.unsubscribe(id, w.now)
		w.gone(before, removed)
	}
}

// takeBackOne brings a feed back, or purges those that went a day ago.
func (w *walk) takeBackOne() {
	if w.rng.IntN(4) == 0 {
		purged, err := w.Purge(w.ctx, w.now.Add(-24*time.Hour))
		w.ok(err)
		w.same("purged", purged, w.m.purge(w.now.Add(-24*time.Hour)))
		return
	}
	id, ok := pick(w.rng, slices.Sorted(maps.Keys(w.m.gone)))
	if !ok {
		return
	}
	want := len(w.m.gone[id].entries)
	for _, u := range must(w.Unsubscribed(w.ctx)) {
		if u.Subscription.ID == id {
			w.same("entries to come back", u.Entries, want)
		}
	}
	sub, err := w.Resubscribe(w.ctx, id)
	w.ok(err)
	w.m.resubscribe(id)
	w.same("subscription", sub, w.m.feeds[id].sub)
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// returned reports whether a wish brought back a feed that had gone, and lets the
// model follow.
func (w *walk) returned(x feed.Wish, a feed.Addition) bool {
	for id, g := range w.m.gone {
		if g.feed.sub.Canonical != x.Canonical {
			continue
		}
		w.m.resubscribe(id)
		s := &w.m.feeds[id].sub
		s.Title, s.Folder, s.Paused = x.Title, x.Folder, x.Paused
		if len(x.Tags) > 0 {
			s.Tags = feed.CleanTags(x.Tags)
		}
		w.same("came back", a, feed.Addition{Subscription: *s, Added: true})
		return true
	}
	return false
}
