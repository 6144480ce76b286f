package storetest

import (
	"errors"
	"time"

	"tidings/internal/feed"
)

func committing() []test {
	return []test{
		{"a new entry founds its story and comes back whole", func(h *house) {
			id := h.follow("News|alpha")[0]
			a := h.news("one")
			e := &a.Entry
			e.Authors = []feed.Person{{Name: "Ann", Email: "ann@example.org", URI: "https://ann.example/"}}
			e.Updated, e.Revised = h.now.Add(-time.Second), h.now
			e.Image, e.Language = "https://news.example/i.png", "en-GB"
			e.Enclosures = []feed.Enclosure{{URL: "https://news.example/a.mp3", Type: "audio/mpeg", Length: 1 << 40}}
			e.Categories = []string{"a", "ß"}
			e.Source = feed.Source{ID: "urn:x", Title: "Wire", Link: "https://wire.example/"}
			a.Body = feed.Body{
				Summary: "<p>short</p>", Content: feed.HTML("<p>" + string(make([]byte, 3000)) + "</p>"), Comments: "https://news.example/c",
				Contributors: []feed.Person{{Name: "Bob"}}, Links: []feed.Link{{Href: "https://news.example/", Rel: "via", Type: "text/html"}},
				Media: []string{"m"}, Thumbnails: []string{"t"}, Rights: "<b>©</b>",
			}
			h.publish(id, a)
			e.Feed = id
			full := h.story(e.Story)
			h.same("story", full.Story, feed.Story{ID: e.Story, URN: a.URN, Lead: e.ID, Time: h.now, Updated: h.now, Copies: 1})
			h.same("lead", full.Entry, *e)
			outlet := feed.Outlet{Feed: id, Title: "alpha", URL: "https://alpha.example/feed.xml", Folder: "News"}
			h.same("members", full.Members, []feed.Member{{Entry: *e, Outlet: outlet, Verdict: feed.Verdict{Level: feed.LevelNew}, Body: a.Body}})
			got, body, err := h.Entry(h.ctx, e.ID)
			h.ok(err)
			h.same("entry", got, *e)
			h.same("body", body, a.Body)
		}},
		{"a state comes back whole", func(h *house) {
			h.follow("alpha")
			hv := h.harvest(1)
			hv.State = feed.State{
				Feed: 1, Title: "Alpha", SiteURL: "https://alpha.example/", Description: "d", Language: "de", Icon: "i", Format: "rss",
				Hub: "h", Self: "s", Hints: feed.Hints{TTL: time.Hour, SkipHours: []int{0, 23}, SkipDays: []time.Weekday{time.Sunday, time.Friday},
					Update: time.Minute, MaxAge: time.Second}, ETag: `W/"x"`, LastModified: "yesterday", BodyHash: [32]byte{1, 2, 3},
				Due: h.now.Add(time.Hour), Polled: h.now, Answered: h.now, Document: h.now, Changed: h.now,
				Failures: 3, Failure: feed.FailureTemporary, Error: "timeout", Since: h.now, HTTP: 500, NotBefore: h.now.Add(time.Minute),
				Moved: "https://b.example/", Sightings: 1, ReusedGUIDs: true, Empty: true,
			}
			h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
			h.same("state", h.following(1).State, hv.State)
			h.same("failing", h.stats().Failing, 1)
			h.ok(h.Commit(h.ctx, []feed.Harvest{h.harvest(1)}))
			h.same("failing", h.stats().Failing, 0)
		}},
		{"a copy joins its story, with the evidence, and moves nothing", func(h *house) {
			ids := h.follow("alpha", "beta", "gamma")
			one := h.publish(ids[0], h.news("one"))[0]
			h.tell(ids[0], "two")
			c1, c2 := h.copyOf(one, "one at beta"), h.copyOf(one, "one at gamma")
			h.publish(ids[1], c1)
			h.publish(ids[2], c2)
			h.same("river", h.titles(feed.Query{}), []string{"two", "one"})
			h.same("at beta", h.titles(feed.Query{Feed: ids[1]}), []string{"one"})
			full := h.story(one)
			h.same("copies", full.Story.Copies, 3)
			h.same("verdict", full.Members[1].Verdict, c1.Verdict)
			h.same("others", []uint64{full.Others[0].Feed, full.Others[1].Feed}, ids[1:])
			h.same("stats", []int{h.stats().Entries, h.stats().Stories, h.stats().Copies}, []int{4, 2, 2})
			h.same("unread", h.counts().Feeds, map[uint64]int{ids[0]: 2, ids[1]: 1, ids[2]: 1})
		}},
		{"copies that arrive together meet", func(h *house) {
			ids := h.follow("alpha", "beta")
			one := h.news("one")
			h.ok(h.Commit(h.ctx, []feed.Harvest{h.harvest(ids[0], one), h.harvest(ids[1], h.copyOf(one.Entry.Story, "again"), h.copyOf(one.Entry.Story, "and again"))}))
			full := h.story(one.Entry.Story)
			h.same("copies", full.Story.Copies, 3)
			h.same("others", len(full.Others), 1)
			h.same("unread", h.counts().Unread, 1)
		}},
		{"a copy of a story that is gone founds it anew", func(h *house) {
			ids := h.follow("alpha", "beta")
			one := h.publish(ids[0], h.news("one"))[0]
			h.remove(ids[0])
			h.publish(ids[1], h.copyOf(one, "again"))
			full := h.story(one)
			h.same("lead", full.Entry.Title, "again")
			h.same("verdict", full.Members[0].Verdict, feed.Verdict{Level: feed.LevelNew})
		}},
		{"a new copy never makes a read story unread", func(h *house) {
			ids := h.follow("alpha", "beta")
			one := h.publish(ids[0], h.news("one"))[0]
			h.read(one)
			h.publish(ids[1], h.copyOf(one, "again"))
			h.same("counts", h.counts(), feed.Counts{Feeds: map[uint64]int{}, Folders: map[string]int{}})
			h.same("unread", h.titles(feed.Query{Unread: true}), nil)
			h.unread(one)
			h.same("unread at both", h.counts().Feeds, map[uint64]int{ids[0]: 1, ids[1]: 1})
			h.same("unread at beta", h.titles(feed.Query{Feed: ids[1], Unread: true}), []string{"one"})
		}},
		{"a revision replaces the entry where it is", func(h *house) {
			id := h.follow("alpha")[0]
			a := h.news("one")
			s := h.publish(id, a)[0]
			h.tell(id, "two")
			h.read(s)
			rev := a
			rev.New, rev.Material, rev.Hash = false, true, 4711
			rev.Entry.Title, rev.Entry.Seen, rev.Entry.Revised, rev.Entry.Story = "one, corrected", h.now, h.now, 0
			rev.Body.Content = "<p>corrected</p>"
			rev.Keys = append(rev.Keys, key("a new guid"))
			h.publish(id, rev)
			h.same("river", h.titles(feed.Query{}), []string{"two", "one, corrected"})
			full := h.story(s)
			h.same("seen", full.Entry.Seen, a.Entry.Seen)
			h.same("time", full.Time, a.Time)
			h.same("updated", full.Updated, h.now)
			h.same("body", full.Members[0].Body, rev.Body)
			h.same("read", full.Mark.Read, true)
			seen, err := h.Seen(h.ctx, id)
			h.ok(err)
			for _, k := range rev.Keys {
				h.same("known", seen[k], feed.Known{Entry: a.Entry.ID, Hash: 4711, Served: int32(h.now.Unix() / 86400)})
			}
		}},
		{"a packed body comes back as it was", func(h *house) {
			id := h.follow("alpha")[0]
			a := h.news("one")
			want := a.Body
			var err error
			a.Packed, err = h.Pack(a.Body)
			h.ok(err)
			a.Body = feed.Body{}
			s := h.publish(id, a)[0]
			h.same("body", h.story(s).Members[0].Body, want)
		}},
		{"only a material revision of the lead updates the story", func(h *house) {
			ids := h.follow("alpha", "beta")
			a := h.news("one")
			s := h.publish(ids[0], a)[0]
			c := h.copyOf(s, "again")
			h.publish(ids[1], c)
			h.pass(time.Hour)
			a.New, a.Entry.Revised = false, h.now
			h.publish(ids[0], a)
			c.New, c.Material, c.Entry.Revised = false, true, h.now
			h.publish(ids[1], c)
			h.same("updated", h.story(s).Updated, noon())
		}},
		{"a revision of what has expired changes only what is remembered", func(h *house) {
			id := h.follow("alpha")[0]
			a := h.news("one")
			h.read(h.publish(id, a)...)
			h.pass(48 * time.Hour)
			h.same("expired", h.expireAll(feed.Retention{Read: time.Hour}), []uint64{a.Entry.ID})
			a.New, a.Hash = false, 99
			h.publish(id, a)
			h.same("river", h.titles(feed.Query{}), nil)
			seen, err := h.Seen(h.ctx, id)
			h.ok(err)
			h.same("hash", seen[a.Keys[0]].Hash, uint64(99))
		}},
		{"service is noted", func(h *house) {
			id := h.follow("alpha")[0]
			a := h.news("one")
			h.publish(id, a)
			hv := h.harvest(id)
			known := feed.Known{Entry: a.Entry.ID, Hash: a.Hash, Served: 30000}
			hv.Served = []feed.Served{{Keys: a.Keys[:1], Known: known}}
			h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
			seen, err := h.Seen(h.ctx, id)
			h.ok(err)
			h.same("known", seen[a.Keys[0]], known)
			h.same("keys", len(seen), 2)
		}},
		{"a harvest of a removed feed is skipped, and the others land", func(h *house) {
			ids := h.follow("alpha", "beta")
			h.remove(ids[0])
			h.ok(h.Commit(h.ctx, []feed.Harvest{h.harvest(ids[0], h.news("one")), h.harvest(ids[1], h.news("two"))}))
			h.same("river", h.titles(feed.Query{}), []string{"two"})
			h.same("entries", h.stats().Entries, 1)
		}},
		{"a commit that fails leaves nothing behind", func(h *house) {
			ids := h.follow("alpha", "beta")
			for _, spoil := range []func(*feed.Arrival){
				func(a *feed.Arrival) { a.Entry.Story = 0 },
				func(a *feed.Arrival) { a.Entry.ID = 0 },
			} {
				bad := h.news("bad")
				spoil(&bad)
				version := h.Version()
				err := h.Commit(h.ctx, []feed.Harvest{h.harvest(ids[0], h.news("good")), h.harvest(ids[1], bad)})
				if err == nil {
					h.Fatal("a bad arrival was taken")
				}
				h.same("entries", h.stats().Entries, 0)
				h.same("state", h.following(ids[0]).State.ETag, "")
				h.same("version", h.Version(), version)
			}
			taken := h.news("taken")
			h.publish(ids[0], taken)
			if h.Commit(h.ctx, []feed.Harvest{h.harvest(ids[1], h.news("good"), taken)}) == nil {
				h.Fatal("an entry number was used twice")
			}
			h.same("river", h.titles(feed.Query{}), []string{"taken"})
			h.same("state", h.following(ids[1]).State.ETag, "")
		}},
		{"a feed follows its permanent redirect, unless another has that address", func(h *house) {
			ids := h.follow("alpha", "beta")
			hv := h.harvest(ids[0])
			hv.URL, hv.Canonical, hv.Site = "https://moved.example/feed", "moved.example/feed", "moved.example"
			h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
			s, err := h.FindSubscription(h.ctx, "moved.example/feed")
			h.ok(err)
			h.same("moved", []string{s.URL, s.Site}, []string{hv.URL, hv.Site})
			hv.Feed = ids[1]
			h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
			s2 := h.following(ids[1])
			h.same("stays", s2.Subscription.URL, "https://beta.example/feed.xml")
			h.same("polled", s2.State.Polled, h.now)
			s, err = h.FindSubscription(h.ctx, "moved.example/feed")
			h.ok(err)
			h.same("owner", s.ID, ids[0])
		}},
		{"sketches come back in order of arrival", func(h *house) {
			id := h.follow("alpha")[0]
			h.tell(id, "one")
			h.pass(time.Hour)
			since := h.now
			h.tell(id, "two")
			h.publish(id, h.news("three"), h.news("four"))
			var got []string
			h.ok(h.Sketches(h.ctx, since, func(s feed.Sketched) error {
				got = append(got, string(s.Sketch))
				h.same("feed", s.Feed, id)
				e, _, err := h.Entry(h.ctx, s.Entry)
				h.ok(err)
				h.same("story", s.Story, e.Story)
				h.same("seen", s.Seen, e.Seen)
				return nil
			}))
			h.same("sketches", got, []string{"sketch of two", "sketch of three", "sketch of four"})
			enough := errors.New("enough")
			if err := h.Sketches(h.ctx, since, func(feed.Sketched) error { return enough }); !errors.Is(err, enough) {
				h.Errorf("sketches: %v, want the error of yield", err)
			}
		}},
	}
}

func reading() []test {
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
