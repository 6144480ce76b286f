package server

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"tidings/internal/feed"
)

// copyRow is one source's copy of the story.
type copyRow struct {
	Entry   string // its number
	Source  string
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
func newCopies(full *feed.Full, known mentions, now time.Time) []copyRow {
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
			When: newMoment(m.Entry.Time(), now), Day: dayAndTime(m.Entry.Time(), now), Lang: language(m.Entry.Language), Lead: m.Entry.ID == full.Lead,
			Drifted: m.Verdict.Drifted, Drift: inFull(m.Verdict.Drift), Misses: newMisses(full, m, known),
		}
		if m.Entry.Title != full.Entry.Title {
			c.Title = titleOf(m.Entry)
		}
		c.Has = m.Body.Text() != ""
		if !m.Entry.Revised.IsZero() {
			c.Revised = newMoment(m.Entry.Revised, now)
		}
		c.Level, c.Kind = levelText(m, of)
		c.Reason = reason(m, of, full)
		c.Score = scoreText(m.Verdict)
		if n := len(c.Misses); n > 0 {
			c.Kept = "Kept apart from " + count(n, "story", "stories")
		}
		rows = append(rows, c)
	}
	return rows
}

// levelText says in words how a copy came to its story, and gives a style. Of is
// the copy that it was matched with, nil if that is gone.
func levelText(m, of *feed.Member) (text, kind string) {
	switch m.Verdict.Level {
	case feed.LevelNew:
		return "First to arrive", "first"
	case feed.LevelSameURL:
		return "Same link", "exact"
	case feed.LevelSameText:
		return "Same text", "exact"
	case feed.LevelPart:
		return partText(m, of), "exact"
	case feed.LevelNear:
		return "Rewrite", "rewrite"
	case feed.LevelReader:
		return "Joined by you", "reader"
	}
	return "The same story", "same" // by a rule that this page doesn’t know
}

// partText tells which of two copies with nearly the same text is the shorter one.
func partText(m, of *feed.Member) string {
	switch {
	case of == nil || m.Entry.Words == 0 || of.Entry.Words == 0:
	case m.Entry.Words*10 < of.Entry.Words*8:
		return "Shorter version"
	case of.Entry.Words*10 < m.Entry.Words*8:
		return "Longer version"
	}
	return "Nearly the same text"
}

// scoreText is a verdict's score where it says more than its level and its
// evidence do.
func scoreText(v feed.Verdict) string {
	text := ""
	switch near := v.Level == feed.LevelPart || v.Level == feed.LevelNear; {
	case near && v.Need > 0:
		text = fmt.Sprintf("%.1f against %.1f", v.Score, v.Need)
	case near && v.Score > 0 && v.Score <= 1:
		text = fmt.Sprintf("%.0f %%", 100*v.Score)
	}
	if strings.Contains(strings.ReplaceAll(v.Evidence, "\u00a0", " "), text) {
		return ""
	}
	return text
}

// reason is the evidence, and of which copy it speaks if not of the one shown first.
func reason(m, of *feed.Member, full *feed.Full) string {
	text := inFull(m.Verdict.Evidence)
	if m.Verdict.Level == feed.LevelNew || text == "" {
		return ""
	}
	if of != nil && of.Entry.ID != full.Members[0].Entry.ID && m.Verdict.Level != feed.LevelReader {
		text = strings.TrimSuffix(text, ".") + ", compared with \u2068" + masked(of.Outlet.Title) + "\u2069."
	}
	return text
}

// inFull makes evidence a sentence, without secrets that an address may hold.
func inFull(evidence string) string { return sentence(strings.TrimSpace(evidence)) }

// newMisses lists what a copy was kept apart from: not what is one story with it
// by now, whoever saw to that.
func newMisses(full *feed.Full, m *feed.Member, known mentions) []missRow {
	var rows []missRow
	for _, a := range m.Verdict.Apart {
		r := missRow{Reason: apartText(a)}
		other := known[a.Story]
		switch {
		case other == nil:
			r.Title = "A story that is not kept any more"
		case other.ID == full.ID:
			continue
		default:
			x := copyOf(other, a.Of)
			r.Href = template.URL("/story/" + number(other.ID))
			r.Title, r.Lang, r.Source = titleOf(x.Entry), language(x.Entry.Language), masked(x.Outlet.Title)
		}
		rows = append(rows, r)
	}
	return rows
}

// apartText says why two stories were kept apart.
func apartText(a feed.Apart) string {
	if a.Evidence != "" {
		return inFull(a.Evidence)
	}
	text := fmt.Sprintf("Kept apart: %.1f against %.1f", a.Score, a.Need)
	if a.Veto != "" {
		text += ", by the rule of " + a.Veto
	}
	return inFull(text)
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
func together(copies []copyRow) (why, rewrites string) {
	n := map[string]int{}
	for _, c := range copies {
		n[c.Level]++
	}
	var kinds []string
	add := func(level, one, many string) {
		if n[level] > 0 {
			kinds = append(kinds, count(n[level], one, many))
		}
	}
	add("Same link", "with the same link", "with the same link")
	add("Same text", "with the same text", "with the same text")
	add("Nearly the same text", "with nearly the same text", "with nearly the same text")
	add("Shorter version", "shorter version", "shorter versions")
	add("Longer version", "longer version", "longer versions")
	add("Rewrite", "rewrite", "rewrites")
	add("Joined by you", "joined by you", "joined by you")
	why = "The copies carry the same article, so it stands in the river once."
	if len(kinds) > 0 {
		why = "One article, once in the river. Beside the first copy to arrive: " + strings.Join(kinds, ", ") + "."
	}
	if k := n["Rewrite"]; k > 0 {
		rewrites = count(k, "rewrite", "rewrites")
	}
	return why, rewrites
}
