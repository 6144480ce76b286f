package boltstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tidings/internal/feed"
)

// Commit writes what polls learned, all of it or none, in one transaction. A
// harvest of a feed that was removed meanwhile is skipped, and so is one that comes
// too late: its Lease is set, but is no longer the one in force, because the lease
// was ended or the feed was claimed anew.
//
// A new arrival needs numbers for entry and story. If there is no such story, the
// entry founds it, at the arrival's time, under its URN and in its event; else it joins it, and
// neither the story's place nor its mark changes. A revision replaces entry and
// body where they are, keeping when it was seen, its story and its verdict, in
// which it notes the drift; if the entry has expired only what is remembered of it
// changes. A material revision of the lead moves the story's Updated.
func (s *Store) Commit(ctx context.Context, hs []feed.Harvest) error {
	if len(hs) == 0 {
		return ctx.Err()
	}
	ps := make([]prepared, len(hs))
	for i := range hs {
		if err := ctx.Err(); err != nil {
			return err
		}
		p, err := s.encode(hs[i])
		if err != nil {
			return fmt.Errorf("commit poll of feed %d: %w", hs[i].Feed, err)
		}
		ps[i] = p
	}
	return s.update(ctx, func(w *work) error {
		var all []landed
		for i := range ps {
			taken, err := w.harvest(&ps[i])
			if err != nil {
				return fmt.Errorf("commit poll of feed %d: %w", ps[i].Feed, err)
			}
			if taken {
				all = append(all, landing(&ps[i])...)
			}
		}
		if err := w.land(all); err != nil {
			return err
		}
		return w.keepNumbers(s, hs)
	})
}

// landed is an arrival of a harvest that was taken.
type landed struct {
	h *prepared
	i int
}

func (l landed) entry() uint64 { return l.h.Arrivals[l.i].Entry.ID }

func landing(h *prepared) []landed {
	ls := make([]landed, len(h.Arrivals))
	for i := range ls {
		ls[i] = landed{h, i}
	}
	return ls
}

// land writes the arrivals of all harvests by their numbers, whatever harvest they
// are of: the first to tell a story founds it.
func (w *work) land(all []landed) error {
	slices.SortStableFunc(all, func(a, b landed) int { return cmp.Compare(a.entry(), b.entry()) })
	for _, l := range all {
		if err := w.arrival(l.h, l.h.Arrivals[l.i], l.h.arrivals[l.i]); err != nil {
			return fmt.Errorf("commit poll of feed %d: %w", l.h.Feed, err)
		}
	}
	return nil
}

// prepared is a harvest with what could be encoded before the transaction.
type prepared struct {
	feed.Harvest
	state    []byte
	arrivals []packed
}

// packed is an arrival's entry and body, encoded. The entry of a revision can't be yet.
type packed struct{ entry, body []byte }

func (s *Store) encode(h feed.Harvest) (p prepared, err error) {
	h.State.Feed, h.State.Lease = h.Feed, time.Time{}
	p = prepared{Harvest: h, arrivals: make([]packed, len(h.Arrivals))}
	st := recordState(&h.State)
	if p.state, err = s.codec.record(&st); err != nil {
		return p, err
	}
	for i := range h.Arrivals {
		if p.arrivals[i], err = s.pack(h.Feed, h.Arrivals[i]); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (s *Store) pack(id uint64, a feed.Arrival) (p packed, err error) {
	switch {
	case a.Entry.ID == 0:
		return p, errors.New("an arrival has no entry number")
	case a.New && a.Entry.Story == 0:
		return p, fmt.Errorf("entry %d has no story", a.Entry.ID)
	}
	a.Entry.Feed = id
	if a.New {
		r := recordEntry(&a.Entry)
		if p.entry, err = s.codec.record(&r); err != nil {
			return p, err
		}
	}
	if p.body = a.Packed; p.body == nil {
		p.body, err = s.codec.packBody(&a.Body)
	}
	return p, err
}

// Pack packs a body as the data file keeps it, for [feed.Arrival.Packed]. Whoever
// gathers does it, many at a time, and has less to hold until the commit.
func (s *Store) Pack(b feed.Body) ([]byte, error) { return s.codec.packBody(&b) }

// keepNumbers persists the last numbers given, so that they are never given again.
func (w *work) keepNumbers(s *Store, hs []feed.Harvest) error {
	for i := range hs {
		for j := range hs[i].Arrivals {
			e := &hs[i].Arrivals[j].Entry
			raise(&s.entries, e.ID)
			raise(&s.stories, e.Story)
		}
	}
	return cmp.Or(w.sequence(tEntry, s.entries.Load()), w.sequence(tStory, s.stories.Load()))
}

// raise lifts a counter to n if it is below.
func raise(c interface {
	Load() uint64
	CompareAndSwap(old, new uint64) bool
}, n uint64) {
	for old := c.Load(); old < n; old = c.Load() {
		if c.CompareAndSwap(old, n) {
			return
		}
	}
}

func (w *work) sequence(tb table, n uint64) error {
	if w.b(tb).Sequence() == n {
		return nil
	}
	return w.b(tb).SetSequence(n)
}

// harvest writes what one poll learned.
func (w *work) harvest(h *prepared) (taken bool, err error) {
	was, ok, err := w.subscription(h.Feed)
	if err != nil || !ok || !was.Removed.IsZero() {
		return false, err
	}
	old, err := w.timetable(h.Feed)
	if err != nil || late(h.Lease, old.Lease) {
		return false, err
	}
	sub, err := w.move(was, &h.Harvest)
	if err != nil {
		return false, err
	}
	w.putStateRecord(was, sub, old, h.State, h.state)
	w.name(sub, h.State)
	w.shown = w.shown || old.Failure != h.State.Failure || old.Gone != h.State.Gone
	for _, s := range h.Served {
		w.remember(h.Feed, s.Known.Entry, s.Keys, s.Known.Hash, s.Known.Served)
	}
	return true, nil
}

// late reports whether a harvest answers another lease than the one in force. Those
// that name none are nobody's competitors.
func late(answered, inForce time.Time) bool {
	return !answered.IsZero() && millis(answered) != millis(inForce)
}

// move follows a permanent redirect, unless another subscription has its target.
func (w *work) move(was feed.Subscription, h *feed.Harvest) (feed.Subscription, error) {
	if h.URL == "" || h.URL == was.URL {
		return was, nil
	}
	sub := was
	sub.URL, sub.Canonical, sub.Site = h.URL, cmp.Or(h.Canonical, h.URL), cmp.Or(h.Site, was.Site)
	err := w.vacate(sub)
	switch {
	case errors.Is(err, feed.ErrExists):
		return was, nil
	case err != nil:
		return was, err
	}
	w.putSubscription(was, sub)
	return sub, nil
}

func (w *work) arrival(h *prepared, a feed.Arrival, p packed) error {
	a.Entry.Feed = h.Feed
	w.remember(h.Feed, a.Entry.ID, a.Keys, a.Hash, servedDay(h.State, a.Entry))
	if a.New {
		return w.arrive(&a, p)
	}
	return w.revise(&a, p)
}

// servedDay is the day of the document that brought an arrival.
func servedDay(st feed.State, e feed.Entry) int32 {
	at := st.Document
	if at.IsZero() {
		at = e.Seen
	}
	return int32(at.Unix() / 86400)
}

// arrive writes a new entry and shelves it in its story.
func (w *work) arrive(a *feed.Arrival, p packed) error {
	e := &a.Entry
	if w.b(tEntry).Get(number(e.ID)) != nil {
		return fmt.Errorf("entry %d: %w", e.ID, feed.ErrExists)
	}
	w.put(tEntry, number(e.ID), p.entry)
	w.putLater(tBody, number(e.ID), p.body)
	w.putLater(tArrival, arrivalKey(e.Feed, e.ID), packSeen(e.Seen))
	w.total.Entries++
	w.tallyFeed(e.Feed, feedCount{entries: 1})
	w.touch(e.Feed)

	st, there, err := w.story(e.Story)
	switch {
	case err != nil:
		return err
	case there:
		w.putSketch(*e, st.Event, a.Sketch)
		return w.join(st, *e, a.Verdict)
	}
	a.Event = cmp.Or(a.Event, e.Story)
	w.putSketch(*e, a.Event, a.Sketch)
	return w.found(a)
}

func (w *work) putSketch(e feed.Entry, event uint64, sketch []byte) {
	if len(sketch) > 0 {
		w.putLater(tSketch, sketchKey(e.Seen, e.ID), packSketch(feed.Sketched{Feed: e.Feed, Story: e.Story, Event: event, Sketch: sketch}))
	}
}

// found makes the story that an arrival is the first to tell.
func (w *work) found(a *feed.Arrival) error {
	e := &a.Entry
	at := a.Time.Truncate(time.Second)
	st := feed.Story{ID: e.Story, URN: a.URN, Lead: e.ID, Time: at, Updated: at, Event: a.Event}
	w.putRecord(tStory, number(e.Story), recordStory(st, a.Relation))
	w.putVerdict(e.Story, member{e.ID, e.Feed}, feed.Verdict{Level: feed.LevelNew, Apart: a.Verdict.Apart})
	w.total.Stories++
	w.noteAppeared(e.ID, *e)
	w.tallyStory([]member{{e.ID, e.Feed}}, feed.Mark{}, 1)
	w.revive(e.Story)
	at1 := place{at.Unix(), e.Story}
	for _, id := range []uint64{0, e.Feed} {
		w.putLater(tRiver, riverKey(id, at1), nothing)
		w.putLater(tUnread, riverKey(id, at1), nothing)
	}
	w.tallyUnread([]uint64{e.Feed}, 1)
	return w.enlist(st)
}

// putVerdict writes a member of a story.
func (w *work) putVerdict(story uint64, m member, v feed.Verdict) {
	w.put(tMember, memberKey(story, m.entry, m.feed), w.packVerdict(v))
}

// packVerdict encodes a verdict. That of a founder of whom there is nothing to
// tell is empty.
func (w *work) packVerdict(v feed.Verdict) []byte {
	if v.Level == feed.LevelNew && len(v.Apart) == 0 && !v.Drifted {
		return nothing
	}
	return w.pack(recordVerdict(v))
}

// join adds an entry to a story that is there.
func (w *work) join(st feed.Story, e feed.Entry, v feed.Verdict) error {
	m, err := w.mark(st.ID)
	if err != nil {
		return err
	}
	told := w.members(st.ID)
	w.tallyStory(told, m, -1)
	before := feedsOf(told)
	w.putVerdict(st.ID, member{e.ID, e.Feed}, v)
	w.noteAppeared(e.ID, e)
	w.tallyStory(w.members(st.ID), m, 1)
	w.touch(before...)
	if err := w.releadStory(st.ID); err != nil || slices.Contains(before, e.Feed) {
		return err
	}
	at := placeOf(st.Cursor())
	w.putLater(tRiver, riverKey(e.Feed, at), nothing)
	if !m.Read {
		w.putLater(tUnread, riverKey(e.Feed, at), nothing)
		w.tallyUnread(before, -1)
		w.tallyUnread(append(before, e.Feed), 1)
	}
	return nil
}

// revise replaces an entry and its body where they are.
func (w *work) revise(a *feed.Arrival, p packed) error {
	old, ok, err := w.entry(a.Entry.ID)
	if err != nil || !ok || old.Feed != a.Entry.Feed {
		return err
	}
	e := a.Entry
	e.Story, e.Seen = old.Story, old.Seen
	if a.Material {
		w.keepEarlier(old, e.Revised)
	}
	if err := w.redate(old, e); err != nil {
		return err
	}
	r := recordEntry(&e)
	w.putRecord(tEntry, number(e.ID), &r)
	w.putLater(tBody, number(e.ID), p.body)
	w.touch(feedsOf(w.members(e.Story))...)
	st, why, ok, err := w.related(e.Story)
	if err != nil || !ok {
		return err
	}
	w.putSketch(e, st.Event, a.Sketch)
	if a.Material && !e.Revised.IsZero() && st.Lead == e.ID {
		st.Updated = e.Revised
		w.putRecord(tStory, number(st.ID), recordStory(st, why))
	}
	if err := w.releadStory(st.ID); err != nil {
		return err
	}
	return w.drift(member{e.ID, e.Feed}, st.ID, a.Verdict)
}

// redate counts the story of an entry anew that says it appeared at another time.
func (w *work) redate(old, e feed.Entry) error {
	if old.Appeared().Unix() == e.Appeared().Unix() {
		return nil
	}
	m, err := w.mark(e.Story)
	if err != nil {
		return err
	}
	ms := w.members(e.Story)
	w.tallyStory(ms, m, -1)
	w.noteAppeared(e.ID, e)
	w.tallyStory(ms, m, 1)
	return nil
}

// drift notes whether a revised entry would still join its story, which it stays
// in all the same.
func (w *work) drift(m member, story uint64, now feed.Verdict) error {
	v, err := w.verdict(story, m)
	if err != nil || v.Drifted == now.Drifted && v.Drift == now.Drift {
		return err
	}
	v.Drifted, v.Drift = now.Drifted, now.Drift
	w.putVerdict(story, m, v)
	return nil
}
