package storetest

import (
	"time"

	"tidings/internal/feed"
)

// paging is about the order of the river and its pages.
func paging() []test {
	return []test{
		{"the river is newest first and pages by place, back and forth", func(h *house) {
			id := h.follow("alpha")[0]
			var names []string
			for i := range 7 {
				names = append([]string{spell(i)}, names...)
			}
			for i := range 7 {
				h.tell(id, spell(i))
			}
			p, err := h.Stories(h.ctx, feed.Query{Limit: 3})
			h.ok(err)
			h.same("more", p.More, true)
			at := p.Stories[2].Cursor()
			h.same("page 2", h.titles(feed.Query{Limit: 3, Before: at}), names[3:6])
			p, err = h.Stories(h.ctx, feed.Query{Limit: 4, Before: at})
			h.ok(err)
			h.same("the end", p.More, false)
			oldest := p.Stories[3].Cursor()
			h.same("nearest newer", h.titles(feed.Query{Limit: 2, After: oldest}), names[4:6])
			h.same("between", h.titles(feed.Query{After: oldest, Before: at}), names[3:6])
			p, err = h.Stories(h.ctx, feed.Query{Limit: 6, After: oldest})
			h.ok(err)
			h.same("all newer", len(p.Stories), 6)
			h.same("no more newer", p.More, false)
		}},
		{"stories of one second keep apart by number", func(h *house) {
			id := h.follow("alpha")[0]
			h.publish(id, h.news("one"), h.news("two"), h.news("three"))
			p, err := h.Stories(h.ctx, feed.Query{Limit: 2})
			h.ok(err)
			h.same("page", []string{p.Stories[0].Entry.Title, p.Stories[1].Entry.Title}, []string{"three", "two"})
			h.same("rest", h.titles(feed.Query{Before: p.Stories[1].Cursor()}), []string{"one"})
			h.same("back", h.titles(feed.Query{After: p.Stories[1].Cursor()}), []string{"three"})
		}},
		{"times before 1970 and far ahead have their place", func(h *house) {
			id := h.follow("alpha")[0]
			for _, year := range []int{2300, 1901, 1970, 2026} {
				a := h.news(time.Date(year, 1, 1, 0, 0, 1, 0, time.UTC).Format("2006"))
				a.Time = time.Date(year, 1, 1, 0, 0, 1, 0, time.UTC)
				h.publish(id, a)
			}
			h.same("river", h.titles(feed.Query{}), []string{"2300", "2026", "1970", "1901"})
		}},
		{"a page has 50 stories if nothing is said, and never more than 500", func(h *house) {
			id := h.follow("alpha")[0]
			var as []feed.Arrival
			for i := range 502 {
				as = append(as, h.news(spell(i)))
			}
			h.publish(id, as...)
			h.same("default", len(h.titles(feed.Query{})), 50)
			h.same("most", len(h.titles(feed.Query{Limit: 1000})), 500)
		}},
	}
}

// choosing is about the filters of a query.
func choosing() []test {
	return []test{
		{"a folder's river is that of its feeds, each story once, and includes folders below", func(h *house) {
			ids := h.follow("News|alpha", "News/World|beta", "Newspapers|gamma", "News/World/Asia|delta")
			one := h.tell(ids[0], "one")[0]
			h.tell(ids[2], "two")
			three := h.tell(ids[3], "three")[0]
			h.tell(ids[1], "four")
			for _, id := range ids[1:] {
				h.publish(id, h.copyOf(one, "one again"))
			}
			h.publish(ids[0], h.copyOf(three, "three again"))
			h.same("News", h.titles(feed.Query{Folder: "News"}), []string{"four", "three", "one"})
			h.same("News/World", h.titles(feed.Query{Folder: "News/World"}), []string{"four", "three", "one"})
			h.same("Newspapers", h.titles(feed.Query{Folder: "Newspapers"}), []string{"two", "one"})
			h.same("nowhere", h.titles(feed.Query{Folder: "New"}), nil)
			h.same("newer", h.titles(feed.Query{Folder: "News", After: h.story(one).Cursor(), Limit: 1}), []string{"three"})
			h.same("feed in folder", h.titles(feed.Query{Folder: "News", Feed: ids[1]}), []string{"four", "one"})
			h.same("feed not in folder", h.titles(feed.Query{Folder: "News", Feed: ids[2]}), nil)
			h.same("counts", h.counts().Folders, map[string]int{"News": 3, "News/World": 3, "News/World/Asia": 2, "Newspapers": 2})
		}},
		{"filters combine", func(h *house) {
			ids := h.follow("News|alpha", "beta")
			a := h.tell(ids[0], "a1", "a2", "a3")
			b := h.tell(ids[1], "b1", "b2")
			h.read(a[0], b[0])
			h.star(a[0], a[1], b[1])
			h.same("unread", h.titles(feed.Query{Unread: true}), []string{"b2", "a3", "a2"})
			h.same("unread in folder", h.titles(feed.Query{Unread: true, Folder: "News"}), []string{"a3", "a2"})
			h.same("starred", h.titles(feed.Query{Starred: true}), []string{"b2", "a2", "a1"})
			h.same("starred, unread", h.titles(feed.Query{Starred: true, Unread: true}), []string{"b2", "a2"})
			h.same("starred of feed", h.titles(feed.Query{Starred: true, Feed: ids[0]}), []string{"a2", "a1"})
			h.same("starred in folder, unread", h.titles(feed.Query{Starred: true, Unread: true, Folder: "News"}), []string{"a2"})
			p, err := h.Stories(h.ctx, feed.Query{Starred: true, Limit: 2})
			h.ok(err)
			h.same("more", p.More, true)
			h.same("older starred", h.titles(feed.Query{Starred: true, Before: p.Stories[1].Cursor()}), []string{"a1"})
		}},
	}
}

// latecomers is about stories that come after a page was made.
func latecomers() []test {
	return []test{
		{"a page tells the newest story, and a query can leave out what came later", func(h *house) {
			ids := h.follow("News|alpha", "beta")
			p, err := h.Stories(h.ctx, feed.Query{})
			h.ok(err)
			h.same("newest of none", p.Newest, uint64(0))
			ss := h.tell(ids[0], "one", "two")
			late := h.news("late") // has its number already, but isn't there when the page is made
			h.publish(ids[1])
			p, err = h.Stories(h.ctx, feed.Query{Feed: ids[1]})
			h.ok(err)
			h.same("newest", p.Newest, ss[1])
			late.Time = h.now.Add(-30 * time.Second) // between the others
			h.star(h.publish(ids[0], late)...)
			h.star(ss[0])
			h.same("all", h.titles(feed.Query{}), []string{"two", "late", "one"})
			for what, q := range map[string]feed.Query{"river": {}, "unread": {Unread: true}, "folder": {Folder: "News"}, "feed": {Feed: ids[0]}} {
				q.Until = p.Newest
				h.same(what, h.titles(q), []string{"two", "one"})
			}
			h.same("starred", h.titles(feed.Query{Starred: true, Until: p.Newest}), []string{"one"})
			h.same("newer", h.titles(feed.Query{After: h.story(ss[0]).Cursor(), Until: p.Newest}), []string{"two"})
			p, err = h.Stories(h.ctx, feed.Query{Limit: 2, Until: p.Newest})
			h.ok(err)
			h.same("more", p.More, false)
			h.same("newest of all", p.Newest, late.Entry.Story)
		}},
	}
}

// showing is about what a line of the river has.
func showing() []test {
	return []test{
		{"a line of the river has the lead's source, and each other source once", func(h *house) {
			ids := h.follow("alpha", "beta", "gamma")
			one := h.publish(ids[0], h.news("one"))[0]
			b1 := h.copyOf(one, "beta's")
			h.publish(ids[1], b1, h.copyOf(one, "beta's second"))
			h.publish(ids[0], h.copyOf(one, "alpha's second"))
			h.publish(ids[2], h.copyOf(one, "gamma's"))
			p, err := h.Stories(h.ctx, feed.Query{Bodies: true})
			h.ok(err)
			l := p.Stories[0]
			h.same("outlet", l.Outlet.Title, "alpha")
			h.same("copies", l.Story.Copies, 5)
			h.same("others", []string{l.Others[0].Title, l.Others[1].Title}, []string{"beta", "gamma"})
			h.same("number of others", len(l.Others), 2)
			h.same("body", l.Body.Content, feed.HTML("<p>one</p>"))
			h.same("copy", l.Also[0], feed.Copy{Outlet: l.Others[0], Title: "beta's", URL: b1.Entry.URL})
			p, err = h.Stories(h.ctx, feed.Query{})
			h.ok(err)
			if p.Stories[0].Body != nil || p.Stories[0].Also != nil {
				h.Error("bodies that nobody asked for")
			}
		}},
		{"an outlet is called by the reader's title, else the publisher's, else the address", func(h *house) {
			w := wish("alpha")
			w.Title = ""
			_, err := h.Subscribe(h.ctx, []feed.Wish{w}, h.now)
			h.ok(err)
			s := h.publish(1, h.news("one"))[0]
			h.same("address", h.story(s).Outlet.Title, w.URL)
			hv := h.harvest(1)
			hv.State.Title, hv.State.Icon = "The Alpha", "https://alpha.example/icon.png"
			h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
			h.same("publisher's", h.story(s).Outlet.Title, "The Alpha")
			h.same("icon", h.story(s).Outlet.Icon, hv.State.Icon)
			mine := "Mine"
			_, err = h.ChangeSubscription(h.ctx, 1, feed.Change{Title: &mine}, "", "")
			h.ok(err)
			h.same("reader's", h.story(s).Outlet.Title, "Mine")
			h.reopen()
			h.same("after a restart", h.story(s).Outlet.Title, "Mine")
		}},
	}
}
