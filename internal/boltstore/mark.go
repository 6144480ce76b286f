package boltstore

import (
	"context"
	"time"

	"tidings/internal/feed"
)

// marksAtOnce bounds the transactions of marking, so that polls needn't wait long.
const marksAtOnce = 2000

// Mark changes the marks of stories, and tells which of them it changed. Those
// that aren't there (any more) are left out.
func (s *Store) Mark(ctx context.Context, stories []uint64, c feed.MarkChange, now time.Time) (changed []uint64, err error) {
	for len(stories) > 0 {
		some := stories[:min(len(stories), marksAtOnce)]
		stories = stories[len(some):]
		did, err := s.markSome(ctx, some, c, now)
		if err != nil {
			return changed, err
		}
		changed = append(changed, did...)
	}
	return changed, nil
}

func (s *Store) markSome(ctx context.Context, stories []uint64, c feed.MarkChange, now time.Time) (changed []uint64, err error) {
	err = s.update(ctx, func(w *work) error {
		for _, id := range stories {
			did, err := w.remark(id, c, now)
			if err != nil {
				return err
			}
			if did {
				changed = append(changed, id)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// remark changes one mark and the indexes that follow it.
func (w *work) remark(id uint64, c feed.MarkChange, now time.Time) (bool, error) {
	st, ok, err := w.story(id)
	if err != nil || !ok {
		return false, err
	}
	old, err := w.mark(id)
	if err != nil {
		return false, err
	}
	m := old
	if c.Read != nil && *c.Read != old.Read && !(c.Late && old.ReadAt.After(now)) {
		m.Read, m.ReadAt = *c.Read, time.Time{}
		if m.Read {
			m.ReadAt = now
		}
		w.shelveUnread(st, !m.Read)
	}
	if c.Starred != nil && *c.Starred != old.Starred && !(c.Late && old.StarAt.After(now)) {
		m.Starred, m.StarAt = *c.Starred, time.Time{}
		if m.Starred {
			m.StarAt = now
		}
		w.shelveStarred(placeOf(st.Cursor()), m.Starred)
	}
	seen := m != old
	if c.Opened && m.Opened.IsZero() {
		m.Opened = now
	}
	if m == old {
		return false, nil
	}
	ms := w.members(id)
	w.tallyMark(ms, old, -1)
	w.tallyMark(ms, m, 1)
	w.putMark(id, m)
	w.shown, w.marked = w.shown || seen, w.marked || seen
	return seen, nil
}

// putMark keeps a mark; one that says nothing is not kept.
func (w *work) putMark(story uint64, m feed.Mark) {
	if m == (feed.Mark{}) {
		w.del(tMark, number(story))
		return
	}
	w.putRecord(tMark, number(story), recordMark(m))
}

// shelveUnread puts a story into the rivers of unread ones, or takes it out.
func (w *work) shelveUnread(st feed.Story, in bool) {
	ids, at, by := feedsOf(w.members(st.ID)), placeOf(st.Cursor()), -1
	if in {
		by = 1
	}
	w.tallyUnread(ids, by)
	for _, id := range append([]uint64{0}, ids...) {
		if in {
			w.put(tUnread, riverKey(id, at), nothing)
		} else {
			w.del(tUnread, riverKey(id, at))
		}
	}
}

func (w *work) shelveStarred(at place, in bool) {
	if in {
		w.total.Starred++
		w.put(tStarred, starredKey(at), nothing)
		return
	}
	w.total.Starred--
	w.del(tStarred, starredKey(at))
}

// MarkAll marks as read every unread story that the filters of q choose and that
// lies at upTo or below it; the zero cursor is above everything. What came after
// the page that the reader saw may lie below it too: q.Until leaves that out. It
// tells which ones it marked, so that it can be undone. Paging and Limit of q are
// ignored.
func (s *Store) MarkAll(ctx context.Context, q feed.Query, upTo feed.Cursor, now time.Time) (changed []uint64, err error) {
	q = feed.Query{Feed: q.Feed, Folder: q.Folder, Tag: q.Tag, Starred: q.Starred, Until: q.Until, Since: q.Since, Unread: true}
	if !upTo.IsZero() {
		q.Before = feed.Cursor{Time: upTo.Time, Story: upTo.Story + 1}
	}
	read := true
	for {
		var some []place
		err := s.view(ctx, func(t *txn) error {
			some, _, err = t.places(q, marksAtOnce)
			return err
		})
		if err != nil || len(some) == 0 {
			return changed, err
		}
		ids := make([]uint64, len(some))
		for i, p := range some {
			ids[i] = p.story
		}
		did, err := s.markSome(ctx, ids, feed.MarkChange{Read: &read}, now)
		if err != nil {
			return changed, err
		}
		changed = append(changed, did...)
		q.Before = some[len(some)-1].cursor()
	}
}
