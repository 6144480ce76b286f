package storetest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tidings/internal/feed"
)

// runModel lets random operations loose on a store and on the model, and
// compares what readers see after each.
func runModel(t *testing.T, open Opener) {
	steps := 250
	if testing.Short() || raceDetector { // one goroutine walks; in full it does without the detector
		steps = 60
	}
	for seed := range uint64(4) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			w := &walk{house: newHouse(t, open), m: newModel(), rng: rand.New(rand.NewPCG(seed, 17)), leases: map[uint64][]time.Time{}}
			for i := range steps {
				what := w.step()
				w.compare()
				if t.Failed() {
					t.Fatalf("after step %d: %s", i, what)
				}
			}
			Clean(t, w.Store)
		})
	}
}

// walk is one series of random operations.
type walk struct {
	*house
	m   *model
	rng *rand.Rand
	n   int // arrivals made

	leases map[uint64][]time.Time // ever given, by feed
}

// step does one thing, and tells what.
func (w *walk) step() string {
	w.pass(time.Duration(w.rng.IntN(100)) * time.Minute)
	ops := []struct {
		weight int
		name   string
		do     func()
	}{
		{3, "subscribe", w.subscribeOne}, {14, "commit", w.commitSome}, {8, "mark", w.markSome}, {2, "mark all", w.markAll},
		{3, "change", w.changeOne}, {1, "remove", w.removeOne}, {2, "unsubscribe", w.unsubscribeOne}, {3, "take back", w.takeBackOne}, {2, "expire", w.expireRound}, {1, "reopen", w.reopen},
		{6, "claim", w.claimSome}, {1, "release", w.releaseAll}, {1, "hasten", w.hastenSome}, {1, "quiet year", w.quietYear},
		{3, "split", w.splitOne}, {3, "join", w.joinTwo}, {3, "undo", w.undoOne}, {2, "regroup", w.regroupSome},
		{1, "repair", func() { _, err := w.Repair(w.ctx); w.ok(err) }},
	}
	total := 0
	for _, o := range ops {
		total += o.weight
	}
	n := w.rng.IntN(total)
	for _, o := range ops {
		if n -= o.weight; n < 0 {
			o.do()
			return o.name
		}
	}
	return ""
}

// pick chooses one; false if there is none.
func pick[T any](r *rand.Rand, list []T) (x T, ok bool) {
	if len(list) == 0 {
		return x, false
	}
	return list[r.IntN(len(list))], true
}

func (w *walk) folder() string {
	f, _ := pick(w.rng, []string{"", "News", "News/World", "News/World/Asia", "Science", "New"})
	return f
}

// tags gives up to two tags, in no order.
func (w *walk) tags() (tags []string) {
	for range w.rng.IntN(3) {
		t, _ := pick(w.rng, []string{"go", "to read", "News"})
		tags = append(tags, t)
	}
	return tags
}

func (w *walk) subscribeOne() {
	x := wish(w.folder() + "|" + string(rune('a'+w.rng.IntN(6))))
	x.Tags = w.tags()
	as, err := w.Subscribe(w.ctx, []feed.Wish{x}, w.now)
	w.ok(err)
	if w.returned(x, as[0]) {
		return
	}
	var known *modelFeed
	for _, f := range w.m.feeds {
		if f.sub.Canonical == x.Canonical {
			known = f
		}
	}
	w.same("added", as[0].Added, known == nil || known.hidden())
	if known != nil && !known.hidden() {
		return
	}
	f := &modelFeed{sub: as[0].Subscription, due: w.now, seen: map[feed.Key]feed.Known{}, absences: map[uint64]absences{}}
	if known != nil {
		w.same("number", f.sub.ID, known.sub.ID)
		f.seen, f.absences = known.seen, known.absences
	}
	w.m.feeds[f.sub.ID] = f
}

func (w *walk) commitSome() {
	var hs []feed.Harvest
	for range 1 + w.rng.IntN(3) {
		id, ok := pick(w.rng, slices.Sorted(maps.Keys(w.m.feeds))) // hidden ones too: they are to be skipped
		if !ok {
			return
		}
		h := w.harvest(id)
		h.State.Document = h.State.Document.Truncate(time.Second)
		if w.rng.IntN(4) == 0 {
			h.State.Failures, h.State.NotBefore = 1, w.now.Add(2*time.Hour)
		}
		h.State.Gone = w.rng.IntN(40) == 0
		if ls := w.leases[id]; w.rng.IntN(3) == 0 {
			h.Lease, _ = pick(w.rng, ls[max(0, len(ls)-2):]) // about half of them come too late
		}
		for range w.rng.IntN(4) {
			h.Arrivals = append(h.Arrivals, w.arrival(id, hs))
		}
		hs = append(hs, h)
	}
	w.ok(w.Commit(w.ctx, hs))
	for _, h := range hs {
		w.m.commit(h)
	}
}

// arrival is new, a copy of a story that is there or comes with the same batch,
// or a revision of an entry that may be gone.
func (w *walk) arrival(id uint64, batch []feed.Harvest) feed.Arrival {
	w.n++
	a := w.news(spell(w.n))
	a.Time = w.now.Add(-time.Duration(w.rng.IntN(300)) * time.Second)
	switch w.rng.IntN(5) {
	case 0, 1:
		if s, ok := pick(w.rng, slices.Sorted(maps.Keys(w.m.stories))); ok {
			a.Entry.Story, a.Verdict.Level = s, feed.LevelSameURL
		}
		if len(batch) > 0 && len(batch[0].Arrivals) > 0 && batch[0].Arrivals[0].New {
			a.Entry.Story = batch[0].Arrivals[0].Entry.Story
		}
	case 3:
		w.relate(&a)
	case 2:
		known := slices.SortedFunc(maps.Values(w.m.feeds[id].seen), func(a, b feed.Known) int { return int(a.Entry) - int(b.Entry) })
		if k, ok := pick(w.rng, known); ok {
			a.New, a.Material, a.Hash = false, w.rng.IntN(2) == 0, w.rng.Uint64()
			a.Entry.ID, a.Entry.Revised, a.Entry.Seen = k.Entry, w.now, w.now
			a.Entry.Feed = id
			if w.rng.IntN(3) == 0 {
				a.Verdict.Drifted, a.Verdict.Drift = true, "not any more"
			}
		}
	}
	return a
}

func (w *walk) markSome() {
	var ids []uint64
	all := slices.Sorted(maps.Keys(w.m.stories))
	for range w.rng.IntN(6) {
		if id, ok := pick(w.rng, all); ok && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	value := w.rng.IntN(3) > 0
	var want []uint64
	if w.rng.IntN(3) > 0 {
		for _, id := range ids {
			if s := w.m.stories[id]; s.mark.Read != value {
				want = append(want, id)
				w.markRead(s, value)
			}
		}
		w.same("changed", w.mark(true, value, append(ids, 1<<60)), want)
		return
	}
	for _, id := range ids {
		if s := w.m.stories[id]; s.mark.Starred != value {
			want = append(want, id)
			s.mark.Starred, s.mark.StarAt = value, time.Time{}
			if value {
				s.mark.StarAt = w.now
			}
		}
	}
	w.same("changed", w.mark(false, value, ids), want)
	w.openSome(ids)
}

// openSome opens stories by themselves, which may be read already.
func (w *walk) openSome(ids []uint64) {
	read := w.rng.IntN(2) == 0
	c, want := feed.MarkChange{Opened: true}, []uint64(nil)
	if read {
		c.Read = &read
	}
	for _, id := range ids {
		s := w.m.stories[id]
		if read && !s.mark.Read {
			want = append(want, id)
			w.markRead(s, true)
		}
		if s.mark.Opened.IsZero() {
			s.mark.Opened = w.now
		}
	}
	changed, err := w.Mark(w.ctx, ids, c, w.now)
	w.ok(err)
	w.same("changed by opening", changed, want)
}

func (w *walk) markRead(s *modelStory, value bool) {
	s.mark.Read, s.mark.ReadAt = value, time.Time{}
	if value {
		s.mark.ReadAt = w.now
	}
}

// query makes up filters and a place to page from.
func (w *walk) query() feed.Query {
	q := feed.Query{Unread: w.rng.IntN(3) == 0, Starred: w.rng.IntN(4) == 0, Limit: 1 + w.rng.IntN(9)}
	if w.rng.IntN(3) == 0 {
		q.Folder = w.folder()
	}
	if w.rng.IntN(3) == 0 {
		q.Tag, _ = pick(w.rng, []string{"go", "to read", "News", "none"})
	}
	if w.rng.IntN(3) == 0 {
		q.Until = w.rng.Uint64N(uint64(w.n + 1))
	}
	if w.rng.IntN(3) == 0 {
		q.Feed, _ = pick(w.rng, slices.Sorted(maps.Keys(w.m.feeds)))
	}
	all := slices.Sorted(maps.Keys(w.m.stories))
	if id, ok := pick(w.rng, all); ok && w.rng.IntN(2) == 0 {
		q.Before = w.m.stories[id].Cursor()
	}
	if id, ok := pick(w.rng, all); ok && w.rng.IntN(2) == 0 {
		q.After = w.m.stories[id].Cursor()
	}
	return q
}

func (w *walk) markAll() {
	q := w.query()
	var upTo feed.Cursor
	if id, ok := pick(w.rng, slices.Sorted(maps.Keys(w.m.stories))); ok && w.rng.IntN(3) > 0 {
		upTo = w.m.stories[id].Cursor()
	}
	changed, err := w.MarkAll(w.ctx, q, upTo, w.now)
	w.ok(err)
	all := feed.Query{Feed: q.Feed, Folder: q.Folder, Tag: q.Tag, Starred: q.Starred, Until: q.Until, Unread: true, Limit: 1 << 30}
	ids, _ := w.m.find(all)
	var want []uint64
	for _, id := range ids {
		if s := w.m.stories[id]; upTo.IsZero() || s.Cursor() == upTo || older(s.Cursor(), upTo) {
			want = append(want, id)
			w.markRead(s, true)
		}
	}
	w.same("marked", changed, want)
}

func (w *walk) changeOne() {
	id, ok := pick(w.rng, w.m.visible())
	if !ok {
		return
	}
	f := w.m.feeds[id]
	var c feed.Change
	switch w.rng.IntN(9) {
	case 0:
		t := spell(w.rng.IntN(99))
		c.Title = &t
	case 1:
		p := !f.sub.Paused
		c.Paused = &p
	case 2:
		w.n++
		u := "https://moved.example/" + spell(w.n)
		c.URL = &u
		f.restart()
	case 3, 4:
		tags := w.tags()
		c.Tags = &tags
	case 5:
		k, _ := pick(w.rng, []feed.Keep{{}, {Ever: true}, {Days: 1 + w.rng.IntN(4)}, {Newest: 1 + w.rng.IntN(3)}})
		full := w.rng.IntN(2) == 0
		c.Keep, c.FullText = &k, &full
	default:
		to := w.folder()
		c.Folder = &to
	}
	if c.URL == nil && w.rng.IntN(2) == 0 {
		was, err := w.ChangeSubscriptions(w.ctx, []feed.FeedChange{{Feed: id, Change: c}, {Feed: 1 << 40, Change: c}})
		w.ok(err)
		w.same("as it was", was, []feed.Subscription{f.sub})
		f.sub = w.following(id).Subscription
		return
	}
	f.sub = w.change(id, c)
}

func (w *walk) removeOne() {
	if id, ok := pick(w.rng, w.m.visible()); ok {
		before := slices.Sorted(maps.Keys(w.m.entries))
		removed := w.remove(id)
		w.m.remove(id, w.now)
		w.gone(before, removed)
	}
}

// gone demands that removed are the entries that the model has no longer.
func (w *walk) gone(before, removed []uint64) {
	w.Helper()
	want := slices.DeleteFunc(before, func(n uint64) bool { _, there := w.m.entries[n]; return there })
	slices.Sort(removed)
	w.same("removed", removed, want)
}

func (w *walk) expireRound() {
	r := feed.Retention{Read: time.Duration(w.rng.IntN(3)) * 24 * time.Hour, Unread: time.Duration(w.rng.IntN(3)) * 72 * time.Hour, Newest: w.rng.IntN(4)}
	before := slices.Sorted(maps.Keys(w.m.entries))
	w.foresee(r)
	removed := w.expireAll(r)
	w.m.expire(r, w.now)
	w.gone(before, removed)
}

// foresee demands that Losses tells what a feed would lose: what it would lose by
// another wish is what goes beyond what goes anyhow.
func (w *walk) foresee(r feed.Retention) {
	id, ok := pick(w.rng, w.m.visible())
	if !ok {
		return
	}
	k := feed.Keep{Newest: 1 + w.rng.IntN(2)}
	got, err := w.Losses(w.ctx, r, feed.KeepChange{Feeds: []uint64{id}, Keep: k}, w.now)
	w.ok(err)
	w.same("losses", got, w.m.losses(id, k, r, w.now))
}

func (w *walk) claimSome() {
	want := w.m.claimable(w.now)
	want = want[:min(len(want), 2)]
	cs, err := w.Claim(w.ctx, feed.ClaimQuery{Now: w.now, Lease: 10 * time.Minute, Max: 2})
	w.ok(err)
	var got []uint64
	for _, c := range cs {
		id, lease := c.Subscription.ID, c.State.Lease
		got = append(got, id)
		if over := lease.Sub(w.now.Add(10 * time.Minute)); over < 0 || over > time.Second || slices.Contains(w.leases[id], lease) {
			w.Errorf("lease %v of feed %d at %v; earlier ones %v", lease, id, w.now, w.leases[id])
		}
		w.leases[id] = append(w.leases[id], lease)
		w.m.feeds[id].lease = lease
	}
	w.same("claims", got, want)
}

// quietYear lets documents of a feed come that carry nothing, one every five weeks.
func (w *walk) quietYear() {
	id, ok := pick(w.rng, w.m.visible())
	for range 8 {
		w.pass(35 * 24 * time.Hour)
		if ok {
			h := w.harvest(id)
			w.ok(w.Commit(w.ctx, []feed.Harvest{h}))
			w.m.commit(h)
		}
		w.expireRound()
	}
}

func (w *walk) releaseAll() {
	w.ok(w.Release(w.ctx))
	for _, f := range w.m.feeds {
		if f.polled() {
			f.lease = time.Time{}
		}
	}
}

func (w *walk) hastenSome() {
	n, err := w.Hasten(w.ctx, nil, w.now)
	w.ok(err)
	want := 0
	for _, f := range w.m.feeds {
		if f.polled() && !f.lease.After(w.now) && !f.notBefore.After(w.now) {
			want++
			if f.due.After(w.now) {
				f.due = w.now
			}
		}
	}
	w.same("hastened", n, want)
}
