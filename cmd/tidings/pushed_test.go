package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tidings/internal/feed"
)

// publisher is a site with a feed and a hub of its own, as the Recommendation has them.
type publisher struct {
	*httptest.Server
	gets atomic.Int32

	mu        sync.Mutex
	items     string
	subscribe url.Values // the last request for a subscription
	verified  chan url.Values
}

func newPublisher(t *testing.T) *publisher {
	p := &publisher{verified: make(chan url.Values, 8)}
	p.add("The first")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /feed", func(w http.ResponseWriter, r *http.Request) {
		p.gets.Add(1)
		w.Header().Set("Link", fmt.Sprintf(`<%s/hub>; rel="hub", <%s/feed>; rel="self"`, p.URL, p.URL))
		w.Header().Set("ETag", `"fixed"`)
		io.WriteString(w, p.document())
	})
	mux.HandleFunc("POST /hub", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		w.WriteHeader(http.StatusAccepted)
		go p.verify(r.PostForm)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the publisher was asked for %s %s", r.Method, r.URL) // an icon, or a page
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *publisher) document() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return `<rss version="2.0"><channel><title>Quay</title><link>http://quay.example/</link><description>x</description>` + p.items + `</channel></rss>`
}

func (p *publisher) add(title string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.items = fmt.Sprintf("<item><guid>%s</guid><title>%s</title><link>http://quay.example/%s</link></item>", title, title, url.PathEscape(title)) + p.items
}

// verify asks back (§5.3).
func (p *publisher) verify(form url.Values) {
	q := url.Values{"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"], "hub.challenge": {"c1"}, "hub.lease_seconds": {"864000"}}
	resp, err := http.Get(form.Get("hub.callback") + "?" + q.Encode())
	if err != nil {
		return
	}
	defer resp.Body.Close()
	if b, _ := io.ReadAll(resp.Body); resp.StatusCode == http.StatusOK && string(b) == "c1" {
		p.mu.Lock()
		p.subscribe = form
		p.mu.Unlock()
		p.verified <- form
	}
}

// push sends the document as it is (§7).
func (p *publisher) push(t *testing.T, secret string) int {
	t.Helper()
	doc := p.document()
	req, _ := http.NewRequest(http.MethodPost, p.subscribe.Get("hub.callback"), strings.NewReader(doc))
	req.Header.Set("Content-Type", "application/rss+xml")
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(doc))
	req.Header.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// Through the whole program: a followed feed names a hub, the hub is asked, confirms and
// pushes, and the story is there although nobody polled. Then the feed is removed, and
// the hub is asked to stop.
func TestAHubPushesAStoryToUs(t *testing.T) {
	pub := newPublisher(t)
	addr, data := freeAddress(t), filepath.Join(t.TempDir(), "d.db")
	debug := freeAddress(t)
	stop := serveHere(t, "serve", "--data", data, "--listen", addr, "--public-url", "http://"+addr, "--feeds", "none",
		"--allow-private", "127.0.0.0/8", "--site-gap", "0s", "--debug-addr", debug)
	c := dial(t, data)
	defer c.Close()
	adds, err := c.Subscribe(t.Context(), []feed.Wish{{URL: pub.URL + "/feed"}})
	if err != nil {
		t.Fatal(err)
	}
	form := <-pub.verified
	if form.Get("hub.topic") != pub.URL+"/feed" || !strings.HasPrefix(form.Get("hub.callback"), "http://"+addr+"/websub/") {
		t.Errorf("asked %v", form)
	}
	entries := func() int {
		s, err := c.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s.Stats.Entries
	}
	pub.add("A bridge opens")
	if status := pub.push(t, form.Get("hub.secret")); status/100 != 2 {
		t.Errorf("the push is answered %d", status)
	}
	wait(t, "the story that was pushed", func() bool { return entries() == 2 })
	if n := pub.gets.Load(); n != 1 {
		t.Errorf("the feed was asked %d times", n)
	}
	metrics := read(t, get(t, "http://"+debug+"/metrics"))
	for _, line := range []string{`tidings_pushes_total{outcome="new"} 1`, `tidings_push_feeds{state="pushed"} 1`, `tidings_polls_total{not_modified="false",outcome="new"} 1`} {
		if !strings.Contains(metrics, line) {
			t.Errorf("there is no %s in\n%s", line, metrics)
		}
	}
	if err := c.Remove(t.Context(), adds[0].Subscription.ID); err != nil {
		t.Fatal(err)
	}
	if form := <-pub.verified; form.Get("hub.mode") != "unsubscribe" {
		t.Errorf("asked %v", form)
	}
	if status := pub.push(t, ""); status != http.StatusGone {
		t.Errorf("a push after the end is answered %d", status)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func read(t *testing.T, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Without a public address no hub is asked, and nothing is taken.
func TestWithoutAPublicAddressNoHubIsAsked(t *testing.T) {
	pub := newPublisher(t)
	addr, data := freeAddress(t), filepath.Join(t.TempDir(), "d.db")
	stop := serveHere(t, "serve", "--data", data, "--listen", addr, "--feeds", "none", "--allow-private", "127.0.0.0/8", "--site-gap", "0s")
	c := dial(t, data)
	defer c.Close()
	if _, err := c.Subscribe(t.Context(), []feed.Wish{{URL: pub.URL + "/feed"}}); err != nil {
		t.Fatal(err)
	}
	wait(t, "the first poll", func() bool { return pub.gets.Load() == 1 })
	resp, err := http.Post("http://"+addr+"/websub/ABC", "application/rss+xml", strings.NewReader("<rss/>"))
	if err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("a push is answered %v, %v", resp, err)
	}
	if err == nil {
		resp.Body.Close()
	}
	if len(pub.verified) > 0 {
		t.Error("a hub was asked")
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// Metrics are for strangers only where everything is; profiles only for this machine.
func TestWhoMayReadMetrics(t *testing.T) {
	addr, data := freeAddress(t), filepath.Join(t.TempDir(), "d.db")
	stop := serveHere(t, "serve", "--data", data, "--listen", addr, "--feeds", "none", "--metrics-token", "sesame")
	dial(t, data).Close()
	for token, want := range map[string]int{"": 401, "guess": 401, "sesame": 200} {
		req, _ := http.NewRequest(http.MethodGet, "http://"+addr+"/metrics", nil)
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if body := read(t, resp); resp.StatusCode != want || strings.Contains(body, "tidings_") && want != 200 {
			t.Errorf("token %q: %d", token, resp.StatusCode)
		}
		resp.Body.Close()
	}
	resp, err := http.Get("http://" + addr + "/debug/pprof/")
	if err != nil || resp.StatusCode == http.StatusOK {
		t.Errorf("profiles on the public address: %v, %v", resp, err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	for _, other := range []string{"0.0.0.0:0", ":6060", "192.0.2.1:6060", "6060"} {
		err := serveHere(t, "serve", "--data", data, "--listen", addr, "--feeds", "none", "--debug-addr", other)()
		if err == nil || !strings.Contains(err.Error(), "loopback") {
			t.Errorf("profiles on %s: %v", other, err)
		}
	}
}

// A page that rebinds a name to the debug address is turned away.
func TestDebugAddressAnswersToLoopbackNamesOnly(t *testing.T) {
	e := &env{getenv: func(string) string { return "" }}
	g := newHouse(e, nil, nil, nil, serveFlags(e, flag.NewFlagSet("serve", flag.ContinueOnError))).gauges
	for host, want := range map[string]int{"127.0.0.1:6060": 200, "localhost:6060": 200, "localhost": 200, "evil.example:6060": 421, "192.168.1.2:6060": 421} {
		r := httptest.NewRequest(http.MethodGet, "/debug/pprof/cmdline", nil)
		r.Host = host
		rec := httptest.NewRecorder()
		g.debugHandler().ServeHTTP(rec, r)
		if rec.Code != want {
			t.Errorf("%s: %d, want %d", host, rec.Code, want)
		}
	}
}
