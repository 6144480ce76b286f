package boltstore

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidings/internal/feed"
)

// pressed is a store with feeds 1 and 2 of one site, and 3 and 4 of others; feed i
// tells the first i of these stories, one an hour, the newest last.
func pressed(t *testing.T) (*Store, time.Time, func(id, story uint64, e feed.Entry, material bool)) {
	s := openHere(t, filepath.Join(t.TempDir(), "news.db"), migrations())
	ctx, now := bareContext(t), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i, site := range []string{"one.example", "one.example", "two.example", "three.example"} {
		u := "https://" + site + "/" + string(rune('a'+i))
		if _, err := s.Subscribe(ctx, []feed.Wish{{URL: u, Canonical: u, Site: site}}, now); err != nil {
			t.Fatal(err)
		}
	}
	return s, now, func(id, story uint64, e feed.Entry, material bool) {
		t.Helper()
		e.Story, e.Seen = story, now
		a := feed.Arrival{New: e.ID == 0, Entry: e, Material: material, Time: now.Add(time.Duration(story) * time.Hour),
			URN: feed.StoryURN("x", e.Title), Body: feed.Body{Content: feed.HTML("<p>" + e.Title + "</p>")}, Verdict: feed.Verdict{Level: feed.LevelSameText}}
		if a.New {
			a.Entry.ID = s.NextEntry()
		}
		a.Keys = []feed.Key{{byte(a.Entry.ID)}}
		if err := s.Commit(ctx, []feed.Harvest{{Feed: id, Arrivals: []feed.Arrival{a}}}); err != nil {
			t.Fatal(err)
		}
	}
}

func ids(p feed.Page) (list []uint64) {
	for _, h := range p.Stories {
		list = append(list, h.ID)
	}
	return list
}

// A bridge at home serves feeds of many publishers.
func TestFeedsOfAHouseAreIndependent(t *testing.T) {
	for site, independent := range map[string]bool{"example.org": false, "192.0.2.7": true, "fd00::7": true, "bridge": true, "localhost": true, "": true} {
		source := func(path string) string {
			return sourceOf(feed.Subscription{URL: "http://" + site + path, Site: site})
		}
		if got := source("/a") != source("/b"); got != independent {
			t.Errorf("feeds of %q are independent: %v, want %v", site, got, independent)
		}
	}
}

func TestBiggestCountsIndependentSources(t *testing.T) {
	s, now, put := pressed(t)
	for story, feeds := range map[uint64][]uint64{1: {1, 3, 4}, 2: {1, 2}, 3: {1}, 4: {3, 4}, 5: {1, 4}} {
		for _, id := range feeds {
			put(id, story, feed.Entry{Title: "t"}, false)
		}
	}
	for _, tt := range []struct {
		about string
		q     feed.Query
		want  []uint64
	}{
		{"feeds of one site are one source", feed.Query{}, []uint64{1, 5, 4}},
		{"since", feed.Query{Since: now.Add(2 * time.Hour)}, []uint64{5, 4}},
		{"of a feed", feed.Query{Feed: 3}, []uint64{1, 4}},
		{"until", feed.Query{Until: 4}, []uint64{1, 4}},
		{"the first", feed.Query{Limit: 1}, []uint64{1}},
	} {
		p, err := s.Biggest(t.Context(), tt.q)
		if err != nil || !cmp.Equal(ids(p), tt.want) || p.Newest != 5 {
			t.Errorf("%s: %v, %v; want %v", tt.about, ids(p), err, tt.want)
		}
	}
	yes := true
	if _, err := s.Mark(t.Context(), []uint64{1}, feed.MarkChange{Read: &yes}, now); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		after, before uint64
		sources       int
		want          []uint64
		more          bool
	}{
		{0, 0, 0, []uint64{1}, true}, {0, 1, 3, []uint64{5}, true}, {0, 5, 2, []uint64{4}, false}, {0, 4, 2, nil, false},
		{4, 0, 2, []uint64{5}, true}, {5, 0, 2, []uint64{1}, false}, {1, 0, 3, nil, false},
		{0, 1, 2, nil, false}, {0, 5, 3, []uint64{1}, true}, // it had another number of sources then
	} {
		q := feed.Query{Limit: 1, Sources: tt.sources}
		all, err := s.Stories(t.Context(), feed.Query{})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range all.Stories {
			switch h.ID {
			case tt.before:
				q.Before = h.Cursor()
			case tt.after:
				q.After = h.Cursor()
			}
		}
		if p, err := s.Biggest(t.Context(), q); err != nil || !slices.Equal(ids(p), tt.want) || p.More != tt.more {
			t.Errorf("%+v: %v, more %v, %v", tt, ids(p), p.More, err)
		}
	}
	if p, err := s.Biggest(t.Context(), feed.Query{Unread: true}); err != nil || !cmp.Equal(ids(p), []uint64{5, 4}) {
		t.Errorf("unread: %v, %v", ids(p), err)
	}
}

func TestListedKeepsTheOrderAsked(t *testing.T) {
	s, _, put := pressed(t)
	for _, story := range []uint64{1, 2, 3} {
		put(1, story, feed.Entry{Title: "t"}, false)
	}
	p, err := s.Listed(t.Context(), []uint64{2, 99, 3, 1})
	if err != nil || !slices.Equal(ids(p), []uint64{2, 3, 1}) || p.Newest != 3 {
		t.Errorf("%v, newest %d, %v", ids(p), p.Newest, err)
	}
	if p, err = s.Listed(t.Context(), make([]uint64, 600)); err != nil || len(p.Stories) != 0 {
		t.Errorf("%v, %v", ids(p), err)
	}
}

func TestTitlesAreThoseThatCameLast(t *testing.T) {
	s, _, put := pressed(t)
	for story, title := range map[uint64]string{1: "one", 2: "two", 3: "", 4: "four"} {
		put(1, story, feed.Entry{Title: title}, false)
	}
	for _, tt := range []struct {
		after uint64
		limit int
		want  []feed.Titled
	}{
		{0, 2, []feed.Titled{{Story: 4, Title: "four"}, {Story: 3}}},
		{1, 9, []feed.Titled{{Story: 4, Title: "four"}, {Story: 3}, {Story: 2, Title: "two"}}},
		{4, 9, nil},
	} {
		if got, err := s.Titles(t.Context(), tt.after, tt.limit); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("after %d: %v, %v", tt.after, got, err)
		}
	}
}

func TestSinceBoundsBothDirections(t *testing.T) {
	s, now, put := pressed(t)
	for story := uint64(1); story <= 5; story++ {
		put(1, story, feed.Entry{Title: "t"}, false)
	}
	since := now.Add(3 * time.Hour)
	for _, tt := range []struct {
		q    feed.Query
		want []uint64
	}{
		{feed.Query{Since: since}, []uint64{5, 4, 3}},
		{feed.Query{Since: since, Before: feed.Cursor{Time: now.Add(5 * time.Hour), Story: 5}}, []uint64{4, 3}},
		{feed.Query{Since: since, After: feed.Cursor{Time: time.Unix(-1, 0)}, Limit: 2}, []uint64{4, 3}},
		{feed.Query{Since: since, After: feed.Cursor{Time: since, Story: 3}}, []uint64{5, 4}},
		{feed.Query{Since: since, Unread: true, Feed: 1}, []uint64{5, 4, 3}},
	} {
		if p, err := s.Stories(t.Context(), tt.q); err != nil || !cmp.Equal(ids(p), tt.want) {
			t.Errorf("%+v: %v, %v; want %v", tt.q, ids(p), err, tt.want)
		}
	}
	if marked, err := s.MarkAll(t.Context(), feed.Query{Since: since}, feed.Cursor{}, now); err != nil || !cmp.Equal(marked, []uint64{5, 4, 3}) {
		t.Errorf("marked %v, %v", marked, err)
	}
}

// Of an entry the version before its last revision is kept, if that changed its
// words, as long as the entry is.
func TestEarlierVersion(t *testing.T) {
	s, now, put := pressed(t)
	put(1, 1, feed.Entry{Title: "first"}, false)
	if _, err := s.Earlier(t.Context(), 1); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("before any revision: %v", err)
	}
	put(1, 1, feed.Entry{ID: 1, Title: "second", Revised: now.Add(time.Hour)}, true)
	put(1, 1, feed.Entry{ID: 1, Title: "third", Revised: now.Add(2 * time.Hour)}, true)
	put(1, 1, feed.Entry{ID: 1, Title: "third", Revised: now.Add(2 * time.Hour)}, false)
	want := feed.Version{Title: "second", Body: feed.Body{Content: "<p>second</p>"}, Until: now.Add(2 * time.Hour)}
	if got, err := s.Earlier(t.Context(), 1); err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v: %s", err, cmp.Diff(want, got))
	}
	if _, err := s.RemoveSubscription(t.Context(), 1, now); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Earlier(t.Context(), 1); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("after its entry: %v", err)
	}
}

func TestCheckKnowsEarlierVersions(t *testing.T) {
	s, now, put := pressed(t)
	put(1, 1, feed.Entry{Title: "first"}, false)
	put(1, 1, feed.Entry{ID: 1, Title: "second", Revised: now}, true)
	vandalise := func(key uint64, r earlierRecord) {
		t.Helper()
		err := s.update(t.Context(), func(w *work) error { w.putRecord(tEarlier, number(key), &r); return nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	vandalise(1, earlierRecord{Title: "x"})
	vandalise(9, earlierRecord{Title: "x", Body: []byte{bodyRaw, 0xa0}})
	if got := problems(t, s); len(got) != 2 {
		t.Errorf("problems: %q", got)
	}
	if err := s.update(t.Context(), func(w *work) error { w.del(tEarlier, number(1)); w.del(tEarlier, number(9)); return nil }); err != nil {
		t.Fatal(err)
	}
}
