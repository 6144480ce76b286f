// Command tidings is a feed aggregator and reader in which a story stands once.
//
// It is wiring only: flags, signals, and the one place that knows the concrete
// type of every room.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"tidings/internal/feed"
)

func main() {
	log.SetOutput(io.Discard) // net/http remarks there on what servers do wrong
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	if err != nil && ctx.Err() != nil {
		err = errors.New("stopped")
	}
	os.Exit(report(os.Stderr, err))
}

// run is the whole program, for tests too. The error of a wrong usage is a
// [usageError], and [errSilent] that of a failure which has been told already.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	e := &env{getenv: getenv, stdin: stdin, stdout: stdout, stderr: stderr}
	return e.dispatch(ctx, args)
}

// env is the world that a command sees.
type env struct {
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// usageError is a command line that can't be understood.
type usageError struct{ error }

// errSilent is a failure of which everything has been said.
var errSilent = errors.New("failed")

// report tells a person what went wrong and gives the exit code: 0 for success,
// 1 where the work failed, 2 for wrong usage.
func report(w io.Writer, err error) int {
	var usage usageError
	var hint *feed.Hint
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errSilent):
		return 1
	case errors.As(err, &usage):
		fmt.Fprintf(w, "tidings: %v\n", usage.error)
		return 2
	case errors.As(err, &hint) && hint == err:
		fmt.Fprintf(w, "tidings: %v\nhint: %s\n", hint.Err, hint.Todo)
	default:
		fmt.Fprintf(w, "tidings: %v\n", err)
	}
	return 1
}
