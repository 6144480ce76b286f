package storetest

import (
	"maps"
	"slices"
	"time"

	"tidings/internal/feed"
)

// modelDecision is a decision, and how things were before it.
type modelDecision struct {
	feed.Decision
	moved    []uint64
	verdicts []feed.Verdict // of moved
	was      modelStory     // From, where a join dissolved it
	starred  bool           // the join starred To
}

// kin lists the other stories of a story's event.
func (m *model) kin(s *modelStory) (ids []uint64) {
	for id, o := range m.stories {
		if o.Event == s.Event && id != s.ID {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// current is the story itself, or where it went.
func (m *model) current(id uint64) uint64 {
	for m.stories[id] == nil {
		next, ok := m.dissolved[id]
		if !ok {
			return 0
		}
		id = next
	}
	return id
}

// move takes entries from one story to another, which may be without members yet;
// the first is dissolved if nothing is left of it.
func (m *model) move(entries []uint64, from, to *modelStory) {
	for _, n := range entries {
		e := m.entries[n]
		e.Story = to.ID
		m.entries[n] = e
	}
	from.members = slices.DeleteFunc(from.members, func(n uint64) bool { return slices.Contains(entries, n) })
	to.members = append(to.members, entries...)
	slices.Sort(to.members)
	m.stories[to.ID] = to
	delete(m.dissolved, to.ID)
	if len(from.members) == 0 {
		delete(m.stories, from.ID)
		m.dissolved[from.ID] = to.ID
	}
	for _, s := range []*modelStory{from, to} {
		m.relead(s)
	}
}

// star stars s if it isn't yet.
func (s *modelStory) star(mark feed.Mark) {
	if mark.Starred && !s.mark.Starred {
		s.mark.Starred, s.mark.StarAt = true, mark.StarAt
	}
}

// founded is the story that an entry founds when it leaves its own.
func (m *model) founded(id, entry uint64) *modelStory {
	e := m.entries[entry]
	at := feed.RiverTime(e, e.Seen.Equal(m.entries[m.entriesOf(e.Feed)[0]].Seen))
	urn := feed.SplitURN(m.feeds[e.Feed].sub.URL, e)
	return &modelStory{Story: feed.Story{ID: id, URN: urn, Lead: entry, Time: at, Updated: at, Event: id}}
}

// decide notes a decision before its entries move.
func (m *model) decide(d feed.Decision, from *modelStory) *modelDecision {
	x := &modelDecision{Decision: d, moved: slices.Clone(d.Entries), was: *from}
	for _, n := range d.Entries {
		x.verdicts = append(x.verdicts, m.verdicts[n])
	}
	m.decided[d.ID] = x
	return x
}

// split does what SplitStory promises.
func (m *model) split(d feed.Decision) {
	from, n := m.stories[d.From], d.Entries[0]
	m.decide(d, from)
	to := m.founded(d.To, n)
	to.mark = feed.Mark{Read: from.mark.Read, ReadAt: from.mark.ReadAt}
	m.move(d.Entries, from, to)
	to.Event, to.why = from.Event, feed.Relation{Of: from.Lead, Evidence: "You said that it is another story"}
	m.verdicts[n] = feed.Verdict{Level: feed.LevelNew, Apart: m.verdicts[n].Apart}
}

// join does what JoinStories promises.
func (m *model) join(d feed.Decision) {
	from, to := m.stories[d.From], m.stories[d.To]
	m.decide(d, from).starred = from.mark.Starred && !to.mark.Starred
	to.star(from.mark)
	of := to.Lead
	m.move(d.Entries, from, to)
	for _, n := range d.Entries {
		m.verdicts[n] = feed.Verdict{Level: feed.LevelReader, Of: of, Evidence: "You said that it is the same story"}
	}
}

// undo does what UndoDecision promises, and gives the entries that move, from
// where and to where.
func (m *model) undo(x *modelDecision) (moved []uint64, from, to uint64) {
	delete(m.decided, x.ID)
	if x.Kind == feed.Split {
		return m.unsplit(x)
	}
	return m.unjoin(x)
}

func (m *model) unsplit(x *modelDecision) (moved []uint64, from, to uint64) {
	split, into := m.stories[x.To], m.current(x.From)
	if split == nil || into == 0 || into == x.To {
		return nil, 0, 0
	}
	whole := m.stories[into]
	moved = slices.Clone(split.members)
	whole.star(split.mark)
	m.move(moved, split, whole)
	for i, n := range x.moved {
		if slices.Contains(moved, n) {
			m.verdicts[n] = x.verdicts[i]
		}
	}
	return moved, x.To, into
}

func (m *model) unjoin(x *modelDecision) (moved []uint64, from, to uint64) {
	at := m.current(x.To)
	if at == 0 || at == x.From {
		return nil, 0, 0
	}
	whole := m.stories[at]
	if moved = m.returning(x, whole); len(moved) == 0 {
		return nil, 0, 0
	}
	part := m.stories[x.From]
	if part == nil {
		part = &modelStory{Story: x.was.Story, mark: x.was.mark, why: x.was.why}
	}
	m.move(moved, whole, part)
	for i, n := range x.moved {
		if slices.Contains(moved, n) {
			m.verdicts[n] = x.verdicts[i]
		}
	}
	switch {
	case len(whole.members) == 0:
		part.star(whole.mark)
	case x.starred && whole.mark.StarAt.Equal(x.was.mark.StarAt):
		whole.mark.Starred, whole.mark.StarAt = false, time.Time{}
	}
	return moved, at, x.From
}

// returning lists what goes back when a join is undone: what it moved and no later
// split took away, and what matched one of those since.
func (m *model) returning(x *modelDecision, whole *modelStory) (going []uint64) {
	for _, n := range x.Entries {
		taken := false
		for _, o := range m.decided {
			taken = taken || o.ID > x.ID && o.Kind == feed.Split && slices.Contains(o.moved, n)
		}
		if slices.Contains(whole.members, n) && !taken {
			going = append(going, n)
		}
	}
	for range whole.members {
		for _, n := range whole.members {
			v := m.verdicts[n]
			old := slices.Contains(x.Others, n) || slices.Contains(going, n)
			if !old && slices.Contains(going, v.Of) {
				going = append(going, n)
			}
		}
	}
	slices.Sort(going)
	return going
}

// regroup does what Regroup promises.
func (m *model) regroup(rs []feed.Regrouped) (report feed.Rebuilt) {
	was := map[uint64]modelStory{}
	for id, s := range m.stories {
		was[id] = *s
		c := was[id]
		c.members = slices.Clone(s.members)
		was[id] = c
	}
	home, founders := map[uint64]uint64{}, map[uint64]feed.Regrouped{}
	for _, r := range rs {
		home[r.Entry] = m.entries[r.Entry].Story
		if f, ok := founders[r.Story]; !ok || f.Verdict.Level != feed.LevelNew && r.Verdict.Level == feed.LevelNew {
			founders[r.Story] = r
		}
	}
	m.resettle(rs, founders, was)
	for id, f := range founders {
		s := m.stories[id]
		s.Event, s.why = f.Event, f.Relation
		if f.Event == 0 || f.Event == id {
			s.Event, s.why = id, feed.Relation{}
		}
		if old, ok := was[id]; ok && old.Event != s.Event {
			report.Events++
		}
	}
	report.Entries, report.Stories = len(rs), len(founders)
	for n, from := range home {
		to := m.entries[n].Story
		before, after := len(was[from].members), len(m.stories[to].members)
		switch {
		case before == 1 && after > 1:
			report.Joined++
		case before > 1 && after == 1:
			report.Parted++
		}
		if from != to {
			report.Moved++
		}
	}
	return report
}

// resettle moves the entries, and sees to verdicts, leads and marks.
func (m *model) resettle(rs []feed.Regrouped, founders map[uint64]feed.Regrouped, was map[uint64]modelStory) {
	unread := map[uint64]bool{}
	for _, r := range rs {
		m.verdicts[r.Entry] = r.Verdict
		from := m.entries[r.Entry].Story
		if from == r.Story {
			continue
		}
		to := m.stories[r.Story]
		old, there := was[r.Story]
		switch {
		case to == nil && there: // all that it had has left already
			to = &modelStory{Story: old.Story, mark: old.mark, why: old.why}
		case to == nil:
			to = m.founded(r.Story, founders[r.Story].Entry)
			to.URN = founders[r.Story].URN
		}
		if !there {
			unread[r.Story] = unread[r.Story] || !was[from].mark.Read
			to.mark.Read = !unread[r.Story]
			if at := was[from].mark.ReadAt; at.After(to.mark.ReadAt) {
				to.mark.ReadAt = at
			}
		}
		m.move([]uint64{r.Entry}, m.stories[from], to)
	}
	m.conclude(rs, founders, was)
}

// conclude sees to the leads and marks after all have moved, and to what was
// dissolved.
func (m *model) conclude(rs []feed.Regrouped, founders map[uint64]feed.Regrouped, was map[uint64]modelStory) {
	for id, old := range was {
		if m.stories[id] != nil {
			continue
		}
		m.dissolved[id] = 0
		for _, r := range rs {
			if !slices.Contains(old.members, r.Entry) {
				continue
			}
			if m.dissolved[id] == 0 || r.Entry == old.Lead {
				m.dissolved[id] = r.Story
			}
		}
	}
	for _, r := range rs {
		for _, old := range was {
			if m.stories[old.ID] == nil && slices.Contains(old.members, r.Entry) {
				m.stories[r.Story].star(old.mark)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(m.stories)) {
		s := m.stories[id]
		m.relead(s)
		if !s.mark.Read {
			s.mark.ReadAt = time.Time{}
		}
	}
}
