package dedup

import (
	"fmt"

	"tidings/internal/feed"
)

// bond is what the reader decided of an entry and another one.
type bond struct {
	other uint64
	same  bool
}

// Bind gives the index the reader's decisions in force, in place of those that it
// had. An entry that is bound to another as the same joins its story, whatever the
// texts say; one that is bound as not the same never joins a story that has it.
func (x *Index) Bind(bs []feed.Binding) {
	x.bonds = make(map[uint64][]bond, 2*len(bs))
	for _, b := range bs {
		x.bonds[b.A] = append(x.bonds[b.A], bond{b.B, b.Same})
		x.bonds[b.B] = append(x.bonds[b.B], bond{b.A, b.Same})
	}
}

// bidden is the record whose story the reader put an entry into, nil if none.
func (x *Index) bidden(entry uint64) *record {
	for _, b := range x.bonds[entry] {
		if r := x.held(b.other); b.same && r != nil && !x.forbidden(entry, r.story) {
			return r
		}
	}
	return nil
}

// forbidden reports whether the reader parted an entry from one of a story.
func (x *Index) forbidden(entry, story uint64) bool {
	for _, b := range x.bonds[entry] {
		if r := x.held(b.other); !b.same && r != nil && r.story == story {
			return true
		}
	}
	return false
}

// held is the record of an entry, nil if the index doesn't hold it.
func (x *Index) held(entry uint64) *record {
	return x.records.at(x.byEntry.get(entry))
}

// Held gives what the index holds of an entry, as a store would have kept it; false
// if it doesn't hold it.
func (x *Index) Held(entry uint64) (feed.Sketched, bool) {
	x.ready()
	r := x.held(entry)
	if r == nil {
		return feed.Sketched{}, false
	}
	s := Sketch{address: r.address, title: r.title, text: r.text, length: r.length, published: r.published, chars: r.chars, short: r.short, scant: r.scant}
	if r.matter.size > 0 {
		s.m = &matter{}
		s.m.decode(x.near.rack.at(r.matter))
	}
	return feed.Sketched{Entry: entry, Feed: r.feed, Story: r.story, Event: r.event, Seen: fromUnix32(r.seen), Sketch: s.Encode()}, true
}

// Revise gives the index the new text of an entry that it holds. It tells whether
// the entry would not join its story with that text, with a sentence for people,
// and gives the sketch to store. An entry that the index doesn't hold drifts never,
// nor does one that the reader joined.
func (x *Index) Revise(entry uint64, s Sketch) (sketch []byte, drift string, drifted bool) {
	x.ready()
	r := x.held(entry)
	if r == nil {
		return s.Encode(), "", false
	}
	drift, drifted = x.drift(r, &s)
	return x.Place(entry, r.feed, r.story, r.event, fromUnix32(r.seen), s), drift, drifted
}

// drift compares an entry's new text with the rest of its story.
func (x *Index) drift(r *record, s *Sketch) (string, bool) {
	if s.m == nil || x.bidden(r.entry) != nil {
		return "", false
	}
	e := &newcomer{record: newRecord(r.entry, r.feed, fromUnix32(r.seen), *s), url: s.url, m: s.m, fold: feed.FoldCopies}
	x.near.prepare(e.m)
	n, best := 0, match{}
	for o := x.records.at(x.byStory.get(r.story)); o != nil && n < sampled; o = x.records.at(o.olderStory) {
		if o.entry == r.entry {
			continue
		}
		if o.address != 0 && o.address == e.address || o.text != 0 && o.text == e.text {
			return "", false
		}
		var m match
		ok := x.compare(e, o, &m)
		if ok && (m.veto == "" || m.veto == vetoTitles) && m.score >= m.need-driftSlack {
			return "", false
		}
		if n++; ok && (best.r == nil || m.score-m.need > best.score-best.need) {
			best = m
		}
	}
	if n == 0 {
		return "", false
	}
	if best.r == nil {
		return "It was revised, and has hardly a word in common with the others", true
	}
	if best.veto != "" {
		return "It was revised, and would now be kept apart: " + best.veto.reason(), true
	}
	return fmt.Sprintf("It was revised, and would now be kept apart: %.1f against %.1f points", shown(best.score, best.need), enough), true
}
