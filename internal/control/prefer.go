package control

import (
	"context"

	"tidings/internal/feed"
)

// preferring is a preference for a scope.
type preferring struct {
	Scope      feed.Scope
	Preference feed.Preference
}

func (h handler) preferences(ctx context.Context) (feed.Preferences, error) {
	settings, err := h.store.Settings(ctx, feed.PreferencePrefix)
	return feed.ReadPreferences(settings), err
}

func (h handler) prefer(ctx context.Context, p preferring) (struct{}, error) {
	return struct{}{}, h.store.Prefer(ctx, p.Scope, p.Preference)
}

// Preferences gives all that the reader chose about leads.
func (c *Client) Preferences(ctx context.Context) (p feed.Preferences, err error) {
	return p, c.call(ctx, "GET", "/preferences", nil, &p)
}

// Prefer sets whether copies of a feed or folder lead their stories, and chooses
// these leads anew.
func (c *Client) Prefer(ctx context.Context, s feed.Scope, p feed.Preference) error {
	return c.call(ctx, "POST", "/prefer", preferring{s, p}, &struct{}{})
}
