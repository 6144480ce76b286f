package boltstore

import (
	"context"
	"errors"
	"fmt"

	"tidings/internal/feed"
)

// ChangeSubscriptions changes what a reader chose of several feeds, all or none, and
// gives them as they were before. Feeds that aren't followed any more are left out.
// Addresses stay as they are.
func (s *Store) ChangeSubscriptions(ctx context.Context, cs []feed.FeedChange) (was []feed.Subscription, err error) {
	var moved []uint64
	err = s.update(ctx, func(w *work) error {
		for _, c := range cs {
			sub, err := w.changeOne(c)
			if errors.Is(err, feed.ErrNotFound) {
				continue
			}
			if err != nil {
				return fmt.Errorf("change feed %d: %w", c.Feed, err)
			}
			was = append(was, sub)
			if c.Change.Folder != nil && *c.Change.Folder != sub.Folder {
				moved = append(moved, sub.ID)
			}
		}
		return nil
	})
	if err == nil {
		err = s.releadMoved(ctx, moved)
	}
	if err != nil {
		return nil, err
	}
	return was, nil
}

// changeOne changes a feed and gives it as it was.
func (w *work) changeOne(c feed.FeedChange) (feed.Subscription, error) {
	was, err := w.following(c.Feed)
	if err != nil {
		return was, err
	}
	st, err := w.state(c.Feed)
	if err != nil {
		return was, err
	}
	c.Change.URL = nil
	sub := changed(was, c.Change)
	if same(sub, was) {
		return was, nil
	}
	w.putSubscription(was, sub)
	w.putState(was, sub, st, st)
	w.name(sub, st)
	return was, nil
}
