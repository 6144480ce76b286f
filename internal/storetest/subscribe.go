package storetest

import (
	"errors"

	"tidings/internal/feed"
)

// subscribing is about how feeds are added and found.
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
		{"a subscription is found by its canonical address", func(h *house) {
			h.follow("alpha")
			s, err := h.FindSubscription(h.ctx, "alpha.example/feed.xml")
			h.ok(err)
			h.same("number", s.ID, uint64(1))
			if _, err := h.FindSubscription(h.ctx, "beta.example/feed.xml"); !errors.Is(err, feed.ErrNotFound) {
				h.Errorf("find what isn't there: %v, want ErrNotFound", err)
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

// changingAll is about changes of several feeds.
func changingAll() []test {
	return []test{
		{"several feeds are changed at once and back again, with their folders' counts", func(h *house) {
			ids := h.follow("News|alpha", "News|beta", "gamma")
			h.tell(ids[0], "a1", "a2")
			h.tell(ids[1], "b1")
			to, yes, keep := "World/Asia", true, feed.Keep{Days: 3}
			var cs, back []feed.FeedChange
			for _, id := range append(ids, 999) {
				cs = append(cs, feed.FeedChange{Feed: id, Change: feed.Change{Folder: &to, Paused: &yes, Keep: &keep, FullText: &yes}})
			}
			version := h.Version()
			was, err := h.ChangeSubscriptions(h.ctx, cs)
			h.ok(err)
			h.same("as they were", len(was), 3)
			h.same("folders", h.counts().Folders, map[string]int{"World": 3, "World/Asia": 3})
			if h.Version() == version {
				h.Error("the version stayed")
			}
			s := h.following(ids[2]).Subscription
			h.same("changed", []any{s.Folder, s.Paused, s.Keep, s.FullText}, []any{to, true, keep, true})
			for i, w := range was {
				back = append(back, feed.FeedChange{Feed: w.ID, Change: cs[i].Change.Reverse(w)})
			}
			_, err = h.ChangeSubscriptions(h.ctx, back)
			h.ok(err)
			h.reopen()
			h.same("folders", h.counts().Folders, map[string]int{"News": 3})
			for i, w := range was {
				h.same("as before", h.following(ids[i]).Subscription, w)
			}
		}},
	}
}

// listing is about the lists of feeds.
func listing() []test {
	return []test{
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
		{"a feed list tells entries, unread stories and the newest", func(h *house) {
			id := h.follow("alpha")[0]
			ss := h.tell(id, "one", "two", "three")
			h.read(ss[0])
			f := h.following(id)
			h.same("entries", f.Entries, 3)
			h.same("unread", f.Unread, 2)
			h.same("newest", f.Newest, h.now)
		}},
	}
}

// outletting is about the short list of feeds.
func outletting() []test {
	return []test{
		{"outlets are the subscriptions in short, and follow every change", func(h *house) {
			ids := h.follow("World|zeta", "World|Beta", "alpha", "News|gamma")
			names := func() (ns []string) {
				for _, o := range h.outlets() {
					ns = append(ns, o.Title)
				}
				return ns
			}
			h.same("names", names(), []string{"alpha", "gamma", "Beta", "zeta"})
			title, folder, url := "Omega", "", "https://new.example/feed"
			h.change(ids[1], feed.Change{Title: &title, Folder: &folder, URL: &url})
			h.same("names", names(), []string{"alpha", "Omega", "gamma", "zeta"})
			hv := h.harvest(ids[0])
			hv.State.SiteURL, hv.State.Icon = "https://zeta.example/", "https://zeta.example/icon.png"
			h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
			h.same("icon", h.outlets()[3].Icon, hv.State.Icon)
			h.star(h.publish(ids[0], h.news("one"))...)
			h.remove(ids[0])
			h.remove(ids[3])
			h.same("names", names(), []string{"alpha", "Omega"})
			h.follow("News|zeta")
			h.same("names", names(), []string{"alpha", "Omega", "zeta"})
			h.reopen()
			h.same("names", names(), []string{"alpha", "Omega", "zeta"})
		}},
		{"outlets tell trouble and pauses", func(h *house) {
			id, yes, no := h.follow("alpha")[0], true, false
			is := func(trouble, paused bool) {
				h.Helper()
				o := h.outlets()[0]
				h.same("trouble and pause", []bool{o.Trouble, o.Paused}, []bool{trouble, paused})
			}
			poll := func(failures int, gone bool) {
				h.Helper()
				hv := h.harvest(id)
				hv.State.Failures, hv.State.Gone = failures, gone
				h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
			}
			is(false, false)
			poll(1, false)
			is(true, false)
			poll(0, true)
			h.change(id, feed.Change{Paused: &yes})
			h.reopen()
			is(true, true)
			poll(0, false)
			is(false, true)
			h.change(id, feed.Change{Paused: &no})
			is(false, false)
			poll(2, false)
			url := "https://new.example/feed"
			h.change(id, feed.Change{URL: &url})
			is(false, false)
		}},
	}
}

// changing is about changes of what the reader chose.
func changing() []test {
	return []test{
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
	}
}
