package server

import (
	"context"
	"net/http/httptest"
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

// browse opens a tab on the world, in the browser that all tests share. At the end,
// whatever the browser logged and every request that led elsewhere fails the test.
func browse(t *testing.T, w *world) *tabOn {
	t.Helper()
	srv := httptest.NewServer(w)
	t.Cleanup(func() { w.Close(); srv.CloseClientConnections(); srv.Close() })
	return browseAt(t, srv.URL)
}

// browseAt opens a tab on whatever is served at an address of this machine.
func browseAt(t *testing.T, base string) *tabOn {
	t.Helper()
	ctx, cancel := context.WithTimeout(launched(t), 5*time.Minute)
	t.Cleanup(cancel)
	ctx, cancelTab := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancelTab)
	b := &tabOn{T: t, ctx: ctx, base: base}
	b.listen()
	t.Cleanup(b.quiet)
	return b
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
