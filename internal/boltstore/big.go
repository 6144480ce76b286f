package boltstore

import (
	"cmp"
	"context"
	"encoding/binary"
	"math"
	"slices"

	"tidings/internal/feed"
)

// big is a story and how many independent sources tell it.
type big struct {
	place
	sources int
}

// compareBig orders stories by their sources, the newer first among equals.
func compareBig(a, b big) int {
	return cmp.Or(cmp.Compare(b.sources, a.sources), cmp.Compare(b.sec, a.sec), cmp.Compare(b.story, a.story))
}

// Biggest gives the stories that q chooses and that several independent sources tell,
// those with the most first, the newer first among equals. Feeds of one site are one
// source, unless that is an IP address or a name without a domain. A page's place is that of its first or last story together with its
// Sources, which q.Sources repeats; After gives the page above a place. Bodies of q is
// ignored. Callers bound what is looked at with Since.
func (s *Store) Biggest(ctx context.Context, q feed.Query) (page feed.Page, err error) {
	if q.Limit <= 0 {
		q.Limit = pageStories
	}
	q.Limit = min(q.Limit, mostStories)
	err = s.view(ctx, func(t *txn) error {
		page.Newest = t.greatest(tStory)
		found, err := t.biggest(q)
		if err != nil {
			return err
		}
		found, page.More = stretch(found, q)
		for _, b := range found {
			h, ok, err := t.headline(b.story, false)
			if err != nil {
				return err
			}
			if ok {
				h.Sources = b.sources
				page.Stories = append(page.Stories, h)
			}
		}
		return nil
	})
	return page, err
}

// stretch cuts the page that q asks for, and tells whether there is more in the
// direction asked.
func stretch(found []big, q feed.Query) ([]big, bool) {
	if !q.After.IsZero() {
		end, _ := slices.BinarySearchFunc(found, big{placeOf(q.After), q.Sources}, compareBig)
		start := max(end-q.Limit, 0)
		return found[start:end], start > 0
	}
	start := 0
	if !q.Before.IsZero() {
		at, there := slices.BinarySearchFunc(found, big{placeOf(q.Before), q.Sources}, compareBig)
		if start = at; there {
			start++
		}
	}
	end := min(start+q.Limit, len(found))
	return found[start:end], end < len(found)
}

// biggest reads keys alone: the rivers that q chooses, and who tells each story.
func (t *txn) biggest(q feed.Query) (found []big, err error) {
	q.Before, q.After = feed.Cursor{}, feed.Cursor{}
	keep, rivers := until(q, t.filter(q)), t.merge(q)
	for p, ok := rivers.next(); ok; p, ok = rivers.next() {
		fits, err := keep(p)
		if err != nil {
			return nil, err
		}
		if fits {
			found = append(found, big{place: p})
		}
	}
	t.countSources(found)
	found = slices.DeleteFunc(found, func(b big) bool { return b.sources < 2 })
	slices.SortFunc(found, compareBig)
	return found, nil
}

// countSources walks the members of stories, which it sorts by number for that: stories
// of one time have numbers close together, so that one cursor finds the next one's
// members where the last one's end.
func (t *txn) countSources(stories []big) {
	slices.SortFunc(stories, func(a, b big) int { return cmp.Compare(a.story, b.story) })
	var sources []string
	c := t.b(tMember).Cursor()
	k, _ := c.First()
	for i := range stories {
		b := &stories[i]
		for steps := 0; storyOf(k) < b.story; steps++ {
			if steps < 8 {
				k, _ = c.Next()
			} else {
				k, _ = c.Seek(number(b.story))
			}
		}
		for sources = sources[:0]; storyOf(k) == b.story; k, _ = c.Next() {
			if _, m, ok := splitMember(k); ok && t.outlets.feeds[m.feed] != nil {
				sources = appendNew(sources, t.outlets.feeds[m.feed].source)
			}
		}
		b.sources = len(sources)
	}
}

// storyOf is the story whose member a key is; beyond all stories at the table's end.
func storyOf(member []byte) uint64 {
	if len(member) < 8 {
		return math.MaxUint64
	}
	return binary.BigEndian.Uint64(member)
}
