package storetest

import (
	"context"
	"errors"
	"time"

	"tidings/internal/feed"
)

// keeping is about settings, numbers, and the end of a context.
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
	}
}

// versions is about what moves the version.
func versions() []test {
	return []test{
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
			moved("trouble", false, func() {
				hv := h.harvest(id)
				hv.State.SiteURL, hv.State.Failures = "https://alpha.example/", 1
				h.ok(h.Commit(h.ctx, []feed.Harvest{hv}))
			})
			moved("setting", false, func() { h.ok(h.SetSetting(h.ctx, "k", []byte("v"))) })
			before := h.Version()
			h.reopen()
			h.same("after a restart", h.Version(), before)
			moved("removal", true, func() { h.remove(id) })
		}},
	}
}

// waking is about what wakes those who wait.
func waking() []test {
	return []test{
		{"what a page shows wakes those who wait", func(h *house) {
			id, one := h.follow("alpha")[0], h.news("one")
			h.wakes(true, "arrival", func() { h.publish(id, one) })
			h.wakes(true, "join", func() { h.publish(id, h.copyOf(one.Entry.Story, "two")) })
			one.New = false
			h.wakes(true, "revision", func() { h.publish(id, one) })
			h.wakes(true, "mark", func() { h.read(one.Entry.Story) })
			h.wakes(true, "taking a mark back", func() { h.unread(one.Entry.Story) })
			h.wakes(true, "marking all", func() { _, _ = h.MarkAll(h.ctx, feed.Query{}, feed.Cursor{}, h.now) })
			h.wakes(true, "subscription", func() { h.follow("beta") })
			yes, text, url := true, "New", "https://new.example/feed"
			for what, c := range map[string]feed.Change{"title": {Title: &text}, "folder": {Folder: &text}, "pause": {Paused: &yes}, "address": {URL: &url}} {
				h.wakes(true, what, func() { h.change(id, c) })
				h.wakes(false, "the same "+what, func() { h.change(id, c) })
			}
			h.pass(48 * time.Hour)
			h.wakes(true, "expiry", func() { h.expireAll(feed.Retention{Read: time.Hour}) })
			h.wakes(true, "removal", func() { h.remove(id) })
		}},
		{"a feed's trouble and title wake when they change", func(h *house) {
			w := wish("alpha")
			w.Title = ""
			_, err := h.Subscribe(h.ctx, []feed.Wish{w}, h.now)
			h.ok(err)
			hv := h.harvest(1)
			poll := func() { h.ok(h.Commit(h.ctx, []feed.Harvest{hv})) }
			poll()
			for _, c := range []struct {
				what   string
				change func(*feed.State)
			}{
				{"failure", func(st *feed.State) { st.Failures, st.Failure = 1, feed.FailureTemporary }},
				{"another failure", func(st *feed.State) { st.Failures, st.Failure = 2, feed.FailureMissing }},
				{"gone", func(st *feed.State) { st.Failures, st.Gone = 3, true }},
				{"recovery", func(st *feed.State) { st.Failures, st.Failure, st.Gone = 0, "", false }},
				{"title", func(st *feed.State) { st.Title = "The Alpha" }},
				{"icon", func(st *feed.State) { st.Icon = "https://alpha.example/icon.png" }},
			} {
				c.change(&hv.State)
				h.wakes(true, c.what, poll)
				hv.State.Failures *= 2
				h.wakes(false, "again "+c.what, poll)
			}
		}},
	}
}

// silence is about what wakes nobody.
func silence() []test {
	return []test{
		{"what no page shows wakes nobody", func(h *house) {
			id, one := h.follow("alpha")[0], h.news("one")
			h.read(h.publish(id, one)...)
			h.wakes(false, "the same mark", func() { h.read(one.Entry.Story) })
			h.wakes(false, "a poll", func() { h.publish(id) })
			served := h.harvest(id)
			served.Served = []feed.Served{{Keys: one.Keys, Known: feed.Known{Entry: one.Entry.ID, Hash: one.Hash, Served: 30000}}}
			h.wakes(false, "service", func() { h.ok(h.Commit(h.ctx, []feed.Harvest{served})) })
			h.wakes(false, "hastening", func() { _, _ = h.Hasten(h.ctx, nil, h.now) })
			h.wakes(false, "claim", func() { h.same("claims", h.claim(), []uint64{id}) })
			h.wakes(false, "release", func() { h.ok(h.Release(h.ctx)) })
			h.wakes(false, "setting", func() { h.ok(h.SetSetting(h.ctx, "k", []byte("v"))) })
			h.wakes(false, "the same subscription", func() { h.follow("alpha") })
			h.wakes(false, "expiry of nothing", func() { h.expireAll(feed.DefaultRetention) })
		}},
	}
}

// wakes demands that fn wakes those who wait, or that it doesn't.
func (h *house) wakes(want bool, what string, fn func()) {
	h.Helper()
	ch, got := h.Changed(), false
	fn()
	select {
	case <-ch:
		got = true
	default:
	}
	if got != want {
		h.Errorf("%s: woke %v, want %v", what, got, want)
	}
}

// sharing is about readers beside the writer.
func sharing() []test {
	return []test{
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
