package boltstore

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tidings/internal/feed"
)

// What goes with a feed that the reader unsubscribed from is kept for a while in the
// table removed, row by row as it was, so that it can come back as if nothing had been.

// Kinds of rows in the table removed, the first number of their keys; the second is
// that of the feed.
const (
	goneFeed  = iota // the feed itself
	goneEntry        // an entry, and what goes with it
	goneSeen         // what is remembered of an entry
	goneTally        // a row of the table bygone, by its block
	goneKinds
)

// goneRecord is a feed that the reader unsubscribed from.
type goneRecord struct {
	At           int64    `cbor:"1,keyasint"` // Unix milliseconds
	Subscription []byte   `cbor:"2,keyasint"` // as its table had it
	State        []byte   `cbor:"3,keyasint"` // as its table had it
	Entries      int      `cbor:"4,keyasint,omitempty"`
	Hours        [][]byte `cbor:"5,keyasint,omitempty"` // rows that its going added to those of bygone: key, value, key, value …
}

// goneEntryRecord is an entry that went, each part as its table had it.
type goneEntryRecord struct {
	Entry    []byte `cbor:"1,keyasint"`
	Body     []byte `cbor:"2,keyasint"`
	Earlier  []byte `cbor:"3,keyasint,omitempty"`
	FullText []byte `cbor:"4,keyasint,omitempty"`
	Sketch   []byte `cbor:"5,keyasint,omitempty"`
	Verdict  []byte `cbor:"6,keyasint,omitempty"`
	Story    []byte `cbor:"7,keyasint"`
	Mark     []byte `cbor:"8,keyasint,omitempty"`
}

// Unsubscribe is [Store.RemoveSubscription], but all that goes is kept until
// [Store.Purge]: [Store.Resubscribe] brings it back, and so does [Store.Subscribe].
func (s *Store) Unsubscribe(ctx context.Context, id uint64, now time.Time) (removed []uint64, err error) {
	err = s.update(ctx, func(w *work) error {
		sub, err := w.following(id)
		if err != nil {
			return err
		}
		r := goneRecord{At: millis(now), Subscription: bytes.Clone(w.b(tSubscription).Get(number(id))), State: bytes.Clone(w.b(tState).Get(number(id)))}
		if r.Entries, err = w.keepGone(id); err != nil {
			return err
		}
		if removed, err = w.unfollow(sub, now); err != nil {
			return err
		}
		for _, x := range w.bygone.rows() {
			r.Hours = append(r.Hours, x.key, x.value)
		}
		w.putRecord(tRemoved, join(goneFeed, id, 0), &r)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("unsubscribe from feed %d: %w", id, err)
	}
	return removed, nil
}

// keepGone keeps what is stored of a feed, and counts its entries. What is left of an
// earlier going of the feed, because Purge didn't come to its end, is none of it.
func (w *work) keepGone(id uint64) (entries int, err error) {
	for kind := uint64(goneEntry); kind < goneKinds; kind++ {
		for _, k := range w.keys(tRemoved, join(kind, id)) {
			w.del(tRemoved, k)
		}
	}
	for _, k := range w.keys(tArrival, number(id)) {
		_, n, _ := splitArrival(k)
		e, ok, err := w.entry(n)
		if err != nil || !ok {
			return 0, cmp.Or(err, damaged(tArrival, k, errDamaged))
		}
		get := func(tb table, key []byte) []byte { return bytes.Clone(w.b(tb).Get(key)) }
		w.putRecord(tRemoved, join(goneEntry, id, n), &goneEntryRecord{
			Entry: get(tEntry, number(n)), Body: get(tBody, number(n)), Earlier: get(tEarlier, number(n)),
			FullText: get(tFullText, number(n)), Sketch: get(tSketch, sketchKey(e.Seen, n)),
			Verdict: get(tMember, memberKey(e.Story, n, id)), Story: get(tStory, number(e.Story)), Mark: get(tMark, number(e.Story)),
		})
		entries++
	}
	for _, k := range w.keys(tSeen, number(id)) {
		_, n, _ := splitSeen(k)
		w.put(tRemoved, join(goneSeen, id, n), bytes.Clone(w.b(tSeen).Get(k)))
	}
	for _, k := range w.keys(tBygone, number(1)) {
		if block, of, ok := splitTally(k); ok && of == id {
			w.put(tRemoved, join(goneTally, id, ordered(block)), bytes.Clone(w.b(tBygone).Get(k)))
		}
	}
	return entries, nil
}

// Unsubscribed lists the feeds that can come back whole, the latest first.
func (s *Store) Unsubscribed(ctx context.Context) (fs []feed.Unsubscribed, err error) {
	err = s.view(ctx, func(t *txn) error {
		return t.gone(func(id uint64, r goneRecord) error {
			var sub subscriptionRecord
			var st stateRecord
			if err := cmp.Or(t.codec.read(r.Subscription, &sub), t.codec.read(r.State, &st)); err != nil {
				return damaged(tRemoved, join(goneFeed, id, 0), err)
			}
			fs = append(fs, feed.Unsubscribed{Subscription: sub.subscription(id), Name: feed.Name(sub.subscription(id), st.state(id)), At: fromMillis(r.At), Entries: r.Entries})
			return nil
		})
	})
	slices.SortFunc(fs, func(a, b feed.Unsubscribed) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Subscription.ID, a.Subscription.ID))
	})
	return fs, err
}

// gone calls fn with each feed that can come back.
func (t *txn) gone(fn func(id uint64, r goneRecord) error) error {
	return t.each(tRemoved, number(goneFeed), func(k, v []byte) error {
		var kind, id, zero uint64
		var r goneRecord
		if !split(k, &kind, &id, &zero) {
			return damaged(tRemoved, k, errDamaged)
		}
		if err := t.codec.read(v, &r); err != nil {
			return damaged(tRemoved, k, err)
		}
		return fn(id, r)
	})
}

// limbo are the feeds that can come back; nil if there are none.
func (t *txn) limbo() (ids map[uint64]bool) {
	_ = t.each(tRemoved, number(goneFeed), func(k, _ []byte) error {
		var kind, id, zero uint64
		if split(k, &kind, &id, &zero) {
			if ids == nil {
				ids = map[uint64]bool{}
			}
			ids[id] = true
		}
		return nil
	})
	return ids
}

// removed checks a row of what went.
func (c *checker) removed(k, v []byte) {
	var kind, id, n uint64
	if !split(k, &kind, &id, &n) || kind >= goneKinds {
		c.problem("removed", "the key %x can't be read", k)
		return
	}
	if kind != goneFeed {
		return // what nobody asks back is swept away, whatever it is
	}
	var r goneRecord
	if err := c.codec.read(v, &r); err != nil {
		c.problem("removed", "feed %d can't be read: %v", id, err)
		return
	}
	if sub, ok, err := c.txn.subscription(id); err != nil || ok && sub.Removed.IsZero() {
		c.problem("removed", "feed %d is said to be gone, and is followed", id)
	}
}
