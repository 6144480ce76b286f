package poller

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"

	"tidings/internal/feed"
)

// folds is how far each feed's entries are folded: the reader's rules, with the
// folders that the feeds are in, as the index asks for them. All but stale is the
// committer's.
type folds struct {
	stale atomic.Bool // the rules, or which feeds there are and where, have changed
	rules feed.Ruleset
	feeds map[uint64]feed.Folding
}

// foldOf is how far a feed's entries are folded. A feed that isn't known yet has
// just been subscribed to.
func (p *Poller) foldOf(ctx context.Context, id uint64) feed.Folding {
	f, ok := p.folds.feeds[id]
	if !ok || p.folds.stale.Load() {
		p.folds.stale.Store(false) // before it is read: what changes meanwhile makes it stale again
		p.loadFolds(ctx)
		f, ok = p.folds.feeds[id]
	}
	if !ok { // it is gone, but for starred stories
		f = p.folds.rules.For(id, "").Fold
		p.folds.feeds[id] = f
	}
	return f
}

// loadFolds reads the rules. If that fails, the old ones hold.
func (p *Poller) loadFolds(ctx context.Context) {
	settings, err := p.store.Settings(ctx, feed.Scope{}.Setting())
	outlets, err2 := p.store.Outlets(ctx)
	if err := errors.Join(err, err2); err != nil {
		p.log.Error("read the rules of folding; the old ones hold", "err", err)
		if p.folds.feeds == nil {
			p.folds.feeds = map[uint64]feed.Folding{}
		}
		return
	}
	p.folds.rules, p.folds.feeds = feed.Rules(settings), map[uint64]feed.Folding{}
	for _, o := range outlets {
		p.folds.feeds[o.Feed] = p.folds.rules.For(o.Feed, o.Folder).Fold
	}
}

// SetRule sets how far copies are folded in a scope, and whether events are shown
// there; the zero rule leaves both to the rule above. It holds for what comes from
// now on, and for the past after [Poller.Rebuild].
func (p *Poller) SetRule(ctx context.Context, s feed.Scope, r feed.Rule) error {
	if err := validRule(s, r); err != nil {
		return err
	}
	value, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("set the folding: %w", err)
	}
	if r == (feed.Rule{}) {
		value = nil
	}
	err = p.inCommitter(ctx, func() error {
		if s.Feed != 0 {
			if _, err := p.store.Subscription(ctx, s.Feed); err != nil {
				return err
			}
		}
		defer p.folds.stale.Store(true)
		return p.store.SetSetting(ctx, s.Setting(), value)
	})
	return wrap("set the folding", err)
}

func validRule(s feed.Scope, r feed.Rule) error {
	if s.Feed != 0 && s.Folder != "" {
		return errors.New("set the folding: a rule is for a feed or for a folder")
	}
	switch r.Fold {
	case feed.FoldInherit, feed.FoldOff, feed.FoldExact, feed.FoldCopies:
	default:
		return feed.WithHint(fmt.Errorf("set the folding: there is no %q", r.Fold), "say off, exact, copies or inherit")
	}
	switch r.Events {
	case "", "on", "off":
		return nil
	}
	return feed.WithHint(fmt.Errorf("set whether events are shown: there is no %q", r.Events), "say on, off or inherit")
}
