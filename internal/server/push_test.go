package server

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// fakeHub is a hub with subscribers.
type fakeHub map[string]int

func (h fakeHub) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusAccepted)
}
func (h fakeHub) URL() string                 { return "https://reader.example/hub" }
func (h fakeHub) Subscribers() map[string]int { return h }

// The settings tell who has feeds pushed to them, and how to have that at all.
func TestSettingsTellOfPush(t *testing.T) {
	push := func(h Hub) *answer {
		w := newWorld(t, 1, func(o *Options) {
			if h != nil {
				o.Hub, o.PublicURL, o.NoAuth = h, "https://reader.example", true
			}
		})
		a := w.get(t, "/settings").status(200)
		checkPage(a)
		return a
	}
	if got := textOf(push(nil).page(), "#push"); !strings.Contains(got, "--public-url") || strings.Contains(got, "the hub is") {
		t.Errorf("without a hub: %q", got)
	}
	if got := textOf(push(fakeHub{}).page(), "#push"); !strings.Contains(got, "https://reader.example/hub") || !strings.Contains(got, "No reader has asked for it yet") {
		t.Errorf("without subscribers: %q", got)
	}
	page := push(fakeHub{"https://reader.example/feed.atom": 12, "https://reader.example/folder/A&B.rss": 1}).page()
	var got []string
	for _, row := range page.find("#push dl div") {
		got = append(got, row.text())
	}
	want := []string{"12 subscribers https://reader.example/feed.atom", "1 subscriber https://reader.example/folder/A&B.rss"}
	if !slices.Equal(got, want) {
		t.Errorf("subscribers %q, want %q", got, want)
	}
}

// clipboard gives the tab's pages leave to read the clipboard.
func clipboard() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: "clipboard-read"}, Setting: browser.PermissionSettingGranted,
			BrowserContextID: chromedp.FromContext(ctx).BrowserContextID,
		})
		return err
	})
}

// Each address of a feed's page has a button that copies it; without a clipboard
// the address is selected, for the keyboard to copy.
func TestBrowserCopiesAddresses(t *testing.T) {
	b := browse(t, newWorld(t, 3, nil))
	b.open("/folder/World?n=20")
	b.do(clipboard())
	for i, ending := range []string{".atom?n=20", ".rss?n=20", ".json?n=20"} {
		button := fmt.Sprintf(`[data-copy=a%d]`, i)
		b.do(chromedp.Click(button))
		b.until(fmt.Sprintf(`document.querySelector("%s").textContent.startsWith("Copied")`, button))
		js[bool](b, `navigator.clipboard.readText().then(s => { window.copied = s; return true; }) && true`)
		b.until(fmt.Sprintf(`window.copied === %q`, b.base+"/folder/World"+ending))
	}
	b.until(`document.querySelector("[data-copy=a0]").textContent.startsWith("Copy ")`) // it takes back what it said

	b.open("/feed")
	js[bool](b, `delete Navigator.prototype.clipboard`) // as browsers do it on pages without https
	b.do(chromedp.Click("[data-copy=a1]"))
	b.until(fmt.Sprintf(`document.activeElement.id === "a1" && document.getSelection().toString() === %q`, b.base+"/feed.rss"))
	if said := js[string](b, `document.querySelector("[data-copy=a1]").textContent`); strings.HasPrefix(said, "Copied") {
		t.Errorf("without a clipboard it says %q", said)
	}
}
