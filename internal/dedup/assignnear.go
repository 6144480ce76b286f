package dedup

import (
	"cmp"
	"math"
	"slices"
	"time"

	"tidings/internal/feed"
)

// How a near-copy must stand to the rest of a story, and what counts as a near miss.
const (
	sampled     = 12   // members of a story, or of an event, that are looked at
	bestWeighs  = 0.4  // what the match weighs against the mean of the others
	farthest    = 4    // points that count at most, for or against
	farBelow    = 3    // points that a match may lack for its event to be looked at
	usualCosine = 0.25 // of two entries of one event
	driftSlack  = 2    // points that a revised entry may lack before it counts as drifted
	nearMiss    = 2    // points less than needed that are worth telling
	mostMiss    = 3    // near misses that are told
)

// The features of an entry and an event: of the pair with the best match there, and of
// those with other members.
const (
	kBest   = iota // points of the best match more than it needs
	kSecond        // of the second best; 0 without one
	kMean          // of all that were looked at
	kShare         // share of those that reach their need
	kCosine        // with the mean of the members, estimated
	kSize          // logarithm of how many were looked at
	kCover         // share of the entry's weight that any of them has
	kOwn           // share that they have, and none of another event that was compared
	kinFeatures
)

var kinNames = [kinFeatures]string{"kin-best", "kin-second", "kin-mean", "kin-share", "kin-cosine", "kin-size", "kin-cover", "kin-own"}

// kinship are the values of an entry and an event.
type kinship [kinFeatures]float64

// column is 0 if one of the two has hardly more than a title, else 1.
func (m *match) column() int {
	if m.long {
		return 1
	}
	return 0
}

// mould reports whether the two are cast in one mould, and so are not even of one event.
// Bare titles of two publishers that differ in a few words may well tell one happening.
func (m *match) mould() bool {
	if !m.long && !m.own && m.veto == vetoWords {
		return false
	}
	return m.veto.template()
}

// termSet is a set of the terms of an entry.
type termSet [(maxWords + 63) / 64]uint64

func (s *termSet) fill(has []bool) {
	for i, ok := range has {
		if ok {
			s[i/64] |= 1 << (i % 64)
		}
	}
}

func (s *termSet) without(o *termSet) termSet {
	r := *s
	for i := range r {
		r[i] &^= o[i]
	}
	return r
}

func (s *termSet) join(o *termSet) {
	for i := range s {
		s[i] |= o[i]
	}
}

// weight is the weight of the terms in the set, of all.
func (s *termSet) weight(ws []float32) float64 {
	var in, all float64
	for i, w := range ws {
		all += float64(w)
		if s[i/64]>>(i%64)&1 != 0 {
			in += float64(w)
		}
	}
	return ratio(in, all)
}

// match is what comparing the newcomer with a record gave.
type match struct {
	r     *record
	score float64 // for a copy
	need  float64
	veto  veto
	event float64 // points for one event
	wants float64 // that are needed
	share float64 // of the shorter text
	long  bool    // share tells something: there is text to share
	own   bool    // it is of the newcomer's own publisher
	gap   time.Duration
	names []string
	has   termSet // those of the newcomer's terms that the record has
	x     features
}

// assignNear looks for a near-copy, and for the event.
func (x *Index) assignNear(e *newcomer) Placing {
	matches := x.matches(e)
	p := Placing{Verdict: feed.Verdict{Level: feed.LevelNew}}
	if m := x.nearest(e, matches); m != nil {
		p.Story, p.Event = m.r.story, m.r.event
		x.name(e, m)
		p.Verdict = m.verdict()
	}
	p.Verdict.Apart = apartFrom(matches, p.Story)
	if p.Story == 0 {
		p.Event, p.Relation = x.happening(e, matches)
	}
	return p
}

// matches compares the newcomer with the candidates.
func (x *Index) matches(e *newcomer) []*match {
	n := &x.near
	hits := n.candidates(n.keysOf(e.m), e.m.body() < fewWords, x.read, func(at uint32) bool {
		r := x.records.at(at)
		return r != nil && r.entry != 0 && r.entry != e.entry && x.inside(r.seen, e.seen)
	})
	n.prepare(e.m)
	x.fetch(hits)
	clear(n.matches[:])
	ms := n.order[:0]
	for i, h := range hits {
		if m := &n.matches[i]; x.compareWith(e, x.records.at(h.record), &n.others[i], m) {
			x.tell(e, m)
			ms = append(ms, m)
		}
	}
	return ms
}

// read reads the records of hits, so that the memory answers for all of them at once
// and not for one after the other.
func (x *Index) read(hits []hit) {
	for _, h := range hits {
		if r := x.records.at(h.record); r != nil {
			x.near.fetched += r.seen
		}
	}
}

// fetch decodes what hits hold, and reads the slots of its terms, for the same reason.
func (x *Index) fetch(hits []hit) {
	n := &x.near
	for _, h := range hits {
		if b := n.rack.at(x.records.at(h.record).matter); len(b) > 0 {
			n.fetched += uint32(b[0] ^ b[len(b)-1])
		}
	}
	for i, h := range hits {
		o := &n.others[i]
		if !o.decode(n.rack.at(x.records.at(h.record).matter)) {
			o.terms, o.seq, o.title = o.terms[:0], o.seq[:0], 0 // nothing in common with anything
			continue
		}
		for _, term := range o.terms {
			if s := n.tally.at(term); s != nil {
				n.fetched += s.entries
			}
		}
	}
}

// name notes the words by which people see what the newcomer and a match share.
func (x *Index) name(e *newcomer, m *match) {
	n := &x.near
	if n.m.decode(n.rack.at(m.r.matter)) && n.pair.begin(&n.m, m.gap) {
		m.names = n.pair.sharedNames()
	}
}

// compare compares the newcomer, for which the pair is prepared, with a record. It
// reports whether they have anything in common.
func (x *Index) compare(e *newcomer, r *record, m *match) bool {
	return x.near.m.decode(x.near.rack.at(r.matter)) && x.compareWith(e, r, &x.near.m, m)
}

// compareWith is compare with a record whose matter is decoded.
func (x *Index) compareWith(e *newcomer, r *record, o *matter, m *match) bool {
	p := &x.near.pair
	p.same = r.feed == e.feed
	m.r, m.gap = r, gap(&e.record, r)
	if !p.begin(o, m.gap) {
		return false
	}
	m.x = *p.finish()
	m.has = termSet{}
	m.has.fill(p.inB)
	w, c := x.scales, p.column()
	m.score, m.need = w.copies[c].score(&m.x), w.copies[c].need
	m.event, m.wants = w.events[c].score(&m.x), w.events[c].need
	m.own = p.same || p.site
	m.share, m.long = max(m.x[fTriples], m.x[fRuns5]), c == 1
	if m.score >= m.need-nearMiss || m.event >= m.wants-farBelow {
		m.veto = x.vetoOf(e, r)
	}
	return true
}

// vetoOf is the reason why the newcomer must not join the record that it was compared
// with last; empty for none.
func (x *Index) vetoOf(e *newcomer, r *record) veto {
	if x.forbidden(e.entry, r.story) {
		return vetoParted
	}
	if r.feed == e.feed && e.joinText() != 0 && r.joinText() == e.joinText() {
		return vetoSeries // what is one entry inside a feed is for Identify to say
	}
	if v := x.near.pair.veto(); v != "" {
		return v
	}
	if e.fold != feed.FoldCopies || x.foldOf(r.feed) != feed.FoldCopies {
		return vetoReader
	}
	return ""
}

// nearest is the match whose story the newcomer joins, nil for none: of the matches
// that are near enough themselves the one that is nearest together with the rest of
// its story, so that nothing chains.
func (x *Index) nearest(e *newcomer, ms []*match) *match {
	var best *match
	most := 0.0
	for _, m := range ms {
		if m.veto != "" || m.score < m.need {
			continue
		}
		near := x.nearStory(e, m)
		if near < 0 {
			m.veto = vetoStory
			continue
		}
		if best == nil || near > most || near == most && m.better(best) {
			best, most = m, near
		}
	}
	return best
}

// better reports whether m is the nearer match of two whose stories are equally near.
func (m *match) better(o *match) bool {
	if a, b := m.score-m.need, o.score-o.need; a != b {
		return a > b
	}
	return m.r.entry < o.r.entry
}

// nearStory is how many points more than needed a match has, together with the rest
// of its story.
func (x *Index) nearStory(e *newcomer, m *match) float64 {
	n, sum := 0, 0.0
	var c match
	for o := x.records.at(x.byStory.get(m.r.story)); o != nil && n < sampled; o = x.records.at(o.olderStory) {
		if o == m.r || o.entry == e.entry {
			continue
		}
		c.veto = "" // compare looks for one only where it may matter
		if x.compare(e, o, &c) {
			if o.feed == e.feed && c.veto.next() {
				return -farthest // by way of another feed it is no copy either
			}
			n++
			sum += bound(c.score-c.need) - penalty(c.veto)
		}
	}
	return together(m.score-m.need, n, sum)
}

// together is the mean of a match and of the rest, the match weighing as said.
func together(match float64, n int, sum float64) float64 {
	if n == 0 {
		return match
	}
	return bestWeighs*bound(match) + (1-bestWeighs)*sum/float64(n)
}

// bound keeps one member from outweighing all others.
func bound(points float64) float64 { return max(-farthest, min(farthest, points)) }

// penalty is what a veto takes from a member that isn't the match itself.
func penalty(v veto) float64 {
	if v == "" || v == vetoTitles {
		return 0
	}
	return 2
}

// happening finds the event of a newcomer that founds a story: that which is nearest
// in its best match and in the rest of its members.
func (x *Index) happening(e *newcomer, ms []*match) (uint64, feed.Relation) {
	var best *match
	most := 0.0
	slices.SortStableFunc(ms, func(a, b *match) int { return cmp.Compare(b.event-b.wants, a.event-a.wants) })
	var asked []uint64
	for _, m := range ms {
		if m.mould() || m.event < m.wants-farBelow || slices.Contains(asked, m.r.event) {
			continue
		}
		asked = append(asked, m.r.event)
		if moulded(ms, m.r.event) {
			continue
		}
		k, scale := x.kinOf(ms, m), &x.scales.kin[m.column()]
		if x.watchKin == nil && scale.hopeless(&k) {
			continue
		}
		f := k.among(float64(min(sampled, x.inEvent(m.r.event))))
		x.tellKin(e, m, &f)
		if near := scale.score(&f); near >= 0 && (best == nil || near > most) {
			best, most = m, near
		}
	}
	if best == nil {
		return 0, feed.Relation{}
	}
	x.name(e, best)
	return best.r.event, feed.Relation{Of: best.r.entry, Score: shown(most, 0), Evidence: best.relation()}
}

// moulded reports whether the newcomer and its own publisher's entry of an event are
// cast in one mould: then they are of two events, whatever stands between them.
func moulded(ms []*match, event uint64) bool {
	return slices.ContainsFunc(ms, func(m *match) bool { return m.own && m.r.event == event && m.mould() })
}

// kin is what a newcomer and the candidates of an event have in common.
type kin struct {
	candidates        float64
	best, second      float64 // points more than needed
	near, sum, cosine float64 // how many reach their need, all their points, their cosines
	cover, own        float64
}

// kinOf is what the newcomer has in common with the event of its best match there.
func (x *Index) kinOf(ms []*match, best *match) kin {
	k := kin{best: bound(best.event - best.wants), second: -farthest}
	var has, rest termSet
	for _, m := range ms {
		if m.r.event != best.r.event {
			rest.join(&m.has)
			continue
		}
		if k.candidates >= sampled {
			continue
		}
		margin := bound(m.event - m.wants)
		k.candidates, k.sum, k.cosine = k.candidates+1, k.sum+margin, k.cosine+m.x[fCosine]
		k.near += truth(margin >= 0)
		has.join(&m.has)
		if m != best {
			k.second = max(k.second, margin)
		}
	}
	own := has.without(&rest)
	k.cover, k.own = has.weight(x.near.weights), own.weight(x.near.weights)
	return k
}

// among are the features of a newcomer and an event of so many members. Those that are
// no match at all count as having nothing in common.
func (k *kin) among(members float64) (f kinship) {
	members = max(members, k.candidates)
	f[kBest], f[kSecond] = k.best, k.second
	if members == 1 {
		f[kSecond] = 0
	}
	f[kMean], f[kShare] = (k.sum-farthest*(members-k.candidates))/members, k.near/members
	f[kCosine] = k.cosine / math.Sqrt(members*(1+(members-1)*usualCosine))
	f[kSize] = math.Log(members)
	f[kCover], f[kOwn] = k.cover, k.own
	return f
}

// hopeless reports whether a newcomer is too far from an event, however many members
// it has, which takes longer to look up.
func (c *kinColumn) hopeless(k *kin) bool {
	few, many := k.among(k.candidates), k.among(sampled)
	most := -c.need
	for i, w := range c.of {
		most += max(w*few[i], w*many[i])
	}
	return most < 0
}

// apartFrom are the near misses among matches, but for those with the story joined.
func apartFrom(ms []*match, story uint64) (as []feed.Apart) {
	slices.SortStableFunc(ms, func(a, b *match) int { return cmp.Compare(b.score-b.need, a.score-a.need) })
	for _, m := range ms {
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
