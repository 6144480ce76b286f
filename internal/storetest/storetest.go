// Package storetest is the contract of a store, as tests: what [Run] demands
// holds for every store that tidings can keep its stories in.
//
// Each subtest is named after one sentence of the contract. Every store that a
// test opens is checked against itself when the test ends. The last subtest lets
// random operations loose on a store and on a small model in memory, and compares
// what readers see.
package storetest

import (
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"tidings/internal/feed"
)

// Store is everything that the rooms of tidings ask of a store. Times given are
// kept at least to the second; those of the river exactly to the second.
type Store interface {
	// The poller's side.

	// Claim gives due feeds, the longest due first: not paused, gone or leased ones.
	// It leases them until Now+Lease or a moment later: no feed gets one lease twice.
	Claim(ctx context.Context, q feed.ClaimQuery) ([]feed.Claim, error)
	// Release ends all leases: what was claimed is due again as it was before.
	Release(ctx context.Context) error
	// Hasten makes feeds (nil: all) due now, but for those that are paused, gone or
	// leased, or before NotBefore. n tells how many are due now.
	Hasten(ctx context.Context, feeds []uint64, now time.Time) (n int, err error)
	Reschedule(ctx context.Context, feeds []uint64, change func(feed.Subscription, *feed.State) bool) (int, error)
	// NextDue tells when a feed can be claimed next; false if never.
	NextDue(ctx context.Context) (time.Time, bool, error)
	// Pack gives what Arrival.Packed may hold in the place of a body.
	Pack(b feed.Body) ([]byte, error)
	// Seen is all that is remembered of a feed's entries.
	Seen(ctx context.Context, id uint64) (map[feed.Key]feed.Known, error)
	// NextEntry and NextStory give numbers, ascending, never one twice.
	NextEntry() uint64
	NextStory() uint64
	// Commit writes harvests, all or none, but for those that answer another lease
	// than the one in force: of these it writes nothing.
	Commit(ctx context.Context, hs []feed.Harvest) error
	// Sketches gives those of entries seen since, in order of arrival.
	Sketches(ctx context.Context, since time.Time, yield func(feed.Sketched) error) error
	// Expire deletes what r doesn't keep, about limit entries a call, until more is false.
	Expire(ctx context.Context, r feed.Retention, now time.Time, limit int) (removed []uint64, more bool, err error)
	// Losses tells what Expire with r would delete beyond what it would anyhow, if the
	// reader said c.
	Losses(ctx context.Context, r feed.Retention, c feed.KeepChange, now time.Time) (feed.Loss, error)
	// RemoveSubscription forgets a feed and its entries, but for starred stories.
	RemoveSubscription(ctx context.Context, id uint64, now time.Time) (removed []uint64, err error)
	// Unsubscribe does the same, but keeps what goes until Purge: Resubscribe brings it
	// back as it was, and so does Subscribe. Unsubscribed lists what can come back.
	Unsubscribe(ctx context.Context, id uint64, now time.Time) (removed []uint64, err error)
	Resubscribe(ctx context.Context, id uint64) (feed.Subscription, error)
	// ResubscribeAll does so for several, and leaves those out that can't come back.
	ResubscribeAll(ctx context.Context, ids []uint64) ([]feed.Subscription, error)
	Unsubscribed(ctx context.Context) ([]feed.Unsubscribed, error)
	Purge(ctx context.Context, before time.Time) ([]uint64, error)
	// Regroup puts entries into the stories that a rebuild found, all or none. Stories
	// keep number, URN, place and mark, and those that end are dissolved.
	Regroup(ctx context.Context, rs []feed.Regrouped, now time.Time) (feed.Rebuilt, error)

	// The reader's side.

	// Subscribe adds feeds that aren't there yet, known by Canonical, due at once.
	Subscribe(ctx context.Context, ws []feed.Wish, now time.Time) ([]feed.Addition, error)
	Subscription(ctx context.Context, id uint64) (feed.Following, error)
	// Subscriptions lists feeds by folder, then title.
	Subscriptions(ctx context.Context) ([]feed.Following, error)
	// SubscriptionsSince gives those that changed since an answer of its own, while the
	// store is open, and at least them; 0 for all.
	SubscriptionsSince(ctx context.Context, have uint64) (feed.Roster, error)
	// Outlets lists the same feeds in the same order, and must be cheap: pages ask
	// for it every time.
	Outlets(ctx context.Context) ([]feed.Outlet, error)
	FindSubscription(ctx context.Context, canonical string) (feed.Subscription, error)
	// FollowList follows an OPML list, known by Canonical, due at once; Lists gives all
	// of them, and UnfollowList ends it. The feeds that it brought stay.
	FollowList(ctx context.Context, l feed.List, now time.Time) (list feed.List, added bool, err error)
	UnfollowList(ctx context.Context, id uint64) error
	Lists(ctx context.Context) ([]feed.List, error)
	// CommitList subscribes to what appeared in a list, and flags what vanished.
	CommitList(ctx context.Context, h feed.ListHarvest, now time.Time) (feed.ListUpdate, error)
	// ChangeSubscription changes what the reader chose; canonical and site belong
	// to a new address, whose poll starts afresh.
	ChangeSubscription(ctx context.Context, id uint64, c feed.Change, canonical, site string) (feed.Subscription, error)
	// ChangeSubscriptions does so for several, all or none, but for addresses; it gives
	// those that are there as they were.
	ChangeSubscriptions(ctx context.Context, cs []feed.FeedChange) ([]feed.Subscription, error)
	Stories(ctx context.Context, q feed.Query) (feed.Page, error)
	Story(ctx context.Context, id uint64) (feed.Full, error)
	Entry(ctx context.Context, id uint64) (feed.Entry, feed.Body, error)
	// FullText is what is known of an entry's page, PutFullText keeps it, and WantTexts
	// lists entries whose page is to be fetched by itself, and when others are.
	FullText(ctx context.Context, entry uint64) (feed.FullText, error)
	PutFullText(ctx context.Context, t feed.FullText) error
	WantTexts(ctx context.Context, now time.Time, limit int) (es []feed.Entry, next time.Time, err error)
	// Mark changes marks, and tells of which stories it did.
	Mark(ctx context.Context, stories []uint64, c feed.MarkChange, now time.Time) (changed []uint64, err error)
	// MarkAll marks read what the filters of q choose at upTo and below it.
	MarkAll(ctx context.Context, q feed.Query, upTo feed.Cursor, now time.Time) (changed []uint64, err error)
	// SplitStory lets an entry found the story to, a number from NextStory, in the
	// event of the story that it leaves.
	SplitStory(ctx context.Context, story, entry, to uint64, now time.Time) (feed.Decision, error)
	// JoinStories moves the entries of the younger story to the older one.
	JoinStories(ctx context.Context, a, b uint64, now time.Time) (feed.Decision, error)
	// UndoDecision ends a decision, and tells what moved back by one of the other kind;
	// where nothing moved, it has no entries.
	UndoDecision(ctx context.Context, id uint64, now time.Time) (feed.Decision, error)
	// Decisions lists those in force, oldest first.
	Decisions(ctx context.Context) ([]feed.Decision, error)
	// Dissolved gives the story that a dissolved one went into.
	Dissolved(ctx context.Context, story uint64) (uint64, error)
	// FindEntries gives the entries of whose address or guid match says yes, newest
	// first, at most limit.
	FindEntries(ctx context.Context, match func(address string) bool, limit int) ([]feed.Entry, error)
	// HourTallies and DayTallies are statistics, over all feeds and for each. They count
	// what expired as well.
	HourTallies(ctx context.Context, from, until time.Time) ([]feed.HourTally, error)
	DayTallies(ctx context.Context, from, until time.Time) (map[uint64][]feed.DayTally, error)
	FeedTallies(ctx context.Context, from, until time.Time) (map[uint64]feed.DayTally, error)
	// Overlaps gives the pairs of feeds that tell most stories together.
	Overlaps(ctx context.Context, since time.Time, most int) (feed.Overlaps, error)
	Counts(ctx context.Context) (feed.Counts, error)
	Stats(ctx context.Context) (feed.Stats, error)
	Setting(ctx context.Context, key string) ([]byte, error)
	SetSetting(ctx context.Context, key string, value []byte) error
	Settings(ctx context.Context, prefix string) (map[string][]byte, error)
	// Prefer sets whether copies of a feed or folder lead, and chooses leads anew.
	Prefer(ctx context.Context, scope feed.Scope, p feed.Preference) error
	// Archive gives a stretch of a river by order of arrival, which nothing is added to.
	Archive(ctx context.Context, q feed.Query, upTo uint64) (feed.Volume, error)
	// NewestArchive names the archive from which all but what is listed can be found.
	NewestArchive(ctx context.Context, q feed.Query, listed []feed.Headline) (uint64, error)
	// RiverVersion moves with every change that readers could see in a river.
	RiverVersion(q feed.Query) uint64
	// Version moves with every change that readers could see in stories.
	Version() uint64
	// Changed gives a channel that is closed at the next change that a page shows:
	// whenever Version moves, and with marks, subscriptions and the trouble of feeds.
	Changed() <-chan struct{}

	// The keeper's side.

	Check(ctx context.Context) (feed.CheckReport, error)
	Repair(ctx context.Context) (feed.CheckReport, error)
	Backup(ctx context.Context, w io.Writer) (int64, error)
	Close() error
}

// Opener opens the store that lives in a directory, and makes it if it isn't there.
type Opener func(tb testing.TB, dir string) Store

// Run demands the whole contract of the stores that open gives.
func Run(t *testing.T, open Opener) {
	groups := []struct {
		name  string
		tests []test
	}{
		{"subscribe", slices.Concat(subscribing(), listing(), changingAll(), outletting(), changing(), tagging(), listKeeping(), unlisting())},
		{"claim", slices.Concat(claiming(), leasing(), lateness(), scheduling(), pausing())},
		{"commit", slices.Concat(arriving(), copying(), revising(), noting(), timing(), remembering(), landing())},
		{"river", slices.Concat(paging(), choosing(), latecomers(), showing())},
		{"lead", slices.Concat(leading(), preferring())},
		{"archive", slices.Concat(archiving(), standing(), pulsing())},
		{"mark", slices.Concat(marking(), markingAll())},
		{"event", slices.Concat(relating(), happening(), drifting())},
		{"decide", slices.Concat(splitting(), placing(), joining(), dissolving(), outliving())},
		{"undo", slices.Concat(undoing(), accompanying(), starring(), contradicting(), overruling(), following())},
		{"regroup", slices.Concat(regrouping(), surviving(), recording())},
		{"find", finding()},
		{"count", slices.Concat(counting(), outlasting(), overlapping())},
		{"text", slices.Concat(texting(), wanting(), giving())},
		{"remove", slices.Concat(removing(), returning(), regretting(), departed(), readdressed())},
		{"expire", slices.Concat(expiring(), retaining(), wished(), forgetting())},
		{"keep", slices.Concat(keeping(), versions(), waking(), silence(), sharing())},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for _, c := range g.tests {
				t.Run(c.name, func(t *testing.T) { c.run(newHouse(t, open)) })
			}
		})
	}
	t.Run("model", func(t *testing.T) { runModel(t, open) })
}

// test is one sentence of the contract.
type test struct {
	name string
	run  func(*house)
}

// Clean fails the test if a store finds anything wrong with itself.
func Clean(tb testing.TB, s Store) {
	tb.Helper()
	r, err := s.Check(context.WithoutCancel(context.Background()))
	if err != nil {
		tb.Errorf("check: %v", err)
	}
	for _, p := range r.Problems {
		tb.Errorf("check: %s", p)
	}
}
