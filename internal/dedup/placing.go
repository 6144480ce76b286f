package dedup

import (
	"time"

	"tidings/internal/feed"
)

// Placing is what the index says of a new entry.
type Placing struct {
	Story    uint64        // the story that it tells already; 0: it founds one
	Event    uint64        // the event that it belongs to; 0: none is known yet
	Verdict  feed.Verdict  // why, and what it was kept apart from
	Relation feed.Relation // why it is in the event, if it founds a story there
}

// Item is an entry with its text, for [Judge]. Entry.Feed tells sources apart,
// Entry.Seen when it came.
type Item struct {
	Entry feed.Entry
	Text  string // plain text of the body
}

// Judgement is what the engine says of two items.
type Judgement struct {
	Verdict  string // "copy", "related" or "different"
	Level    feed.Level
	Score    float64
	Evidence string // one sentence for people
	Veto     string // the rule that kept them apart; empty for none
}

// judgeWindow is how far apart items may be for [Judge]: as far as the product looks.
const judgeWindow = 14 * 24 * time.Hour

// Judge compares two items as if the older were all that the index holds.
func Judge(a, b Item) Judgement { return judge(a, b, nil) }

func judge(a, b Item, watch func(Compared)) Judgement {
	if b.Entry.Seen.Before(a.Entry.Seen) {
		a, b = b, a
	}
	x := NewIndex(judgeWindow)
	x.watch = watch
	x.Place(1, a.Entry.Feed, 1, 1, a.Entry.Seen, NewSketch(a.Entry, a.Text))
	p := x.Assign(2, b.Entry.Feed, b.Entry.Seen, NewSketch(b.Entry, b.Text))
	j := Judgement{Verdict: "different", Level: p.Verdict.Level, Score: p.Verdict.Score, Evidence: p.Verdict.Evidence}
	switch {
	case p.Story != 0:
		j.Verdict = "copy"
	case p.Event != 0:
		j.Verdict, j.Score, j.Evidence = "related", p.Relation.Score, p.Relation.Evidence
	}
	if p.Story == 0 && len(p.Verdict.Apart) > 0 {
		j.Veto = p.Verdict.Apart[0].Veto
		if p.Event == 0 {
			j.Score, j.Evidence = p.Verdict.Apart[0].Score, p.Verdict.Apart[0].Evidence
		}
	}
	return j
}

// Fold tells the index how far each feed's entries may be folded; without it,
// as far as copies go.
func (x *Index) Fold(of func(feedID uint64) feed.Folding) { x.fold = of }
