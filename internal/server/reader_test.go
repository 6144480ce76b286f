package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tidings/internal/feed"
)

const cursorID = `document.querySelector("#river [aria-current]")?.id ?? ""`

func TestBrowserKeysOnTheRiver(t *testing.T) {
	w := newWorld(t, 60, nil)
	b := browse(t, w)
	b.open("/")
	b.keys("nn")
	if got := js[string](b, cursorID); got != "s999" {
		t.Fatalf("after jj the cursor is on %q", got)
	}
	if !js[bool](b, `document.querySelector("#s999").contains(document.activeElement)`) {
		t.Error("the cursor has no focus")
	}
	b.keys("p")
	b.keys("s")
	b.until(`document.querySelector("#s1000.starred button[name=unstar]") !== null`)
	b.keys("m")
	b.until(`document.querySelector("#s1000.unread") === null`)
	b.until(`document.querySelector(".tabs [data-count=unread]").textContent === "59"`)
	if m := w.mark(t, 1000); !m.Read || !m.Starred {
		t.Errorf("story 1000 is %+v", m)
	}
	b.keys("m")
	b.until(`document.querySelector(".tabs [data-count=unread]").textContent === "60"`)
	for range 30 {
		b.keys("n")
	}
	if !js[bool](b, `(r => r.top >= 0 && r.bottom <= innerHeight)(document.querySelector("#river [aria-current]").getBoundingClientRect())`) {
		t.Error("the cursor is out of sight")
	}
	b.keys("i")
	b.until(`location.pathname === "/story/970"`)
}

func TestBrowserHelp(t *testing.T) {
	b := browse(t, newWorld(t, 5, nil))
	b.open("/")
	b.keys("j?")
	b.until(`document.querySelector("dialog[open]") !== null`)
	if got := js[string](b, `document.querySelector("dialog").innerText`); !strings.Contains(got, "Shift+A") || !strings.Contains(got, "original") {
		t.Errorf("help says %q", got)
	}
	b.keys("j") // nothing moves behind the dialog
	b.keys("\u001b")
	b.until(`document.querySelector("dialog[open]") === null`)
	if got := js[string](b, cursorID); got != "s1000" {
		t.Errorf("after help the cursor is on %q", got)
	}
}

func TestBrowserKeysKeepOutOfFields(t *testing.T) {
	b := browse(t, newWorld(t, 5, nil))
	b.open("/feeds")
	b.do(chromedp.Focus("#add-url"))
	b.keys("jms?")
	if got := js[string](b, `document.querySelector("#add-url").value`); got != "jms?" {
		t.Errorf("the field has %q", got)
	}
	if js[bool](b, `document.querySelector("dialog") !== null`) {
		t.Error("? in a field opened the help")
	}
	b.open("/settings")
	b.do(chromedp.Click("#keys-off"))
	b.open("/")
	b.keys("j")
	if got := js[string](b, cursorID); got != "" {
		t.Error("keys work although they are switched off")
	}
}

func TestBrowserMarkAllAndUndo(t *testing.T) {
	w := newWorld(t, 12, nil)
	b := browse(t, w)
	b.open("/?view=all")
	b.keys("A")
	b.until(`document.querySelector(".flash")?.textContent.includes("12 stories marked read")`)
	b.do(chromedp.Click(".flash button"))
	b.until(`document.querySelector(".flash")?.textContent.includes("unread again")`)
	if n := w.unread(t); n != 12 {
		t.Errorf("%d unread, want 12", n)
	}
}

func TestBrowserStory(t *testing.T) {
	w := newWorld(t, 12, nil)
	b := browse(t, w)
	b.open("/?folder=World")
	first := js[string](b, `document.querySelector("#river h3 a").pathname`)
	b.keys("ni")
	b.until(`location.pathname === "` + first + `"`)
	b.until(`document.querySelector("article button[name=unread]") !== null`) // opening it marked it read
	b.keys("s")
	b.until(`document.querySelector("article.starred") !== null`)
	b.keys("j")
	b.until(`location.pathname !== "` + first + `" && document.querySelector("article") !== null`)
	b.keys("k")
	b.until(`location.pathname === "` + first + `"`)
	b.keys("u")
	b.until(`location.pathname === "/" && location.search === "?folder=World"`)
}

// Excerpts end with a whole line, their second at most: no sliver of a third shows.
func TestBrowserExcerptsEndWithALine(t *testing.T) {
	b := browse(t, newWorld(t, 40, nil))
	for _, width := range []int64{390, 1200} {
		b.do(chromedp.EmulateViewport(width, 900))
		b.open("/?view=all")
		odd := js[[]string](b, `[...document.querySelectorAll("#river .excerpt")].flatMap((e) => {
			const lines = e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).lineHeight);
			return Math.abs(lines - Math.round(lines)) < .02 && lines < 2.5 ? [] : [e.closest("li").id + ": " + lines];
		})`)
		if len(odd) > 0 {
			t.Errorf("at %d px these rows have odd numbers of lines: %v", width, odd)
		}
	}
}

// On a phone each feed's link to change it stands in the same corner of its row.
func TestBrowserChangeLinksStandInTheCorner(t *testing.T) {
	b := browse(t, newWorld(t, 9, nil))
	b.do(chromedp.EmulateViewport(390, 900))
	b.open("/feeds")
	odd := js[[]string](b, `[...document.querySelectorAll(".list td.go")].flatMap((e) => {
		const row = e.parentElement.getBoundingClientRect(), box = e.getBoundingClientRect();
		return Math.abs(row.right - box.right) < 1 && box.top - row.top < 16 ? [] : [e.parentElement.innerText];
	})`)
	if len(odd) > 0 {
		t.Errorf("these have it elsewhere: %q", odd)
	}
	if js[int](b, `document.querySelectorAll(".list td.go").length`) != 9 {
		t.Error("not every feed has one")
	}
}

func TestBrowserImport(t *testing.T) {
	w := newWorld(t, 3, nil)
	b := browse(t, w)
	file := filepath.Join(t.TempDir(), "mine.opml")
	if err := os.WriteFile(file, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	b.open("/feeds")
	b.do(chromedp.SetUploadFiles("#file", []string{file}), chromedp.Submit(".import"))
	b.until(`document.querySelector(".sum")?.textContent === "1 added, 1 already there, 1 failed."`)

	// dropped on the page
	b.open("/feeds")
	js[bool](b, `(() => {
		const data = new DataTransfer();
		data.items.add(new File(["<opml version='2.0'><body><outline xmlUrl='https://dropped.example/f' text='D'/></body></opml>"], "d.opml"));
		return document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
	})()`)
	b.until(`document.querySelector(".sum")?.textContent === "1 added, 0 already there, 0 failed."`)
}

func TestBrowserFirstRunFillsByItself(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.poller.set(feed.Progress{Running: true, First: true, Total: 40, Done: 1})
	b := browse(t, w)
	b.open("/")
	b.until(`document.querySelector(".empty") !== null && !document.querySelector("#poll").hidden`)
	w.poller.set(feed.Progress{Running: true, First: true, Total: 40, Done: 30})
	w.store.tell(t, invented(0, time.Now()), invented(1, time.Now()))
	b.until(`document.querySelectorAll("#river .row").length === 2`)
	b.until(`document.querySelector("#mark-all [name=until]").value === document.querySelector("#river [name=until]").value`)
	b.until(`document.querySelector("#poll-bar").value === 30`)
	w.poller.set(feed.Progress{})
	w.store.tell(t, invented(2, time.Now()))
	b.until(`document.querySelectorAll("#river .row").length === 3 && document.querySelector("#poll").hidden`)
}

func TestBrowserAnnouncesNews(t *testing.T) {
	w := newWorld(t, 12, nil)
	b := browse(t, w)
	b.open("/")
	b.keys("j")
	b.until(`document.querySelector("[data-count=unread]").textContent === "11" && document.querySelector(".opened .text") !== null`)
	// What comes with the opened story's pictures moves what stands below it, not what is read.
	const read = `document.querySelector(".opened .text").getBoundingClientRect().top`
	where := js[float64](b, read)
	late := invented(0, time.Now().Add(time.Minute))
	late.ID = 2000
	w.store.tell(t, late)
	b.until(`!document.querySelector("#news").hidden && document.querySelector("#news").textContent.trim() === "1 new story"`)
	if now := js[float64](b, read); now != where {
		t.Errorf("the page moved by %v px", now-where)
	}
	b.do(chromedp.Click("#news a"))
	b.until(`document.querySelector("#s2000") !== null`)
}

func TestBrowserWithoutScript(t *testing.T) {
	w := newWorld(t, 12, nil)
	b := browse(t, w)
	b.do(scriptOff())
	b.open("/?view=all")
	b.do(chromedp.Click("#s1000 button[name=star]"), chromedp.WaitVisible("#s1000.starred"))
	if !w.mark(t, 1000).Starred {
		t.Error("not starred")
	}
	b.do(chromedp.Click("#s999 button.open"), chromedp.WaitVisible("main[data-story]"))
	if !w.mark(t, 999).Read {
		t.Error("the button that reads doesn't mark read")
	}
	b.do(chromedp.Click("article button[name=unread]"), chromedp.WaitVisible("article button[name=read]"))
	b.open("/?view=all")
	b.do(chromedp.Click("#mark-all button"), chromedp.WaitVisible(".flash"))
	if n := w.unread(t); n != 0 {
		t.Errorf("%d unread after marking all", n)
	}
	b.do(chromedp.Click(".flash button"), chromedp.WaitVisible(".row.unread"))
	if n := w.unread(t); n != 12 {
		t.Errorf("%d unread after undo", n)
	}
	b.do(chromedp.EmulateViewport(390, 800), chromedp.Click(".opener"), chromedp.WaitVisible("#index a"), chromedp.Click("#index .folder a"), chromedp.WaitVisible("#river"))
}

// Splitting, joining and undoing need no script.
func TestBrowserDecidesWithoutScript(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.strike(t, time.Now())
	b := browse(t, w)
	b.do(scriptOff())
	copies := func() int {
		full, err := w.store.Story(t.Context(), retold)
		if err != nil {
			t.Fatal(err)
		}
		return len(full.Members)
	}
	b.open("/story/2000")
	b.do(chromedp.Click("#sources .copy:nth-child(6) button[name=entry]"), chromedp.WaitVisible(".flash button"))
	if n := copies(); n != 6 {
		t.Fatalf("%d copies after the split, want 6", n)
	}
	b.do(chromedp.Click(".flash button"), chromedp.WaitVisible("#sources .copy:nth-child(7)"))
	b.do(chromedp.Click(".joining summary"), chromedp.Click(".joining button[value='2010']"), chromedp.WaitVisible("#sources .copy:nth-child(8)"))
	b.do(chromedp.Click(".decided button"), chromedp.WaitVisible(".flash a"))
	if n := copies(); n != 7 {
		t.Errorf("%d copies after undoing the join, want 7", n)
	}
	b.do(chromedp.Click(".joining summary"), chromedp.SendKeys("#same", "2005\r"), chromedp.WaitVisible("#sources .copy:nth-child(8)"))
	b.open("/settings")
	b.do(chromedp.Click("#events-off"), chromedp.Click(".folding button"), chromedp.WaitVisible(".flash"))
	if w.rulesNow(t).Global.Events != "off" {
		t.Error("the choice was not kept")
	}
}

// The script stays out of the forms that it doesn't know.
func TestBrowserDecidesWithScript(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.strike(t, time.Now())
	b := browse(t, w)
	b.open("/story/2000")
	b.until(`document.querySelector("article button[name=unread]") !== null`)
	b.do(chromedp.Click("#sources .copy:nth-child(6) button[name=entry]"))
	b.until(`document.querySelectorAll("#sources .copy").length === 6`)
	b.do(chromedp.Click(".flash button"))
	b.until(`document.querySelectorAll("#sources .copy").length === 7`)
	if !w.mark(t, retold).Read {
		t.Error("a read story became unread by its reader's decisions")
	}
}

func TestBrowserRefusesWhatThePolicyForbids(t *testing.T) {
	w := newWorld(t, 1, nil)
	b := browse(t, w)
	b.open("/")
	ran := js[bool](b, `(() => {
		const s = document.createElement("script");
		try { s.textContent = "window.bad = true"; document.body.append(s); } catch {}
		return window.bad === true;
	})()`)
	if ran {
		t.Error("an inline script ran")
	}
	b.until(`true`)
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) == 0 {
		t.Error("the browser didn't complain: the other tests would miss violations")
	}
	b.complaints = nil
}
