package poller

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// tags are the ETags of requests, in order.
type tags struct {
	mu   sync.Mutex
	list []string
}

// add appends one, and gives how many there are.
func (t *tags) add(tag string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = append(t.list, tag)
	return len(t.list)
}

func (t *tags) all() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.list)
}

// A feed that suddenly has no items is shown as suspicious, and nothing else is
// changed by it: what it brought stays, its name stays, and it is asked again by the
// validators of the last document that had items. Items that come back end it.
func TestAFeedThatRunsEmptyChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const url = "https://quay.example/feed"
		s, w := open(t), newWeb()
		var asked tags
		w.answer = func(r fetch.Request) (*fetch.Response, error) {
			switch n := asked.add(r.ETag); n {
			case 1:
				return document(url, "gull", 3), nil
			case 2, 3:
				body := fmt.Appendf(nil, "<rss><channel><title>Parked %d</title><ttl>600</ttl></channel></rss>", n)
				return &fetch.Response{Status: 200, URL: "https://parked.example/", Permanent: true, Body: body, Hash: sha256.Sum256(body),
					ETag: `"empty"`, MaxAge: 20 * time.Hour}, nil
			case 4:
				return &fetch.Response{Status: 304, URL: url, NotModified: true, ETag: `"1"`}, nil
			}
			return document(url, "gull", 4), nil
		}
		state := func() feed.State {
			x, err := s.Subscription(t.Context(), 1)
			if err != nil || x.Subscription.URL != url {
				t.Fatal(x.Subscription, err)
			}
			return x.State
		}
		p, stop := start(t, s, w, Options{})
		defer stop()
		wish(t, p, url)
		poll := func(n int) feed.State {
			for i := 0; len(asked.all()) < n; i++ {
				if time.Sleep(time.Minute); i > 2000 {
					t.Fatalf("poll %d never came: %+v", n, state())
				}
			}
			time.Sleep(time.Minute)
			return state()
		}
		before := poll(1)
		for n := 2; n <= 3; n++ {
			st := poll(n)
			if !st.Empty || st.Failures != 0 || !st.Answered.After(before.Answered) {
				t.Errorf("poll %d: not suspicious, or a failure: %+v", n, st)
			}
			if st.Title != before.Title || st.ETag != `"1"` || st.BodyHash != before.BodyHash || st.Moved != "" ||
				!st.Document.Equal(before.Document) || !st.Changed.Equal(before.Changed) || st.Due.Sub(st.Polled) > 2*time.Hour {
				t.Errorf("poll %d changed the state:\nfrom %+v\nto   %+v", n, before, st)
			}
			if got := stats(t, s); got.Entries != 3 {
				t.Errorf("poll %d: %d entries, want 3", n, got.Entries)
			}
		}
		if st := poll(4); st.Empty {
			t.Error("the old document is confirmed, and still suspicious")
		}
		if st := poll(5); st.Empty || stats(t, s).Entries != 4 {
			t.Errorf("after all is back: %+v, %+v", st, stats(t, s))
		}
		if want := []string{"", `"1"`, `"1"`, `"1"`, `"1"`}; !slices.Equal(asked.all()[:5], want) {
			t.Errorf("asked with %q, want %q", asked.all()[:5], want)
		}
	})
}

// What had to be mended in a document is in the feed's state, until a document
// comes that is sound.
func TestWhatWasMendedIsKept(t *testing.T) {
	torn := document("https://quay.example/feed", "gull", 3)
	torn.Body = torn.Body[:len(torn.Body)-len("</item></channel></rss>")]
	torn.Hash = sha256.Sum256(torn.Body)
	c := feed.Claim{Subscription: feed.Subscription{ID: 1, URL: torn.URL}, State: feed.State{Feed: 1}}
	none := func() (map[feed.Key]feed.Known, error) { return nil, nil }
	h := gather(c, torn, nil, none, noon)
	if want := []string{"truncated in item 3"}; !slices.Equal(h.harvest.State.Mended, want) || len(h.harvest.Arrivals) != 3 {
		t.Errorf("mended %q with %d entries, want %q with 3", h.harvest.State.Mended, len(h.harvest.Arrivals), want)
	}
	c.State = h.harvest.State
	if h = gather(c, document(torn.URL, "gull", 3), nil, none, noon); len(h.harvest.State.Mended) != 0 {
		t.Errorf("a sound document: mended %q", h.harvest.State.Mended)
	}
}
