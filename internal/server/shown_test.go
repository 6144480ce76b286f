package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tidings/internal/feed"
)

const (
	ferry      = 4000
	ferryText  = `<p>The ferry to the islands sank on Monday night. All 14 passengers were saved by two fishing boats.</p><p>The harbour is closed until Friday.</p>`
	ferryMore  = `<p>The ferry to the islands sank on Monday night. Its captain had <em>warned</em> of the rotten hull &amp; the pumps in March.</p><p>The harbour is closed until Friday.</p>`
	ferryArab  = `<p>غرقت العبارة المتجهة إلى الجزر مساء يوم الاثنين. تم إنقاذ جميع الركاب.</p>`
	ferryFirst = `<p>The ferry to the islands sank on Monday night. All 12 passengers were saved by a fishing boat.</p><p>Nobody knows why.</p><p>The harbour is closed until Friday.</p>`
)

// sunk tells a story in three copies: the lead was revised, the second adds a
// sentence, the third is in another script. It gives the numbers of their entries.
func (w *world) sunk(t testing.TB) (entries []uint64) {
	t.Helper()
	at := time.Now().Add(-3 * time.Hour).Truncate(time.Second)
	f := told(ferry, 1, "Twelve saved as ferry sinks", "The ferry sank.", at)
	f = and(f, 2, "Ferry sinks off the islands", 400, feed.Verdict{Level: feed.LevelPart, Score: .9, Evidence: "90 % of the text"})
	f = and(f, 4, "غرق عبارة", 400, feed.Verdict{Level: feed.LevelReader, Evidence: "You said that it is the same story"})
	for i, text := range []feed.HTML{ferryFirst, ferryMore, ferryArab} {
		f.Members[i].Body.Content = text
	}
	w.store.tell(t, f)
	full, err := w.store.Story(t.Context(), ferry)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range full.Members {
		entries = append(entries, m.Entry.ID)
	}
	x := full.Members[0].Entry
	x.Title, x.Revised = "Fourteen saved as ferry sinks", at.Add(time.Hour)
	err = w.store.Commit(t.Context(), []feed.Harvest{{Feed: 1, State: feed.State{Title: "Meridian Wire"}, Arrivals: []feed.Arrival{{
		Keys: []feed.Key{{9, 9}}, Entry: x, Body: feed.Body{Content: ferryText}, Material: true,
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestWhatACopyAdds(t *testing.T) {
	w := newWorld(t, 0, nil)
	entries := w.sunk(t)
	a := w.get(t, "/story/4000").status(200)
	checkPage(a)
	p := a.page()
	if len(p.find("article mark")) != 0 || len(p.find(".shown.note")) != 0 {
		t.Error("the lead is marked beside itself")
	}
	copies := p.find("#sources .copy")
	if got, want := copies[1].find(".adds")[0].text(), "Adds 1 of 3 sentences : what this copy adds Its captain had warned of the rotten hull & the pumps in March."; got != want {
		t.Errorf("the second copy: %q, want %q", got, want)
	}
	if len(copies[0].find(".adds")) != 0 || len(copies[2].find(".adds")) != 1 {
		t.Error("the lead adds something, or the copy in another script nothing")
	}
	href := copies[1].find("a.read")[0].attr("href")
	if want := fmt.Sprintf("/story/4000?copy=%d", entries[1]); href != want {
		t.Errorf("to read the second copy: %q, want %q", href, want)
	}
	if got := a.one(p, "#walk").attr("href"); got != href {
		t.Errorf("the walk goes to %q", got)
	}
	a = w.get(t, href).status(200)
	checkPage(a)
	p = a.page()
	if got, want := a.one(p, "h1").text(), "Ferry sinks off the islands"; got != want {
		t.Errorf("title %q, want %q", got, want)
	}
	if got, want := textOf(p, ".text mark"), "Its captain had | warned | of the rotten hull & the pumps in March."; got != want {
		t.Errorf("marked is %q, want %q", got, want)
	}
	if got := a.one(p, ".shown.note").text(); !strings.HasPrefix(got, "This is the copy of The Harbour Courier .") || !strings.Contains(got, "1 of 3 sentences") {
		t.Errorf("note %q", got)
	}
	if got := a.one(p, ".shown.note a").attr("href"); got != "/story/4000" {
		t.Errorf("back leads to %q", got)
	}
	if got := p.find("#sources .copy.shown"); len(got) != 1 || got[0].attr("aria-current") != "true" {
		t.Error("the panel doesn't say which copy is shown")
	}
}

func TestCopiesAreNamedByNumbers(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.sunk(t)
	w.get(t, "/story/4000?copy=x").status(400)
	a := w.get(t, "/story/4000?copy=99999").status(200)
	if got := a.one(a.page(), "h1").text(); got != "Fourteen saved as ferry sinks" {
		t.Errorf("a copy that isn't there shows %q", got)
	}
}

func TestWhatARevisionChanged(t *testing.T) {
	w := newWorld(t, 0, nil)
	entries := w.sunk(t)
	a := w.get(t, "/story/4000").status(200)
	p := a.page()
	if got, want := textOf(p, "#revision del"), "gone: Twelve | gone: 12 | gone: a | gone: boat | gone: Nobody knows why."; got != want {
		t.Errorf("gone %q, want %q", got, want)
	}
	if got, want := textOf(p, "#revision ins"), "new: Fourteen | new: 14 | new: two | new: boats"; got != want {
		t.Errorf("new %q, want %q", got, want)
	}
	if got := textOf(p, "#revision .diff .quiet"); got != "1 paragraph as before" {
		t.Errorf("unchanged: %q", got)
	}
	if got := a.one(p, `.byline a`).attr("href"); got != "#revision" {
		t.Errorf("the byline leads to %q", got)
	}
	if p := w.get(t, fmt.Sprintf("/story/4000?copy=%d", entries[1])).page(); len(p.find("#revision")) != 0 {
		t.Error("a copy that was never revised has a difference")
	}
	if got := textOf(w.get(t, "/?view=all").page(), "#river .updated"); got != "updated" {
		t.Errorf("the river says %q", got)
	}
}

// What publishers write stays text in a difference, and in a list of sentences.
func TestDifferencesAreText(t *testing.T) {
	w := newWorld(t, 0, nil)
	f := told(5000, 1, "<i>one</i>", "x", time.Now().Add(-time.Hour))
	f = and(f, 2, "two", 10, feed.Verdict{Level: feed.LevelPart})
	f.Members[0].Body.Content = `<p>A plain text of five words.</p>`
	f.Members[1].Body.Content = `<p>One &lt;script&gt;alert(1)&lt;/script&gt; and four more words here.</p>`
	w.store.tell(t, f)
	full, err := w.store.Story(t.Context(), 5000)
	if err != nil {
		t.Fatal(err)
	}
	x := full.Members[0].Entry
	x.Title, x.Revised = "<b>two</b><script>2</script>", time.Now()
	err = w.store.Commit(t.Context(), []feed.Harvest{{Feed: 1, Arrivals: []feed.Arrival{{
		Keys: []feed.Key{{9}}, Entry: x, Body: feed.Body{Content: `<p>A plain &lt;img src=x onerror=alert(1)&gt; of words.</p>`}, Material: true,
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	a := w.get(t, "/story/5000").status(200)
	checkPage(a)
	p := a.page()
	if len(p.find("script")) != 1 || len(p.find("#revision img"))+len(p.find("#revision b"))+len(p.find("#revision i")) != 0 {
		t.Error("text became markup")
	}
	if len(p.find("#revision ins")) == 0 || !strings.Contains(textOf(p, ".adds li"), "<script>alert(1)</script>") {
		t.Error("the fixture shows nothing")
	}
}

func TestBrowserWalksAndSplitsSources(t *testing.T) {
	w := newWorld(t, 0, nil)
	entries := w.sunk(t)
	b := browse(t, w)
	at := func(i int) string { return fmt.Sprintf(`location.search === "?copy=%d"`, entries[i]) }
	b.open("/story/4000")
	b.until(`document.querySelector("article button[name=unread]") !== null`)
	b.keys("c")
	b.until(at(1) + ` && document.querySelector(".text mark.new") !== null`)
	b.keys("c")
	b.until(at(2) + ` && document.querySelector(".text") !== null`)
	if got := js[string](b, `getComputedStyle(document.querySelector("article > .text p")).direction`); got != "rtl" {
		t.Errorf("the Arabic copy runs %s", got)
	}
	b.keys("c")
	b.until(`location.search === "" && document.querySelector("#walk") !== null`)
	b.keys("c")
	b.until(at(1) + ` && document.querySelector("#walk") !== null`)
	b.keys("x")
	b.until(`document.querySelector(".flash")?.textContent.includes("Split off the copy of “\u2068The Harbour Courier")`)
	if f, err := w.store.Story(t.Context(), ferry); err != nil || len(f.Members) != 2 {
		t.Fatalf("%d copies after the split, %v", len(f.Members), err)
	}
	b.keys("z")
	b.until(`document.querySelector(".flash")?.textContent.includes("one story again")`)
	if f, err := w.store.Story(t.Context(), ferry); err != nil || len(f.Members) != 3 {
		t.Errorf("%d copies after the undo, %v", len(f.Members), err)
	}
}

func TestBrowserEventKey(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.strike(t, time.Now())
	b := browse(t, w)
	b.open("/story/2000")
	b.keys("e")
	if got := js[string](b, `document.activeElement.id`); got != "related-title" {
		t.Errorf("e goes to %q", got)
	}
	b.open("/?view=all")
	b.do(chromedp.Focus("#s2000 h3 a"))
	b.keys("e")
	b.until(`location.pathname === "/story/2000" && location.hash === "#related"`)
}
