package boltstore

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tidings/internal/feed"
)

// Resubscribe undoes [Store.Unsubscribe]: the feed comes back under its number with
// all that it had, its entries to the stories that they told, these with their marks
// and places, and its statistics. A story that is still there, or went into another
// one, stays as it is but for the entries that it gets back. The feed isn't leased.
// The error wraps [feed.ErrNotFound] if nothing is kept of such a feed, and
// [feed.ErrExists] if another one has its address now.
func (s *Store) Resubscribe(ctx context.Context, id uint64) (sub feed.Subscription, err error) {
	err = s.update(ctx, func(w *work) error {
		sub, err = w.bringBack(id)
		return err
	})
	if err != nil {
		return feed.Subscription{}, fmt.Errorf("take feed %d back: %w", id, err)
	}
	return sub, nil
}

// ResubscribeAll is [Store.Resubscribe] for several feeds at once. Those that can't come back
// are left out; what else goes wrong leaves all as they were.
func (s *Store) ResubscribeAll(ctx context.Context, ids []uint64) (subs []feed.Subscription, err error) {
	err = s.update(ctx, func(w *work) error {
		for _, id := range ids {
			sub, err := w.bringBack(id) // who can't come back is found out before anything is written
			if errors.Is(err, feed.ErrNotFound) || errors.Is(err, feed.ErrExists) {
				continue
			}
			if err != nil {
				return err
			}
			subs = append(subs, sub)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("take %d feeds back: %w", len(ids), err)
	}
	return subs, nil
}

func (w *work) bringBack(id uint64) (sub feed.Subscription, err error) {
	var r goneRecord
	ok, err := w.record(tRemoved, join(goneFeed, id, 0), &r)
	if err == nil && !ok {
		err = feed.WithHint(feed.ErrNotFound, "what was unsubscribed more than an hour ago is gone: subscribe anew")
	}
	if err != nil {
		return sub, err
	}
	if sub, err = w.refollow(id, &r); err != nil {
		return sub, err
	}
	if err := w.recall(id); err != nil {
		return sub, err
	}
	w.visible = true
	return sub, w.untally(id, &r)
}

// refollow puts back subscription and state, which may be there, hidden.
func (w *work) refollow(id uint64, r *goneRecord) (sub feed.Subscription, err error) {
	var kept subscriptionRecord
	var state stateRecord
	if err := cmp.Or(w.codec.read(r.Subscription, &kept), w.codec.read(r.State, &state)); err != nil {
		return sub, damaged(tRemoved, join(goneFeed, id, 0), err)
	}
	sub = kept.subscription(id)
	if err := w.vacate(sub); err != nil {
		return sub, err
	}
	was, _, err := w.subscription(id)
	if err != nil {
		return sub, err
	}
	old, err := w.state(id)
	if err != nil {
		return sub, err
	}
	st := state.state(id)
	st.Lease, st.PushUntil = time.Time{}, time.Time{} // no poll is under way, and hubs were told to stop
	w.putSubscription(was, sub)
	w.putState(was, sub, old, st)
	w.name(sub, st)
	return sub, nil
}

// recall puts back the entries of a feed, and what is remembered of them.
func (w *work) recall(id uint64) error {
	for _, k := range w.keys(tRemoved, join(goneSeen, id)) {
		var kind, of, n uint64
		split(k, &kind, &of, &n)
		if key := seenKey(id, n); w.b(tSeen).Get(key) == nil {
			w.put(tSeen, key, bytes.Clone(w.b(tRemoved).Get(k)))
		}
		w.del(tRemoved, k)
	}
	back := map[uint64][]recalled{} // by story
	for _, k := range w.keys(tRemoved, join(goneEntry, id)) {
		var x recalled
		if _, err := w.record(tRemoved, k, &x.goneEntryRecord); err != nil {
			return err
		}
		var e entryRecord
		var kind, of, n uint64
		if err := w.codec.read(x.Entry, &e); err != nil || !split(k, &kind, &of, &n) {
			return damaged(tRemoved, k, cmp.Or(err, errDamaged))
		}
		x.entry = e.entry(n)
		w.del(tRemoved, k)
		if w.b(tEntry).Get(number(n)) == nil {
			back[x.entry.Story] = append(back[x.entry.Story], x)
		}
	}
	for _, story := range slices.Sorted(maps.Keys(back)) {
		if err := w.retell(story, back[story]); err != nil {
			return err
		}
	}
	return nil
}

// recalled is an entry that comes back.
type recalled struct {
	goneEntryRecord
	entry feed.Entry
}

// retell gives a story entries back; one that is no longer there is as it was.
func (w *work) retell(story uint64, xs []recalled) error {
	l, err := w.takeOut(cmp.Or(w.current(story), story))
	if err != nil {
		return err
	}
	if l == nil {
		var st storyRecord
		var m markRecord
		err := w.codec.read(xs[0].Story, &st)
		if xs[0].Mark != nil {
			err = cmp.Or(err, w.codec.read(xs[0].Mark, &m))
		}
		if err != nil {
			return damaged(tRemoved, join(goneEntry, xs[0].entry.Feed, xs[0].entry.ID), err)
		}
		l = &loose{Story: st.story(story), why: st.relation(), mark: m.mark()}
	}
	for _, x := range xs {
		m, err := w.reenter(x, l.Event)
		if err != nil {
			return err
		}
		l.members = append(l.members, m)
	}
	return w.putBack(l)
}

// reenter writes an entry that comes back, and gives the member that it is.
func (w *work) reenter(x recalled, event uint64) (m told, err error) {
	e := x.entry
	m = told{member{e.ID, e.Feed}, feed.Verdict{Level: feed.LevelNew}, e.Story, event}
	w.put(tEntry, number(e.ID), x.Entry)
	w.put(tBody, number(e.ID), x.Body)
	w.put(tArrival, arrivalKey(e.Feed, e.ID), packSeen(e.Seen))
	for tb, v := range map[table][]byte{tEarlier: x.Earlier, tFullText: x.FullText} {
		if v != nil {
			w.put(tb, number(e.ID), v)
		}
	}
	if x.Sketch != nil {
		w.put(tSketch, sketchKey(e.Seen, e.ID), x.Sketch)
		sk, ok := unpackSketch(x.Sketch)
		if !ok {
			return m, damaged(tSketch, sketchKey(e.Seen, e.ID), errDamaged)
		}
		m.event = sk.Event
	}
	if len(x.Verdict) > 0 {
		var v verdictRecord
		if err := w.codec.read(x.Verdict, &v); err != nil {
			return m, damaged(tMember, memberKey(e.Story, e.ID, e.Feed), err)
		}
		m.verdict = v.verdict()
	}
	w.total.Entries++
	w.tallyFeed(e.Feed, feedCount{entries: 1})
	return m, nil
}

// untally takes back what a feed's going did to the table bygone.
func (w *work) untally(id uint64, r *goneRecord) error {
	w.beginTally()
	for i := 0; i+1 < len(r.Hours); i += 2 {
		block, of, ok := splitTally(r.Hours[i])
		cells, valid := unpackTally(of, r.Hours[i+1])
		if !ok || !valid {
			return damaged(tRemoved, join(goneFeed, id, 0), errDamaged)
		}
		for slot, n := range cells {
			for f := range n {
				n[f] = -n[f]
			}
			w.bygone.addAll(cellOf(block, of, slot), n)
		}
	}
	for _, k := range w.keys(tRemoved, join(goneTally, id)) {
		var kind, of, block uint64
		split(k, &kind, &of, &block)
		w.put(tBygone, tallyKey(disordered(block), id), bytes.Clone(w.b(tRemoved).Get(k)))
		w.del(tRemoved, k)
	}
	w.del(tRemoved, join(goneFeed, id, 0))
	return nil
}

// cameBack brings back the feed with a canonical address, if one can come back and no
// feed that is followed has that address.
func (w *work) cameBack(canonical string) (sub feed.Subscription, back bool, err error) {
	if w.returnable == nil {
		if w.returnable, err = w.goneByCanonical(); err != nil {
			return sub, false, err
		}
	}
	id, back := w.returnable[canonical]
	if !back {
		return sub, false, nil
	}
	sub, err = w.bringBack(id)
	return sub, true, err
}

// goneByCanonical are the feeds that can come back by their canonical addresses.
func (t *txn) goneByCanonical() (map[string]uint64, error) {
	ids := map[string]uint64{}
	err := t.gone(func(id uint64, r goneRecord) error {
		var sub subscriptionRecord
		if err := t.codec.read(r.Subscription, &sub); err != nil {
			return damaged(tRemoved, join(goneFeed, id, 0), err)
		}
		ids[sub.Canonical] = id
		return nil
	})
	return ids, err
}
