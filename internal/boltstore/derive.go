package boltstore

import (
	"tidings/internal/feed"
)

// deriver works out all indexes from the facts alone, for Check and Repair.
type deriver struct {
	work // for its counting; it writes nothing
	emit func(tb table, key, value []byte) error

	events map[uint64]int // how many stories with other numbers each event has
}

// derive calls emit with every row that the indexes ought to have. outlets are
// read from the file too, not taken from memory.
func derive(t *txn, emit func(tb table, key, value []byte) error) (*outlets, error) {
	fresh := *t
	fresh.outlets = &outlets{feeds: map[uint64]*outlet{}}
	d := &deriver{work: work{txn: fresh}, emit: emit, events: map[uint64]int{}}
	for _, step := range []func() error{d.fromSubscriptions, d.fromEntries, d.fromStories, d.fromEvents, d.counted} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return d.outlets, nil
}

func (d *deriver) fromSubscriptions() error {
	return d.subscriptions(func(s feed.Subscription, st feed.State) error {
		d.outlets.feeds[s.ID] = newOutlet(s, st)
		d.tallyFailing(false, failing(s, st))
		if s.Canonical != "" {
			if err := d.emit(tCanon, name(s.Canonical), number(s.ID)); err != nil {
				return err
			}
		}
		if r, ok := dueRow(s, st); ok {
			return d.emit(tDue, r.key, r.value)
		}
		return nil
	})
}

func (d *deriver) fromEntries() error {
	return d.each(tEntry, nil, func(k, v []byte) error {
		var id uint64
		var r entryRecord
		if !split(k, &id) {
			return damaged(tEntry, k, errDamaged)
		}
		if err := d.codec.read(v, &r); err != nil {
			return damaged(tEntry, k, err)
		}
		d.total.Entries++
		d.tallyFeed(r.Feed, feedCount{entries: 1})
		return d.emit(tArrival, arrivalKey(r.Feed, id), packSeen(fromSeconds(r.Seen)))
	})
}

func (d *deriver) fromStories() error {
	return d.each(tStory, nil, func(k, v []byte) error {
		var id uint64
		var r storyRecord
		if !split(k, &id) {
			return damaged(tStory, k, errDamaged)
		}
		if err := d.codec.read(v, &r); err != nil {
			return damaged(tStory, k, err)
		}
		m, err := d.mark(id)
		if err != nil {
			return err
		}
		if err := d.fromEvent(r.story(id)); err != nil {
			return err
		}
		return d.fromStory(place{r.Time, id}, m)
	})
}

// fromEvent emits the row of a story in the event of another.
func (d *deriver) fromEvent(st feed.Story) error {
	if st.Event == st.ID {
		return nil
	}
	if d.events[st.Event]++; d.events[st.Event] > 1 {
		d.total.Kin++
	}
	return d.emit(tEvent, eventKey(st.Event, st.ID), nothing)
}

// fromEvents emits the rows of the stories whose events others share.
func (d *deriver) fromEvents() error {
	for event := range d.events {
		head, ok, err := d.story(event)
		if err != nil {
			return err
		}
		if !ok || head.Event != event {
			continue
		}
		d.total.Kin++
		if err := d.emit(tEvent, eventKey(event, event), nothing); err != nil {
			return err
		}
	}
	return nil
}

func (d *deriver) fromStory(at place, m feed.Mark) error {
	ids := feedsOf(d.members(at.story))
	d.total.Stories++
	d.tallyStory(d.members(at.story), m, 1)
	if !m.Read {
		d.tallyUnread(ids, 1)
	}
	for _, id := range append([]uint64{0}, ids...) {
		if err := d.emit(tRiver, riverKey(id, at), nothing); err != nil {
			return err
		}
		if m.Read {
			continue
		}
		if err := d.emit(tUnread, riverKey(id, at), nothing); err != nil {
			return err
		}
	}
	if !m.Starred {
		return nil
	}
	d.total.Starred++
	return d.emit(tStarred, starredKey(at), nothing)
}

// counted emits what was counted on the way.
func (d *deriver) counted() error {
	for id, n := range d.feeds {
		if n == (feedCount{}) {
			continue
		}
		if err := d.emit(tCounts, countKey(id), packCount(n)); err != nil {
			return err
		}
	}
	for key, m := range map[string]map[string]int{keyFolders: d.folders, keyTags: d.tags} {
		if len(m) == 0 {
			continue
		}
		if err := d.counts(key, m); err != nil {
			return err
		}
	}
	for _, r := range d.tally.rows() {
		if err := d.emit(tTally, r.key, r.value); err != nil {
			return err
		}
	}
	if d.total != (totalsRecord{}) {
		return d.counts(keyTotals, d.total)
	}
	return nil
}

func (d *deriver) counts(key string, r any) error {
	v, err := d.codec.record(r)
	if err != nil {
		return err
	}
	return d.emit(tCounts, []byte(key), v)
}
