package boltstore

import (
	"time"

	"tidings/internal/feed"
)

// takeStory takes in a story, or adds to the one that is here under its URN the
// members that aren't here at all. Those that are here stay where they are.
func (x *absorber) takeStory(w *work, f *feed.KeptStory, refuse func(string, ...any)) error {
	id := x.story(f.Story.ID)
	var coming []*feed.KeptMember
	for i := range f.Members {
		m := &f.Members[i]
		switch n, of := x.entry(m.Entry.ID), x.feeds[m.Entry.Feed]; {
		case of == 0:
			refuse("entry %d is of feed %d, which isn't in the archive", m.Entry.ID, m.Entry.Feed)
		case w.b(tSeen).Get(seenKey(of, n)) == nil:
			refuse("entry %d is not among those that seen.jsonl remembers of feed %d", m.Entry.ID, m.Entry.Feed)
		case w.b(tEntry).Get(number(n)) == nil:
			coming = append(coming, m)
		case m.Earlier != nil || m.FullText != nil:
			if err := x.addTexts(w, n, m); err != nil {
				return err
			}
		}
	}
	there := w.b(tStory).Get(number(id)) != nil
	if len(coming) == 0 {
		return x.takeMark(w, f, id, there)
	}
	l, err := w.takeOut(id)
	if err != nil {
		return err
	}
	if l == nil {
		if l, err = x.founded(w, f, id); err != nil {
			return err
		}
		x.out.Stories++
		if l.mark != (feed.Mark{}) {
			x.out.Marks++
		}
	} else if had := l.mark; either(&l.mark, f.Mark) != had {
		x.out.Marks++
	}
	for _, m := range coming {
		l.members = append(l.members, x.takeEntry(w, m, l.Story))
	}
	w.visible = true
	return w.putBack(l)
}

// founded is a story as the archive has it, without its members.
func (x *absorber) founded(w *work, f *feed.KeptStory, id uint64) (*loose, error) {
	l := &loose{Story: f.Story, why: f.Relation, mark: f.Mark}
	l.ID, l.Lead, l.Event = id, x.entry(f.Story.Lead), x.story(f.Story.Event)
	l.why.Of = x.entry(f.Relation.Of)
	if l.Event == 0 {
		l.Event = id
	}
	if head, ok, err := w.story(l.Event); err != nil {
		return nil, err
	} else if ok && !x.fresh && l.Event != id {
		l.Event = head.Event // the event that its first story is in here
	}
	return l, nil
}

// takeEntry writes an entry, and gives the member that it is.
func (x *absorber) takeEntry(w *work, m *feed.KeptMember, st feed.Story) told {
	e := m.Entry
	e.ID, e.Feed, e.Story = x.entry(e.ID), x.feeds[e.Feed], st.ID
	r := recordEntry(&e)
	w.putRecord(tEntry, number(e.ID), &r)
	w.put(tBody, number(e.ID), w.packBody(&m.Body))
	w.putTexts(e.ID, m)
	w.put(tArrival, arrivalKey(e.Feed, e.ID), packSeen(e.Seen))
	w.putSketch(e, st.Event, m.Sketch)
	w.total.Entries++
	w.tallyFeed(e.Feed, feedCount{entries: 1})
	x.out.Entries++
	return told{member{e.ID, e.Feed}, x.verdict(m.Verdict), st.ID, st.Event}
}

// addTexts gives an entry that is here what it lacks of its earlier version and its
// page, if it is as it was there.
func (x *absorber) addTexts(w *work, n uint64, m *feed.KeptMember) error {
	e, ok, err := w.entry(n)
	if err != nil || !ok || seconds(e.Revised) != seconds(m.Entry.Revised) {
		return err
	}
	lacking := *m
	if w.b(tEarlier).Get(number(n)) != nil {
		lacking.Earlier = nil
	}
	if w.b(tFullText).Get(number(n)) != nil {
		lacking.FullText = nil
	}
	if lacking.Earlier != nil || lacking.FullText != nil {
		w.visible = true
		w.putTexts(n, &lacking)
	}
	return nil
}

// putTexts writes what there is of an entry beside its body.
func (w *work) putTexts(n uint64, m *feed.KeptMember) {
	if m.Earlier != nil {
		w.putRecord(tEarlier, number(n), w.recordEarlier(m.Earlier))
	}
	if m.FullText != nil {
		w.putRecord(tFullText, number(n), w.recordFullText(m.FullText))
	}
}

// packBody packs a body. A failure ends the transaction, like one to write.
func (w *work) packBody(b *feed.Body) []byte {
	v, err := w.codec.packBody(b)
	if err != nil && w.err == nil {
		w.err = err
	}
	return v
}

// recordFullText is the record of a page, in the same way.
func (w *work) recordFullText(f *feed.FullText) *fullTextRecord {
	r, err := w.codec.recordFullText(f)
	if err != nil && w.err == nil {
		w.err = err
	}
	return &r
}

// either makes a mark say what one of two does, and gives it.
func either(m *feed.Mark, other feed.Mark) feed.Mark {
	if other.Read && !m.Read {
		m.Read, m.ReadAt = true, other.ReadAt
	}
	if other.Starred && !m.Starred {
		m.Starred, m.StarAt = true, other.StarAt
	}
	if m.Opened.IsZero() || !other.Opened.IsZero() && other.Opened.Before(m.Opened) {
		m.Opened = other.Opened
	}
	return *m
}

// takeMark marks the story that is here, or, where the entries of the archive's are in
// other stories here, the one that its lead is in.
func (x *absorber) takeMark(w *work, f *feed.KeptStory, id uint64, there bool) error {
	if !there {
		e, ok, err := w.entry(x.entry(f.Story.Lead))
		if err != nil || !ok {
			return err
		}
		id = e.Story
	}
	m, err := w.mark(id)
	if err != nil {
		return err
	}
	yes, changed := true, false
	for _, c := range []struct {
		wanted bool
		change feed.MarkChange
		at     time.Time
	}{
		{f.Mark.Read && !m.Read, feed.MarkChange{Read: &yes}, f.Mark.ReadAt},
		{f.Mark.Starred && !m.Starred, feed.MarkChange{Starred: &yes}, f.Mark.StarAt},
		{!f.Mark.Opened.IsZero() && m.Opened.IsZero(), feed.MarkChange{Opened: true}, f.Mark.Opened},
	} {
		if c.wanted {
			if _, err := w.remark(id, c.change, c.at); err != nil {
				return err
			}
			changed = true
		}
	}
	if changed {
		x.out.Marks++
	}
	return nil
}
