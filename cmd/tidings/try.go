package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
	"tidings/internal/opml"
	"tidings/internal/poller"
)

func tryCommand() command {
	return command{
		name: "try", args: "FILE.opml|URL…", short: "see what would be folded in these feeds; nothing is kept",
		long: "The feeds are polled once, under the usual limits, into a file that is removed at the end.\n" +
			"Copies have the address or the text of another entry; rewrites tell the same in other words;\n" +
			"stories in shared events are different articles about one happening.",
		example: "tidings try subscriptions.opml\ntidings try https://a.example/feed.xml https://b.example/feed.xml",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			n := networkFlags(f)
			most := f.Int("n", 20, "list at most so many stories, the biggest first")
			asJSON := f.Bool("json", false, "print a JSON object")
			return func(ctx context.Context, args []string) error {
				if err := wantArgs(args, 1, -1, "an OPML file, or addresses of feeds"); err != nil {
					return err
				}
				ws, err := e.tryWishes(args)
				if err != nil {
					return err
				}
				t := trial{env: e, net: n, most: max(0, *most)}
				if err := t.run(ctx, ws); err != nil {
					return err
				}
				return t.print(*asJSON)
			}
		},
	}
}

// tryWishes are the feeds that addresses and OPML files name.
func (e *env) tryWishes(args []string) ([]feed.Wish, error) {
	var ws []feed.Wish
	for _, a := range args {
		if isURL(a) {
			ws = append(ws, feed.Wish{URL: a})
			continue
		}
		b, err := os.ReadFile(a)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, feed.WithHint(fmt.Errorf("there is no file %s", a), "an address begins with https://")
		}
		if err != nil {
			return nil, err
		}
		list, err := opml.Read(bytes.NewReader(b), opml.Limits{})
		if err != nil {
			return nil, err
		}
		for _, p := range list.Problems {
			fmt.Fprintf(e.stderr, "%-10s %s line %d: %s: %s\n", "failed", a, p.Line, masked(p.Text), p.Reason)
		}
		ws = append(ws, list.Wishes()...)
	}
	if len(ws) == 0 {
		return nil, errors.New("there are no feeds to try")
	}
	return ws, nil
}

// trial is one poll into a data file that is removed, and what came of it.
type trial struct {
	*env
	net    *network
	most   int
	feeds  int // that answered
	failed []trialFailure

	entries, stories, copies, rewrites, related int
	big                                         []feed.Full // the biggest stories
}

// trialFailure is a feed that could not be polled.
type trialFailure struct {
	URL   string `json:"url"`
	Error string `json:"error"`
}

// run polls the feeds once.
func (t *trial) run(ctx context.Context, ws []feed.Wish) error {
	dir, err := os.MkdirTemp("", "tidings-try-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	log := t.net.log(t.env)
	store, err := boltstore.Open(filepath.Join(dir, "try.db"), boltstore.Options{Log: log, Timeout: patience})
	if err != nil {
		return err
	}
	defer store.Close()
	web := t.net.client()
	defer web.Close()
	p := t.net.poller(store, web, log, true)
	if err := t.poll(ctx, p, ws); err != nil {
		return err
	}
	return t.read(ctx, store)
}

func (t *trial) poll(ctx context.Context, p *poller.Poller, ws []feed.Wish) error {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	_, err := p.Subscribe(ctx, ws)
	if err == nil {
		err = p.Poll(ctx, feed.PollRequest{All: true}, func(int) {}, t.each)
	}
	cancel()
	if stopped := <-ended; err == nil && !errors.Is(stopped, context.Canceled) {
		err = stopped
	}
	return err
}

// each tells of a feed that failed.
func (t *trial) each(o feed.Outcome) {
	if o.Error == "" {
		t.feeds++
		return
	}
	t.failed = append(t.failed, trialFailure{masked(o.URL), o.Error})
	fmt.Fprintf(t.stderr, "%-10s %s  %s\n", o.Status, masked(o.URL), o.Error)
}

// read counts what the engine did, and keeps the biggest stories.
func (t *trial) read(ctx context.Context, s *boltstore.Store) error {
	var told []feed.Story
	q := feed.Query{Limit: 500}
	for more := true; more; {
		page, err := s.Stories(ctx, q)
		if err != nil {
			return err
		}
		for _, h := range page.Stories {
			if h.Kin > 0 {
				t.related++
			}
			if h.Copies > 1 || h.Kin > 0 {
				told = append(told, h.Story)
			}
			t.stories++
			t.entries += h.Copies
			q.Before = h.Cursor()
		}
		more = page.More
	}
	slices.SortStableFunc(told, func(a, b feed.Story) int {
		return cmp.Or(cmp.Compare(b.Copies, a.Copies), b.Time.Compare(a.Time), cmp.Compare(a.ID, b.ID))
	})
	for _, st := range told {
		if st.Copies == 1 && len(t.big) >= t.most {
			break
		}
		full, err := s.Story(ctx, st.ID)
		if err != nil {
			return err
		}
		t.count(full)
		if len(t.big) < t.most {
			t.big = append(t.big, full)
		}
	}
	return nil
}

// count notes how the members of a story came to it.
func (t *trial) count(f feed.Full) {
	for _, m := range f.Members {
		switch m.Verdict.Level {
		case feed.LevelSameURL, feed.LevelSameText, feed.LevelPart:
			t.copies++
		case feed.LevelNear:
			t.rewrites++
		}
	}
}

// print tells what came of it. That every feed failed is an error.
func (t *trial) print(asJSON bool) error {
	if asJSON {
		if err := t.json(); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(t.stdout, "%d entries, %d stories: %d copies, %d rewrites, %d in shared events\n", t.entries, t.stories, t.copies, t.rewrites, t.related)
		for _, f := range t.big {
			t.printStory(f)
		}
	}
	if t.feeds == 0 {
		return errSilent
	}
	return nil
}

func (t *trial) printStory(f feed.Full) {
	fmt.Fprintf(t.stdout, "\n%s\n", cut(titleOf(f.Entry), 110))
	for _, m := range f.Members {
		fmt.Fprintf(t.stdout, "    %s  %s\n", cut(m.Outlet.Title, 40), m.Entry.URL)
		if title := titleOf(m.Entry); title != titleOf(f.Entry) {
			fmt.Fprintf(t.stdout, "        %s\n", cut(title, 110))
		}
		if v := m.Verdict; v.Evidence != "" {
			fmt.Fprintf(t.stdout, "        %s: %s\n", v.Level, v.Evidence)
		}
	}
	for _, r := range f.Event {
		fmt.Fprintf(t.stdout, "    related: %s (%s)\n", cut(titleOf(r.Headline.Entry), 100), cut(r.Headline.Outlet.Title, 40))
		if r.Relation.Evidence != "" {
			fmt.Fprintf(t.stdout, "        %s\n", r.Relation.Evidence)
		}
	}
}

// titleOf is an entry's title, or the beginning of its text.
func titleOf(e feed.Entry) string { return cmp.Or(strings.TrimSpace(e.Title), e.Excerpt, e.URL) }

// trialSource is an entry of a story, or the lead of a related one.
type trialSource struct {
	Feed     string  `json:"feed"`
	Title    string  `json:"title"`
	URL      string  `json:"url"`
	Level    string  `json:"level,omitempty"`
	Score    float64 `json:"score"`
	Evidence string  `json:"evidence"`
}

type trialStory struct {
	Title   string        `json:"title"`
	Time    time.Time     `json:"time"`
	Sources []trialSource `json:"sources"`
	Related []trialSource `json:"related,omitempty"`
}

func (t *trial) json() error {
	list := []trialStory{}
	for _, f := range t.big {
		s := trialStory{Title: titleOf(f.Entry), Time: f.Time.UTC()}
		for _, m := range f.Members {
			s.Sources = append(s.Sources, trialSource{m.Outlet.Title, titleOf(m.Entry), m.Entry.URL, string(m.Verdict.Level), m.Verdict.Score, m.Verdict.Evidence})
		}
		for _, r := range f.Event {
			h := r.Headline
			s.Related = append(s.Related, trialSource{h.Outlet.Title, titleOf(h.Entry), h.Entry.URL, "", r.Relation.Score, r.Relation.Evidence})
		}
		list = append(list, s)
	}
	return t.encoder().Encode(map[string]any{"feeds": t.feeds, "failed": append([]trialFailure{}, t.failed...), "entries": t.entries, "stories": t.stories,
		"copies": t.copies, "rewrites": t.rewrites, "in_shared_events": t.related, "biggest": list})
}
