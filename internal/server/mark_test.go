package server

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"tidings/internal/feed"
)

func (w *world) mark(t *testing.T, id uint64) feed.Mark {
	t.Helper()
	f, err := w.store.Story(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return feed.Mark{Read: f.Mark.Read, Starred: f.Mark.Starred}
}

func TestMarkForms(t *testing.T) {
	w := newWorld(t, 5, nil)
	for _, tt := range []struct {
		button, back, to string
		want             feed.Mark
	}{
		{"star", "/?view=all", "/?done=…&view=all#s998", feed.Mark{Starred: true}},
		{"read", "/", "/?done=…#s997", feed.Mark{Starred: true, Read: true}}, // it leaves the unread river: stay at the next
		{"unread", "/?view=all", "/?done=…&view=all#s998", feed.Mark{Starred: true}},
		{"open", "/?folder=World", "/story/998?folder=World", feed.Mark{Starred: true, Read: true}},
		{"unstar", "/story/998", "/story/998?done=…#s998", feed.Mark{Read: true}},
		{"unread", "//evil.example", "/?done=…#s998", feed.Mark{}},
	} {
		a := w.post(t, "/mark", url.Values{tt.button: {"998"}, "back": {tt.back}}).status(303)
		a.location(tt.to)
		if got := w.mark(t, 998); got != tt.want {
			t.Errorf("after %s: %+v, want %+v", tt.button, got, tt.want)
		}
	}
	w.post(t, "/mark", url.Values{"read": {"x"}}).status(400)
	w.post(t, "/mark", url.Values{}).status(400)
}

func TestMarkQuietly(t *testing.T) {
	w := newWorld(t, 5, nil)
	a := w.post(t, "/mark", url.Values{"read": {"1000"}}, "Accept", "application/json").status(200)
	var got struct {
		Changed int
		Counts  map[string]int
	}
	if err := json.Unmarshal(a.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Changed != 1 || got.Counts["unread"] != 4 {
		t.Errorf("answer %+v", got)
	}
}

func TestReadStoryButton(t *testing.T) {
	w := newWorld(t, 5, nil)
	w.post(t, "/story/999/read?view=all", url.Values{}).status(303).location("/story/999?view=all")
	if !w.mark(t, 999).Read {
		t.Error("not marked read")
	}
}

func (w *world) unread(t *testing.T) int {
	t.Helper()
	c, err := w.store.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c.Unread
}

func TestMarkAllLeavesWhatWasNotSeenAndCanBeUndone(t *testing.T) {
	w := newWorld(t, 30, nil)
	a := w.get(t, "/")
	p := a.page()
	form := url.Values{}
	for _, n := range p.find("#mark-all input") {
		form.Set(n.attr("name"), n.attr("value"))
	}
	late := invented(0, time.Now().Add(time.Minute))
	late.ID = 2000
	w.store.tell(t, late)
	a = w.post(t, "/mark-all", form).status(303).location("/?done=…")
	if n := w.unread(t); n != 1 {
		t.Fatalf("%d unread left, want the one that came later", n)
	}
	a = w.get(t, a.Header().Get("Location")).status(200)
	p = a.page()
	if got := a.one(p, ".flash p").text(); got != "30 stories marked read." {
		t.Errorf("flash %q", got)
	}
	form = url.Values{}
	for _, n := range p.find(".flash input") {
		form.Set(n.attr("name"), n.attr("value"))
	}
	w.post(t, "/undo", form).status(303).location("/?done=…")
	if n := w.unread(t); n != 31 {
		t.Errorf("%d unread after undo, want 31", n)
	}
	w.post(t, "/undo", form).status(303)
	a = w.post(t, "/undo", url.Values{"undo": {"none"}, "back": {"/"}})
	if got := w.get(t, a.Header().Get("Location")).page().find(".flash p")[0].text(); got != "That is too long ago to be undone." {
		t.Errorf("second undo says %q", got)
	}
}

func TestMarkAbove(t *testing.T) {
	w := newWorld(t, 30, nil)
	p := w.get(t, "/").page()
	rw := p.find("#s991")[0]
	form := url.Values{"above": {rw.find("button[name=above]")[0].attr("value")}, "top": {p.find("#river input[name=top]")[0].attr("value")}, "until": {p.find("#river input[name=until]")[0].attr("value")}, "back": {"/"}}
	late := invented(0, time.Now().Add(time.Minute))
	late.ID = 2000
	w.store.tell(t, late)
	w.post(t, "/mark", form).status(303).location("/?done=…")
	for id := uint64(971); id <= 1000; id++ {
		if got, want := w.mark(t, id).Read, id >= 991; got != want {
			t.Errorf("story %d read: %v, want %v", id, got, want)
		}
	}
	if w.mark(t, 2000).Read {
		t.Error("a story that was never on the page is read")
	}
}

// A story may come late: its place in the river is then below the top of a page
// that was made before it came, and it was still never seen.
func TestMarkingLeavesWhatCameLateBelowTheTop(t *testing.T) {
	for _, form := range []string{"#mark-all", "#river"} {
		w := newWorld(t, 30, nil)
		p := w.get(t, "/").page()
		v := url.Values{}
		for _, n := range p.find(form + " input") {
			v.Set(n.attr("name"), n.attr("value"))
		}
		if form == "#river" {
			v.Set("above", p.find("#river .foot button")[0].attr("value"))
		}
		late := invented(3, time.Now().Add(-time.Minute))
		late.ID = 2000
		w.store.tell(t, late)
		w.post(t, p.find(form)[0].attr("action"), v).status(303).location("/?done=…")
		if w.mark(t, 2000).Read {
			t.Errorf("%s: a story that was never on the page is read", form)
		}
		if n := w.unread(t); n != 1 {
			t.Errorf("%s: %d unread left, want the one that came late", form, n)
		}
		v.Del("until")
		w.post(t, p.find(form)[0].attr("action"), v).status(400)
		if w.mark(t, 2000).Read {
			t.Errorf("%s: a form that doesn't say when its page was made marks all the same", form)
		}
	}
}

func TestUndoIsForgotten(t *testing.T) {
	s := newShelf(time.Hour, 2)
	first := s.put("a")
	second := s.put("b")
	s.put("c")
	if s.get(first) != nil || s.get(second) != "b" {
		t.Error("a full shelf must forget the oldest, and only that")
	}
	s = newShelf(-time.Second, 2)
	if name := s.put("a"); s.get(name) != nil {
		t.Error("what was kept long enough is still there")
	}
}
