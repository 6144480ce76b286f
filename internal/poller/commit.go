package poller

import (
	"context"
	"time"

	"tidings/internal/feed"
	"tidings/internal/sanitize"
)

// The bounds of one commit. Lingering a little while other polls are in flight
// makes one fsync serve many of them; larger batches than these cost more memory
// (bbolt holds every page that a transaction touches) than they save time.
const (
	batchHarvests = 512
	batchBytes    = 1 << 20
	linger        = 40 * time.Millisecond
)

// commitAll is the committer: the only goroutine that decides which story an
// entry tells. It ends when the harvests' channel is closed and drained.
func (p *Poller) commitAll(ctx context.Context) error {
	if err := p.restore(ctx); err != nil {
		p.log.Error("rebuild the index of copies; going on without the past", "err", err)
	}
	expire := time.NewTimer(time.Minute)
	defer expire.Stop()
	for {
		select {
		case h, ok := <-p.harvests:
			if !ok {
				return nil
			}
			p.commit(ctx, p.batch(h))
		case o := <-p.orders:
			o.err <- o.run()
		case <-expire.C:
			expire.Reset(p.expire(ctx))
		}
	}
}

// restore fills the index from the sketches in the store, in order of arrival.
func (p *Poller) restore(ctx context.Context) error {
	return p.store.Sketches(ctx, time.Now().Add(-p.o.Window), p.index.Restore)
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

// pack makes the harvest small until it is committed. A body that can't be packed
// stays as it is, and the commit says why.
func (p *Poller) pack(h *harvested) {
	for i := range h.harvest.Arrivals {
		a := &h.harvest.Arrivals[i]
		if packed, err := p.store.Pack(a.Body); err == nil {
			a.Packed, a.Body = packed, feed.Body{}
		}
	}
}

// commit writes a batch in one transaction. If that fails, each harvest gets a
// transaction of its own, so that one that can't be stored costs no other.
func (p *Poller) commit(ctx context.Context, hs []harvested) {
	if err := p.write(ctx, hs); err == nil {
		return
	} else if len(hs) == 1 {
		p.lost(hs[0], err)
		return
	}
	for _, h := range hs {
		if err := p.write(ctx, []harvested{h}); err != nil {
			p.lost(h, err)
		}
	}
}

// write places the new entries, stores the batch, and tells who waits for it.
// On an error the index is as it was.
func (p *Poller) write(ctx context.Context, hs []harvested) error {
	var placed []uint64
	batch := make([]feed.Harvest, len(hs))
	for i := range hs {
		placed = append(placed, p.place(&hs[i])...)
		batch[i] = hs[i].harvest
	}
	if err := p.store.Commit(ctx, batch); err != nil {
		p.index.Forget(placed)
		return err
	}
	for _, h := range hs {
		p.finished(h)
	}
	return nil
}

// place gives each new entry its number and its story, and returns the numbers.
func (p *Poller) place(h *harvested) []uint64 {
	var placed []uint64
	h.outcome.Joined = 0
	for i := range h.harvest.Arrivals {
		a := &h.harvest.Arrivals[i]
		if !a.New {
			continue
		}
		a.Entry.ID = p.store.NextEntry()
		story, v := p.index.Assign(a.Entry.ID, a.Entry.Feed, a.Entry.Seen, h.sketches[i])
		if story == 0 {
			story, v = p.store.NextStory(), feed.Verdict{Level: feed.LevelNew}
		} else {
			h.outcome.Joined++
		}
		a.Entry.Story, a.Verdict = story, v
		p.index.Place(a.Entry.ID, a.Entry.Feed, story, a.Entry.Seen, h.sketches[i])
		placed = append(placed, a.Entry.ID)
	}
	return placed
}

// lost reports a harvest that could not be stored. Nothing of it is: the claim
// lapses, and the feed is polled again with its old validators.
func (p *Poller) lost(h harvested, err error) {
	p.log.Error("store a poll; it will be repeated", "feed", h.claim.Subscription.URL, "err", err)
	h.outcome.Status, h.outcome.Error = "failed", "the data file could not be written: "+err.Error()
	h.outcome.New, h.outcome.Revised, h.outcome.Joined = 0, 0, 0
	p.finished(h)
}

// weigh decides for each revised entry whether its words changed, or only its
// markup, addresses or times.
func (p *Poller) weigh(ctx context.Context, h *harvested) {
	for i := range h.harvest.Arrivals {
		a := &h.harvest.Arrivals[i]
		if a.New {
			continue
		}
		old, body, err := p.store.Entry(ctx, a.Entry.ID)
		if err != nil {
			continue // expired meanwhile
		}
		a.Material = old.Title != a.Entry.Title || sanitize.Text(body.Text()) != sanitize.Text(a.Body.Text())
		if !a.Material {
			a.Entry.Revised = old.Revised
		}
	}
}

// The housekeeping of [feed.Retention]: a bounded step a transaction.
const (
	expireStep  = 500
	expirePause = 100 * time.Millisecond
	expireEvery = 6 * time.Hour
)

// expire deletes what retention no longer keeps, and says when to go on.
func (p *Poller) expire(ctx context.Context) time.Duration {
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
