package publish

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidings/internal/feed"
)

var update = flag.Bool("update", false, "write the golden files anew")

var day = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// river is a merged feed in which each story has something of its own: the
// comment says what.
func river() (Feed, []feed.Headline) {
	wire := feed.Outlet{Feed: 1, Title: "Meridian Press Agency", URL: "https://reader:secret@meridian.example/feed.xml?all=1&x=2", SiteURL: "https://meridian.example/"}
	courier := feed.Outlet{Feed: 2, Title: "The Harbour Courier", URL: "https://courier.example/rss", SiteURL: "https://courier.example"}
	ledger := feed.Outlet{Feed: 3, Title: "Ledger & Sons <evening>", URL: "https://ledger.example/rss"}
	f := Feed{
		ID: "urn:uuid:5c1b1ad4-0000-5000-8000-000000000000", Title: "tidings", Subtitle: "Each story once", Version: "1.2.3",
		Self: "https://reader.example/feed.atom", Home: "https://reader.example/",
	}
	return f, []feed.Headline{
		{ // other sources with their own pages, one of them with a title of its own
			Story: feed.Story{ID: 1, URN: "urn:uuid:00000000-0000-5000-8000-000000000001", Updated: day.Add(3 * time.Hour), Copies: 3},
			Entry: feed.Entry{
				Title: "Lindqvist makes first visit to the White House", URL: "https://meridian.example/visit?a=1&b=2",
				Authors:   []feed.Person{{Name: "Ruth Calder", Email: "ruth@meridian.example", URI: "https://meridian.example/ruth"}, {Name: "Tomas Weil"}},
				Published: day.Add(time.Hour), Updated: day.Add(2 * time.Hour), Language: "en",
				Categories: []string{"Diplomacy", "Trade", "Diplomacy"},
				Enclosures: []feed.Enclosure{{URL: "https://meridian.example/visit.mp3", Type: "audio/mpeg; charset=binary", Length: 1234}},
			},
			Body:   &feed.Body{Content: "<p>Tariffs of 25 % on steel &amp; timber.</p>", Summary: "Tariffs."},
			Outlet: wire, Others: []feed.Outlet{courier, ledger},
			Also: []feed.Copy{
				{Outlet: courier, Title: "Lindqvist makes first visit to the White House", URL: "https://courier.example/visit"},
				{Outlet: ledger, Title: "“A lunch without a result”", URL: "https://ledger.example/?p=7&c=1"},
			},
		},
		{ // a summary alone, in a script from right to left, from an aggregator; outlets without pages
			Story: feed.Story{ID: 2, URN: "urn:uuid:00000000-0000-5000-8000-000000000002", Updated: day},
			Entry: feed.Entry{
				Title: "مكتبة المدينة القديمة تفتح أبوابها ليلاً", URL: "https://clippings.example/9", Published: day.In(time.FixedZone("", 3*3600)),
				Language: "ar", Source: feed.Source{ID: "x", Title: "المنارة", Link: "https://manara.example/"},
			},
			Body:   &feed.Body{Summary: "<p>فتحت مكتبة المدينة أبوابها.</p>"},
			Outlet: courier, Others: []feed.Outlet{ledger, {Feed: 9, Title: "No address"}},
		},
		{ // no title, no address, no author, no dates but when it was seen; updated before it was published
			Story:  feed.Story{ID: 3, URN: "urn:uuid:00000000-0000-5000-8000-000000000003", Updated: day.Add(-time.Hour)},
			Entry:  feed.Entry{Seen: day.Add(-time.Minute), Excerpt: "The baker has begun to sell yesterday's bread under the name “Thursday”. I bought a Thursday. It was good."},
			Body:   &feed.Body{Content: "The baker has begun to sell yesterday's bread."},
			Outlet: ledger,
		},
		{ // characters that XML forbids, addresses that are none, a language that is none
			Story: feed.Story{ID: 4, URN: "urn:uuid:00000000-0000-5000-8000-000000000004", Updated: day},
			Entry: feed.Entry{
				Title: " a < b\x00 & b > a\x1b is \"false\"\n\ufffe🌊 ", URL: "javascript:alert(1)", Published: day, Language: "english, please",
				Authors:    []feed.Person{{Email: "not an address"}, {URI: "https://bücher.example/über uns?q=a b|c#[1]"}},
				Categories: []string{"", "\x01", "C++"},
				Enclosures: []feed.Enclosure{{URL: "ftp://x.example/a"}, {URL: "https://x.example/a b", Type: "nonsense"}},
			},
			Body:   &feed.Body{Content: "<p>one\x0b two\u0085]]&gt; three</p>"},
			Outlet: feed.Outlet{Title: "\x02", URL: "not a url"},
		},
		{ // nothing but an address; no body was asked for
			Story:  feed.Story{ID: 5, URN: "urn:uuid:00000000-0000-5000-8000-000000000005", Updated: day},
			Entry:  feed.Entry{URL: "https://courier.example/5", Published: day, Excerpt: "Fish & chips"},
			Outlet: courier,
		},
	}
}

func atom(t testing.TB, f Feed, stories []feed.Headline) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Atom(&b, f, stories); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	f, stories := river()
	got := atom(t, f, stories)
	const name = "testdata/river.atom"
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
	checkRFC(t, got)
}

// What a reader that knows only RFC 4287 finds in the document.
func TestIndependentReader(t *testing.T) {
	f, stories := river()
	doc := read(t, atom(t, f, stories))
	if doc.ID != f.ID || doc.Title.Text != "tidings" || doc.Subtitle.Text != "Each story once" || doc.Updated != "2026-11-22T11:00:00Z" {
		t.Errorf("feed: %+v", doc)
	}
	if g := doc.Generator; g.Text != "tidings" || g.Version != "1.2.3" {
		t.Errorf("generator: %+v", g)
	}
	wantLinks := []readLink{
		{Rel: "self", Href: f.Self, Type: "application/atom+xml"},
		{Rel: "alternate", Href: f.Home, Type: "text/html"},
	}
	if diff := cmp.Diff(wantLinks, doc.Links); diff != "" {
		t.Error(diff)
	}
	want := readEntry{
		Lang: "en", ID: stories[0].URN, Title: readText{"text", stories[0].Entry.Title},
		Published: "2026-11-22T09:00:00Z", Updated: "2026-11-22T11:00:00Z",
		Authors:    []readPerson{{"Ruth Calder", "https://meridian.example/ruth", "ruth@meridian.example"}, {Name: "Tomas Weil"}},
		Categories: []readCategory{{"Diplomacy"}, {"Trade"}},
		Links: []readLink{
			{Rel: "alternate", Href: "https://meridian.example/visit?a=1&b=2"},
			{Rel: "enclosure", Href: "https://meridian.example/visit.mp3", Type: "audio/mpeg", Length: "1234"},
			{Rel: "related", Href: "https://courier.example/visit", Title: "The Harbour Courier"},
			{Rel: "related", Href: "https://ledger.example/?p=7&c=1", Title: "Ledger & Sons <evening>: “A lunch without a result”"},
		},
		Source: &readSource{
			ID: "https://meridian.example/feed.xml?all=1&x=2", Title: readText{"text", "Meridian Press Agency"}, Updated: "2026-11-22T10:00:00Z",
			Links: []readLink{{Rel: "self", Href: "https://meridian.example/feed.xml?all=1&x=2"}, {Rel: "alternate", Href: "https://meridian.example/"}},
		},
		Content: []readText{{"html", "<p>Tariffs of 25 % on steel &amp; timber.</p>\n" +
			`<p>Also in: <a href="https://courier.example/visit">The Harbour Courier</a>, ` +
			`<a href="https://ledger.example/?p=7&amp;c=1">Ledger &amp; Sons &lt;evening&gt;</a></p>`}},
	}
	if diff := cmp.Diff(want, doc.Entries[0]); diff != "" {
		t.Error(diff)
	}
}

func TestFallbacks(t *testing.T) {
	f, stories := river()
	e := read(t, atom(t, f, stories)).Entries
	is := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s is %q, want %q", what, got, want)
		}
	}
	is("date in another zone", e[1].Published, "2026-11-22T08:00:00Z")
	is("via", e[1].Links[1].Rel+" "+e[1].Links[1].Title, "via المنارة")
	is("summary", e[1].Summary[0].Text, "<p>فتحت مكتبة المدينة أبوابها.</p>\n"+
		`<p>Also in: <a href="https://ledger.example/rss">Ledger &amp; Sons &lt;evening&gt;</a>, No address</p>`)
	is("title of an untitled story", e[2].Title.Text, "The baker has begun to sell yesterday's bread under the name “Thursday”. I…")
	is("author of an anonymous story", e[2].Authors[0].Name, "Ledger & Sons <evening>")
	is("published of an undated story", e[2].Published, "2026-11-22T07:59:00Z")
	is("updated before published", e[2].Updated, e[2].Published)
	is("title with forbidden characters", e[3].Title.Text, `a < b & b > a is "false" 🌊`)
	is("content with forbidden characters", e[3].Content[0].Text, "<p>one two]]&gt; three</p>")
	is("language that is none", e[3].Lang, "")
	is("author without a name", e[3].Authors[0].Name, "https://xn--bcher-kva.example/%C3%BCber%20uns?q=a%20b%7Cc#%5B1%5D")
	is("enclosure", e[3].Links[0].Href+e[3].Links[0].Type, "https://x.example/a%20b")
	is("category", e[3].Categories[0].Term, "C++")
	is("excerpt for a body", e[4].Summary[0].Text, "Fish &amp; chips")
	if len(e[3].Links) != 1 || len(e[3].Categories) != 1 || len(e[3].Authors) != 1 || e[3].Source != nil {
		t.Errorf("something invalid was published: %+v", e[3])
	}
}

// A feed without a title is called by its address, which may carry a password.
func TestNoCredentials(t *testing.T) {
	f, stories := river()
	private := feed.Outlet{Feed: 1, Title: "https://ada:secret@private.example/feed", URL: "https://ada:secret@private.example/feed"}
	stories[0].Outlet, stories[0].Also[0].Outlet = private, private
	b := atom(t, f, stories)
	if got := read(t, b).Entries[0].Source.Title.Text; got != "https://private.example/feed" {
		t.Errorf("the source is called %q", got)
	}
	if strings.Contains(string(b), "secret") {
		t.Error("the feed tells a password")
	}
}

func TestWithoutStories(t *testing.T) {
	doc := read(t, atom(t, Feed{Self: "https://reader.example/feed.atom", Updated: day}, nil))
	if doc.Title.Text != "tidings" || doc.ID != "https://reader.example/feed.atom" || doc.Updated != "2026-11-22T08:00:00Z" {
		t.Errorf("feed: %+v", doc)
	}
	if got := read(t, atom(t, Feed{}, nil)).Updated; got != "1970-01-01T00:00:00Z" {
		t.Errorf("updated of nothing is %s", got)
	}
}

// A year that RFC 3339 can't write is no date.
func TestUnwritableDates(t *testing.T) {
	f, stories := river()
	stories[0].Entry.Published = time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)
	stories[1].Updated = time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC)
	b := atom(t, f, stories)
	checkRFC(t, b)
	if got := read(t, b).Entries[0].Published; got != "1970-01-01T00:00:00Z" {
		t.Errorf("published in the year 12026 is %s", got)
	}
}

// Dates that lie ahead of an entry's arrival count as the arrival, or as the
// revision that brought them; dates before it stay.
func TestDatesOfTheFuture(t *testing.T) {
	future := time.Date(2038, 1, 19, 3, 14, 7, 0, time.UTC)
	at := func(hour int) time.Time { return day.Add(time.Duration(hour) * time.Hour) }
	for _, tt := range []struct {
		name               string
		seen, place        time.Time
		published, revised time.Time
		changed            time.Time
		want, wantUpdated  time.Time
	}{
		{"all of the future", at(2), at(1), future, time.Time{}, future, at(2), at(2)},
		{"not seen: place in the river", time.Time{}, at(1), future, time.Time{}, future, at(1), at(1)},
		{"revised later", at(2), at(2), future, at(5), at(5), at(2), at(5)},
		{"revised, and of the future", at(2), at(2), at(1), at(5), future, at(1), at(5)},
		{"of the past", at(2), at(2), at(1), time.Time{}, at(1), at(1), at(1)},
	} {
		f, stories := river()
		h := &stories[0]
		h.Time, h.Updated = tt.place, tt.changed
		h.Entry.Seen, h.Entry.Published, h.Entry.Updated, h.Entry.Revised = tt.seen, tt.published, tt.changed, tt.revised
		doc := read(t, atom(t, f, stories[:1]))
		e := doc.Entries[0]
		if e.Published != stamp(tt.want) || e.Updated != stamp(tt.wantUpdated) || e.Source.Updated != stamp(tt.wantUpdated) || doc.Updated != stamp(tt.wantUpdated) {
			t.Errorf("%s: published %s, updated %s, source %s, feed %s", tt.name, e.Published, e.Updated, e.Source.Updated, doc.Updated)
		}
		if Modified(f, stories[:1]).After(at(5)) {
			t.Errorf("%s: modified %v", tt.name, Modified(f, stories[:1]))
		}
	}
}

func TestByteStable(t *testing.T) {
	f, stories := river()
	first, tag := atom(t, f, stories), Tag(stories, f)
	for range 20 {
		f, stories := river()
		if !bytes.Equal(first, atom(t, f, stories)) || Tag(stories, f) != tag {
			t.Fatal("equal stories give other bytes or another tag")
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestWriteError(t *testing.T) {
	f, stories := river()
	err := Atom(full{}, f, stories)
	if !errors.Is(err, io.ErrShortWrite) || !strings.HasPrefix(err.Error(), "write atom feed: ") {
		t.Errorf("error is %v", err)
	}
}

func TestAddress(t *testing.T) {
	tests := []struct{ in, want string }{
		{"https://a.example/x", "https://a.example/x"},
		{" http://A.example:8080/x?q=%zz&r=%20#f ", "http://A.example:8080/x?q=%25zz&r=%20#f"},
		{"https://user:pass@a.example/", "https://a.example/"},
		{"https://[::1]:8080/x", "https://[::1]:8080/x"},
		{"https://a.example/ü?ü#ü", "https://a.example/%C3%BC?%C3%BC#%C3%BC"},
		{"https://例え.example/", "https://xn--r8jz45g.example/"},
		{"https://a.example/<b>\"'", "https://a.example/%3Cb%3E%22%27"},
		{"https://a.example?", "https://a.example?"},
		{"https://a b.example/", ""},
		{"https://a\"b.example/", ""},
		{"https:///x", ""}, {"//a.example/x", ""}, {"/x", ""}, {"", ""},
		{"javascript:alert(1)", ""}, {"ftp://a.example/", ""}, {"mailto:a@b.example", ""}, {"urn:uuid:x", ""},
	}
	for _, tt := range tests {
		if got := address(tt.in); got != tt.want {
			t.Errorf("address(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestBeginning(t *testing.T) {
	tests := []struct {
		in   string
		n    int
		want string
	}{
		{"short", 10, "short"},
		{"exactly ten", 11, "exactly ten"},
		{"one two three", 9, "one two…"},
		{"one, two three", 5, "one…"},
		{"朝凪通信朝凪通信", 4, "朝凪通信…"},
		{"", 5, ""},
	}
	for _, tt := range tests {
		if got := beginning(tt.in, tt.n); got != tt.want {
			t.Errorf("beginning(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.want)
		}
	}
}

// FuzzAtom: whatever a store holds gives a valid document that decodes to the
// same title and text.
func FuzzAtom(f *testing.F) {
	f.Add("Title", "<p>text</p>", "https://a.example/x", "Outlet", "en", int64(0))
	f.Add("a < b & \x00\xff\ufffe\r\n]]>", "&#0;\x0b\U0010ffff", "http://[::1]/%zz?\"", "\u202e", "x-", int64(1)<<62)
	f.Add("", "", "javascript:", "", "", int64(-1)<<62)
	f.Fuzz(func(t *testing.T, title, text, url, name, other string, at int64) {
		outlet := feed.Outlet{Title: name, URL: url, SiteURL: other}
		h := feed.Headline{
			Story: feed.Story{URN: "urn:uuid:00000000-0000-5000-8000-000000000001", Updated: time.Unix(at, 0)},
			Entry: feed.Entry{
				Title: title, URL: url, Excerpt: text, Language: other, Published: time.Unix(-at, 0), Categories: []string{name, other},
				Authors: []feed.Person{{Name: name, Email: other, URI: url}}, Enclosures: []feed.Enclosure{{URL: url, Type: other, Length: at}},
				Source: feed.Source{Title: title, Link: url},
			},
			Body: &feed.Body{Content: feed.HTML(text)}, Outlet: outlet,
			Also: []feed.Copy{{Outlet: outlet, Title: other, URL: url}},
		}
		b := atom(t, Feed{Title: name, Subtitle: title, Self: "https://reader.example/", Home: url, Version: other}, []feed.Headline{h})
		checkRFC(t, b)
		e := read(t, b).Entries[0]
		if want := line(title); want != "" && e.Title.Text != want {
			t.Errorf("title %q came back as %q", want, e.Title.Text)
		}
		if want := legal(text); want != "" && !strings.HasPrefix(e.Content[0].Text, want) {
			t.Errorf("text %q came back as %q", want, e.Content[0].Text)
		}
	})
}

func BenchmarkAtom(b *testing.B) {
	f, stories := long()
	b.ReportAllocs()
	b.SetBytes(int64(len(atom(b, f, stories))))
	for b.Loop() {
		if err := Atom(io.Discard, f, stories); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTag(b *testing.B) {
	f, stories := long()
	b.ReportAllocs()
	for b.Loop() {
		Tag(stories, f)
	}
}

// long is the feed as it is served: 50 stories with texts of 2.3 KB.
func long() (Feed, []feed.Headline) {
	f, all := river()
	text := feed.HTML(strings.Repeat("<p>Three tugs took 50 minutes to move the vessel, “which is 229 metres long”.</p>\n", 28))
	stories := make([]feed.Headline, 50)
	for i := range stories {
		stories[i] = all[0]
		stories[i].Body = &feed.Body{Content: text}
	}
	return f, stories
}

// The structs of a reader that isn't ours: they follow RFC 4287 alone.
type (
	readText struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	}
	readLink struct {
		Rel    string `xml:"rel,attr"`
		Href   string `xml:"href,attr"`
		Type   string `xml:"type,attr"`
		Title  string `xml:"title,attr"`
		Length string `xml:"length,attr"`
	}
	readPerson struct {
		Name  string `xml:"http://www.w3.org/2005/Atom name"`
		URI   string `xml:"http://www.w3.org/2005/Atom uri"`
		Email string `xml:"http://www.w3.org/2005/Atom email"`
	}
	readCategory struct {
		Term string `xml:"term,attr"`
	}
	readSource struct {
		ID      string     `xml:"http://www.w3.org/2005/Atom id"`
		Title   readText   `xml:"http://www.w3.org/2005/Atom title"`
		Updated string     `xml:"http://www.w3.org/2005/Atom updated"`
		Links   []readLink `xml:"http://www.w3.org/2005/Atom link"`
	}
	readEntry struct {
		Lang       string         `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		ID         string         `xml:"http://www.w3.org/2005/Atom id"`
		Title      readText       `xml:"http://www.w3.org/2005/Atom title"`
		Published  string         `xml:"http://www.w3.org/2005/Atom published"`
		Updated    string         `xml:"http://www.w3.org/2005/Atom updated"`
		Authors    []readPerson   `xml:"http://www.w3.org/2005/Atom author"`
		Categories []readCategory `xml:"http://www.w3.org/2005/Atom category"`
		Links      []readLink     `xml:"http://www.w3.org/2005/Atom link"`
		Source     *readSource    `xml:"http://www.w3.org/2005/Atom source"`
		Content    []readText     `xml:"http://www.w3.org/2005/Atom content"`
		Summary    []readText     `xml:"http://www.w3.org/2005/Atom summary"`
	}
	readFeed struct {
		XMLName   xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID        string   `xml:"http://www.w3.org/2005/Atom id"`
		Title     readText `xml:"http://www.w3.org/2005/Atom title"`
		Subtitle  readText `xml:"http://www.w3.org/2005/Atom subtitle"`
		Updated   string   `xml:"http://www.w3.org/2005/Atom updated"`
		Generator struct {
			Version string `xml:"version,attr"`
			Text    string `xml:",chardata"`
		} `xml:"http://www.w3.org/2005/Atom generator"`
		Links   []readLink  `xml:"http://www.w3.org/2005/Atom link"`
		Entries []readEntry `xml:"http://www.w3.org/2005/Atom entry"`
	}
)

func read(t *testing.T, b []byte) readFeed {
	t.Helper()
	var doc readFeed
	if err := xml.Unmarshal(b, &doc); err != nil {
		t.Fatalf("%v in\n%s", err, b)
	}
	return doc
}

// A late or revised story moves what Last-Modified is made of, but no date that
// the document shows.
func TestModified(t *testing.T) {
	f, stories := river()
	was := Updated(f, stories)
	if got := Modified(f, stories); !got.Equal(was) {
		t.Fatalf("modified %v, want %v", got, was)
	}
	late := feed.Headline{Entry: feed.Entry{Published: day.Add(-72 * time.Hour), Seen: was.Add(time.Minute + time.Millisecond)}}
	stories = append(stories, late)
	if got, want := Modified(f, stories), was.Add(time.Minute); !got.Equal(want) {
		t.Errorf("after a late story %v, want %v", got, want)
	}
	stories[0].Entry.Revised = was.Add(time.Hour)
	if got, want := Modified(f, stories), was.Add(time.Hour); !got.Equal(want) {
		t.Errorf("after a revision %v, want %v", got, want)
	}
	if got := Updated(f, stories); !got.Equal(was) {
		t.Errorf("atom:updated moved to %v", got)
	}
	if got := Modified(Feed{Updated: day}, nil); !got.Equal(day) {
		t.Errorf("without stories %v, want the feed's own %v", got, day)
	}
}
