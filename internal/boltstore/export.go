package boltstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tidings/internal/feed"
)

// mostOfStory is about how many bytes of bodies one feed.KeptStory carries at most.
const mostOfStory = 4 << 20

// Export calls yield with every fact, in the order that [feed.Holdings] names and by
// number in each kind: equal facts are told alike. It reads in one transaction, holds
// a story at a time, and stops at the first error of yield.
func (s *Store) Export(ctx context.Context, yield func(fact any) error) error {
	err := s.view(ctx, func(t *txn) error {
		x := &exporter{txn: t, yield: func(fact any) error { return cmp.Or(ctx.Err(), yield(fact)) }}
		for _, step := range []func() error{
			x.numbers, x.feeds, x.followed, x.settings, x.iconFacts, x.seen, x.bygone, x.stories, x.decided, x.dissolved, x.unsubscribed,
			func() error { return x.subscribers(func(s feed.Subscriber) error { return x.yield(&s) }) },
		} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("export data file: %w", err)
	}
	return nil
}

type exporter struct {
	*txn
	yield func(fact any) error
}

func (x *exporter) numbers() error {
	last := func(tb table) uint64 { return max(x.b(tb).Sequence(), x.greatest(tb)) }
	return x.yield(&feed.Numbers{Feeds: last(tSubscription), Entries: last(tEntry), Stories: last(tStory), Decisions: last(tDecision), Lists: last(tList)})
}

func (x *exporter) feeds() error {
	return x.subscriptions(func(s feed.Subscription, st feed.State) error {
		st.Lease = time.Time{}
		return x.yield(&feed.KeptFeed{Subscription: s, State: st})
	})
}

func (x *exporter) followed() error {
	ls, err := x.lists()
	if err != nil {
		return err
	}
	for i := range ls {
		ls[i].State.Lease = time.Time{}
		if err := x.yield(&ls[i]); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) seen() error {
	return x.each(tSeen, nil, func(k, v []byte) error {
		id, entry, ok := splitSeen(k)
		r, valid := unpackRemembered(v)
		if !ok || !valid {
			return damaged(tSeen, k, errDamaged)
		}
		return x.yield(r.kept(id, entry))
	})
}

func (r remembered) kept(id, entry uint64) *feed.KeptSeen {
	return &feed.KeptSeen{Feed: id, Entry: entry, Keys: r.keys, Hash: r.hash, Served: r.served, Absences: r.absences, Missed: r.missed}
}

// rememberedOf is what kept gave.
func rememberedOf(f *feed.KeptSeen) remembered {
	return remembered{hash: f.Hash, served: f.Served, keys: f.Keys[:min(len(f.Keys), maxKeys)], absences: f.Absences, missed: f.Missed}
}

func (x *exporter) stories() error {
	return x.each(tStory, nil, func(k, v []byte) error {
		var id uint64
		var r storyRecord
		if !split(k, &id) {
			return damaged(tStory, k, errDamaged)
		}
		if err := x.codec.read(v, &r); err != nil {
			return damaged(tStory, k, err)
		}
		return x.story(r.story(id), r.relation())
	})
}

// story yields a story, in parts where it is heavy. The lead is in the first part.
func (x *exporter) story(st feed.Story, why feed.Relation) error {
	k := feed.KeptStory{Story: st, Relation: why}
	var err error
	if k.Mark, err = x.mark(st.ID); err != nil {
		return err
	}
	ms, size := x.members(st.ID), 0
	slices.SortStableFunc(ms, func(a, b member) int {
		switch st.Lead {
		case a.entry:
			return -1
		case b.entry:
			return 1
		}
		return 0
	})
	for _, m := range ms {
		kept, weight, err := x.member(st.ID, m)
		if err != nil {
			return err
		}
		if size += weight; size > mostOfStory && len(k.Members) > 0 {
			if err := x.yield(&k); err != nil {
				return err
			}
			k.Members, size = nil, weight
		}
		k.Members = append(k.Members, kept)
	}
	return x.yield(&k)
}

// member reads an entry of a story, and tells about how many bytes it has.
func (x *exporter) member(story uint64, m member) (k feed.KeptMember, weight int, err error) {
	var ok bool
	if k.Entry, ok, err = x.entry(m.entry); err != nil || !ok {
		return k, 0, cmp.Or(err, damaged(tEntry, number(m.entry), feed.ErrNotFound))
	}
	if k.Body, err = x.body(m.entry); err != nil {
		return k, 0, err
	}
	if k.Verdict, err = x.verdict(story, m); err != nil {
		return k, 0, err
	}
	key := sketchKey(k.Entry.Seen, m.entry)
	if v := x.b(tSketch).Get(key); v != nil {
		sk, ok := unpackSketch(v)
		if !ok {
			return k, 0, damaged(tSketch, key, errDamaged)
		}
		k.Sketch = sk.Sketch
	}
	if err := x.texts(&k); err != nil {
		return k, 0, err
	}
	return k, heft(&k), nil
}

// texts reads what there is of an entry beside its body.
func (x *exporter) texts(k *feed.KeptMember) error {
	var r earlierRecord
	ok, err := x.record(tEarlier, number(k.Entry.ID), &r)
	if err != nil {
		return err
	}
	if ok {
		v, err := r.version(x.codec)
		if err != nil {
			return damaged(tEarlier, number(k.Entry.ID), err)
		}
		k.Earlier = &v
	}
	f, ok, err := x.fullText(k.Entry.ID)
	if ok {
		k.FullText = &f
	}
	return err
}

// heft is about how many bytes a member has.
func heft(k *feed.KeptMember) int {
	n := 1000 + len(k.Body.Content) + len(k.Body.Summary) + len(k.Sketch)
	if k.Earlier != nil {
		n += len(k.Earlier.Body.Content) + len(k.Earlier.Body.Summary)
	}
	if k.FullText != nil {
		n += len(k.FullText.Text)
	}
	return n
}

func (x *exporter) decided() error {
	rs, err := x.decisions()
	if err != nil {
		return err
	}
	for i := range rs {
		if err := x.yield(rs[i].kept()); err != nil {
			return err
		}
	}
	return nil
}

// kept is a decision with all that is kept of it.
func (r *decided) kept() *feed.KeptDecision {
	k := &feed.KeptDecision{Decision: r.decision(r.id), Moved: r.Moved, Lead: r.Lead, Starred: r.Starred}
	for i := range r.Verdicts {
		k.Verdicts = append(k.Verdicts, r.Verdicts[i].verdict())
	}
	if r.Story != nil {
		st := r.Story.story(r.From)
		k.Story, k.Relation = &st, r.Story.relation()
	}
	if r.Mark != nil {
		m := r.Mark.mark()
		k.Mark = &m
	}
	return k
}

// recordDecision is the record of what kept gave.
func recordDecision(k *feed.KeptDecision) decisionRecord {
	r := decisionRecord{
		Kind: string(k.Kind), At: millis(k.At), Entries: k.Entries, From: k.From, To: k.To, Others: k.Others,
		Moved: k.Moved, Lead: k.Lead, Starred: k.Starred,
	}
	for _, v := range k.Verdicts {
		r.Verdicts = append(r.Verdicts, recordVerdict(v))
	}
	if k.Story != nil {
		st := recordStory(*k.Story, k.Relation)
		r.Story = &st
	}
	if k.Mark != nil {
		m := recordMark(*k.Mark)
		r.Mark = &m
	}
	return r
}

func (x *exporter) dissolved() error {
	return x.each(tDissolved, nil, func(k, v []byte) error {
		var d feed.KeptDissolved
		if !split(k, &d.Story) || !split(v, &d.Into) {
			return damaged(tDissolved, k, errDamaged)
		}
		return x.yield(&d)
	})
}

func (x *exporter) settings() error {
	return x.each(tSetting, nil, func(k, v []byte) error {
		return x.yield(&feed.KeptSetting{Name: string(k), Value: slices.Clone(v)})
	})
}
