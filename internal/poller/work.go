package poller

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/sanitize"
)

// siteRest bounds how long one 429 answer can silence its whole site; the feed
// itself waits as long as the publisher asks.
const siteRest = 15 * time.Minute

// work polls one feed: fetch, gather, hand over to the committer.
func (p *Poller) work(ctx context.Context, j *job) {
	defer func() { p.done <- message{j, true} }()
	began := time.Now()
	resp, err := p.ask(ctx, j.claim)
	j.limited = limited(err)
	p.done <- message{j, false}
	if ctx.Err() != nil {
		p.dropped(j)
		return
	}
	p.cpu <- struct{}{}
	h := p.gather(ctx, j.claim, resp, err)
	<-p.cpu
	h.job, h.outcome.Took = j, time.Since(began)
	p.harvests <- h
}

// ask fetches a feed, or takes the answer that discovery has just fetched. That a
// library can't stand what a publisher sent is that feed's failure.
func (p *Poller) ask(ctx context.Context, c feed.Claim) (resp *fetch.Response, err error) {
	defer func() {
		if r := recover(); r != nil {
			resp, err = nil, p.defect(c, r)
		}
	}()
	if resp := p.found.take(c); resp != nil {
		return resp, nil
	}
	return p.fetch.Get(ctx, fetch.Request{URL: c.Subscription.URL, ETag: c.State.ETag, LastModified: c.State.LastModified})
}

func limited(err error) time.Duration {
	fe := fetchError(err)
	if fe == nil || fe.Status != 429 {
		return 0
	}
	return min(max(fe.RetryAfter, time.Minute), siteRest)
}

// gather is the pure [gather] with what it needs of the store, and what the store
// has to say to it.
func (p *Poller) gather(ctx context.Context, c feed.Claim, resp *fetch.Response, err error) (h harvested) {
	now := time.Now()
	defer func() {
		if r := recover(); r != nil {
			h = failure(c, p.defect(c, r), now)
		}
	}()
	known := func() (map[feed.Key]feed.Known, error) { return p.store.Seen(ctx, c.Subscription.ID) }
	h = gather(c, resp, err, known, now)
	p.weigh(ctx, &h)
	p.pack(&h)
	return h
}

// defect makes a panic, which is a fault of ours or of a library, into a failure
// of the feed that brought it about.
func (p *Poller) defect(c feed.Claim, r any) error {
	p.log.Error("poll", "feed", c.Subscription.URL, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
	return &fetch.Error{Kind: feed.FailureTemporary, URL: c.Subscription.URL,
		Err: feed.WithHint(fmt.Errorf("reading the feed failed inside tidings: %v", r), "report it with the feed's address")}
}

// weigh decides for each revised entry whether its words changed, or only its
// markup, addresses or times.
func (p *Poller) weigh(ctx context.Context, h *harvested) {
	for i := range h.harvest.Arrivals {
		a := &h.harvest.Arrivals[i]
		if a.New {
			continue
		}
		old, body, err := p.store.Entry(ctx, a.Entry.ID)
		if err != nil {
			continue // expired meanwhile
		}
		a.Entry.Story, a.Entry.Seen = old.Story, old.Seen
		a.Material = old.Title != a.Entry.Title || sanitize.Text(body.Text()) != sanitize.Text(a.Body.Text())
		if !a.Material {
			a.Entry.Revised = old.Revised
		}
	}
}

// pack makes the harvest small until it is committed. A body that can't be packed
// stays as it is, and the commit says why.
func (p *Poller) pack(h *harvested) {
	for i := range h.harvest.Arrivals {
		a := &h.harvest.Arrivals[i]
		if packed, err := p.store.Pack(a.Body); err == nil {
			a.Packed, a.Body = packed, feed.Body{}
		}
	}
}
