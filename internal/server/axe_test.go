package server

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestAxe holds river and story against the rules of axe-core, in light and dark and
// in both directions. It runs only where TIDINGS_AXE names its file:
//
//	npm install --prefix axe axe-core
//	TIDINGS_AXE=$PWD/axe/node_modules/axe-core/axe.min.js go test ./internal/server -run Axe
func TestAxe(t *testing.T) {
	file := os.Getenv("TIDINGS_AXE")
	if file == "" {
		t.Skip("TIDINGS_AXE names no axe.min.js")
	}
	axe, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, 40, nil)
	w.strike(t, time.Now())
	entries := w.sunk(t)
	flash := w.shelf.put(&flash{Text: "42 stories marked read.", Undo: "x"})
	b := browse(t, w)
	for _, path := range []string{
		"/?view=all&done=" + flash, "/?view=all&order=sources&span=week", "/?view=starred", "/story/1000", "/story/2000?view=all", "/story/4000", "/story/4000?copy=" + number(entries[1]),
	} {
		for _, look := range []string{"light", "dark"} {
			for _, dir := range []string{"ltr", "rtl"} {
				for _, width := range []int64{390, 1440} {
					b.do(chromedp.EmulateViewport(width, 900), scheme(look))
					b.open(path)
					if found := b.axe(string(axe), dir); len(found) > 0 {
						t.Errorf("%s, %s, %s, %d px:\n%s", path, look, dir, width, strings.Join(found, "\n"))
					}
				}
			}
		}
	}
}

// axe unfolds the page and lists what breaks a rule.
func (b *tabOn) axe(script, dir string) []string {
	b.Helper()
	js[bool](b, `(document.documentElement.dir = "`+dir+`", document.querySelectorAll("details").forEach((d) => { d.open = !d.closest(".by") && d.id !== "look"; }), true)`)
	js[bool](b, "("+"()=>{"+script+"\n;return true})()")
	js[bool](b, `(window.axeFound = null, axe.run(document, {resultTypes: ["violations"]}).then((r) => {
		window.axeFound = r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target.join(" ") + ": " + n.failureSummary.slice(0, 300)));
	}, (e) => { window.axeFound = [String(e)]; }), true)`)
	b.until("window.axeFound !== null")
	return js[[]string](b, "window.axeFound")
}
