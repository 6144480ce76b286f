package poller

import (
	"context"
	"errors"
	"slices"
	"time"

	"tidings/internal/feed"
)

// Remove unsubscribes. The feed's entries go, but for those of starred stories, and the
// feed isn't asked any more. For [feed.UndoFor] it can be taken back.
func (p *Poller) Remove(ctx context.Context, id uint64) error {
	return p.inCommitter(ctx, func() error {
		f, err := p.store.Subscription(ctx, id)
		if err != nil {
			return err
		}
		removed, err := p.store.Unsubscribe(ctx, id, time.Now())
		if err != nil {
			return err
		}
		p.crowd.add(f.Subscription.Site, -1)
		p.index.Forget(removed)
		p.folds.stale.Store(true)
		p.mu.Lock()
		delete(p.unpolled, id)
		if j := p.busy[id]; j != nil {
			j.unwanted = true
		}
		p.mu.Unlock()
		return nil
	})
}

// TakeBack undoes [Poller.Remove]: the feed is followed again as if it never had gone,
// and is due when it was. The error wraps [feed.ErrNotFound] if that is too long ago.
func (p *Poller) TakeBack(ctx context.Context, id uint64) (sub feed.Subscription, err error) {
	err = p.inCommitter(ctx, func() error {
		if sub, err = p.store.Resubscribe(ctx, id); err != nil {
			return err
		}
		// The entries that came back are old: they have their places between others. Whoever
		// asked may go, but an index that is half full would tell copies as new.
		return p.restore(context.WithoutCancel(ctx))
	})
	if sub.ID == 0 {
		return feed.Subscription{}, err
	}
	p.joined([]feed.Addition{{Subscription: sub, Added: true}})
	return sub, errors.Join(err, p.recount(ctx, id))
}

// backAtOnce is how many feeds come back in one transaction.
const backAtOnce = 100

// TakeBackAll is [Poller.TakeBack] for many feeds, for which the memory of stories is
// made anew once. It tells which came back; for the others it was too late.
func (p *Poller) TakeBackAll(ctx context.Context, ids []uint64) (subs []feed.Subscription, err error) {
	err = p.inCommitter(ctx, func() error {
		for some := range slices.Chunk(ids, backAtOnce) {
			back, err := p.store.ResubscribeAll(ctx, some)
			if err != nil {
				return errors.Join(err, p.restore(context.WithoutCancel(ctx)))
			}
			subs = append(subs, back...)
		}
		return p.restore(context.WithoutCancel(ctx))
	})
	adds := make([]feed.Addition, len(subs))
	for i, sub := range subs {
		adds[i] = feed.Addition{Subscription: sub, Added: true}
	}
	p.joined(adds)
	for _, sub := range subs {
		err = errors.Join(err, p.recountKnown(ctx, sub.ID))
	}
	return subs, err
}

// purge deletes for good what was unsubscribed from too long ago.
func (p *Poller) purge(ctx context.Context) {
	gone, err := p.store.Purge(ctx, time.Now().Add(-feed.UndoFor))
	for _, id := range gone {
		err = errors.Join(err, p.store.SetSetting(ctx, feed.Scope{Feed: id}.Setting(), nil))
	}
	if err != nil {
		p.log.Error("forget what was unsubscribed from", "err", err)
	}
}
