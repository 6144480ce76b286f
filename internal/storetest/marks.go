package storetest

import (
	"errors"
	"time"

	"tidings/internal/feed"
)

func marking() []test {
	return []test{
		{"marks say what was done and when, and what they changed", func(h *house) {
			id := h.follow("alpha")[0]
			ss := h.tell(id, "one", "two")
			h.same("changed", h.read(ss[0], 99), ss[:1])
			h.same("not changed", h.read(ss[0]), nil)
			h.star(ss[0])
			h.same("mark", h.story(ss[0]).Mark, feed.Mark{Read: true, Starred: true, ReadAt: h.now, StarAt: h.now})
			h.same("counts", h.counts(), feed.Counts{Unread: 1, Starred: 1, Feeds: map[uint64]int{id: 1}, Folders: map[string]int{}})
			h.pass(time.Minute)
			h.unread(ss[0])
			h.same("mark", h.story(ss[0]).Mark, feed.Mark{Starred: true, StarAt: h.now.Add(-time.Minute)})
			h.unstar(ss[0])
			h.same("mark", h.story(ss[0]).Mark, feed.Mark{})
			h.same("counts", h.counts(), feed.Counts{Unread: 2, Feeds: map[uint64]int{id: 2}, Folders: map[string]int{}})
		}},
		{"marks survive a restart", func(h *house) {
			ss := h.tell(h.follow("alpha")[0], "one", "two")
			h.read(ss[0])
			h.star(ss[1])
			h.reopen()
			h.same("unread", h.titles(feed.Query{Unread: true}), []string{"two"})
			h.same("starred", h.titles(feed.Query{Starred: true}), []string{"two"})
		}},
		{"marking all read takes this one and everything below it, within the filters", func(h *house) {
			ids := h.follow("News|alpha", "beta")
			a := h.tell(ids[0], "a1", "a2", "a3")
			b := h.tell(ids[1], "b1", "b2")
			h.star(a[0])
			changed, err := h.MarkAll(h.ctx, feed.Query{Folder: "News"}, h.story(a[1]).Cursor(), h.now)
			h.ok(err)
			h.same("changed", changed, []uint64{a[1], a[0]})
			h.same("unread", h.titles(feed.Query{Unread: true}), []string{"b2", "b1", "a3"})
			changed, err = h.MarkAll(h.ctx, feed.Query{Starred: true}, feed.Cursor{}, h.now)
			h.ok(err)
			h.same("changed", changed, nil)
			changed, err = h.MarkAll(h.ctx, feed.Query{Feed: ids[1]}, feed.Cursor{}, h.now)
			h.ok(err)
			h.same("changed", changed, []uint64{b[1], b[0]})
			h.same("read at", h.story(b[0]).Mark.ReadAt, h.now)
			h.unread(changed...)
			h.same("undone", h.counts().Unread, 3)
		}},
		{"thousands can be marked at once", func(h *house) {
			id := h.follow("alpha")[0]
			var as []feed.Arrival
			for i := range 4500 {
				as = append(as, h.news(spell(i)))
			}
			h.publish(id, as...)
			changed, err := h.MarkAll(h.ctx, feed.Query{}, feed.Cursor{}, h.now)
			h.ok(err)
			h.same("changed", len(changed), len(as))
			h.same("unread", h.counts().Unread, 0)
		}},
	}
}

func removing() []test {
	return []test{
		{"a removed feed takes its entries along, and what it shared goes on", func(h *house) {
			ids := h.follow("News|alpha", "News|beta", "gamma")
			one, c := h.news("one"), h.copyOf(0, "again")
			two := h.news("two")
			h.publish(ids[0], one, two)
			c.Entry.Story = one.Entry.Story
			h.publish(ids[1], c)
			later := h.copyOf(one.Entry.Story, "later")
			h.publish(ids[2], later)
			h.same("removed", h.remove(ids[0]), []uint64{one.Entry.ID, two.Entry.ID})
			full := h.story(one.Entry.Story)
			h.same("lead", full.Entry.ID, c.Entry.ID)
			h.same("others", len(full.Others), 1)
			h.same("time", full.Time, one.Time)
			h.same("urn", full.URN, one.URN)
			h.same("river", h.titles(feed.Query{}), []string{"again"})
			h.same("counts", h.counts(), feed.Counts{Unread: 1, Feeds: map[uint64]int{ids[1]: 1, ids[2]: 1}, Folders: map[string]int{"News": 1}})
			fs, err := h.Subscriptions(h.ctx)
			h.ok(err)
			h.same("feeds", len(fs), 2)
			h.same("claims", h.claim(), nil)
			h.same("known", len(h.follow("alpha")), 1)
			seen, err := h.Seen(h.ctx, ids[0])
			h.ok(err)
			h.same("forgotten", len(seen), 0)
		}},
		{"starred stories are kept whole, and their feed hidden", func(h *house) {
			ids := h.follow("News|alpha", "News|beta")
			one, two := h.news("one"), h.news("two")
			h.publish(ids[0], one, two)
			h.publish(ids[1], h.copyOf(one.Entry.Story, "again"))
			h.star(one.Entry.Story)
			h.same("removed", h.remove(ids[0]), []uint64{two.Entry.ID})
			h.same("outlet", h.story(one.Entry.Story).Outlet.Title, "alpha")
			h.same("stats", h.stats().Feeds, 1)
			h.same("folders", h.counts().Folders, map[string]int{"News": 1})
			h.same("feeds", h.counts().Feeds, map[uint64]int{ids[1]: 1})
			if _, err := h.Subscription(h.ctx, ids[0]); !errors.Is(err, feed.ErrNotFound) {
				h.Errorf("hidden feed: %v, want ErrNotFound", err)
			}
			if _, err := h.FindSubscription(h.ctx, "alpha.example/feed.xml"); !errors.Is(err, feed.ErrNotFound) {
				h.Errorf("hidden feed: %v, want ErrNotFound", err)
			}
			h.same("claims", h.claim(), nil)
			h.same("kept", h.expireAll(feed.Retention{Read: time.Hour}), nil)
			h.unstar(one.Entry.Story)
			h.same("expired", h.expireAll(feed.Retention{Read: time.Hour}), []uint64{one.Entry.ID})
			h.same("lead", h.story(one.Entry.Story).Entry.Title, "again")
		}},
		{"a hidden feed comes back with what was kept, and is polled as if it were new", func(h *house) {
			id := h.follow("News|alpha")[0]
			one, two := h.news("one"), h.news("two")
			h.publish(id, one, two)
			h.star(one.Entry.Story)
			h.remove(id)
			h.pass(time.Hour)
			as, err := h.Subscribe(h.ctx, []feed.Wish{wish("World|alpha")}, h.now)
			h.ok(err)
			h.same("added", as[0].Added, true)
			h.same("number", as[0].Subscription.ID, id)
			h.same("removed", as[0].Subscription.Removed, time.Time{})
			h.same("folders", h.counts().Folders, map[string]int{"World": 1})
			h.same("etag", h.following(id).State.ETag, "")
			h.same("claims", h.claim(), []uint64{id})
			seen, err := h.Seen(h.ctx, id)
			h.ok(err)
			h.same("known", len(seen), len(one.Keys))
			h.same("entry", seen[one.Keys[0]].Entry, one.Entry.ID)
		}},
		{"a feed may move to the address of a hidden one", func(h *house) {
			ids := h.follow("alpha", "beta")
			h.star(h.publish(ids[0], h.news("one"))...)
			h.remove(ids[0])
			u := "https://alpha.example/feed.xml"
			_, err := h.ChangeSubscription(h.ctx, ids[1], feed.Change{URL: &u}, "alpha.example/feed.xml", "alpha.example")
			h.ok(err)
			s, err := h.FindSubscription(h.ctx, "alpha.example/feed.xml")
			h.ok(err)
			h.same("owner", s.ID, ids[1])
			h.same("outlet", h.titles(feed.Query{Starred: true}), []string{"one"})
		}},
	}
}

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
		{"what is remembered goes when documents have long been without it", func(h *house) {
			id := h.follow("alpha")[0]
			gone, kept := h.news("gone"), h.news("kept")
			h.publish(id, gone, kept)
			h.read(gone.Entry.Story)
			h.star(kept.Entry.Story)
			h.pass(180 * 24 * time.Hour)
			h.publish(id)
			h.expireAll(feed.Retention{Read: time.Hour})
			known := func() int {
				seen, err := h.Seen(h.ctx, id)
				h.ok(err)
				return len(seen)
			}
			h.same("after 180 days", known(), 4)
			h.pass(24 * time.Hour)
			h.expireAll(feed.Retention{Read: time.Hour})
			h.same("no document since", known(), 4)
			h.publish(id)
			h.expireAll(feed.Retention{Read: time.Hour})
			h.same("after 181 days", known(), 2)
		}},
	}
}
