package server

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

// foundBy lists what the palette offers for a question.
func foundBy(t *testing.T, w *world, question string) (names []string) {
	t.Helper()
	a := w.get(t, "/palette?q="+url.QueryEscape(question)).status(200)
	for _, n := range a.page().find("#found .name") {
		names = append(names, n.text())
	}
	return names
}

func TestPaletteFinds(t *testing.T) {
	w := newWorld(t, 10, nil)
	if _, err := w.store.ChangeSubscription(t.Context(), 6, feed.Change{Tags: &[]string{"café"}}, "", ""); err != nil {
		t.Fatal(err)
	}
	for question, want := range map[string][]string{
		"courier":             {"The Harbour Courier"},
		"harbour":             {"The Harbour Courier", "Harbour reopens after storm"}, // places before stories
		"world":               {"World", "World/Middle East"},
		"MIDDLE":              {"World/Middle East"},
		"cafe":                {"#café"},
		"outlet 2":            nil,
		"help":                {"Keys"},
		"subscribe":           {"Add a feed"},
		"layout mag":          {"Layout: Magazine"},
		"白宫":                  {"新首相首次访问白宫，关税阴影笼罩两国贸易关系"},
		"visit minister":      {"Prime minister makes first visit to White House as tariffs loom"}, // in any order
		"donaudampf":          {oddTitles[1].title},
		"الوزراء":             {"رئيس الوزراء الجديد يصل إلى واشنطن لإجراء محادثات تجارية"},
		"<em>":                {"Quantum sensor sees gravity <em>through</em> rock & soil"},
		"no such thing at al": nil,
	} {
		if got := foundBy(t, w, question); !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", question, got, want)
		}
	}
	if got := foundBy(t, w, ""); len(got) != mostOffers || got[0] != "Unread" {
		t.Errorf("without a question: %q", got)
	}
	if got := textOf(w.get(t, "/palette?q=nothing-like-this").page(), "#searched"); !strings.HasPrefix(got, "Nothing has that name.") || !strings.Contains(got, "newest 20 000 stories") {
		t.Errorf("it says %q", got)
	}
}

// What came since is found, what is gone or joined another story isn't, and no more
// titles are kept than that.
func TestPaletteKeepsUp(t *testing.T) {
	w := newWorld(t, 3, nil)
	if got := foundBy(t, w, "harbour reopens"); len(got) != 0 {
		t.Fatalf("found %q before it came", got)
	}
	late := invented(8, time.Now())
	late.ID = 2000
	w.store.tell(t, late)
	if got := foundBy(t, w, "harbour reopens"); len(got) != 1 {
		t.Errorf("found %q", got)
	}
	if _, err := w.store.JoinStories(t.Context(), 1000, 2000, time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := foundBy(t, w, "harbour reopens"); len(got) != 0 {
		t.Errorf("found %q, which another story took in", got)
	}
	x := headlines{read: time.Now()}
	for range mostTitles {
		x.list = append(x.list, sought{story: 1})
	}
	list, err := x.update(t.Context(), w.store)
	if err != nil || len(list) != mostTitles || list[0].story != 1000 || list[2].story != 998 || list[3].story != 1 {
		t.Errorf("%d titles, %v, %v", len(list), list[:5], err)
	}
	x.read = time.Now().Add(-2 * titlesFor)
	if list, err := x.update(t.Context(), w.store); err != nil || len(list) != 3 {
		t.Errorf("%d titles, %v; they are old, and are read anew", len(list), err)
	}
}

// What comes back with a feed is older than what was read already.
func TestPaletteFindsWhatComesBack(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.store.tell(t, told(31, 3, "A quarry reopens", "x", time.Now()), told(30, 2, "A harbour reopens", "x", time.Now()))
	if err := w.poller.Remove(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if got := foundBy(t, w, "reopens"); !slices.Equal(got, []string{"A quarry reopens"}) {
		t.Fatalf("found %q", got)
	}
	w.post(t, "/unsubscribed/2/undo", url.Values{}).status(303)
	if got := foundBy(t, w, "reopens"); !slices.Equal(got, []string{"A quarry reopens", "A harbour reopens"}) {
		t.Errorf("found %q, want both", got)
	}
}

// The actions of the palette do what they say, and mark nothing that came later.
func TestPaletteActs(t *testing.T) {
	w := newWorld(t, 12, nil)
	press := func(question string) {
		t.Helper()
		a := w.get(t, "/palette?back=/?feed=2&q="+url.QueryEscape(question))
		form := a.one(a.page(), "#found form")
		v := url.Values{}
		for _, n := range append(form.find("input"), form.find("button")...) {
			if n.attr("name") != "" {
				v.Set(n.attr("name"), n.attr("value"))
			}
		}
		late := invented(0, time.Now())
		late.ID = 2000
		w.store.tell(t, late)
		w.post(t, form.attr("action"), v).status(303)
	}
	press("mark all")
	if n := w.unread(t); n != 1 {
		t.Errorf("%d unread, want the one that came later", n)
	}
	press("magazine")
	if got := w.get(t, "/?view=all").page().find("#river")[0].attr("class"); got != "magazine" {
		t.Errorf("layout %q", got)
	}
	press("refresh")
	if a := w.get(t, "/palette?back=//evil.example&q=mark+all"); a.one(a.page(), "#found [name=back]").attr("value") != "/" {
		t.Error("it leads to another site")
	}
}

func TestMarkingsOfAScriptAreUndoneTogether(t *testing.T) {
	w := newWorld(t, 6, nil)
	type told struct {
		Text, Undo, Name string
		Stories          []string
		Counts           map[string]int
	}
	ask := func(path string, v url.Values) (m told) {
		t.Helper()
		if err := json.Unmarshal(w.post(t, path, v, "Accept", "application/json").status(200).Body.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	one := ask("/mark-all", url.Values{"listed": {"1000,999"}})
	if one.Text != "2 stories marked read." || one.Name != "read" || fmt.Sprint(one.Stories) != "[1000 999]" || one.Counts["unread"] != 4 {
		t.Errorf("%+v", one)
	}
	two := ask("/mark-all", url.Values{"listed": {"998,999"}, "with": {one.Undo}})
	if two.Text != "3 stories marked read." || fmt.Sprint(two.Stories) != "[998]" {
		t.Errorf("%+v", two)
	}
	if back := ask("/undo", url.Values{"undo": {two.Undo}}); back.Name != "unread" || len(back.Stories) != 3 || w.unread(t) != 6 {
		t.Errorf("%+v", back)
	}
	if none := ask("/mark-all", url.Values{"listed": {"77"}, "with": {"unknown"}}); none.Undo != "" || len(none.Stories) != 0 {
		t.Errorf("%+v", none)
	}
}

func TestReadOnScrollIsAChoice(t *testing.T) {
	w := newWorld(t, 3, nil)
	has := func() bool { return w.get(t, "/").page().find("#river")[0].has("data-passing") }
	if has() {
		t.Error("it is on from the beginning")
	}
	for _, turn := range []string{"on", "off"} {
		b := w.get(t, "/").page().find(".look [name=passing]")[0]
		if b.attr("value") != turn {
			t.Errorf("the button says %q", b.attr("value"))
		}
		w.post(t, "/layout", url.Values{"passing": {turn}, "back": {"/?view=all"}}).status(303).location("/?view=all")
		if has() != (turn == "on") {
			t.Errorf("after %s it is %v", turn, has())
		}
	}
	w.post(t, "/layout", url.Values{"passing": {"x"}}).status(400)
}

// A page further down takes for news what came since, and not what stands above it.
func TestNewsOfAPageFurtherDown(t *testing.T) {
	for _, order := range []string{"", "?order=oldest"} {
		w := newWorld(t, 60, nil)
		p := w.get(t, w.get(t, "/"+order).page().find("[rel=next]")[0].attr("href")).page()
		next, _ := listen(t, w, p.find("body")[0].attr("data-events"))
		if m := next(); m.News != "" {
			t.Errorf("%q: %s at once", order, m.News)
		}
		late := invented(0, time.Now().Add(time.Hour))
		late.ID = 2000
		w.store.tell(t, late)
		if m := next(); m.News != "1 new story" {
			t.Errorf("%q: news %q", order, m.News)
		}
		if got := rowIDs(w.get(t, p.find("#news a")[0].attr("href")).page()); len(got) == 0 || got[0] != "2000" {
			t.Errorf("%q: the link to it shows %v", order, got)
		}
	}
}

func TestBigStoriesHavePages(t *testing.T) {
	w := newWorld(t, 0, nil)
	now := time.Now()
	var fulls []feed.Full
	for i := range 60 {
		f := told(uint64(200-i), 1, "story", "x", now.Add(-time.Duration(i)*time.Minute))
		fulls = append(fulls, and(f, uint64(2+i%3), "story", 400, feed.Verdict{Level: feed.LevelSameText}))
	}
	w.store.tell(t, fulls...)
	for i := range uint64(4) {
		u := fmt.Sprintf("https://site%d.example/feed", i)
		if _, err := w.store.ChangeSubscription(t.Context(), i+1, feed.Change{URL: &u}, u, fmt.Sprintf("site%d.example", i)); err != nil {
			t.Fatal(err)
		}
	}
	p := w.get(t, "/?view=all&order=sources").page()
	first := rowIDs(p)
	p = w.get(t, p.find(".pager [rel=next]")[0].attr("href")).page()
	second := rowIDs(p)
	if len(first) != 50 || len(second) != 10 || second[0] != "150" || len(p.find(".pager [rel=next]")) != 0 {
		t.Errorf("pages of %d and %d stories", len(first), len(second))
	}
	if back := rowIDs(w.get(t, p.find(".pager [rel=prev]")[0].attr("href")).page()); !slices.Equal(back, first) {
		t.Errorf("back is %v", back)
	}
	if got := w.get(t, "/story/151?view=all&order=sources").page().find("[rel=next]")[0].attr("href"); got != "/story/150?order=sources&view=all" {
		t.Errorf("after 151 comes %s", got)
	}
	w.get(t, "/?order=sources&before=5-5&told=x").status(400)
}
