package poller

import (
	"hash/fnv"
	"time"

	"tidings/internal/feed"
)

// The bounds of the time between two polls of a feed.
const (
	usual    = time.Hour           // without a reason to come sooner or later
	soonest  = 15 * time.Minute    // when the publisher invites it and the feed is lively
	longest  = 24 * time.Hour      // whatever a hint says
	seldom   = 7 * 24 * time.Hour  // for what is refused or missing
	patience = 7 * 24 * time.Hour  // the longest Retry-After that is believed
	lively   = 24 * time.Hour      // a feed is lively that changed so recently
	quiet    = 14 * 24 * time.Hour // and quiet when it has not changed for so long
)

// next decides when a feed is due again. It is a pure function of what is known
// after a poll that ended at now:
//
//	gone (410)                     never
//	failed, Retry-After            when the publisher said, at most 7 days away
//	failed, missing or refused     1 h, 2 h, 4 h … 7 d
//	failed otherwise               1 h, 2 h, 4 h … 24 h; both not sooner than if answered
//	answered                       1 h, or what the publisher's hints say:
//	  max-age, Expires, ttl, sy:   longer, up to 24 h; shorter, down to 15 min, only
//	                               while the feed changed within the last day
//	  no validators, 14 d quiet    24 h
//	  skipHours, skipDays          moved behind them (RSS 2.0, GMT)
//
// Each is spread by up to 10 %, later only, by the feed's number, so that feeds
// subscribed together don't stay together.
func next(st feed.State, now time.Time) time.Time {
	if st.Gone {
		return time.Time{}
	}
	d := interval(st, now)
	if st.Failures > 0 {
		d = max(d, backOff(st))
	}
	due := skip(st.Hints, now.Add(d+spread(st, d)))
	if st.NotBefore.After(due) {
		due = st.NotBefore.Add(spread(st, time.Minute))
	}
	if last := now.Add(patience); due.After(last) {
		due = last
	}
	return due
}

// backOff doubles from an hour with each failure in a row.
func backOff(st feed.State) time.Duration {
	most := longest
	if st.Failure == feed.FailureMissing || st.Failure == feed.FailureRefused {
		most = seldom
	}
	d := usual
	for range min(st.Failures-1, 10) {
		d *= 2
	}
	return min(d, most)
}

// interval is the time between polls of a feed that answers.
func interval(st feed.State, now time.Time) time.Duration {
	if st.ETag == "" && st.LastModified == "" && !st.Changed.IsZero() && now.Sub(st.Changed) > quiet {
		return longest
	}
	hint := max(st.Hints.MaxAge, st.Hints.TTL, st.Hints.Update)
	switch {
	case hint <= 0:
		return usual
	case hint >= usual:
		return min(hint, longest)
	case now.Sub(st.Changed) < lively:
		return max(hint, soonest)
	}
	return usual
}

// spread is a share of d, up to a tenth, that depends on the feed alone.
func spread(st feed.State, d time.Duration) time.Duration {
	h := fnv.New64a()
	var b [8]byte
	for i := range b {
		b[i] = byte(st.Feed >> (8 * i))
	}
	h.Write(b[:])
	return time.Duration(float64(d) / 10 * float64(h.Sum64()>>11) / (1 << 53))
}

// skip moves due out of the hours and days in which the publisher asks not to
// be polled. A feed that skips them all is not believed.
func skip(h feed.Hints, due time.Time) time.Time {
	if len(h.SkipHours) == 0 && len(h.SkipDays) == 0 {
		return due
	}
	hours, days := map[int]bool{}, map[time.Weekday]bool{}
	for _, x := range h.SkipHours {
		hours[x%24] = true // 24 is written for midnight
	}
	for _, x := range h.SkipDays {
		days[x] = true
	}
	t := due.UTC()
	for range 8 * 24 {
		if !hours[t.Hour()] && !days[t.Weekday()] {
			return t
		}
		t = t.Truncate(time.Hour).Add(time.Hour + due.Sub(due.Truncate(time.Hour))/6)
	}
	return due
}
