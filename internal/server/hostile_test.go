package server

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"
	div "golang.org/x/net/html/atom"

	"tidings/internal/feed"
	"tidings/internal/sanitize"
)

// hostile makes the corpus: every act in every third veil, and random heaps.
func hostile(evil string) []string {
	var all []string
	for i, veil := range veils {
		for j, act := range acts {
			if i < 2 || (i+j)%3 == 0 {
				all = append(all, strings.ReplaceAll(veil, "%s", act))
			}
		}
	}
	random := rand.New(rand.NewPCG(7, 7))
	for range 1500 {
		var b strings.Builder
		for range 3 + random.IntN(15) {
			if random.IntN(6) == 0 {
				b.WriteString(acts[random.IntN(len(acts))])
			} else {
				b.WriteString(shards[random.IntN(len(shards))])
			}
		}
		all = append(all, b.String())
	}
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], "EVIL", evil)
	}
	return all
}

// trap is an attacker's server, and in front of ours a proxy that takes away the
// content security policy, so that nothing but the sanitiser keeps a page safe,
// and that hooks what shows that a script ran.
type trap struct {
	evil *httptest.Server

	mu    sync.Mutex
	asked []string
}

func newTrap(t *testing.T) *trap {
	tr := &trap{}
	tr.evil = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tr.mu.Lock()
		tr.asked = append(tr.asked, r.URL.Path+" for "+r.Header.Get("Sec-Fetch-Dest")+" from "+r.Header.Get("Referer"))
		tr.mu.Unlock()
		if strings.HasSuffix(r.URL.Path, ".js") {
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, "alert('remote')")
		}
	}))
	t.Cleanup(tr.evil.Close)
	return tr
}

// requests gives what the attacker's server was asked for since the last call.
func (tr *trap) requests() []string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	asked := tr.asked
	tr.asked = nil
	return asked
}

const hook = `<head><script>window.ran = []; for (const f of ["alert", "confirm", "prompt", "print", "open"]) window[f] = (x) => { ran.push(f + " " + x); };</script>`

func (tr *trap) before(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept-Encoding")
		rec := httptest.NewRecorder()
		if r.URL.Path == "/events" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		h.ServeHTTP(rec, r)
		for k, v := range rec.Header() {
			if k != "Content-Security-Policy" && k != "Content-Length" {
				w.Header()[k] = v
			}
		}
		w.WriteHeader(rec.Code)
		fmt.Fprint(w, strings.Replace(rec.Body.String(), "<head>", hook, 1))
	})
}

// outlined is the tree of h, in the spelling of net/html.
func outlined(t *testing.T, h string) string {
	t.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(h), &html.Node{Type: html.ElementNode, DataAtom: div.Div, Data: "div"})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, n := range nodes {
		if err := html.Render(&b, n); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// boxed puts texts into the copies of one story, so many into each copy. What
// else a story has is hostile too.
func boxed(id uint64, texts []feed.HTML, each int) feed.Full {
	at := time.Now().Add(-time.Hour)
	const title = `</title><script>alert(1)</script>"'><img src=x:y onerror=alert(1)>{{alert(1)}}`
	f := told(id, 1, title, title, at)
	lead := &f.Members[0]
	lead.Body.Content, lead.Body.Comments = "<p>calm</p>", "javascript:alert(1)"
	lead.Entry.URL, lead.Entry.Image, lead.Entry.Language = "javascript:alert(1)", "javascript:alert(1)", `en" onclick="alert(1)`
	lead.Entry.Categories, lead.Entry.Authors = acts, []feed.Person{{Name: title}}
	lead.Entry.Enclosures = []feed.Enclosure{{URL: `https://a.example/" onerror="alert(1)`, Type: "audio/mpeg\"><script>alert(1)</script>"}}
	for chunk := range slices.Chunk(texts, each) {
		f = and(f, uint64(2+len(f.Members)%7), title, 400, feed.Verdict{Level: feed.LevelSameText, Score: 1, Evidence: title})
		var b strings.Builder
		for _, h := range chunk {
			b.WriteString(string(h) + "<hr>")
		}
		f.Members[len(f.Members)-1].Body.Content = feed.HTML(b.String())
	}
	return f
}

// wild are the acts as they are, each in a copy of its own, but for those that
// lead away from the page.
func wild(evil string) (all []feed.HTML) {
	for _, act := range acts {
		if !strings.Contains(act, "<meta") && !strings.Contains(act, "<base") && !strings.Contains(act, "<form") {
			all = append(all, feed.HTML(strings.ReplaceAll(act, "EVIL", evil)))
		}
	}
	return all
}

// prod does to every element of the texts what a person could do to it, but for
// following links.
const prod = `(() => {
  addEventListener("click", (e) => { if (e.target.closest("a, area, summary")) e.preventDefault(); }, true);
  for (const d of document.querySelectorAll("details")) d.open = true;
  for (const el of document.querySelectorAll(".text *")) {
    for (const type of ["mouseover", "pointerenter", "focus", "focusin", "error", "load", "toggle", "animationstart", "input", "change", "keydown", "copy", "wheel"])
      el.dispatchEvent(new Event(type, { bubbles: false }));
    el.focus?.();
    el.click?.();
  }
  return true;
})()`

// found lists what the texts of a page have that they must not, by an allowlist
// of its own, written down once more.
const found = `(() => {
  const wrong = [];
  const names = new Set(("a abbr acronym address area article aside audio b bdi bdo big blockquote br button caption center cite code col colgroup " +
    "command datagrid datalist dd del details dfn dir div dl dt em event-source fieldset figcaption figure font footer h2 h3 h4 h5 h6 header hgroup hr i " +
    "img input ins kbd keygen label legend li m map mark menu meter multicol nextid ol optgroup option output p pre progress q rp rt ruby s samp section " +
    "select small sound source spacer span strike strong sub summary sup table tbody td textarea tfoot th thead time tr track tt u ul var video wbr").split(" "));
  const attributes = new Set(("id dir lang title alt href rel src poster cite datetime width height loading decoding usemap shape coords name colspan " +
    "rowspan align valign scope span start type reversed value open checked disabled min max low high optimum controls preload kind srclang label default").split(" "));
  const web = (u) => /^https?:\/\/[^/]/.test(u);
  for (const el of document.querySelectorAll(".text *")) {
    const say = (what) => wrong.push(what + ": " + el.outerHTML.slice(0, 200));
    if (!names.has(el.localName) || el.namespaceURI !== "http://www.w3.org/1999/xhtml") say("element");
    for (const { name, value } of el.attributes) {
      const scrolls = el.matches("pre, div.scroll") && ({ tabindex: ["0"], role: ["group"], "aria-label": ["Code", "Table"], class: ["scroll"] }[name] ?? []).includes(value);
      const large = el.matches("a.large") && (name === "class" || name === "aria-label" && value === "Open the picture large");
      const hung = el.matches("img[src^='/picture/']") && ["srcset", "sizes", "data-large"].includes(name) || el.matches("img") && name === "class" && value === "small";
      const ours = scrolls || large || hung || name === "class" && value === "new" && el.matches("mark");
      if (!attributes.has(name) && !ours) say(name);
      if ((name === "id" || name === "name") && !value.startsWith("u-")) say(name);
    }
    if (el.matches("[href]:is(a, area)") && (!["http:", "https:", "mailto:", "tel:"].includes(el.protocol) || el.rel !== "noopener noreferrer")) say("link");
    if (el.matches("[src]") && !web(el.src) && !/^data:image\/(png|jpeg|gif|webp);base64,/.test(el.src)) say("src");
    if (el.matches("[poster]") && !web(el.poster)) say("poster");
    if (el.matches("img:not([loading=lazy])") || el.matches("audio, video") && (el.autoplay || el.preload !== "none")) say("hasty");
    if (el.matches("button, input, select, textarea, keygen") && !el.matches("[disabled]")) say("control");
    if (!el.matches("audio *, video *") && !["static", "relative"].includes(getComputedStyle(el).position)) say("position");
  }
  const odd = document.createTreeWalker(document.body, ~(NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT));
  while (odd.nextNode()) wrong.push("node " + odd.currentNode.nodeName);
  const inert = document.implementation.createHTMLDocument("").createElement("div");
  for (const box of document.querySelectorAll(".text")) {
    inert.innerHTML = box.innerHTML;
    if (inert.innerHTML !== box.innerHTML) wrong.push("not stable: " + box.innerHTML.slice(0, 500));
  }
  return wrong.slice(0, 10);
})()`

const shape = `(() => {
  const count = (s) => s + ": " + document.querySelectorAll(s).length;
  return [".text", ".text .text", "main > article > .text", "ol.copies > li.copy", "li.copy > .copy-acts > a.read", "main", "h1", "form", "body > *", "main > *", "script", "[autofocus]", "[class~=row]"].map(count).join("\n") +
    "\n" + location.pathname;
})()`

// each is how many texts stand in one copy.
const each = 200

// TestHostileTexts shows hostile texts, sanitised, on the page of a story, in a
// real browser and without our content security policy.
func TestHostileTexts(t *testing.T) {
	if raceDetector {
		t.Skip("runs without the race detector")
	}
	w, tr := newWorld(t, 0, nil), newTrap(t)
	base, err := url.Parse(tr.evil.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := sanitize.New()
	var texts, calm []feed.HTML
	for _, raw := range hostile(base.Host) {
		texts = append(texts, s.HTML(raw, base))
		calm = append(calm, "<p>x</p>")
	}
	w.store.tell(t, boxed(30, texts, each), boxed(20, calm, each), boxed(10, wild(base.Host), 8))
	t.Cleanup(w.Close)
	srv := httptest.NewServer(tr.before(w))
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	b := browseAt(t, srv.URL)
	t.Cleanup(func() { // a browser is right to complain of all this
		b.mu.Lock()
		defer b.mu.Unlock()
		b.complaints = nil
	})
	b.open("/?view=all") // titles and excerpts
	if ran, _, asked := tr.spring(b); len(ran)+len(asked) > 0 {
		t.Errorf("in the river scripts ran: %q\nand it asked for: %q", ran, asked)
	}
	var want []string
	for _, href := range b.copies("/story/20") {
		b.open(href)
		want = append(want, js[string](b, shape))
	}
	copies := b.copies("/story/30")
	if len(copies) != len(want) || len(copies) != (len(texts)+each-1)/each {
		t.Fatalf("%d copies can be read, want %d", len(copies), len(want))
	}
	for i, href := range copies {
		b.open(href)
		if got := js[string](b, shape); strings.ReplaceAll(got, "/30", "/20") != want[i] {
			t.Errorf("the page around the texts is\n%s\nnot\n%s", got, want[i])
		}
		b.reads(w, 30, texts[i*each:min(len(texts), (i+1)*each)])
		if ran, wrong, asked := tr.spring(b); len(ran)+len(wrong)+len(asked) > 0 {
			t.Errorf("scripts ran: %q\nthe page asked for: %q\nand has:\n%s", ran, asked, strings.Join(wrong, "\n"))
		}
	}

	var ran, wrong, asked []string // as they are, to see that the trap works
	for _, href := range b.copies("/story/10") {
		b.open(href)
		r, w, a := tr.spring(b)
		ran, wrong, asked = append(ran, r...), append(wrong, w...), append(asked, a...)
	}
	if len(ran) < 25 || len(wrong) < 10 {
		t.Errorf("of the texts as they were written, only these ran: %q\nand only these were found:\n%s", ran, strings.Join(wrong, "\n"))
	}
	for _, leak := range []string{"leak.js for script", "leak.css for style", "leak.html for iframe", "leak.html for object", "leak.mp4 for video"} {
		if !slices.ContainsFunc(asked, func(r string) bool { return strings.Contains(r, leak) }) {
			t.Errorf("%s was not asked for, only %q", leak, asked)
		}
	}
}

// copies are the pages on which the copies of a story can be read, but for the lead.
func (b *tabOn) copies(story string) []string {
	b.Helper()
	b.open(story)
	return js[[]string](b, `[...document.querySelectorAll("li.copy a.read")].map((a) => a.getAttribute("href"))`)
}

// reads holds that the browser builds of the texts of a copy what package html
// builds of them, but for the marks of what is new.
func (b *tabOn) reads(w *world, story uint64, texts []feed.HTML) {
	b.Helper()
	unmarked := `(x) => (x = x.cloneNode(true), x.querySelectorAll("mark.new").forEach((m) => m.replaceWith(...m.childNodes)), x.normalize(), x.innerHTML)`
	for _, box := range js[[]string](b, `[...document.querySelectorAll("main > article > .text")].map(`+unmarked+`)`) {
		var sent strings.Builder
		for _, h := range texts {
			sent.WriteString(string(h) + "<hr>")
		}
		presented := newPresenter(nil, story, "").text(sent.String())
		got, want := outlined(b.T, box), outlined(b.T, string(enlarge(nil, w.hang(presented, "https://outlet1.example/feed.xml"))))
		if got == want {
			continue
		}
		at := 0
		for at < min(len(got), len(want)) && got[at] == want[at] {
			at++
		}
		b.Errorf("a browser reads\n…%.300s\nas\n…%.300s", want[max(0, at-100):], got[max(0, at-100):])
	}
}

// spring prods a page and tells what ran, what it has that it must not, and what
// it asked the attacker for besides pictures, or for a picture with a referrer.
func (tr *trap) spring(b *tabOn) (ran, wrong, asked []string) {
	b.Helper()
	js[bool](b, prod)
	wrong = js[[]string](b, found)
	tr.settle(b)
	asked = slices.DeleteFunc(tr.requests(), func(r string) bool { return strings.HasSuffix(r, " for image from ") })
	return js[[]string](b, "ran"), wrong, asked
}

// settle waits until a page has made the requests that it is going to make.
func (tr *trap) settle(b *tabOn) {
	b.until(`document.readyState === "complete"`)
	js[bool](b, `(fetch("/healthz").then(() => setTimeout(() => { window.settled = true; }, 200)), true)`)
	b.until("window.settled === true")
}
