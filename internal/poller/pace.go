package poller

import (
	"context"
	"sync"
	"time"
)

// pace keeps the gap between two requests to one site, whoever makes them: the
// dispatcher, or a person who adds a feed.
type pace struct {
	gap  time.Duration
	mu   sync.Mutex
	free map[string]time.Time // no request to the site before
}

func newPace(gap time.Duration) *pace { return &pace{gap: gap, free: map[string]time.Time{}} }

// take reports whether a request to the site may begin now, and reserves it.
func (p *pace) take(site string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Before(p.free[site]) {
		return false
	}
	p.reserve(site, now)
	return true
}

// wait waits for the site's turn and takes it.
func (p *pace) wait(ctx context.Context, site string) error {
	p.mu.Lock()
	now := time.Now()
	at := p.free[site]
	if at.Before(now) {
		at = now
	}
	p.reserve(site, at)
	p.mu.Unlock()
	timer := time.NewTimer(at.Sub(now))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reserve notes a request at a time, and forgets sites that are long free.
func (p *pace) reserve(site string, at time.Time) {
	if p.gap <= 0 {
		delete(p.free, site)
		return
	}
	if len(p.free) >= 4096 {
		for s, t := range p.free {
			if t.Before(at) {
				delete(p.free, s)
			}
		}
	}
	p.free[site] = at.Add(p.gap)
}

// next is when the site's turn comes.
func (p *pace) next(site string) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.free[site]
}

// rest leaves the site alone until then.
func (p *pace) rest(site string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.free[site]) {
		p.free[site] = until
	}
}
