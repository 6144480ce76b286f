package boltstore

import (
	"cmp"
	"context"
	"slices"

	"tidings/internal/feed"
)

// big is a story and how many independent sources tell it.
type big struct {
	place
	sources int
}

// Biggest gives the stories that q chooses and that several independent sources tell,
// those with the most first, the newer first among equals. Feeds of one site are one
// source. Before, After and Bodies of q are ignored, and there are never more pages:
// callers bound what is looked at with Since.
func (s *Store) Biggest(ctx context.Context, q feed.Query) (page feed.Page, err error) {
	if q.Limit <= 0 {
		q.Limit = pageStories
	}
	q.Limit, q.Before, q.After = min(q.Limit, mostStories), feed.Cursor{}, feed.Cursor{}
	err = s.view(ctx, func(t *txn) error {
		page.Newest = t.greatest(tStory)
		found, err := t.biggest(q)
		if err != nil {
			return err
		}
		for _, b := range found {
			h, ok, err := t.headline(b.story, false)
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

// biggest reads keys alone: the rivers that q chooses, and who tells each story.
func (t *txn) biggest(q feed.Query) (found []big, err error) {
	keep, rivers := until(q, t.filter(q)), t.merge(q)
	sites := map[string]bool{}
	for p, ok := rivers.next(); ok; p, ok = rivers.next() {
		fits, err := keep(p)
		if err != nil {
			return nil, err
		}
		if !fits {
			continue
		}
		clear(sites)
		for _, m := range t.members(p.story) {
			if o := t.outlets.feeds[m.feed]; o != nil {
				sites[o.site] = true
			}
		}
		if len(sites) > 1 {
			found = append(found, big{p, len(sites)})
		}
	}
	slices.SortFunc(found, func(a, b big) int {
		return cmp.Or(cmp.Compare(b.sources, a.sources), cmp.Compare(b.sec, a.sec), cmp.Compare(b.story, a.story))
	})
	return found[:min(len(found), q.Limit)], nil
}
