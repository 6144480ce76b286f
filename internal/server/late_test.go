package server

import (
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"tidings/internal/feed"
)

// lossy is a server whose answers to marks get lost, after it did what was asked.
type lossy struct {
	*world
	lose atomic.Bool
}

func (l *lossy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || !l.lose.Load() {
		l.world.ServeHTTP(w, r)
		return
	}
	l.world.ServeHTTP(nothing{http.Header{}}, r)
	panic(http.ErrAbortHandler)
}

// nothing takes an answer and gives it to nobody.
type nothing struct{ header http.Header }

func (n nothing) Header() http.Header       { return n.header }
func (nothing) WriteHeader(int)             {}
func (nothing) Write(b []byte) (int, error) { return len(b), nil }

// late presses a button some time ago.
func (w *world) late(t *testing.T, button string, ago time.Duration) {
	t.Helper()
	w.post(t, "/mark", url.Values{button: {"1000"}, "ago": {strconv.FormatInt(ago.Milliseconds(), 10)}}, "Accept", "application/json").status(200)
}

// What was marked on another device since a mark was made without a network stands.
func TestLateMarksGiveWay(t *testing.T) {
	for _, tt := range []struct {
		now, late string
		want      feed.Mark
	}{
		{"read", "unread", feed.Mark{Read: true}},
		{"star", "unstar", feed.Mark{Starred: true}},
		{"unread", "read", feed.Mark{}},
		{"unstar", "star", feed.Mark{}},
		{"star", "read", feed.Mark{Read: true, Starred: true}},
	} {
		w := newWorld(t, 3, nil)
		first := map[string]string{"unread": "read", "unstar": "star"}[tt.now]
		if first != "" {
			w.late(t, first, 2*time.Hour)
		}
		w.post(t, "/mark", url.Values{tt.now: {"1000"}}).status(303)
		w.late(t, tt.late, time.Hour)
		if got := w.mark(t, 1000); got != tt.want {
			t.Errorf("%s now, %s an hour ago: %+v, want %+v", tt.now, tt.late, got, tt.want)
		}
		w.late(t, tt.late, 0)
		if got := w.mark(t, 1000); got == tt.want && tt.late != "read" {
			t.Errorf("%s at last: still %+v", tt.late, got)
		}
	}
}

func TestALateMarkIsOfItsTime(t *testing.T) {
	w := newWorld(t, 3, nil)
	w.late(t, "read", 3*time.Hour)
	f, err := w.store.Story(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	if ago := time.Since(f.Mark.ReadAt); ago < 3*time.Hour-time.Second || ago > 3*time.Hour+time.Minute {
		t.Errorf("read %s ago, want 3h", ago)
	}
	for _, bad := range []string{"x", "-1", "1.5"} {
		w.post(t, "/mark", url.Values{"read": {"1000"}, "ago": {bad}}).status(400)
	}
}

func TestLateMarkAllLeavesWhatWasMarkedUnreadSince(t *testing.T) {
	w := newWorld(t, 5, nil)
	until := w.get(t, "/").page().find("#mark-all [name=until]")[0].attr("value")
	w.post(t, "/mark", url.Values{"read": {"999"}}).status(303)
	w.post(t, "/mark", url.Values{"unread": {"999"}}).status(303)
	form := url.Values{"view": {"unread"}, "upto": {""}, "until": {until}, "ago": {"3600000"}}
	for range 2 { // sent twice, as its answer was lost
		w.post(t, "/mark-all", form).status(303)
		if n := w.unread(t); n != 1 || w.mark(t, 999).Read {
			t.Errorf("%d unread, want story 999 alone", n)
		}
	}
}

// What was marked unread stays so after a restart, though a late mark says read.
func TestLateMarksGiveWayAfterARestart(t *testing.T) {
	w := newWorld(t, 3, nil)
	for _, press := range []string{"read", "unread", "star", "unstar"} {
		w.post(t, "/mark", url.Values{press: {"1000"}}).status(303)
	}
	next, err := New(w.Options)
	if err != nil {
		t.Fatal(err)
	}
	w.Server = next
	for _, press := range []string{"read", "star"} {
		w.late(t, press, time.Hour)
	}
	if got := w.mark(t, 1000); got != (feed.Mark{}) {
		t.Errorf("after a restart late marks won: %+v", got)
	}
	w.late(t, "read", 0)
	if got := w.mark(t, 1000); !got.Read {
		t.Errorf("a mark of now didn't count: %+v", got)
	}
}

func TestRetakenIsBounded(t *testing.T) {
	var k retaken
	no, now := false, time.Now()
	for id := range uint64(mostRetaken + 1) {
		k.note([]uint64{id}, feed.MarkChange{Read: &no}, now.Add(time.Duration(id)*time.Second))
	}
	yes := true
	if n := len(k.stories); n != mostRetaken*9/10 || !k.after(mostRetaken, feed.MarkChange{Read: &yes}, now) || k.after(0, feed.MarkChange{Read: &yes}, now.Add(-time.Hour)) {
		t.Errorf("%d stories remembered, want the last %d", n, mostRetaken*9/10)
	}
}
