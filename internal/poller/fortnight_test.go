package poller

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/schedule/simulate"
)

// origin serves an invented web and holds who polls it to the rules of politeness:
// every request is checked when it comes.
type origin struct {
	t       *testing.T
	outlets map[string]*simulate.Outlet // by address
	mu      sync.Mutex
	sites   map[string]*visited // by site
	feeds   map[string]*visited // by address
	gap     time.Duration
	result  *simulate.Result
	start   time.Time
	answer  func(url string, v *visited) (*fetch.Response, error) // before the document; nil, nil: go on
}

// visited is what a site or feed remembers of us.
type visited struct {
	last      time.Time // when the last request began
	running   int
	requests  int
	etag      string // what the last document carried
	modified  string
	notBefore time.Time
	gone      bool
	seen      time.Time // of the newest entry that was served
}

func newOrigin(t *testing.T, o *simulate.Origin, sites int) *origin {
	g := &origin{t: t, outlets: map[string]*simulate.Outlet{}, sites: map[string]*visited{}, feeds: map[string]*visited{},
		gap: time.Second, result: simulate.NewResult("polled", o), start: o.Start}
	for _, x := range o.Outlets {
		u := fmt.Sprintf("https://h%d.site%d.example/%d", x.Number, int(x.Number)%sites, x.Number)
		g.outlets[u] = x
	}
	return g
}

func (g *origin) urls() (us []string) {
	for u := range g.outlets {
		us = append(us, u)
	}
	return us
}

// enter checks a request as it begins.
func (g *origin) enter(r fetch.Request) (site, f *visited) {
	now := time.Now()
	name := fetch.Site(r.URL)
	for _, m := range []struct {
		in  map[string]*visited
		key string
	}{{g.sites, name}, {g.feeds, r.URL}} {
		if m.in[m.key] == nil {
			m.in[m.key] = &visited{}
		}
	}
	site, f = g.sites[name], g.feeds[r.URL]
	if site.requests > 0 && now.Sub(site.last) < g.gap {
		g.t.Errorf("%s was asked twice within %v", name, now.Sub(site.last))
	}
	if site.running > 0 {
		g.t.Errorf("%s is asked for two things at once", name)
	}
	if f.requests > 0 && now.Sub(f.last) < 5*time.Minute {
		g.t.Errorf("%s was asked twice within %v", r.URL, now.Sub(f.last))
	}
	if r.ETag != f.etag || r.LastModified != f.modified {
		g.t.Errorf("%s: validators %q %q, want %q %q byte for byte", r.URL, r.ETag, r.LastModified, f.etag, f.modified)
	}
	if now.Before(f.notBefore) {
		g.t.Errorf("%s was asked %v before its Retry-After", r.URL, f.notBefore.Sub(now))
	}
	if f.gone {
		g.t.Errorf("%s was asked after its 410", r.URL)
	}
	for _, v := range []*visited{site, f} {
		v.last, v.requests, v.running = now, v.requests+1, v.running+1
	}
	return site, f
}

func (g *origin) Get(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	g.mu.Lock()
	site, f := g.enter(r)
	g.mu.Unlock()
	defer func() {
		g.mu.Lock()
		site.running--
		f.running--
		g.mu.Unlock()
	}()
	select {
	case <-time.After(200 * time.Millisecond):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.answer != nil {
		if resp, err := g.answer(r.URL, f); resp != nil || err != nil {
			return resp, err
		}
	}
	return g.document(r.URL, f)
}

// asked is how many requests there have been.
func (g *origin) asked() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.result.Requests
}

// document answers as a publisher does: 304 where nothing has changed.
func (g *origin) document(url string, f *visited) (*fetch.Response, error) {
	x, now := g.outlets[url], time.Now()
	if x.Fails {
		return nil, &fetch.Error{Kind: feed.FailureMissing, Status: 404, URL: url, Err: fmt.Errorf("not found")}
	}
	listed := x.Listed(now)
	var fresh []time.Time
	for _, at := range listed {
		if at.After(f.seen) && at.After(g.start) {
			fresh = append(fresh, at)
		}
	}
	changed := f.etag == "" || len(listed) > 0 && listed[len(listed)-1].After(f.seen)
	g.result.Note(x.Kind, fresh, now)
	resp := &fetch.Response{Status: 304, NotModified: true, URL: url, MaxAge: x.Hints.MaxAge}
	if !changed {
		return resp, nil
	}
	if len(listed) > 0 {
		f.seen = listed[len(listed)-1]
	}
	resp.Status, resp.NotModified, resp.ContentType = 200, false, "application/rss+xml"
	resp.Body = rss(url, x, listed)
	resp.Bytes, resp.Hash = int64(len(resp.Body)), sha256.Sum256(resp.Body)
	f.etag, f.modified = fmt.Sprintf(`W/"%d %s"`, len(listed), f.seen), f.seen.Format(time.RFC850)
	resp.ETag, resp.LastModified = f.etag, f.modified
	return resp, nil
}

func rss(url string, x *simulate.Outlet, listed []time.Time) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>%d</title><link>%s</link><description>d</description>`, x.Number, url)
	if x.Hints.TTL > 0 {
		fmt.Fprintf(&b, "<ttl>%d</ttl>", int(x.Hints.TTL.Minutes()))
	}
	if x.Hints.Update > 0 {
		b.WriteString("<sy:updatePeriod>hourly</sy:updatePeriod>")
	}
	for _, at := range listed {
		fmt.Fprintf(&b, "<item><guid>%d-%d</guid><title>%d tells of %d</title><pubDate>%s</pubDate></item>", x.Number, at.UnixNano(), x.Number, at.UnixNano(), at.Format(time.RFC1123Z))
	}
	b.WriteString("</channel></rss>")
	return b.Bytes()
}

// TestAPoliteFortnight lets the whole poller, with its store, poll for two weeks. The
// origin checks every request. What comes of it is what the schedule alone gives in the
// simulation, and holds the same bar.
func TestAPoliteFortnight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if raceDetector {
			t.Skip("two weeks take a minute with the race detector; the soak has the same parts")
		}
		const feeds, sites = 50, 12
		web := simulate.NewOrigin(3, feeds, time.Now(), 14*24*time.Hour)
		g := newOrigin(t, web, sites)
		var gone, asked int
		g.answer = func(url string, f *visited) (*fetch.Response, error) {
			switch n := g.outlets[url].Number; {
			case n == 5 && f.requests == 40:
				f.gone = true
				gone++
				return nil, &fetch.Error{Kind: feed.FailureGone, Status: 410, URL: url, Err: fmt.Errorf("gone")}
			case n%7 == 3 && f.requests%50 == 25:
				f.notBefore = time.Now().Add(7 * time.Hour)
				asked++
				return nil, &fetch.Error{Kind: feed.FailureLimited, Status: 503, RetryAfter: 7 * time.Hour, URL: url, Err: fmt.Errorf("busy")}
			}
			return nil, nil
		}
		s := open(t)
		p, stop := start(t, s, g, Options{SiteGap: g.gap})
		wish(t, p, g.urls()...)
		time.Sleep(7 * 24 * time.Hour)
		stop() // validators, rhythms and spacings outlive the program
		p, stop = start(t, s, g, Options{SiteGap: g.gap})
		_ = p
		time.Sleep(time.Until(web.End))
		stop()
		got, want, hour := g.result.Close(), simulate.Run(web, simulate.Learned()), simulate.Run(web, simulate.Fixed("every hour", time.Hour))
		t.Logf("%v\n%s", web, simulate.Table(got, want, hour))
		if gone != 1 || asked < 3 {
			t.Errorf("%d feeds went and %d answers asked to wait: the test lacks its cases", gone, asked)
		}
		if got.Requests > hour.Requests || 2*got.Quantile(0.5) > hour.Quantile(0.5) {
			t.Errorf("%d requests and a median delay of %v; the fixed hour has %d and %v", got.Requests, got.Quantile(0.5), hour.Requests, hour.Quantile(0.5))
		}
		if d := got.Quantile(0.5) - want.Quantile(0.5); d < -4*time.Minute || d > 4*time.Minute {
			t.Errorf("median delay %v, the simulation has %v", got.Quantile(0.5), want.Quantile(0.5))
		}
	})
}

// TestTenHoursWithoutGrowth is the soak: ten hours of polls leave neither goroutines nor
// memory behind. With the race detector there are three.
func TestTenHoursWithoutGrowth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		web := simulate.NewOrigin(4, 200, time.Now(), 12*time.Hour)
		for _, x := range web.Outlets {
			x.Times = x.Times[:0] // what is stored is to stay the same
		}
		g := newOrigin(t, web, 40)
		s := open(t)
		others := goleak.IgnoreCurrent()
		p, stop := start(t, s, g, Options{SiteGap: g.gap})
		if err := p.SetTimetable(t.Context(), 0, feed.Timetable{Every: 20 * time.Minute}); err != nil {
			t.Fatal(err)
		}
		wish(t, p, g.urls()...)
		hours := 10
		if raceDetector {
			hours = 3
		}
		time.Sleep(2 * time.Hour)
		before, routines := heap(), runtime.NumGoroutine()
		requests := g.asked()
		time.Sleep(time.Duration(hours) * time.Hour)
		after := heap()
		if n := runtime.NumGoroutine(); n > routines+5 {
			t.Errorf("%d goroutines, %d at the beginning", n, routines)
		}
		if n := g.asked() - requests; n < 300*hours {
			t.Errorf("%d requests in %d hours: nothing was soaked", n, hours)
		}
		if grown := int64(after) - int64(before); grown > 2<<20 {
			t.Errorf("the heap grew by %d KB, from %d KB", grown>>10, before>>10)
		}
		stop()
		if err := goleak.Find(others); err != nil {
			t.Errorf("left behind: %v", err)
		}
	})
}

// heap is how many bytes live.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
