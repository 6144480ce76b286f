package storetest

import (
	"errors"
	"time"

	"tidings/internal/feed"
)

// regretting is about unsubscribing that is undone.
func regretting() []test {
	return []test{
		{"what was unsubscribed comes back as it was, after a restart too", func(h *house) {
			ids := h.follow("News|alpha", "News|beta")
			ss := h.tell(ids[0], "one", "two", "three", "four")
			h.publish(ids[1], h.copyOf(ss[0], "again"))
			h.read(ss[1])
			h.star(ss[2])
			_, err := h.SplitStory(h.ctx, ss[0], 5, h.NextStory(), h.now)
			h.ok(err)
			look := func() (all []any) {
				for _, s := range ss {
					all = append(all, h.story(s))
				}
				stats := h.stats()
				stats.Bytes = 0
				f := h.following(ids[0])
				return append(all, h.titles(feed.Query{}), h.counts(), stats, f.Subscription, f.Entries, f.Unread, must(h.Seen(h.ctx, ids[0])),
					must(h.HourTallies(h.ctx, time.Time{}, time.Time{})), must(h.DayTallies(h.ctx, time.Time{}, time.Time{})), h.decisions())
			}
			before := look()
			removed, err := h.Unsubscribe(h.ctx, ids[0], h.now)
			h.ok(err)
			h.same("removed", len(removed), 3)
			h.same("river", h.titles(feed.Query{}), []string{"again", "three"})
			at := h.now
			h.pass(2 * time.Hour)
			h.same("claims", h.claim(), ids[1:])
			h.reopen()
			us := must(h.Unsubscribed(h.ctx))
			h.same("unsubscribed", []any{len(us), us[0].Name, us[0].Entries, us[0].At}, []any{1, "alpha", 4, at})
			h.same("expired", h.expireAll(feed.Retention{Read: time.Hour}), nil)
			_, err = h.Resubscribe(h.ctx, ids[0])
			h.ok(err)
			h.same("afterwards", look(), before)
			h.same("unsubscribed", must(h.Unsubscribed(h.ctx)), nil)
		}},
		{"stories that went on, or into others, get their entries back", func(h *house) {
			ids := h.follow("alpha", "beta", "gamma")
			ss := h.tell(ids[0], "one", "two")
			h.publish(ids[1], h.copyOf(ss[0], "again"))
			other := h.tell(ids[2], "other")[0]
			_, err := h.Unsubscribe(h.ctx, ids[0], h.now)
			h.ok(err)
			h.publish(ids[2], h.copyOf(ss[0], "late"))
			h.read(ss[0])
			_, err = h.JoinStories(h.ctx, ss[0], other, h.now)
			h.ok(err)
			_, err = h.Resubscribe(h.ctx, ids[0])
			h.ok(err)
			full := h.story(ss[0])
			h.same("copies", full.Copies, 4)
			h.same("read", full.Mark.Read, true)
			h.same("alone", h.story(ss[1]).Copies, 1)
		}},
		{"a story that kept its star, and lost it meanwhile, waits with the others", func(h *house) {
			id := h.follow("alpha")[0]
			starred := h.tell(id, "one", "two")[0]
			h.star(starred)
			_, err := h.Unsubscribe(h.ctx, id, h.now)
			h.ok(err)
			h.unstar(starred)
			h.same("expired", h.expireAll(feed.Retention{}), nil)
			_, err = h.Resubscribe(h.ctx, id)
			h.ok(err)
			h.same("copies", h.story(starred).Copies, 1)
			h.same("entries", h.following(id).Entries, 2)
		}},
	}
}

// departed is about what is left of feeds that went.
func departed() []test {
	return []test{
		{"what is purged is gone, and only that", func(h *house) {
			ids := h.follow("alpha", "beta")
			h.tell(ids[0], "one")
			h.tell(ids[1], "two")
			_, err := h.Unsubscribe(h.ctx, ids[0], h.now)
			h.ok(err)
			h.pass(time.Hour)
			_, err = h.Unsubscribe(h.ctx, ids[1], h.now)
			h.ok(err)
			h.same("purged", must(h.Purge(h.ctx, h.now)), ids[:1])
			if _, err := h.Resubscribe(h.ctx, ids[0]); !errors.Is(err, feed.ErrNotFound) {
				h.Errorf("take back what is gone: %v, want ErrNotFound", err)
			}
			_, err = h.Resubscribe(h.ctx, ids[1])
			h.ok(err)
			h.same("river", h.titles(feed.Query{}), []string{"two"})
		}},
		{"several feeds come back at once, but for those that can't", func(h *house) {
			ids := h.follow("alpha", "beta", "gamma")
			ss := h.tell(ids[0], "one", "two")
			h.publish(ids[1], h.copyOf(ss[0], "again"))
			h.publish(ids[2], h.copyOf(ss[1], "third"))
			h.read(ss[0])
			look := func() []any {
				st := h.stats()
				st.Bytes = 0
				return []any{st, h.counts(), h.titles(feed.Query{}), h.story(ss[0]).Copies, h.story(ss[1]).Copies}
			}
			before := look()
			for _, id := range ids[:2] {
				_, err := h.Unsubscribe(h.ctx, id, h.now)
				h.ok(err)
			}
			var back []uint64
			for _, sub := range must(h.ResubscribeAll(h.ctx, []uint64{ids[1], 1 << 40, ids[2], ids[0]})) {
				back = append(back, sub.ID)
			}
			h.same("came back", back, []uint64{ids[1], ids[0]})
			h.same("afterwards", look(), before)
		}},
	}
}

// readdressed is about the addresses of feeds that went.
func readdressed() []test {
	return []test{
		{"a feed that is wished again comes back with its entries", func(h *house) {
			id := h.follow("alpha")[0]
			ss := h.tell(id, "one", "two")
			h.read(ss[0])
			_, err := h.Unsubscribe(h.ctx, id, h.now)
			h.ok(err)
			h.same("number", h.follow("Later|alpha"), []uint64{id})
			h.same("folder", h.following(id).Subscription.Folder, "Later")
			h.same("read", h.story(ss[0]).Mark.Read, true)
			h.same("river", len(h.titles(feed.Query{})), 2)
		}},
		{"an address that another feed has meanwhile stays its own", func(h *house) {
			ids := h.follow("alpha", "beta")
			_, err := h.Unsubscribe(h.ctx, ids[0], h.now)
			h.ok(err)
			u := "https://alpha.example/feed.xml"
			_, err = h.ChangeSubscription(h.ctx, ids[1], feed.Change{URL: &u}, "alpha.example/feed.xml", "alpha.example")
			h.ok(err)
			if _, err := h.Resubscribe(h.ctx, ids[0]); !errors.Is(err, feed.ErrExists) {
				h.Errorf("take back: %v, want ErrExists", err)
			}
			as, err := h.Subscribe(h.ctx, []feed.Wish{wish("alpha"), wish("gamma")}, h.now)
			h.ok(err)
			h.same("wished again", []any{as[0].Subscription.ID, as[0].Added, as[1].Added}, []any{ids[1], false, true})
		}},
	}
}
