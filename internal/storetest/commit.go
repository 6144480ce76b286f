package storetest

import (
	"errors"
	"time"

	"tidings/internal/feed"
)

// arriving is about what becomes of new entries.
func arriving() []test {
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
			h.same("story", full.Story, feed.Story{ID: e.Story, URN: a.URN, Lead: e.ID, Time: h.now, Updated: h.now, Copies: 1, Event: e.Story})
			h.same("lead", full.Entry, *e)
			outlet := feed.Outlet{Feed: id, Title: "alpha", URL: "https://alpha.example/feed.xml", Folder: "News"}
			h.same("members", full.Members, []feed.Member{{Entry: *e, Outlet: outlet, Verdict: feed.Verdict{Level: feed.LevelNew}, Body: a.Body}})
			got, body, err := h.Entry(h.ctx, e.ID)
			h.ok(err)
			h.same("entry", got, *e)
			h.same("body", body, a.Body)
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
	}
}

// copying is about how copies join their stories.
func copying() []test {
	return []test{
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
			two := h.publish(ids[1], h.news("two"))[0]
			h.join(one, two)
			h.publish(ids[1], h.copyOf(two, "late"))
			h.same("a dissolved one too", h.members(two), []string{"late"})
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
	}
}

// revising is about what becomes of entries that are served again.
func revising() []test {
	return []test{
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
	}
}

// noting is about what a poll tells of its feed.
func noting() []test {
	return []test{
		{"a state comes back whole", func(h *house) {
			h.follow("alpha")
			hv := h.harvest(1)
			hv.State = feed.State{
				Feed: 1, Title: "Alpha", SiteURL: "https://alpha.example/", Description: "d", Language: "de", Icon: "i", Format: "rss",
				Hub: "h", Self: "s", Hints: feed.Hints{TTL: time.Hour, SkipHours: []int{0, 23}, SkipDays: []time.Weekday{time.Sunday, time.Friday},
					Update: time.Minute, MaxAge: time.Second}, ETag: `W/"x"`, LastModified: "yesterday", BodyHash: [32]byte{1, 2, 3},
				Due: h.now.Add(time.Hour), Polled: h.now, Answered: h.now, Document: h.now, Changed: h.now,
				Failures: 3, Failure: feed.FailureTemporary, Error: "timeout", Since: h.now, HTTP: 500, NotBefore: h.now.Add(time.Minute),
				Moved: "https://b.example/", Sightings: 1, ReusedGUIDs: true, Empty: true, Mended: []string{"3 illegal characters", "truncated after item 14"},
			}
			hv.State.Cloud, hv.State.Hubs, hv.State.PushUntil = "https://cloud.example/", []string{"h", "h2"}, h.now.Add(time.Hour)
			hv.State.Hints.Base, hv.State.MovedSince, hv.State.Why = h.now.Add(-time.Hour), h.now.Add(-time.Minute), "it publishes seldom"
			hv.State.Rhythm = feed.Rhythm{Hours: [24]uint16{7: 64}, Days: [7]uint16{3: 64}, Watched: time.Hour, Recent: 1.5, Longest: 2 * time.Hour,
				At: h.now, Aged: h.now, Last: h.now.Add(-time.Hour), First: h.now}
			hv.State.Ledger = feed.Ledger{Size: 900}.Note(h.now, feed.Exchange{Requests: 2, Unchanged: 1, Failed: 1, Received: 900, Saved: 900})
			h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
			h.same("state", h.following(1).State, hv.State)
			h.same("failing", h.stats().Failing, 1)
			h.ok(h.Commit(h.ctx, []feed.Harvest{h.harvest(1)}))
			h.same("failing", h.stats().Failing, 0)
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
	}
}

// remembering is about what is kept for the poller alone.
func remembering() []test {
	return []test{
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

// landing is about that a harvest lands whole or not at all.
func landing() []test {
	return []test{
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
	}
}
