package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidings/internal/control"
	"tidings/internal/feed"
	"tidings/internal/poller"
)

func splitCommand() command {
	return command{
		name: "split", args: "URL | STORY SOURCE", short: "say that a source tells another story",
		long: "The source gets a story of its own, and is never joined again with those that it was parted\n" +
			"from. It is named by its address; or by the story's number and the entry's number, its\n" +
			"address or its feed's title, as `tidings why` shows them.",
		example: "tidings split https://example.org/2026/reeds\ntidings split 12 40",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, offlineFlags(f))
			asJSON := f.Bool("json", false, "print the decision as a JSON object")
			return s.run(1, 2, "the address of a source, or a story and its source", func(ctx context.Context, c *control.Client, args []string) error {
				story, m, err := e.toSplit(ctx, c, args)
				if err != nil {
					return err
				}
				d, err := c.Split(ctx, story.ID, m.Entry.ID)
				if err != nil {
					return err
				}
				if *asJSON {
					return e.decisionsJSON(d)
				}
				fmt.Fprintf(e.stdout, "%s (%s) tells another story now: stories %d and %d.\n", titled(m.Entry), m.Outlet.Title, d.From, d.To)
				e.undoHint(d)
				return nil
			})
		},
	}
}

// toSplit finds the source that is to be taken out of its story.
func (e *env) toSplit(ctx context.Context, c *control.Client, args []string) (namedStory, feed.Member, error) {
	story, err := e.story(ctx, c, args[0])
	if err != nil {
		return story, feed.Member{}, err
	}
	if len(args) == 2 {
		var entries []feed.Entry
		if isURL(args[1]) {
			if entries, err = c.Find(ctx, args[1]); err != nil {
				return story, feed.Member{}, err
			}
		}
		m, err := source(story, args[1], entries)
		return story, m, err
	}
	if len(story.entries) == 1 {
		return story, story.entry(), nil
	}
	return story, feed.Member{}, feed.WithHint(fmt.Errorf("split %s: it is not clear which of %s is meant", args[0], count(len(story.Members), "source", "sources")),
		fmt.Sprintf("add the number of the source's entry, as in `tidings split %d %d`; `tidings why %d` shows them", story.ID, story.Members[len(story.Members)-1].Entry.ID, story.ID))
}

func joinCommand() command {
	return command{
		name: "join", args: "STORY|URL STORY|URL", short: "say that two stories are the same",
		long: "The older story stays, with its place and mark, and takes in the sources of the younger,\n" +
			"which are never parted again by the engine.",
		example: "tidings join 12 https://example.org/2026/reeds",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, offlineFlags(f))
			asJSON := f.Bool("json", false, "print the decision as a JSON object")
			return s.run(2, 2, "two stories, each by its number or the address of a source", func(ctx context.Context, c *control.Client, args []string) error {
				a, err := e.story(ctx, c, args[0])
				if err != nil {
					return err
				}
				b, err := e.story(ctx, c, args[1])
				if err != nil {
					return err
				}
				if a.ID == b.ID {
					return feed.WithHint(fmt.Errorf("join: both are story %d already", a.ID), fmt.Sprintf("`tidings why %d` tells why", a.ID))
				}
				d, err := c.Join(ctx, a.ID, b.ID)
				if err != nil {
					return err
				}
				if *asJSON {
					return e.decisionsJSON(d)
				}
				fmt.Fprintf(e.stdout, "Story %d is part of story %d now: %s.\n", d.From, d.To, count(len(a.Members)+len(b.Members), "source", "sources"))
				e.undoHint(d)
				return nil
			})
		},
	}
}

func (e *env) undoHint(d feed.Decision) {
	fmt.Fprintf(e.stdout, "This is decision %d; `tidings undo %d` takes it back.\n", d.ID, d.ID)
}

func undoCommand() command {
	return command{
		name: "undo", args: "DECISION|FEED…", short: "take back a split, a join or a removal",
		long:    "Of a decision, named by its number: the sources go back to the stories that they were in,\nand the engine is free again. Of a feed that was removed within the last hour, named by its\naddress or its whole title: it is followed again with all that it had.",
		example: "tidings undo 3\ntidings undo https://example.org/feed.xml",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, offlineFlags(f))
			return s.run(1, -1, "the number of a decision (`tidings decisions` lists them) or a feed", func(ctx context.Context, c *control.Client, args []string) error {
				for _, a := range args {
					id, err := strconv.ParseUint(a, 10, 64)
					if err != nil {
						if err := e.takeBack(ctx, c, a); err != nil {
							return err
						}
						continue
					}
					d, err := c.Undo(ctx, id)
					if errors.Is(err, feed.ErrNotFound) {
						return feed.WithHint(fmt.Errorf("undo decision %d: there is none", id), "`tidings decisions` lists those in force")
					}
					if err != nil {
						return err
					}
					fmt.Fprintf(e.stdout, "Decision %d is undone: %s went from story %d back to story %d.\n", id, count(len(d.Entries), "source", "sources"), d.From, d.To)
				}
				return nil
			})
		},
	}
}

// takeBack follows a feed again that was removed.
func (e *env) takeBack(ctx context.Context, c *control.Client, name string) error {
	us, err := c.Unsubscribed(ctx)
	if err != nil {
		return err
	}
	address, _ := poller.FeedURL(name)
	for _, u := range us {
		if s := u.Subscription; s.URL == name || masked(s.URL) == name || s.URL == address || strings.EqualFold(u.Name, name) {
			if _, err := c.TakeBack(ctx, s.ID); err != nil {
				return err
			}
			fmt.Fprintf(e.stdout, "%-14s %s  %s, with %s\n", "back", masked(s.URL), masked(u.Name), count(u.Entries, "entry", "entries"))
			return nil
		}
	}
	return feed.WithHint(fmt.Errorf("undo %q: no feed of that name was removed within the last hour, and it is no number of a decision", name),
		"`tidings decisions` lists those; `tidings add` subscribes anew")
}

func decisionsCommand() command {
	return command{
		name: "decisions", short: "list what you said about stories: splits and joins",
		long:    "They bind the engine for ever, through rebuilds and repairs, until they are undone.",
		example: "tidings decisions\ntidings undo 3",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, offlineFlags(f))
			asJSON := f.Bool("json", false, "print a JSON object a line")
			return s.run(0, 0, "no arguments; `tidings undo DECISION` takes one back", func(ctx context.Context, c *control.Client, args []string) error {
				ds, err := c.Decisions(ctx)
				if err != nil {
					return err
				}
				if *asJSON {
					return e.decisionsJSON(ds...)
				}
				for _, d := range ds {
					e.decisionLine(ctx, c, d)
				}
				if len(ds) == 0 {
					fmt.Fprintln(e.stdout, "None. `tidings split` and `tidings join` overrule the engine.")
				}
				return nil
			})
		},
	}
}

// decisionLine tells a decision with what its stories are called today.
func (e *env) decisionLine(ctx context.Context, c *control.Client, d feed.Decision) {
	name := "what has expired since"
	if f, err := c.Story(ctx, d.To); err == nil {
		name = titled(f.Entry)
		for _, m := range f.Members {
			if slices.Contains(d.Entries, m.Entry.ID) {
				name = fmt.Sprintf("%s (%s)", titled(m.Entry), m.Outlet.Title)
				break
			}
		}
	}
	fmt.Fprintf(e.stdout, "%3d  %s  %s: %s\n", d.ID, d.At.Local().Format("2 Jan 2006 15:04"), saidOf(d), name)
}

// saidOf tells a decision in a few words.
func saidOf(d feed.Decision) string {
	if d.Kind == feed.Split {
		return fmt.Sprintf("split %s out of story %d, as story %d", entriesOf(d), d.From, d.To)
	}
	return fmt.Sprintf("joined story %d (%s) into story %d", d.From, entriesOf(d), d.To)
}

func entriesOf(d feed.Decision) string {
	var ids []string
	for _, id := range d.Entries[:min(len(d.Entries), 5)] {
		ids = append(ids, strconv.FormatUint(id, 10))
	}
	if more := len(d.Entries) - len(ids); more > 0 {
		ids = append(ids, fmt.Sprintf("%d more", more))
	}
	if len(d.Entries) == 1 {
		return "entry " + ids[0]
	}
	return "entries " + strings.Join(ids, ", ")
}

func (e *env) decisionsJSON(ds ...feed.Decision) error {
	enc := e.encoder()
	for _, d := range ds {
		if err := enc.Encode(shownDecision(d)); err != nil {
			return err
		}
	}
	return nil
}

type decisionJSON struct {
	ID      uint64   `json:"id"`
	Kind    string   `json:"kind"`
	At      string   `json:"at"`
	Entries []uint64 `json:"entries"`
	From    uint64   `json:"from"`
	To      uint64   `json:"to"`
	Others  []uint64 `json:"others"`
}

func shownDecision(d feed.Decision) decisionJSON {
	return decisionJSON{d.ID, string(d.Kind), d.At.UTC().Format(time.RFC3339), d.Entries, d.From, d.To, d.Others}
}
