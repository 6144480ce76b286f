package main

import (
	"context"
	"fmt"
	"slices"

	"tidings/internal/control"
	"tidings/internal/dedup"
	"tidings/internal/feed"
	"tidings/internal/sanitize"
)

// two are two entries of which a person asks whether they are one story.
type two struct {
	a, b     namedStory
	apart    []feed.Apart     // near misses between their stories, noted when they came
	relation *feed.Relation   // they are of one event
	decision uint64           // that parted them, or joined them; 0 for none
	judged   *dedup.Judgement // by today's rules; nil where they are one story
	folds    []string         // what the reader chose that keeps copies apart
}

func (e *env) whyTwo(ctx context.Context, c *control.Client, args []string, ds []feed.Decision, asJSON bool) error {
	as, err := e.stories(ctx, c, args[0])
	if err != nil {
		return err
	}
	bs, err := e.stories(ctx, c, args[1])
	if err != nil {
		return err
	}
	t := two{}
	t.a, t.b = pairOf(as, bs)
	rules, err := c.Rules(ctx)
	if err != nil {
		return err
	}
	t.look(ds, rules)
	if asJSON {
		return e.encoder().Encode(t.shown())
	}
	if t.a.ID == t.b.ID {
		e.whySame(t)
	} else {
		e.whyNot(t)
	}
	return nil
}

// pairOf picks what was meant where an address is that of several stories: a story
// of both, if there is one.
func pairOf(as, bs []namedStory) (namedStory, namedStory) {
	for _, a := range as {
		for _, b := range bs {
			if a.ID == b.ID {
				return a, b
			}
		}
	}
	return as[0], bs[0]
}

// look gathers what speaks for and against their being one story.
func (t *two) look(ds []feed.Decision, rules feed.Ruleset) {
	a, b := t.a.entry(), t.b.entry()
	same := t.a.ID == t.b.ID
	for _, d := range ds {
		if between(d, t.a.Full, t.b.Full) && (d.Kind == feed.Join) == same {
			t.decision = d.ID
		}
	}
	if same {
		return
	}
	t.apart = append(misses(t.a.Full, t.b.Full), misses(t.b.Full, t.a.Full)...)
	for _, r := range t.a.Full.Event {
		if r.Headline.ID == t.b.ID {
			t.relation = &r.Relation
		}
	}
	j := dedup.Judge(item(a), item(b))
	t.judged = &j
	for _, m := range []feed.Member{a, b} {
		if f := rules.For(m.Outlet.Feed, m.Outlet.Folder).Fold; f != feed.FoldCopies {
			t.folds = append(t.folds, fmt.Sprintf("the folding of %s is %q", m.Outlet.Title, f))
		}
	}
}

// item is an entry as the engine compares it.
func item(m feed.Member) dedup.Item {
	return dedup.Item{Entry: m.Entry, Text: sanitize.Text(m.Body.Text())}
}

// between reports whether a decision speaks of an entry of a with one of b.
func between(d feed.Decision, a, b feed.Full) bool {
	has := func(ids []uint64, f feed.Full) bool {
		return slices.ContainsFunc(f.Members, func(m feed.Member) bool { return slices.Contains(ids, m.Entry.ID) })
	}
	return has(d.Entries, a) && has(d.Others, b) || has(d.Entries, b) && has(d.Others, a)
}

// misses are the near misses of a's entries with those of b.
func misses(a, b feed.Full) (out []feed.Apart) {
	for _, m := range a.Members {
		for _, x := range m.Verdict.Apart {
			if x.Story == b.ID || member(b, x.Of).Entry.ID != 0 {
				out = append(out, x)
			}
		}
	}
	return out
}

// whySame tells how each of the two came to their story, step by step.
func (e *env) whySame(t two) {
	w := e.stdout
	fmt.Fprintf(w, "Yes, one story: %d, %s\n", t.a.ID, titled(t.a.Full.Entry))
	told := map[uint64]bool{}
	for _, m := range []feed.Member{t.a.entry(), t.b.entry()} {
		for m.Entry.ID != 0 && !told[m.Entry.ID] {
			told[m.Entry.ID] = true
			fmt.Fprintf(w, "\n  %s, entry %d\n    %s\n", m.Outlet.Title, m.Entry.ID, m.Entry.URL)
			for _, line := range reasons(t.a.Full, m) {
				fmt.Fprintf(w, "    %s\n", line)
			}
			m = member(t.a.Full, m.Verdict.Of)
		}
	}
	if t.decision != 0 {
		fmt.Fprintf(w, "\nYou said so (decision %d).\n", t.decision)
	}
}

// whyNot tells why two are not one story.
func (e *env) whyNot(t two) {
	w := e.stdout
	fmt.Fprintf(w, "No, two stories:\n")
	for _, n := range []namedStory{t.a, t.b} {
		m := n.entry()
		fmt.Fprintf(w, "  story %d, entry %d: %s (%s)\n", n.ID, m.Entry.ID, titled(m.Entry), m.Outlet.Title)
	}
	fmt.Fprintln(w)
	if t.decision != 0 {
		fmt.Fprintf(w, "You said that they are two (decision %d).\n", t.decision)
	}
	for _, a := range t.apart {
		fmt.Fprintf(w, "When they came: %s\n", keptApart(a))
	}
	if t.relation != nil {
		fmt.Fprintf(w, "They are about one event%s\n", behind(t.relation.Evidence))
	}
	j := *t.judged
	fmt.Fprintf(w, "Compared now: %s\n", judged(j))
	for _, f := range t.folds {
		fmt.Fprintf(w, "What you chose: %s\n", f)
	}
	if j.Verdict == "copy" && t.decision == 0 && len(t.folds) == 0 {
		fmt.Fprintf(w, "Today's rules would join them if they came now; `tidings dedup rebuild` applies the rules\nto the last days, `tidings join %d %d` joins these two.\n", t.a.ID, t.b.ID)
	}
}

// judged tells what the engine says of two entries alone.
func judged(j dedup.Judgement) string {
	s := map[string]string{"copy": "the same article", "related": "two articles on one event", "different": "two different articles"}[j.Verdict]
	if j.Veto != "" {
		s += ", kept apart by: " + j.Veto
	}
	return s + behind(j.Evidence)
}

type pairJSON struct {
	Same     bool        `json:"same"`
	Stories  []uint64    `json:"stories"`
	Entries  []uint64    `json:"entries"`
	Related  bool        `json:"related"`
	Evidence string      `json:"evidence,omitempty"` // of the relation
	Decision uint64      `json:"decision,omitempty"`
	Apart    []apartJSON `json:"apart,omitempty"`
	Judged   *judgedJSON `json:"judged,omitempty"`
	Sources  any         `json:"sources"`
}

type judgedJSON struct {
	Verdict  string  `json:"verdict"`
	Score    float64 `json:"score"`
	Evidence string  `json:"evidence"`
	Veto     string  `json:"veto"`
}

func (t two) shown() pairJSON {
	a, b := t.a.entry(), t.b.entry()
	p := pairJSON{Same: t.a.ID == t.b.ID, Stories: []uint64{t.a.ID, t.b.ID}, Entries: []uint64{a.Entry.ID, b.Entry.ID}, Decision: t.decision,
		Sources: []sourceJSON{shownSource(a), shownSource(b)}}
	if t.relation != nil {
		p.Related, p.Evidence = true, t.relation.Evidence
	}
	for _, x := range t.apart {
		p.Apart = append(p.Apart, shownApart(x))
	}
	if j := t.judged; j != nil {
		p.Judged = &judgedJSON{j.Verdict, j.Score, j.Evidence, j.Veto}
	}
	return p
}
