package poller

import (
	"context"
	"fmt"
	"net/http"
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
	g := p.room.guest()
	defer g.leave()
	resp, err := p.ask(ctx, j, g)
	p.done <- message{j, false}
	if ctx.Err() != nil {
		p.dropped(j)
		return
	}
	if far, ok := err.(*tooFar); ok { // a redirect led to a site that is busy
		p.harvests <- elsewhere(j, far)
		return
	}
	p.unread.Add(1)
	p.cpu <- struct{}{}
	p.unread.Add(-1)
	defer func() { <-p.cpu }() // not before it is handed over: who can't be committed yet is small while it isn't read
	h := p.gather(ctx, j.claim, resp, err)
	h.job, h.outcome.Took, h.lag = j, time.Since(began), began.Sub(j.claim.State.Due)
	p.harvests <- h
}

// ask fetches a feed, or takes the answer that discovery has just fetched. That a
// library can't stand what a publisher sent is that feed's failure.
func (p *Poller) ask(ctx context.Context, j *job, g *guest) (resp *fetch.Response, err error) {
	c := j.claim
	defer func() {
		if r := recover(); r != nil {
			resp, err = nil, p.defect(c, r)
		}
	}()
	w := &way{p: p, site: j.site, flight: j.flight, most: hopPatience}
	defer w.end()
	if resp := p.found.take(c); resp != nil {
		return resp, nil
	}
	resp, err = p.fetch.Get(ctx, fetch.Request{URL: c.Subscription.URL, ETag: c.State.ETag, LastModified: c.State.LastModified,
		Delta: true, Turn: w.turn, Room: g.take})
	p.heed(j, w.site, err)
	return resp, err
}

// heed learns from an answer how its site wants to be asked.
func (p *Poller) heed(j *job, site string, err error) {
	now := time.Now()
	fe := fetchError(err)
	if fe == nil || fe.Kind != feed.FailureLimited {
		if err == nil || fe != nil && fe.Status != 0 {
			p.pace.note(site, verdict{}, now)
		}
		return
	}
	v := verdict{limited: true, again: j.claim.State.Failure == feed.FailureLimited}
	if fe.Status == http.StatusTooManyRequests {
		v.rest = min(max(fe.RetryAfter, time.Minute), siteRest)
	}
	if until := p.pace.note(site, v, now); site == j.site {
		j.rest = until
	}
}

// gather is the pure [gather] with what it needs of the store, and what the store
// has to say to it.
func (p *Poller) gather(ctx context.Context, c feed.Claim, resp *fetch.Response, err error) (h harvested) {
	now := time.Now()
	c.State.PushUntil = p.pushedUntil(c.Subscription.ID)
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
