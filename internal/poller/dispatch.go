package poller

import (
	"context"
	"slices"
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
	claim    feed.Claim
	site     string
	flight   *flight   // the request under way, the worker's; nil for none
	rest     time.Time // its site is to be left alone until then
	lease    time.Time // of the claim, or of the claim that renewed it; guarded by Poller.mu
	unwanted bool      // the reader has unsubscribed; guarded by Poller.mu
	void     bool      // its lease is not renewed: an archive brought entries that it doesn't know
}

// message is what a worker tells the dispatcher of its job, twice.
type message struct {
	job  *job
	over bool // false: the answer has been fetched; true: the worker is free
}

// site is the queue of one registrable domain.
type site struct {
	name    string
	waiting []*job // new feeds first
}

// dispatcher is the state of the one goroutine that hands out polls.
type dispatcher struct {
	p       *Poller
	sites   map[string]*site
	waiting int
	running int
	workers sync.WaitGroup
	retry   time.Time // no claim before: the store failed
	looked  time.Time // when we were last awake
}

// dispatch claims and starts polls until ctx ends, then waits for its workers.
func (p *Poller) dispatch(ctx context.Context) {
	d := &dispatcher{p: p, sites: map[string]*site{}, looked: time.Now()}
	for ctx.Err() == nil {
		d.wakeUp(ctx)
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

// wakeUp sees whether the machine slept.
func (d *dispatcher) wakeUp(ctx context.Context) {
	now := time.Now()
	if slept(d.looked, now) {
		if err := d.p.unherd(ctx, now); err != nil && ctx.Err() == nil {
			d.p.log.Error("spread the feeds that are overdue after a sleep", "err", err)
		}
	}
	d.looked = now
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
	return d.beside(d.waiting+d.running, now)
}

// roomForNew is the same for feeds that were never polled, which wait for new ones alone.
func (d *dispatcher) roomForNew(now time.Time) int {
	if now.Before(d.retry) {
		return 0
	}
	return d.beside(d.fresh(), now)
}

// beside is how many polls may be claimed beside those that wait already.
func (d *dispatcher) beside(waiting int, now time.Time) int {
	room := 16*d.p.o.Workers - waiting
	if room < 8*d.p.o.Workers {
		return 0
	}
	return min(room, d.p.trust(now))
}

// claim fills the queues from the store: new feeds first, for which there is room even
// where others wait.
func (d *dispatcher) claim(ctx context.Context) {
	now := time.Now()
	if d.p.o.OnDemand {
		if only := d.p.watched(); len(only) > 0 {
			d.claimOf(ctx, only, d.room(now), now)
		}
		return
	}
	if most := d.roomForNew(now); most > 0 {
		if first := d.p.unclaimed(); len(first) > 0 {
			d.claimOf(ctx, first, most, now)
		}
	}
	d.claimOf(ctx, nil, d.room(now), now)
}

// fresh is how many new feeds wait.
func (d *dispatcher) fresh() (n int) {
	for _, s := range d.sites {
		n += s.fresh()
	}
	return n
}

func (s *site) fresh() (n int) {
	for n < len(s.waiting) && s.waiting[n].isNew() {
		n++
	}
	return n
}

func (j *job) isNew() bool { return j.claim.State.Polled.IsZero() }

// claimOf claims at most so many feeds, of those alone that only names, unless it is nil.
func (d *dispatcher) claimOf(ctx context.Context, only map[uint64]bool, most int, now time.Time) {
	if most <= 0 {
		return
	}
	q := feed.ClaimQuery{Now: now, Lease: lease, Max: most, PerSite: d.perSite(), Full: map[string]bool{}, Only: only}
	for name, s := range d.sites {
		n := len(s.waiting)
		if only != nil {
			n = s.fresh()
		}
		if n > d.perSite()/2 {
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
	j.site = name
	d.waiting++
	if j.isNew() {
		s.waiting = slices.Insert(s.waiting, s.fresh(), j)
		return
	}
	s.waiting = append(s.waiting, j)
}

// start starts every poll whose turn has come, those of new feeds first.
func (d *dispatcher) start(ctx context.Context) {
	now := time.Now()
	for _, fresh := range []bool{true, false} {
		for name, s := range d.sites {
			d.startSite(ctx, s, fresh, now)
			if len(s.waiting) == 0 {
				delete(d.sites, name)
			}
		}
	}
}

// mostUnread is how many answers may wait to be read before nobody else is asked: more
// would take memory, and wouldn't be read sooner.
const mostUnread = 32

// full reports whether no more polls may start until one ends.
func (d *dispatcher) full() bool {
	return d.running >= d.p.o.Workers || d.p.unread.Load() > mostUnread
}

func (d *dispatcher) startSite(ctx context.Context, s *site, fresh bool, now time.Time) {
	for len(s.waiting) > 0 && !d.full() && (!fresh || s.waiting[0].isNew()) {
		j := s.waiting[0]
		if d.p.isUnwanted(j) {
			s.waiting = s.waiting[1:]
			d.waiting--
			d.p.dropped(j)
			continue
		}
		if j.flight = d.p.pace.take(s.name, now); j.flight == nil {
			return
		}
		s.waiting = s.waiting[1:]
		d.waiting--
		d.running++
		d.workers.Go(func() { d.p.work(ctx, j) })
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

// ended notes a message of a worker: at the first its site is free, at the second the
// worker. So a site isn't kept waiting by our own work, and the bodies in memory
// are no more than the workers.
func (d *dispatcher) ended(m message) {
	switch {
	case m.over:
		d.running--
	case !m.job.rest.IsZero():
		d.rest(m.job.site, m.job.rest)
	}
}

// rest puts back the feeds of a site that wait here, due when its rest is over.
func (d *dispatcher) rest(name string, until time.Time) {
	s := d.sites[name]
	if s == nil {
		return
	}
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
	if d.full() {
		return least // an ending poll wakes us
	}
	for name, s := range d.sites {
		if len(s.waiting) > 0 {
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
