// Package demo is a publisher on the loopback interface: some twenty invented
// outlets with feeds, front pages, articles and pictures, for `tidings demo`,
// for screenshots and for tests that want a small world to poll.
//
// Its outlets serve RSS 2.0, RSS 1.0, Atom and JSON Feed, in six languages and
// two encodings, as real publishers do: with validators and gzip, with full
// texts or teasers, with titles escaped once too often, without titles. One is
// slow, one serves a page where its feed was, one is gone. Seven of them tell
// of the same state visit: an agency, one that prints its words and one that
// prints fewer of them, one that passes on the beginning under the agency's
// address with tracking parameters, and three in words of their own. Three tell
// what followed, one explains it; and beside these stand pairs that look alike and
// must stay apart.
//
// The texts are data: a file for each outlet in stories, and stories/stock.txt
// with what is still to be published. Dates are relative to [Options.Start], so
// the river is always fresh.
//
// The invariant is that equal options and an equal number of publications give
// the same bytes at every address: [Publisher.Publish] is the only thing that
// changes anything, and the clock is only asked when to call it. The slow
// outlet's wait is the one thing that takes time.
//
// The package listens nowhere: the caller serves [Publisher.Handler], at the
// root of whatever address it likes.
package demo

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Options shape a publisher. The zero value is ready to use.
type Options struct {
	Start time.Time     // the present of the outlets; zero: now
	Every time.Duration // between two publications; 0: 5 s
	Slow  time.Duration // what the slow outlet waits before it answers; 0: 2.5 s
	Seed  uint64        // of the figures in the bulletins that follow the stock

	// Published, if set, is called by Run after each publication with the path of
	// the feed that changed, such as "/meridian/feed.xml".
	Published func(path string)
}

// Publisher is the invented press. Its methods are safe for concurrent use.
type Publisher struct {
	opt     Options
	outlets []*outlet // as in the list of feeds; the slice doesn't change
	bySlug  map[string]*outlet

	pictures sync.Map // drawn ones by name, as []byte

	mu    sync.RWMutex // guards what follows and what outlets hold
	stock []*item      // still to be published, in order
	count int          // publications so far
	after int          // those of them since the stock was used up
	last  time.Time    // when the last of them was
	wire  *item        // the last dispatch of the agency since then
}

// New returns a publisher that has published all but its stock. It panics if
// the embedded texts are faulty, which a test rules out.
func New(o Options) *Publisher {
	if o.Start.IsZero() {
		o.Start = time.Now()
	}
	o.Start = o.Start.UTC().Truncate(time.Second)
	if o.Every <= 0 {
		o.Every = 5 * time.Second
	}
	if o.Slow <= 0 {
		o.Slow = 2500 * time.Millisecond
	}
	p := &Publisher{opt: o, bySlug: map[string]*outlet{}, last: o.Start}
	if err := p.load(); err != nil {
		panic("demo: " + err.Error())
	}
	return p
}

// calm is the least time between two publications once the stock is used up: a
// river of bulletins alone soon hides the stories.
const calm = 20 * time.Second

// Run publishes something every [Options.Every] until ctx ends; when the stock is
// used up, only as often as every 20 seconds.
func (p *Publisher) Run(ctx context.Context) {
	t := time.NewTicker(p.opt.Every)
	defer t.Stop()
	for waited := 1; ; waited++ {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if waited < p.ticks() {
			continue
		}
		waited = 0
		path := p.Publish()
		if p.opt.Published != nil {
			p.opt.Published(path)
		}
	}
}

// ticks is how many times [Options.Every] pass before the next publication.
func (p *Publisher) ticks() int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.ticksLocked()
}

func (p *Publisher) ticksLocked() int {
	if len(p.stock) > 0 {
		return 1
	}
	return int((calm + p.opt.Every - 1) / p.opt.Every)
}

// Publish publishes the next item at once and returns the path of the feed that
// changed. It is dated as Run would have published it, the first one
// [Options.Every] after [Options.Start]. When the stock is used up, numbered
// bulletins follow, and dispatches with a copy each.
func (p *Publisher) Publish() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	p.last = p.last.Add(time.Duration(p.ticksLocked()) * p.opt.Every)
	it := p.next(p.last)
	it.outlet.publish(it)
	return it.outlet.FeedPath()
}

// next is the next item of the stock; after that in turn a dispatch, its copy
// and two bulletins.
func (p *Publisher) next(at time.Time) *item {
	if len(p.stock) == 0 {
		p.after++
		switch p.after % 4 {
		case 1:
			return p.dispatch(at)
		case 2:
			return p.reprint(at)
		}
		return p.bulletin(at)
	}
	it := p.stock[0]
	p.stock = p.stock[1:]
	it.date(at)
	return it
}

// Stock is how many items are still to be published before bulletins follow.
func (p *Publisher) Stock() int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return len(p.stock)
}

// load reads the embedded texts and publishes what has a date.
func (p *Publisher) load() error {
	outlets, stock, err := readAll()
	if err != nil {
		return fmt.Errorf("read stories: %w", err)
	}
	p.outlets, p.stock = outlets, stock
	for _, o := range outlets {
		p.bySlug[o.Slug] = o
	}
	if err := p.connect(); err != nil {
		return fmt.Errorf("read stories: %w", err)
	}
	p.date()
	return nil
}

// date dates what is published from the beginning: all of it before any of it
// speaks, as words may be another item's.
func (p *Publisher) date() {
	for _, o := range p.outlets {
		for _, it := range o.items {
			it.At = p.opt.Start.Add(it.ago)
		}
	}
	for _, o := range p.outlets {
		for _, it := range o.items {
			it.speak()
		}
		o.sort()
	}
}
