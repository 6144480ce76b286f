package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"tidings/internal/control"
	"tidings/internal/feed"
)

// rebuild applies the rules of this version to the stories that are kept, and says
// what it changed. Progress goes to stderr.
func (s session) rebuild(asJSON bool) func(context.Context, []string) error {
	return s.run(0, 0, "no arguments", func(ctx context.Context, c *control.Client, args []string) error {
		began := time.Now()
		report, done := s.progress()
		r, err := c.Rebuild(ctx, report)
		done()
		if err != nil {
			return err
		}
		if asJSON {
			return s.rebuiltJSON(r)
		}
		s.rebuilt(r, time.Since(began))
		return nil
	})
}

// progress shows how far a work is: a bar on a terminal, nothing elsewhere.
func (e *env) progress() (report func(done, total int), done func()) {
	out, ok := e.stderr.(*os.File)
	if !ok || !term.IsTerminal(int(out.Fd())) {
		return func(int, int) {}, func() {}
	}
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(e.stderr), progressbar.OptionSetDescription("rebuilding"),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
	return func(done, total int) {
		bar.ChangeMax(total)
		bar.Set(done)
	}, func() { bar.Finish() }
}

func (e *env) rebuilt(r feed.Rebuilt, took time.Duration) {
	fmt.Fprintf(e.stdout, "%s in %s, looked at in %v\n", count(r.Entries, "entry", "entries"), count(r.Stories, "story", "stories"), took.Round(100*time.Millisecond))
	if r.Joined+r.Parted+r.Moved+r.Events == 0 {
		fmt.Fprintln(e.stdout, "Nothing changed.")
		return
	}
	fmt.Fprintf(e.stdout, "%d joined others, %d left others; %s another story, %s another event.\n", r.Joined, r.Parted,
		count(r.Moved, "entry tells", "entries tell"), count(r.Events, "story is of", "stories are of"))
}

func (e *env) rebuiltJSON(r feed.Rebuilt) error {
	return e.encoder().Encode(struct {
		Entries int `json:"entries"`
		Stories int `json:"stories"`
		Joined  int `json:"joined"`
		Parted  int `json:"parted"`
		Moved   int `json:"moved"`
		Events  int `json:"events"`
	}{r.Entries, r.Stories, r.Joined, r.Parted, r.Moved, r.Events})
}
