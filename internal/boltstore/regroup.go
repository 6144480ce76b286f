package boltstore

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"tidings/internal/feed"
)

// Regroup puts entries into the stories that a rebuild found, all in one
// transaction, with new verdicts, events and sketches, and reports what changed.
// Entries that are no longer there are left out.
//
// A story keeps number, URN, place and mark, and its lead is chosen by the rule, as
// ever. A story that isn't
// there yet is founded under the URN given; it is read if all the stories that its
// members come from are. One that loses all its members is dissolved, and if it
// was starred, so are those that take in its members. Entries that aren't listed stay
// where they are.
func (s *Store) Regroup(ctx context.Context, rs []feed.Regrouped, _ time.Time) (report feed.Rebuilt, err error) {
	err = s.update(ctx, func(w *work) error {
		g := &regrouping{work: w, plans: map[uint64]*plan{}, out: map[uint64]*loose{}, marks: map[uint64][]feed.Mark{}, with: map[uint64]int{}}
		for i := range rs {
			if err := g.list(&rs[i]); err != nil {
				return err
			}
		}
		for _, step := range []func() error{g.takeOut, g.move, g.putBack, g.settleIn} {
			if err := step(); err != nil {
				return err
			}
		}
		report = g.report
		return w.keepStory(s, g.newest)
	})
	if err != nil {
		return feed.Rebuilt{}, fmt.Errorf("regroup stories: %w", err)
	}
	return report, nil
}

// regrouping is one Regroup.
type regrouping struct {
	*work
	listed []listed
	plans  map[uint64]*plan // by story
	newest uint64           // the greatest story named

	out    map[uint64]*loose      // the stories that change, taken out
	marks  map[uint64][]feed.Mark // of those that come to a story, by story
	with   map[uint64]int         // how many entries told a story before, of those in out
	report feed.Rebuilt
}

// listed is an entry to be put somewhere, and where it is now.
type listed struct {
	*feed.Regrouped
	homeRecord
}

// homeRecord is the part of an entryRecord that tells where it is.
type homeRecord struct {
	Feed uint64 `cbor:"1,keyasint"`
	Home uint64 `cbor:"2,keyasint"` // the story
	Seen int64  `cbor:"10,keyasint,omitempty"`
}

// plan is what a story is to be.
type plan struct {
	founder uint64
	founds  bool // the founder's verdict says so
	urn     string
	event   uint64
	why     feed.Relation
}

// list takes an entry into the plan of its story.
func (g *regrouping) list(r *feed.Regrouped) error {
	if r.Story == 0 {
		return fmt.Errorf("entry %d has no story", r.Entry)
	}
	l := listed{Regrouped: r}
	ok, err := g.record(tEntry, number(r.Entry), &l.homeRecord)
	if err != nil || !ok {
		return err
	}
	g.listed = append(g.listed, l)
	g.newest = max(g.newest, r.Story)
	founds := r.Verdict.Level == feed.LevelNew
	p := g.plans[r.Story]
	if p == nil || founds && !p.founds {
		p = &plan{founder: r.Entry, founds: founds, urn: r.URN, event: cmp.Or(r.Event, r.Story)}
		g.plans[r.Story] = p
	}
	if p.founder == r.Entry && p.event != r.Story {
		p.why = r.Relation
	}
	return nil
}

// takeOut takes out the stories that lose or get entries, or change their event.
func (g *regrouping) takeOut() error {
	changing := map[uint64]bool{}
	for _, l := range g.listed {
		if l.Home != l.Story {
			changing[l.Home], changing[l.Story] = true, true
		}
	}
	for id, p := range g.plans {
		st, why, ok, err := g.related(id)
		if err != nil {
			return err
		}
		if ok && (st.Event != p.event || why != p.why) {
			changing[id] = true
		}
		if ok && st.Event != p.event {
			g.report.Events++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(changing)) {
		l, err := g.work.takeOut(id)
		if err != nil {
			return err
		}
		if l != nil {
			g.out[id], g.with[id] = l, len(l.members)
		}
	}
	return nil
}

// move gives each entry to the story that it is to tell.
func (g *regrouping) move() error {
	for _, l := range g.listed {
		from := g.out[l.Home]
		if from == nil {
			continue // nothing changes about its story
		}
		if l.Home != l.Story {
			to, err := g.target(l.Story)
			if err != nil {
				return err
			}
			from.give(to, func(m told) bool { return m.entry == l.Entry })
			g.marks[l.Story] = append(g.marks[l.Story], from.mark)
			g.report.Moved++
		}
		to := g.out[l.Story]
		i := slices.IndexFunc(to.members, func(m told) bool { return m.entry == l.Entry })
		if i < 0 { // its story doesn't list it, or it was put somewhere else before
			return damaged(tMember, memberKey(l.Story, l.Entry, l.homeRecord.Feed), errDamaged)
		}
		to.members[i].verdict = l.Verdict
	}
	return nil
}

// target is a story that takes in an entry; it is founded if it isn't there.
func (g *regrouping) target(id uint64) (*loose, error) {
	if l := g.out[id]; l != nil {
		return l, nil
	}
	p := g.plans[id]
	l, err := g.founded(id, p.founder)
	if err != nil {
		return nil, err
	}
	l.URN = cmp.Or(p.urn, l.URN)
	g.out[id] = l
	return l, nil
}

// putBack gives the stories taken out their events, leads and marks, and puts them
// back.
func (g *regrouping) putBack() error {
	for _, id := range slices.Sorted(maps.Keys(g.out)) {
		l, p := g.out[id], g.plans[id]
		if p != nil {
			l.Event, l.why = p.event, p.why
		}
		if g.with[id] == 0 {
			l.mark = unread(g.marks[id])
		}
	}
	if err := g.dissolve(); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(g.out)) {
		if err := g.work.putBack(g.out[id]); err != nil {
			return err
		}
	}
	return nil
}

// unread is the mark of a new story: read only if all those are that its members
// come from.
func unread(marks []feed.Mark) (m feed.Mark) {
	m.Read = true
	for _, old := range marks {
		m.Read = m.Read && old.Read
		if old.ReadAt.After(m.ReadAt) {
			m.ReadAt = old.ReadAt
		}
	}
	if !m.Read {
		m.ReadAt = time.Time{}
	}
	return m
}

// dissolve notes where the stories went that have no members left: where their
// leads are now.
func (g *regrouping) dissolve() error {
	for _, l := range g.listed {
		from := g.out[l.Home]
		if from == nil || len(from.members) > 0 {
			continue
		}
		g.out[l.Story].star(from.mark)
		if key := number(l.Home); from.Lead == l.Entry || g.b(tDissolved).Get(key) == nil {
			g.work.dissolve(l.Home, l.Story)
		}
	}
	return nil
}

// settleIn writes the verdicts of stories that stayed as they were, and the
// sketches, and counts what came of it.
func (g *regrouping) settleIn() error {
	g.report.Entries, g.report.Stories = len(g.listed), len(g.plans)
	for _, l := range g.listed {
		if to := g.out[l.Story]; to == nil {
			g.verify(l)
		} else {
			alone, was := len(to.members) == 1, g.with[l.Home] == 1
			if was && !alone {
				g.report.Joined++
			}
			if alone && !was {
				g.report.Parted++
			}
		}
		if l.Sketch == nil {
			continue
		}
		sk := feed.Sketched{Feed: l.homeRecord.Feed, Story: l.Story, Event: g.plans[l.Story].event, Sketch: l.Sketch}
		key, value := sketchKey(fromSeconds(l.Seen), l.Entry), packSketch(sk)
		if !bytes.Equal(g.b(tSketch).Get(key), value) {
			g.putLater(tSketch, key, value)
		}
	}
	return nil
}

// verify replaces a verdict where it is another one now.
func (g *regrouping) verify(l listed) {
	key, value := memberKey(l.Story, l.Entry, l.homeRecord.Feed), g.packVerdict(l.Verdict)
	if !bytes.Equal(g.b(tMember).Get(key), value) {
		g.visible = true
		g.put(tMember, key, value)
	}
}
