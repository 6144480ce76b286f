package push

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"tidings/internal/feed"
)

// Run serves subscribers until ctx ends; site answers for the feeds. It gives
// requests under way Options.Grace to end, and returns nil when ctx ended it.
func (h *Hub) Run(ctx context.Context, site http.Handler) error {
	all, err := h.store.Subscribers(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("read the subscribers of our feeds: %w", err)
	}
	h.begin(all, site)
	r := &round{Hub: h, changed: h.store.Changed(), look: time.Now()} // what changed while nobody ran is owed
	r.calls, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	defer r.cancel()
	for ctx.Err() == nil {
		r.turn(ctx)
		r.wait(ctx)
	}
	r.end(context.WithoutCancel(ctx))
	return nil
}

func (h *Hub) begin(all []feed.Subscriber, site http.Handler) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.site = site
	for _, s := range all {
		_, host, err := parseCallback(s.Callback)
		if err == nil {
			h.subs[pair{s.Topic, s.Callback}] = &subscriber{Subscriber: s, host: host}
		}
	}
}

// round is what Run knows beside the hub.
type round struct {
	*Hub
	workers sync.WaitGroup
	calls   context.Context // of requests to callbacks
	cancel  context.CancelFunc
	changed <-chan struct{} // closed at the next change
	first   time.Time       // of the changes that were not looked at; zero: none
	look    time.Time       // when to look at the feeds; zero: nothing has changed
	saved   time.Time       // when the store was last written to
}

// turn does what is due.
func (r *round) turn(ctx context.Context) {
	now := time.Now()
	if !r.look.IsZero() && !now.Before(r.look) {
		r.first, r.look = time.Time{}, time.Time{}
		r.compare(ctx, now)
	}
	r.lapse(now)
	r.start(now)
	if r.saveAt().Compare(now) <= 0 {
		r.save(ctx)
		r.saved = now
	}
}

// wait returns when there may be something to do.
func (r *round) wait(ctx context.Context) {
	timer := time.NewTimer(max(time.Until(r.next()), 0))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-r.wake:
	case <-timer.C:
	case <-r.changed:
		r.changed = r.store.Changed()
		now := time.Now()
		if r.first.IsZero() {
			r.first = now
		}
		r.look = now.Add(min(r.o.Settle, r.first.Add(r.o.Longest).Sub(now)))
	}
}

// idle is how long Run sleeps where nothing is to come.
const idle = time.Hour

// next is when something will be due.
func (r *round) next() time.Time {
	at := time.Now().Add(idle)
	soonest := func(t time.Time) {
		if !t.IsZero() && t.Before(at) {
			at = t
		}
	}
	soonest(r.look)
	soonest(r.saveAt())
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.subs {
		if s.busy {
			continue // its end wakes us
		}
		soonest(s.Until)
		if r.free(s.host) {
			soonest(s.next)
		}
	}
	return at
}

// saveEvery is how often the store is written to at most.
const saveEvery = time.Second

// saveAt is when the store is to be written to; the far future if nothing is.
func (r *round) saveAt() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.dirty) == 0 {
		return time.Now().Add(idle)
	}
	return r.saved.Add(saveEvery)
}

// compare looks at every feed that has subscribers, and notes to whom it is owed.
func (r *round) compare(ctx context.Context, now time.Time) {
	r.latest.forget()
	r.mu.Lock()
	r.current = map[string]digest{}
	r.mu.Unlock()
	for _, topic := range r.topics() {
		d, err := r.document(ctx, topic)
		var gone *refusal
		switch {
		case errors.As(err, &gone):
			r.withdraw(topic, now)
		case err != nil && ctx.Err() == nil:
			r.o.Log.Error("look at a feed for its subscribers", "topic", topic, "err", err)
			r.look = now.Add(r.o.Backoff)
		case err == nil:
			r.owe(d, now)
		}
	}
}

func (h *Hub) topics() (all []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := map[string]bool{}
	for p := range h.subs {
		if !seen[p.topic] {
			seen[p.topic] = true
			all = append(all, p.topic)
		}
	}
	slices.Sort(all)
	return all
}

// owe notes to whom a document is owed. Who is being tried again stays so.
func (h *Hub) owe(d *document, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.current[d.topic] = d.sum
	for p, s := range h.subs {
		if p.topic != d.topic {
			continue
		}
		s.denied = "" // it may have been away for a moment
		if s.Sent != d.sum && s.next.IsZero() {
			s.next = now
		}
	}
}

// withdraw denies a feed to its subscribers, because it is no longer there.
func (h *Hub) withdraw(topic string, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.current, topic)
	for p, s := range h.subs {
		if p.topic == topic {
			s.denied, s.next = "the feed is no longer there", now
		}
	}
}

// lapse ends the subscriptions whose leases have ended (§5.1).
func (h *Hub) lapse(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.subs {
		if !s.busy && !now.Before(s.Until) {
			h.drop(s)
		}
	}
}

// drop forgets a subscription. The caller has the lock.
func (h *Hub) drop(s *subscriber) {
	if h.subs[s.pair()] == s {
		delete(h.subs, s.pair())
		h.dirty[s.pair()] = true
	}
}

// free reports whether a host may get another request. The caller has the lock.
func (h *Hub) free(host string) bool {
	return h.running < h.o.Workers && h.hosts[host] < h.o.WorkersOfHost
}

// start starts what is due and has a place: confirmations first, then the
// deliveries of one feed after another, those that have waited longest first.
func (r *round) start(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = slices.DeleteFunc(r.asked, func(q request) bool {
		if !r.free(q.host) {
			return false
		}
		r.occupy(q.host, func() { r.confirm(q) })
		return true
	})
	var due []*subscriber
	for _, s := range r.subs {
		if !s.busy && !s.next.IsZero() && !s.next.After(now) {
			due = append(due, s)
		}
	}
	slices.SortFunc(due, func(a, b *subscriber) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), a.next.Compare(b.next), cmp.Compare(a.Callback, b.Callback))
	})
	for _, s := range due {
		if r.free(s.host) {
			s.busy = true
			r.occupy(s.host, func() { r.serve(s) })
		}
	}
}

// occupy runs a request to a host in a worker. The caller has the lock.
func (r *round) occupy(host string, run func()) {
	r.running++
	r.hosts[host]++
	r.workers.Go(func() {
		run()
		r.mu.Lock()
		r.running--
		if r.hosts[host]--; r.hosts[host] == 0 {
			delete(r.hosts, host)
		}
		r.mu.Unlock()
		r.rouse()
	})
}

// save writes to the store what has changed, subscriptions that have ended too.
func (r *round) save(ctx context.Context) {
	r.mu.Lock()
	var put []feed.Subscriber
	var drop []pair
	for p := range r.dirty {
		if s := r.subs[p]; s != nil {
			put = append(put, s.Subscriber)
		} else {
			drop = append(drop, p)
		}
	}
	written := r.dirty
	r.dirty = map[pair]bool{}
	r.mu.Unlock()
	if len(written) == 0 {
		return
	}
	err := r.store.PutSubscribers(ctx, put...)
	for _, p := range drop {
		err = errors.Join(err, r.store.DropSubscriber(ctx, p.topic, p.callback))
	}
	if err == nil {
		return
	}
	r.o.Log.Error("write the subscribers of our feeds", "err", err)
	r.mu.Lock()
	defer r.mu.Unlock()
	for p := range written {
		r.dirty[p] = true
	}
}

// end waits for the requests under way and writes what came of them.
func (r *round) end(ctx context.Context) {
	r.mu.Lock()
	r.site = nil
	r.mu.Unlock()
	timer := time.AfterFunc(r.o.Grace, r.cancel)
	r.workers.Wait()
	timer.Stop()
	r.save(ctx)
}
