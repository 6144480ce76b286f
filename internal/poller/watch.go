package poller

import (
	"context"
	"fmt"
	"time"

	"tidings/internal/feed"
)

// manualFloor is the least time between two polls of a feed at the reader's wish
// (rule E4).
const manualFloor = 5 * time.Minute

// watch waits for feeds to be polled.
type watch struct {
	outcomes chan feed.Outcome
}

// Poll polls the feeds asked for and returns when the last of them was stored,
// or ctx ends. It calls begin once with the number of feeds, then each with what
// came of every one; feeds that must not be asked now (paused, gone, told to
// wait) are among them. It needs a running [Poller.Run].
func (p *Poller) Poll(ctx context.Context, r feed.PollRequest, begin func(n int), each func(feed.Outcome)) error {
	fs, err := p.wanted(ctx, r)
	if err != nil {
		return err
	}
	begin(len(fs))
	w, ask := p.watch(fs, r)
	defer p.unwatch(w, fs)
	if _, err := p.store.Hasten(ctx, ask, time.Now()); err != nil {
		return fmt.Errorf("make feeds due: %w", err)
	}
	p.Wake()
	for range fs {
		select {
		case o := <-w.outcomes:
			each(o)
		case <-p.stopped:
			return fmt.Errorf("poll feeds: tidings is stopping")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// wanted gives the subscriptions that a request means.
func (p *Poller) wanted(ctx context.Context, r feed.PollRequest) ([]feed.Following, error) {
	var fs []feed.Following
	if r.Feeds != nil {
		for _, id := range r.Feeds {
			f, err := p.store.Subscription(ctx, id)
			if err != nil {
				return nil, err
			}
			fs = append(fs, f)
		}
		return fs, nil
	}
	all, err := p.store.Subscriptions(ctx)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	for _, f := range all {
		if r.All || !f.Subscription.Paused && !f.State.Gone && !f.State.Due.After(now) {
			fs = append(fs, f)
		}
	}
	return fs, nil
}

// watch registers for the outcomes of fs, and gives the feeds that are to be
// made due. Those that must not be polled get their outcome at once.
func (p *Poller) watch(fs []feed.Following, r feed.PollRequest) (*watch, []uint64) {
	w := &watch{outcomes: make(chan feed.Outcome, len(fs))}
	now, ask := time.Now(), []uint64{}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range fs {
		id := f.Subscription.ID
		if o, not := refusal(f, r, now); not && !p.busy[id] {
			w.outcomes <- o
			continue
		}
		p.watchers[id] = append(p.watchers[id], w)
		if !p.busy[id] {
			ask = append(ask, id)
		}
	}
	return w, ask
}

// refusal says why a feed is not to be polled now, if so.
func refusal(f feed.Following, r feed.PollRequest, now time.Time) (feed.Outcome, bool) {
	o := feed.Outcome{Feed: f.Subscription.ID, URL: f.Subscription.URL, Title: f.Name(), Finished: now}
	ago := now.Sub(f.State.Polled)
	switch {
	case f.Subscription.Paused:
		o.Status, o.Error = "paused", "polling is paused"
	case f.State.Gone:
		o.Status, o.Error = "gone", "the publisher has taken the feed down for good (410)"
	case f.State.NotBefore.After(now):
		o.Status, o.Error = "waiting", "the publisher asked not to be asked before "+f.State.NotBefore.Local().Format("2 Jan 15:04")
	case !r.Force && ago < manualFloor && !f.State.Due.IsZero() && f.State.Due.After(now):
		o.Status, o.Error = "waiting", fmt.Sprintf("polled %v ago; publishers are asked at most every %v (--force asks again)", ago.Round(time.Second), manualFloor)
	default:
		return o, false
	}
	return o, true
}

func (p *Poller) unwatch(w *watch, fs []feed.Following) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range fs {
		id := f.Subscription.ID
		var rest []*watch
		for _, x := range p.watchers[id] {
			if x != w {
				rest = append(rest, x)
			}
		}
		if len(rest) == 0 {
			delete(p.watchers, id)
		} else {
			p.watchers[id] = rest
		}
	}
}

// watched gives the feeds that somebody waits for and that aren't claimed yet.
func (p *Poller) watched() map[uint64]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	ids := map[uint64]bool{}
	for id := range p.watchers {
		if !p.busy[id] {
			ids[id] = true
		}
	}
	return ids
}

// countUnpolled learns which subscriptions were never polled.
func (p *Poller) countUnpolled(ctx context.Context) error {
	fs, err := p.store.Subscriptions(ctx)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range fs {
		if f.State.Polled.IsZero() && !f.Subscription.Paused {
			p.unpolled[f.Subscription.ID] = true
		}
	}
	p.progress.Total = len(p.unpolled)
	return nil
}

// claimed notes that feeds are on their way.
func (p *Poller) claimed(cs []feed.Claim) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range cs {
		p.busy[c.Subscription.ID] = true
	}
	p.progress.Running = p.progress.Running || len(cs) > 0
}

// dropped notes that a poll was given up because the program ends.
func (p *Poller) dropped(s feed.Subscription) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.busy, s.ID)
}

// finished notes the end of a poll and tells who waits for it.
func (p *Poller) finished(h harvested) {
	p.log.Debug("poll", "feed", h.outcome.URL, "status", h.outcome.Status, "http", h.outcome.HTTP,
		"new", h.outcome.New, "joined", h.outcome.Joined, "revised", h.outcome.Revised, "bytes", h.outcome.Bytes, "took", h.outcome.Took)
	p.mu.Lock()
	defer p.mu.Unlock()
	if delete(p.busy, h.outcome.Feed); len(p.busy) == 0 {
		p.Wake() // the run may be over
	}
	delete(p.unpolled, h.outcome.Feed)
	p.progress.Done++
	p.progress.New += h.outcome.New
	if h.outcome.Status == "failed" || h.outcome.Status == "gone" {
		p.progress.Failed++
	}
	for _, w := range p.watchers[h.outcome.Feed] {
		select {
		case w.outcomes <- h.outcome:
		default: // it has what it waits for
		}
	}
	delete(p.watchers, h.outcome.Feed)
}

func (p *Poller) inFlight() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return min(len(p.busy), p.o.Workers)
}

// idle ends the present run of polls if nothing is under way.
func (p *Poller) idle(nothingDue bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if nothingDue && len(p.busy) == 0 {
		p.progress = feed.Progress{}
	}
}

// Progress tells how far the present run of polls is.
func (p *Poller) Progress() feed.Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	pr := p.progress
	pr.First = len(p.unpolled) > 0
	pr.Running = pr.Running || pr.First
	pr.Total = pr.Done + max(len(p.busy), len(p.unpolled))
	return pr
}
