package boltstore

import (
	"context"
	"time"

	"tidings/internal/feed"
)

// Claim gives feeds that are due, the longest due first, and moves them out of
// reach until their lease lapses. Paused, gone and leased ones are left out, as
// are those of sites that are full, and what is beyond PerSite.
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
		w.quiet = true
		claims, err = w.claim(q)
		return err
	})
	if err != nil {
		return nil, err
	}
	return claims, nil
}

// claimable lists the feeds that a query may have.
func (t *txn) claimable(q feed.ClaimQuery) (ids []uint64) {
	now, sites := millis(q.Now), map[string]int{}
	c := t.b(tDue).Cursor()
	for k, v := c.First(); k != nil && len(ids) < q.Max; k, v = c.Next() {
		at, id, ok := splitDue(k)
		if millis(at) > now {
			break
		}
		site, _, valid := unpackDue(v)
		switch {
		case !ok, !valid, q.Full[site], q.Only != nil && !q.Only[id]:
		case q.PerSite > 0 && sites[site] >= q.PerSite:
		default:
			sites[site]++
			ids = append(ids, id)
		}
	}
	return ids
}

func (w *work) claim(q feed.ClaimQuery) ([]feed.Claim, error) {
	ids := w.claimable(q)
	claims := make([]feed.Claim, 0, len(ids))
	for _, id := range ids {
		sub, ok, err := w.subscription(id)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue // a row of the index that nothing stands behind: check tells
		}
		st, err := w.state(id)
		if err != nil {
			return nil, err
		}
		old := st
		st.Lease = fromMillis(millis(q.Now.Add(q.Lease)))
		w.putState(sub, sub, old, st)
		claims = append(claims, feed.Claim{Subscription: sub, State: st})
	}
	return claims, nil
}

// Release ends every lease: what was claimed is due again as it was before. It
// is for the start of the only poller.
func (s *Store) Release(ctx context.Context) error {
	return s.update(ctx, func(w *work) error {
		w.quiet = true
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
		w.quiet = true
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

// restate lets fn change the states of feeds that are polled, or of all if ids
// is nil. fn reports whether it did.
func (w *work) restate(ids []uint64, fn func(*feed.State) bool) error {
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
		if old := st; fn(&st) {
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
// the first lease lapses. It is false if no feed is ever polled.
func (s *Store) NextDue(ctx context.Context) (at time.Time, ok bool, err error) {
	err = s.view(ctx, func(t *txn) error {
		if k, _ := t.b(tDue).Cursor().First(); k != nil {
			at, _, ok = splitDue(k)
		}
		return nil
	})
	return at, ok, err
}
