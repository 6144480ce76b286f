package boltstore

import (
	"bytes"
	"container/heap"
	"math"

	bolt "go.etcd.io/bbolt"

	"tidings/internal/feed"
)

// merge opens the rivers that q chooses: one for everything, one for a feed, or
// those of all feeds in a folder or with a tag.
func (t *txn) merge(q feed.Query) *merge {
	m := &merge{ascending: !q.After.IsZero()}
	if q.Starred {
		m.add(t.stream(tStarred, nil, q))
		return m
	}
	tb := tRiver
	if q.Unread {
		tb = tUnread
	}
	for _, id := range t.outlets.chosen(q) {
		m.add(t.stream(tb, number(id), q))
	}
	heap.Init(m)
	return m
}

// stream walks one river, or the starred stories, in one direction.
type stream struct {
	c         *bolt.Cursor
	prefix    []byte // of the keys; nil for starred
	ascending bool
	stop      place // not reached: the other bound
	bounded   bool
	floor     int64 // no place is earlier, in Unix seconds
	at        place
}

// stream opens a river at its first place in the direction of q; nil if it is empty there.
func (t *txn) stream(tb table, prefix []byte, q feed.Query) *stream {
	s := &stream{c: t.b(tb).Cursor(), prefix: prefix, ascending: !q.After.IsZero(), floor: math.MinInt64}
	if !q.Since.IsZero() {
		s.floor = q.Since.Unix()
	}
	if s.ascending {
		s.stop, s.bounded = placeOf(q.Before), !q.Before.IsZero()
		after := placeOf(q.After)
		if after.sec < s.floor {
			after = place{s.floor, 0}
		}
		from := s.key(after)
		k, _ := s.c.Seek(from)
		if bytes.Equal(k, from) {
			k, _ = s.c.Next()
		}
		return s.here(k)
	}
	from := s.key(place{math.MaxInt64, last})
	if !q.Before.IsZero() {
		from = s.key(placeOf(q.Before))
	}
	k, _ := s.c.Seek(from)
	if k == nil {
		k, _ = s.c.Last()
	} else {
		k, _ = s.c.Prev()
	}
	return s.here(k)
}

func (s *stream) key(p place) []byte {
	return append(bytes.Clone(s.prefix), starredKey(p)...)
}

// here takes the place from a key; nil where the stream has ended.
func (s *stream) here(k []byte) *stream {
	if k == nil || !bytes.HasPrefix(k, s.prefix) {
		return nil
	}
	p, ok := splitStarred(k[len(s.prefix):])
	if !ok || p.sec < s.floor || s.bounded && !p.older(s.stop) {
		return nil
	}
	s.at = p
	return s
}

func (s *stream) next() *stream {
	var k []byte
	if s.ascending {
		k, _ = s.c.Next()
	} else {
		k, _ = s.c.Prev()
	}
	return s.here(k)
}

// merge is several rivers in one, a heap of streams: each story once, although
// several of its feeds may be among them.
type merge struct {
	streams   []*stream
	ascending bool
	given     place
	started   bool
}

func (m *merge) add(s *stream) {
	if s != nil {
		m.streams = append(m.streams, s)
	}
}

// next gives the next place; false at the end.
func (m *merge) next() (place, bool) {
	for len(m.streams) > 0 {
		p := m.streams[0].at
		if m.streams[0].next() == nil {
			heap.Pop(m)
		} else {
			heap.Fix(m, 0)
		}
		if m.started && p == m.given {
			continue
		}
		m.started, m.given = true, p
		return p, true
	}
	return place{}, false
}

func (m *merge) Len() int      { return len(m.streams) }
func (m *merge) Swap(i, j int) { m.streams[i], m.streams[j] = m.streams[j], m.streams[i] }
func (m *merge) Push(x any)    { m.streams = append(m.streams, x.(*stream)) }

func (m *merge) Less(i, j int) bool {
	if m.ascending {
		return m.streams[i].at.older(m.streams[j].at)
	}
	return m.streams[j].at.older(m.streams[i].at)
}

func (m *merge) Pop() any {
	s := m.streams[len(m.streams)-1]
	m.streams = m.streams[:len(m.streams)-1]
	return s
}
