package server

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tidings/internal/feed"
)

// TestShots photographs the pages for whoever changes their looks. It runs only
// where TIDINGS_SHOTS names a directory to put the pictures in.
func TestShots(t *testing.T) {
	dir := os.Getenv("TIDINGS_SHOTS")
	if dir == "" {
		t.Skip("TIDINGS_SHOTS names no directory")
	}
	w := newWorld(t, 0, func(o *Options) { o.Starter = []feed.Wish{{URL: "https://outlet1.example/feed.xml", Folder: "World"}} })
	pictures := httptest.NewServer(http.HandlerFunc(gradient))
	defer pictures.Close()
	var fulls []feed.Full
	for i := range 40 {
		f := invented(i, time.Now())
		if e := &f.Members[0].Entry; e.Image != "" {
			e.Image = pictures.URL + "/" + number(e.ID)
		}
		fulls = append(fulls, f)
	}
	w.store.tell(t, fulls...)
	w.strike(t, time.Now())
	yes := true
	_, _ = w.store.Mark(t.Context(), []uint64{998, 994, 990, preview}, feed.MarkChange{Read: &yes}, time.Now())
	_, _ = w.store.Mark(t.Context(), []uint64{999, 994}, feed.MarkChange{Starred: &yes}, time.Now())
	lines := []feed.ImportLine{
		{State: feed.ImportAdded, Title: "Meridian Wire", URL: "https://outlet1.example/feed.xml", Folder: "World", Feed: 1},
		{State: feed.ImportKnown, Title: "科技日报", URL: "https://outlet8.example/feed.xml", Folder: "Technology", Feed: 8},
		{State: feed.ImportFailed, Title: "Old gopher hole", URL: "gopher://example.org/", Reason: "this is no http or https address", Line: 14},
	}
	for i := range 1200 {
		lines = append(lines, feed.ImportLine{State: feed.ImportTwice, Title: fmt.Sprintf("Feed %d of a long list", i), URL: "https://outlet1.example/feed.xml", Reason: "the same feed as in line 4; this folder is a tag of it", Line: 40, Folder: "World/Asia"})
	}
	rep, err := newReport(feed.ImportReport{Title: "mine.opml", Lines: lines})
	if err != nil {
		t.Fatal(err)
	}
	rep.Removed = 3
	w.teamed(t)
	token := w.shelf.put(rep)
	done := w.shelf.put(&flash{Text: "42 stories marked read.", Undo: "x"})
	pages := map[string]string{
		"river": "/?view=all", "river-flash": "/?folder=World&done=" + done, "story": "/story/1000", "story-de": "/story/999?view=all", "story-ar": "/story/998",
		"story-long": "/story/995", "story-audio": "/story/997", "feeds": "/feeds", "feed": "/feeds/3", "remove": "/feeds/3/remove", "subscribe": "/subscribe?url=example.org",
		"import": "/import/" + token, "settings": "/settings", "login": "/login", "error": "/nothing", "starred-none": "/?feed=7&view=starred",
	}
	decided := w.decided(t)
	whole := map[string]string{
		"strike": "/story/2000?done=" + decided, "strike-sequel": "/story/2010?view=all", "strike-open": "/story/2000?open", "river-kin": "/?folder=World&view=all", "feed-whole": "/feeds/4", "feeds-whole": "/feeds",
		"settings-whole": "/settings", "channel": "/feed/3", "channel-shape": "/folder/World?open", "channel-starred": "/starred", "folding": "/folding?folder=World/Middle+East",
	}
	b := browse(t, w)
	only := os.Getenv("TIDINGS_SHOTS_ONLY")
	for name, path := range pages {
		if only != "" && only != name {
			continue
		}
		b.shoot(dir, name, path, false)
	}
	for name, path := range whole {
		if only == "" || only == name {
			b.shoot(dir, name, path, true)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = nil // it is right to complain of the page that isn't there
}

// teamed follows a list that no longer names some of its feeds, and gives feeds tags.
func (w *world) teamed(t *testing.T) {
	ctx, now := t.Context(), time.Now()
	l, _, err := w.store.FollowList(ctx, feed.List{URL: "https://lists.example/newsroom/team.opml", Folder: "World"}, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range [][]string{{"https://outlet1.example/feed.xml", "https://outlet4.example/feed.xml", "https://outlet6.example/feed.xml"}, {"https://outlet1.example/feed.xml"}} {
		h := feed.ListHarvest{List: l.ID, Read: true, Title: "What the newsroom reads", State: feed.State{Polled: now, Document: now, Due: now.Add(24 * time.Hour)}}
		for _, u := range names {
			h.Wishes = append(h.Wishes, feed.Wish{URL: u})
		}
		if _, err := w.store.CommitList(ctx, h, now); err != nil {
			t.Fatal(err)
		}
	}
	for id, tags := range map[uint64][]string{1: {"wire", "daily"}, 6: {"wire"}, 8: {"to read", "技术"}} {
		if _, err := w.store.ChangeSubscription(ctx, id, feed.Change{Tags: &tags}, "", ""); err != nil {
			t.Fatal(err)
		}
	}
}

// gradient draws one that looks enough like a photograph from afar.
func gradient(w http.ResponseWriter, r *http.Request) {
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	seed := len(r.URL.Path) * int(r.URL.Path[len(r.URL.Path)-2])
	for y := range 240 {
		for x := range 320 {
			img.SetRGBA(x, y, color.RGBA{uint8(60 + (seed*7+y)%150), uint8(70 + y/2), uint8(90 + (x+seed)%90), 255})
		}
	}
	_ = (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(w, img) // to pack it is half of what a page costs under the race detector
}

// decided splits a copy off the story of the strike, undoes nothing, and gives the
// name of the notice that tells so.
func (w *world) decided(t *testing.T) string {
	t.Helper()
	a := w.get(t, "/story/2000")
	to := a.press(w, a.buttonOf("科技日报")).status(303).Header().Get("Location")
	_, name, _ := strings.Cut(to, "done=")
	w.store.tell(t, told(2030, 9, "The docks: it is over, and I have a photograph of the kettle", "They shook hands at four.", time.Now().Add(-9*time.Hour)))
	w.post(t, "/story/2000/join", url.Values{"story": {"2030"}}).status(303)
	return name
}

// shoot photographs a page: its upper end as on a screen, or the whole of it with
// everything unfolded.
func (b *tabOn) shoot(dir, name, path string, whole bool) {
	for _, width := range []int64{390, 820, 1440} {
		for _, look := range []string{"light", "dark"} {
			b.do(chromedp.EmulateViewport(width, 900), scheme(look))
			b.open(path)
			if whole {
				if strings.HasSuffix(path, "?open") {
					js[bool](b, `document.querySelectorAll("details:not(:has(.text))").forEach((d) => { d.open = true; }) ?? true`)
				}
				b.do(chromedp.EmulateViewport(width, js[int64](b, "document.documentElement.scrollHeight")), scheme(look))
			}
			b.snap(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, look)))
			if over := js[int](b, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
				b.Errorf("%s is %d px too wide at %d", path, over, width)
			}
		}
	}
}

// snap photographs what is in sight.
func (b *tabOn) snap(file string) {
	b.until("[...document.images].every((i) => i.complete || i.loading === 'lazy' && i.getBoundingClientRect().top > innerHeight)")
	shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(file, shot, 0o644); err != nil {
		b.Fatal(err)
	}
}
