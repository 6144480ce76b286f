package boltstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"tidings/internal/feed"
)

// Bounds of the transactions of Absorb.
const (
	absorbBytes = 4 << 20 // of bodies, about
	absorbFacts = 2000
)

// absorbLease keeps everybody from polling the feeds of an archive while it is taken
// in. The end of Absorb ends it, or else the start of the next poller.
const absorbLease = 24 * time.Hour

// Absorb takes in the facts of another data file. Nothing that is here is lost or told
// twice: a feed is known by its canonical address, an entry by its identity in the
// feed, a story by its URN, and what is here stays as it is, but that a story is read
// and starred if it is so on either side. An entry that is here stays in its story;
// nothing is merged but by URN. Of two counts of what went the greater stays, and what
// was unsubscribed from there can come back here, unless it is followed here. To take in
// an archive again changes nothing.
//
// A data file that never had anything gives all facts the numbers that they had.
// Else they get new ones, and the memory that takes is some 50 bytes an entry.
//
// Facts that can't be are left out and reported. Each transaction leaves the data
// file sound, so after an end halfway the same archive can be taken in again. The
// feeds are leased meanwhile, so that harvests of polls that began before come too late.
func (s *Store) Absorb(ctx context.Context, a feed.Holdings, now time.Time, tell feed.Telling) (feed.Absorbed, error) {
	x := &absorber{Store: s, a: a, now: now, tell: tell, feeds: map[uint64]uint64{}, had: map[uint64]bool{}, gone: map[uint64]uint64{}}
	err := x.begin(ctx)
	if err == nil {
		err = x.survey(ctx)
	}
	if err == nil {
		tell.Leased()
		err = x.write(ctx)
	}
	if err == nil {
		err = x.endGone(ctx)
	}
	s.icons.forget()
	err = errors.Join(err, x.release(context.WithoutCancel(ctx)))
	if err != nil {
		return x.out, fmt.Errorf("take in an archive: %w", err)
	}
	return x.out, nil
}

// absorber is one Absorb.
type absorber struct {
	*Store
	a      feed.Holdings
	now    time.Time
	tell   feed.Telling
	untold []feed.Problem // of the transaction under way
	out    feed.Absorbed
	total  int // facts in the archive

	fresh bool                // numbers stay as they are
	last  feed.Numbers        // the greatest number named, where they do
	urns  map[uint64][]uint64 // stories that were here, by the hash of the URN
	feeds map[uint64]uint64   // our numbers, by those of the archive
	had   map[uint64]bool     // feeds, by our number, that were here
	ours  []uint64            // all feeds of the archive, by our number
	known struct {            // of the feed that was asked for last
		feed uint64
		seen map[feed.Key]feed.Known
	}
	entries, stories map[uint64]uint64 // as feeds; nil where fresh
	joined           map[uint64]bool   // stories of the archive that decisions taken in dissolved
	decided          []decided         // decisions that were here
	gone             map[uint64]uint64 // as feeds, those that can come back
	goners           []*feed.KeptGone  // these, with our numbers
	keyless          bool              // nobody was given the address of a feed with a key of ours
}

// begin looks at what is here.
func (x *absorber) begin(ctx context.Context) error {
	return x.view(ctx, func(t *txn) (err error) {
		x.fresh = true
		for _, tb := range []table{tSubscription, tEntry, tStory, tDecision, tList} {
			x.fresh = x.fresh && t.b(tb).Sequence() == 0
		}
		x.keyless = x.fresh || t.b(tSetting).Get([]byte("feed-key")) == nil
		if x.decided, err = t.decisions(); err != nil || x.fresh {
			return err
		}
		x.entries, x.stories, x.joined = map[uint64]uint64{}, map[uint64]uint64{}, map[uint64]bool{}
		x.urns = map[uint64][]uint64{}
		return t.each(tStory, nil, func(k, v []byte) error {
			var id uint64
			var r storyRecord
			if !split(k, &id) {
				return damaged(tStory, k, errDamaged)
			}
			if err := t.codec.read(v, &r); err != nil {
				return damaged(tStory, k, err)
			}
			h := hashOf(r.story(id).URN)
			x.urns[h] = append(x.urns[h], id)
			return nil
		})
	})
}

func hashOf(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return h.Sum64()
}

// survey goes through the archive once, takes in the feeds, and finds out which of
// the entries and stories are here and which numbers the others get.
func (x *absorber) survey(ctx context.Context) error {
	var feeds []placed[*feed.KeptFeed]
	settled := false
	err := x.a.Facts(ctx, false, func(at feed.Line, fact any) error {
		x.total++
		if f, ok := fact.(*feed.KeptFeed); ok {
			feeds = append(feeds, placed[*feed.KeptFeed]{at, f})
			return nil
		}
		if _, first := fact.(*feed.Numbers); !settled && !first {
			settled = true
			if err := x.takeFeeds(ctx, feeds); err != nil {
				return err
			}
		}
		return x.look(ctx, fact)
	}, func(p feed.Problem) {
		x.out.Problems++
		x.tell.Problem(p)
	})
	if err == nil && !settled {
		err = x.takeFeeds(ctx, feeds)
	}
	return err
}

// placed is a fact and where it stands.
type placed[T any] struct {
	at   feed.Line
	fact T
}

// look notes what the survey wants to know of a fact.
func (x *absorber) look(ctx context.Context, fact any) error {
	switch f := fact.(type) {
	case *feed.Numbers:
		if x.fresh {
			x.last = *f
		}
	case *feed.KeptSeen:
		if !x.fresh {
			return x.lookSeen(ctx, f)
		}
	case *feed.KeptStory:
		if !x.fresh {
			return x.lookStory(ctx, f)
		}
	case *feed.KeptGone:
		return x.lookGone(ctx, f)
	case *feed.KeptGoneSeen:
		if !x.fresh && x.gone[f.Feed] != 0 {
			return x.lookSeen(ctx, &f.KeptSeen)
		}
	case *feed.KeptGoneStory:
		if !x.fresh {
			return x.lookStory(ctx, &f.KeptStory)
		}
	}
	return nil
}

// lookSeen finds an entry by its keys among those of its feed.
func (x *absorber) lookSeen(ctx context.Context, f *feed.KeptSeen) error {
	if x.entries[f.Entry] != 0 {
		return nil // it is of a feed that was unsubscribed from, and stays for its star
	}
	id := x.feeds[f.Feed]
	if x.had[id] {
		if x.known.feed != id {
			seen, err := x.Seen(ctx, id)
			if err != nil {
				return err
			}
			x.known.feed, x.known.seen = id, seen
		}
		for _, k := range f.Keys {
			if known, ok := x.known.seen[k]; ok {
				x.entries[f.Entry] = known.Entry
				return nil
			}
		}
	}
	x.entries[f.Entry] = x.NextEntry()
	return nil
}

// lookStory finds a story by its URN. Where several have it, which an old data file
// may have brought about, the one that tells one of the members is meant.
func (x *absorber) lookStory(ctx context.Context, f *feed.KeptStory) error {
	if x.stories[f.Story.ID] != 0 {
		return nil // a further part
	}
	var found uint64
	err := x.view(ctx, func(t *txn) error {
		for _, id := range x.urns[hashOf(f.Story.URN)] {
			st, ok, err := t.story(id)
			if err != nil {
				return err
			}
			if !ok || st.URN != f.Story.URN {
				continue
			}
			tells := slices.ContainsFunc(t.members(id), func(m member) bool {
				return slices.ContainsFunc(f.Members, func(k feed.KeptMember) bool { return x.entries[k.Entry.ID] == m.entry })
			})
			if found == 0 || tells {
				found = id
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if found == 0 {
		found = x.NextStory()
	}
	x.stories[f.Story.ID] = found
	return nil
}

// entry and story are our numbers of those in the archive; what they name may be gone.
func (x *absorber) entry(n uint64) uint64 {
	if x.fresh {
		x.last.Entries = max(x.last.Entries, n)
		return n
	}
	return renumber(x.entries, n, x.NextEntry)
}

func (x *absorber) story(n uint64) uint64 {
	if x.fresh {
		x.last.Stories = max(x.last.Stories, n)
		return n
	}
	return renumber(x.stories, n, x.NextStory)
}

func renumber(m map[uint64]uint64, n uint64, next func() uint64) uint64 {
	if n == 0 {
		return 0
	}
	if m[n] == 0 {
		m[n] = next()
	}
	return m[n]
}

func (x *absorber) entriesOf(ns []uint64) (ours []uint64) {
	for _, n := range ns {
		ours = append(ours, x.entry(n))
	}
	return ours
}

// write goes through the archive again, and takes in all but the feeds.
func (x *absorber) write(ctx context.Context) error {
	var batch []placed[any]
	size, done := 0, 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := x.update(ctx, func(w *work) error { return x.take(w, batch) })
		done += len(batch)
		batch, size = batch[:0], 0
		x.tell.Progress(done, x.total)
		return err
	}
	err := x.a.Facts(ctx, true, func(at feed.Line, fact any) error {
		batch = append(batch, placed[any]{at, fact})
		if k, ok := fact.(*feed.KeptStory); ok {
			for _, m := range k.Members {
				size += heft(&m)
			}
		}
		if len(batch) < absorbFacts && size < absorbBytes {
			return nil
		}
		return flush()
	}, func(feed.Problem) {}) // the survey has told of them
	return cmp.Or(err, flush())
}

// update is [Store.update]. What is left out in it is told when it is over: who is told
// may be slow, and meanwhile nobody else could write.
func (x *absorber) update(ctx context.Context, fn func(*work) error) error {
	err := x.Store.update(ctx, fn)
	untold := x.untold
	if x.untold = nil; err != nil {
		return err
	}
	for _, p := range untold {
		x.out.Problems++
		x.tell.Problem(p)
	}
	return nil
}

// report notes what is left out in a transaction.
func (x *absorber) report(p feed.Problem) { x.untold = append(x.untold, p) }

// take writes some facts in a transaction. out is put back should that fail.
func (x *absorber) take(w *work, batch []placed[any]) (err error) {
	before := x.out
	defer func() {
		if err != nil {
			x.out = before
		}
	}()
	for _, p := range batch {
		if err := x.takeOne(w, p.at, p.fact); err != nil {
			return fmt.Errorf("%s, line %d: %w", p.at.File, p.at.Number, err)
		}
	}
	raise(&x.Store.entries, x.last.Entries)
	raise(&x.Store.stories, x.last.Stories)
	return cmp.Or(w.sequence(tEntry, x.Store.entries.Load()), w.sequence(tStory, x.Store.stories.Load()),
		w.sequence(tDecision, max(w.b(tDecision).Sequence(), x.last.Decisions)), w.sequence(tList, max(w.b(tList).Sequence(), x.last.Lists)))
}

func (x *absorber) takeOne(w *work, at feed.Line, fact any) error {
	refuse := func(format string, args ...any) {
		x.report(feed.Problem{Line: at, Reason: fmt.Sprintf(format, args...)})
	}
	switch f := fact.(type) {
	case *feed.KeptSeen:
		x.takeSeen(w, f, refuse)
	case *feed.KeptStory:
		return x.takeStory(w, f, refuse)
	case *feed.KeptDecision:
		return x.takeDecision(w, f)
	case *feed.KeptDissolved:
		x.takeDissolved(w, f)
	case *feed.KeptSetting:
		x.takeSetting(w, f)
	case *feed.List:
		return x.takeList(w, f)
	case *feed.Subscriber:
		x.takeSubscriber(w, f)
	case *feed.KeptIcon:
		x.takeIcon(w, f)
	case *feed.KeptHour:
		c, n := hourCell(f.HourTally)
		return x.takeBygone(w, c, n)
	case *feed.KeptDay:
		c, n := dayCell(f.Feed, f.DayTally)
		return x.takeBygone(w, c, n)
	default:
		return x.takeGone(w, fact)
	}
	return nil
}

// release ends the leases of the archive's feeds: they are due as they were.
func (x *absorber) release(ctx context.Context) error {
	return x.update(ctx, func(w *work) error {
		return w.restate(append([]uint64{}, x.ours...), func(st *feed.State) bool {
			was := st.Lease
			st.Lease = time.Time{}
			return !was.IsZero()
		})
	})
}
