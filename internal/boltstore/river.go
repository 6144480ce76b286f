package boltstore

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"tidings/internal/feed"
)

// How many stories a page has, if the query doesn't say, and at most.
const (
	pageStories = 50
	mostStories = 500
)

func (p place) cursor() feed.Cursor {
	return feed.Cursor{Time: time.Unix(p.sec, 0).UTC(), Story: p.story}
}

// Stories gives a page of the river that q chooses, newest first. The page's
// Newest is that of the very moment at which the page was read.
func (s *Store) Stories(ctx context.Context, q feed.Query) (page feed.Page, err error) {
	if q.Limit <= 0 {
		q.Limit = pageStories
	}
	q.Limit = min(q.Limit, mostStories)
	err = s.view(ctx, func(t *txn) error {
		ps, more, err := t.places(q, q.Limit)
		if err != nil {
			return err
		}
		page.More, page.Newest = more, t.greatest(tStory)
		page.Stories = make([]feed.Headline, 0, len(ps))
		for _, p := range ps {
			h, ok, err := t.headline(p.story, q.Bodies)
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

// Story gives a story with all its members and their bodies, and what is related
// to it. The error wraps [feed.ErrNotFound] if there is none.
func (s *Store) Story(ctx context.Context, id uint64) (f feed.Full, err error) {
	err = s.view(ctx, func(t *txn) error {
		h, ok, err := t.headline(id, false)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("find story %d: %w", id, feed.ErrNotFound)
		}
		f.Headline = h
		for _, m := range leadFirst(t.members(id), h.Lead) {
			full, err := t.member(id, m)
			if err != nil {
				return err
			}
			f.Members = append(f.Members, full)
		}
		f.Event, err = t.relatedTo(h.Story)
		return err
	})
	return f, err
}

// leadFirst moves the lead to the front and keeps the others by arrival.
func leadFirst(ms []member, lead uint64) []member {
	i := slices.IndexFunc(ms, func(m member) bool { return m.entry == lead })
	if i > 0 {
		m := ms[i]
		copy(ms[1:i+1], ms[:i])
		ms[0] = m
	}
	return ms
}

func (t *txn) member(story uint64, m member) (full feed.Member, err error) {
	if full.Entry, _, err = t.entry(m.entry); err != nil {
		return full, err
	}
	if full.Body, err = t.body(m.entry); err != nil {
		return full, err
	}
	full.Outlet = t.outlet(m.feed)
	full.Verdict, err = t.verdict(story, m)
	return full, err
}

// Entry gives an entry and its body. The error wraps [feed.ErrNotFound] if there
// is none.
func (s *Store) Entry(ctx context.Context, id uint64) (e feed.Entry, b feed.Body, err error) {
	err = s.view(ctx, func(t *txn) (err error) {
		var ok bool
		if e, ok, err = t.entry(id); err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("find entry %d: %w", id, feed.ErrNotFound)
		}
		b, err = t.body(id)
		return err
	})
	return e, b, err
}

// headline gathers what a line of the river shows; false if there is no such
// story, which is so only where an index is damaged.
func (t *txn) headline(id uint64, bodies bool) (h feed.Headline, ok bool, err error) {
	if h.Story, ok, err = t.story(id); err != nil || !ok {
		return h, false, err
	}
	if h.Entry, ok, err = t.entry(h.Lead); err != nil || !ok {
		return h, false, err
	}
	if h.Mark, err = t.mark(id); err != nil {
		return h, false, err
	}
	ms := t.members(id)
	h.Copies = len(ms)
	h.Kin = t.kinOf(h.Event)
	h.Outlet = t.outlet(h.Entry.Feed)
	others := othersOf(ms, h.Entry.Feed)
	for _, m := range others {
		h.Others = append(h.Others, t.outlet(m.feed))
	}
	if bodies {
		err = t.flesh(&h, ms, others)
	}
	return h, true, err
}

// othersOf picks the first entry of each feed but the lead's, by arrival.
func othersOf(ms []member, lead uint64) (others []member) {
	for _, m := range ms {
		same := func(o member) bool { return o.feed == m.feed }
		if m.feed != lead && !slices.ContainsFunc(others, same) {
			others = append(others, m)
		}
	}
	return others
}

// flesh adds what only whole documents need: the lead's body, where the other
// sources have theirs, and when the last came that had something of its own.
func (t *txn) flesh(h *feed.Headline, ms, others []member) error {
	b, err := t.body(h.Lead)
	if err != nil {
		return err
	}
	if o := t.outlets.feeds[h.Entry.Feed]; o != nil && o.whole {
		full, _, err := t.fullText(h.Lead)
		if err != nil {
			return err
		}
		b.Full = full.Text
	}
	h.Body = &b
	for i, m := range others {
		e, _, err := t.entry(m.entry)
		if err != nil {
			return err
		}
		h.Also = append(h.Also, feed.Copy{Outlet: h.Others[i], Title: e.Title, URL: e.URL})
	}
	h.Grown, err = t.grown(h.ID, ms)
	return err
}

// grown is when the last of a story's entries came that isn't a mere copy of those
// before it: in other words, joined by the reader, or twice as long; zero for never.
func (t *txn) grown(story uint64, ms []member) (at time.Time, err error) {
	if len(ms) == 1 {
		return at, nil
	}
	longest := 0
	for i, m := range ms {
		e, _, err := t.entry(m.entry)
		if err != nil {
			return at, err
		}
		v, err := t.verdict(story, m)
		if err != nil {
			return at, err
		}
		own := v.Level == feed.LevelNear || v.Level == feed.LevelReader || e.Words > 2*longest
		if i > 0 && own && e.Seen.After(at) {
			at = e.Seen
		}
		longest = max(longest, e.Words)
	}
	return at, nil
}

// places lists the places that q chooses, newest first, at most limit, and
// whether there are more in the direction asked.
func (t *txn) places(q feed.Query, limit int) (ps []place, more bool, err error) {
	done := false
	if (q.Folder != "" || q.Tag != "") && q.Feed == 0 && !q.Starred && len(t.outlets.grouped(q)) > wideFolder {
		all := q
		all.Folder, all.Tag = "", ""
		ps, more, done, err = t.collect(t.merge(all), until(q, t.told(q)), limit, patience)
	}
	if !done && err == nil {
		ps, more, _, err = t.collect(t.merge(q), until(q, t.filter(q)), limit, math.MaxInt)
	}
	if !q.After.IsZero() {
		slices.Reverse(ps)
	}
	return ps, more, err
}

// A folder or tag of very many feeds is read from the river of all, where it has a good
// share, because opening so many rivers takes longer. If after patience times the
// page's length the page isn't full, that was a mistake.
const (
	wideFolder = 400
	patience   = 12
)

// collect takes from a river what a filter keeps. It is done when the page is
// full and it is known whether there is more, or at the river's end, but not when
// it gave up.
func (t *txn) collect(r *merge, keep func(place) (bool, error), limit, patience int) (ps []place, more, done bool, err error) {
	tries := 0
	for p, ok := r.next(); ok; p, ok = r.next() {
		if tries++; tries/patience > limit {
			return nil, false, false, nil
		}
		fits, err := keep(p)
		if err != nil {
			return nil, false, false, err
		}
		if !fits {
			continue
		}
		if len(ps) == limit {
			return ps, true, true, nil
		}
		ps = append(ps, p)
	}
	return ps, false, true, nil
}

// until adds to a test that a story isn't one of those that came too late.
func until(q feed.Query, keep func(place) (bool, error)) func(place) (bool, error) {
	if q.Until == 0 {
		return keep
	}
	return func(p place) (bool, error) {
		if p.story > q.Until {
			return false, nil
		}
		return keep(p)
	}
}

// filter tests what the chosen rivers don't say already.
func (t *txn) filter(q feed.Query) func(place) (bool, error) {
	if !q.Starred {
		return func(place) (bool, error) { return true, nil }
	}
	told := t.told(q)
	return func(p place) (bool, error) {
		if q.Unread {
			m, err := t.mark(p.story)
			if err != nil || m.Read {
				return false, err
			}
		}
		return told(p)
	}
}

// told tests whether a feed that q chooses tells a story.
func (t *txn) told(q feed.Query) func(place) (bool, error) {
	if q.Feed == 0 && q.Folder == "" && q.Tag == "" {
		return func(place) (bool, error) { return true, nil }
	}
	return func(p place) (bool, error) {
		return slices.ContainsFunc(t.members(p.story), func(m member) bool {
			return t.outlets.fits(q, m.feed)
		}), nil
	}
}
