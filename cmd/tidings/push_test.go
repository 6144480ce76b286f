package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tidings/internal/control"
	"tidings/internal/feed"
)

// A subscriber has a story seconds after the poll that brought it, as a GET would
// give it, through the whole program: publisher, poll, hub, callback.
func TestAStoryIsPushedSecondsAfterThePoll(t *testing.T) {
	origin, publish := outlet(t)
	addr := freeAddress(t)
	public := "http://" + addr
	data := filepath.Join(t.TempDir(), "d.db")
	stop := serveHere(t, "serve", "--data", data, "--listen", addr, "--public-url", public, "--feeds", "none", "--allow-private", "127.0.0.0/8", "--site-gap", "0s")
	c := dial(t, data)
	defer c.Close()
	if _, err := c.Subscribe(t.Context(), []feed.Wish{{URL: origin + "/a.xml"}}); err != nil {
		t.Fatal(err)
	}
	poll := func() {
		if err := c.Poll(t.Context(), feed.PollRequest{All: true, Force: true}, func(int) {}, func(feed.Outcome) {}); err != nil {
			t.Fatal(err)
		}
	}
	poll()
	got := make(chan *http.Request, 8)
	verified := make(chan url.Values, 8)
	callback := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			io.WriteString(w, r.URL.Query().Get("hub.challenge"))
			verified <- r.URL.Query()
			return
		}
		b, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(b)))
		got <- r
	}))
	defer callback.Close()
	for _, format := range []string{"atom", "rss", "json"} {
		topic := public + "/feed." + format
		head := get(t, topic).Header
		hub := fmt.Sprintf(`<%s/hub>; rel="hub", <%s>; rel="self"`, public, topic)
		if head.Get("Link") != hub {
			t.Fatalf("Link of %s: %q, want %q", topic, head.Get("Link"), hub)
		}
		resp, err := http.PostForm(public+"/hub", url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {callback.URL + "/" + format}, "hub.secret": {"s"}})
		if err != nil || resp.StatusCode != http.StatusAccepted {
			t.Fatalf("subscribe to %s: %v, %v", topic, resp, err)
		}
		resp.Body.Close()
		<-verified
	}
	publish("A bridge opens")
	began := time.Now()
	poll()
	for range 3 {
		select {
		case r := <-got:
			body, _ := io.ReadAll(r.Body)
			topic := public + "/feed." + strings.TrimPrefix(r.URL.Path, "/")
			want := get(t, topic)
			served, _ := io.ReadAll(want.Body)
			mac := hmac.New(sha256.New, []byte("s"))
			mac.Write(body)
			if string(body) != string(served) || !strings.Contains(string(body), "A bridge opens") || r.Header.Get("Content-Type") != want.Header.Get("Content-Type") ||
				r.Header.Get("Link") != want.Header.Get("Link") || r.Header.Get("X-Hub-Signature") != "sha256="+hex.EncodeToString(mac.Sum(nil)) {
				t.Errorf("pushed %v\n%.300s\nserved %v\n%.300s", r.Header, body, want.Header, served)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("nothing was pushed")
		}
	}
	t.Logf("pushed %v after the poll began", time.Since(began).Round(time.Millisecond))
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// Without a public address nobody can subscribe, and no feed says otherwise.
func TestWithoutAPublicAddressThereIsNoHub(t *testing.T) {
	addr, data := freeAddress(t), filepath.Join(t.TempDir(), "d.db")
	stop := serveHere(t, "serve", "--data", data, "--listen", addr, "--feeds", "none")
	dial(t, data).Close()
	resp := get(t, "http://"+addr+"/feed.atom")
	if b, _ := io.ReadAll(resp.Body); resp.Header.Get("Link") != "" || strings.Contains(string(b), `rel="hub"`) {
		t.Errorf("a hub is named: %v\n%s", resp.Header, b)
	}
	resp, err := http.PostForm("http://"+addr+"/hub", url.Values{"hub.mode": {"subscribe"}})
	if err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("the hub answers %v, %v", resp, err)
	}
	if err == nil {
		resp.Body.Close()
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// outlet serves a feed to which items are added.
func outlet(t *testing.T) (base string, publish func(title string)) {
	t.Helper()
	var items atomic.Pointer[string]
	first := "<item><guid>0</guid><title>The first</title><link>http://alone.example/0</link></item>"
	items.Store(&first)
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>Alone</title><link>http://alone.example/</link><description>x</description>%s</channel></rss>`, *items.Load())
	}))
	t.Cleanup(origin.Close)
	return origin.URL, func(title string) {
		more := fmt.Sprintf("<item><guid>%s</guid><title>%s</title><link>http://alone.example/1</link></item>%s", title, title, *items.Load())
		items.Store(&more)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// serveHere runs the program until stop, which gives its error.
func serveHere(t *testing.T, args ...string) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, args, func(string) string { return "" }, strings.NewReader(""), io.Discard, os.Stderr)
	}()
	t.Cleanup(cancel)
	return func() error {
		cancel()
		return <-ended
	}
}

// dial reaches the program that begins to serve a data file.
func dial(t *testing.T, data string) *control.Client {
	t.Helper()
	for {
		c, err := control.Dial(t.Context(), data)
		if err == nil {
			return c
		}
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func get(t *testing.T, address string) *http.Response {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", address, resp.Status)
	}
	return resp
}
