package poller

import (
	"context"
	"maps"
	"slices"
	"time"

	"tidings/internal/feed"
)

// silence tells a machine without a network from feeds that fail: several sites
// in a row didn't answer at all, and none did in between.
type silence struct {
	sites map[string]bool // that didn't answer
	feeds map[uint64]bool // that couldn't be asked
}

// offline is how many sites in a row must be silent, and offlineWait how soon
// they are then tried again; doubled each time, up to the usual back-off.
const (
	offline     = 3
	offlineWait = 2 * time.Minute
)

// listen notes whether a poll was answered. Without a network feeds are due again
// soon; when the first of them answers, all are. It runs in the committer.
func (p *Poller) listen(ctx context.Context, h *harvested) {
	switch {
	case h.outcome.Status == "waiting":
	case h.outcome.HTTP != 0:
		p.hasten(ctx)
		p.quiet = silence{}
	case h.outcome.Status == "failed" && h.harvest.State.Failure == feed.FailureTemporary:
		p.quiet.note(h)
	}
}

// hasten makes the feeds due that could not be asked while there was no network.
func (p *Poller) hasten(ctx context.Context) {
	if len(p.quiet.sites) < offline {
		return
	}
	if _, err := p.store.Hasten(ctx, slices.Sorted(maps.Keys(p.quiet.feeds)), time.Now()); err != nil {
		p.log.Warn("make feeds due after a time without network", "err", err)
	}
	p.Wake()
}

func (q *silence) note(h *harvested) {
	if q.sites == nil {
		q.sites, q.feeds = map[string]bool{}, map[uint64]bool{}
	}
	q.sites[h.claim.Subscription.Site] = true
	q.feeds[h.claim.Subscription.ID] = true
	if len(q.sites) < offline {
		return
	}
	st := &h.harvest.State
	soon := st.Polled.Add(offlineWait << min(max(st.Failures-1, 0), 10))
	if soon.Before(st.Due) {
		st.Due = soon
	}
}
