package feed

import (
	"strconv"
	"time"
)

// Ailment is the mark by which a feed is set apart in lists because it has brought nothing for long.
type Ailment struct {
	Name   string    // "stale" or "dead"; empty: neither
	Since  time.Time // its first day: since then the mark holds
	Reason string    // one sentence for people
	Todo   string    // what a person can do

	From  time.Time     // of a dead feed: since when every poll failed; of a stale one: its last entry
	Usual time.Duration // of a stale feed: its usual longest pause; 0 if unknown
}

// The bounds of the marks.
const (
	staleGaps  = 4                   // a feed is stale after so many of its usual longest gaps
	staleLeast = 60 * 24 * time.Hour // and not before
	deadAfter  = 14 * 24 * time.Hour // a feed is dead that has failed for so long
)

// Ail tells whether a feed is stale (it answers, and has had no new entry for four of
// its usual longest gaps, 60 days at least) or dead (it has failed for 14 days). It is
// only a mark: such a feed goes on being polled, and nothing of it is deleted.
func Ail(s Subscription, st State, now time.Time) Ailment {
	switch {
	case s.Paused, st.Gone:
		return Ailment{}
	case st.Failures > 0:
		return dead(st, now)
	}
	return stale(s, st, now)
}

func dead(st State, now time.Time) Ailment {
	first := st.Since.Add(deadAfter)
	if st.Since.IsZero() || now.Before(first) {
		return Ailment{}
	}
	a := Ailment{Name: "dead", Since: first, Reason: "every poll has failed since " + dayText(st.Since), From: st.Since}
	a.Todo = "look on the site for the feed's new address and change it here, or unsubscribe; it is still asked now and then, and what it brought stays"
	return a
}

func stale(s Subscription, st State, now time.Time) Ailment {
	last, usual := st.Rhythm.Last, st.Rhythm.Longest
	if last.IsZero() { // none of its entries has a time
		last = st.Changed
	}
	if last.IsZero() {
		last = s.Added
	}
	first := last.Add(max(staleGaps*usual, staleLeast))
	if st.Answered.IsZero() || last.IsZero() || now.Before(first) {
		return Ailment{}
	}
	a := Ailment{Name: "stale", Since: first, Reason: "no new entry since " + dayText(last), From: last, Usual: usual}
	if usual > 0 {
		a.Reason += "; it used to pause for " + roughly(usual) + " at most"
	}
	a.Todo = "see on the site whether it goes on elsewhere; it is still asked, and what it brought stays"
	return a
}

func dayText(t time.Time) string { return t.UTC().Format("2 January 2006") }

// roughly is a duration in days or hours.
func roughly(d time.Duration) string {
	switch n := int(d.Round(time.Hour) / time.Hour); {
	case n <= 1:
		return "an hour"
	case n < 48:
		return strconv.Itoa(n) + " hours"
	default:
		return strconv.Itoa((n+12)/24) + " days"
	}
}
