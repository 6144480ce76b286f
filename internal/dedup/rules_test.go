package dedup

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

const (
	owls   = "An owl that had lived in the attic of the Quill Street reading room since spring was carried out by firefighters and set free."
	goals  = "Haverly Rovers came back from two down to draw with Nettlefold in the rain, and their keeper was sent off near the end."
	recipe = "Fry the leeks slowly in butter, add barley and stock, and leave the pot alone for forty minutes before you taste it."
	notes  = "The show about the sea, every hour. Our hosts look at the tides, the wind and the boats, and read your letters."
)

// What protects the reader of one publisher's feeds: items that differ in the one
// thing that tells them apart are not folded, whatever else they share. The story of
// each item is given, as in TestAssign.
func TestOnePublisher(t *testing.T) {
	const (
		h  = time.Hour
		at = "https://www.courier.example/2026/"
		by = "https://sport.courier.example/2026/" // the same site
		of = "https://marrow.example/2026/"
	)
	for _, c := range []struct {
		name string
		as   []arrival
		want string
	}{
		{"titles alone, same feed", []arrival{{1, 0, at + "a1", "Marrow council approves the Tarn bridge", ""}, {1, h, at + "a2", "Marrow council approves the Tarn bridge", ""}}, "1 2"},
		{"titles alone, same feed, no addresses", []arrival{{1, 0, "", "Marrow council approves the Tarn bridge", ""}, {1, h, "", "Marrow council approves the Tarn bridge", ""}}, "1 2"},
		{"titles alone, two feeds of one site", []arrival{{1, 0, at + "a1", "Marrow council approves the Tarn bridge", ""}, {2, h, by + "a2", "Marrow council approves the Tarn bridge", ""}}, "1 2"},
		{"titles alone, two sites", []arrival{{1, 0, at + "a1", "Marrow council approves the Tarn bridge", ""}, {2, h, of + "a2", "Marrow council approves the Tarn bridge", ""}}, "1 1"},
		{"one title over other texts, same feed", []arrival{{1, 0, at + "a1", "Letters to the editor", goals}, {1, h, at + "a2", "Letters to the editor", recipe}}, "1 2"},
		{"one title over other texts, same site", []arrival{{1, 0, at + "a1", "Letters to the editor", goals}, {2, h, by + "a2", "Letters to the editor", recipe}}, "1 2"},
		{"one word as title over other texts, one address", []arrival{{1, 0, at + "live-1", "Live", wire}, {1, h, at + "live-1", "Live", joke}}, "1 2"},
		{"show notes under two titles", []arrival{{1, 0, at + "a1", "Herring at dawn", notes}, {1, h, at + "a2", "Gales and letters", notes}}, "1 2"},
		{"show notes under one title, every hour", []arrival{{1, 0, at + "a1", "The sea, hourly", notes}, {1, h, at + "a2", "The sea, hourly", notes}}, "1 2"},
		{"show notes under one title, the next day", []arrival{{1, 0, at + "a1", "The sea, daily", notes}, {1, 24 * h, at + "a2", "The sea, daily", notes}}, "1 2"},
		{"the next of a series, by number", []arrival{{1, 0, at + "a1", "Reading the tide tables, part 3", notes}, {1, 24 * h, at + "a2", "Reading the tide tables, part 4", notes}}, "1 2"},
		{"show notes by way of another feed", []arrival{{1, 0, at + "a1", "Herring at dawn", notes}, {2, h, of + "a1", "Herring at dawn", notes}, {1, 2 * h, at + "a2", "Gales and letters", notes}}, "1 1 3"},
		{"titles alone, but another feed tells it too", []arrival{{1, 0, at + "a1", "Marrow council approves the Tarn bridge", ""}, {2, h, of + "a1", "Marrow council approves the Tarn bridge", ""}, {1, 2 * h, at + "a2", "Marrow council approves the Tarn bridge", ""}}, "1 1 1"},
		{"told again with a correction", []arrival{{1, 0, at + "a1", "Council of Marrow passes its budget", wire}, {1, h, at + "a2", "Council of Marrow passes its budget", strings.Replace(wire, "opens a bridge", "opens a new bridge", 1)}}, "1 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			stories, verdicts := tell(c.as)
			if got := strings.Trim(fmt.Sprint(stories), "[]"); got != c.want {
				t.Errorf("stories %s, want %s\n%+v", got, c.want, verdicts)
			}
			for i, v := range verdicts {
				checkVerdict(t, uint64(i+1), stories, v)
			}
		})
	}
}

// settled tells an index of arrivals, each of its own feed, and gives their stories.
func settled(x *Index, as []arrival) (stories []uint64) {
	for i, a := range as {
		id, s := uint64(i+1), a.sketch()
		p := x.Assign(id, a.feed, start.Add(a.at), s)
		story := cmp.Or(p.Story, id)
		x.Place(id, a.feed, story, cmp.Or(p.Event, story), start.Add(a.at), s)
		stories = append(stories, story)
	}
	return stories
}

const (
	bridge  = "Marrow council approves the Tarn bridge"
	bridge2 = "Tarn bridge is approved by the council of Marrow"
	tarn    = "The council of Marrow approved a bridge over the Tarn on Tuesday and will close two libraries to pay for it."
	tarn2   = "A bridge over the Tarn was approved by the council of Marrow on Tuesday; two libraries will close to pay for it."
)

// How far copies of two feeds are folded is the less of what the reader chose for each.
func TestFolding(t *testing.T) {
	kinds := map[string][]arrival{
		"address": {{1, 0, "https://marrow.example/2026/a", bridge, ""}, {2, time.Hour, "https://marrow.example/2026/a", "Owl found in library", owls}},
		"text":    {{1, 0, "", bridge, tarn}, {2, time.Hour, "", bridge2, tarn}},
		"near":    {{1, 0, "", bridge, tarn}, {2, time.Hour, "", bridge2, tarn2}},
	}
	for _, c := range []struct {
		a, b feed.Folding
		want string // kinds that join
	}{
		{feed.FoldCopies, feed.FoldCopies, "address text near"},
		{feed.FoldCopies, feed.FoldExact, "address text"},
		{feed.FoldExact, feed.FoldCopies, "address text"},
		{feed.FoldExact, feed.FoldExact, "address text"},
		{feed.FoldOff, feed.FoldCopies, ""},
		{feed.FoldCopies, feed.FoldOff, ""},
		{feed.FoldOff, feed.FoldExact, ""},
	} {
		for kind, as := range kinds {
			x := NewIndex(14 * 24 * time.Hour)
			x.Fold(func(id uint64) feed.Folding { return map[uint64]feed.Folding{1: c.a, 2: c.b}[id] })
			if joined := settled(x, as)[1] == 1; joined != strings.Contains(c.want, kind) {
				t.Errorf("%s and %s: %s joined: %v", c.a, c.b, kind, joined)
			}
		}
	}
}

// What the reader chose is told where it kept two apart.
func TestFoldingIsTold(t *testing.T) {
	x := NewIndex(14 * 24 * time.Hour)
	x.Fold(func(id uint64) feed.Folding { return feed.FoldExact })
	one := arrival{1, 0, "", bridge, tarn}.sketch()
	x.Place(1, 1, 1, 1, start, one)
	p := x.Assign(2, 2, start.Add(time.Hour), arrival{2, time.Hour, "", bridge2, tarn2}.sketch())
	if len(p.Verdict.Apart) != 1 || p.Verdict.Apart[0].Of != 1 || p.Verdict.Apart[0].Veto != "folding" {
		t.Errorf("apart: %+v", p.Verdict.Apart)
	}
}

// Two copies that come in one second meet, whichever comes first, and at each level.
func TestSameSecond(t *testing.T) {
	for name, as := range map[string][]arrival{
		"address": {{1, 0, "https://marrow.example/2026/a", bridge, ""}, {2, 0, "https://marrow.example/2026/a", "Owl found in library", owls}},
		"text":    {{1, 0, "", bridge, tarn}, {2, 0, "", bridge2, tarn}},
		"near":    {{1, 0, "", bridge, tarn}, {2, 0, "", bridge2, tarn2}},
		"titles":  {{1, 0, "", bridge, ""}, {2, 0, "", bridge, ""}},
	} {
		for range 2 {
			if got := settled(NewIndex(time.Hour), as); got[1] != 1 {
				t.Errorf("%s: stories %v", name, got)
			}
			as[0], as[1] = as[1], as[0]
		}
	}
}

// An entry is compared with those seen within the window, to the second and on both
// sides, should clocks go back.
func TestWindow(t *testing.T) {
	for name, text := range map[string]string{"text": tarn, "near": tarn2} {
		for _, c := range []struct {
			after time.Duration
			want  bool
		}{{3 * time.Hour, true}, {3*time.Hour + time.Second, false}, {0, true}, {-3 * time.Hour, true}, {-3*time.Hour - time.Second, false}} {
			x := NewIndex(3 * time.Hour)
			x.Place(1, 1, 1, 1, start, arrival{1, 0, "", bridge, tarn}.sketch())
			p := x.Assign(2, 2, start.Add(c.after), arrival{2, 0, "", bridge2, text}.sketch())
			if (p.Story == 1) != c.want {
				t.Errorf("%s after %v: story %d", name, c.after, p.Story)
			}
		}
	}
}

// Sketches of version 1 join by address and text alone, but they do, both ways and
// after a restoration.
func TestOldSketches(t *testing.T) {
	at := "https://marrow.example/2026/a"
	for name, c := range map[string]struct {
		old, young arrival
		want       bool
	}{
		"address": {arrival{1, 0, at, bridge, tarn}, arrival{2, time.Hour, at, "Owl found in library", owls}, true},
		"text":    {arrival{1, 0, at, bridge, tarn}, arrival{2, time.Hour, "", bridge2, tarn}, true},
		"near":    {arrival{1, 0, at, bridge, tarn}, arrival{2, time.Hour, "", bridge2, tarn2}, false},
	} {
		x := NewIndex(14 * 24 * time.Hour)
		if err := x.Restore(feed.Sketched{Entry: 1, Feed: 1, Story: 1, Seen: start, Sketch: version1(c.old.sketch())}); err != nil {
			t.Fatal(err)
		}
		if p := x.Assign(2, 2, start.Add(time.Hour), c.young.sketch()); (p.Story == 1) != c.want {
			t.Errorf("%s: story %d", name, p.Story)
		}
		x = NewIndex(14 * 24 * time.Hour)
		x.Place(2, 2, 2, 2, start, c.young.sketch())
		old, err := DecodeSketch(version1(c.old.sketch()))
		if err != nil {
			t.Fatal(err)
		}
		if p := x.Assign(1, 1, start.Add(time.Hour), old); (p.Story == 2) != c.want {
			t.Errorf("%s, the old one later: story %d", name, p.Story)
		}
	}
}

// version1 encodes a sketch as version 1 did.
func version1(s Sketch) []byte {
	s.m = nil
	b := s.Encode()
	b[0] = 1
	return b
}

// The reader's decisions bind, whatever the texts say and whoever comes later.
func TestBind(t *testing.T) {
	as := []arrival{{1, 0, "", bridge, tarn}, {2, time.Hour, "", "Owl found in library", owls}, {3, 2 * time.Hour, "", bridge2, tarn2}, {4, 3 * time.Hour, "", bridge, tarn}}
	for _, c := range []struct {
		name string
		bs   []feed.Binding
		want string
	}{
		{"nothing", nil, "1 2 1 1"},
		{"joined", []feed.Binding{{A: 1, B: 2, Same: true}, {A: 1, B: 3, Same: true}}, "1 1 1 1"},
		{"parted", []feed.Binding{{A: 1, B: 3}}, "1 2 3 1"},
		{"parted, and a third may go to either", []feed.Binding{{A: 1, B: 3}, {A: 1, B: 4}}, "1 2 3 3"},
		{"parted from all", []feed.Binding{{A: 1, B: 3}, {A: 1, B: 4}, {A: 3, B: 4}}, "1 2 3 4"},
		{"joined with one, parted from another of its story", []feed.Binding{{A: 1, B: 2, Same: true}, {A: 1, B: 3}, {A: 2, B: 3, Same: true}}, "1 1 3 1"},
		{"of entries that aren't there", []feed.Binding{{A: 1, B: 99, Same: true}, {A: 98, B: 99}}, "1 2 1 1"},
	} {
		x := NewIndex(14 * 24 * time.Hour)
		x.Bind(c.bs)
		if got := strings.Trim(fmt.Sprint(settled(x, as)), "[]"); got != c.want {
			t.Errorf("%s: stories %s, want %s", c.name, got, c.want)
		}
	}
}

// An entry whose revision has nothing to do with its story any more drifts, and stays.
func TestRevise(t *testing.T) {
	for _, c := range []struct {
		name, title, text string
		want              bool
	}{
		{"not a word changed", bridge2, tarn2, false},
		{"a few words more", bridge2, tarn2 + " The mayor was pleased.", false},
		{"another article", "Owl found in library", owls, true},
		{"another article with a word or two", "Owls found in Marrow library", "A family of them was carried out by firefighters, and children fed them mice.", true},
	} {
		x := NewIndex(14 * 24 * time.Hour)
		settled(x, []arrival{{1, 0, "", bridge, tarn}, {2, time.Hour, "", bridge2, tarn2}})
		sketch, drift, drifted := x.Revise(2, arrival{2, time.Hour, "", c.title, c.text}.sketch())
		if drifted != c.want || (drift != "") != c.want {
			t.Errorf("%s: drifted %v, %q", c.name, drifted, drift)
		}
		if r := x.held(2); r.story != 1 {
			t.Errorf("%s: it went to story %d", c.name, r.story)
		}
		if _, err := DecodeSketch(sketch); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	x := NewIndex(time.Hour)
	settled(x, []arrival{{1, 0, "", bridge, tarn}})
	for entry, what := range map[uint64]string{1: "one alone in its story", 7: "one that the index doesn't hold"} {
		if _, drift, drifted := x.Revise(entry, arrival{1, 0, "", "Owl found in library", owls}.sketch()); drifted || drift != "" {
			t.Errorf("%s drifted: %q", what, drift)
		}
	}
	if x.Len() != 1 {
		t.Errorf("%d entries", x.Len())
	}
}

// Two items that are told apart by Judge are not merely unknown to each other: it says
// what kept them apart, and whichever is older.
func TestJudge(t *testing.T) {
	item := func(after time.Duration, title, text string) Item {
		return Item{feed.Entry{Title: title, Seen: start.Add(after), Published: start.Add(after), Feed: uint64(1 + after/time.Minute)}, text}
	}
	for _, c := range []struct {
		a, b    Item
		verdict string
		veto    string
	}{
		{item(0, bridge, tarn), item(time.Hour, bridge2, tarn2), "copy", ""},
		{item(time.Hour, bridge2, tarn2), item(0, bridge, tarn), "copy", ""},
		{item(0, bridge, tarn), item(time.Hour, "Owl found in library", owls), "different", ""},
		{item(0, "Quake of magnitude 4.7 shakes Umber", ""), item(time.Hour, "Quake of magnitude 5.3 shakes Umber", ""), "different", "numbers"},
		{item(0, bridge, tarn), item(20*24*time.Hour, bridge2, tarn2), "different", ""}, // outside the window
	} {
		if j := Judge(c.a, c.b); j.Verdict != c.verdict || j.Veto != c.veto || (j.Evidence == "") != (c.verdict == "different" && c.veto == "") {
			t.Errorf("%q and %q: %+v", c.a.Entry.Title, c.b.Entry.Title, j)
		}
	}
}

// One town on one day, of which the window knows nothing yet: items of different feeds
// that share its name, and little else, are no copies.
func TestOneTown(t *testing.T) {
	as := []arrival{
		{1, 0, "", bridge, tarn},
		{2, 10 * time.Minute, "", "Owls found in Marrow library", "A family of owls was found in the library, and children fed them mice."},
		{3, 20 * time.Minute, "", "Marrow: bus strike enters its second week", "Drivers in Marrow stayed at home again on Tuesday. Mayor Anka Brill asked both sides back to the table."},
		{4, 30 * time.Minute, "", "Marrow mayor Anka Brill opens market hall", "The hall on Quill Street was closed for two years. Mayor Anka Brill cut the ribbon and bought a cheese."},
		{5, 40 * time.Minute, "", "Fire on Quill Street in Marrow", "A kitchen burned on Quill Street on Tuesday night. Nobody was hurt, firefighters said."},
		{6, 50 * time.Minute, "", "Rovers of Marrow lose at home", goals},
		{7, 60 * time.Minute, "", "Marrow to pay for school meals", "From autumn on children in Marrow eat for nothing at noon, the council decided on Tuesday."},
		{8, 70 * time.Minute, "", "Marrow man wins cheese contest", "Tam Pell won with a goat cheese that had lain in a cellar on Quill Street for two years."},
	}
	joined := 0
	for i := range as {
		for j := range i {
			if got := settled(NewIndex(14*24*time.Hour), []arrival{as[j], as[i]}); got[1] == 1 {
				t.Logf("%q joined %q", as[i].title, as[j].title)
				joined++
			}
		}
	}
	if joined > 5 { // of 28; all have the mayor or the street in common as well
		t.Errorf("%d pairs joined", joined)
	}
}
