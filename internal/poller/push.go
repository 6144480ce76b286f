package poller

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// Push takes a document that a hub sent the way of every polled document, and returns
// when it is committed. A poll of the same feed that is under way ends first, so that
// an entry is new but once. The document may be a part of the feed: what it lacks is
// not gone, and neither validators nor the next due time change by it. It needs a
// running [Poller.Run]; the error is [feed.ErrNotFound] where the feed is paused or
// no longer followed.
func (p *Poller) Push(ctx context.Context, d feed.Pushed) (feed.Outcome, error) {
	if !p.beginPush() {
		return feed.Outcome{}, fmt.Errorf("take a push: tidings is stopping")
	}
	defer p.pushing.Done()
	j, w, err := p.seize(ctx, d.Feed)
	if err != nil {
		return feed.Outcome{}, fmt.Errorf("take a push: %w", err)
	}
	began := time.Now()
	p.cpu <- struct{}{}
	h := p.gather(ctx, j.claim, p.delivered(j.claim, d), nil)
	<-p.cpu
	if h.harvest.State.Failures > 0 {
		p.let(j, w)
		return h.outcome, fmt.Errorf("read what a hub sent: %s", h.outcome.Error)
	}
	h.unpoll()
	h.job, h.pushed, h.outcome.Pushed, h.outcome.Took = j, true, true, time.Since(began)
	p.harvests <- h
	return <-w.outcomes, nil
}

// beginPush reports whether the committer will still be there.
func (p *Poller) beginPush() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closing {
		p.pushing.Add(1)
	}
	return !p.closing
}

// endPushes waits for the pushes under way, and takes no more.
func (p *Poller) endPushes() {
	p.mu.Lock()
	p.closing = true
	p.mu.Unlock()
	p.pushing.Wait()
}

// seize makes a job of a feed that nobody polls, with its state as it is then, and a
// watch for its end.
func (p *Poller) seize(ctx context.Context, id uint64) (*job, *watch, error) {
	for {
		f, err := p.store.Subscription(ctx, id)
		switch {
		case err != nil:
			return nil, nil, err
		case f.Subscription.Paused:
			return nil, nil, fmt.Errorf("feed %d is paused: %w", id, feed.ErrNotFound)
		}
		j, w := &job{claim: feed.Claim{Subscription: f.Subscription}}, &watch{outcomes: make(chan feed.Outcome, 1)}
		if p.occupy(j, w) {
			return j, w, p.informed(ctx, j, w)
		}
		if err := p.patient(ctx, id, w); err != nil {
			return nil, nil, err
		}
	}
}

// occupy puts j in the place of a poll if there is none. Else w is told of its end.
func (p *Poller) occupy(j *job, w *watch) bool {
	id := j.claim.Subscription.ID
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watchers[id] = append(p.watchers[id], w)
	free := p.busy[id] == nil
	if free {
		p.busy[id] = j
	}
	return free
}

// informed gives the job the state that the last poll left.
func (p *Poller) informed(ctx context.Context, j *job, w *watch) error {
	f, err := p.store.Subscription(ctx, j.claim.Subscription.ID)
	if err == nil && f.Subscription.URL != j.claim.Subscription.URL {
		err = errors.New("the feed has moved")
	}
	if err != nil {
		p.let(j, w)
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	j.claim.State = f.State
	return nil
}

// patient waits for the end of a poll.
func (p *Poller) patient(ctx context.Context, id uint64, w *watch) error {
	defer p.unwatch(w, []feed.Following{{Subscription: feed.Subscription{ID: id}}})
	look := time.NewTimer(lookEvery) // should nobody tell of it
	defer look.Stop()
	select {
	case <-w.outcomes:
	case <-look.C:
	case <-p.ending:
		return errors.New("tidings is stopping")
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// let gives a feed back of which nothing is to be committed. Who waits for it is told
// by the next poll.
func (p *Poller) let(j *job, w *watch) {
	id := j.claim.Subscription.ID
	p.unwatch(w, []feed.Following{{Subscription: j.claim.Subscription}})
	p.mu.Lock()
	if p.busy[id] == j {
		delete(p.busy, id)
	}
	p.mu.Unlock()
	p.Wake()
}

// delivered is a push as if it were an answer: one with new entries alone.
func (p *Poller) delivered(c feed.Claim, d feed.Pushed) *fetch.Response {
	return &fetch.Response{Status: 200, URL: c.Subscription.URL, Delta: true, Body: d.Body, Hash: sha256.Sum256(d.Body),
		ContentType: d.ContentType, Bytes: int64(len(d.Body))}
}

// unpoll takes back what a harvest says of having asked the publisher: the feed was
// polled when it was, and fails or not as it did then.
func (h *harvested) unpoll() {
	was, st := h.claim.State, &h.harvest.State
	st.Polled, st.Answered, st.HTTP, st.Due, st.NotBefore = was.Polled, was.Answered, was.HTTP, was.Due, was.NotBefore
	st.Failures, st.Failure, st.Error, st.Since = was.Failures, was.Failure, was.Error, was.Since
	st.Gone, st.Empty, st.Mended, st.Hints = was.Gone, was.Empty, was.Mended, was.Hints
	st.Moved, st.Sightings, st.MovedSince, st.PushUntil = was.Moved, was.Sightings, was.MovedSince, was.PushUntil
	st.Why, st.Ledger = was.Why, was.Ledger
	h.harvest.URL, h.outcome.HTTP = "", 0
}

// keepDue leaves the due time of a feed that was pushed as it is by now: the reader may
// have asked for a poll meanwhile. Where an archive brought entries that the push knows
// nothing of, nothing of it is kept; the next poll finds what it had.
func (p *Poller) keepDue(ctx context.Context, h *harvested) {
	if !h.pushed {
		return
	}
	f, err := p.store.Subscription(ctx, h.claim.Subscription.ID)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if h.job.void {
		h.harvest.State, h.harvest.Arrivals, h.harvest.Served = f.State, nil, nil
		h.sketches, h.outcome.New, h.outcome.Revised = nil, 0, 0
	}
	h.harvest.State.Due, h.harvest.State.Why = f.State.Due, f.State.Why
}

// pushedUntil is until when a hub pushes a feed.
func (p *Poller) pushedUntil(id uint64) time.Time {
	if p.o.PushedUntil == nil {
		return time.Time{}
	}
	return p.o.PushedUntil(id)
}

// distrustPushes lets feeds that were left alone because a hub was to push them be due
// as if there were no hub: while the program was not running nobody took what it sent.
func (p *Poller) distrustPushes(ctx context.Context) error {
	if p.o.OnDemand {
		return nil
	}
	fs, err := p.store.Subscriptions(ctx)
	if err != nil {
		return err
	}
	var pushed []uint64
	for _, f := range fs {
		if !f.State.PushUntil.IsZero() {
			pushed = append(pushed, f.Subscription.ID)
		}
	}
	return p.Unpushed(ctx, pushed...)
}

// Unpushed lets feeds be due as if no hub had promised to push them when they were
// polled last.
func (p *Poller) Unpushed(ctx context.Context, ids ...uint64) error {
	if len(ids) == 0 {
		return nil
	}
	n, err := p.store.Reschedule(ctx, ids, func(s feed.Subscription, st *feed.State) bool {
		alone := *st
		alone.PushUntil = time.Time{}
		at, why := p.next(s, alone)
		if st.PushUntil.IsZero() || st.Polled.IsZero() || !at.Before(st.Due) {
			return false
		}
		st.Due, st.Why = at, why
		return true
	})
	if n > 0 {
		p.Wake()
	}
	return err
}
