package poller

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// A feed that is taken back is polled again when it was due, nothing of it is lost, and
// copies of its entries are known as such.
func TestUnsubscribingIsUndone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.answer = func(r fetch.Request) (*fetch.Response, error) {
			return document(r.URL, "https://both.example/", 3), nil
		}
		p, stop := start(t, s, w, Options{})
		defer stop()
		id := wish(t, p, "https://a.example/feed")[0].Subscription.ID
		time.Sleep(time.Minute)
		before := stats(t, s)
		if err := p.Remove(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		other := wish(t, p, "https://c.example/feed")[0].Subscription.ID
		if err := p.Remove(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		asked := w.requests()
		time.Sleep(feed.UndoFor - time.Minute)
		if got := stats(t, s); got.Entries != 0 || got.Stories != 0 || got.Feeds != 0 || w.requests() != asked {
			t.Errorf("unsubscribed: %+v, and asked %d times", got, w.requests()-asked)
		}
		if back, err := p.TakeBackAll(t.Context(), []uint64{id, 77}); err != nil || len(back) != 1 || back[0].ID != id {
			t.Fatal(back, err)
		}
		if _, err := p.TakeBack(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		if err := p.Remove(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		now := stats(t, s)
		if now.Bytes, before.Bytes = 0, 0; now != before {
			t.Errorf("taken back: %+v, was %+v", now, before)
		}
		wish(t, p, "https://b.example/feed")
		time.Sleep(48 * time.Hour)
		if got := stats(t, s); got.Copies == 0 || got.Stories != before.Stories || w.requests() < asked+2 {
			t.Errorf("two days later: %+v after %d requests; the entries of the second feed are copies", got, w.requests()-asked)
		}
	})
}

// What was unsubscribed from too long ago is gone.
func TestTooLateToTakeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		p, stop := start(t, s, w, Options{})
		defer stop()
		id := wish(t, p, "https://a.example/feed")[0].Subscription.ID
		time.Sleep(time.Minute)
		if err := p.Remove(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		time.Sleep(feed.UndoFor + expireEvery)
		if _, err := p.TakeBack(t.Context(), id); !errors.Is(err, feed.ErrNotFound) {
			t.Errorf("taken back after %v: %v", feed.UndoFor+expireEvery, err)
		}
	})
}

// A preview shows what a feed brought last, subscribes to nothing, and saves the first
// poll a request.
func TestPreview(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		p, stop := start(t, s, w, Options{})
		defer stop()
		for range 2 {
			found, err := p.Preview(t.Context(), "https://a.example/feed")
			if err != nil || len(found) != 1 {
				t.Fatalf("%+v, %v", found, err)
			}
			v := found[0]
			if v.Failure != "" || v.Format == "" || v.Entries != 3 || len(v.Last) != 3 || v.Last[0].Title == "" || v.Feed != 0 {
				t.Errorf("preview %+v", v)
			}
		}
		if got := stats(t, s); got.Feeds != 0 || w.requests() != 1 {
			t.Errorf("%d feeds are followed after %d requests", got.Feeds, w.requests())
		}
		wish(t, p, "https://a.example/feed")
		time.Sleep(time.Minute)
		if got := stats(t, s); got.Entries != 3 || w.requests() != 1 {
			t.Errorf("%d entries after %d requests, want the previewed ones after 1", got.Entries, w.requests())
		}
		found, err := p.Preview(t.Context(), "https://a.example/feed")
		if err != nil || found[0].Feed == 0 || w.requests() != 1 {
			t.Errorf("a feed that is followed: %+v, %v, %d requests", found, err, w.requests())
		}
	})
}
