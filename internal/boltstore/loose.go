package boltstore

import (
	"cmp"
	"slices"

	"tidings/internal/feed"
)

// loose is a story that was taken out of all tables, to be changed and put back.
// Whoever moves entries between stories does it that way, so that no index and
// no count can be left behind.
type loose struct {
	feed.Story
	why     feed.Relation
	mark    feed.Mark
	members []told // by arrival
}

// told is a member of a loose story, and where its entry says that it is.
type told struct {
	member
	verdict      feed.Verdict
	story, event uint64
}

// takeOut takes a story out of the tables; nil if there is none.
func (w *work) takeOut(id uint64) (*loose, error) {
	st, why, ok, err := w.related(id)
	if err != nil || !ok {
		return nil, err
	}
	l := &loose{Story: st, why: why}
	if l.mark, err = w.mark(id); err != nil {
		return nil, err
	}
	for _, m := range w.members(id) {
		v, err := w.verdict(id, m)
		if err != nil {
			return nil, err
		}
		l.members = append(l.members, told{m, v, id, st.Event})
	}
	w.visible = true
	w.del(tStory, number(id))
	w.del(tMark, number(id))
	for _, m := range l.members {
		w.del(tMember, memberKey(id, m.entry, m.feed))
	}
	w.shelve(l, -1)
	w.delist(st)
	return l, nil
}

// putBack puts a story into the tables again, unless it has lost all its members,
// with the lead that the rule chooses among those that it has.
func (w *work) putBack(l *loose) error {
	if len(l.members) == 0 {
		return nil
	}
	slices.SortFunc(l.members, func(a, b told) int { return cmp.Compare(a.entry, b.entry) })
	var err error
	if l.Lead, err = w.lead(l.tellers()); err != nil {
		return err
	}
	w.putRecord(tStory, number(l.ID), recordStory(l.Story, l.why))
	if l.mark != (feed.Mark{}) {
		w.putMark(l.ID, l.mark)
	}
	for _, m := range l.members {
		w.putVerdict(l.ID, m.member, m.verdict)
		if err := w.house(m, l.Story); err != nil {
			return err
		}
	}
	w.shelve(l, 1)
	w.revive(l.ID)
	return w.enlist(l.Story)
}

// house writes into an entry and its sketch which story it tells.
func (w *work) house(m told, st feed.Story) error {
	if m.story == st.ID && m.event == st.Event {
		return nil
	}
	e, ok, err := w.entry(m.entry)
	if err != nil || !ok {
		return err
	}
	if e.Story != st.ID {
		e.Story = st.ID
		r := recordEntry(&e)
		w.putRecord(tEntry, number(e.ID), &r)
	}
	key := sketchKey(e.Seen, e.ID)
	if v := w.b(tSketch).Get(key); v != nil {
		sk, ok := unpackSketch(v)
		if !ok {
			return damaged(tSketch, key, errDamaged)
		}
		w.putSketch(e, st.Event, sk.Sketch)
	}
	return nil
}

// shelve puts a story into its rivers and counts (by 1), or takes it out (by -1).
func (w *work) shelve(l *loose, by int) {
	ids, at := l.feeds(), placeOf(l.Cursor())
	set := func(tb table, key []byte) {
		if by > 0 {
			w.put(tb, key, nothing)
		} else {
			w.del(tb, key)
		}
	}
	for _, id := range append([]uint64{0}, ids...) {
		set(tRiver, riverKey(id, at))
		if !l.mark.Read {
			set(tUnread, riverKey(id, at))
		}
	}
	w.total.Stories += by
	w.tallyStory(l.tellers(), l.mark, by)
	if !l.mark.Read {
		w.tallyUnread(ids, by)
	}
	if l.mark.Starred {
		w.shelveStarred(at, by > 0)
	}
}

// feeds lists those that tell the story, each once.
func (l *loose) feeds() (ids []uint64) {
	for _, m := range l.members {
		ids = appendNew(ids, m.feed)
	}
	return ids
}

func (l *loose) has(entry uint64) bool {
	return slices.ContainsFunc(l.members, func(m told) bool { return m.entry == entry })
}

// entries lists those that tell the story, by arrival.
func (l *loose) entries() (ns []uint64) {
	for _, m := range l.members {
		ns = append(ns, m.entry)
	}
	return ns
}

func (l *loose) tellers() (ms []member) {
	for _, m := range l.members {
		ms = append(ms, m.member)
	}
	return ms
}

// give moves the members of l that leaving chooses to another story.
func (l *loose) give(to *loose, leaving func(told) bool) {
	for _, m := range l.members {
		if leaving(m) {
			to.members = append(to.members, m)
		}
	}
	l.members = slices.DeleteFunc(l.members, leaving)
}

// star makes l starred as m is, if it isn't yet, and reports whether it did.
func (l *loose) star(m feed.Mark) bool {
	if l.mark.Starred || !m.Starred {
		return false
	}
	l.mark.Starred, l.mark.StarAt = true, m.StarAt
	return true
}

// founded is the story, without members yet, that an entry founds when it leaves
// the one that it told. It is of its own event.
func (w *work) founded(id, entry uint64) (*loose, error) {
	e, _, err := w.entry(entry)
	if err != nil {
		return nil, err
	}
	sub, _, err := w.subscription(e.Feed)
	if err != nil {
		return nil, err
	}
	_, oldest := w.b(tArrival).Cursor().Seek(number(e.Feed))
	at := feed.RiverTime(e, e.Seen.Equal(unpackSeen(oldest)))
	return &loose{Story: feed.Story{ID: id, URN: feed.SplitURN(sub.URL, e), Lead: e.ID, Time: at, Updated: at, Event: id}}, nil
}
