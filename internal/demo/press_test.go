package demo_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/demo"
	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/poller"
)

const home = "http://127.0.0.1:8081" // where the publisher is, as in the real demo

// press is the publisher, polled by the real poller into a real data file. It lives
// in a synctest bubble.
type press struct {
	*testing.T
	pub   *demo.Publisher
	poll  *poller.Poller
	store *boltstore.Store
	paths []string          // of the feeds, as the list has them
	feeds map[string]uint64 // by path
}

// newPress starts a poller on a publisher that serves all outlets at one address, or
// each on a site of its own.
func newPress(t *testing.T, sites bool) *press {
	t.Helper()
	s, err := boltstore.Open(filepath.Join(t.TempDir(), "d.db"), boltstore.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	p := &press{T: t, pub: demo.New(demo.Options{Seed: 7, Slow: time.Millisecond}), store: s, feeds: map[string]uint64{}}
	p.poll = poller.New(s, wire{p.pub.Handler(), sites}, poller.Options{OnDemand: true})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.poll.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := cmp.Or(<-ended, s.Close()); err != nil {
			t.Error(err)
		}
	})
	for _, m := range regexp.MustCompile(`xmlUrl="`+home+`([^"]*)"`).FindAllStringSubmatch(string(p.pub.OPML(home)), -1) {
		p.paths = append(p.paths, m[1])
	}
	for _, path := range p.paths {
		as, err := p.poll.Subscribe(ctx, []feed.Wish{{URL: home + path}})
		if err != nil {
			t.Fatal(err)
		}
		p.feeds[path] = as[0].Subscription.ID
	}
	return p
}

// read polls feeds, all of them at once.
func (p *press) read(paths ...string) {
	p.Helper()
	var ids []uint64
	for _, path := range paths {
		ids = append(ids, p.feeds[path])
	}
	err := p.poll.Poll(p.Context(), feed.PollRequest{Feeds: ids, Force: true}, func(int) {}, func(feed.Outcome) {})
	if err != nil {
		p.Fatal(err)
	}
}

// stories are what the reader has now, by each of their sources: "outlet/item".
func (p *press) stories() map[string]feed.Full {
	p.Helper()
	page, err := p.store.Stories(p.Context(), feed.Query{Limit: 500})
	if err != nil || page.More {
		p.Fatalf("read the river: %v, more: %v", err, page.More)
	}
	told := map[string]feed.Full{}
	for _, h := range page.Stories {
		f, err := p.store.Story(p.Context(), h.ID)
		if err != nil {
			p.Fatal(err)
		}
		for _, m := range f.Members {
			told[source(m)] = f
		}
	}
	return told
}

// source names an entry: the outlet that has it, and the item at its address.
func source(m feed.Member) string {
	outlet, err1 := url.Parse(m.Outlet.URL)
	item, err2 := url.Parse(m.Entry.URL)
	if err := cmp.Or(err1, err2); err != nil {
		return err.Error()
	}
	path := strings.Split(strings.Trim(strings.TrimSuffix(item.Path, "/amp"), "/"), "/")
	return strings.Split(outlet.Path, "/")[1] + "/" + path[len(path)-1]
}

func sources(f feed.Full) []string {
	var all []string
	for _, m := range f.Members {
		all = append(all, source(m))
	}
	slices.Sort(all)
	return all
}

// wire is the network: the publisher without a socket.
type wire struct {
	h     http.Handler
	sites bool // each outlet is on a site of its own
}

var outlets = regexp.MustCompile(home + `/([a-z-]+)/`)

func (w wire) Get(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, httptest.NewRequestWithContext(ctx, http.MethodGet, r.URL, nil))
	if rec.Code != http.StatusOK {
		return nil, &fetch.Error{Kind: feed.FailureTemporary, URL: r.URL, Status: rec.Code, Err: fmt.Errorf("status %d", rec.Code)}
	}
	b := rec.Body.Bytes()
	if w.sites {
		b = outlets.ReplaceAll(b, []byte("https://$1.example/$1/"))
	}
	return &fetch.Response{Status: 200, URL: r.URL, Body: b, Hash: sha256.Sum256(b), ContentType: rec.Header().Get("Content-Type")}, nil
}
