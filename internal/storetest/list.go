package storetest

import (
	"errors"
	"slices"
	"time"

	"tidings/internal/feed"
)

// list makes a list to follow.
func list(name string) feed.List {
	return feed.List{URL: "https://" + name + ".example/l.opml", Canonical: name + ".example/l.opml", Site: name + ".example", Folder: "Team"}
}

// commitList commits a document that names feeds, "folder|name" each, and gives what
// it changed.
func (h *house) commitList(id uint64, cut bool, names ...string) feed.ListUpdate {
	h.Helper()
	var ws []feed.Wish
	for _, n := range names {
		ws = append(ws, wish(n))
	}
	st := feed.State{Due: h.now.Add(24 * time.Hour), Polled: h.now, Document: h.now, ETag: `"7"`}
	u, err := h.CommitList(h.ctx, feed.ListHarvest{List: id, State: st, Read: true, Cut: cut, Title: "The team's", Wishes: ws}, h.now)
	h.ok(err)
	return u
}

// flagged are the titles of the feeds that a list no longer names.
func (h *house) flagged() (names []string) {
	h.Helper()
	fs, err := h.Subscriptions(h.ctx)
	h.ok(err)
	h.sinceThen(fs)
	for _, f := range fs {
		h.same("alone and among all", h.following(f.Subscription.ID).Unlisted, f.Unlisted)
		if len(f.Unlisted) > 0 {
			names = append(names, f.Name())
		}
	}
	return names
}

// listKeeping is about lists that are followed.
func listKeeping() []test {
	return []test{
		{"a list is followed once, known by its canonical address, and survives", func(h *house) {
			l, added, err := h.FollowList(h.ctx, list("one"), h.now)
			h.ok(err)
			h.same("added", added, true)
			h.same("due", l.State.Due, h.now)
			again, added, err := h.FollowList(h.ctx, list("one"), h.now.Add(time.Hour))
			h.ok(err)
			h.same("added again", added, false)
			h.same("the same", again, l)
			h.commitList(l.ID, false, "News|alpha")
			h.reopen()
			ls, err := h.Lists(h.ctx)
			h.ok(err)
			h.same("title", ls[0].Title, "The team's")
			h.same("state", []any{ls[0].State.ETag, ls[0].State.Due}, []any{`"7"`, h.now.Add(24 * time.Hour)})
			h.same("members", len(ls[0].Members), 1)
		}},
		{"what appears in a list is added, what vanishes is flagged and stays", func(h *house) {
			mine := h.follow("beta")[0]
			l, _, err := h.FollowList(h.ctx, list("one"), h.now)
			h.ok(err)
			u := h.commitList(l.ID, false, "News|alpha", "beta", "gamma")
			h.same("added", []bool{u.Additions[0].Added, u.Additions[1].Added, u.Additions[2].Added}, []bool{true, false, true})
			h.same("known", u.Additions[1].Subscription.ID, mine)
			h.same("flagged", h.flagged(), nil)
			h.pass(time.Hour)
			h.same("vanished", h.commitList(l.ID, false, "News|alpha").Vanished, 2)
			h.same("flagged", h.flagged(), []string{"beta", "gamma"})
			h.same("since", h.following(mine).Unlisted, []feed.Unlisted{{List: l.ID, Name: "The team's", Since: h.now}})
			h.pass(time.Hour)
			h.same("vanished anew", h.commitList(l.ID, false, "News|alpha", "gamma").Vanished, 0)
			h.same("flagged", h.flagged(), []string{"beta"})
			h.same("cut off", h.commitList(l.ID, true).Vanished, 0)
			h.same("flagged", h.flagged(), []string{"beta"})
			h.ok(h.UnfollowList(h.ctx, l.ID))
			h.same("after the list", h.flagged(), nil)
			h.same("feeds", h.stats().Feeds, 3)
			if err := h.UnfollowList(h.ctx, l.ID); !errors.Is(err, feed.ErrNotFound) {
				h.Errorf("twice: %v, want ErrNotFound", err)
			}
			if _, err := h.CommitList(h.ctx, feed.ListHarvest{List: l.ID}, h.now); !errors.Is(err, feed.ErrNotFound) {
				h.Errorf("commit: %v, want ErrNotFound", err)
			}
		}},
	}
}

// unlisting is about what a followed list doesn't do.
func unlisting() []test {
	return []test{
		{"a list doesn't bring back what the reader removed", func(h *house) {
			l, _, err := h.FollowList(h.ctx, list("one"), h.now)
			h.ok(err)
			h.commitList(l.ID, false, "alpha", "beta")
			fs := h.outlets()
			h.star(h.tell(fs[0].Feed, "one")...) // hidden, not gone
			h.remove(fs[0].Feed)
			h.remove(fs[1].Feed)
			u := h.commitList(l.ID, false, "alpha", "beta")
			h.same("added", []bool{u.Additions[0].Added, u.Additions[1].Added}, []bool{false, false})
			h.same("subscription", u.Additions[0].Subscription.ID, uint64(0))
			h.commitList(l.ID, false)
			h.reopen()
			h.commitList(l.ID, false, "alpha", "beta")
			h.same("feeds", h.stats().Feeds, 0)
			h.follow("beta")
			h.commitList(l.ID, false, "alpha", "beta")
			h.commitList(l.ID, false, "alpha")
			h.same("flagged", h.flagged(), []string{"beta"})
		}},
		{"a failure changes the state of a list alone, and a move its address", func(h *house) {
			l, _, err := h.FollowList(h.ctx, list("one"), h.now)
			h.ok(err)
			h.commitList(l.ID, false, "alpha")
			_, err = h.CommitList(h.ctx, feed.ListHarvest{List: l.ID, State: feed.State{Failures: 1, Error: "away"}, URL: "https://two.example/", Canonical: "two.example", Site: "two.example"}, h.now)
			h.ok(err)
			ls, err := h.Lists(h.ctx)
			h.ok(err)
			h.same("list", []any{ls[0].State.Error, ls[0].Title, len(ls[0].Members), ls[0].URL}, []any{"away", "The team's", 1, "https://two.example/"})
			other, _, err := h.FollowList(h.ctx, list("three"), h.now)
			h.ok(err)
			_, err = h.CommitList(h.ctx, feed.ListHarvest{List: other.ID, URL: "https://two.example/", Canonical: "two.example"}, h.now)
			h.ok(err)
			ls, err = h.Lists(h.ctx)
			h.ok(err)
			if slices.ContainsFunc(ls[1:], func(l feed.List) bool { return l.Canonical == "two.example" }) {
				h.Error("two lists have one address")
			}
		}},
		{"what a wish says of pauses and folding is kept with the subscription", func(h *house) {
			w := wish("alpha")
			w.Paused, w.Rule = true, feed.Rule{Fold: feed.FoldOff}
			as, err := h.Subscribe(h.ctx, []feed.Wish{w}, h.now)
			h.ok(err)
			h.same("paused", as[0].Subscription.Paused, true)
			h.same("claims", h.claim(), nil)
			settings, err := h.Settings(h.ctx, "fold")
			h.ok(err)
			h.same("rule", feed.Rules(settings).Feeds[as[0].Subscription.ID], w.Rule)
		}},
	}
}
