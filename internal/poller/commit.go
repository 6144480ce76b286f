package poller

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"tidings/internal/dedup"
	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// The bounds of one commit. Lingering a little while other polls are in flight
// makes one fsync serve many of them; larger batches than these cost more memory
// (bbolt holds every page that a transaction touches) than they save time.
const (
	batchHarvests = 512
	batchBytes    = 1 << 19
	linger        = 40 * time.Millisecond
)

// commitAll is the committer: the only goroutine that decides which story an
// entry tells. It ends when the harvests' channel is closed and drained.
func (p *Poller) commitAll(ctx context.Context) {
	if err := p.restore(ctx); err != nil {
		p.log.Error("rebuild the index of copies; going on without the past", "err", err)
	}
	if err := p.compareRules(ctx); err != nil {
		p.log.Error("compare the rules for copies with those of the stories", "err", err)
	}
	expire := time.NewTimer(time.Minute)
	defer expire.Stop()
	for {
		select {
		case h, ok := <-p.harvests:
			if !ok {
				return
			}
			p.commit(ctx, p.batch(h))
			p.remember(ctx)
		case o := <-p.orders:
			o.err <- o.run()
		case <-expire.C:
			expire.Reset(p.expire(ctx))
		}
	}
}

// batch collects the harvests that are to share a transaction with h.
func (p *Poller) batch(h harvested) []harvested {
	hs, size := []harvested{h}, weight(h)
	timer := time.NewTimer(linger)
	defer timer.Stop()
	for len(hs) < batchHarvests && size < batchBytes {
		select {
		case h, ok := <-p.harvests:
			if !ok {
				return hs
			}
			hs = append(hs, h)
			size += weight(h)
			continue
		default:
		}
		if p.inFlight() <= len(hs) {
			return hs // nobody else is coming
		}
		select {
		case h, ok := <-p.harvests:
			if !ok {
				return hs
			}
			hs = append(hs, h)
			size += weight(h)
		case <-timer.C:
			return hs
		}
	}
	return hs
}

// weight is about how many bytes a harvest will write.
func weight(h harvested) int {
	n := 200
	for _, a := range h.harvest.Arrivals {
		n += 1000 + len(a.Packed) + len(a.Body.Content) + len(a.Body.Summary)
	}
	return n
}

// commit writes a batch in one transaction. If that fails, each harvest gets a
// transaction of its own, so that one that can't be stored costs no other.
func (p *Poller) commit(ctx context.Context, hs []harvested) {
	p.renew(hs)
	for i := range hs {
		p.listen(ctx, &hs[i])
		p.keepDue(ctx, &hs[i])
	}
	err := p.write(ctx, hs)
	if err == nil {
		p.doubt(nil)
		return
	}
	for _, h := range hs {
		if len(hs) > 1 {
			err = p.write(ctx, []harvested{h})
		}
		if err != nil {
			p.lost(ctx, h, err)
		}
	}
}

// write places the new entries, stores the batch, and tells who waits for it.
// On an error the index is as it was.
func (p *Poller) write(ctx context.Context, hs []harvested) error {
	revised := p.revise(hs)
	placed := p.place(hs)
	batch := make([]feed.Harvest, len(hs))
	for i := range hs {
		batch[i] = hs[i].harvest
	}
	began := time.Now()
	err := p.store.Commit(ctx, batch)
	p.o.Meter.Committed(time.Since(began))
	if err != nil {
		p.index.Forget(placed)
		p.unrevise(revised)
		return err
	}
	for _, h := range hs {
		if p.finished(h); len(h.harvest.Arrivals) > 0 {
			p.texts.look() // what the reader wants of the feed may have changed since the claim
		}
	}
	return nil
}

// revise gives the index the new words of the revised entries of a batch, and gives
// what it held of them. An entry whose new words would not have joined its story stays
// there, and is marked.
func (p *Poller) revise(hs []harvested) (revised []feed.Sketched) {
	for i := range hs {
		for k := range hs[i].harvest.Arrivals {
			a := &hs[i].harvest.Arrivals[k]
			if a.New {
				continue
			}
			if was, ok := p.index.Held(a.Entry.ID); ok {
				revised = append(revised, was)
			}
			a.Sketch, a.Verdict.Drift, a.Verdict.Drifted = p.index.Revise(a.Entry.ID, hs[i].sketches[k])
		}
	}
	return revised
}

// place gives each new entry of a batch its number and its story, and returns the
// numbers. The batch goes by the entries' own times and not by who answered first,
// so that the original, and not its reprint, founds the story.
func (p *Poller) place(hs []harvested) []uint64 {
	var order []spot
	for i := range hs {
		hs[i].outcome.Joined = 0
		for k := range hs[i].harvest.Arrivals {
			if hs[i].harvest.Arrivals[k].New {
				order = append(order, spot{&hs[i], k})
			}
		}
	}
	slices.SortStableFunc(order, func(a, b spot) int {
		return cmp.Or(a.arrival().Time.Compare(b.arrival().Time), cmp.Compare(a.h.harvest.Feed, b.h.harvest.Feed))
	})
	placed := make([]uint64, len(order))
	for i, s := range order {
		placed[i] = p.placeOne(s.h, s.arrival(), s.h.sketches[s.i])
	}
	return placed
}

// spot is an arrival of a harvest.
type spot struct {
	h *harvested
	i int
}

func (s spot) arrival() *feed.Arrival { return &s.h.harvest.Arrivals[s.i] }

func (p *Poller) placeOne(h *harvested, a *feed.Arrival, sketch dedup.Sketch) uint64 {
	a.Entry.ID = p.store.NextEntry()
	to := p.index.Assign(a.Entry.ID, a.Entry.Feed, a.Entry.Seen, sketch)
	if to.Story == 0 {
		to.Story = p.store.NextStory()
		to.Event = cmp.Or(to.Event, to.Story)
	} else {
		h.outcome.Joined++
	}
	a.Entry.Story, a.Verdict, a.Event, a.Relation = to.Story, to.Verdict, to.Event, to.Relation
	a.Sketch = p.index.Place(a.Entry.ID, a.Entry.Feed, to.Story, to.Event, a.Entry.Seen, sketch)
	return a.Entry.ID
}

// lost deals with a harvest that could not be stored: nothing of it is, and the
// old validators stay, so the feed is asked for all of it again. That is noted as
// the feed's failure, with its back-off; if even that can't be written, claiming
// pauses.
func (p *Poller) lost(ctx context.Context, h harvested, err error) {
	p.log.Error("store a poll; it will be repeated", "feed", h.claim.Subscription.URL, "err", err)
	failed := failure(h.claim, &fetch.Error{Kind: feed.FailureTemporary, URL: h.claim.Subscription.URL,
		Err: feed.WithHint(fmt.Errorf("what it said could not be stored: %w", err), "see whether the disk is full")}, time.Now())
	failed.job, failed.harvest.Lease = h.job, h.harvest.Lease
	p.doubt(p.store.Commit(ctx, []feed.Harvest{failed.harvest}))
	p.finished(failed)
}

// distrust is how long nothing is claimed after the store failed, doubled each
// time; then one feed is tried.
const distrust = time.Minute

// doubt notes whether the store could write.
func (p *Poller) doubt(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		p.doubts = 0
		return
	}
	p.doubted = time.Now().Add(distrust << min(p.doubts, 6))
	p.doubts++
}

// trust is how many claims the store is trusted with.
func (p *Poller) trust(now time.Time) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.doubts == 0:
		return math.MaxInt
	case now.Before(p.doubted) || len(p.busy) > 0:
		return 0
	}
	return 1
}

// The housekeeping of [feed.Retention]: a bounded step a transaction.
const (
	expireStep  = 500
	expirePause = 100 * time.Millisecond
	expireEvery = 6 * time.Hour
)

// expire deletes what retention no longer keeps, and says when to go on.
func (p *Poller) expire(ctx context.Context) time.Duration {
	p.purge(ctx)
	removed, more, err := p.store.Expire(ctx, p.o.Retention, time.Now(), expireStep)
	p.index.Forget(removed)
	switch {
	case err != nil:
		p.log.Error("expire old stories", "err", err)
	case more:
		return expirePause
	}
	return expireEvery
}
