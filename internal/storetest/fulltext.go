package storetest

import (
	"errors"
	"time"

	"tidings/internal/feed"
)

// texting is about the texts of entries' pages.
func texting() []test {
	return []test{
		{"a full text is kept as it was put, and apart from the feed's own", func(h *house) {
			id := h.follow("alpha")[0]
			a := h.news("one")
			h.publish(id, a)
			want := feed.FullText{
				Entry: a.Entry.ID, URL: "https://alpha.example/one", Fetched: h.now, Revised: h.now.Add(-time.Hour), Title: "One", Text: "<p>All of it</p>",
				Words: 3, Part: true, ETag: `"1"`, LastModified: "yesterday", Failure: feed.TextBusy, Status: 503, Error: "later", Tries: 2, Again: h.now.Add(time.Hour),
			}
			h.ok(h.PutFullText(h.ctx, want))
			h.reopen()
			got, err := h.FullText(h.ctx, a.Entry.ID)
			h.ok(err)
			h.same("full text", got, want)
			_, b, err := h.Entry(h.ctx, a.Entry.ID)
			h.ok(err)
			h.same("body", b, a.Body)
		}},
		{"what was never asked for, and what is of no entry, is not found", func(h *house) {
			a := h.news("one")
			h.publish(h.follow("alpha")[0], a)
			if _, err := h.FullText(h.ctx, a.Entry.ID); !errors.Is(err, feed.ErrNotFound) {
				h.Errorf("full text: %v, want ErrNotFound", err)
			}
			if err := h.PutFullText(h.ctx, feed.FullText{Entry: a.Entry.ID + 1, Text: "x"}); !errors.Is(err, feed.ErrNotFound) {
				h.Errorf("put: %v, want ErrNotFound", err)
			}
		}},
		{"a full text goes with its entry, and changes neither marks nor places", func(h *house) {
			id := h.follow("alpha")[0]
			a := h.news("one")
			h.publish(id, a)
			yes := true
			_, err := h.Mark(h.ctx, []uint64{a.Entry.Story}, feed.MarkChange{Read: &yes}, h.now)
			h.ok(err)
			before, err := h.Story(h.ctx, a.Entry.Story)
			h.ok(err)
			h.ok(h.PutFullText(h.ctx, feed.FullText{Entry: a.Entry.ID, Text: "<p>x</p>", Fetched: h.now}))
			after, err := h.Story(h.ctx, a.Entry.Story)
			h.ok(err)
			h.same("story", after, before)
			h.remove(id)
			if _, err := h.FullText(h.ctx, a.Entry.ID); !errors.Is(err, feed.ErrNotFound) {
				h.Errorf("full text of a removed entry: %v, want ErrNotFound", err)
			}
		}},
	}
}

// wanting is about feeds whose texts are fetched by themselves.
func wanting() []test {
	return []test{
		{"only feeds that want it lack full texts, of their newest entries, until these were had or failed for good", func(h *house) {
			ids := h.follow("alpha", "beta")
			h.publish(ids[1], h.news("not wanted"))
			var as []feed.Arrival
			for i := range feed.NewestTexts + 5 {
				as = append(as, h.news("n"+time.Duration(i).String()))
			}
			h.publish(ids[0], as...)
			wanted := func() (n []uint64, next time.Time) {
				h.Helper()
				es, next, err := h.WantTexts(h.ctx, h.now, 100)
				h.ok(err)
				for _, e := range es {
					n = append(n, e.ID)
				}
				return n, next
			}
			got, _ := wanted()
			h.same("wanted of no feed", got, nil)
			yes := true
			_, err := h.ChangeSubscription(h.ctx, ids[0], feed.Change{FullText: &yes}, "", "")
			h.ok(err)
			h.reopen()
			if got, _ = wanted(); len(got) != feed.NewestTexts || got[0] != as[len(as)-1].Entry.ID {
				h.Fatalf("wanted %v: want the %d newest, the newest first", got, feed.NewestTexts)
			}
			again := h.now.Add(time.Hour)
			h.ok(h.PutFullText(h.ctx, feed.FullText{Entry: got[0], Text: "<p>x</p>", Fetched: h.now}))
			h.ok(h.PutFullText(h.ctx, feed.FullText{Entry: got[1], Failure: feed.TextMissing, Fetched: h.now}))
			h.ok(h.PutFullText(h.ctx, feed.FullText{Entry: got[2], Failure: feed.TextFailed, Fetched: h.now, Again: again}))
			rest, next := wanted()
			h.same("wanted then", rest, got[3:])
			h.same("next", next, again)
			h.pass(time.Hour)
			if rest, _ = wanted(); len(rest) != len(got)-2 || rest[0] != got[2] {
				h.Errorf("wanted an hour later %v: want %d, too", rest, got[2])
			}
			revision := as[len(as)-1]
			revision.New, revision.Material, revision.Entry.Revised = false, true, h.now
			h.publish(ids[0], revision)
			if rest, _ = wanted(); len(rest) == 0 || rest[0] != got[0] {
				h.Errorf("wanted after a revision %v: want %d, too", rest, got[0])
			}
		}},
	}
}

// giving is about who gets full texts.
func giving() []test {
	return []test{
		{"documents have the full texts of feeds that want them always, and of no others", func(h *house) {
			id := h.follow("alpha")[0]
			a := h.news("one")
			h.publish(id, a)
			h.ok(h.PutFullText(h.ctx, feed.FullText{Entry: a.Entry.ID, Text: "<p>all</p>", Fetched: h.now}))
			full := func(bodies bool) feed.HTML {
				p, err := h.Stories(h.ctx, feed.Query{Bodies: bodies})
				h.ok(err)
				if p.Stories[0].Body == nil {
					return "no body"
				}
				return p.Stories[0].Body.Full
			}
			h.same("asked for once", full(true), feed.HTML(""))
			yes, version := true, h.RiverVersion(feed.Query{})
			_, err := h.ChangeSubscription(h.ctx, id, feed.Change{FullText: &yes}, "", "")
			h.ok(err)
			h.same("always", full(true), feed.HTML("<p>all</p>"))
			h.same("in a list", full(false), feed.HTML("no body"))
			if h.RiverVersion(feed.Query{}) == version {
				h.Error("the version didn't move")
			}
			version = h.RiverVersion(feed.Query{})
			h.ok(h.PutFullText(h.ctx, feed.FullText{Entry: a.Entry.ID, Text: "<p>all of it</p>", Fetched: h.now}))
			if h.RiverVersion(feed.Query{}) == version {
				h.Error("the version didn't move with a new text")
			}
		}},
	}
}
