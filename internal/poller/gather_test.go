package poller

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidings/internal/feed"
	"tidings/internal/fetch"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// TestPollGoldens takes whole polls from the bytes on the wire to the harvest.
// A fixture is a raw HTTP response; lines before it that begin with # say what
// is expected of it.
func TestPollGoldens(t *testing.T) {
	files, _ := filepath.Glob("testdata/polls/*.http")
	if len(files) < 5 {
		t.Fatalf("only %d fixtures", len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".http"), func(t *testing.T) {
			h := pollFixture(t, file, feed.State{Feed: 7}, nil)
			got, err := json.MarshalIndent(golden(h), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			path := strings.TrimSuffix(file, ".http") + ".json"
			if *update {
				if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(strings.TrimSpace(string(want)), string(got)); d != "" {
				t.Errorf("the harvest differs (-want +got):\n%s", d)
			}
		})
	}
}

// golden is a harvest without zero values and what changes from run to run.
func golden(h harvested) any {
	st := h.harvest.State
	st.BodyHash, st.Due = [32]byte{}, time.Time{}
	st.Error = strings.ReplaceAll(st.Error, h.claim.Subscription.URL, "URL")
	var arrivals []any
	for _, a := range h.harvest.Arrivals {
		arrivals = append(arrivals, map[string]any{"new": a.New, "river": a.Time, "entry": a.Entry, "body": a.Body})
	}
	b, err := json.Marshal(map[string]any{"status": h.outcome.Status, "state": st, "arrivals": arrivals})
	if err != nil {
		panic(err)
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		panic(err)
	}
	return prune(v)
}

// prune removes what is empty.
func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if v[k] = prune(x); v[k] == nil {
				delete(v, k)
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		var kept []any
		for _, x := range v {
			if x = prune(x); x != nil {
				kept = append(kept, x)
			}
		}
		if kept == nil {
			return nil
		}
		return kept
	case string:
		if v == "" || v == "0001-01-01T00:00:00Z" {
			return nil
		}
	case float64:
		if v == 0 {
			return nil
		}
	case bool:
		if !v {
			return nil
		}
	}
	return v
}

// pollFixture serves a raw response on loopback, fetches and gathers it.
func pollFixture(t *testing.T, file string, st feed.State, known map[feed.Key]feed.Known) harvested {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for bytes.HasPrefix(raw, []byte("#")) {
		_, raw, _ = bytes.Cut(raw, []byte("\n"))
	}
	head, body, _ := bytes.Cut(raw, []byte("\n\n"))
	wire := append(bytes.ReplaceAll(head, []byte("\n"), []byte("\r\n")), "\r\nConnection: close\r\n\r\n"...)
	wire = append(wire, body...)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		c.SetReadDeadline(time.Now().Add(5 * time.Second))
		buf := make([]byte, 0, 4096)
		for !bytes.Contains(buf, []byte("\r\n\r\n")) {
			b := make([]byte, 1024)
			n, err := c.Read(b)
			if buf = append(buf, b[:n]...); err != nil {
				return
			}
		}
		c.Write(wire)
	}()
	web := fetch.New(fetch.Options{UserAgent: "tidings/test", AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	defer web.Close()
	c := feed.Claim{Subscription: feed.Subscription{ID: 7, URL: "http://" + l.Addr().String() + "/feed"}, State: st}
	resp, err := web.Get(t.Context(), fetch.Request{URL: c.Subscription.URL, ETag: st.ETag, LastModified: st.LastModified})
	if resp != nil {
		resp.URL = "https://publisher.example/feed" // without the port, which changes
	}
	remembered := func() (map[feed.Key]feed.Known, error) { return known, nil }
	return gather(c, resp, err, remembered, noon)
}

// knownAfter is what a store remembers once a harvest is committed.
func knownAfter(h harvested) map[feed.Key]feed.Known {
	known := map[feed.Key]feed.Known{}
	for i, a := range h.harvest.Arrivals {
		id := a.Entry.ID
		if id == 0 {
			id = uint64(i + 1)
		}
		for _, k := range a.Keys {
			known[k] = feed.Known{Entry: id, Hash: a.Hash, Served: int32(noon.Unix() / 86400)}
		}
	}
	return known
}

func TestTheSameDocumentTwiceBringsNothing(t *testing.T) {
	first := pollFixture(t, "testdata/polls/rss.http", feed.State{Feed: 7}, nil)
	if len(first.harvest.Arrivals) == 0 {
		t.Fatal("the first poll brought nothing")
	}
	st := first.harvest.State
	st.BodyHash[0]++ // as if a byte outside the items had changed
	again := pollFixture(t, "testdata/polls/rss.http", st, knownAfter(first))
	if n := len(again.harvest.Arrivals) + len(again.harvest.Served); n != 0 || again.outcome.Status != "unchanged" {
		t.Errorf("an unchanged document brought %d records and status %q", n, again.outcome.Status)
	}
	if again.harvest.State.ETag != `W/"rss-1"` {
		t.Errorf("ETag %q is not the publisher's, byte for byte", again.harvest.State.ETag)
	}
}

func TestUnchangedBodyIsNotRead(t *testing.T) {
	first := pollFixture(t, "testdata/polls/rss.http", feed.State{Feed: 7}, nil)
	asked := false
	resp := &fetch.Response{Status: 200, Hash: first.harvest.State.BodyHash, Body: []byte("not even XML")}
	h := gather(feed.Claim{State: first.harvest.State}, resp, nil,
		func() (map[feed.Key]feed.Known, error) { asked = true; return nil, nil }, noon)
	if h.outcome.Status != "unchanged" || asked {
		t.Errorf("status %q, store asked: %v", h.outcome.Status, asked)
	}
}

func TestAFailureKeepsValidators(t *testing.T) {
	first := pollFixture(t, "testdata/polls/rss.http", feed.State{Feed: 7}, nil)
	for _, file := range []string{"testdata/polls/html.http", "testdata/polls/limited.http"} {
		h := pollFixture(t, file, first.harvest.State, knownAfter(first))
		st := h.harvest.State
		if st.ETag != `W/"rss-1"` || st.BodyHash != first.harvest.State.BodyHash || st.Failures != 1 || st.Title != first.harvest.State.Title {
			t.Errorf("%s: the state lost what it knew: %+v", file, st)
		}
	}
}

func TestPermanentRedirectMovesAtTheThirdSightingOrAfterADay(t *testing.T) {
	c := feed.Claim{Subscription: feed.Subscription{ID: 1, URL: "https://old.example/feed"}, State: feed.State{Feed: 1}}
	there := &fetch.Response{Status: 304, NotModified: true, Permanent: true, URL: "https://new.example/feed", Hops: []fetch.Hop{{}}}
	h := gather(c, there, nil, nil, noon)
	if h.harvest.URL != "" {
		t.Fatal("moved at the first sighting")
	}
	c.State = h.harvest.State
	if h = gather(c, there, nil, nil, noon.Add(24*time.Hour)); h.harvest.URL != "https://new.example/feed" {
		t.Errorf("the second sighting, a day later, moves to %q", h.harvest.URL)
	}
	if h = gather(c, there, nil, nil, noon.Add(time.Hour)); h.harvest.URL != "" {
		t.Error("moved at the second sighting")
	}
	c.State = h.harvest.State
	if h = gather(c, there, nil, nil, noon.Add(2*time.Hour)); h.harvest.URL != "https://new.example/feed" {
		t.Errorf("the third sighting moves to %q", h.harvest.URL)
	}
	page := *there
	page.Status, page.NotModified, page.Body, page.ContentType = 200, false, []byte("<html><p>moved</p></html>"), "text/html"
	if h = gather(c, &page, nil, nil, noon.Add(2*time.Hour)); h.harvest.URL != "" || h.harvest.State.Failures != 1 {
		t.Error("moved to what is no feed")
	}
	temporary := *there
	temporary.Permanent = false
	if h = gather(c, &temporary, nil, nil, noon); h.harvest.URL != "" || h.harvest.State.Sightings != 0 {
		t.Error("a temporary redirect doesn't interrupt the sightings")
	}
}

func TestGoneStopsTheFeed(t *testing.T) {
	c := feed.Claim{Subscription: feed.Subscription{ID: 1}, State: feed.State{Feed: 1, Title: "Old"}}
	h := gather(c, nil, &fetch.Error{Kind: feed.FailureGone, Status: http.StatusGone, Err: errors.New("taken down")}, nil, noon)
	if st := h.harvest.State; !st.Gone || !st.Due.IsZero() || st.Title != "Old" || h.outcome.Status != "gone" {
		t.Errorf("state after 410: %+v", st)
	}
}

func TestAFeedThatRunsEmptyIsSuspicious(t *testing.T) {
	first := pollFixture(t, "testdata/polls/rss.http", feed.State{Feed: 7}, nil)
	h := pollFixture(t, "testdata/polls/empty.http", first.harvest.State, knownAfter(first))
	if !h.harvest.State.Empty || len(h.harvest.Arrivals) != 0 || h.harvest.State.Failures != 0 {
		t.Errorf("an emptied feed: %+v", h.harvest.State)
	}
}
