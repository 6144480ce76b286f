package server

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"tidings/internal/feed"
)

// atTop says where on the screen a story's row is.
func (b *tabOn) atTop(id string) float64 {
	b.Helper()
	return js[float64](b, fmt.Sprintf(`document.getElementById(%q).getBoundingClientRect().top`, id))
}

// scrollTo brings a row to a place on the screen.
func (b *tabOn) scrollTo(id string, top int) {
	b.Helper()
	js[bool](b, fmt.Sprintf(`(scrollBy({top: document.getElementById(%q).getBoundingClientRect().top - %d, behavior: "instant"}), true)`, id, top))
}

// sees waits for an expression as until does, and also where the page came from the
// browser's cache.
func (b *tabOn) sees(expression string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 15*time.Second)
	defer cancel()
	wait := fmt.Sprintf(`new Promise((done) => { const look = () => (%s ? done(true) : setTimeout(look, 20)); look(); })`, expression)
	for {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](wait, chromedp.EvalAwaitPromise))
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			b.Fatalf("waiting for %s: %v", expression, err)
		}
	}
}

// frames waits until the page was painted a few times, and observers of it were told.
func (b *tabOn) frames() {
	b.Helper()
	b.sees(`(globalThis.painted ??= (requestAnimationFrame(function paint() { globalThis.painted++; requestAnimationFrame(paint); }), 1)) && (painted > (globalThis.since ??= painted) + 3 ? (delete globalThis.since, true) : false)`)
}

// deep opens the river and scrolls through its first pages, until the third is there.
func (b *tabOn) deep(path string) {
	b.Helper()
	b.open(path)
	for _, n := range []int{50, 100} {
		b.until(fmt.Sprintf(`document.querySelectorAll("#river .row").length >= %d`, n))
		js[bool](b, `(document.querySelector(".pager").scrollIntoView({behavior: "instant"}), true)`)
	}
	b.until(`document.querySelectorAll("#river .row").length === 150`)
}

func TestBrowserRiverGoesOn(t *testing.T) {
	b := browse(t, newWorld(t, 170, nil))
	b.deep("/")
	if ids := js[[]string](b, `[...document.querySelectorAll("#river .row")].map((r) => r.id)`); ids[0] != "s1000" || ids[149] != "s851" {
		t.Errorf("from %s to %s", ids[0], ids[149])
	}
	if twice := js[[]string](b, `(h => h.filter((x, i) => h.indexOf(x) !== i))([...document.querySelectorAll("#river h2")].map((h) => h.textContent))`); len(twice) > 0 {
		t.Errorf("days that have two headings: %q", twice)
	}
	if got := js[string](b, `document.querySelector("#told").textContent`); got != "50 more stories, 150 in all" {
		t.Errorf("told %q", got)
	}
	js[bool](b, `(document.querySelector("#s851 h3 a").focus(), true)`)
	b.keys("n")
	b.until(`document.querySelector("#river [aria-current]").id === "s850" && document.querySelectorAll("#river .row").length === 170 && document.querySelector(".pager [rel=next]") === null`)
	b.keys("n") // there is nothing after the last
	if got := js[string](b, `document.querySelector("#told").textContent`); got != "20 more stories, 170 in all" {
		t.Errorf("told %q", got)
	}
}

// A story of the third page is opened, and read by that; whoever comes back finds it
// where it was, and so is everything round it: by the browser's button, without its
// cache, and by the link on the story's page.
func TestBrowserComesBackToTheVeryPlace(t *testing.T) {
	w := newWorld(t, 170, nil)
	b := browse(t, w)
	b.deep("/")
	b.scrollTo("s873", 200)
	story := js[string](b, `document.querySelector("#s873 h3 a").pathname`)
	back := func(how string) {
		t.Helper()
		b.frames() // rows get their real heights
		want, below := b.atTop("s873"), b.atTop("s872")-b.atTop("s873")
		js[bool](b, `(setTimeout(() => document.querySelector("#s873 h3 a").click()), true)`)
		b.sees(`location.pathname === "` + story + `" && document.querySelector("article button[name=unread]") !== null`)
		js[bool](b, "(setTimeout(() => "+how+"), true)")
		b.sees(fmt.Sprintf(`document.querySelector("#s873:not(.unread)") !== null && Math.abs(document.querySelector("#s873").getBoundingClientRect().top - %v) < 2`, want))
		if n := js[int](b, `document.querySelectorAll("#river .row").length`); n != 150 {
			t.Errorf("%d rows", n)
		}
		if now := b.atTop("s872") - b.atTop("s873"); now-below > 1 || below-now > 1 {
			t.Errorf("what is below it moved by %v", now-below)
		}
	}
	back(`history.back()`)
	if w.mark(t, 873).Read != true || w.unread(t) != 169 {
		t.Errorf("%d unread", w.unread(t))
	}
	late := invented(0, time.Now().Add(time.Minute))
	late.ID = 2000
	w.store.tell(t, late)
	b.sees(`!document.querySelector("#news").hidden && document.title.startsWith("(170)")`)
	js[bool](b, `(addEventListener("unload", () => {}), true)`) // then the browser keeps no copy of the page
	back(`history.back()`)
	if js[string](b, `performance.getEntriesByType("navigation")[0].type`) != "back_forward" {
		t.Error("the page came from the browser's cache")
	}
	back(`document.querySelector(".pager .up").click()`)
	b.sees(`document.querySelector("#news").textContent.trim() === "1 new story"`)
	js[bool](b, `(setTimeout(() => document.querySelector("#mark-all").requestSubmit()), true)`) // nobody saw the new one
	b.sees(`document.querySelector(".flash p")?.textContent === "169 stories marked read."`)
	if w.mark(t, 2000).Read {
		t.Error("a story that was never seen is read")
	}
}

func TestBrowserMarksWhatWasScrolledPast(t *testing.T) {
	w := newWorld(t, 60, nil)
	w.set(t, settingPassing, "on")
	b := browse(t, w)
	b.do(chromedp.EmulateViewport(1000, 900))
	b.open("/")
	b.frames()
	b.scrollTo("s980", 300) // a leap: what lies between was never seen
	b.until(`document.querySelector(".toast p")?.textContent.endsWith("marked read.")`)
	first := js[int](b, `document.querySelectorAll("#river .row:not(.unread)").length`)
	if first < 2 || first > 12 || w.unread(t) != 60-first || w.mark(t, 985).Read {
		t.Errorf("%d are read, %d unread; want those on the first screen, and no more", first, w.unread(t))
	}
	b.scrollTo("s978", 10)
	b.until(fmt.Sprintf(`document.querySelectorAll("#river .row:not(.unread)").length > %d`, first))
	b.keys("z")
	b.until(`document.querySelectorAll("#river .row").length === document.querySelectorAll("#river .row.unread").length`) // both at once
	if n := w.unread(t); n != 60 {
		t.Errorf("%d unread after undo, want 60", n)
	}
}

func TestBrowserSwipes(t *testing.T) {
	for _, dir := range []string{"ltr", "rtl"} {
		t.Run(dir, func(t *testing.T) {
			w := newWorld(t, 12, nil)
			if dir == "rtl" {
				w.set(t, settingTongue, "ar")
			}
			b := browse(t, w)
			b.do(chromedp.EmulateViewport(390, 844), touch(true))
			b.open("/")
			if got := js[string](b, `getComputedStyle(document.documentElement).direction`); got != dir {
				t.Fatalf("the page reads %s", got)
			}
			end := 1
			if dir == "rtl" {
				end = -1
			}
			b.swipe("s1000", end*60, 0) // too short
			b.swipe("s1000", end*140, end*20)
			b.swipe("s1000", 0, 0)
			if m := w.mark(t, 1000); m.Read || m.Starred || js[bool](b, `location.pathname !== "/"`) {
				t.Errorf("a swipe that was too short or taken back did something: %+v", m)
			}
			b.swipe("s1000", end*140, end*140)
			b.until(`document.querySelector("#s1000:not(.unread)") !== null && document.querySelector(".toast button") !== null`)
			b.swipe("s999", -end*140, -end*140)
			b.until(`document.querySelector("#s999.starred.unread") !== null`)
			b.until(`document.querySelector(".tabs [data-count=starred]").textContent === "1" && document.querySelector(".tabs [data-count=unread]").textContent === "11"`)
			b.until(`document.querySelector(".drawn") === null && location.pathname === "/"`)
			if !w.mark(t, 1000).Read || !w.mark(t, 999).Starred || w.unread(t) != 11 {
				t.Errorf("%+v, %+v", w.mark(t, 1000), w.mark(t, 999))
			}
		})
	}
}

func touch(on bool) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: on})
		return err
	})
}

// swipe draws a row sideways to one place and then to another, and lets go.
func (b *tabOn) swipe(id string, far, to int) {
	b.Helper()
	x, y := 195.0, b.atTop(id)+20
	touch := func(kind input.DispatchTouchEventType, points ...*input.TouchPoint) chromedp.Action[chromedp.Void] {
		return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points})
			return err
		})
	}
	at := func(by int) *input.TouchPoint { return &input.TouchPoint{X: x + float64(by), Y: y} }
	b.do(touch("touchStart", at(0)), touch("touchMove", at(far/4)), touch("touchMove", at(far/2)), touch("touchMove", at(far)), touch("touchMove", at(to)), touch("touchEnd"))
}

func TestBrowserMarksBelowOnAPhone(t *testing.T) {
	w := newWorld(t, 12, nil)
	b := browse(t, w)
	b.do(chromedp.EmulateViewport(390, 844))
	b.open("/")
	b.do(chromedp.Click("#s997 .more"), chromedp.WaitVisible("#s997 .menu .below"), chromedp.Click("#s997 .menu .below"))
	b.until(`document.querySelectorAll(".row.unread").length === 3 && document.querySelector("#s997 .menu:popover-open") === null`)
	if n := w.unread(t); n != 3 {
		t.Errorf("%d unread, want 3", n)
	}
}

func TestBrowserPalette(t *testing.T) {
	w := newWorld(t, 12, nil)
	b := browse(t, w)
	b.open("/?view=all")
	b.keys("n/")
	b.until(`document.querySelector(".palette[open]") !== null && document.activeElement.role === "combobox"`)
	js[bool](b, `(document.activeElement.value = "", true)`) // chromedp sends letters even where a key was taken
	b.keys("harbour re")
	b.until(`document.querySelector(".palette [aria-selected=true] .name")?.textContent === "Harbour reopens after storm" && document.querySelectorAll(".palette [role=option]").length === 1`)
	if !js[bool](b, `document.getElementById(document.activeElement.getAttribute("aria-activedescendant")).ariaSelected === "true"`) {
		t.Error("the field doesn't say which one is chosen")
	}
	b.keys("\u001b")
	b.until(`document.querySelector(".palette[open]") === null && document.activeElement.closest(".row")?.id === "s1000"`)
	b.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.until(`document.querySelector(".palette[open]") !== null`)
	b.keys("courier")
	b.until(`document.querySelector(".palette [role=option] .name")?.textContent === "The Harbour Courier" && document.querySelectorAll(".palette [role=option]").length === 1`)
	b.keys("\r")
	b.until(`location.search === "?feed=2" && document.querySelector("h1").textContent === "The Harbour Courier"`)
	b.do(chromedp.Click(`.masthead a[href="/palette"]`))
	b.until(`document.querySelector(".palette[open]") !== null`)
	b.keys("cards")
	b.until(`document.querySelector(".palette [role=option] .name")?.textContent === "Layout: Cards" && document.querySelectorAll(".palette [role=option]").length === 1`)
	b.keys("\r")
	b.until(`document.querySelector("#river.cards") !== null && location.search === "?feed=2"`)
}

func TestBrowserPaletteWithoutScript(t *testing.T) {
	w := newWorld(t, 12, nil)
	b := browse(t, w)
	b.do(scriptOff())
	b.open("/")
	b.do(chromedp.Click(`.masthead a[href="/palette"]`), chromedp.WaitVisible("#q"), chromedp.SendKeys("#q", "mark all\r"), chromedp.WaitVisible("#found form"), chromedp.Click("#found button"), chromedp.WaitVisible(".flash"))
	if n := w.unread(t); n != 0 {
		t.Errorf("%d unread", n)
	}
}

// What is marked in one tab shows in another at once, and in its counts.
func TestBrowserHearsOfMarksElsewhere(t *testing.T) {
	w := newWorld(t, 12, nil)
	b := browse(t, w)
	b.open("/")
	b.until(`document.title === "(12) The river · tidings"`)
	yes := true
	if _, err := w.store.Mark(t.Context(), []uint64{995}, feed.MarkChange{Read: &yes}, time.Now()); err != nil { // another client
		t.Fatal(err)
	}
	b.until(`document.title === "(11) The river · tidings" && document.querySelector("#index [data-count=unread]").textContent === "11" && document.querySelector(".tabs [data-count=unread]").textContent === "11"`)
	js[bool](b, `(() => { // what another tab writes
		const marks = JSON.stringify([{ at: Date.now() + 1, name: "read", stories: ["999"] }, { at: Date.now() + 1, name: "star", stories: ["998"] }]);
		localStorage.setItem("marks", marks);
		return dispatchEvent(new StorageEvent("storage", { key: "marks", newValue: marks }));
	})()`)
	b.until(`document.querySelector("#s999:not(.unread)") !== null && document.querySelector("#s998.starred") !== null`)
}

func TestBrowserAnnouncesSeveral(t *testing.T) {
	w := newWorld(t, 60, nil)
	b := browse(t, w)
	b.open(w.get(t, "/").page().find(".pager [rel=next]")[0].attr("href")) // further down
	b.until(`document.title.startsWith("(60)")`)
	var late []feed.Full
	for i := range 7 {
		f := invented(i, time.Now().Add(24*time.Hour))
		f.ID = uint64(2010 - i)
		late = append(late, f)
	}
	w.store.tell(t, late...)
	b.until(`document.querySelector("#news:not([hidden])")?.textContent.trim() === "7 new stories" && document.title.startsWith("(67)")`)
	b.do(chromedp.Click("#news a"))
	b.until(`document.querySelector("#river .row")?.id === "s2010" && location.search === ""`)
}

// Lists of stories in an address show what one had seen, whatever became of it.
func TestStoriesInTheAddress(t *testing.T) {
	w := newWorld(t, 12, nil)
	w.post(t, "/mark", url.Values{"read": {"995"}})
	a := w.get(t, "/?stories=995,1000,77,990").status(200)
	p := a.page()
	if got := fmt.Sprint(rowIDs(p)); got != "[995 1000 990]" {
		t.Errorf("rows %s", got)
	}
	if back := a.one(p, "#river input[name=back]").attr("value"); back != "/" {
		t.Errorf("back leads to %s", back)
	}
	w.get(t, "/?stories=1,x").status(400)
}
