package push

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/feed"
)

const (
	home  = "https://news.example"
	topic = home + "/feed.atom"
)

// world is a hub with a store, a site and callbacks that are all of memory.
type world struct {
	t     *testing.T
	hub   *Hub
	store *memory
	site  *site
	calls *callbacks
	stop  context.CancelFunc
	ended chan struct{}
}

func newWorld(t *testing.T, o Options) *world {
	w := &world{t: t, store: &memory{subs: map[pair]feed.Subscriber{}, changed: make(chan struct{})},
		site: &site{docs: map[string]string{"/feed.atom": "<feed>1</feed>"}}, calls: &callbacks{}}
	w.start(o)
	return w
}

// start runs a hub on what the store has; it ends with the test.
func (w *world) start(o Options) {
	w.t.Helper()
	o.PublicURL, o.Transport = home, w.calls
	hub, err := New(w.store, o)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.hub, w.stop, w.ended = hub, cancel, make(chan struct{})
	go func() {
		defer close(w.ended)
		if err := hub.Run(ctx, w.site); err != nil {
			w.t.Error(err)
		}
	}()
	synctest.Wait()
}

func (w *world) end() {
	w.stop()
	<-w.ended
}

// post sends a form and gives the status.
func (w *world) post(form url.Values) int {
	w.t.Helper()
	req := httptest.NewRequest("POST", "/hub", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	w.hub.ServeHTTP(rec, req)
	synctest.Wait()
	return rec.Code
}

func (w *world) subscribe(callback string, more ...string) {
	w.t.Helper()
	form := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {callback}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	if status := w.post(form); status != http.StatusAccepted {
		w.t.Fatalf("subscribe %s: status %d", callback, status)
	}
}

// publish changes the feed and lets the hub settle.
func (w *world) publish(doc string) {
	w.site.set("/feed.atom", doc)
	w.store.tell()
	w.pass(2 * time.Second)
}

// pass lets time go by, and what it brings.
func (w *world) pass(d time.Duration) {
	w.calls.set(func() {}) // what the test has read until now was read before
	time.Sleep(d)
	synctest.Wait()
}

// site serves documents by path.
type site struct {
	mu   sync.Mutex
	docs map[string]string
	gets int
}

func (s *site) set(path, doc string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.docs[path] = doc
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gets++
	doc, ok := s.docs[r.URL.Path]
	switch {
	case !ok:
		http.Error(w, "no", http.StatusNotFound)
	case doc == "":
		http.Error(w, "broken", http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
		self := home + r.URL.RequestURI()
		if strings.HasPrefix(r.URL.Path, "/alias") {
			self = topic
		}
		w.Header().Set("Link", "<"+home+`/hub>; rel="hub", <`+self+`>; rel="self"`)
		if strings.HasSuffix(r.URL.Path, ".html") {
			w.Header().Set("Content-Type", "text/html")
		}
		io.WriteString(w, doc)
	}
}

// memory is a store.
type memory struct {
	mu      sync.Mutex
	subs    map[pair]feed.Subscriber
	changed chan struct{}
	writes  int
	err     error
}

func (m *memory) Subscribers(context.Context) (all []feed.Subscriber, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.subs {
		all = append(all, s)
	}
	return all, nil
}

func (m *memory) PutSubscribers(_ context.Context, subs ...feed.Subscriber) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return m.err
	}
	if len(subs) > 0 {
		m.writes++
	}
	for _, s := range subs {
		m.subs[pair{s.Topic, s.Callback}] = s
	}
	return nil
}

func (m *memory) DropSubscriber(_ context.Context, topic, callback string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.subs, pair{topic, callback})
	return m.err
}

func (m *memory) Changed() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changed
}

func (m *memory) tell() {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.changed)
	m.changed = make(chan struct{})
}

func (m *memory) kept() map[pair]feed.Subscriber {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.subs)
}

// callbacks are the subscribers' side. A question is answered with its challenge.
type callbacks struct {
	mu     sync.Mutex
	gets   []*http.Request
	posts  []*http.Request
	bodies []string
	at     []time.Time // of posts
	most   int         // at once
	now    int

	status    int           // of answers to posts; 0: 204
	after     string        // Retry-After of these
	challenge string        // given instead of the right one
	took      time.Duration // until a post is answered
	err       error
}

func (c *callbacks) set(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func (c *callbacks) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.now++
	c.most = max(c.most, c.now)
	took, err := c.took, c.err
	c.mu.Unlock()
	defer c.set(func() { c.now-- })
	if took > 0 {
		select {
		case <-time.After(took):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	if err != nil {
		return nil, err
	}
	return c.answer(r)
}

func (c *callbacks) answer(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	res := &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody}
	if r.Method == "GET" {
		c.gets = append(c.gets, r)
		said := r.URL.Query().Get("hub.challenge")
		if c.challenge != "" {
			said = c.challenge
		}
		res.Body = io.NopCloser(strings.NewReader(said))
		return res, nil
	}
	b, err := io.ReadAll(r.Body)
	c.posts, c.bodies, c.at = append(c.posts, r), append(c.bodies, string(b)), append(c.at, time.Now())
	if res.StatusCode = 204; c.status != 0 {
		res.StatusCode = c.status
	}
	if c.after != "" {
		res.Header.Set("Retry-After", c.after)
	}
	return res, err
}

func (c *callbacks) counts() (gets, posts int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.gets), len(c.posts)
}

// hubTest runs f in a bubble of time with a hub.
func hubTest(t *testing.T, o Options, f func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, o)
		f(w)
		w.end()
	})
}

func TestASubscriberGetsWhatAGetWouldGive(t *testing.T) {
	for _, method := range []string{"sha1", "sha256", "sha384", "sha512"} {
		hubTest(t, Options{Signature: method}, func(w *world) {
			w.subscribe("https://them.example/in?keep=1&hub.x=2", "hub.secret", "geheim", "hub.lease_seconds", "3600")
			q := w.calls.gets[0].URL.Query()
			if q.Get("keep") != "1" || q.Get("hub.mode") != "subscribe" || q.Get("hub.topic") != topic || q.Get("hub.lease_seconds") != "3600" || len(q.Get("hub.challenge")) < 20 {
				t.Errorf("the callback was asked %s", w.calls.gets[0].URL)
			}
			w.pass(time.Minute)
			if _, posts := w.calls.counts(); posts != 0 {
				t.Errorf("%d deliveries without a change", posts)
			}
			w.publish("<feed>2</feed>")
			if len(w.calls.posts) != 1 || w.calls.bodies[0] != "<feed>2</feed>" {
				t.Fatalf("deliveries: %q", w.calls.bodies)
			}
			p := w.calls.posts[0]
			mac := hmac.New(methods()[method], []byte("geheim"))
			mac.Write([]byte("<feed>2</feed>"))
			if want := method + "=" + hex.EncodeToString(mac.Sum(nil)); p.Header.Get("X-Hub-Signature") != want {
				t.Errorf("signature %s, want %s", p.Header.Get("X-Hub-Signature"), want)
			}
			if p.URL.String() != "https://them.example/in?keep=1&hub.x=2" || p.Header.Get("Content-Type") != "application/atom+xml; charset=utf-8" ||
				p.Header.Get("Link") != `<https://news.example/hub>; rel="hub", <https://news.example/feed.atom>; rel="self"` {
				t.Errorf("delivery to %s with %v", p.URL, p.Header)
			}
		})
	}
}

func TestWithoutASecretNothingIsSigned(t *testing.T) {
	hubTest(t, Options{}, func(w *world) {
		w.subscribe("https://them.example/in")
		w.publish("2")
		if h := w.calls.posts[0].Header; h.Get("X-Hub-Signature") != "" {
			t.Errorf("signed: %v", h)
		}
	})
}

func TestABurstIsOnePush(t *testing.T) {
	hubTest(t, Options{}, func(w *world) {
		w.subscribe("https://them.example/in")
		for i := range 8 {
			w.site.set("/feed.atom", fmt.Sprint("burst ", i))
			w.store.tell()
			w.pass(500 * time.Millisecond)
		}
		w.pass(2 * time.Second)
		if len(w.calls.bodies) != 1 || w.calls.bodies[0] != "burst 7" {
			t.Errorf("pushed %q, want the last once", w.calls.bodies)
		}
		w.store.tell() // a change that isn't one of the feed
		w.pass(5 * time.Second)
		if len(w.calls.bodies) != 1 {
			t.Errorf("pushed %q, want nothing more", w.calls.bodies)
		}
	})
}

func TestAnEndlessBurstIsPushedAllTheSame(t *testing.T) {
	hubTest(t, Options{}, func(w *world) {
		w.subscribe("https://them.example/in")
		for i := range 100 {
			w.site.set("/feed.atom", fmt.Sprint("burst ", i))
			w.store.tell()
			w.pass(300 * time.Millisecond)
		}
		w.pass(2 * time.Second)
		if n := len(w.calls.bodies); n != 3 || w.calls.bodies[2] != "burst 99" {
			t.Errorf("pushed %q in 30 s, want one each 10 s, and the last", w.calls.bodies)
		}
	})
}

func TestWhatWasNotMeantIsNotDone(t *testing.T) {
	hubTest(t, Options{}, func(w *world) {
		w.calls.set(func() { w.calls.challenge = "something else" })
		w.subscribe("https://them.example/in")
		w.publish("2")
		if len(w.calls.posts) != 0 || len(w.store.kept()) != 0 {
			t.Errorf("a subscription that nobody confirmed is in force")
		}
		w.calls.set(func() { w.calls.challenge = "" })
		w.subscribe("https://them.example/in", "hub.secret", "one")
		w.calls.set(func() { w.calls.challenge = "no" })
		w.subscribe("https://them.example/in", "hub.secret", "two")
		w.post(url.Values{"hub.mode": {"unsubscribe"}, "hub.topic": {topic}, "hub.callback": {"https://them.example/in"}})
		w.pass(2 * time.Second)
		if s := w.store.kept()[pair{topic, "https://them.example/in"}]; s.Secret != "one" {
			t.Errorf("a renewal and an end that nobody confirmed changed it: %+v", s)
		}
	})
}

func TestUnsubscribing(t *testing.T) {
	hubTest(t, Options{}, func(w *world) {
		w.subscribe("https://them.example/in")
		if n := w.hub.Subscribers()[topic]; n != 1 {
			t.Errorf("%d subscribers, want 1", n)
		}
		delete(w.site.docs, "/feed.atom") // one may leave a feed that is no longer there
		if status := w.post(url.Values{"hub.mode": {"unsubscribe"}, "hub.topic": {topic}, "hub.callback": {"https://them.example/in"}}); status != 202 {
			t.Fatalf("unsubscribe: status %d", status)
		}
		if q := w.calls.gets[1].URL.Query(); q.Get("hub.mode") != "unsubscribe" || q.Has("hub.lease_seconds") {
			t.Errorf("the callback was asked %v", q)
		}
		w.publish("2")
		if len(w.calls.posts) != 0 || len(w.store.kept()) != 0 {
			t.Errorf("%d deliveries, kept %v", len(w.calls.posts), w.store.kept())
		}
	})
}

func TestALeaseEnds(t *testing.T) {
	for asked, want := range map[string]time.Duration{
		"": 10 * 24 * time.Hour, "1": 5 * time.Minute, "7200": 2 * time.Hour, "99999999999999999999": 30 * 24 * time.Hour,
	} {
		hubTest(t, Options{}, func(w *world) {
			w.subscribe("https://them.example/in", "hub.lease_seconds", asked)
			if got := w.calls.gets[0].URL.Query().Get("hub.lease_seconds"); got != fmt.Sprint(int(want.Seconds())) {
				t.Errorf("asked for %q, told %s seconds, want %v", asked, got, want)
			}
			w.pass(want - 10*time.Second)
			w.publish("in time")
			w.pass(10 * time.Second)
			w.publish("too late")
			if len(w.calls.bodies) != 1 || len(w.hub.Subscribers()) != 0 {
				t.Errorf("lease %v: pushed %q, subscribers %v", want, w.calls.bodies, w.hub.Subscribers())
			}
			w.pass(2 * time.Second)
			if len(w.store.kept()) != 0 {
				t.Error("the store keeps what has ended")
			}
		})
	}
}

func TestARenewalProlongs(t *testing.T) {
	hubTest(t, Options{}, func(w *world) {
		w.subscribe("https://them.example/in", "hub.lease_seconds", "3600")
		w.pass(50 * time.Minute)
		w.subscribe("https://them.example/in", "hub.lease_seconds", "3600", "hub.secret", "new")
		w.pass(50 * time.Minute)
		w.publish("2")
		if len(w.calls.posts) != 1 || !strings.HasPrefix(w.calls.posts[0].Header.Get("X-Hub-Signature"), "sha256=") {
			t.Errorf("pushed %q", w.calls.bodies)
		}
	})
}

func TestAFailureIsTriedAgainWithTheDocumentOfThatTime(t *testing.T) {
	hubTest(t, Options{}, func(w *world) {
		w.subscribe("https://them.example/in")
		w.calls.set(func() { w.calls.status = 500 })
		w.publish("2")
		w.pass(10 * time.Minute)
		n := len(w.calls.posts)
		if n < 4 || n > 6 { // after 30 s, 1, 2, 4 and 8 minutes
			t.Errorf("%d attempts in 10 minutes: %v", n, w.calls.at)
		}
		for i := 2; i < n; i++ {
			if a, b := w.calls.at[i-1].Sub(w.calls.at[i-2]), w.calls.at[i].Sub(w.calls.at[i-1]); b <= a {
				t.Errorf("wait %v after %v", b, a)
			}
		}
		w.publish("3")
		w.calls.set(func() { w.calls.status = 0 })
		w.pass(20 * time.Minute)
		if last := w.calls.bodies[len(w.calls.bodies)-1]; last != "3" || len(w.calls.bodies) != n+1 {
			t.Errorf("then pushed %q", w.calls.bodies[n:])
		}
		if s := w.store.kept()[pair{topic, "https://them.example/in"}]; !s.Failing.IsZero() {
			t.Error("it still counts as failing")
		}
	})
}

func TestACallbackIsWaitedForAsItAsks(t *testing.T) {
	hubTest(t, Options{}, func(w *world) {
		w.subscribe("https://them.example/in")
		w.calls.set(func() { w.calls.status, w.calls.after = 429, "7200" })
		w.publish("2")
		w.pass(119 * time.Minute)
		if n := len(w.calls.posts); n != 1 {
			t.Errorf("%d attempts before the two hours were over", n)
		}
		w.pass(2 * time.Minute)
		if n := len(w.calls.posts); n != 2 {
			t.Errorf("%d attempts after two hours", n)
		}
	})
}

func TestDeadCallbacksAreDropped(t *testing.T) {
	for what, c := range map[string]struct {
		status int
		err    error
		after  time.Duration
	}{
		"gone": {410, nil, time.Second}, "an error": {500, nil, 80 * time.Hour}, "a redirect": {302, nil, 80 * time.Hour},
		"no connection": {0, errors.New("refused"), 80 * time.Hour},
	} {
		t.Run(what, func(t *testing.T) {
			hubTest(t, Options{}, func(w *world) {
				w.subscribe("https://them.example/in")
				w.calls.set(func() { w.calls.status, w.calls.err = c.status, c.err })
				w.publish("2")
				if c.after > time.Hour && len(w.hub.Subscribers()) == 0 {
					t.Error("dropped at the first failure")
				}
				w.pass(c.after + time.Second)
				if len(w.hub.Subscribers()) != 0 || len(w.store.kept()) != 0 {
					t.Errorf("still there after %v", c.after)
				}
				_, before := w.calls.counts()
				w.publish("3")
				if _, after := w.calls.counts(); after != before {
					t.Error("still called")
				}
			})
		})
	}
}

func TestAFeedThatIsGoneIsDenied(t *testing.T) {
	hubTest(t, Options{}, func(w *world) {
		w.subscribe("https://them.example/in?a=b")
		w.site.set("/feed.atom", "") // a failure of ours is no reason
		w.store.tell()
		w.pass(2 * time.Second)
		if len(w.hub.Subscribers()) != 1 {
			t.Fatal("dropped for a failure of ours")
		}
		w.site.mu.Lock()
		delete(w.site.docs, "/feed.atom")
		w.site.mu.Unlock()
		w.store.tell()
		w.pass(3 * time.Second)
		last := w.calls.gets[len(w.calls.gets)-1].URL.Query()
		if last.Get("hub.mode") != "denied" || last.Get("hub.topic") != topic || last.Get("hub.reason") == "" || last.Get("a") != "b" {
			t.Errorf("the callback was told %v", last)
		}
		if len(w.hub.Subscribers()) != 0 || len(w.store.kept()) != 0 {
			t.Error("still there")
		}
	})
}

func TestARestartKeepsSubscribersAndWhatTheyAreOwed(t *testing.T) {
	hubTest(t, Options{}, func(w *world) {
		w.subscribe("https://them.example/in", "hub.secret", "s")
		w.subscribe("https://other.example/in")
		w.end()
		w.site.set("/feed.atom", "while away")
		w.start(Options{})
		w.pass(2 * time.Second)
		if len(w.calls.bodies) != 2 || w.calls.bodies[0] != "while away" {
			t.Errorf("pushed %q after the restart", w.calls.bodies)
		}
		w.end()
		w.start(Options{})
		w.pass(2 * time.Second)
		if len(w.calls.bodies) != 2 {
			t.Errorf("pushed again: %q", w.calls.bodies)
		}
	})
}

func TestTheEndWaitsForWhatIsUnderWay(t *testing.T) {
	for took, delivered := range map[time.Duration]int{3 * time.Second: 1, 9 * time.Second: 0} {
		hubTest(t, Options{}, func(w *world) {
			w.subscribe("https://them.example/in")
			w.calls.set(func() { w.calls.took = took })
			w.publish("2")
			began := time.Now()
			w.end()
			if d := time.Since(began); d > 5*time.Second {
				t.Errorf("the end took %v", d)
			}
			if len(w.calls.posts) != delivered {
				t.Errorf("%d delivered, want %d", len(w.calls.posts), delivered)
			}
			if s := w.store.kept()[pair{topic, "https://them.example/in"}]; (delivered == 0) != s.Failing.IsZero() && delivered == 0 {
				t.Error("ending counts as a failure of the callback")
			}
			w.calls.set(func() { w.calls.took = 0 })
			w.start(Options{})
			w.pass(2 * time.Second)
			if len(w.calls.posts) != 1 {
				t.Errorf("%d delivered after the restart, want 1 in all", len(w.calls.posts))
			}
		})
	}
}

func TestRequestsUnderWayAreBounded(t *testing.T) {
	hubTest(t, Options{Workers: 5, WorkersOfHost: 2, MostAsked: 1000, MostAskedOfHost: 1000}, func(w *world) {
		for i := range 30 {
			w.subscribe(fmt.Sprintf("https://one.example/%d", i))
			w.subscribe(fmt.Sprintf("https://host%d.example/", i))
		}
		w.calls.set(func() { w.calls.took, w.calls.most = time.Second, 0 })
		w.publish("2")
		w.pass(time.Minute)
		if len(w.calls.posts) != 60 || w.calls.most != 5 {
			t.Errorf("%d deliveries, %d at once; want 60 and 5", len(w.calls.posts), w.calls.most)
		}
		ofOne := map[time.Time]int{}
		for i, p := range w.calls.posts {
			if p.URL.Host == "one.example" {
				if ofOne[w.calls.at[i]]++; ofOne[w.calls.at[i]] > 2 {
					t.Fatal("more than two at once to one host")
				}
			}
		}
		if w.store.writes > 75 { // 60 subscriptions, then the deliveries of a second at a time
			t.Errorf("%d transactions", w.store.writes)
		}
	})
}

func TestLimits(t *testing.T) {
	hubTest(t, Options{Most: 4, MostOfTopic: 3, MostOfHost: 2}, func(w *world) {
		w.site.set("/b.atom", "<feed/>")
		form := func(topic, callback string) url.Values {
			return url.Values{"hub.mode": {"subscribe"}, "hub.topic": {home + topic}, "hub.callback": {callback}}
		}
		for i, c := range []struct {
			topic, callback string
			want            int
		}{
			{"/feed.atom", "https://a.example/1", 202}, {"/feed.atom", "https://a.example/2", 202}, {"/feed.atom", "https://A.example:444/3", 429},
			{"/feed.atom", "https://b.example/1", 202}, {"/feed.atom", "https://c.example/1", 503}, {"/feed.atom", "https://a.example/1", 202},
			{"/b.atom", "https://c.example/1", 202}, {"/b.atom", "https://d.example/1", 503},
		} {
			if got := w.post(form(c.topic, c.callback)); got != c.want {
				t.Errorf("request %d: status %d, want %d", i+1, got, c.want)
			}
		}
	})
	hubTest(t, Options{MostAsked: 3, MostAskedOfHost: 2, WorkersOfHost: 1}, func(w *world) {
		w.calls.set(func() { w.calls.took = time.Minute })
		var got []int
		for i := range 5 {
			got = append(got, w.post(url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {fmt.Sprintf("https://a.example/%d", i)}}))
		}
		if fmt.Sprint(got) != "[202 202 202 429 429]" {
			t.Errorf("statuses %v", got)
		}
	})
}

func TestRequestsThatCantBe(t *testing.T) {
	hubTest(t, Options{}, func(w *world) {
		w.site.set("/page.html", "<p>a page</p>")
		w.site.set("/feed.atom>;rel=x", "<feed/>")
		w.site.set("/alias.atom", "<feed/>")
		ok := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {"https://them.example/in"}}
		for what, c := range map[string]struct {
			name, value string
			want        int
		}{
			"another mode": {"hub.mode", "publish", 400}, "no mode": {"hub.mode", "", 400},
			"no callback": {"hub.callback", "", 400}, "relative": {"hub.callback", "/in", 400}, "ftp": {"hub.callback", "ftp://them.example/", 400},
			"a user": {"hub.callback", "https://me:pw@them.example/", 400}, "a fragment": {"hub.callback", "https://them.example/#x", 400},
			"a line break": {"hub.callback", "https://them.example/\r\nX: y", 400}, "no host": {"hub.callback", "https://:80/", 400},
			"long": {"hub.callback", "https://them.example/" + strings.Repeat("x", 2048), 400}, "not ASCII": {"hub.callback", "https://thém.example/", 400},
			"foreign feed": {"hub.topic", "https://else.example/feed.atom", 404}, "alike": {"hub.topic", home + ".evil.example/feed.atom", 404},
			"no feed": {"hub.topic", home + "/nothing", 404}, "a page": {"hub.topic", home + "/page.html", 404},
			"not its own address": {"hub.topic", home + "/alias.atom", 404},
			"injection":           {"hub.topic", home + "/feed.atom>;rel=x", 404}, "topic with fragment": {"hub.topic", topic + "#x", 404},
			"long secret": {"hub.secret", strings.Repeat("x", 200), 400}, "longest secret": {"hub.secret", strings.Repeat("x", 199), 202},
			"lease of words": {"hub.lease_seconds", "soon", 400}, "lease of nothing": {"hub.lease_seconds", "0", 400}, "negative": {"hub.lease_seconds", "-5", 400},
		} {
			form := maps.Clone(ok)
			form.Set(c.name, c.value)
			if got := w.post(form); got != c.want {
				t.Errorf("%s: status %d, want %d", what, got, c.want)
			}
		}
		for what, c := range map[string]struct {
			method, kind, body string
			want               int
		}{
			"GET": {"GET", "", "", 405}, "JSON": {"POST", "application/json", "{}", 415}, "no type": {"POST", "", "", 415},
			"large":  {"POST", "application/x-www-form-urlencoded", strings.Repeat("a=b&", 5000), 413},
			"broken": {"POST", "application/x-www-form-urlencoded", "hub.mode=%zz", 400},
		} {
			req := httptest.NewRequest(c.method, "/hub", strings.NewReader(c.body))
			req.Header.Set("Content-Type", c.kind)
			rec := httptest.NewRecorder()
			w.hub.ServeHTTP(rec, req)
			if rec.Code != c.want || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/plain") || rec.Body.Len() < 10 {
				t.Errorf("%s: %d %q", what, rec.Code, rec.Body)
			}
		}
	})
}

func TestAStoreThatFailsIsTriedAgain(t *testing.T) {
	hubTest(t, Options{}, func(w *world) {
		w.store.mu.Lock()
		w.store.err = errors.New("disk full")
		w.store.mu.Unlock()
		w.subscribe("https://them.example/in")
		w.pass(5 * time.Second)
		w.store.mu.Lock()
		w.store.err = nil
		w.store.mu.Unlock()
		w.pass(2 * time.Second)
		if len(w.store.kept()) != 1 {
			t.Error("the subscription was not kept in the end")
		}
	})
}

func TestWithoutWhatItNeedsThereIsNoHub(t *testing.T) {
	for _, o := range []Options{{}, {PublicURL: "news.example"}, {PublicURL: home, Signature: "md5"}} {
		if _, err := New(&memory{}, o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
	h, err := New(&memory{}, Options{PublicURL: home + "/"})
	if err != nil || h.URL() != home+"/hub" {
		t.Fatalf("%v, %v", h, err)
	}
	rec := httptest.NewRecorder()
	req := httptest.NewRequest("POST", "/hub", strings.NewReader(url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {"https://a.example/"}}.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if h.ServeHTTP(rec, req); rec.Code != 503 || rec.Header().Get("Retry-After") == "" {
		t.Errorf("before Run: %d, %v", rec.Code, rec.Header())
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add("hub.mode=subscribe&hub.topic=https://news.example/feed.atom&hub.callback=https://a.example/in&hub.lease_seconds=60&hub.secret=x")
	f.Add("hub.mode=unsubscribe&hub.topic=https://news.example/&hub.callback=http://[::1]:80/%0d%0a")
	f.Add("hub.mode=subscribe&hub.callback=%00&hub.topic=https%3A%2F%2Fnews.example%2F%23")
	f.Fuzz(func(t *testing.T, body string) {
		form, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		r, err := parseRequest(form, home)
		var no *refusal
		if err != nil {
			if !errors.As(err, &no) || no.status < 400 || no.text == "" {
				t.Fatalf("%v is no refusal", err)
			}
			return
		}
		u, err := url.Parse(r.callback)
		if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Scheme != "http" && u.Scheme != "https" || r.host != strings.ToLower(u.Hostname()) {
			t.Fatalf("callback %q on %q", r.callback, r.host)
		}
		if !strings.HasPrefix(r.topic, home+"/") || len(r.secret) >= 200 || r.lease < 0 || strings.ContainsAny(r.topic+r.callback, "\r\n <>\"#\x00") {
			t.Fatalf("accepted %+v", r)
		}
		if _, err := http.NewRequest("POST", r.callback, nil); err != nil {
			t.Fatalf("a request to %q can't be made: %v", r.callback, err)
		}
	})
}
