package poller

import (
	"sync"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// found keeps the feeds that discovery has just fetched, for the first poll that
// follows, so that a publisher isn't asked twice for one subscription (rule E1).
type found struct {
	mu   sync.Mutex
	feed map[string]fetched // by address
}

type fetched struct {
	resp *fetch.Response
	at   time.Time
}

// An answer is kept so long, and so many are kept.
const (
	foundFor  = 10 * time.Minute // as long as a person may look at a preview
	foundMost = 16
	foundSize = 4 << 20 // bytes; a longer one is asked for again
)

func newFound() *found { return &found{feed: map[string]fetched{}} }

// put keeps an answer that is a feed.
func (f *found) put(address string, resp *fetch.Response) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	f.sweep(now)
	if len(f.feed) < foundMost && len(resp.Body) <= foundSize {
		f.feed[address] = fetched{resp, now}
		time.AfterFunc(foundFor+time.Second, f.drop)
	}
}

// drop drops the answers that were kept long enough.
func (f *found) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sweep(time.Now())
}

func (f *found) sweep(now time.Time) {
	for a, x := range f.feed {
		if now.Sub(x.at) > foundFor {
			delete(f.feed, a)
		}
	}
}

// look gives the answer of an address, and keeps it; nil if there is none.
func (f *found) look(address string) *fetch.Response {
	f.mu.Lock()
	defer f.mu.Unlock()
	if x, ok := f.feed[address]; ok && time.Since(x.at) <= foundFor {
		return x.resp
	}
	return nil
}

// take gives the answer for a feed's first poll, once; nil if there is none.
func (f *found) take(c feed.Claim) *fetch.Response {
	f.mu.Lock()
	defer f.mu.Unlock()
	x, ok := f.feed[c.Subscription.URL]
	delete(f.feed, c.Subscription.URL)
	if !ok || !c.State.Polled.IsZero() || time.Since(x.at) > foundFor {
		return nil
	}
	return x.resp
}
