package storetest

import (
	"strings"
	"time"

	"tidings/internal/feed"
)

func (h *house) regroup(rs ...feed.Regrouped) feed.Rebuilt {
	h.Helper()
	r, err := h.Regroup(h.ctx, rs, h.now)
	h.ok(err)
	return r
}

// put says that an entry, found by its title, is to found or to join a story.
func (h *house) put(title string, story uint64) feed.Regrouped {
	h.Helper()
	e := h.find(title)
	r := feed.Regrouped{Entry: e.ID, Story: story, Sketch: []byte("new sketch of " + title), Verdict: feed.Verdict{Level: feed.LevelNear, Score: 7, Need: 6, Evidence: "near"}}
	if e.Story == story && h.story(story).Lead == e.ID {
		r.Verdict = feed.Verdict{Level: feed.LevelNew}
	}
	return r
}

// founds says that an entry is to found a story.
func (h *house) founds(title string, story uint64) feed.Regrouped {
	h.Helper()
	r := h.put(title, story)
	r.Verdict, r.URN = feed.Verdict{Level: feed.LevelNew}, "urn:uuid:of-"+title
	return r
}

// regrouping is about what a rebuild does to stories.
func regrouping() []test {
	return []test{
		{"a rebuild that finds what is there changes nothing", func(h *house) {
			id := h.follow("alpha")[0]
			ss := h.tell(id, "one", "two")
			c := h.copyOf(ss[0], "again")
			h.publish(id, c)
			all, version := h.everything(), h.Version()
			rs := []feed.Regrouped{h.put("one", ss[0]), h.put("two", ss[1]), h.put("again", ss[0])}
			rs[2].Verdict = c.Verdict
			for i := range rs {
				rs[i].Sketch = nil
			}
			rs[1].Sketch, rs[1].Relation = []byte("sketch of two"), feed.Relation{Of: 1}
			h.same("report", h.regroup(rs...), feed.Rebuilt{Entries: 3, Stories: 2})
			h.same("everything", h.everything(), all)
			h.same("version", h.Version(), version)
		}},
		{"entries join and part, and stories keep number, URN, place and mark", func(h *house) {
			ids := h.follow("News|alpha", "beta")
			ss := h.tell(ids[0], "one", "two", "three")
			h.publish(ids[1], h.copyOf(ss[0], "a"), h.copyOf(ss[0], "b"), h.copyOf(ss[2], "c"))
			h.read(ss[0])
			was := h.story(ss[0])
			n := h.NextStory()
			report := h.regroup(h.put("one", ss[0]), h.put("two", ss[0]), h.founds("a", n), h.put("c", n), h.put("three", ss[2]))
			h.same("report", report, feed.Rebuilt{Entries: 5, Stories: 3, Joined: 1, Parted: 1, Moved: 3})
			h.same("one", h.members(ss[0]), []string{"one", "two", "b"})
			h.same("new", h.members(n), []string{"a", "c"})
			h.same("three", h.members(ss[2]), []string{"three"})
			got := h.story(ss[0])
			h.same("story", got.Story, was.Story)
			h.same("mark", got.Mark, was.Mark)
			h.same("verdict", got.Members[1].Verdict.Evidence, "near")
			h.same("URN", h.story(n).URN, "urn:uuid:of-a")
			h.same("unread, for c was", h.story(n).Mark.Read, false)
			into, err := h.Dissolved(h.ctx, ss[1])
			h.ok(err)
			h.same("went into", into, ss[0])
			h.same("unread", h.counts().Unread, 2)
			h.ok(h.Sketches(h.ctx, time.Time{}, func(s feed.Sketched) error {
				e, _, err := h.Entry(h.ctx, s.Entry)
				h.ok(err)
				h.same("sketch of "+e.Title, []any{s.Story, s.Event, string(s.Sketch)}, []any{e.Story, e.Story, map[bool]string{true: "sketch of b", false: "new sketch of " + e.Title}[e.Title == "b"]})
				return nil
			}))
		}},
	}
}

// surviving is about the marks and leads that a rebuild finds.
func surviving() []test {
	return []test{
		{"marks survive: what was read stays read, what was starred starred", func(h *house) {
			id := h.follow("alpha")[0]
			ss := h.tell(id, "one", "two", "three")
			h.publish(id, h.copyOf(ss[0], "a"))
			h.read(ss[0])
			h.star(ss[1])
			n := h.NextStory()
			h.regroup(h.founds("a", n), h.put("two", ss[2]))
			h.same("read", h.story(n).Mark, feed.Mark{Read: true, ReadAt: h.now})
			h.publish(id, h.copyOf(ss[2], "b"))
			n = h.NextStory()
			h.regroup(h.put("b", n), h.founds("a", n))
			h.same("unread, for b was", h.story(n).Mark, feed.Mark{})
			h.same("starred", h.titles(feed.Query{Starred: true}), []string{"two"})
			h.same("unread", h.titles(feed.Query{Unread: true}), []string{"two", "a"})
		}},
		{"a lead that leaves is followed by the next by the rule", func(h *house) {
			id := h.follow("alpha")[0]
			s, other := h.tell(id, "one")[0], h.tell(id, "other")[0]
			h.publish(id, h.copyOf(s, "a"), h.copyOf(s, "b"), h.copyOf(s, "c"))
			h.regroup(h.put("one", other), h.founds("b", s), h.put("c", s))
			h.same("led by the earliest", h.members(s), []string{"a", "b", "c"})
			h.regroup(h.put("b", other))
			h.same("led by the next", h.members(s), []string{"a", "c"})
			h.regroup(h.put("c", other), h.founds("a", h.NextStory()))
			into, err := h.Dissolved(h.ctx, s)
			h.ok(err)
			h.same("dissolved, it is where its lead is", h.members(into), []string{"a"})
		}},
	}
}

// recording is about what else a rebuild says.
func recording() []test {
	return []test{
		{"events are set anew, and sketches with them", func(h *house) {
			id := h.follow("alpha")[0]
			ss := h.tell(id, "one", "two", "three")
			h.publish(id, h.inEvent(ss[0], "four"), h.copyOf(ss[1], "two again"))
			why := feed.Relation{Of: 1, Score: 6, Evidence: "both in Lima"}
			two := h.put("two", ss[1])
			two.Event, two.Relation = ss[0], why
			report := h.regroup(h.put("one", ss[0]), two, h.founds("four", h.find("four").Story))
			h.same("report", report, feed.Rebuilt{Entries: 3, Stories: 3, Events: 2})
			h.same("event", h.event(ss[0]), []string{"two"})
			h.same("relation", h.story(ss[0]).Event[0].Relation, why)
			two.Relation.Score = 9
			h.same("report", h.regroup(two), feed.Rebuilt{Entries: 1, Stories: 1})
			h.same("relation", h.story(ss[0]).Event[0].Relation, two.Relation)
			h.same("four", h.event(h.find("four").Story), nil)
			h.ok(h.Sketches(h.ctx, time.Time{}, func(s feed.Sketched) error {
				h.same("event", s.Event, h.story(s.Story).Story.Event)
				return nil
			}))
		}},
		{"what is gone is left out, and what has no story is refused", func(h *house) {
			s := h.tell(h.follow("alpha")[0], "one")[0]
			h.same("report", h.regroup(feed.Regrouped{Entry: 99, Story: 98}), feed.Rebuilt{})
			version := h.Version()
			gone := h.put("one", s)
			gone.Story = 0
			if _, err := h.Regroup(h.ctx, []feed.Regrouped{gone}, h.now); err == nil {
				h.Error("an entry without a story was taken")
			}
			h.same("version", h.Version(), version)
			h.same("members", h.members(s), []string{"one"})
		}},
	}
}

// finding is about entries by their addresses.
func finding() []test {
	return []test{
		{"entries are found by address or guid, newest first", func(h *house) {
			id := h.follow("alpha")[0]
			h.tell(id, "one", "two", "three")
			find := func(limit int, match func(string) bool) (titles []string) {
				es, err := h.FindEntries(h.ctx, match, limit)
				h.ok(err)
				for _, e := range es {
					h.same("entry", e, h.find(e.Title))
					titles = append(titles, e.Title)
				}
				return titles
			}
			all := func(a string) bool { return strings.HasPrefix(a, "https://") }
			h.same("all", find(9, all), []string{"three", "two", "one"})
			h.same("some", find(2, all), []string{"three", "two"})
			h.same("by guid", find(9, func(a string) bool { return a == "guid:two" }), []string{"two"})
			h.same("none", find(9, func(string) bool { return false }), nil)
			var many []feed.Arrival
			for i := range 1200 {
				many = append(many, h.news(spell(i)))
			}
			h.publish(id, many...)
			es, err := h.FindEntries(h.ctx, all, 5000)
			h.ok(err)
			h.same("number", len(es), 1203)
			for i := range es {
				h.same("in order", es[i].ID, uint64(1203-i))
			}
		}},
	}
}
