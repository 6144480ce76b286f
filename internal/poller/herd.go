package poller

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tidings/internal/feed"
)

// After a sleep, of the program or of the machine, feeds are overdue all at once. They
// come back one after another, those first whose stories are read most.
const (
	overdueAfter = 15 * time.Minute       // what is so late was not just waiting for its turn
	herdLeast    = 50                     // fewer are no herd
	herdStep     = 250 * time.Millisecond // between two of them
	herdLongest  = time.Hour              // all of them are back by then (rule E13)
	asleep       = 5 * time.Minute        // a clock that jumped so far tells of a sleep
)

// unherd spreads the feeds that are overdue.
func (p *Poller) unherd(ctx context.Context, now time.Time) error {
	if p.o.OnDemand {
		return nil
	}
	fs, err := p.store.Subscriptions(ctx)
	if err != nil {
		return err
	}
	at := spreadOut(fs, now)
	if len(at) == 0 {
		return nil
	}
	ids := make([]uint64, 0, len(at))
	for id := range at {
		ids = append(ids, id)
	}
	_, err = p.store.Reschedule(ctx, ids, func(_ feed.Subscription, st *feed.State) bool {
		st.Due, st.Why = at[st.Feed], "it was overdue, and such feeds come back one after another, the most read first"
		return true
	})
	return err
}

// spreadOut gives the feeds that are overdue the times at which they come back.
func spreadOut(fs []feed.Following, now time.Time) map[uint64]time.Time {
	var late []feed.Following
	for _, f := range fs {
		st := f.State
		if !f.Subscription.Paused && !st.Gone && !st.Polled.IsZero() && st.Due.Before(now.Add(-overdueAfter)) {
			late = append(late, f)
		}
	}
	if len(late) < herdLeast {
		return nil
	}
	slices.SortStableFunc(late, func(a, b feed.Following) int {
		return cmp.Or(cmp.Compare(reads(b), reads(a)), a.State.Due.Compare(b.State.Due))
	})
	at, step := map[uint64]time.Time{}, min(herdStep, herdLongest/time.Duration(len(late)))
	for i, f := range late {
		at[f.Subscription.ID] = now.Add(time.Duration(i) * step)
	}
	return at
}

// reads is about how much of a feed has been read.
func reads(f feed.Following) int { return f.Entries - f.Unread }

// slept reports whether the clock on the wall went on while ours stood still, between
// two times of the same process.
func slept(last, now time.Time) bool {
	return now.Round(0).Sub(last.Round(0))-now.Sub(last) > asleep
}
