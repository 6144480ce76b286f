package poller

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// bad is an answer that asks us to slow down.
func bad(status int, wait time.Duration) error {
	return &fetch.Error{Kind: feed.FailureLimited, Status: status, RetryAfter: wait, Err: fmt.Errorf("slow down")}
}

func TestASiteThatComplainsIsAskedHalfAsOften(t *testing.T) {
	for _, status := range []int{429, 503} {
		p, now := newPace(time.Second), noon
		for i, want := range []time.Duration{2, 4, 8, 16, 32, 64} {
			p.note("crowd.example", verdict{limited: true}, now.Add(time.Duration(i)*time.Hour))
			if got := p.spacing("crowd.example"); got != want*time.Second {
				t.Errorf("%d: spacing %v after complaint %d, want %v", status, got, i+1, want*time.Second)
			}
		}
		if p.spacing("other.example") != time.Second {
			t.Error("another site is asked less, too")
		}
	}
	p := newPace(time.Second)
	for range 30 {
		p.note("crowd.example", verdict{limited: true}, noon)
	}
	if got := p.spacing("crowd.example"); got != widest {
		t.Errorf("spacing %v, want no more than %v", got, widest)
	}
}

func TestASpacingIsRelaxedSlowly(t *testing.T) {
	p := newPace(time.Second)
	for range 6 {
		p.note("crowd.example", verdict{limited: true}, noon)
	}
	for range relaxAfter - 1 {
		p.note("crowd.example", verdict{}, noon.Add(time.Hour))
	}
	if got := p.spacing("crowd.example"); got != 64*time.Second {
		t.Errorf("spacing %v after less than %d good answers", got, relaxAfter)
	}
	p.note("crowd.example", verdict{}, noon.Add(time.Hour))
	if got := p.spacing("crowd.example"); got < 50*time.Second || got > 52*time.Second {
		t.Errorf("spacing %v after %d good answers, want a fifth less", got, relaxAfter)
	}
	for i := range 40 {
		p.note("crowd.example", verdict{}, noon.Add(time.Duration(i+2)*25*time.Hour))
	}
	if got := p.spacing("crowd.example"); got != time.Second {
		t.Errorf("spacing %v after forty good days", got)
	}
}

func TestWhatASiteTaughtSurvivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.answer = func(r fetch.Request) (*fetch.Response, error) {
			if strings.Contains(r.URL, "a.example") {
				return nil, bad(503, 0)
			}
			return document(r.URL, r.URL, 1), nil
		}
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		wish(t, p, "https://a.example/1", "https://b.example/1")
		time.Sleep(time.Minute)
		learned := p.pace.spacing("a.example")
		stop()
		p, stop = start(t, s, w, Options{SiteGap: time.Second})
		time.Sleep(time.Second)
		if got := p.pace.spacing("a.example"); learned <= time.Second || got != learned {
			t.Errorf("spacing %v after the restart, %v before", got, learned)
		}
		r, err := p.Receipt(t.Context())
		if err != nil || len(r.Sites) != 2 {
			t.Fatalf("%+v %v", r, err)
		}
		for _, x := range r.Sites {
			if limited := x.Site == "a.example"; limited != !x.Complained.IsZero() || limited != (x.Spacing > time.Second) || x.Day.Requests != 1 || (x.Day.Failed == 1) != limited {
				t.Errorf("receipt %+v", x)
			}
		}
		stop()
	})
}

// A feed that answers 429 to every poll, with the longest Retry-After there is, shares
// its site with forty others.
func TestAHostileFeedSilencesOnlyItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		asked := map[string]int{}
		var mu sync.Mutex
		w.answer = func(r fetch.Request) (*fetch.Response, error) {
			mu.Lock()
			asked[r.URL]++
			mu.Unlock()
			if strings.HasSuffix(r.URL, "/hostile") {
				return nil, bad(429, 9000*time.Hour)
			}
			return document(r.URL, r.URL, 1), nil
		}
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		urls, neighbours := []string{"https://crowd.example/hostile"}, 40
		if raceDetector {
			neighbours = 8
		}
		for i := range neighbours {
			urls = append(urls, fmt.Sprintf("https://u%d.crowd.example/feed", i))
		}
		wish(t, p, urls...)
		time.Sleep(24 * 24 * time.Hour)
		stop()
		if n := asked[urls[0]]; n < 3 || n > 5 {
			t.Errorf("the hostile feed was asked %d times in 24 days; want once a week", n)
		}
		for _, u := range urls[1:] {
			if n := asked[u]; n < 24 {
				t.Errorf("%s was asked %d times in 24 days", u, n)
			}
		}
		if got := p.pace.spacing("crowd.example"); got > 2*time.Second {
			t.Errorf("spacing %v: one feed slows its site down", got)
		}
	})
}

func TestARedirectWaitsForTheTurnOfItsTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		var mu sync.Mutex
		var hops []time.Time
		hopping := fetcher(func(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
			resp, err := w.Get(ctx, r)
			if err != nil || !strings.Contains(r.URL, "old") {
				return resp, err
			}
			to := "https://target.example/feed"
			if err := r.Turn(ctx, to); err != nil {
				return nil, err
			}
			mu.Lock()
			hops = append(hops, time.Now())
			mu.Unlock()
			return w.Get(ctx, fetch.Request{URL: to})
		})
		p, stop := start(t, s, hopping, Options{SiteGap: time.Second})
		urls := []string{"https://target.example/own"}
		for i := range 12 {
			urls = append(urls, fmt.Sprintf("https://old%d.example/feed", i))
		}
		wish(t, p, urls...)
		time.Sleep(40 * time.Minute)
		stop()
		if len(hops) != 12 {
			t.Errorf("%d hops, want 12", len(hops))
		}
		ts := w.at("target.example")
		for i := 1; i < len(ts); i++ {
			if gap := ts[i].Sub(ts[i-1]); gap < time.Second {
				t.Errorf("the target of redirects was asked twice within %v", gap)
			}
		}
		if w.most > 1 {
			t.Errorf("%d requests at a time at one site", w.most)
		}
	})
}

// fetcher is a function that fetches.
type fetcher func(context.Context, fetch.Request) (*fetch.Response, error)

func (f fetcher) Get(ctx context.Context, r fetch.Request) (*fetch.Response, error) { return f(ctx, r) }

func TestADrippingFeedHoldsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		drip := fetcher(func(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
			if strings.HasSuffix(r.URL, "/drip") {
				time.Sleep(time.Minute)
				return nil, &fetch.Error{Kind: feed.FailureTemporary, Err: fmt.Errorf("too slow")}
			}
			return w.Get(ctx, r)
		})
		p, stop := start(t, s, drip, Options{SiteGap: time.Second})
		wish(t, p, "https://crowd.example/drip")
		time.Sleep(100 * time.Millisecond)
		wish(t, p, "https://crowd.example/1", "https://crowd.example/2", "https://alone.example/1")
		time.Sleep(2 * time.Second)
		if n := len(w.at("alone.example")); n != 1 {
			t.Errorf("another site's feed was asked %d times within 2 s", n)
		}
		time.Sleep(slowAfter + time.Second)
		if n := len(w.at("crowd.example")); n != 2 {
			t.Errorf("%d feeds of the same site were asked while one drips; want 2", n)
		}
		stop()
	})
}

func TestHundredsOfFetchesAreInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		var mu sync.Mutex
		flying, most := 0, 0
		slow := fetcher(func(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
			mu.Lock()
			flying++
			most = max(most, flying)
			mu.Unlock()
			time.Sleep(5 * time.Second)
			mu.Lock()
			flying--
			mu.Unlock()
			return w.Get(ctx, r)
		})
		p, stop := start(t, s, slow, Options{SiteGap: time.Second})
		var urls []string
		for i := range 400 {
			urls = append(urls, fmt.Sprintf("https://s%d.example/feed", i))
		}
		wish(t, p, urls...)
		time.Sleep(30 * time.Second)
		stop()
		if most < 200 {
			t.Errorf("%d fetches in flight at most", most)
		}
	})
}

// A domain of 3,000 feeds and 20 others: the crowd is asked once a second and spread
// over its interval, and the others wait for none of it.
func TestACrowdIsSpreadAndStarvesNobody(t *testing.T) {
	if raceDetector {
		t.Skip("a crowd takes a minute with the race detector")
	}
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.latency = 10 * time.Millisecond
		w.answer = func(r fetch.Request) (*fetch.Response, error) {
			if r.ETag != "" {
				return &fetch.Response{Status: 304, NotModified: true, URL: r.URL}, nil
			}
			return document(r.URL, r.URL, 1), nil
		}
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		if err := p.SetTimetable(t.Context(), 0, feed.Timetable{Every: time.Hour}); err != nil {
			t.Fatal(err)
		}
		var urls []string
		for i := range 3000 {
			urls = append(urls, fmt.Sprintf("https://u%d.crowd.example/feed", i))
		}
		wish(t, p, urls...)
		time.Sleep(time.Second)
		for i := range 20 {
			wish(t, p, fmt.Sprintf("https://alone%d.example/feed", i))
		}
		time.Sleep(2*time.Hour + 15*time.Minute)
		stop()
		for i := range 20 {
			ts := w.at(fmt.Sprintf("alone%d.example", i))
			if len(ts) < 2 {
				t.Errorf("alone%d was asked %d times in two hours", i, len(ts))
			}
			for k := 1; k < len(ts); k++ {
				if gap := ts[k].Sub(ts[k-1]); gap > 70*time.Minute {
					t.Errorf("alone%d waited for %v behind the crowd", i, gap)
				}
			}
		}
		ts := w.at("crowd.example")
		for i := 1; i < len(ts); i++ {
			if gap := ts[i].Sub(ts[i-1]); gap < time.Second {
				t.Fatalf("the crowd was asked twice within %v", gap)
			}
		}
		if n := len(ts); n < 5000 || n > 8200 {
			t.Errorf("%d requests to the crowd in 2¼ hours, want about 6,500", n)
		}
	})
}

func TestAfterAWeeksSleepFeedsComeBackSpreadOutMostReadFirst(t *testing.T) {
	var fs []feed.Following
	for id := uint64(1); id <= 400; id++ {
		fs = append(fs, feed.Following{Subscription: feed.Subscription{ID: id}, Entries: int(id), Unread: 0,
			State: feed.State{Feed: id, Polled: noon.Add(-8 * 24 * time.Hour), Due: noon.Add(-7 * 24 * time.Hour)}})
	}
	fs[0].State.Polled = time.Time{} // a new one waits for nobody
	fs[1].State.Due = noon.Add(time.Hour)
	fs[2].Subscription.Paused = true
	at := spreadOut(fs, noon)
	if len(at) != 397 {
		t.Fatalf("%d feeds come back, want the 397 that are overdue", len(at))
	}
	if !at[400].Equal(noon) || at[4].Sub(noon) < 90*time.Second {
		t.Errorf("the most read comes back at %v, the least read at %v", at[400], at[4])
	}
	for id := uint64(5); id <= 400; id++ {
		if !at[id].Before(at[id-1]) {
			t.Fatalf("feed %d, which is read more, comes after %d", id, id-1)
		}
	}
	if few := spreadOut(fs[:20], noon); few != nil {
		t.Errorf("a handful of feeds is no herd: %v", few)
	}
}

func TestNoHerdAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		var urls []string
		for i := range 200 {
			urls = append(urls, fmt.Sprintf("https://s%d.example/feed", i))
		}
		wish(t, p, urls...)
		time.Sleep(time.Minute)
		stop()
		first := w.requests()
		time.Sleep(7 * 24 * time.Hour)
		_, stop = start(t, s, w, Options{SiteGap: time.Second})
		time.Sleep(5 * time.Second)
		if n := w.requests() - first; n > 40 {
			t.Errorf("%d of 200 feeds were asked within 5 s of the start", n)
		}
		time.Sleep(time.Minute)
		stop()
		if n := w.requests() - first; n != 200 {
			t.Errorf("%d of 200 feeds were asked within a minute", n)
		}
	})
}

// sequence is when addresses were asked first.
type sequence struct {
	fetcher Fetcher
	mu      sync.Mutex
	urls    []string
}

func (o *sequence) Get(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	o.mu.Lock()
	o.urls = append(o.urls, r.URL)
	o.mu.Unlock()
	return o.fetcher.Get(ctx, r)
}

func TestNewFeedsComeFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.latency = 2 * time.Second
		o := &sequence{fetcher: w}
		p, stop := start(t, s, o, Options{SiteGap: time.Second, Workers: 4})
		var old []string
		for i := range 45 {
			old = append(old, fmt.Sprintf("https://old%d.example/feed", i))
		}
		wish(t, p, old...)
		time.Sleep(5 * time.Minute)
		stop()
		time.Sleep(24 * time.Hour) // all of them are due
		o.urls = nil
		p, stop = start(t, s, o, Options{SiteGap: time.Second, Workers: 4})
		time.Sleep(time.Second)
		wish(t, p, "https://new0.example/feed", "https://new1.example/feed", "https://new2.example/feed", "https://new3.example/feed")
		time.Sleep(5 * time.Minute)
		stop()
		for i := range 4 {
			if at := slices.Index(o.urls, fmt.Sprintf("https://new%d.example/feed", i)); at < 0 || at > 8 {
				t.Errorf("new feed %d was asked in place %d, behind feeds that are long known", i, at)
			}
		}
	})
}

func TestAnImportCanBeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		var urls []string
		all := 2000
		if raceDetector {
			all = 500
		}
		for i := range all {
			urls = append(urls, fmt.Sprintf("https://u%d.crowd%d.example/feed", i, i%5))
		}
		wish(t, p, urls...)
		time.Sleep(10 * time.Second)
		if pr := p.Progress(); !pr.First || pr.Total != all || pr.Done < 20 || pr.Done > 100 {
			t.Errorf("progress %+v", pr)
		}
		n, err := p.CancelNew(t.Context())
		if err != nil || n < all-100 || n > all-20 {
			t.Errorf("cancelled %d feeds, %v", n, err)
		}
		asked := w.requests()
		time.Sleep(20 * time.Minute)
		if more := w.requests() - asked; more > 6 {
			t.Errorf("%d requests after the import was cancelled", more)
		}
		if pr := p.Progress(); pr.First || pr.Running {
			t.Errorf("progress %+v", pr)
		}
		stop()
		if st := stats(t, s); st.Feeds != all-n {
			t.Errorf("%d feeds are left, want those that were asked", st.Feeds)
		}
	})
}

func TestTimetablesHoldAndOutliveTheProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		adds := wish(t, p, "https://a.example/feed", "https://b.example/feed", "https://c.example/feed")
		time.Sleep(time.Minute)
		if err := p.SetTimetable(t.Context(), 0, feed.Timetable{Every: 6 * time.Hour}); err != nil {
			t.Fatal(err)
		}
		if err := p.SetTimetable(t.Context(), adds[1].Subscription.ID, feed.Timetable{Every: 30 * time.Minute}); err != nil {
			t.Fatal(err)
		}
		if err := p.SetTimetable(t.Context(), adds[2].Subscription.ID, feed.Timetable{Until: time.Now().Add(72 * time.Hour)}); err != nil {
			t.Fatal(err)
		}
		if err := p.SetTimetable(t.Context(), 0, feed.Timetable{Every: time.Second}); err == nil {
			t.Error("a poll every second was allowed")
		}
		time.Sleep(time.Minute)
		stop()
		p, stop = start(t, s, w, Options{SiteGap: time.Second})
		if o, not := p.refusal(mustFollow(t, s, adds[2].Subscription.ID), feed.PollRequest{}, time.Now()); !not || o.Status != "paused" {
			t.Errorf("the paused feed: %+v", o)
		}
		time.Sleep(24 * time.Hour)
		for site, want := range map[string][2]int{"a.example": {4, 5}, "b.example": {43, 50}, "c.example": {1, 1}} {
			if n := len(w.at(site)); n < want[0] || n > want[1] {
				t.Errorf("%s was asked %d times in a day, want %v", site, n, want)
			}
		}
		time.Sleep(50 * time.Hour)
		if n := len(w.at("c.example")); n < 2 {
			t.Error("the feed was not asked when its pause had ended")
		}
		stop()
	})
}

func mustFollow(t *testing.T, s Store, id uint64) feed.Following {
	t.Helper()
	f, err := s.Subscription(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestRetryAfterOfAnswersThatAreWellIsObeyed(t *testing.T) {
	c := feed.Claim{Subscription: feed.Subscription{ID: 1, URL: "https://a.example/feed"}, State: feed.State{Feed: 1}}
	h := gather(c, &fetch.Response{Status: 304, NotModified: true, URL: c.Subscription.URL, RetryAfter: 9 * time.Hour}, nil, nil, noon)
	if due := h.harvest.State.Due; due.Before(noon.Add(9*time.Hour)) || !strings.Contains(h.harvest.State.Why, "Retry-After") {
		t.Errorf("due %v because %s", due, h.harvest.State.Why)
	}
}

func TestThePollerKeepsALedger(t *testing.T) {
	c := feed.Claim{Subscription: feed.Subscription{ID: 1, URL: "https://a.example/feed"}, State: feed.State{Feed: 1}}
	doc := document(c.Subscription.URL, "x", 2)
	doc.Bytes, doc.Hops = 4000, []fetch.Hop{{Status: 302}}
	h := gather(c, doc, nil, func() (map[feed.Key]feed.Known, error) { return nil, nil }, noon)
	c.State = h.harvest.State
	h = gather(c, &fetch.Response{Status: 304, NotModified: true, URL: c.Subscription.URL}, nil, nil, noon.Add(time.Hour))
	c.State = h.harvest.State
	h = gather(c, nil, bad(503, 0), nil, noon.Add(2*time.Hour))
	want := feed.Exchange{Requests: 4, Unchanged: 1, Failed: 1, Received: 4000, Saved: 4000}
	if got := h.harvest.State.Ledger.LastDay(noon.Add(3 * time.Hour)); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
