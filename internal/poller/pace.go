package poller

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"tidings/internal/feed"
)

// pace keeps the peace of sites: how many requests each gets at a time, and how long
// after the one before, whoever makes them: the dispatcher, a redirect that leads to
// another site, or a person who adds a feed.
//
// A site that answers 429 or 503 is asked half as often from then on; this is learned,
// kept in the store, and relaxed slowly. After a 429 it is also left alone for a while.
// One feed that always answers so while others of its site answer well is believed for
// itself alone, so that it can't silence them.
type pace struct {
	gap    time.Duration // between the starts of two requests to a site that never complained
	atOnce int
	mu     sync.Mutex
	lanes  map[string]*lane
}

// lane is what is known of one site.
type lane struct {
	free    time.Time // no request before, because of the spacing
	rest    time.Time // no request before, because the site asked (429)
	flights []*flight
	started time.Time     // when the last of them began
	left    chan struct{} // closed when one of them ends; nil if nobody waits
	learned               // what outlives the program
	good    int           // answers since it last complained or was relaxed
	dirty   bool          // learned is to be stored
}

// learned is what a site has taught us.
type learned struct {
	Spacing time.Duration `json:"spacing,omitempty"` // between the starts of two requests; 0: the usual gap
	Rest    time.Time     `json:"rest,omitzero"`     // it is to be left alone until then
	Since   time.Time     `json:"since,omitzero"`    // when it last complained
	Relaxed time.Time     `json:"relaxed,omitzero"`  // when the spacing was last made shorter, or longer
}

// flight is a request under way.
type flight struct {
	site  string
	began time.Time
}

// How a site's spacing is learned.
const (
	firstSpacing = time.Second      // what a complaint doubles where there is no gap
	widest       = 10 * time.Minute // no spacing is longer
	relaxAfter   = 100              // so many good answers, or a day with some, make it shorter
	relaxBy      = 0.8
	slowAfter    = 10 * time.Second // a request that lasts so long no longer keeps the others of its site waiting
	slowMost     = 3                // so many of those
	mostLanes    = 4096             // more are forgotten where nothing is known of them
	siteSetting  = "site/"          // begins the settings that keep what was learned
	hopPatience  = 20 * time.Second // a redirect waits for the turn of its target no longer
	noHurry      = 365 * 24 * time.Hour
)

func newPace(gap time.Duration) *pace {
	p := &pace{gap: gap, atOnce: 1, lanes: map[string]*lane{}}
	if gap <= 0 {
		p.atOnce = 2
	}
	return p
}

// lane gives the lane of a site, and forgets others if there are very many.
func (p *pace) lane(site string, now time.Time) *lane {
	l := p.lanes[site]
	if l != nil {
		return l
	}
	if len(p.lanes) >= mostLanes {
		for s, l := range p.lanes {
			if l.free.Before(now) && l.rest.Before(now) && len(l.flights) == 0 && l.Spacing == 0 && !l.dirty && l.left == nil {
				delete(p.lanes, s)
			}
		}
	}
	l = &lane{}
	p.lanes[site] = l
	return l
}

func (l *lane) spacing(gap time.Duration) time.Duration { return max(l.Spacing, gap) }

// holding is how many requests keep others of the site waiting, and when the first of
// them no longer does. One that drips its bytes holds nobody for long.
func (l *lane) holding(now time.Time) (n int, until time.Time) {
	for _, f := range l.flights {
		if slow := f.began.Add(slowAfter); slow.After(now) {
			if n++; until.IsZero() || slow.Before(until) {
				until = slow
			}
		}
	}
	return n, until
}

// full reports whether a site takes no more requests now.
func (p *pace) full(l *lane, now time.Time) bool {
	n, _ := l.holding(now)
	return n >= p.atOnce || len(l.flights) >= p.atOnce+slowMost
}

// take begins a request to the site if its turn has come; else it gives nil.
func (p *pace) take(site string, now time.Time) *flight {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lane(site, now)
	if now.Before(l.free) || now.Before(l.rest) || p.full(l, now) {
		return nil
	}
	l.free = now.Add(l.spacing(p.gap))
	return l.begin(site, now)
}

func (l *lane) begin(site string, now time.Time) *flight {
	f := &flight{site, now}
	l.started = now
	l.flights = append(l.flights, f)
	return f
}

// leave ends a request; nil is none.
func (p *pace) leave(f *flight) {
	if f == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lane(f.site, time.Now())
	for i, x := range l.flights {
		if x == f {
			l.flights = append(l.flights[:i:i], l.flights[i+1:]...)
			break
		}
	}
	if l.left != nil {
		close(l.left)
		l.left = nil
	}
}

// tooFar is why a site's turn is not waited for.
type tooFar struct {
	site  string
	until time.Time
	rests bool
}

func (e *tooFar) Error() string {
	if e.rests {
		return restReason(e.site, e.until)
	}
	return "the turn of " + e.site + " comes no sooner than " + e.until.Local().Format("15:04:05")
}

// wait waits for the site's turn, and begins a request then. A site that rests, or
// whose turn is farther away than most, is not waited for: the error is a *tooFar.
func (p *pace) wait(ctx context.Context, site string, most time.Duration) (*flight, error) {
	p.mu.Lock()
	now := time.Now()
	l := p.lane(site, now)
	at := l.free
	if at.Before(now) {
		at = now
	}
	if l.rest.After(now) || at.Sub(now) > most {
		defer p.mu.Unlock()
		return nil, &tooFar{site, latest(at, l.rest), l.rest.After(now)}
	}
	l.free = at.Add(l.spacing(p.gap))
	p.mu.Unlock()
	if err := pause(ctx, at.Sub(now), nil); err != nil {
		return nil, err
	}
	for {
		if until := p.rests(site, time.Now()); !until.IsZero() {
			return nil, &tooFar{site, until, true} // it asked for that while we waited
		}
		f, left, until := p.enter(site)
		if f != nil {
			return f, nil
		}
		if err := pause(ctx, time.Until(until), left); err != nil {
			return nil, err
		}
	}
}

// enter begins a request whose turn has come, or tells what to wait for: one of the
// requests under way ends, or grows slow.
func (p *pace) enter(site string) (f *flight, left <-chan struct{}, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	l := p.lane(site, now)
	if early := l.started.Add(l.spacing(p.gap)); now.Before(early) {
		return nil, nil, early
	}
	if !p.full(l, now) {
		l.free = latest(l.free, now.Add(l.spacing(p.gap)))
		return l.begin(site, now), nil, time.Time{}
	}
	if l.left == nil {
		l.left = make(chan struct{})
	}
	if _, until = l.holding(now); until.IsZero() {
		until = now.Add(slowAfter)
	}
	return nil, l.left, until
}

func pause(ctx context.Context, d time.Duration, early <-chan struct{}) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-early:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// next is when the site's turn comes, as far as is known.
func (p *pace) next(site string) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	l := p.lane(site, now)
	at := latest(l.free, l.rest)
	if p.full(l, now) { // who ends one wakes the dispatcher
		_, until := l.holding(now)
		if until.IsZero() {
			until = now.Add(slowAfter)
		}
		at = latest(at, until)
	}
	return at
}

// rests is until when the site is left alone; zero if it isn't.
func (p *pace) rests(site string, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.lanes[site]; l != nil && now.Before(l.rest) {
		return l.rest
	}
	return time.Time{}
}

// all are the sites that are left alone.
func (p *pace) all(now time.Time) (sites []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s, l := range p.lanes {
		if now.Before(l.rest) {
			sites = append(sites, s)
		}
	}
	return sites
}

// spacing is the least time between the starts of two requests to a site.
func (p *pace) spacing(site string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.lanes[site]; l != nil {
		return l.spacing(p.gap)
	}
	return p.gap
}

// verdict is what an answer says of our manners.
type verdict struct {
	limited bool          // 429 or 503
	rest    time.Duration // how long the whole site is to be left alone
	again   bool          // the feed answered so the last time, too
}

// note learns from an answer of a site. It gives until when the site is to be left
// alone, zero if it isn't.
func (p *pace) note(site string, v verdict, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lane(site, now)
	if !v.limited {
		l.well(p.gap, now)
		return time.Time{}
	}
	if v.again && l.good > 0 {
		return time.Time{} // the others are well: this feed is believed for itself
	}
	l.Spacing = min(2*max(l.spacing(p.gap), firstSpacing), max(widest, p.gap))
	l.Since, l.Relaxed, l.good, l.dirty = now, now, 0, true
	l.free = latest(l.free, now.Add(l.Spacing))
	if v.rest <= 0 {
		return time.Time{}
	}
	l.rest = latest(l.rest, now.Add(v.rest))
	l.Rest = l.rest
	return l.rest
}

// well notes a good answer.
func (l *lane) well(gap time.Duration, now time.Time) {
	l.good++
	if l.Spacing == 0 || l.good < relaxAfter && now.Sub(l.Relaxed) < 24*time.Hour {
		return
	}
	l.Spacing = time.Duration(float64(l.Spacing) * relaxBy)
	if l.Spacing <= max(gap, firstSpacing) {
		l.Spacing = 0
	}
	l.Relaxed, l.good, l.dirty = now, 0, true
}

// learnt gives what was learned since it was last asked, as settings; nil for nothing.
func (p *pace) learnt() map[string][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all map[string][]byte
	for site, l := range p.lanes {
		if !l.dirty {
			continue
		}
		if all == nil {
			all = map[string][]byte{}
		}
		l.dirty = false
		all[siteSetting+site] = nil
		if l.Spacing > 0 {
			all[siteSetting+site], _ = json.Marshal(l.learned)
		}
	}
	return all
}

// recall takes up what was learned before.
func (p *pace) recall(settings map[string][]byte, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, b := range settings {
		l := p.lane(strings.TrimPrefix(key, siteSetting), now)
		if err := json.Unmarshal(b, &l.learned); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		l.Spacing = min(max(l.Spacing, 0), widest)
		if l.rest = l.Rest; l.rest.After(now.Add(siteRest)) {
			l.rest = now.Add(siteRest)
		}
	}
	return nil
}

// asked is the error of a person's request to a site that is not to be asked now.
func asked(err error) error {
	if far, ok := err.(*tooFar); ok {
		return feed.WithHint(fmt.Errorf("ask %s: it wants to be left alone until %s", far.site, far.until.Local().Format("15:04")), "try again then")
	}
	return err
}
