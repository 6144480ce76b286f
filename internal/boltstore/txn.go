package boltstore

import (
	"bytes"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"tidings/internal/feed"
)

// txn is a transaction and its way to the records.
type txn struct {
	tx      *bolt.Tx
	codec   *codec
	outlets *outlets
	open    [tables]*bolt.Bucket
	kin     kin
}

// b is the bucket of a table, looked up once for each transaction.
func (t *txn) b(tb table) *bolt.Bucket {
	if t.open[tb] == nil {
		t.open[tb] = t.tx.Bucket([]byte(tb.String()))
		t.open[tb].FillPercent = tb.fill()
	}
	return t.open[tb]
}

// fill is how full pages are made when they split. Where rows are only ever
// appended there is nothing to leave room for.
func (tb table) fill() float64 {
	switch tb {
	case tEntry, tBody, tSketch:
		return 1
	case tMember, tStory:
		return 0.9 // a copy joins an older story: a full page would split into a full and an empty one
	case tSeen, tArrival:
		return 0.8
	}
	return 0.7
}

// record reads one record into r; false if there is none.
func (t *txn) record(tb table, key []byte, r any) (bool, error) {
	v := t.b(tb).Get(key)
	if v == nil {
		return false, nil
	}
	if err := t.codec.read(v, r); err != nil {
		return false, damaged(tb, key, err)
	}
	return true, nil
}

// damaged says which record can't be read, and what to do.
func damaged(tb table, key []byte, err error) error {
	return feed.WithHint(fmt.Errorf("read %s %x: %w", tb, key, err), "run tidings check, or go back to a backup")
}

func (t *txn) subscription(id uint64) (feed.Subscription, bool, error) {
	var r subscriptionRecord
	ok, err := t.record(tSubscription, number(id), &r)
	return r.subscription(id), ok, err
}

// following is a subscription that isn't hidden, or an error.
func (t *txn) following(id uint64) (feed.Subscription, error) {
	sub, ok, err := t.subscription(id)
	if err != nil {
		return sub, err
	}
	if !ok || !sub.Removed.IsZero() {
		return sub, fmt.Errorf("find feed %d: %w", id, feed.ErrNotFound)
	}
	return sub, nil
}

// state is empty where there is none.
func (t *txn) state(id uint64) (feed.State, error) {
	var r stateRecord
	_, err := t.record(tState, number(id), &r)
	return r.state(id), err
}

// timetable is a state of which only what tells when the feed is due, and whether
// it fails, is filled.
func (t *txn) timetable(id uint64) (feed.State, error) {
	var r timetableRecord
	_, err := t.record(tState, number(id), &r)
	return feed.State{
		Due: fromMillis(r.Due), Lease: fromMillis(r.Lease), NotBefore: fromMillis(r.NotBefore),
		Failures: r.Failures, Failure: feed.FailureKind(r.Failure), Gone: r.Gone,
	}, err
}

func (t *txn) entry(id uint64) (feed.Entry, bool, error) {
	var r entryRecord
	ok, err := t.record(tEntry, number(id), &r)
	return r.entry(id), ok, err
}

func (t *txn) body(id uint64) (feed.Body, error) {
	v := t.b(tBody).Get(number(id))
	if v == nil {
		return feed.Body{}, nil
	}
	b, err := t.codec.unpackBody(v)
	if err != nil {
		return b, damaged(tBody, number(id), err)
	}
	return b, nil
}

// story leaves Copies to the caller, who knows the members.
func (t *txn) story(id uint64) (feed.Story, bool, error) {
	st, _, ok, err := t.related(id)
	return st, ok, err
}

// related is a story, and why it is in its event.
func (t *txn) related(id uint64) (feed.Story, feed.Relation, bool, error) {
	var r storyRecord
	ok, err := t.record(tStory, number(id), &r)
	return r.story(id), r.relation(), ok, err
}

func (t *txn) mark(story uint64) (feed.Mark, error) {
	var r markRecord
	_, err := t.record(tMark, number(story), &r)
	return r.mark(), err
}

// member is an entry of a story, and the feed that it came from.
type member struct{ entry, feed uint64 }

// members lists the entries of a story by arrival.
func (t *txn) members(story uint64) (ms []member) {
	_ = t.each(tMember, number(story), func(k, _ []byte) error {
		if _, m, ok := splitMember(k); ok {
			ms = append(ms, m)
		}
		return nil
	})
	return ms
}

// feedsOf lists the feeds of members, each once, in order of arrival.
func feedsOf(ms []member) []uint64 {
	ids := make([]uint64, 0, len(ms))
	for _, m := range ms {
		ids = appendNew(ids, m.feed)
	}
	return ids
}

// appendNew appends what isn't there yet. The lists are short.
func appendNew[T comparable](list []T, x T) []T {
	for _, y := range list {
		if x == y {
			return list
		}
	}
	return append(list, x)
}

func (t *txn) verdict(story uint64, m member) (feed.Verdict, error) {
	var r verdictRecord
	key := memberKey(story, m.entry, m.feed)
	if v := t.b(tMember).Get(key); len(v) > 0 {
		if err := t.codec.read(v, &r); err != nil {
			return feed.Verdict{}, damaged(tMember, key, err)
		}
		return r.verdict(), nil
	}
	return feed.Verdict{Level: feed.LevelNew}, nil
}

// each calls fn with the rows whose keys begin with prefix, in order. fn must
// not write to the table.
func (t *txn) each(tb table, prefix []byte, fn func(k, v []byte) error) error {
	c := t.b(tb).Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if err := fn(k, v); err != nil {
			return err
		}
	}
	return nil
}

// keys copies the keys that begin with prefix, so that rows can be deleted.
func (t *txn) keys(tb table, prefix []byte) (ks [][]byte) {
	_ = t.each(tb, prefix, func(k, _ []byte) error {
		ks = append(ks, bytes.Clone(k))
		return nil
	})
	return ks
}

// count is what is counted for a feed.
func (t *txn) count(id uint64) feedCount {
	n, _ := unpackCount(t.b(tCounts).Get(countKey(id)))
	return n
}

// totals are what is counted over all feeds.
func (t *txn) totals() (r totalsRecord, err error) {
	_, err = t.record(tCounts, []byte(keyTotals), &r)
	return r, err
}

// unreadBy are the counts of unread stories by folder or by tag.
func (t *txn) unreadBy(key string) (map[string]int, error) {
	m := map[string]int{}
	_, err := t.record(tCounts, []byte(key), &m)
	return m, err
}

// totalsRecord counts over all feeds; the same type adds up changes.
type totalsRecord struct {
	Entries int `cbor:"1,keyasint,omitempty"`
	Stories int `cbor:"2,keyasint,omitempty"`
	Unread  int `cbor:"3,keyasint,omitempty"`
	Starred int `cbor:"4,keyasint,omitempty"`
	Failing int `cbor:"5,keyasint,omitempty"`
	Kin     int `cbor:"6,keyasint,omitempty"` // stories beyond the first of each event
}

func (r *totalsRecord) add(d totalsRecord) {
	r.Entries += d.Entries
	r.Stories += d.Stories
	r.Unread += d.Unread
	r.Starred += d.Starred
	r.Failing += d.Failing
	r.Kin += d.Kin
}
