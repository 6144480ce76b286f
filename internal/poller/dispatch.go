package poller

import (
	"context"
	"sync"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// lease is how long a claim holds in the store. A claim that lapses while its job
// is still queued here, or because the machine slept, is renewed.
const lease = 10 * time.Minute

// job is one claimed feed on its way through the dispatcher.
type job struct {
	claim   feed.Claim
	site    *site
	limited time.Duration // the site asked (429) to be left alone so long
	lease   time.Time     // of the claim, or of the claim that renewed it; guarded by Poller.mu
	void    bool          // its lease is not renewed: an archive brought entries that it doesn't know
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
}

// dispatcher is the state of the one goroutine that hands out polls.
type dispatcher struct {
	p       *Poller
	sites   map[string]*site
	waiting int
	running int
	workers sync.WaitGroup
	retry   time.Time // no claim before: the store failed
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

// room is how many more polls may be claimed; none while there is enough to do,
// because claims are cheaper in batches.
func (d *dispatcher) room(now time.Time) int {
	if now.Before(d.retry) {
		return 0
	}
	room := 16*d.p.o.Workers - d.waiting - d.running
	if room < 8*d.p.o.Workers {
		return 0
	}
	return min(room, d.p.trust(now))
}

// claim fills the queues from the store.
func (d *dispatcher) claim(ctx context.Context) {
	now := time.Now()
	q := feed.ClaimQuery{Now: now, Lease: lease, Max: d.room(now), PerSite: d.perSite(), Full: map[string]bool{}}
	if q.Max <= 0 {
		return
	}
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
	for _, name := range d.p.pace.all(now) {
		q.Full[name] = true
	}
	claims, err := d.p.store.Claim(ctx, q)
	if err != nil {
		if ctx.Err() == nil {
			d.p.log.Error("claim due feeds", "err", err)
			d.retry = now.Add(5 * time.Second)
		}
		return
	}
	for _, j := range d.p.claimed(claims) {
		d.enqueue(j)
	}
}

func (d *dispatcher) enqueue(j *job) {
	name := j.claim.Subscription.Site
	if name == "" {
		name = fetch.Site(j.claim.Subscription.URL)
	}
	s := d.sites[name]
	if s == nil {
		s = &site{name: name}
		d.sites[name] = s
	}
	j.site = s
	s.waiting = append(s.waiting, j)
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
		for len(s.waiting) > 0 && s.running < atOnce && d.running < d.p.o.Workers && d.p.pace.take(name, now) {
			j := s.waiting[0]
			s.waiting = s.waiting[1:]
			s.running++
			d.waiting--
			d.running++
			d.workers.Go(func() { d.p.work(ctx, j) })
		}
		if len(s.waiting) == 0 && s.running == 0 {
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
		d.rest(m.job.site, time.Now().Add(m.job.limited))
	}
}

// rest leaves a site alone until then: its feeds that wait here are put back, due
// when its rest is over.
func (d *dispatcher) rest(s *site, until time.Time) {
	d.p.pace.rest(s.name, until)
	for _, j := range s.waiting {
		d.p.harvests <- postponed(j, until)
	}
	d.waiting -= len(s.waiting)
	s.waiting = nil
}

// The bounds of a pause. Clocks get set and machines sleep, so none is long; and
// where feeds are due that can't be claimed, because their site's queue is full
// or their row is damaged, others may fall due behind them.
const (
	longestPause = 10 * time.Minute
	blockedPause = 15 * time.Second
	leastPause   = time.Second
)

// pause is how long nothing will be to do, as far as is known.
func (d *dispatcher) pause(ctx context.Context) time.Duration {
	now, least := time.Now(), longestPause
	if d.running >= d.p.o.Workers {
		return least // an ending poll wakes us
	}
	for name, s := range d.sites {
		if len(s.waiting) > 0 && s.running < d.atOnce() {
			least = min(least, d.p.pace.next(name).Sub(now))
		}
	}
	switch {
	case d.p.o.OnDemand:
	case now.Before(d.retry):
		least = min(least, d.retry.Sub(now))
	case d.room(now) > 0:
		least = min(least, d.untilDue(ctx, now))
	default:
		least = min(least, blockedPause)
	}
	return max(least, time.Millisecond)
}

// untilDue is how long until a feed falls due that may be claimed.
func (d *dispatcher) untilDue(ctx context.Context, now time.Time) time.Duration {
	due, ok, err := d.p.store.NextDue(ctx)
	switch {
	case err != nil:
		if ctx.Err() == nil {
			d.p.log.Error("find the next due feed", "err", err)
		}
		return time.Minute
	case ok && !due.After(now) && d.waiting > 0: // blocked
		return blockedPause
	}
	d.p.idle(d.running+d.waiting == 0)
	switch {
	case ok && !due.After(now): // just now, or blocked
		return leastPause
	case !ok:
		return longestPause
	}
	return due.Sub(now)
}
