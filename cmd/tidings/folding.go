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

func foldingCommand() command {
	return command{
		name: "folding", args: "[off|exact|copies|inherit]", short: "show or set how far copies are folded into one story",
		long: "For all feeds, or those of a folder, or one:\n" +
			"  off      each entry is a story of its own\n" +
			"  exact    the same address or the same text is one story\n" +
			"  copies   near-copies are as well: rewrites, truncations, teasers (the default)\n" +
			"  inherit  as the folder above says, or as all feeds\n" +
			"It holds for what comes from now on; `tidings dedup rebuild` applies it to the last days.",
		example: "tidings folding\ntidings folding --folder Comics off\ntidings folding --feed https://xkcd.com/atom.xml --events off",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, offlineFlags(f))
			one := f.String("feed", "", "of this `FEED` (address, number or title)")
			folder := f.String("folder", "", "of the feeds in this `FOLDER` and below it")
			events := f.String("events", "", "whether related coverage is shown: on, off or `inherit`")
			asJSON := f.Bool("json", false, "print a JSON object a line")
			return s.run(0, 1, "at most one of off, exact, copies, inherit", func(ctx context.Context, c *control.Client, args []string) error {
				set, err := newRuleChange(args, *events)
				if err != nil {
					return err
				}
				r, err := readRulings(ctx, c)
				if err != nil {
					return err
				}
				scope, all, err := r.scope(*one, *folder)
				if err != nil {
					return err
				}
				if set != nil {
					if err := c.SetRule(ctx, scope, set(r.rules.Of(scope))); err != nil {
						return err
					}
					if r, err = readRulings(ctx, c); err != nil {
						return err
					}
					all = false
				}
				if err := e.printRules(r, scope, all, *asJSON); err != nil {
					return err
				}
				if len(args) > 0 && !*asJSON {
					fmt.Fprintln(e.stdout, "It holds for what comes from now on; `tidings dedup rebuild` applies it to the last 14 days.")
				}
				return nil
			})
		},
	}
}

// newRuleChange is what is to be changed of a rule; nil for nothing.
func newRuleChange(args []string, events string) (func(feed.Rule) feed.Rule, error) {
	if len(args) == 0 && events == "" {
		return nil, nil
	}
	if events != "" && !slices.Contains([]string{"on", "off", "inherit"}, events) {
		return nil, usageError{fmt.Errorf("--events %s: want on, off or inherit", events)}
	}
	if len(args) > 0 && !slices.Contains([]string{"off", "exact", "copies", "inherit"}, args[0]) {
		return nil, usageError{fmt.Errorf("there is no folding %q; want off, exact, copies or inherit", args[0])}
	}
	return func(r feed.Rule) feed.Rule {
		if len(args) > 0 {
			r.Fold = feed.Folding(strings.TrimPrefix(args[0], "inherit"))
		}
		if events != "" {
			r.Events = strings.TrimPrefix(events, "inherit")
		}
		return r
	}, nil
}

// rulings are the reader's rules with the feeds that they are for.
type rulings struct {
	rules feed.Ruleset
	feeds []feed.Following
}

func readRulings(ctx context.Context, c *control.Client) (rulings, error) {
	rules, err := c.Rules(ctx)
	fs, err2 := c.Feeds(ctx)
	return rulings{rules, fs}, errors.Join(err, err2)
}

// scope finds what a person means by the flags; all is true where they named none.
func (r rulings) scope(one, folder string) (s feed.Scope, all bool, err error) {
	switch {
	case one != "" && folder != "":
		return s, false, usageError{errors.New("name a feed or a folder, not both")}
	case one != "":
		f, err := named(r.feeds, one)
		return feed.Scope{Feed: f.Subscription.ID}, false, err
	case folder != "":
		in := func(f feed.Following) bool {
			return f.Subscription.Folder == folder || strings.HasPrefix(f.Subscription.Folder, folder+"/")
		}
		if _, ruled := r.rules.Folders[folder]; !ruled && !slices.ContainsFunc(r.feeds, in) {
			return s, false, feed.WithHint(fmt.Errorf("find the folder %q: no feed is in it", folder), "`tidings feeds` shows the folders")
		}
		return feed.Scope{Folder: folder}, false, nil
	}
	return s, true, nil
}

// printRules prints the rule of a scope, or all that there are.
func (e *env) printRules(r rulings, s feed.Scope, all, asJSON bool) error {
	scopes := []feed.Scope{s}
	if all {
		scopes = append(scopes, r.scopes()...)
	}
	for _, s := range scopes {
		if !asJSON {
			fmt.Fprintf(e.stdout, "%s: %s\n", r.name(s), r.text(s))
			continue
		}
		if err := e.encoder().Encode(r.shown(s)); err != nil {
			return err
		}
	}
	return nil
}

// scopes are the folders and feeds that have a rule of their own.
func (r rulings) scopes() (out []feed.Scope) {
	for f := range r.rules.Folders {
		out = append(out, feed.Scope{Folder: f})
	}
	slices.SortFunc(out, func(a, b feed.Scope) int { return strings.Compare(a.Folder, b.Folder) })
	for _, f := range r.feeds {
		if _, ok := r.rules.Feeds[f.Subscription.ID]; ok {
			out = append(out, feed.Scope{Feed: f.Subscription.ID})
		}
	}
	return out
}

func (r rulings) name(s feed.Scope) string {
	for _, f := range r.feeds {
		if s.Feed != 0 && f.Subscription.ID == s.Feed {
			return masked(f.Name())
		}
	}
	if s.Folder != "" {
		return "folder " + s.Folder
	}
	return "all feeds"
}

// inForce is the rule that holds in a scope.
func (r rulings) inForce(s feed.Scope) feed.Rule {
	for _, f := range r.feeds {
		if f.Subscription.ID == s.Feed {
			return r.rules.For(s.Feed, f.Subscription.Folder)
		}
	}
	return r.rules.For(0, s.Folder)
}

// text tells the rule that holds in a scope, and what of it isn't the scope's own.
func (r rulings) text(s feed.Scope) string {
	own, holds := r.rules.Of(s), r.inForce(s)
	from := map[bool]string{true: " (default)", false: " (inherited)"}[s == feed.Scope{}]
	text := string(holds.Fold)
	if own.Fold == feed.FoldInherit {
		text += from
	}
	text += map[bool]string{true: ", events shown", false: ", events not shown"}[holds.Events == "on"]
	if own.Events == "" {
		text += from
	}
	return text
}

type ruleJSON struct {
	Feed     uint64 `json:"feed,omitempty"`
	Folder   string `json:"folder,omitempty"`
	Own      string `json:"own_fold"`
	OwnShown string `json:"own_events"`
	Fold     string `json:"fold"`
	Events   string `json:"events"`
}

func (r rulings) shown(s feed.Scope) ruleJSON {
	own, holds := r.rules.Of(s), r.inForce(s)
	return ruleJSON{s.Feed, s.Folder, string(own.Fold), own.Events, string(holds.Fold), holds.Events}
}
