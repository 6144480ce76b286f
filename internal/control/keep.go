package control

import (
	"context"

	"tidings/internal/feed"
)

// Losses tells what keeping feeds otherwise would delete.
func (c *Client) Losses(ctx context.Context, k feed.KeepChange) (l feed.Loss, err error) {
	return l, c.call(ctx, "POST", "/losses", k, &l)
}
