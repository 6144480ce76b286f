package poller

import (
	"context"
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
