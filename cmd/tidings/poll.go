package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"tidings/internal/control"
	"tidings/internal/feed"
)

func pollCommand() command {
	return command{
		name: "poll", short: "poll feeds now, and wait until they are stored",
		long: "Without flags the feeds that are due are polled. The exit code is 1 if every feed\n" +
			"failed. Feeds that are paused, gone, or asked to be left alone are never asked.",
		example: "tidings poll\ntidings poll --feed https://xkcd.com/atom.xml",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, networkFlags(f))
			one := f.String("feed", "", "poll only this `FEED` (address, number or title)")
			force := f.Bool("force", false, "poll every feed, due or not")
			return s.run(0, 0, "no arguments; name a feed with --feed", func(ctx context.Context, c *control.Client, args []string) error {
				req := feed.PollRequest{All: *force, Force: *force}
				if *one != "" {
					fs, err := c.Feeds(ctx)
					if err != nil {
						return err
					}
					f, err := named(fs, *one)
					if err != nil {
						return err
					}
					req = feed.PollRequest{Feeds: []uint64{f.Subscription.ID}, Force: *force}
				}
				t := e.newTally()
				if err := c.Poll(ctx, req, t.begin, t.each); err != nil {
					return err
				}
				return t.end()
			})
		},
	}
}

// tally follows a poll: a progress bar on a terminal, plain lines elsewhere.
type tally struct {
	w                    io.Writer
	bar                  *progressbar.ProgressBar
	terminal             bool
	began                time.Time
	feeds, failed, alone int // alone: neither polled nor failed
	entries, joined      int
}

func (e *env) newTally() *tally {
	out, ok := e.stdout.(*os.File)
	return &tally{w: e.stdout, terminal: ok && term.IsTerminal(int(out.Fd())), began: time.Now()}
}

func (t *tally) begin(n int) {
	if t.terminal && n > 0 {
		t.bar = progressbar.NewOptions(n, progressbar.OptionSetWriter(t.w), progressbar.OptionSetDescription("polling"),
			progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
	}
}

func (t *tally) each(o feed.Outcome) {
	if o.HTTP == 0 && o.Status != "failed" { // paused, gone, waiting, removed
		t.alone++
	} else {
		t.feeds++
	}
	t.entries += o.New
	t.joined += o.Joined
	bad := o.Status == "failed" || o.Status == "gone" && o.HTTP != 0
	if bad {
		t.failed++
	}
	if t.bar != nil {
		if bad {
			t.bar.Clear()
			t.line(o)
		}
		t.bar.Add(1)
		return
	}
	t.line(o)
}

func (t *tally) line(o feed.Outcome) {
	switch {
	case o.Error != "":
		fmt.Fprintf(t.w, "%-10s %s  %s\n", o.Status, masked(o.URL), o.Error)
	case o.New > 0:
		fmt.Fprintf(t.w, "%-10s %s  %d new, %d of them copies\n", o.Status, masked(o.URL), o.New, o.Joined)
	default:
		fmt.Fprintf(t.w, "%-10s %s\n", o.Status, masked(o.URL))
	}
}

// end prints the sum; that every feed failed is an error.
func (t *tally) end() error {
	if t.bar != nil {
		t.bar.Finish()
	}
	fmt.Fprintf(t.w, "%s polled in %v: %s, %s of a story that was there; %d failed", count(t.feeds, "feed", "feeds"),
		time.Since(t.began).Round(100*time.Millisecond), count(t.entries, "new entry", "new entries"), count(t.joined, "copy", "copies"), t.failed)
	if t.alone > 0 {
		fmt.Fprintf(t.w, ", %d left alone", t.alone)
	}
	fmt.Fprintln(t.w)
	if t.feeds+t.alone == 0 {
		fmt.Fprintln(t.w, "No feed is due. `tidings poll --force` asks them all the same.")
	}
	if t.feeds > 0 && t.failed == t.feeds {
		return errSilent
	}
	return nil
}

// count is a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func storiesCommand() command {
	return command{
		name: "stories", short: "show the river in the terminal",
		example: "tidings stories --unread --folder Science\ntidings stories --json -n 100",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			data, n := dataFlag(e, f), offlineFlags(f)
			q := feed.Query{}
			f.StringVar(&q.Folder, "folder", "", "only stories of this `FOLDER`")
			f.StringVar(&q.Tag, "tag", "", "only stories of feeds with this `TAG`")
			f.BoolVar(&q.Unread, "unread", false, "only unread stories")
			f.BoolVar(&q.Starred, "starred", false, "only starred stories")
			f.IntVar(&q.Limit, "n", 30, "at most so many, 500 at most")
			one := f.String("feed", "", "only stories of this `FEED`")
			before := f.String("before", "", "only stories older than this `CURSOR` of --json")
			asJSON := f.Bool("json", false, "print a JSON object a line")
			return func(ctx context.Context, args []string) error {
				if err := wantArgs(args, 0, 0, "no arguments"); err != nil {
					return err
				}
				var err error
				if q.Before, err = feed.ParseCursor(*before); err != nil {
					return usageError{err}
				}
				c, end, err := e.reach(ctx, *data, n)
				if err != nil {
					return err
				}
				defer end()
				if *one != "" {
					fs, err := c.Feeds(ctx)
					if err != nil {
						return err
					}
					f, err := named(fs, *one)
					if err != nil {
						return err
					}
					q.Feed = f.Subscription.ID
				}
				page, err := c.Stories(ctx, q)
				if err != nil {
					return err
				}
				if *asJSON {
					return e.storiesJSON(page)
				}
				return e.storiesText(page)
			}
		},
	}
}

func (e *env) storiesText(page feed.Page) error {
	now := time.Now()
	for _, h := range page.Stories {
		mark := "•"
		if h.Mark.Read {
			mark = " "
		}
		if h.Mark.Starred {
			mark = "★"
		}
		sources := h.Outlet.Title
		if n := len(h.Others); n > 0 {
			sources += fmt.Sprintf(" +%d", n)
		}
		title := h.Entry.Title
		if title == "" {
			title = h.Entry.Excerpt
		}
		related := ""
		if h.Kin > 0 {
			related = fmt.Sprintf(", %d related", h.Kin)
		}
		fmt.Fprintf(e.stdout, "%s %s\n    %s, %s, story %d%s  %s\n", mark, cut(title, 100), cut(sources, 50), ago(now, h.Time), h.ID, related, h.Entry.URL)
	}
	if len(page.Stories) == 0 {
		fmt.Fprintln(e.stdout, "No stories.")
	}
	return nil
}

func (e *env) storiesJSON(page feed.Page) error {
	enc := json.NewEncoder(e.stdout)
	enc.SetEscapeHTML(false)
	for _, h := range page.Stories {
		sources := []map[string]any{{"title": h.Outlet.Title, "feed": h.Outlet.URL}}
		for _, o := range h.Others {
			sources = append(sources, map[string]any{"title": o.Title, "feed": o.URL})
		}
		if err := enc.Encode(map[string]any{
			"id": h.ID, "urn": h.URN, "title": h.Entry.Title, "url": h.Entry.URL, "time": stamp(h.Time),
			"published": stamp(h.Entry.Published), "excerpt": h.Entry.Excerpt, "language": h.Entry.Language,
			"copies": h.Copies, "event": h.Event, "related": h.Kin, "sources": sources, "read": h.Mark.Read, "starred": h.Mark.Starred, "cursor": h.Cursor().String(),
		}); err != nil {
			return err
		}
	}
	return nil
}
