package storetest

import (
	"errors"
	"time"

	"tidings/internal/feed"
)

// expiring is about what goes.
func expiring() []test {
	return []test{
		{"read stories expire by the age of their newest entry, and are remembered", func(h *house) {
			ids := h.follow("alpha", "beta")
			old, joined, fresh := h.news("old"), h.news("joined"), h.news("unread")
			h.publish(ids[0], old, joined, fresh)
			h.read(old.Entry.Story, joined.Entry.Story)
			h.pass(30 * time.Hour)
			h.publish(ids[1], h.copyOf(joined.Entry.Story, "again"))
			version := h.Version()
			h.same("expired", h.expireAll(feed.Retention{Read: 24 * time.Hour}), []uint64{old.Entry.ID})
			if h.Version() == version {
				h.Error("the version stayed")
			}
			h.same("river", h.titles(feed.Query{}), []string{"unread", "joined"})
			seen, err := h.Seen(h.ctx, ids[0])
			h.ok(err)
			h.same("remembered", seen[old.Keys[0]].Entry, old.Entry.ID)
			if _, err := h.Story(h.ctx, old.Entry.Story); !errors.Is(err, feed.ErrNotFound) {
				h.Errorf("expired story: %v, want ErrNotFound", err)
			}
			h.same("marks of it are ignored", h.unread(old.Entry.Story), nil)
		}},
		{"a hidden feed vanishes with the last of it", func(h *house) {
			id := h.follow("alpha")[0]
			s := h.publish(id, h.news("one"))[0]
			h.star(s)
			h.remove(id)
			h.unstar(s)
			h.expireAll(feed.DefaultRetention)
			h.same("river", h.titles(feed.Query{}), nil)
			r, err := h.Check(h.ctx)
			h.ok(err)
			h.same("records", r.Records["subscription"], 0)
			h.same("new number", h.follow("alpha"), []uint64{id + 1})
		}},
	}
}

// retaining is about what outlives its time.
func retaining() []test {
	return []test{
		{"starred stories never expire, unread ones only if asked", func(h *house) {
			id := h.follow("alpha")[0]
			ss := h.tell(id, "starred", "unread", "both")
			h.star(ss[0], ss[2])
			h.read(ss[0])
			h.pass(1000 * time.Hour)
			h.same("nothing", h.expireAll(feed.Retention{Read: time.Hour}), nil)
			h.same("unread", len(h.expireAll(feed.Retention{Unread: time.Hour})), 1)
			h.same("river", h.titles(feed.Query{}), []string{"both", "starred"})
			h.same("for ever", h.expireAll(feed.Retention{}), nil)
		}},
		{"a story that was read late is kept as long as any after its reading", func(h *house) {
			s := h.tell(h.follow("alpha")[0], "one")
			h.pass(1000 * time.Hour)
			h.read(s...)
			h.pass(24 * time.Hour)
			h.same("kept", h.expireAll(feed.Retention{Read: 24 * time.Hour}), nil)
			h.pass(time.Second)
			h.same("expired", len(h.expireAll(feed.Retention{Read: 24 * time.Hour})), 1)
		}},
		{"the newest of each feed are kept", func(h *house) {
			ids := h.follow("alpha", "beta")
			a := h.tell(ids[0], "a1", "a2", "a3", "a4", "a5")
			b := h.tell(ids[1], "b1")
			h.publish(ids[1], h.copyOf(a[0], "b2"))
			h.read(append(a, b...)...)
			h.pass(1000 * time.Hour)
			h.expireAll(feed.Retention{Read: time.Hour, Newest: 2})
			h.same("river", h.titles(feed.Query{}), []string{"b1", "a5", "a4", "a1"})
		}},
	}
}

// wished is about what the reader says of single feeds.
func wished() []test {
	day := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
	change := func(h *house, id uint64, k feed.Keep) { h.change(id, feed.Change{Keep: &k}) }
	return []test{
		{"some days, some entries or all are kept as the reader says, read or not", func(h *house) {
			ids := h.follow("ever", "days", "newest", "unsaid")
			for _, id := range ids {
				h.read(h.tell(id, "a", "b")[0])
			}
			h.pass(day(100))
			for _, id := range ids {
				h.tell(id, "c")
			}
			change(h, ids[0], feed.Keep{Ever: true})
			change(h, ids[1], feed.Keep{Days: 30})
			change(h, ids[2], feed.Keep{Newest: 2})
			h.reopen()
			h.expireAll(feed.Retention{Read: day(90)})
			left := func() (ns []int) {
				for _, id := range ids {
					ns = append(ns, h.following(id).Entries)
				}
				return ns
			}
			h.same("left", left(), []int{3, 1, 2, 2})
		}},
		{"starred stories stay, and those that another feed keeps", func(h *house) {
			ids := h.follow("alpha", "beta", "gamma")
			ss := h.tell(ids[0], "plain", "starred", "shared", "shared twice")
			h.star(ss[1])
			h.publish(ids[1], h.copyOf(ss[2], "again"))
			h.publish(ids[2], h.copyOf(ss[3], "again"))
			change(h, ids[2], feed.Keep{Days: 1})
			h.pass(day(10))
			lost, err := h.Losses(h.ctx, feed.DefaultRetention, feed.KeepChange{Feeds: ids[:1], Keep: feed.Keep{Days: 5}}, h.now)
			h.ok(err)
			h.same("losses", lost, feed.Loss{Entries: 3, Unread: 2})
			change(h, ids[0], feed.Keep{Days: 5})
			h.same("expired", len(h.expireAll(feed.DefaultRetention)), 3)
			h.same("river", h.titles(feed.Query{}), []string{"shared", "starred"})
		}},
		{"a longer wish loses nothing, and neither does the same one again", func(h *house) {
			id := h.follow("alpha")[0]
			h.tell(id, "a", "b", "c")
			change(h, id, feed.Keep{Newest: 2})
			h.pass(day(1))
			for _, k := range []feed.Keep{{}, {Ever: true}, {Newest: 2}, {Newest: 9}, {Days: 2}} {
				lost, err := h.Losses(h.ctx, feed.DefaultRetention, feed.KeepChange{Feeds: []uint64{id}, Keep: k}, h.now)
				h.ok(err)
				h.same("losses of "+k.String(), lost, feed.Loss{})
			}
		}},
	}
}

// forgetting is about how long is remembered what has gone.
func forgetting() []test {
	return []test{
		{"what is remembered goes at the seventh document without it, each 30 days younger", func(h *house) {
			id := h.follow("alpha")[0]
			gone, kept := h.news("gone"), h.news("kept")
			h.publish(id, gone, kept)
			h.read(gone.Entry.Story)
			h.star(kept.Entry.Story)
			h.pass(29 * 24 * time.Hour)
			h.documents(id, 1)
			for range 6 {
				h.same("still known", len(h.known(id)), 4)
				h.pass(24 * time.Hour)
				h.documents(id, 3) // of one day
				h.pass(29 * 24 * time.Hour)
				h.documents(id, 1)
				h.reopen()
			}
			h.pass(24 * time.Hour)
			h.same("known", len(h.known(id)), 4)
			h.documents(id, 1)
			known := h.known(id)
			h.same("known", len(known), 2)
			h.same("kept", known[kept.Keys[0]].Entry, kept.Entry.ID)
		}},
		{"one short document after a long quiet makes nothing come back", func(h *house) {
			id := h.follow("alpha")[0]
			var as []feed.Arrival
			for i := range 60 {
				as = append(as, h.news(spell(i)))
			}
			h.read(h.publish(id, as...)...)
			h.pass(2000 * 24 * time.Hour)
			h.documents(id, 0) // the same body all the time: no document is read
			h.same("expired", h.stats().Entries, 0)
			h.documents(id, 5, as[7])
			h.pass(24 * time.Hour)
			h.documents(id, 1, as...)
			known := h.known(id)
			for _, a := range as {
				h.same("known", known[a.Keys[0]].Entry, a.Entry.ID)
			}
		}},
		{"a document that carries it ends the count", func(h *house) {
			id := h.follow("alpha")[0]
			a := h.news("one")
			h.read(h.publish(id, a)...)
			for range 3 {
				for range 6 {
					h.pass(30 * 24 * time.Hour)
					h.documents(id, 1)
				}
				h.same("known", len(h.known(id)), 2)
				h.documents(id, 1, a)
			}
		}},
	}
}

// documents serves so many documents that carry some known entries unchanged,
// and has everything expire after each that was read; once if there is none.
func (h *house) documents(id uint64, n int, carried ...feed.Arrival) {
	h.Helper()
	for range n {
		hv := h.harvest(id)
		for _, a := range carried {
			known := feed.Known{Entry: a.Entry.ID, Hash: a.Hash, Served: day(h.now)}
			hv.Served = append(hv.Served, feed.Served{Keys: a.Keys, Known: known})
		}
		h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
		h.expireAll(feed.Retention{Read: time.Hour})
	}
	if n == 0 {
		h.expireAll(feed.Retention{Read: time.Hour})
	}
}
