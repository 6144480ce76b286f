package poller

import (
	"context"
	"errors"
	"time"

	"tidings/internal/feed"
)

// Losses tells what the next housekeeping would delete if the reader wanted feeds kept
// as c says, and would not delete otherwise.
func (p *Poller) Losses(ctx context.Context, c feed.KeepChange) (feed.Loss, error) {
	return p.store.Losses(ctx, p.o.Retention, c, time.Now())
}

// ChangeAll changes several subscriptions, all or none, but for their addresses, and
// gives them as they were before. Those that aren't there any more are left out.
func (p *Poller) ChangeAll(ctx context.Context, cs []feed.FeedChange) ([]feed.Subscription, error) {
	var timed []uint64
	for _, c := range cs {
		if c.Change.When == nil {
			continue
		}
		if err := c.Change.When.Check(); err != nil {
			return nil, err
		}
		timed = append(timed, c.Feed)
	}
	was, err := p.store.ChangeSubscriptions(ctx, cs)
	p.folds.stale.Store(true) // they may be in other folders
	for _, c := range cs {
		if err == nil && c.Change.Paused != nil {
			err = p.recountKnown(ctx, c.Feed)
		}
	}
	if err == nil && len(timed) > 0 {
		err = p.reschedule(ctx, timed)
	}
	p.Wake()
	return was, err
}

// recountKnown is recount, for a feed that may be gone.
func (p *Poller) recountKnown(ctx context.Context, id uint64) error {
	if err := p.recount(ctx, id); !errors.Is(err, feed.ErrNotFound) {
		return err
	}
	return nil
}
