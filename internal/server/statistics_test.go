package server

import (
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

// What was read stands for all its copies, and the page says so in one sentence.
func TestStatisticsTellsWhatFoldingSaved(t *testing.T) {
	w := newWorld(t, 20, nil)
	yes, now := true, time.Now()
	page, err := w.store.Stories(t.Context(), feed.Query{})
	if err != nil {
		t.Fatal(err)
	}
	stories, entries := 0, 0
	var ids []uint64
	for _, h := range page.Stories[:6] {
		ids = append(ids, h.ID)
		stories, entries = stories+1, entries+h.Copies
	}
	if _, err := w.store.Mark(t.Context(), ids, feed.MarkChange{Read: &yes}, now); err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.Mark(t.Context(), ids[:1], feed.MarkChange{Opened: true}, now); err != nil {
		t.Fatal(err)
	}
	for _, span := range []string{"", "?span=week", "?span=month", "?span=year", "?span=all"} {
		a := w.get(t, "/statistics"+span).status(200)
		checkPage(a)
		p := a.page()
		want := "You read " + number(uint64(entries)) + " entries’ worth of news in 6 stories: " + number(uint64(entries-stories)) + " copies folded."
		if got := a.one(p, ".sum").text(); got != want {
			t.Errorf("%s: %q, want %q", span, got, want)
		}
		if n := len(p.find("figure.plot svg[role=img][aria-label]")); n != 3 {
			t.Errorf("%s: %d plots that say what they are, want 3", span, n)
		}
		if n := len(p.find("figure.plot details table")); n != 3 {
			t.Errorf("%s: %d plots that are tables as well, want 3", span, n)
		}
		if bars, rows := len(p.find("figure.plot svg g")), len(p.find("figure.plot tbody tr"))-7; bars == 0 || bars > 2*mostBars || bars != rows {
			t.Errorf("%s: %d bars and %d rows", span, bars, rows)
		}
		if len(p.find(".neglected tbody tr")) == 0 {
			t.Errorf("%s: one story was opened, and no feed is said to be neglected", span)
		}
	}
	w.get(t, "/statistics?span=century").status(400)
}

// Sources that tell the same stories stand in a matrix that is the same on both sides.
func TestStatisticsMatrix(t *testing.T) {
	over := feed.Overlaps{
		Pairs:   []feed.Overlap{{A: 1, B: 2, Stories: 10}, {A: 2, B: 3, Stories: 1}, {A: 4, B: 9, Stories: 1}},
		Stories: map[uint64]int{1: 20, 2: 40, 3: 5, 4: 3}, Looked: 50,
	}
	list := []feed.Outlet{{Feed: 1, Title: "Brine"}, {Feed: 2, Title: "Alder"}, {Feed: 3, Title: "Cove"}, {Feed: 4, Title: "Dune"}}
	m := newMatrix(nil, over, list)
	var names []string
	for i, f := range m.Feeds {
		names = append(names, f.Name)
		for j, c := range f.Cells {
			if back := m.Feeds[j].Cells[i]; back.N != c.N || back.Level != c.Level || c.Self != (i == j) {
				t.Errorf("cell %d, %d is %+v, and the other way %+v", i, j, c, back)
			}
		}
	}
	if !slices.Equal(names, []string{"Alder", "Brine", "Cove"}) || m.Feeds[0].Cells[1].N != 10 || m.Feeds[0].Cells[1].Level != shades || m.Feeds[0].Cells[2].Level != 1 {
		t.Errorf("matrix of %q: %+v", names, m.Feeds)
	}
	if got := m.Pairs[0]; got != "\u2068Brine\u2069 and \u2068Alder\u2069: 10 stories, 50 % of what the smaller one tells" {
		t.Errorf("pair %q", got)
	}
	if newMatrix(nil, feed.Overlaps{}, list) != nil {
		t.Error("a matrix of nothing")
	}
}

// Hours are those of the clock here, and bars are days here, in summer and in winter.
func TestStatisticsDaysAreThoseHere(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones on this machine")
	}
	now := time.Date(2026, 10, 26, 12, 0, 0, 0, berlin) // the day after summer time ended
	tally := func(day, hour int) feed.HourTally {
		return feed.HourTally{At: time.Date(2026, 10, day, hour, 0, 0, 0, berlin).UTC(), Entries: 1}
	}
	from := daybreak(now).AddDate(0, 0, -6)
	bars := newBars([]feed.HourTally{tally(20, 0), tally(24, 23), tally(25, 0), tally(25, 23), tally(26, 0)}, from, now)
	var got []int
	for _, b := range bars {
		got = append(got, b.Entries)
	}
	if !slices.Equal(got, []int{1, 0, 0, 0, 1, 2, 1}) {
		t.Errorf("entries by day: %v", got)
	}
	long := newBars([]feed.HourTally{{At: now.AddDate(-9, 0, 0), Entries: 1}, {At: now.AddDate(-1, 0, 0), Entries: 500}}, time.Time{}, now)
	if first := long[0].from; len(long) > mostBars+1 || first.Before(now.AddDate(-1, 0, -30)) || first.After(now.AddDate(-1, 0, 0)) {
		t.Errorf("%d bars from %v: one old entry stretches the plot", len(long), first)
	}
}

// A pack is looked at before anything of it is followed, and only what is chosen is.
func TestPacks(t *testing.T) {
	w := newWorld(t, 0, nil)
	before := len(w.following(t))
	links := w.get(t, "/packs").status(200).page().find(".packs a")
	if len(links) < 10 {
		t.Fatalf("%d packs", len(links))
	}
	for _, link := range links {
		a := w.get(t, link.attr("href")).status(200)
		checkPage(a)
		for _, box := range a.page().find("input[name=feed]") {
			if u, err := url.Parse(box.attr("value")); err != nil || u.Host == "" || u.Scheme != "https" {
				t.Errorf("%s offers %q", link.attr("href"), box.attr("value"))
			}
		}
	}
	if len(w.following(t)) != before {
		t.Error("looking at packs subscribed to something")
	}
	boxes := w.get(t, "/packs/world-en").page().find("input[name=feed]")
	chosen := url.Values{"feed": {boxes[0].attr("value"), boxes[1].attr("value"), "https://not.in.it.example/feed"}, "folder": {"World"}}
	w.post(t, "/packs/world-en", chosen).status(303).location("/?done=…")
	if now := len(w.following(t)); now != before+2 {
		t.Errorf("%d feeds are followed, want %d", now, before+2)
	}
	if again := w.get(t, "/packs/world-en").page().find("input[name=feed]"); len(again) != len(boxes)-2 {
		t.Errorf("%d feeds are offered still, of %d", len(again), len(boxes))
	}
	w.post(t, "/packs/world-en", url.Values{}).status(303).location("/packs/world-en?done=…")
	w.get(t, "/packs/none").status(404)
}

// Who looks for a site by its name finds it in the packs, and nobody is asked.
func TestSitesAreFoundByName(t *testing.T) {
	w := newWorld(t, 0, nil)
	a := w.post(t, "/subscribe", url.Values{"url": {"heise"}}).status(200)
	checkPage(a)
	if got := a.one(a.page(), ".prospect h2").text(); got != "heise online" || len(w.poller.looked) != 0 {
		t.Errorf("found %q, and asked for %q", got, w.poller.looked)
	}
}

// What was unsubscribed is listed, and comes back from there.
func TestUnsubscribedIsListedAndComesBack(t *testing.T) {
	w := newWorld(t, 20, nil)
	before := len(w.following(t))
	w.get(t, "/unsubscribed").status(200)
	w.post(t, "/feeds/3/remove", url.Values{}).status(303)
	if got := len(w.following(t)); got != before-1 {
		t.Fatalf("%d feeds are followed, want %d", got, before-1)
	}
	a := w.get(t, "/unsubscribed").status(200)
	checkPage(a)
	action := a.one(a.page(), ".regret form").attr("action")
	w.post(t, action, url.Values{}).status(303).location("/feeds/3?done=…")
	if got := len(w.following(t)); got != before {
		t.Errorf("%d feeds are followed, want %d", got, before)
	}
	w.post(t, action, url.Values{}).status(303).location("/unsubscribed?done=…")
}

// An empty reader offers a site, packs and a place to drop a list.
func TestAnEmptyReaderOffersABeginning(t *testing.T) {
	w := newWorld(t, 0, nil)
	for _, f := range w.following(t) {
		if err := w.poller.Remove(t.Context(), f.Subscription.ID); err != nil {
			t.Fatal(err)
		}
	}
	a := w.get(t, "/").status(200)
	checkPage(a)
	p := a.page()
	if len(p.find(".begin form.add input")) != 1 || len(p.find(".begin .packs a")) < 3 || len(p.find(".begin .dropzone form.import")) != 1 {
		t.Errorf("the empty river offers %q", strings.Join(strings.Fields(a.one(p, ".begin").text()), " "))
	}
}

// An import that takes long shows its report at once, which fills in, and goes on when
// the request has ended.
func TestAReportFillsIn(t *testing.T) {
	w := newWorld(t, 3, nil)
	w.patience, w.poller.pause = 0, make(chan struct{})
	at := w.upload(t, list).status(303).Header().Get("Location")
	a := w.get(t, at).status(200)
	if p := a.page(); len(p.find("#report[data-running]")) != 1 || len(p.find("tbody tr")) != 0 || !strings.Contains(a.Body.String(), `http-equiv="refresh"`) {
		t.Errorf("an import that has just begun: %q", a.one(p, "#report").text())
	}
	w.poller.pause <- struct{}{}
	w.poller.pause <- struct{}{} // the first line is told by now
	if n := len(w.get(t, at).page().find("tbody tr")); n < 1 || n > 2 {
		t.Errorf("%d lines after the first or second", n)
	}
	close(w.poller.pause)
	rep := w.shelf.get(at[strings.LastIndexByte(at, '/')+1:]).(*report)
	for rep.sum().Running {
		runtime.Gosched()
	}
	a = w.get(t, at).status(200)
	if p := a.page(); len(p.find("#report[data-running]")) != 0 || a.one(p, ".sum").text() != "1 added, 1 already there, 1 failed." {
		t.Errorf("a finished import: %q", a.one(p, "#report").text())
	}
}

// To open a story counts, by the page's script or by the button; to mark it doesn't.
func TestOpeningCounts(t *testing.T) {
	w := newWorld(t, 20, nil)
	opened := func() (n int) {
		ts, err := w.store.HourTallies(t.Context(), time.Time{}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range ts {
			n += h.Opened
		}
		return n
	}
	page, err := w.store.Stories(t.Context(), feed.Query{Unread: true})
	if err != nil || len(page.Stories) < 3 {
		t.Fatalf("%d unread stories, %v", len(page.Stories), err)
	}
	id := func(i int) string { return number(page.Stories[i].ID) }
	w.post(t, "/mark", url.Values{"read": {id(0)}}).status(303)
	if opened() != 0 {
		t.Error("what was marked counts as opened")
	}
	w.post(t, "/mark", url.Values{"open": {id(1)}}).status(303)
	w.post(t, "/story/"+id(2)+"/read", url.Values{}).status(303)
	if opened() != 2 {
		t.Errorf("%d stories count as opened, want 2", opened())
	}
}

// A span of which not all stories are looked at has told what longer ones would.
func TestOverlapsOfLongSpansAreFoundOnce(t *testing.T) {
	w := newWorld(t, 3, nil)
	now, spans := time.Now(), statsSpans()
	for _, more := range []bool{true, false} {
		found := feed.Overlaps{Looked: 77, More: more}
		k := statsShelf{over: map[string]kept[feed.Overlaps]{"month": {found, w.store.Version(), now, 0}}}
		for i, p := range spans {
			got, err := k.overlaps(t.Context(), w.store, p, now)
			if err != nil {
				t.Fatal(err)
			}
			if want := p.name == "month" || more && i > 1; (got.Looked == 77) != want {
				t.Errorf("more %v, %s: of %d stories", more, p.name, got.Looked)
			}
		}
	}
}
