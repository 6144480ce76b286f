package poller

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// pushed is a document of a hub with the items named.
func pushed(id uint64, items ...string) feed.Pushed {
	var b strings.Builder
	b.WriteString(`<rss version="2.0"><channel><title>Quay</title><link>https://quay.example/</link>`)
	for _, it := range items {
		fmt.Fprintf(&b, `<item><guid>%s</guid><title>%s</title><link>https://quay.example/%s</link><description>Of %s there is more to tell than this.</description></item>`, it, it, it, it)
	}
	b.WriteString(`</channel></rss>`)
	return feed.Pushed{Feed: id, Body: []byte(b.String()), ContentType: "application/rss+xml"}
}

func answerOf(d feed.Pushed, tag string) *fetch.Response {
	return &fetch.Response{Status: 200, URL: "https://quay.example/feed", Body: d.Body, Hash: sha256.Sum256(d.Body), ContentType: d.ContentType, ETag: tag}
}

// quay is a poller with one feed of two entries, polled once.
func quay(t *testing.T, o Options) (p *Poller, w *web, id uint64, stop func()) {
	t.Helper()
	w = newWeb()
	w.answer = func(fetch.Request) (*fetch.Response, error) { return answerOf(pushed(0, "one", "two"), `"a"`), nil }
	p, stop = start(t, open(t), w, o)
	id = wish(t, p, "https://quay.example/feed")[0].Subscription.ID
	time.Sleep(time.Minute)
	synctest.Wait()
	if w.requests() != 1 {
		t.Fatalf("%d requests", w.requests())
	}
	return p, w, id, stop
}

func stateOf(t *testing.T, p *Poller, id uint64) feed.Following {
	t.Helper()
	f, err := p.store.Subscription(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A push is parsed, cleaned, known again and committed as a poll is, and says nothing of
// what it lacks, of validators, or of when to poll.
func TestPushGoesTheWayOfAPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, w, id, stop := quay(t, Options{})
		defer stop()
		before := stateOf(t, p, id)
		o, err := p.Push(t.Context(), pushed(id, "three", "two"))
		if err != nil || o.New != 1 || !o.Pushed {
			t.Fatalf("%+v, %v", o, err)
		}
		after := stateOf(t, p, id)
		if after.Entries != 3 || w.requests() != 1 {
			t.Errorf("%d entries after %d requests", after.Entries, w.requests())
		}
		b, a := before.State, after.State
		if a.ETag != b.ETag || !a.Due.Equal(b.Due) || !a.Polled.Equal(b.Polled) || !a.Document.Equal(b.Document) || a.HTTP != 200 || a.Failures != 0 {
			t.Errorf("the state was\n%+v and is\n%+v", b, a)
		}
		if o, err := p.Push(t.Context(), pushed(id, "three", "two")); err != nil || o.New != 0 || stateOf(t, p, id).Entries != 3 {
			t.Errorf("the same again: %+v, %v", o, err)
		}
		o, err = p.Push(t.Context(), pushed(id))
		if err != nil || o.Status != "unchanged" || stateOf(t, p, id).Entries != 3 {
			t.Errorf("an empty one: %+v, %v", o, err)
		}
	})
}

// A push and a poll of one feed never work at the same time, so an entry that both bring
// is new but once.
func TestPushAndPollBringAnEntryOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, w, id, stop := quay(t, Options{})
		defer stop()
		w.mu.Lock()
		w.latency = 10 * time.Second
		w.answer = func(fetch.Request) (*fetch.Response, error) {
			return answerOf(pushed(0, "four", "three", "two", "one"), `"b"`), nil
		}
		w.mu.Unlock()
		time.Sleep(10 * time.Minute)
		if _, err := p.Refresh(t.Context(), []uint64{id}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // the poll is under way
		o, err := p.Push(t.Context(), pushed(id, "four", "three"))
		if err != nil || o.New != 0 {
			t.Errorf("the push brought %+v, %v", o, err)
		}
		f := stateOf(t, p, id)
		if f.Entries != 4 || f.State.ETag != `"b"` {
			t.Errorf("%d entries, tag %s", f.Entries, f.State.ETag)
		}
	})
}

// What is no feed is refused and changes nothing; so is what comes for a feed that is
// paused or no longer there, or after the end.
func TestPushesThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, w, id, stop := quay(t, Options{})
		if _, err := p.Push(t.Context(), feed.Pushed{Feed: id, Body: []byte("ping"), ContentType: "text/plain"}); err == nil {
			t.Error("a ping passes for a feed")
		}
		if f := stateOf(t, p, id); f.State.Failures != 0 || f.Entries != 2 {
			t.Errorf("it left %+v", f)
		}
		time.Sleep(3 * time.Hour) // and the feed is still polled
		synctest.Wait()
		if w.requests() < 2 {
			t.Error("the feed is polled no more")
		}
		yes := true
		if _, err := p.Change(t.Context(), id, feed.Change{Paused: &yes}); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Push(t.Context(), pushed(id, "three")); !errors.Is(err, feed.ErrNotFound) {
			t.Errorf("of a paused feed: %v", err)
		}
		if _, err := p.Push(t.Context(), pushed(id+7, "three")); !errors.Is(err, feed.ErrNotFound) {
			t.Errorf("of no feed: %v", err)
		}
		stop()
		if _, err := p.Push(context.Background(), pushed(id, "three")); err == nil {
			t.Error("taken after the end")
		}
	})
}

// While a hub pushes a feed it is polled at the ceiling; not before a day has gone, and
// not never. When the promise ends, and at the next start, it is due as ever.
func TestAPushedFeedIsPolledAtTheCeiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var until time.Time
		o := Options{PushedUntil: func(uint64) time.Time { return until }}
		until = time.Now().Add(240 * time.Hour)
		w := newWeb()
		w.answer = func(fetch.Request) (*fetch.Response, error) { return answerOf(pushed(0, "one"), `"a"`), nil }
		s := open(t)
		p, stop := start(t, s, w, o)
		id := wish(t, p, "https://quay.example/feed")[0].Subscription.ID
		time.Sleep(23 * time.Hour)
		synctest.Wait()
		if w.requests() != 1 {
			t.Errorf("%d requests in 23 hours", w.requests())
		}
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		if w.requests() != 2 {
			t.Errorf("%d requests in 28 hours: a hub may have gone silent", w.requests())
		}
		f := stateOf(t, p, id)
		if d := f.State.Due.Sub(f.State.Polled); d < 23*time.Hour || !f.State.PushUntil.Equal(until) {
			t.Errorf("due after %v, pushed until %v", d, f.State.PushUntil)
		}
		until = time.Time{}
		if err := p.Unpushed(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		f = stateOf(t, p, id)
		if d := f.State.Due.Sub(f.State.Polled); d > 20*time.Hour || d < 50*time.Minute {
			t.Errorf("when the hub has gone it is due after %v (%s)", d, f.State.Why)
		}
		stop()
	})
}

// A restart doesn't trust that nothing was pushed while nobody listened.
func TestAfterARestartAPushedFeedIsDueAsEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until := time.Now().Add(240 * time.Hour)
		o := Options{PushedUntil: func(uint64) time.Time { return until }}
		w := newWeb()
		w.answer = func(fetch.Request) (*fetch.Response, error) { return answerOf(pushed(0, "one"), `"a"`), nil }
		s := open(t)
		p, stop := start(t, s, w, o)
		id := wish(t, p, "https://quay.example/feed")[0].Subscription.ID
		time.Sleep(time.Hour)
		stop()
		ceiling := stateOf(t, p, id).State.Due
		p, stop = start(t, s, w, Options{}) // without a public address now
		defer stop()
		synctest.Wait()
		if due := stateOf(t, p, id).State.Due; !due.Before(ceiling) {
			t.Errorf("due %v, was %v", due, ceiling)
		}
		time.Sleep(20 * time.Hour)
		synctest.Wait()
		if w.requests() < 2 {
			t.Error("it is still left to a hub")
		}
	})
}
