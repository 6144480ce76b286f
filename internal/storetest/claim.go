package storetest

import (
	"time"

	"tidings/internal/feed"
)

// claiming is about who gets which feeds to poll.
func claiming() []test {
	return []test{
		{"due feeds come the longest due first, and no more than asked for", func(h *house) {
			ids := h.follow("alpha", "beta", "gamma")
			for i, id := range []uint64{ids[2], ids[0], ids[1]} {
				hv := h.harvest(id)
				hv.State.Due = h.now.Add(time.Duration(i+1) * time.Minute)
				h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
			}
			h.pass(2*time.Minute + 30*time.Second)
			h.same("claims", h.claimWith(feed.ClaimQuery{Max: 1}), []uint64{ids[2]})
			h.same("claims", h.claim(), []uint64{ids[0]})
		}},
		{"a claim carries subscription and state, and holds until its lease lapses", func(h *house) {
			h.follow("alpha")
			q := feed.ClaimQuery{Now: h.now, Lease: 10 * time.Minute, Max: 5}
			cs, err := h.Claim(h.ctx, q)
			h.ok(err)
			h.same("claim", cs, []feed.Claim{{Subscription: h.following(1).Subscription,
				State: feed.State{Feed: 1, Due: h.now, Lease: h.now.Add(10 * time.Minute)}}})
			h.same("again", h.claim(), nil)
			h.pass(10*time.Minute - time.Second)
			h.same("still", h.claim(), nil)
			h.pass(time.Second)
			h.same("lapsed", h.claim(), []uint64{1})
		}},
		{"a site gets no more than its share, and a full one nothing", func(h *house) {
			var ws []feed.Wish
			for _, n := range []string{"a1", "a2", "a3", "b1"} {
				w := wish(n)
				w.Site = n[:1] + ".example"
				ws = append(ws, w)
			}
			_, err := h.Subscribe(h.ctx, ws, h.now)
			h.ok(err)
			h.same("full", h.claimWith(feed.ClaimQuery{Full: map[string]bool{"a.example": true}}), []uint64{4})
			h.same("share", h.claimWith(feed.ClaimQuery{PerSite: 2}), []uint64{1, 2})
			h.same("rest", h.claim(), []uint64{3})
		}},
		{"a claim can be for some feeds only", func(h *house) {
			ids := h.follow("alpha", "beta", "gamma")
			h.same("claims", h.claimWith(feed.ClaimQuery{Only: map[uint64]bool{ids[1]: true}}), ids[1:2])
			h.same("none", h.claimWith(feed.ClaimQuery{Only: map[uint64]bool{}}), nil)
		}},
	}
}

// leasing is about what a lease is good for.
func leasing() []test {
	return []test{
		{"released claims are due as before", func(h *house) {
			h.follow("alpha", "beta")
			h.claim()
			h.ok(h.Release(h.ctx))
			h.same("claims", h.claim(), []uint64{1, 2})
			h.same("due", h.following(1).State.Due, h.now)
		}},
		{"a commit ends the lease and sets the next time", func(h *house) {
			h.follow("alpha")
			h.claim()
			hv := h.harvest(1)
			hv.State.Lease = h.now.Add(time.Hour)
			h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
			h.same("lease", h.following(1).State.Lease, time.Time{})
			at, ok, err := h.NextDue(h.ctx)
			h.ok(err)
			h.same("next", at, h.now.Add(time.Hour))
			h.same("any", ok, true)
		}},
		{"no feed gets one lease twice", func(h *house) {
			id, given := h.follow("alpha")[0], map[time.Time]bool{}
			for range 5 { // at the same moment
				given[h.claimOne(id).State.Lease] = true
				h.ok(h.Release(h.ctx))
			}
			h.same("leases", len(given), 5)
		}},
		{"a harvest that answers its lease lands, even when that has lapsed", func(h *house) {
			id := h.follow("alpha")[0]
			hv := h.harvest(id, h.news("one"))
			hv.Lease = h.claimOne(id).State.Lease
			h.same("lease", h.following(id).State.Lease, hv.Lease)
			n, err := h.Hasten(h.ctx, []uint64{id}, h.now)
			h.ok(err)
			h.same("hastened", n, 0)
			yes, title := true, "Another"
			h.change(id, feed.Change{Paused: &yes, Title: &title})
			h.pass(time.Hour)
			h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
			h.same("river", h.titles(feed.Query{}), []string{"one"})
		}},
	}
}

// lateness is about harvests whose lease is no longer in force.
func lateness() []test {
	again := func(h *house, id uint64) { h.claimOne(id) }
	release := func(h *house, _ uint64) { h.ok(h.Release(h.ctx)) }
	lapse := func(h *house, _ uint64) { h.pass(10 * time.Minute) }
	poll := func(h *house, id uint64) { h.publish(id) }
	move := func(h *house, id uint64) {
		u := "https://new.example/feed"
		h.change(id, feed.Change{URL: &u})
	}
	remove := func(h *house, id uint64) {
		h.remove(id)
		h.same("number", h.follow("alpha"), []uint64{id})
	}
	var tests []test
	for _, c := range []struct {
		what  string
		steps []func(*house, uint64)
	}{
		{"was claimed anew", []func(*house, uint64){lapse, again}},
		{"was released", []func(*house, uint64){release}},
		{"was released and claimed anew at once", []func(*house, uint64){release, again}},
		{"was polled meanwhile", []func(*house, uint64){poll}},
		{"has a new address", []func(*house, uint64){move}},
		{"has a new address and was claimed anew at once", []func(*house, uint64){move, again}},
		{"was removed and came back", []func(*house, uint64){remove}},
		{"was removed, came back and was claimed anew at once", []func(*house, uint64){remove, again}},
	} {
		tests = append(tests, test{"a late harvest changes nothing if its feed " + c.what, func(h *house) { h.comesLate(c.steps) }})
	}
	return tests
}

// comesLate claims a feed, takes steps that end its lease, and demands that the
// harvest changes nothing then.
func (h *house) comesLate(steps []func(*house, uint64)) {
	h.Helper()
	ids := h.follow("alpha", "beta")
	kept := h.news("kept")
	h.star(h.publish(ids[0], kept)...) // so that the feed keeps its number when it is removed
	h.pass(time.Hour)
	late := h.harvest(ids[0], h.news("late"))
	late.Lease, late.State.Title, late.URL = h.claimOne(ids[0]).State.Lease, "Late", "https://late.example/feed"
	late.Served = []feed.Served{{Keys: kept.Keys, Known: feed.Known{Entry: kept.Entry.ID, Hash: 1}}}
	for _, step := range steps {
		step(h, ids[0])
	}
	before, known, version := h.following(ids[0]), h.known(ids[0]), h.Version()
	h.ok(h.Commit(h.ctx, []feed.Harvest{late}))
	h.same("feed", h.following(ids[0]), before)
	h.same("known", h.known(ids[0]), known)
	h.same("version", h.Version(), version)
	h.ok(h.Commit(h.ctx, []feed.Harvest{late, h.harvest(ids[1], h.news("of another"))}))
	h.same("feed", h.following(ids[0]), before)
	h.same("river", h.titles(feed.Query{}), []string{"of another", "kept"})
}

// scheduling is about when feeds are due.
func scheduling() []test {
	return []test{
		{"the next time is that of the first due feed, or of the first lease to lapse", func(h *house) {
			_, ok, err := h.NextDue(h.ctx)
			h.ok(err)
			h.same("none", ok, false)
			h.follow("alpha")
			at, _, _ := h.NextDue(h.ctx)
			h.same("due", at, h.now)
			h.claim()
			at, _, _ = h.NextDue(h.ctx)
			h.same("lease", at, h.now.Add(10*time.Minute))
		}},
		{"hastened feeds are due now, but for the leased and those told to wait", func(h *house) {
			ids := h.follow("alpha", "beta", "gamma", "delta")
			h.claimWith(feed.ClaimQuery{Only: map[uint64]bool{ids[3]: true}})
			h.publish(ids[0])
			hv := h.harvest(ids[1])
			hv.State.NotBefore = h.now.Add(time.Hour)
			h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
			h.pass(time.Minute)
			n, err := h.Hasten(h.ctx, nil, h.now)
			h.ok(err)
			h.same("hastened", n, 2) // alpha, and gamma, which was due already
			h.same("claims", h.claim(), []uint64{ids[2], ids[0]})
			n, err = h.Hasten(h.ctx, []uint64{ids[1], 99}, h.now)
			h.ok(err)
			h.same("hastened", n, 0)
		}},
	}
}

// pausing is about feeds that are not to be asked.
func pausing() []test {
	return []test{
		{"paused and gone feeds are never claimed", func(h *house) {
			ids := h.follow("alpha", "beta")
			yes := true
			_, err := h.ChangeSubscription(h.ctx, ids[0], feed.Change{Paused: &yes}, "", "")
			h.ok(err)
			hv := h.harvest(ids[1])
			hv.State.Gone, hv.State.Due = true, h.now
			h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
			h.pass(1000 * time.Hour)
			h.same("claims", h.claim(), nil)
			_, ok, err := h.NextDue(h.ctx)
			h.ok(err)
			h.same("any", ok, false)
			n, err := h.Hasten(h.ctx, nil, h.now)
			h.ok(err)
			h.same("hastened", n, 0)
		}},
		{"a resumed feed is due when it would have been, but not before its publisher allows", func(h *house) {
			h.follow("alpha")
			hv := h.harvest(1)
			hv.State.NotBefore = h.now.Add(2 * time.Hour)
			h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
			for _, paused := range []bool{true, false} {
				_, err := h.ChangeSubscription(h.ctx, 1, feed.Change{Paused: &paused}, "", "")
				h.ok(err)
			}
			h.pass(time.Hour)
			h.same("too early", h.claim(), nil)
			h.pass(time.Hour)
			h.same("allowed", h.claim(), []uint64{1})
		}},
	}
}
