package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// command is a word that tidings understands.
type command struct {
	name    string
	args    string // as usage shows them
	short   string // one line
	long    string // more, may be empty
	example string
	// setup declares the flags and gives what runs once they are parsed.
	setup func(e *env, f *flag.FlagSet) func(ctx context.Context, args []string) error
}

// commands are in the order in which help lists them.
func commands() []command {
	return []command{
		serveCommand(), demoCommand(),
		importCommand(), exportCommand(), addCommand(), removeCommand(), tagCommand(), feedsCommand(), listsCommand(),
		scheduleCommand(), keepCommand(), fullTextCommand(), cancelCommand(), pollCommand(), storiesCommand(), textCommand(), statusCommand(),
		whyCommand(), splitCommand(), joinCommand(), undoCommand(), decisionsCommand(), foldingCommand(), preferCommand(),
		passwordCommand(), checkCommand(), backupCommand(), compactCommand(), parseCommand(),
		dedupCommand(), tryCommand(),
		versionCommand(),
	}
}

// dispatch runs the command that args name; without a name it is serve.
func (e *env) dispatch(ctx context.Context, args []string) error {
	name := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	} else if len(args) > 0 && isHelp(args[0]) {
		name, args = "help", nil
	}
	if name == "help" {
		return e.help(args)
	}
	for _, c := range commands() {
		if c.name == name {
			return e.runCommand(ctx, c, args)
		}
	}
	return usageError{fmt.Errorf("there is no command %q; `tidings help` lists them", name)}
}

func isHelp(arg string) bool { return arg == "-h" || arg == "-help" || arg == "--help" }

func (e *env) runCommand(ctx context.Context, c command, args []string) error {
	f := flag.NewFlagSet(c.name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	do := c.setup(e, f)
	rest, err := parseFlags(f, args)
	if errors.Is(err, flag.ErrHelp) {
		e.commandHelp(c)
		return nil
	}
	if err == nil {
		err = e.environment(f)
	}
	if err != nil {
		return usageError{fmt.Errorf("%w; see `tidings %s --help`", err, c.name)}
	}
	return do(ctx, rest)
}

// parseFlags parses flags wherever they stand, before, between and behind the
// arguments; everything behind "--" is an argument.
func parseFlags(f *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := f.Parse(args); err != nil {
			return nil, err
		}
		if f.NArg() == 0 {
			return rest, nil
		}
		if consumed := len(args) - f.NArg(); consumed > 0 && args[consumed-1] == "--" {
			return append(rest, f.Args()...), nil
		}
		rest = append(rest, f.Arg(0))
		args = f.Args()[1:]
	}
}

// environment sets the flags that the command line left alone from their
// variables: --site-gap is TIDINGS_SITE_GAP.
func (e *env) environment(f *flag.FlagSet) error {
	given := map[string]bool{}
	f.Visit(func(x *flag.Flag) { given[x.Name] = true })
	var err error
	f.VisitAll(func(x *flag.Flag) {
		v := e.getenv(variable(x.Name))
		if v == "" || given[x.Name] || err != nil {
			return
		}
		if bad := f.Set(x.Name, v); bad != nil {
			err = fmt.Errorf("%s=%q: %w", variable(x.Name), v, bad)
		}
	})
	return err
}

// variable is the environment variable of a flag.
func variable(flagName string) string {
	return "TIDINGS_" + strings.ToUpper(strings.ReplaceAll(flagName, "-", "_"))
}

// help prints the list of commands, or the help of one.
func (e *env) help(args []string) error {
	if len(args) > 0 {
		for _, c := range commands() {
			if c.name == args[0] {
				e.commandHelp(c)
				return nil
			}
		}
		return usageError{fmt.Errorf("there is no command %q; `tidings help` lists them", args[0])}
	}
	w := e.stdout
	fmt.Fprint(w, "tidings polls feeds and tells each story once: in a web reader and as a merged feed.\n\n"+
		"Usage: tidings [COMMAND] [FLAGS] [ARGUMENTS]     (without a command: serve)\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.short)
	}
	fmt.Fprint(w, "\n`tidings COMMAND --help` tells more. All commands but serve and compact work beside a\nrunning tidings, and all of them without one.\n")
	return nil
}

func (e *env) commandHelp(c command) {
	w := e.stdout
	fmt.Fprintf(w, "%s\n\nUsage: %s\n", sentence(c.short), strings.TrimRight("tidings "+c.name+" [FLAGS] "+c.args, " "))
	if c.long != "" {
		fmt.Fprintf(w, "\n%s\n", c.long)
	}
	if c.example != "" {
		fmt.Fprintf(w, "\nExample:\n  %s\n", strings.ReplaceAll(c.example, "\n", "\n  "))
	}
	f := flag.NewFlagSet(c.name, flag.ContinueOnError)
	c.setup(e, f)
	var flags []*flag.Flag
	f.VisitAll(func(x *flag.Flag) { flags = append(flags, x) }) // by name
	if len(flags) == 0 {
		return
	}
	fmt.Fprint(w, "\nFlags (each has an environment variable):\n")
	for _, x := range flags {
		kind, usage := flag.UnquoteUsage(x)
		fmt.Fprintf(w, "  %-28s %s\n  %-28s %s", strings.TrimSpace("--"+x.Name+" "+kind), usage, "", variable(x.Name))
		if x.DefValue != "" && x.DefValue != "false" {
			fmt.Fprintf(w, ", default %s", x.DefValue)
		}
		fmt.Fprintln(w)
	}
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

// wantArgs checks the number of arguments.
func wantArgs(args []string, least, most int, what string) error {
	if len(args) < least || most >= 0 && len(args) > most {
		return usageError{fmt.Errorf("want %s", what)}
	}
	return nil
}
