package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidings/internal/feed"
	"tidings/internal/opml"
	"tidings/internal/server"
)

// reading skips the test where a reader isn't installed, unless TIDINGS_REQUIRE_READERS
// demands them all.
func reading(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("TIDINGS_REQUIRE_READERS") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}

// Another reader's importer takes the list that we export: all feeds are there
// afterwards, with their folders, and what it exports in its turn is known to us.
func TestNewsboatImportsOurList(t *testing.T) {
	reading(t, "newsboat")
	h := newHousehold(t)
	var ws []feed.Wish
	for i := range 60 {
		w := feed.Wish{URL: fmt.Sprintf("https://site%d.example/feed.xml?a=1&b=%d", i, i), Title: fmt.Sprintf("Nr. %d: \"Tom\" & <Ann> 猫", i), Paused: i%7 == 0, Tags: []string{"one", "two words"}}
		if i%3 > 0 {
			w.Folder = []string{"", "News & more", "Deep/Deeper \"down\""}[i%3]
		}
		ws = append(ws, w)
	}
	_, err := h.Subscribe(t.Context(), ws)
	h.must(err)
	h.must(h.SetRule(t.Context(), feed.Scope{Folder: "News & more"}, feed.Rule{Fold: feed.FoldOff}))
	fs, err := h.Feeds(t.Context())
	h.must(err)
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	var list bytes.Buffer
	h.must(opml.Write(&list, opml.Export{Title: "Ours", Feeds: fs}))
	h.must(os.WriteFile(at("ours.opml"), list.Bytes(), 0o600))
	h.must(os.WriteFile(at("urls"), nil, 0o600))
	h.must(os.WriteFile(at("config"), nil, 0o600))
	newsboat := func(args ...string) []byte {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "newsboat", append([]string{"-u", at("urls"), "-C", at("config"), "-c", at("cache.db")}, args...)...)
		cmd.Env = append(os.Environ(), "HOME="+dir, "TERM=dumb", "LC_ALL=C.UTF-8")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("newsboat %q: %v\n%s", args, err, out)
		}
		return out
	}
	newsboat("-i", at("ours.opml"))
	urls, err := os.ReadFile(at("urls"))
	h.must(err)
	got := map[string]bool{}
	for line := range strings.Lines(string(urls)) {
		address, tags, _ := strings.Cut(strings.TrimSpace(line), " ")
		got[address] = true
		if i := slices.IndexFunc(ws, func(w feed.Wish) bool { return w.URL == address }); i < 0 {
			t.Errorf("newsboat has %s, which we never named", address)
		} else if first, _, _ := strings.Cut(ws[i].Folder, "/"); !strings.Contains(tags, first) {
			t.Errorf("%s in %q has the tags %s", address, ws[i].Folder, tags)
		}
	}
	if len(got) != len(ws) {
		t.Errorf("newsboat has %d feeds of %d:\n%s", len(got), len(ws), urls)
	}
	sum, err := h.Import(t.Context(), feed.ImportRequest{Body: bytes.NewReader(newsboat("-e"))}, func(feed.ImportLine) error { return nil })
	if h.must(err); sum.Counts[feed.ImportKnown] != len(ws) || sum.Lines() != len(ws) {
		t.Errorf("what newsboat exports: %v", sum.Counts)
	}
}

// A list of 18 MB, which is beyond what a feed may have, is imported and followed; the
// one of more than 20 MB is refused with the limit in the message.
func TestLongListsByAddress(t *testing.T) {
	if raceDetector {
		t.Skip("58 MB are read byte by byte; it runs without the detector")
	}
	long := func(megabytes int) string {
		var b strings.Builder
		b.WriteString("<opml><body>\n")
		for i := range megabytes {
			fmt.Fprintf(&b, "<outline text=\"F%d\" xmlUrl=\"https://f%d.example/feed\"/>%s\n", i, i, strings.Repeat(" ", 1e6))
		}
		return b.String() + "</body></opml>"
	}
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/long.opml":
			io.WriteString(w, long(18))
		case "/longer.opml":
			io.WriteString(w, long(22))
		}
	}))
	t.Cleanup(origin.Close)
	nobody := func(feed.ImportLine) error { return nil }
	for _, follow := range []bool{false, true} {
		h := newHousehold(t)
		sum, err := h.Import(t.Context(), feed.ImportRequest{URL: origin.URL + "/long.opml", Follow: follow}, nobody)
		if err != nil || sum.Counts[feed.ImportAdded] != 18 || sum.Lines() != 18 {
			t.Errorf("follow %t: %v, %v", follow, sum.Counts, err)
		}
	}
	h := newHousehold(t)
	if _, err := h.Import(t.Context(), feed.ImportRequest{URL: origin.URL + "/longer.opml"}, nobody); err == nil || !strings.Contains(err.Error(), "20") {
		t.Errorf("longer than the limit: %v", err)
	}
	if fs, err := h.Feeds(t.Context()); err != nil || len(fs) != 0 {
		t.Errorf("%d feeds, %v", len(fs), err)
	}
}

// mergedEntry is what other readers know an entry by.
type mergedEntry struct{ ID, Published, Updated string }

// mergedFeed is the merged feed of a household, all of its pages, as other readers get it.
func (h *household) mergedFeed(query string) (id string, all []mergedEntry) {
	h.t.Helper()
	s, err := server.New(server.Options{Store: h.store, Poller: h.poller, NoAuth: true, Log: slog.New(slog.DiscardHandler)})
	h.must(err)
	defer s.Close()
	for path := "/feed.atom?n=40" + query; path != ""; {
		r := httptest.NewRequest("GET", "http://reader.example"+path, nil)
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, r)
		var f struct {
			ID      string `xml:"id"`
			Entries []struct {
				ID        string `xml:"id"`
				Published string `xml:"published"`
				Updated   string `xml:"updated"`
			} `xml:"entry"`
			Links []struct {
				Rel  string `xml:"rel,attr"`
				Href string `xml:"href,attr"`
			} `xml:"link"`
		}
		if h.must(xml.Unmarshal(rec.Body.Bytes(), &f)); rec.Code != 200 {
			h.t.Fatalf("%s: %d", path, rec.Code)
		}
		id, path = f.ID, ""
		for _, e := range f.Entries {
			all = append(all, mergedEntry(e))
		}
		for _, l := range f.Links {
			if l.Rel == "next" {
				path = strings.TrimPrefix(l.Href, "http://reader.example")
			}
		}
	}
	return id, all
}

// Whoever subscribes to the merged feed notices nothing when its owner moves to a new
// data file: all entries of all pages have the ids, the dates and the order that they
// had, also where stories grew, were split or joined, or got other leads.
func TestTheMergedFeedSurvivesTheMove(t *testing.T) {
	pub, base := outlets(t)
	for seed := range uint64(2) {
		h := furnished(t, pub, base, seed)
		fresh := newHousehold(t)
		fresh.take(h.export())
		for _, query := range []string{"", "&grow=1"} {
			id, want := h.mergedFeed(query)
			newID, got := fresh.mergedFeed(query)
			if id != newID || id == "" {
				t.Errorf("the feed is %q, and was %q", newID, id)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("entries of %q (-before +after):\n%s", query, d)
			}
			stories := h.stories()
			if len(want) != len(stories) || len(want) < 50 {
				t.Errorf("%d entries of %d stories: the comparison is of less than all", len(want), len(stories))
			}
			for _, e := range want {
				delete(stories, e.ID)
			}
			if len(stories) > 0 {
				t.Errorf("never shown: %q", slices.Collect(maps.Keys(stories)))
			}
		}
	}
}
