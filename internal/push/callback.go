package push

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxAnswer is how much of a callback's answer is read, in bytes.
const maxAnswer = 4 << 10

// said is what a callback answered.
type said struct {
	status int
	body   []byte
	wait   time.Duration // Retry-After; 0 if absent
}

func (s said) ok() bool { return s.status/100 == 2 }

// call makes one request of a callback. Redirects are answers like any other.
func (h *Hub) call(ctx context.Context, req *http.Request) (said, error) {
	ctx, cancel := context.WithTimeout(ctx, h.o.Timeout)
	defer cancel()
	req.Header.Set("User-Agent", h.o.UserAgent)
	resp, err := h.o.Transport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return said{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return said{resp.StatusCode, body, retryAfter(resp.Header.Get("Retry-After"), time.Now())}, err
}

// longestWait bounds what a callback may ask for.
const longestWait = 24 * time.Hour

// retryAfter reads a delay (RFC 9110 §10.2.3).
func retryAfter(v string, now time.Time) time.Duration {
	d := time.Duration(0)
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		d = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(v); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, 0), longestWait)
}

// tell asks a callback a question in its query (§5.2, §5.3), behind what stands there.
func (h *Hub) tell(ctx context.Context, callback string, q url.Values) (said, error) {
	mark := "?"
	if _, query, ok := strings.Cut(callback, "?"); ok {
		if mark = "&"; query == "" || strings.HasSuffix(query, "&") {
			mark = ""
		}
	}
	req, err := http.NewRequest(http.MethodGet, callback+mark+q.Encode(), nil)
	if err != nil {
		return said{}, err
	}
	return h.call(ctx, req)
}

// verify asks whether a request was meant (§5.3): the answer must be the challenge
// and nothing else.
func (h *Hub) verify(ctx context.Context, r request) error {
	challenge := rand.Text()
	q := url.Values{"hub.mode": {r.mode}, "hub.topic": {r.topic}, "hub.challenge": {challenge}}
	if r.mode == subscribe {
		q.Set("hub.lease_seconds", strconv.Itoa(int(h.leaseOf(r)/time.Second)))
	}
	s, err := h.tell(ctx, r.callback, q)
	switch {
	case err != nil:
		return fmt.Errorf("ask %s to confirm: %w", r.host, err)
	case !s.ok():
		return fmt.Errorf("ask %s to confirm: it answered %d", r.host, s.status)
	case subtle.ConstantTimeCompare(s.body, []byte(challenge)) != 1:
		return fmt.Errorf("ask %s to confirm: it did not give the challenge back", r.host)
	}
	return nil
}

// leaseOf is the lease that a request gets (§5.1: the hub decides).
func (h *Hub) leaseOf(r request) time.Duration {
	if r.lease == 0 {
		return h.o.Lease
	}
	return min(max(r.lease, h.o.LeastLease), h.o.LongestLease)
}

// deny tells a subscriber that its subscription has ended, and why (§5.2).
func (h *Hub) deny(ctx context.Context, s *subscriber) {
	q := url.Values{"hub.mode": {"denied"}, "hub.topic": {s.Topic}, "hub.reason": {s.denied}}
	if _, err := h.tell(ctx, s.Callback, q); err != nil {
		h.o.Log.Debug("tell a subscriber that it was denied", "callback", s.host, "err", err)
	}
}

// deliver sends a document (§7).
func (h *Hub) deliver(ctx context.Context, s *subscriber, d *document) (said, error) {
	req, err := http.NewRequest(http.MethodPost, s.Callback, bytes.NewReader(d.body))
	if err != nil {
		return said{}, err
	}
	req.Header.Set("Content-Type", d.kind)
	req.Header.Set("Link", fmt.Sprintf(`<%s>; rel="hub", <%s>; rel="self"`, h.URL(), s.Topic))
	if s.Secret != "" {
		mac := hmac.New(h.sign, []byte(s.Secret))
		mac.Write(d.body)
		req.Header.Set("X-Hub-Signature", h.o.Signature+"="+hex.EncodeToString(mac.Sum(nil)))
	}
	return h.call(ctx, req)
}
