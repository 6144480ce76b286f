package boltstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"tidings/internal/feed"
)

// work is the write transaction: what it put at once, what it puts at its end in
// key order, and what it counted.
type work struct {
	txn
	later   [tables][]row
	feeds   map[uint64]feedCount // changes of counts
	folders map[string]int       // changes of the unread stories by folder
	tags    map[string]int       // and by tag
	total   totalsRecord
	tally   tallies          // changes of statistics
	bygone  tallies          // and of what is kept of what goes
	times   map[uint64]int64 // when some entries appeared

	returnable map[string]uint64 // feeds that can come back, by canonical address, once they were asked for

	visible bool              // a reader could see it in stories: the version moves
	shown   bool              // a page shows it: whoever waits for Changed is woken
	dirty   bool              // something was written
	own     bool              // outlets is a copy that may be changed
	version uint64            // the new version, once settled; 0 if it didn't move
	prefers *feed.Preferences // as far as they were read
	marked  bool              // a mark changed
	touched map[uint64]bool   // feeds in whose stories a reader could see it

	enrolled map[uint64]bool // feeds whose line in lists changed
	relisted bool            // the lines of any feeds may have
	err      error           // the first failure to write

	departing departure // what is kept of what is counted of stories
}

type row struct{ key, value []byte }

// nothing is the value of rows that are all key. It isn't nil: to bbolt that
// means that there is no row.
var nothing = []byte{}

// put writes a row at once. The first failure is kept and ends the transaction.
func (w *work) put(tb table, key, value []byte) {
	w.dirty = true
	w.enroll(tb, key)
	if err := w.b(tb).Put(key, value); err != nil && w.err == nil {
		w.err = fmt.Errorf("put %s %x: %w", tb, key, err)
	}
}

// putLater writes a row at the end, with all others of its table in key order:
// that is what bbolt is quick at. For tables that the transaction doesn't read.
func (w *work) putLater(tb table, key, value []byte) {
	w.dirty = true
	w.later[tb] = append(w.later[tb], row{key, value})
}

// putRecord encodes r and puts it.
func (w *work) putRecord(tb table, key []byte, r any) { w.put(tb, key, w.pack(r)) }

// pack encodes r. A failure ends the transaction, like one to write.
func (w *work) pack(r any) []byte {
	v, err := w.codec.record(r)
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("encode %T: %w", r, err)
	}
	return v
}

func (w *work) del(tb table, key []byte) {
	w.dirty = true
	w.enroll(tb, key)
	if err := w.b(tb).Delete(key); err != nil && w.err == nil {
		w.err = fmt.Errorf("delete %s %x: %w", tb, key, err)
	}
}

// settle writes what was kept for the end.
func (w *work) settle() error {
	for tb := range w.later {
		w.flush(table(tb))
	}
	w.settleFeeds()
	if err := errors.Join(w.settleUnread(keyFolders, w.folders), w.settleUnread(keyTags, w.tags)); err != nil {
		return err
	}
	if err := errors.Join(w.settleTotals(), w.settleTallies()); err != nil {
		return err
	}
	if w.visible || len(w.touched) > 0 {
		w.version = w.storedVersion() + 1
		w.put(tMeta, []byte(keyVersion), number(w.version))
	}
	return w.err
}

func (w *work) flush(tb table) {
	rows := w.later[tb]
	slices.SortStableFunc(rows, func(a, b row) int { return bytes.Compare(a.key, b.key) })
	for _, r := range rows {
		w.put(tb, r.key, r.value)
	}
	w.later[tb] = nil
}

func (t *txn) storedVersion() uint64 {
	if v := t.b(tMeta).Get([]byte(keyVersion)); len(v) == 8 {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

func (w *work) settleFeeds() {
	for id, d := range w.feeds {
		n := w.count(id)
		n.entries += d.entries
		n.unread += d.unread
		switch {
		case d == feedCount{}:
		case n == feedCount{}:
			w.del(tCounts, countKey(id))
		default:
			w.put(tCounts, countKey(id), packCount(n))
		}
	}
	clear(w.feeds)
}

// settleUnread adds changes to the counts of unread stories by folder or by tag.
func (w *work) settleUnread(key string, changes map[string]int) error {
	for f, d := range changes {
		if d == 0 {
			delete(changes, f)
		}
	}
	if len(changes) == 0 {
		return nil
	}
	all, err := w.unreadBy(key)
	if err != nil {
		return err
	}
	for f, d := range changes {
		if all[f] += d; all[f] == 0 {
			delete(all, f)
		}
	}
	clear(changes)
	if len(all) == 0 {
		w.del(tCounts, []byte(key))
		return nil
	}
	w.putRecord(tCounts, []byte(key), all)
	return nil
}

func (w *work) settleTotals() error {
	if w.total == (totalsRecord{}) {
		return nil
	}
	all, err := w.totals()
	if err != nil {
		return err
	}
	all.add(w.total)
	w.total = totalsRecord{}
	if all == (totalsRecord{}) {
		w.del(tCounts, []byte(keyTotals))
		return nil
	}
	w.putRecord(tCounts, []byte(keyTotals), all)
	return nil
}

// tallyUnread counts an unread story (by 1) or uncounts it (by -1): in all, in
// each feed that tells it, and once in each folder above those and each of their tags.
func (w *work) tallyUnread(ids []uint64, by int) {
	var folders, tags []string
	for _, id := range ids {
		w.tallyFeed(id, feedCount{unread: by})
		if o := w.outlets.feeds[id]; o != nil {
			for _, f := range o.folders {
				folders = appendNew(folders, f)
			}
			for _, t := range o.tags {
				tags = appendNew(tags, t)
			}
		}
	}
	if w.folders == nil {
		w.folders, w.tags = map[string]int{}, map[string]int{}
	}
	for _, f := range folders {
		w.folders[f] += by
	}
	for _, t := range tags {
		w.tags[t] += by
	}
	w.total.Unread += by
}

func (w *work) tallyFeed(id uint64, d feedCount) {
	if w.feeds == nil {
		w.feeds = map[uint64]feedCount{}
	}
	n := w.feeds[id]
	w.feeds[id] = feedCount{n.entries + d.entries, n.unread + d.unread}
}

// tallyFailing keeps the number of visible feeds in trouble.
func (w *work) tallyFailing(before, after bool) {
	if before {
		w.total.Failing--
	}
	if after {
		w.total.Failing++
	}
}

// setOutlet notes what lists show of a feed; nil forgets it.
// Where folder or tags change, their counts follow.
func (w *work) setOutlet(id uint64, o *outlet) {
	w.shown = true
	old := w.outlets.feeds[id]
	refile := !slices.Equal(old.chain(), o.chain()) || !slices.Equal(old.labels(), o.labels())
	var unread [][]uint64
	if refile {
		unread = w.unreadOf(id)
		for _, ids := range unread {
			w.tallyUnread(ids, -1)
		}
	}
	if !w.own {
		w.outlets, w.own = w.outlets.clone(), true
	}
	if o == nil {
		delete(w.outlets.feeds, id)
	} else {
		w.outlets.feeds[id] = o
	}
	for _, ids := range unread {
		w.tallyUnread(ids, 1)
	}
}

// unreadOf lists, for each unread story that a feed tells, all feeds that tell it.
func (w *work) unreadOf(id uint64) (all [][]uint64) {
	w.flush(tUnread)
	_ = w.each(tUnread, number(id), func(k, _ []byte) error {
		if _, p, ok := splitRiver(k); ok {
			all = append(all, feedsOf(w.members(p.story)))
		}
		return nil
	})
	return all
}

// putState writes a state and moves the feed in the index of due feeds. was and
// now are the subscription before and after, which differ only if it changed too.
func (w *work) putState(was, now feed.Subscription, old, st feed.State) {
	r := recordState(&st)
	w.putStateRecord(was, now, old, st, w.pack(&r))
}

// putStateRecord is putState with the record encoded before.
func (w *work) putStateRecord(was, now feed.Subscription, old, st feed.State, v []byte) {
	w.put(tState, number(now.ID), v)
	before, wasDue := dueRow(was, old)
	after, isDue := dueRow(now, st)
	if wasDue && !(isDue && bytes.Equal(before.key, after.key)) {
		w.del(tDue, before.key)
	}
	if isDue {
		w.put(tDue, after.key, after.value)
	}
	w.tallyFailing(failing(was, old), failing(now, st))
}

// failing reports whether a feed counts among those in trouble.
func failing(s feed.Subscription, st feed.State) bool {
	return s.ID != 0 && s.Removed.IsZero() && (st.Failures > 0 || st.Gone)
}

// dueRow is the feed's row in the index of due feeds: when its lease lapses, or
// else when it is due, which is never before the publisher's own NotBefore.
func dueRow(s feed.Subscription, st feed.State) (row, bool) {
	if s.ID == 0 || s.Paused || !s.Removed.IsZero() || st.Gone {
		return row{}, false
	}
	at := st.Lease
	if at.IsZero() {
		at = dueAt(st)
	}
	return row{dueKey(at, s.ID), packDue(s.Site, !st.Lease.IsZero())}, true
}
