package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run the program by its name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tidings": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
		stop()
		os.Exit(report(os.Stderr, err))
	}})
}

// TestScripts runs the scenarios of testdata/script, which read like a manual.
// Each has an origin of its own that serves the script's folder www.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			www := filepath.Join(e.WorkDir, "www")
			if err := os.MkdirAll(www, 0o755); err != nil {
				return err
			}
			origin := httptest.NewServer(http.FileServer(http.Dir(www)))
			e.Defer(origin.Close)
			e.Vars = append(e.Vars, "ORIGIN="+origin.URL, "HOME="+e.WorkDir, "TIDINGS_ALLOW_PRIVATE=127.0.0.0/8", "TIDINGS_SITE_GAP=0s",
				"GORACE=atexit_sleep_ms=50") // the detector would let each command sleep a second at its end
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"await": await,
			"fill":  fill,
		},
	})
}

// await waits until the program beside FILE, which may be a pattern, answers:
// await FILE.
func await(ts *testscript.TestScript, neg bool, args []string) {
	path := ts.MkAbs(args[0]) + ".sock"
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if found, _ := filepath.Glob(path); len(found) > 0 {
			return
		}
	}
	ts.Fatalf("no tidings answers at %s", path)
}

// fill replaces $ORIGIN in files: fill FILE….
func fill(ts *testscript.TestScript, neg bool, args []string) {
	for _, a := range args {
		s := os.Expand(ts.ReadFile(a), func(k string) string {
			if k == "ORIGIN" {
				return ts.Getenv(k)
			}
			return "$" + k
		})
		ts.Check(os.WriteFile(ts.MkAbs(a), []byte(s), 0o644))
	}
}

func TestReportGivesTheExitCode(t *testing.T) {
	for want, err := range map[int]error{0: nil, 1: fmt.Errorf("broken"), 2: usageError{fmt.Errorf("what?")}} {
		if got := report(httptest.NewRecorder(), err); got != want {
			t.Errorf("%v: exit code %d, want %d", err, got, want)
		}
	}
}
