package boltstore

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tidings/internal/feed"
)

// Subscribe adds the feeds that aren't there yet, known by their canonical
// addresses, and answers each wish in its place. New ones are due at once. One
// that was removed, but is kept for its starred stories, comes back, and one whose
// removal can still be undone comes back whole, with the title and folder of the wish.
func (s *Store) Subscribe(ctx context.Context, wishes []feed.Wish, now time.Time) (as []feed.Addition, err error) {
	err = s.update(ctx, func(w *work) error {
		for _, wish := range wishes {
			a, err := w.subscribe(wish, now)
			if err != nil {
				return fmt.Errorf("subscribe to %s: %w", wish.URL, err)
			}
			as = append(as, a)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return as, nil
}

func (w *work) subscribe(wish feed.Wish, now time.Time) (feed.Addition, error) {
	wish.Canonical = cmp.Or(wish.Canonical, wish.URL)
	was, known, err := w.byCanonical(wish.Canonical)
	if err != nil {
		return feed.Addition{}, err
	}
	if known && was.Removed.IsZero() {
		return feed.Addition{Subscription: was}, nil
	}
	gone, back, err := w.cameBack(wish.Canonical)
	if err != nil {
		return feed.Addition{}, err
	}
	if back {
		was, known = gone, true
	}
	id := was.ID
	if !known {
		if id, err = w.b(tSubscription).NextSequence(); err != nil {
			return feed.Addition{}, err
		}
	}
	old, err := w.state(id)
	if err != nil {
		return feed.Addition{}, err
	}
	sub := feed.Subscription{
		ID: id, URL: wish.URL, Title: wish.Title, Folder: wish.Folder, Added: fromMillis(millis(now)), Paused: wish.Paused,
		Canonical: wish.Canonical, Site: wish.Site, Tags: feed.CleanTags(wish.Tags), Keep: wish.Keep, FullText: wish.FullText, When: wish.When,
	}
	st := old
	if back {
		sub = returned(was, wish)
	} else {
		st.Due = now
	}
	st.SiteURL = cmp.Or(st.SiteURL, wish.SiteURL)
	st.Description = cmp.Or(st.Description, wish.Description)
	w.putSubscription(was, sub)
	w.putState(was, sub, old, st)
	w.name(sub, st)
	return feed.Addition{Subscription: sub, Added: true}, w.ruleFor(id, wish.Rule)
}

// returned is a feed that came back because the reader wishes it again.
func returned(s feed.Subscription, wish feed.Wish) feed.Subscription {
	s.Title, s.Folder, s.Paused = cmp.Or(wish.Title, s.Title), wish.Folder, wish.Paused
	if len(wish.Tags) > 0 {
		s.Tags = feed.CleanTags(wish.Tags)
	}
	return s
}

// ruleFor keeps the rule of folding that came with a wish, where package feed looks
// for it.
func (w *work) ruleFor(id uint64, r feed.Rule) error {
	if r == (feed.Rule{}) {
		return nil
	}
	v, err := json.Marshal(r)
	if err != nil {
		return err
	}
	w.put(tSetting, []byte(feed.Scope{Feed: id}.Setting()), v)
	return nil
}

// putSubscription writes a subscription and keeps the index of addresses. was is
// the zero Subscription for a new one.
func (w *work) putSubscription(was, now feed.Subscription) {
	w.putRecord(tSubscription, number(now.ID), recordSubscription(now))
	if was.Canonical == now.Canonical {
		return
	}
	if was.Canonical != "" {
		w.del(tCanon, name(was.Canonical))
	}
	if now.Canonical != "" {
		w.put(tCanon, name(now.Canonical), number(now.ID))
	}
}

// name notes what lists show of a feed after a change; the version moves if
// readers can see it in stories.
func (w *work) name(sub feed.Subscription, st feed.State) {
	now, was := newOutlet(sub, st), w.outlets.feeds[sub.ID]
	if was.same(now) {
		return
	}
	if was != nil && !was.sameInStories(now) {
		w.visible = true
	}
	w.setOutlet(sub.ID, now)
}

// byCanonical finds a subscription, hidden or not.
func (t *txn) byCanonical(canonical string) (feed.Subscription, bool, error) {
	v := t.b(tCanon).Get(name(canonical))
	if len(v) != 8 {
		return feed.Subscription{}, false, nil
	}
	return t.subscription(binary.BigEndian.Uint64(v))
}

// FindSubscription finds a feed by its canonical address; else the error wraps
// [feed.ErrNotFound].
func (s *Store) FindSubscription(ctx context.Context, canonical string) (sub feed.Subscription, err error) {
	err = s.view(ctx, func(t *txn) error {
		var ok bool
		if sub, ok, err = t.byCanonical(canonical); err != nil {
			return err
		}
		if !ok || !sub.Removed.IsZero() {
			return fmt.Errorf("find feed %s: %w", canonical, feed.ErrNotFound)
		}
		return nil
	})
	if err != nil {
		return feed.Subscription{}, err
	}
	return sub, nil
}

// Subscription gives one feed as the feed list shows it. The error wraps
// [feed.ErrNotFound] if there is none, or if it was removed.
func (s *Store) Subscription(ctx context.Context, id uint64) (f feed.Following, err error) {
	un, err := s.unlisted(ctx)
	if err != nil {
		return f, err
	}
	err = s.view(ctx, func(t *txn) error {
		f, err = t.lineOf(id)
		f.Unlisted = slices.Clone(un[id])
		return err
	})
	return f, err
}

// Subscriptions lists the feeds by folder, then by title.
func (s *Store) Subscriptions(ctx context.Context) (fs []feed.Following, err error) {
	un, err := s.unlisted(ctx)
	if err != nil {
		return nil, err
	}
	err = s.view(ctx, func(t *txn) error {
		fs = slices.Grow(fs, len(t.outlets.feeds)) // to grow by and by would copy each several times
		return t.subscriptions(func(sub feed.Subscription, st feed.State) error {
			if !sub.Removed.IsZero() {
				return nil
			}
			f := t.follow(sub, st)
			f.Unlisted = slices.Clone(un[sub.ID])
			fs = append(fs, f)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	sortListed(fs, func(f feed.Following) (string, string, uint64) {
		return f.Subscription.Folder, f.Name(), f.Subscription.ID
	})
	return fs, nil
}

// follow adds to a subscription what is counted of it.
func (t *txn) follow(sub feed.Subscription, st feed.State) feed.Following {
	n := t.count(sub.ID)
	f := feed.Following{Subscription: sub, State: st, Entries: n.entries, Unread: n.unread}
	if newest := t.newest(sub.ID, 1); len(newest) > 0 {
		f.Newest = t.seenAt(sub.ID, newest[0])
	}
	return f
}

// seenAt is when an entry of a feed was seen.
func (t *txn) seenAt(id, entry uint64) time.Time {
	return unpackSeen(t.b(tArrival).Get(arrivalKey(id, entry)))
}

// newest lists the n newest entries of a feed, newest first.
func (t *txn) newest(id uint64, n int) (entries []uint64) {
	c := t.b(tArrival).Cursor()
	k, _ := c.Seek(arrivalKey(id, last))
	if k == nil {
		k, _ = c.Last()
	} else {
		k, _ = c.Prev()
	}
	for ; k != nil && len(entries) < n; k, _ = c.Prev() {
		of, e, ok := splitArrival(k)
		if !ok || of != id {
			break
		}
		entries = append(entries, e)
	}
	return entries
}

// ChangeSubscription changes what a reader chose. Where the address changes,
// canonical and site belong to the new one, and what was learned of the old one
// is forgotten, so that it is polled at once, and a poll of the old one that is
// under way comes too late for [Store.Commit]; the error wraps [feed.ErrExists] if
// another subscription has it. A feed that is resumed is due when it would have been.
func (s *Store) ChangeSubscription(ctx context.Context, id uint64, c feed.Change, canonical, site string) (sub feed.Subscription, err error) {
	err = s.update(ctx, func(w *work) error {
		was, err := w.following(id)
		if err != nil {
			return err
		}
		old, err := w.state(id)
		if err != nil {
			return err
		}
		st := old
		sub = changed(was, c)
		if sub.URL != was.URL {
			sub.Canonical, sub.Site = cmp.Or(canonical, sub.URL), cmp.Or(site, sub.Site)
			if err := w.vacate(sub); err != nil {
				return err
			}
			st = forget(old)
		}
		if same(sub, was) {
			return nil
		}
		w.putSubscription(was, sub)
		w.putState(was, sub, old, st)
		w.name(sub, st)
		return nil
	})
	if err == nil && c.Folder != nil {
		err = s.releadMoved(ctx, []uint64{id})
	}
	if err != nil {
		return feed.Subscription{}, fmt.Errorf("change feed %d: %w", id, err)
	}
	return sub, nil
}

// same reports whether two subscriptions are equal.
func same(a, b feed.Subscription) bool {
	return a.ID == b.ID && a.URL == b.URL && a.Title == b.Title && a.Folder == b.Folder && a.Paused == b.Paused &&
		slices.Equal(a.Tags, b.Tags) && a.Canonical == b.Canonical && a.Site == b.Site && a.Added.Equal(b.Added) && a.Removed.Equal(b.Removed) && a.When == b.When && a.Keep == b.Keep && a.FullText == b.FullText
}

func changed(s feed.Subscription, c feed.Change) feed.Subscription {
	if c.URL != nil {
		s.URL = *c.URL
	}
	if c.Title != nil {
		s.Title = *c.Title
	}
	if c.Folder != nil {
		s.Folder = *c.Folder
	}
	if c.Paused != nil {
		s.Paused = *c.Paused
	}
	if c.Tags != nil {
		s.Tags = feed.CleanTags(*c.Tags)
	}
	if c.When != nil {
		s.When = *c.When
	}
	if c.Keep != nil {
		s.Keep = *c.Keep
	}
	if c.FullText != nil {
		s.FullText = *c.FullText
	}
	return s
}

// forget keeps of a state what the feed said of itself, and drops what belongs to
// its address.
func forget(st feed.State) feed.State {
	return feed.State{
		Feed: st.Feed, Title: st.Title, SiteURL: st.SiteURL, Description: st.Description, Language: st.Language,
		Icon: st.Icon, Format: st.Format, Hints: st.Hints, Document: st.Document, Changed: st.Changed,
		ReusedGUIDs: st.ReusedGUIDs, Rhythm: st.Rhythm, Ledger: st.Ledger,
	}
}

// vacate makes sure that no other subscription has the address that sub is to
// have: a visible one is an error, a hidden one gives it up.
func (w *work) vacate(sub feed.Subscription) error {
	other, ok, err := w.byCanonical(sub.Canonical)
	if err != nil || !ok || other.ID == sub.ID {
		return err
	}
	if other.Removed.IsZero() {
		return fmt.Errorf("%s: %w", sub.URL, feed.ErrExists)
	}
	was := other
	other.Canonical = ""
	w.putSubscription(was, other)
	return nil
}
