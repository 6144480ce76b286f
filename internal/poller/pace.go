package poller

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tidings/internal/feed"
)

// pace keeps the gap between two requests to one site, whoever makes them: the
// dispatcher, or a person who adds a feed. It also knows the sites that asked to
// be left alone.
type pace struct {
	gap     time.Duration
	mu      sync.Mutex
	free    map[string]time.Time // no request to the site before, because of the gap
	resting map[string]time.Time // no request before, because the site asked (429)
}

func newPace(gap time.Duration) *pace {
	return &pace{gap: gap, free: map[string]time.Time{}, resting: map[string]time.Time{}}
}

// take reports whether a request to the site may begin now, and reserves it.
func (p *pace) take(site string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Before(p.free[site]) || now.Before(p.resting[site]) {
		return false
	}
	p.reserve(site, now)
	return true
}

// wait waits for the site's turn and takes it. A site that rests is not waited
// for; the error says until when it does.
func (p *pace) wait(ctx context.Context, site string) error {
	if until := p.rests(site, time.Now()); !until.IsZero() {
		return feed.WithHint(fmt.Errorf("ask %s: it wants to be left alone until %s", site, until.Local().Format("15:04")), "try again then")
	}
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
	if r := p.resting[site]; r.After(p.free[site]) {
		return r
	}
	return p.free[site]
}

// rest leaves the site alone until then.
func (p *pace) rest(site string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.resting[site]) {
		p.resting[site] = until
	}
}

// rests is until when the site rests; zero if it doesn't.
func (p *pace) rests(site string, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := p.resting[site]; now.Before(until) {
		return until
	}
	return time.Time{}
}

// all are the sites that rest; those that no longer do are forgotten.
func (p *pace) all(now time.Time) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var sites []string
	for s, until := range p.resting {
		if now.Before(until) {
			sites = append(sites, s)
		} else {
			delete(p.resting, s)
		}
	}
	return sites
}
