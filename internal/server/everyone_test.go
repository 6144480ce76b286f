package server

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Nothing but code, tables and plots, which scroll inside themselves, needs two
// directions of scrolling at 320 px, which is 1280 at 400 % (WCAG 2.2, 1.4.10), nor
// with the spacing of text that a reader may set (1.4.12), nor is anything cut off then.
func TestBrowserReflows(t *testing.T) {
	if raceDetector {
		t.Skip("runs without the race detector")
	}
	r := newShowroom(t)
	all := r.pages(t)
	b := browse(t, r.world)
	b.do(chromedp.EmulateViewport(320, 640))
	for tongue, paths := range map[string][]string{"de": all, "ar": oneOfEach(all)} {
		r.set(t, settingTongue, tongue)
		for _, path := range paths {
			b.open(path)
			b.unfold()
			b.narrow(path, "at 320 px")
			js[bool](b, `(() => {
				const s = new CSSStyleSheet();
				s.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-block-end: 2em !important }");
				document.adoptedStyleSheets = [s];
				return true;
			})()`)
			b.narrow(path, "with wide spacing")
		}
	}
}

// narrow fails where the page is wider than the screen, and names what makes it so.
func (b *tabOn) narrow(path, how string) {
	b.Helper()
	wide := js[[]string](b, `(() => {
		const end = innerWidth + 1;
		if (document.documentElement.scrollWidth <= end) return [];
		const scrolls = (e) => { for (; e && e !== document.body; e = e.parentElement) if (getComputedStyle(e).overflowX !== "visible") return true; };
		return ["" + document.documentElement.scrollWidth].concat([...document.querySelectorAll("body *")].filter((e) => {
			const r = e.getBoundingClientRect();
			return (r.right > end || r.left < -1) && r.width && !scrolls(e) && !e.matches(".skip");
		}).map((e) => e.outerHTML.slice(0, 120)).slice(0, 5));
	})()`)
	if len(wide) > 0 {
		b.Errorf("%s is too wide %s:\n%s", path, how, strings.Join(wide, "\n"))
	}
}

// What can be pressed is 24 px high and wide, or has that much room of its own, unless
// it stands in a line of text (WCAG 2.2, 2.5.8). Where a finger points, it is 44 px high; a
// box to tick has that together with its label or cell.
func TestBrowserTargetsAreLargeEnough(t *testing.T) {
	if raceDetector {
		t.Skip("runs without the race detector")
	}
	r := newShowroom(t)
	all := r.pages(t)
	b := browse(t, r.world)
	for width, paths := range map[int64][]string{390: all, 1280: oneOfEach(all)} {
		b.do(chromedp.EmulateViewport(width, 900))
		for _, path := range paths {
			b.open(path)
			b.unfold()
			if small := js[[]string](b, smallTargets); len(small) > 0 {
				t.Errorf("%s, %d px: too small:\n%s", path, width, strings.Join(small, "\n"))
			}
			if width > 390 {
				continue
			}
			b.do(phone(390, 900), touch(true))
			if !js[bool](b, `matchMedia("(pointer: coarse)").matches`) {
				t.Fatal("the browser doesn't take this for a screen that is touched")
			}
			if small := js[[]string](b, smallForFingers); len(small) > 0 {
				t.Errorf("%s: too small for a finger:\n%s", path, strings.Join(small, "\n"))
			}
			b.do(touch(false), chromedp.EmulateViewport(390, 900))
		}
	}
}

const smallTargets = `(() => {
	const seen = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest(".text, [inert]");
	const boxes = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")].filter(seen).flatMap((e) => {
		const label = e.matches("[type=checkbox], [type=radio]") && e.closest("label") || e;
		const r = label.getBoundingClientRect();
		return r.width && r.height && r.right > 0 && r.bottom > 0 ? [{ e, r, x: r.left + r.width / 2, y: r.top + r.height / 2 }] : [];
	});
	const inline = (e) => getComputedStyle(e).display === "inline" && [...e.parentElement.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
	const near = (a, b) => {
		const dx = Math.max(b.r.left - a.x, a.x - b.r.right, 0), dy = Math.max(b.r.top - a.y, a.y - b.r.bottom, 0);
		return Math.hypot(dx, dy) < 12 || b.r.width < 24 && b.r.height < 24 && Math.hypot(a.x - b.x, a.y - b.y) < 24;
	};
	return boxes.filter((a) => (a.r.width < 24 || a.r.height < 24) && !inline(a.e) && boxes.some((b) => b !== a && !a.e.contains(b.e) && !b.e.contains(a.e) && near(a, b)))
		.map((a) => Math.round(a.r.width) + "×" + Math.round(a.r.height) + " " + a.e.outerHTML.slice(0, 140)).slice(0, 8);
})()`

// phone emulates the screen of one.
func phone(width, height int64) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: true})
		return err
	})
}

const smallForFingers = `(() => {
	const seen = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest(".text, [inert], .skip, .hide");
	const inline = (e) => ["inline", "inline-block", "inline-flex"].includes(getComputedStyle(e).display) && [...e.parentElement.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
	const tall = (e) => [e, ...(e.labels ?? []), e.closest("td.pick")].some((x) => x && x.getBoundingClientRect().height >= 43.5 && x.getBoundingClientRect().width >= 8);
	return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")].filter((e) => seen(e) && e.getBoundingClientRect().width && !inline(e) && !tall(e) && !e.matches(".row h3 a"))
		.map((e) => Math.round(e.getBoundingClientRect().width) + "×" + Math.round(e.getBoundingClientRect().height) + " " + e.outerHTML.slice(0, 140)).slice(0, 8);
})()`

// Whoever walks a page with Tab sees where the focus is, and nothing covers it (WCAG
// 2.2, 2.4.7 and 2.4.11); in forced colours, too.
func TestBrowserFocusIsSeen(t *testing.T) {
	if raceDetector {
		t.Skip("runs without the race detector")
	}
	r := newShowroom(t)
	b := browse(t, r.world)
	for _, forced := range []string{"none", "active"} {
		b.do(media("forced-colors", forced), chromedp.EmulateViewport(1024, 600))
		for _, path := range []string{"/?view=all", "/story/2000", "/feeds", "/settings", "/statistics"} {
			b.open(path)
			b.unfold()
			if blank := js[string](b, blankIcon); blank != "" {
				t.Errorf("%s, forced colours %s: no icon on %s", path, forced, blank)
			}
			for range 40 {
				b.do(chromedp.KeyEvent("\t"))
				if hidden := js[string](b, unseenFocus); hidden != "" {
					t.Errorf("%s, forced colours %s: %s", path, forced, hidden)
				}
			}
		}
	}
}

// blankIcon is a button whose icon has the colour of what is behind it; empty for none.
const blankIcon = `[...document.querySelectorAll("button.i, a.i, summary.i")].find((e) => getComputedStyle(e, "::before").backgroundColor === getComputedStyle(document.documentElement).backgroundColor)?.outerHTML.slice(0, 140) ?? ""`

// unseenFocus tells what is wrong with where the focus is; empty for nothing.
const unseenFocus = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body) return "";
	const name = e.outerHTML.slice(0, 140), r = e.getBoundingClientRect();
	if (r.bottom <= 0 || r.top >= innerHeight || r.right <= 0 || r.left >= innerWidth) return "out of sight: " + name;
	const shows = (x) => { const s = getComputedStyle(x); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1 || s.boxShadow !== "none"; };
	const row = e.closest(".row[aria-current]"), parts = e.matches("[type=date]"); // a bar beside the row shows it; the browser, which part of a date
	if (!parts && !shows(e) && !shows(e.parentElement) && !(row && shows(row)) && !(e.labels && [...e.labels].some(shows))) return "not to be seen: " + name;
	const points = [[.5, .5], [.1, .5], [.9, .5]].map(([x, y]) => [r.left + r.width * x, Math.min(Math.max(r.top + r.height * y, 0), innerHeight - 1)]);
	const free = points.some(([x, y]) => { const at = document.elementFromPoint(x, y); return at && (e.contains(at) || at.contains(e) || e.labels && [...e.labels].some((l) => l.contains(at))); });
	return free ? "" : "covered: " + name;
})()`

// Who wants less motion gets none.
func TestBrowserMovesNothingForWhoWantsNone(t *testing.T) {
	if raceDetector {
		t.Skip("runs without the race detector")
	}
	r := newShowroom(t)
	all := oneOfEach(r.pages(t))
	b := browse(t, r.world)
	b.do(media("prefers-reduced-motion", "reduce"))
	for _, path := range all {
		b.open(path)
		moving := js[[]string](b, `[document.documentElement, ...document.querySelectorAll("body *")].filter((e) => {
			const s = getComputedStyle(e);
			const lasts = (d) => d.split(",").some((x) => parseFloat(x) > .01);
			return lasts(s.transitionDuration) || s.animationName !== "none" && lasts(s.animationDuration) || s.scrollBehavior === "smooth";
		}).map((e) => e.outerHTML.slice(0, 100)).slice(0, 3)`)
		if len(moving) > 0 {
			t.Errorf("%s moves:\n%s", path, strings.Join(moving, "\n"))
		}
	}
}

// media emulates a reader's preference.
func media(name, value string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: name, Value: value}},
		})
		return err
	})
}
