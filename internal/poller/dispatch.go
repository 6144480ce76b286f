package poller

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// lease is how long a claim holds: longer than a fetch and its commit can take.
const lease = 10 * time.Minute

// job is one claimed feed on its way through the dispatcher.
type job struct {
	claim   feed.Claim
	site    *site
	limited time.Duration // the site asked (429) to be left alone so long
}

// message is what a worker tells the dispatcher of its job, twice.
type message struct {
	job  *job
	over bool // false: the answer has been fetched; true: the worker is free
}

// site is the queue of one registrable domain.
type site struct {
	name    string
	waiting []*job
	running int
	next    time.Time // no request before
}

// dispatcher is the state of the one goroutine that hands out polls.
type dispatcher struct {
	p       *Poller
	sites   map[string]*site
	waiting int
	running int
	retry   time.Time // no claim before: the store failed
	workers sync.WaitGroup
}

// dispatch claims and starts polls until ctx ends, then waits for its workers.
func (p *Poller) dispatch(ctx context.Context) {
	d := &dispatcher{p: p, sites: map[string]*site{}}
	for ctx.Err() == nil {
		d.claim(ctx)
		d.start(ctx)
		d.wait(ctx)
	}
	// The workers see the end of ctx too; their last messages must find a reader.
	go func() {
		for range p.done {
		}
	}()
	d.workers.Wait()
	close(p.done)
}

// perSite is how many polls of one site may be claimed at once: about as many
// as can be started within half a minute.
func (d *dispatcher) perSite() int {
	gap := d.p.o.SiteGap
	if gap <= 0 {
		return 2 * d.p.o.Workers
	}
	return int(min(max(30*time.Second/gap, 1), time.Duration(2*d.p.o.Workers)))
}

// claim fills the queues from the store.
func (d *dispatcher) claim(ctx context.Context) {
	room := 16*d.p.o.Workers - d.waiting - d.running
	if room < 8*d.p.o.Workers || time.Now().Before(d.retry) {
		return // enough to do; claims are cheaper in batches
	}
	q := feed.ClaimQuery{Now: time.Now(), Lease: lease, Max: room, PerSite: d.perSite(), Full: map[string]bool{}}
	if d.p.o.OnDemand {
		if q.Only = d.p.watched(); len(q.Only) == 0 {
			return
		}
	}
	for name, s := range d.sites {
		if len(s.waiting) > d.perSite()/2 {
			q.Full[name] = true
		}
	}
	claims, err := d.p.store.Claim(ctx, q)
	if err != nil {
		if ctx.Err() == nil {
			d.p.log.Error("claim due feeds", "err", err)
			d.retry = time.Now().Add(5 * time.Second)
		}
		return
	}
	for _, c := range claims {
		d.enqueue(c)
	}
	d.p.claimed(claims)
}

func (d *dispatcher) enqueue(c feed.Claim) {
	name := c.Subscription.Site
	if name == "" {
		name = fetch.Site(c.Subscription.URL)
	}
	s := d.sites[name]
	if s == nil {
		s = &site{name: name}
		d.sites[name] = s
	}
	s.waiting = append(s.waiting, &job{claim: c, site: s})
	d.waiting++
}

// atOnce is how many requests one site gets at a time.
func (d *dispatcher) atOnce() int {
	if d.p.o.SiteGap <= 0 {
		return 2
	}
	return 1
}

// start starts every poll whose turn has come.
func (d *dispatcher) start(ctx context.Context) {
	now, atOnce := time.Now(), d.atOnce()
	for name, s := range d.sites {
		for len(s.waiting) > 0 && s.running < atOnce && !now.Before(s.next) && d.running < d.p.o.Workers {
			j := s.waiting[0]
			s.waiting = s.waiting[1:]
			s.running++
			s.next = now.Add(d.p.o.SiteGap)
			d.waiting--
			d.running++
			d.workers.Go(func() { d.p.work(ctx, j) })
		}
		if len(s.waiting) == 0 && s.running == 0 && !now.Before(s.next) {
			delete(d.sites, name)
		}
	}
}

// wait returns when there may be something to do: a poll has ended, a site's
// turn comes, a feed falls due, or somebody asked.
func (d *dispatcher) wait(ctx context.Context) {
	timer := time.NewTimer(d.pause(ctx))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-d.p.wake:
	case <-timer.C:
	case m := <-d.p.done:
		d.ended(m)
		for { // those that ended meanwhile
			select {
			case m := <-d.p.done:
				d.ended(m)
				continue
			default:
			}
			return
		}
	}
}

// ended notes a message of a worker: the first frees the site, the second the
// worker. So a site isn't kept waiting by our own work, and the bodies in memory
// are no more than the workers.
func (d *dispatcher) ended(m message) {
	if m.over {
		d.running--
		return
	}
	m.job.site.running--
	if m.job.limited > 0 {
		m.job.site.next = time.Now().Add(m.job.limited)
	}
}

// pause is how long nothing will be to do, as far as is known.
func (d *dispatcher) pause(ctx context.Context) time.Duration {
	const longest = 10 * time.Minute // clocks get set, machines sleep
	now, least := time.Now(), longest
	for _, s := range d.sites {
		if len(s.waiting) > 0 && s.running < d.atOnce() {
			least = min(least, s.next.Sub(now))
		}
	}
	if d.retry.After(now) {
		return min(least, d.retry.Sub(now))
	}
	if d.waiting == 0 && !d.p.o.OnDemand {
		due, ok, err := d.p.store.NextDue(ctx)
		if err != nil && ctx.Err() == nil {
			d.p.log.Error("find the next due feed", "err", err)
			return time.Minute
		}
		if ok {
			least = min(least, due.Sub(now))
		}
		d.p.idle(d.running == 0 && (!ok || due.After(now)))
	}
	if d.running >= d.p.o.Workers {
		return longest // an ending poll wakes us
	}
	return max(least, time.Millisecond)
}

// siteRest bounds how long one 429 answer can silence its whole site; the feed
// itself waits as long as the publisher asks.
const siteRest = 15 * time.Minute

// work polls one feed: fetch, gather, hand over to the committer.
func (p *Poller) work(ctx context.Context, j *job) {
	defer func() { p.done <- message{j, true} }()
	began := time.Now()
	sub, st := j.claim.Subscription, j.claim.State
	resp, err := p.fetch.Get(ctx, fetch.Request{URL: sub.URL, ETag: st.ETag, LastModified: st.LastModified})
	j.limited = limited(err)
	p.done <- message{j, false}
	if ctx.Err() != nil {
		p.dropped(sub)
		return
	}
	p.cpu <- struct{}{}
	h := p.gatherSafely(ctx, j.claim, resp, err)
	<-p.cpu
	p.weigh(ctx, &h)
	p.pack(&h)
	h.outcome.Took = time.Since(began)
	p.harvests <- h
}

func limited(err error) time.Duration {
	fe := fetchError(err)
	if fe == nil || fe.Status != 429 {
		return 0
	}
	return min(max(fe.RetryAfter, time.Minute), siteRest)
}

// gatherSafely is [gather] with what it needs of the store. A panic is a defect
// of ours, but it is one feed's failure and not the program's end.
func (p *Poller) gatherSafely(ctx context.Context, c feed.Claim, resp *fetch.Response, err error) (h harvested) {
	now := time.Now()
	defer func() {
		if r := recover(); r != nil {
			p.log.Error("gather", "feed", c.Subscription.URL, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			h = failure(c, &fetch.Error{Kind: feed.FailureTemporary, URL: c.Subscription.URL,
				Err: fmt.Errorf("reading the feed failed inside tidings: %v", r)}, now)
		}
	}()
	known := func() (map[feed.Key]feed.Known, error) { return p.store.Seen(ctx, c.Subscription.ID) }
	return gather(c, resp, err, known, now)
}
