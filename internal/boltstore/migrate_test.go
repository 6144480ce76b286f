package boltstore

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"tidings/internal/feed"
)

// update is whether goldens are written anew. The files of released schemas in
// testdata are written once, and never again.
var update = flag.Bool("update", false, "write goldens anew")

// openHere opens a store that is checked and closed when the test ends.
func openHere(t *testing.T, path string, ms []migration) *Store {
	t.Helper()
	s, err := open(path, Options{}, ms)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, s) })
	return s
}

// shut checks a store and closes it.
func shut(t *testing.T, s *Store) {
	t.Helper()
	clean(t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func clean(t *testing.T, s *Store) {
	t.Helper()
	for _, p := range problems(t, s) {
		t.Errorf("check: %s", p)
	}
}

func problems(t *testing.T, s *Store) []string {
	t.Helper()
	r, err := s.Check(bareContext(t))
	if err != nil {
		t.Fatal(err)
	}
	return r.Problems
}

// furnish puts a little of everything into a store: two feeds, three stories, a
// copy, marks, a setting, a removed feed that is hidden.
func furnish(t *testing.T, s *Store) {
	t.Helper()
	ctx, now := bareContext(t), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var ws []feed.Wish
	for _, n := range []string{"alpha", "beta", "gamma"} {
		ws = append(ws, feed.Wish{URL: "https://" + n + ".example/feed", Canonical: n + ".example/feed", Site: n + ".example", Title: n, Folder: "News/" + n})
	}
	_, err := s.Subscribe(ctx, ws, now)
	must(err)
	arrival := func(story uint64, title string) feed.Arrival {
		return feed.Arrival{
			New: true, Keys: []feed.Key{{byte(len(title)), title[0]}}, Hash: 42, Sketch: []byte("sketch"), Time: now, URN: feed.StoryURN("https://alpha.example/", title),
			Entry: feed.Entry{ID: s.NextEntry(), Story: story, GUID: title, URL: "https://alpha.example/" + title, Title: title, Published: now, Seen: now,
				Authors: []feed.Person{{Name: "Ann"}}, Enclosures: []feed.Enclosure{{URL: "https://alpha.example/a.mp3", Length: 5}}},
			Body:    feed.Body{Content: feed.HTML("<p>" + title + "</p>" + string(bytes.Repeat([]byte("<p>more of it</p>"), 30)))},
			Verdict: feed.Verdict{Level: feed.LevelSameURL, Of: 1, Score: 0.5, Evidence: "the same address"},
		}
	}
	one, two, three := s.NextStory(), s.NextStory(), s.NextStory()
	state := feed.State{Title: "Alpha News", ETag: `"1"`, BodyHash: [32]byte{1}, Due: now.Add(time.Hour), Document: now, HTTP: 200,
		Hints: feed.Hints{TTL: time.Hour, SkipDays: []time.Weekday{time.Sunday}}}
	must(s.Commit(ctx, []feed.Harvest{
		{Feed: 1, State: state, Arrivals: []feed.Arrival{arrival(one, "first"), arrival(two, "second")}},
		{Feed: 2, State: state, Arrivals: []feed.Arrival{arrival(one, "copy of first")}},
		{Feed: 3, State: state, Arrivals: []feed.Arrival{arrival(three, "third")}},
	}))
	yes := true
	_, err = s.Mark(ctx, []uint64{one}, feed.MarkChange{Read: &yes}, now)
	must(err)
	_, err = s.Mark(ctx, []uint64{three}, feed.MarkChange{Starred: &yes}, now)
	must(err)
	must(s.SetSetting(ctx, "name", []byte("value")))
	_, err = s.RemoveSubscription(ctx, 3, now)
	must(err)
	must(decide(ctx, s, state, arrival))
	must(s.PutSubscribers(ctx, subscriber()))
	_, _, err = s.FollowList(ctx, list(), now)
	must(err)
}

// list is what schema 4 brought.
func list() feed.List {
	return feed.List{URL: "https://alpha.example/feeds.opml", Canonical: "alpha.example/feeds.opml", Site: "alpha.example", Title: "Ann's feeds"}
}

// subscriber is what schema 3 brought.
func subscriber() feed.Subscriber {
	since := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return feed.Subscriber{Topic: "https://news.example/feed.atom", Callback: "https://reader.example/in?n=1", Secret: "s", Since: since,
		Until: since.Add(time.Hour), Sent: [32]byte{1}}
}

// decide adds what schema 2 brought: an event of stories 2, 4 and 6, of which 6 was
// split from 4; story 5, which was joined to 2; and an entry that drifted.
func decide(ctx context.Context, s *Store, state feed.State, arrival func(story uint64, title string) feed.Arrival) error {
	four, five := s.NextStory(), s.NextStory()
	founder, near, other := arrival(four, "fourth"), arrival(four, "fifth copies it"), arrival(five, "sixth")
	founder.Event, founder.Relation = 2, feed.Relation{Of: 2, Score: 7.5, Evidence: "both name a river"}
	founder.Verdict.Apart = []feed.Apart{{Of: 2, Story: 2, Score: 4.75, Need: 6, Veto: "numbers", Evidence: "kept apart: 3 against 4"}}
	near.Verdict = feed.Verdict{Level: feed.LevelNear, Of: founder.Entry.ID, Score: 8, Need: 6, Evidence: "the same in other words"}
	revised := arrival(0, "second")
	revised.New, revised.Entry.ID = false, 2
	revised.Verdict = feed.Verdict{Drifted: true, Drift: "3 against 6 now"}
	revised.Material, revised.Entry.Revised = true, near.Entry.Seen.Add(time.Hour)
	err := s.Commit(ctx, []feed.Harvest{
		{Feed: 1, State: state, Arrivals: []feed.Arrival{founder, other, revised}}, {Feed: 2, State: state, Arrivals: []feed.Arrival{near}},
	})
	_, err1 := s.SplitStory(ctx, four, near.Entry.ID, s.NextStory(), near.Entry.Seen)
	_, err2 := s.JoinStories(ctx, 2, five, near.Entry.Seen)
	return errors.Join(err, err1, err2)
}

// A file of each released schema is opened for ever.
func TestOldFilesOpen(t *testing.T) {
	for golden, c := range map[string]struct {
		want  feed.Stats
		river []string
	}{
		"schema-1.db": {
			feed.Stats{Feeds: 2, Entries: 4, Stories: 3, Copies: 1, Events: 3, Unread: 2, Starred: 1},
			[]string{"third at gamma", "second at alpha", "first at alpha"},
		},
		"schema-2.db": {
			feed.Stats{Feeds: 2, Entries: 7, Stories: 5, Copies: 2, Events: 3, Unread: 4, Starred: 1},
			[]string{"fifth copies it at beta", "fourth at alpha", "third at gamma", "second at alpha", "first at alpha"},
		},
		"schema-3.db": {
			feed.Stats{Feeds: 2, Entries: 7, Stories: 5, Copies: 2, Events: 3, Unread: 4, Starred: 1},
			[]string{"fifth copies it at beta", "fourth at alpha", "third at gamma", "second at alpha", "first at alpha"},
		},
		"schema-4.db": {
			feed.Stats{Feeds: 2, Entries: 7, Stories: 5, Copies: 2, Events: 3, Unread: 4, Starred: 1},
			[]string{"fifth copies it at beta", "fourth at alpha", "third at gamma", "second at alpha", "first at alpha"},
		},
		"schema-5.db": {
			feed.Stats{Feeds: 2, Entries: 7, Stories: 5, Copies: 2, Events: 3, Unread: 4, Starred: 1},
			[]string{"fifth copies it at beta", "fourth at alpha", "third at gamma", "second at alpha", "first at alpha"},
		},
		"schema-6.db": {
			feed.Stats{Feeds: 2, Entries: 7, Stories: 5, Copies: 2, Events: 3, Unread: 4, Starred: 1},
			[]string{"fifth copies it at beta", "fourth at alpha", "third at gamma", "second at alpha", "first at alpha"},
		},
	} {
		t.Run(golden, func(t *testing.T) {
			s := openGolden(t, golden)
			var got []string
			for _, h := range river(t, s) {
				got = append(got, h.Entry.Title+" at "+h.Outlet.Title)
			}
			if d := cmp.Diff(c.river, got); d != "" {
				t.Errorf("stories (-want +got):\n%s", d)
			}
			st, err := s.Stats(t.Context())
			if err != nil || st.Bytes > 200<<10 {
				t.Errorf("%d bytes, %v", st.Bytes, err)
			}
			if st.Bytes = 0; st != c.want {
				t.Errorf("stats %+v; want %+v", st, c.want)
			}
			firstAsEver(t, s)
			if golden != "schema-1.db" {
				decidedAsEver(t, s)
			}
			if golden >= "schema-3.db" {
				subscribedAsEver(t, s)
			}
			if golden >= "schema-4.db" {
				listedAsEver(t, s)
			}
			if golden >= "schema-6.db" {
				revisedAsEver(t, s)
			}
			furnishMore(t, s)
		})
	}
}

// openGolden opens a copy of a golden data file.
func openGolden(t *testing.T, name string) *Store {
	t.Helper()
	golden := filepath.Join("testdata", name)
	if _, err := os.Stat(golden); *update && errors.Is(err, os.ErrNotExist) {
		writeGolden(t, golden)
	}
	old, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "news.db")
	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	return openHere(t, path, migrations())
}

func river(t *testing.T, s *Store) []feed.Headline {
	t.Helper()
	page, err := s.Stories(t.Context(), feed.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return page.Stories
}

// firstAsEver demands what every golden has: the first story, and a setting.
func firstAsEver(t *testing.T, s *Store) {
	t.Helper()
	first, err := s.Story(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if !first.Mark.Read || first.Story.Copies != 2 || first.Members[1].Verdict.Evidence != "the same address" || first.Members[0].Body.Content == "" {
		t.Errorf("the first story is %+v", first)
	}
	if v, err := s.Setting(t.Context(), "name"); err != nil || string(v) != "value" {
		t.Errorf("setting %q, %v", v, err)
	}
}

// decidedAsEver demands what schema 2 brought.
func decidedAsEver(t *testing.T, s *Store) {
	t.Helper()
	fourth, err := s.Story(t.Context(), 4)
	if err != nil || len(fourth.Story.URN) == 0 || fourth.Kin != 2 || fourth.Event[0].Headline.ID != 2 || fourth.Event[1].Relation.Evidence != saidOther {
		t.Errorf("the fourth story is %+v, %v", fourth, err)
	}
	if v := fourth.Members[0].Verdict; len(v.Apart) != 1 || v.Apart[0].Veto != "numbers" {
		t.Errorf("the verdict is %+v", v)
	}
	second, err := s.Story(t.Context(), 2)
	if err != nil || second.Members[0].Verdict.Drift != "3 against 6 now" || second.Members[1].Verdict.Level != feed.LevelReader {
		t.Errorf("the second story is %+v, %v", second, err)
	}
	if into, err := s.Dissolved(t.Context(), 5); err != nil || into != 2 {
		t.Errorf("story 5 went into %d, %v", into, err)
	}
	ds, err := s.Decisions(t.Context())
	if err != nil || len(ds) != 2 {
		t.Fatalf("decisions %+v, %v", ds, err)
	}
	for _, d := range ds {
		if _, err := s.UndoDecision(t.Context(), d.ID, d.At); err != nil {
			t.Error(err)
		}
	}
	fourth, err = s.Story(t.Context(), 4)
	if err != nil || len(fourth.Members) != 2 || fourth.Members[1].Verdict.Evidence != "the same in other words" {
		t.Errorf("after undoing, the fourth story is %+v, %v", fourth, err)
	}
}

// subscribedAsEver demands what schema 3 brought.
func subscribedAsEver(t *testing.T, s *Store) {
	t.Helper()
	all, err := s.Subscribers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]feed.Subscriber{subscriber()}, all); d != "" {
		t.Errorf("subscribers (-want +got):\n%s", d)
	}
}

// listedAsEver demands what schema 4 brought.
func listedAsEver(t *testing.T, s *Store) {
	t.Helper()
	all, err := s.Lists(t.Context())
	if err != nil || len(all) != 1 || all[0].URL != list().URL || all[0].Name() != "Ann's feeds" {
		t.Errorf("lists %+v, %v", all, err)
	}
}

// revisedAsEver demands what schema 5 made room for.
func revisedAsEver(t *testing.T, s *Store) {
	t.Helper()
	was, err := s.Earlier(t.Context(), 2)
	if err != nil || was.Title != "second" || was.Body.Content == "" {
		t.Errorf("the second entry was %+v, %v", was, err)
	}
}

// furnishMore shows that an old file can be written to.
func furnishMore(t *testing.T, s *Store) {
	t.Helper()
	h := feed.Harvest{Feed: 2, Arrivals: []feed.Arrival{{New: true, Entry: feed.Entry{ID: s.NextEntry(), Story: 2, Title: "joins", Seen: time.Unix(1800000000, 0)}}}}
	if err := s.Commit(t.Context(), []feed.Harvest{h}); err != nil {
		t.Fatal(err)
	}
	if f, err := s.Story(t.Context(), 2); err != nil || f.Story.Copies != 2 {
		t.Errorf("story 2 has %d copies, %v; want 2", f.Story.Copies, err)
	}
}

// writeGolden writes a data file with small pages, so that it is small.
func writeGolden(t *testing.T, path string) {
	t.Helper()
	s := openHere(t, filepath.Join(t.TempDir(), "news.db"), migrations())
	furnish(t, s)
	db, err := bolt.Open(path, 0o644, &bolt.Options{PageSize: 1024})
	if err != nil {
		t.Fatal(err)
	}
	db.AllocSize = 1024
	if err := errors.Join(bolt.Compact(db, s.db, 0), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// lift is a migration that leaves a trace.
func lift(name string) migration {
	return func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("setting")).Put([]byte(name), []byte("done"))
	}
}

func TestMigrationsRunOnceEachAfterACopy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "news.db")
	s, err := open(path, Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	furnish(t, s)
	before := s.Version()
	shut(t, s)
	for range 2 {
		s, err := open(path, Options{}, []migration{lift("one"), lift("two")})
		if err != nil {
			t.Fatal(err)
		}
		m, err := s.Settings(t.Context(), "")
		if err != nil || len(m) != 3 || s.Version() != before {
			t.Errorf("after the upgrade: %q, version %d, %v", m, s.Version(), err)
		}
		if err := s.SetSetting(t.Context(), "one", []byte("by hand")); err != nil {
			t.Fatal(err)
		}
		shut(t, s)
	}
	if v := settingOf(t, path, []migration{lift("one"), lift("two")}, "one"); v != "by hand" {
		t.Errorf("a migration ran again: %q", v)
	}
	if v := settingOf(t, path+".schema-1", nil, "one"); v != "" {
		t.Errorf("the copy was upgraded: %q", v)
	}
	info, err := os.Stat(path + ".schema-1")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy is %v, %v; want mode 0600", info, err)
	}
	if _, err := open(path, Options{}, []migration{lift("one")}); !errors.Is(err, feed.ErrNewer) {
		t.Errorf("open a newer file: %v, want ErrNewer", err)
	}
}

func settingOf(t *testing.T, path string, ms []migration, key string) string {
	t.Helper()
	s, err := open(path, Options{}, ms)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	v, err := s.Setting(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(v)
}

func TestAMigrationThatFailsChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "news.db")
	s, err := open(path, Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	furnish(t, s)
	shut(t, s)
	fault := errors.New("fault")
	bad := func(tx *bolt.Tx) error { return errors.Join(lift("two")(tx), fault) }
	_, err = open(path, Options{}, []migration{bad})
	var hint *feed.Hint
	if !errors.Is(err, fault) || !errors.As(err, &hint) {
		t.Errorf("failed migration: %v, want a hint around the fault", err)
	}
	if v := settingOf(t, path, nil, "two"); v != "" {
		t.Error("half a migration was kept")
	}
	if _, err := open(path, Options{ReadOnly: true}, []migration{bad}); err == nil || errors.Is(err, fault) {
		t.Errorf("open an old file to read: %v, want a refusal without a migration", err)
	}
}
