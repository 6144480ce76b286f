package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"

	"tidings/internal/archive"
	"tidings/internal/control"
	"tidings/internal/feed"
)

// exportAll writes an archive of everything to a file, which is replaced only when
// the archive is whole, or to standard output.
func (e *env) exportAll(ctx context.Context, c *control.Client, name string, subscribers bool) error {
	if name == "-" {
		_, err := c.Export(ctx, e.stdout, subscribers)
		return err
	}
	size, err := beside(name, func(w io.Writer) (int64, error) { return c.Export(ctx, w, subscribers) })
	if err != nil {
		return fmt.Errorf("write the archive %s: %w", name, err)
	}
	fmt.Fprintf(e.stdout, "%s: %.1f MB\n", name, float64(size)/1e6)
	return nil
}

// openArchive opens a file, or standard input, if it is an archive by its first bytes;
// nil if it is something else, or an address.
func (e *env) openArchive(name string) (io.ReadCloser, error) {
	if isURL(name) {
		return nil, nil
	}
	in := io.NopCloser(e.stdin)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		in = f
	}
	b := bufio.NewReader(in)
	head, _ := b.Peek(4)
	if archive.IsArchive(head) {
		return struct {
			io.Reader
			io.Closer
		}{b, in}, nil
	}
	if name == "-" {
		e.stdin = b // what was looked at is still to be read
		return nil, nil
	}
	return nil, in.Close()
}

// importArchive takes in an archive and tells what came of it.
func (e *env) importArchive(ctx context.Context, c *control.Client, in io.ReadCloser) error {
	defer in.Close()
	out, err := c.Absorb(ctx, in, func(p feed.Problem) {
		fmt.Fprintf(e.stdout, "%-14s %s, line %d: %s\n", "left out", p.File, p.Number, p.Reason)
	}, func(int, int) {})
	if err != nil {
		return err
	}
	for _, x := range []struct {
		n        int
		one, all string
	}{
		{out.Unsubscribed, "feed that was unsubscribed from, and can come back", "feeds that were unsubscribed from, and can come back"},
		{out.Subscribers, "subscriber to our feeds", "subscribers to our feeds"},
	} {
		if x.n > 0 {
			fmt.Fprintln(e.stdout, count(x.n, x.one, x.all))
		}
	}
	if out.Lists > 0 {
		fmt.Fprintf(e.stdout, "%s that are followed\n", count(out.Lists, "list", "lists"))
	}
	fmt.Fprintf(e.stdout, "%s (%d already there), %s, %s, %s, %s, %s, %s; %s left out\n",
		count(out.Feeds, "feed", "feeds"), out.Known, count(out.Entries, "entry", "entries"), count(out.Stories, "story", "stories"),
		count(out.Marks, "mark", "marks"), count(out.Decisions, "decision", "decisions"), count(out.Settings, "setting", "settings"), count(out.Icons, "icon", "icons"),
		count(out.Problems, "line", "lines"))
	if out.Problems > 0 && out == (feed.Absorbed{Problems: out.Problems}) {
		return errSilent
	}
	return nil
}
