package server

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tidings/internal/feed"
)

// rowIDs are the stories of a page, in order.
func rowIDs(p *node) (ids []string) {
	for _, li := range p.find("#river li.row") {
		ids = append(ids, strings.TrimPrefix(li.attr("id"), "s"))
	}
	return ids
}

func TestTodayIsWhatCameSinceMidnight(t *testing.T) {
	w := newWorld(t, 0, nil)
	now := time.Now()
	w.store.tell(t, told(3, 1, "now", "x", midnight(now)), told(2, 1, "late last night", "x", midnight(now).Add(-time.Second)))
	yes := true
	if _, err := w.store.Mark(t.Context(), []uint64{3}, feed.MarkChange{Read: &yes}, now); err != nil {
		t.Fatal(err)
	}
	a := w.get(t, "/?view=today").status(200)
	checkPage(a)
	if got := rowIDs(a.page()); !slices.Equal(got, []string{"3"}) {
		t.Errorf("today are %v", got)
	}
	w.post(t, "/mark-all", url.Values{"view": {"today"}, "until": {"9"}}).status(303)
	if w.mark(t, 2).Read {
		t.Error("marking today read marks yesterday")
	}
}

func TestOldestFirst(t *testing.T) {
	w := newWorld(t, 120, nil)
	newest := rowIDs(w.get(t, "/").page())
	var all []string
	for path, n := "/?order=oldest", 0; path != "" && n < 9; n++ {
		a := w.get(t, path).status(200)
		checkPage(a)
		p := a.page()
		all = append(all, rowIDs(p)...)
		path = ""
		for _, l := range p.find(".pager [rel=next]") {
			path = l.attr("href")
		}
	}
	if len(all) != 120 || all[0] != "881" || all[119] != newest[0] || all[60] != "941" {
		t.Errorf("%d stories: %v", len(all), all)
	}
	p := w.get(t, "/?order=oldest").page()
	if len(p.find(".pager [rel=prev]")) != 0 || p.find(".pager [rel=next]")[0].text() != "Newer" {
		t.Error("the first page goes back, or the next isn't newer")
	}
	next := w.get(t, p.find(".pager [rel=next]")[0].attr("href")).page()
	back := w.get(t, next.find(".pager [rel=prev]")[0].attr("href")).page()
	if !slices.Equal(rowIDs(back), rowIDs(p)) {
		t.Errorf("back is %v, want %v", rowIDs(back), rowIDs(p))
	}
	story := w.get(t, "/story/890?order=oldest").page()
	if got := story.find("[rel=next]")[0].attr("href"); got != "/story/891?order=oldest" {
		t.Errorf("after 890 comes %s", got)
	}
}

func TestBigStories(t *testing.T) {
	w := newWorld(t, 0, nil)
	now := time.Now()
	story := func(id uint64, age time.Duration, sources ...uint64) feed.Full {
		f := told(id, sources[0], "story", "x", now.Add(-age))
		for _, s := range sources[1:] {
			f = and(f, s, "story", 400, feed.Verdict{Level: feed.LevelSameText})
		}
		return f
	}
	w.store.tell(t, story(14, time.Hour, 1), story(13, 2*time.Hour, 1, 2), story(12, 3*time.Hour, 1, 2, 3), story(11, 50*time.Hour, 1, 2, 3, 4))
	move := func(site func(i int) string) {
		for i := range 4 {
			u := "https://outlet." + site(i) + "/feed" + number(uint64(i))
			if _, err := w.store.ChangeSubscription(t.Context(), uint64(i+1), feed.Change{URL: &u}, u, site(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	move(func(int) string { return "one.example" })
	for _, path := range []string{"/?view=all&order=sources", "/?view=all&order=sources&span=week"} {
		if got := rowIDs(w.get(t, path).status(200).page()); len(got) != 0 {
			t.Errorf("%s: %v; all feeds are of one site, so no source is independent", path, got)
		}
	}
	move(func(i int) string { return "site" + string(rune('a'+i)) + ".example" })
	for path, want := range map[string][]string{"/?view=all&order=sources": {"12", "13"}, "/?view=all&order=sources&span=week": {"11", "12", "13"}} {
		a := w.get(t, path).status(200)
		checkPage(a)
		p := a.page()
		if got := rowIDs(p); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	p := w.get(t, "/?view=all&order=sources").page()
	form := url.Values{}
	for _, n := range p.find("#mark-all input") {
		form.Set(n.attr("name"), n.attr("value"))
	}
	w.post(t, "/mark-all", form).status(303)
	if n := w.unread(t); n != 2 {
		t.Errorf("%d unread, want those that weren't listed", n)
	}
	unread := changes()["unread"]
	if _, err := w.store.Mark(t.Context(), []uint64{12, 13}, unread, now); err != nil {
		t.Fatal(err)
	}
	week := w.get(t, "/?view=all&order=sources&span=week").page()
	around := url.Values{"listed": {week.find("#river [name=listed]")[0].attr("value")}, "above": {week.find("#s12 [name=above]")[0].attr("value")}}
	w.post(t, "/mark", around).status(303)
	if !w.mark(t, 11).Read || !w.mark(t, 12).Read || w.mark(t, 13).Read || w.mark(t, 14).Read {
		t.Error("above is what has more sources, wherever it stands in time")
	}
	around.Set("above", "1-99")
	w.post(t, "/mark", around).status(400)
	form.Set("listed", "1,x")
	w.post(t, "/mark-all", form).status(400)
	if got := w.get(t, "/story/12?view=all&order=sources").page().find("[rel=next]")[0].attr("href"); got != "/story/13?order=sources&view=all" {
		t.Errorf("after 12 comes %s", got)
	}
}

func TestMarkBelow(t *testing.T) {
	for path, want := range map[string]func(id uint64) bool{
		"/":              func(id uint64) bool { return id <= 991 },
		"/?order=oldest": func(id uint64) bool { return id >= 991 },
	} {
		w := newWorld(t, 70, nil)
		p := w.get(t, path).page()
		if path != "/" {
			p = w.get(t, p.find("[rel=next]")[0].attr("href")).page()
		}
		form := url.Values{"below": {p.find("#s991 [name=below]")[0].attr("value")}, "top": {p.find("#river input[name=top]")[0].attr("value")},
			"until": {p.find("#river input[name=until]")[0].attr("value")}, "back": {path}}
		late := invented(3, time.Now().Add(-time.Minute))
		late.ID = 2000
		w.store.tell(t, late)
		w.post(t, "/mark", form).status(303)
		for id := uint64(931); id <= 1000; id++ {
			if got := w.mark(t, id).Read; got != want(id) {
				t.Errorf("%s: story %d read: %v", path, id, got)
			}
		}
		if w.mark(t, 2000).Read {
			t.Errorf("%s: a story that was never seen is read", path)
		}
		form.Set("above", form.Get("below"))
		w.post(t, "/mark", form).status(400)
	}
}

// In the order from the oldest, above is what is older.
func TestMarkAboveFromTheOldest(t *testing.T) {
	w := newWorld(t, 30, nil)
	p := w.get(t, "/?order=oldest").page()
	form := url.Values{"above": {p.find("#s975 [name=above]")[0].attr("value")}, "top": {p.find("#river input[name=top]")[0].attr("value")},
		"until": {p.find("#river input[name=until]")[0].attr("value")}, "back": {"/?order=oldest"}}
	w.post(t, "/mark", form).status(303)
	for id := uint64(971); id <= 1000; id++ {
		if got := w.mark(t, id).Read; got != (id <= 975) {
			t.Errorf("story %d read: %v", id, got)
		}
	}
	form.Del("top")
	w.post(t, "/mark", form).status(400)
}

func TestLayoutIsRemembered(t *testing.T) {
	w := newWorld(t, 3, nil)
	if got := w.get(t, "/").page().find("#river")[0].attr("class"); got != "list" {
		t.Errorf("at first the layout is %q", got)
	}
	w.post(t, "/layout", url.Values{"layout": {"cards"}, "back": {"/?view=all"}}).status(303).location("/?view=all")
	p := w.get(t, "/").page()
	if p.find("#river")[0].attr("class") != "cards" || textOf(p, ".look [aria-pressed=true]") != "Cards" {
		t.Error("cards aren't remembered")
	}
	w.post(t, "/layout", url.Values{"layout": {"\"><b>"}}).status(400)
	w.post(t, "/layout", url.Values{"layout": {"magazine"}, "back": {"//evil.example"}}).status(303).location("/")
}

func TestRowsTellReadTime(t *testing.T) {
	w := newWorld(t, 1, nil)
	if got := textOf(w.get(t, "/").page(), "#river .length"); got != "3 min read" {
		t.Errorf("640 words are %q", got)
	}
}

func TestBrowserOpensStoriesInTheirRows(t *testing.T) {
	w := newWorld(t, 12, nil)
	b := browse(t, w)
	b.open("/")
	b.keys("j")
	b.until(`document.querySelector("#s1000 .opened .text blockquote") !== null && document.querySelector("#s1000.unread") === null`)
	if got := js[string](b, cursorID); got != "s1000" {
		t.Errorf("the cursor is on %q", got)
	}
	b.keys("j")
	b.until(`document.querySelector("#s999 .opened .text") !== null && document.querySelectorAll(".opened").length === 1`)
	if !js[bool](b, `(r => r.top >= -1 && r.top < innerHeight)(document.querySelector("#s999").getBoundingClientRect()) && document.querySelector("#s999").contains(document.activeElement)`) {
		t.Error("the opened story is out of sight, or has no focus")
	}
	b.keys("\r")
	b.until(`document.querySelector(".opened") === null`)
	b.keys("o")
	b.until(`document.querySelector("#s999 .opened .text") !== null`)
	b.keys("n") // moves only
	if got := js[string](b, cursorID); got != "s998" || js[bool](b, `document.querySelector("#s998 .opened") !== null`) {
		t.Errorf("n opened %q", got)
	}
	if m := w.mark(t, 998); m.Read {
		t.Error("n marks read")
	}
	b.keys("2k")
	if js[bool](b, `document.querySelector(".opened") !== null`) {
		t.Error("in list mode k opens")
	}
	b.keys("ga")
	b.until(`location.search === "?view=all"`)
}

func TestBrowserUndoesEveryMarking(t *testing.T) {
	w := newWorld(t, 12, nil)
	b := browse(t, w)
	b.open("/")
	b.keys("ns")
	b.until(`document.querySelector(".toast p")?.textContent === "Starred."`)
	b.keys("m")
	b.until(`document.querySelector(".toast p")?.textContent === "Marked read."`)
	if m := w.mark(t, 1000); !m.Read || !m.Starred {
		t.Fatalf("story 1000 is %+v", m)
	}
	b.keys("z")
	b.until(`document.querySelector(".toast p")?.textContent === "1 story is unread again." && document.querySelector("#s1000.unread.starred") !== null`)
	b.until(`document.querySelector(".tabs [data-count=unread]").textContent === "12"`)
	if m := w.mark(t, 1000); m.Read || !m.Starred {
		t.Errorf("after z story 1000 is %+v", m)
	}
	b.keys("s")
	b.until(`document.querySelector(".toast p")?.textContent === "No longer starred."`)
	b.do(chromedp.Click(".toast button"))
	b.until(`document.querySelector(".toast p")?.textContent === "1 story is starred again."`)
	b.do(chromedp.Click(`#s996 [name="below"]`))
	b.until(`document.querySelector(".toast p")?.textContent === "8 stories marked read." && document.querySelectorAll(".row.unread").length === 4`)
	b.keys("z")
	b.until(`document.querySelector(".toast p")?.textContent === "8 stories are unread again." && document.querySelectorAll(".row.unread").length === 12`)
	if n := w.unread(t); n != 12 {
		t.Errorf("%d unread at the end, want 12", n)
	}
}

func TestBrowserUndoesWithoutScript(t *testing.T) {
	w := newWorld(t, 12, nil)
	b := browse(t, w)
	b.do(scriptOff())
	b.open("/?view=all")
	b.do(chromedp.Click(`#s998 [name="star"]`), chromedp.WaitVisible(".flash button"), chromedp.Click(".flash button"), chromedp.WaitVisible(".flash:not(:has(form))"))
	if m := w.mark(t, 998); m.Starred {
		t.Error("the star is still there")
	}
	b.do(chromedp.Click(".look summary"), chromedp.Click(`.look [value="magazine"]`), chromedp.WaitVisible("#river.magazine"))
}

// The names of the other sources show on hover and on focus, and Escape hides them.
func TestBrowserShowsNamesOfSources(t *testing.T) {
	b := browse(t, newWorld(t, 12, nil))
	b.open("/")
	const seen = `(document.querySelector("#s1000 details p").checkVisibility({contentVisibilityAuto: true}))`
	if js[bool](b, seen) {
		t.Fatal("the names are in the way")
	}
	b.do(chromedp.Focus("#s1000 summary"))
	b.until(seen)
	b.keys("\u001b")
	b.until("!" + seen)
	b.do(chromedp.Focus("#s995 summary"), chromedp.Focus("#s1000 summary"))
	b.until(seen)
}

// Cards are as high as what they hold, and stand close below each other, also those of
// further pages.
func TestBrowserCardsLeaveNoHoles(t *testing.T) {
	w := newWorld(t, 70, nil)
	w.post(t, "/layout", url.Values{"layout": {"cards"}, "back": {"/"}}).status(303)
	b := browse(t, w)
	b.do(chromedp.EmulateViewport(1280, 900))
	b.open("/")
	for _, least := range []int{50, 70} {
		js[bool](b, `(scrollTo(0, document.documentElement.scrollHeight), true)`)
		b.until(fmt.Sprintf(`document.querySelectorAll("#river .row").length >= %d`, least))
		b.until(`[...document.querySelectorAll("#river ol")].every((list) => {
			const columns = Map.groupBy(list.children, (card) => Math.round(card.getBoundingClientRect().left));
			return columns.size <= 3 && [...columns.values()].every((cards) => cards.every((card, i) => {
				const gap = i ? card.getBoundingClientRect().top - cards[i - 1].getBoundingClientRect().bottom : 20;
				const within = card.querySelector(".acts").getBoundingClientRect().top - (card.querySelector(".excerpt") ?? card.querySelector("h3")).getBoundingClientRect().bottom;
				return gap > 12 && gap < 30 && within < 20;
			}));
		})`)
	}
}
