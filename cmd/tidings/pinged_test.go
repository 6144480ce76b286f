package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/poller"
	"tidings/internal/websub"
)

// weblog is a site with a feed that names an rssCloud, and the cloud, as the walkthrough
// of rssCloud has them. Its feed can be changed.
type weblog struct {
	feed, cloud *httptest.Server
	gets        atomic.Int32
	title       atomic.Value
	refuse      atomic.Bool
	registered  chan url.Values // registrations that the cloud took, or refused
}

// newWeblog has its cloud listen at an address, like "127.0.0.1:0".
func newWeblog(t *testing.T, at string) *weblog {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Skip("this machine has no such address: ", err)
	}
	b := &weblog{registered: make(chan url.Values, 8)}
	b.title.Store("The first")
	b.cloud = httptest.NewUnstartedServer(http.HandlerFunc(b.pleaseNotify))
	b.cloud.Listener.Close()
	b.cloud.Listener = l
	b.cloud.Start()
	b.feed = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.gets.Add(1)
		host, port, _ := net.SplitHostPort(l.Addr().String())
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>Quay</title><link>http://quay.example/</link><description>x</description>
			<cloud domain="%s" port="%s" path="/pleaseNotify" registerProcedure="" protocol="http-post"/>
			<item><guid>%s</guid><title>%[3]s</title></item></channel></rss>`, host, port, b.title.Load())
	}))
	t.Cleanup(b.cloud.Close)
	t.Cleanup(b.feed.Close)
	return b
}

// pleaseNotify takes a registration: it asks back, and refuses by a 200.
func (b *weblog) pleaseNotify(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	f := r.PostForm
	success := false
	resp, err := http.Get(callback(f) + "?" + url.Values{"url": {f.Get("url1")}, "challenge": {"c 1"}}.Encode())
	if err == nil {
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		success = resp.StatusCode == http.StatusOK && string(body) == "c 1" && !b.refuse.Load()
	}
	fmt.Fprintf(w, "<?xml version='1.0'?>\n<notifyResult success='%v' msg='so it is' />\n", success)
	b.registered <- f
}

func callback(f url.Values) string {
	return "http://" + net.JoinHostPort(f.Get("domain"), f.Get("port")) + f.Get("path")
}

// ping tells that a feed has changed.
func (b *weblog) ping(t *testing.T, f url.Values, changed string) int {
	t.Helper()
	resp, err := http.PostForm(callback(f), url.Values{"url": {changed}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// longAgo makes the only feed of a data file one that was polled an hour ago and is due in
// another.
func longAgo(t *testing.T, data string) {
	t.Helper()
	s, err := boltstore.Open(data, boltstore.Options{Log: slog.New(slog.DiscardHandler), Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	fs, err := s.Subscriptions(t.Context())
	if err != nil || len(fs) != 1 {
		t.Fatal(fs, err)
	}
	st := fs[0].State
	st.Polled, st.Due = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if err := s.Commit(t.Context(), []feed.Harvest{{Feed: st.Feed, State: st}}); err != nil {
		t.Fatal(err)
	}
}

// Through the whole program: a followed feed names a cloud and no hub, the cloud is asked,
// asks back and pings, and the story is there although no poll was due. A flood of pings
// costs nothing more, and who pings for another feed, or asks back for it, is refused. A
// restart asks for nothing.
func TestACloudTellsUsOfAStory(t *testing.T) {
	b := newWeblog(t, "127.0.0.1:0")
	addr, debug, data := freeAddress(t), freeAddress(t), filepath.Join(t.TempDir(), "d.db")
	args := []string{"serve", "--data", data, "--listen", addr, "--public-url", "http://" + addr, "--feeds", "none",
		"--allow-private", "127.0.0.0/8", "--site-gap", "0s", "--debug-addr", debug}
	stop := serveHere(t, args...)
	c := dial(t, data)
	if _, err := c.Subscribe(t.Context(), []feed.Wish{{URL: b.feed.URL + "/feed"}}); err != nil {
		t.Fatal(err)
	}
	form := <-b.registered
	if form.Get("url1") != b.feed.URL+"/feed" || form.Get("protocol") != "http-post" || !strings.HasPrefix(callback(form), "http://"+addr+"/websub/") {
		t.Errorf("asked %v", form)
	}
	wait(t, "the cloud's promise", func() bool {
		return b.ping(t, form, b.feed.URL+"/feed") == 200 && measured(t, debug, `tidings_push_feeds{state="pushed"} 1`)
	})
	c.Close()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if n := b.gets.Load(); n != 1 {
		t.Errorf("a ping a moment after a poll led to %d polls", n)
	}

	longAgo(t, data)
	stop = serveHere(t, args...)
	c = dial(t, data)
	defer c.Close()
	wait(t, "what was promised before", func() bool { return measured(t, debug, `tidings_push_feeds{state="pushed"} 1`) })
	b.title.Store("A bridge opens")
	if code := b.ping(t, form, b.feed.URL+"/other"); code != http.StatusNotFound {
		t.Errorf("a ping for another feed is answered %d", code)
	}
	for range 50 {
		if code := b.ping(t, form, b.feed.URL+"/feed"); code/100 != 2 && code != http.StatusTooManyRequests {
			t.Errorf("a ping is answered %d", code)
		}
	}
	wait(t, "the story that was told of", func() bool {
		s, err := c.Status(t.Context())
		return err == nil && s.Stats.Entries == 2
	})
	if n := b.gets.Load(); n != 2 {
		t.Errorf("the feed was asked %d times", n)
	}
	for _, line := range []string{`tidings_pings_total{outcome="new"} 1`, `tidings_pings_total{outcome="refused"} 1`, `tidings_push_feeds{state="named"} 1`, `tidings_push_feeds{state="relied"} 0`} {
		if !measured(t, debug, line) {
			t.Errorf("there is no %s", line)
		}
	}
	fs, err := c.Feeds(t.Context())
	if err != nil || len(fs) != 1 || !strings.Contains(fs[0].State.Why, "; its cloud tells us sooner") || time.Until(fs[0].State.Due) > 2*time.Hour {
		t.Errorf("the next poll is said to be %+v, %v", fs, err)
	}
	resp, err := http.Get(callback(form) + "?url=http%3A%2F%2Fmole.example%2F&challenge=c")
	if err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("a challenge that nobody asked for is answered %v, %v", resp, err)
	} else {
		resp.Body.Close()
	}
	if len(b.registered) > 0 {
		t.Error("a restart asked the cloud again")
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// measured looks whether the metrics say something; not before they can be had.
func measured(t *testing.T, debug, line string) bool {
	t.Helper()
	resp, err := http.Get("http://" + debug + "/metrics")
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return strings.Contains(read(t, resp), line)
}

// A cloud that answers 200 and refuses isn't believed; one in a network that the feed has no
// business with isn't even asked.
func TestCloudsThatAreNotBelieved(t *testing.T) {
	for at, asked := range map[string]int{"127.0.0.1:0": 1, "127.0.0.2:0": 0} {
		t.Run(at, func(t *testing.T) {
			b := newWeblog(t, at)
			b.refuse.Store(true)
			s, err := boltstore.Open(filepath.Join(t.TempDir(), "d.db"), boltstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if _, err := s.Subscribe(t.Context(), []feed.Wish{{URL: b.feed.URL + "/feed", Canonical: "x", Site: "127.0.0.1"}}, time.Now()); err != nil {
				t.Fatal(err)
			}
			err = s.Commit(t.Context(), []feed.Harvest{{Feed: 1, State: feed.State{Feed: 1, Cloud: b.cloud.URL + "/pleaseNotify"}}})
			if err != nil {
				t.Fatal(err)
			}
			web := fetch.New(fetch.Options{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
			defer web.Close()
			front := httptest.NewUnstartedServer(nil)
			sub := websub.New(s, poller.New(s, web, poller.Options{}), websub.Options{
				PublicURL: "http://" + front.Listener.Addr().String(), Transport: web.From, Site: fetch.Site})
			front.Config.Handler = sub
			front.Start()
			defer front.Close()
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- sub.Run(ctx) }()
			wait(t, "the end of the registration", func() bool {
				ls, err := s.Leases(t.Context())
				return err == nil && len(ls) == 1 && ls[0].Failures == 1 && ls[0].Until.IsZero()
			})
			if n := len(b.registered); n != asked || !sub.Until(1).IsZero() {
				t.Errorf("asked %d times, believed until %v", n, sub.Until(1))
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}
