package publish

import (
	"bytes"
	"encoding/json"
	"html"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tidings/internal/feed"
)

// smithed is a document as feedsmith reads it.
type smithed struct {
	File, Format                             string
	ID, Title, Subtitle, Self, Home, Updated string
	Entries                                  []smithedEntry
}

type smithedEntry struct {
	ID, Title, Link, Published, Updated, Content, Summary, Language, Via string

	Permalink           *bool
	Authors, Categories [][]string // name, address, mail; term, scheme, label: as far as the format has them
	Enclosures, Related [][]string // address, type, length; address, title
	Source              []string   // id, title, feed, site, updated
}

// What npm's feedsmith reads is what was written, field by field, in all three
// formats. TIDINGS_FEEDSMITH is a node_modules directory that has it.
func TestFeedsmith(t *testing.T) {
	modules := os.Getenv("TIDINGS_FEEDSMITH")
	if modules == "" {
		if os.Getenv("TIDINGS_REQUIRE_FEEDSMITH") != "" {
			t.Fatal("feedsmith is missing")
		}
		t.Skip("TIDINGS_FEEDSMITH names no node_modules directory")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(node, "testdata/feedsmith.mjs", modules, "testdata/river.atom", "testdata/river.rss", "testdata/river.json").Output()
	if err != nil {
		if x, ok := err.(*exec.ExitError); ok {
			t.Logf("%s", x.Stderr)
		}
		t.Fatal(err)
	}
	f, stories := river()
	var read []string
	for _, l := range bytes.Split(bytes.TrimSpace(out), []byte("\n")) {
		var got smithed
		if err := json.Unmarshal(l, &got); err != nil {
			t.Fatal(err)
		}
		read = append(read, got.File)
		if diff := cmp.Diff(smith(Format(got.File), f, stories), got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", got.File, diff)
		}
	}
	if !cmp.Equal(read, []string{"atom", "rss", "json"}) {
		t.Errorf("read: %v", read)
	}
}

// smith is what feedsmith should find of the stories.
func smith(format Format, f Feed, stories []feed.Headline) smithed {
	d := smithed{File: string(format), Format: string(format), Title: f.Title, Subtitle: f.Subtitle, Self: f.Self, Home: f.Home}
	if format != JSON {
		d.Updated = Updated(f, stories).Format(time.RFC3339)
	}
	if format == Atom {
		d.ID = f.ID
	}
	for i := range stories {
		it := newItem(f, &stories[i])
		e := smithedEntry{ID: it.ID, Title: it.Title, Link: it.Link, Published: it.Published.Format(time.RFC3339), Updated: it.Updated.Format(time.RFC3339), Language: it.Lang}
		e.Content, e.Summary = smithTexts(format, it)
		e.parts(format, it)
		d.Entries = append(d.Entries, e)
	}
	return d
}

// smithTexts are an entry's content and summary in a format.
func smithTexts(format Format, it item) (content, summary string) {
	switch {
	case format == JSON:
		return firstOf(it.Content, it.Summary), it.Excerpt
	case format == RSS && it.Content != "":
		return it.Content, html.EscapeString(it.Excerpt)
	}
	return it.Content, it.Summary
}

// parts adds what an entry may have several of.
func (e *smithedEntry) parts(format Format, it item) {
	columns := func(n map[Format]int, cells ...string) []string { return cells[:n[format]] }
	for _, p := range it.Authors {
		e.Authors = append(e.Authors, columns(map[Format]int{Atom: 3, RSS: 1, JSON: 2}, p.Name, p.URI, p.Email))
	}
	for _, c := range it.Categories {
		e.Categories = append(e.Categories, columns(map[Format]int{Atom: 3, RSS: 2, JSON: 1}, c, it.Scheme, c))
	}
	for k, x := range it.Enclosures {
		if format == RSS && k > 0 {
			break // one at most, by the profile
		}
		kind := x.Type
		if format != Atom {
			kind = firstOf(kind, octets)
		}
		e.Enclosures = append(e.Enclosures, []string{x.URL, kind, strconv.FormatInt(x.Length, 10)})
	}
	if format == JSON {
		return // it has no words for what follows
	}
	for _, l := range relatedLinks(it) {
		e.Related = append(e.Related, []string{l.Href, l.Title})
	}
	if s := it.Source; s != nil {
		e.Source = columns(map[Format]int{Atom: 5, RSS: 2}, s.Feed, s.Title, s.Feed, s.Site, s.Updated.Format(time.RFC3339))
	}
	if format == Atom {
		e.Via = it.Via.Link
	} else {
		e.Permalink = new(bool)
	}
}
