package boltstore

import (
	"bytes"
	"fmt"

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

// tallies are sums of some cells, or changes of them.
type tallies map[cell]sums

// addAll adds sums to a cell, which is gone if nothing is left.
func (t tallies) addAll(c cell, by sums) {
	if n := t[c].plus(by); n == (sums{}) {
		delete(t, c)
	} else {
		t[c] = n
	}
}

func (n sums) plus(by sums) sums {
	for i, x := range by {
		n[i] += x
	}
	return n
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
		hour, day := sums{hourEntries: by}, sums{dayEntries: by}
		if i == 0 {
			hour[hourStories] = by
		}
		if len(feeds) > 1 {
			day[dayShared] = by
		}
		t.addAll(cell{0, hourOf(x.at)}, hour)
		t.addAll(cell{x.feed, dayOf(x.at)}, day)
	}
	t.marked(feeds, len(ms), m, by)
}

// marked counts what the reader did to a story of n entries that these feeds tell.
func (t tallies) marked(feeds []uint64, n int, m feed.Mark, by int) {
	if m.Read && !m.ReadAt.IsZero() {
		t.addAll(cell{0, hourOf(m.ReadAt.Unix())}, sums{hourRead: by, hourWorth: by * n})
	}
	if m.Opened.IsZero() {
		return
	}
	at := m.Opened.Unix()
	t.addAll(cell{0, hourOf(at)}, sums{hourOpened: by})
	for _, id := range feeds {
		t.addAll(cell{id, dayOf(at)}, sums{dayOpened: by})
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
		if c.feed == 0 || w.departing == outlived {
			w.bygone.addAll(c, n)
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
	for all := changes.sorted(); len(all) > 0; {
		n, id := sameRow(all), all[0].feed
		key := tallyKey(all[0].block, id)
		had := w.b(tb).Get(key)
		v, ok := mergeTally(id, had, all[:n])
		switch {
		case !ok:
			return damaged(tb, key, errDamaged)
		case len(v) > 0:
			w.put(tb, key, v)
		case had != nil:
			w.del(tb, key)
		}
		all = all[n:]
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
