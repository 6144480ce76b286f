package poller

import (
	"context"
	"time"

	"tidings/internal/feed"
)

// Receipt tells what polling has cost each publisher, and how it is asked.
func (p *Poller) Receipt(ctx context.Context) (feed.Receipt, error) {
	fs, err := p.store.Subscriptions(ctx)
	if err != nil {
		return feed.Receipt{}, err
	}
	now := time.Now()
	r := feed.NewReceipt(fs, now)
	for i := range r.Sites {
		s := &r.Sites[i]
		s.Spacing, s.Complained, s.Rests = p.pace.known(s.Site, now)
	}
	return r, nil
}

// known is what is known of a site: the spacing in force, when it last complained, and
// until when it is left alone.
func (p *pace) known(site string, now time.Time) (spacing time.Duration, complained, rests time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lanes[site]
	if l == nil {
		return p.gap, time.Time{}, time.Time{}
	}
	if l.rest.After(now) {
		rests = l.rest
	}
	return l.spacing(p.gap), l.Since, rests
}

// CancelNew unsubscribes from the feeds that still wait for their first poll, and tells
// how many those were. Feeds that were asked already stay.
func (p *Poller) CancelNew(ctx context.Context) (n int, err error) {
	p.mu.Lock()
	ids := make([]uint64, 0, len(p.unpolled))
	for id := range p.unpolled {
		ids = append(ids, id)
	}
	p.mu.Unlock()
	for _, id := range ids {
		if !p.waitsStill(id) {
			continue // it has been polled meanwhile
		}
		if err := p.Remove(ctx, id); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// waitsStill reports whether a feed waits for its first poll.
func (p *Poller) waitsStill(id uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.unpolled[id]
}
