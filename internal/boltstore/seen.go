package boltstore

import (
	"context"
	"time"

	"tidings/internal/feed"
)

// Seen is all that is remembered of a feed's entries, expired ones included.
func (s *Store) Seen(ctx context.Context, id uint64) (m map[feed.Key]feed.Known, err error) {
	m = map[feed.Key]feed.Known{}
	err = s.view(ctx, func(t *txn) error {
		return t.each(tSeen, number(id), func(k, v []byte) error {
			_, key, ok := splitSeen(k)
			known, valid := unpackKnown(v)
			if !ok || !valid {
				return damaged(tSeen, k, errDamaged)
			}
			m[key] = known
			return nil
		})
	})
	return m, err
}

// sketchesAtOnce bounds the read transactions of Sketches.
const sketchesAtOnce = 1000

// Sketches gives the sketches of entries seen since then, in order of arrival.
// It stops at the first error of yield, which it returns.
func (s *Store) Sketches(ctx context.Context, since time.Time, yield func(feed.Sketched) error) error {
	from := sketchKey(since, 0)
	for from != nil {
		var some []feed.Sketched
		err := s.view(ctx, func(t *txn) (err error) {
			some, from, err = t.sketches(from)
			return err
		})
		if err != nil {
			return err
		}
		for _, sk := range some {
			if err := yield(sk); err != nil {
				return err
			}
		}
	}
	return nil
}

// sketches reads some, and tells where the next begin; nil at the end.
func (t *txn) sketches(from []byte) (some []feed.Sketched, next []byte, err error) {
	c := t.b(tSketch).Cursor()
	for k, v := c.Seek(from); k != nil; k, v = c.Next() {
		if len(some) == sketchesAtOnce {
			return some, append([]byte(nil), k...), nil
		}
		seen, entry, ok := splitSketch(k)
		sk, valid := unpackSketch(v)
		if !ok || !valid {
			return nil, nil, damaged(tSketch, k, errDamaged)
		}
		sk.Seen, sk.Entry = seen, entry
		some = append(some, sk)
	}
	return some, nil, nil
}
