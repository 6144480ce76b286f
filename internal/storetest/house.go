package storetest

import (
	"context"
	"crypto/md5"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tidings/internal/feed"
)

// noon is when all stories of these tests begin.
func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// house is a store in a test, with short ways to do and to demand things.
type house struct {
	*testing.T
	Store
	ctx  context.Context
	open Opener
	dir  string
	now  time.Time

	kept map[uint64]feed.Following // what is followed, by SubscriptionsSince
	have uint64
}

func newHouse(t *testing.T, open Opener) *house {
	h := &house{T: t, ctx: t.Context(), open: open, dir: t.TempDir(), now: noon()}
	h.Store = open(t, h.dir)
	t.Cleanup(func() {
		Clean(t, h.Store)
		if err := h.Store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return h
}

// reopen closes the store and opens it again.
func (h *house) reopen() {
	h.Helper()
	h.ok(h.Store.Close())
	h.Store = h.open(h.T, h.dir)
	h.have = 0
}

// sinceThen brings what is kept of the feeds up to date, and demands that it is what is
// followed.
func (h *house) sinceThen(fs []feed.Following) {
	h.Helper()
	r, err := h.SubscriptionsSince(h.ctx, h.have)
	h.ok(err)
	if r.All || h.kept == nil {
		h.kept = map[uint64]feed.Following{}
	}
	for _, f := range r.Feeds {
		h.kept[f.Subscription.ID] = f
	}
	for _, id := range r.Gone {
		delete(h.kept, id)
	}
	want := map[uint64]feed.Following{}
	for _, f := range fs {
		want[f.Subscription.ID] = f
	}
	h.same("what changed since then", h.kept, want)
	h.have = r.At
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// same demands that got is want; nil and empty slices are the same, and a want of
// nil stands for a slice of any type.
func (h *house) same(what string, got, want any) {
	h.Helper()
	if want == nil {
		want = reflect.Zero(reflect.TypeOf(got)).Interface()
	}
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		h.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// pass lets time go by.
func (h *house) pass(d time.Duration) { h.now = h.now.Add(d) }

// follow subscribes to feeds, each "folder|name", and gives their numbers.
func (h *house) follow(wishes ...string) (ids []uint64) {
	h.Helper()
	var ws []feed.Wish
	for _, s := range wishes {
		w := wish(s)
		ws = append(ws, w)
	}
	as, err := h.Subscribe(h.ctx, ws, h.now)
	h.ok(err)
	for _, a := range as {
		ids = append(ids, a.Subscription.ID)
	}
	return ids
}

// wish makes a wish of "folder|name".
func wish(s string) feed.Wish {
	folder, name := "", s
	for i := range s {
		if s[i] == '|' {
			folder, name = s[:i], s[i+1:]
		}
	}
	return feed.Wish{
		URL: "https://" + name + ".example/feed.xml", Canonical: name + ".example/feed.xml", Site: name + ".example",
		Title: name, Folder: folder,
	}
}

// key is an entry's identity made from a text.
func key(s string) feed.Key { return md5.Sum([]byte(s)) }

// news makes an arrival that founds a story.
func (h *house) news(title string) feed.Arrival {
	e := feed.Entry{
		ID: h.NextEntry(), Story: h.NextStory(), GUID: "guid:" + title, URL: "https://news.example/" + title, Title: title,
		Published: h.now.Add(-time.Minute), Seen: h.now, Excerpt: "About " + title, Words: 3,
	}
	return feed.Arrival{
		New: true, Keys: []feed.Key{key(title), key("url:" + title)}, Hash: uint64(len(title)), Entry: e,
		Body:   feed.Body{Content: feed.HTML("<p>" + title + "</p>")},
		Sketch: []byte("sketch of " + title), Time: h.now, URN: feed.StoryURN("https://news.example/", title),
		Verdict: feed.Verdict{Level: feed.LevelNew},
	}
}

// copyOf makes an arrival that joins a story.
func (h *house) copyOf(story uint64, title string) feed.Arrival {
	a := h.news(title)
	a.Entry.Story = story
	a.Verdict = feed.Verdict{Level: feed.LevelSameText, Of: 1, Score: 0.9375, Evidence: "94 % shared text"}
	return a
}

// harvest is a poll that succeeded now, and is to be repeated in an hour.
func (h *house) harvest(id uint64, as ...feed.Arrival) feed.Harvest {
	return feed.Harvest{Feed: id, Arrivals: as, State: feed.State{
		Feed: id, Polled: h.now, Answered: h.now, Document: h.now, Due: h.now.Add(time.Hour), HTTP: 200, ETag: `"1"`,
	}}
}

// publish commits arrivals of one feed, and gives the stories that they tell.
func (h *house) publish(id uint64, as ...feed.Arrival) (stories []uint64) {
	h.Helper()
	h.ok(h.Commit(h.ctx, []feed.Harvest{h.harvest(id, as...)}))
	for _, a := range as {
		stories = append(stories, a.Entry.Story)
	}
	return stories
}

// tell publishes one new story a minute for each title.
func (h *house) tell(id uint64, titles ...string) (stories []uint64) {
	h.Helper()
	for _, t := range titles {
		h.pass(time.Minute)
		stories = append(stories, h.publish(id, h.news(t))...)
	}
	return stories
}

// titles are those of the stories that q chooses.
func (h *house) titles(q feed.Query) (ts []string) {
	h.Helper()
	p, err := h.Stories(h.ctx, q)
	h.ok(err)
	for _, s := range p.Stories {
		ts = append(ts, s.Entry.Title)
	}
	return ts
}

func (h *house) read(stories ...uint64) []uint64   { h.Helper(); return h.mark(true, true, stories) }
func (h *house) unread(stories ...uint64) []uint64 { h.Helper(); return h.mark(true, false, stories) }
func (h *house) star(stories ...uint64) []uint64   { h.Helper(); return h.mark(false, true, stories) }
func (h *house) unstar(stories ...uint64) []uint64 { h.Helper(); return h.mark(false, false, stories) }

func (h *house) mark(read, value bool, stories []uint64) []uint64 {
	h.Helper()
	c := feed.MarkChange{Starred: &value}
	if read {
		c = feed.MarkChange{Read: &value}
	}
	changed, err := h.Mark(h.ctx, stories, c, h.now)
	h.ok(err)
	return changed
}

func (h *house) counts() feed.Counts {
	h.Helper()
	c, err := h.Counts(h.ctx)
	h.ok(err)
	return c
}

func (h *house) stats() feed.Stats {
	h.Helper()
	s, err := h.Stats(h.ctx)
	h.ok(err)
	return s
}

func (h *house) story(id uint64) feed.Full {
	h.Helper()
	f, err := h.Story(h.ctx, id)
	h.ok(err)
	return f
}

func (h *house) following(id uint64) feed.Following {
	h.Helper()
	f, err := h.Subscription(h.ctx, id)
	h.ok(err)
	return f
}

// outlets demands that they are what the subscriptions say, and gives them.
func (h *house) outlets() (want []feed.Outlet) {
	h.Helper()
	fs, err := h.Subscriptions(h.ctx)
	h.ok(err)
	for _, f := range fs {
		want = append(want, feed.Outlet{
			Feed: f.Subscription.ID, Title: f.Name(), URL: f.Subscription.URL, SiteURL: f.State.SiteURL,
			Folder: f.Subscription.Folder, Icon: f.State.Icon,
			Trouble: f.State.Failures > 0 || f.State.Gone, Paused: f.Subscription.Paused, Tags: f.Subscription.Tags,
		})
	}
	got, err := h.Outlets(h.ctx)
	h.ok(err)
	h.same("outlets", got, want)
	return want
}

// change changes a subscription; a new address is its own canonical form.
func (h *house) change(id uint64, c feed.Change) feed.Subscription {
	h.Helper()
	var canonical, site string
	if c.URL != nil {
		canonical, site = *c.URL, *c.URL
	}
	s, err := h.ChangeSubscription(h.ctx, id, c, canonical, site)
	h.ok(err)
	return s
}

// known is all that is remembered of a feed's entries.
func (h *house) known(id uint64) map[feed.Key]feed.Known {
	h.Helper()
	m, err := h.Seen(h.ctx, id)
	h.ok(err)
	return m
}

// claimOne claims one feed, which is due.
func (h *house) claimOne(id uint64) feed.Claim {
	h.Helper()
	cs, err := h.Claim(h.ctx, feed.ClaimQuery{Now: h.now, Lease: 10 * time.Minute, Max: 1, Only: map[uint64]bool{id: true}})
	h.ok(err)
	if len(cs) != 1 {
		h.Fatalf("claim of feed %d: %d claims, want 1", id, len(cs))
	}
	return cs[0]
}

// claim claims all that is due and gives the feeds' numbers.
func (h *house) claim() (ids []uint64) {
	h.Helper()
	return h.claimWith(feed.ClaimQuery{})
}

func (h *house) claimWith(q feed.ClaimQuery) (ids []uint64) {
	h.Helper()
	q.Now, q.Lease = h.now, 10*time.Minute
	if q.Max == 0 {
		q.Max = 100
	}
	cs, err := h.Claim(h.ctx, q)
	h.ok(err)
	for _, c := range cs {
		ids = append(ids, c.Subscription.ID)
	}
	return ids
}

// expireAll expires until nothing more is to be done.
func (h *house) expireAll(r feed.Retention) (removed []uint64) {
	h.Helper()
	for range 1000 {
		ids, more, err := h.Expire(h.ctx, r, h.now, 3)
		h.ok(err)
		removed = append(removed, ids...)
		if !more {
			return removed
		}
	}
	h.Fatal("expire: always more")
	return nil
}

func (h *house) remove(id uint64) []uint64 {
	h.Helper()
	removed, err := h.RemoveSubscription(h.ctx, id, h.now)
	h.ok(err)
	return removed
}

// spell writes numbers as names of entries, for messages.
func spell(n int) string { return fmt.Sprintf("n%03d", n) }
