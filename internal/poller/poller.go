// Package poller asks feeds for news and commits what they say.
//
// The way of one poll: the dispatcher claims due feeds from the store and
// queues them by site (registrable domain); when a site's turn has come, a
// worker fetches the feed, and [gather], a pure function, turns the answer into
// a harvest: parse, clean, identity, sketch. One committer goroutine takes the
// harvests in batches, asks the dedup index which story each new entry tells,
// and writes the batch in one transaction. All of a poll lands, or none of it.
//
// What it keeps true:
//
//   - a feed is polled by one worker at a time, a site (registrable domain) by one at
//     a time and not more often than once in Options.SiteGap (two at a time where the
//     gap is 0), whoever asks: schedule, redirect or person. A site that answers 429 or
//     503 is asked half as often from then on, which is kept and relaxed slowly. A
//     request that drips for ten seconds no longer holds its site's others;
//   - new feeds are polled first; after a sleep the overdue ones come back one after
//     another, the most read first; the feeds of a crowded site are spread over the
//     time that it takes to ask them all;
//   - robots.txt is not consulted: feeds are meant for machines;
//   - validators are stored only together with the entries they stand for, so a
//     crash can cost a repeated request but never an entry;
//   - whatever changes which entries make a story (arrivals, unsubscribing,
//     expiry, the reader's decisions, a rebuild) runs in the committer, so the
//     index and the store agree, and a restart gives the index that went on;
//   - an entry stays in its story when it is revised, and is marked if its new
//     words would not have joined it;
//   - a followed OPML list is asked like a feed, once a day, and only ever adds
//     feeds: what vanishes from it is flagged, and what the reader removed stays so;
//   - the whole text of an entry is fetched from its page where the reader wants it, at
//     the pace of its site, and kept beside the feed's own. What a story is, and what
//     is read, never depends on it: not even on whether the page could be had;
//   - a failure of a feed is a value in its State, never an end of the program.
//
// When to come back is decided by package schedule; what a story is by package dedup.
package poller

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"tidings/internal/dedup"
	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// Store is what the poller needs of the data file.
type Store interface {
	Claim(ctx context.Context, q feed.ClaimQuery) ([]feed.Claim, error)
	Release(ctx context.Context) error
	Hasten(ctx context.Context, feeds []uint64, now time.Time) (int, error)
	Reschedule(ctx context.Context, feeds []uint64, change func(feed.Subscription, *feed.State) bool) (int, error)
	NextDue(ctx context.Context) (time.Time, bool, error)
	Seen(ctx context.Context, id uint64) (map[feed.Key]feed.Known, error)
	Pack(b feed.Body) ([]byte, error)
	NextEntry() uint64
	NextStory() uint64
	Commit(ctx context.Context, hs []feed.Harvest) error
	Sketches(ctx context.Context, since time.Time, yield func(feed.Sketched) error) error
	Expire(ctx context.Context, r feed.Retention, now time.Time, limit int) ([]uint64, bool, error)
	Losses(ctx context.Context, r feed.Retention, c feed.KeepChange, now time.Time) (feed.Loss, error)

	Entry(ctx context.Context, id uint64) (feed.Entry, feed.Body, error)
	FullText(ctx context.Context, entry uint64) (feed.FullText, error)
	PutFullText(ctx context.Context, t feed.FullText) error
	WantTexts(ctx context.Context, now time.Time, limit int) (es []feed.Entry, next time.Time, err error)
	Story(ctx context.Context, id uint64) (feed.Full, error)
	Setting(ctx context.Context, key string) ([]byte, error)
	SetSetting(ctx context.Context, key string, value []byte) error
	Settings(ctx context.Context, prefix string) (map[string][]byte, error)
	Outlets(ctx context.Context) ([]feed.Outlet, error)
	Subscribe(ctx context.Context, ws []feed.Wish, now time.Time) ([]feed.Addition, error)
	Subscriptions(ctx context.Context) ([]feed.Following, error)
	Subscription(ctx context.Context, id uint64) (feed.Following, error)
	FindSubscription(ctx context.Context, canonical string) (feed.Subscription, error)
	ChangeSubscription(ctx context.Context, id uint64, c feed.Change, canonical, site string) (feed.Subscription, error)
	ChangeSubscriptions(ctx context.Context, cs []feed.FeedChange) ([]feed.Subscription, error)
	Unsubscribe(ctx context.Context, id uint64, now time.Time) ([]uint64, error)
	ResubscribeAll(ctx context.Context, ids []uint64) ([]feed.Subscription, error)
	Resubscribe(ctx context.Context, id uint64) (feed.Subscription, error)
	Purge(ctx context.Context, before time.Time) ([]uint64, error)

	Lists(ctx context.Context) ([]feed.List, error)
	FollowList(ctx context.Context, l feed.List, now time.Time) (list feed.List, added bool, err error)
	UnfollowList(ctx context.Context, id uint64) error
	CommitList(ctx context.Context, h feed.ListHarvest, now time.Time) (feed.ListUpdate, error)

	SplitStory(ctx context.Context, story, entry, to uint64, now time.Time) (feed.Decision, error)
	JoinStories(ctx context.Context, a, b uint64, now time.Time) (feed.Decision, error)
	UndoDecision(ctx context.Context, id uint64, now time.Time) (feed.Decision, error)
	Decisions(ctx context.Context) ([]feed.Decision, error)
	Regroup(ctx context.Context, rs []feed.Regrouped, now time.Time) (feed.Rebuilt, error)
	FindEntries(ctx context.Context, match func(address string) bool, limit int) ([]feed.Entry, error)
	Icons(ctx context.Context) (map[string]feed.Icon, error)
	Icon(ctx context.Context, hash string) ([]byte, error)
	PutIcon(ctx context.Context, source string, png []byte, due time.Time) error
	ForgetIcons(ctx context.Context, keep map[string]bool) error
	Absorb(ctx context.Context, a feed.Holdings, now time.Time, tell feed.Telling) (feed.Absorbed, error)
}

// Fetcher makes one polite request; *fetch.Client is the real one.
type Fetcher interface {
	Get(ctx context.Context, r fetch.Request) (*fetch.Response, error)
}

// Options say how to poll. Zero values mean the defaults named.
type Options struct {
	Log       *slog.Logger
	Workers   int           // requests in flight at once; 200
	SiteGap   time.Duration // least time between the starts of two requests to one site; 0 means none
	Window    time.Duration // how far back copies are looked for; 14 days
	Retention feed.Retention
	Icons     bool // look for the icons of feeds
	OnDemand  bool // poll only what [Poller.Poll] asks for, nothing by schedule

	// PushedUntil tells until when a hub pushes a feed; zero: none does. Nil: no hub
	// pushes any.
	PushedUntil func(feed uint64) time.Time
	Meter       Meter // counts what is done; nil: nobody does
}

// DefaultWindow is how far back copies of a new entry are looked for.
const DefaultWindow = 14 * 24 * time.Hour

// Poller asks feeds for news. Make one with [New] and let [Poller.Run] run.
type Poller struct {
	o     Options
	log   *slog.Logger
	store Store
	fetch Fetcher
	index *dedup.Index // the committer's, as are quiet and folds
	quiet silence
	folds folds

	harvests chan harvested // from workers to the committer
	orders   chan order     // what else must run in the committer
	wake     chan struct{}  // tells the dispatcher that something may be due
	done     chan message   // from workers to the dispatcher
	cpu      chan struct{}  // a token for each core: parsing is not fetching
	pace     *pace
	room     *room        // for the bodies of polls under way
	unread   atomic.Int32 // answers that have come and aren't being read yet
	crowd    crowd
	found    *found
	ending   chan struct{} // closed when Run is to end
	stopped  chan struct{} // closed when Run has ended
	lists    lists
	texts    *texts

	timetable atomic.Pointer[feed.Timetable] // of all feeds; nil until somebody asks

	mu       sync.Mutex
	busy     map[uint64]*job // feeds claimed by this process
	watchers map[uint64][]*watch
	progress feed.Progress
	doubts   int             // how often in a row the store could not write
	doubted  time.Time       // nothing is claimed before
	unpolled map[uint64]bool // subscriptions never polled
	closing  bool            // no push is taken any more

	pushing sync.WaitGroup // pushes that may still send a harvest
}

// order is work for the committer goroutine.
type order struct {
	run func() error
	err chan error
}

// New makes a poller; nothing happens before [Poller.Run].
func New(s Store, f Fetcher, o Options) *Poller {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Workers <= 0 {
		o.Workers = 200
	}
	if o.Meter == nil {
		o.Meter = unmetered{}
	}
	if o.Window <= 0 {
		o.Window = DefaultWindow
	}
	p := &Poller{
		o: o, log: o.Log, store: s, fetch: f,
		index:    dedup.NewIndex(o.Window),
		harvests: make(chan harvested, 32),
		orders:   make(chan order),
		wake:     make(chan struct{}, 1),
		done:     make(chan message, 2*o.Workers),
		cpu:      make(chan struct{}, runtime.GOMAXPROCS(0)),
		ending:   make(chan struct{}),
		stopped:  make(chan struct{}),
		pace:     newPace(o.SiteGap),
		room:     newRoom(roomForBodies),
		found:    newFound(),
		busy:     map[uint64]*job{},
		watchers: map[uint64][]*watch{},
		unpolled: map[uint64]bool{},
		lists:    newLists(),
		texts:    newTexts(),
	}
	return p
}

// Run polls until ctx ends. Polls in flight are then dropped, and those that
// have been gathered are committed whole. It returns nil when ctx ended it.
func (p *Poller) Run(ctx context.Context) error {
	defer close(p.stopped)
	err := p.store.Release(ctx)
	if err == nil {
		err = p.recall(ctx)
	}
	if err == nil {
		err = p.countUnpolled(ctx)
	}
	if err == nil {
		err = p.distrustPushes(ctx)
	}
	if err == nil {
		err = p.unherd(ctx, time.Now())
	}
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return fmt.Errorf("begin to poll: %w", err)
	}
	defer context.AfterFunc(ctx, func() { close(p.ending) })()
	var committer sync.WaitGroup
	committer.Go(func() { p.commitAll(context.WithoutCancel(ctx)) })
	var keeper sync.WaitGroup
	keeper.Go(func() { p.keepLists(ctx) })
	keeper.Go(func() { p.keepIcons(ctx) })
	keeper.Go(func() { p.keepTexts(ctx) })
	p.dispatch(ctx)
	keeper.Wait()
	p.endPushes()
	close(p.harvests)
	committer.Wait()
	if err := p.store.Release(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("release claims: %w", err)
	}
	return nil
}

// recall takes up what the reader said and what sites have taught.
func (p *Poller) recall(ctx context.Context) error {
	t, err := feed.ReadTimetable(ctx, p.store)
	if err != nil {
		return err
	}
	p.timetable.CompareAndSwap(nil, &t) // what was set meanwhile is newer
	sites, err := p.store.Settings(ctx, siteSetting)
	if err != nil {
		return err
	}
	return p.pace.recall(sites, time.Now())
}

// remember stores what sites have taught since it was last called. It runs in the
// committer.
func (p *Poller) remember(ctx context.Context) {
	for key, value := range p.pace.learnt() {
		if err := p.store.SetSetting(ctx, key, value); err != nil {
			p.log.Warn("store how a site wants to be asked", "site", key, "err", err)
		}
	}
}

// inCommitter runs f in the committer goroutine and waits for it.
func (p *Poller) inCommitter(ctx context.Context, f func() error) error {
	o := order{run: f, err: make(chan error, 1)}
	select {
	case p.orders <- o:
	case <-p.stopped:
		return context.Canceled
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-o.err
}

// Wake makes the dispatcher look for due feeds now.
func (p *Poller) Wake() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}
