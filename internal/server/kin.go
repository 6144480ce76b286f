package server

import (
	"cmp"
	"html/template"
	"slices"
	"time"

	"tidings/internal/feed"
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
func newTimeline(full *feed.Full, f filter, now time.Time) *timeline {
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
		if rows[i] = newKinRow(x, f, now); x.Headline.ID == full.ID {
			rows[i].Here, at = true, i
		}
	}
	from := max(0, min(at-mostKin/2, len(rows)-mostKin))
	to := min(from+mostKin, len(rows))
	t := &timeline{Before: rows[:from], Near: rows[from:to], After: rows[to:]}
	t.Earlier, t.Later = count(len(t.Before), "earlier story", "earlier stories"), count(len(t.After), "later story", "later stories")
	t.Text = "+" + group(len(full.Event)) + " related"
	return t
}

func newKinRow(x feed.Related, f filter, now time.Time) kinRow {
	h := &x.Headline
	r := kinRow{
		Href:  template.URL("/story/" + number(h.ID) + f.encode()),
		Title: titleOf(h.Entry), Lang: language(h.Entry.Language), Source: masked(h.Outlet.Title),
		When: newMoment(h.Time, now), Day: dayAndTime(h.Time, now), Read: h.Mark.Read, Reason: inFull(x.Relation.Evidence),
	}
	if n := len(h.Others); n > 0 {
		r.More = "+" + count(n, "source", "sources")
	}
	return r
}

// dayAndTime is a time for a list that spans days.
func dayAndTime(t, now time.Time) string {
	l := t.Local()
	switch {
	case midnight(t).Equal(midnight(now)):
		return l.Format("Today, 15:04")
	case l.Year() == now.Local().Year():
		return l.Format("Mon 2 Jan, 15:04")
	}
	return l.Format("2 Jan 2006, 15:04")
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
func newChoices(full *feed.Full, known mentions, now time.Time) []joinChoice {
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
			ID: number(h.ID), Title: titleOf(h.Entry), Lang: language(h.Entry.Language), Source: masked(h.Outlet.Title),
			When: newMoment(h.Time, now), Day: dayAndTime(h.Time, now),
		})
	}
	return list
}
