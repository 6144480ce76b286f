package poller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tidings/internal/feed"
)

// manualFloor is the least time between two polls of a feed at the reader's wish
// (rule E4).
const manualFloor = 5 * time.Minute

// unansweredFloor is the same for a feed that didn't answer: who was offline needn't
// wait for minutes.
const unansweredFloor = 30 * time.Second

func floor(st feed.State) time.Duration {
	if st.Failures > 0 && st.HTTP == 0 {
		return unansweredFloor
	}
	return manualFloor
}

// watch waits for feeds to be polled.
type watch struct {
	outcomes chan feed.Outcome
}

// Poll polls the feeds asked for and returns when the last of them was stored,
// or ctx ends. It calls begin once with the number of feeds, then each with what
// came of every one; feeds that must not be asked now (paused, gone, told to
// wait) are among them. It needs a running [Poller.Run].
func (p *Poller) Poll(ctx context.Context, r feed.PollRequest, begin func(n int), each func(feed.Outcome)) error {
	if r.Feeds == nil {
		p.pollDueLists(ctx) // feeds that appear there are among those to be polled
	}
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
	left := map[uint64]bool{}
	for _, f := range fs {
		left[f.Subscription.ID] = true
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for len(left) > 0 {
		select {
		case o := <-w.outcomes:
			if left[o.Feed] {
				delete(left, o.Feed)
				each(o)
			}
			look.Reset(lookEvery)
		case <-look.C:
			p.settle(ctx, w, left, r)
		case <-p.stopped:
			return fmt.Errorf("poll feeds: tidings is stopping")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// lookEvery is how long a poll may go on without an outcome before it is seen
// whether the feeds that it waits for can still be polled at all.
const lookEvery = 5 * time.Second

// settle gives an outcome to feeds that were removed, paused, or told to wait
// since somebody began to wait for them.
func (p *Poller) settle(ctx context.Context, w *watch, left map[uint64]bool, r feed.PollRequest) {
	for id := range left {
		p.mu.Lock()
		busy := p.busy[id] != nil
		p.mu.Unlock()
		if busy {
			continue
		}
		f, err := p.store.Subscription(ctx, id)
		o, not := p.refusal(f, r, time.Now())
		if errors.Is(err, feed.ErrNotFound) {
			o, not = feed.Outcome{Feed: id, Status: "removed", Error: "the reader has unsubscribed", Finished: time.Now()}, true
		}
		if not {
			w.send(o)
		}
	}
}

// send gives an outcome to who waits; one that is waited for no longer is dropped.
func (w *watch) send(o feed.Outcome) {
	select {
	case w.outcomes <- o:
	default:
	}
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
	w := &watch{outcomes: make(chan feed.Outcome, 2*len(fs))}
	now, ask := time.Now(), []uint64{}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range fs {
		id := f.Subscription.ID
		if o, not := p.refusal(f, r, now); not && p.busy[id] == nil {
			w.outcomes <- o
			continue
		}
		p.watchers[id] = append(p.watchers[id], w)
		if p.busy[id] == nil {
			ask = append(ask, id)
		}
	}
	return w, ask
}

// refusal says why a feed is not to be polled now, if so.
func (p *Poller) refusal(f feed.Following, r feed.PollRequest, now time.Time) (feed.Outcome, bool) {
	if o, not := refusal(f, r, now); not {
		return o, true
	}
	until := p.pace.rests(f.Subscription.Site, now)
	return feed.Outcome{Feed: f.Subscription.ID, URL: f.Subscription.URL, Title: f.Name(), Finished: now,
		Status: "waiting", Error: restReason(f.Subscription.Site, until)}, !until.IsZero()
}

// refusal says why by what is known of the feed alone.
func refusal(f feed.Following, r feed.PollRequest, now time.Time) (feed.Outcome, bool) {
	o := feed.Outcome{Feed: f.Subscription.ID, URL: f.Subscription.URL, Title: f.Name(), Finished: now}
	ago := now.Sub(f.State.Polled)
	switch {
	case f.Subscription.Paused:
		o.Status, o.Error = "paused", "polling is paused"
	case f.Subscription.When.Until.After(now):
		o.Status, o.Error = "paused", "you paused it until "+f.Subscription.When.Until.Local().Format("2 Jan 15:04")
	case f.State.Gone:
		o.Status, o.Error = "gone", "the publisher has taken the feed down for good (410)"
	case f.State.NotBefore.After(now):
		o.Status, o.Error = "waiting", "the publisher asked not to be asked before "+f.State.NotBefore.Local().Format("2 Jan 15:04")
	case !r.Force && ago < floor(f.State) && !f.State.Due.IsZero() && f.State.Due.After(now):
		o.Status, o.Error = "waiting", fmt.Sprintf("polled %v ago; publishers are asked at most every %v (--force asks again)", ago.Round(time.Second), floor(f.State))
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
		if p.busy[id] == nil {
			ids[id] = true
		}
	}
	return ids
}

// unclaimed gives the feeds that wait for their first poll and aren't claimed yet.
func (p *Poller) unclaimed() map[uint64]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	ids := map[uint64]bool{}
	for id := range p.unpolled {
		if p.busy[id] == nil {
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
	p.crowd.count(fs)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range fs {
		if waitsForFirst(f) {
			p.unpolled[f.Subscription.ID] = true
		}
	}
	p.progress.Total = len(p.unpolled)
	return nil
}

// waitsForFirst reports whether a feed is waiting for its first poll.
func waitsForFirst(f feed.Following) bool {
	return f.State.Polled.IsZero() && !f.Subscription.Paused
}

// claimed notes that feeds are on their way, and gives their jobs. A feed that is
// on its way already, because its lease has lapsed, keeps its job, whose lease is
// thereby renewed; unless its address has changed: then the old job is for nothing.
func (p *Poller) claimed(cs []feed.Claim) []*job {
	p.mu.Lock()
	defer p.mu.Unlock()
	var jobs []*job
	for _, c := range cs {
		id := c.Subscription.ID
		if j := p.busy[id]; j != nil && !j.void && !j.unwanted && j.claim.Subscription.URL == c.Subscription.URL {
			j.lease = c.State.Lease
			continue
		}
		j := &job{claim: p.termed(c), lease: c.State.Lease}
		p.busy[id] = j
		jobs = append(jobs, j)
	}
	p.progress.Running = p.progress.Running || len(jobs) > 0
	return jobs
}

// renew gives harvests the leases that they answer now.
func (p *Poller) renew(hs []harvested) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range hs {
		hs[i].harvest.Lease = hs[i].job.lease
	}
}

// dropped notes that a poll was given up because the program ends, or because its feed
// is no longer followed.
func (p *Poller) dropped(j *job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy[j.claim.Subscription.ID] == j {
		delete(p.busy, j.claim.Subscription.ID)
	}
}

// isUnwanted reports whether the reader has unsubscribed from a feed that waits.
func (p *Poller) isUnwanted(j *job) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return j.unwanted
}

// finished notes the end of a poll and tells who waits for it.
func (p *Poller) finished(h harvested) {
	p.log.Debug("poll", "feed", h.outcome.URL, "status", h.outcome.Status, "http", h.outcome.HTTP,
		"new", h.outcome.New, "joined", h.outcome.Joined, "revised", h.outcome.Revised, "bytes", h.outcome.Bytes, "took", h.outcome.Took)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy[h.outcome.Feed] != h.job {
		return // the feed has another address now, and another job
	}
	if delete(p.busy, h.outcome.Feed); len(p.busy) == 0 {
		p.Wake() // the run may be over
	}
	p.o.Meter.Polled(h.outcome, h.lag)
	delete(p.unpolled, h.outcome.Feed)
	p.progress.Done++
	p.progress.New += h.outcome.New
	if h.outcome.Status == "failed" || h.outcome.Status == "gone" {
		p.progress.Failed++
	}
	for _, w := range p.watchers[h.outcome.Feed] {
		w.send(h.outcome)
	}
	delete(p.watchers, h.outcome.Feed)
}

func (p *Poller) inFlight() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.busy)
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
