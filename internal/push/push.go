// Package push is a WebSub hub (W3C Recommendation of 23 January 2018) for our own
// feeds alone: whoever subscribes is sent a feed's document within seconds of its
// change.
//
// The way of a subscription: a form is posted to the hub ([Hub.ServeHTTP]), which
// refuses at once what can't be (§5.1) and answers 202 to the rest. A worker then
// asks the callback whether it meant it (§5.3). From then on, until its lease ends,
// the subscriber gets every change.
//
// The way of a change: the store says that something has changed, and the hub waits
// until it is quiet, so that a burst of polls is one push. Then it asks the site, as
// any reader would and without its password, for each feed that somebody subscribed
// to. What it sends is byte for byte what a GET would give, with its Content-Type, the
// links to hub and topic, and the signature (§7). So the hub knows nothing of rivers
// and formats, and gives away nothing that a GET wouldn't.
//
// What it keeps true:
//
//   - A subscriber whose last document isn't the present one is owed it. What was sent
//     is noted as a hash in the store, so neither a restart nor a crash loses a
//     push: at worst one comes twice.
//   - A delivery that fails is tried again, ever more seldom, and always with the
//     document as it is then. A callback that answers 410, or that fails for days, is
//     dropped (§7); a feed that is no longer there is denied to its subscribers (§5.2).
//   - Strangers name callbacks, so all requests go through the transport given, which
//     dials public addresses only. Redirects are not followed, answers are read to
//     a few kilobytes, and everything has a limit: subscriptions in all, for a feed
//     and for a host, requests under way in all and to a host, and their time.
//   - The documents in memory are no more than the workers.
//   - One goroutine, that of [Hub.Run], writes to the store, and many changes in one
//     transaction.
//
// Who may poll what, and what a feed is, is left to the site.
package push

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"tidings/internal/feed"
)

// Store keeps subscribers and tells when feeds may have changed.
type Store interface {
	Subscribers(ctx context.Context) ([]feed.Subscriber, error)
	PutSubscribers(ctx context.Context, subs ...feed.Subscriber) error
	DropSubscriber(ctx context.Context, topic, callback string) error
	Changed() <-chan struct{}
}

// Options say how the hub behaves. Zero values mean the defaults named.
type Options struct {
	PublicURL string            // scheme and host under which the feeds are reached; needed
	Path      string            // of the hub under it; "/hub"
	Transport http.RoundTripper // for callbacks; it guards against private addresses; needed
	UserAgent string            // shown to callbacks; "tidings"
	Log       *slog.Logger      // nil: none
	Signature string            // sha1, sha256, sha384 or sha512 (§7); "sha256"

	Lease, LeastLease, LongestLease time.Duration // 10 days, 5 minutes, 30 days

	Settle  time.Duration // a change is sent when nothing has changed for so long; 1 s
	Longest time.Duration // but not later than this after the first; 10 s
	Timeout time.Duration // of one request to a callback; 10 s
	Grace   time.Duration // for requests under way when the program ends; 5 s

	Backoff, LongestBackoff time.Duration // before the first and between the last repetitions; 30 s, 6 hours
	GiveUp                  time.Duration // a callback that fails so long is dropped; 3 days

	Most, MostOfTopic, MostOfHost int // subscriptions; 2000, 500, 100
	MostAsked, MostAskedOfHost    int // verifications that wait; 100, 10
	Workers, WorkersOfHost        int // requests under way; 8, 2
}

// methods are the hash functions of signatures (§7).
func methods() map[string]func() hash.Hash {
	return map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}
}

func (o Options) withDefaults() Options {
	for to, d := range map[*string]string{&o.Path: "/hub", &o.UserAgent: "tidings", &o.Signature: "sha256"} {
		if *to == "" {
			*to = d
		}
	}
	for to, d := range map[*time.Duration]time.Duration{
		&o.Lease: 10 * 24 * time.Hour, &o.LeastLease: 5 * time.Minute, &o.LongestLease: 30 * 24 * time.Hour,
		&o.Settle: time.Second, &o.Longest: 10 * time.Second, &o.Timeout: 10 * time.Second, &o.Grace: 5 * time.Second,
		&o.Backoff: 30 * time.Second, &o.LongestBackoff: 6 * time.Hour, &o.GiveUp: 3 * 24 * time.Hour,
	} {
		if *to <= 0 {
			*to = d
		}
	}
	for to, d := range map[*int]int{
		&o.Most: 2000, &o.MostOfTopic: 500, &o.MostOfHost: 100, &o.MostAsked: 100, &o.MostAskedOfHost: 10,
		&o.Workers: 8, &o.WorkersOfHost: 2,
	} {
		if *to <= 0 {
			*to = d
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Hub serves subscribers. Make one with [New], route its path to it, and let
// [Hub.Run] run.
type Hub struct {
	o     Options
	base  string // scheme and host, without a slash at the end
	store Store
	sign  func() hash.Hash
	wake  chan struct{} // tells Run that there may be something to do

	mu      sync.Mutex
	site    http.Handler // nil until Run
	subs    map[pair]*subscriber
	asked   []request         // wait for their verification
	hosts   map[string]int    // requests under way, by callback host
	running int               // and in all
	dirty   map[pair]bool     // to be written to the store
	current map[string]digest // of the topics' documents as they were last looked at

	latest latest
}

// pair identifies a subscription.
type pair struct{ topic, callback string }

type digest = [32]byte

// subscriber is a subscription and what is to be done about it.
type subscriber struct {
	feed.Subscriber
	host   string
	next   time.Time // when to send; zero: it has what there is
	tries  int       // failures in a row
	busy   bool      // a worker has it
	denied string    // not empty: to be told so, and dropped
}

func (s *subscriber) pair() pair { return pair{s.Topic, s.Callback} }

// New makes a hub. The error tells which option can't be used.
func New(s Store, o Options) (*Hub, error) {
	o = o.withDefaults()
	u, err := url.Parse(o.PublicURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("make the hub: %q is no public address", o.PublicURL)
	}
	sign := methods()[o.Signature]
	if sign == nil {
		return nil, feed.WithHint(fmt.Errorf("make the hub: there is no signature method %q", o.Signature), "take sha256, sha384, sha512 or sha1")
	}
	return &Hub{
		o: o, base: strings.TrimSuffix(o.PublicURL, "/"), store: s, sign: sign,
		wake: make(chan struct{}, 1), subs: map[pair]*subscriber{}, hosts: map[string]int{}, dirty: map[pair]bool{},
		current: map[string]digest{},
	}, nil
}

// URL is the hub's own address, for rel=hub (§4).
func (h *Hub) URL() string { return h.base + h.o.Path }

// Subscribers counts the subscriptions of each topic.
func (h *Hub) Subscribers() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := map[string]int{}
	for p := range h.subs {
		n[p.topic]++
	}
	return n
}

func (h *Hub) rouse() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}
