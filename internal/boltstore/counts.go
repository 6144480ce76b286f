package boltstore

import (
	"context"
	"fmt"
	"os"

	"tidings/internal/feed"
)

// Counts tells how many stories are unread and starred: in all, by feed, by
// folder and by tag. What has no unread stories is left out.
func (s *Store) Counts(ctx context.Context) (c feed.Counts, err error) {
	c.Feeds = map[uint64]int{}
	err = s.view(ctx, func(t *txn) error {
		total, err := t.totals()
		if err != nil {
			return err
		}
		c.Unread, c.Starred = total.Unread, total.Starred
		if c.Folders, err = t.unreadBy(keyFolders); err != nil {
			return err
		}
		if c.Tags, err = t.unreadBy(keyTags); err != nil {
			return err
		}
		return t.each(tCounts, []byte{'f'}, func(k, v []byte) error {
			id, ok := splitCount(k)
			if !ok {
				return nil // "folders", which begins with the same letter
			}
			n, ok := unpackCount(v)
			if !ok {
				return damaged(tCounts, k, errDamaged)
			}
			if o := t.outlets.feeds[id]; n.unread > 0 && o != nil && !o.hidden {
				c.Feeds[id] = n.unread
			}
			return nil
		})
	})
	return c, err
}

// Stats tells the sizes of everything, without counting anything anew.
func (s *Store) Stats(ctx context.Context) (st feed.Stats, err error) {
	err = s.view(ctx, func(t *txn) error {
		total, err := t.totals()
		if err != nil {
			return err
		}
		st = feed.Stats{
			Failing: total.Failing, Entries: total.Entries, Stories: total.Stories,
			Copies: total.Entries - total.Stories, Events: total.Stories - total.Kin, Unread: total.Unread, Starred: total.Starred,
		}
		for _, o := range t.outlets.feeds {
			if !o.hidden {
				st.Feeds++
			}
		}
		return nil
	})
	if err != nil {
		return st, err
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return st, fmt.Errorf("measure data file: %w", err)
	}
	st.Bytes = info.Size()
	return st, nil
}
