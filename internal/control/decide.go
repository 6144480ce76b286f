package control

import (
	"context"
	"errors"
	"fmt"

	"tidings/internal/feed"
)

// pair are the two numbers of a decision: a story and its entry, or two stories.
type pair struct{ A, B uint64 }

// ruling is a rule for a scope.
type ruling struct {
	Scope feed.Scope
	Rule  feed.Rule
}

// told is a story on its way: as JSON the other stories of its event would hide the
// event's number.
type told struct {
	Full  feed.Full
	Event uint64
}

func (h handler) story(ctx context.Context, id uint64) (told, error) {
	f, err := h.find(ctx, id)
	return told{f, f.Story.Event}, err
}

// find gives a story, or the one that it was joined into.
func (h handler) find(ctx context.Context, id uint64) (feed.Full, error) {
	for range 100 { // joins can't run in a circle; a damaged file may
		f, err := h.store.Story(ctx, id)
		if !errors.Is(err, feed.ErrNotFound) {
			return f, err
		}
		into, err2 := h.store.Dissolved(ctx, id)
		if errors.Is(err2, feed.ErrNotFound) || into == id {
			return f, err
		}
		if err2 != nil {
			return f, err2
		}
		id = into
	}
	return feed.Full{}, fmt.Errorf("find story %d: %w", id, feed.ErrNotFound)
}

func (h handler) split(ctx context.Context, p pair) (feed.Decision, error) {
	return h.poller.Split(ctx, p.A, p.B)
}

func (h handler) join(ctx context.Context, p pair) (feed.Decision, error) {
	return h.poller.Join(ctx, p.A, p.B)
}

func (h handler) rules(ctx context.Context) (feed.Ruleset, error) {
	settings, err := h.store.Settings(ctx, feed.Scope{}.Setting())
	return feed.Rules(settings), err
}

func (h handler) rule(ctx context.Context, r ruling) (struct{}, error) {
	return struct{}{}, h.poller.SetRule(ctx, r.Scope, r.Rule)
}

// Story gives a story with its members and their texts; of one that was joined into
// another, that other.
func (c *Client) Story(ctx context.Context, id uint64) (f feed.Full, err error) {
	var t told
	err = c.call(ctx, "POST", "/story", id, &t)
	t.Full.Story.Event = t.Event
	return t.Full, err
}

// Find gives the entries at an address, the newest first.
func (c *Client) Find(ctx context.Context, address string) (es []feed.Entry, err error) {
	return es, c.call(ctx, "POST", "/find", address, &es)
}

// Decisions lists the reader's decisions in force, oldest first.
func (c *Client) Decisions(ctx context.Context) (ds []feed.Decision, err error) {
	return ds, c.call(ctx, "GET", "/decisions", nil, &ds)
}

// Split takes an entry out of its story; see poller.Split.
func (c *Client) Split(ctx context.Context, story, entry uint64) (d feed.Decision, err error) {
	return d, c.call(ctx, "POST", "/split", pair{story, entry}, &d)
}

// Join makes one story of two; see poller.Join.
func (c *Client) Join(ctx context.Context, a, b uint64) (d feed.Decision, err error) {
	return d, c.call(ctx, "POST", "/join", pair{a, b}, &d)
}

// Undo takes a decision back; see poller.Undo.
func (c *Client) Undo(ctx context.Context, id uint64) (d feed.Decision, err error) {
	return d, c.call(ctx, "POST", "/undo", id, &d)
}

// Rules gives all that the reader chose about folding.
func (c *Client) Rules(ctx context.Context) (r feed.Ruleset, err error) {
	return r, c.call(ctx, "GET", "/rules", nil, &r)
}

// SetRule sets the rule of a scope; see poller.SetRule.
func (c *Client) SetRule(ctx context.Context, s feed.Scope, r feed.Rule) error {
	return c.call(ctx, "POST", "/rule", ruling{s, r}, &struct{}{})
}

// Rebuild applies today's rules to the kept window; see poller.Rebuild.
func (c *Client) Rebuild(ctx context.Context, report func(done, total int)) (out feed.Rebuilt, err error) {
	err = c.follow(ctx, "/rebuild", struct{}{}, func(next func(any) error) (bool, error) {
		var l rebuildLine
		if err := next(&l); err != nil {
			return true, err
		}
		switch {
		case l.Error != nil:
			return true, l.Error.err()
		case l.Result != nil:
			out = *l.Result
			return true, nil
		}
		report(l.Done, l.Total)
		return false, nil
	})
	return out, err
}
