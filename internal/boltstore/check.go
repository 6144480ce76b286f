package boltstore

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"tidings/internal/feed"
)

// mostProblems bounds how many problems of one kind are told one by one.
const mostProblems = 20

// Check compares the file with itself: its pages, each fact with the facts that
// it names, and each index with the facts that it follows from. It reads
// everything, in one long read transaction.
func (s *Store) Check(ctx context.Context) (feed.CheckReport, error) {
	c := &checker{ctx: ctx, records: map[string]int{}, kinds: map[string]int{}}
	t, err := s.still(ctx)
	if err != nil {
		return feed.CheckReport{}, err
	}
	defer func() { _ = t.tx.Rollback() }()
	c.txn = t
	err = survive(c.all)
	for _, kind := range c.order {
		if n := c.kinds[kind]; n > mostProblems {
			c.problems = append(c.problems, fmt.Sprintf("%s: %d more problems of this kind", kind, n-mostProblems))
		}
	}
	return feed.CheckReport{Problems: c.problems, Records: c.records}, err
}

// still begins a read transaction between two writes, so that what is in memory
// is what the transaction sees.
func (s *Store) still(ctx context.Context) (*txn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.write.Lock()
	defer s.write.Unlock()
	o, err := s.outletsLocked()
	if err != nil {
		return nil, err
	}
	tx, err := s.db.Begin(false)
	if err != nil {
		return nil, fmt.Errorf("begin reading: %w", err)
	}
	return &txn{tx: tx, codec: s.codec, outlets: o}, nil
}

// Repair makes all indexes anew from the facts, which it never changes, in one
// transaction, and reports what [Store.Check] finds then.
func (s *Store) Repair(ctx context.Context) (feed.CheckReport, error) {
	err := s.update(ctx, func(w *work) error {
		err := w.rebuild()
		w.visible = true
		return err
	})
	if err != nil {
		return feed.CheckReport{}, fmt.Errorf("repair data file: %w", err)
	}
	return s.Check(ctx)
}

// rebuild replaces the indexes, and lifts the last numbers to what is in use.
func (w *work) rebuild() error {
	fresh, err := derive(&w.txn, func(tb table, key, value []byte) error {
		w.putLater(tb, key, value)
		return nil
	})
	if err != nil {
		return err
	}
	w.outlets, w.own = fresh, true
	for tb := range tables {
		if !tb.isIndex() {
			continue
		}
		w.open[tb] = nil
		if err := w.tx.DeleteBucket([]byte(tb.String())); err != nil {
			return fmt.Errorf("empty %s: %w", tb, err)
		}
		if _, err := w.tx.CreateBucket([]byte(tb.String())); err != nil {
			return fmt.Errorf("make %s: %w", tb, err)
		}
	}
	for _, tb := range []table{tSubscription, tEntry, tStory, tDecision, tList} {
		if n := w.greatest(tb); n > w.b(tb).Sequence() {
			if err := w.sequence(tb, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// greatest is the last number in a table.
func (t *txn) greatest(tb table) (n uint64) {
	k, _ := t.b(tb).Cursor().Last()
	split(k, &n)
	return n
}

// checker collects what is wrong.
type checker struct {
	*txn
	ctx      context.Context
	problems []string
	records  map[string]int
	kinds    map[string]int // problems by kind
	order    []string
}

// problem notes one sentence.
func (c *checker) problem(kind, format string, args ...any) {
	if c.kinds[kind]++; c.kinds[kind] == 1 {
		c.order = append(c.order, kind)
	}
	if c.kinds[kind] <= mostProblems {
		c.problems = append(c.problems, kind+": "+fmt.Sprintf(format, args...))
	}
}

func (c *checker) all() error {
	if err := cutShort(c.tx); err != nil {
		return err // bbolt reads the pages where no fault can be caught
	}
	for err := range c.tx.Check(bolt.WithKVStringer(bolt.HexKVStringer())) {
		c.problem("pages", "%v", err)
	}
	if len(c.problems) > 0 {
		return nil // what damaged pages say means nothing
	}
	facts := map[table]func(k, v []byte){
		tSubscription: c.subscription, tState: c.state, tEntry: c.entry, tBody: c.body, tSeen: c.seen,
		tStory: c.story, tMember: c.member, tMark: c.mark, tSketch: c.sketch, tSetting: func(k, v []byte) {},
		tDecision: c.decision, tDissolved: c.dissolved, tSubscriber: c.subscriber, tList: c.list, tLease: c.lease, tEarlier: c.earlier,
		tIcon: func(k, v []byte) {}, tFullText: c.fullText, tBygone: c.bygone, tRemoved: c.removed,
	}
	for tb := range tables {
		fn, ok := facts[tb]
		if !ok {
			continue
		}
		err := c.each(tb, nil, func(k, v []byte) error {
			c.records[tb.String()]++
			fn(k, v)
			return c.ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	c.sequences()
	return c.indexes()
}

// indexes compares each row that ought to be with what is there, then counts for
// rows that nothing stands behind.
func (c *checker) indexes() error {
	right := map[table]int{}
	fresh, err := derive(c.txn, func(tb table, key, value []byte) error {
		switch v := c.b(tb).Get(key); {
		case v == nil:
			c.problem(tb.String(), "the row %x is missing", key)
			return c.ctx.Err()
		case !bytes.Equal(v, value):
			c.problem(tb.String(), "the row %x is %x and ought to be %x", key, v, value)
		}
		right[tb]++
		return c.ctx.Err()
	})
	if err != nil {
		if c.ctx.Err() != nil {
			return err
		}
		c.problem("facts", "indexes can't be compared with them: %v", err)
		return nil
	}
	for tb := range tables {
		if !tb.isIndex() {
			continue
		}
		n := 0
		_ = c.each(tb, nil, func(_, _ []byte) error { n++; return nil })
		c.records[tb.String()] = n
		if n > right[tb] {
			c.problem(tb.String(), "%d rows have nothing behind them", n-right[tb])
		}
	}
	c.inMemory(fresh)
	return nil
}

// inMemory compares what is kept in memory with the file.
func (c *checker) inMemory(fresh *outlets) {
	if len(fresh.feeds) != len(c.outlets.feeds) {
		c.problem("memory", "%d feeds are known, and %d are in the file", len(c.outlets.feeds), len(fresh.feeds))
	}
	for id, o := range fresh.feeds {
		if p := c.outlets.feeds[id]; !o.same(p) || !slices.Equal(o.chain(), p.chain()) || !slices.Equal(o.labels(), p.labels()) {
			c.problem("memory", "feed %d is not what the file says", id)
		}
	}
}

func (c *checker) sequences() {
	for _, tb := range []table{tSubscription, tEntry, tStory, tDecision, tList} {
		if n := c.greatest(tb); n > c.b(tb).Sequence() {
			c.problem(tb.String(), "number %d is in use, and the last number given is said to be %d", n, c.b(tb).Sequence())
		}
	}
}

func (c *checker) has(tb table, key []byte) bool { return c.b(tb).Get(key) != nil }

// decode reads the key and the record of a fact; false, and a problem, if it can't.
func (c *checker) decode(tb table, k, v []byte, r any) (id uint64, ok bool) {
	if !split(k, &id) {
		c.problem(tb.String(), "the key %x is not a number", k)
		return 0, false
	}
	if err := c.codec.read(v, r); err != nil {
		c.problem(tb.String(), "%d can't be read: %v", id, err)
		return 0, false
	}
	return id, true
}

func (c *checker) subscription(k, v []byte) {
	var r subscriptionRecord
	if id, ok := c.decode(tSubscription, k, v, &r); ok && !c.has(tState, k) {
		c.problem("subscription", "feed %d has no state", id)
	}
}

func (c *checker) state(k, v []byte) {
	var r stateRecord
	if id, ok := c.decode(tState, k, v, &r); ok && !c.has(tSubscription, k) {
		c.problem("state", "feed %d has no subscription", id)
	}
}

func (c *checker) entry(k, v []byte) {
	var r entryRecord
	id, ok := c.decode(tEntry, k, v, &r)
	if !ok {
		return
	}
	if !c.has(tSubscription, number(r.Feed)) {
		c.problem("entry", "entry %d is of feed %d, which isn't there", id, r.Feed)
	}
	if !c.has(tBody, k) {
		c.problem("entry", "entry %d has no body", id)
	}
	if !c.has(tMember, memberKey(r.Story, id, r.Feed)) {
		c.problem("entry", "entry %d is not among the members of its story %d", id, r.Story)
	}
}

func (c *checker) body(k, v []byte) {
	if !c.has(tEntry, k) {
		c.problem("body", "the body %x has no entry", k)
	}
	if _, err := c.codec.unpackBody(v); err != nil {
		c.problem("body", "the body %x can't be read: %v", k, err)
	}
}

func (c *checker) seen(k, v []byte) {
	id, _, ok := splitSeen(k)
	if _, valid := unpackRemembered(v); !ok || !valid {
		c.problem("seen", "the row %x can't be read", k)
	} else if !c.has(tSubscription, number(id)) {
		c.problem("seen", "the row %x is of feed %d, which isn't there", k, id)
	}
}

func (c *checker) story(k, v []byte) {
	var r storyRecord
	id, ok := c.decode(tStory, k, v, &r)
	if !ok {
		return
	}
	if !slices.ContainsFunc(c.members(id), func(m member) bool { return m.entry == r.Lead }) {
		c.problem("story", "the lead %d of story %d is not among its members", r.Lead, id)
	}
}

func (c *checker) member(k, _ []byte) {
	id, m, ok := splitMember(k)
	if !ok {
		c.problem("member", "the key %x can't be read", k)
		return
	}
	if !c.has(tStory, number(id)) {
		c.problem("member", "entry %d is a member of story %d, which isn't there", m.entry, id)
	}
	e, there, err := c.txn.entry(m.entry)
	if err != nil || !there || e.Story != id || e.Feed != m.feed {
		c.problem("member", "entry %d doesn't say that it tells story %d for feed %d", m.entry, id, m.feed)
	}
	if _, err := c.verdict(id, m); err != nil {
		c.problem("member", "%v", err)
	}
}

func (c *checker) mark(k, v []byte) {
	var r markRecord
	if id, ok := c.decode(tMark, k, v, &r); ok && !c.has(tStory, k) {
		c.problem("mark", "story %d isn't there", id)
	}
}

func (c *checker) sketch(k, v []byte) {
	_, id, ok := splitSketch(k)
	s, valid := unpackSketch(v)
	if !ok || !valid {
		c.problem("sketch", "the row %x can't be read", k)
		return
	}
	e, there, err := c.txn.entry(id)
	if err != nil || !there || e.Feed != s.Feed || e.Story != s.Story {
		c.problem("sketch", "the row %x doesn't fit entry %d", k, id)
		return
	}
	if st, _, err := c.txn.story(s.Story); err == nil && st.Event != s.Event {
		c.problem("sketch", "the row %x says that story %d is of event %d, not %d", k, s.Story, s.Event, st.Event)
	}
}

func (c *checker) decision(k, v []byte) {
	var r decisionRecord
	id, ok := c.decode(tDecision, k, v, &r)
	switch {
	case !ok:
	case r.Kind != string(feed.Split) && r.Kind != string(feed.Join):
		c.problem("decision", "decision %d is of the unknown kind %q", id, r.Kind)
	case len(r.Verdicts) != len(r.Moved) || r.Kind == string(feed.Join) && (r.Story == nil || r.Mark == nil):
		c.problem("decision", "decision %d can't be undone: it doesn't say all that was there before", id)
	}
}

func (c *checker) dissolved(k, v []byte) {
	var id, into uint64
	switch {
	case !split(k, &id) || !split(v, &into):
		c.problem("dissolved", "the row %x can't be read", k)
	case c.has(tStory, k):
		c.problem("dissolved", "story %d is said to have gone into story %d, and is there", id, into)
	}
}
