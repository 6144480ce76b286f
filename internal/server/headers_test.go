package server

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidings/internal/feed"
)

func TestEveryAnswerIsGuarded(t *testing.T) {
	w := newWorld(t, 3, nil)
	for _, rt := range w.routes() {
		method, path := concrete(rt.pattern)
		if path == "/events" {
			method = "HEAD" // it never ends otherwise
		}
		for _, site := range []string{"same-origin", "cross-site"} {
			a := w.send(t, method, path, nil, "Sec-Fetch-Site", site)
			h := a.Header()
			for name, want := range map[string]string{
				"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
				"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "X-Robots-Tag": "noindex, nofollow",
			} {
				if got := h.Get(name); got != want {
					t.Errorf("%s (%d): %s is %q", rt.pattern, a.Code, name, got)
				}
			}
			if h.Get("Permissions-Policy") == "" {
				t.Errorf("%s: no Permissions-Policy", rt.pattern)
			}
		}
	}
	for _, word := range []string{"unsafe", "script-src *", "blob:", "script-src 'self' "} {
		if strings.Contains(policy, word) {
			t.Errorf("the policy allows %q", word)
		}
	}
}

func TestGetChangesNothing(t *testing.T) {
	w := newWorld(t, 3, func(o *Options) { o.Starter = []feed.Wish{{URL: "https://outlet1.example/feed.xml", Folder: "World"}} })
	paths := append([]string{"/mark?read=1000", "/feeds/3/refresh", "/logout", "/mark-all", "/import", "/subscribe?url=https://x.example&exact=https://x.example/f"}, everyPage...)
	for _, rt := range w.routes() {
		if _, path := concrete(rt.pattern); path != "/events" {
			paths = append(paths, path)
		}
	}
	ask := func() {
		for _, path := range paths {
			for _, method := range []string{"GET", "HEAD"} {
				w.send(t, method, path, nil)
			}
		}
	}
	before := w.visible(t)
	ask() // the merged feed notes what it serves; the second time, that is known
	if diff := cmp.Diff(before, w.visible(t)); diff != "" {
		t.Errorf("GET changed something (-before +after):\n%s", diff)
	}
	written := w.watch()
	ask()
	if written() || len(w.poller.asked) != 0 {
		t.Errorf("GET wrote something, or polled %v", w.poller.asked)
	}
	w.post(t, "/mark", url.Values{"star": {"1000"}})
	if !written() {
		t.Error("the test doesn't see what is written")
	}
}

// visible is all that a person could see.
func (w *world) visible(t *testing.T) []any {
	t.Helper()
	counts, err := w.store.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	page, err := w.store.Stories(t.Context(), feed.Query{})
	if err != nil {
		t.Fatal(err)
	}
	settings, err := w.store.Settings(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for name := range settings {
		if strings.HasPrefix(name, settingStamps) {
			delete(settings, name)
		}
	}
	return []any{counts, page, settings, w.following(t), w.store.Version()}
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	w := newWorld(t, 3, nil)
	for _, path := range append([]string{"/feed.atom", "/healthz", "/robots.txt", "/atom.xml"}, everyPage...) {
		get, head := w.send(t, "GET", path, nil), w.send(t, "HEAD", path, nil)
		if head.Body.Len() != 0 {
			t.Errorf("HEAD %s has a body", path)
		}
		for name := range get.Header() {
			if g, h := get.Header().Get(name), head.Header().Get(name); g != h {
				t.Errorf("%s: %s is %q for GET, %q for HEAD", path, name, g, h)
			}
		}
	}
}

func TestOtherSitesCannotWrite(t *testing.T) {
	w := newWorld(t, 3, nil)
	written := w.watch()
	for _, rt := range w.routes() {
		method, path := concrete(rt.pattern)
		if method != "POST" {
			continue
		}
		form := url.Values{"read": {"1000"}, "password": {"x"}, "url": {"https://x.example"}, "exact": {"https://x.example/f"}}
		for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
			a := w.send(t, method, path, form, header...)
			a.status(403)
			checkPage(a)
		}
	}
	if written() {
		t.Error("another site wrote something")
	}
}

func TestHostGuard(t *testing.T) {
	loopback := func(o *Options) {
		o.Loopback, o.PublicURL, o.Hosts = true, "https://news.example.org", []string{"Cellar.lan"}
	}
	w := newWorld(t, 3, loopback)
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8080": 200, "LOCALHOST.": 200, "127.0.0.1:1": 200, "127.9.9.9": 200, "[::1]:8080": 200, "[::1]": 200,
		"news.example.org": 200, "News.Example.org:443": 200, "cellar.lan:8080": 200,
		"evil.example": 403, "evil.example:8080": 403, "127.0.0.1.evil.example": 403, "localhost.evil.example": 403, "192.168.1.5": 403, "": 403, "news.example.org.evil.example": 403,
	} {
		a := w.get(t, "/", "Host", host)
		if a.Code != want {
			t.Errorf("Host %q: %d, want %d", host, a.Code, want)
		}
		if a.Code == 403 {
			checkPage(a)
			if strings.Contains(a.Body.String(), "White House") || len(a.page().find("nav")) != 0 {
				t.Errorf("Host %q is told something", host)
			}
		}
	}
	w.lock(t) // a password protects enough
	w.get(t, "/login", "Host", "evil.example").status(200)
	open := newWorld(t, 3, nil) // not on loopback: the owner said --no-auth
	open.get(t, "/", "Host", "nas.lan").status(200)
}

func TestUnknownMethodsAndPaths(t *testing.T) {
	w := newWorld(t, 3, nil)
	a := w.send(t, "DELETE", "/feeds/3", nil, "Sec-Fetch-Site", "same-origin").status(405)
	if got := a.Header().Get("Allow"); !strings.Contains(got, "POST") {
		t.Errorf("Allow: %q", got)
	}
	checkPage(a)
	w.get(t, "/feeds//3").status(307).location("/feeds/3")
	w.get(t, "/assets/style.css").status(404)
}

func TestOldAddresses(t *testing.T) {
	w := newWorld(t, 3, nil)
	for from, to := range map[string]string{
		"/atom.xml": "/feed.atom", "/feed": "/feed.atom", "/feed/": "/feed.atom", "/feed.xml?n=5": "/feed.atom?n=5", "/index.xml": "/feed.atom",
		"/rss.xml": "/feed.rss", "/index.rss": "/feed.rss", "/rss": "/feed.rss", "/rss/": "/feed.rss", "/rss/feed.xml?n=5": "/feed.rss?n=5", "/feed.atom?folder=World&n=5": "/folder/World.atom?n=5", "/feed.atom?feed=3": "/feed/3.atom", "/opml": "/export.opml", "/feeds.opml": "/export.opml",
	} {
		w.get(t, from).status(301).location(to)
	}
	if got := w.get(t, "/robots.txt").status(200).Body.String(); !strings.Contains(got, "Disallow: /\n") {
		t.Errorf("robots.txt: %q", got)
	}
	w.get(t, "/healthz", "Cookie", "x=y").status(200)
}

func TestAssetsStayForEver(t *testing.T) {
	w := newWorld(t, 3, nil)
	for _, a := range w.assets.All() {
		got := w.get(t, a.Path, "Accept-Encoding", "br, gzip;q=0.5").status(200)
		if !strings.Contains(got.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %q", a.Path, got.Header().Get("Cache-Control"))
		}
		if plain := w.get(t, a.Path, "Accept-Encoding", "gzip;q=0").status(200); plain.Header().Get("Content-Encoding") != "" || plain.Body.Len() != len(a.Body) {
			t.Errorf("%s: compressed against the asker's will", a.Path)
		}
	}
}

func TestPublicOriginMayWriteThroughAProxy(t *testing.T) {
	w := newWorld(t, 3, func(o *Options) { o.PublicURL = "https://news.example.org" })
	form := url.Values{"star": {"1000"}}
	w.send(t, "POST", "/mark", form, "Host", "10.0.0.1:8080", "Origin", "https://news.example.org").status(303)
	w.send(t, "POST", "/mark", form, "Host", "10.0.0.1:8080", "Origin", "https://other.example.org").status(403)
}

func TestSecretsAreNotCompressed(t *testing.T) {
	w := newWorld(t, 3, nil).lock(t)
	cookie := "tidings=" + w.logIn(t).Value
	a := w.get(t, "/feed", "Cookie", cookie, "Accept", "text/html").status(200)
	_, key, _ := strings.Cut(a.page().find(".addresses input")[0].attr("value"), "key=")
	if len(key) != 24 {
		t.Fatal(key)
	}
	for _, path := range everyPage {
		a := w.get(t, path, "Cookie", cookie, "Accept-Encoding", "gzip")
		if strings.Contains(a.page().text()+a.page().attrs(), key) && a.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s carries the secret address, compressed", path)
		}
	}
}
