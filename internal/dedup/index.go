package dedup

import (
	"cmp"
	"container/heap"
	"fmt"
	"math"
	"slices"
	"time"

	"tidings/internal/feed"
)

// Index knows the entries of a window of time, and which stories they tell.
// It is for one goroutine at a time. Its answers follow from the entries in the
// window alone, so an index that was restored answers like one that lived on.
//
// An entry costs about 750 bytes: a record with its matter, postings, and places in
// maps. Records with one address, text, story or event are chained from the newest to
// the oldest, and the maps hold the newest.
type Index struct {
	window  uint32 // seconds
	now     uint32 // when the entry placed last was seen
	size    int
	records ring

	byEntry   map[uint64]uint32
	byAddress map[uint64]uint32
	byText    map[uint64]uint32
	byStory   map[uint64]uint32
	byEvent   map[uint64]uint32
	inEvent   map[uint64]uint32 // how many records an event has
	near      near
	scales    *weightTable

	early    earlier    // records that were seen before one that was placed before them
	pending  []restored // not placed yet
	carriers []*record  // scratch

	watch    func(Compared)
	watchKin func(Kin)
	fold     func(feedID uint64) feed.Folding
	bonds    map[uint64][]bond
}

// slack is how long, in seconds, a record is kept after it left the window.
const slack = 3600

// Slack is how much longer than its window an index remembers entries, so that clocks
// that go back a little change nothing. A restoration must begin that much earlier.
const Slack = slack * time.Second

// Version is that of the rules: it moves whenever they would sort the same entries
// otherwise.
const Version = 4

// NewIndex makes an empty index that compares an entry with those first seen
// at most window before it, to the second.
func NewIndex(window time.Duration) *Index {
	return &Index{
		window:    uint32(min(max(0, window/time.Second), math.MaxUint32-slack)),
		records:   newRing(),
		byEntry:   map[uint64]uint32{},
		byAddress: map[uint64]uint32{},
		byText:    map[uint64]uint32{},
		byStory:   map[uint64]uint32{},
		byEvent:   map[uint64]uint32{},
		inEvent:   map[uint64]uint32{},
		near:      near{postings: newPostings()},
		scales:    scales(),
	}
}

// Len is how many entries the index holds.
func (x *Index) Len() int { return x.size + len(x.pending) }

// Restore places an entry as the store kept it, at start. Entries come in the order
// in which they were first seen, which is nearly that of their numbers, the order in
// which they were placed. The error is that of [DecodeSketch].
func (x *Index) Restore(k feed.Sketched) error {
	s, err := DecodeSketch(k.Sketch)
	if err != nil {
		return fmt.Errorf("restore entry %d: %w", k.Entry, err)
	}
	k.Sketch = nil
	n := len(x.pending)
	for n > 0 && x.pending[n-1].Entry > k.Entry {
		n--
	}
	x.pending = slices.Insert(x.pending, n, restored{k, s})
	for n = 0; n < len(x.pending) && k.Seen.Sub(x.pending[n].Seen) > slack*time.Second; n++ {
		x.settle(x.pending[n])
	}
	x.pending = slices.Delete(x.pending, 0, n)
	return nil
}

// ready places what is left of a restoration.
func (x *Index) ready() {
	for _, k := range x.pending {
		x.settle(k)
	}
	x.pending = nil
}

// restored is an entry that comes back, with its sketch decoded.
type restored struct {
	feed.Sketched
	sketch Sketch
}

func (x *Index) settle(k restored) {
	x.place(k.Entry, k.Feed, k.Story, cmp.Or(k.Event, k.Story), k.Seen, &k.sketch, true)
}

// Place records that an entry tells a story of an event, which it joined or founded,
// and gives the sketch to store. An entry that the index holds already keeps its
// place and time, and takes the new sketch, story and event.
func (x *Index) Place(entry, feedID, story, event uint64, seen time.Time, s Sketch) []byte {
	x.ready()
	x.place(entry, feedID, story, event, seen, &s, false)
	return s.Encode()
}

// place is Place. A restored sketch says itself what the entry is found by.
func (x *Index) place(entry, feedID, story, event uint64, seen time.Time, s *Sketch, restored bool) {
	if s.m != nil && !restored {
		x.near.mark(s.m)
	}
	rec := newRecord(entry, feedID, seen, *s)
	rec.story, rec.event = story, event
	if s.m != nil {
		rec.matter = s.m.append(make([]byte, 0, s.m.size()))
	}
	if n, ok := x.byEntry[entry]; ok {
		x.unlink(n)
		rec.seen = x.records.at(n).seen
		*x.records.at(n) = rec
		x.link(n)
		return
	}
	n := x.records.push(rec)
	x.byEntry[entry] = n
	x.size++
	x.link(n)
	if rec.seen < x.now {
		heap.Push(&x.early, seenAt{rec.seen, n})
	}
	x.now = max(x.now, rec.seen)
	x.evict()
}

// Forget drops entries, for instance because they have expired. Unknown
// numbers are ignored.
func (x *Index) Forget(entries []uint64) {
	x.ready()
	for _, e := range entries {
		if n, ok := x.byEntry[e]; ok {
			x.drop(n)
		}
	}
	x.evict()
}

// Move records that entries tell another story now. Unknown numbers are ignored.
func (x *Index) Move(entries []uint64, story, event uint64) {
	x.ready()
	for _, e := range entries {
		if n, ok := x.byEntry[e]; ok {
			r := x.records.at(n)
			x.unlinkStory(n)
			r.story, r.event = story, event
			x.linkStory(n)
		}
	}
}

// evict drops the records that are forgotten or well outside the window, all of them,
// so that an index holds what one that is restored would hold. Clocks that go back a
// little thus change nothing: what counts is the entry's own time, in [Index.Assign].
func (x *Index) evict() {
	for len(x.early) > 0 && x.outlived(x.early[0].seen) {
		n := heap.Pop(&x.early).(seenAt).record
		if r := x.records.at(n); r != nil && r.entry != 0 {
			x.drop(n)
		}
	}
	for x.records.first < x.records.next {
		r := x.records.at(x.records.first)
		if r.entry != 0 {
			if !x.outlived(r.seen) {
				break
			}
			x.dropOldest(r)
		}
		x.records.dropFirst()
	}
	x.near.postings.dropBefore(x.records.first)
}

// outlived reports whether what was seen at a time is well outside the window.
func (x *Index) outlived(seen uint32) bool { return apart(seen, x.now) > x.window+slack }

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
	if x.byStory[r.story] == n {
		delete(x.byStory, r.story)
	}
	if x.byEvent[r.event] == n {
		delete(x.byEvent, r.event)
	}
	x.leaveEvent(r.event)
	x.near.count(r, -1)
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
	x.linkStory(n)
	x.near.enter(n, r)
}

func (x *Index) linkStory(n uint32) {
	r := x.records.at(n)
	x.linkChain(x.byStory, n, r.story, olderStory)
	x.linkChain(x.byEvent, n, r.event, olderEvent)
	if r.event != 0 {
		x.inEvent[r.event]++
	}
}

// leaveEvent counts a record out of its event.
func (x *Index) leaveEvent(event uint64) {
	if n := x.inEvent[event]; n > 1 {
		x.inEvent[event] = n - 1
		return
	}
	delete(x.inEvent, event)
}

func (x *Index) unlinkStory(n uint32) {
	r := x.records.at(n)
	x.unlinkChain(x.byStory, n, r.story, olderStory)
	x.unlinkChain(x.byEvent, n, r.event, olderEvent)
	x.leaveEvent(r.event)
}

// unlink takes record n out of its chains.
func (x *Index) unlink(n uint32) {
	r := x.records.at(n)
	x.unlinkChain(x.byAddress, n, r.address, olderAddress)
	x.unlinkChain(x.byText, n, r.joinText(), olderText)
	x.unlinkStory(n)
	x.near.leave(n, r)
}

func olderAddress(r *record) *uint32 { return &r.olderAddress }
func olderText(r *record) *uint32    { return &r.olderText }
func olderStory(r *record) *uint32   { return &r.olderStory }
func olderEvent(r *record) *uint32   { return &r.olderEvent }

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
