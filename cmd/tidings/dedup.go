package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidings/internal/measure"
)

func dedupCommand() command {
	return command{
		name: "dedup", args: "assign|judge|score DIR|rebuild", short: "ask the engine that knows a copy, and measure it",
		long: "  assign   reads items from standard input, a JSON object a line, oldest first, and says which story\n" +
			"           each tells: {\"id\",\"feed\",\"time\",\"title\",\"url\",\"summary\",\"content\",\"lang\"}\n" +
			"  judge    reads pairs, {\"id\",\"a\":{item},\"b\":{item}}, and says: copy, related or different\n" +
			"  score    measures the labelled sets of a directory\n" +
			"  rebuild  applies the rules of this version to the stories that are kept",
		example: "tidings dedup assign < items.jsonl\ntidings dedup score sets",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			o, house := dedupFlags(f), e.session(f, offlineFlags(f))
			return func(ctx context.Context, args []string) error {
				if len(args) > 0 {
					switch word, rest := args[0], args[1:]; word {
					case "assign":
						return e.dedupAssign(ctx, rest, *o.window)
					case "judge":
						return e.dedupJudge(ctx, rest)
					case "score":
						return e.dedupScore(rest, o)
					case "rebuild":
						return house.rebuild(*o.json)(ctx, rest)
					}
				}
				return usageError{errors.New("want one of: assign, judge, score DIR, rebuild; see `tidings dedup --help`")}
			}
		},
	}
}

// dedupOptions are the flags of dedup.
type dedupOptions struct {
	window               *time.Duration
	split, only          *string
	errors, json, growth *bool
	max, sample          *int
	seed                 *uint64
}

func dedupFlags(f *flag.FlagSet) dedupOptions {
	return dedupOptions{
		window: f.Duration("window", 14*24*time.Hour, "how far back an item is compared"),
		split:  f.String("split", "all", "score: the `HALF` of each set to measure: all, train or test"),
		only:   f.String("only", "", "score: only these `SETS`, separated by commas: "+strings.Join(measure.Names(), ", ")),
		errors: f.Bool("errors", false, "score: list what is wrong, a pair a line"),
		max:    f.Int("max", 40, "score: at most so many errors a set"),
		sample: f.Int("sample", 0, "score: print a `NUMBER` of joined headlines, drawn at random, to judge"),
		seed:   f.Uint64("seed", 1, "score: the `NUMBER` that the draw begins with"),
		json:   f.Bool("json", false, "score and rebuild: print JSON"),
		growth: f.Bool("growth", false, "score: measure a window of a million items too, which takes minutes and 2 GB"),
	}
}

func (e *env) dedupScore(args []string, o dedupOptions) error {
	if err := wantArgs(args, 1, 1, "one directory with the sets"); err != nil {
		return err
	}
	split, err := measure.ParseSplit(*o.split)
	if err != nil {
		return usageError{err}
	}
	only, err := chosenSets(*o.only, *o.growth)
	if err != nil {
		return usageError{err}
	}
	report, err := measure.Run(args[0], measure.Options{Window: *o.window, Split: split, Only: only, Errors: *o.errors, Sample: *o.sample, Seed: *o.seed,
		Did: func(name string, took time.Duration) {
			fmt.Fprintf(e.stderr, "measured %s in %v\n", name, took.Round(10*time.Millisecond))
		}})
	if err != nil {
		return err
	}
	if *o.json {
		return e.encoder().Encode(report)
	}
	w := bufio.NewWriter(e.stdout)
	report.Print(w)
	report.PrintErrors(w, *o.max)
	report.PrintSample(w)
	return w.Flush()
}

// chosenSets are the sets to measure; nil for the usual ones.
func chosenSets(only string, growth bool) ([]string, error) {
	var names []string
	for name := range strings.SplitSeq(only, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if !slices.Contains(measure.Names(), name) {
			return nil, fmt.Errorf("--only: there is no set %q; want %s", name, strings.Join(measure.Names(), ", "))
		}
		names = append(names, name)
	}
	if growth && len(names) == 0 {
		return measure.Names(), nil
	}
	if growth {
		names = append(names, "growth")
	}
	return names, nil
}
