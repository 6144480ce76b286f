package server

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"tidings/internal/feed"
)

// enrolled is a feed with what lists sort by. It is never changed.
type enrolled struct {
	feed.Following
	condition string
	severity  int    // of the condition
	key       string // its name, in lower case
	rank      int    // its place among all by that
	pace      pace
}

// roll keeps what is followed, made ready for lists. When something changes, the feeds
// that it changed are made ready anew, and not the ten thousand others.
type roll struct {
	mu      sync.Mutex
	have    uint64         // up to which change of the store; 0: nothing was read
	until   time.Time      // health and rates change with time, too
	all     []*enrolled    // by folder, then by name; the list itself is never changed
	place   map[uint64]int // of a feed in all
	tallies map[uint64][]feed.DayTally
	counted time.Time     // when tallies were read
	count   time.Duration // what that took
}

// How long health is good for, if nothing changes, and how long the days' counts are even if
// something does: by times what it costs to read them.
const (
	rollFor   = 10 * time.Second
	countCost = 1000
	countMost = 10 * time.Minute
)

// list gives the feeds by folder, then by name. Callers don't change them.
func (k *roll) list(ctx context.Context, store Store, now time.Time) ([]*enrolled, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, err := store.SubscriptionsSince(ctx, k.have)
	if err != nil {
		return nil, err
	}
	if err := k.recount(ctx, store, &r, now); err != nil {
		return nil, err
	}
	for i := range r.Feeds {
		r.Feeds[i].State.Ledger = feed.Ledger{} // receipts ask for it, lists don't
	}
	switch {
	case r.All:
		k.enlist(r.Feeds, now)
	case !k.amend(&r, now):
		k.enlist(k.merged(&r), now)
	case now.After(k.until):
		k.review(now)
	}
	k.have = r.At
	return k.all, nil
}

// recount reads the days' counts anew, where they are older than they may be.
func (k *roll) recount(ctx context.Context, store Store, r *feed.Roster, now time.Time) (err error) {
	if !r.All && now.Sub(k.counted) < min(k.count*countCost, countMost) {
		return nil
	}
	begun := time.Now()
	if k.tallies, err = store.DayTallies(ctx, now.Add(-(plotDays-1)*24*time.Hour), time.Time{}); err != nil {
		return err
	}
	k.counted, k.count, k.until = now, time.Since(begun), time.Time{}
	return nil
}

// ready makes a feed ready for lists, but for its rank.
func (k *roll) ready(f feed.Following, now time.Time) *enrolled {
	x := &enrolled{Following: f, key: strings.ToLower(f.Name()), condition: condition(&f, now)}
	x.severity = severity(x.condition)
	x.pace = newPace(k.tallies[f.Subscription.ID], f.Subscription.Added, now)
	return x
}

// enlist makes ready all that is followed.
func (k *roll) enlist(fs []feed.Following, now time.Time) {
	k.until = now.Add(rollFor)
	k.all = make([]*enrolled, len(fs))
	for i := range fs {
		k.all[i] = k.ready(fs[i], now)
	}
	names := slices.Clone(k.all)
	slices.SortFunc(names, func(a, b *enrolled) int {
		return cmp.Or(strings.Compare(a.key, b.key), cmp.Compare(a.Subscription.ID, b.Subscription.ID))
	})
	for rank, x := range names {
		x.rank = rank
	}
	slices.SortFunc(k.all, func(a, b *enrolled) int {
		return cmp.Or(strings.Compare(a.Subscription.Folder, b.Subscription.Folder), cmp.Compare(a.rank, b.rank))
	})
	k.place = make(map[uint64]int, len(k.all))
	for i, x := range k.all {
		k.place[x.Subscription.ID] = i
	}
}

// amend puts feeds that changed in the place of what they were. It reports whether
// that is all there is to do: none came or went, and all stay where they stand.
func (k *roll) amend(r *feed.Roster, now time.Time) bool {
	fresh := k.all
	for i := range r.Feeds {
		at, known := k.place[r.Feeds[i].Subscription.ID]
		if !known {
			return false
		}
		if i == 0 {
			fresh = slices.Clone(k.all)
		}
		x, old := k.ready(r.Feeds[i], now), fresh[at]
		if x.key != old.key || x.Subscription.Folder != old.Subscription.Folder {
			return false
		}
		x.rank = old.rank
		fresh[at] = x
	}
	for _, id := range r.Gone {
		if _, known := k.place[id]; known {
			return false
		}
	}
	k.all = fresh
	return true
}

// merged is what is followed after changes.
func (k *roll) merged(r *feed.Roster) []feed.Following {
	not := map[uint64]bool{}
	for _, id := range r.Gone {
		not[id] = true
	}
	for i := range r.Feeds {
		not[r.Feeds[i].Subscription.ID] = true
	}
	fs := slices.Clone(r.Feeds)
	for _, x := range k.all {
		if !not[x.Subscription.ID] {
			fs = append(fs, x.Following)
		}
	}
	return fs
}

// review makes the same feeds ready as of now.
func (k *roll) review(now time.Time) {
	k.until = now.Add(rollFor)
	fresh := make([]*enrolled, len(k.all))
	for i, old := range k.all {
		fresh[i] = k.ready(old.Following, now)
		fresh[i].rank = old.rank
	}
	k.all = fresh
}
