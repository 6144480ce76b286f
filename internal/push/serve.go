package push

import (
	"math/rand/v2"
	"net/http"
	"time"

	"tidings/internal/feed"
)

// confirm verifies a request and does as it says (§5.3). One that isn't confirmed
// changes nothing.
func (r *round) confirm(q request) {
	err := r.verify(r.calls, q)
	if err == nil && q.mode == subscribe {
		err = r.activate(q)
	}
	if err != nil {
		r.o.Log.Debug("a request of a subscriber was not confirmed", "callback", q.host, "mode", q.mode, "err", err)
		return
	}
	if q.mode == unsubscribe {
		r.mu.Lock()
		defer r.mu.Unlock()
		if s := r.subs[q.pair]; s != nil {
			r.drop(s)
		}
	}
}

// activate begins a subscription, or renews it. A new subscriber has just read the
// feed: it is sent the next change.
func (r *round) activate(q request) error {
	d, err := r.document(r.calls, q.topic)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	s := r.subs[q.pair]
	if s == nil {
		if err := r.limits(q); err != nil {
			return err
		}
		s = &subscriber{Subscriber: feed.Subscriber{Topic: q.topic, Callback: q.callback, Since: now, Sent: d.sum}, host: q.host}
		r.subs[q.pair] = s
	}
	s.Secret, s.Until = q.secret, now.Add(r.leaseOf(q))
	r.dirty[q.pair] = true
	return nil
}

// serve sends a subscriber what it is owed. What is written to the subscriber is
// written under the lock; nobody else writes to it while it is busy but a renewal.
func (r *round) serve(s *subscriber) {
	r.mu.Lock()
	copied := *s
	r.mu.Unlock()
	if copied.denied != "" {
		r.deny(r.calls, &copied)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.drop(s)
		return
	}
	d, err := r.document(r.calls, copied.Topic)
	if err == nil && d.sum == copied.Sent {
		r.settled(s, d.sum)
		return
	}
	var answer said
	if err == nil {
		answer, err = r.deliver(r.calls, &copied, d)
	}
	switch {
	case err == nil && answer.ok():
		r.settled(s, d.sum)
	case r.calls.Err() != nil: // the program ends: it is owed after the restart
		r.mu.Lock()
		s.busy = false
		r.mu.Unlock()
	default:
		r.failed(s, answer, err)
	}
}

// settled notes that a subscriber has a document. Another one may have taken its
// place meanwhile.
func (h *Hub) settled(s *subscriber, sum digest) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.busy, s.tries, s.next = false, 0, time.Time{}
	if now, ok := h.current[s.Topic]; ok && now != sum || s.denied != "" {
		s.next = time.Now() // something came up meanwhile
	}
	if s.Sent != sum || !s.Failing.IsZero() {
		s.Sent, s.Failing = sum, time.Time{}
		h.touch(s)
	}
}

// touch notes that a subscriber is to be written. The caller has the lock.
func (h *Hub) touch(s *subscriber) {
	if h.subs[s.pair()] == s {
		h.dirty[s.pair()] = true
	}
}

// failed notes that a delivery failed, and when to try again.
func (h *Hub) failed(s *subscriber, answer said, err error) {
	h.o.Log.Debug("a delivery to a subscriber failed", "callback", s.host, "status", answer.status, "err", err)
	h.mu.Lock()
	defer h.mu.Unlock()
	s.busy = false
	now := time.Now()
	if s.Failing.IsZero() {
		s.Failing = now
		h.touch(s)
	}
	if answer.status == http.StatusGone || now.Sub(s.Failing) >= h.o.GiveUp {
		h.drop(s)
		return
	}
	s.next = now.Add(max(h.backoff(s.tries), answer.wait))
	s.tries++
}

// backoff is how long to wait after so many failures before: ever twice as long, a
// fifth more or less, so that callbacks of one host don't come back all at once.
func (h *Hub) backoff(tries int) time.Duration {
	d := h.o.LongestBackoff
	if tries < 20 {
		d = min(h.o.Backoff<<tries, h.o.LongestBackoff)
	}
	return d*4/5 + rand.N(d*2/5+1)
}
