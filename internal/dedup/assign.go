package dedup

import (
	"time"

	"tidings/internal/feed"
)

// How far the index looks, and what it refuses.
const (
	maxCarriers = 64             // the newest so many entries with one address or text are compared
	hubTitles   = 3              // an address that one feed shows under changing titles is a hub from so many titles on
	maxTitles   = 16             // as is any address under more titles than this
	seriesGap   = 12 * time.Hour // a feed that repeats a text after so long runs a series
	shortGap    = 36 * time.Hour // short texts join within this time
)

// Assign says which story a new entry tells already and which event it belongs to,
// with the reasons. seen is when the entry was first seen. The caller then calls
// [Index.Place].
//
// An equal address comes before an equal text, and that before near-copies. Of equal
// ones, the stories in which the match has the same title come before others, and older
// stories before younger ones.
func (x *Index) Assign(entry, feedID uint64, seen time.Time, s Sketch) Placing {
	x.ready()
	e := &newcomer{record: newRecord(entry, feedID, seen, s), url: s.url, m: s.m, fold: x.foldOf(feedID)}
	x.now = max(x.now, e.seen)
	x.evict()
	if r := x.bidden(entry); r != nil {
		return Placing{Story: r.story, Event: r.event, Verdict: feed.Verdict{Level: feed.LevelReader, Of: r.entry, Score: 1,
			Evidence: "You said that it is the same story"}}
	}
	if r, v := x.exact(e); r != nil {
		return Placing{Story: r.story, Event: r.event, Verdict: v}
	}
	if s.m == nil {
		return Placing{Verdict: feed.Verdict{Level: feed.LevelNew}}
	}
	return x.assignNear(e)
}

// foldOf is how far a feed's entries may be folded.
func (x *Index) foldOf(feedID uint64) feed.Folding {
	if x.fold == nil {
		return feed.FoldCopies
	}
	return x.fold(feedID)
}

// exact finds the story of an equal address or text.
func (x *Index) exact(e *newcomer) (*record, feed.Verdict) {
	if e.address != 0 {
		if r := e.sameAddress(x.find(e, x.byAddress.get(e.address), olderAddress)); r != nil {
			return r, feed.Verdict{Level: feed.LevelSameURL, Of: r.entry, Score: 1, Evidence: e.addressEvidence(r)}
		}
	}
	if e.joinText() != 0 {
		if r := e.sameText(x.find(e, x.byText.get(e.text), olderText)); r != nil && !x.strange(e, r) {
			return r, feed.Verdict{Level: feed.LevelSameText, Of: r.entry, Score: 1, Evidence: e.textEvidence(r)}
		}
	}
	return nil, feed.Verdict{}
}

// strange reports whether two entries with one short text have titles of which one
// is not about it: the text then is what a publisher says of everything.
func (x *Index) strange(e *newcomer, r *record) bool {
	if e.m == nil || e.m.words >= gramWords || e.m.title < 3 {
		return false
	}
	x.near.prepare(e.m)
	var m match
	return x.compare(e, r, &m) && m.x[fTitleBoth] < 0.15 && m.x[fTitleDice] < 0.15
}

// newcomer is an entry that looks for its story.
type newcomer struct {
	record
	url  string // for evidence
	m    *matter
	fold feed.Folding
}

// find gives the newest records of a chain, beginning at head, that are in e's window.
func (x *Index) find(e *newcomer, head uint32, older func(*record) *uint32) []*record {
	clear(x.carriers[:cap(x.carriers)]) // they would keep dropped records in memory
	x.carriers = x.carriers[:0]
	for r := x.records.at(head); r != nil && len(x.carriers) < maxCarriers; r = x.records.at(*older(r)) {
		if r.entry != e.entry && x.inside(r.seen, e.seen) && e.fold != feed.FoldOff && x.foldOf(r.feed) != feed.FoldOff && !x.forbidden(e.entry, r.story) {
			x.carriers = append(x.carriers, r)
		}
	}
	return x.carriers
}

// sameAddress gives the match among the records with e's address, nil if the
// address joins nothing.
//
// Where one feed shows several articles under the address (a live page, a page
// of a day's notes), an entry joins only what is the same article by title or
// text, and no story that holds another article of its own feed; where such a
// page has three titles it is a hub, and joins nothing.
func (e *newcomer) sameAddress(carriers []*record) *record {
	titles, several := titlesOf(append(carriers, &e.record))
	if titles > maxTitles || several && titles >= hubTitles {
		return nil
	}
	var best *record
	for _, r := range carriers {
		if several && (!sameArticle(&e.record, r) || e.hasOther(carriers, r.story)) {
			continue
		}
		if e.better(r, best) {
			best = r
		}
	}
	return best
}

// titlesOf counts the titles of records that have one address, and reports
// whether one feed shows several articles under it.
func titlesOf(records []*record) (titles int, several bool) {
	for i, r := range records {
		fresh := r.title != 0
		for _, o := range records[:i] {
			fresh = fresh && o.title != r.title
			several = several || o.feed == r.feed && !sameArticle(o, r)
		}
		if fresh {
			titles++
		}
	}
	return titles, several
}

// sameArticle reports whether two entries with one address are one article:
// they have the same title or, untitled, the same text. Inside a feed another
// text is another article as well.
func sameArticle(a, b *record) bool {
	switch {
	case a.title != b.title:
		return false
	case a.title == 0:
		return a.text != 0 && a.text == b.text
	}
	return a.feed != b.feed || a.text == 0 || b.text == 0 || a.text == b.text
}

// hasOther reports whether a story holds another article of e's feed.
func (e *newcomer) hasOther(carriers []*record, story uint64) bool {
	for _, r := range carriers {
		if r.story == story && r.feed == e.feed && !sameArticle(&e.record, r) {
			return true
		}
	}
	return false
}

// sameText gives the match among the records with e's text, nil if the text
// joins nothing: the own feed has it already (what is one entry inside a feed
// is for [Identify] to say), or it is boilerplate or a series.
func (e *newcomer) sameText(carriers []*record) *record {
	var best *record
	for i, r := range carriers {
		if r.feed == e.feed || repeats(r, carriers[i+1:]) {
			return nil
		}
		if (!e.short || gap(&e.record, r) <= shortGap) && e.better(r, best) {
			best = r
		}
	}
	return best
}

// repeats reports whether the feed of r has put the text of all others under
// another title as well, or published it again after a while.
func repeats(r *record, others []*record) bool {
	for _, o := range others {
		if o.feed == r.feed && (o.title != r.title || gap(o, r) >= seriesGap) {
			return true
		}
	}
	return false
}

// better reports whether r is a better match than best.
func (e *newcomer) better(r, best *record) bool {
	switch {
	case best == nil:
		return true
	case (r.title == e.title) != (best.title == e.title):
		return r.title == e.title
	case r.story != best.story:
		return r.story < best.story
	}
	return r.entry < best.entry
}

// gap is the time between two records, as published if both say so.
func gap(a, b *record) time.Duration {
	s, t := a.seen, b.seen
	if a.published != 0 && b.published != 0 {
		s, t = a.published, b.published
	}
	return time.Duration(apart(s, t)) * time.Second
}
