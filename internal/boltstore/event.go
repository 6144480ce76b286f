package boltstore

import (
	"bytes"

	bolt "go.etcd.io/bbolt"

	"tidings/internal/feed"
)

// mostRelated is how many other stories of its event a story shows.
const mostRelated = 50

// An event is the number that its stories have in common, as a rule that of its
// first story, which may have gone. The table event lists the stories of those
// events that have a story with another number; so an event of one story, which
// is the rule, has no row.

// enlist puts a story that was not there into its event.
func (w *work) enlist(st feed.Story) error {
	first, own := w.firstOf(st.Event), st.Event == st.ID
	switch {
	case own && first == 0:
		return nil
	case first == 0:
		head, ok, err := w.story(st.Event)
		if err != nil {
			return err
		}
		if ok && head.Event == st.Event {
			first = st.Event
			w.put(tEvent, eventKey(st.Event, st.Event), nothing)
		}
	}
	w.put(tEvent, eventKey(st.Event, st.ID), nothing)
	if first != 0 {
		w.total.Kin++
	}
	return nil
}

// delist takes a story out of its event.
func (w *work) delist(st feed.Story) {
	if w.firstOf(st.Event) == 0 {
		return
	}
	w.del(tEvent, eventKey(st.Event, st.ID))
	rest := w.storiesOf(st.Event, 2)
	if len(rest) == 1 && rest[0] == st.Event {
		w.del(tEvent, eventKey(st.Event, st.Event))
	}
	if len(rest) > 0 {
		w.total.Kin--
	}
}

// firstOf is the first story listed of an event; 0 if none is.
func (t *txn) firstOf(event uint64) uint64 {
	if ids := t.storiesOf(event, 1); len(ids) > 0 {
		return ids[0]
	}
	return 0
}

// storiesOf lists stories of an event, oldest first, at most limit.
func (t *txn) storiesOf(event uint64, limit int) (ids []uint64) {
	c := t.b(tEvent).Cursor()
	for k, _ := c.Seek(number(event)); k != nil && len(ids) < limit; k, _ = c.Next() {
		of, id, ok := splitEvent(k)
		if !ok || of != event {
			break
		}
		ids = append(ids, id)
	}
	return ids
}

// kin counts the other stories of each event, for a transaction that writes nothing.
type kin struct {
	rows   *bolt.Cursor
	counts map[uint64]int // of the events with more than one story, so that a page full of one is cheap
}

// kinOf counts the other stories of an event that a story is in. For most stories
// that is one look into a small table.
func (t *txn) kinOf(event uint64) int {
	if n, ok := t.kin.counts[event]; ok {
		return n
	}
	if t.kin.rows == nil {
		t.kin = kin{t.b(tEvent).Cursor(), map[uint64]int{}}
	}
	n, prefix := 0, number(event)
	for k, _ := t.kin.rows.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = t.kin.rows.Next() {
		n++
	}
	if n < 2 {
		return 0
	}
	t.kin.counts[event] = n - 1
	return n - 1
}

// relatedTo lists the other stories of a story's event, oldest first.
func (t *txn) relatedTo(st feed.Story) (rs []feed.Related, err error) {
	for _, id := range t.storiesOf(st.Event, mostRelated+1) {
		if id == st.ID || len(rs) == mostRelated {
			continue
		}
		h, ok, err := t.headline(id, false)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		_, why, _, err := t.related(id)
		if err != nil {
			return nil, err
		}
		rs = append(rs, feed.Related{Headline: h, Relation: why})
	}
	return rs, nil
}
