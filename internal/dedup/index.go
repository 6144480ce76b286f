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
// An entry costs about 650 bytes: a record, its matter, postings, and places in tables,
// with hardly a pointer that the garbage collector would follow. Records with one
// address, text, story or event are chained from the newest to the oldest, and the
// tables hold the newest.
type Index struct {
	window  uint32 // seconds
	now     uint32 // when the entry placed last was seen
	size    int
	records ring

	byEntry   heads
	byAddress heads
	byText    heads
	byStory   heads
	byEvent   heads
	company   map[uint64]uint32 // how many records an event has beside one; most have none
	near      near
	scales    *weightTable

	early    earlier   // records that were seen before one that was placed before them
	pending  []record  // restored, and not placed yet
	carriers []*record // scratch

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
	x := &Index{
		window:  uint32(min(max(0, window/time.Second), math.MaxUint32-slack)),
		records: newRing(),
		company: map[uint64]uint32{},
		near:    near{postings: newPostings()},
		scales:  scales(),
	}
	x.byEntry = newHeads(&x.records, func(r *record) uint64 { return r.entry })
	x.byAddress = newHeads(&x.records, func(r *record) uint64 { return r.address })
	x.byText = newHeads(&x.records, (*record).joinText)
	x.byStory = newHeads(&x.records, func(r *record) uint64 { return r.story })
	x.byEvent = newHeads(&x.records, func(r *record) uint64 { return r.event })
	return x
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
	rec := x.record(k.Entry, k.Feed, k.Story, cmp.Or(k.Event, k.Story), k.Seen, &s)
	n := len(x.pending)
	for n > 0 && x.pending[n-1].entry > k.Entry {
		n--
	}
	x.pending = slices.Insert(x.pending, n, rec)
	for n = 0; n < len(x.pending) && int64(rec.seen)-int64(x.pending[n].seen) > slack; n++ {
	}
	x.settle(n)
	return nil
}

// ready places what is left of a restoration.
func (x *Index) ready() {
	x.settle(len(x.pending))
	x.pending = nil
}

// settle places the first n of those that are restored.
func (x *Index) settle(n int) {
	for i := range n {
		rec := x.pending[i]
		x.pending[i].matter = place{} // the index has it now
		x.put(rec)
	}
	x.pending = slices.Delete(x.pending, 0, n)
}

// Place records that an entry tells a story of an event, which it joined or founded,
// and gives the sketch to store. An entry that the index holds already keeps its
// place and time, and takes the new sketch, story and event.
func (x *Index) Place(entry, feedID, story, event uint64, seen time.Time, s Sketch) []byte {
	x.ready()
	if s.m != nil {
		x.near.mark(s.m)
	}
	x.put(x.record(entry, feedID, story, event, seen, &s))
	return s.Encode()
}

// record is the record of an entry that tells a story, with its matter on the rack.
// What the entry is found by is marked in its sketch.
func (x *Index) record(entry, feedID, story, event uint64, seen time.Time, s *Sketch) record {
	rec := newRecord(entry, feedID, seen, *s)
	rec.story, rec.event = story, event
	x.near.encoded = s.m.append(x.near.encoded[:0])
	rec.matter = x.near.rack.put(x.near.encoded)
	return rec
}

// put puts a record where it can be found, in the place of the one that its entry has.
func (x *Index) put(rec record) {
	if n := x.byEntry.get(rec.entry); n != 0 {
		x.replace(n, rec)
		return
	}
	n := x.records.push(rec)
	x.byEntry.set(n)
	x.size++
	x.link(n)
	if rec.seen < x.now {
		heap.Push(&x.early, seenAt{rec.seen, n})
	}
	x.now = max(x.now, rec.seen)
	x.evict()
}

// replace gives record n new contents, but for the time when it was seen.
func (x *Index) replace(n uint32, rec record) {
	x.unlink(n)
	r := x.records.at(n)
	x.near.rack.take(r.matter)
	rec.seen = r.seen
	*r = rec
	x.link(n)
	x.tidy()
}

// tidy moves all matter to a new rack if the old one has become sparse.
func (x *Index) tidy() {
	old := &x.near.rack
	if !old.sparse() {
		return
	}
	next := rack{}
	move := func(r *record) {
		p := next.put(old.at(r.matter))
		old.take(r.matter)
		r.matter = p
	}
	for n := x.records.first; n < x.records.next; n++ {
		move(x.records.at(n))
	}
	for i := range x.pending {
		move(&x.pending[i])
	}
	*old = next
}

// Forget drops entries, for instance because they have expired. Unknown
// numbers are ignored.
func (x *Index) Forget(entries []uint64) {
	x.ready()
	for _, e := range entries {
		if n := x.byEntry.get(e); n != 0 {
			x.drop(n)
		}
	}
	x.evict()
	x.tidy()
}

// Move records that entries tell another story now. Unknown numbers are ignored.
func (x *Index) Move(entries []uint64, story, event uint64) {
	x.ready()
	for _, e := range entries {
		if n := x.byEntry.get(e); n != 0 {
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

// dropOldest takes the oldest record out of the tables. It ends its chains, and
// so needn't be taken out of them: what points to it points to nothing soon.
func (x *Index) dropOldest(r *record) {
	n := x.records.first
	for _, h := range []*heads{&x.byAddress, &x.byText, &x.byStory, &x.byEvent} {
		if key := h.key(r); h.get(key) == n {
			h.remove(key)
		}
	}
	x.leaveEvent(r.event)
	x.near.count(r, -1)
	x.near.rack.take(r.matter)
	x.byEntry.remove(r.entry)
	x.size--
}

// drop takes a record out of tables and chains.
func (x *Index) drop(n uint32) {
	x.unlink(n)
	r := x.records.at(n)
	x.byEntry.remove(r.entry)
	x.near.rack.take(r.matter)
	*r = record{}
	x.size--
}

// link puts record n into its chains.
func (x *Index) link(n uint32) {
	r := x.records.at(n)
	x.linkChain(&x.byAddress, n, r.address, olderAddress)
	x.linkChain(&x.byText, n, r.joinText(), olderText)
	x.linkStory(n)
	x.near.enter(n, r)
}

func (x *Index) linkStory(n uint32) {
	r := x.records.at(n)
	x.linkChain(&x.byStory, n, r.story, olderStory)
	if r.event != 0 && x.byEvent.get(r.event) != 0 {
		x.company[r.event]++
	}
	x.linkChain(&x.byEvent, n, r.event, olderEvent)
}

// inEvent is how many records an event has, which must have one.
func (x *Index) inEvent(event uint64) uint32 { return x.company[event] + 1 }

// leaveEvent counts a record out of its event.
func (x *Index) leaveEvent(event uint64) {
	if n := x.company[event]; n > 1 {
		x.company[event] = n - 1
		return
	}
	delete(x.company, event)
}

func (x *Index) unlinkStory(n uint32) {
	r := x.records.at(n)
	x.unlinkChain(&x.byStory, n, r.story, olderStory)
	x.unlinkChain(&x.byEvent, n, r.event, olderEvent)
	x.leaveEvent(r.event)
}

// unlink takes record n out of its chains.
func (x *Index) unlink(n uint32) {
	r := x.records.at(n)
	x.unlinkChain(&x.byAddress, n, r.address, olderAddress)
	x.unlinkChain(&x.byText, n, r.joinText(), olderText)
	x.unlinkStory(n)
	x.near.leave(n, r)
}

func olderAddress(r *record) *uint32 { return &r.olderAddress }
func olderText(r *record) *uint32    { return &r.olderText }
func olderStory(r *record) *uint32   { return &r.olderStory }
func olderEvent(r *record) *uint32   { return &r.olderEvent }

// linkChain puts record n before the first older one of a chain, which is its
// beginning unless the record was there already.
func (x *Index) linkChain(heads *heads, n uint32, hash uint64, older func(*record) *uint32) {
	if hash == 0 {
		return
	}
	head := heads.get(hash)
	if head < n {
		*older(x.records.at(n)) = head
		heads.set(n)
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
func (x *Index) unlinkChain(heads *heads, n uint32, hash uint64, older func(*record) *uint32) {
	if hash == 0 {
		return
	}
	head := heads.get(hash)
	if head == n {
		if next := *older(x.records.at(n)); x.records.at(next) != nil {
			heads.set(next)
		} else {
			heads.remove(hash)
		}
		return
	}
	at := older(x.records.at(head))
	for *at != n {
		at = older(x.records.at(*at))
	}
	*at = *older(x.records.at(n))
}
