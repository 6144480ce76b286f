package server

import (
	"encoding/xml"
	"net/http"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

type atom struct {
	ID    string `xml:"id"`
	Links []struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	} `xml:"link"`
	Entries []struct {
		Title string `xml:"title"`
	} `xml:"entry"`
}

func (a *answer) atom() atom {
	a.t.Helper()
	var doc atom
	if err := xml.Unmarshal(a.Body.Bytes(), &doc); err != nil {
		a.t.Fatal(err)
	}
	return doc
}

func TestMergedFeed(t *testing.T) {
	w := newWorld(t, 120, nil)
	a := w.get(t, "/feed.atom").status(200)
	doc := a.atom()
	if len(doc.Entries) != 50 || !strings.HasPrefix(doc.ID, "urn:uuid:") {
		t.Errorf("%d entries, id %q", len(doc.Entries), doc.ID)
	}
	for _, l := range doc.Links {
		if l.Rel == "self" && l.Href != "http://localhost:8080/feed.atom" {
			t.Errorf("self %q", l.Href)
		}
	}
	h := a.Header()
	if h.Get("Content-Type") != "application/atom+xml; charset=utf-8" || h.Get("Cache-Control") != "private, max-age=300" || h.Get("Vary") != "Accept-Encoding" {
		t.Errorf("header %v", h)
	}
	if at, err := http.ParseTime(h.Get("Last-Modified")); err != nil || time.Since(at) > time.Hour {
		t.Errorf("Last-Modified %q", h.Get("Last-Modified"))
	}
	for path, want := range map[string]int{"/feed.atom?n=7": 7, "/feed.atom?n=500": 120, "/folder/Science.atom?n=500": 0} {
		got := len(w.get(t, path).status(200).atom().Entries)
		if want == 0 && (got == 0 || got == 120) || want != 0 && got != want {
			t.Errorf("%s: %d entries, want %d", path, got, want)
		}
	}
	w.get(t, "/feed.atom?n=0").status(400)
	w.get(t, "/feed.atom?n=x").status(400)
	w.get(t, "/feed.atom?n=9999").status(400)
}

// Near-copies, rewrites and what the reader joined are one entry with links to all
// sources; related coverage and near misses are entries of their own.
func TestMergedFeedFoldsNearCopies(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.strike(t, time.Now())
	read := func() (entries int, body, tag string) {
		a := w.get(t, "/feed.atom").status(200)
		return len(a.atom().Entries), a.Body.String(), a.Header().Get("ETag")
	}
	entries, body, tag := read()
	if entries != 6 || strings.Count(body, `rel="related"`) != 6 || !strings.Contains(body, "outlet6.example/strike/2000.html") {
		t.Errorf("%d entries with %d links to further sources, want 6 and 6", entries, strings.Count(body, `rel="related"`))
	}
	d, err := w.poller.Split(t.Context(), retold, w.entryOf(t, retold, 6))
	if err != nil {
		t.Fatal(err)
	}
	if n, b, now := read(); n != 7 || strings.Count(b, `rel="related"`) != 5 || now == tag {
		t.Errorf("after a split: %d entries, tag %q after %q", n, now, tag)
	}
	if _, err := w.poller.Undo(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	if n, b, now := read(); n != 6 || b != body || now != tag {
		t.Errorf("after undoing it: %d entries, tag %q, want %q", n, now, tag)
	}
}

func TestMergedFeedKeepsReadStories(t *testing.T) {
	w := newWorld(t, 5, nil)
	before := w.get(t, "/feed.atom").Body.String()
	yes := true
	_, _ = w.store.Mark(t.Context(), []uint64{1000}, feed.MarkChange{Read: &yes}, time.Now())
	if w.get(t, "/feed.atom").Body.String() != before {
		t.Error("reading a story changed the feed")
	}
}

func TestMergedFeedValidators(t *testing.T) {
	w := newWorld(t, 20, nil)
	a := w.get(t, "/feed.atom").status(200)
	zipped := w.get(t, "/feed.atom", "Accept-Encoding", "gzip").status(200)
	tag, modified := a.Header().Get("ETag"), a.Header().Get("Last-Modified")
	if zipped.Header().Get("ETag") == tag || zipped.Body.Len() >= a.Body.Len() {
		t.Error("the compressed document has the plain one's tag or size")
	}
	old := time.Now().Add(-1000 * time.Hour).UTC().Format(http.TimeFormat)
	for _, tt := range []struct {
		name   string
		header []string
		want   int
	}{
		{"no validators, no user agent", nil, 200},
		{"tag", []string{"If-None-Match", tag}, 304},
		{"weak tag", []string{"If-None-Match", "W/" + tag}, 304},
		{"one of several tags", []string{"If-None-Match", `"x", ` + tag}, 304},
		{"compressed document's tag", []string{"If-None-Match", zipped.Header().Get("ETag"), "Accept-Encoding", "gzip"}, 304},
		{"other tag", []string{"If-None-Match", `"x"`}, 200},
		{"date", []string{"If-Modified-Since", modified}, 304},
		{"old date", []string{"If-Modified-Since", old}, 200},
		{"bad date", []string{"If-Modified-Since", "yesterday"}, 200},
		{"other tag wins over date", []string{"If-None-Match", `"x"`, "If-Modified-Since", modified}, 200},
		{"tag wins over old date", []string{"If-None-Match", tag, "If-Modified-Since", old}, 304},
	} {
		a := w.get(t, "/feed.atom", tt.header...)
		if a.Code != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, a.Code, tt.want)
		}
		if a.Code == 304 && (a.Body.Len() != 0 || a.Header().Get("ETag") == "" || a.Header().Get("Content-Type") != "") {
			t.Errorf("%s: 304 with body, without tag, or with a type", tt.name)
		}
	}
}

func TestMergedFeedIsBuiltOnlyWhenItMust(t *testing.T) {
	w := newWorld(t, 20, nil)
	tag := w.get(t, "/feed.atom").Header().Get("ETag")
	asked := w.store.asked.Load()
	w.get(t, "/feed.atom", "If-None-Match", tag).status(304)
	w.get(t, "/feed.atom").status(200)
	if w.store.asked.Load() != asked {
		t.Error("stories were read although the version stood still")
	}
	doc := w.merged.docs["http://localhost:8080/feed.atom"]
	body, version := doc.body, doc.version
	w.store.ahead++ // something moved that the feed doesn't show
	w.get(t, "/feed.atom", "If-None-Match", tag).status(304)
	if now := w.merged.docs["http://localhost:8080/feed.atom"]; &now.body[0] != &body[0] || now.version == version {
		t.Error("the same document was built again")
	}
	w.store.tell(t, invented(0, time.Now().Add(time.Minute)))
	if w.get(t, "/feed.atom", "If-None-Match", tag).status(200).Header().Get("ETag") == tag {
		t.Error("another document has the same tag")
	}
}

// An archive that is taken in while the server runs may bring the id that feed readers know.
func TestMergedFeedTakesTheIDOfAnArchive(t *testing.T) {
	w := newWorld(t, 2, nil)
	w.get(t, "/feed.atom").status(200)
	if err := w.store.SetSetting(t.Context(), settingID, []byte("urn:uuid:of-the-archive")); err != nil {
		t.Fatal(err)
	}
	w.store.tell(t, invented(0, time.Now().Add(time.Minute)))
	if got := w.get(t, "/feed.atom").Body.String(); !strings.Contains(got, "<id>urn:uuid:of-the-archive</id>") {
		t.Errorf("%.300s", got)
	}
}

func TestMergedFeedSurvivesRestart(t *testing.T) {
	w := newWorld(t, 20, nil)
	before := w.get(t, "/feed.atom")
	again, err := New(w.Options)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	after := (&world{Server: again}).get(t, "/feed.atom")
	if before.Body.String() != after.Body.String() || before.Header().Get("ETag") != after.Header().Get("ETag") {
		t.Error("the document changed although nothing did")
	}
	if got, want := after.Header().Get("Last-Modified"), before.Header().Get("Last-Modified"); got != want {
		t.Errorf("Last-Modified moved from %s to %s although nothing changed", want, got)
	}
}

// Whatever changes the document must reach a client that asks by date alone, also
// when a restart lies in between.
func TestMergedFeedDateMovesWithEveryChange(t *testing.T) {
	late := func(w *world) {
		f := invented(3, time.Now().Add(-24*time.Hour)) // far below the top
		f.ID, f.Members = 2000, f.Members[:1]
		f.Members[0].Entry.Seen = time.Now()
		w.store.tell(t, f)
	}
	rename := func(w *world) {
		title := "Another name"
		if _, err := w.poller.Change(t.Context(), 9, feed.Change{Title: &title}); err != nil {
			t.Fatal(err)
		}
	}
	remove := func(w *world) {
		if err := w.poller.Remove(t.Context(), 9); err != nil {
			t.Fatal(err)
		}
	}
	for name, change := range map[string]func(*world){"late": late, "rename": rename, "remove": remove} {
		for _, restart := range []bool{false, true} {
			w := newWorld(t, 0, nil)
			for i := range 20 {
				w.store.tell(t, invented(19-i, time.Now().Add(-time.Hour)))
			}
			var modified string
			for range 2 {
				modified = w.get(t, "/feed.atom").status(200).Header().Get("Last-Modified")
			}
			change(w)
			if restart {
				again, err := New(w.Options)
				if err != nil {
					t.Fatal(err)
				}
				defer again.Close()
				w.Server = again
			}
			a := w.get(t, "/feed.atom", "If-Modified-Since", modified)
			if a.Code != 200 {
				t.Errorf("%s, restart %v: %d, want 200", name, restart, a.Code)
			}
			w.get(t, "/feed.atom", "If-Modified-Since", a.Header().Get("Last-Modified")).status(304)
		}
	}
}

func TestMergedFeedDate(t *testing.T) {
	var m merged
	now := time.Unix(1000, 0)
	for _, tt := range []struct {
		tag   string
		told  int64
		want  int64
		fresh bool
	}{
		{"a", 900, 900, true},
		{"a", 950, 900, false}, // the same document
		{"b", 900, 901, true},  // another one with the same date
		{"c", 300, 902, true},  // or an older one
		{"d", 990, 990, true},
		{"e", 5000, 1000, true}, // a publisher's date from the future is not ours
		{"f", 5000, 1001, true},
		{"f", 5000, 1001, false},
	} {
		at, fresh, _ := m.date("/feed.atom", tt.tag, time.Unix(tt.told, 0), now)
		if at.Unix() != tt.want || fresh != tt.fresh {
			t.Errorf("%s: %d %v, want %d %v", tt.tag, at.Unix(), fresh, tt.want, tt.fresh)
		}
	}
}

// A data file of an earlier release may say that the feed changed in 2038.
func TestMergedFeedForgetsStampsOfTheFuture(t *testing.T) {
	now := time.Unix(1000, 0)
	for _, tag := range []string{"a", "b"} {
		m := merged{stamps: map[string]stamp{"/feed.atom": {"a", 5000}}}
		at, fresh, _ := m.date("/feed.atom", tag, time.Unix(300, 0), now)
		if at.Unix() != 1000 || !fresh || m.stamps["/feed.atom"].Modified != 1000 {
			t.Errorf("%s: %d %v, want 1000 and a new stamp", tag, at.Unix(), fresh)
		}
	}
}

// A publisher's date of 2038 must not freeze the feed for who asks by date alone.
func TestMergedFeedOfAFutureStory(t *testing.T) {
	w := newWorld(t, 0, nil)
	future := time.Date(2038, 1, 19, 3, 14, 7, 0, time.UTC)
	f := invented(0, time.Now())
	f.Members[0].Entry.Published, f.Members[0].Entry.Updated = future, future
	w.store.tell(t, f)
	for range 3 { // changes within a second
		a := w.get(t, "/feed.atom", "If-Modified-Since", future.Format(http.TimeFormat)).status(200)
		if at, err := http.ParseTime(a.Header().Get("Last-Modified")); err != nil || at.After(time.Now()) {
			t.Errorf("Last-Modified %v, %v", at, err)
		}
		if strings.Contains(a.Body.String(), ">2038-") {
			t.Error("the feed tells of 2038")
		}
		w.store.ahead++
		title := "Name " + number(uint64(w.store.ahead))
		if _, err := w.poller.Change(t.Context(), f.Members[0].Entry.Feed, feed.Change{Title: &title}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMergedFeedUnderItsPublicName(t *testing.T) {
	w := newWorld(t, 2, func(o *Options) { o.PublicURL = "https://news.example.org" })
	body := w.get(t, "/feed.atom?n=1", "Host", "10.0.0.1:8080").status(200).Body.String()
	if !strings.Contains(body, `href="https://news.example.org/feed.atom?n=1"`) || strings.Contains(body, "10.0.0.1") {
		t.Error("self is not the public address")
	}
}

func TestMergedFeedForgetsMadeUpHosts(t *testing.T) {
	w := newWorld(t, 2, nil)
	for i := range 100 {
		w.get(t, "/feed.atom", "Host", "h"+number(uint64(i)+1)+".example")
	}
	if n := len(w.merged.docs); n > mostDocs {
		t.Errorf("%d documents kept", n)
	}
	if n := len(w.merged.stamps); n > mostStamps {
		t.Errorf("%d stamps kept", n)
	}
}
