package storetest

import "tidings/internal/feed"

// tagging is about the tags of subscriptions.
func tagging() []test {
	return []test{
		{"tags are kept in one form and order, each once", func(h *house) {
			w := wish("alpha")
			w.Tags = []string{" to  read", "go", "/go", "", "a,b", "go"}
			as, err := h.Subscribe(h.ctx, []feed.Wish{w}, h.now)
			h.ok(err)
			want := []string{"a b", "go", "to read"}
			h.same("added", as[0].Subscription.Tags, want)
			h.reopen()
			h.same("kept", h.following(as[0].Subscription.ID).Subscription.Tags, want)
			h.same("outlet", h.outlets()[0].Tags, want)
			some := []string{"z", "b"}
			h.same("changed", h.change(as[0].Subscription.ID, feed.Change{Tags: &some}).Tags, []string{"b", "z"})
			h.same("left", h.change(as[0].Subscription.ID, feed.Change{}).Tags, []string{"b", "z"})
			none := []string{}
			h.same("none", h.change(as[0].Subscription.ID, feed.Change{Tags: &none}).Tags, nil)
			h.same("outlet", h.outlets()[0].Tags, nil)
		}},
		{"a tag's river is that of its feeds, each story once", func(h *house) {
			ids := h.follow("News|alpha", "beta", "News|gamma")
			for i, tags := range [][]string{{"go", "daily"}, {"go"}, {"daily"}} {
				h.change(ids[i], feed.Change{Tags: &tags})
			}
			one := h.tell(ids[0], "one")[0]
			two := h.tell(ids[1], "two")[0]
			h.tell(ids[2], "three")
			h.publish(ids[1], h.copyOf(one, "one again"))
			h.same("go", h.titles(feed.Query{Tag: "go"}), []string{"two", "one"})
			h.same("daily", h.titles(feed.Query{Tag: "daily"}), []string{"three", "one"})
			h.same("nothing", h.titles(feed.Query{Tag: "g"}), nil)
			h.same("in folder", h.titles(feed.Query{Tag: "go", Folder: "News"}), []string{"one"})
			h.same("of feed", h.titles(feed.Query{Tag: "go", Feed: ids[0]}), []string{"one"})
			h.same("of another feed", h.titles(feed.Query{Tag: "go", Feed: ids[2]}), nil)
			h.star(two)
			h.same("starred", h.titles(feed.Query{Tag: "go", Starred: true}), []string{"two"})
			h.same("starred of another", h.titles(feed.Query{Tag: "daily", Starred: true}), nil)
			h.same("counts", h.counts().Tags, map[string]int{"go": 2, "daily": 2})
			changed, err := h.MarkAll(h.ctx, feed.Query{Tag: "go"}, feed.Cursor{}, h.now)
			h.ok(err)
			h.same("marked", len(changed), 2)
			h.same("counts after", h.counts().Tags, map[string]int{"daily": 1})
		}},
		{"changed tags take their counts along, and a change of tags is seen by readers", func(h *house) {
			id := h.follow("alpha")[0]
			h.tell(id, "one", "two")
			before := h.Version()
			tags := []string{"go"}
			h.change(id, feed.Change{Tags: &tags})
			h.same("counts", h.counts().Tags, map[string]int{"go": 2})
			if h.Version() == before {
				h.Error("the version stayed")
			}
			h.remove(id)
			h.same("counts without it", h.counts().Tags, map[string]int{})
		}},
	}
}
