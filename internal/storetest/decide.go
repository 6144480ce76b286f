package storetest

import (
	"errors"
	"time"

	"tidings/internal/feed"
)

// split parts an entry from its story.
func (h *house) split(story, entry uint64) feed.Decision {
	h.Helper()
	d, err := h.SplitStory(h.ctx, story, entry, h.NextStory(), h.now)
	h.ok(err)
	return d
}

func (h *house) join(a, b uint64) feed.Decision {
	h.Helper()
	d, err := h.JoinStories(h.ctx, a, b, h.now)
	h.ok(err)
	return d
}

func (h *house) undo(id uint64) feed.Decision {
	h.Helper()
	d, err := h.UndoDecision(h.ctx, id, h.now)
	h.ok(err)
	return d
}

func (h *house) decisions() []feed.Decision {
	h.Helper()
	ds, err := h.Decisions(h.ctx)
	h.ok(err)
	return ds
}

// refused demands that an error wraps one of the sentinels.
func (h *house) refused(what string, err, want error) {
	h.Helper()
	if !errors.Is(err, want) {
		h.Errorf("%s: %v, want %v", what, err, want)
	}
}

// members are the titles of a story's entries, the lead first.
func (h *house) members(story uint64) (titles []string) {
	h.Helper()
	for _, m := range h.story(story).Members {
		titles = append(titles, m.Entry.Title)
		h.same("story of "+m.Entry.Title, m.Entry.Story, story)
	}
	return titles
}

// everything is all that a reader sees of the stories, and what an index is told.
func (h *house) everything() (all []any) {
	h.Helper()
	p, err := h.Stories(h.ctx, feed.Query{Limit: 500})
	h.ok(err)
	for _, l := range p.Stories {
		all = append(all, h.story(l.ID))
	}
	s := h.stats()
	s.Bytes = 0
	h.ok(h.Sketches(h.ctx, time.Time{}, func(s feed.Sketched) error {
		all = append(all, s)
		return nil
	}))
	return append(all, s, h.counts(), h.titles(feed.Query{Unread: true}), h.titles(feed.Query{Starred: true}))
}

// splitting is about "not the same story".
func splitting() []test {
	return []test{
		{"an entry that is split off founds a story, with its own place and URN, in the same event", func(h *house) {
			ids := h.follow("News|alpha", "beta")
			one := h.publish(ids[0], h.news("one"))[0]
			c := h.copyOf(one, "again")
			h.pass(5 * time.Hour)
			c.Entry.Seen, c.Entry.Published = h.now, h.now.Add(-time.Hour)
			h.publish(ids[1], c)
			before := h.story(one)
			h.pass(time.Hour)
			d := h.split(one, c.Entry.ID)
			h.same("decision", d, feed.Decision{ID: 1, Kind: feed.Split, At: h.now, Entries: []uint64{c.Entry.ID}, From: one, To: d.To, Others: []uint64{before.Lead}})
			h.same("decisions", h.decisions(), []feed.Decision{d})
			h.same("river", h.titles(feed.Query{}), []string{"again", "one"})
			h.same("at beta", h.titles(feed.Query{Feed: ids[1]}), []string{"again"})
			got := h.story(d.To)
			h.same("story", got.Story, feed.Story{ID: d.To, URN: feed.SplitURN("https://beta.example/feed.xml", c.Entry),
				Lead: c.Entry.ID, Time: c.Entry.Published, Updated: c.Entry.Published, Copies: 1, Event: one})
			h.same("verdict", got.Members[0].Verdict, feed.Verdict{Level: feed.LevelNew})
			h.same("event", h.event(one), []string{"again"})
			before.Copies = 1
			h.same("the old one", h.story(one).Story, before.Story)
			h.same("unread", h.counts(), feed.Counts{Unread: 2, Feeds: map[uint64]int{ids[0]: 1, ids[1]: 1}, Folders: map[string]int{"News": 1}})
		}},
		{"a story whose lead is split off goes on with the next, in its place", func(h *house) {
			id := h.follow("alpha")[0]
			a := h.news("one")
			s := h.publish(id, a)[0]
			h.publish(id, h.copyOf(s, "two"), h.copyOf(s, "three"))
			h.read(s)
			h.star(s)
			was := h.story(s)
			d := h.split(s, a.Entry.ID)
			h.same("members", h.members(s), []string{"two", "three"})
			got := h.story(s)
			h.same("mark", got.Mark, was.Mark)
			h.same("place", got.Story.Cursor(), was.Story.Cursor())
			h.same("URN", got.URN, was.URN)
			h.same("new mark", h.story(d.To).Mark, feed.Mark{Read: true, ReadAt: was.Mark.ReadAt})
			h.same("unread", h.counts().Unread, 0)
		}},
	}
}

// placing is about where what is split off is put, and what can't be.
func placing() []test {
	return []test{
		{"the place of what is split off is its own: never in the future, and old only on a first poll", func(h *house) {
			id := h.follow("alpha")[0]
			lead, first := h.news("lead"), h.news("first")
			first.Entry.Published = h.now.Add(-1000 * time.Hour)
			s := h.publish(id, lead, first)[0]
			h.join(s, first.Entry.Story)
			h.pass(time.Hour)
			var entries []uint64
			for title, published := range map[string]time.Time{"future": h.now.Add(time.Hour), "old": h.now.Add(-49 * time.Hour)} {
				c := h.copyOf(s, title)
				c.Entry.Published = published
				h.publish(id, c)
				entries = append(entries, c.Entry.ID)
			}
			for _, n := range entries {
				h.same("place", h.story(h.split(s, n).To).Time, h.now)
			}
			h.same("of the first poll", h.story(h.split(s, first.Entry.ID).To).Time, first.Entry.Published)
		}},
		{"what can't be split is refused, and nothing changes", func(h *house) {
			ids := h.follow("alpha")
			ss := h.tell(ids[0], "one", "two")
			c := h.copyOf(ss[0], "again")
			h.publish(ids[0], c)
			all := h.everything()
			_, err1 := h.SplitStory(h.ctx, 99, c.Entry.ID, h.NextStory(), h.now)
			_, err2 := h.SplitStory(h.ctx, ss[1], c.Entry.ID, h.NextStory(), h.now)
			_, err3 := h.SplitStory(h.ctx, ss[0], 99, h.NextStory(), h.now)
			h.refused("no such story", err1, feed.ErrNotFound)
			h.refused("another story's", err2, feed.ErrNotFound)
			h.refused("no such entry", err3, feed.ErrNotFound)
			_, err := h.SplitStory(h.ctx, ss[0], c.Entry.ID, ss[1], h.now)
			h.refused("a number in use", err, feed.ErrExists)
			var hint *feed.Hint
			_, err = h.SplitStory(h.ctx, ss[1], h.story(ss[1]).Lead, h.NextStory(), h.now)
			if !errors.As(err, &hint) {
				h.Errorf("split the only entry: %v, want a hint", err)
			}
			h.same("everything", h.everything(), all)
			h.same("decisions", h.decisions(), nil)
		}},
	}
}

// joining is about "same story as".
func joining() []test {
	return []test{
		{"the younger story is dissolved in the older one, which keeps its place and mark", func(h *house) {
			ids := h.follow("News|alpha", "beta", "gamma")
			one, two := h.publish(ids[0], h.news("one"))[0], h.tell(ids[1], "two")[0]
			h.publish(ids[2], h.copyOf(two, "two again"))
			h.read(one)
			was := h.story(one)
			h.pass(time.Hour)
			d := h.join(two, one)
			h.same("decision", d, feed.Decision{ID: 1, Kind: feed.Join, At: h.now, Entries: d.Entries, From: two, To: one, Others: []uint64{was.Lead}})
			h.same("decisions", h.decisions(), []feed.Decision{d})
			h.same("members", h.members(one), []string{"one", "two", "two again"})
			got := h.story(one)
			want := was.Story
			want.Copies = 3
			h.same("story", got.Story, want)
			h.same("mark", got.Mark, was.Mark)
			h.same("verdict", got.Members[2].Verdict, feed.Verdict{Level: feed.LevelReader, Of: was.Lead, Evidence: "You said that it is the same story"})
			h.same("river", h.titles(feed.Query{}), []string{"one"})
			h.same("at gamma", h.titles(feed.Query{Feed: ids[2]}), []string{"one"})
			h.same("unread", h.counts().Unread, 0)
			_, err := h.Story(h.ctx, two)
			h.refused("the dissolved story", err, feed.ErrNotFound)
			into, err := h.Dissolved(h.ctx, two)
			h.ok(err)
			h.same("went into", into, one)
		}},
		{"a star is never lost", func(h *house) {
			id := h.follow("alpha")[0]
			ss := h.tell(id, "one", "two", "three")
			h.star(ss[1])
			mark := h.story(ss[1]).Mark
			h.pass(time.Hour)
			h.join(ss[0], ss[1])
			h.same("mark", h.story(ss[0]).Mark, mark)
			h.join(ss[2], ss[0])
			h.same("starred", h.counts().Starred, 1)
		}},
	}
}

// dissolving is about what becomes of the rest of an event, and what can't be joined.
func dissolving() []test {
	return []test{
		{"the other stories of the dissolved one's event stay as they are", func(h *house) {
			id := h.follow("alpha")[0]
			one, two := h.tell(id, "one")[0], h.tell(id, "two")[0]
			h.publish(id, h.inEvent(two, "three"), h.inEvent(two, "four"), h.inEvent(one, "five"))
			h.join(one, two)
			h.same("of one", h.event(one), []string{"five"})
			three := h.story(h.find("three").Story)
			h.same("event", three.Story.Event, two)
			h.same("of three", h.event(three.ID), []string{"four"})
			h.same("happenings", h.stats().Events, 2)
		}},
		{"what can't be joined is refused", func(h *house) {
			s := h.tell(h.follow("alpha")[0], "one")[0]
			_, err := h.JoinStories(h.ctx, s, 99, h.now)
			h.refused("none", err, feed.ErrNotFound)
			var hint *feed.Hint
			if _, err = h.JoinStories(h.ctx, s, s, h.now); !errors.As(err, &hint) {
				h.Errorf("with itself: %v, want a hint", err)
			}
			_, err = h.Dissolved(h.ctx, s)
			h.refused("what is there", err, feed.ErrNotFound)
			_, err = h.UndoDecision(h.ctx, 1, h.now)
			h.refused("no such decision", err, feed.ErrNotFound)
			h.same("decisions", h.decisions(), nil)
		}},
	}
}

// find gives the entry with a title, as [house.news] makes its address.
func (h *house) find(title string) feed.Entry {
	h.Helper()
	es, err := h.FindEntries(h.ctx, func(a string) bool { return a == "https://news.example/"+title }, 1)
	h.ok(err)
	if len(es) != 1 {
		h.Fatalf("find %s: %d entries", title, len(es))
	}
	return es[0]
}
