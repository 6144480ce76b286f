package dedup

import (
	"cmp"
	"slices"
	"time"

	"tidings/internal/feed"
)

// How a near-copy must stand to the rest of a story, and what counts as a near miss.
const (
	sampled  = 6   // members of a story, or of an event, that are looked at
	lenient  = 1.5 // points that the other members may have less than are needed
	nearMiss = 2   // points less than needed that are worth telling
	loose    = 1   // points that the rest of an event may have less, on average
	mostMiss = 3   // near misses that are told
)

// match is what comparing the newcomer with a record gave.
type match struct {
	r       *record
	score   float64 // for a copy
	need    float64
	veto    veto
	event   float64 // points for one event
	wants   float64 // that are needed
	share   float64 // of the shorter text
	long    bool    // share tells something: there is text to share
	gap     time.Duration
	names   []string
	numbers float64
	x       features
}

// assignNear looks for a near-copy, and for the event.
func (x *Index) assignNear(e *newcomer) Placing {
	matches := x.matches(e)
	p := Placing{Verdict: feed.Verdict{Level: feed.LevelNew}}
	if m := x.nearest(e, matches); m != nil {
		p.Story, p.Event = m.r.story, m.r.event
		p.Verdict = m.verdict()
	}
	p.Verdict.Apart = apartFrom(matches, p.Story)
	if p.Story == 0 {
		p.Event, p.Relation = x.happening(e, matches)
	}
	return p
}

// matches compares the newcomer with the candidates.
func (x *Index) matches(e *newcomer) []match {
	n := &x.near
	hits := n.candidates(n.keysOf(e.m), func(at uint32) bool {
		r := x.records.at(at)
		return r != nil && r.entry != 0 && r.entry != e.entry && x.inside(r.seen, e.seen)
	})
	n.pair.newcomer(&n.tally, e.m)
	ms := make([]match, 0, len(hits))
	for _, h := range hits {
		if m, ok := x.compare(e, x.records.at(h.record)); ok {
			x.tell(e, &m)
			ms = append(ms, m)
		}
	}
	return ms
}

// compare compares the newcomer, for which the pair is prepared, with a record.
func (x *Index) compare(e *newcomer, r *record) (m match, ok bool) {
	n := &x.near
	if !n.m.decode(r.matter) {
		return m, false
	}
	p := &n.pair
	p.same = r.feed == e.feed
	m = match{r: r, gap: gap(&e.record, r)}
	m.x = *p.compare(&n.m, m.gap)
	w, c := scales(), p.column()
	m.score, m.need = w.copies[c].score(&m.x), w.copies[c].need
	m.event, m.wants = w.events[c].score(&m.x), w.events[c].need
	m.veto = p.veto()
	if fold := x.foldOf(r.feed); m.veto == "" && (e.fold != feed.FoldCopies || fold != feed.FoldCopies) {
		m.veto = vetoReader
	}
	m.share = max(m.x[fTriples], m.x[fRuns5])
	m.long = c == 1
	m.names = p.sharedNames()
	return m, true
}

// nearest is the match whose story the newcomer joins, nil for none.
func (x *Index) nearest(e *newcomer, ms []match) *match {
	var best *match
	for i := range ms {
		m := &ms[i]
		if m.veto != "" || m.score < m.need {
			continue
		}
		if best == nil || m.score-m.need > best.score-best.need || m.score-m.need == best.score-best.need && m.r.entry < best.r.entry {
			if x.fits(e, m.r) {
				best = m
			} else {
				m.veto = "story"
			}
		}
	}
	return best
}

// fits reports whether enough of the other members of a record's story match the
// newcomer as well, so that nothing chains.
func (x *Index) fits(e *newcomer, r *record) bool {
	n, fit := 0, 0
	for o := x.records.at(x.byStory[r.story]); o != nil && n < sampled; o = x.records.at(o.olderStory) {
		if o == r || o.entry == e.entry {
			continue
		}
		m, ok := x.compare(e, o)
		if !ok {
			continue
		}
		n++
		if (m.veto == "" || m.veto == vetoTitles) && m.score >= m.need-lenient {
			fit++
		}
	}
	return 3*fit >= n
}

// happening finds the event of a newcomer that founds a story.
func (x *Index) happening(e *newcomer, ms []match) (uint64, feed.Relation) {
	var best *match
	for i := range ms {
		m := &ms[i]
		if m.event < m.wants || m.veto.template() {
			continue
		}
		if (best == nil || m.event-m.wants > best.event-best.wants) && x.belongs(e, m.r) {
			best = m
		}
	}
	if best == nil {
		return 0, feed.Relation{}
	}
	return best.r.event, feed.Relation{Of: best.r.entry, Score: shown(best.event, best.wants), Evidence: best.relation()}
}

// belongs reports whether the newcomer is near the rest of a record's event.
func (x *Index) belongs(e *newcomer, r *record) bool {
	n, sum := 0, 0.0
	for o := x.records.at(x.byEvent[r.event]); o != nil && n < sampled; o = x.records.at(o.olderEvent) {
		if o == r || o.entry == e.entry {
			continue
		}
		if m, ok := x.compare(e, o); ok {
			n++
			sum += m.event - m.wants
		}
	}
	return n == 0 || sum >= -loose*float64(n)
}

// apartFrom are the near misses among matches, but for those with the story joined.
func apartFrom(ms []match, story uint64) (as []feed.Apart) {
	slices.SortStableFunc(ms, func(a, b match) int { return cmp.Compare(b.score-b.need, a.score-a.need) })
	for i := range ms {
		m := &ms[i]
		if m.r.story == story || m.score < m.need-nearMiss {
			continue
		}
		if slices.ContainsFunc(as, func(a feed.Apart) bool { return a.Story == m.r.story }) {
			continue
		}
		as = append(as, feed.Apart{Of: m.r.entry, Story: m.r.story, Score: shown(m.score, m.need), Need: enough, Veto: string(m.veto), Evidence: m.apart()})
		if len(as) == mostMiss {
			break
		}
	}
	return as
}
