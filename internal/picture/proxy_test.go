package picture

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// Only what a page of ours shows is asked for, in the widths that there are.
func TestOnlyOurAddressesAreAnswered(t *testing.T) {
	a := always(asJPEG(t, corners(64, 48)))
	p := newProxy(t, a, Options{Dir: testDir})
	good := p.Address(elsewhere+"a.jpg?x=1&y=2#top", home1, Thumb)
	if w := ask(p, good); w.Code != 200 || w.Header().Get("Content-Type") != "image/jpeg" {
		t.Fatalf("%s answers %d %s", good, w.Code, w.Body)
	}
	other := newProxy(t, a, Options{})
	sig := strings.Split(good, "/")[2]
	flipped := "A"
	if sig[0] == 'A' {
		flipped = "B"
	}
	for name, bad := range map[string]string{
		"another address":            strings.Replace(good, "a.jpg", "b.jpg", 1),
		"another host":               strings.Replace(good, "pictures.example", "169.254.169.254", 1),
		"a width of its own":         strings.Replace(good, "/160?", "/161?", 1),
		"the original":               strings.Replace(good, "/160?", "/0?", 1),
		"a negative width":           strings.Replace(good, "/160?", "/-160?", 1),
		"no width":                   strings.Replace(good, "/160?", "/x?", 1),
		"another signature":          strings.Replace(good, sig, flipped+sig[1:], 1),
		"half a signature":           strings.Replace(good, sig, sig[:11], 1),
		"no signature":               strings.Replace(good, sig, "-", 1),
		"a signature of another key": other.Address(elsewhere+"a.jpg", home1, Thumb),
		"more behind it":             good + "&z=3",
	} {
		before := a.count()
		w := ask(p, bad)
		if w.Code != http.StatusNotFound || a.count() != before || w.Header().Get("Cache-Control") == "" {
			t.Errorf("%s: %s answers %d, %d requests", name, bad, w.Code, a.count()-before)
		}
		if strings.Contains(w.Body.String(), "example") {
			t.Errorf("%s: the answer repeats the address", name)
		}
	}
	for _, src := range []string{"", "data:image/png;base64,AAAA", "ftp://x.example/a.jpg", "file:///etc/passwd", "javascript:alert(1)", "//x.example/a.jpg", "https://x.example/" + strings.Repeat("a", 5000)} {
		if got := p.Address(src, home1, Thumb); got != "" {
			t.Errorf("%.40q has the address %.80s", src, got)
		}
	}
}

// Whatever stands in an address comes back as it was, through attribute and browser.
func TestAddressesSurvive(t *testing.T) {
	p := newProxy(t, always(nil), Options{})
	for _, src := range []string{
		"https://x.example/a b.jpg", "https://x.example/%41%2f.jpg", "https://x.example/a,b,", "https://x.example/\"'<>&amp;", "https://x.example/ü?q=漢字&amp;x=+%2B",
		"https://x.example/?https://y.example/?a=1&b=2", "http://[2001:db8::1]:8080/a.jpg", "https://x.example/a;b=(c)!$*~[d]|e^f`g{h}\\i",
	} {
		address := p.Address(src, home1, Card)
		if strings.ContainsAny(address, " \"'<>,\\`{}|^") {
			t.Errorf("%s has the address %s", src, address)
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		parts := strings.Split(u.Path, "/")
		if got, ok := p.verify(parts[2], parts[3], u.RawQuery); !ok || got.address != src || got.width != Card {
			t.Errorf("%s came back as %+v, %v", src, got, ok)
		}
	}
}

// What is served can't run, ask, or be taken for anything else, and is kept for ever.
func TestHeaders(t *testing.T) {
	p := newProxy(t, always(asJPEG(t, corners(64, 48))), Options{Dir: testDir})
	address := p.Address(elsewhere+"a", home1, Thumb)
	w := ask(p, address)
	h := w.Header()
	if got := h.Get("Content-Security-Policy"); !strings.Contains(got, "sandbox") || !strings.Contains(got, "default-src 'none'") {
		t.Errorf("policy %q", got)
	}
	if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Cache-Control"), "private, max-age=31536000, immutable") {
		t.Errorf("headers %v", h)
	}
	if again := ask(p, address, "If-None-Match", h.Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("asked again: %d with %d bytes", again.Code, again.Body.Len())
	}
}

// loopback is a site on this machine, and a client that may or may not reach it.
func loopback(t *testing.T, handler http.HandlerFunc, allow ...string) (*fetch.Client, string) {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	o := fetch.Options{UserAgent: "tidings/test"}
	for _, a := range allow {
		o.AllowPrivate = append(o.AllowPrivate, netip.MustParsePrefix(a))
	}
	c := fetch.New(o)
	t.Cleanup(c.Close)
	return c, srv.URL
}

// Publishers don't lead us into private networks: not by an address, not by a redirect,
// and not even where the owner opened one for feeds.
func TestPrivateNetworksAreOutOfReach(t *testing.T) {
	photo := asJPEG(t, corners(64, 48))
	var mu sync.Mutex
	var asked []string
	serve := func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.Path)
		mu.Unlock()
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		w.Write(photo)
	}
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(asked)
	}
	closed, here := loopback(t, serve)
	p := newProxy(t, closed, Options{})
	for _, document := range []string{home1, here + "/feed.xml", ""} {
		if w := ask(p, p.Address(here+"/secret.jpg?from="+url.QueryEscape(document), document, Thumb)); !isPlaceholder(w) {
			t.Errorf("named by %q: %d %s", document, w.Code, w.Header().Get("Content-Type"))
		}
	}
	if n := count(); n != 0 {
		t.Errorf("%d requests reached this machine", n)
	}
	open, here := loopback(t, serve, "127.0.0.1/32")
	p = newProxy(t, open, Options{})
	if w := ask(p, p.Address(here+"/lan.jpg", home1, Thumb)); !isPlaceholder(w) || count() != 0 {
		t.Errorf("a stranger's document reaches an opened network: %d requests", count())
	}
	if w := ask(p, p.Address(here+"/own.jpg", here+"/feed.xml", Thumb)); w.Header().Get("Content-Type") != "image/jpeg" || count() != 1 {
		t.Errorf("a feed in there does not: %d %s", w.Code, w.Header().Get("Content-Type"))
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(here, "http://"), ":")
	for _, to := range []string{"http://127.0.0.2:" + port + "/x.jpg", "http://169.254.169.254/latest/meta-data/", "http://[::1]:" + port + "/", "http://10.0.0.1/", "file:///etc/passwd", "http://2130706433:" + port + "/"} {
		before := count()
		if w := ask(p, p.Address(here+"/turn.jpg?to="+url.QueryEscape(to), here+"/feed.xml", Thumb)); !isPlaceholder(w) || count() != before+1 {
			t.Errorf("redirected to %s: %d %s, %d requests", to, w.Code, w.Header().Get("Content-Type"), count()-before)
		}
	}
}

// A request tells nothing of the reader.
func TestRequestsTellNothing(t *testing.T) {
	var got http.Header
	c, here := loopback(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		http.SetCookie(w, &http.Cookie{Name: "id", Value: "1"})
		w.Write(asJPEG(t, corners(64, 48)))
	}, "127.0.0.0/8")
	p := newProxy(t, c, Options{})
	for i := range 2 {
		ask(p, p.Address(here+"/"+strconv.Itoa(i), here, Thumb), "Cookie", "session=secret", "Referer", "http://reader.example/story/1", "X-Forwarded-For", "192.0.2.1", "Authorization", "Basic eDp5")
		for _, name := range []string{"Cookie", "Referer", "X-Forwarded-For", "Authorization", "Accept-Language", "Origin"} {
			if v := got.Get(name); v != "" {
				t.Errorf("it tells %s: %s", name, v)
			}
		}
		if got.Get("User-Agent") != "tidings/test" || !strings.Contains(got.Get("Accept"), "image/webp") {
			t.Errorf("it says %v", got)
		}
	}
}

// A body beyond the limit is dropped, whether it says its length or not; what isn't a
// picture is none, whatever it is called.
func TestHostileBodies(t *testing.T) {
	photo := asJPEG(t, corners(64, 48))
	c, here := loopback(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/jpeg")
		switch r.URL.Path {
		case "/long":
			w.Header().Set("Content-Length", strconv.Itoa(mostBytes+1))
		case "/endless":
			for range mostBytes >> 16 {
				w.Write(make([]byte, 1<<16))
			}
			w.Write([]byte("x"))
		case "/svg":
			w.Header().Set("Content-Type", "image/svg+xml")
			w.Write([]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`))
		case "/page":
			w.Write([]byte("<!doctype html><script>alert(1)</script>"))
		case "/bomb":
			w.Write(bombPNG(t, 30000, 30000))
		case "/counter":
			w.Write(asGIF(t, 1, 1, 1))
		case "/cut":
			w.Header().Set("Content-Length", strconv.Itoa(len(photo)))
			w.Write(photo[:len(photo)/2])
		case "/empty":
		case "/lie":
			w.Header().Set("Content-Type", "text/html")
			w.Write(photo)
		}
	}, "127.0.0.0/8")
	p := newProxy(t, c, Options{Dir: testDir})
	for _, path := range []string{"/long", "/endless", "/svg", "/page", "/bomb", "/counter", "/cut", "/empty"} {
		if w := ask(p, p.Address(here+path, here, Text)); !isPlaceholder(w) {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
		if _, _, hopeless := p.Measures(here+path, here); !hopeless {
			t.Errorf("%s: a page would show it again", path)
		}
	}
	if w := ask(p, p.Address(here+"/lie", here, Text)); w.Header().Get("Content-Type") != "image/jpeg" {
		t.Errorf("a picture that is called a page: %s", w.Header().Get("Content-Type"))
	}
}

// Many who wait for a picture cost one request, and so do its other sizes. Whoever goes
// away takes nobody's picture along.
func TestOneRequestForAPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		photo := asJPEG(t, corners(1000, 600))
		a := &answers{answer: func(ctx context.Context, _ fetch.Request) ([]byte, error) {
			time.Sleep(time.Second)
			return photo, ctx.Err()
		}}
		p := newProxy(t, a, Options{Dir: testDir})
		address := p.Address(elsewhere+"a.jpg", home1, Thumb)
		gone, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				ctx := t.Context()
				if i == 0 {
					ctx = gone
				}
				got, err := p.show(ctx, wish{elsewhere + "a.jpg", public, Thumb})
				if i > 0 && (err != nil || got.Width != 1000) {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		synctest.Wait()
		leave()
		all.Wait()
		for _, width := range widths() {
			if w := ask(p, p.Address(elsewhere+"a.jpg", home1, width)); decoded(t, w).Bounds().Dx() != min(width, 1000) {
				t.Errorf("%d pixels wide: %v", width, decoded(t, w).Bounds())
			}
		}
		ask(p, address)
		if n := a.count(); n != 1 {
			t.Errorf("%d requests", n)
		}
		if w, h, hopeless := p.Measures(elsewhere+"a.jpg", home1); w != 1000 || h != 600 || hopeless {
			t.Errorf("it measures %d by %d, hopeless %v", w, h, hopeless)
		}
	})
}

// A page with fifty pictures of one site asks it for three at a time, and leaves room
// for those of others.
func TestSitesAreAskedAFewAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		photo := asJPEG(t, corners(64, 48))
		var mu sync.Mutex
		now, most := map[string]int{}, map[string]int{}
		a := &answers{answer: func(_ context.Context, r fetch.Request) ([]byte, error) {
			site := fetch.Site(r.URL)
			mu.Lock()
			now[site]++
			most[site] = max(most[site], now[site])
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			now[site]--
			mu.Unlock()
			return photo, nil
		}}
		p := newProxy(t, a, Options{})
		began := time.Now()
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() { ask(p, p.Address(fmt.Sprintf("https://img%d.busy.example/%d.jpg", i%5, i), home1, Thumb)) })
		}
		for i := range 20 {
			all.Go(func() { ask(p, p.Address(fmt.Sprintf("https://site%d.example/%d.jpg", i, i), home1, Thumb)) })
		}
		all.Wait()
		if most["busy.example"] != perSite || a.most > fetches || a.count() != 70 {
			t.Errorf("%d at a time of one site, %d in all, %d requests", most["busy.example"], a.most, a.count())
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("it took %v", took)
		}
		if n := len(p.queue.sites); n != 0 {
			t.Errorf("%d queues are left", n)
		}
	})
}

// A site that drips bytes is given up after a while, and holds up no other.
func TestDripping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		photo := asJPEG(t, corners(64, 48))
		a := &answers{answer: func(ctx context.Context, r fetch.Request) ([]byte, error) {
			if strings.Contains(r.URL, "drip") {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return photo, nil
		}}
		p := newProxy(t, a, Options{})
		var all sync.WaitGroup
		began := time.Now()
		for i := range 10 {
			all.Go(func() {
				if w := ask(p, p.Address(fmt.Sprintf("https://drip.example/%d.jpg", i), home1, Thumb)); !isPlaceholder(w) {
					t.Errorf("%d: %d", i, w.Code)
				}
			})
		}
		synctest.Wait()
		if w := ask(p, p.Address(elsewhere+"a.jpg", home1, Thumb)); w.Header().Get("Content-Type") != "image/jpeg" || time.Since(began) > 0 {
			t.Errorf("another site waits for it: %s after %v", w.Header().Get("Content-Type"), time.Since(began))
		}
		all.Wait()
		if took := time.Since(began); took < patience || took > queueing+patience {
			t.Errorf("it was given up after %v", took)
		}
	})
}

// A site that asks to be left alone is, as long as it says within an hour.
func TestLeavingASiteAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := failing(feed.FailureLimited, 429, 5*time.Minute)
		p := newProxy(t, a, Options{})
		address := func(i int) string {
			return p.Address(fmt.Sprintf("https://a%d.busy.example/%d.jpg", i, i), home1, Thumb)
		}
		for i := range 4 {
			if w := ask(p, address(i)); !isPlaceholder(w) || w.Header().Get("Cache-Control") == "private, max-age=31536000" {
				t.Errorf("%d: %v", i, w.Header())
			}
		}
		if n := a.count(); n != 1 {
			t.Errorf("%d requests after it asked to be left alone", n)
		}
		time.Sleep(5*time.Minute + time.Second)
		ask(p, address(1))
		if n := a.count(); n != 2 {
			t.Errorf("%d requests when the time was over", n)
		}
		if w := ask(p, p.Address(elsewhere+"a.jpg", home1, Thumb)); !isPlaceholder(w) || a.count() != 3 {
			t.Error("another site is left alone too")
		}
	})
}

// A failure is remembered: for a day what can't be, for minutes what may be mended.
func TestFailuresAreRemembered(t *testing.T) {
	for name, tc := range map[string]struct {
		a     *answers
		until time.Duration
	}{
		"nothing there":    {failing(feed.FailureMissing, 404, 0), lasting},
		"no picture":       {always([]byte("<html>")), lasting},
		"trouble of its":   {failing(feed.FailureTemporary, 500, 0), passing},
		"the network":      {failing(feed.FailureTemporary, 0, 0), passing},
		"comes back later": {failing(feed.FailureTemporary, 502, time.Hour), time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newProxy(t, tc.a, Options{Dir: testDir})
				for _, width := range widths() {
					w := ask(p, p.Address(elsewhere+"a.jpg", home1, width))
					if want := forBrowser(tc.until); !isPlaceholder(w) || w.Header().Get("Cache-Control") != want {
						t.Errorf("%v, want %s", w.Header(), want)
					}
				}
				time.Sleep(tc.until - time.Second)
				if ask(p, p.Address(elsewhere+"a.jpg", home1, Thumb)); tc.a.count() != 1 {
					t.Errorf("%d requests", tc.a.count())
				}
				time.Sleep(2 * time.Second)
				if ask(p, p.Address(elsewhere+"a.jpg", home1, Thumb)); tc.a.count() != 2 {
					t.Errorf("%d requests when it was over", tc.a.count())
				}
			})
		})
	}
}

// A decoder that can't stand a picture ends nothing but that picture.
func TestPanics(t *testing.T) {
	a := &answers{answer: func(context.Context, fetch.Request) ([]byte, error) { panic("no") }}
	p := newProxy(t, a, Options{})
	if w := ask(p, p.Address(elsewhere+"a.jpg", home1, Thumb)); !isPlaceholder(w) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// The key is drawn once for a data file, so that pages kept in a browser still have their
// pictures after a restart.
func TestTheKeyStays(t *testing.T) {
	s := shelf{}
	var addresses []string
	for range 2 {
		p, err := New(t.Context(), s, always(nil), Options{})
		if err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, p.Address(elsewhere, home1, Thumb))
		p.Close()
	}
	if addresses[0] != addresses[1] || len(s[settingKey]) != 32 {
		t.Errorf("%v with a key of %d bytes", addresses, len(s[settingKey]))
	}
}

// BenchmarkCached costs an answer from the cache.
func BenchmarkCached(b *testing.B) {
	p := newProxy(b, always(asJPEG(b, corners(1200, 800))), Options{Dir: testDir})
	address := p.Address(elsewhere+"a.jpg", home1, Thumb)
	ask(p, address)
	b.ReportAllocs()
	for b.Loop() {
		if w := ask(p, address); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}

// BenchmarkAddress costs what a page spends for each address that it shows.
func BenchmarkAddress(b *testing.B) {
	p := newProxy(b, always(nil), Options{})
	b.ReportAllocs()
	for b.Loop() {
		p.Address("https://cdn.pictures.example/2026/11/22/a-long-name-of-a-picture.jpg?w=1200&q=80", home1, Thumb)
	}
}
