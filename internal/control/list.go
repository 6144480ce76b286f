package control

import (
	"context"

	"tidings/internal/feed"
)

// change is what to change of a feed.
type change struct {
	Feed   uint64
	Change feed.Change
}

func (h handler) change(ctx context.Context, c change) (feed.Subscription, error) {
	return h.poller.Change(ctx, c.Feed, c.Change)
}

func (h handler) unfollow(ctx context.Context, id uint64) (struct{}, error) {
	return struct{}{}, h.poller.UnfollowList(ctx, id)
}

// Change changes what the reader chose of a feed.
func (c *Client) Change(ctx context.Context, id uint64, ch feed.Change) (s feed.Subscription, err error) {
	return s, c.call(ctx, "POST", "/change", change{id, ch}, &s)
}

// Import subscribes to what an OPML list names; see poller.Import.
func (c *Client) Import(ctx context.Context, r feed.ImportRequest) (report feed.ImportReport, err error) {
	return report, c.call(ctx, "POST", "/import", r, &report)
}

// Lists gives the lists that are followed.
func (c *Client) Lists(ctx context.Context) (ls []feed.List, err error) {
	return ls, c.call(ctx, "GET", "/lists", nil, &ls)
}

// PollList polls a followed list now; see poller.PollList.
func (c *Client) PollList(ctx context.Context, id uint64) (report feed.ImportReport, err error) {
	return report, c.call(ctx, "POST", "/lists/poll", id, &report)
}

// UnfollowList ends following a list; its feeds stay.
func (c *Client) UnfollowList(ctx context.Context, id uint64) error {
	return c.call(ctx, "POST", "/lists/unfollow", id, &struct{}{})
}
