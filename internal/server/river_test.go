package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

func titles(p *node) []string {
	var list []string
	for _, n := range p.find("#river h3") {
		list = append(list, n.text())
	}
	return list
}

func TestRiverRow(t *testing.T) {
	w := newWorld(t, 40, nil)
	a := w.get(t, "/").status(200)
	p := a.page()
	rw := a.one(p, "#s1000")
	if got := rw.find("h3 a")[0]; got.text() != "Prime minister makes first visit to White House as tariffs loom" ||
		got.attr("href") != "/story/1000" || got.attr("lang") != "en" || got.attr("dir") != "auto" {
		t.Errorf("title link %q %v", got.text(), got.Attr)
	}
	if got := rw.find("summary")[0].text(); got != "+3 sources" {
		t.Errorf("sources %q", got)
	}
	if got := rw.find("details p")[0].text(); got != "\u2068Meridian Wire\u2069, \u2068The Harbour Courier\u2069, \u2068Northern Broadcasting\u2069" {
		t.Errorf("names of sources %q", got)
	}
	for _, name := range []string{"open", "read", "star", "above"} {
		if len(rw.find("button[name="+name+"]")) != 1 {
			t.Errorf("no button %q", name)
		}
	}
	if got := len(rw.find("img[loading=lazy]")); got != 1 {
		t.Errorf("%d pictures", got)
	}
}

func TestRiverOddities(t *testing.T) {
	w := newWorld(t, 10, nil)
	p := w.get(t, "/").status(200).page()
	got := titles(p)
	// a story without title is called by its beginning; markup in a title is text
	if want := "A note without any title, as small blogs and microblogs write them: just a…"; got[6] != want {
		t.Errorf("untitled: %q", got[6])
	}
	if got := p.find("#s994 .excerpt")[0].text(); got != "…paragraph that begins at once and wanders on for a while." {
		t.Errorf("the text of an untitled story goes on %q", got)
	}
	if want := "Quantum sensor sees gravity <em>through</em> rock & soil"; got[7] != want {
		t.Errorf("markup: %q", got[7])
	}
	evil := invented(0, time.Now().Add(time.Second))
	evil.ID, evil.Members = 5000, evil.Members[:1]
	e := &evil.Members[0].Entry
	e.Title, e.URL, e.Image, e.Language = "x", "javascript:alert(1)", "data:image/svg+xml,x", `en" onload="x`
	w.store.tell(t, evil)
	a := w.get(t, "/").status(200)
	checkPage(a)
	rw := a.one(a.page(), "#s5000")
	if len(rw.find("img"))+len(rw.find("a.out")) != 0 || rw.find("h3 a")[0].has("lang") {
		t.Error("addresses or languages of no kind got through")
	}
}

func TestRiverPaging(t *testing.T) {
	w := newWorld(t, 120, nil)
	var seen []string
	path, last := "/", ""
	for path != "" {
		p := w.get(t, path).status(200).page()
		seen = append(seen, titles(p)...)
		last, path = path, ""
		if next := p.find("a[rel=next]"); len(next) > 0 {
			path = next[0].attr("href")
		}
	}
	if len(seen) != 120 {
		t.Errorf("%d stories on all pages, want 120", len(seen))
	}
	p := w.get(t, last).page()
	back := p.find("a[rel=prev]")[0].attr("href")
	if !strings.HasPrefix(back, "/?after=") {
		t.Errorf("newer leads to %q", back)
	}
	p = w.get(t, back).page()
	if got := titles(p); !slices.Equal(got, seen[50:100]) {
		t.Errorf("the page before the last has %d stories, not the second fifty", len(got))
	}
	p = w.get(t, p.find("a[rel=prev]")[0].attr("href")).page()
	if got := titles(p); !slices.Equal(got, seen[:50]) || len(p.find("a[rel=prev]")) != 0 {
		t.Error("the first page is not reached backwards, or offers newer ones")
	}
}

func TestRiverFilters(t *testing.T) {
	w := newWorld(t, 40, nil)
	for _, tt := range []struct{ path, heading, current string }{
		{"/", "The river", "Unread"},
		{"/?view=all", "The river", "All"},
		{"/?folder=World", "World", "Unread"},
		{"/?feed=8&view=all", "科技日报", "All"},
		{"/?view=starred", "The river", "Starred"},
	} {
		a := w.get(t, tt.path).status(200)
		p := a.page()
		if got := a.one(p, "h1").text(); got != tt.heading {
			t.Errorf("%s: heading %q, want %q", tt.path, got, tt.heading)
		}
		if got := a.one(p, ".tabs [aria-current]").text(); !strings.HasPrefix(got, tt.current) {
			t.Errorf("%s: tab %q, want %q", tt.path, got, tt.current)
		}
		a.one(p, "#index [aria-current=page]")
	}
	w.get(t, "/?view=odd").status(400)
	w.get(t, "/?feed=x").status(400)
	w.get(t, "/?feed=77").status(404)
	w.get(t, "/?before=yesterday").status(400)
}

func TestRiverEmpty(t *testing.T) {
	for _, tt := range []struct {
		stories int
		path    string
		first   bool
		want    string
	}{
		{-1, "/", false, "Nothing to read yet"},
		{0, "/", true, "The presses are running"},
		{0, "/", false, "No stories yet"},
		{0, "/?view=all", false, "No stories yet"},
		{0, "/?folder=World", false, "No stories yet"},
		{3, "/?feed=7&view=all", false, "No stories yet"},
		{9, "/?view=starred", false, "No stars yet"},
		{9, "/?view=all&before=100-1", false, "The end of the river"},
	} {
		w := newWorld(t, tt.stories, nil)
		w.poller.set(feed.Progress{Running: tt.first, First: tt.first, Total: 40, Done: 3})
		a := w.get(t, tt.path).status(200)
		if got := a.one(a.page(), ".empty h2").text(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.path, got, tt.want)
		}
	}
}

// Who has read everything is told so; who has no network isn't.
func TestRiverAllRead(t *testing.T) {
	w := newWorld(t, 3, nil)
	yes := true
	if _, err := w.store.Mark(t.Context(), []uint64{998, 999, 1000}, feed.MarkChange{Read: &yes}, time.Now()); err != nil {
		t.Fatal(err)
	}
	a := w.get(t, "/").status(200)
	if got := a.one(a.page(), ".empty h2").text(); got != "All read" {
		t.Errorf("%q, want that all is read", got)
	}
}

func TestRiverWithoutNetwork(t *testing.T) {
	down := feed.State{Polled: time.Now(), Failures: 1, Failure: feed.FailureTemporary, Error: "no such host"}
	fine := feed.State{Polled: time.Now(), Answered: time.Now()}
	for _, tt := range []struct {
		states []feed.State
		want   string
		poll   bool
	}{
		{[]feed.State{down, down, down}, "None of your 3 feeds could be reached. Is this machine online?", true},
		{[]feed.State{down}, "Your feed could not be reached. Is this machine online?", true},
		{[]feed.State{down, fine}, "Your feeds have not brought anything so far.", false},
		{[]feed.State{down, {}}, "Your feeds have not brought anything so far.", false},
	} {
		w := newWorld(t, -1, nil)
		for i, st := range tt.states {
			w.store.follow(t, feed.Following{Subscription: feed.Subscription{URL: "https://outlet" + number(uint64(i)+1) + ".example/"}, State: st})
		}
		a := w.get(t, "/").status(200)
		checkPage(a)
		e := a.one(a.page(), ".empty")
		if got := e.find("p")[0].text(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
		if got := e.find("a")[0].attr("href"); got != "/feeds" {
			t.Errorf("links to %q", got)
		}
		if got := len(e.find("form")) == 1; got != tt.poll {
			t.Errorf("offers to poll: %v, want %v", got, tt.poll)
		}
	}
}

func TestFirstPoll(t *testing.T) {
	w := newWorld(t, 3, nil)
	w.poller.set(feed.Progress{Running: true, First: true, Total: 40, Done: 12, New: 96})
	a := w.get(t, "/").status(200)
	p := a.page()
	if got := a.one(p, "#poll-text").text(); got != "Polling your feeds for the first time: 12 of 40, 96 entries so far." {
		t.Errorf("banner %q", got)
	}
	if bar := a.one(p, "progress"); bar.attr("value") != "12" || bar.attr("max") != "40" {
		t.Errorf("bar %v", bar.Attr)
	}
	if !strings.Contains(p.find("noscript")[0].text(), `http-equiv="refresh"`) {
		t.Error("without script the page doesn't fill")
	}
	w.poller.set(feed.Progress{Running: true})
	if p := w.get(t, "/").page(); len(p.find("noscript")) != 0 || !p.find("#poll")[0].has("hidden") {
		t.Error("the banner stays after the first poll")
	}
}

func TestStarterNotice(t *testing.T) {
	starter := []feed.Wish{{URL: "https://outlet1.example/feed.xml", Folder: "World"}, {URL: "https://outlet2.example/feed.xml", Folder: "Elsewhere"}}
	w := newWorld(t, 3, func(o *Options) { o.Starter = starter })
	a := w.get(t, "/").status(200)
	if got := a.one(a.page(), ".starter summary").text(); !strings.Contains(got, "reading 1 feed that") {
		t.Errorf("notice %q", got)
	}
	w.post(t, "/starter/dismiss", url.Values{}).status(303).location("/")
	if len(w.get(t, "/").page().find(".starter")) != 0 {
		t.Error("the notice stays after it was dismissed")
	}
}

func TestStoryPage(t *testing.T) {
	w := newWorld(t, 40, nil)
	a := w.get(t, "/story/995?folder=World&view=all").status(200)
	p := a.page()
	if got := len(p.find(".sources ol li.x")); got != 0 {
		t.Fatal("the selector is broken")
	}
	if got := a.one(p, "#sources-title").text(); got != "Told by 4 sources" {
		t.Errorf("sources: %q", got)
	}
	evidence := p.find(".sources .evidence")
	if got := evidence[1].text(); got != "The texts are the same, word for word (412 words)." {
		t.Errorf("evidence: %q", got)
	}
	for _, n := range p.find("nav.top a") {
		if n.attr("rel") != "" && !strings.HasSuffix(n.attr("href"), "?folder=World&view=all") {
			t.Errorf("neighbour %q left the river it was in", n.attr("href"))
		}
	}
	if got := a.one(p, "a.up").attr("href"); got != "/?folder=World&view=all#s995" {
		t.Errorf("back to %q", got)
	}
	if len(p.find(".text blockquote")) == 0 {
		t.Error("the text is not there as HTML")
	}
	if audio := w.get(t, "/story/997").page().find("audio"); len(audio) != 1 || audio[0].attr("preload") != "none" {
		t.Error("no player, or one that loads before it is asked to")
	}
	w.get(t, "/story/1").status(404)
	w.get(t, "/story/x").status(404)
}

func TestStoryNeighbours(t *testing.T) {
	w := newWorld(t, 5, nil)
	yes := true
	if _, err := w.store.Mark(t.Context(), []uint64{999, 997}, feed.MarkChange{Read: &yes}, time.Now()); err != nil {
		t.Fatal(err)
	}
	p := w.get(t, "/story/998").page()
	// on: the next unread one; back: what stood there, read or not
	if got := p.find("a[rel=next]")[0].attr("href"); got != "/story/996" {
		t.Errorf("next %q", got)
	}
	if got := p.find("a[rel=prev]")[0].attr("href"); got != "/story/999" {
		t.Errorf("previous %q", got)
	}
}

// Levels that come later than this page must read well on it.
func TestStoryPageOfUnknownLevels(t *testing.T) {
	w := newWorld(t, 1, nil)
	x := invented(0, time.Now().Add(time.Minute))
	x.ID = 3000
	x.Members[1].Verdict = feed.Verdict{Level: "odd", Of: 1, Score: .93, Evidence: "93 % of the text is the same."}
	x.Members[2].Verdict = feed.Verdict{Level: "odd", Of: 1, Score: .9}
	x.Members[3].Verdict = feed.Verdict{Level: "", Of: 1}
	w.store.tell(t, x)
	var got []string
	for _, n := range w.get(t, "/story/3000").status(200).page().find(".sources li.copy") {
		got = append(got, strings.Join(strings.Fields(n.find(".level")[0].text()+" "+textOf(n, ".evidence")), " "))
	}
	want := []string{"First to arrive Shown above: it is the earliest", "The same story 93 % of the text is the same.", "The same story", "The same story"}
	if !slices.Equal(got, want) {
		t.Errorf("evidence %q, want %q", got, want)
	}
}

// Only the list of feeds reads all subscriptions: with thousands that takes longer
// than everything else a page does.
func TestPagesDontReadAllSubscriptions(t *testing.T) {
	w := newWorld(t, 3, nil)
	for _, path := range []string{"/", "/?folder=World", "/story/1000", "/feeds/3", "/feeds/3/remove", "/subscribe", "/settings", "/feed.atom"} {
		w.get(t, path).status(200)
	}
	if n := w.store.listed.Load(); n != 0 {
		t.Errorf("subscriptions were read %d times", n)
	}
}

func TestUntitledStoryIsCalledByItsFirstSentence(t *testing.T) {
	for _, tt := range []struct{ text, title, excerpt string }{
		{"The baker sells yesterday’s bread under the name “Thursday”. I bought a Thursday. It was good.",
			"The baker sells yesterday’s bread under the name “Thursday”.", "I bought a Thursday. It was good."},
		{"Ja. Und dann ging der Vorhang auf, und niemand von uns wusste noch, warum wir eigentlich gekommen waren.",
			"Ja. Und dann ging der Vorhang auf, und niemand von uns wusste noch, warum wir…", "…eigentlich gekommen waren."},
		{"雨が降った。" + strings.Repeat("駅前の市場は今日も開いている。", 8), "雨が降った。" + strings.Repeat("駅前の市場は今日も開いている。", 4), strings.Repeat("駅前の市場は今日も開いている。", 4)},
	} {
		if title, excerpt := headed(nil, feed.Entry{Excerpt: tt.text}); title != tt.title || excerpt != tt.excerpt {
			t.Errorf("%q: %q, then %q", tt.text, title, excerpt)
		}
	}
}

func TestSentence(t *testing.T) {
	for in, want := range map[string]string{"": "", "no feed": "No feed.", "élan vital!": "Élan vital!", "“x” is no list": "“x” is no list.",
		"feeds.example.org is unknown": "feeds.example.org is unknown.", "gone.": "Gone.", "failed: example.org": "Failed: example.org."} {
		if got := sentence(in); got != want {
			t.Errorf("sentence(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestBrokenStore(t *testing.T) {
	w := newWorld(t, 1, nil)
	w.store.broken = http.ErrBodyNotAllowed
	a := w.get(t, "/").status(500)
	checkPage(a)
	if strings.Contains(a.Body.String(), http.ErrBodyNotAllowed.Error()) {
		t.Error("the page tells the insides of the program")
	}
	if a.Header().Get("Content-Security-Policy") != policy {
		t.Error("error page without its policy")
	}
}

func TestFirstViewIsSmall(t *testing.T) {
	w := newWorld(t, 50, nil)
	size := 0
	p := w.get(t, "/").page()
	paths := []string{"/", p.find("[rel=stylesheet]")[0].attr("href"), p.find("script")[0].attr("src")}
	for _, path := range paths {
		a := w.get(t, path, "Accept-Encoding", "gzip").status(200)
		if a.Header().Get("Content-Encoding") != "gzip" {
			t.Errorf("%s comes uncompressed", path)
		}
		size += a.Body.Len()
		t.Logf("%s: %d bytes", path, a.Body.Len())
	}
	if size > 48<<10 {
		t.Errorf("first view takes %d bytes, want at most 48 KB", size)
	}
	// It holds keys, undo, palette, swipes, stories in their rows, sources and players: 14 KB on the wire.
	if js := w.get(t, paths[2]).Body.Len(); js > 48<<10 {
		t.Errorf("the script has %d bytes, want at most 48 KB", js)
	}
}
