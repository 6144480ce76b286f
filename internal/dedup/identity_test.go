package dedup

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

// shelf keeps what a store keeps of one feed, for polls one after the other.
type shelf struct {
	known  map[feed.Key]feed.Known
	last   uint64
	reused bool
}

// poll gives the entry of each head, numbering new ones upwards, and checks
// what Identify and Resolve promise.
func (s *shelf) poll(t *testing.T, heads []Head) []uint64 {
	t.Helper()
	if s.known == nil {
		s.known = map[feed.Key]feed.Known{}
	}
	keys, reused := Identify(heads, s.reused)
	if s.reused && !reused {
		t.Error("reuse of guids was forgotten")
	}
	s.reused = reused
	distinct(t, keys)
	entries := Resolve(keys, s.known)
	taken := map[uint64]bool{}
	for i, e := range entries {
		if keys[i] == nil {
			continue
		}
		if e == 0 {
			s.last++
			e = s.last
			entries[i] = e
		}
		if taken[e] {
			t.Errorf("entry %d is given twice", e)
		}
		taken[e] = true
		for _, k := range keys[i] {
			s.known[k] = feed.Known{Entry: e}
		}
	}
	return entries
}

// distinct checks that no key comes twice, and that keys come in order of strength.
func distinct(t *testing.T, keys [][]feed.Key) {
	t.Helper()
	seen := map[feed.Key]bool{}
	for i, ks := range keys {
		for j, k := range ks {
			if seen[k] {
				t.Errorf("item %d: key %x comes twice", i, k)
			}
			seen[k] = true
			if j > 0 && ks[j-1][0] >= k[0] {
				t.Errorf("item %d: keys aren't in order of strength: %x", i, ks)
			}
		}
	}
}

// day is a time on a day of November 2026, not on the half hour.
func day(n int) time.Time { return time.Date(2026, 11, n, 9, 17, 42, 0, time.UTC) }

// date is a mere date.
func date(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }

func TestPolls(t *testing.T) {
	const site = "https://example.org/"
	owl := Head{GUID: "tag:1", URL: site + "2026/owl", Title: "An owl in the library", Published: day(1)}
	elk := Head{GUID: "tag:2", URL: site + "2026/elk", Title: "Elk crosses motorway", Published: day(2)}
	eel := Head{GUID: "tag:3", URL: site + "2026/eel", Title: "The eel is back", Published: day(3)}
	with := func(h Head, change func(*Head)) Head { change(&h); return h }
	type poll struct {
		heads []Head
		want  string // the entries; 0 is a repetition
	}
	for _, c := range []struct {
		name  string
		polls []poll
	}{
		{"unchanged, in another order, with a new one", []poll{
			{[]Head{owl, elk}, "1 2"},
			{[]Head{owl, elk}, "1 2"},
			{[]Head{elk, owl}, "2 1"},
			{[]Head{eel, elk, owl}, "3 2 1"},
		}},
		{"title edited", []poll{
			{[]Head{owl, elk}, "1 2"},
			{[]Head{with(owl, func(h *Head) { h.Title = "Owl found in library" }), elk}, "1 2"},
			{[]Head{with(owl, func(h *Head) { h.Title = "Owl leaves library"; h.Published = day(2) }), elk}, "1 2"},
		}},
		{"title and address edited", []poll{
			{[]Head{owl}, "1"},
			{[]Head{with(owl, func(h *Head) { h.Title = "Owl found"; h.URL = site + "2026/owl-found" })}, "1"},
		}},
		{"address moved and time set anew", []poll{
			{[]Head{owl}, "1"},
			{[]Head{with(owl, func(h *Head) { h.URL = "https://example.net/owl"; h.Published = day(4) })}, "1"},
		}},
		{"guid changed every week", []poll{
			{[]Head{owl, elk}, "1 2"},
			{[]Head{with(owl, func(h *Head) { h.GUID = "w2-1" }), with(elk, func(h *Head) { h.GUID = "w2-2" })}, "1 2"},
			{[]Head{with(elk, func(h *Head) { h.GUID = "w3-1" }), with(owl, func(h *Head) { h.GUID = "w3-2"; h.Published = day(9) })}, "2 1"},
		}},
		{"guids changed places: the other signs don't", []poll{
			{[]Head{owl, elk}, "1 2"},
			{[]Head{with(owl, func(h *Head) { h.GUID = "tag:2" }), with(elk, func(h *Head) { h.GUID = "tag:1" })}, "1 2"},
		}},
		{"guid and title changed", []poll{
			{[]Head{owl}, "1"},
			{[]Head{with(owl, func(h *Head) { h.GUID = "new"; h.Title = "Owl found" })}, "1"},
		}},
		{"site moved: guid and address changed", []poll{
			{[]Head{owl}, "1"},
			{[]Head{with(owl, func(h *Head) { h.GUID = "https://example.net/?p=1"; h.URL = "https://example.net/owl" })}, "1"},
		}},
		{"guid flips scheme, www, slash and space", []poll{
			{[]Head{{GUID: "http://www.example.org/?p=1"}, {GUID: "http://example.org/b/"}}, "1 2"},
			{[]Head{{GUID: " https://example.org/?p=1\n"}, {GUID: "https://www.example.org/b"}}, "1 2"},
		}},
		{"guids differ in case only", []poll{
			{[]Head{{GUID: "abC", Title: "x"}, {GUID: "abc", Title: "x"}}, "1 2"},
			{[]Head{{GUID: "abc", Title: "x"}, {GUID: "abC", Title: "x"}}, "2 1"},
		}},
		{"guid alone", []poll{
			{[]Head{{GUID: "a", Title: "x"}}, "1"},
			{[]Head{{GUID: "a", Title: "y"}}, "1"},
		}},
		{"guid goes missing and comes back", []poll{
			{[]Head{owl, elk}, "1 2"},
			{[]Head{with(owl, func(h *Head) { h.GUID = "" }), with(elk, func(h *Head) { h.GUID = "" })}, "1 2"},
			{[]Head{owl, elk}, "1 2"},
		}},
		{"one guid on all items", []poll{
			{[]Head{with(owl, func(h *Head) { h.GUID = "x" }), with(elk, func(h *Head) { h.GUID = "x" })}, "1 2"},
			{[]Head{with(eel, func(h *Head) { h.GUID = "x" }), with(owl, func(h *Head) { h.GUID = "x" }), with(elk, func(h *Head) { h.GUID = "x" })}, "3 1 2"},
			{[]Head{with(eel, func(h *Head) { h.GUID = "x"; h.Title = "Eel returns" })}, "3"},
		}},
		{"one guid on all items, and one homepage, told by titles", []poll{
			{[]Head{{GUID: "x", URL: site, Title: "a"}, {GUID: "x", URL: site, Title: "b"}}, "1 2"},
			{[]Head{{GUID: "x", URL: site, Title: "c"}, {GUID: "x", URL: site, Title: "b"}}, "3 2"},
		}},
		{"reuse is found late", []poll{
			{[]Head{with(owl, func(h *Head) { h.GUID = "x" })}, "1"},
			{[]Head{with(elk, func(h *Head) { h.GUID = "x" }), with(owl, func(h *Head) { h.GUID = "x" })}, "2 1"},
			{[]Head{with(eel, func(h *Head) { h.GUID = "x" })}, "3"},
		}},
		{"one item at a time under one guid", []poll{
			{[]Head{with(owl, func(h *Head) { h.GUID = "today" })}, "1"},
			{[]Head{with(elk, func(h *Head) { h.GUID = "today" })}, "2"},
			{[]Head{with(elk, func(h *Head) { h.GUID = "today" })}, "2"},
			{[]Head{with(eel, func(h *Head) { h.GUID = "today" })}, "3"},
		}},
		{"one item at a time under one guid, without address and time: it stands alone", []poll{
			{[]Head{{GUID: "today", Title: "Monday"}}, "1"},
			{[]Head{{GUID: "today", Title: "Tuesday"}}, "1"},
		}},
		{"daily briefing with its own guid and address", []poll{
			{[]Head{{GUID: "1", URL: site + "brief/1", Title: "Daily briefing", Published: date(1)}}, "1"},
			{[]Head{{GUID: "2", URL: site + "brief/2", Title: "Daily briefing", Published: date(2)}, {GUID: "1", URL: site + "brief/1", Title: "Daily briefing", Published: date(1)}}, "2 1"},
			{[]Head{{GUID: "3", URL: site + "brief/3", Title: "Daily briefing", Published: date(2)}}, "3"}, // the evening's
			{[]Head{{GUID: "4", URL: site + "brief/4", Title: "Daily briefing"}}, "4"},
		}},
		{"daily briefing that links to the homepage", []poll{
			{[]Head{{GUID: "1", URL: site, Title: "Daily briefing", Published: day(1)}}, "1"},
			{[]Head{{GUID: "2", URL: site, Title: "Daily briefing", Published: day(2)}}, "2"},
		}},
		{"daily briefing on a live page that two items have", []poll{
			{[]Head{{GUID: "1", URL: site + "a/live", Title: "Daily briefing", Published: day(1)}, {GUID: "9", URL: site + "a/live", Title: "Notice", Published: day(1)}}, "1 2"},
			{[]Head{{GUID: "2", URL: site + "a/live", Title: "Daily briefing", Published: day(2)}, {GUID: "9", URL: site + "a/live", Title: "Notice", Published: day(1)}}, "3 2"},
		}},
		{"all links are the homepage", []poll{
			{[]Head{{GUID: "1", URL: site, Title: "a"}, {GUID: "2", URL: site, Title: "b"}}, "1 2"},
			{[]Head{{GUID: "3", URL: site, Title: "c"}, {GUID: "2", URL: site, Title: "b, edited"}, {GUID: "1", URL: site, Title: "a"}}, "3 2 1"},
		}},
		{"all links are the homepage, without guids", []poll{
			{[]Head{{URL: site, Title: "a", Published: day(1)}, {URL: site, Title: "a", Published: day(2)}}, "1 2"},
			{[]Head{{URL: site, Title: "a", Published: day(3)}, {URL: site, Title: "a", Published: day(2)}}, "3 2"},
		}},
		{"no guids: address", []poll{
			{[]Head{{URL: "http://www.example.org/2026/a?utm_source=rss", Title: "a"}}, "1"},
			{[]Head{{URL: site + "2026/a/", Title: "a, edited"}, {URL: site + "2026/b", Title: "a"}}, "1 2"},
		}},
		{"the guid is the address", []poll{
			{[]Head{{GUID: site + "2026/a", IsPermaLink: true, Title: "a"}}, "1"},
			{[]Head{{URL: site + "2026/a", Title: "a"}}, "1"},
		}},
		{"no guids, no addresses: title and time", []poll{
			{[]Head{{Title: "a", Published: date(1)}, {Title: "a", Published: date(2)}, {Title: "b", Published: date(2)}}, "1 2 3"},
			{[]Head{{Title: "b", Published: date(2)}, {Title: "a", Published: date(3)}, {Title: "a", Published: date(2)}}, "3 4 2"},
		}},
		{"no guids: title and mere date, while the homepage moves", []poll{
			{[]Head{{URL: site, Title: "a", Published: date(1)}, {URL: site, Title: "b", Published: date(2)}}, "1 2"},
			{[]Head{{URL: site + "blog", Title: "a", Published: date(1)}, {URL: site + "blog", Title: "b", Published: date(2)}}, "1 2"},
		}},
		{"no guids, no addresses: daily briefing among others", []poll{
			{[]Head{{Title: "Daily briefing", Published: day(1)}, {Title: "Other", Published: day(2)}}, "1 2"},
			{[]Head{{Title: "Daily briefing", Published: day(3)}, {Title: "Other", Published: day(2)}}, "3 2"},
		}},
		{"no guids, no addresses: one item at a time", []poll{
			{[]Head{{Title: "Daily briefing", Published: day(1)}}, "1"},
			{[]Head{{Title: "Daily briefing", Published: day(2)}, {Title: "Daily briefing", Published: day(2)}}, "2 0"},
			{[]Head{{Title: "Daily briefing", Published: day(3)}, {Title: "Daily briefing", Published: day(3)}}, "3 0"},
		}},
		{"titles alone, once with the time of the document", []poll{
			{[]Head{{Title: "a"}, {Title: "b"}}, "1 2"},
			{[]Head{{Title: "c", Published: day(1)}, {Title: "b", Published: day(1)}}, "3 2"},
			{[]Head{{Title: "c", Published: day(2)}, {Title: "b", Published: day(2)}}, "3 2"},
		}},
		{"texts alone", []poll{
			{[]Head{{Hash: 11}, {Hash: 12}}, "1 2"},
			{[]Head{{Hash: 13}, {Hash: 12}}, "3 2"},
		}},
		{"titles of signs only", []poll{
			{[]Head{{Title: "!!!"}, {Title: "???"}}, "1 2"},
			{[]Head{{Title: "???"}, {Title: "!!!"}}, "2 1"},
		}},
		{"repetitions inside a document", []poll{
			{[]Head{owl, elk, owl}, "1 2 0"},
			{[]Head{elk, elk, with(owl, func(h *Head) { h.Hash = 7 }), owl}, "2 0 1 0"},
		}},
		{"one guid and address for two notes without titles: day pages of a blog", []poll{
			{[]Head{{GUID: site + "2026/11/25.html#a08", URL: site + "2026/11/25.html#a08", Hash: 1, Published: day(25)},
				{GUID: site + "2026/11/25.html#a08", URL: site + "2026/11/25.html#a08", Hash: 2, Published: day(25)}}, "1 2"},
			{[]Head{{GUID: site + "2026/11/25.html#a08", URL: site + "2026/11/25.html#a08", Hash: 2, Published: day(25)},
				{GUID: site + "2026/11/25.html#a08", URL: site + "2026/11/25.html#a08", Hash: 1, Published: day(25)}}, "2 1"},
		}},
		{"one guid, address and title at two times", []poll{
			{[]Head{owl, with(owl, func(h *Head) { h.Published = day(9) })}, "1 2"},
			{[]Head{with(owl, func(h *Head) { h.Published = day(9) }), owl}, "2 1"},
		}},
		{"the same without permalinks may be several items", []poll{
			{[]Head{{URL: site, Title: "a", Hash: 1}, {URL: site, Title: "a", Hash: 2}, {URL: site, Title: "a", Hash: 1}}, "1 2 0"},
			{[]Head{{URL: site, Title: "a", Hash: 3}, {URL: site, Title: "a", Hash: 1}}, "3 1"},
		}},
		{"texts in other scripts", []poll{
			{[]Head{{Title: "市议会通过预算", Published: date(1)}, {Title: "المجلس يقر الميزانية", Published: date(1)}, {Title: "สภาผ่านงบประมาณ", Published: date(1)}}, "1 2 3"},
			{[]Head{{Title: "Совет принял бюджет", Published: date(1)}, {Title: "สภาผ่านงบประมาณ", Published: date(1)}, {Title: "市议会通过预算 ", Published: date(1)}}, "4 3 1"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s shelf
			for i, p := range c.polls {
				got := strings.Trim(fmt.Sprint(s.poll(t, p.heads)), "[]")
				if got != p.want {
					t.Errorf("poll %d: entries %s, want %s", i+1, got, p.want)
				}
			}
		})
	}
}

func TestReuseIsToldAndSticks(t *testing.T) {
	a := Head{GUID: "x", Title: "a", URL: "https://example.org/2026/a"}
	b := Head{GUID: " x", Title: "b", URL: "https://example.org/2026/b"}
	for _, c := range []struct {
		name   string
		heads  []Head
		before bool
		want   bool
	}{
		{"two items", []Head{a, b}, false, true},
		{"a repetition is no reuse", []Head{a, a}, false, false},
		{"one item", []Head{a}, false, false},
		{"sticks", []Head{a}, true, true},
		{"sticks without items", nil, true, true},
		{"no guids", []Head{{Title: "a"}, {Title: "b"}}, false, false},
	} {
		if _, got := Identify(c.heads, c.before); got != c.want {
			t.Errorf("%s: reused %v", c.name, got)
		}
	}
}

// The strong key of a later item takes its entry before the weak key of an
// earlier one; equal keys go to the earlier item; nothing is given twice.
func TestResolve(t *testing.T) {
	k := func(rank, n byte) feed.Key { return feed.Key{rank, n} }
	known := map[feed.Key]feed.Known{k(1, 1): {Entry: 10}, k(4, 1): {Entry: 10}, k(4, 2): {Entry: 20}, k(4, 3): {Entry: 20}, k(8, 1): {Entry: 30}}
	for _, c := range []struct {
		name string
		keys [][]feed.Key
		want []uint64
	}{
		{"strong before weak", [][]feed.Key{{k(4, 1)}, {k(1, 1)}}, []uint64{0, 10}},
		{"earlier among equals", [][]feed.Key{{k(4, 2)}, {k(4, 3)}}, []uint64{20, 0}},
		{"second key where the first is taken", [][]feed.Key{{k(4, 1), k(8, 1)}, {k(1, 1)}}, []uint64{30, 10}},
		{"second key where the first is unknown", [][]feed.Key{{k(1, 9), k(8, 1)}}, []uint64{30}},
		{"repetition and stranger", [][]feed.Key{nil, {k(1, 9)}}, []uint64{0, 0}},
		{"nothing", nil, []uint64{}},
	} {
		if got := Resolve(c.keys, known); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Keys are stored: if this fails, every entry of every feed is new.
func TestKeysDoNotChange(t *testing.T) {
	keys, _ := Identify([]Head{{GUID: "tag:1", URL: "http://www.example.org/2026/owl/", Title: "An owl", Published: day(1)}}, false)
	var got []string
	for _, k := range keys[0] {
		got = append(got, hex.EncodeToString(k[:]))
	}
	want := []string{
		"0181ea214b1d11519c7f5fbb4d95cc72",
		"02dc2df1253ce28e1f1c1c6f8dc3d941",
		"03ea491c25c375dc33f0af000c6906e2",
		"04ae05021e127cafbd000cb1deacceb9",
		"07185462329d4a6be16b6b29fee98125",
		"087638810b0afc498dfc9074033b5618",
	}
	if !slices.Equal(got, want) {
		t.Errorf("keys are\n%s", strings.Join(got, "\n"))
	}
}

func TestFounderKey(t *testing.T) {
	const site = "https://example.org/"
	for _, c := range []struct {
		name   string
		head   Head
		reused bool
		want   string
	}{
		{"guid", Head{GUID: " tag:1 ", Title: "a"}, false, "tag:1"},
		{"guid and time", Head{GUID: "http://www.example.org/?p=1", URL: site + "2026/a", Title: "a", Published: time.Unix(99, 0)}, false, "//example.org/?p=1\n99"},
		{"guid and address", Head{GUID: "tag:1", URL: site + "2026/a", Title: "a"}, false, "tag:1\nhttps://example.org/2026/a"},
		{"reused guid", Head{GUID: "tag:1", URL: site + "2026/a", Title: "a", Published: time.Unix(99, 0), Hash: 255}, true, "tag:1\nhttps://example.org/2026/a\na\n99"},
		{"no guid, homepage", Head{URL: site, Title: "a", Hash: 255}, false, "\nhttps://example.org/\na\n\nff"},
		{"no title", Head{URL: site + "2026/a", Hash: 255}, false, "\nhttps://example.org/2026/a\n\n\nff"},
		{"text alone", Head{Hash: 255}, false, "\n\n\n\nff"},
	} {
		if got := FounderKey(c.head, c.reused); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// FuzzIdentify builds documents of items that share signs, and holds Identify,
// Resolve and FounderKey to their promises over two polls.
func FuzzIdentify(f *testing.F) {
	f.Add([]byte("\x00\x11\x22\x33\x44\x55"), false)
	f.Add([]byte("\x00\x00\x00\x10\x10\x10\x03\x13"), true)
	f.Add([]byte("\xff\xfe\xfd\x80\x81\x82\x41\x41"), false)
	f.Fuzz(func(t *testing.T, b []byte, reused bool) {
		heads := headsOf(b)
		keys, now := Identify(heads, reused)
		if len(keys) != len(heads) || reused && !now {
			t.Fatalf("%d keys for %d heads, reused %v then %v", len(keys), len(heads), reused, now)
		}
		distinct(t, keys)
		for i, ks := range keys {
			if len(ks) == 0 && !slices.ContainsFunc(heads[:i], func(h Head) bool { return sameHead(h, heads[i]) }) {
				t.Errorf("item %d has no keys, and repeats none", i)
			}
		}
		founders := map[string]int{}
		for i, h := range heads {
			if keys[i] == nil {
				continue
			}
			k := FounderKey(h, now)
			if was, ok := founders[k]; ok {
				t.Errorf("items %d and %d would found stories of one id, %q", was, i, k)
			}
			founders[k] = i
		}
		s := shelf{reused: reused}
		first := s.poll(t, heads)
		s.reused = s.reused || now
		if again := s.poll(t, heads); !slices.Equal(first, again) {
			t.Errorf("first %v, then %v", first, again)
		}
	})
}

// headsOf makes two bytes a head, out of few signs, so that many are shared.
func headsOf(b []byte) (heads []Head) {
	guids := []string{"", "1", "http://example.org/1", "https://www.example.org/1/"}
	addresses := []string{"", "https://example.org/", "https://example.org/2026/a", "http://example.org/2026/b"}
	titles := []string{"", "a", "b", "!!"}
	times := []time.Time{{}, day(1), day(2), date(3)}
	for i := 0; i+1 < len(b) && i < 60; i += 2 {
		x, y := b[i], b[i+1]
		heads = append(heads, Head{
			GUID: guids[x&3], URL: addresses[x>>2&3], Title: titles[x>>4&3], Published: times[x>>6],
			IsPermaLink: y&1 != 0, Hash: uint64(y >> 1 & 3),
		})
	}
	return heads
}

// sameHead reports whether b says nothing that a doesn't, but for the time and
// text of a permalink.
func sameHead(a, b Head) bool {
	return canonicalGUID(a.GUID) == canonicalGUID(b.GUID) && headAddress(a) == headAddress(b) && a.Title == b.Title
}
