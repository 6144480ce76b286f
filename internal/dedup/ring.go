package dedup

import (
	"math"
	"time"
)

// record is an entry of the window, as the index keeps it.
type record struct {
	entry uint64 // 0: forgotten
	feed  uint64
	story uint64
	event uint64

	address, title, text uint64 // as in Sketch

	seen      uint32 // Unix time
	published uint32 // Unix time; 0 if unknown
	length    uint32
	chars     bool
	short     bool
	scant     bool

	// The next older records that have the same address, or text; 0 for none.
	olderAddress, olderText uint32
	// The same of its story, and of its event.
	olderStory, olderEvent uint32

	matter place // on the rack, encoded; nothing for sketches of version 1
}

// newRecord is the record of an entry without a story yet.
func newRecord(entry, feed uint64, seen time.Time, s Sketch) record {
	return record{
		entry: entry, feed: feed,
		address: s.address, title: s.title, text: s.text,
		seen: unix32(seen), published: s.published, length: s.length, chars: s.chars, short: s.short, scant: s.scant,
	}
}

// unix32 is a time as the index keeps it, clamped to the years 1970 to 2106.
func unix32(t time.Time) uint32 { return uint32(min(max(0, t.Unix()), math.MaxUint32)) }

func fromUnix32(t uint32) time.Time { return time.Unix(int64(t), 0) }

// joinText is the text to join by; 0 for none.
func (r *record) joinText() uint64 {
	if r.scant {
		return 0
	}
	return r.text
}

// chunkSize is how many records are allocated at once.
const chunkSize = 1024

// ring holds records in order of arrival. Each has a number, ascending from 1,
// that it keeps; the oldest are dropped.
type ring struct {
	chunks []*[chunkSize]record
	base   uint32 // number of the first record of the first chunk
	first  uint32 // number of the oldest record kept
	next   uint32 // number of the next record
}

func newRing() ring { return ring{base: 1, first: 1, next: 1} }

// at gives the record with a number, nil if it has been dropped.
func (r *ring) at(n uint32) *record {
	if n < r.first || n >= r.next {
		return nil
	}
	i := n - r.base
	return &r.chunks[i/chunkSize][i%chunkSize]
}

// push appends a record and gives its number.
func (r *ring) push(rec record) uint32 {
	if int(r.next-r.base) == len(r.chunks)*chunkSize {
		r.chunks = append(r.chunks, new([chunkSize]record))
	}
	r.next++
	*r.at(r.next - 1) = rec
	return r.next - 1
}

// dropFirst drops the oldest record.
func (r *ring) dropFirst() {
	r.first++
	if r.first-r.base == chunkSize {
		r.chunks[0] = nil
		r.chunks = r.chunks[1:]
		r.base = r.first
	}
}

// seenAt is a record and its time.
type seenAt struct{ seen, record uint32 }

// earlier is a heap of records, those seen first at its top.
type earlier []seenAt

func (e earlier) Len() int           { return len(e) }
func (e earlier) Less(i, j int) bool { return e[i].seen < e[j].seen }
func (e earlier) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *earlier) Push(x any)        { *e = append(*e, x.(seenAt)) }

func (e *earlier) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}
