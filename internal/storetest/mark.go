package storetest

import (
	"time"

	"tidings/internal/feed"
)

// marking is about single marks.
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
		{"late marks leave what was marked after them", func(h *house) {
			ss := h.tell(h.follow("alpha")[0], "one", "two")
			h.read(ss[0])
			h.star(ss[0])
			no, before := false, h.now.Add(-time.Minute)
			changed, err := h.Mark(h.ctx, ss, feed.MarkChange{Read: &no, Starred: &no, Late: true}, before)
			h.ok(err)
			h.same("changed", changed, nil)
			changed, err = h.Mark(h.ctx, ss, feed.MarkChange{Read: &no, Starred: &no, Late: true}, h.now.Add(time.Minute))
			h.ok(err)
			h.same("changed later", changed, ss[:1])
			h.same("mark", h.story(ss[0]).Mark, feed.Mark{})
		}},
		{"marks survive a restart", func(h *house) {
			ss := h.tell(h.follow("alpha")[0], "one", "two")
			h.read(ss[0])
			h.star(ss[1])
			h.reopen()
			h.same("unread", h.titles(feed.Query{Unread: true}), []string{"two"})
			h.same("starred", h.titles(feed.Query{Starred: true}), []string{"two"})
		}},
	}
}

// markingAll is about marks of all that a query chooses.
func markingAll() []test {
	return []test{
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
		{"marking all read leaves what came after the page", func(h *house) {
			id := h.follow("alpha")[0]
			ss := h.tell(id, "one", "two")
			p, err := h.Stories(h.ctx, feed.Query{})
			h.ok(err)
			late := h.news("late")
			late.Time = h.now.Add(-time.Hour)
			h.publish(id, late)
			changed, err := h.MarkAll(h.ctx, feed.Query{Until: p.Newest}, p.Stories[0].Cursor(), h.now)
			h.ok(err)
			h.same("changed", changed, []uint64{ss[1], ss[0]})
			h.same("unread", h.titles(feed.Query{Unread: true}), []string{"late"})
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
