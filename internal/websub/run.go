package websub

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"slices"
	"time"

	"tidings/internal/feed"
)

// maxRequests is how many requests to hubs may be under way.
const maxRequests = 4

// Run asks hubs, and lets documents be taken, until ctx ends.
func (s *Subscriber) Run(ctx context.Context) error {
	if err := s.load(ctx); err != nil {
		return fmt.Errorf("begin to be pushed: %w", err)
	}
	s.serving(ctx)
	defer s.work.Wait()
	defer s.closed()
	var look time.Time // when what is followed is looked at next
	changed := s.store.Changed()
	running := 0
	for ctx.Err() == nil {
		if now := time.Now(); !now.Before(look) {
			s.look(ctx, now)
			changed, look = s.store.Changed(), now.Add(s.o.Look)
		}
		s.tell(ctx)
		s.poll(ctx)
		running += s.start(ctx, maxRequests-running)
		timer := time.NewTimer(s.pause(look, running < maxRequests))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-s.wake:
		case <-changed:
			changed = nil
			look = earlier(look, time.Now().Add(s.o.Settle))
		case a := <-s.asked:
			running--
			s.heard(ctx, a)
		}
		timer.Stop()
	}
	for ; running > 0; running-- {
		<-s.asked
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// serving opens the callbacks.
func (s *Subscriber) serving(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ctx = ctx
}

// closed closes the callbacks.
func (s *Subscriber) closed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ctx = nil
}

// load reads what hubs promised. Where our own address is another one now, hubs
// can't reach us under the old, so these promises are void.
func (s *Subscriber) load(ctx context.Context) error {
	ls, err := s.store.Leases(ctx)
	if err != nil {
		return err
	}
	var void []string
	s.mu.Lock()
	for _, l := range ls {
		if len(l.Callback) <= len(s.base) || l.Callback[:len(s.base)] != s.base {
			void = append(void, l.Callback)
			continue
		}
		s.hold(l)
	}
	s.mu.Unlock()
	if len(void) == 0 {
		return nil
	}
	return s.store.DropLeases(ctx, void...)
}

// hold puts a lease into memory. Of two of a feed, one is ending.
func (s *Subscriber) hold(l feed.PushLease) *lease {
	held := &lease{PushLease: l, site: s.o.Site(l.Hub), tokens: float64(s.o.Burst), filled: time.Now()}
	s.leases[l.Callback] = held
	if !l.Ending {
		s.feeds[l.Feed] = held
	}
	return held
}

// look compares what is followed with what hubs are asked for, and notes what is to be
// begun and ended.
func (s *Subscriber) look(ctx context.Context, now time.Time) {
	fs, err := s.store.Hubs(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.o.Log.Error("look which feeds name hubs", "err", err)
		}
		return
	}
	put, drop := s.compare(fs, now)
	if len(drop) > 0 {
		err = s.store.DropLeases(ctx, drop...)
	}
	if len(put) > 0 && err == nil {
		err = s.store.PutLeases(ctx, put...)
	}
	if err != nil && ctx.Err() == nil {
		s.o.Log.Error("note which hubs to ask", "err", err)
	}
}

func (s *Subscriber) compare(fs []feed.Hubbed, now time.Time) (put []feed.PushLease, drop []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.followed)
	for h, at := range s.hubs {
		if at.Before(now) {
			delete(s.hubs, h)
		}
	}
	for _, f := range fs {
		s.followed[f.Feed] = f
		l := s.feeds[f.Feed]
		if l != nil && l.Topic == f.Topic && (l.Cloud != "") == f.Cloud && slices.Contains(f.Hubs, l.Hub) {
			continue
		}
		if l != nil {
			s.end(l, now, &put, &drop)
		}
		if len(s.feeds) < s.o.Most {
			put = append(put, s.begin(f, f.Hubs[0], now).PushLease)
		}
	}
	for id, l := range s.feeds {
		if l.lapsed(now) {
			s.doubts = append(s.doubts, id)
		}
		if _, still := s.followed[id]; !still {
			s.end(l, now, &put, &drop)
		}
	}
	return put, drop
}

// lapsed reports, once, whether a promise has ended that was not renewed.
func (l *lease) lapsed(now time.Time) bool {
	over := l.live && !l.Live(now)
	l.live = l.Live(now)
	return over
}

// tell tells the poller of feeds that are no longer pushed.
func (s *Subscriber) tell(ctx context.Context) {
	s.mu.Lock()
	ids := s.doubts
	s.doubts = nil
	s.mu.Unlock()
	if len(ids) == 0 {
		return
	}
	if err := s.poller.Unpushed(ctx, ids...); err != nil && ctx.Err() == nil {
		s.o.Log.Error("poll feeds that are no longer pushed", "err", err)
	}
}

// begin makes a lease that is to be asked for.
func (s *Subscriber) begin(f feed.Hubbed, hub string, now time.Time) *lease {
	l := feed.PushLease{Feed: f.Feed, Origin: f.URL, Hub: hub, Topic: f.Topic, Callback: s.base + rand.Text() + rand.Text(), Next: now}
	if f.Cloud {
		l.Cloud = s.cloudWay()
	} else if u, err := url.Parse(hub); err == nil && u.Scheme == "https" {
		l.Secret = rand.Text() + rand.Text() // §5.1: only where nobody listens
	}
	return s.hold(l)
}

// end makes a lease one that is to be given back, or forgets it where no hub knows it, or
// it is a cloud's: these have no word for that.
func (s *Subscriber) end(l *lease, now time.Time, put *[]feed.PushLease, drop *[]string) {
	if s.feeds[l.Feed] == l {
		delete(s.feeds, l.Feed)
	}
	if l.Cloud != "" && l.Live(now) {
		s.doubts = append(s.doubts, l.Feed)
	}
	if l.Cloud != "" || l.Asked.IsZero() && l.Until.IsZero() && !l.busy {
		delete(s.leases, l.Callback)
		*drop = append(*drop, l.Callback)
		return
	}
	l.Ending, l.Failures, l.Next = true, 0, now
	*put = append(*put, l.PushLease)
}

// start begins the requests that are due, as many as there is room for, and gives
// their number.
func (s *Subscriber) start(ctx context.Context, room int) (n int) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.leases {
		if n == room {
			return n
		}
		if l.busy || now.Before(l.Next) || now.Before(s.hubs[l.site]) {
			continue
		}
		l.busy = true
		s.hubs[l.site] = now.Add(s.o.Gap)
		// The hub may ask back before it answers.
		l.Asked = now
		r := request{l.PushLease}
		go func() { s.asked <- answered{r, s.ask(ctx, r)} }()
		n++
	}
	return n
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// pause is how long nothing is to be done, as far as is known.
func (s *Subscriber) pause(look time.Time, room bool) time.Duration {
	now := time.Now()
	d := look.Sub(now)
	if room {
		s.mu.Lock()
		for _, l := range s.leases {
			if at := later(l.Next, s.hubs[l.site]); !l.busy {
				d = min(d, at.Sub(now))
			}
		}
		s.mu.Unlock()
	}
	return max(d, time.Millisecond)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// heard notes what a hub answered to a request.
func (s *Subscriber) heard(ctx context.Context, a answered) {
	now := time.Now()
	s.mu.Lock()
	l := s.leases[a.Callback]
	if l == nil { // confirmed, and over
		s.mu.Unlock()
		return
	}
	l.busy = false
	if a.err != nil {
		s.o.Log.Debug("ask a hub", "hub", host(a.Hub), "feed", a.Feed, "err", a.err)
	}
	var put []feed.PushLease
	var drop []string
	switch {
	case l.Cloud != "":
		s.registered(l, a, now, &put, &drop)
	case l.Ending != a.Ending: // it was to be ended meanwhile
		l.Next = now
	case l.Ending && l.Failures >= 2: // the hub has been asked three times, or is not there
		delete(s.leases, l.Callback)
		drop = append(drop, l.Callback)
	case l.Ending:
		l.Failures++
		l.Next = now.Add(s.o.Confirm)
	case a.err == nil && l.Next.After(a.Asked): // it asked back at once
	case a.err == nil && l.Failures >= 2 && !l.Live(now): // it said so before, and never asked back
		s.refused(l, now, s.o.Confirm, &put, &drop)
	case a.err == nil:
		l.Failures++ // until it asks back
		l.Next = now.Add(max(s.o.Confirm, s.backoff(l)))
	default:
		s.refused(l, now, s.o.Backoff, &put, &drop)
	}
	if s.leases[l.Callback] == l {
		put = append(put, l.PushLease)
	}
	s.mu.Unlock()
	s.save(ctx, put, drop)
}

func (s *Subscriber) save(ctx context.Context, put []feed.PushLease, drop []string) {
	err := s.store.PutLeases(ctx, put...)
	if len(drop) > 0 && err == nil {
		err = s.store.DropLeases(ctx, drop...)
	}
	if err != nil && ctx.Err() == nil {
		s.o.Log.Error("note what a hub answered", "err", err)
	}
}

// refused tries the next hub of the feed; after the last of them the first again, ever
// more seldom. A lease in force is kept to its end.
func (s *Subscriber) refused(l *lease, now time.Time, wait time.Duration, put *[]feed.PushLease, drop *[]string) {
	f := s.followed[l.Feed]
	i := slices.Index(f.Hubs, l.Hub)
	l.Failures++
	if i < 0 || len(f.Hubs) == 1 || l.Live(now) {
		l.Next = now.Add(max(wait, s.backoff(l)))
		return
	}
	next, failures := (i+1)%len(f.Hubs), l.Failures
	if l.Until.IsZero() { // it has nothing to give back
		delete(s.leases, l.Callback)
		*drop = append(*drop, l.Callback)
	} else {
		s.end(l, now, put, drop)
	}
	fresh := s.begin(f, f.Hubs[next], now)
	fresh.Failures = failures
	if next == 0 {
		fresh.Next = now.Add(max(wait, s.backoff(fresh)))
	}
	*put = append(*put, fresh.PushLease)
}

// backoff doubles with each failure.
func (s *Subscriber) backoff(l *lease) time.Duration {
	return min(s.o.Backoff<<min(max(l.Failures-1, 0), 10), s.o.LongestBackoff)
}
