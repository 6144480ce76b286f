package server

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"tidings/internal/feed"
)

// channels are an address of each kind of feed, without extension.
var channels = []string{"/feed", "/feed/3", "/folder/World", "/folder/World/Middle%20East", "/tag/go", "/starred", "/unread"}

// peopled is a world in which every channel has stories.
func peopled(t *testing.T, n int) *world {
	t.Helper()
	w := newWorld(t, n, nil)
	tags := []string{"go"}
	if _, err := w.poller.Change(t.Context(), 2, feed.Change{Tags: &tags}); err != nil {
		t.Fatal(err)
	}
	w.post(t, "/mark", map[string][]string{"star": {"1000"}}).status(303)
	return w
}

func TestEveryRiverHasFeeds(t *testing.T) {
	w := peopled(t, 60)
	ids := map[string]string{}
	for _, path := range channels {
		for ext, kind := range map[string]string{".atom": "application/atom+xml", ".rss": "application/rss+xml", ".json": "application/feed+json"} {
			a := w.get(t, path+ext).status(200)
			if got := a.Header().Get("Content-Type"); got != kind+"; charset=utf-8" {
				t.Errorf("%s%s is %s", path, ext, got)
			}
			if !strings.Contains(a.Body.String(), "urn:uuid:") || !strings.Contains(a.Body.String(), "http://localhost:8080"+path+ext) {
				t.Errorf("%s%s has no stories, or not its own address", path, ext)
			}
			head := w.send(t, "HEAD", path+ext, nil).status(200)
			if head.Body.Len() != 0 || head.Header().Get("ETag") != a.Header().Get("ETag") || head.Header().Get("Content-Length") != a.Header().Get("Content-Length") {
				t.Errorf("%s%s: HEAD isn't like GET: %v, %v", path, ext, head.Header(), a.Header())
			}
		}
		id := w.get(t, path+".atom").atom().ID
		if ids[id] != "" {
			t.Errorf("%s has the id of %s", path, ids[id])
		}
		ids[id] = path
	}
	for _, path := range []string{"/feed/99.atom", "/feed/x.atom", "/feed/0.rss", "/folder/None.atom", "/folder/World/.json", "/tag/none.rss", "/tag/none"} {
		w.get(t, path).status(404)
	}
}

func TestWrongParametersAreRefused(t *testing.T) {
	w := newWorld(t, 3, nil)
	for query, word := range map[string]string{
		"n=0": "1 to 500", "n=501": "1 to 500", "n=-1": "1 to 500", "n=many": "1 to 500", "content=all": "full, summary or none", "copies=yes": "text, links or none",
		"grow=2": "1 or 0", "view=odd": "all, unread or starred", "before=x": "place", "after=1": "place", "page=2": "last", "archive=x": "links of the feed", "archive=0": "links of the feed",
		"view=unread&archive=5": "pages",
	} {
		for _, ext := range []string{".atom", ".rss", ".json"} {
			if a := w.get(t, "/feed"+ext+"?"+query).status(400); !strings.Contains(a.page().text(), word) {
				t.Errorf("%s: the answer doesn't say what is right: %s", query, textOf(a.page(), "main"))
			}
		}
	}
	w.get(t, "/feed.atom?utm_source=x&n=&content=").status(200)
	w.get(t, "/feed.atom?archive=99999999").status(200)
	w.get(t, "/folder/Technology.atom?archive=1").status(404)
}

// chain walks from document to document by a link, and gives the ids of entries.
func (w *world) chain(t *testing.T, path, rel string) (docs int, ids []string) {
	t.Helper()
	for path != "" {
		a := w.get(t, path).status(200)
		var doc struct {
			Links []struct {
				Rel  string `xml:"rel,attr"`
				Href string `xml:"href,attr"`
			} `xml:"link"`
			Archive *struct{} `xml:"http://purl.org/syndication/history/1.0 archive"`
			Entries []struct {
				ID string `xml:"id"`
			} `xml:"entry"`
		}
		if err := xml.Unmarshal(a.Body.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		if (doc.Archive != nil) != strings.Contains(path, "archive=") {
			t.Errorf("%s says that it is an archive: %v", path, doc.Archive != nil)
		}
		for _, e := range doc.Entries {
			ids = append(ids, e.ID)
		}
		path = ""
		for _, l := range doc.Links {
			if l.Rel == rel {
				path = strings.TrimPrefix(l.Href, "http://localhost:8080")
			}
		}
		if docs++; docs > 1000 {
			t.Fatal("the chain doesn't end")
		}
	}
	return docs, ids
}

// A new subscriber finds every story, by pages and by archives, from wherever.
func TestEveryStoryCanBeWalkedTo(t *testing.T) {
	w := peopled(t, 400)
	for _, path := range channels {
		_, all := w.chain(t, path+".atom?n=500", "next")
		want := map[string]bool{}
		for _, id := range all {
			want[id] = true
		}
		if len(want) != len(all) || len(all) == 0 {
			t.Fatalf("%s: %d stories, %d different ones", path, len(all), len(want))
		}
		docs, paged := w.chain(t, path+".atom?n=7", "next")
		if strings.Join(paged, " ") != strings.Join(all, " ") || len(all) > 7 && docs < 2 {
			t.Errorf("%s: %d pages have %d stories, want %d in the same order", path, docs, len(paged), len(all))
		}
		if _, back := w.chain(t, path+".atom?n=7&page=last", "previous"); len(back) != len(all) {
			t.Errorf("%s: %d stories from the last page back, want %d", path, len(back), len(all))
		}
		if path == "/starred" || path == "/unread" {
			continue
		}
		_, archived := w.chain(t, path+".atom?n=7", "prev-archive")
		for _, id := range archived {
			delete(want, id)
		}
		if len(want) > 0 {
			t.Errorf("%s: %d stories are in no archive", path, len(want))
		}
	}
}

// Every coding gives the same document under a tag of its own.
func TestCodings(t *testing.T) {
	w := newWorld(t, 40, nil)
	plain := w.get(t, "/feed.atom")
	tags := map[string]string{plain.Header().Get("ETag"): "plain"}
	for accept, want := range map[string]string{
		"gzip": "gzip", "br": "br", "zstd": "zstd", "gzip, deflate, br, zstd": "br", "gzip, zstd;q=0.9": "gzip", "br;q=0, gzip;q=0.5, zstd;q=0.8": "zstd", "*": "br", "*, br;q=0": "zstd",
		"identity": "", "gzip;q=0": "", "GZIP": "gzip", "deflate": "",
	} {
		a := w.get(t, "/feed.atom", "Accept-Encoding", accept).status(200)
		if got := a.Header().Get("Content-Encoding"); got != want {
			t.Errorf("%q gives %q, want %q", accept, got, want)
			continue
		}
		if got := decoded(t, want, a.Body.Bytes()); !bytes.Equal(got, plain.Body.Bytes()) {
			t.Errorf("%q gives another document", accept)
		}
		tag := a.Header().Get("ETag")
		if was := tags[tag]; want != "" && was != "" && was != want || strings.HasPrefix(tag, "W/") {
			t.Errorf("%s has the tag %s of %s", want, tag, was)
		}
		if want != "" {
			tags[tag] = want
		}
		w.get(t, "/feed.atom", "Accept-Encoding", "zstd", "If-None-Match", tag).status(304)
	}
	if len(tags) != 4 {
		t.Errorf("tags %v", tags)
	}
}

func decoded(t *testing.T, coding string, b []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(b)
	var err error
	switch coding {
	case "gzip":
		r, err = gzip.NewReader(r)
	case "br":
		r = brotli.NewReader(r)
	case "zstd":
		r, err = zstd.NewReader(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A subscriber to one river doesn't have others built, nor their own again when
// something changes elsewhere; marks change only the rivers that are made of them.
func TestFeedsFollowTheirOwnRiver(t *testing.T) {
	w := peopled(t, 60)
	read := func(path string) (tag string, built bool) {
		asked := w.store.asked.Load()
		tag = w.get(t, path).status(200).Header().Get("ETag")
		return tag, w.store.asked.Load() != asked
	}
	paths := []string{"/feed.atom", "/feed/1.atom", "/folder/Science.atom", "/unread.atom"}
	for _, path := range paths {
		read(path)
	}
	changes := func(what string, want ...bool) {
		t.Helper()
		for i, path := range paths {
			if _, built := read(path); built != want[i] {
				t.Errorf("%s: %s was built: %v", what, path, built)
			}
		}
	}
	changes("nothing", false, false, false, false)
	w.post(t, "/mark", map[string][]string{"read": {"999"}})
	changes("a mark", false, false, false, true)
	f := invented(0, time.Now())
	f.ID, f.Members = 2000, f.Members[:1]
	f.Members[0].Outlet.Feed = 1
	w.store.tell(t, f)
	changes("a story of feed 1", true, true, false, true)
}

// Another lead is another text under the same id and dates, and read stays read.
func TestPreferredFeedLeads(t *testing.T) {
	w := newWorld(t, 1, nil)
	before := w.get(t, "/feed.atom").Body.String()
	w.post(t, "/mark", map[string][]string{"read": {"1000"}})
	outlet := w.get(t, "/story/1000").page().find(".copy .source")[1]
	page := w.get(t, "/feeds/1")
	if got := textOf(page.page(), "form.prefer p"); got != feed.LeadRule {
		t.Errorf("the page doesn't tell the rule: %q", got)
	}
	if outlet.text() != "Meridian Wire" {
		t.Fatalf("the second source is %s", outlet.text())
	}
	w.post(t, "/prefer", map[string][]string{"feed": {"1"}, "prefer": {"first"}, "back": {"/feeds/1"}}).status(303)
	after := w.get(t, "/feed.atom").Body.String()
	if after == before || !strings.Contains(after, "<title type=\"text\">Meridian Wire</title>") {
		t.Error("the preferred feed doesn't lead")
	}
	for _, part := range []string{"id", "published", "updated"} {
		if cut(before, part) != cut(after, part) {
			t.Errorf("%s was %s and is %s", part, cut(before, part), cut(after, part))
		}
	}
	if got := textOf(w.get(t, "/story/1000").page(), ".evidence b"); !strings.Contains(got, "Shown above: you prefer its feed") {
		t.Errorf("the story's page says %q", got)
	}
	if n := len(w.get(t, "/").page().find(".row")); n != 0 {
		t.Errorf("%d unread stories", n)
	}
	for _, form := range []map[string][]string{{"feed": {"1"}}, {"prefer": {"first"}}, {"feed": {"x"}, "prefer": {"first"}}, {"feed": {"1"}, "prefer": {"odd"}}} {
		w.post(t, "/prefer", form).status(400)
	}
	w.post(t, "/prefer", map[string][]string{"feed": {"77"}, "prefer": {"first"}}).status(404)
	w.post(t, "/prefer", map[string][]string{"folder": {"None"}, "prefer": {"first"}}).status(404)
}

// cut is the first element of a name within the first entry.
func cut(doc, name string) string {
	_, rest, _ := strings.Cut(doc, "<entry")
	_, rest, _ = strings.Cut(rest, "<"+name+">")
	value, _, _ := strings.Cut(rest, "<")
	return value
}

func TestFeedHome(t *testing.T) {
	w := newWorld(t, 3, nil)
	for accept, want := range map[string]int{"": http.StatusMovedPermanently, "*/*": http.StatusMovedPermanently, "application/rss+xml": http.StatusMovedPermanently, "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8": http.StatusOK} {
		if a := w.get(t, "/feed", "Accept", accept).status(want); !strings.Contains(a.Header().Get("Vary"), "Accept") {
			t.Errorf("Vary is %q", a.Header().Get("Vary"))
		}
	}
}
