package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"tidings/internal/control"
	"tidings/internal/feed"
	"tidings/internal/poller"
)

func addCommand() command {
	return command{
		name: "add", args: "URL…", short: "subscribe to feeds; a site's address is enough",
		long:    "The feed is looked for behind the address: the address itself, the feeds its page links\nto, the usual places. Several found: the first is taken and the others are named.",
		example: "tidings add --folder Science nature.com https://xkcd.com/atom.xml",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, networkFlags(f))
			w := feed.Wish{}
			f.StringVar(&w.Folder, "folder", "", "the `FOLDER` for the feeds; folders nest by /")
			tags := f.String("tags", "", "`TAGS` for the feeds, separated by commas")
			blind := f.Bool("blind", false, "subscribe to the addresses as they are, without looking at them")
			return s.run(1, -1, "at least one address", func(ctx context.Context, c *control.Client, args []string) error {
				failed := 0
				w.Tags = feed.SplitTags(*tags)
				for _, a := range args {
					if err := e.add(ctx, c, a, w, *blind); err != nil {
						failed++
						report(e.stderr, err)
					}
				}
				if failed > 0 {
					return errSilent
				}
				return nil
			})
		},
	}
}

// add subscribes to the feed behind an address, as w says beside the address.
func (e *env) add(ctx context.Context, c *control.Client, address string, w feed.Wish, blind bool) error {
	found := []feed.Found{{URL: address}}
	if !blind {
		var err error
		if found, err = c.Discover(ctx, address); err != nil {
			return err
		}
	}
	w.URL = found[0].URL
	adds, err := c.Subscribe(ctx, []feed.Wish{w})
	if err != nil {
		return err
	}
	word := "already there"
	if adds[0].Added {
		word = "added"
	}
	fmt.Fprintf(e.stdout, "%-14s %s  %s\n", word, masked(adds[0].Subscription.URL), found[0].Title)
	for _, other := range found[1:] {
		fmt.Fprintf(e.stdout, "%-14s %s  %s\n", "  also there", other.URL, other.Title)
	}
	return nil
}

func removeCommand() command {
	return command{
		name: "remove", args: "FEED…", short: "unsubscribe from feeds",
		long:    "A feed is named by its address, its number (see feeds --json) or its whole title. Its\nentries are deleted, but those of starred stories are kept. For an hour `tidings undo FEED`\ntakes it back, with all that it had.",
		example: "tidings remove https://example.org/feed.xml",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, offlineFlags(f))
			return s.run(1, -1, "at least one feed", func(ctx context.Context, c *control.Client, args []string) error {
				fs, err := c.Feeds(ctx)
				if err != nil {
					return err
				}
				for _, a := range args {
					f, err := named(fs, a)
					if err != nil {
						return err
					}
					if err := c.Remove(ctx, f.Subscription.ID); err != nil {
						return err
					}
					fmt.Fprintf(e.stdout, "%-14s %s  %s\n", "removed", masked(f.Subscription.URL), masked(f.Name()))
					fmt.Fprintf(e.stdout, "%-14s `tidings undo %s` takes it back within an hour\n", "", masked(f.Subscription.URL))
				}
				return nil
			})
		},
	}
}

// named finds the subscription that a person means.
func named(fs []feed.Following, name string) (feed.Following, error) {
	address, _ := poller.FeedURL(name)
	var hits []feed.Following
	for _, f := range fs {
		s := f.Subscription
		if s.URL == name || s.URL == address || strconv.FormatUint(s.ID, 10) == name {
			return f, nil
		}
		if strings.EqualFold(f.Name(), name) {
			hits = append(hits, f)
		}
	}
	if len(hits) == 1 {
		return hits[0], nil
	}
	if len(hits) > 1 {
		return feed.Following{}, feed.WithHint(fmt.Errorf("find the feed %q: %d feeds have that title", name, len(hits)), "name it by its address")
	}
	return feed.Following{}, feed.WithHint(fmt.Errorf("find the feed %q: %w", name, feed.ErrNotFound), "`tidings feeds` lists them")
}

func feedsCommand() command {
	return command{
		name: "feeds", short: "list the subscriptions with their health", example: "tidings feeds\ntidings feeds --receipt",
		long: "With --receipt it tells what polling has cost each publisher, over 24 hours and 30 days:\nrequests, the share answered 304, bytes received and saved, errors, the spacing between two\nrequests to the site, when each feed is polled next, and why then.",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, offlineFlags(f))
			asJSON := f.Bool("json", false, "print a JSON object a line")
			receipt := f.Bool("receipt", false, "tell what polling has cost each publisher")
			return s.run(0, 0, "no arguments", func(ctx context.Context, c *control.Client, args []string) error {
				if *receipt {
					r, err := c.Receipt(ctx)
					switch {
					case err != nil:
						return err
					case *asJSON:
						return e.receiptJSON(r)
					}
					return e.receiptTable(r)
				}
				r, err := readRulings(ctx, c)
				if err != nil {
					return err
				}
				if *asJSON {
					return e.feedsJSON(r)
				}
				return e.feedsTable(r)
			})
		},
	}
}

func (e *env) feedsTable(r rulings) error {
	if len(r.feeds) == 0 {
		fmt.Fprintln(e.stdout, "No subscriptions yet. Add some with `tidings add URL` or `tidings import FILE`.")
		return nil
	}
	w := tabwriter.NewWriter(e.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "TITLE\tFOLDER\tENTRIES\tLAST POLL\tNEXT POLL\tHEALTH")
	now := time.Now()
	for _, f := range r.feeds {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s%s\n", cut(masked(f.Name()), 40), cut(filed(f.Subscription), 32), f.Entries,
			ago(now, f.State.Polled), nextPoll(now, f), health(f), unlisted(f)+unusual(r.rules.For(f.Subscription.ID, f.Subscription.Folder))+kept(f.Subscription))
	}
	return w.Flush()
}

// filed is a feed's folder and its tags.
func filed(s feed.Subscription) string {
	for _, t := range s.Tags {
		s.Folder += " #" + t
	}
	return strings.TrimSpace(s.Folder)
}

// unlisted tells which followed lists no longer name a feed.
func unlisted(f feed.Following) string {
	var s string
	for _, u := range f.Unlisted {
		s += fmt.Sprintf("; no longer in the list %s since %s", cut(masked(u.Name), 40), u.Since.Local().Format("2 Jan"))
	}
	return s
}

// unusual tells a feed's folding where it isn't what most have.
func unusual(r feed.Rule) string {
	var s string
	if r.Fold != feed.FoldCopies {
		s += "; folding " + string(r.Fold)
	}
	if r.Events != "on" {
		s += "; events not shown"
	}
	return s
}

// health says in a few words how a feed is.
func health(f feed.Following) string {
	st := f.State
	if a := feed.Ail(f.Subscription, st, time.Now()); a.Name != "" {
		return fmt.Sprintf("%s since %s: %s (%s)", a.Name, a.Since.Local().Format("2 Jan 2006"), a.Reason, a.Todo)
	}
	switch {
	case f.Subscription.Paused:
		return "paused"
	case f.Subscription.When.Until.After(time.Now()):
		return "paused until " + f.Subscription.When.Until.Local().Format("2 Jan 2006")
	case st.Gone:
		return "gone: the publisher took it down"
	case st.Failures > 0:
		return fmt.Sprintf("failing since %s (%d×): %s", st.Since.Local().Format("2 Jan"), st.Failures, cut(st.Error, 90))
	case st.Polled.IsZero():
		return "not polled yet"
	case st.Empty:
		return "suspicious: no entries where there were some"
	case len(st.Mended) > 0:
		return "ok, once mended: " + strings.Join(st.Mended, "; ")
	}
	return "ok"
}

func nextPoll(now time.Time, f feed.Following) string {
	switch {
	case f.Subscription.Paused || f.State.Gone:
		return "never"
	case !f.State.Due.After(now):
		return "now"
	}
	return "in " + roundly(f.State.Due.Sub(now))
}

func ago(now, t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return roundly(now.Sub(t)) + " ago"
}

// roundly tells a duration in its largest unit.
func roundly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(0, int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d d", int(d.Hours()/24))
}

// cut shortens s to n characters, and makes one line of it.
func cut(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return strings.TrimSpace(string(r[:n-1])) + "…"
}

func (e *env) feedsJSON(r rulings) error {
	enc := json.NewEncoder(e.stdout)
	for _, f := range r.feeds {
		st, rule := f.State, r.rules.For(f.Subscription.ID, f.Subscription.Folder)
		if err := enc.Encode(map[string]any{
			"id": f.Subscription.ID, "url": f.Subscription.URL, "title": f.Name(), "folder": f.Subscription.Folder,
			"site": st.SiteURL, "entries": f.Entries, "unread": f.Unread, "paused": f.Subscription.Paused,
			"polled": stamp(st.Polled), "due": stamp(st.Due), "gone": st.Gone, "failures": st.Failures,
			"because": st.Why, "schedule": f.Subscription.When.String(), "ailment": feed.Ail(f.Subscription, st, time.Now()).Name,
			"failure": string(st.Failure), "error": st.Error, "health": health(f), "mended": st.Mended,
			"folding": string(rule.Fold), "events": rule.Events, "tags": append([]string{}, f.Subscription.Tags...), "unlisted": unlistedJSON(f),
			"keep": f.Subscription.Keep.String(), "full_text": f.Subscription.FullText,
		}); err != nil {
			return err
		}
	}
	return nil
}

// unlistedJSON is [unlisted] for programs.
func unlistedJSON(f feed.Following) []map[string]any {
	all := []map[string]any{}
	for _, u := range f.Unlisted {
		all = append(all, map[string]any{"list": u.List, "name": u.Name, "since": stamp(u.Since)})
	}
	return all
}

// masked is an address without the secrets that it may hold.
func masked(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	name := u.User.Username()
	u.User = nil
	return strings.Replace(u.String(), "://", "://"+name+":…@", 1)
}

// stamp is a time as RFC 3339, empty if unknown.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
