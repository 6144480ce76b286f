package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"text/tabwriter"
	"time"

	"tidings/internal/control"
	"tidings/internal/feed"
)

func scheduleCommand() command {
	return command{
		name: "schedule", args: "[FEED…]", short: "say when feeds are polled: all of them, or some",
		long: "Left alone, tidings learns when a feed publishes, heeds what its publisher asks for, and\n" +
			"polls it once an hour or less often. Durations are written like 30m, 2h or 1d, from 5m to 30d. What\n" +
			"a publisher asks for stands above what you choose. Without a choice it prints what holds.",
		example: "tidings schedule\ntidings schedule --every 6h https://example.org/feed.xml\ntidings schedule --until 2026-12-27\ntidings schedule --clear",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, offlineFlags(f))
			w := wishes{
				every: f.String("every", "", "poll every `DURATION`, whatever the feed's rhythm"),
				least: f.String("least", "", "leave at least this `DURATION` between two polls"),
				most:  f.String("most", "", "leave at most this `DURATION` between two polls, unless the publisher asks for more"),
				until: f.String("until", "", "don't poll before this `DAY`, like 2026-12-24"),
				clear: f.Bool("clear", false, "forget what was chosen"),
			}
			return s.run(0, -1, "feeds, or nothing for all of them", func(ctx context.Context, c *control.Client, args []string) error {
				return e.schedule(ctx, c, args, w)
			})
		},
	}
}

// wishes are the flags of schedule.
type wishes struct {
	every, least, most, until *string
	clear                     *bool
}

// over gives the timetable that t becomes by what was wished for, and whether anything was.
func (w wishes) over(t feed.Timetable) (feed.Timetable, bool, error) {
	asked := *w.clear
	if *w.clear {
		t = feed.Timetable{}
	}
	for _, x := range []struct {
		said string
		into *time.Duration
	}{{*w.every, &t.Every}, {*w.least, &t.Least}, {*w.most, &t.Most}} {
		if x.said == "" {
			continue
		}
		d, err := feed.ParseSpan(x.said)
		if err != nil {
			return t, false, usageError{err}
		}
		*x.into, asked = d, true
	}
	if *w.until != "" {
		day, err := feed.ParseDay(*w.until)
		if err != nil {
			return t, false, usageError{err}
		}
		t.Until, asked = day, true
	}
	return t, asked, nil
}

func (e *env) schedule(ctx context.Context, c *control.Client, args []string, w wishes) error {
	all, err := c.Timetable(ctx)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		t, asked, err := w.over(all)
		if err == nil && asked {
			err = c.SetTimetable(ctx, 0, t)
		}
		if err != nil {
			return err
		}
		e.printSchedule("all feeds", t)
		if asked {
			return nil
		}
	}
	fs, err := c.Feeds(ctx)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		for _, f := range fs {
			if f.Subscription.When != (feed.Timetable{}) {
				e.printSchedule(masked(f.Subscription.URL), f.Subscription.When)
			}
		}
		return nil
	}
	for _, a := range args {
		if err := e.scheduleOne(ctx, c, fs, a, w); err != nil {
			return err
		}
	}
	return nil
}

func (e *env) scheduleOne(ctx context.Context, c *control.Client, fs []feed.Following, name string, w wishes) error {
	f, err := named(fs, name)
	if err != nil {
		return err
	}
	t, asked, err := w.over(f.Subscription.When)
	if err == nil && asked {
		err = c.SetTimetable(ctx, f.Subscription.ID, t)
	}
	if err != nil {
		return err
	}
	e.printSchedule(masked(f.Subscription.URL), t)
	if !asked && f.State.Why != "" {
		fmt.Fprintf(e.stdout, "  next poll %s, because %s\n", nextPoll(time.Now(), f), f.State.Why)
	}
	return nil
}

func (e *env) printSchedule(what string, t feed.Timetable) {
	said := t.String()
	if said == "" {
		said = "by their rhythm, and by what publishers ask for"
	}
	fmt.Fprintf(e.stdout, "%s: %s\n", what, said)
}

// receiptTable prints what polling has cost publishers.
func (e *env) receiptTable(r feed.Receipt) error {
	w := tabwriter.NewWriter(e.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "SITE, FEED\tREQUESTS 24 H\t304\tRECEIVED\tSAVED\tERRORS\tREQUESTS 30 D\t304\tRECEIVED\tSAVED\tERRORS\tSPACING\tNEXT\tBECAUSE")
	for _, s := range r.Sites {
		spacing := s.Spacing.String()
		if !s.Complained.IsZero() {
			spacing += " (asked to slow down " + ago(r.At, s.Complained) + ")"
		}
		note := ""
		if s.Rests.After(r.At) {
			note = "left alone until " + s.Rests.Local().Format("15:04")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\t%s\n", s.Site, exchange(s.Day), exchange(s.Month), spacing, note)
		for _, f := range s.Feeds {
			fmt.Fprintf(w, "  %s\t%s\t%s\t\t%s\t%s\n", cut(masked(f.Title), 40), exchange(f.Day), exchange(f.Month), dueText(r.At, f.Due), f.Why)
		}
	}
	return w.Flush()
}

func exchange(x feed.Exchange) string {
	return fmt.Sprintf("%d\t%.0f %%\t%s\t%s\t%d", x.Requests, 100*x.Share(), volume(x.Received), volume(x.Saved), x.Failed)
}

func dueText(now, due time.Time) string {
	switch {
	case due.IsZero():
		return "never"
	case !due.After(now):
		return "now"
	}
	return "in " + roundly(due.Sub(now))
}

// volume is a number of bytes for people.
func volume(n int64) string {
	switch {
	case n < 10_000:
		return fmt.Sprintf("%d B", n)
	case n < 10_000_000:
		return fmt.Sprintf("%d kB", n/1000)
	}
	return fmt.Sprintf("%d MB", n/1_000_000)
}

// receiptJSON prints a line for each site, its feeds in it.
func (e *env) receiptJSON(r feed.Receipt) error {
	enc := json.NewEncoder(e.stdout)
	for _, s := range r.Sites {
		feeds := []map[string]any{}
		for _, f := range s.Feeds {
			feeds = append(feeds, map[string]any{"id": f.Feed, "url": masked(f.URL), "title": masked(f.Title), "day": exchangeJSON(f.Day),
				"month": exchangeJSON(f.Month), "due": stamp(f.Due), "because": f.Why})
		}
		if err := enc.Encode(map[string]any{"site": s.Site, "day": exchangeJSON(s.Day), "month": exchangeJSON(s.Month),
			"spacing_seconds": s.Spacing.Seconds(), "complained": stamp(s.Complained), "rests_until": stamp(s.Rests), "feeds": feeds}); err != nil {
			return err
		}
	}
	return nil
}

func exchangeJSON(x feed.Exchange) map[string]any {
	return map[string]any{"requests": x.Requests, "unchanged": x.Unchanged, "unchanged_share": x.Share(), "errors": x.Failed,
		"bytes_received": x.Received, "bytes_saved": x.Saved}
}

func cancelCommand() command {
	return command{
		name: "cancel", short: "unsubscribe from the feeds that still wait for their first poll",
		long:    "It takes back the rest of an import that is still being polled. Feeds that were asked\nalready stay; importing the list again brings the others back.",
		example: "tidings cancel",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, offlineFlags(f))
			return s.run(0, 0, "no arguments", func(ctx context.Context, c *control.Client, args []string) error {
				n, err := c.CancelNew(ctx)
				if err != nil {
					return err
				}
				fmt.Fprintf(e.stdout, "%s unsubscribed before their first poll.\n", count(n, "feed", "feeds"))
				return nil
			})
		},
	}
}
