package storetest

import (
	"context"
	"errors"
	"time"

	"tidings/internal/feed"
)

func subscribing() []test {
	return []test{
		{"a new feed is due at once, and keeps what the wish said", func(h *house) {
			w := wish("News|alpha")
			w.SiteURL, w.Description = "https://alpha.example/", "All about alpha"
			as, err := h.Subscribe(h.ctx, []feed.Wish{w}, h.now)
			h.ok(err)
			h.same("additions", as, []feed.Addition{{Added: true, Subscription: feed.Subscription{
				ID: 1, URL: w.URL, Title: "alpha", Folder: "News", Added: h.now, Canonical: w.Canonical, Site: w.Site,
			}}})
			f := h.following(1)
			h.same("state", f.State, feed.State{Feed: 1, SiteURL: w.SiteURL, Description: w.Description, Due: h.now})
			h.same("claims", h.claim(), []uint64{1})
		}},
		{"a feed that is there is left as it is", func(h *house) {
			h.follow("News|alpha")
			w := wish("Other|alpha")
			w.URL = "http://alpha.example/feed.xml/"
			as, err := h.Subscribe(h.ctx, []feed.Wish{w, wish("beta"), wish("beta")}, h.now)
			h.ok(err)
			var added []bool
			for _, a := range as {
				added = append(added, a.Added)
			}
			h.same("added", added, []bool{false, true, false})
			h.same("folder", as[0].Subscription.Folder, "News")
			h.same("number", as[2].Subscription.ID, as[1].Subscription.ID)
		}},
		{"subscriptions are listed by folder, then title", func(h *house) {
			h.follow("World|zeta", "World|Beta", "alpha", "News|gamma")
			fs, err := h.Subscriptions(h.ctx)
			h.ok(err)
			var names []string
			for _, f := range fs {
				names = append(names, f.Name())
			}
			h.same("names", names, []string{"alpha", "gamma", "Beta", "zeta"})
		}},
		{"a subscription is found by its canonical address", func(h *house) {
			h.follow("alpha")
			s, err := h.FindSubscription(h.ctx, "alpha.example/feed.xml")
			h.ok(err)
			h.same("number", s.ID, uint64(1))
			if _, err := h.FindSubscription(h.ctx, "beta.example/feed.xml"); !errors.Is(err, feed.ErrNotFound) {
				h.Errorf("find what isn't there: %v, want ErrNotFound", err)
			}
		}},
		{"a feed list tells entries, unread stories and the newest", func(h *house) {
			id := h.follow("alpha")[0]
			ss := h.tell(id, "one", "two", "three")
			h.read(ss[0])
			f := h.following(id)
			h.same("entries", f.Entries, 3)
			h.same("unread", f.Unread, 2)
			h.same("newest", f.Newest, h.now)
		}},
		{"a new address starts polling afresh, and one that is taken is refused", func(h *house) {
			ids := h.follow("alpha", "beta")
			h.tell(ids[0], "one")
			h.tell(ids[1], "two")
			h.same("claims", h.claim(), nil)
			u := "https://new.example/feed"
			s, err := h.ChangeSubscription(h.ctx, ids[0], feed.Change{URL: &u}, "new.example/feed", "new.example")
			h.ok(err)
			h.same("canonical", s.Canonical, "new.example/feed")
			h.same("etag", h.following(ids[0]).State.ETag, "")
			h.same("claims", h.claim(), ids[:1])
			if _, err := h.FindSubscription(h.ctx, "alpha.example/feed.xml"); !errors.Is(err, feed.ErrNotFound) {
				h.Errorf("old address: %v, want ErrNotFound", err)
			}
			if _, err := h.ChangeSubscription(h.ctx, ids[1], feed.Change{URL: &u}, "new.example/feed", "new.example"); !errors.Is(err, feed.ErrExists) {
				h.Errorf("taken address: %v, want ErrExists", err)
			}
			h.same("url", h.following(ids[1]).Subscription.URL, "https://beta.example/feed.xml")
		}},
		{"a feed moved to another folder takes its counts along", func(h *house) {
			ids := h.follow("News/World|alpha", "News|beta")
			ss := h.tell(ids[0], "one", "two")
			h.publish(ids[1], h.copyOf(ss[0], "one again"))
			h.same("before", h.counts().Folders, map[string]int{"News": 2, "News/World": 2})
			f := "Science"
			_, err := h.ChangeSubscription(h.ctx, ids[0], feed.Change{Folder: &f}, "", "")
			h.ok(err)
			h.same("after", h.counts().Folders, map[string]int{"News": 1, "Science": 2})
		}},
		{"what isn't there can't be changed, shown or removed", func(h *house) {
			_, err1 := h.ChangeSubscription(h.ctx, 7, feed.Change{}, "", "")
			_, err2 := h.Subscription(h.ctx, 7)
			_, err3 := h.RemoveSubscription(h.ctx, 7, h.now)
			_, err4 := h.Story(h.ctx, 7)
			_, _, err5 := h.Entry(h.ctx, 7)
			for i, err := range []error{err1, err2, err3, err4, err5} {
				if !errors.Is(err, feed.ErrNotFound) {
					h.Errorf("call %d: %v, want ErrNotFound", i+1, err)
				}
			}
		}},
		{"text of any length and bytes comes back", func(h *house) {
			long := string(make([]byte, 5000))
			w := wish("alpha")
			w.URL, w.Canonical, w.Folder = w.URL+"?"+long, w.Canonical+long, "F"+long
			as, err := h.Subscribe(h.ctx, []feed.Wish{w, w}, h.now)
			h.ok(err)
			h.same("known again", as[1].Added, false)
			id := as[0].Subscription.ID
			a := h.news("one")
			a.Entry.GUID, a.Entry.Title = "\xff\xfe latin \xe9", long
			h.publish(id, a)
			e, _, err := h.Entry(h.ctx, a.Entry.ID)
			h.ok(err)
			h.same("guid", e.GUID, a.Entry.GUID)
			h.same("folders", h.counts().Folders, map[string]int{w.Folder: 1})
		}},
	}
}

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

func keeping() []test {
	return []test{
		{"settings are kept, listed by prefix, and deleted by nil", func(h *house) {
			for _, k := range []string{"a/1", "a/2", "b"} {
				h.ok(h.SetSetting(h.ctx, k, []byte("value of "+k)))
			}
			h.reopen()
			v, err := h.Setting(h.ctx, "a/1")
			h.ok(err)
			h.same("value", string(v), "value of a/1")
			h.ok(h.SetSetting(h.ctx, "a/1", nil))
			m, err := h.Settings(h.ctx, "a/")
			h.ok(err)
			h.same("settings", m, map[string][]byte{"a/2": []byte("value of a/2")})
			v, err = h.Setting(h.ctx, "a/1")
			h.ok(err)
			if v != nil {
				h.Errorf("deleted setting: %q, want nil", v)
			}
		}},
		{"the version moves with what readers see, and with nothing else", func(h *house) {
			id := h.follow("alpha")[0]
			moved := func(what string, want bool, fn func()) {
				h.Helper()
				before := h.Version()
				fn()
				if got := h.Version() != before; got != want {
					h.Errorf("%s: version moved: %v, want %v", what, got, want)
				}
			}
			var one, two feed.Arrival
			moved("unchanged poll", false, func() { h.claim(); h.publish(id) })
			moved("arrival", true, func() { one = h.news("one"); h.publish(id, one) })
			moved("join", true, func() { two = h.copyOf(one.Entry.Story, "two"); h.publish(id, two) })
			moved("mark", false, func() { h.read(one.Entry.Story) })
			moved("revision", true, func() { one.New = false; h.publish(id, one) })
			moved("title", true, func() { t := "New"; _, _ = h.ChangeSubscription(h.ctx, id, feed.Change{Title: &t}, "", "") })
			moved("site", true, func() {
				hv := h.harvest(id)
				hv.State.SiteURL = "https://alpha.example/"
				h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
			})
			moved("pause", false, func() { p := true; _, _ = h.ChangeSubscription(h.ctx, id, feed.Change{Paused: &p}, "", "") })
			before := h.Version()
			h.reopen()
			h.same("after a restart", h.Version(), before)
			moved("removal", true, func() { h.remove(id) })
		}},
		{"a change wakes those who wait, and a claim doesn't", func(h *house) {
			id := h.follow("alpha")[0]
			woken := func(what string, want bool, fn func()) {
				h.Helper()
				ch := h.Changed()
				fn()
				select {
				case <-ch:
					if !want {
						h.Errorf("%s woke", what)
					}
				default:
					if want {
						h.Errorf("%s didn't wake", what)
					}
				}
			}
			var ss []uint64
			woken("claim", false, func() { h.claim() })
			woken("arrival", true, func() { ss = h.publish(id, h.news("one")) })
			woken("mark", true, func() { h.read(ss...) })
			woken("the same mark", false, func() { h.read(ss...) })
			woken("subscription", true, func() { h.follow("beta") })
			woken("setting", true, func() { h.ok(h.SetSetting(h.ctx, "k", []byte("v"))) })
			woken("removal", true, func() { h.remove(id) })
		}},
		{"numbers are never given twice, not even after the newest is gone and a restart", func(h *house) {
			id := h.follow("alpha")[0]
			one := h.news("one")
			h.publish(id, one)
			h.remove(id)
			h.reopen()
			if n := h.NextEntry(); n <= one.Entry.ID {
				h.Errorf("entry %d after %d", n, one.Entry.ID)
			}
			if n := h.NextStory(); n <= one.Entry.Story {
				h.Errorf("story %d after %d", n, one.Entry.Story)
			}
			h.same("feed", h.follow("beta"), []uint64{id + 1})
		}},
		{"an ended context stops everything", func(h *house) {
			h.follow("alpha")
			ctx, cancel := context.WithCancel(h.ctx)
			cancel()
			_, err1 := h.Stories(ctx, feed.Query{})
			_, err2 := h.Claim(ctx, feed.ClaimQuery{Now: h.now, Max: 1, Lease: time.Hour})
			err3 := h.Commit(ctx, []feed.Harvest{h.harvest(1, h.news("one"))})
			_, err4 := h.Subscribe(ctx, []feed.Wish{wish("beta")}, h.now)
			for i, err := range []error{err1, err2, err3, err4} {
				if !errors.Is(err, context.Canceled) {
					h.Errorf("call %d: %v, want Canceled", i+1, err)
				}
			}
			h.same("entries", h.stats().Entries, 0)
			h.same("feeds", h.stats().Feeds, 1)
		}},
		{"readers and the writer don't disturb each other", func(h *house) {
			id := h.follow("alpha")[0]
			done := make(chan error)
			ctx, cancel := context.WithCancel(h.ctx)
			for range 2 {
				go func() {
					for ctx.Err() == nil {
						p, err := h.Stories(h.ctx, feed.Query{Folder: ""})
						for _, s := range p.Stories {
							if err == nil && s.Entry.Title == "" {
								err = errors.New("a story without its lead")
							}
						}
						if _, e := h.Counts(h.ctx); e != nil || err != nil {
							done <- errors.Join(e, err)
							return
						}
					}
					done <- nil
				}()
			}
			for i := range 30 {
				h.tell(id, spell(i))
			}
			cancel()
			h.ok(<-done)
			h.ok(<-done)
			h.same("entries", h.stats().Entries, 30)
		}},
	}
}
