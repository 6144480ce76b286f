package poller

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/schedule"
)

// way is one fetch on its way from site to site. Each hop of a redirect is a request
// of its own, and waits for its site's turn like all others; meanwhile the site that it
// came from is free for others.
type way struct {
	p      *Poller
	site   string
	flight *flight
	most   time.Duration // how far away a turn may be that is waited for
}

// Turn waits until the site of an address may be asked, in one queue with its feeds, and
// gives what is to be told the status of the answer, 0 for none, and its Retry-After. A
// site that wants to be left alone, or whose turn is far away, is not waited for.
func (p *Poller) Turn(ctx context.Context, address string) (end func(status int, retryAfter time.Duration), err error) {
	site := fetch.Site(address)
	f, err := p.pace.wait(ctx, site, hopPatience)
	if err != nil {
		return nil, fmt.Errorf("wait for the turn of %s: %w", site, err)
	}
	return func(status int, retryAfter time.Duration) {
		v := verdict{limited: status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable}
		if status == http.StatusTooManyRequests {
			v.rest = min(max(retryAfter, time.Minute), siteRest)
		}
		if status != 0 {
			p.pace.note(site, v, time.Now())
		}
		p.pace.leave(f)
		p.Wake()
	}, nil
}

// turn lets the request go on to an address when its site's turn has come.
func (w *way) turn(ctx context.Context, address string) error {
	w.end()
	w.p.pace.note(w.site, verdict{}, time.Now())
	w.site = fetch.Site(address)
	f, err := w.p.pace.wait(ctx, w.site, w.most)
	w.flight = f
	return err
}

// end frees the site where the request is.
func (w *way) end() {
	if w.flight != nil {
		w.p.pace.leave(w.flight)
		w.flight = nil
		w.p.Wake()
	}
}

// elsewhere is the harvest of a poll that a redirect led to a site that is busy, or
// wants to be left alone: it is put back, and nothing was learned.
func elsewhere(j *job, far *tooFar) harvested {
	h := postponed(j, far.until)
	st := &h.harvest.State
	st.Polled, st.Why = time.Now(), far.Error()
	st.Due = far.until.Add(schedule.Spread(st.Feed, 10*time.Minute))
	if least := st.Polled.Add(feed.ShortestEvery); st.Due.Before(least) {
		st.Due = least.Add(schedule.Spread(st.Feed, 10*time.Minute)) // its own site was asked just now
	}
	if j.isNew() {
		st.Polled = time.Time{}
	}
	h.outcome.Error = far.Error()
	return h
}
