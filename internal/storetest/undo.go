package storetest

import (
	"time"

	"tidings/internal/feed"
)

// undoing is about taking decisions back, one by one.
func undoing() []test {
	return []test{
		{"what is undone at once is as if it hadn't been", func(h *house) {
			ids := h.follow("News|alpha", "beta", "gamma")
			one := h.publish(ids[0], h.news("one"))[0]
			a, b := h.copyOf(one, "a"), h.copyOf(one, "b")
			b.Verdict.Apart, b.Verdict.Drifted, b.Verdict.Drift = []feed.Apart{{Of: 1, Story: 5}}, true, "not now"
			h.publish(ids[1], a, b)
			two := h.inEvent(one, "two")
			h.publish(ids[2], two, h.copyOf(two.Entry.Story, "c"))
			lead := h.story(one).Lead
			for _, marked := range []func(...uint64) []uint64{h.read, h.star, h.unread} {
				all := h.everything()
				for _, n := range []uint64{lead, a.Entry.ID, b.Entry.ID} {
					d := h.split(one, n)
					back := h.undo(d.ID)
					h.same("split back", back, feed.Decision{ID: d.ID, Kind: feed.Join, At: h.now, Entries: d.Entries, From: d.To, To: one, Others: d.Others})
					h.same("everything", h.everything(), all)
					into, err := h.Dissolved(h.ctx, d.To)
					h.ok(err)
					h.same("went into", into, one)
				}
				d := h.join(one, two.Entry.Story)
				back := h.undo(d.ID)
				h.same("join back", back, feed.Decision{ID: d.ID, Kind: feed.Split, At: h.now, Entries: d.Entries, From: one, To: two.Entry.Story, Others: d.Others})
				h.same("everything", h.everything(), all)
				_, err := h.Dissolved(h.ctx, two.Entry.Story)
				h.refused("what is there again", err, feed.ErrNotFound)
				h.same("decisions", h.decisions(), nil)
				marked(two.Entry.Story)
			}
		}},
	}
}

// accompanying is about what goes back with what was moved.
func accompanying() []test {
	return []test{
		{"copies that came since go along", func(h *house) {
			id := h.follow("alpha")[0]
			ss := h.tell(id, "one", "two")
			lead := h.story(ss[1]).Lead
			d := h.join(ss[0], ss[1])
			matching := func(of uint64, title string) feed.Arrival {
				c := h.copyOf(ss[0], title)
				c.Verdict.Of = of
				h.publish(id, c)
				return c
			}
			c := matching(lead, "like two")
			matching(h.story(ss[0]).Lead, "like one")
			matching(c.Entry.ID, "like that")
			back := h.undo(d.ID)
			h.same("moved", len(back.Entries), 3)
			h.same("one", h.members(ss[0]), []string{"one", "like one"})
			h.same("two", h.members(ss[1]), []string{"two", "like two", "like that"})
			h.same("verdict", h.story(ss[1]).Members[1].Verdict, c.Verdict)
			d = h.split(ss[1], c.Entry.ID)
			since := h.copyOf(d.To, "since")
			h.publish(id, since)
			h.star(d.To)
			h.same("moved", len(h.undo(d.ID).Entries), 2)
			h.same("two", h.members(ss[1]), []string{"two", "like two", "like that", "since"})
			h.same("verdict of the one since", h.story(ss[1]).Members[3].Verdict, since.Verdict)
			h.same("starred", h.story(ss[1]).Mark.Starred, true)
		}},
	}
}

// starring is about what can't come back as it was.
func starring() []test {
	return []test{
		{"a star that came with a join goes with its undoing, and one of the reader's own stays", func(h *house) {
			ss := h.tell(h.follow("alpha")[0], "one", "two")
			h.star(ss[1])
			h.undo(h.join(ss[0], ss[1]).ID)
			h.same("starred", h.titles(feed.Query{Starred: true}), []string{"two"})
			d := h.join(ss[0], ss[1])
			h.pass(time.Minute)
			h.unstar(ss[0])
			h.star(ss[0])
			h.undo(d.ID)
			h.same("starred", h.titles(feed.Query{Starred: true}), []string{"two", "one"})
		}},
		{"what expired is left out, and what is all gone can't be undone", func(h *house) {
			ids := h.follow("alpha", "beta", "gamma")
			one, two := h.tell(ids[0], "one")[0], h.tell(ids[1], "two")[0]
			h.publish(ids[2], h.copyOf(two, "two again"))
			d := h.join(one, two)
			h.remove(ids[1])
			h.same("moved", h.undo(d.ID).Entries, []uint64{h.find("two again").ID})
			h.same("lead", h.members(two), []string{"two again"})
			d = h.join(one, two)
			h.remove(ids[0])
			h.same("the rest", h.members(one), []string{"two again"})
			h.undo(d.ID)
			h.same("restored", h.members(two), []string{"two again"})
			into, err := h.Dissolved(h.ctx, one)
			h.ok(err)
			h.same("went into", into, two)
			d = h.join(two, h.tell(ids[2], "three")[0])
			h.remove(ids[2])
			_, err = h.UndoDecision(h.ctx, d.ID, h.now)
			h.refused("all gone", err, feed.ErrNotFound)
			h.same("decisions", h.decisions(), []feed.Decision{d})
		}},
	}
}

// contradicting is about decisions that speak of the same entries.
func contradicting() []test {
	return []test{
		{"joins are undone in any order", func(h *house) {
			for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
				id := h.follow("alpha" + spell(order[0]*10+order[1]))[0]
				ss := h.tell(id, "one", "two", "three", "four")
				all := h.everything()
				ds := []feed.Decision{h.join(ss[1], ss[2]), h.join(ss[0], ss[1]), h.join(ss[0], ss[3])}
				into, err := h.Dissolved(h.ctx, ss[2])
				h.ok(err)
				h.same("went into", into, ss[0])
				for _, i := range order {
					h.undo(ds[i].ID)
					h.bound()
				}
				h.same("everything", h.everything(), all)
			}
		}},
		{"a later decision overrules an earlier one, which can be undone all the same", func(h *house) {
			id := h.follow("alpha")[0]
			one := h.tell(id, "one")[0]
			c := h.copyOf(one, "again")
			h.publish(id, c)
			parted := h.split(one, c.Entry.ID)
			joined := h.join(one, parted.To)
			h.bound()
			nothing := h.undo(parted.ID)
			h.same("nothing moves", []any{nothing.Entries, nothing.From, nothing.To}, []any{[]uint64{}, one, one})
			h.same("members", h.members(one), []string{"one", "again"})
			h.undo(joined.ID)
			h.same("members", h.members(parted.To), []string{"again"})
			h.same("decisions", h.decisions(), nil)
		}},
	}
}

// overruling is about what a later decision took out of an earlier one.
func overruling() []test {
	return []test{
		{"what was split off after a join stays where it is", func(h *house) {
			id := h.follow("alpha")[0]
			ss := h.tell(id, "one", "two")
			c := h.copyOf(ss[1], "two again")
			h.publish(id, c)
			d := h.join(ss[0], ss[1])
			parted := h.split(ss[0], c.Entry.ID)
			h.undo(d.ID)
			h.bound()
			h.same("split off", h.members(parted.To), []string{"two again"})
			h.same("gone back", h.members(ss[1]), []string{"two"})
			h.undo(parted.ID)
			h.bound()
			h.same("one", h.members(ss[0]), []string{"one", "two again"})
		}},
		{"what was joined again after it was split off stays too", func(h *house) {
			id := h.follow("alpha")[0]
			ss := h.tell(id, "one", "two")
			c := h.copyOf(ss[1], "two again")
			h.publish(id, c)
			d := h.join(ss[0], ss[1])
			h.join(ss[0], h.split(ss[0], c.Entry.ID).To)
			h.undo(d.ID)
			h.bound()
			h.same("one", h.members(ss[0]), []string{"one", "two again"})
			h.same("two", h.members(ss[1]), []string{"two"})
		}},
		{"what told the story before the join stays with it", func(h *house) {
			id := h.follow("alpha")[0]
			one := h.tell(id, "one")[0]
			c := h.copyOf(one, "again")
			c.Verdict.Of = h.story(one).Lead
			h.publish(id, c)
			to := h.split(one, c.Verdict.Of).To
			h.undo(h.join(one, to).ID)
			h.bound()
			h.same("one", h.members(one), []string{"again"})
			h.same("parted", h.members(to), []string{"one"})
		}},
		{"what was joined with nothing but the moved goes along", func(h *house) {
			ids := h.follow("alpha", "beta")
			one, two := h.tell(ids[0], "one")[0], h.tell(ids[1], "two")[0]
			d := h.join(one, two)
			h.remove(ids[0])
			h.join(one, h.tell(ids[1], "three")[0])
			h.undo(d.ID)
			h.bound()
			h.same("two", h.members(two), []string{"two", "three"})
			h.same("in force", len(feed.Bindings(h.decisions())), 1)
		}},
	}
}

// following is about what others became part of meanwhile.
func following() []test {
	return []test{
		{"what was joined with a story goes back from where that went", func(h *house) {
			id := h.follow("alpha")[0]
			ss := h.tell(id, "one", "two", "three")
			c := h.copyOf(ss[1], "two again")
			h.publish(id, c)
			parted := h.split(ss[1], c.Entry.ID)
			h.join(ss[0], ss[1])
			h.undo(parted.ID)
			h.bound()
			h.same("members", h.members(ss[0]), []string{"one", "two", "two again"})
			h.same("decisions", len(h.decisions()), 1)
		}},
	}
}

// bound demands that what decisions in force say of two entries is so.
func (h *house) bound() {
	h.Helper()
	for _, b := range feed.Bindings(h.decisions()) {
		one, _, err1 := h.Entry(h.ctx, b.A)
		two, _, err2 := h.Entry(h.ctx, b.B)
		if err1 == nil && err2 == nil && (one.Story == two.Story) != b.Same {
			h.Errorf("entries %d and %d tell stories %d and %d; want the same: %v", b.A, b.B, one.Story, two.Story, b.Same)
		}
	}
}

// outliving is about that decisions are facts.
func outliving() []test {
	return []test{
		{"decisions survive repair, restart, expiry and rebuilding", func(h *house) {
			id := h.follow("alpha")[0]
			ss := h.tell(id, "one", "two", "three")
			c := h.copyOf(ss[0], "again")
			h.publish(id, c)
			h.join(ss[1], ss[2])
			h.split(ss[0], c.Entry.ID)
			ds, all := h.decisions(), h.everything()
			_, err := h.Repair(h.ctx)
			h.ok(err)
			h.reopen()
			h.same("decisions", h.decisions(), ds)
			h.same("everything", h.everything(), all)
			h.regroup(feed.Regrouped{Entry: h.find("one").ID, Story: ss[1], Verdict: feed.Verdict{Level: feed.LevelNear}})
			h.same("decisions", h.decisions(), ds)
			h.read(ss[1])
			h.pass(1000 * time.Hour)
			h.expireAll(feed.Retention{Read: time.Hour, Unread: time.Hour})
			h.same("decisions", h.decisions(), ds)
			_, err = h.Dissolved(h.ctx, ss[2])
			h.refused("what is gone", err, feed.ErrNotFound)
			r, err := h.Check(h.ctx)
			h.ok(err)
			h.same("dissolved ones kept", r.Records["dissolved"], 0)
		}},
		{"decisions move the version, and wake", func(h *house) {
			id := h.follow("alpha")[0]
			ss := h.tell(id, "one", "two")
			c := h.copyOf(ss[0], "again")
			h.publish(id, c)
			before := h.Version()
			var d feed.Decision
			h.wakes(true, "split", func() { d = h.split(ss[0], c.Entry.ID) })
			h.wakes(true, "undo", func() { h.undo(d.ID) })
			d = h.split(ss[0], c.Entry.ID)
			h.join(ss[0], d.To)
			h.wakes(true, "undo of what is overruled", func() { h.undo(d.ID) })
			h.wakes(true, "join", func() { h.join(ss[0], ss[1]) })
			h.same("version", h.Version(), before+6)
			h.wakes(false, "a refusal", func() { _, _ = h.JoinStories(h.ctx, ss[0], 99, h.now) })
			h.same("version", h.Version(), before+6)
		}},
	}
}
