package poller

import (
	"context"
	"errors"
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
	fs, err := p.store.Subscriptions(ctx) // before Run has begun only the store knows them
	if err != nil {
		return 0, err
	}
	for _, f := range fs {
		if !waitsForFirst(f) {
			continue
		}
		now, err := p.store.Subscription(ctx, f.Subscription.ID)
		if errors.Is(err, feed.ErrNotFound) || err == nil && !waitsForFirst(now) {
			continue // it has been unsubscribed or polled meanwhile
		}
		if err == nil {
			err = p.Remove(ctx, f.Subscription.ID)
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
