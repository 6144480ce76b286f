package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"tidings/internal/feed"
)

// offlineTab is a tab whose network can be switched off.
type offlineTab struct {
	*tabOn
	sw context.Context // of the service worker; nil before it is first wanted
}

// network switches the browser's network off or on, for the page and for its service
// worker, which is a target of its own.
func (b *offlineTab) network(on bool) {
	b.Helper()
	rules := network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{{DownloadThroughput: -1, UploadThroughput: -1, Offline: !on}}}
	change := chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, network.EmulateNetworkConditionsByRule, rules)
		return err
	})
	b.do(change)
	if b.sw == nil {
		targets, err := chromedp.Targets(b.ctx)
		if err != nil {
			b.Fatal(err)
		}
		for _, x := range targets {
			if x.Type == "service_worker" && strings.HasPrefix(x.URL, b.base) {
				ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(x.TargetID))
				b.Cleanup(cancel)
				b.sw = ctx
			}
		}
	}
	if b.sw == nil {
		b.Fatal("no service worker runs")
	}
	if err := chromedp.Do(b.sw, change); err != nil {
		b.Fatalf("switch the service worker’s network: %v", err)
	}
}

// worker makes sure that the service worker runs, and says something to it.
func (b *offlineTab) worker(word string) {
	b.Helper()
	js[bool](b.tabOn, `(window.worked = null, (async () => {
		if (!await navigator.serviceWorker.getRegistration()) {
			const policy = trustedTypes.createPolicy("worker", { createScriptURL: () => "/sw.js" });
			TrustedTypePolicyFactory.prototype.createPolicy = () => policy; // the page itself does so later
			await navigator.serviceWorker.register(policy.createScriptURL(""));
		}
		const { active } = await navigator.serviceWorker.ready;
		const channel = new MessageChannel();
		channel.port1.onmessage = ({ data }) => { window.worked = data; };
		active.postMessage("`+word+`", [channel.port2]);
	})().catch((e) => { window.worked = String(e); }), true)`)
	b.until(`window.worked !== null`)
	if got := js[string](b.tabOn, `window.worked`); got != "done" {
		b.Fatalf("the service worker says %s", got)
	}
}

// waiting is how many marks wait in the browser.
const waiting = `(window.queued = -1, indexedDB.open("tidings").onsuccess = ({ target }) => {
	target.result.transaction("queue").objectStore("queue").count().onsuccess = (e) => { window.queued = e.target.result; target.result.close(); };
}, true)`

func (b *offlineTab) waits() int {
	b.Helper()
	js[bool](b.tabOn, waiting)
	b.until(`window.queued >= 0`)
	return js[int](b.tabOn, `window.queued`)
}

// offlineNoise is what Chromium logs of requests without a network; nothing else may be
// complained of.
func (b *offlineTab) offlineNoise() {
	b.mu.Lock()
	defer b.mu.Unlock()
	var rest []string
	for _, c := range b.complaints {
		if !strings.Contains(c, "net::ERR_INTERNET_DISCONNECTED") && !strings.HasPrefix(c, "debug: ") {
			rest = append(rest, c)
		}
	}
	b.complaints = rest
}

func TestBrowserReadsAndMarksOffline(t *testing.T) {
	w := newWorld(t, 30, nil)
	b := &offlineTab{tabOn: browse(t, w)}
	b.open("/")
	b.worker("visit")
	b.network(false)
	b.open("/")
	b.until(`document.querySelector("#kept")?.textContent.startsWith("Offline: 30 stories kept, last fetched ")`)
	if n := js[int](b.tabOn, `document.querySelectorAll("#river .row").length`); n != 30 {
		t.Errorf("%d stories offline, want 30", n)
	}
	// three read and one starred
	b.do(chromedp.Click("#s999 button[name=read]"), chromedp.Click("#s998 button[name=read]"), chromedp.Click("#s997 button[name=star]"))
	b.until(`document.querySelector(".tabs [data-count=unread]").textContent === "28"`)
	b.open("/story/1000?view=all")
	b.until(`document.querySelector("article .text").textContent.includes("arrived in Washington") && document.querySelector("article button[name=unread]") !== null`)
	// back in the river, all of it is shown, and the counts
	b.open("/")
	b.until(`["s1000", "s999", "s998"].every((id) => !document.getElementById(id).matches(".unread")) && document.querySelector("#s997.starred") !== null`)
	b.until(`document.querySelector(".tabs [data-count=unread]").textContent === "27" && document.querySelector(".tabs [data-count=starred]").textContent === "1"`)
	b.until(`!document.querySelector("#waits").hidden`)
	if n := b.waits(); n != 4 {
		t.Errorf("%d marks wait, want 4", n)
	}
	if w.mark(t, 999).Read {
		t.Fatal("the network isn’t off")
	}
	b.network(true)
	b.worker("flush")
	for id, want := range map[uint64]feed.Mark{1000: {Read: true}, 999: {Read: true}, 998: {Read: true}, 997: {Starred: true}, 996: {}} {
		if got := w.mark(t, id); got != want {
			t.Errorf("story %d is %+v, want %+v", id, got, want)
		}
	}
	if n := b.waits(); n != 0 {
		t.Errorf("%d marks wait after all were sent", n)
	}
	b.offlineNoise()
}

func TestBrowserUndoesOffline(t *testing.T) {
	w := newWorld(t, 8, nil)
	b := &offlineTab{tabOn: browse(t, w)}
	b.open("/")
	b.worker("visit")
	b.do(chromedp.Reload())
	b.network(false)
	b.do(chromedp.Click("#s999 button[name=read]"))
	b.until(`document.querySelector(".toast")?.textContent.includes("sent when the network is back")`)
	b.keys("z")
	b.until(`document.querySelector("#s999.unread") !== null && document.querySelector(".toast").textContent.startsWith("Taken back")`)
	// a form that isn't of our pages is not taken
	js[bool](b.tabOn, `(fetch("/mark", { method: "POST", body: new URLSearchParams({ read: 998 }) }), true)`)
	if n := b.waits(); n != 2 {
		t.Errorf("%d marks wait, want the first and its undoing", n)
	}
	b.keys("A")
	b.until(`document.querySelectorAll("#river .row.unread").length === 0`)
	b.network(true)
	b.worker("flush")
	if n := w.unread(t); n != 0 {
		t.Errorf("%d unread, want 0", n)
	}
	b.offlineNoise()
}

// A mark that the server took, whose answer was lost, is sent again and does nothing.
func TestBrowserLosesAnswers(t *testing.T) {
	w := newWorld(t, 8, nil)
	lossy := &lossy{world: w}
	srv := httptest.NewServer(lossy)
	t.Cleanup(func() { w.Close(); srv.CloseClientConnections(); srv.Close() })
	b := &offlineTab{tabOn: browseAt(t, srv.URL)}
	b.open("/")
	b.worker("visit")
	b.do(chromedp.Reload())
	lossy.lose.Store(true)
	b.do(chromedp.Click("#s999 button[name=star]"))
	b.until(`document.querySelector(".toast")?.textContent.includes("sent when the network is back")`)
	if !w.mark(t, 999).Starred || b.waits() != 1 {
		t.Fatalf("starred: %v, waiting: %d; want it starred, and the mark waiting", w.mark(t, 999), b.waits())
	}
	lossy.lose.Store(false)
	no := false
	if _, err := w.store.Mark(t.Context(), []uint64{999}, feed.MarkChange{Starred: &no}, time.Now()); err != nil {
		t.Fatal(err)
	}
	b.worker("flush")
	if n := b.waits(); n != 0 {
		t.Errorf("%d marks wait", n)
	}
	b.mu.Lock()
	b.complaints = nil // of lost answers
	b.mu.Unlock()
}

// browserIn starts a browser of the test's own, which keeps its profile in a folder.
func browserIn(t *testing.T, dir, base string) *offlineTab {
	t.Helper()
	launched(t) // or the test is skipped
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium()), chromedp.NoSandbox, chromedp.UserDataDir(dir), chromedp.Env("TMPDIR="+t.TempDir()),
		chromedp.Flag("headless", "new"), chromedp.Flag("disable-gpu", true), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(stop)
	ctx, leave := chromedp.NewContext(ctx)
	t.Cleanup(leave)
	b := &offlineTab{tabOn: &tabOn{T: t, ctx: ctx, base: base}}
	b.do()
	return b
}

// None of the marks made offline is lost when the browser is killed.
func TestBrowserIsKilledOffline(t *testing.T) {
	w := newWorld(t, 8, nil)
	srv := httptest.NewServer(w)
	t.Cleanup(func() { w.Close(); srv.CloseClientConnections(); srv.Close() })
	dir := t.TempDir()
	b := browserIn(t, dir, srv.URL)
	b.open("/")
	b.worker("visit")
	b.network(false)
	b.open("/")
	b.do(chromedp.Click("#s999 button[name=read]"), chromedp.Click("#s998 button[name=read]"), chromedp.Click("#s997 button[name=read]"), chromedp.Click("#s1000 button[name=star]"))
	b.until(`document.querySelector(".tabs [data-count=starred]").textContent === "1"`)
	browser := chromedp.FromContext(b.ctx).Browser.Process()
	if err := browser.Kill(); err != nil {
		t.Fatal(err)
	}
	<-b.ctx.Done()
	if n := w.unread(t); n != 8 {
		t.Fatalf("%d unread while all was offline", n)
	}

	b = browserIn(t, dir, srv.URL)
	b.open("/?view=all")
	b.until(`document.querySelectorAll("#river .row.unread").length === 5 && document.querySelector("#s1000.starred") !== null`)
	for id, want := range map[uint64]feed.Mark{996: {}, 999: {Read: true}, 998: {Read: true}, 997: {Read: true}, 1000: {Starred: true}} {
		if got := w.mark(t, id); got != want {
			t.Errorf("story %d is %+v, want %+v", id, got, want)
		}
	}
	if n := b.waits(); n != 0 {
		t.Errorf("%d marks wait", n)
	}
}

func TestBrowserLogsOut(t *testing.T) {
	w := newWorld(t, 8, nil).lock(t)
	b := &offlineTab{tabOn: browse(t, w)}
	b.open("/login")
	b.do(chromedp.SendKeys("#password", goodPassword), chromedp.Submit("#password"))
	b.until(`document.querySelectorAll("#river .row").length === 8`)
	b.worker("visit")
	b.network(false)
	b.open("/")
	b.until(`document.querySelector("#kept")?.textContent.startsWith("Offline: 8 stories")`)
	b.do(chromedp.Click("#s999 button[name=read]"))
	b.until(`document.querySelector(".tabs [data-count=unread]").textContent === "7"`)
	b.network(true)
	b.do(chromedp.Submit("form[action='/logout'] button"))
	b.until(`location.pathname === "/login"`)
	if !w.mark(t, 999).Read {
		t.Error("a mark was lost by logging out")
	}
	b.network(false)
	for _, path := range []string{"/", "/story/1000"} {
		b.open(path)
		b.until(`document.querySelector("#kept")?.textContent === "Offline: nothing is kept yet."`)
		if js[bool](b.tabOn, `document.body.textContent.includes("White House")`) {
			t.Errorf("%s tells stories to who is logged out", path)
		}
	}
	js[bool](b.tabOn, `(window.boxes = null, caches.keys().then((names) => { window.boxes = names.join(); }), true)`)
	b.until(`window.boxes?.startsWith("shell-") && !window.boxes.includes(",")`)
	b.offlineNoise()
}

// reworded serves a world whose service worker is another.
func (w *world) reworded(t *testing.T, change func(script string) string) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/sw.js" {
			w.ServeHTTP(out, r)
			return
		}
		rec := httptest.NewRecorder()
		r.Header.Del("If-None-Match")
		r.Header.Del("Accept-Encoding")
		w.ServeHTTP(rec, r)
		out.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
		_, _ = io.WriteString(out, change(rec.Body.String()))
	}))
	t.Cleanup(func() { w.Close(); srv.CloseClientConnections(); srv.Close() })
	return srv
}

// A new version of the program takes the place of the old one, and its caches too.
func TestBrowserTakesANewVersion(t *testing.T) {
	w := newWorld(t, 3, nil)
	var newer atomic.Bool
	srv := w.reworded(t, func(script string) string {
		if !newer.Load() {
			return script
		}
		return strings.Replace(script, w.assets.Edition, "newer", 1)
	})
	b := &offlineTab{tabOn: browseAt(t, srv.URL)}
	names := func() string {
		js[bool](b.tabOn, `(window.boxes = null, caches.keys().then((names) => { window.boxes = names.sort().join(); }), true)`)
		b.until(`window.boxes !== null`)
		return js[string](b.tabOn, `window.boxes`)
	}
	b.open("/")
	b.worker("visit")
	if got, want := names(), "kept-"+w.assets.Edition+"-en,pictures,shell-"+w.assets.Edition+"-en"; got != want {
		t.Errorf("caches %s, want %s", got, want)
	}
	newer.Store(true)
	js[bool](b.tabOn, `(window.taken = false, navigator.serviceWorker.addEventListener("controllerchange", () => { window.taken = true; }), navigator.serviceWorker.getRegistration().then((r) => r.update()), true)`)
	b.until(`window.taken`)
	b.worker("visit")
	if got, want := names(), "kept-newer-en,pictures,shell-newer-en"; got != want {
		t.Errorf("caches %s, want %s", got, want)
	}
}

// A server that says nothing is as good as none, where something is kept.
func TestBrowserDoesntWaitForEver(t *testing.T) {
	w := newWorld(t, 8, nil)
	impatient := w.reworded(t, func(script string) string { return strings.Replace(script, "patience = 4000", "patience = 400", 1) })
	var silent atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if silent.Load() && r.URL.Path == "/" {
			<-r.Context().Done()
			return
		}
		impatient.Config.Handler.ServeHTTP(out, r)
	}))
	t.Cleanup(func() { w.Close(); srv.CloseClientConnections(); srv.Close() })
	b := &offlineTab{tabOn: browseAt(t, srv.URL)}
	b.open("/")
	b.worker("visit")
	silent.Store(true)
	b.open("/")
	b.until(`document.querySelector("#kept")?.textContent.startsWith("Offline: 8 stories kept")`)
	silent.Store(false)
	js[bool](b.tabOn, `dispatchEvent(new Event("online"))`)
	b.until(`!document.querySelector("#online").hidden`)
	b.do(chromedp.Click("#online a"))
	b.until(`document.querySelector("#kept") === null`)
}

// No publisher learns where a reader came from.
func TestBrowserSendsNoReferrer(t *testing.T) {
	came := make(chan string, 1)
	publisher := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/article" {
			came <- r.Header.Get("Referer") + r.Header.Get("Origin") + r.Header.Get("Cookie")
		}
	}))
	t.Cleanup(publisher.Close)
	w := newWorld(t, 0, nil)
	f := invented(1, time.Now())
	f.Members[0].Entry.URL = publisher.URL + "/article"
	w.store.tell(t, f)
	b := browse(t, w)
	b.open("/?view=all")
	js[bool](b, `(document.querySelector("#river a.out").click(), true)`)
	select {
	case got := <-came:
		if got != "" {
			t.Errorf("the publisher was told %q", got)
		}
	case <-b.ctx.Done():
		t.Error("the article was not opened")
	}
}

func TestKeptListAndPages(t *testing.T) {
	w := newWorld(t, 12, nil)
	a := w.get(t, "/offline/list").status(200)
	var list keptList
	if err := json.Unmarshal(a.Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Stories) != 12 || list.Stories[0].ID != "1000" || list.Counts["unread"] != 12 || !strings.Contains(list.River, `id="s989"`) {
		t.Errorf("%d stories, counts %v", len(list.Stories), list.Counts)
	}
	for key, n := range list.Counts {
		for _, st := range list.Stories {
			if contains(st.Keys, key) {
				n--
			}
		}
		if n != 0 {
			t.Errorf("%s is %d off what the stories' keys add up to", key, n)
		}
	}
	w.get(t, "/offline/list", "If-None-Match", a.Header().Get("ETag")).status(304)
	w.post(t, "/mark", map[string][]string{"read": {"996"}})
	again := w.get(t, "/offline/list", "If-None-Match", a.Header().Get("ETag")).status(200)
	var fewer keptList
	if err := json.Unmarshal(again.Body.Bytes(), &fewer); err != nil {
		t.Fatal(err)
	}
	changed := 0
	for _, now := range fewer.Stories {
		for _, was := range list.Stories {
			if now.ID == was.ID && now.Tag != was.Tag {
				changed++
			}
		}
	}
	if len(fewer.Stories) != 11 || changed != 2 {
		t.Errorf("%d stories, %d of them changed; want 11, and its 2 neighbours", len(fewer.Stories), changed)
	}

	p := w.get(t, "/offline/stories?ids=1000,996,12345").status(200)
	var pages map[string]string
	if err := json.Unmarshal(p.Body.Bytes(), &pages); err != nil {
		t.Fatal(err)
	}
	if len(pages) != 1 || !strings.Contains(pages["1000"], "We came to listen") {
		t.Errorf("pages of %d stories", len(pages))
	}
	rec := httptest.NewRecorder()
	rec.WriteString(pages["1000"])
	page := &answer{rec, t}
	checkPage(page)
	if got := page.one(page.page(), "body"); got.has("data-events") {
		t.Error("a kept page asks for events")
	}
	for _, bad := range []string{"", "x", "1,", strings.Repeat("1,", 40) + "1"} {
		w.get(t, "/offline/stories?ids="+bad).status(400)
	}
}

func TestTheListIsBounded(t *testing.T) {
	w := newWorld(t, 260, nil)
	var list keptList
	if err := json.Unmarshal(w.get(t, "/offline/list").status(200).Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Stories) != mostKept {
		t.Errorf("%d stories, want %d", len(list.Stories), mostKept)
	}
	if n := strings.Count(list.River, `class="row`); n != mostKept {
		t.Errorf("%d rows, want %d", n, mostKept)
	}
}

func TestManifest(t *testing.T) {
	w := newWorld(t, 3, nil)
	for lang, name := range map[string]string{"": "Tidings: every story once"} {
		a := w.get(t, "/manifest.webmanifest", "Accept-Language", lang).status(200)
		var m manifest
		if err := json.Unmarshal(a.Body.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		if m.Name != name || m.ID != "/" || m.Scope != "/" || m.Display != "standalone" || len(m.Shortcuts) < 3 {
			t.Errorf("manifest %+v", m)
		}
		purposes := ""
		for _, icon := range m.Icons {
			got := w.get(t, icon.Src).status(200)
			if got.Header().Get("Content-Type") != icon.Type {
				t.Errorf("%s is %s", icon.Src, got.Header().Get("Content-Type"))
			}
			if icon.Type == "image/png" {
				b := got.Body.Bytes() // PNG §11.2.1: width and height stand at 16 and 20
				if size := fmt.Sprintf("%dx%d", int(b[18])<<8|int(b[19]), int(b[22])<<8|int(b[23])); size != icon.Sizes {
					t.Errorf("%s has %s, not %s", icon.Src, size, icon.Sizes)
				}
			}
			purposes += icon.Purpose + " " + icon.Sizes + ", "
		}
		if purposes != "any any, any 192x192, any 512x512, maskable 512x512, " {
			t.Errorf("icons: %s", purposes)
		}
		for _, s := range m.Shortcuts {
			w.get(t, s.URL).status(200)
		}
		if m.Share.Action != "/subscribe" || m.Share.Method != "GET" || m.Protocols[0].URL != "/subscribe?url=%s" {
			t.Errorf("share %+v, protocols %+v", m.Share, m.Protocols)
		}
	}
}

func TestOffered(t *testing.T) {
	for _, tt := range []struct{ url, text, about, want string }{
		{"https://a.example/", "https://b.example/", "", "https://a.example/"},
		{"", "Harbour reopens https://a.example/2026/11?x=1#y.", "", "https://a.example/2026/11?x=1#y"},
		{"", "Look (https://a.example/x)!", "", "https://a.example/x"},
		{"", "Ansehen:https://a.example/x\nmehr", "", "https://a.example/x"},
		{"", "", "Harbour reopens http://a.example/x", "http://a.example/x"},
		{"web+feed:https://a.example/f", "", "", "web+feed:https://a.example/f"},
		{" ", "a.example", "", "a.example"},
		{"", "", "An article", ""},
	} {
		get := func(name string) string {
			return map[string]string{"url": tt.url, "text": tt.text, "about": tt.about}[name]
		}
		if got := offered(get); got != tt.want {
			t.Errorf("%q, %q, %q: %q, want %q", tt.url, tt.text, tt.about, got, tt.want)
		}
	}
}

func TestBookmarkletStaysAString(t *testing.T) {
	if got, want := string(bookmarklet("http://h'+alert(1)+'")), "javascript:location.href='http://h%27+alert(1)+%27/subscribe?url='+encodeURIComponent(location.href)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
