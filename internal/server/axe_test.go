package server

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// axeScript is axe-core, of which TIDINGS_AXE names the file. Without, the test is
// skipped, unless TIDINGS_REQUIRE_AXE demands it (.ci/run fetches it, pinned).
//
//	npm pack axe-core && tar -xzf axe-core-*.tgz package/axe.min.js
//	TIDINGS_AXE=$PWD/package/axe.min.js go test ./internal/server -run Axe
func axeScript(t *testing.T) string {
	t.Helper()
	file := os.Getenv("TIDINGS_AXE")
	switch {
	case file == "" && os.Getenv("TIDINGS_REQUIRE_AXE") != "":
		t.Fatal("TIDINGS_AXE names no axe.min.js, and TIDINGS_REQUIRE_AXE is set")
	case file == "":
		t.Skip("TIDINGS_AXE names no axe.min.js")
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestAxe holds every page against the rules of axe-core, in light and dark, on a screen
// and on a phone, from left to right and, in Arabic, from right to left.
func TestAxe(t *testing.T) {
	if raceDetector {
		t.Skip("runs without the race detector")
	}
	axe := axeScript(t)
	r := newShowroom(t)
	all := append(r.pages(t), "/nothing")
	b := browse(t, r.world)
	for _, path := range all {
		b.open(path)
		b.load(axe)
		b.unfold()
		b.do(chromedp.EmulateViewport(1440, 900), scheme("light"))
		b.sound(path+", light", allRules)
		b.do(chromedp.EmulateViewport(390, 900), scheme("dark"))
		b.sound(path+", dark", inLooks)
	}
	r.set(t, settingTongue, "ar")
	b.do(scheme("light"))
	for _, path := range all {
		b.open(path)
		b.load(axe)
		b.unfold()
		b.sound(path+", Arabic", butColours) // which are those of the other direction
	}
	if said := b.pardon(); len(said) != 2 { // of the page that isn't there, in both tongues
		t.Errorf("the browser says: %q", said)
	}
}

// oneOfEach keeps the first address of each kind of page: of those that begin alike and
// are as deep.
func oneOfEach(paths []string) (kept []string) {
	known := map[string]bool{}
	for _, path := range paths {
		bare, _, _ := strings.Cut(path, "?")
		parts := strings.Split(bare, "/")
		kind := parts[1] + number(uint64(len(parts)))
		if !known[kind] {
			kept = append(kept, path)
		}
		known[kind] = true
	}
	return kept
}

// sound fails the test where the page breaks one of the rules.
func (b *tabOn) sound(what, rules string) {
	b.Helper()
	if found := b.axe(rules); len(found) > 0 {
		b.Errorf("%s:\n%s", what, strings.Join(found, "\n"))
	}
}

// TestAxeOfWhatOpens holds what only the script shows against the same rules.
func TestAxeOfWhatOpens(t *testing.T) {
	if raceDetector {
		t.Skip("runs without the race detector")
	}
	axe := axeScript(t)
	r := newShowroom(t)
	b := browse(t, r.world)
	for what, open := range map[string]func(){
		"help":        func() { b.open("/"); b.keys("?"); b.until(`document.querySelector("dialog[open]") !== null`) },
		"palette":     func() { b.open("/"); b.keys("/"); b.until(`document.querySelector("dialog[open] input") !== null`) },
		"an open row": func() { b.open("/"); b.keys("j"); b.until(`document.querySelector(".opened .text") !== null`) },
		"a marked story": func() {
			b.open("/")
			b.keys("nm")
			b.until(`document.querySelector("#river .row:not(.unread)") !== null`)
		},
	} {
		for _, look := range []string{"light", "dark"} {
			b.do(chromedp.EmulateViewport(1024, 900), scheme(look))
			open()
			b.load(axe)
			b.sound(what+", "+look, allRules)
		}
	}
}

// load runs a script of the test's in the page.
func (b *tabOn) load(script string) {
	b.Helper()
	js[bool](b, "(()=>{"+script+"\n;return true})()")
}

// unfold opens what a page keeps folded, but for what would cover the rest.
func (b *tabOn) unfold() {
	b.Helper()
	js[bool](b, `(document.querySelectorAll("details").forEach((d) => { d.open = !d.closest(".by") && d.id !== "look"; }), true)`)
}

// What axe is asked for: all its rules, all but the slowest, or those that another look
// of the same page could break.
const (
	allRules   = `{}`
	butColours = `{rules: {"color-contrast": {enabled: false}}}`
	inLooks    = `{runOnly: ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable", "nested-interactive", "meta-viewport", "region", "label"]}`
)

// axe lists what breaks one of the rules. It has no style sheet
// fetched anew, which is for one rule, of sheets that lock a screen's orientation.
func (b *tabOn) axe(rules string) []string {
	b.Helper()
	js[bool](b, `(window.axeFound = null, axe.run(document, {resultTypes: ["violations"], preload: false, ...`+rules+`}).then((r) => {
		window.axeFound = r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target.join(" ") + ": " + n.failureSummary.slice(0, 300)));
	}, (e) => { window.axeFound = [String(e)]; }), true)`)
	b.until("window.axeFound !== null")
	return js[[]string](b, "window.axeFound")
}
