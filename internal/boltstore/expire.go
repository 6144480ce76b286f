package boltstore

import (
	"bytes"
	"context"
	"time"

	"tidings/internal/feed"
)

// Bounds of one step of Expire.
const (
	storiesAtOnce = 4000  // looked at
	seenAtOnce    = 20000 // looked at
	expireAtOnce  = 500   // entries removed, if the caller doesn't say
)

// What is remembered of an entry that has expired is forgotten at so many absences.
// A document without it is one if it is so many days younger than the last that
// carried it, or than the one that counted before: a document cut short, or a
// hundred in one bad month, prove nothing. That it carried the entry is noted
// within a week (feed.Known), so a document this much younger didn't.
const (
	mostAbsences = 7
	absenceAfter = 30
)

// expiry is how far a round of Expire is: first it goes through the stories,
// oldest first, then through what is remembered of entries.
type expiry struct {
	forgetting bool
	next       []byte // the row to go on with; nil for the first
}

// Expire deletes what r doesn't keep, about limit entries at a time, and tells
// which; more is true until a round is through, even if a step removed nothing.
//
// A story expires when it is unstarred and none of its entries is kept (keep.go): by
// what the reader said of its feed ([feed.Keep]), and where nothing was said by r. Its
// mark goes with it. What
// is left of removed feeds expires as soon as it isn't starred. What is remembered
// of an entry outlives it, until documents of its feed have been without it seven
// times, at least 30 days apart.
func (s *Store) Expire(ctx context.Context, r feed.Retention, now time.Time, limit int) (removed []uint64, more bool, err error) {
	if limit <= 0 {
		limit = expireAtOnce
	}
	var next expiry
	err = s.update(ctx, func(w *work) error {
		x := &expirer{work: w, keeping: newKeeping(&w.txn, r, now), limboed: w.limbo()}
		if s.expiry.forgetting {
			more, err = x.forget(s.expiry.next)
			next = expiry{more, x.next}
			if !more {
				w.forgetDissolved()
			}
		} else {
			more, err = x.expire(s.expiry.next, limit)
			next = expiry{!more, x.next}
			more = true // what is remembered comes after the stories
		}
		removed = x.removed
		w.visible = len(removed) > 0
		return err
	})
	if err != nil {
		return nil, false, err
	}
	s.write.Lock()
	s.expiry = next
	s.write.Unlock()
	return removed, more, nil
}

// expirer is one step.
type expirer struct {
	*work
	keeping *keeping
	limboed map[uint64]bool // feeds that may come back whole
	next    []byte
	removed []uint64
}

// expire removes the entries of some stories, and reports whether there are more
// stories to look at.
func (x *expirer) expire(from []byte, limit int) (more bool, err error) {
	ids, more := x.look(from)
	for i, id := range ids {
		if len(x.removed) >= limit {
			x.next, more = x.rowOf(ids[i]), true
			break
		}
		if err := x.story(id); err != nil {
			return false, err
		}
	}
	return more, x.dropHidden()
}

// look lists the stories to look at in this step, oldest first.
func (x *expirer) look(from []byte) (ids []uint64, more bool) {
	c := x.b(tRiver).Cursor()
	if from == nil {
		from = number(0)
	}
	for k, _ := c.Seek(from); k != nil && bytes.HasPrefix(k, number(0)); k, _ = c.Next() {
		if len(ids) == storiesAtOnce {
			x.next = bytes.Clone(k)
			return ids, true
		}
		if _, p, ok := splitRiver(k); ok {
			ids = append(ids, p.story)
		}
	}
	return ids, false
}

// rowOf is the row of a story in the river of all.
func (x *expirer) rowOf(id uint64) []byte {
	st, _, _ := x.txn.story(id)
	return riverKey(0, placeOf(st.Cursor()))
}

// story removes what is to go of one story.
func (x *expirer) story(id uint64) error {
	m, err := x.mark(id)
	if err != nil || m.Starred {
		return err
	}
	var visible, going []member
	for _, m := range x.members(id) {
		if o := x.outlets.feeds[m.feed]; o != nil && o.hidden {
			if !x.limboed[m.feed] {
				going = append(going, m)
			}
		} else {
			visible = append(visible, m)
		}
	}
	if x.keeping.old(m, visible) {
		going = append(going, visible...)
	}
	return x.drop(going)
}

func (x *expirer) drop(ms []member) error {
	for _, m := range ms {
		e, ok, err := x.entry(m.entry)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		x.departing = outlived
		if o := x.outlets.feeds[m.feed]; o != nil && o.hidden {
			x.departing = unfollowed
		}
		if err := x.dropEntry(e); err != nil {
			return err
		}
		x.removed = append(x.removed, e.ID)
	}
	return nil
}

// dropHidden deletes the records of removed feeds of which nothing is left.
func (x *expirer) dropHidden() error {
	if len(x.removed) == 0 {
		return nil
	}
	for id, o := range x.outlets.feeds {
		if !o.hidden || x.limboed[id] || len(x.newest(id, 1)) > 0 {
			continue
		}
		sub, _, err := x.subscription(id)
		if err != nil {
			return err
		}
		if err := x.dropSubscription(sub); err != nil {
			return err
		}
	}
	return nil
}

// forget looks at some of what is remembered, notes absences and deletes what has
// had enough of them, and reports whether there is more to look at.
func (x *expirer) forget(from []byte) (more bool, err error) {
	days, looked := map[uint64]int32{}, 0
	var changed []row
	c := x.b(tSeen).Cursor()
	for k, v := c.Seek(from); k != nil; k, v = c.Next() {
		if looked++; looked > seenAtOnce {
			x.next, more = bytes.Clone(k), true
			break
		}
		r, absent, err := x.absent(k, v, days)
		if err != nil {
			return false, err
		}
		if absent {
			changed = append(changed, r)
		}
	}
	for _, r := range changed {
		if r.value == nil {
			x.del(tSeen, r.key)
		} else {
			x.put(tSeen, r.key, r.value)
		}
	}
	return more, nil
}

// absent counts an absence, if there is one: r is the row then, without a value if
// it is to be deleted. days are those of documents, as far as they are known.
func (x *expirer) absent(k, v []byte, days map[uint64]int32) (r row, absent bool, err error) {
	id, entry, ok := splitSeen(k)
	known, valid := unpackRemembered(v)
	if !ok || !valid {
		return r, false, nil
	}
	day, ok := days[id]
	if !ok {
		if day, err = x.documentDay(id); err != nil {
			return r, false, err
		}
		days[id] = day
	}
	if day-max(known.served, known.missed) < absenceAfter || x.b(tEntry).Get(number(entry)) != nil {
		return r, false, nil
	}
	known.absences, known.missed = known.absences+1, day
	r.key = bytes.Clone(k)
	if known.absences < mostAbsences {
		r.value = packRemembered(known)
	}
	return r, true, nil
}

// documentDay is the day on which a feed last served a document; 0 if it never did.
func (x *expirer) documentDay(id uint64) (int32, error) {
	st, err := x.state(id)
	if err != nil || st.Document.IsZero() {
		return 0, err
	}
	return int32(st.Document.Unix() / 86400), nil
}
