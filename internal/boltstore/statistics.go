package boltstore

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"tidings/internal/feed"
)

// mostOverlapping bounds how many stories [Store.Overlaps] looks at.
const mostOverlapping = 50_000

// HourTallies gives what each hour counts, over all feeds, oldest first; hours that
// count nothing are left out. from is included and until is not; a zero time is no
// bound. What has expired or was unsubscribed is counted as well.
func (s *Store) HourTallies(ctx context.Context, from, until time.Time) (ts []feed.HourTally, err error) {
	err = s.view(ctx, func(t *txn) error {
		return t.tallied(from, until, 0, func(c cell, n sums) {
			ts = append(ts, hourTally(c, n))
		})
	})
	return united(ts, func(a, b feed.HourTally) int { return a.At.Compare(b.At) }, feed.HourTally.Add, func(t feed.HourTally) bool {
		return t == feed.HourTally{At: t.At}
	}), err
}

// DayTallies gives what each day (UTC) counts for each feed that is followed, oldest
// first; days that count nothing are left out. from is included, to its midnight, and
// until is not; a zero time is no bound. What has expired is counted as well.
func (s *Store) DayTallies(ctx context.Context, from, until time.Time) (by map[uint64][]feed.DayTally, err error) {
	by = map[uint64][]feed.DayTally{}
	err = s.view(ctx, func(t *txn) error {
		return t.tallied(from, until, 1, func(c cell, n sums) {
			if !t.hides(c.feed) {
				by[c.feed] = append(by[c.feed], dayTally(c, n))
			}
		})
	})
	for id, ts := range by {
		by[id] = united(ts, func(a, b feed.DayTally) int { return a.Day.Compare(b.Day) }, feed.DayTally.Add, func(t feed.DayTally) bool {
			return t == feed.DayTally{Day: t.Day}
		})
		if len(by[id]) == 0 {
			delete(by, id)
		}
	}
	return by, err
}

// FeedTallies gives the sums of what [Store.DayTallies] tells, by feed; their Day is zero.
func (s *Store) FeedTallies(ctx context.Context, from, until time.Time) (by map[uint64]feed.DayTally, err error) {
	by = map[uint64]feed.DayTally{}
	err = s.view(ctx, func(t *txn) error {
		var at uint64
		var sum feed.DayTally
		keep := func(next uint64) {
			if at != 0 && !t.hides(at) {
				by[at] = by[at].Add(sum)
			}
			at, sum = next, feed.DayTally{}
		}
		err := t.tallied(from, until, 1, func(c cell, n sums) {
			if c.feed != at {
				keep(c.feed)
			}
			sum.Entries, sum.Shared, sum.Opened = sum.Entries+n[dayEntries], sum.Shared+n[dayShared], sum.Opened+n[dayOpened]
		})
		keep(0)
		return err
	})
	return by, err
}

// united sorts tallies by time, adds up those of one time, and drops what counts nothing.
func united[T any](ts []T, order func(a, b T) int, add func(a, b T) T, nothing func(T) bool) []T {
	if !slices.IsSortedFunc(ts, order) {
		slices.SortStableFunc(ts, order)
	}
	n := 0
	for _, t := range ts {
		if n > 0 && order(ts[n-1], t) == 0 {
			ts[n-1] = add(ts[n-1], t)
		} else {
			ts[n] = t
			n++
		}
	}
	return slices.DeleteFunc(ts[:n], nothing)
}

// tallied calls fn with the cells of hours (kind 0) or of days (kind 1) between two
// times: those of what is stored, then those of what went.
func (t *txn) tallied(from, until time.Time, kind uint64, fn func(cell, sums)) error {
	seconds, slots := int64(3600), int64(hoursInRow)
	if kind == 1 {
		seconds, slots = 86400, daysInRow
	}
	fits := func(at int64) bool {
		return (from.IsZero() || at >= floor(from.Unix(), seconds)) && (until.IsZero() || at*seconds < until.Unix())
	}
	for _, tb := range []table{tTally, tBygone} {
		start, c := number(kind), t.b(tb).Cursor()
		if !from.IsZero() {
			start = join(kind, ordered(floor(floor(from.Unix(), seconds), slots)))
		}
		for k, v := c.Seek(start); bytes.HasPrefix(k, number(kind)); k, v = c.Next() {
			block, id, ok := splitTally(k)
			if !until.IsZero() && block*slots*seconds >= until.Unix() {
				break
			}
			valid := readTally(id, v, func(slot uint8, n sums) {
				if c := cellOf(block, id, slot); fits(c.at) {
					fn(c, n)
				}
			})
			if !ok || !valid {
				return damaged(tb, k, errDamaged)
			}
		}
	}
	return nil
}

// Overlaps finds the pairs of feeds that tell most stories together, at most so many,
// among the stories whose place is at since or later, and of those among the newest
// 50,000. It reads keys alone, and takes some 50 ms for as many: callers keep it.
func (s *Store) Overlaps(ctx context.Context, since time.Time, most int) (found feed.Overlaps, err error) {
	pairs := map[[2]uint64]int{}
	found.Stories = map[uint64]int{}
	err = s.view(ctx, func(t *txn) error {
		members, rivers := t.b(tMember).Cursor(), t.merge(feed.Query{Since: since})
		var ids []uint64
		for p, ok := rivers.next(); ok; p, ok = rivers.next() {
			if found.More = found.Looked == mostOverlapping; found.More {
				break
			}
			ids = ids[:0]
			prefix := number(p.story)
			for k, _ := members.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = members.Next() {
				if _, m, ok := splitMember(k); ok && !t.hides(m.feed) {
					ids = appendNew(ids, m.feed)
				}
			}
			found.Looked++
			for i, a := range ids {
				found.Stories[a]++
				for _, b := range ids[:i] {
					pairs[[2]uint64{min(a, b), max(a, b)}]++
				}
			}
		}
		return ctx.Err()
	})
	for p, n := range pairs {
		found.Pairs = append(found.Pairs, feed.Overlap{A: p[0], B: p[1], Stories: n})
	}
	slices.SortFunc(found.Pairs, func(a, b feed.Overlap) int {
		return cmp.Or(cmp.Compare(b.Stories, a.Stories), cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
	})
	found.Pairs = found.Pairs[:min(len(found.Pairs), most)]
	return found, err
}

// hides reports whether a feed is not to be seen.
func (t *txn) hides(id uint64) bool {
	o := t.outlets.feeds[id]
	return o == nil || o.hidden
}
