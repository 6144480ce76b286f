package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"tidings/internal/control"
	"tidings/internal/feed"
	"tidings/internal/opml"
)

func importCommand() command {
	return command{
		name: "import", args: "FILE|URL|-", short: "subscribe to the feeds of an OPML file, or take in an archive",
		long: "Each outline is reported: added, already there, or failed and why, with its line. Importing\n" +
			"twice changes nothing, and completes an import that was interrupted. The feeds are polled by\n" +
			"the running tidings, under its usual limits.\n" +
			"With --subscribe the list at the address is followed: it is asked once a day, feeds that\n" +
			"appear are added, and those that vanish are flagged in `tidings feeds`, never removed.\n" +
			"An archive of `tidings export --all` is taken in whole: what is here stays, nothing is there\n" +
			"twice afterwards, and lines that can't be read are told and left out.",
		example: "tidings import subscriptions.opml\ntidings import --subscribe https://team.example/feeds.opml",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, networkFlags(f))
			quiet := f.Bool("quiet", false, "print only what failed, and the sum")
			poll := f.Bool("poll", false, "poll the feeds that were added at once, and show how far that is")
			r := feed.ImportRequest{}
			f.BoolVar(&r.Follow, "subscribe", false, "follow the list at the address: look at it daily")
			f.StringVar(&r.Folder, "folder", "", "put all of it into this `FOLDER`")
			return s.run(1, 1, "one OPML file, URL, or - for standard input", func(ctx context.Context, c *control.Client, args []string) error {
				if r.Follow && !isURL(args[0]) {
					return usageError{errors.New("a list is followed by its address: give one that begins with https://")}
				}
				if in, err := e.openArchive(args[0]); err != nil {
					return err
				} else if in != nil {
					return e.importArchive(ctx, c, in)
				}
				var added []uint64
				err := e.importList(ctx, c, r, args[0], *quiet, func(id uint64) {
					if *poll {
						added = append(added, id)
					}
				})
				if err != nil || !*poll {
					return err
				}
				return e.pollNew(ctx, c, added)
			})
		},
	}
}

// pollNew polls the feeds that an import added. Who ends it before its end is told how
// to take back the rest.
func (e *env) pollNew(ctx context.Context, c *control.Client, added []uint64) error {
	r := feed.PollRequest{Feeds: append([]uint64{}, added...)} // nil would mean all
	t := e.newTally()
	err := c.Poll(ctx, r, t.begin, t.each)
	if ctx.Err() != nil {
		fmt.Fprintln(e.stderr, "Stopped. A running tidings goes on polling the rest; `tidings cancel` unsubscribes from what was not asked yet.")
		return errSilent
	}
	if err != nil {
		return err
	}
	return t.end()
}

func isURL(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "feed:")
}

// importList imports a list: that at an address, of a file, or standard input. Each
// feed that is new is told to added.
func (e *env) importList(ctx context.Context, c *control.Client, r feed.ImportRequest, name string, quiet bool, added func(id uint64)) error {
	if isURL(name) {
		r.URL = name
	} else {
		in, err := e.openList(name)
		if err != nil {
			return err
		}
		defer in.Close()
		r.Body = in
	}
	out := bufio.NewWriter(e.stdout)
	defer out.Flush() // what was taken in before a failure is told too
	sum, err := c.Import(ctx, r, func(l feed.ImportLine) error {
		if l.State == feed.ImportAdded {
			added(l.Feed)
		}
		return tellLine(out, l, quiet)
	})
	if err != nil {
		return err
	}
	return tellSum(out, sum)
}

// openList opens a list that is a file, or standard input.
func (e *env) openList(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(e.stdin), nil
	}
	return os.Open(name)
}

// tellLine prints what came of a line of a list.
func tellLine(w io.Writer, l feed.ImportLine, quiet bool) error {
	if quiet && l.State != feed.ImportFailed {
		return nil
	}
	_, err := fmt.Fprintf(w, "%-14s %s\n", importWord(l.State), importLine(l))
	return err
}

func importWord(s feed.ImportState) string {
	switch s {
	case feed.ImportKnown:
		return "already there"
	case feed.ImportRemoved:
		return "left out"
	}
	return string(s)
}

// tellSum prints the sum of an import. It failed if all of it did.
func tellSum(w io.Writer, s feed.ImportSum) error {
	known, failed := s.Counts[feed.ImportKnown]+s.Counts[feed.ImportTwice], s.Counts[feed.ImportFailed]
	if _, err := fmt.Fprintf(w, "%d added, %d already there, %d failed\n", s.Counts[feed.ImportAdded], known, failed); err != nil {
		return err
	}
	if failed > 0 && failed == s.Lines() {
		return errSilent
	}
	return nil
}

// importLine is a line of a report without its first word.
func importLine(l feed.ImportLine) string {
	where := ""
	if l.Line > 0 {
		where = "line " + strconv.Itoa(l.Line) + ": "
	}
	if l.Source != "" {
		where = masked(l.Source) + " " + where
	}
	switch {
	case l.State == feed.ImportSet || l.State == feed.ImportKept:
		return fmt.Sprintf("%s of %s: %s", l.Title, scopeName(feed.Scope{Folder: l.Folder}), l.Reason)
	case l.State == feed.ImportFailed:
		return fmt.Sprintf("%s%s: %s", where, masked(l.Title), l.Reason)
	case l.Reason != "":
		return fmt.Sprintf("%s  %s (%s%s)", masked(l.URL), l.Title, where, l.Reason)
	}
	return fmt.Sprintf("%s  %s", masked(l.URL), l.Title)
}

func scopeName(s feed.Scope) string {
	if s.Folder == "" {
		return "everything"
	}
	return "the folder " + s.Folder
}

func exportCommand() command {
	return command{
		name: "export", args: "[FILE]", short: "write the subscriptions as OPML, or everything as an archive",
		long: "Without a file it is written to standard output. With --all it is an archive of everything:\n" +
			"a zip of JSON lines that `tidings import` takes in, and other programs can read. It has the passwords\n" +
			"that stand in addresses of feeds, and no others.",
		example: "tidings export feeds.opml\ntidings export --all everything.zip",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, offlineFlags(f))
			all := f.Bool("all", false, "write everything: entries, stories, marks, decisions and rules too")
			subscribers := f.Bool("with-subscribers", false, "with --all: also what those who follow your feeds need, which is secret: the keys in addresses of feeds, and who has them pushed")
			return s.run(0, 1, "at most one file", func(ctx context.Context, c *control.Client, args []string) error {
				if *all && len(args) == 0 {
					return usageError{errors.New("want the file for the archive, or - for standard output")}
				}
				if *all {
					return e.exportAll(ctx, c, args[0], *subscribers)
				}
				r, err := readRulings(ctx, c)
				if err != nil {
					return err
				}
				var b bytes.Buffer
				if err := opml.Write(&b, opml.Export{Title: "tidings", Created: time.Now(), Feeds: r.feeds, Rules: r.rules}); err != nil {
					return err
				}
				if len(args) == 0 || args[0] == "-" {
					_, err = e.stdout.Write(b.Bytes())
					return err
				}
				if _, err := beside(args[0], b.WriteTo); err != nil {
					return fmt.Errorf("write the list %s: %w", args[0], err)
				}
				return nil
			})
		},
	}
}

func listsCommand() command {
	return command{
		name: "lists", args: "[LIST]", short: "show the OPML lists that are followed",
		long: "`tidings import --subscribe URL` follows one. A LIST is named by its address, its number or\n" +
			"its title. Ending to follow a list keeps its feeds.",
		example: "tidings lists\ntidings lists --poll 1\ntidings lists --remove https://team.example/feeds.opml",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, networkFlags(f))
			poll := f.Bool("poll", false, "ask for the list now and report what came of it")
			remove := f.Bool("remove", false, "no longer follow the list")
			return s.run(0, 1, "at most one list", func(ctx context.Context, c *control.Client, args []string) error {
				ls, err := c.Lists(ctx)
				switch {
				case err != nil:
					return err
				case *poll && *remove, (*poll || *remove) != (len(args) == 1):
					return usageError{errors.New("want one list with --poll or with --remove, or none without")}
				case len(args) == 0:
					return e.listsTable(ls)
				}
				l, err := namedList(ls, args[0])
				if err != nil {
					return err
				}
				if *poll {
					report, err := c.PollList(ctx, l.ID)
					if err != nil {
						return err
					}
					sum, err := report.Tell(func(l feed.ImportLine) error { return tellLine(e.stdout, l, false) })
					if err != nil {
						return err
					}
					return tellSum(e.stdout, sum)
				}
				if err := c.UnfollowList(ctx, l.ID); err != nil {
					return err
				}
				fmt.Fprintf(e.stdout, "%-14s %s; its feeds stay\n", "removed", masked(l.URL))
				return nil
			})
		},
	}
}

// namedList finds the list that a person means.
func namedList(ls []feed.List, name string) (feed.List, error) {
	i := slices.IndexFunc(ls, func(l feed.List) bool {
		return l.URL == name || strconv.FormatUint(l.ID, 10) == name || strings.EqualFold(l.Title, name)
	})
	if i < 0 {
		return feed.List{}, feed.WithHint(fmt.Errorf("find the list %q: %w", name, feed.ErrNotFound), "`tidings lists` shows them")
	}
	return ls[i], nil
}

func (e *env) listsTable(ls []feed.List) error {
	if len(ls) == 0 {
		fmt.Fprintln(e.stdout, "No lists are followed. `tidings import --subscribe URL` follows one.")
		return nil
	}
	w := tabwriter.NewWriter(e.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "LIST\tTITLE\tADDRESS\tFOLDER\tFEEDS\tLAST POLL\tNEXT POLL\tHEALTH")
	now := time.Now()
	for _, l := range ls {
		x := feed.Following{State: l.State}
		gone := ""
		if n := len(l.Members) - l.Named(); n > 0 {
			gone = fmt.Sprintf("; %d that it named vanished from it", n)
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\t%s\t%s\t%s%s\n", l.ID, cut(l.Title, 40), masked(l.URL), cut(l.Folder, 24), l.Named(),
			ago(now, l.State.Polled), nextPoll(now, x), health(x), gone)
	}
	return w.Flush()
}

func tagCommand() command {
	return command{
		name: "tag", args: "FEED [TAG…]", short: "give a feed tags, or take them away",
		long: "A feed is named as in `tidings remove`. Without tags its tags are printed. A tag has a\n" +
			"river of its own, whatever the folders of its feeds: `tidings stories --tag TAG`.",
		example: "tidings tag https://example.org/feed.xml go 'to read'\ntidings tag --remove https://example.org/feed.xml go",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, offlineFlags(f))
			remove := f.Bool("remove", false, "take the tags away; without tags all of them")
			return s.run(1, -1, "a feed, and tags", func(ctx context.Context, c *control.Client, args []string) error {
				fs, err := c.Feeds(ctx)
				if err != nil {
					return err
				}
				f, err := named(fs, args[0])
				if err != nil {
					return err
				}
				tags := retagged(f.Subscription.Tags, feed.SplitTags(strings.Join(args[1:], ",")), *remove)
				if !slices.Equal(tags, f.Subscription.Tags) {
					if _, err := c.Change(ctx, f.Subscription.ID, feed.Change{Tags: &tags}); err != nil {
						return err
					}
				}
				fmt.Fprintf(e.stdout, "%s: %s\n", masked(f.Name()), strings.Join(tags, ", "))
				return nil
			})
		},
	}
}

// retagged are tags with others added or taken away.
func retagged(have, change []string, remove bool) []string {
	switch {
	case !remove:
		return feed.CleanTags(append(slices.Clone(have), change...))
	case len(change) == 0:
		return nil
	}
	return slices.DeleteFunc(slices.Clone(have), func(t string) bool { return slices.Contains(change, t) })
}
