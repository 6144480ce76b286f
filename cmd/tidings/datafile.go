package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"tidings/internal/boltstore"
	"tidings/internal/control"
	"tidings/internal/feed"
	"tidings/internal/server"
)

func statusCommand() command {
	return command{
		name: "status", short: "show how much there is and how it does", example: "tidings status --json",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, offlineFlags(f))
			asJSON := f.Bool("json", false, "print one JSON object")
			return s.run(0, 0, "no arguments", func(ctx context.Context, c *control.Client, args []string) error {
				s, err := c.Status(ctx)
				if err != nil {
					return err
				}
				if *asJSON {
					return e.statusJSON(s)
				}
				fmt.Fprintf(e.stdout, "%s (%d failing), %s in %s (%s folded), %d unread, %.1f MB\n",
					count(s.Stats.Feeds, "feed", "feeds"), s.Stats.Failing, count(s.Stats.Entries, "entry", "entries"),
					count(s.Stats.Stories, "story", "stories"), count(s.Stats.Copies, "copy", "copies"), s.Stats.Unread, float64(s.Stats.Bytes)/1e6)
				return nil
			})
		},
	}
}

func (e *env) statusJSON(s control.Status) error {
	return json.NewEncoder(e.stdout).Encode(struct {
		Version string  `json:"version"`
		Feeds   int     `json:"feeds"`
		Entries int     `json:"entries"`
		Stories int     `json:"stories"`
		Copies  int     `json:"copies"`
		Events  int     `json:"events"`
		Unread  int     `json:"unread"`
		Bytes   int64   `json:"data_bytes"`
		Lag     float64 `json:"due_lag_seconds"`
		Failing int     `json:"feeds_failing"`
	}{programVersion(), s.Stats.Feeds, s.Stats.Entries, s.Stats.Stories, s.Stats.Copies, s.Stats.Events, s.Stats.Unread,
		s.Stats.Bytes, s.Lag.Seconds(), s.Stats.Failing})
}

func checkCommand() command {
	return command{
		name: "check", short: "check the data file, and with --repair rebuild its indexes",
		long:    "Every index is compared with the facts it stands for. The exit code is 1 if problems are\nfound (or left, with --repair).",
		example: "tidings check\ntidings check --repair",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := e.session(f, offlineFlags(f))
			repair := f.Bool("repair", false, "rebuild the indexes from the facts")
			return s.run(0, 0, "no arguments", func(ctx context.Context, c *control.Client, args []string) error {
				r, err := c.Check(ctx, *repair)
				if err != nil {
					return err
				}
				return e.checked(r, *repair)
			})
		},
	}
}

func (e *env) checked(r feed.CheckReport, repaired bool) error {
	for _, p := range r.Problems {
		fmt.Fprintln(e.stdout, p)
	}
	var kinds []string
	for k, n := range r.Records {
		kinds = append(kinds, fmt.Sprintf("%s %d", k, n))
	}
	slices.Sort(kinds)
	fmt.Fprintf(e.stdout, "records: %s\n", strings.Join(kinds, ", "))
	switch {
	case len(r.Problems) == 0:
		fmt.Fprintln(e.stdout, "the data file is sound")
		return nil
	case repaired:
		fmt.Fprintf(e.stdout, "left: %s\n", count(len(r.Problems), "problem", "problems"))
	default:
		fmt.Fprintf(e.stdout, "%s; `tidings check --repair` rebuilds what can be\n", count(len(r.Problems), "problem", "problems"))
	}
	return errSilent
}

func backupCommand() command {
	return command{
		name: "backup", args: "FILE", short: "write a consistent copy of the data file",
		long:    "The copy is a data file itself: `tidings --data FILE` opens it. An existing FILE is\nreplaced only when the copy is whole.",
		example: "tidings backup /mnt/usb/tidings.db",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			data, n := dataFlag(e, f), offlineFlags(f)
			return func(ctx context.Context, args []string) error {
				if err := wantArgs(args, 1, 1, "one file to write"); err != nil {
					return err
				}
				if same(*data, args[0]) {
					return usageError{errors.New("the backup can't replace the data file itself")}
				}
				c, end, err := e.reach(ctx, *data, n)
				if err != nil {
					return err
				}
				defer end()
				size, err := beside(args[0], func(w io.Writer) (int64, error) { return c.Backup(ctx, w) })
				if err != nil {
					return fmt.Errorf("write the backup %s: %w", args[0], err)
				}
				fmt.Fprintf(e.stdout, "%s: %.1f MB\n", args[0], float64(size)/1e6)
				return nil
			}
		},
	}
}

func same(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

func compactCommand() command {
	return command{
		name: "compact", short: "shrink the data file by its free pages",
		long: "Free pages are reused by themselves; this gives them back to the disk. tidings must not\nbe running.", example: "tidings compact",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			data := dataFlag(e, f)
			return func(ctx context.Context, args []string) error {
				if err := wantArgs(args, 0, 0, "no arguments"); err != nil {
					return err
				}
				if c, err := control.Dial(ctx, *data); err == nil {
					c.Close()
					return feed.WithHint(errors.New("compact the data file: tidings is running on it"), "stop it first")
				}
				before, after, err := boltstore.Compact(*data)
				if err != nil {
					return err
				}
				fmt.Fprintf(e.stdout, "%s: %.1f MB, was %.1f MB\n", *data, float64(after)/1e6, float64(before)/1e6)
				return nil
			}
		},
	}
}

func passwordCommand() command {
	return command{
		name: "password", short: "set the password of the web reader, or remove it",
		long:    "The password is asked for on a terminal, else read as a line from standard input, or from\nthe file that TIDINGS_PASSWORD_FILE names. It is stored as argon2id; all sessions end.",
		example: "tidings password\npass show tidings | tidings password\ntidings password --remove",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			data, n := dataFlag(e, f), offlineFlags(f)
			n.create = true // it may be set before the first run
			remove := f.Bool("remove", false, "remove the password")
			file := f.String("password-file", "", "read it from the first line of this `FILE`")
			return func(ctx context.Context, args []string) error {
				if err := wantArgs(args, 0, 0, "no arguments; the password is asked for"); err != nil {
					return err
				}
				var hash []byte
				if !*remove {
					pw, err := e.askPassword(*file)
					if err != nil {
						return err
					}
					hash = []byte(server.HashPassword(pw))
				}
				c, end, err := e.reach(ctx, *data, n)
				if err != nil {
					return err
				}
				defer end()
				if err := c.SetSetting(ctx, server.SettingPassword, hash); err != nil {
					return err
				}
				if _, err := c.ClearSettings(ctx, server.SettingSessions); err != nil {
					return err
				}
				fmt.Fprintln(e.stdout, map[bool]string{true: "password removed", false: "password set; all sessions ended"}[*remove])
				return nil
			}
		},
	}
}

// shortest is the least length of a password, in characters.
const shortest = 8

func (e *env) askPassword(file string) (string, error) {
	pw, err := e.readPassword(file)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if len([]rune(pw)) < shortest {
		return "", feed.WithHint(errors.New("set the password: it is too short"), fmt.Sprintf("take at least %d characters", shortest))
	}
	return pw, nil
}

func (e *env) readPassword(file string) (string, error) {
	if file != "" {
		b, err := os.ReadFile(file)
		line, _, _ := strings.Cut(string(b), "\n")
		return strings.TrimRight(line, "\r"), err
	}
	in, ok := e.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		s := bufio.NewScanner(e.stdin)
		s.Scan()
		return s.Text(), s.Err()
	}
	fmt.Fprint(e.stderr, "New password: ")
	first, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(e.stderr)
	if err != nil {
		return "", err
	}
	fmt.Fprint(e.stderr, "Once more: ")
	second, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(e.stderr)
	if err == nil && string(first) != string(second) {
		err = errors.New("the two differ")
	}
	return string(first), err
}

func versionCommand() command {
	return command{
		name: "version", short: "print the version", example: "tidings version",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			return func(ctx context.Context, args []string) error {
				_, err := fmt.Fprintln(e.stdout, "tidings", programVersion())
				return err
			}
		},
	}
}
