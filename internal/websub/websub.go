// Package websub is a WebSub subscriber (W3C Recommendation of 23 January 2018): hubs
// send us the documents of followed feeds within seconds of their change. Where a feed
// has an rssCloud and no hub, the cloud tells us of the change.
//
// The way of a subscription: a followed feed names hubs and what it calls itself
// ([feed.Hubbed]; discovery is package fetch's and package parse's work). [Subscriber.Run]
// asks the first hub (§5.1) to send to a callback of this feed's own, whose address
// nobody can guess. The hub asks back whether we meant it (§5.3), and tells for how long
// it promises to push. Before that ends it is asked again. A hub that refuses or
// never asks back gives way to the next that the feed names.
//
// The way of a document: the hub posts it to the callback (§7). It is accepted within
// limits, its signature is checked (§8), and it goes the way of every polled document.
//
// What it keeps true:
//
//   - We confirm only what we asked for: the callback, the topic and the mode must be
//     those of a request of ours. Everything else is answered 404.
//   - A hub is believed for 30 days at most, and not at all for less than five minutes.
//   - A hub that has promised to push, and leaves it to a poll to find what is new, isn't
//     relied on until it pushes ([Subscriber.Until]). The subscription itself stays.
//   - A document whose signature is missing or wrong is answered 2xx and ignored (§8), so
//     that a forger learns nothing.
//   - Publishers name hubs, so requests go through the transport given, which dials public
//     addresses only; 307 and 308 are followed (§5.1), five at most, and nothing else.
//     Answers are read to a few kilobytes.
//   - Strangers may reach the callbacks, so everything has a limit: bodies, documents that
//     wait, bodies that are read at once, and documents of one feed in a while. Who is
//     beyond it is told to come again, and nothing is lost: the poll remains.
//   - A hub is asked in its site's queue, like a feed there: one request a second at most,
//     and no more than four are under way to all of them.
//   - One goroutine, that of Run, decides; what it decides is in the store before anybody
//     is answered, so that a restart goes on where it was.
//
// A feed without a hub that names an rssCloud (RSS 2.0, cloud; the walkthrough of 2009, and
// https-post, which came later) is registered there by a plain post; clouds that want XML-RPC
// or SOAP are let be. The cloud asks back at the callback, and posts the feed's address there
// when the feed has changed. It forgets us after 25 hours, so it is asked again every 24; we
// forget it without a word, for there is none for that. What differs from a hub:
//
//   - A ping is a hint, and carries nothing: the feed is polled in its site's queue, five
//     minutes after the last poll at the earliest. Whoever names another feed is refused.
//   - Each feed has four pings, and one more every six hours; a poll that finds something new
//     gives its ping back. So a flood costs a publisher four requests a day, and a live blog
//     is never kept waiting.
//   - Clouds aren't relied on: the feed is polled by its schedule as if there were none. Nothing
//     in the protocol is signed, numbered or sent again, and a cloud that starts anew has
//     forgotten us without knowing, so silence says nothing; a day of it could cost stories of a
//     feed with a short list, where a conditional poll costs its publisher next to nothing.
//
// What a document means, and when a feed is polled, is left to the poller.
package websub

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"tidings/internal/feed"
)

// Store keeps what hubs have promised, and knows which feeds name hubs.
type Store interface {
	Hubs(ctx context.Context) ([]feed.Hubbed, error)
	Leases(ctx context.Context) ([]feed.PushLease, error)
	PutLeases(ctx context.Context, ls ...feed.PushLease) error
	DropLeases(ctx context.Context, callbacks ...string) error
	Changed() <-chan struct{}
}

// Poller takes documents, and polls feeds.
type Poller interface {
	// Push takes a document the way of a polled one, and returns when it is committed.
	Push(ctx context.Context, d feed.Pushed) (feed.Outcome, error)
	// Unpushed lets feeds be polled as if no hub had promised to push them.
	Unpushed(ctx context.Context, ids ...uint64) error
	// Refresh makes feeds due now, but for those that were polled a moment ago.
	Refresh(ctx context.Context, ids []uint64) (int, error)
	// Turn waits until the site of an address may be asked, and gives what is to be told
	// the status of the answer, 0 for none, and its Retry-After.
	Turn(ctx context.Context, address string) (end func(status int, retryAfter time.Duration), err error)
}

// Options say how the subscriber behaves. Zero values mean the defaults named.
type Options struct {
	PublicURL string // scheme and host under which hubs reach us; needed
	Path      string // of the callbacks under it; "/websub/"
	UserAgent string // shown to hubs; "tidings"
	Log       *slog.Logger

	// Site gives what of an address shares one queue; its host.
	Site func(address string) string

	// Transport gives the transport for a hub that the feed at origin names; needed.
	Transport func(origin string) http.RoundTripper

	Lease, LeastLease, LongestLease time.Duration // asked for, and believed: 10 days, 5 minutes, 30 days
	Confirm                         time.Duration // within which a hub is expected to ask back; 1 hour
	Backoff, LongestBackoff         time.Duration // after all hubs of a feed refused; 1 hour, 7 days
	Look                            time.Duration // between two looks at what is followed; 1 minute
	Settle                          time.Duration // between a change of that and a look; 2 s
	Gap                             time.Duration // between two requests to one hub; 1 s
	Timeout                         time.Duration // of one request, and of reading one body; 30 s

	MaxBody      int64         // of a document, in bytes; 16 MiB
	MaxWaiting   int64         // of all documents that are not committed yet, in bytes; 32 MiB
	MaxDocuments int           // that are not committed yet; 64
	Readers      int           // bodies that are read at once; 8
	Burst        int           // documents of one feed at once; 20
	Refill       time.Duration // and one more in so long; 15 s
	Most         int           // subscriptions; 20,000

	Pings      int           // of a cloud about one feed at once; 4
	PingRefill time.Duration // and one more in so long; 6 hours
}

func (o Options) withDefaults() Options {
	for to, d := range map[*string]string{&o.Path: "/websub/", &o.UserAgent: "tidings"} {
		if *to == "" {
			*to = d
		}
	}
	const day = 24 * time.Hour
	for to, d := range map[*time.Duration]time.Duration{
		&o.Lease: 10 * day, &o.LeastLease: 5 * time.Minute, &o.LongestLease: 30 * day, &o.Confirm: time.Hour,
		&o.Backoff: time.Hour, &o.LongestBackoff: 7 * day, &o.Look: time.Minute, &o.Settle: 2 * time.Second,
		&o.Gap: time.Second, &o.Timeout: 30 * time.Second, &o.Refill: 15 * time.Second, &o.PingRefill: 6 * time.Hour,
	} {
		if *to <= 0 {
			*to = d
		}
	}
	for to, d := range map[*int]int{&o.MaxDocuments: 64, &o.Readers: 8, &o.Burst: 20, &o.Most: 20000, &o.Pings: 4} {
		if *to <= 0 {
			*to = d
		}
	}
	for to, d := range map[*int64]int64{&o.MaxBody: 16 << 20, &o.MaxWaiting: 32 << 20} {
		if *to <= 0 {
			*to = d
		}
	}
	if o.Site == nil {
		o.Site = host
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Subscriber asks hubs and takes what they send. Make one with [New], route its path to
// it, and let [Subscriber.Run] run.
type Subscriber struct {
	o      Options
	base   string // of the callbacks, with a slash at the end
	store  Store
	poller Poller
	wake   chan struct{}  // tells Run that there may be something to do
	asked  chan answered  // from requests to Run
	reads  chan struct{}  // a token for each body that is being read
	work   sync.WaitGroup // documents on their way to the poller

	mu        sync.Mutex
	ctx       context.Context        // of Run; nil before and after
	leases    map[string]*lease      // by callback
	feeds     map[uint64]*lease      // those that aren't ending, by feed
	hubs      map[string]time.Time   // when a site may be asked again
	followed  map[uint64]feed.Hubbed // as last looked at
	doubts    []uint64               // feeds that are no longer pushed, which the poller is to be told
	waiting   int64                  // bytes of documents that are not committed
	documents int
	pings     Pings
}

// lease is a lease with what is known of it in this process alone.
type lease struct {
	feed.PushLease
	site   string    // of the hub
	busy   bool      // a request is under way
	tokens float64   // documents that may come at once
	filled time.Time // when tokens were counted last
	live   bool      // it was in force at the last look
	since  bool      // a poll has ended since the hub promised: what the next finds is its to send
	last   [32]byte  // SHA-256 of the last document that was taken

	pinged time.Time // a ping of that time waits for its poll; zero: none does
	tried  time.Time // when the poller was last asked for it
	handed bool      // and will poll
	ended  bool      // a poll has ended since tried
}

// New makes a subscriber.
func New(s Store, p Poller, o Options) *Subscriber {
	o = o.withDefaults()
	return &Subscriber{
		o: o, base: strings.TrimSuffix(o.PublicURL, "/") + o.Path, store: s, poller: p,
		wake: make(chan struct{}, 1), asked: make(chan answered), reads: make(chan struct{}, o.Readers),
		leases: map[string]*lease{}, feeds: map[uint64]*lease{}, hubs: map[string]time.Time{}, followed: map[uint64]feed.Hubbed{},
	}
}

// Until is until when a hub pushes the feed, as far as it can be relied on, or a cloud
// tells of its changes; zero: none does.
func (s *Subscriber) Until(id uint64) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.feeds[id]
	if l == nil || !l.Live(time.Now()) || l.Missed > 0 {
		return time.Time{}
	}
	return l.Until
}

// Polled notes whether a poll found what a hub should have sent.
func (s *Subscriber) Polled(o feed.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.feeds[o.Feed]
	switch {
	case l == nil || !l.Live(time.Now()):
	case l.Cloud != "":
		s.pollEnded(l, o)
	case o.Pushed:
		l.Missed = 0
	case o.New > 0 && l.since:
		l.Missed++
		s.doubts = append(s.doubts, o.Feed)
		s.rouse()
	default:
		l.since = true
	}
}

// Count tells how many feeds name a hub or a cloud, how many are pushed or told of, and
// on how many hubs of those it is relied.
func (s *Subscriber) Count() (named, pushed, relied int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, l := range s.feeds {
		named++
		if l.Live(now) {
			pushed++
			if l.Missed == 0 && l.Cloud == "" {
				relied++
			}
		}
	}
	return named, pushed, relied
}

func (s *Subscriber) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
