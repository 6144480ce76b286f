package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"slices"
	"time"

	"tidings/internal/control"
	"tidings/internal/feed"
)

func whyCommand() command {
	return command{
		name: "why", args: "STORY|URL [STORY|URL]", short: "tell why entries are one story, or why not",
		long: "Of one story: its sources, how each came to it, what it was nearly taken for, and related\n" +
			"coverage. Of two: whether they are one, and why, or why not. A story is named by its number,\n" +
			"as `tidings stories` shows it, or by the address of a source or of its page.",
		example: "tidings why 12\ntidings why https://example.org/2026/reeds https://example.net/reeds-sing",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, offlineFlags(f))
			asJSON := f.Bool("json", false, "print a JSON object for each story, or one for a pair")
			return s.run(1, 2, "a story, or two: numbers or addresses", func(ctx context.Context, c *control.Client, args []string) error {
				ds, err := c.Decisions(ctx)
				if err != nil {
					return err
				}
				if len(args) == 2 {
					return e.whyTwo(ctx, c, args, ds, *asJSON)
				}
				found, err := e.stories(ctx, c, args[0])
				if err != nil {
					return err
				}
				for i, f := range found {
					if *asJSON {
						err = e.encoder().Encode(shownStory(f.Full, ds))
					} else {
						e.blank(i > 0)
						e.whyStory(f.Full, ds)
					}
					if err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}

func (e *env) blank(yes bool) {
	if yes {
		fmt.Fprintln(e.stdout)
	}
}

// whyStory tells all that is known of why a story is what it is.
func (e *env) whyStory(f feed.Full, ds []feed.Decision) {
	w := e.stdout
	fmt.Fprintf(w, "Story %d: %s\n%s, since %s\n", f.ID, titled(f.Entry), count(len(f.Members), "source", "sources"), clock(f.Time))
	for _, m := range f.Members {
		fmt.Fprintf(w, "\n  %s, entry %d, %s\n    %s\n", m.Outlet.Title, m.Entry.ID, clock(m.Entry.Time()), m.Entry.URL)
		for _, line := range reasons(f, m) {
			fmt.Fprintf(w, "    %s\n", line)
		}
	}
	if len(f.Event) > 0 {
		fmt.Fprintf(w, "\nRelated coverage, stories of their own:\n")
	}
	for _, r := range f.Event {
		fmt.Fprintf(w, "  story %d: %s (%s)%s\n", r.Headline.ID, titled(r.Headline.Entry), r.Headline.Outlet.Title, behind(r.Relation.Evidence))
	}
	if ds = about(ds, f); len(ds) > 0 {
		fmt.Fprintf(w, "\nYou said:\n")
	}
	for _, d := range ds {
		fmt.Fprintf(w, "  %s (decision %d)\n", saidOf(d), d.ID)
	}
}

// behind is evidence behind what it is for.
func behind(evidence string) string {
	if evidence == "" {
		return ""
	}
	return ": " + evidence
}

// reasons are the sentences that tell why an entry is in its story.
func reasons(f feed.Full, m feed.Member) []string {
	v := m.Verdict
	var lines []string
	switch v.Level {
	case feed.LevelNew, "":
		lines = append(lines, "tells it first")
	default:
		lines = append(lines, joined(f, v))
	}
	for _, a := range v.Apart {
		lines = append(lines, keptApart(a))
	}
	if v.Drifted {
		lines = append(lines, "was revised since, and would not join today"+behind(v.Drift))
	}
	return lines
}

// joined tells how an entry joined.
func joined(f feed.Full, v feed.Verdict) string {
	s := level(v.Level)
	if of := member(f, v.Of); of.Entry.ID != 0 {
		s += fmt.Sprintf(" as entry %d (%s)", v.Of, of.Outlet.Title)
	} else if v.Of != 0 {
		s += fmt.Sprintf(" as entry %d", v.Of)
	}
	if v.Need > 0 {
		s += fmt.Sprintf(", %.1f points of %.1f needed", v.Score, v.Need)
	} else if v.Level == feed.LevelPart {
		s += fmt.Sprintf(", %.0f %%", 100*v.Score)
	}
	return s + behind(v.Evidence)
}

// level names a level for people.
func level(l feed.Level) string {
	switch l {
	case feed.LevelSameURL:
		return "same address"
	case feed.LevelSameText:
		return "same text"
	case feed.LevelPart:
		return "nearly the same text"
	case feed.LevelNear:
		return "the same in other words"
	case feed.LevelReader:
		return "the same, by your word,"
	}
	return string(l)
}

// keptApart tells a near miss. The points are in its evidence.
func keptApart(a feed.Apart) string {
	return fmt.Sprintf("near entry %d of story %d%s", a.Of, a.Story, behind(cmp.Or(a.Evidence, a.Veto)))
}

// about picks the decisions that speak of a story or of its entries.
func about(ds []feed.Decision, f feed.Full) (out []feed.Decision) {
	for _, d := range ds {
		of := func(m feed.Member) bool {
			return slices.Contains(d.Entries, m.Entry.ID) || slices.Contains(d.Others, m.Entry.ID)
		}
		if d.From == f.ID || d.To == f.ID || slices.ContainsFunc(f.Members, of) {
			out = append(out, d)
		}
	}
	return out
}

// clock is a time for people.
func clock(t time.Time) string { return t.Local().Format("2 Jan 2006 15:04") }
