package storetest

import (
	"fmt"
	"time"

	"tidings/internal/feed"
)

// inEvent makes an arrival that founds a story in an event.
func (h *house) inEvent(event uint64, title string) feed.Arrival {
	a := h.news(title)
	a.Event = event
	a.Relation = feed.Relation{Of: event, Score: 7.25, Evidence: title + " is about the same"}
	return a
}

// event lists the titles of the other stories of a story's event.
func (h *house) event(story uint64) (titles []string) {
	h.Helper()
	full := h.story(story)
	h.same("kin", full.Kin, len(full.Event))
	for _, r := range full.Event {
		titles = append(titles, r.Headline.Entry.Title)
		h.same("event", r.Headline.Story.Event, full.Story.Event)
	}
	return titles
}

// relating is about stories of one event.
func relating() []test {
	return []test{
		{"a story is an event of its own, unless its founder was placed in another", func(h *house) {
			id := h.follow("alpha")[0]
			one, other := h.tell(id, "one")[0], h.tell(id, "other")[0]
			two := h.inEvent(one, "two")
			h.publish(id, two, h.inEvent(one, "three"))
			h.same("own", h.story(other).Story.Event, other)
			h.same("of the other", h.event(other), nil)
			h.same("event", h.story(two.Entry.Story).Story.Event, one)
			h.same("of one", h.event(one), []string{"two", "three"})
			h.same("of two", h.event(two.Entry.Story), []string{"one", "three"})
			full := h.story(one)
			h.same("relation", full.Event[0].Relation, two.Relation)
			h.same("of the first", h.story(two.Entry.Story).Event[0].Relation, feed.Relation{})
			h.same("happenings", h.stats().Events, 2)
			h.reopen()
			p, err := h.Stories(h.ctx, feed.Query{})
			h.ok(err)
			var kin []int
			for _, l := range p.Stories {
				kin = append(kin, l.Kin)
			}
			h.same("kin in the river", kin, []int{2, 2, 0, 2})
		}},
		{"copies and revisions take the event of their story", func(h *house) {
			id := h.follow("alpha")[0]
			one, two := h.tell(id, "one")[0], h.news("two")
			two.Event = one
			h.publish(id, two)
			c := h.copyOf(two.Entry.Story, "again")
			c.Event = 4711
			h.publish(id, c)
			c.New, c.Event = false, 0
			h.publish(id, c)
			h.ok(h.Sketches(h.ctx, time.Time{}, func(s feed.Sketched) error {
				h.same("event", s.Event, one)
				return nil
			}))
		}},
	}
}

// happening is about how long events live, and how much of them is shown.
func happening() []test {
	return []test{
		{"an event outlives its first story, and goes with the last", func(h *house) {
			ids := h.follow("alpha", "beta")
			one := h.publish(ids[0], h.news("one"))[0]
			two, three := h.inEvent(one, "two"), h.inEvent(one, "three")
			h.publish(ids[1], two)
			h.remove(ids[0])
			h.same("alone", h.event(two.Entry.Story), nil)
			h.same("event", h.story(two.Entry.Story).Story.Event, one)
			h.publish(ids[1], three)
			h.same("with another", h.event(three.Entry.Story), []string{"two"})
			h.same("relation", h.story(three.Entry.Story).Event[0].Relation, two.Relation)
			h.same("happenings", h.stats().Events, 1)
			h.remove(ids[1])
			h.same("no happenings", h.stats().Events, 0)
		}},
		{"the page of a story shows the oldest fifty others, and counts all", func(h *house) {
			id := h.follow("alpha")[0]
			one := h.publish(id, h.news("one"))[0]
			for i := range 60 {
				h.publish(id, h.inEvent(one, spell(i)))
			}
			full := h.story(one)
			h.same("shown", len(full.Event), 50)
			h.same("first", full.Event[0].Headline.Entry.Title, spell(0))
			h.same("counted", full.Kin, 60)
		}},
	}
}

// drifting is about verdicts and their change.
func drifting() []test {
	apart := []feed.Apart{{Of: 7, Story: 8, Score: 4.5, Need: 6.25, Veto: "numbers", Evidence: "kept apart: 4.5 against 6.25"}, {Of: 9, Story: 9}}
	return []test{
		{"a verdict comes back whole, that of a founder with what it was kept apart from", func(h *house) {
			id := h.follow("alpha")[0]
			a := h.news("one")
			a.Verdict.Apart = apart
			s := h.publish(id, a)[0]
			c := h.copyOf(s, "again")
			c.Verdict.Need, c.Verdict.Apart = 6.25, apart[:1]
			h.publish(id, c)
			full := h.story(s)
			h.same("founder's", full.Members[0].Verdict, a.Verdict)
			h.same("copy's", full.Members[1].Verdict, c.Verdict)
		}},
		{"a revision that no longer fits is marked where it is, until one fits again", func(h *house) {
			id := h.follow("alpha")[0]
			a := h.news("one")
			s := h.publish(id, a)[0]
			c := h.copyOf(s, "again")
			h.publish(id, c)
			for i, drifted := range []bool{true, true, false} {
				c.New, a.New = false, false
				v := feed.Verdict{Drifted: drifted}
				if drifted {
					v.Drift = fmt.Sprint("reason ", i)
				}
				c.Verdict.Drifted, c.Verdict.Drift = v.Drifted, v.Drift
				kept := c.Verdict
				c.Verdict, a.Verdict = v, v
				h.publish(id, c, a)
				c.Verdict = kept
				full := h.story(s)
				h.same("copy's", full.Members[1].Verdict, c.Verdict)
				h.same("founder's", full.Members[0].Verdict, feed.Verdict{Level: feed.LevelNew, Drifted: v.Drifted, Drift: v.Drift})
			}
		}},
	}
}
