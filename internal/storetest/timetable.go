package storetest

import (
	"time"

	"tidings/internal/feed"
)

// timing is about when feeds are polled at the reader's word.
func timing() []test {
	return []test{
		{"a timetable is kept and forgotten", func(h *house) {
			as, err := h.Subscribe(h.ctx, []feed.Wish{{URL: "https://alpha.example/feed"}}, h.now)
			h.ok(err)
			id := as[0].Subscription.ID
			t := feed.Timetable{Every: 2 * time.Hour, Least: time.Hour, Most: 3 * time.Hour, Until: h.now.Add(time.Hour)}
			h.same("changed", h.change(id, feed.Change{When: &t}).When, t)
			h.same("kept", h.following(id).Subscription.When, t)
			h.same("forgotten", h.change(id, feed.Change{When: &feed.Timetable{}}).When, feed.Timetable{})
		}},
		{"feeds are due when they are rescheduled, but for leased and paused ones", func(h *house) {
			ids := h.follow("alpha", "beta", "gamma", "delta")
			yes := true
			h.change(ids[2], feed.Change{Paused: &yes})
			_, err := h.Claim(h.ctx, feed.ClaimQuery{Now: h.now, Lease: time.Minute, Max: 1, Only: map[uint64]bool{ids[1]: true}})
			h.ok(err)
			at := h.now.Add(5 * time.Hour)
			n, err := h.Reschedule(h.ctx, nil, func(s feed.Subscription, st *feed.State) bool {
				if s.ID == ids[3] {
					return false
				}
				st.Due, st.Why = at, "a test said so"
				return true
			})
			h.ok(err)
			h.same("rescheduled", n, 1)
			h.same("due", h.following(ids[0]).State.Due.Equal(at), true)
			h.same("why", h.following(ids[0]).State.Why, "a test said so")
			h.same("left alone", h.following(ids[3]).State.Why, "")
			_, err = h.Reschedule(h.ctx, []uint64{ids[3]}, func(_ feed.Subscription, st *feed.State) bool { st.Due = at; return true })
			h.ok(err)
			cs, err := h.Claim(h.ctx, feed.ClaimQuery{Now: at.Add(-time.Minute), Lease: time.Minute, Max: 9})
			h.ok(err)
			h.same("the lapsed lease alone can be claimed", len(cs), 1)
		}},
	}
}
