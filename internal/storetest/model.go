package storetest

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"tidings/internal/feed"
)

// model is a store as plain as can be: maps, and a loop for every question.
type model struct {
	feeds   map[uint64]*modelFeed
	entries map[uint64]feed.Entry
	stories map[uint64]*modelStory

	verdicts  map[uint64]feed.Verdict // by entry
	dissolved map[uint64]uint64
	decided   map[uint64]*modelDecision
	bygone    modelTally // what entries counted that went
	gone      map[uint64]*modelGone
}

type modelFeed struct {
	sub       feed.Subscription
	due       time.Time
	lease     time.Time
	notBefore time.Time
	document  time.Time
	failing   bool
	gone      bool
	seen      map[feed.Key]feed.Known
	absences  map[uint64]absences // by entry
}

// absences counts the documents without an entry.
type absences struct {
	n    int
	last int32 // day
}

type modelStory struct {
	feed.Story
	mark    feed.Mark
	why     feed.Relation
	members []uint64 // entries by arrival
}

func newModel() *model {
	return &model{
		feeds: map[uint64]*modelFeed{}, entries: map[uint64]feed.Entry{}, stories: map[uint64]*modelStory{},
		verdicts: map[uint64]feed.Verdict{}, dissolved: map[uint64]uint64{}, decided: map[uint64]*modelDecision{}, bygone: newModelTally(), gone: map[uint64]*modelGone{},
	}
}

func (f *modelFeed) hidden() bool { return !f.sub.Removed.IsZero() }

// polled reports whether the feed is ever due.
func (f *modelFeed) polled() bool { return !f.hidden() && !f.sub.Paused && !f.gone }

// at is when the feed can be claimed next.
func (f *modelFeed) at() time.Time {
	switch {
	case !f.lease.IsZero():
		return f.lease
	case f.notBefore.After(f.due):
		return f.notBefore
	}
	return f.due
}

func within(folder, sub string) bool {
	return sub == folder || strings.HasPrefix(sub, folder+"/")
}

// visible lists the feeds that aren't hidden, by number.
func (m *model) visible() (ids []uint64) {
	for _, id := range slices.Sorted(maps.Keys(m.feeds)) {
		if !m.feeds[id].hidden() {
			ids = append(ids, id)
		}
	}
	return ids
}

// claimable lists the feeds to claim now, the longest due first.
func (m *model) claimable(now time.Time) (ids []uint64) {
	for id, f := range m.feeds {
		if f.polled() && !f.at().After(now) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b uint64) int {
		return cmp.Or(m.feeds[a].at().Compare(m.feeds[b].at()), cmp.Compare(a, b))
	})
	return ids
}

// tells reports whether a feed that q chooses tells a story.
func (m *model) tells(s *modelStory, q feed.Query) bool {
	for _, e := range s.members {
		f := m.feeds[m.entries[e].Feed]
		inFolder := q.Folder == "" || !f.hidden() && within(q.Folder, f.sub.Folder)
		tagged := q.Tag == "" || !f.hidden() && slices.Contains(f.sub.Tags, q.Tag)
		if (q.Feed == 0 || q.Feed == f.sub.ID) && inFolder && tagged {
			return true
		}
	}
	return false
}

// older reports whether c comes after d in a river.
func older(c, d feed.Cursor) bool {
	return c.Time.Before(d.Time) || c.Time.Equal(d.Time) && c.Story < d.Story
}

// find lists the stories that q chooses, newest first, and whether there are more.
func (m *model) find(q feed.Query) (ids []uint64, more bool) {
	for id, s := range m.stories {
		switch c := s.Cursor(); {
		case q.Unread && s.mark.Read, q.Starred && !s.mark.Starred, !m.tells(s, q), q.Until > 0 && id > q.Until:
		case !q.Before.IsZero() && !older(c, q.Before), !q.After.IsZero() && !older(q.After, c):
		default:
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b uint64) int {
		if older(m.stories[a].Cursor(), m.stories[b].Cursor()) {
			return 1
		}
		return -1
	})
	if len(ids) <= q.Limit {
		return ids, false
	}
	if !q.After.IsZero() {
		return ids[len(ids)-q.Limit:], true
	}
	return ids[:q.Limit], true
}

// others lists the feeds that tell a story beside its lead's, by arrival.
func (m *model) others(s *modelStory) (ids []uint64) {
	for _, e := range s.members {
		id := m.entries[e].Feed
		if id != m.entries[s.Lead].Feed && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// relead chooses the lead of a story by the rule.
func (m *model) relead(s *modelStory) {
	var cs []feed.Candidate
	for _, n := range s.members {
		f := m.feeds[m.entries[n].Feed]
		cs = append(cs, feed.Candidate{Entry: m.entries[n], Outlet: feed.Outlet{URL: f.sub.URL}})
	}
	if len(cs) > 0 {
		s.Lead, _ = feed.Lead(cs)
	}
}

func (m *model) counts() feed.Counts {
	c := feed.Counts{Feeds: map[uint64]int{}, Folders: map[string]int{}, Tags: map[string]int{}}
	for _, s := range m.stories {
		if s.mark.Starred {
			c.Starred++
		}
		if s.mark.Read {
			continue
		}
		c.Unread++
		feeds, folders, tags := map[uint64]bool{}, map[string]bool{}, map[string]bool{}
		for _, e := range s.members {
			f := m.feeds[m.entries[e].Feed]
			if f.hidden() {
				continue
			}
			feeds[f.sub.ID] = true
			for path := f.sub.Folder; path != ""; {
				folders[path] = true
				path = path[:max(strings.LastIndex(path, "/"), 0)]
			}
			for _, t := range f.sub.Tags {
				tags[t] = true
			}
		}
		for id := range feeds {
			c.Feeds[id]++
		}
		for name := range folders {
			c.Folders[name]++
		}
		for name := range tags {
			c.Tags[name]++
		}
	}
	return c
}

func (m *model) stats() feed.Stats {
	c := m.counts()
	s := feed.Stats{
		Feeds: len(m.visible()), Entries: len(m.entries), Stories: len(m.stories),
		Copies: len(m.entries) - len(m.stories), Events: m.events(), Unread: c.Unread, Starred: c.Starred,
	}
	for _, id := range m.visible() {
		if m.feeds[id].failing {
			s.Failing++
		}
	}
	return s
}

// events counts happenings: stories, those of one event once.
func (m *model) events() int {
	all := map[uint64]bool{}
	for _, s := range m.stories {
		all[s.Event] = true
	}
	return len(all)
}

// entriesOf lists the entries of a feed by arrival.
func (m *model) entriesOf(id uint64) (es []uint64) {
	for n, e := range m.entries {
		if e.Feed == id {
			es = append(es, n)
		}
	}
	slices.Sort(es)
	return es
}

func day(t time.Time) int32 { return int32(t.Unix() / 86400) }

// commit does what Commit promises.
func (m *model) commit(h feed.Harvest) {
	f := m.feeds[h.Feed]
	if f == nil || f.hidden() || !h.Lease.IsZero() && !h.Lease.Equal(f.lease) {
		return
	}
	f.due, f.lease, f.notBefore, f.document = h.State.Due, time.Time{}, h.State.NotBefore, h.State.Document
	f.failing, f.gone = h.State.Failures > 0 || h.State.Gone, h.State.Gone
	for _, a := range h.Arrivals {
		known := feed.Known{Entry: a.Entry.ID, Hash: a.Hash, Served: day(h.State.Document)}
		delete(f.absences, a.Entry.ID)
		for _, k := range a.Keys {
			f.seen[k] = known
		}
		for k, was := range f.seen { // and those of earlier documents
			if was.Entry == known.Entry {
				f.seen[k] = known
			}
		}
		a.Entry.Feed = h.Feed
		if a.New {
			m.arrive(a)
		} else {
			m.revise(a)
		}
	}
}

func (m *model) arrive(a feed.Arrival) {
	s := m.stories[a.Entry.Story]
	if s == nil {
		s = &modelStory{Story: feed.Story{ID: a.Entry.Story, URN: a.URN, Lead: a.Entry.ID, Time: a.Time, Updated: a.Time, Event: cmp.Or(a.Event, a.Entry.Story)}}
		if s.Event != s.ID {
			s.why = a.Relation
		}
		m.stories[s.ID] = s
		delete(m.dissolved, s.ID)
		a.Verdict = feed.Verdict{Level: feed.LevelNew, Apart: a.Verdict.Apart}
	}
	m.verdicts[a.Entry.ID] = a.Verdict
	m.entries[a.Entry.ID] = a.Entry
	s.members = append(s.members, a.Entry.ID)
	slices.Sort(s.members)
	m.relead(s)
}

func (m *model) revise(a feed.Arrival) {
	old, ok := m.entries[a.Entry.ID]
	if !ok {
		return
	}
	a.Entry.Seen, a.Entry.Story = old.Seen, old.Story
	m.entries[old.ID] = a.Entry
	v := m.verdicts[old.ID]
	v.Drifted, v.Drift = a.Verdict.Drifted, a.Verdict.Drift
	m.verdicts[old.ID] = v
	s := m.stories[old.Story]
	if a.Material && s.Lead == old.ID {
		s.Updated = a.Entry.Revised
	}
	m.relead(s)
}

// drop removes an entry, and its story with the last. What it counted for hours is
// kept, and what it counted for days of feeds if it is outlived by its feed.
func (m *model) drop(n uint64, outlived bool) {
	s := m.stories[m.entries[n].Story]
	m.bygone.story(m, s, 1, outlived)
	s.members = slices.DeleteFunc(s.members, func(e uint64) bool { return e == n })
	m.bygone.story(m, s, -1, outlived)
	delete(m.entries, n)
	if len(s.members) == 0 {
		delete(m.stories, s.ID)
	} else {
		m.relead(s)
	}
}

// remove does what RemoveSubscription promises.
func (m *model) remove(id uint64, now time.Time) {
	kept := map[uint64]bool{}
	for _, n := range m.entriesOf(id) {
		if m.stories[m.entries[n].Story].mark.Starred {
			kept[n] = true
		} else {
			m.drop(n, false)
		}
	}
	f := m.feeds[id]
	maps.DeleteFunc(f.seen, func(_ feed.Key, k feed.Known) bool { return !kept[k.Entry] })
	f.sub.Removed = now
	f.document = time.Time{}
	f.restart()
	if len(kept) == 0 {
		m.forgetFeed(id)
	}
}

// restart is what a new address or a removal does to polling.
func (f *modelFeed) restart() {
	f.due, f.lease, f.notBefore, f.gone, f.failing = time.Time{}, time.Time{}, time.Time{}, false, false
}

// expire does what a whole round of Expire promises.
func (m *model) expire(r feed.Retention, now time.Time) {
	kept := m.kept(m.wishes(), r, now)
	for _, s := range m.stories {
		if s.mark.Starred {
			continue
		}
		visible, hidden := m.parted(s)
		going := m.goes(s, visible, kept, r, now)
		for _, n := range hidden {
			m.drop(n, false)
		}
		for _, n := range visible {
			if going {
				m.drop(n, true)
			}
		}
	}
	for id, f := range m.feeds {
		if f.hidden() && m.gone[id] == nil && len(m.entriesOf(id)) == 0 {
			m.forgetFeed(id)
		}
		m.forget(f)
	}
}

// wishes are what the reader said of the feeds.
func (m *model) wishes() map[uint64]feed.Keep {
	said := map[uint64]feed.Keep{}
	for id, f := range m.feeds {
		said[id] = f.sub.Keep
	}
	return said
}

// kept are the entries that are kept for their own sake, as the reader said of feeds.
func (m *model) kept(said map[uint64]feed.Keep, r feed.Retention, now time.Time) map[uint64]bool {
	kept := map[uint64]bool{}
	for id, k := range said {
		es, newest := m.entriesOf(id), r.Newest
		if k != (feed.Keep{}) {
			newest = k.Newest
		}
		for i, n := range es {
			kept[n] = i >= len(es)-newest || k.Ever || k.Days > 0 && now.Sub(m.entries[n].Seen) <= k.Age()
		}
	}
	return kept
}

// parted parts the entries of a story by whether their feeds were removed.
func (m *model) parted(s *modelStory) (visible, hidden []uint64) {
	for _, n := range s.members {
		if of := m.entries[n].Feed; m.feeds[of].hidden() {
			if m.gone[of] == nil {
				hidden = append(hidden, n)
			}
		} else {
			visible = append(visible, n)
		}
	}
	return visible, hidden
}

// goes reports whether what is visible of an unstarred story expires.
func (m *model) goes(s *modelStory, visible []uint64, kept map[uint64]bool, r feed.Retention, now time.Time) bool {
	age := r.Unread
	if s.mark.Read {
		age = r.Read
	}
	if len(visible) == 0 || slices.ContainsFunc(visible, func(n uint64) bool { return kept[n] }) {
		return false
	}
	newest := m.entries[visible[len(visible)-1]]
	young := age == 0 || now.Sub(newest.Seen) <= age || s.mark.Read && now.Sub(s.mark.ReadAt) <= age
	return !young || !slices.ContainsFunc(visible, func(n uint64) bool { return m.feeds[m.entries[n].Feed].sub.Keep == feed.Keep{} })
}

// losses does what Losses promises.
func (m *model) losses(id uint64, k feed.Keep, r feed.Retention, now time.Time) (l feed.Loss) {
	said := m.wishes()
	is := m.kept(said, r, now)
	said[id] = k
	would := m.kept(said, r, now)
	f := m.feeds[id]
	before := f.sub.Keep
	for _, s := range m.stories {
		visible, _ := m.parted(s)
		if s.mark.Starred || !slices.ContainsFunc(visible, func(n uint64) bool { return m.entries[n].Feed == id }) {
			continue
		}
		goes := m.goes(s, visible, is, r, now)
		f.sub.Keep = k
		if !goes && m.goes(s, visible, would, r, now) {
			l.Entries += len(visible)
			l.Unread += map[bool]int{false: 1}[s.mark.Read]
		}
		f.sub.Keep = before
	}
	return l
}

// forget counts the absences of what has expired.
func (m *model) forget(f *modelFeed) {
	gone := map[uint64]int32{}
	for _, k := range f.seen {
		if _, there := m.entries[k.Entry]; !there && !f.document.IsZero() {
			gone[k.Entry] = k.Served
		}
	}
	for n, served := range gone {
		a := f.absences[n]
		if day(f.document)-served < 30 || a.n > 0 && day(f.document)-a.last < 30 {
			continue
		}
		f.absences[n] = absences{a.n + 1, day(f.document)}
		if a.n+1 == 7 {
			maps.DeleteFunc(f.seen, func(_ feed.Key, k feed.Known) bool { return k.Entry == n })
		}
	}
}
