package boltstore

import (
	"context"
	"slices"
	"time"

	"tidings/internal/feed"
)

// Seen is all that is remembered of a feed's entries, expired ones included.
func (s *Store) Seen(ctx context.Context, id uint64) (m map[feed.Key]feed.Known, err error) {
	m = map[feed.Key]feed.Known{}
	err = s.view(ctx, func(t *txn) error {
		return t.each(tSeen, number(id), func(k, v []byte) error {
			_, entry, ok := splitSeen(k)
			r, valid := unpackRemembered(v)
			if !ok || !valid {
				return damaged(tSeen, k, errDamaged)
			}
			for _, key := range r.keys {
				m[key] = feed.Known{Entry: entry, Hash: r.hash, Served: r.served}
			}
			return nil
		})
	})
	return m, err
}

// remember notes how an entry is known: by these keys from now on, and by those of
// earlier documents. A document has just carried it, so its absences begin anew.
func (w *work) remember(id, entry uint64, keys []feed.Key, hash uint64, served int32) {
	k := seenKey(id, entry)
	r := remembered{hash: hash, served: served, keys: slices.Clone(keys)}
	if was, ok := unpackRemembered(w.b(tSeen).Get(k)); ok {
		for _, key := range was.keys {
			if len(r.keys) < maxKeys && !slices.Contains(r.keys, key) {
				r.keys = append(r.keys, key)
			}
		}
	}
	w.put(tSeen, k, packRemembered(r))
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
