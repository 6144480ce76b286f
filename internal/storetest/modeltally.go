package storetest

import (
	"maps"
	"slices"
	"time"

	"tidings/internal/feed"
)

// modelTally is statistics: hours over all feeds, and days of feeds.
type modelTally struct {
	hours map[time.Time]feed.HourTally
	days  map[uint64]map[time.Time]feed.DayTally
}

func newModelTally() modelTally {
	return modelTally{map[time.Time]feed.HourTally{}, map[uint64]map[time.Time]feed.DayTally{}}
}

// story counts a story by times, days of feeds only if asked for.
func (t modelTally) story(m *model, s *modelStory, by int, days bool) {
	feeds := map[uint64]bool{}
	for _, n := range s.members {
		feeds[m.entries[n].Feed] = true
	}
	for i, n := range s.members {
		e := m.entries[n]
		u := feed.HourTally{Entries: by}
		if i == 0 {
			u.Stories = by
		}
		t.hour(e.Appeared(), u)
		d := feed.DayTally{Entries: by}
		if len(feeds) > 1 {
			d.Shared = by
		}
		if days {
			t.day(e.Feed, e.Appeared(), d)
		}
	}
	if len(s.members) == 0 {
		return
	}
	if s.mark.Read {
		t.hour(s.mark.ReadAt, feed.HourTally{Read: by, Worth: by * len(s.members)})
	}
	if s.mark.Opened.IsZero() {
		return
	}
	t.hour(s.mark.Opened, feed.HourTally{Opened: by})
	for id := range feeds {
		if days {
			t.day(id, s.mark.Opened, feed.DayTally{Opened: by})
		}
	}
}

func (t modelTally) hour(at time.Time, u feed.HourTally) {
	at = at.UTC().Truncate(time.Hour)
	n := t.hours[at].Add(u)
	n.At = at
	t.hours[at] = n
}

func (t modelTally) day(id uint64, at time.Time, u feed.DayTally) {
	at = at.UTC().Truncate(24 * time.Hour)
	if t.days[id] == nil {
		t.days[id] = map[time.Time]feed.DayTally{}
	}
	n := t.days[id][at].Add(u)
	n.Day = at
	t.days[id][at] = n
}

// tally counts everything anew, and adds what went.
func (m *model) tally() modelTally {
	t := newModelTally()
	for _, s := range m.stories {
		t.story(m, s, 1, true)
	}
	for at, u := range m.bygone.hours {
		t.hour(at, u)
	}
	for id, days := range m.bygone.days {
		for at, u := range days {
			t.day(id, at, u)
		}
	}
	return t
}

// forgetFeed forgets a feed of which nothing is left.
func (m *model) forgetFeed(id uint64) {
	delete(m.feeds, id)
	delete(m.bygone.days, id)
}

// compareTallies demands the statistics of a recount.
func (w *walk) compareTallies() {
	w.Helper()
	t := w.m.tally()
	var hours []feed.HourTally
	for _, u := range t.hours {
		if u != (feed.HourTally{At: u.At}) {
			hours = append(hours, u)
		}
	}
	slices.SortFunc(hours, func(a, b feed.HourTally) int { return a.At.Compare(b.At) })
	got, err := w.HourTallies(w.ctx, time.Time{}, time.Time{})
	w.ok(err)
	w.same("hours", got, hours)
	days := map[uint64][]feed.DayTally{}
	for _, id := range w.m.visible() {
		for _, u := range t.days[id] {
			if u != (feed.DayTally{Day: u.Day}) {
				days[id] = append(days[id], u)
			}
		}
		slices.SortFunc(days[id], func(a, b feed.DayTally) int { return a.Day.Compare(b.Day) })
	}
	maps.DeleteFunc(days, func(_ uint64, ts []feed.DayTally) bool { return len(ts) == 0 })
	byFeed, err := w.DayTallies(w.ctx, time.Time{}, time.Time{})
	w.ok(err)
	w.same("days", byFeed, days)
	all, err := w.FeedTallies(w.ctx, time.Time{}, time.Time{})
	w.ok(err)
	for id, ts := range byFeed {
		sum := feed.Sum(ts)
		sum.Day = time.Time{}
		w.same("sum", all[id], sum)
	}
}
