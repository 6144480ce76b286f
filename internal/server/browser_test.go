package server

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// tab is a browser's tab on a world, which notes what the browser complains of.
type tabOn struct {
	*testing.T
	ctx  context.Context
	base string

	mu         sync.Mutex
	complaints []string
}

// browse opens a tab on the world. Without a Chromium the test is skipped,
// unless TIDINGS_REQUIRE_BROWSER demands one. Nothing but this machine can be
// reached from it. At the end, whatever the browser logged fails the test.
func browse(t *testing.T, w *world) *tabOn {
	t.Helper()
	srv := httptest.NewServer(w)
	t.Cleanup(func() { w.Close(); srv.CloseClientConnections(); srv.Close() })
	return browseAt(t, srv.URL)
}

// browseAt opens a tab on whatever is served at an address of this machine.
func browseAt(t *testing.T, base string) *tabOn {
	t.Helper()
	path := chromium()
	if path == "" {
		if os.Getenv("TIDINGS_REQUIRE_BROWSER") != "" {
			t.Fatal("no Chromium found, and TIDINGS_REQUIRE_BROWSER is set")
		}
		t.Skip("no Chromium found")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()), chromedp.Flag("headless", "new"),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancelAlloc := chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(cancelAlloc)
	ctx, cancelTab := chromedp.NewContext(ctx)
	t.Cleanup(cancelTab)
	b := &tabOn{T: t, ctx: ctx, base: base}
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			b.note(string(m.Type) + ": " + m.Text + " " + m.URL)
		}
	}()
	t.Cleanup(b.quiet)
	return b
}

// chromium finds the browser: TIDINGS_BROWSER, or one of the usual names.
func chromium() string {
	for _, name := range []string{os.Getenv("TIDINGS_BROWSER"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func (b *tabOn) note(message string) {
	if strings.Contains(message, "net::ERR_NAME_NOT_RESOLVED") {
		return // pictures of invented outlets
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, message)
}

// quiet fails the test if the browser complained: script errors and violations
// of the content security policy among them.
func (b *tabOn) quiet() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.Errorf("browser says: %s", c)
	}
}

// do runs steps and fails the test if one does.
func (b *tabOn) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// open goes to a page of ours.
func (b *tabOn) open(path string) {
	b.Helper()
	b.do(chromedp.Navigate(b.base + path))
}

// js evaluates an expression.
func js[T any](b *tabOn, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression to become true, on this page or the next.
func (b *tabOn) until(expression string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 15*time.Second)
	defer cancel()
	for {
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](expression))
		if err == nil {
			return
		}
		if ctx.Err() != nil || !navigated(err) {
			b.Fatalf("waiting for %s: %v", expression, err)
		}
	}
}

// navigated reports whether err says that the page it asked went away.
func navigated(err error) bool {
	return strings.Contains(err.Error(), "navigated") || strings.Contains(err.Error(), "Cannot find context") ||
		strings.Contains(err.Error(), "Execution context was destroyed")
}

// keys types, one key after another.
func (b *tabOn) keys(s string) {
	b.Helper()
	for _, k := range s {
		b.do(chromedp.KeyEvent(string(k)))
	}
}

// scheme emulates the reader's taste for light or dark.
func scheme(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
		})
		return err
	})
}

// scriptOff switches script off for the pages to come.
func scriptOff() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	})
}
