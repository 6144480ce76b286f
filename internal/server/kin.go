package server

import (
	"cmp"
	"html/template"
	"slices"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// mostKin is how many stories of an event are shown at once; the rest can be unfolded.
const mostKin = 9

// timeline is the stories of an event, this one among them, oldest first.
type timeline struct {
	Before, Near, After []kinRow
	Earlier, Later      string // headings of Before and After
	Text                string // "+3 related"
}

// kinRow is a story of the same event.
type kinRow struct {
	Href   template.URL
	Title  string
	Lang   string
	Source string
	More   string // "+3 sources"
	When   moment
	Day    string // "Today, 14:05", "Mon 2 Jan, 14:05"
	Read   bool
	Here   bool   // this page's own story
	Reason string // why it is in the event
}

// newTimeline puts a story among the others of its event; nil where it has none.
func newTimeline(l *words.Language, full *feed.Full, f filter, now time.Time) *timeline {
	if len(full.Event) == 0 {
		return nil
	}
	all := append([]feed.Related{{Headline: full.Headline}}, full.Event...)
	slices.SortFunc(all, func(a, b feed.Related) int { // the store has them by arrival
		return cmp.Or(a.Headline.Time.Compare(b.Headline.Time), cmp.Compare(a.Headline.ID, b.Headline.ID))
	})
	rows := make([]kinRow, len(all))
	at := 0
	for i, x := range all {
		if rows[i] = newKinRow(l, x, f, now); x.Headline.ID == full.ID {
			rows[i].Here, at = true, i
		}
	}
	from := max(0, min(at-mostKin/2, len(rows)-mostKin))
	to := min(from+mostKin, len(rows))
	t := &timeline{Before: rows[:from], Near: rows[from:to], After: rows[to:]}
	t.Earlier = l.N("%d earlier story", "%d earlier stories", len(t.Before))
	t.Later = l.N("%d later story", "%d later stories", len(t.After))
	t.Text = l.N("+%d related", "+%d related", len(full.Event))
	return t
}

func newKinRow(l *words.Language, x feed.Related, f filter, now time.Time) kinRow {
	h := &x.Headline
	r := kinRow{
		Href:  template.URL("/story/" + number(h.ID) + f.encode()),
		Title: titleOf(l, h.Entry), Lang: language(h.Entry.Language), Source: masked(h.Outlet.Title),
		When: newMoment(l, h.Time, now), Day: dayAndTime(l, h.Time, now), Read: h.Mark.Read, Reason: inFull(l, x.Relation.Evidence),
	}
	if n := len(h.Others); n > 0 {
		r.More = l.N("+%d source", "+%d sources", n)
	}
	return r
}

// dayAndTime is a time for a list that spans days.
func dayAndTime(l *words.Language, t, now time.Time) string {
	t = t.Local()
	switch {
	case midnight(t).Equal(midnight(now)):
		return l.T("Today, %s", t.Format("15:04"))
	case t.Year() == now.Local().Year():
		return l.Date("Mon 2 Jan, 15:04", t)
	}
	return l.Date("2 Jan 2006, 15:04", t)
}

// joinChoice is a story that this one may turn out to tell, for a button.
type joinChoice struct {
	ID, Title, Lang, Source string
	When                    moment
	Day                     string
}

// mostChoices is how many stories "Same story as…" offers.
const mostChoices = 8

// newChoices offers what the story was nearly joined with, then its event.
func newChoices(l *words.Language, full *feed.Full, known mentions, now time.Time) []joinChoice {
	var near []*feed.Headline
	for _, m := range full.Members {
		for _, a := range m.Verdict.Apart {
			if other := known[a.Story]; other != nil {
				near = append(near, &other.Headline)
			}
		}
	}
	for i := range slices.Backward(full.Event) {
		near = append(near, &full.Event[i].Headline)
	}
	var list []joinChoice
	seen := map[uint64]bool{full.ID: true}
	for _, h := range near {
		if seen[h.ID] || len(list) == mostChoices {
			continue
		}
		seen[h.ID] = true
		list = append(list, joinChoice{
			ID: number(h.ID), Title: titleOf(l, h.Entry), Lang: language(h.Entry.Language), Source: masked(h.Outlet.Title),
			When: newMoment(l, h.Time, now), Day: dayAndTime(l, h.Time, now),
		})
	}
	return list
}
