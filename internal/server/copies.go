package server

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// copyRow is one source's copy of the story.
type copyRow struct {
	Entry   string // its number
	Source  string
	Badge   badge
	FeedID  string
	Title   string // empty where it is the story's
	URL     template.URL
	When    moment
	Day     string // When in short: "Today, 14:05"
	Lang    string
	Lead    bool
	Shown   bool         // above, as the text of the page
	Href    template.URL // this page with this copy as its text
	Has     bool         // it has a text of its own
	Adds    *adds        // what it adds to the lead; nil for nothing, and for the lead
	Revised moment
	Level   string // how it came to be here: "Same link", "Rewrite"
	Kind    string // the same as a style
	Score   string // "92 %", "7.2 against 6.1"; empty where it says nothing, or Reason does
	Reason  string // the evidence why it is here
	Drifted bool
	Drift   string // evidence of that
	Misses  []missRow
	Kept    string // heading of Misses
}

// missRow is a story that a copy was kept apart from.
type missRow struct {
	Href   template.URL // empty if it isn't kept any more
	Title  string
	Lang   string
	Source string
	Reason string
}

// newCopies lists every copy, the lead first, with the evidence in words.
func newCopies(l *words.Language, full *feed.Full, known mentions, now time.Time) []copyRow {
	members := map[uint64]*feed.Member{}
	for i := range full.Members {
		members[full.Members[i].Entry.ID] = &full.Members[i]
	}
	var rows []copyRow
	for i := range full.Members {
		m := &full.Members[i]
		of := members[m.Verdict.Of]
		c := copyRow{
			Entry: number(m.Entry.ID), Source: masked(m.Outlet.Title), FeedID: number(m.Outlet.Feed), URL: webURL(m.Entry.URL),
			When: newMoment(l, m.Entry.Time(), now), Day: dayAndTime(l, m.Entry.Time(), now), Lang: language(m.Entry.Language), Lead: m.Entry.ID == full.Lead,
			Drifted: m.Verdict.Drifted, Drift: inFull(l, m.Verdict.Drift), Misses: newMisses(l, full, m, known),
		}
		if m.Entry.Title != full.Entry.Title {
			c.Title = titleOf(l, m.Entry)
		}
		c.Has = m.Body.Text() != ""
		if !m.Entry.Revised.IsZero() {
			c.Revised = newMoment(l, m.Entry.Revised, now)
		}
		c.Level, c.Kind = levelText(l, m, of)
		c.Reason = reason(l, m, of, full)
		c.Score = scoreText(l, m.Verdict)
		if n := len(c.Misses); n > 0 {
			c.Kept = l.N("Kept apart from %d story", "Kept apart from %d stories", n)
		}
		rows = append(rows, c)
	}
	return rows
}

// levelText says in words how a copy came to its story, and gives a style. Of is
// the copy that it was matched with, nil if that is gone.
func levelText(l *words.Language, m, of *feed.Member) (text, kind string) {
	switch m.Verdict.Level {
	case feed.LevelNew:
		return l.T("First to arrive"), "first"
	case feed.LevelSameURL:
		return l.T("Same link"), "exact"
	case feed.LevelSameText:
		return l.T("Same text"), "exact"
	case feed.LevelPart:
		return partText(l, m, of), "exact"
	case feed.LevelNear:
		return l.T("Rewrite"), "rewrite"
	case feed.LevelReader:
		return l.T("Joined by you"), "reader"
	}
	return l.T("The same story"), "same" // by a rule that this page doesn’t know
}

// partText tells which of two copies with nearly the same text is the shorter one.
func partText(l *words.Language, m, of *feed.Member) string {
	switch {
	case of == nil || m.Entry.Words == 0 || of.Entry.Words == 0:
	case m.Entry.Words*10 < of.Entry.Words*8:
		return l.T("Shorter version")
	case of.Entry.Words*10 < m.Entry.Words*8:
		return l.T("Longer version")
	}
	return l.T("Nearly the same text")
}

// scoreText is a verdict's score where it says more than its level and its
// evidence do.
func scoreText(l *words.Language, v feed.Verdict) string {
	text := ""
	switch near := v.Level == feed.LevelPart || v.Level == feed.LevelNear; {
	case near && v.Need > 0:
		text = l.T("%s against %s", l.Decimal(v.Score, 1), l.Decimal(v.Need, 1))
	case near && v.Score > 0 && v.Score <= 1:
		text = l.T("%s %%", l.Decimal(100*v.Score, 0))
	}
	if strings.Contains(strings.ReplaceAll(inFull(l, v.Evidence), "\u00a0", " "), text) {
		return ""
	}
	return text
}

// reason is the evidence, and of which copy it speaks if not of the one shown first.
func reason(l *words.Language, m, of *feed.Member, full *feed.Full) string {
	text := inFull(l, m.Verdict.Evidence)
	if m.Verdict.Level == feed.LevelNew || text == "" {
		return ""
	}
	if of != nil && of.Entry.ID != full.Members[0].Entry.ID && m.Verdict.Level != feed.LevelReader {
		text = l.T("%s, compared with %s.", strings.TrimRight(text, ".。"), "\u2068"+masked(of.Outlet.Title)+"\u2069")
	}
	return text
}

// inFull makes evidence a sentence, without secrets that an address may hold.
func inFull(l *words.Language, evidence string) string {
	return sentence(inTongue(l, strings.TrimSpace(evidence)))
}

// newMisses lists what a copy was kept apart from: not what is one story with it
// by now, whoever saw to that.
func newMisses(l *words.Language, full *feed.Full, m *feed.Member, known mentions) []missRow {
	var rows []missRow
	for _, a := range m.Verdict.Apart {
		r := missRow{Reason: apartText(l, a)}
		other := known[a.Story]
		switch {
		case other == nil:
			r.Title = l.T("A story that is not kept any more")
		case other.ID == full.ID:
			continue
		default:
			x := copyOf(other, a.Of)
			r.Href = template.URL("/story/" + number(other.ID))
			r.Title, r.Lang, r.Source = titleOf(l, x.Entry), language(x.Entry.Language), masked(x.Outlet.Title)
		}
		rows = append(rows, r)
	}
	return rows
}

// apartText says why two stories were kept apart.
func apartText(l *words.Language, a feed.Apart) string {
	if a.Evidence != "" {
		return inFull(l, a.Evidence)
	}
	text := fmt.Sprintf("Kept apart: %.1f against %.1f", a.Score, a.Need)
	if a.Veto != "" {
		text += ", by the rule of " + a.Veto
	}
	return inFull(l, text)
}

// copyOf is a story's copy with an entry's number, else its lead.
func copyOf(full *feed.Full, entry uint64) *feed.Member {
	for i := range full.Members {
		if full.Members[i].Entry.ID == entry {
			return &full.Members[i]
		}
	}
	return &feed.Member{Entry: full.Entry, Outlet: full.Outlet}
}

// together says in one sentence what kinds of copies make the story, and in a few
// words how many of them are rewrites.
func together(l *words.Language, copies []copyRow) (why, rewrites string) {
	n := map[string]int{}
	for _, c := range copies {
		n[c.Level]++
	}
	var kinds []string
	add := func(n int, text string) {
		if n > 0 {
			kinds = append(kinds, text)
		}
	}
	is := func(level string) int { return n[l.T(level)] }
	add(is("Same link"), l.N("%d with the same link", "%d with the same link", is("Same link")))
	add(is("Same text"), l.N("%d with the same text", "%d with the same text", is("Same text")))
	add(is("Nearly the same text"), l.N("%d with nearly the same text", "%d with nearly the same text", is("Nearly the same text")))
	add(is("Shorter version"), l.N("%d shorter version", "%d shorter versions", is("Shorter version")))
	add(is("Longer version"), l.N("%d longer version", "%d longer versions", is("Longer version")))
	add(is("Rewrite"), l.N("%d rewrite", "%d rewrites", is("Rewrite")))
	add(is("Joined by you"), l.N("%d joined by you", "%d joined by you", is("Joined by you")))
	if k := is("Rewrite"); k > 0 {
		rewrites = l.N("%d rewrite", "%d rewrites", k)
	}
	if len(kinds) == 0 {
		return l.T("The copies carry the same article, so it stands in the river once."), rewrites
	}
	return l.T("One article, once in the river. Beside the first copy to arrive: %s.", l.List(kinds...)), rewrites
}
