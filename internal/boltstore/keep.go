package boltstore

import (
	"context"
	"math"
	"slices"
	"time"

	"tidings/internal/feed"
)

// keeping is what is kept at a time: by what the reader said of a feed, else by the
// rule for all.
type keeping struct {
	*txn
	rule   feed.Retention
	said   map[uint64]feed.Keep // in the place of what the reader said; nil: nothing
	now    time.Time
	oldest map[uint64]uint64 // by feed: the oldest entry that is kept for being among the newest
}

func newKeeping(t *txn, r feed.Retention, now time.Time) *keeping {
	return &keeping{txn: t, rule: r, now: now, oldest: map[uint64]uint64{}}
}

// of is what is said of a feed.
func (k *keeping) of(id uint64) feed.Keep {
	if said, ok := k.said[id]; ok {
		return said
	}
	if o := k.outlets.feeds[id]; o != nil {
		return o.keep
	}
	return feed.Keep{}
}

// old reports whether an unstarred story has expired: none of its entries, those of
// visible feeds, is kept.
func (k *keeping) old(m feed.Mark, ms []member) bool {
	unsaid := false // of some entry the rule for all decides
	for _, x := range ms {
		said := k.of(x.feed)
		if said == (feed.Keep{}) {
			unsaid = true
		}
		if k.keeps(x, said) {
			return false
		}
	}
	return len(ms) > 0 && (!unsaid || k.aged(m, ms[len(ms)-1]))
}

// keeps reports whether one entry is kept for its own sake.
func (k *keeping) keeps(x member, said feed.Keep) bool {
	switch {
	case said.Ever:
		return true
	case said.Days > 0:
		return k.now.Sub(k.seenAt(x.feed, x.entry)) <= said.Age()
	}
	return x.entry >= k.oldestOf(x.feed, said)
}

// aged reports whether the rule for all lets a story go: the newest of its entries was
// seen longer ago than that says for its being read or unread, and it was not read
// since either.
func (k *keeping) aged(m feed.Mark, newest member) bool {
	age := k.rule.Unread
	if m.Read {
		age = k.rule.Read // counted from its reading, should that be later than the rest
	}
	return age > 0 && k.now.Sub(k.seenAt(newest.feed, newest.entry)) > age && k.now.Sub(m.ReadAt) > age
}

// oldestOf is the oldest of a feed's newest entries, which are kept always: so many as
// the reader said, or as the rule for all says.
func (k *keeping) oldestOf(id uint64, said feed.Keep) uint64 {
	if n, ok := k.oldest[id]; ok {
		return n
	}
	most := k.rule.Newest
	if said.Newest > 0 {
		most = said.Newest
	}
	n := uint64(math.MaxUint64)
	if newest := k.newest(id, most); len(newest) > 0 {
		n = newest[len(newest)-1]
	}
	k.oldest[id] = n
	return n
}

// visible lists the entries of a story that aren't of removed feeds.
func (k *keeping) visible(story uint64) []member {
	return slices.DeleteFunc(k.members(story), func(m member) bool {
		o := k.outlets.feeds[m.feed]
		return o != nil && o.hidden
	})
}

// Losses tells what the next round of [Store.Expire] with r would delete if the reader
// said c, and would not delete otherwise. It reads all stories of the feeds.
func (s *Store) Losses(ctx context.Context, r feed.Retention, c feed.KeepChange, now time.Time) (l feed.Loss, err error) {
	err = s.view(ctx, func(t *txn) error {
		is, would := newKeeping(t, r, now), newKeeping(t, r, now)
		would.said = map[uint64]feed.Keep{}
		for _, id := range c.Feeds {
			would.said[id] = c.Keep
		}
		looked := map[uint64]bool{}
		for id := range would.said {
			if is.of(id) == c.Keep {
				continue // its stories that would go by other feeds are found there
			}
			if err := compareKeeping(ctx, is, would, id, looked, &l); err != nil {
				return err
			}
		}
		return nil
	})
	return l, err
}

// compareKeeping adds to l what of the stories of a feed one keeps and the other doesn't.
func compareKeeping(ctx context.Context, is, would *keeping, id uint64, looked map[uint64]bool, l *feed.Loss) error {
	return is.each(tRiver, number(id), func(key, _ []byte) error {
		_, p, ok := splitRiver(key)
		if !ok || looked[p.story] {
			return ctx.Err()
		}
		looked[p.story] = true
		m, err := is.mark(p.story)
		if err != nil || m.Starred {
			return err
		}
		if ms := is.visible(p.story); would.old(m, ms) && !is.old(m, ms) {
			l.Entries += len(ms)
			if !m.Read {
				l.Unread++
			}
		}
		return nil
	})
}
