package boltstore

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	bolt "go.etcd.io/bbolt"

	"tidings/internal/feed"
)

// meanVolume is how many stories an archive has on the average.
const meanVolume = 32

// Archive gives an archive of the river that q chooses: the stories whose first
// entry there is not later than upTo, down to the end of the archive before it.
// Its stories are newest first, and Before is the upTo of the archive before it,
// 0 if there is none. Of q the filters by feed, folder and tag count, and Bodies.
//
// Stories are archived in the order in which they first came to the river, which
// never changes, and an archive ends at every entry whose number is one of some
// that look as if drawn by lot. So what is in an archive doesn't depend on what came
// later: nothing is ever added to it, and where stories go, the others stay.
func (s *Store) Archive(ctx context.Context, q feed.Query, upTo uint64) (a feed.Volume, err error) {
	err = s.view(ctx, func(t *txn) error {
		var ps []place
		if ps, a.Before, err = t.volume(q, upTo); err != nil {
			return err
		}
		for _, p := range ps {
			h, ok, err := t.headline(p.story, q.Bodies)
			if err != nil {
				return err
			}
			if ok {
				a.Stories = append(a.Stories, h)
			}
		}
		return nil
	})
	return a, err
}

// volume lists the places of an archive's stories, newest first.
func (t *txn) volume(q feed.Query, upTo uint64) (ps []place, before uint64, err error) {
	r := t.arrivals(q, upTo)
	for n, id, ok := r.next(); ok; n, id, ok = r.next() {
		if len(ps) > 0 && endsVolume(n) {
			before = n
			break
		}
		st, ok, err := t.story(id)
		if err != nil {
			return nil, 0, err
		}
		if ok {
			ps = append(ps, placeOf(st.Cursor()))
		}
	}
	slices.SortFunc(ps, func(a, b place) int { return cmp.Or(cmp.Compare(b.sec, a.sec), cmp.Compare(b.story, a.story)) })
	return ps, before, r.err
}

// NewestArchive gives the upTo of the newest archive of a river that, with those
// before it, has all stories but those listed, 0 if the river has no others. It is
// one that is complete, and so stays the newest for a while, where the list has all
// stories since; else one that ends with the newest that it lacks.
func (s *Store) NewestArchive(ctx context.Context, q feed.Query, listed []feed.Headline) (upTo uint64, err error) {
	known := make(map[uint64]bool, len(listed))
	for i := range listed {
		known[listed[i].ID] = true
	}
	err = s.view(ctx, func(t *txn) error {
		r := t.arrivals(q, last)
		for n, id, ok := r.next(); ok; n, id, ok = r.next() {
			if upTo == 0 && endsVolume(n) {
				upTo = n
			}
			if !known[id] {
				upTo = max(upTo, n)
				return nil
			}
		}
		upTo = 0 // all are listed
		return r.err
	})
	return upTo, err
}

// endsVolume reports whether an archive ends with the entry of this number: one in
// meanVolume, by the mixing function of SplitMix64.
func endsVolume(n uint64) bool {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return (n^n>>31)%meanVolume == 0
}

// arrivals walks back over the entries with which stories first came to a river.
type arrivals struct {
	t       *txn
	q       feed.Query
	feeds   []uint64       // 0 is the river of all
	streams []*bolt.Cursor // one for each of feeds, over its entries
	heads   []uint64       // the entry that each is at; 0 at its end
	err     error
}

// arrivals begins with the entry upTo, or the next before it.
func (t *txn) arrivals(q feed.Query, upTo uint64) *arrivals {
	r := &arrivals{t: t, q: q, feeds: t.outlets.chosen(q)}
	for _, id := range r.feeds {
		tb, key := tArrival, arrivalKey(id, upTo)
		if id == 0 {
			tb, key = tEntry, number(upTo)
		}
		c := t.b(tb).Cursor()
		k, _ := c.Seek(key)
		switch {
		case k == nil:
			k, _ = c.Last()
		case !bytes.Equal(k, key):
			k, _ = c.Prev()
		}
		r.streams, r.heads = append(r.streams, c), append(r.heads, entryOf(id, k))
	}
	return r
}

// entryOf reads the entry from a row of a feed; 0 if the row isn't the feed's.
func entryOf(id uint64, k []byte) (n uint64) {
	if id == 0 {
		split(k, &n)
		return n
	}
	if of, e, ok := splitArrival(k); ok && of == id {
		return e
	}
	return 0
}

// next gives the next entry that brought a story, and the story; false at the end.
func (r *arrivals) next() (entry, story uint64, ok bool) {
	for i := r.newest(); i >= 0; i = r.newest() {
		n := r.heads[i]
		k, _ := r.streams[i].Prev()
		r.heads[i] = entryOf(r.feeds[i], k)
		var home homeRecord
		there, err := r.t.record(tEntry, number(n), &home)
		if err != nil {
			r.err = err
			break
		}
		if there && r.first(home.Home) == n {
			return n, home.Home, true
		}
	}
	return 0, 0, false
}

// newest is the stream that is at the newest entry; -1 if all have ended.
func (r *arrivals) newest() int {
	best := -1
	for i, n := range r.heads {
		if n > 0 && (best < 0 || n > r.heads[best]) {
			best = i
		}
	}
	return best
}

// first is the entry with which a story came to the river.
func (r *arrivals) first(story uint64) uint64 {
	for _, m := range r.t.members(story) {
		if r.t.outlets.fits(r.q, m.feed) {
			return m.entry
		}
	}
	return 0
}
