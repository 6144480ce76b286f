package storetest

import (
	"time"

	"tidings/internal/feed"
)

// counting is about statistics.
func counting() []test {
	at := func(t time.Time, u feed.HourTally) feed.HourTally {
		u.At = t.UTC().Truncate(time.Hour)
		return u
	}
	return []test{
		{"what is read stands for all entries that tell it, those that come later too", func(h *house) {
			ids := h.follow("alpha", "beta")
			ss := h.tell(ids[0], "one", "two")
			h.publish(ids[1], h.copyOf(ss[0], "again"))
			came := h.now.Add(-time.Minute)
			h.same("came", h.hours(), []feed.HourTally{at(came, feed.HourTally{Entries: 3, Stories: 2})})
			h.pass(2 * time.Hour)
			h.read(ss[0])
			read := h.now
			h.pass(2 * time.Hour)
			late := h.copyOf(ss[0], "late")
			h.publish(ids[1], late)
			want := []feed.HourTally{
				at(came, feed.HourTally{Entries: 3, Stories: 2}),
				at(read, feed.HourTally{Read: 1, Worth: 3}), at(late.Entry.Published, feed.HourTally{Entries: 1}),
			}
			h.same("read", h.hours(), want)
			h.same("folded", want[1].Folded(), 2)
			h.same("copies", want[2].Copies(), 1)
		}},
		{"a feed's share is what other feeds tell too", func(h *house) {
			ids := h.follow("alpha", "beta")
			ss := h.tell(ids[0], "one", "two")
			h.publish(ids[0], h.copyOf(ss[1], "itself again"))
			h.same("alone", h.sums(ids[0]), feed.DayTally{Entries: 3})
			h.publish(ids[1], h.copyOf(ss[1], "elsewhere"))
			h.same("alpha", h.sums(ids[0]), feed.DayTally{Entries: 3, Shared: 2})
			h.same("beta", h.sums(ids[1]), feed.DayTally{Entries: 1, Shared: 1})
			_, err := h.SplitStory(h.ctx, ss[1], 4, h.NextStory(), h.now)
			h.ok(err)
			h.same("alpha after a split", h.sums(ids[0]), feed.DayTally{Entries: 3})
		}},
	}
}

// outlasting is about what of a count stays, and what of it is asked for.
func outlasting() []test {
	return []test{
		{"days that are over stay as they were when their entries expire, or their feed goes", func(h *house) {
			ids := h.follow("alpha", "beta")
			ss := h.tell(ids[0], "one", "two")
			h.publish(ids[1], h.copyOf(ss[0], "again"))
			h.look(ss[0])
			h.read(ss[1])
			before, alpha := h.hours(), h.sums(ids[0])
			h.pass(100 * 24 * time.Hour)
			h.same("expired", len(h.expireAll(feed.Retention{Read: time.Hour})), 3)
			h.same("hours", h.hours(), before)
			h.same("alpha", h.sums(ids[0]), alpha)
			h.remove(ids[0])
			h.same("hours without alpha", h.hours(), before)
			h.same("alpha", h.sums(ids[0]), feed.DayTally{})
			h.same("beta", h.sums(ids[1]), feed.DayTally{Entries: 1, Shared: 1, Opened: 1})
		}},
		{"only what was opened by itself counts as opened, once", func(h *house) {
			id := h.follow("alpha")[0]
			ss := h.tell(id, "one", "two", "three")
			h.read(ss[0])
			_, err := h.MarkAll(h.ctx, feed.Query{Feed: id}, feed.Cursor{}, h.now)
			h.ok(err)
			h.same("marked", h.sums(id).Opened, 0)
			h.same("changed", h.look(ss[0]), nil)
			h.unread(ss[0])
			h.same("changed", h.look(ss[0]), ss[:1])
			h.same("opened", h.sums(id).Opened, 1)
		}},
		{"a span leaves out what is earlier or later", func(h *house) {
			id := h.follow("alpha")[0]
			h.tell(id, "one")
			h.pass(40 * 24 * time.Hour)
			h.tell(id, "two")
			h.pass(40 * 24 * time.Hour)
			h.tell(id, "three")
			from, until := noon().Add(30*24*time.Hour), noon().Add(50*24*time.Hour)
			ts, err := h.HourTallies(h.ctx, from, until)
			h.ok(err)
			h.same("hours", len(ts), 1)
			h.same("day", ts[0].At.Truncate(24*time.Hour), noon().Add(40*24*time.Hour).Truncate(24*time.Hour))
			by, err := h.DayTallies(h.ctx, from, until)
			h.ok(err)
			h.same("days", len(by[id]), 1)
		}},
	}
}

// overlapping is about feeds that tell the same stories.
func overlapping() []test {
	return []test{
		{"the pairs that tell most stories together come first", func(h *house) {
			ids := h.follow("alpha", "beta", "gamma")
			ss := h.tell(ids[0], "one", "two", "three")
			h.publish(ids[1], h.copyOf(ss[0], "a"), h.copyOf(ss[1], "b"), h.copyOf(ss[1], "c"))
			h.publish(ids[2], h.copyOf(ss[1], "d"))
			got, err := h.Overlaps(h.ctx, time.Time{}, 2)
			h.ok(err)
			h.same("overlaps", got, feed.Overlaps{
				Pairs:   []feed.Overlap{{A: ids[0], B: ids[1], Stories: 2}, {A: ids[0], B: ids[2], Stories: 1}},
				Stories: map[uint64]int{ids[0]: 3, ids[1]: 2, ids[2]: 1}, Looked: 3,
			})
			none, err := h.Overlaps(h.ctx, h.now.Add(time.Hour), 2)
			h.ok(err)
			h.same("later", none, feed.Overlaps{Stories: map[uint64]int{}})
		}},
	}
}

// look opens stories by themselves, and gives those that this marked read.
func (h *house) look(ids ...uint64) []uint64 {
	h.Helper()
	yes := true
	changed, err := h.Mark(h.ctx, ids, feed.MarkChange{Read: &yes, Opened: true}, h.now)
	h.ok(err)
	return changed
}

// hours are the statistics of all hours.
func (h *house) hours() []feed.HourTally {
	h.Helper()
	ts, err := h.HourTallies(h.ctx, time.Time{}, time.Time{})
	h.ok(err)
	return ts
}

// sums adds up the days of a feed.
func (h *house) sums(id uint64) feed.DayTally {
	h.Helper()
	by, err := h.DayTallies(h.ctx, time.Time{}, time.Time{})
	h.ok(err)
	sum := feed.Sum(by[id])
	sum.Day = time.Time{}
	return sum
}
