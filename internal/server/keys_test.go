package server

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Every key that leads somewhere: what it asks the browser to go to is noted and not
// done, so one page serves for many keys.
func TestBrowserKeysLead(t *testing.T) {
	w := newWorld(t, 12, nil)
	w.strike(t, time.Now())
	b := browse(t, w)
	const river, folder, story, out = "/?view=all", "/?folder=World", "/story/999?view=all", "_blank noopener noreferrer"
	b.do(chromedp.EmulateViewport(1280, 800)) // the index is in sight
	at := ""
	for _, c := range []struct{ at, from, keys, want string }{
		{river, "#s2000 h3 a", "i", "/story/2000?view=all"},
		{river, "#s2000 h3 a", "c", "/story/2000?view=all#sources"},
		{river, "#s2000 h3 a", "e", "/story/2000?view=all#related"},
		{river, "#s2000 h3 a", "v", out},
		{river, "", "r", "reload"},
		{river, "", "gu", "/"},
		{river, "", "gh", "/"},
		{river, "", "ga", "/?view=all"},
		{river, "", "gs", "/?view=starred"},
		{river, "", "gt", "/?view=today"},
		{river, "", "gb", "/?view=all&order=sources"},
		{river, "", "gf", "/feeds"},
		{river, "", "gxu", ""}, // what leads nowhere ends the chord
		{folder, "", "J", "/?feed=1"},
		{folder, "", "K", "/?folder=Technology"},
		{folder, `#index a[href="/"]`, "NN", "focus on /?folder=Technology"},
		{folder, `#index a[href="/"]`, "NNP", "focus on /?folder=Science"},
		{story, "", "u", "/?view=all#s999"},
		{story, "", "o", "/?view=all#s999"},
		{story, "", "j", "/story/998?view=all"},
		{story, "", "k", "/story/1000?view=all"},
		{story, "", "v", out},
	} {
		if at != c.at {
			at = c.at
			b.open(at)
			js[bool](b, "("+pressing+", true)")
		}
		if got := js[string](b, fmt.Sprintf("press(%q, %q)", c.keys, c.from)); got != c.want {
			t.Errorf("%s from %s %s: %q, want %q", c.keys, c.at, c.from, got, c.want)
		}
	}
}

// pressing defines press(keys, from): the keys pressed with the focus there, and where
// they would have led, or where the focus is in the index.
const pressing = `(() => {
	let went = [];
	navigation.addEventListener("navigate", (event) => {
		if (event.destination.sameDocument) return;
		went.push(event.navigationType === "reload" ? "reload" : event.destination.url.slice(location.origin.length));
		event.preventDefault();
	});
	document.addEventListener("click", (event) => {
		const out = event.target.closest("a.out");
		if (!out) return;
		went.push(out.target + " " + out.rel);
		event.preventDefault();
	}, true);
	globalThis.press = (keys, from) => {
		went = [];
		document.activeElement.blur();
		if (from) document.querySelector(from).focus();
		for (const key of keys) document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
		const link = document.activeElement.closest("#index a");
		return link && !went.length ? "focus on " + link.getAttribute("href") : went.join();
	};
})()`

// The keys that stay in the river, and f and e on a story's page.
func TestBrowserKeysInPlace(t *testing.T) {
	b := browse(t, newWorld(t, 12, nil))
	row := func(i string) string { return `document.querySelectorAll("#river .row")[` + i + `]` }
	at := func(i string) string {
		return row(i) + `.ariaCurrent === "true" && ` + row(i) + `.contains(document.activeElement)`
	}
	const opened = `document.querySelectorAll(".opened").length === `
	b.open("/?view=all")
	for _, c := range []struct{ keys, want string }{
		{"nnp", at("0") + " && " + opened + "0"},
		{"jk", at("0") + " && " + opened + "1 && " + row("0") + `.querySelector(".opened .text") !== null`},
		{"o", at("0") + " && " + opened + "0"},
		{"2j", at("1") + " && " + opened + `0 && localStorage.getItem("opens") === "off"`},
		{"1j", at("2") + " && " + opened + `1 && localStorage.getItem("opens") === "on"`},
	} {
		b.keys(c.keys)
		b.until(c.want)
	}
	b.do(chromedp.Focus("#s997 h3 a"))
	b.keys("o") // a story with sound
	b.until(`document.querySelector("#s997 .opened audio") !== null && document.querySelector("#s997 .opened .enclosure select").value === "1"`)
	b.open("/story/999?view=all")
	b.keys("fe")
	b.until(`document.querySelector("article.starred") !== null && document.querySelector(".toast") !== null`)
}

// Space scrolls as ever, and where there is nothing left to scroll to it goes on.
func TestBrowserSpacePages(t *testing.T) {
	b := browse(t, newWorld(t, 12, nil))
	space := func(modifiers ...chromedp.KeyOption) { b.do(chromedp.KeyEvent(" ", modifiers...)) }
	current := func(at string) string {
		return `[...document.querySelectorAll("#river .row")].findIndex((r) => r.ariaCurrent === "true") === ` + at
	}
	b.do(chromedp.EmulateViewport(1000, 500))
	b.open("/?view=all")
	space()
	b.until("scrollY > 0 && " + current("-1"))
	b.do(chromedp.EmulateViewport(1000, 4000))
	b.open("/?view=all")
	space()
	b.until(current("0"))
	space()
	b.until(current("1"))
	space(chromedp.KeyModifiers(chromedp.ModifierShift))
	b.until(current("0"))
	b.open("/story/999?view=all")
	space()
	b.until(`location.pathname === "/story/998"`)
	space(chromedp.KeyModifiers(chromedp.ModifierShift))
	b.until(`location.pathname === "/story/999"`)
}

// With Ctrl, Alt or Meta a key is the browser's (rule K5), the palette's Ctrl+K apart.
func TestBrowserKeysWithModifiersAreTheBrowsers(t *testing.T) {
	w := newWorld(t, 12, nil)
	b := browse(t, w)
	b.open("/?view=all")
	taken := js[[]string](b, `(() => {
		const press = (key, modifier) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, [modifier]: true, bubbles: true, cancelable: true }));
		const taken = [];
		for (const modifier of ["ctrlKey", "altKey", "metaKey"]) {
			for (const key of "jnpoiucxevmsfzA12 NPJKgr/?") if (!press(key, modifier)) taken.push(modifier + key);
		}
		if (!press("k", "altKey")) taken.push("altKeyk");
		if (document.querySelector(".row[aria-current], dialog, .toast")) taken.push("something happened");
		if (press("j", "none")) taken.push("j alone isn't taken");
		return taken;
	})()`)
	if len(taken) > 0 {
		t.Errorf("%q", taken)
	}
	b.until(`document.querySelector(".opened .text") !== null`)
}
