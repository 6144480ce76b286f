package boltstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"tidings/internal/feed"
)

// What stories and entries that the reader moved give as their evidence.
const (
	saidSame  = "You said that it is the same story"
	saidOther = "You said that it is another story"
)

// SplitStory parts an entry from its story, for the reader said that it tells
// another one, under the number to, from [Store.NextStory]. That has its own place
// in the river, by the entry's date; it is read if the old one is, not starred, and
// in the same event. The old story keeps number, URN, place and mark, even if its
// lead leaves. The error wraps [feed.ErrNotFound] if there is no such story, or
// the entry doesn't tell it; the only entry of a story can't be parted from it.
func (s *Store) SplitStory(ctx context.Context, story, entry, to uint64, now time.Time) (d feed.Decision, err error) {
	err = s.update(ctx, func(w *work) error {
		if to == 0 || w.b(tStory).Get(number(to)) != nil {
			return fmt.Errorf("found story %d: %w", to, feed.ErrExists)
		}
		if d, err = w.part(story, entry, to, now); err != nil {
			return err
		}
		return w.keepStory(s, to)
	})
	if err != nil {
		return feed.Decision{}, fmt.Errorf("split entry %d from story %d: %w", entry, story, err)
	}
	return d, nil
}

// keepStory persists that a number was given to a story.
func (w *work) keepStory(s *Store, n uint64) error {
	raise(&s.stories, n)
	return w.sequence(tStory, s.stories.Load())
}

func (w *work) part(story, entry, to uint64, now time.Time) (d feed.Decision, err error) {
	from, err := w.takeOut(story)
	switch {
	case err != nil:
		return d, err
	case from == nil || !from.has(entry):
		return d, feed.ErrNotFound
	case len(from.members) == 1:
		return d, feed.WithHint(errors.New("no other entry tells the story"), "there is nothing to split")
	}
	fresh, err := w.founded(to, entry)
	if err != nil {
		return d, err
	}
	r := decisionRecord{Kind: string(feed.Split), At: millis(now), From: story, To: to, Lead: from.Lead}
	from.give(fresh, func(m told) bool { return m.entry == entry })
	r.moves(fresh.members)
	r.Others = from.entries()
	fresh.mark = feed.Mark{Read: from.mark.Read, ReadAt: from.mark.ReadAt}
	fresh.members[0].verdict = feed.Verdict{Level: feed.LevelNew, Apart: fresh.members[0].verdict.Apart}
	if err := w.putBack(from); err != nil {
		return d, err
	}
	fresh.Event, fresh.why = from.Event, feed.Relation{Of: from.Lead, Evidence: saidOther}
	if err := w.putBack(fresh); err != nil {
		return d, err
	}
	return w.decide(&r)
}

// moves notes which entries a decision is about, and why they were where they were.
func (r *decisionRecord) moves(ms []told) {
	for _, m := range ms {
		r.Entries = append(r.Entries, m.entry)
		r.Verdicts = append(r.Verdicts, recordVerdict(m.verdict))
	}
	r.Moved = r.Entries
}

// decide keeps a new decision.
func (w *work) decide(r *decisionRecord) (feed.Decision, error) {
	id, err := w.b(tDecision).NextSequence()
	if err != nil {
		return feed.Decision{}, err
	}
	w.putRecord(tDecision, number(id), r)
	return r.decision(id), nil
}

// JoinStories makes one story of two, for the reader said that they are the same.
// The older one, with the lower number, stays as it is, but is starred if either
// was; the entries of the younger one move to it, and the younger one is dissolved.
// The error wraps [feed.ErrNotFound] if one of them isn't there.
func (s *Store) JoinStories(ctx context.Context, a, b uint64, now time.Time) (d feed.Decision, err error) {
	err = s.update(ctx, func(w *work) error {
		if a == b {
			return feed.WithHint(errors.New("it is one story already"), "choose two")
		}
		d, err = w.unite(min(a, b), max(a, b), now)
		return err
	})
	if err != nil {
		return feed.Decision{}, fmt.Errorf("join stories %d and %d: %w", a, b, err)
	}
	return d, nil
}

func (w *work) unite(older, younger uint64, now time.Time) (d feed.Decision, err error) {
	to, err := w.takeOut(older)
	if err != nil {
		return d, err
	}
	from, err := w.takeOut(younger)
	if err != nil {
		return d, err
	}
	if to == nil || from == nil {
		return d, feed.ErrNotFound
	}
	story, mark := recordStory(from.Story, from.why), recordMark(from.mark)
	r := decisionRecord{
		Kind: string(feed.Join), At: millis(now), From: younger, To: older,
		Others: to.entries(), Lead: from.Lead, Story: &story, Mark: &mark, Starred: to.star(from.mark),
	}
	r.moves(from.members)
	for i := range from.members {
		from.members[i].verdict = feed.Verdict{Level: feed.LevelReader, Of: to.Lead, Evidence: saidSame}
	}
	from.give(to, func(told) bool { return true })
	if err := w.putBack(to); err != nil {
		return d, err
	}
	w.dissolve(younger, older)
	return w.decide(&r)
}

// Decisions lists the reader's decisions that are in force, oldest first.
func (s *Store) Decisions(ctx context.Context) (ds []feed.Decision, err error) {
	err = s.view(ctx, func(t *txn) error {
		rs, err := t.decisions()
		for _, r := range rs {
			ds = append(ds, r.decision(r.id))
		}
		return err
	})
	return ds, err
}

// decided is a decision as it is kept, and its number.
type decided struct {
	decisionRecord
	id uint64
}

// decisions reads all of them, oldest first.
func (t *txn) decisions() (rs []decided, err error) {
	err = t.each(tDecision, nil, func(k, v []byte) error {
		var r decided
		if !split(k, &r.id) {
			return damaged(tDecision, k, errDamaged)
		}
		if err := t.codec.read(v, &r.decisionRecord); err != nil {
			return damaged(tDecision, k, err)
		}
		rs = append(rs, r)
		return nil
	})
	return rs, err
}

// Dissolved gives the story that one which is no longer there went into, because
// the reader or a rebuild said so. The error wraps [feed.ErrNotFound] if it is there,
// or was never dissolved, or if what it went into is gone as well.
func (s *Store) Dissolved(ctx context.Context, story uint64) (into uint64, err error) {
	err = s.view(ctx, func(t *txn) error {
		if into = t.current(story); into == 0 || into == story {
			into = 0
			return fmt.Errorf("find where story %d went: %w", story, feed.ErrNotFound)
		}
		return nil
	})
	return into, err
}

// dissolve notes into which story one that is no longer there went.
func (w *work) dissolve(story, into uint64) {
	w.put(tDissolved, number(story), number(into))
}

// revive forgets that a story was dissolved.
func (w *work) revive(story uint64) {
	if key := number(story); w.b(tDissolved).Get(key) != nil {
		w.del(tDissolved, key)
	}
}

// forgetDissolved forgets the dissolved stories of which nothing is left.
func (w *work) forgetDissolved() {
	if w.limbo() != nil {
		return // it may come back
	}
	for _, k := range w.keys(tDissolved, nil) {
		if len(k) == 8 && w.current(binary.BigEndian.Uint64(k)) == 0 {
			w.del(tDissolved, k)
		}
	}
}

// mostSteps bounds the way of a story that was dissolved again and again, in a
// file that may be damaged.
const mostSteps = 1000

// current is the story itself, or where it went when it was dissolved; 0 if that
// is gone as well.
func (t *txn) current(story uint64) uint64 {
	for range mostSteps {
		key := number(story)
		if t.b(tStory).Get(key) != nil {
			return story
		}
		if !split(t.b(tDissolved).Get(key), &story) {
			return 0
		}
	}
	return 0
}
