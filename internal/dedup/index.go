package dedup

import (
	"fmt"
	"math"
	"time"

	"tidings/internal/feed"
)

// Index knows the entries of a window of time, and which stories they tell.
// It is for one goroutine at a time. Its answers follow from the entries in the
// window alone, so an index that was restored answers like one that lived on.
//
// An entry costs about 145 bytes: a record, and a place in three maps. Records
// with one address, or one text, are chained from the newest to the oldest, and
// the maps hold the newest.
type Index struct {
	window  uint32 // seconds
	now     uint32 // when the entry placed last was seen
	size    int
	records ring

	byEntry   map[uint64]uint32
	byAddress map[uint64]uint32
	byText    map[uint64]uint32

	carriers []*record // scratch

	fold  func(feedID uint64) feed.Folding
	bound []feed.Binding
}

// slack is how long, in seconds, a record is kept after it left the window.
const slack = 3600

// NewIndex makes an empty index that compares an entry with those first seen
// at most window before it, to the second.
func NewIndex(window time.Duration) *Index {
	return &Index{
		window:    uint32(min(max(0, window/time.Second), math.MaxUint32-slack)),
		records:   newRing(),
		byEntry:   map[uint64]uint32{},
		byAddress: map[uint64]uint32{},
		byText:    map[uint64]uint32{},
	}
}

// Len is how many entries the index holds.
func (x *Index) Len() int { return x.size }

// Restore places an entry as the store kept it, at start, in order of arrival.
// The error is that of [DecodeSketch].
func (x *Index) Restore(k feed.Sketched) error {
	s, err := DecodeSketch(k.Sketch)
	if err != nil {
		return fmt.Errorf("restore entry %d: %w", k.Entry, err)
	}
	x.Place(k.Entry, k.Feed, k.Story, k.Event, k.Seen, s)
	return nil
}

// Place records that an entry tells a story that it joined or founded, and
// drops what has left the window. An entry that the index holds already keeps
// its place and time, and takes the new sketch and story.
func (x *Index) Place(entry, feedID, story, event uint64, seen time.Time, s Sketch) []byte {
	rec := newRecord(entry, feedID, seen, s)
	rec.story = story
	if n, ok := x.byEntry[entry]; ok {
		x.unlink(n)
		rec.seen = x.records.at(n).seen
		*x.records.at(n) = rec
		x.link(n)
		return s.Encode()
	}
	n := x.records.push(rec)
	x.byEntry[entry] = n
	x.size++
	x.link(n)
	x.now = rec.seen
	x.evict()
	return s.Encode()
}

// Forget drops entries, for instance because they have expired. Unknown
// numbers are ignored.
func (x *Index) Forget(entries []uint64) {
	for _, e := range entries {
		if n, ok := x.byEntry[e]; ok {
			x.drop(n)
		}
	}
	x.evict()
}

// Move records that entries tell another story now. Unknown numbers are ignored.
func (x *Index) Move(entries []uint64, story, event uint64) {
	for _, e := range entries {
		if n, ok := x.byEntry[e]; ok {
			x.records.at(n).story = story
		}
	}
}

// evict drops the oldest records while they are forgotten or well outside the
// window. Clocks that go back a little thus change nothing: what counts is the
// entry's own time, in [Index.Assign].
func (x *Index) evict() {
	for x.records.first < x.records.next {
		r := x.records.at(x.records.first)
		if r.entry != 0 {
			if apart(r.seen, x.now) <= x.window+slack {
				return
			}
			x.dropOldest(r)
		}
		x.records.dropFirst()
	}
}

// inside reports whether two times are in one window.
func (x *Index) inside(a, b uint32) bool { return apart(a, b) <= x.window }

// apart is the distance of two times in seconds.
func apart(a, b uint32) uint32 { return max(a, b) - min(a, b) }

// dropOldest takes the oldest record out of the maps. It ends its chains, and
// so needn't be taken out of them: what points to it points to nothing soon.
func (x *Index) dropOldest(r *record) {
	n := x.records.first
	if x.byAddress[r.address] == n {
		delete(x.byAddress, r.address)
	}
	if x.byText[r.joinText()] == n {
		delete(x.byText, r.joinText())
	}
	delete(x.byEntry, r.entry)
	x.size--
}

// drop takes a record out of maps and chains.
func (x *Index) drop(n uint32) {
	x.unlink(n)
	r := x.records.at(n)
	delete(x.byEntry, r.entry)
	*r = record{}
	x.size--
}

// link puts record n into its chains.
func (x *Index) link(n uint32) {
	r := x.records.at(n)
	x.linkChain(x.byAddress, n, r.address, olderAddress)
	x.linkChain(x.byText, n, r.joinText(), olderText)
}

// unlink takes record n out of its chains.
func (x *Index) unlink(n uint32) {
	r := x.records.at(n)
	x.unlinkChain(x.byAddress, n, r.address, olderAddress)
	x.unlinkChain(x.byText, n, r.joinText(), olderText)
}

func olderAddress(r *record) *uint32 { return &r.olderAddress }
func olderText(r *record) *uint32    { return &r.olderText }

// linkChain puts record n before the first older one of a chain, which is its
// beginning unless the record was there already.
func (x *Index) linkChain(heads map[uint64]uint32, n uint32, hash uint64, older func(*record) *uint32) {
	if hash == 0 {
		return
	}
	head := heads[hash]
	if head < n {
		*older(x.records.at(n)) = head
		heads[hash] = n
		return
	}
	at := older(x.records.at(head))
	for *at > n {
		at = older(x.records.at(*at))
	}
	*older(x.records.at(n)) = *at
	*at = n
}

// unlinkChain takes record n out of a chain.
func (x *Index) unlinkChain(heads map[uint64]uint32, n uint32, hash uint64, older func(*record) *uint32) {
	if hash == 0 {
		return
	}
	head := heads[hash]
	if head == n {
		if next := *older(x.records.at(n)); x.records.at(next) != nil {
			heads[hash] = next
		} else {
			delete(heads, hash)
		}
		return
	}
	at := older(x.records.at(head))
	for *at != n {
		at = older(x.records.at(*at))
	}
	*at = *older(x.records.at(n))
}
