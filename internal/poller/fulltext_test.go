package poller

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// gazette is a publisher: a feed of teasers at /feed, and a page for each of its items.
type gazette struct {
	*web
	sync.Mutex
	pages map[string]func(r fetch.Request) (*fetch.Response, error) // by address; others are articles
	items int
	asked []fetch.Request // for pages
	times []time.Time
}

func newGazette(items int) *gazette {
	p := &gazette{web: newWeb(), items: items, pages: map[string]func(fetch.Request) (*fetch.Response, error){}}
	p.web.answer = func(r fetch.Request) (*fetch.Response, error) {
		p.Lock()
		defer p.Unlock()
		if strings.HasSuffix(r.URL, "/feed") {
			return document(r.URL, strings.TrimSuffix(r.URL, "/feed"), p.items), nil
		}
		p.asked, p.times = append(p.asked, r), append(p.times, time.Now())
		if f := p.pages[r.URL]; f != nil {
			return f(r)
		}
		return articlePage(r.URL, "the whole of it"), nil
	}
	return p
}

func (p *gazette) requests() []fetch.Request {
	p.Lock()
	defer p.Unlock()
	return append([]fetch.Request(nil), p.asked...)
}

// articlePage is a page with an article of some hundred words.
func articlePage(url, words string) *fetch.Response {
	body := fmt.Sprintf(`<html><head><title>A page</title></head><body><nav><a href="/">Home</a></nav><article><h1>A page</h1>%s</article></body></html>`,
		strings.Repeat("<p>The miller of Eastford has told "+words+" to whoever came by his mill in the spring, and the river carried the rest down to the sea, as rivers do.</p>", 6))
	return &fetch.Response{Status: 200, URL: url, Body: []byte(body), ContentType: "text/html", ETag: `"p1"`}
}

func refusing(kind feed.FailureKind, status int, wait time.Duration) func(fetch.Request) (*fetch.Response, error) {
	return func(r fetch.Request) (*fetch.Response, error) {
		return nil, &fetch.Error{Kind: kind, Status: status, RetryAfter: wait, URL: r.URL, Err: errors.New("refused")}
	}
}

// always follows a feed whose full texts are fetched by themselves.
func always(t *testing.T, p *Poller, s *boltstore.Store, url string) uint64 {
	t.Helper()
	id := wish(t, p, url)[0].Subscription.ID
	yes := true
	if _, err := p.Change(t.Context(), id, feed.Change{FullText: &yes}); err != nil {
		t.Fatal(err)
	}
	return id
}

// textsOf are what is kept of pages, by the number of the entry.
func textsOf(t *testing.T, s *boltstore.Store) map[uint64]feed.FullText {
	t.Helper()
	all := map[uint64]feed.FullText{}
	for id := uint64(1); id <= 40; id++ {
		f, err := s.FullText(t.Context(), id)
		if err == nil {
			all[id] = f
		} else if !errors.Is(err, feed.ErrNotFound) {
			t.Fatal(err)
		}
	}
	return all
}

func TestFullTextsComeByThemselvesOnceEachAtTheSitesPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newGazette(4)
		p, stop := start(t, s, w, Options{SiteGap: 2 * time.Second})
		defer stop()
		always(t, p, s, "https://mill.example/feed")
		wish(t, p, "https://other.example/feed") // it doesn't want them
		time.Sleep(3 * time.Minute)
		if got := textsOf(t, s); len(got) != 4 {
			t.Fatalf("%d full texts, want those of the 4 entries of one feed", len(got))
		}
		for id, f := range textsOf(t, s) {
			e, body, err := s.Entry(t.Context(), id)
			if err != nil || !strings.Contains(string(f.Text), "the whole of it") || strings.Contains(string(f.Text), "Home") {
				t.Errorf("entry %d: %v %q", id, err, f.Text)
			}
			if strings.Contains(string(body.Text()), "the whole of it") || f.URL != e.URL {
				t.Errorf("entry %d: the feed's own text is %q, the page %s", id, body.Text(), f.URL)
			}
		}
		at := w.at("mill.example")
		for i := 1; i < len(at); i++ {
			if gap := at[i].Sub(at[i-1]); gap < 2*time.Second {
				t.Errorf("mill.example was asked again after %v", gap)
			}
		}
		time.Sleep(3 * 24 * time.Hour)
		if n := len(w.requests()); n != 4 {
			t.Errorf("%d requests for pages in three days, want one for each of 4", n)
		}
		if st := stats(t, s); st.Unread != st.Stories {
			t.Errorf("%d of %d stories are unread, want all", st.Unread, st.Stories)
		}
		for _, r := range w.requests() {
			if r.Origin != "https://mill.example/feed" || r.MaxBody != maxPage || r.ETag != "" {
				t.Errorf("request %+v: want the feed as origin, a limit, and no validators", r)
			}
		}
	})
}

func TestWhatFailsForAWhileIsTriedThreeTimesAndWhatFailsForGoodOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newGazette(4)
		w.pages["https://mill.example/feed/item/0"] = refusing(feed.FailureTemporary, 502, 0)
		w.pages["https://mill.example/feed/item/1"] = refusing(feed.FailureRefused, 403, 0)
		w.pages["https://mill.example/feed/item/2"] = func(r fetch.Request) (*fetch.Response, error) {
			return &fetch.Response{Status: 200, URL: r.URL, Body: []byte("%PDF-1.4"), ContentType: "application/pdf"}, nil
		}
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		defer stop()
		always(t, p, s, "https://mill.example/feed")
		time.Sleep(5 * 24 * time.Hour)
		n := map[string]int{}
		for _, r := range w.requests() {
			n[r.URL[len(r.URL)-1:]]++
		}
		if n["0"] != 3 || n["1"] != 1 || n["2"] != 1 || n["3"] != 1 {
			t.Errorf("requests by item: %v, want 3, 1, 1, 1", n)
		}
		kinds := map[feed.TextFailure]int{}
		for _, f := range textsOf(t, s) {
			kinds[f.Failure]++
		}
		for _, k := range []feed.TextFailure{feed.TextFailed, feed.TextRefused, feed.TextNotHTML, feed.TextFine} {
			if kinds[k] != 1 {
				t.Errorf("failures: %v, want one of %q", kinds, k)
			}
		}
	})
}

func TestASiteThatAsksForRestGetsItFromFullTextsToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newGazette(6)
		for i := range 6 {
			w.pages[fmt.Sprintf("https://mill.example/feed/item/%d", i)] = refusing(feed.FailureLimited, 429, 10*time.Minute)
		}
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		defer stop()
		always(t, p, s, "https://mill.example/feed")
		time.Sleep(9 * time.Minute)
		if n := len(w.requests()); n != 1 {
			t.Errorf("%d pages asked for within nine minutes of a 429 for ten, want 1", n)
		}
		if _, err := p.FullText(t.Context(), 1); err == nil {
			t.Error("a person got the site asked while it rests")
		}
		if n := len(w.requests()); n != 1 {
			t.Errorf("%d pages asked for after a person asked, want 1", n)
		}
	})
}

func TestARevisedEntryIsAskedForOnceMoreWithThePagesValidators(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newGazette(1)
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		defer stop()
		id := always(t, p, s, "https://mill.example/feed")
		time.Sleep(time.Minute)
		w.Lock()
		w.pages["https://mill.example/feed/item/0"] = func(r fetch.Request) (*fetch.Response, error) {
			return &fetch.Response{Status: 304, NotModified: true, URL: r.URL}, nil
		}
		w.web.answer = func(answer func(fetch.Request) (*fetch.Response, error)) func(fetch.Request) (*fetch.Response, error) {
			return func(r fetch.Request) (*fetch.Response, error) {
				resp, err := answer(r)
				if strings.HasSuffix(r.URL, "/feed") {
					resp.Body = []byte(strings.ReplaceAll(string(resp.Body), "nobody but", "nobody at all but"))
					resp.Hash[0]++
				}
				return resp, err
			}
		}(w.web.answer)
		w.Unlock()
		time.Sleep(10 * time.Minute)
		if n, err := p.Refresh(t.Context(), []uint64{id}); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		time.Sleep(time.Minute)
		asked := w.requests()
		if len(asked) != 2 || asked[1].ETag != `"p1"` {
			t.Fatalf("asked %+v: want twice, then with the page's tag", asked)
		}
		f := textsOf(t, s)[1]
		e, _, err := s.Entry(t.Context(), 1)
		if err != nil || f.Text == "" || f.Failure != "" || f.Stale(e) || e.Revised.IsZero() {
			t.Errorf("feed %d: full text %+v of %+v: want the old one, good for the revision", id, f, e)
		}
	})
}

func TestAPersonGetsAFullTextOrAPlainWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newGazette(3)
		short := func(r fetch.Request) (*fetch.Response, error) {
			return &fetch.Response{Status: 200, URL: r.URL, Body: []byte("<p>Log in.</p>"), ContentType: "text/html"}, nil
		}
		w.pages["https://mill.example/feed/item/1"] = short
		w.pages["https://mill.example/feed/item/2"] = refusing(feed.FailureRefused, 402, 0)
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		defer stop()
		wish(t, p, "https://mill.example/feed")
		time.Sleep(time.Minute)
		want := map[string]feed.TextFailure{"0": feed.TextFine, "1": feed.TextUnreadable, "2": feed.TextPaid}
		for id := uint64(1); id <= 3; id++ {
			e, _, err := s.Entry(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			f, err := p.FullText(t.Context(), id)
			if k := want[e.URL[len(e.URL)-1:]]; err != nil || f.Failure != k || (f.Text == "") != (k != "") {
				t.Errorf("%s: %v, %+v, want %q", e.URL, err, f, k)
			}
		}
		n := len(w.requests())
		for id := uint64(1); id <= 3; id++ {
			if _, err := p.FullText(t.Context(), id); err != nil {
				t.Error(err)
			}
		}
		if len(w.requests()) != n {
			t.Error("pages were asked for twice within five minutes")
		}
		if _, err := p.FullText(t.Context(), 99); !errors.Is(err, feed.ErrNotFound) {
			t.Errorf("of no entry: %v", err)
		}
	})
}

func TestTwoWhoWantOnePageAskForItOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newGazette(1)
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		defer stop()
		wish(t, p, "https://mill.example/feed")
		time.Sleep(time.Minute)
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				if f, err := p.FullText(t.Context(), 1); err != nil || f.Text == "" {
					t.Errorf("%v %+v", err, f)
				}
			})
		}
		both.Wait()
		if n := len(w.requests()); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
}

// forgetful is a store that can't keep full texts.
type forgetful struct{ *boltstore.Store }

func (forgetful) PutFullText(context.Context, feed.FullText) error { return errors.New("disk full") }

func TestAStoreThatCannotKeepTextsMakesNobodyRude(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newGazette(3)
		p := New(forgetful{s}, w, Options{SiteGap: time.Second})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- p.Run(ctx) }()
		always(t, p, s, "https://mill.example/feed")
		time.Sleep(50 * time.Minute)
		if n := len(w.requests()); n != 1 {
			t.Errorf("%d requests for pages that can't be kept, within an hour, want 1", n)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestGatherTextKeepsTheOldTextAndTheBetterOne(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	e := feed.Entry{ID: 7, URL: "https://mill.example/1", Revised: now}
	old := feed.FullText{Entry: 7, URL: e.URL, Text: "<p>old</p>", Words: 1, ETag: `"old"`}
	page := articlePage(e.URL, "it")
	if f := gatherText(e, 10, old, page, nil, now); f.Text == old.Text || f.Failure != "" || f.ETag != `"p1"` || f.Words < 100 || !f.Revised.Equal(now) {
		t.Errorf("a new page: %+v", f)
	}
	if f := gatherText(e, 10000, old, page, nil, now); f.Text != old.Text || f.Failure != feed.TextLess {
		t.Errorf("a page with less than the feed: %+v", f)
	}
	cut := *page
	cut.Cut = &fetch.Error{Kind: feed.FailureTemporary, Err: errors.New("broke off")}
	if f := gatherText(e, 10, old, &cut, nil, now); f.Text != old.Text || f.Failure != feed.TextFailed || !f.Again.Equal(now.Add(time.Hour)) {
		t.Errorf("a page that broke off: %+v", f)
	}
	for status, want := range map[feed.FailureKind]feed.TextFailure{
		feed.FailureMissing: feed.TextMissing, feed.FailureGone: feed.TextMissing, feed.FailureTooLarge: feed.TextTooLarge,
		feed.FailureBlocked: feed.TextBlocked, feed.FailureTemporary: feed.TextFailed, feed.FailureLimited: feed.TextBusy,
	} {
		f := gatherText(e, 10, old, nil, &fetch.Error{Kind: status, Err: errors.New("no")}, now)
		if f.Failure != want || f.Text != old.Text || f.Error != "no" {
			t.Errorf("%s: %+v, want %q", status, f, want)
		}
	}
}
