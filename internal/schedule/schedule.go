// Package schedule decides when a feed is asked again.
//
// [Next] is a pure function of what is known after a poll that ended at now: the
// feed's state (failures, what the publisher's answer and document hint, when it
// publishes), the reader's [Terms], and now. E4 to E7 are rules that readers and
// publishers have agreed on: an hour in general, less only where it is welcome.
//
//	what is known                          due                                   bounds
//	-------------------------------------  ------------------------------------  --------------
//	410                                    never
//	less than a day of its rhythm          1 h
//	its rhythm                             when sqrt(rate) summed up over the    1 h to 24 h
//	                                       time since has reached [price]
//	  n entries expected within the hour   the same, from 60 min / 2n            from 15 min
//	  a hint below 1 h                     the same                              from the hint, 5 min at least
//	  no validators, 14 days unchanged     the same                              from 24 h
//	a hub pushes the feed                  24 h, or the reader's ceiling
//	a cloud tells of its changes           as without it
//	the reader: every N                    N                                     from 5 min
//	max-age, Expires, ttl, sy:update       not before the longest of them        24 h at most
//	sy:updateBase                          at the next of its moments            24 h at most
//	a crowded site                         not before the site has asked all of
//	                                       its feeds once at its spacing
//	failed                                 not before 1 h, 2 h, 4 h … after      24 h at most
//	  404, 401, 403 and other 4xx          the same                              7 days at most
//	skipHours, skipDays (GMT)              moved behind them; all skipped: not believed
//	Retry-After, with any status           not before it                         7 days at most
//	the reader: not before a day           not before it
//
// Lower lines win over higher ones. What they give is spread by up to a tenth, later
// only, by the feed's number, so that feeds that were subscribed together don't stay
// together. The reader's floor takes the place of 1 h, the reader's ceiling that of
// 24 h; a publisher's hint may go beyond the ceiling, for the reader's wish is not
// the publisher's. No hint silences any feed but its own, nor for more than 7 days.
//
// Why the square root: with a rate of publication r and polls d apart, an entry is
// seen d/2 late on average, so that lateness costs r*d/2 and polling price/d in a unit
// of time. The sum is least where d is proportional to 1/sqrt(r). A daily paper is
// thus asked often in the hour in which it appears and hardly at night, and a feed of
// four entries an hour only twice as often as one with one.
//
// [Learn] keeps the rhythm: entries by hour of day and by weekday, in UTC, with a
// half-life of about a month, and the moments of the last hours, by which a burst is
// known that no habit foretells.
package schedule

import (
	"fmt"
	"hash/fnv"
	"time"

	"tidings/internal/feed"
)

// The bounds of the time between two polls of a feed.
const (
	Usual    = time.Hour           // without a reason to come sooner or later
	lively   = 15 * time.Minute    // the floor where several entries an hour are expected
	welcome  = 5 * time.Minute     // the floor where the publisher says so
	Longest  = 24 * time.Hour      // whatever a hint says
	Seldom   = 7 * 24 * time.Hour  // for what is refused or missing
	Patience = 7 * 24 * time.Hour  // the longest Retry-After that is believed
	quiet    = 14 * 24 * time.Hour // a feed is quiet that has not changed for so long
	perEntry = 2                   // requests for an entry that is expected, where it makes them come sooner than usual
)

// price is what one request weighs against lateness, in the square root of hours: the
// sum of sqrt(rate per hour) over the hours between two polls. A higher price means
// fewer requests and later news; the simulated year tells how much of each.
const price = 0.3

// Terms are what bounds the polls of a feed besides what it says itself.
type Terms struct {
	feed.Timetable               // the reader's word, as it holds for this feed
	Crowd          time.Duration // how long its site takes to be asked for all of its feeds once, at its spacing
}

// plan is a time to wait that is being decided, and why.
type plan struct {
	wait time.Duration
	why  string
}

func (p *plan) atLeast(d time.Duration, why string) {
	if d > p.wait {
		p.wait, p.why = d, why
	}
}

func (p *plan) atMost(d time.Duration, why string) {
	if d < p.wait {
		p.wait, p.why = d, why
	}
}

// Next decides when a feed is due that was polled until now, and says why, in words
// that follow "because". A zero time means never.
func Next(st feed.State, t Terms, now time.Time) (due time.Time, why string) {
	if st.Gone {
		return time.Time{}, "the publisher has taken the feed down for good (410)"
	}
	p := own(st, t, now)
	hints(&p, st, t, now)
	p.atLeast(t.Crowd, "its site has so many feeds that asking all of them once takes this long")
	if st.Failures > 0 {
		if d := backOff(st); d >= p.wait {
			p = plan{d, failureText(st)}
		}
	}
	due = skip(st.Hints, now.Add(p.wait+Spread(st.Feed, p.wait)), &p)
	if st.Clouded(now) && st.Failures == 0 {
		p.why += "; its cloud tells us sooner where there is something new"
	}
	if st.NotBefore.After(due) {
		due = st.NotBefore.Add(Spread(st.Feed, time.Minute))
		p.why = "the publisher asked to be left alone until then (Retry-After)"
		if last := now.Add(Patience); due.After(last) {
			due, p.why = last, p.why+", which is believed for a week"
		}
	}
	if t.Until.After(due) {
		due, p.why = t.Until.Add(Spread(st.Feed, time.Minute)), "you paused it until then"
	}
	return due, p.why
}

// own is the feed's own interval, within the reader's bounds and ours.
func own(st feed.State, t Terms, now time.Time) plan {
	if t.Every > 0 {
		return plan{max(t.Every, feed.ShortestEvery), "you chose every " + span(t.Every)}
	}
	most := Longest
	if t.Most > 0 {
		most = t.Most
	}
	if st.PushUntil.After(now) && !st.Clouded(now) {
		return plan{most, "a hub pushes it, and this is only to see that the hub still does"}
	}
	least, why := floor(st, t, now)
	p := plan{Usual, "its rhythm is not known yet"}
	if known(st.Rhythm) {
		p = plan{wait(st.Rhythm, now), rhythmText(st.Rhythm, now)}
	}
	p.atMost(most, "that is the longest that a feed is left alone")
	p.atLeast(least, why)
	return p
}

// floor is the least time between two polls (rule E4).
func floor(st feed.State, t Terms, now time.Time) (time.Duration, string) {
	if t.Least > 0 {
		return max(t.Least, feed.ShortestEvery), "you chose at least " + span(t.Least)
	}
	if st.ETag == "" && st.LastModified == "" && !st.Changed.IsZero() && now.Sub(st.Changed) > quiet {
		return Longest, "it gives no validators and has not changed for two weeks"
	}
	if hint, _ := longest(st.Hints); hint > 0 && hint < Usual {
		return max(hint, welcome), "the publisher welcomes no more than that"
	}
	if n := soon(st.Rhythm, now); n*perEntry > 1 {
		least := max(time.Duration(float64(time.Hour)/(n*perEntry)), lively)
		return least, "no more than two requests are made for an entry that is expected"
	}
	return Usual, "an hour is the least between two polls of such a feed"
}

// longest is the longest of the publisher's hints and its name.
func longest(h feed.Hints) (time.Duration, string) {
	d, name := h.MaxAge, "Cache-Control or Expires"
	if h.TTL > d {
		d, name = h.TTL, "ttl"
	}
	if h.Update > d && h.Base.IsZero() {
		d, name = h.Update, "sy:updatePeriod"
	}
	return d, name
}

// hints heeds what the publisher hints (rule E5).
func hints(p *plan, st feed.State, t Terms, now time.Time) {
	if d, name := longest(st.Hints); d > 0 {
		p.atLeast(min(d, Longest), "the publisher asks for it ("+name+")")
	}
	h := st.Hints
	if h.Base.IsZero() || h.Update < Usual {
		return
	}
	least, _ := floor(st, t, now)
	if d, _ := longest(h); d > least {
		least = min(d, Longest)
	}
	if slot := after(h.Base, h.Update, now.Add(least)).Sub(now); slot <= Longest {
		p.wait, p.why = slot, "the publisher says that it is updated then (sy:updateBase)"
	} else {
		p.atLeast(Longest, "the publisher says that it is updated later (sy:updateBase)")
	}
}

// after is the first of the moments base, base+every … that is not before t.
func after(base time.Time, every time.Duration, t time.Time) time.Time {
	if d := t.Sub(base) % every; d > 0 {
		return t.Add(every - d)
	} else {
		return t.Add(-d)
	}
}

// backOff doubles from an hour with each failure in a row (rules E6, E7).
func backOff(st feed.State) time.Duration {
	most := Longest
	if st.Failure == feed.FailureMissing || st.Failure == feed.FailureRefused {
		most = Seldom
	}
	d := Usual
	for range min(st.Failures-1, 10) {
		d *= 2
	}
	return min(d, most)
}

func failureText(st feed.State) string {
	if st.Failures == 1 {
		return "the last poll failed"
	}
	return fmt.Sprintf("the last %d polls failed", st.Failures)
}

// Spread is a share of d, up to a tenth, that depends on the feed's number alone.
func Spread(id uint64, d time.Duration) time.Duration {
	h := fnv.New64a()
	var b [8]byte
	for i := range b {
		b[i] = byte(id >> (8 * i))
	}
	h.Write(b[:])
	return time.Duration(float64(d) / 10 * float64(h.Sum64()>>11) / (1 << 53))
}

// skip moves due out of the hours and days in which the publisher asks not to
// be polled. A feed that skips them all is not believed.
func skip(h feed.Hints, due time.Time, p *plan) time.Time {
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
	for i := range 8 * 24 {
		if !hours[t.Hour()] && !days[t.Weekday()] {
			if i > 0 {
				p.why = "the publisher asks not to be polled before (skipHours, skipDays)"
			}
			return t
		}
		t = t.Truncate(time.Hour).Add(time.Hour + due.Sub(due.Truncate(time.Hour))/6)
	}
	return due
}

// span is a duration in words.
func span(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return number(int(d/(24*time.Hour)), "day")
	case d%time.Hour == 0:
		return number(int(d/time.Hour), "hour")
	}
	return number(int(d.Round(time.Minute)/time.Minute), "minute")
}

func number(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
