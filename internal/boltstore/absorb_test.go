package boltstore

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidings/internal/feed"
)

// holdings are facts in memory.
type holdings []any

func (h holdings) Facts(_ context.Context, _ bool, yield func(feed.Line, any) error, _ func(feed.Problem)) error {
	for i, fact := range h {
		if err := yield(feed.Line{File: "facts", Number: i + 1}, fact); err != nil {
			return err
		}
	}
	return nil
}

func exported(t *testing.T, s *Store) (h holdings) {
	t.Helper()
	err := s.Export(t.Context(), func(fact any) error {
		h = append(h, fact)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func absorb(t *testing.T, s *Store, h holdings) feed.Absorbed {
	t.Helper()
	out, err := s.Absorb(t.Context(), h, time.Now(), feed.Telling{
		Problem: func(p feed.Problem) { t.Errorf("left out: %+v", p) }, Leased: func() {}, Progress: func(int, int) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	clean(t, s)
	return out
}

// rows are those of a table.
func rows(t *testing.T, s *Store, tb table) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := s.view(t.Context(), func(x *txn) error {
		return x.each(tb, nil, func(k, v []byte) error {
			all[string(k)] = string(v)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// crowd furnishes a store with something in every table.
func crowd(t *testing.T, s *Store) {
	t.Helper()
	furnish(t, s)
	ctx, now := t.Context(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.Subscribe(ctx, []feed.Wish{{URL: "https://delta.example/feed", Canonical: "delta.example/feed", Site: "delta.example", Tags: []string{"go"}},
		{URL: "https://epsilon.example/feed", Canonical: "epsilon.example/feed", Site: "epsilon.example", Keep: feed.Keep{Newest: 1}}}, now)
	must(err)
	arrival := func(title string, at time.Time) feed.Arrival {
		return feed.Arrival{New: true, Keys: []feed.Key{{byte(len(title)), title[1]}}, Hash: 7, Sketch: []byte("of " + title), Time: at, URN: feed.StoryURN("https://delta.example/", title),
			Entry: feed.Entry{ID: s.NextEntry(), Story: s.NextStory(), GUID: title, URL: "https://delta.example/" + title, Title: title, Published: at, Seen: at},
			Body:  feed.Body{Content: feed.HTML("<p>" + title + "</p>")}}
	}
	in4 := []feed.Arrival{arrival("delta one", now), arrival("delta, two", now)}
	must(s.Commit(ctx, []feed.Harvest{{Feed: 4, Arrivals: in4}, {Feed: 5, Arrivals: []feed.Arrival{arrival("old", now.Add(-400*24*time.Hour)), arrival("young", now)}}}))
	revised := in4[0]
	revised.New, revised.Material, revised.Body.Content, revised.Entry.Revised = false, true, "<p>delta one, again</p>", now.Add(time.Hour)
	must(s.Commit(ctx, []feed.Harvest{{Feed: 4, Arrivals: []feed.Arrival{revised}}}))
	yes := true
	_, err = s.Mark(ctx, []uint64{in4[1].Entry.Story}, feed.MarkChange{Starred: &yes, Read: &yes, Opened: true}, now)
	must(err)
	for _, n := range []uint64{1, in4[0].Entry.ID} {
		must(s.PutFullText(ctx, feed.FullText{Entry: n, URL: "https://delta.example/page", Fetched: now, Text: "<p>the whole text</p>", Words: 3, ETag: `"x"`}))
	}
	_, _, err = s.Expire(ctx, feed.Retention{Read: time.Hour, Newest: 1}, now, 0)
	must(err)
	must(s.PutIcon(ctx, "https://delta.example", []byte("a PNG"), now))
	must(s.PutIcon(ctx, "https://epsilon.example", nil, now.Add(time.Hour)))
	must(s.PutLeases(ctx, feed.PushLease{Callback: "https://us.example/c", Feed: 1, Origin: "https://alpha.example/feed", Hub: "https://hub.example/", Topic: "https://alpha.example/feed"}))
	_, err = s.Unsubscribe(ctx, 4, now.Add(2*time.Hour))
	must(err)
	must(s.SetSetting(ctx, "fold/feed/4", []byte("{}")))
}

// Every table of the data file is in an archive, made anew from it, or said not to be;
// whoever adds one has to decide, to furnish it here, and to write it down in the
// comment of package archive.
func TestEveryTableLeavesAndEnters(t *testing.T) {
	stay := map[table]bool{tMeta: true, tLease: true}
	from, to := openHere(t, filepath.Join(t.TempDir(), "from.db"), nil), openHere(t, filepath.Join(t.TempDir(), "to.db"), nil)
	crowd(t, from)
	facts := exported(t, from)
	absorb(t, to, facts)
	source, err := os.ReadFile("../archive/archive.go")
	if err != nil {
		t.Fatal(err)
	}
	_, said, _ := strings.Cut(string(source), "// # What of a data file leaves")
	said, _, _ = strings.Cut(said, "// # ")
	for tb := range tables {
		if !regexp.MustCompile(`\b` + tb.String() + `\b`).MatchString(said) {
			t.Errorf("the comment of package archive doesn't say what becomes of the table %s", tb)
		}
		want, got := rows(t, from, tb), rows(t, to, tb)
		switch {
		case len(want) == 0:
			t.Errorf("the table %s is empty, which proves nothing: furnish it", tb)
		case stay[tb] && tb != tMeta:
			if len(got) > 0 {
				t.Errorf("the table %s has come along", tb)
			}
		case !stay[tb]:
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("the table %s (-want +got):\n%s", tb, d)
			}
		}
	}
	if d := cmp.Diff(facts, exported(t, to)); d != "" {
		t.Errorf("exported again (-want +got):\n%s", d)
	}
	if out := absorb(t, to, facts); out != (feed.Absorbed{Known: out.Known}) {
		t.Errorf("taken in twice: %+v", out)
	}
	for _, s := range []*Store{from, to} { // what can come back does so in both alike
		if _, err := s.Resubscribe(t.Context(), 4); err != nil {
			t.Fatal(err)
		}
		clean(t, s)
	}
	for tb := range tables {
		if d := cmp.Diff(rows(t, from, tb), rows(t, to, tb)); d != "" && !stay[tb] {
			t.Errorf("after the feed came back, the table %s (-want +got):\n%s", tb, d)
		}
	}
}

// In a data file that is in use everything gets other numbers, and nothing is there twice.
func TestEveryTableEntersAUsedFile(t *testing.T) {
	from, used := openHere(t, filepath.Join(t.TempDir(), "from.db"), nil), openHere(t, filepath.Join(t.TempDir(), "used.db"), nil)
	crowd(t, from)
	_, err := used.Subscribe(t.Context(), []feed.Wish{{URL: "https://mine.example/", Canonical: "mine.example"}, {URL: "https://beta.example/feed", Canonical: "beta.example/feed"}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	facts := exported(t, from)
	if out := absorb(t, used, facts); out.Unsubscribed != 1 || out.Icons != 2 || out.Known != 1 {
		t.Errorf("taken in: %+v", out)
	}
	for _, tb := range []table{tEarlier, tFullText, tIcon, tBygone, tRemoved} {
		if want, got := len(rows(t, from, tb)), len(rows(t, used, tb)); want != got {
			t.Errorf("%d rows in the table %s, want %d", got, tb, want)
		}
	}
	before := map[table]map[string]string{}
	for tb := range tables {
		before[tb] = rows(t, used, tb)
	}
	if out := absorb(t, used, facts); out != (feed.Absorbed{Known: out.Known}) {
		t.Errorf("taken in twice: %+v", out)
	}
	for tb := range tables {
		if d := cmp.Diff(before[tb], rows(t, used, tb)); d != "" && tb != tMeta {
			t.Errorf("taken in twice, the table %s (-want +got):\n%s", tb, d)
		}
	}
	gone, err := used.Unsubscribed(t.Context())
	if err != nil || len(gone) != 1 || gone[0].Entries != 2 {
		t.Fatalf("can come back: %+v, %v", gone, err)
	}
	if _, err := used.Resubscribe(t.Context(), gone[0].Subscription.ID); err != nil {
		t.Fatal(err)
	}
	clean(t, used)
	page, err := used.Stories(t.Context(), feed.Query{Feed: gone[0].Subscription.ID})
	if err != nil || len(page.Stories) != 2 {
		t.Fatalf("%d stories came back, %v", len(page.Stories), err)
	}
	for _, h := range page.Stories {
		if two := h.Entry.Title == "delta, two"; two != h.Mark.Starred || two != h.Mark.Read {
			t.Errorf("%s came back as %+v", h.Entry.Title, h.Mark)
		}
		if _, err := used.Earlier(t.Context(), h.Entry.ID); (err == nil) != (h.Entry.Title == "delta one") {
			t.Errorf("the earlier version of %s: %v", h.Entry.Title, err)
		}
	}
}

// What is counted of what went is not counted twice.
func TestTheGreaterOfTwoCountsStays(t *testing.T) {
	s := openHere(t, filepath.Join(t.TempDir(), "news.db"), nil)
	if _, err := s.Subscribe(t.Context(), []feed.Wish{{URL: "https://a.example/", Canonical: "a"}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	sub := feed.Subscription{ID: 9, URL: "https://a.example/", Canonical: "a"}
	facts := func(entries, opened int) holdings {
		return holdings{&feed.KeptFeed{Subscription: sub, State: feed.State{Feed: 9}}, &feed.KeptDay{Feed: 9, DayTally: feed.DayTally{Day: day, Entries: entries, Opened: opened}},
			&feed.KeptHour{HourTally: feed.HourTally{At: day, Entries: entries, Stories: -1, Opened: opened}}}
	}
	for _, n := range [][2]int{{3, 2}, {2, 5}, {3, 2}} {
		absorb(t, s, facts(n[0], n[1]))
	}
	hours, err := s.HourTallies(t.Context(), day, day.Add(24*time.Hour))
	if err != nil || len(hours) != 1 || hours[0] != (feed.HourTally{At: day, Entries: 3, Stories: -1, Opened: 5}) {
		t.Errorf("%+v, %v", hours, err)
	}
	days, err := s.DayTallies(t.Context(), day, day.Add(24*time.Hour))
	if err != nil || len(days[1]) != 1 || days[1][0] != (feed.DayTally{Day: day, Entries: 3, Opened: 5}) {
		t.Errorf("%+v, %v", days, err)
	}
}
