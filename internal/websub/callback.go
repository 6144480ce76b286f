package websub

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tidings/internal/feed"
)

// ServeHTTP is the callbacks: GET asks whether we meant it (§5.3) or tells that a hub
// refused (§5.2), POST brings a document (§7).
func (s *Subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	callback := s.base + strings.TrimPrefix(r.URL.Path, s.o.Path)
	switch r.Method {
	case http.MethodGet:
		s.confirm(w, r, callback)
	case http.MethodPost:
		s.take(w, r, callback)
	default:
		w.Header().Set("Allow", "GET, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// longestChallenge bounds what is echoed, in bytes.
const longestChallenge = 2 << 10

// confirm answers a hub that asks back.
func (s *Subscriber) confirm(w http.ResponseWriter, r *http.Request, callback string) {
	q := r.URL.Query()
	challenge, told := q.Get("hub.challenge"), q.Get("hub.mode") == denied
	cloud := s.isCloud(callback)
	if cloud {
		challenge, told = q.Get("challenge"), false
	}
	ok, err := told || challenge != "" && len(challenge) <= longestChallenge, error(nil)
	switch {
	case !ok:
	case cloud:
		ok = s.asksBack(callback, q, time.Now())
	default:
		ok, err = s.meant(r.Context(), callback, q, time.Now())
	}
	switch {
	case err != nil:
		s.o.Log.Error("note what a hub promised", "err", err)
		http.Error(w, "try again later", http.StatusServiceUnavailable)
	case !ok:
		http.Error(w, "nobody asked for that", http.StatusNotFound)
	case told:
		w.WriteHeader(http.StatusOK)
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = io.WriteString(w, challenge)
	}
}

// meant tells whether a hub asks for what it was asked for, and notes its promise in the
// store before it is answered.
func (s *Subscriber) meant(ctx context.Context, callback string, q url.Values, now time.Time) (ok bool, err error) {
	s.mu.Lock()
	l := s.leases[callback]
	if s.ctx == nil || l == nil || l.Asked.IsZero() || q.Get("hub.topic") != l.Topic {
		s.mu.Unlock()
		return false, nil
	}
	was := l.Live(now)
	var put []feed.PushLease
	var drop []string
	switch mode := q.Get("hub.mode"); {
	case mode == subscribe && !l.Ending:
		ok = s.promised(l, q.Get("hub.lease_seconds"), now)
	case mode == unsubscribe && l.Ending:
		delete(s.leases, callback)
		drop, ok = append(drop, callback), true
	case mode == denied && !l.Ending:
		l.Until, ok = time.Time{}, true
		s.refused(l, now, s.o.LongestBackoff, &put, &drop)
	}
	if ok && s.leases[callback] == l {
		put = append(put, l.PushLease)
	}
	if was && !l.Live(now) && !l.Ending {
		s.doubts = append(s.doubts, l.Feed)
	}
	s.mu.Unlock()
	if !ok {
		return false, nil
	}
	s.rouse()
	ctx = context.WithoutCancel(ctx)
	if err = s.store.PutLeases(ctx, put...); err == nil && len(drop) > 0 {
		err = s.store.DropLeases(ctx, drop...)
	}
	return true, err
}

// promised notes for how long a hub is to push. Hubs of the protocol's first days name no
// time and push for ever; one that pushes for no time at all is not confirmed.
func (s *Subscriber) promised(l *lease, seconds string, now time.Time) bool {
	d := s.o.Lease
	if seconds != "" {
		n, err := strconv.ParseInt(seconds, 10, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) || n < int64(s.o.LeastLease/time.Second) {
			return false
		}
		d = time.Duration(min(n, int64(s.o.LongestLease/time.Second))) * time.Second
	}
	if !l.Live(now) {
		l.since, l.Missed = false, 0
	}
	l.Lease, l.Until, l.Failures, l.live = d, now.Add(d), 0, true
	l.Next = now.Add(d*3/4 - spread(l.Callback, d/8)) // renewal, with time to try again
	return true
}

// spread is a share of d that depends on a callback alone, so that what was asked for
// together isn't renewed together.
func spread(callback string, d time.Duration) time.Duration {
	sum := sha256.Sum256([]byte(callback))
	return d * time.Duration(sum[0]) / 256
}

// take accepts a document, or a ping.
func (s *Subscriber) take(w http.ResponseWriter, r *http.Request, callback string) {
	l, status, wait := s.admit(callback, time.Now())
	if status != 0 {
		refuse(w, status, wait)
		return
	}
	select {
	case s.reads <- struct{}{}:
		defer func() { <-s.reads }()
	default:
		refuse(w, http.StatusServiceUnavailable, 30*time.Second)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.o.Timeout))
	most := s.o.MaxBody
	if l.Cloud != "" {
		most = maxPing
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		refuse(w, http.StatusRequestEntityTooLarge, 0)
		return
	case err != nil:
		refuse(w, http.StatusBadRequest, 0)
		return
	}
	if l.Cloud != "" {
		said, _ := url.ParseQuery(string(body)) // what can't be read names no feed
		status, wait = s.ping(callback, said.Get("url"), time.Now())
		refuse(w, status, wait)
		return
	}
	if !signed(l.Secret, r.Header.Get("X-Hub-Signature"), body) {
		s.o.Log.Debug("ignore a document that is not signed by its hub", "feed", l.Feed)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	if !s.deliver(callback, feed.Pushed{Feed: l.Feed, Body: body, ContentType: r.Header.Get("Content-Type")}) {
		refuse(w, http.StatusServiceUnavailable, 30*time.Second)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// refuse answers without a page: its reader is a program.
func refuse(w http.ResponseWriter, status int, wait time.Duration) {
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)))
	}
	w.WriteHeader(status)
}

// admit tells whether a document may come, or with which status it is refused. A hub
// that has no right to send any more is told so by 410 (§7).
func (s *Subscriber) admit(callback string, now time.Time) (l feed.PushLease, status int, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := s.leases[callback]
	switch {
	case s.ctx == nil:
		return l, http.StatusServiceUnavailable, 30 * time.Second
	case held != nil && held.Cloud != "" && (held.busy || held.Live(now)):
		return held.PushLease, 0, 0 // its limit is that of polls
	case held == nil || !held.Live(now):
		return l, http.StatusGone, 0
	case !held.spend(now, s.o.Burst, s.o.Refill):
		return l, http.StatusTooManyRequests, s.o.Refill
	}
	return held.PushLease, 0, 0
}

// signed checks a signature (§8) in constant time. Without a secret there is none to
// check.
func signed(secret, header string, body []byte) bool {
	if secret == "" {
		return true
	}
	methods := map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}
	method, sum, _ := strings.Cut(header, "=")
	sign := methods[strings.ToLower(strings.TrimSpace(method))]
	got, err := hex.DecodeString(strings.TrimSpace(sum))
	if sign == nil || err != nil {
		return false
	}
	mac := hmac.New(sign, []byte(secret))
	mac.Write(body)
	return hmac.Equal(mac.Sum(nil), got)
}

// deliver hands a document to the poller, in the background: a hub waits for seconds at
// most, and a poll of the feed that is under way may take longer. It is false where too
// many wait.
func (s *Subscriber) deliver(callback string, d feed.Pushed) bool {
	sum := sha256.Sum256(d.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.leases[callback]
	switch {
	case l == nil || s.ctx == nil || l.last == sum || len(d.Body) == 0:
		return true // ended meanwhile, or said before, or nothing is said
	case s.documents >= s.o.MaxDocuments, s.waiting+int64(len(d.Body)) > s.o.MaxWaiting:
		return false
	}
	l.last = sum
	s.documents++
	s.waiting += int64(len(d.Body))
	ctx := s.ctx
	s.work.Go(func() { s.hand(ctx, l, d) })
	return true
}

// hand waits for the commit. What the poller can't read is taken as the word that there
// is something new.
func (s *Subscriber) hand(ctx context.Context, l *lease, d feed.Pushed) {
	_, err := s.poller.Push(ctx, d)
	s.mu.Lock()
	s.documents--
	s.waiting -= int64(len(d.Body))
	if err != nil {
		l.last = [32]byte{}
	}
	s.mu.Unlock()
	if err == nil || ctx.Err() != nil || errors.Is(err, feed.ErrNotFound) {
		return
	}
	s.o.Log.Debug("take what a hub sent", "feed", d.Feed, "err", err)
	if _, err := s.poller.Refresh(ctx, []uint64{d.Feed}); err != nil && ctx.Err() == nil {
		s.o.Log.Warn("poll a feed whose push can't be read", "feed", d.Feed, "err", err)
	}
}
