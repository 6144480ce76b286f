package boltstore

import (
	"bytes"
	"context"
	"time"

	"tidings/internal/feed"
)

// leases are the last that each feed was given, in Unix milliseconds.
type leases map[uint64]int64

// give makes a lease that ends at end, or a moment later: a feed never gets the
// same twice, so that by its lease a poll is known, even if the one before was
// ended in the millisecond in which it was given.
func (ls leases) give(id uint64, end time.Time) time.Time {
	ms := millis(end)
	if last := ls[id]; ms <= last && last-ms < 1000 {
		ms = last + 1
	}
	ls[id] = ms
	return fromMillis(ms)
}

// Claim gives feeds that are due, the longest due first, and moves them out of
// reach until their lease lapses. Paused, gone and leased ones are left out, as
// are those of sites that are full, and what is beyond PerSite. State.Lease of a
// claim is what [feed.Harvest.Lease] answers. Rows of the index that it meets and
// that are wrong are mended, lest they be due for ever.
func (s *Store) Claim(ctx context.Context, q feed.ClaimQuery) (claims []feed.Claim, err error) {
	due := false
	err = s.view(ctx, func(t *txn) error {
		due = len(t.claimable(q)) > 0
		return nil
	})
	if err != nil || !due {
		return nil, err
	}
	err = s.update(ctx, func(w *work) error {
		claims, err = w.claim(q, s.leases)
		return err
	})
	if err != nil {
		return nil, err
	}
	return claims, nil
}

// claimable lists the rows of feeds that a query may have, and on the way those
// that can't be read.
func (t *txn) claimable(q feed.ClaimQuery) (keys [][]byte) {
	now, sites := millis(q.Now), map[string]int{}
	c := t.b(tDue).Cursor()
	for k, v := c.First(); k != nil && len(keys) < q.Max; k, v = c.Next() {
		at, id, ok := splitDue(k)
		if ok && millis(at) > now {
			break
		}
		site, _, valid := unpackDue(v)
		switch {
		case !ok, !valid:
			keys = append(keys, bytes.Clone(k))
		case q.Full[site], q.Only != nil && !q.Only[id]:
		case q.PerSite > 0 && sites[site] >= q.PerSite:
		default:
			sites[site]++
			keys = append(keys, bytes.Clone(k))
		}
	}
	return keys
}

func (w *work) claim(q feed.ClaimQuery, ls leases) (claims []feed.Claim, err error) {
	for _, k := range w.claimable(q) {
		_, id, _ := splitDue(k)
		sub, ok, err := w.subscription(id)
		if err != nil {
			return nil, err
		}
		if !ok {
			w.del(tDue, k) // nothing stands behind it
			continue
		}
		st, err := w.state(id)
		if err != nil {
			return nil, err
		}
		if w.mend(k, sub, st) {
			continue
		}
		old := st
		st.Lease = ls.give(id, q.Now.Add(q.Lease))
		w.putState(sub, sub, old, st)
		claims = append(claims, feed.Claim{Subscription: sub, State: st})
	}
	return claims, nil
}

// mend puts the feed's right row in the place of one that isn't, and reports
// whether it had to.
func (w *work) mend(key []byte, sub feed.Subscription, st feed.State) bool {
	right, due := dueRow(sub, st)
	if due && bytes.Equal(right.key, key) && bytes.Equal(right.value, w.b(tDue).Get(key)) {
		return false
	}
	w.del(tDue, key)
	if due {
		w.put(tDue, right.key, right.value)
	}
	return true
}

// Release ends every lease: what was claimed is due again as it was before. It
// is for the start of the only poller.
func (s *Store) Release(ctx context.Context) error {
	return s.update(ctx, func(w *work) error {
		leased := w.leased()
		if len(leased) == 0 {
			return nil
		}
		return w.restate(leased, func(st *feed.State) bool {
			st.Lease = time.Time{}
			return true
		})
	})
}

// leased lists the feeds that are claimed.
func (t *txn) leased() (ids []uint64) {
	_ = t.each(tDue, nil, func(k, v []byte) error {
		_, id, ok := splitDue(k)
		if _, leased, valid := unpackDue(v); ok && valid && leased {
			ids = append(ids, id)
		}
		return nil
	})
	return ids
}

// Hasten makes feeds due now, or all of them if feeds is nil, and tells how many
// are due then. It leaves out feeds that are paused, gone or leased, and those
// whose publisher asked not to be asked until later.
func (s *Store) Hasten(ctx context.Context, feeds []uint64, now time.Time) (n int, err error) {
	err = s.update(ctx, func(w *work) error {
		return w.restate(feeds, func(st *feed.State) bool {
			if st.Gone || st.Lease.After(now) || st.NotBefore.After(now) {
				return false
			}
			n++
			if !st.Due.After(now) {
				return false
			}
			st.Due = now
			return true
		})
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// Reschedule lets change say anew when feeds are due, all of them if feeds is nil, and
// tells how many that were. It may change the Due and Why of a state; what it reports
// is whether it did. Feeds that are paused or leased are left out.
func (s *Store) Reschedule(ctx context.Context, feeds []uint64, change func(feed.Subscription, *feed.State) bool) (n int, err error) {
	err = s.update(ctx, func(w *work) error {
		return w.restateOf(feeds, func(sub feed.Subscription, st *feed.State) bool {
			if !st.Lease.IsZero() || !change(sub, st) {
				return false
			}
			n++
			return true
		})
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// restate lets fn change the states of feeds that are polled, or of all if ids
// is nil. fn reports whether it did.
func (w *work) restate(ids []uint64, fn func(*feed.State) bool) error {
	return w.restateOf(ids, func(_ feed.Subscription, st *feed.State) bool { return fn(st) })
}

// restateOf is restate where fn wants to know of which feed.
func (w *work) restateOf(ids []uint64, fn func(feed.Subscription, *feed.State) bool) error {
	if ids == nil {
		ids = w.feedNumbers()
	}
	for _, id := range ids {
		sub, ok, err := w.subscription(id)
		if err != nil {
			return err
		}
		if !ok || sub.Paused || !sub.Removed.IsZero() {
			continue
		}
		st, err := w.state(id)
		if err != nil {
			return err
		}
		if old := st; fn(sub, &st) {
			w.putState(sub, sub, old, st)
		}
	}
	return nil
}

// feedNumbers lists all feeds, hidden ones included.
func (t *txn) feedNumbers() (ids []uint64) {
	_ = t.each(tSubscription, nil, func(k, _ []byte) error {
		var id uint64
		if split(k, &id) {
			ids = append(ids, id)
		}
		return nil
	})
	return ids
}

// NextDue tells when a feed can be claimed next: when the first is due, or when
// the first lease lapses. It is false if no feed is ever polled. Should a damaged
// row tell a time, the next Claim after that mends it.
func (s *Store) NextDue(ctx context.Context) (at time.Time, ok bool, err error) {
	err = s.view(ctx, func(t *txn) error {
		if k, _ := t.b(tDue).Cursor().First(); k != nil {
			at, _, ok = splitDue(k)
		}
		return nil
	})
	return at, ok, err
}
