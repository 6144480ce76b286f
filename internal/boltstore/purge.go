package boltstore

import (
	"bytes"
	"context"
	"fmt"
	"time"
)

// purgeAtOnce bounds the transactions of Purge.
const purgeAtOnce = 2000

// Purge deletes for good what is kept of feeds that were unsubscribed from before a
// time, and tells of which.
func (s *Store) Purge(ctx context.Context, before time.Time) (feeds []uint64, err error) {
	err = s.update(ctx, func(w *work) error {
		err := w.gone(func(id uint64, r goneRecord) error {
			if fromMillis(r.At).Before(before) {
				feeds = append(feeds, id)
			}
			return nil
		})
		for _, id := range feeds {
			w.del(tRemoved, join(goneFeed, id, 0))
		}
		return err
	})
	for more := err == nil; more; {
		err = s.update(ctx, func(w *work) error {
			more = w.sweep(purgeAtOnce)
			return nil
		})
		more = more && err == nil
	}
	if err != nil {
		return feeds, fmt.Errorf("forget feeds that were unsubscribed from: %w", err)
	}
	return feeds, nil
}

// sweep deletes some of the rows whose feeds can't come back, and reports whether
// there may be more.
func (w *work) sweep(most int) (more bool) {
	kept, c := w.limbo(), w.b(tRemoved).Cursor()
	var going [][]byte
	for k, _ := c.Seek(number(goneEntry)); k != nil && len(going) < most; {
		var kind, id, n uint64
		if split(k, &kind, &id, &n) && kept[id] {
			k, _ = c.Seek(join(kind, id+1, 0))
			continue
		}
		going = append(going, bytes.Clone(k))
		k, _ = c.Next()
	}
	for _, k := range going {
		w.del(tRemoved, k)
	}
	return len(going) == most
}
