package server

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidings/internal/feed"
)

func TestSourcesTellTheirLevel(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.strike(t, time.Now())
	a := w.get(t, "/story/2000").status(200)
	checkPage(a)
	p := a.page()
	if got := a.one(p, "#sources-title").text(); got != "Told by 7 sources" {
		t.Errorf("heading %q", got)
	}
	if got, want := p.find("#sources .quiet")[0].text(), "One article, once in the river. Beside the first copy to arrive: 1 with the same link, 1 with the same text, 1 shorter version, 2 rewrites, 1 joined by you."; got != want {
		t.Errorf("sum %q, want %q", got, want)
	}
	if got := a.one(p, "article header .by").text(); got != "M Meridian Wire +6 sources, 2 rewrites +3 related" {
		t.Errorf("line above the title %q", got)
	}
	var got []string
	for _, li := range p.find("#sources .copies li.copy") {
		got = append(got, li.find(".source")[0].text()+": "+li.find(".level")[0].text()+". "+li.find(".evidence")[0].text())
	}
	want := []string{
		"Meridian Wire: First to arrive. Shown above: it is the earliest",
		"The Harbour Courier: Same text. Same text, 400 words, 25 minutes apart.",
		"科技日报: Same link. Same address: outlet1.example/strike/2000.html, 50 minutes apart.",
		"Northern Broadcasting: Shorter version. 92 % of the shorter text, both name Elsin and dockworkers, 1 hour apart.",
		"Bits & Pieces <weekly>: Rewrite 8.4 against 6.1. Both name Port Elsin, the dockworkers and eleven hours of talks, 2 hours apart.",
		"Wissenschaft heute: Rewrite 6.6 against 6.1. Both name Port Elsin, 40 and 11, 2 hours apart.",
		"أخبار الصباح: Joined by you. You said that it is the same story.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if got, want := textOf(p, ".drift"), "Revised since; its new text would not have joined 2.9 against 6.1 with its new text, which is about the price of bananas."; got != want {
		t.Errorf("drift %q, want %q", got, want)
	}
}

func TestSourcesTellTheirNearMisses(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.strike(t, time.Now())
	p := w.get(t, "/story/2000").status(200).page()
	misses := p.find(".misses")
	if len(misses) != 2 {
		t.Fatalf("%d lists of near misses, want the founder's and that of a rewrite", len(misses))
	}
	var got []string
	for _, m := range misses {
		if m.has("open") {
			t.Error("near misses are in the way")
		}
		got = append(got, m.find("summary")[0].text())
		for _, li := range m.find("li") {
			got = append(got, li.text())
		}
	}
	want := []string{
		"Kept apart from 1 story",
		"Ferry crews at Port Elsin call off strike The Harbour Courier Kept apart: 5.2 against 6.1; both name Port Elsin and a strike, but ferries stand against docks.",
		"Kept apart from 2 stories",
		"Dockworkers at Port Harrow vote to strike The Harbour Courier Kept apart: 4.8 against 6.1.",
		"A story that is not kept any more Kept apart: 7.0 against 6.1, by the rule of numbers.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("near misses (-want +got):\n%s", diff)
	}
	if got := misses[0].find("a")[0].attr("href"); got != "/story/1970" {
		t.Errorf("links to %q", got)
	}
}

// What publishers and engines write is text, whatever it looks like.
func TestEvidenceIsText(t *testing.T) {
	w := newWorld(t, 0, nil)
	x := told(3000, 1, "<i>x</i>", "x", time.Now())
	x = and(x, 2, "\"><script>alert(1)</script>", 10, feed.Verdict{Level: feed.LevelNear, Score: 7, Need: 6,
		Evidence: "<img src=x onerror=alert(1)> https://ada:hush@a.example/", Drifted: true, Drift: "<script>2</script>",
		Apart: []feed.Apart{{Story: 9, Evidence: "<script>3</script>"}}})
	w.store.tell(t, x)
	a := w.get(t, "/story/3000").status(200)
	checkPage(a)
	p := a.page()
	if len(p.find("script")) != 1 || len(p.find("#sources img"))+len(p.find("#sources i")) != 0 {
		t.Error("evidence became markup")
	}
	if strings.Contains(p.text()+p.attrs(), "hush") {
		t.Error("evidence tells a password")
	}
	for _, selector := range []string{"#sources .evidence", ".misses .evidence", "#sources .copy-title"} {
		for _, n := range p.find(selector) {
			if n.attr("dir") != "auto" && len(n.find("[dir=auto]")) == 0 && n.text() != "A story that is not kept any more" {
				t.Errorf("%s %q has no direction of its own", selector, n.text())
			}
		}
	}
}

func TestPartText(t *testing.T) {
	for _, tt := range []struct {
		words, of int
		want      string
	}{
		{60, 400, "Shorter version"}, {400, 60, "Longer version"}, {390, 400, "Nearly the same text"}, {400, 390, "Nearly the same text"},
		{0, 400, "Nearly the same text"}, {60, 0, "Nearly the same text"}, {80, 100, "Nearly the same text"}, {79, 100, "Shorter version"},
	} {
		m := &feed.Member{Entry: feed.Entry{Words: tt.words}}
		if got := partText(nil, m, &feed.Member{Entry: feed.Entry{Words: tt.of}}); got != tt.want {
			t.Errorf("%d words of %d: %q, want %q", tt.words, tt.of, got, tt.want)
		}
		if got := partText(nil, m, nil); got != "Nearly the same text" {
			t.Errorf("of a copy that is gone: %q", got)
		}
	}
}

func TestScoreIsToldOnce(t *testing.T) {
	for _, tt := range []struct {
		v    feed.Verdict
		want string
	}{
		{feed.Verdict{Level: feed.LevelPart, Score: .918}, "92 %"},
		{feed.Verdict{Level: feed.LevelPart, Score: .918, Evidence: "92\u00a0% of the shorter text"}, ""},
		{feed.Verdict{Level: feed.LevelPart, Score: 7.04, Need: 6.1, Evidence: "92 % of the shorter text"}, "7.0 against 6.1"},
		{feed.Verdict{Level: feed.LevelPart, Score: 7.04}, ""},
		{feed.Verdict{Level: feed.LevelNear, Score: 7.04, Need: 6.1}, "7.0 against 6.1"},
		{feed.Verdict{Level: feed.LevelNear, Score: 7.04, Need: 6.1, Evidence: "7.0 against 6.1: both name steel"}, ""},
		{feed.Verdict{Level: feed.LevelSameText, Score: 1}, ""},
		{feed.Verdict{Level: feed.LevelNear}, ""},
	} {
		if got := scoreText(nil, tt.v); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.v, got, tt.want)
		}
	}
}

func TestRelatedCoverage(t *testing.T) {
	w := newWorld(t, 0, nil)
	now := time.Now()
	w.strike(t, now)
	yes := true
	if _, err := w.store.Mark(t.Context(), []uint64{preview}, feed.MarkChange{Read: &yes}, now); err != nil {
		t.Fatal(err)
	}
	a := w.get(t, "/story/2000?view=all").status(200)
	p := a.page()
	var got []string
	for _, li := range p.find("#related .timeline li") {
		got = append(got, li.attr("class")+": "+textOf(li, "div"))
	}
	want := []string{
		"seen: Northern Broadcasting Port Elsin braces for strike as talks stall",
		"here: Meridian Wire +6 sources Dockworkers at Port Elsin call off strike after overnight deal this story",
		"fresh: Meridian Wire First ships unload at Port Elsin as backlog clears unread Both are about Port Elsin, ships and the strike, 9 hours apart.",
		"fresh: أخبار الصباح رئيسة النقابة: الاتفاق نصر للعمال unread كلاهما يذكر Port Elsin, 11 hours apart.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
	if got := p.find("#related li a")[0].attr("href"); got != "/story/1980?view=all" {
		t.Errorf("links to %q", got)
	}
	if len(w.get(t, "/story/2005").page().find("#related")) != 0 {
		t.Error("a story without an event has related coverage")
	}
	w.set(t, feed.Scope{Feed: 1}.Setting(), `{"events":"off"}`)
	if p := w.get(t, "/story/2000").page(); len(p.find("#related")) != 0 || strings.Contains(p.find("article header .by")[0].text(), "related") {
		t.Error("related coverage is shown although it is switched off for the lead's feed")
	}
	if len(w.get(t, "/story/1980").page().find("#related")) != 1 {
		t.Error("related coverage of another feed's story is hidden")
	}
}

func TestRiverTellsOfRelatedCoverage(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.strike(t, time.Now())
	kin := func() (list []string) {
		for _, n := range w.get(t, "/?view=all").status(200).page().find("#river .kin") {
			list = append(list, n.attr("href")+" "+n.text())
		}
		return list
	}
	want := []string{"/story/2020?view=all#related +3 related", "/story/2010?view=all#related +3 related", "/story/2000?view=all#related +3 related", "/story/1980?view=all#related +3 related"}
	if diff := cmp.Diff(want, kin()); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	w.set(t, feed.Scope{Folder: "World"}.Setting(), `{"events":"off"}`)
	w.set(t, feed.Scope{Feed: 4}.Setting(), `{"events":"on"}`)
	if got := kin(); !slices.Equal(got, want[:1]) {
		t.Errorf("switched off for a folder and on for a feed below it: %q", got)
	}
}

func TestLongTimelineIsFoldedAroundTheStory(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct{ at, before, near, after int }{{0, 0, 9, 21}, {15, 11, 9, 10}, {29, 21, 9, 0}} {
		full := &feed.Full{}
		for i := range 30 {
			h := feed.Headline{Story: feed.Story{ID: uint64(i + 1), Time: now.Add(time.Duration(i) * time.Minute)}}
			if i == tt.at {
				full.Headline = h
				continue
			}
			full.Event = append(full.Event, feed.Related{Headline: h})
		}
		slices.Reverse(full.Event) // whatever order they come in
		tl := newTimeline(nil, full, filter{View: viewUnread}, now)
		if len(tl.Before) != tt.before || len(tl.Near) != tt.near || len(tl.After) != tt.after {
			t.Errorf("story %d of 30: %d, %d, %d", tt.at, len(tl.Before), len(tl.Near), len(tl.After))
		}
		all := slices.Concat(tl.Before, tl.Near, tl.After)
		if !slices.IsSortedFunc(all, func(a, b kinRow) int { return strings.Compare(a.When.ISO, b.When.ISO) }) {
			t.Error("not oldest first")
		}
		if !slices.ContainsFunc(tl.Near, func(r kinRow) bool { return r.Here }) {
			t.Errorf("story %d of 30 is folded away", tt.at)
		}
	}
}
