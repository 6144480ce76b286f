package server

import (
	"bufio"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// listen opens the event stream of a page.
func listen(t *testing.T, w *world, path string, cookies ...*http.Cookie) (next func() message, resp *http.Response) {
	t.Helper()
	srv := httptest.NewServer(w)
	t.Cleanup(func() { w.Close(); srv.Close() })
	req, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cookies {
		req.AddCookie(c)
	}
	resp, err = srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	lines := bufio.NewScanner(resp.Body)
	return func() message {
		t.Helper()
		for lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			var st message
			if err := json.Unmarshal([]byte(data), &st); err != nil {
				t.Fatal(err)
			}
			return st
		}
		t.Fatal("the stream ended")
		return message{}
	}, resp
}

func TestEvents(t *testing.T) {
	w := newWorld(t, 5, nil)
	top := w.get(t, "/").page().find("#river input[name=top]")[0].attr("value")
	next, resp := listen(t, w, "/events?top="+top)
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("type %q", got)
	}
	if st := next(); st.News != "" || st.Counts["unread"] != 5 || st.First {
		t.Errorf("at first: %+v", st)
	}
	late := invented(0, time.Now().Add(time.Hour))
	late.ID = 2000
	w.store.tell(t, late)
	if st := next(); st.News != "1 new story" || st.Counts["unread"] != 6 {
		t.Errorf("after a story came: %+v", st)
	}
	yes := true
	if _, err := w.store.Mark(t.Context(), []uint64{1000}, feed.MarkChange{Starred: &yes}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if st := next(); st.Whole || len(st.Counts) != 1 || st.Counts["starred"] != 1 {
		t.Errorf("after a star: %+v, want nothing but the one count that changed", st)
	}
}

// TestEventsAskForLittle counts what the streams of many tabs ask the store for.
func TestEventsAskForLittle(t *testing.T) {
	w := newWorld(t, 5, nil)
	ctx, tabs := t.Context(), make([]onlooker, 10)
	look := func() (stories, counts int64) {
		t.Helper()
		w.store.asked.Store(0)
		w.store.counted.Store(0)
		for i := range tabs {
			if err := w.look(ctx, &tabs[i]); err != nil {
				t.Fatal(err)
			}
		}
		return w.store.asked.Load(), w.store.counted.Load()
	}
	check := func(when string, stories, counts int64) {
		t.Helper()
		if s, c := look(); s != stories || c != counts {
			t.Errorf("%s: asked for stories %d times, for counts %d times, want %d and %d", when, s, c, stories, counts)
		}
	}
	check("at first", 10, 1)
	w.poller.set(feed.Progress{Running: true, First: true, Total: 40, Done: 3})
	check("while polling", 0, 0)
	if tabs[3].state.Done != 3 || !tabs[3].running {
		t.Errorf("progress is not seen: %+v", tabs[3].state)
	}
	yes := true
	_, _ = w.store.Mark(ctx, []uint64{1000}, feed.MarkChange{Read: &yes}, time.Now())
	check("after a mark", 0, 1)
	late := invented(0, time.Now().Add(time.Hour))
	late.ID = 2000
	w.store.tell(t, late)
	check("after an arrival", 10, 1)
	if got := tabs[9].state.News; got != "6 new stories" {
		t.Errorf("news %q", got)
	}
}

func TestTallySince(t *testing.T) {
	got := tally{"unread": 3, "feed-1": 2, "feed-3": 1}.since(tally{"unread": 3, "feed-1": 1, "feed-2": 5})
	if want := (tally{"feed-1": 2, "feed-2": 0, "feed-3": 1}); !maps.Equal(got, want) {
		t.Errorf("since: %v, want %v", got, want)
	}
}

func TestFirstPollThatStandsStillIsGivenUp(t *testing.T) {
	var k stall
	now := time.Now()
	p := feed.Progress{Running: true, First: true, Total: 2, Done: 1}
	for _, step := range []struct {
		after time.Duration
		done  int
		want  bool
	}{{0, 1, true}, {time.Minute, 1, true}, {59 * time.Second, 1, true}, {time.Second, 1, false}, {time.Second, 2, true}, {time.Hour, 2, true}} {
		now = now.Add(step.after)
		p.Done = step.done
		if got := k.first(p, now); got != step.want {
			t.Errorf("%v later, %d done: %v, want %v", step.after, step.done, got, step.want)
		}
	}
	for _, p := range []feed.Progress{{First: true}, {Running: true}} {
		if k.first(p, now) {
			t.Errorf("%+v is taken for a first poll", p)
		}
	}
}

func TestEventsTellProgress(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.poller.set(feed.Progress{Running: true, First: true, Total: 40, Done: 3})
	next, _ := listen(t, w, "/events")
	if st := next(); !st.First || st.Done != 3 || st.Total != 40 || !strings.HasPrefix(st.Text, "Polling") {
		t.Errorf("progress %+v", st)
	}
}

func TestEventsEndWithTheServer(t *testing.T) {
	w := newWorld(t, 0, nil)
	next, resp := listen(t, w, "/events")
	next()
	w.Close()
	wantEnd(t, resp)
}

// wantEnd demands that a stream ends without another word.
func wantEnd(t *testing.T, resp *http.Response) {
	t.Helper()
	ended := make(chan error, 1)
	go func() {
		_, err := resp.Body.Read(make([]byte, 100))
		ended <- err
	}()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the stream goes on")
		}
	case <-time.After(5 * time.Second):
		t.Error("the stream stays open")
	}
}

func TestEventsEndWithTheSession(t *testing.T) {
	for name, end := range map[string]func(w *world, cookie string){
		"logout":       func(w *world, cookie string) { w.post(t, "/logout", url.Values{}, "Cookie", cookie).status(303) },
		"new password": func(w *world, _ string) { w.set(t, "password", HashPassword("another")) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1, nil).lock(t)
			w.vigil = time.Millisecond
			c := w.logIn(t)
			next, resp := listen(t, w, "/events", c)
			next()
			end(w, c.Name+"="+c.Value)
			wantEnd(t, resp)
		})
	}
	t.Run("first password", func(t *testing.T) {
		w := newWorld(t, 1, nil)
		w.vigil = time.Millisecond
		next, resp := listen(t, w, "/events")
		next()
		w.lock(t)
		wantEnd(t, resp)
	})
}

// A script can't follow a redirect to a form, and would take its page for a stream.
func TestEventsWithoutSession(t *testing.T) {
	w := newWorld(t, 1, nil).lock(t)
	w.get(t, "/events").status(401)
	w.get(t, "/events", "Sec-Fetch-Mode", "navigate").status(401)
}

func TestEventStreamsAreBounded(t *testing.T) {
	w := newWorld(t, 0, nil)
	for range maxStreams {
		w.streams <- struct{}{}
	}
	w.get(t, "/events").status(503)
}

func TestWhen(t *testing.T) {
	now := time.Date(2026, 3, 1, 15, 0, 0, 0, time.Local)
	for _, tt := range []struct {
		ago        time.Duration
		short, day string
	}{
		{0, "now", "Today"},
		{-time.Minute, "15:01", "Today"},
		{59 * time.Minute, "59 min", "Today"},
		{3 * time.Hour, "3 h", "Today"},
		{20 * time.Hour, "20 h", "Yesterday"},
		{3 * 24 * time.Hour, "15:00", "Thursday"},
		{40 * 24 * time.Hour, "15:00", "Tuesday, 20 January"},
		{365 * 24 * time.Hour, "15:00", "Saturday, 1 March 2025"},
	} {
		at := now.Add(-tt.ago)
		if got := short(nil, at, now); got != tt.short {
			t.Errorf("short(%v) = %q, want %q", tt.ago, got, tt.short)
		}
		if got := dayName(nil, at, now); got != tt.day {
			t.Errorf("dayName(%v) = %q, want %q", tt.ago, got, tt.day)
		}
	}
	if got := distance(nil, time.Time{}, now) + distance(nil, now.Add(90*time.Minute), now); got != "neverin 1 h" {
		t.Errorf("distance: %q", got)
	}
	if got := (*words.Language)(nil).Number(12345) + bytesText(nil, 23<<20) + bytesText(nil, 2<<40); got != "12\u202f34523 MB2048.0 GB" {
		t.Errorf("numbers: %q", got)
	}
}

func BenchmarkRiver(b *testing.B) {
	w := newWorld(b, 50, nil)
	w.store.freeze(b)
	r := httptest.NewRequest("GET", "http://localhost/", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	b.ReportAllocs()
	for b.Loop() {
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		if rec.Code != 200 {
			b.Fatal(rec.Code)
		}
	}
}

// BenchmarkRiverCold lays every row out anew, as after a start.
func BenchmarkRiverCold(b *testing.B) {
	w := newWorld(b, 50, nil)
	w.store.freeze(b)
	r := httptest.NewRequest("GET", "http://localhost/", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	b.ReportAllocs()
	for b.Loop() {
		clear(w.galley.rows)
		w.ServeHTTP(httptest.NewRecorder(), r)
	}
}

func BenchmarkStory(b *testing.B) {
	w := newWorld(b, 50, nil)
	r := httptest.NewRequest("GET", "http://localhost/story/1000", nil)
	b.ReportAllocs()
	for b.Loop() {
		w.ServeHTTP(httptest.NewRecorder(), r)
	}
}

func BenchmarkFeedNotModified(b *testing.B) {
	w := newWorld(b, 50, nil)
	r := httptest.NewRequest("GET", "http://localhost/feed.atom", nil)
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	r.Header.Set("If-None-Match", rec.Header().Get("ETag"))
	b.ReportAllocs()
	for b.Loop() {
		w.ServeHTTP(httptest.NewRecorder(), r)
	}
}
