package server

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// chrome is the one browser of this package's tests: to start one costs more than
// most of them. Each test has a profile of its own in it, as if nobody had been
// there before.
var chrome struct {
	mu    sync.Mutex
	ctx   context.Context // nil before the first test that wants it
	close func()
}

// TestMain ends the browser when all tests are through.
func TestMain(m *testing.M) {
	code := m.Run()
	if chrome.close != nil {
		chrome.close()
	}
	os.Exit(code)
}

// launched gives the browser, and starts it if there is none, or no longer. Nothing
// but this machine can be reached from it. Without a Chromium the test is skipped,
// unless TIDINGS_REQUIRE_BROWSER demands one.
func launched(t *testing.T) context.Context {
	t.Helper()
	path := chromium()
	if path == "" {
		if os.Getenv("TIDINGS_REQUIRE_BROWSER") != "" {
			t.Fatal("no Chromium found, and TIDINGS_REQUIRE_BROWSER is set")
		}
		t.Skip("no Chromium found")
	}
	chrome.mu.Lock()
	defer chrome.mu.Unlock()
	if chrome.ctx != nil && chrome.ctx.Err() == nil {
		return chrome.ctx
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("headless", "new"),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	)
	if chrome.close != nil {
		chrome.close() // what is left of the one that ended
	}
	litter, err := os.MkdirTemp("", "chrome")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), append(opts, chromedp.Env("TMPDIR="+litter))...)
	ctx, leave := chromedp.NewContext(ctx)
	chrome.ctx, chrome.close = ctx, func() {
		leave()
		stop()
		os.RemoveAll(litter) // a browser that is ended leaves folders behind
	}
	if err := chromedp.Do(ctx); err != nil {
		chrome.close()
		t.Fatal(err)
	}
	return ctx
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

// listen notes what the tab's browser complains of, script errors and violations of
// the content security policy among it, and every request that leads elsewhere.
func (b *tabOn) listen() {
	messages, requests := chromedp.Console(b.ctx), chromedp.Events(b.ctx, network.RequestWillBeSent)
	sockets := chromedp.Events(b.ctx, network.WebSocketCreated)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			b.note(string(m.Type) + ": " + m.Text + " " + m.URL)
		}
	}()
	go func() {
		for e, err := range requests {
			if err != nil {
				return
			}
			b.leads(e.Request.URL)
		}
	}()
	go func() {
		for e, err := range sockets {
			if err != nil {
				return
			}
			b.leads(e.URL)
		}
	}()
}

// leads notes an address that isn't of the server under test.
func (b *tabOn) leads(address string) {
	u, err := url.Parse(address)
	if err != nil || u.Host != "" && !strings.HasPrefix(b.base, "http://"+u.Host) {
		b.note("it asked for " + address)
	}
}

func (b *tabOn) note(message string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, message)
}

// pardon forgets what the browser complained of, where a test wants that; it gives
// what that was.
func (b *tabOn) pardon() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	were := b.complaints
	b.complaints = nil
	return were
}

// quiet fails the test if the browser complained.
func (b *tabOn) quiet() {
	for _, c := range b.pardon() {
		b.Errorf("browser says: %s", c)
	}
}
