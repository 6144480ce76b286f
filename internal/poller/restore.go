package poller

import (
	"cmp"
	"context"
	"errors"
	"time"

	"tidings/internal/dedup"
	"tidings/internal/feed"
	"tidings/internal/sanitize"
)

// newIndex makes an empty index that follows the reader's rules and decisions.
func (p *Poller) newIndex(ctx context.Context) (*dedup.Index, error) {
	x := dedup.NewIndex(p.o.Window)
	x.Fold(func(id uint64) feed.Folding { return p.foldOf(ctx, id) })
	return x, p.bind(ctx, x)
}

// restore fills a new index from the sketches in the store, in order of arrival.
func (p *Poller) restore(ctx context.Context) error {
	var err error
	if p.index, err = p.newIndex(ctx); err != nil {
		return err
	}
	older := 0
	err = p.store.Sketches(ctx, time.Now().Add(-p.o.Window-dedup.Slack), func(k feed.Sketched) error {
		k.Event = cmp.Or(k.Event, k.Story)
		if p.index.Restore(k) == nil {
			return nil
		}
		older++
		return p.sketchAgain(ctx, k)
	})
	if older > 0 {
		p.log.Info("made sketches anew that this version can't read; `tidings dedup rebuild` stores them", "entries", older)
	}
	return err
}

// sketchAgain places an entry by its text, because its sketch is of another
// version of the rules, or damaged.
func (p *Poller) sketchAgain(ctx context.Context, k feed.Sketched) error {
	e, b, err := p.store.Entry(ctx, k.Entry)
	switch {
	case errors.Is(err, feed.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	p.index.Place(k.Entry, k.Feed, k.Story, k.Event, k.Seen, sketchOf(e, b))
	return nil
}

// sketchOf makes the sketch of an entry that is stored; it is that of its arrival.
func sketchOf(e feed.Entry, b feed.Body) dedup.Sketch {
	return dedup.NewSketch(e, sanitize.Text(b.Text()))
}

// unrevise gives the index back the old words of entries whose revision could not
// be stored.
func (p *Poller) unrevise(revised []feed.Sketched) {
	for _, was := range revised {
		if err := p.index.Restore(was); err != nil {
			p.log.Error("restore an entry in the index of copies", "entry", was.Entry, "err", err)
		}
	}
}
