package boltstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"tidings/internal/feed"
)

// listRecord is a followed list. Its members are one record with it: a list is read
// and written whole, once a day.
type listRecord struct {
	URL       string         `cbor:"1,keyasint"`
	Title     string         `cbor:"2,keyasint,omitempty"`
	Folder    string         `cbor:"3,keyasint,omitempty"`
	Added     int64          `cbor:"4,keyasint,omitempty"` // Unix milliseconds
	Canonical string         `cbor:"5,keyasint,omitempty"`
	Site      string         `cbor:"6,keyasint,omitempty"`
	State     stateRecord    `cbor:"7,keyasint"`
	Members   []listedRecord `cbor:"8,keyasint,omitempty"`
}

type listedRecord struct {
	Canonical string `cbor:"1,keyasint"`
	Feed      uint64 `cbor:"2,keyasint,omitempty"`
	Gone      int64  `cbor:"3,keyasint,omitempty"` // Unix milliseconds
}

func recordList(l feed.List) listRecord {
	r := listRecord{
		URL: l.URL, Title: l.Title, Folder: l.Folder, Added: millis(l.Added), Canonical: l.Canonical, Site: l.Site,
		State: recordState(&l.State),
	}
	for _, m := range l.Members {
		r.Members = append(r.Members, listedRecord{m.Canonical, m.Feed, millis(m.Gone)})
	}
	return r
}

func (r *listRecord) list(id uint64) feed.List {
	l := feed.List{
		ID: id, URL: r.URL, Title: r.Title, Folder: r.Folder, Added: fromMillis(r.Added), Canonical: r.Canonical, Site: r.Site,
		State: r.State.state(0),
	}
	for _, m := range r.Members {
		l.Members = append(l.Members, feed.Listed{Canonical: m.Canonical, Feed: m.Feed, Gone: fromMillis(m.Gone)})
	}
	return l
}

// Lists gives the lists that are followed, in the order in which they were added.
func (s *Store) Lists(ctx context.Context) (ls []feed.List, err error) {
	err = s.view(ctx, func(t *txn) error {
		ls, err = t.lists()
		return err
	})
	return ls, err
}

func (t *txn) lists() (ls []feed.List, err error) {
	err = t.each(tList, nil, func(k, v []byte) error {
		var id uint64
		var r listRecord
		if !split(k, &id) {
			return damaged(tList, k, errDamaged)
		}
		if err := t.codec.read(v, &r); err != nil {
			return damaged(tList, k, err)
		}
		ls = append(ls, r.list(id))
		return nil
	})
	return ls, err
}

// flags are what is kept in memory of followed lists: which of them no longer name a
// feed. A list may name thousands, and each feed that is looked at would read them all.
type flags struct {
	changes atomic.Uint64 // how often lists were written
	kept    atomic.Pointer[flagged]
}

// flagged is what they were after so many changes.
type flagged struct {
	changes uint64
	by      map[uint64][]feed.Unlisted // never changed
}

// unlisted tells, by feed, which lists no longer name it. What it gives is shared.
func (s *Store) unlisted(ctx context.Context) (map[uint64][]feed.Unlisted, error) {
	changes := s.flags.changes.Load() // before they are read: they may be newer, never older
	if f := s.flags.kept.Load(); f != nil && f.changes == changes {
		return f.by, nil
	}
	var by map[uint64][]feed.Unlisted
	err := s.view(ctx, func(t *txn) (err error) {
		by, err = t.unlisted()
		return err
	})
	if err == nil {
		s.flags.kept.Store(&flagged{changes, by})
	}
	return by, err
}

// unlisted reads it.
func (t *txn) unlisted() (map[uint64][]feed.Unlisted, error) {
	ls, err := t.lists()
	if err != nil || len(ls) == 0 {
		return nil, err
	}
	un := map[uint64][]feed.Unlisted{}
	for _, l := range ls {
		for _, m := range l.Members {
			if !m.Gone.IsZero() {
				un[m.Feed] = append(un[m.Feed], feed.Unlisted{List: l.ID, Name: l.Name(), Since: m.Gone})
			}
		}
	}
	return un, nil
}

// FollowList begins to follow a list, known by its canonical address; it is due at
// once. Added is false if it was followed already, and then it is left as it is.
func (s *Store) FollowList(ctx context.Context, l feed.List, now time.Time) (list feed.List, added bool, err error) {
	err = s.update(ctx, func(w *work) error {
		ls, err := w.lists()
		if err != nil {
			return err
		}
		l.Canonical = cmp.Or(l.Canonical, l.URL)
		i := slices.IndexFunc(ls, func(x feed.List) bool { return x.Canonical == l.Canonical })
		if i >= 0 {
			list, added = ls[i], false
			return nil
		}
		if l.ID, err = w.b(tList).NextSequence(); err != nil {
			return err
		}
		l.Added, l.Members, l.State = fromMillis(millis(now)), nil, feed.State{Due: fromMillis(millis(now))}
		w.putRecord(tList, number(l.ID), recordList(l))
		w.shown = true
		list, added = l, true
		return nil
	})
	if err != nil {
		return feed.List{}, false, fmt.Errorf("follow the list %s: %w", l.URL, err)
	}
	return list, added, nil
}

// UnfollowList ends following a list. Its feeds stay. The error wraps
// [feed.ErrNotFound] if there is no such list.
func (s *Store) UnfollowList(ctx context.Context, id uint64) error {
	return s.update(ctx, func(w *work) error {
		if _, err := w.list(id); err != nil {
			return err
		}
		w.del(tList, number(id))
		w.shown = true
		return nil
	})
}

// list is one of them, or an error that wraps [feed.ErrNotFound].
func (t *txn) list(id uint64) (feed.List, error) {
	var r listRecord
	ok, err := t.record(tList, number(id), &r)
	if err == nil && !ok {
		err = fmt.Errorf("find list %d: %w", id, feed.ErrNotFound)
	}
	return r.list(id), err
}

// CommitList keeps what a poll of a followed list learned: the feeds that appeared
// are subscribed to, those that vanished are flagged, and nothing is removed. A feed
// that the list brought once, and that isn't there any more, was removed by the
// reader, and stays so. All of it lands, or nothing. The error wraps
// [feed.ErrNotFound] if the list is no longer followed.
func (s *Store) CommitList(ctx context.Context, h feed.ListHarvest, now time.Time) (u feed.ListUpdate, err error) {
	err = s.update(ctx, func(w *work) error {
		u = feed.ListUpdate{}
		l, err := w.list(h.List)
		if err != nil {
			return err
		}
		l.State = h.State
		if h.URL != "" && !w.followed(h.Canonical) {
			l.URL, l.Canonical, l.Site = h.URL, h.Canonical, h.Site
		}
		if h.Read {
			l.Title = h.Title
			if u, err = w.readList(&l, h, now); err != nil {
				return err
			}
		}
		w.putRecord(tList, number(l.ID), recordList(l))
		w.shown = true
		return nil
	})
	if err != nil {
		return feed.ListUpdate{}, fmt.Errorf("keep list %d: %w", h.List, err)
	}
	return u, nil
}

// followed reports whether there is a list with an address.
func (t *txn) followed(canonical string) bool {
	ls, err := t.lists()
	return err != nil || slices.ContainsFunc(ls, func(l feed.List) bool { return l.Canonical == canonical })
}

// readList brings a list's members up to date with a document.
func (w *work) readList(l *feed.List, h feed.ListHarvest, now time.Time) (u feed.ListUpdate, err error) {
	members := map[string]feed.Listed{}
	for _, m := range l.Members {
		members[m.Canonical] = m
	}
	named := map[string]bool{}
	for _, wish := range h.Wishes {
		wish.Canonical = cmp.Or(wish.Canonical, wish.URL)
		m, was := members[wish.Canonical]
		a, err := w.listed(wish, m, was, now)
		if err != nil {
			return u, err
		}
		named[wish.Canonical] = true
		members[wish.Canonical] = feed.Listed{Canonical: wish.Canonical, Feed: cmp.Or(a.Subscription.ID, m.Feed)}
		u.Additions = append(u.Additions, a)
	}
	l.Members = l.Members[:0]
	for c, m := range members {
		if !named[c] && !h.Cut && m.Gone.IsZero() {
			m.Gone = fromMillis(millis(now))
			if _, err := w.following(m.Feed); err == nil {
				u.Vanished++
			}
		}
		l.Members = append(l.Members, m)
	}
	slices.SortFunc(l.Members, func(a, b feed.Listed) int { return strings.Compare(a.Canonical, b.Canonical) })
	return u, nil
}

// listed answers the wish of a list: what it named before is not subscribed to
// again.
func (w *work) listed(wish feed.Wish, m feed.Listed, was bool, now time.Time) (feed.Addition, error) {
	if !was {
		return w.subscribe(wish, now)
	}
	sub, err := w.following(m.Feed)
	if !errors.Is(err, feed.ErrNotFound) {
		return feed.Addition{Subscription: sub}, err
	}
	sub, ok, err := w.byCanonical(wish.Canonical)
	if err != nil || !ok || !sub.Removed.IsZero() {
		return feed.Addition{}, err
	}
	return feed.Addition{Subscription: sub}, nil // the reader has subscribed anew
}

// list checks one followed list: it can be read, no other has its address, and it
// names only feeds that there were.
func (c *checker) list(k, v []byte) {
	var r listRecord
	id, ok := c.decode(tList, k, v, &r)
	if !ok {
		return
	}
	ls, err := c.lists()
	if err != nil {
		return // told of the one that can't be read
	}
	for _, l := range ls {
		if l.ID < id && l.Canonical == r.Canonical {
			c.problem("list", "list %d has the address of list %d", id, l.ID)
		}
	}
	for i, m := range r.Members {
		if m.Feed > c.b(tSubscription).Sequence() {
			c.problem("list", "list %d names feed %d, which never was", id, m.Feed)
		}
		if i > 0 && r.Members[i-1].Canonical >= m.Canonical {
			c.problem("list", "list %d names %s twice, or out of order", id, m.Canonical)
		}
	}
}
