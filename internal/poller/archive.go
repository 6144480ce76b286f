package poller

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"tidings/internal/archive"
	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/sanitize"
)

// Absorb takes in an archive of size bytes, see package archive. It runs in the
// committer: polls that end meanwhile are committed afterwards, and those of the
// archive's feeds, which know nothing of its entries, not at all: these are polled
// again. Lines that are left out are told one by one, and so is the progress.
func (p *Poller) Absorb(ctx context.Context, r io.ReaderAt, size int64, problem func(feed.Problem), progress func(done, total int)) (out feed.Absorbed, err error) {
	s := sanitize.New()
	a, err := archive.Open(ctx, r, size, func(fragment string) feed.HTML { return s.HTML(fragment, nil) })
	if err != nil {
		return out, err
	}
	tell := feed.Telling{Problem: problem, Progress: progress, Leased: p.outdate}
	err = p.inCommitter(ctx, func() error {
		var err error
		p.remember(ctx)
		out, err = p.store.Absorb(ctx, arriving{a}, time.Now(), tell)
		p.timetable.Store(nil)
		if again := errors.Join(p.recall(context.WithoutCancel(ctx)), p.restore(context.WithoutCancel(ctx))); again != nil {
			p.log.Error("take up what an import brought", "err", again)
		}
		return err
	})
	p.folds.stale.Store(true)
	if err2 := p.countUnpolled(context.WithoutCancel(ctx)); err == nil {
		err = err2
	}
	p.Wake()
	if err != nil && out != (feed.Absorbed{}) {
		err = feed.WithHint(fmt.Errorf("import the archive: %w", err), "what was taken in is whole; import the same archive again for the rest")
	}
	return out, err
}

// outdate makes the polls under way answer only the leases that they have now.
func (p *Poller) outdate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, j := range p.busy {
		j.void = true
	}
}

// arriving are the holdings of an archive with what only this program can know: the
// form of addresses by which duplicates are known, and sketches.
type arriving struct{ feed.Holdings }

// Facts implements [feed.Holdings].
func (a arriving) Facts(ctx context.Context, bodies bool, yield func(feed.Line, any) error, report func(feed.Problem)) error {
	return a.Holdings.Facts(ctx, bodies, func(at feed.Line, fact any) error {
		switch f := fact.(type) {
		case *feed.KeptFeed:
			address(&f.Subscription)
		case *feed.KeptGone:
			address(&f.Subscription)
		case *feed.KeptStory:
			sketch(f, bodies)
		case *feed.KeptGoneStory:
			sketch(&f.KeptStory, bodies)
		}
		return yield(at, fact)
	}, report)
}

func address(s *feed.Subscription) {
	if s.Removed.IsZero() || s.Canonical != "" {
		s.Canonical, s.Site = canonical(s.URL), fetch.Site(s.URL)
	}
}

// sketch makes the sketches that are missing, where there are bodies to make them of.
func sketch(k *feed.KeptStory, bodies bool) {
	for i := range k.Members {
		if m := &k.Members[i]; bodies && len(m.Sketch) == 0 {
			m.Sketch = sketchOf(m.Entry, m.Body).Encode()
		}
	}
}
