package storetest

import (
	"fmt"
	"math"
	"slices"
	"time"

	"tidings/internal/feed"
)

// walk gives the stories of all archives of a river from one on, and their ends.
func (h *house) walk(q feed.Query, upTo uint64) (stories []uint64, ends []uint64) {
	h.Helper()
	for upTo != 0 {
		a, err := h.Archive(h.ctx, q, upTo)
		h.ok(err)
		for _, s := range a.Stories {
			stories = append(stories, s.ID)
		}
		if ends = append(ends, upTo); a.Before >= upTo {
			h.Fatalf("the archive before %d ends at %d", upTo, a.Before)
		}
		upTo = a.Before
	}
	return stories, ends
}

// fill publishes stories to two feeds in turn, every third of them with a copy in
// the other feed.
func (h *house) fill(ids []uint64, n int) {
	h.Helper()
	for i := range n {
		s := h.publish(ids[i%2], h.news(fmt.Sprint("story ", h.now.Unix(), " ", i)))[0]
		if i%3 == 0 {
			h.publish(ids[1-i%2], h.copyOf(s, fmt.Sprint("copy ", h.now.Unix(), " ", i)))
		}
		h.pass(time.Minute)
	}
}

// archiving is about walking back through a river.
func archiving() []test {
	return []test{
		{"page and archives together have every story of a river, and none twice in the archives", func(h *house) {
			ids := h.follow("News|alpha", "News/Local|beta", "gamma")
			h.fill(ids[:2], 300)
			h.tell(ids[2], "other")
			for _, q := range []feed.Query{{}, {Feed: ids[0]}, {Folder: "News"}, {Folder: "News/Local"}, {Feed: ids[2]}} {
				all := map[uint64]bool{}
				for cursor := (feed.Cursor{}); ; {
					page, err := h.Stories(h.ctx, feed.Query{Feed: q.Feed, Folder: q.Folder, Before: cursor})
					h.ok(err)
					for _, s := range page.Stories {
						all[s.ID] = true
					}
					if !page.More {
						break
					}
					cursor = page.Stories[len(page.Stories)-1].Cursor()
				}
				q.Limit = 20
				page, err := h.Stories(h.ctx, q)
				h.ok(err)
				end, err := h.NewestArchive(h.ctx, q, page.Stories)
				h.ok(err)
				found, _ := h.walk(q, end)
				got := map[uint64]bool{}
				for _, id := range found {
					if got[id] {
						h.Errorf("%+v: story %d is archived twice", q, id)
					}
					got[id] = true
				}
				for _, s := range page.Stories {
					got[s.ID] = true
				}
				h.same(fmt.Sprintf("stories of %+v", q), got, all)
			}
		}},
	}
}

// standing is about archives that stay as they are.
func standing() []test {
	return []test{
		{"what arrives later changes no archive, however old it is", func(h *house) {
			ids := h.follow("alpha", "beta")
			h.fill(ids, 200)
			_, ends := h.walk(feed.Query{}, math.MaxUint64)
			var before []feed.Volume
			for _, end := range ends[1:] {
				a, err := h.Archive(h.ctx, feed.Query{Bodies: true}, end)
				h.ok(err)
				before = append(before, a)
			}
			if len(before) < 3 {
				h.Fatalf("only %d archives", len(before))
			}
			old := h.news("old")
			old.Time = h.now.Add(-1000 * time.Hour)
			h.publish(h.follow("gamma")[0], old)
			h.fill(ids, 50)
			for i, end := range ends[1:] {
				a, err := h.Archive(h.ctx, feed.Query{Bodies: true}, end)
				h.ok(err)
				h.same("archive", a, before[i])
			}
			found, now := h.walk(feed.Query{}, math.MaxUint64)
			h.same("archived at last", slices.Contains(found, old.Entry.Story), true)
			h.same("the older archives are those that were", now[len(now)-len(ends)+1:], ends[1:])
		}},
		{"a late copy changes what an archive says of a story, and not which stories it has", func(h *house) {
			ids := h.follow("alpha", "beta")
			h.fill(ids, 150)
			found, ends := h.walk(feed.Query{}, math.MaxUint64)
			oldest := found[len(found)-1]
			was, err := h.Archive(h.ctx, feed.Query{}, ends[len(ends)-1])
			h.ok(err)
			h.publish(h.follow("gamma")[0], h.copyOf(oldest, "late"))
			now, err := h.Archive(h.ctx, feed.Query{}, ends[len(ends)-1])
			h.ok(err)
			for i, s := range now.Stories {
				h.same("story", s.URN, was.Stories[i].URN)
				h.same("its place", s.Cursor(), was.Stories[i].Cursor())
				if more := len(s.Others) - len(was.Stories[i].Others); more > 0 != (s.ID == oldest) {
					h.Errorf("story %d has %d more sources", s.ID, more)
				}
			}
			_, again := h.walk(feed.Query{}, math.MaxUint64)
			h.same("ends", again, ends)
		}},
		{"a river that fits its page has no archives", func(h *house) {
			ids := h.follow("alpha", "beta")
			h.fill(ids, 40)
			page, err := h.Stories(h.ctx, feed.Query{})
			h.ok(err)
			end, err := h.NewestArchive(h.ctx, feed.Query{}, page.Stories)
			h.ok(err)
			h.same("archive", end, uint64(0))
		}},
	}
}

// pulsing is about versions of rivers.
func pulsing() []test {
	return []test{
		{"a river's version moves with what can be seen in it, and not with other rivers", func(h *house) {
			ids := h.follow("News|alpha", "beta", "gamma")
			s := h.tell(ids[0], "one")[0]
			versions := func() (v [5]uint64) {
				for i, q := range []feed.Query{{}, {Feed: ids[0]}, {Folder: "News"}, {Feed: ids[1]}, {Starred: true}} {
					v[i] = h.RiverVersion(q)
				}
				return v
			}
			moved := func(what string, want [5]bool, do func()) {
				h.Helper()
				before := versions()
				do()
				got := [5]bool{}
				for i, v := range versions() {
					if got[i] = v != before[i]; v < before[i] {
						h.Errorf("%s: a version went back", what)
					}
				}
				h.same(what, got, want)
			}
			moved("an arrival", [5]bool{true, true, true, false, true}, func() { h.tell(ids[0], "two") })
			moved("an arrival elsewhere", [5]bool{true, false, false, true, true}, func() { h.tell(ids[1], "three") })
			moved("a copy", [5]bool{true, true, true, false, true}, func() { h.publish(ids[2], h.copyOf(s, "four")) })
			moved("a mark", [5]bool{4: true}, func() { h.read(s) })
			moved("nothing", [5]bool{}, func() { h.ok(h.SetSetting(h.ctx, "x", []byte("y"))) })
			moved("a name", [5]bool{true, true, true, true, true}, func() {
				title := "Gamma"
				_, err := h.ChangeSubscription(h.ctx, ids[2], feed.Change{Title: &title}, "", "")
				h.ok(err)
			})
		}},
	}
}
