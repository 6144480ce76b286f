package boltstore

import (
	"context"
	"slices"
	"time"

	"tidings/internal/feed"
)

// FeedDays gives what each day (UTC) counts for one feed since the day of a time,
// oldest first, as [Store.DayTallies] does for all. It reads a few rows alone.
func (s *Store) FeedDays(ctx context.Context, id uint64, from, now time.Time) (ts []feed.DayTally, err error) {
	first := dayOf(from.Unix())
	all := tallies{}
	err = s.view(ctx, func(t *txn) error {
		for block := floor(first, daysInRow); block <= floor(dayOf(now.Unix()), daysInRow); block++ {
			for _, tb := range []table{tTally, tBygone} {
				key := tallyKey(block, id)
				cells, ok := unpackTally(id, t.b(tb).Get(key))
				if !ok {
					return damaged(tb, key, errDamaged)
				}
				for slot, n := range cells {
					all.addAll(cellOf(block, id, slot), n)
				}
			}
		}
		return nil
	})
	for c, n := range all {
		if c.at >= first {
			ts = append(ts, dayTally(c, n))
		}
	}
	slices.SortFunc(ts, func(a, b feed.DayTally) int { return a.Day.Compare(b.Day) })
	return ts, err
}
