package storetest

import (
	"time"

	"tidings/internal/feed"
)

// leading is about which entry stands for its story.
func leading() []test {
	return []test{
		{"a copy that comes first by the rule leads, and nothing else of the story changes", func(h *house) {
			ids := h.follow("alpha", "beta")
			s := h.tell(ids[0], "teaser")[0]
			h.read(s)
			was := h.story(s)
			full := h.copyOf(s, "full")
			full.Entry.Words = 400
			h.publish(ids[1], full)
			got := h.story(s)
			h.same("members", h.members(s), []string{"full", "teaser"})
			was.Story.Lead, was.Story.Copies = full.Entry.ID, 2
			h.same("story", got.Story, was.Story)
			h.same("mark", got.Mark, was.Mark)
			h.same("unread", h.counts().Unread, 0)
		}},
		{"a revision can make another copy lead", func(h *house) {
			ids := h.follow("alpha", "beta")
			a := h.news("one")
			s := h.publish(ids[0], a)[0]
			b := h.copyOf(s, "two")
			b.Entry.Words = 400
			b.Entry.Published = h.now.Add(time.Minute)
			h.publish(ids[1], b)
			h.same("the full text", h.members(s)[0], "two")
			a.New, a.Entry.Words = false, 300
			h.publish(ids[0], a)
			h.same("both are full, one is earlier", h.members(s)[0], "one")
		}},
		{"what is split off or comes back leads by the rule", func(h *house) {
			ids := h.follow("alpha", "beta")
			s := h.tell(ids[0], "one")[0]
			c := h.copyOf(s, "two")
			c.Entry.Words = 400
			h.publish(ids[1], c)
			d := h.split(s, c.Entry.ID)
			h.same("left", h.members(s), []string{"one"})
			_, err := h.UndoDecision(h.ctx, d.ID, h.now)
			h.ok(err)
			h.same("back", h.members(s), []string{"two", "one"})
		}},
	}
}

// preferring is about what the reader prefers.
func preferring() []test {
	return []test{
		{"a preferred feed leads all its stories at once, until it isn't preferred", func(h *house) {
			ids := h.follow("News|alpha", "Local|beta")
			ss := h.tell(ids[0], "one", "two", "three")
			for _, s := range ss[:2] {
				h.publish(ids[1], h.copyOf(s, "local "+h.story(s).Entry.Title))
			}
			h.read(ss[0])
			before := h.titles(feed.Query{})
			version := h.Version()
			h.ok(h.Prefer(h.ctx, feed.Scope{Feed: ids[1]}, feed.Preferred))
			h.same("leads", h.titles(feed.Query{}), []string{"three", "local two", "local one"})
			h.same("unread", h.counts().Unread, 2)
			h.same("version moved", h.Version() > version, true)
			h.publish(ids[1], h.copyOf(ss[2], "local three"))
			h.same("later ones as well", h.titles(feed.Query{}), []string{"local three", "local two", "local one"})
			h.ok(h.Prefer(h.ctx, feed.Scope{Feed: ids[1]}, feed.PreferInherit))
			h.same("as before", h.titles(feed.Query{}), before)
			all, err := h.Settings(h.ctx, feed.PreferencePrefix)
			h.ok(err)
			h.same("nothing is left", len(all), 0)
		}},
		{"a folder is preferred with those below it, but for feeds that say otherwise", func(h *house) {
			ids := h.follow("alpha", "Local/Town|beta", "Local|gamma")
			s := h.tell(ids[0], "one")[0]
			h.publish(ids[1], h.copyOf(s, "town"))
			h.publish(ids[2], h.copyOf(s, "county"))
			h.ok(h.Prefer(h.ctx, feed.Scope{Folder: "Local"}, feed.Preferred))
			h.same("folder", h.members(s)[0], "town")
			h.ok(h.Prefer(h.ctx, feed.Scope{Feed: ids[1]}, feed.PreferNot))
			h.same("feed", h.members(s)[0], "county")
			elsewhere := ""
			_, err := h.ChangeSubscription(h.ctx, ids[2], feed.Change{Folder: &elsewhere}, "", "")
			h.ok(err)
			h.same("moved out", h.members(s)[0], "one")
		}},
		{"only a feed that is there can be preferred", func(h *house) {
			h.refused("no such feed", h.Prefer(h.ctx, feed.Scope{Feed: 99}, feed.Preferred), feed.ErrNotFound)
		}},
	}
}
