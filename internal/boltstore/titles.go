package boltstore

import (
	"context"
	"slices"

	"tidings/internal/feed"
)

// Listed gives stories by their numbers, in the order asked, at most 500. Those that
// aren't there (any more) are left out.
func (s *Store) Listed(ctx context.Context, stories []uint64) (page feed.Page, err error) {
	err = s.view(ctx, func(t *txn) error {
		page.Newest = t.greatest(tStory)
		for _, id := range stories[:min(len(stories), mostStories)] {
			h, ok, err := t.headline(id, false)
			if err != nil {
				return err
			}
			if ok {
				page.Stories = append(page.Stories, h)
			}
		}
		return nil
	})
	return page, err
}

// Titles gives the titles of the stories with the greatest numbers, those that came
// last, the last one first: at most limit of them, and none that has the number after
// or a smaller one.
func (s *Store) Titles(ctx context.Context, after uint64, limit int) (list []feed.Titled, err error) {
	err = s.view(ctx, func(t *txn) error {
		c := t.b(tStory).Cursor()
		for k, _ := c.Last(); k != nil && len(list) < limit; k, _ = c.Prev() {
			var id uint64
			if !split(k, &id) {
				return damaged(tStory, k, errDamaged)
			}
			if id <= after {
				return nil
			}
			st, ok, err := t.story(id)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			e, ok, err := t.entry(st.Lead)
			if err != nil {
				return err
			}
			if ok {
				list = append(list, feed.Titled{Story: id, Title: e.Title})
			}
		}
		return nil
	})
	return slices.Clip(list), err
}
