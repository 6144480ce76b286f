package storetest

import (
	"errors"
	"time"

	"tidings/internal/feed"
)

// removing is about what goes with a feed, and what stays.
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
	}
}

// returning is about feeds that come back.
func returning() []test {
	return []test{
		{"a hidden feed comes back with what was kept, and is polled as if it were new", func(h *house) {
			id := h.follow("News|alpha")[0]
			one, two := h.news("one"), h.news("two")
			hv := h.harvest(id, one, two)
			hv.State.Title, hv.State.Changed = "The Alpha", h.now
			h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
			h.star(one.Entry.Story)
			h.remove(id)
			h.pass(time.Hour)
			as, err := h.Subscribe(h.ctx, []feed.Wish{wish("World|alpha")}, h.now)
			h.ok(err)
			h.same("added", as[0].Added, true)
			h.same("number", as[0].Subscription.ID, id)
			h.same("removed", as[0].Subscription.Removed, time.Time{})
			h.same("folders", h.counts().Folders, map[string]int{"World": 1})
			h.same("state", h.following(id).State, feed.State{Feed: id, Title: "The Alpha", Due: h.now})
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
