package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"tidings/internal/control"
	"tidings/internal/feed"
)

func keepCommand() command {
	return command{
		name: "keep", args: "[FEED…]", short: "say how long the entries of feeds are kept",
		long: "Left alone, tidings keeps what was not read for ever, what was read for 90 days, and the\n" +
			"last 20 entries of each feed always. Starred stories stay whatever is chosen, and so does a\n" +
			"story of which another feed keeps a copy. Where a choice deletes entries it tells how many, and\n" +
			"wants --yes. Without a choice it prints what holds.",
		example: "tidings keep\ntidings keep --days 30 https://example.org/feed.xml\ntidings keep --entries 100 --yes Weather\ntidings keep --ever Reed Kiln\ntidings keep --default Reed",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, offlineFlags(f))
			k := keepFlags{
				days: f.Int("days", 0, "keep what was seen within so many `DAYS`, read or not"), entries: f.Int("entries", 0, "keep the newest `ENTRIES`, read or not"),
				ever: f.Bool("ever", false, "keep everything"), unsaid: f.Bool("default", false, "forget what was chosen"),
			}
			yes := f.Bool("yes", false, "delete what is then no longer kept")
			return s.run(0, -1, "feeds, or nothing to see what holds", func(ctx context.Context, c *control.Client, args []string) error {
				keep, asked, err := k.keep()
				if err != nil {
					return usageError{err}
				}
				fs, err := c.Feeds(ctx)
				if err != nil {
					return err
				}
				return e.keep(ctx, c, fs, args, keep, asked, *yes)
			})
		},
	}
}

// keepFlags are the flags of keep.
type keepFlags struct {
	days, entries *int
	ever, unsaid  *bool
}

// keep gives what is wished for, and whether anything is.
func (f keepFlags) keep() (feed.Keep, bool, error) {
	var said []string
	if *f.days != 0 {
		said = append(said, fmt.Sprintf("%dd", *f.days))
	}
	if *f.entries != 0 {
		said = append(said, fmt.Sprint(*f.entries))
	}
	if *f.ever {
		said = append(said, "ever")
	}
	if *f.unsaid {
		said = append(said, "")
	}
	switch len(said) {
	case 0:
		return feed.Keep{}, false, nil
	case 1:
		k, err := feed.ParseKeep(said[0])
		return k, true, err
	}
	return feed.Keep{}, false, errors.New("choose one of --days, --entries, --ever and --default")
}

func (e *env) keep(ctx context.Context, c *control.Client, fs []feed.Following, args []string, keep feed.Keep, asked, yes bool) error {
	if len(args) == 0 {
		if asked {
			return usageError{errors.New("name the feeds that are to be kept so")}
		}
		fmt.Fprintln(e.stdout, "all feeds: "+keepText(feed.Keep{}))
		for _, f := range fs {
			if f.Subscription.Keep != (feed.Keep{}) {
				fmt.Fprintf(e.stdout, "%s: %s\n", masked(f.Subscription.URL), keepText(f.Subscription.Keep))
			}
		}
		return nil
	}
	change := feed.KeepChange{Keep: keep}
	var chosen []feed.Following
	for _, a := range args {
		f, err := named(fs, a)
		if err != nil {
			return err
		}
		chosen, change.Feeds = append(chosen, f), append(change.Feeds, f.Subscription.ID)
	}
	if asked && !yes {
		if err := spares(ctx, c, change); err != nil {
			return err
		}
	}
	for _, f := range chosen {
		if asked {
			if _, err := c.Change(ctx, f.Subscription.ID, feed.Change{Keep: &keep}); err != nil {
				return err
			}
			f.Subscription.Keep = keep
		}
		fmt.Fprintf(e.stdout, "%s: %s\n", masked(f.Subscription.URL), keepText(f.Subscription.Keep))
	}
	return nil
}

// spares is an error where a change would delete something.
func spares(ctx context.Context, c *control.Client, k feed.KeepChange) error {
	lost, err := c.Losses(ctx, k)
	if err != nil || lost.Entries == 0 {
		return err
	}
	return feed.WithHint(fmt.Errorf("that deletes %s, of %s that nobody read; nothing was changed",
		count(lost.Entries, "entry", "entries"), count(lost.Unread, "story", "stories")), "repeat it with --yes if that is meant")
}

// keepText tells what is kept.
func keepText(k feed.Keep) string {
	switch {
	case k.Ever:
		return "everything is kept"
	case k.Days > 0:
		return "kept for " + count(k.Days, "day", "days")
	case k.Newest > 0:
		return "the newest " + count(k.Newest, "entry is", "entries are") + " kept"
	}
	return "read stories are kept for 90 days, unread ones for ever, the last 20 entries of each feed always"
}

func fullTextCommand() command {
	return command{
		name: "fulltext", args: "[on|off] FEED…", short: "fetch the whole texts of a feed that gives teasers",
		long:    "The text of each new entry is then fetched from its page, under the rules that hold for\npolling. Without on or off it is printed what holds.",
		example: "tidings fulltext on https://example.org/feed.xml\ntidings fulltext off Reed",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, offlineFlags(f))
			return s.run(1, -1, "on or off, and feeds", func(ctx context.Context, c *control.Client, args []string) error {
				on, asked := args[0] == "on", args[0] == "on" || args[0] == "off"
				if asked {
					args = args[1:]
				}
				if len(args) == 0 {
					return usageError{errors.New("name the feeds")}
				}
				fs, err := c.Feeds(ctx)
				if err != nil {
					return err
				}
				for _, a := range args {
					if err := e.fullText(ctx, c, fs, a, on, asked); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}

func (e *env) fullText(ctx context.Context, c *control.Client, fs []feed.Following, name string, on, asked bool) error {
	f, err := named(fs, name)
	if err != nil {
		return err
	}
	s := f.Subscription
	if asked {
		if s, err = c.Change(ctx, s.ID, feed.Change{FullText: &on}); err != nil {
			return err
		}
	}
	fmt.Fprintf(e.stdout, "%s: %s\n", masked(s.URL), map[bool]string{true: "whole texts are fetched", false: "as the feed has them"}[s.FullText])
	return nil
}

// kept tells what the reader chose about a feed's entries, where it isn't what most have.
func kept(s feed.Subscription) string {
	var parts []string
	if s.Keep != (feed.Keep{}) {
		parts = append(parts, keepText(s.Keep))
	}
	if s.FullText {
		parts = append(parts, "whole texts are fetched")
	}
	if len(parts) == 0 {
		return ""
	}
	return "; " + strings.Join(parts, "; ")
}
