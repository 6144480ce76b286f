package poller

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// answering is a poller whose publisher gives these answers, one a poll, and keeps what was
// asked.
func answering(t *testing.T, answers ...*fetch.Response) (p *Poller, id uint64, requests func() []fetch.Request, stop func()) {
	t.Helper()
	var mu sync.Mutex
	var got []fetch.Request
	requests = func() []fetch.Request {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(got)
	}
	w := newWeb()
	w.answer = func(r fetch.Request) (*fetch.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r)
		return answers[min(len(got), len(answers))-1], nil
	}
	p, stop = start(t, open(t), w, Options{})
	id = wish(t, p, "https://quay.example/feed")[0].Subscription.ID
	for len(requests()) < len(answers) {
		time.Sleep(time.Hour)
		synctest.Wait()
	}
	return p, id, requests, stop
}

// RFC 3229: a 226 is merged. What it lacks is not gone, its tag is the next one to send,
// and it is asked for because it is merged.
func TestDeltaIsMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		delta := answerOf(pushed(0, "three"), `"b"`)
		delta.Status, delta.Delta = 226, true
		empty := answerOf(pushed(0), "")
		empty.Status, empty.Delta = 226, true
		whole := answerOf(pushed(0, "three", "two", "one"), `"c"`)
		p, id, requests, stop := answering(t, answerOf(pushed(0, "two", "one"), `"a"`), delta, empty, whole)
		defer stop()
		rs := requests()
		if !rs[0].Delta || rs[1].ETag != `"a"` || rs[2].ETag != `"b"` || rs[3].ETag != `"b"` {
			t.Errorf("asked %+v", rs[:4])
		}
		f := stateOf(t, p, id)
		if f.Entries != 3 || f.State.Failures != 0 || f.State.Empty || f.State.ETag != `"c"` {
			t.Errorf("%d entries, %+v", f.Entries, f.State)
		}
	})
}

// A body that breaks off gives what came of it, and is asked for again in whole: neither
// its validators nor its hash are kept, and what it lacks is not gone.
func TestBodyThatBreaksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broke := &fetch.Error{Kind: feed.FailureTemporary, Status: 200, URL: "https://quay.example/feed", Err: errors.New("quay.example broke off before its answer was complete")}
		full := answerOf(pushed(0, "four", "three", "two", "one"), `"b"`)
		cut := answerOf(feed.Pushed{Body: full.Body[:strings.Index(string(full.Body), "<guid>two")], ContentType: full.ContentType}, "")
		cut.Cut = broke
		torn := answerOf(feed.Pushed{Body: full.Body[:30], ContentType: full.ContentType}, "")
		torn.Cut = broke
		p, id, requests, stop := answering(t, answerOf(pushed(0, "two", "one"), `"a"`), cut)
		f := stateOf(t, p, id)
		if f.Entries != 4 || f.State.ETag != `"a"` || f.State.BodyHash == cut.Hash || f.State.Failures != 0 {
			t.Errorf("%d entries, %+v", f.Entries, f.State)
		}
		if len(f.State.Mended) == 0 || !strings.Contains(f.State.Mended[0], "broke off") {
			t.Errorf("the reader is told %q", f.State.Mended)
		}
		time.Sleep(25 * time.Hour)
		synctest.Wait()
		if rs := requests(); len(rs) < 3 || rs[2].ETag != `"a"` {
			t.Errorf("asked again as %+v", rs[2:])
		}
		stop()

		p, id, _, stop = answering(t, cut, full)
		defer stop()
		if f := stateOf(t, p, id); f.Entries != 4 || f.State.ETag != `"b"` || f.State.Document.IsZero() {
			t.Errorf("a first poll that broke off: %d entries, %+v", f.Entries, f.State)
		}

		p, id, _, stop2 := answering(t, torn)
		defer stop2()
		if f := stateOf(t, p, id); f.State.Failures == 0 || f.State.Failure != feed.FailureTemporary || !strings.Contains(f.State.Error, "broke off") {
			t.Errorf("of which nothing came: %+v", f.State)
		}
	})
}

// WebSub §4: the header comes before the document, and every hub is remembered.
func TestHubsOfHeaderAndDocument(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := `<feed xmlns="http://www.w3.org/2005/Atom"><title>Quay</title><id>q</id><link rel="hub" href="https://in.example/"/>` +
			`<link rel="hub" href="https://in2.example/"/><link rel="self" href="https://quay.example/self"/><entry><id>1</id><title>one</title></entry></feed>`
		inside := answerOf(feed.Pushed{Body: []byte(body), ContentType: "application/atom+xml"}, `"a"`)
		p, id, _, stop := answering(t, inside)
		st := stateOf(t, p, id).State
		if got := strings.Join(st.Hubs, " "); got != "https://in.example/ https://in2.example/" || st.Hub != "https://in.example/" || st.Self != "https://quay.example/self" {
			t.Errorf("hubs %q, self %q", st.Hubs, st.Self)
		}
		stop()
		both := *inside
		both.Hubs, both.Self = []string{"https://head.example/"}, "https://quay.example/head"
		p, id, _, stop = answering(t, &both)
		defer stop()
		st = stateOf(t, p, id).State
		if got := strings.Join(st.Hubs, " "); got != "https://head.example/ https://in.example/ https://in2.example/" || st.Hub != "https://head.example/" || st.Self != "https://quay.example/head" {
			t.Errorf("hubs %q, self %q", st.Hubs, st.Self)
		}
	})
}

// What was found behind an address is not asked for again within a month, and what was
// not found is.
func TestDiscoveryAsksOnceAMonth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWeb()
		page := func(html string) func(fetch.Request) (*fetch.Response, error) {
			return func(r fetch.Request) (*fetch.Response, error) {
				return &fetch.Response{Status: 200, URL: r.URL, Body: []byte(html), ContentType: "text/html"}, nil
			}
		}
		w.answer = page(`<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/f.xml" title="Quay"></head><body></body></html>`)
		s := open(t)
		p, stop := start(t, s, w, Options{})
		discover := func(p *Poller, address string, want int) {
			t.Helper()
			before := w.requests()
			found, err := p.Discover(t.Context(), address)
			if err != nil || len(found) != 1 || found[0].URL != "https://quay.example/f.xml" || w.requests()-before != want {
				t.Errorf("found %+v, %v, in %d requests, want %d", found, err, w.requests()-before, want)
			}
		}
		discover(p, "https://quay.example/", 1)
		discover(p, "https://quay.example/", 0)
		stop()
		time.Sleep(29 * 24 * time.Hour)
		p, stop = start(t, s, w, Options{})
		defer stop()
		discover(p, "https://quay.example/", 0)
		time.Sleep(2 * 24 * time.Hour)
		discover(p, "https://quay.example/", 1)
		w.answer = page("<p>nothing here</p>")
		for range 2 {
			before := w.requests()
			if _, err := p.Discover(t.Context(), "https://mole.example/"); err == nil || w.requests() == before {
				t.Errorf("%v in %d requests", err, w.requests()-before)
			}
		}
		if all, err := s.Settings(t.Context(), discoveredSetting); err != nil || len(all) != 1 {
			t.Errorf("kept %d, %v", len(all), err)
		}
	})
}
