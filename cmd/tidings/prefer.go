package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"tidings/internal/control"
	"tidings/internal/feed"
)

func preferCommand() command {
	return command{
		name: "prefer", args: "[first|normal|inherit]", short: "show or set whose copies stand for their stories",
		long: wrapped(feed.LeadRule) + "\n" +
			"For a feed or the feeds of a folder:\n" +
			"  first    its copies are shown before those of others\n" +
			"  normal   the rest of the rule decides\n" +
			"  inherit  as the folder above says (the default)\n" +
			"It holds at once, for all stories that are there. Their ids, places and marks stay.",
		example: "tidings prefer\ntidings prefer --folder Local first\ntidings prefer --feed https://news.example/feed.xml first",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, offlineFlags(f))
			one := f.String("feed", "", "of this `FEED` (address, number or title)")
			folder := f.String("folder", "", "of the feeds in this `FOLDER` and below it")
			return s.run(0, 1, "at most one of first, normal, inherit", func(ctx context.Context, c *control.Client, args []string) error {
				r, err := readRulings(ctx, c)
				if err != nil {
					return err
				}
				scope, all, err := r.scope(*one, *folder)
				if err != nil {
					return err
				}
				if len(args) > 0 {
					if err := prefer(ctx, c, scope, all, args[0]); err != nil {
						return err
					}
				}
				p, err := c.Preferences(ctx)
				if err != nil {
					return err
				}
				e.printPreferences(r, p, scope, all)
				return nil
			})
		},
	}
}

func prefer(ctx context.Context, c *control.Client, s feed.Scope, all bool, word string) error {
	if !slices.Contains([]string{"first", "normal", "inherit"}, word) {
		return usageError{fmt.Errorf("there is no preference %q; want first, normal or inherit", word)}
	}
	if all {
		return usageError{errors.New("name a feed or a folder: --feed FEED or --folder FOLDER")}
	}
	return c.Prefer(ctx, s, feed.Preference(strings.TrimPrefix(word, "inherit")))
}

// printPreferences prints what holds for a scope, or all that the reader chose.
func (e *env) printPreferences(r rulings, p feed.Preferences, s feed.Scope, all bool) {
	scopes := []feed.Scope{s}
	if all {
		scopes = nil
		for f := range p.Folders {
			scopes = append(scopes, feed.Scope{Folder: f})
		}
		slices.SortFunc(scopes, func(a, b feed.Scope) int { return strings.Compare(a.Folder, b.Folder) })
		for _, f := range r.feeds {
			if p.Feeds[f.Subscription.ID] != feed.PreferInherit {
				scopes = append(scopes, feed.Scope{Feed: f.Subscription.ID})
			}
		}
		fmt.Fprintln(e.stdout, wrapped(feed.LeadRule))
	}
	for _, s := range scopes {
		holds := feed.PreferNot
		if r.preferred(p, s) {
			holds = feed.Preferred
		}
		from := ""
		if p.Of(s) == feed.PreferInherit {
			from = " (inherited)"
		}
		fmt.Fprintf(e.stdout, "%s: %s%s\n", r.name(s), holds, from)
	}
}

// preferred reports whether the copies of a scope are.
func (r rulings) preferred(p feed.Preferences, s feed.Scope) bool {
	for _, f := range r.feeds {
		if s.Feed != 0 && f.Subscription.ID == s.Feed {
			return p.For(s.Feed, f.Subscription.Folder)
		}
	}
	return p.For(0, s.Folder)
}

// wrapped breaks a text into lines of at most 80 characters.
func wrapped(text string) string {
	var b strings.Builder
	width := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case width == 0:
		case width+1+len(word) > 80:
			b.WriteByte('\n')
			width = 0
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += len(word)
	}
	return b.String()
}
