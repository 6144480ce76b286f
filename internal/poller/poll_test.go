package poller

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// web is an invented network: it answers every address with a feed of a few
// items, takes its time, and remembers who asked when.
type web struct {
	mu      sync.Mutex
	latency time.Duration
	asked   map[string][]time.Time // by site
	running map[string]int
	most    int // requests in flight at one site
	answer  func(r fetch.Request) (*fetch.Response, error)
}

func newWeb() *web {
	return &web{asked: map[string][]time.Time{}, running: map[string]int{}, latency: 300 * time.Millisecond}
}

func (w *web) Get(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	site := fetch.Site(r.URL)
	w.mu.Lock()
	w.asked[site] = append(w.asked[site], time.Now())
	w.running[site]++
	w.most = max(w.most, w.running[site])
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.running[site]--
		w.mu.Unlock()
	}()
	select {
	case <-time.After(w.latency):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if w.answer != nil {
		return w.answer(r)
	}
	return document(r.URL, r.URL, 3), nil
}

func (w *web) requests() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, ts := range w.asked {
		n += len(ts)
	}
	return n
}

// at gives when a site was asked.
func (w *web) at(site string) []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked[site])
}

// document is a feed of n items whose guids, addresses and texts begin with seed.
func document(url, seed string, n int) *fetch.Response {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<rss version="2.0"><channel><title>Feed %s</title><link>%s</link><description>d</description>`, url, url)
	for i := range n {
		fmt.Fprintf(&b, `<item><guid>%s#%d</guid><title>Item %d of %s</title><link>%s/item/%d</link><description>A text of item %d that nobody but %s has ever told in so many words as these.</description></item>`,
			seed, i, i, seed, url, i, i, seed)
	}
	b.WriteString(`</channel></rss>`)
	return &fetch.Response{Status: 200, URL: url, Body: b.Bytes(), Hash: sha256.Sum256(b.Bytes()), ContentType: "application/rss+xml", ETag: `"1"`}
}

// open makes a store in a temporary folder; its Check runs when the test ends.
func open(t testing.TB) *boltstore.Store {
	t.Helper()
	s, err := boltstore.Open(filepath.Join(t.TempDir(), "d.db"), boltstore.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r, err := s.Check(context.Background())
		if err != nil || len(r.Problems) > 0 {
			t.Errorf("check: %v %v", r.Problems, err)
		}
		s.Close()
	})
	return s
}

// start runs a poller until the returned function is called.
func start(t testing.TB, s Store, w Fetcher, o Options) (*Poller, func()) {
	t.Helper()
	p := New(s, w, o)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	return p, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	}
}

func wish(t *testing.T, p *Poller, urls ...string) []feed.Addition {
	t.Helper()
	ws := make([]feed.Wish, len(urls))
	for i, u := range urls {
		ws[i] = feed.Wish{URL: u}
	}
	adds, err := p.Subscribe(t.Context(), ws)
	if err != nil {
		t.Fatal(err)
	}
	return adds
}

func stats(t *testing.T, s *boltstore.Store) feed.Stats {
	t.Helper()
	st, err := s.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestASiteIsAskedOneAtATimeWithAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		var urls []string
		for i := range 12 {
			urls = append(urls, fmt.Sprintf("https://blog%d.crowd.example/feed", i), fmt.Sprintf("https://alone%d.example/feed", i))
		}
		wish(t, p, urls...)
		time.Sleep(5 * time.Second)
		if n := w.requests(); n < 12+5 || n > 12+6 {
			t.Errorf("%d requests after 5 s; want those of 12 sites and 5 or 6 of the crowd", n)
		}
		time.Sleep(20 * time.Second)
		stop()
		for site, ts := range w.asked {
			for i := 1; i < len(ts); i++ {
				if gap := ts[i].Sub(ts[i-1]); gap < time.Second {
					t.Errorf("%s was asked twice within %v", site, gap)
				}
			}
		}
		if w.most != 1 || w.requests() != 24 {
			t.Errorf("%d at a time, %d requests; want 1 and 24", w.most, w.requests())
		}
		if st := stats(t, s); st.Entries != 72 || st.Stories != 72 {
			t.Errorf("stored %+v, want 72 entries in as many stories", st)
		}
	})
}

func TestTwoCopiesOfOneSecondMeet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.answer = func(r fetch.Request) (*fetch.Response, error) { return document(r.URL, "the wire", 3), nil }
		p, stop := start(t, s, w, Options{})
		wish(t, p, "https://a.example/feed", "https://b.example/feed", "https://c.example/feed")
		time.Sleep(10 * time.Second)
		stop()
		st := stats(t, s)
		if st.Entries != 9 || st.Stories != 3 || st.Copies != 6 || st.Unread != 3 {
			t.Errorf("%+v, want 9 entries in 3 stories", st)
		}
	})
}

func TestTheIndexSurvivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.answer = func(r fetch.Request) (*fetch.Response, error) { return document(r.URL, "the wire", 3), nil }
		p, stop := start(t, s, w, Options{})
		wish(t, p, "https://a.example/feed")
		time.Sleep(5 * time.Second)
		stop()
		p, stop = start(t, s, w, Options{})
		wish(t, p, "https://b.example/feed")
		time.Sleep(5 * time.Second)
		stop()
		if st := stats(t, s); st.Stories != 3 || st.Copies != 3 {
			t.Errorf("%+v, want 3 stories of 2 copies", st)
		}
	})
}

func TestAFeedComesBackByItsSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		wish(t, p, "https://a.example/feed")
		time.Sleep(10 * time.Hour)
		stop()
		if n := w.requests(); n < 9 || n > 11 {
			t.Errorf("%d requests in 10 hours, want about one an hour", n)
		}
		ts := w.asked["a.example"]
		for i := 1; i < len(ts); i++ {
			if gap := ts[i].Sub(ts[i-1]); gap < time.Hour {
				t.Errorf("asked again after %v", gap)
			}
		}
	})
}

func TestRetryAfterIsObeyedAndSilencesNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.answer = func(r fetch.Request) (*fetch.Response, error) {
			if r.URL == "https://a.example/feed" {
				return nil, &fetch.Error{Kind: feed.FailureLimited, Status: 429, RetryAfter: 5 * time.Hour, URL: r.URL, Err: fmt.Errorf("slow down")}
			}
			return document(r.URL, r.URL, 1), nil
		}
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		wish(t, p, "https://a.example/feed")
		time.Sleep(2 * time.Second)
		wish(t, p, "https://b.example/feed", "https://a.example/other")
		time.Sleep(time.Minute)
		if len(w.at("b.example")) != 1 || len(w.at("a.example")) != 1 {
			t.Errorf("requests %v: b must be asked, a's site must rest", w.at("a.example"))
		}
		err := p.Poll(t.Context(), feed.PollRequest{All: true, Force: true}, func(int) {}, func(o feed.Outcome) {
			if o.URL == "https://a.example/feed" && o.Status != "waiting" {
				t.Errorf("forced poll of a waiting feed: %+v", o)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(siteRest + 2*time.Minute)
		if n := len(w.at("a.example")); n != 2 {
			t.Fatalf("a's site was asked %d times; its other feed must be asked after the site's rest", n)
		}
		if rested := w.at("a.example")[1].Sub(w.at("a.example")[0]); rested < siteRest || rested > siteRest+3*time.Minute {
			t.Errorf("the site rested for %v, want %v", rested, siteRest)
		}
		stop()
	})
}

func TestStopDropsPollsInFlightAndTheirClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.latency = 30 * time.Second
		p, stop := start(t, s, w, Options{})
		wish(t, p, "https://a.example/feed", "https://b.example/feed")
		time.Sleep(time.Second)
		stop()
		if st := stats(t, s); st.Entries != 0 {
			t.Errorf("%d entries of dropped polls", st.Entries)
		}
		due, ok, err := s.NextDue(t.Context())
		if err != nil || !ok || due.After(time.Now()) {
			t.Errorf("next due %v %v %v: the claims must lapse at once", due, ok, err)
		}
		w.latency = time.Second
		_, stop = start(t, s, w, Options{})
		time.Sleep(3 * time.Second)
		stop()
		if st := stats(t, s); st.Entries != 6 {
			t.Errorf("%d entries after the restart, want 6", st.Entries)
		}
	})
}

func TestOnDemandPollsOnlyWhatIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		p, stop := start(t, s, w, Options{OnDemand: true})
		adds := wish(t, p, "https://a.example/feed", "https://b.example/feed", "https://c.example/feed")
		time.Sleep(time.Hour)
		if n := w.requests(); n != 0 {
			t.Fatalf("%d requests without being asked", n)
		}
		var got []feed.Outcome
		err := p.Poll(t.Context(), feed.PollRequest{Feeds: []uint64{adds[1].Subscription.ID}}, func(int) {}, func(o feed.Outcome) { got = append(got, o) })
		if err != nil || len(got) != 1 || got[0].New != 3 || w.requests() != 1 {
			t.Errorf("outcomes %+v, %d requests, %v", got, w.requests(), err)
		}
		stop()
	})
}

func TestManualPollsKeepTheFloor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		p, stop := start(t, s, w, Options{})
		wish(t, p, "https://a.example/feed")
		time.Sleep(2 * time.Second)
		if n, err := p.Refresh(t.Context(), nil); n != 0 || err != nil {
			t.Errorf("refreshed %d feeds 2 s after their poll, %v", n, err)
		}
		time.Sleep(manualFloor)
		if n, err := p.Refresh(t.Context(), nil); n != 1 || err != nil {
			t.Errorf("refreshed %d feeds after the floor, %v", n, err)
		}
		time.Sleep(2 * time.Second)
		if n := w.requests(); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
		stop()
	})
}

func TestProgressOfTheFirstPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.latency = 2 * time.Second
		p, stop := start(t, s, w, Options{Workers: 2})
		wish(t, p, "https://a.example/feed", "https://b.example/feed", "https://c.example/feed", "https://d.example/feed")
		time.Sleep(time.Second)
		if pr := p.Progress(); !pr.First || !pr.Running || pr.Total != 4 || pr.Done != 0 {
			t.Errorf("at the start: %+v", pr)
		}
		time.Sleep(2 * time.Second)
		if pr := p.Progress(); !pr.First || pr.Total != 4 || pr.Done != 2 || pr.New != 6 {
			t.Errorf("half way: %+v", pr)
		}
		time.Sleep(5 * time.Second)
		if pr := p.Progress(); pr.First || pr.Running {
			t.Errorf("at the end: %+v", pr)
		}
		stop()
	})
}

// flaky is a store that can't write now and then.
type flaky struct {
	*boltstore.Store
	mu     sync.Mutex
	fail   int    // so many commits fail
	poison string // and those with a new entry of this title
}

func (f *flaky) Commit(ctx context.Context, hs []feed.Harvest) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, h := range hs {
		for _, a := range h.Arrivals {
			if f.poison != "" && a.Entry.Title == f.poison {
				return fmt.Errorf("poison")
			}
		}
	}
	if f.fail > 0 {
		f.fail--
		return fmt.Errorf("no space left on device")
	}
	return f.Store.Commit(ctx, hs)
}

// onlyWhole answers with the wire's document, and fails where validators are sent.
func onlyWhole(r fetch.Request) (*fetch.Response, error) {
	if r.ETag != "" {
		return nil, &fetch.Error{Kind: feed.FailureTemporary, Err: fmt.Errorf("asked conditionally although nothing was stored")}
	}
	return document(r.URL, "the wire", 3), nil
}

func TestAFailedCommitIsRepeatedAndLeavesNoTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.answer = onlyWhole
		p, stop := start(t, &flaky{Store: s, fail: 5}, w, Options{})
		wish(t, p, "https://a.example/feed", "https://b.example/feed")
		time.Sleep(5 * time.Second)
		if st := stats(t, s); st.Entries != 0 {
			t.Fatalf("%+v after failed commits", st)
		}
		time.Sleep(lease + 5*time.Minute)
		stop()
		if st := stats(t, s); st.Entries != 6 || st.Stories != 3 {
			t.Errorf("%+v, want 6 entries in 3 stories", st)
		}
	})
}

func TestAFullDiskIsNotAReasonToHammerPublishers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.answer = onlyWhole
		p, stop := start(t, &flaky{Store: s, fail: 1 << 30}, w, Options{})
		wish(t, p, "https://a.example/feed", "https://b.example/feed", "https://c.example/feed")
		time.Sleep(24 * time.Hour)
		stop()
		if n := w.requests(); n > 3+26 {
			t.Errorf("%d requests in a day in which nothing could be stored", n)
		}
	})
}

func TestAHarvestThatCantBeStoredCostsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		p, stop := start(t, &flaky{Store: s, poison: "Item 1 of https://b.example/feed"}, w, Options{})
		adds := wish(t, p, "https://a.example/feed", "https://b.example/feed", "https://c.example/feed")
		time.Sleep(30 * time.Minute)
		stop()
		f, err := s.Subscription(t.Context(), adds[1].Subscription.ID)
		if err != nil || f.State.Failures != 1 || f.State.ETag != "" {
			t.Errorf("the poisoned feed: %+v, %v", f.State, err)
		}
		if st := stats(t, s); st.Entries != 6 || w.requests() != 3 {
			t.Errorf("%+v and %d requests; want the entries of the two others, and no request more", st, w.requests())
		}
	})
}

func TestRemovedFeedsTakeTheirCopiesOutOfTheIndex(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.answer = func(r fetch.Request) (*fetch.Response, error) { return document(r.URL, "the wire", 3), nil }
		p, stop := start(t, s, w, Options{})
		adds := wish(t, p, "https://a.example/feed")
		time.Sleep(5 * time.Second)
		if err := p.Remove(t.Context(), adds[0].Subscription.ID); err != nil {
			t.Fatal(err)
		}
		wish(t, p, "https://b.example/feed")
		time.Sleep(5 * time.Second)
		stop()
		if st := stats(t, s); st.Feeds != 1 || st.Entries != 3 || st.Stories != 3 || st.Copies != 0 {
			t.Errorf("%+v, want 3 stories of the one feed left", st)
		}
	})
}

func TestAPollEndsThoughItsFeedIsRemovedOrPaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.latency = 20 * time.Second
		p, stop := start(t, s, w, Options{Workers: 1})
		adds := wish(t, p, "https://a.example/feed", "https://b.example/feed", "https://c.example/feed")
		time.Sleep(time.Second)
		got := map[string]string{}
		ended := make(chan error)
		go func() {
			ended <- p.Poll(t.Context(), feed.PollRequest{All: true}, func(int) {}, func(o feed.Outcome) { got[o.URL+o.Error] = o.Status })
		}()
		time.Sleep(time.Second)
		yes := true
		for _, a := range adds {
			if len(w.at(a.Subscription.Site)) > 0 {
				continue // the one in flight
			}
			if _, err := p.Change(t.Context(), a.Subscription.ID, feed.Change{Paused: &yes}); err != nil {
				t.Fatal(err)
			}
			if err := p.Remove(t.Context(), a.Subscription.ID); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(5 * time.Minute)
		select {
		case err := <-ended:
			if err != nil || len(got) == 0 {
				t.Errorf("outcomes %v, %v", got, err)
			}
		default:
			t.Error("the poll waits for ever")
		}
		stop()
	})
}

func TestTheFirstPollIsOverWhenAFeedIsPaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		p, stop := start(t, s, w, Options{SiteGap: time.Hour})
		adds := wish(t, p, "https://one.a.example/feed", "https://two.a.example/feed")
		time.Sleep(time.Minute)
		yes := true
		for _, a := range adds {
			if _, err := p.Change(t.Context(), a.Subscription.ID, feed.Change{Paused: &yes}); err != nil {
				t.Fatal(err)
			}
		}
		if pr := p.Progress(); pr.First {
			t.Errorf("%+v: nobody waits for a first poll", pr)
		}
		no := false
		for _, a := range adds {
			p.Change(t.Context(), a.Subscription.ID, feed.Change{Paused: &no})
		}
		if pr := p.Progress(); !pr.First {
			t.Errorf("%+v: one feed was resumed before its first poll", pr)
		}
		stop()
	})
}

func TestDiscoveryServesTheFirstPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		for _, u := range []string{"https://a.example/feed", "https://a.example/other"} {
			found, err := p.Discover(t.Context(), u)
			if err != nil {
				t.Fatal(err)
			}
			wish(t, p, found[0].URL)
		}
		time.Sleep(time.Minute)
		stop()
		ts := w.at("a.example")
		if len(ts) != 2 || ts[1].Sub(ts[0]) < time.Second || stats(t, s).Entries != 6 {
			t.Errorf("asked at %v; want each feed once, a second apart, and 6 entries", ts)
		}
	})
}

func TestARestingSiteHoldsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.answer = func(r fetch.Request) (*fetch.Response, error) {
			if fetch.Site(r.URL) == "crowd.example" {
				return nil, &fetch.Error{Kind: feed.FailureLimited, Status: 429, RetryAfter: 5 * time.Hour, URL: r.URL, Err: fmt.Errorf("slow down")}
			}
			return document(r.URL, r.URL, 1), nil
		}
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		var urls []string
		for i := range 8 {
			urls = append(urls, fmt.Sprintf("https://blog%d.crowd.example/feed", i), fmt.Sprintf("https://alone%d.example/feed", i))
		}
		wish(t, p, urls...)
		time.Sleep(4*time.Hour + 50*time.Minute)
		stop()
		if n := len(w.at("crowd.example")); n > 8 {
			t.Errorf("the crowd's 8 feeds were asked %d times within their Retry-After", n)
		}
		for i := range 8 {
			ts := w.at(fmt.Sprintf("alone%d.example", i))
			for k := 1; k < len(ts); k++ {
				if gap := ts[k].Sub(ts[k-1]); gap > 67*time.Minute {
					t.Errorf("alone%d waited for %v behind the resting site", i, gap)
				}
			}
		}
	})
}

func TestASlowSiteIsAskedOnceForEachFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.latency = 45 * time.Second
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		var urls []string
		for i := range 30 {
			urls = append(urls, fmt.Sprintf("https://blog%d.crowd.example/feed", i))
		}
		wish(t, p, urls...)
		time.Sleep(55 * time.Minute)
		stop()
		if n := w.requests(); n != 30 || stats(t, s).Entries != 90 {
			t.Errorf("%d requests, %d entries; want 30 and 90, though the leases lapse in the queue", n, stats(t, s).Entries)
		}
	})
}

func TestAPanicIsOneFeedsFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.answer = func(r fetch.Request) (*fetch.Response, error) {
			if r.URL == "https://bomb.example/feed" {
				panic("a decoder's fault")
			}
			return document(r.URL, r.URL, 1), nil
		}
		p, stop := start(t, s, w, Options{})
		adds := wish(t, p, "https://bomb.example/feed", "https://a.example/feed")
		time.Sleep(time.Minute)
		stop()
		f, err := s.Subscription(t.Context(), adds[0].Subscription.ID)
		if err != nil || f.State.Failures != 1 || stats(t, s).Entries != 1 {
			t.Errorf("state %+v, %v", f.State, err)
		}
	})
}

func TestALatePollOfAnOldAddressChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.answer = func(r fetch.Request) (*fetch.Response, error) {
			if r.URL == "https://old.example/feed" {
				time.Sleep(30 * time.Second)
				return nil, &fetch.Error{Kind: feed.FailureGone, Status: 410, URL: r.URL, Err: fmt.Errorf("gone")}
			}
			return document(r.URL, r.URL, 3), nil
		}
		p, stop := start(t, s, w, Options{})
		id := wish(t, p, "https://old.example/feed")[0].Subscription.ID
		time.Sleep(5 * time.Second)
		u := "https://new.example/feed"
		if _, err := p.Change(t.Context(), id, feed.Change{URL: &u}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		stop()
		f, err := s.Subscription(t.Context(), id)
		if err != nil || f.State.Gone || f.State.Failures != 0 || f.Entries != 3 {
			t.Errorf("%+v, %d entries, %v: the old address's 410 must not count", f.State, f.Entries, err)
		}
	})
}

func TestTheLiveIndexAnswersLikeARestoredOne(t *testing.T) {
	for _, restart := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s, w := open(t), newWeb()
			var seed atomic.Value
			seed.Store("first words")
			w.answer = func(r fetch.Request) (*fetch.Response, error) {
				d := document(r.URL, seed.Load().(string), 3)
				if r.URL == "https://wire.example/feed" { // the same guids and addresses, whatever the words
					d = document(r.URL, "wire", 3)
					d.Body = bytes.ReplaceAll(d.Body, []byte("but wire has"), []byte("but "+seed.Load().(string)+" has"))
					d.Hash = sha256.Sum256(d.Body)
				}
				return d, nil
			}
			p, stop := start(t, s, w, Options{})
			wish(t, p, "https://wire.example/feed")
			time.Sleep(10 * time.Second)
			seed.Store("second words")
			time.Sleep(70 * time.Minute)
			if restart {
				stop()
				p, stop = start(t, s, w, Options{})
			}
			wish(t, p, "https://b.example/feed")
			time.Sleep(10 * time.Second)
			stop()
			if st := stats(t, s); st.Stories != 3 || st.Copies != 3 {
				t.Errorf("restart %v: %+v; want the revised texts to have met their copies", restart, st)
			}
		})
	}
}

func TestARestingSiteIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.answer = func(r fetch.Request) (*fetch.Response, error) {
			if r.URL == "https://one.crowd.example/feed" {
				return nil, &fetch.Error{Kind: feed.FailureLimited, Status: 429, RetryAfter: 5 * time.Hour, URL: r.URL, Err: fmt.Errorf("slow down")}
			}
			return document(r.URL, r.URL, 1), nil
		}
		p, stop := start(t, s, w, Options{})
		wish(t, p, "https://one.crowd.example/feed")
		time.Sleep(2 * time.Second)
		wish(t, p, "https://two.crowd.example/feed", "https://three.crowd.example/feed")
		began := time.Now()
		if _, err := p.Discover(t.Context(), "https://four.crowd.example/"); err == nil {
			t.Error("discovery asks a site that rests")
		}
		waiting := 0
		err := p.Poll(t.Context(), feed.PollRequest{}, func(int) {}, func(o feed.Outcome) {
			if o.Status == "waiting" {
				waiting++
			}
		})
		if err != nil || waiting != 2 || time.Since(began) > time.Minute {
			t.Errorf("%d feeds waiting after %v, %v; want 2 at once", waiting, time.Since(began), err)
		}
		time.Sleep(siteRest + 3*time.Minute)
		stop()
		if n := stats(t, s).Entries; n != 2 || len(w.at("crowd.example")) != 3 {
			t.Errorf("%d entries after %d requests; want the two others asked after the rest", n, len(w.at("crowd.example")))
		}
	})
}

func TestWithoutANetworkFeedsComeBackSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		var up atomic.Bool
		w.answer = func(r fetch.Request) (*fetch.Response, error) {
			if !up.Load() {
				return nil, &fetch.Error{Kind: feed.FailureTemporary, URL: r.URL, Err: fmt.Errorf("no such host")}
			}
			return document(r.URL, r.URL, 1), nil
		}
		p, stop := start(t, s, w, Options{})
		var urls []string
		for i := range 10 {
			urls = append(urls, fmt.Sprintf("https://alone%d.example/feed", i))
		}
		wish(t, p, urls...)
		time.Sleep(3 * time.Minute)
		up.Store(true)
		time.Sleep(5 * time.Minute)
		if n := stats(t, s).Entries; n != 10 {
			t.Errorf("%d feeds came back 5 minutes after the network, want 10", n)
		}
		stop()
	})
}

func TestTheFloorIsLowerForFeedsThatDidNotAnswer(t *testing.T) {
	now := noon
	f := feed.Following{State: feed.State{Polled: now.Add(-time.Minute), Due: now.Add(time.Hour)}}
	if _, not := refusal(f, feed.PollRequest{}, now); !not {
		t.Error("a feed that answered a minute ago may be asked again")
	}
	f.State.Failures, f.State.HTTP = 1, 503
	if _, not := refusal(f, feed.PollRequest{}, now); !not {
		t.Error("a publisher that answered 503 a minute ago may be asked again")
	}
	f.State.HTTP = 0
	if _, not := refusal(f, feed.PollRequest{}, now); not {
		t.Error("a feed that could not be reached a minute ago must wait")
	}
}
