package boltstore

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"tidings/internal/feed"
)

// Statistics are sums over stories: what [tallies.story] says of one is taken away
// before the story changes, and added again as it is then. So they are always what a
// recount of the facts gives, which Check demands. What an expired or removed entry
// counted goes from the table tally to the table bygone, and the two are added up for
// whoever asks: a day that is over never changes because its entries went.

// cell is what a sum is kept for: an hour, over all feeds (feed 0), or a day of a
// feed. Both are numbered from 1970-01-01 UTC.
type cell struct {
	feed uint64
	at   int64
}

// Fields of the sums of hours and of days.
const (
	hourEntries = iota
	hourStories
	hourRead
	hourWorth
	hourOpened
	hourFields

	dayEntries = 0
	dayShared  = 1
	dayOpened  = 2
	dayFields  = 3
)

// sums are the fields of a cell; one of a day uses the first three.
type sums [hourFields]int

// Rows hold the cells of a day, or of 32 days of a feed.
const (
	hoursInRow = 24
	daysInRow  = 32
)

// row tells which row holds a cell, and where in it.
func (c cell) row() (block int64, slot uint8) {
	n := int64(slotsOf(c.feed))
	at := ((c.at % n) + n) % n
	return (c.at - at) / n, uint8(at)
}

// cellOf is the cell of a row at a place in it.
func cellOf(block int64, id uint64, slot uint8) cell {
	return cell{id, block*int64(slotsOf(id)) + int64(slot)}
}

// slotsOf is how many cells a row has.
func slotsOf(id uint64) uint8 {
	if id == 0 {
		return hoursInRow
	}
	return daysInRow
}

// tallies are sums of some cells, or changes of them.
type tallies map[cell]sums

func (t tallies) add(c cell, field, by int) {
	n := t[c]
	n[field] += by
	t[c] = n
}

// teller is a member of a story, and when its entry appeared.
type teller struct {
	feed uint64
	at   int64 // Unix seconds
}

// story counts a story (by 1), or uncounts it (by -1). ms are its members by arrival.
func (t tallies) story(ms []teller, m feed.Mark, by int) {
	var feeds []uint64
	for _, x := range ms {
		feeds = appendNew(feeds, x.feed)
	}
	for i, x := range ms {
		hour, day := cell{0, hourOf(x.at)}, cell{x.feed, dayOf(x.at)}
		t.add(hour, hourEntries, by)
		t.add(day, dayEntries, by)
		if i == 0 {
			t.add(hour, hourStories, by)
		}
		if len(feeds) > 1 {
			t.add(day, dayShared, by)
		}
	}
	t.marked(feeds, len(ms), m, by)
}

// marked counts what the reader did to a story of n entries that these feeds tell.
func (t tallies) marked(feeds []uint64, n int, m feed.Mark, by int) {
	if m.Read && !m.ReadAt.IsZero() {
		hour := cell{0, hourOf(m.ReadAt.Unix())}
		t.add(hour, hourRead, by)
		t.add(hour, hourWorth, by*n)
	}
	if m.Opened.IsZero() {
		return
	}
	at := m.Opened.Unix()
	t.add(cell{0, hourOf(at)}, hourOpened, by)
	for _, id := range feeds {
		t.add(cell{id, dayOf(at)}, dayOpened, by)
	}
}

func hourOf(sec int64) int64 { return floor(sec, 3600) }
func dayOf(sec int64) int64  { return floor(sec, 86400) }

// floor divides, rounding down.
func floor(n, by int64) int64 {
	q := n / by
	if n%by < 0 {
		q--
	}
	return q
}

// rows packs the cells by the rows that hold them, in order of their keys.
func (t tallies) rows() (rs []row) {
	type place struct {
		block int64
		feed  uint64
	}
	by := map[place]map[uint8]sums{}
	for c, n := range t {
		block, slot := c.row()
		p := place{block, c.feed}
		if by[p] == nil {
			by[p] = map[uint8]sums{}
		}
		by[p][slot] = n
	}
	for p, cells := range by {
		rs = append(rs, row{tallyKey(p.block, p.feed), packTally(p.feed, cells)})
	}
	slices.SortFunc(rs, func(a, b row) int { return cmp.Compare(string(a.key), string(b.key)) })
	return rs
}

// packTally writes, for each cell that isn't zero, its place in the row and its fields.
// It is nil where all are zero.
func packTally(id uint64, cells map[uint8]sums) (v []byte) {
	for slot := range slotsOf(id) {
		n, ok := cells[slot]
		if !ok || n == (sums{}) {
			continue
		}
		v = append(v, slot)
		for _, x := range n[:fieldsOf(id)] {
			v = binary.AppendVarint(v, int64(x))
		}
	}
	return v
}

func fieldsOf(id uint64) int {
	if id == 0 {
		return hourFields
	}
	return dayFields
}

// unpackTally reads what packTally wrote.
func unpackTally(id uint64, v []byte) (cells map[uint8]sums, ok bool) {
	cells = map[uint8]sums{}
	ok = readTally(id, v, func(slot uint8, n sums) { cells[slot] = n })
	return cells, ok
}

// readTally calls fn with the cells of a row; false if it can't be read.
func readTally(id uint64, v []byte, fn func(slot uint8, n sums)) bool {
	next := uint8(0) // no slot comes twice
	for len(v) > 0 {
		slot := v[0]
		v = v[1:]
		var n sums
		for i := range fieldsOf(id) {
			x, size := binary.Varint(v)
			if size <= 0 {
				return false
			}
			n[i], v = int(x), v[size:]
		}
		if slot < next || slot >= slotsOf(id) {
			return false
		}
		next = slot + 1
		fn(slot, n)
	}
	return true
}

// departure says what becomes of the sums of what goes.
type departure int

const (
	altered    departure = iota // they change: nothing is kept
	unfollowed                  // they go with their feed: what hours count is kept
	outlived                    // they expired: all is kept
)

// mostAppeared bounds how many times of entries a transaction keeps in mind.
const mostAppeared = 10000

// appearedRecord is the part of an entryRecord that statistics need.
type appearedRecord struct {
	Published int64 `cbor:"8,keyasint,omitempty"`
	Seen      int64 `cbor:"10,keyasint,omitempty"`
}

// appeared is when an entry appeared, in Unix seconds; see [feed.Entry.Appeared].
func (w *work) appeared(entry uint64) int64 {
	if at, ok := w.times[entry]; ok {
		return at
	}
	var r appearedRecord
	if _, err := w.record(tEntry, number(entry), &r); err != nil && w.err == nil {
		w.err = err
	}
	w.noteAppeared(entry, feed.Entry{Published: fromSeconds(r.Published), Seen: fromSeconds(r.Seen)})
	return w.times[entry]
}

// noteAppeared keeps in mind when an entry appeared.
func (w *work) noteAppeared(entry uint64, e feed.Entry) {
	if w.times == nil || len(w.times) > mostAppeared {
		w.times = map[uint64]int64{}
	}
	kept := feed.Entry{Published: fromSeconds(seconds(e.Published)), Seen: fromSeconds(seconds(e.Seen))}
	w.times[entry] = kept.Appeared().Unix()
}

// beginTally makes room for what is counted.
func (w *work) beginTally() {
	if w.tally == nil {
		w.tally, w.bygone = tallies{}, tallies{}
	}
}

// tallyStory counts a story with these members (by 1), or uncounts it (by -1).
func (w *work) tallyStory(ms []member, m feed.Mark, by int) {
	if len(ms) == 0 {
		return
	}
	ts := make([]teller, len(ms))
	for i, x := range ms {
		ts[i] = teller{x.feed, w.appeared(x.entry)}
	}
	w.beginTally()
	w.tally.story(ts, m, by)
	if w.departing == altered {
		return
	}
	gone := tallies{}
	gone.story(ts, m, -by)
	for c, n := range gone {
		if c.feed != 0 && w.departing != outlived {
			continue
		}
		for i, x := range n {
			w.bygone.add(c, i, x)
		}
	}
}

// tallyMark counts what the reader did to a story (by 1), or uncounts it (by -1).
func (w *work) tallyMark(ms []member, m feed.Mark, by int) {
	w.beginTally()
	w.tally.marked(feedsOf(ms), len(ms), m, by)
}

// settleTallies adds what was counted to what is kept.
func (w *work) settleTallies() error {
	for tb, changes := range map[table]tallies{tTally: w.tally, tBygone: w.bygone} {
		if err := w.settleTally(tb, changes); err != nil {
			return err
		}
		clear(changes)
	}
	return nil
}

func (w *work) settleTally(tb table, changes tallies) error {
	for c, n := range changes {
		if n == (sums{}) {
			delete(changes, c)
		}
	}
	for _, r := range changes.rows() {
		block, id, _ := splitTally(r.key)
		had := w.b(tb).Get(r.key)
		cells, ok := unpackTally(id, had)
		if !ok {
			return damaged(tb, r.key, errDamaged)
		}
		for slot := range slotsOf(id) {
			for i, x := range changes[cellOf(block, id, slot)] {
				n := cells[slot]
				n[i] += x
				cells[slot] = n
			}
		}
		if v := packTally(id, cells); len(v) > 0 {
			w.put(tb, r.key, v)
		} else if had != nil {
			w.del(tb, r.key)
		}
	}
	return nil
}

// forgetTallies drops what a feed that is gone for good counted.
func (w *work) forgetTallies(id uint64) {
	var gone [][]byte
	_ = w.each(tBygone, number(1), func(k, _ []byte) error {
		if _, of, ok := splitTally(k); ok && of == id {
			gone = append(gone, bytes.Clone(k))
		}
		return nil
	})
	for _, k := range gone {
		w.del(tBygone, k)
	}
}

// recount makes the table tally from the facts, if an upgrade left that to be done.
func (s *Store) recount() error {
	wanted := false
	err := s.read(func(tx *bolt.Tx) error {
		wanted = tx.Bucket([]byte(tMeta.String())).Get([]byte(keyRecount)) != nil
		return nil
	})
	if err != nil || !wanted || s.readOnly {
		return err
	}
	s.log.Info("count statistics from the facts")
	err = s.db.Update(func(tx *bolt.Tx) error {
		w := &work{txn: txn{tx: tx, codec: s.codec}}
		if err := w.recount(); err != nil {
			return err
		}
		w.del(tMeta, []byte(keyRecount))
		return w.err
	})
	if err != nil {
		return fmt.Errorf("count statistics: %w", err)
	}
	return nil
}

func (w *work) recount() error {
	err := w.each(tStory, nil, func(k, _ []byte) error {
		var id uint64
		if !split(k, &id) {
			return damaged(tStory, k, errDamaged)
		}
		m, err := w.mark(id)
		if err != nil {
			return err
		}
		w.tallyStory(w.members(id), m, 1)
		return w.err
	})
	if err != nil {
		return err
	}
	return w.settleTallies()
}

// bygone checks a row of what went.
func (c *checker) bygone(k, v []byte) {
	_, id, ok := splitTally(k)
	if _, valid := unpackTally(id, v); !ok || !valid {
		c.problem("bygone", "the row %x can't be read", k)
	} else if id != 0 && !c.has(tSubscription, number(id)) {
		c.problem("bygone", "the row %x is of feed %d, which isn't there", k, id)
	}
}
