package feed

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestBindings(t *testing.T) {
	split := func(id uint64, entries, others []uint64) Decision {
		return Decision{ID: id, Kind: Split, Entries: entries, Others: others}
	}
	join := func(id uint64, entries, others []uint64) Decision {
		d := split(id, entries, others)
		d.Kind = Join
		return d
	}
	for _, c := range []struct {
		what string
		ds   []Decision
		want []Binding
	}{
		{"none", nil, nil},
		{"each of one side with each of the other, in order", []Decision{split(1, []uint64{9, 3}, []uint64{5, 1})},
			[]Binding{{1, 3, false}, {1, 9, false}, {3, 5, false}, {5, 9, false}}},
		{"nothing is said of one side among itself", []Decision{join(1, []uint64{1, 2}, []uint64{3})},
			[]Binding{{1, 3, true}, {2, 3, true}}},
		{"the later overrules, whichever way round it names them",
			[]Decision{split(1, []uint64{2}, []uint64{1, 3}), join(2, []uint64{1}, []uint64{2})},
			[]Binding{{1, 2, true}, {2, 3, false}}},
		{"and is overruled", []Decision{join(1, []uint64{1}, []uint64{2}), split(2, []uint64{2}, []uint64{1})}, []Binding{{1, 2, false}}},
		{"an entry isn't bound to itself", []Decision{join(1, []uint64{1, 2}, []uint64{2})}, []Binding{{1, 2, true}}},
		{"what lost a side binds nothing", []Decision{join(1, nil, []uint64{2}), split(2, []uint64{4}, nil)}, nil},
	} {
		if got := Bindings(c.ds); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

func TestTheNearestRuleCounts(t *testing.T) {
	r := Ruleset{
		Global:  Rule{Fold: FoldExact},
		Folders: map[string]Rule{"News": {Events: "off"}, "News/World": {Fold: FoldOff}, "New": {Fold: FoldCopies, Events: "off"}},
		Feeds:   map[uint64]Rule{7: {Fold: FoldCopies}, 8: {Events: "on"}},
	}
	for _, c := range []struct {
		id     uint64
		folder string
		want   Rule
	}{
		{1, "", Rule{FoldExact, "on"}},
		{1, "Other", Rule{FoldExact, "on"}},
		{1, "News", Rule{FoldExact, "off"}},
		{1, "News/World", Rule{FoldOff, "off"}},
		{1, "News/World/Asia", Rule{FoldOff, "off"}},
		{1, "News/Worldwide", Rule{FoldExact, "off"}},
		{7, "News/World", Rule{FoldCopies, "off"}},
		{8, "News/World", Rule{FoldOff, "on"}},
		{8, "New", Rule{FoldCopies, "on"}},
	} {
		if got := r.For(c.id, c.folder); got != c.want {
			t.Errorf("feed %d in %q: %+v, want %+v", c.id, c.folder, got, c.want)
		}
	}
	if got := (Ruleset{}).For(1, "News"); got != (Rule{FoldCopies, "on"}) {
		t.Errorf("without rules: %+v", got)
	}
}

func TestRulesComeBackFromSettings(t *testing.T) {
	want := Rule{Fold: FoldOff, Events: "off"}
	value := []byte(`{"fold":"off","events":"off"}`)
	settings := map[string][]byte{}
	for _, s := range []Scope{{}, {Folder: "News/World"}, {Folder: "feed/7"}, {Feed: 7}, {Feed: 1 << 63}} {
		if _, twice := settings[s.Setting()]; twice {
			t.Errorf("two scopes are kept under %q", s.Setting())
		}
		settings[s.Setting()] = value
	}
	r := Rules(settings)
	if r.Global != want || r.Folders["News/World"] != want || r.Folders["feed/7"] != want || r.Feeds[7] != want || r.Feeds[1<<63] != want {
		t.Errorf("%v became %+v", settings, r)
	}
	if len(r.Folders) != 2 || len(r.Feeds) != 2 {
		t.Errorf("%d folders and %d feeds, want 2 of each", len(r.Folders), len(r.Feeds))
	}
}

func TestRulesThatCantBeReadAreLeftOut(t *testing.T) {
	r := Rules(map[string][]byte{
		"fold": []byte("{"), "fold/feed/x": []byte("{}"), "fold/feed/-1": []byte("{}"), "fold/folder/News": nil, "folding": []byte(`{"fold":"off"}`),
	})
	if r.Global != (Rule{}) || len(r.Folders) != 0 || len(r.Feeds) != 0 {
		t.Errorf("%+v, want nothing", r)
	}
}

// Every name must be one that a store takes, and begin so that all rules are
// found together.
func TestScopesHaveNames(t *testing.T) {
	for s, want := range map[Scope]string{
		{}: "fold", {Feed: 7}: "fold/feed/7", {Folder: "News/World"}: "fold/folder/News/World", {Feed: 7, Folder: "News"}: "fold/feed/7",
	} {
		if got := s.Setting(); got != want || !strings.HasPrefix(got, "fold") {
			t.Errorf("%+v: %q, want %q", s, got, want)
		}
	}
}

func TestRiverTime(t *testing.T) {
	seen := time.Date(2026, 3, 1, 12, 0, 0, 7, time.UTC)
	at := seen.Truncate(time.Second)
	for _, c := range []struct {
		what               string
		published, updated time.Time
		first              bool
		want               time.Time
	}{
		{"without a date", time.Time{}, time.Time{}, false, at},
		{"an hour old", seen.Add(-time.Hour), time.Time{}, false, at.Add(-time.Hour)},
		{"only updated", time.Time{}, seen.Add(-time.Hour), false, at.Add(-time.Hour)},
		{"from the future", seen.AddDate(12, 0, 0), time.Time{}, true, at},
		{"two days old", seen.Add(-48 * time.Hour), time.Time{}, false, at.Add(-48 * time.Hour)},
		{"older", seen.Add(-48*time.Hour - time.Second), time.Time{}, false, at},
		{"older, on the first poll", seen.Add(-1000 * time.Hour), time.Time{}, true, at.Add(-1000 * time.Hour)},
	} {
		e := Entry{Published: c.published, Updated: c.updated, Seen: seen}
		if got := RiverTime(e, c.first); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

// The ids of stories leave the house, and a split must never take the id of another
// story: not that under which the entry could have founded one, nor that of an
// entry with the same guid.
func TestSplitURNs(t *testing.T) {
	e := Entry{GUID: "guid-1", URL: "https://example.org/1", Title: "One", Published: time.Unix(1800000000, 0)}
	const feedURL, want = "https://example.org/feed", "urn:uuid:10e9334d-f077-57fb-8450-48d646878458"
	if got := SplitURN(feedURL, e); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	all := map[string]bool{SplitURN(feedURL, e): true, StoryURN(feedURL, e.GUID): true}
	for _, change := range []func(*Entry){
		func(e *Entry) { e.URL = "https://example.org/2" }, func(e *Entry) { e.Title = "Two" },
		func(e *Entry) { e.Published = time.Unix(1800000001, 0) }, func(e *Entry) { e.GUID = "" },
	} {
		other := e
		change(&other)
		all[SplitURN(feedURL, other)] = true
	}
	if len(all) != 6 {
		t.Errorf("%d ids for 6 stories", len(all))
	}
}
