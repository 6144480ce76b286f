package boltstore

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync"

	"tidings/internal/feed"
)

// roster knows by which change the line of each feed in lists changed last, as far as
// this process has seen it: with ten thousand feeds, a poll or a mark changes the lines
// of few.
type roster struct {
	mu    sync.Mutex
	at    uint64            // the number of the last change
	all   uint64            // the last change of which it isn't known what it changed
	feeds map[uint64]uint64 // the last change of a feed
}

// enroll notes what a row that is written says of a feed's line in lists.
func (w *work) enroll(tb table, key []byte) {
	switch tb {
	case tSubscription, tState, tArrival:
		w.enrollFeed(binary.BigEndian.Uint64(key))
	case tCounts:
		if id, ok := splitCount(key); ok {
			w.enrollFeed(id)
		}
	case tList: // lists say of feeds that they no longer name them
		w.relisted = true
	}
}

func (w *work) enrollFeed(id uint64) {
	if w.enrolled == nil {
		w.enrolled = map[uint64]bool{}
	}
	w.enrolled[id] = true
}

// note tells what a transaction that landed has changed.
func (r *roster) note(w *work) {
	if len(w.enrolled) == 0 && !w.relisted {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at++
	if w.relisted {
		r.all, r.feeds = r.at, nil
		return
	}
	if r.feeds == nil {
		r.feeds = map[uint64]uint64{}
	}
	for id := range w.enrolled {
		r.feeds[id] = r.at
	}
}

// since lists the feeds that changed after a change; false if they aren't known.
func (r *roster) since(at uint64) (ids []uint64, now uint64, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at < r.all {
		return nil, r.at, false
	}
	for id, changed := range r.feeds {
		if changed > at {
			ids = append(ids, id)
		}
	}
	return ids, r.at, true
}

// SubscriptionsSince is [Store.Subscriptions] without what hasn't changed since an
// earlier answer: have is the At of that, or 0 for none. Numbers of answers are good for this
// process alone.
func (s *Store) SubscriptionsSince(ctx context.Context, have uint64) (r feed.Roster, err error) {
	ids, now, known := s.roster.since(max(have, 1) - 1)
	r.At = now + 1 // so that 0 is no answer's
	if have == 0 || !known {
		r.All = true
		r.Feeds, err = s.Subscriptions(ctx)
		return r, err
	}
	if len(ids) == 0 {
		return r, nil
	}
	un, err := s.unlisted(ctx)
	if err != nil {
		return r, err
	}
	err = s.view(ctx, func(t *txn) error {
		for _, id := range ids {
			f, err := t.lineOf(id)
			if errors.Is(err, feed.ErrNotFound) {
				r.Gone = append(r.Gone, id)
				continue
			}
			if err != nil {
				return err
			}
			f.Unlisted = slices.Clone(un[id])
			r.Feeds = append(r.Feeds, f)
		}
		return nil
	})
	return r, err
}

// lineOf is a feed as lists show it, but for what other lists say of it.
func (t *txn) lineOf(id uint64) (feed.Following, error) {
	sub, err := t.following(id)
	if err != nil {
		return feed.Following{}, err
	}
	st, err := t.state(id)
	if err != nil {
		return feed.Following{}, err
	}
	return t.follow(sub, st), nil
}
