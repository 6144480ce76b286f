package websub

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/feed"
)

const (
	public = "https://news.example"
	topic  = "https://quay.example/feed"
	hubURL = "https://hub.example/"
)

// world is a subscriber with a store, a poller and hubs that are all of memory.
type world struct {
	t      *testing.T
	sub    *Subscriber
	store  *memory
	poller *polls
	hubs   *hubs
	stop   context.CancelFunc
	ended  chan struct{}
}

// inWorld runs a test in a bubble, with one feed that names one hub, which is prepared
// before it is asked.
func inWorld(t *testing.T, o Options, f func(w *world), prepare ...func(h *hubs)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, store: newMemory(), poller: &polls{}, hubs: &hubs{answer: map[string]int{}, verify: true}}
		w.store.follow(hubbed())
		for _, p := range prepare {
			p(w.hubs)
		}
		w.start(o)
		defer func() { w.end() }()
		f(w)
	})
}

// start runs a subscriber on what the store has.
func (w *world) start(o Options) {
	w.t.Helper()
	if o.PublicURL == "" {
		o.PublicURL = public
	}
	o.Transport = func(origin string) http.RoundTripper {
		w.hubs.origin(origin)
		return w.hubs
	}
	w.sub = New(w.store, w.poller, o)
	w.hubs.subscriber(w.sub)
	ctx, cancel := context.WithCancel(context.Background())
	w.stop, w.ended = cancel, make(chan struct{})
	go func() {
		defer close(w.ended)
		if err := w.sub.Run(ctx); err != nil {
			w.t.Error(err)
		}
	}()
	synctest.Wait()
}

func (w *world) end() {
	w.stop()
	<-w.ended
}

// pass lets time go by, and what it brings.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// lease is the only lease that isn't ending.
func (w *world) lease() feed.PushLease {
	w.t.Helper()
	var live []feed.PushLease
	ls, _ := w.store.Leases(context.Background())
	for _, l := range ls {
		if !l.Ending {
			live = append(live, l)
		}
	}
	if len(live) != 1 {
		w.t.Fatalf("there are %d leases: %+v", len(live), live)
	}
	return live[0]
}

// ask sends a hub's question to a callback, and gives status and body.
func (w *world) ask(callback string, pairs ...string) (int, string) {
	w.t.Helper()
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	rec := httptest.NewRecorder()
	w.sub.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, callback+"?"+q.Encode(), nil))
	synctest.Wait()
	return rec.Code, rec.Body.String()
}

// send posts a document to a callback, signed with a method if one is named.
func (w *world) send(callback, secret, method, body string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, callback, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/atom+xml")
	if method != "" {
		r.Header.Set("X-Hub-Signature", signature(secret, method, body))
	}
	rec := httptest.NewRecorder()
	w.sub.ServeHTTP(rec, r)
	synctest.Wait()
	return rec
}

func signature(secret, method, body string) string {
	sign := map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}[method]
	if sign == nil {
		sign = sha256.New
	}
	mac := hmac.New(sign, []byte(secret))
	mac.Write([]byte(body))
	return method + "=" + hex.EncodeToString(mac.Sum(nil))
}

// hubbed is the feed of most tests.
func hubbed() feed.Hubbed {
	return feed.Hubbed{Feed: 1, URL: topic, Topic: topic, Hubs: []string{hubURL}}
}

// silent makes hubs that never ask back by themselves.
func silent(h *hubs) { h.verify = false }

// hubs answer requests, and ask back if verify says so.
type hubs struct {
	mu      sync.Mutex
	sub     *Subscriber
	forms   []url.Values // as they came, with the hub's address as "hub"
	times   []time.Time
	origins []string
	answer  map[string]int // status by address; 202 without
	to      string         // Location of redirects
	verify  bool           // whether requests are asked back for, at once
	seconds string         // lease that is promised; "": as it was asked for
	said    string         // what a cloud answers; "": what is true
	slow    time.Duration  // how long a cloud takes
	tests   []int          // if not nil, a cloud tries callbacks by a ping, and notes the answers here
}

func (h *hubs) subscriber(s *Subscriber) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sub = s
}

func (h *hubs) origin(o string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.origins = append(h.origins, o)
}

func (h *hubs) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	form, err := url.ParseQuery(string(body))
	if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.Header.Get("User-Agent") == "" {
		return nil, errors.New("no form, or of nobody")
	}
	form.Set("hub", r.URL.String())
	h.mu.Lock()
	h.forms, h.times = append(h.forms, form), append(h.times, time.Now())
	status, to, verify, sub, seconds := h.answer[r.URL.String()], h.to, h.verify, h.sub, h.seconds
	h.mu.Unlock()
	if status == 0 {
		status = http.StatusAccepted
	}
	if form.Has("url1") {
		return h.cloud(r, sub, form, status)
	}
	if status/100 == 2 && verify {
		h.askBack(sub, form, seconds)
	}
	header := http.Header{}
	if status/100 == 3 {
		header.Set("Location", to)
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(make([]byte, 64<<10)))}, nil
}

func (h *hubs) askBack(sub *Subscriber, form url.Values, seconds string) {
	q := url.Values{"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"], "hub.challenge": {"challenge"}}
	if form.Get("hub.mode") == subscribe {
		q.Set("hub.lease_seconds", form.Get("hub.lease_seconds"))
	}
	if seconds != "" {
		q.Set("hub.lease_seconds", seconds)
	}
	sub.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, form.Get("hub.callback")+"?"+q.Encode(), nil))
}

func (h *hubs) set(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
}

// all are the requests since the last call.
func (h *hubs) all() []url.Values {
	h.mu.Lock()
	defer h.mu.Unlock()
	fs := h.forms
	h.forms = nil
	return fs
}

// memory is a store.
type memory struct {
	mu      sync.Mutex
	feeds   map[uint64]feed.Hubbed
	leases  map[string]feed.PushLease
	changed chan struct{}
}

func newMemory() *memory {
	return &memory{feeds: map[uint64]feed.Hubbed{}, leases: map[string]feed.PushLease{}, changed: make(chan struct{})}
}

func (m *memory) follow(fs ...feed.Hubbed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range fs {
		m.feeds[f.Feed] = f
	}
	close(m.changed)
	m.changed = make(chan struct{})
}

// leave removes a feed, or pauses it: the subscriber can't tell.
func (m *memory) leave(id uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.feeds, id)
	close(m.changed)
	m.changed = make(chan struct{})
}

func (m *memory) Changed() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changed
}

func (m *memory) Hubs(context.Context) ([]feed.Hubbed, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Values(m.feeds), func(a, b feed.Hubbed) int { return int(a.Feed) - int(b.Feed) }), nil
}

func (m *memory) Leases(context.Context) ([]feed.PushLease, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Values(m.leases)), nil
}

func (m *memory) PutLeases(_ context.Context, ls ...feed.PushLease) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range ls {
		m.leases[l.Callback] = l
	}
	return nil
}

func (m *memory) DropLeases(_ context.Context, callbacks ...string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range callbacks {
		delete(m.leases, c)
	}
	return nil
}

// polls is a poller that remembers what it was given.
type polls struct {
	mu       sync.Mutex
	pushed   []feed.Pushed
	unpushed []uint64
	asked    []uint64
	busy     bool     // none can be polled now
	quick    func()   // if set, polls a feed at once
	turns    []string // addresses whose turn was waited for
	ends     []int    // and how they answered
	err      error
	hold     chan struct{} // if set, pushes wait for it
}

func (p *polls) Push(ctx context.Context, d feed.Pushed) (feed.Outcome, error) {
	p.mu.Lock()
	hold := p.hold
	p.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return feed.Outcome{}, ctx.Err()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pushed = append(p.pushed, d)
	return feed.Outcome{Feed: d.Feed, Pushed: true}, p.err
}

func (p *polls) Unpushed(_ context.Context, ids ...uint64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unpushed = append(p.unpushed, ids...)
	return nil
}

func (p *polls) Turn(_ context.Context, address string) (func(int, time.Duration), error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turns = append(p.turns, address)
	return func(status int, _ time.Duration) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.ends = append(p.ends, status)
	}, nil
}

func (p *polls) Refresh(_ context.Context, ids []uint64) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy {
		return 0, nil
	}
	p.asked = append(p.asked, ids...)
	if p.quick != nil {
		p.quick()
	}
	return len(ids), nil
}

func (p *polls) documents() []feed.Pushed {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.pushed)
}

func (p *polls) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// one is any lease.
func (m *memory) one() feed.PushLease {
	ls, _ := m.Leases(context.Background())
	return ls[0]
}

// raw sends a request as it is.
func (w *world) raw(r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.sub.ServeHTTP(rec, r)
	synctest.Wait()
	return rec
}

// told are the feeds that are no longer pushed, as the poller was told.
func (p *polls) told() []uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.unpushed)
}

// refreshed are the feeds that were to be polled.
func (p *polls) refreshed() []uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

// namers are the feeds by whose rules hubs were asked.
func (h *hubs) namers() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.origins)
}

// when hubs were asked.
func (h *hubs) when() []time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.times)
}
