package server

import (
	"html"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

const goodPassword = "correct horse, battery; stäple"

// lock sets a password.
func (w *world) lock(t *testing.T) *world {
	t.Helper()
	w.set(t, "password", HashPassword(goodPassword))
	return w
}

// login opens a session and gives its cookie.
func (w *world) logIn(t *testing.T) *http.Cookie {
	t.Helper()
	a := w.post(t, "/login", url.Values{"password": {goodPassword}, "next": {"/feeds"}}).status(303).location("/feeds")
	return a.Result().Cookies()[0]
}

// concrete fills a route's pattern with names that exist.
func concrete(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	path = strings.NewReplacer("{$}", "", "/story/{id}", "/story/1000", "/feeds/{id}", "/feeds/3", "/decisions/{id}", "/decisions/1", "{token}", "ABC", "/feed/{name}", "/feed/3.atom", "{path...}", "World.atom", "{name}", "style.css").Replace(path)
	return method, path
}

// TestDenyByDefault asks for every route without a session while a password is
// set: all but the ones listed here must refuse, whatever routes() says.
func TestDenyByDefault(t *testing.T) {
	open := map[string]int{
		"POST /hub": 404, "GET /websub/{token}": 404, "POST /websub/{token}": 404, "GET /login": 200, "POST /login": 403, "GET /assets/{name}": 404,
		"GET /sw.js": 200, "GET /offline": 200, "GET /manifest.webmanifest": 200, "GET /favicon.ico": 302, "GET /robots.txt": 200, "GET /healthz": 200,
		"GET /atom.xml": 301, "GET /feed": 301, "GET /feed/{$}": 301, "GET /feed.xml": 301, "GET /index.xml": 301,
		"GET /rss.xml": 301, "GET /index.rss": 301, "GET /rss": 301, "GET /rss/{$}": 301, "GET /rss/feed.xml": 301, "GET /opml": 301, "GET /feeds.opml": 301,
	}
	w := newWorld(t, 3, nil).lock(t)
	written, routes := w.watch(), w.routes()
	for _, more := range []string{"GET /no/such/page", "POST /", "DELETE /feeds/{id}", "GET /feeds/"} {
		routes = append(routes, route{pattern: more})
	}
	for _, rt := range routes {
		method, path := concrete(rt.pattern)
		for _, cookie := range []string{"", "tidings=guess", "tidings="} {
			a := w.send(t, method, path, nil, "Sec-Fetch-Site", "same-origin", "Cookie", cookie)
			want, isOpen := open[rt.pattern]
			switch refused := a.Code == 401 || a.Code == 303 && strings.HasPrefix(a.Header().Get("Location"), "/login"); {
			case isOpen && a.Code != want:
				t.Errorf("%s: %d, want %d", rt.pattern, a.Code, want)
			case !isOpen && !refused:
				t.Errorf("%s with cookie %q: %d, want it refused", rt.pattern, cookie, a.Code)
			}
			if strings.Contains(a.Body.String(), "White House") {
				t.Errorf("%s tells stories to strangers", rt.pattern)
			}
		}
	}
	if written() {
		t.Error("strangers wrote something")
	}
}

func TestSession(t *testing.T) {
	w := newWorld(t, 3, nil).lock(t)
	w.get(t, "/?view=all").status(303).location("/login?next=%2F%3Fview%3Dall")
	c := w.logIn(t)
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure || c.Path != "/" || len(c.Value) < 43 {
		t.Errorf("cookie %+v", c)
	}
	settings, err := w.store.Settings(t.Context(), "")
	if err != nil || len(settings) == 0 {
		t.Fatal(settings, err)
	}
	for key := range settings {
		if strings.Contains(key, c.Value) {
			t.Error("the token is stored as it is")
		}
	}
	cookie := "tidings=" + c.Value
	w.get(t, "/", "Cookie", cookie).status(200)
	again := w.post(t, "/login", url.Values{"password": {goodPassword}}, "Cookie", cookie).status(303).Result().Cookies()[0]
	if again.Value == c.Value {
		t.Error("login kept the old session's token")
	}
	w.get(t, "/", "Cookie", cookie).status(303)
	cookie = "tidings=" + again.Value
	a := w.post(t, "/logout", url.Values{}, "Cookie", cookie).status(303).location("/login")
	if gone := a.Result().Cookies()[0]; gone.MaxAge >= 0 {
		t.Errorf("logout left the cookie: %+v", gone)
	}
	w.get(t, "/", "Cookie", cookie).status(303)
}

func TestSessionEndsWithItsPassword(t *testing.T) {
	w := newWorld(t, 3, nil).lock(t)
	cookie := "tidings=" + w.logIn(t).Value
	w.get(t, "/", "Cookie", cookie).status(200)
	w.set(t, "password", HashPassword("another"))
	w.get(t, "/", "Cookie", cookie).status(303)
}

func TestSessionRunsOut(t *testing.T) {
	hash := HashPassword("x")
	now := time.Now()
	for stored, want := range map[string]bool{
		"": false, "x": false, "99999999999": false, "99999999999 ": false, "99999999999 " + passwordTag(hash): true, "1000 " + passwordTag(hash): false,
	} {
		if got := sessionHolds([]byte(stored), hash, now); got != want {
			t.Errorf("session %q holds: %v, want %v", stored, got, want)
		}
	}
}

func TestSecureCookie(t *testing.T) {
	w := newWorld(t, 1, func(o *Options) { o.PublicURL = "https://news.example.org/" }).lock(t)
	c := w.logIn(t)
	if c.Name != "__Host-tidings" || !c.Secure || c.Domain != "" || c.Path != "/" {
		t.Errorf("cookie %+v", c)
	}
}

func TestLoginRefuses(t *testing.T) {
	w := newWorld(t, 1, nil).lock(t)
	for i := range 7 {
		a := w.post(t, "/login", url.Values{"password": {"guess"}})
		want := 403
		if i >= tryBurst {
			want = 429
			if a.Header().Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
		}
		a.status(want)
		checkPage(a)
		if len(a.Result().Cookies()) != 0 {
			t.Error("a wrong password got a cookie")
		}
	}
	w.post(t, "/login", url.Values{"password": {goodPassword}}).status(429)
}

func TestLimiterForgets(t *testing.T) {
	l, a, now := newLimiter(), netip.MustParsePrefix("192.0.2.1/32"), time.Now()
	for range tryBurst {
		if l.take(a, now) != 0 {
			t.Fatal("refused too early")
		}
	}
	wait := l.take(a, now)
	if wait <= 0 || wait > tryRefill {
		t.Errorf("wait %v", wait)
	}
	if l.take(netip.MustParsePrefix("192.0.2.2/32"), now) != 0 {
		t.Error("another address has to wait, too")
	}
	if l.take(a, now.Add(wait)) != 0 {
		t.Error("still refused after the wait")
	}
}

func TestNextStaysHere(t *testing.T) {
	for path, want := range map[string]string{
		"/feeds?x=1#y": "/feeds?x=1#y", "": "/", "//evil.example": "/", `/\evil.example`: "/", "https://evil.example": "/", "/\t/evil.example": "/",
		"/a\nb": "/", "javascript:alert(1)": "/", `/a\b`: "/", "feeds": "/", "/%2F/evil.example": "/%2F/evil.example",
	} {
		if got := local(path); got != want {
			t.Errorf("local(%q) = %q, want %q", path, got, want)
		}
	}
	if got := withQuery("/%2F/evil.example?a=1", "done", "x"); got != "/%2F/evil.example?a=1&done=x" {
		t.Errorf("withQuery changed the path: %q", got)
	}
}

func TestNoAuth(t *testing.T) {
	w := newWorld(t, 1, func(o *Options) { o.NoAuth = true }).lock(t)
	w.get(t, "/").status(200)
	w.get(t, "/feed.atom").status(200)
}

func TestPasswordHash(t *testing.T) {
	hash := HashPassword(goodPassword)
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || hash == HashPassword(goodPassword) {
		t.Errorf("hash %q", hash)
	}
	if ok, err := VerifyPassword(hash, goodPassword); !ok || err != nil {
		t.Errorf("the right password: %v, %v", ok, err)
	}
	// bcrypt would take the second for the first
	if ok, _ := VerifyPassword(HashPassword(strings.Repeat("x", 80)+"a"), strings.Repeat("x", 80)+"b"); ok {
		t.Error("long passwords are cut")
	}
	for _, bad := range []string{"", "plain", "$2a$10$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=99999999,t=2,p=1$c2FsdA$aGFzaA", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$"} {
		if ok, err := VerifyPassword(bad, ""); ok || err == nil {
			t.Errorf("hash %q: %v, %v", bad, ok, err)
		}
	}
}

func TestSecretFeed(t *testing.T) {
	w := newWorld(t, 30, nil).lock(t)
	cookie := "tidings=" + w.logIn(t).Value
	addresses := func(page string) (paths []string) {
		a := w.get(t, page, "Cookie", cookie, "Accept", "text/html").status(200)
		for _, in := range a.page().find(".addresses input") {
			paths = append(paths, strings.TrimPrefix(in.attr("value"), "http://localhost:8080"))
		}
		return paths
	}
	keys := map[string]string{} // path by key
	for _, page := range []string{"/feed", "/feed/3", "/folder/World", "/folder/World/Middle%20East", "/starred", "/unread", "/feed?content=summary", "/feed?copies=none"} {
		for _, path := range addresses(page) {
			a := w.get(t, path).status(200)
			if self := "http://localhost:8080" + path; !strings.Contains(html.UnescapeString(a.Body.String()), self) {
				t.Errorf("the feed doesn't name its own address %s", self)
			}
			address, key, _ := strings.Cut(path, "key=")
			key, rest, _ := strings.Cut(key, "&")
			if keys[key] != "" || len(key) != 24 {
				t.Errorf("%s has the key %q, as has %q", path, key, keys[key])
			}
			keys[key] = address + rest
			for _, stranger := range []string{address, address + "key=" + key[:23], address + "key=" + strings.Repeat("A", 24)} {
				w.get(t, stranger).status(401)
			}
		}
	}
	for key, own := range keys { // a key opens one feed, and no page
		for other, path := range keys {
			if other != key && w.get(t, strings.TrimRight(path, "?&")+map[bool]string{true: "&", false: "?"}[strings.Contains(strings.TrimRight(path, "?&"), "?")]+"key="+key).Code != 401 {
				t.Errorf("the key of %s opens %s", own, path)
			}
		}
		for _, page := range []string{"/", "/feed", "/settings", "/story/1000", "/export.opml"} {
			if got := w.get(t, page+"?key="+key, "Accept", "text/html").Code; got != 303 {
				t.Errorf("the key of %s: %s answers %d", own, page, got)
			}
		}
	}
	w.get(t, "/feed.atom", "Cookie", cookie).status(200)
	if a := w.get(t, "/settings", "Cookie", cookie).status(200); !strings.HasSuffix(a.one(a.page(), ".address a").attr("href"), addresses("/feed")[0]) {
		t.Error("the settings page shows another address")
	}
}

func TestKeysAreRenewed(t *testing.T) {
	w := newWorld(t, 30, nil).lock(t)
	cookie := "tidings=" + w.logIn(t).Value
	atomOf := func(page string) string {
		a := w.get(t, page, "Cookie", cookie, "Accept", "text/html").status(200)
		return strings.TrimPrefix(a.page().find(".addresses input")[0].attr("value"), "http://localhost:8080")
	}
	world, science := atomOf("/folder/World"), atomOf("/folder/Science")
	w.post(t, "/settings/feed-secret", url.Values{"page": {"/folder/World"}}, "Cookie", cookie).status(303)
	w.get(t, world).status(401)
	w.get(t, science).status(200)
	w.get(t, atomOf("/folder/World")).status(200)
	w.post(t, "/settings/feed-secret", url.Values{"page": {"/folder/Nowhere"}}, "Cookie", cookie).status(404)
	w.post(t, "/settings/feed-secret", url.Values{}, "Cookie", cookie).status(303)
	w.get(t, science).status(401)
	w.get(t, atomOf("/folder/Science")).status(200)
}

// Readers that have an address of an earlier release are sent on to the present one.
func TestSecretOfAnEarlierRelease(t *testing.T) {
	w := newWorld(t, 30, nil).lock(t)
	old := strings.Repeat("s", 43)
	w.set(t, "feed-secret", old)
	for path, want := range map[string]string{"/feed/" + old + ".atom": "/feed.atom?key=", "/feed/" + old + ".atom?folder=World&n=7": "/folder/World.atom?key="} {
		to := w.get(t, path).status(301).Header().Get("Location")
		if !strings.HasPrefix(to, want) || strings.Contains(path, "n=7") != strings.Contains(to, "&n=7") {
			t.Errorf("%s leads to %s", path, to)
		}
		w.get(t, to).status(200)
	}
	w.get(t, "/feed/"+strings.Repeat("t", 43)+".atom").status(404)
	w.post(t, "/settings/feed-secret", url.Values{}, "Cookie", "tidings="+w.logIn(t).Value).status(303)
	w.get(t, "/feed/"+old+".atom").status(404)
}
