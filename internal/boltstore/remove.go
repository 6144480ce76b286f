package boltstore

import (
	"context"
	"fmt"
	"time"

	"tidings/internal/feed"
)

// RemoveSubscription forgets a feed and its entries, and gives the numbers of
// those. Stories that other feeds tell too go on with the next member as lead.
// Starred stories are kept whole: for their sake the feed stays as a hidden
// record, until they are no longer starred and expire. The error wraps
// [feed.ErrNotFound] if there is no such feed.
func (s *Store) RemoveSubscription(ctx context.Context, id uint64, now time.Time) (removed []uint64, err error) {
	err = s.update(ctx, func(w *work) error {
		sub, err := w.following(id)
		if err != nil {
			return err
		}
		removed, err = w.unfollow(sub, now)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("remove feed %d: %w", id, err)
	}
	return removed, nil
}

// unfollow removes a feed, and gives the numbers of its entries that went.
func (w *work) unfollow(sub feed.Subscription, now time.Time) (removed []uint64, err error) {
	w.visible, w.departing = true, unfollowed
	kept, err := w.dropEntries(sub.ID, &removed)
	if err != nil {
		return nil, err
	}
	if len(kept) == 0 {
		return removed, w.dropSubscription(sub)
	}
	return removed, w.hide(sub, kept, now)
}

// dropEntries drops the entries of a feed but for those in starred stories.
func (w *work) dropEntries(id uint64, removed *[]uint64) (kept map[uint64]bool, err error) {
	kept = map[uint64]bool{}
	for _, k := range w.keys(tArrival, number(id)) {
		_, n, ok := splitArrival(k)
		if !ok {
			continue
		}
		e, ok, err := w.entry(n)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		m, err := w.mark(e.Story)
		if err != nil {
			return nil, err
		}
		if m.Starred {
			kept[n] = true
			continue
		}
		if err := w.dropEntry(e); err != nil {
			return nil, err
		}
		*removed = append(*removed, n)
	}
	return kept, nil
}

// hide keeps a removed feed for the name of its starred stories. Should it come
// back, it is polled as if it were new (its posts have their places by their own
// dates), and only what was kept is known.
func (w *work) hide(sub feed.Subscription, kept map[uint64]bool, now time.Time) error {
	for _, k := range w.keys(tSeen, number(sub.ID)) {
		if _, entry, ok := splitSeen(k); !ok || !kept[entry] {
			w.del(tSeen, k)
		}
	}
	old, err := w.state(sub.ID)
	if err != nil {
		return err
	}
	was := sub
	sub.Removed = fromMillis(millis(now))
	st := forget(old)
	st.Document, st.Changed = time.Time{}, time.Time{}
	w.putSubscription(was, sub)
	w.putState(was, sub, old, st)
	w.name(sub, st)
	return nil
}

// dropSubscription deletes all that is left of a feed without entries.
func (w *work) dropSubscription(sub feed.Subscription) error {
	old, err := w.state(sub.ID)
	if err != nil {
		return err
	}
	for _, k := range w.keys(tSeen, number(sub.ID)) {
		w.del(tSeen, k)
	}
	if r, ok := dueRow(sub, old); ok {
		w.del(tDue, r.key)
	}
	w.tallyFailing(failing(sub, old), false)
	w.del(tState, number(sub.ID))
	w.del(tSubscription, number(sub.ID))
	if sub.Canonical != "" {
		w.del(tCanon, name(sub.Canonical))
	}
	w.setOutlet(sub.ID, nil)
	w.forgetTallies(sub.ID)
	return nil
}

// dropEntry deletes an entry, and its story if no other entry tells it. What is
// remembered in seen stays.
func (w *work) dropEntry(e feed.Entry) error {
	st, ok, err := w.story(e.Story)
	if err != nil {
		return err
	}
	mark, err := w.mark(e.Story)
	if err != nil {
		return err
	}
	before := w.members(e.Story)
	after := without(before, e.ID)
	if ok {
		w.tallyStory(before, mark, -1)
		w.tallyStory(after, mark, 1)
	}
	w.del(tEntry, number(e.ID))
	w.del(tBody, number(e.ID))
	w.del(tEarlier, number(e.ID))
	w.del(tFullText, number(e.ID))
	w.del(tArrival, arrivalKey(e.Feed, e.ID))
	w.del(tSketch, sketchKey(e.Seen, e.ID))
	w.total.Entries--
	w.tallyFeed(e.Feed, feedCount{entries: -1})
	if !ok {
		return nil
	}
	w.del(tMember, memberKey(st.ID, e.ID, e.Feed))
	w.unshelve(placeOf(st.Cursor()), mark, feedsOf(before), feedsOf(after))
	switch {
	case len(after) == 0:
		w.dropStory(st, mark)
	default:
		return w.releadStory(st.ID)
	}
	return nil
}

func without(ms []member, entry uint64) (rest []member) {
	for _, m := range ms {
		if m.entry != entry {
			rest = append(rest, m)
		}
	}
	return rest
}

// dropStory deletes the last of a story; the rivers of feeds are left to unshelve.
func (w *work) dropStory(st feed.Story, m feed.Mark) {
	at := placeOf(st.Cursor())
	w.del(tStory, number(st.ID))
	w.total.Stories--
	w.del(tRiver, riverKey(0, at))
	w.del(tUnread, riverKey(0, at))
	if m.Starred {
		w.shelveStarred(at, false)
	}
	if m != (feed.Mark{}) {
		w.del(tMark, number(st.ID))
	}
	w.delist(st)
}

// unshelve takes a story out of the rivers of feeds that no longer tell it, and
// counts it anew.
func (w *work) unshelve(at place, m feed.Mark, before, after []uint64) {
	for _, id := range before {
		if n := len(after); n == len(appendNew(after, id)) {
			continue
		}
		w.del(tRiver, riverKey(id, at))
		w.del(tUnread, riverKey(id, at))
	}
	if m.Read {
		return
	}
	w.tallyUnread(before, -1)
	if len(after) > 0 {
		w.tallyUnread(after, 1)
	}
}
