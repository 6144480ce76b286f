package publish

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/mmcdole/gofeed"

	"tidings/internal/feed"
)

// lacking skips a test for which a tool is missing, or fails it where all tools
// must be there.
func lacking(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("TIDINGS_REQUIRE_READERS") != "" {
		t.Fatalf("%s is missing", what)
	}
	t.Skipf("%s is missing", what)
}

// The schema is written after appendix B of RFC 4287; jing judges documents by it.
func TestSchema(t *testing.T) {
	jing, err := exec.LookPath("jing")
	if err != nil {
		lacking(t, "jing")
	}
	f, stories := river()
	dir := t.TempDir()
	for name, about := range map[string]Feed{
		"river": f, "empty": {}, "summary": {Self: f.Self, Content: Summary, Copies: AsLinks}, "none": {Self: f.Self, Content: None, Copies: NoCopies},
		"archive": {Self: f.Self, Archive: true, Current: f.Self, PrevArchive: f.Self + "?archive=1"},
		"page":    {Self: f.Self, First: f.Self, Next: f.Self + "?before=1", Previous: f.Self, Last: f.Self, Hub: f.Home},
	} {
		listed := stories
		if name == "empty" {
			listed = nil
		}
		path := filepath.Join(dir, name+".atom")
		if err := os.WriteFile(path, atom(t, about, listed), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.atom"))
	if out, err := exec.Command(jing, append([]string{"-c", "testdata/atom.rnc"}, files...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if err := exec.Command(jing, "-c", "testdata/atom.rnc", "testdata/invalid.atom").Run(); err == nil {
		t.Error("the schema takes a feed without an author for valid")
	}
}

// found is a document as another program reads it.
type found struct {
	File, Version, Title, Subtitle, Self string
	Bozo                                 bool
	Entries                              []foundEntry
}

type foundEntry struct {
	ID, Title, Link, Content, Summary, Language string
	Published, Updated                          []int
	Authors                                     []string
	Categories, Enclosures                      [][]string
	Related, Source                             []string
}

// What feedparser reads is what was written, field by field.
func TestFeedparser(t *testing.T) {
	python := pythonWithFeedparser()
	if python == "" {
		lacking(t, "python3-feedparser")
	}
	out, err := exec.Command(python, "testdata/read.py", "testdata/river.atom", "testdata/river.rss").Output()
	if err != nil {
		t.Fatal(err)
	}
	f, stories := river()
	for _, l := range bytes.Split(bytes.TrimSpace(out), []byte("\n")) {
		var got found
		if err := json.Unmarshal(l, &got); err != nil {
			t.Fatal(err)
		}
		want := expected(Format(got.File), f, stories)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", got.File, diff)
		}
	}
	if n := bytes.Count(out, []byte("\n")); n != 2 {
		t.Errorf("%d documents were read", n)
	}
}

func pythonWithFeedparser() string {
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(python, "-c", "import feedparser").Run() == nil {
			return python
		}
	}
	return ""
}

// expected is what a reader should find of the stories.
func expected(format Format, f Feed, stories []feed.Headline) found {
	d := found{File: string(format), Version: map[Format]string{Atom: "atom10", RSS: "rss20"}[format], Title: f.Title, Subtitle: f.Subtitle, Self: f.Self}
	for i := range stories {
		it := newItem(f, &stories[i])
		e := foundEntry{ID: it.ID, Title: it.Title, Link: it.Link, Published: fields(it.Published), Updated: fields(it.Updated), Content: it.Content, Summary: it.Summary, Source: []string{"", ""}}
		if it.Content != "" {
			e.Summary = it.Content // feedparser's own habit
			if format == RSS && it.Excerpt != "" {
				e.Summary = it.Excerpt
			}
		}
		if format == Atom && e.Link == "" {
			e.Link = it.ID // the same
		}
		if format == Atom || it.Lang != "" {
			e.Language = it.Lang
		}
		for _, p := range it.Authors {
			e.Authors = append(e.Authors, p.Name)
		}
		for _, c := range it.Categories {
			e.Categories = append(e.Categories, []string{c, it.Scheme})
		}
		for k, x := range it.Enclosures {
			if format == RSS && k > 0 {
				continue // one at most, by the profile
			}
			kind := x.Type
			if kind == "" {
				kind = map[Format]string{Atom: "text/html", RSS: octets}[format] // feedparser's guess; ours
			}
			e.Enclosures = append(e.Enclosures, []string{x.URL, kind})
		}
		for _, o := range it.Others {
			if o.URL != "" {
				e.Related = append(e.Related, o.URL)
			}
		}
		if it.Source != nil {
			e.Source = []string{it.Source.Title, it.Source.Feed}
		}
		d.Entries = append(d.Entries, e)
	}
	return d
}

func fields(t time.Time) []int {
	return []int{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second()}
}

// What gofeed, which shares nothing with the writers, reads is what was written, in
// all three formats.
func TestGofeed(t *testing.T) {
	f, stories := river()
	for _, format := range Formats() {
		doc, err := gofeed.NewParser().Parse(bytes.NewReader(written(t, format, f, stories)))
		if err != nil {
			t.Fatal(err)
		}
		if doc.FeedType != string(format) || doc.Title != f.Title || doc.FeedLink != f.Self || doc.Link != f.Home || doc.Description != f.Subtitle || len(doc.Items) != len(stories) {
			t.Errorf("%s: %s %q %s %s %q with %d items", format, doc.FeedType, doc.Title, doc.FeedLink, doc.Link, doc.Description, len(doc.Items))
		}
		for i, got := range doc.Items {
			compareItem(t, format, newItem(f, &stories[i]), got)
		}
	}
}

func compareItem(t *testing.T, format Format, it item, got *gofeed.Item) {
	t.Helper()
	is := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s, %s: %s is %q, want %q", format, it.ID, what, got, want)
		}
	}
	is("id", got.GUID, it.ID)
	is("title", got.Title, it.Title)
	is("link", got.Link, it.Link)
	is("published", got.PublishedParsed.UTC().String(), it.Published.String())
	if format != RSS { // gofeed doesn't look for atom:updated in RSS
		is("updated", got.UpdatedParsed.UTC().String(), it.Updated.String())
	}
	content := map[bool]string{true: it.Content + it.Summary, false: it.Content}[format == JSON]
	is("content", strings.TrimSpace(got.Content), strings.TrimSpace(content))
	if it.Content == "" && format != JSON {
		is("summary", strings.TrimSpace(got.Description), strings.TrimSpace(it.Summary))
	}
	var authors []string
	for _, a := range got.Authors {
		authors = append(authors, a.Name)
	}
	var want []string
	for _, p := range it.Authors {
		want = append(want, p.Name)
	}
	if format == RSS {
		want = want[:1] // gofeed reads one dc:creator
	}
	is("authors", strings.Join(authors, ", "), strings.Join(want, ", "))
	is("categories", strings.Join(got.Categories, ", "), strings.Join(it.Categories, ", "))
	if len(it.Enclosures) > 0 {
		is("enclosure", got.Enclosures[0].URL, it.Enclosures[0].URL)
	}
}
