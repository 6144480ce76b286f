package poller

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"tidings/internal/dedup"
	"tidings/internal/feed"
)

// Split takes an entry out of its story: it tells one of its own from now on, and
// is never joined again by the engine with those that it was parted from.
func (p *Poller) Split(ctx context.Context, story, entry uint64) (feed.Decision, error) {
	return p.decide(ctx, func() (feed.Decision, error) {
		return p.store.SplitStory(ctx, story, entry, p.store.NextStory(), time.Now())
	})
}

// Join makes one story of two. The older stays, and takes in the younger.
func (p *Poller) Join(ctx context.Context, a, b uint64) (feed.Decision, error) {
	return p.decide(ctx, func() (feed.Decision, error) {
		return p.store.JoinStories(ctx, a, b, time.Now())
	})
}

// Undo takes a decision back. What it gives describes the move back.
func (p *Poller) Undo(ctx context.Context, id uint64) (feed.Decision, error) {
	return p.decide(ctx, func() (feed.Decision, error) {
		return p.store.UndoDecision(ctx, id, time.Now())
	})
}

// decide carries out a decision of the reader in the committer, so that no new
// entry is placed between the store's knowing it and the index's.
func (p *Poller) decide(ctx context.Context, f func() (feed.Decision, error)) (feed.Decision, error) {
	var d feed.Decision
	err := p.inCommitter(ctx, func() error {
		var err error
		if d, err = f(); err == nil {
			p.decided(context.WithoutCancel(ctx), d)
		}
		return err
	})
	return d, err
}

// wrap says what failed. A hint stays outermost, where it is shown.
func wrap(what string, err error) error {
	if h, ok := err.(*feed.Hint); ok {
		return feed.WithHint(fmt.Errorf("%s: %w", what, h.Err), h.Todo)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// decided tells the index of a decision. Where the store can't say what the index
// must know, the index forgets the entries: then at least nothing wrong joins them.
func (p *Poller) decided(ctx context.Context, d feed.Decision) {
	f, err := p.store.Story(ctx, d.To)
	if err == nil {
		p.index.Move(d.Entries, d.To, cmp.Or(f.Story.Event, d.To))
		err = p.bind(ctx, p.index)
	}
	if err != nil {
		p.log.Error("follow a decision in the index of copies", "decision", d.ID, "err", err)
		p.index.Forget(d.Entries)
	}
}

// bind gives an index the decisions in force.
func (p *Poller) bind(ctx context.Context, x *dedup.Index) error {
	ds, err := p.store.Decisions(ctx)
	if err != nil {
		return fmt.Errorf("read the reader's decisions: %w", err)
	}
	x.Bind(feed.Bindings(ds))
	return nil
}
