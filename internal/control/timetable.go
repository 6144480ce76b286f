package control

import (
	"context"

	"tidings/internal/feed"
)

// timed sets a timetable: of one feed, or where Feed is 0 of all.
type timed struct {
	Feed uint64
	When feed.Timetable
}

func (h handler) timetable(context.Context) (feed.Timetable, error) { return h.poller.Timetable(), nil }

func (h handler) setTimetable(ctx context.Context, t timed) (struct{}, error) {
	return struct{}{}, h.poller.SetTimetable(ctx, t.Feed, t.When)
}

// Timetable gives what the reader said about when all feeds are polled.
func (c *Client) Timetable(ctx context.Context) (t feed.Timetable, err error) {
	return t, c.call(ctx, "GET", "/timetable", nil, &t)
}

// SetTimetable sets when a feed is polled, or where id is 0 all feeds.
func (c *Client) SetTimetable(ctx context.Context, id uint64, t feed.Timetable) error {
	return c.call(ctx, "POST", "/timetable", timed{id, t}, &struct{}{})
}

// Receipt gives what polling has cost publishers.
func (c *Client) Receipt(ctx context.Context) (r feed.Receipt, err error) {
	return r, c.call(ctx, "GET", "/receipt", nil, &r)
}

// CancelNew unsubscribes from the feeds that still wait for their first poll.
func (c *Client) CancelNew(ctx context.Context) (n int, err error) {
	return n, c.call(ctx, "POST", "/cancel", struct{}{}, &n)
}
