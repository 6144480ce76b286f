package server

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The page of feeds is used by keyboard: j, k, x and Shift+x in the table, then a folder
// is chosen, and afterwards the focus is at the first of the feeds.
func TestBrowserFeedsByKeyboard(t *testing.T) {
	w := rostered(t)
	b := browse(t, w)
	b.do(chromedp.EmulateViewport(1200, 900))
	b.open("/feeds?sort=name&folder=World")
	js[bool](b, `(document.querySelector("#f1 .name").focus(), true)`)
	b.keys("xjX")
	b.until(`document.querySelector("#chosen").textContent === "2 feeds chosen"`)
	b.keys("k")
	if got := js[string](b, "document.activeElement.closest('tr').id"); got != "f1" {
		t.Errorf("j and k lead to %q", got)
	}
	b.keys("b")
	if got := js[string](b, "document.activeElement.id"); got != "move" {
		t.Errorf("b leads to %q", got)
	}
	js[bool](b, `(document.activeElement.value = "Science", document.querySelector("#do-move").focus(), true)`)
	b.do(chromedp.KeyEvent("\r"))
	b.until(`document.querySelector(".flash")?.textContent.includes("2 feeds moved to Science.")`)
	if got := js[string](b, "document.activeElement.id"); got != "list-title" {
		t.Errorf("the feeds aren't listed any more, and the focus is at %q, want the list's title", got)
	}
	if w.subscription(t, 1).Folder != "Science" {
		t.Error("the feed didn't move")
	}
	b.keys("z")
	b.until(`document.querySelector(".flash")?.textContent.includes("as they were")`)
	if w.subscription(t, 1).Folder != "World" {
		t.Error("the feed didn't come back")
	}
	b.open("/feeds")
	js[bool](b, `(document.querySelector("#f6 input").click(), document.querySelector('[value="pause"]').click(), true)`)
	b.until(`document.activeElement.closest("tr")?.id === "f6" && document.querySelector("#f6").className.includes("paused")`)
}

// Rows are chosen in a stretch with Shift, and dragged onto a folder.
func TestBrowserFeedsAreDragged(t *testing.T) {
	w := rostered(t)
	b := browse(t, w)
	b.do(chromedp.EmulateViewport(1200, 900))
	b.open("/feeds?sort=name")
	js[bool](b, `((boxes) => { boxes[1].click(); boxes[3].dispatchEvent(new MouseEvent("click", {shiftKey: true, bubbles: true})); return true; })(document.querySelectorAll('#roster input[name="feed"]'))`)
	b.until(`document.querySelectorAll("#roster tr.picked").length === 3`)
	const drag = `((from, to) => {
		const data = new DataTransfer(), send = (at, type) => at.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
		send(from, "dragstart"); send(to, "dragover");
		const marked = to.classList.contains("over"), said = data.getData("text/plain");
		send(to, "drop"); send(from, "dragend");
		return [String(marked), said];
	})(document.querySelector(%q), document.querySelector(%q))`
	got := js[[]string](b, fmt.Sprintf(drag, "#f1", `.places [data-folder="Technology"]`))
	if names := strings.Split(got[1], "\n"); got[0] != "true" || len(names) != 3 {
		t.Errorf("dragged %q", got)
	}
	b.until(`document.querySelector(".flash")?.textContent.includes("3 feeds moved to Technology.")`)
	b.open("/feeds")
	js[[]string](b, fmt.Sprintf(drag, "#f6", `tr.group [data-folder="World/Middle East"]`))
	b.until(`document.querySelector(".flash")?.textContent.includes("1 feed moved to ")`)
	if got := w.subscription(t, 6).Folder; got != "World/Middle East" {
		t.Errorf("it was dropped into %q", got)
	}
}

// Without script the same form does the same.
func TestBrowserFeedsWithoutScript(t *testing.T) {
	w := rostered(t)
	b := browse(t, w)
	b.do(chromedp.EmulateViewport(1200, 900), scriptOff())
	b.open("/feeds")
	b.do(chromedp.Click("#f6 input"), chromedp.SetValue("#new", "Alpha/Beta"), chromedp.Click("#do-move"), chromedp.WaitVisible(".flash"))
	if got := w.subscription(t, 6).Folder; got != "Alpha/Beta" {
		t.Errorf("it moved to %q", got)
	}
	b.do(chromedp.Click(".flash button"), chromedp.WaitVisible(".flash:not(:has(form))"))
	if got := w.subscription(t, 6).Folder; got != "Science" {
		t.Errorf("undone, it is in %q", got)
	}
}
