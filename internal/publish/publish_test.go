package publish

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

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
			Story: feed.Story{ID: 1, URN: "urn:uuid:00000000-0000-5000-8000-000000000001", Time: day.Add(time.Hour), Updated: day.Add(3 * time.Hour), Copies: 3},
			Entry: feed.Entry{
				Title: "Lindqvist makes first visit to the White House", URL: "https://meridian.example/visit?a=1&b=2",
				Authors:   []feed.Person{{Name: "Ruth Calder", Email: "ruth@meridian.example", URI: "https://meridian.example/ruth"}, {Name: "Tomas Weil"}},
				Published: day.Add(time.Hour), Updated: day.Add(2 * time.Hour), Seen: day.Add(2 * time.Hour), Language: "en",
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
			Story: feed.Story{ID: 2, URN: "urn:uuid:00000000-0000-5000-8000-000000000002", Time: day, Updated: day},
			Entry: feed.Entry{
				Title: "مكتبة المدينة القديمة تفتح أبوابها ليلاً", URL: "https://clippings.example/9", Published: day.In(time.FixedZone("", 3*3600)),
				Language: "ar", Source: feed.Source{ID: "x", Title: "المنارة", Link: "https://manara.example/"},
			},
			Body:   &feed.Body{Summary: "<p>فتحت مكتبة المدينة أبوابها.</p>"},
			Outlet: courier, Others: []feed.Outlet{ledger, {Feed: 9, Title: "No address"}},
		},
		{ // no title, no address, no author, no dates but when it was seen; updated before it was published
			Story:  feed.Story{ID: 3, URN: "urn:uuid:00000000-0000-5000-8000-000000000003", Time: day.Add(-time.Minute), Updated: day.Add(-time.Hour)},
			Entry:  feed.Entry{Seen: day.Add(-time.Minute), Excerpt: "The baker has begun to sell yesterday's bread under the name “Thursday”. I bought a Thursday. It was good."},
			Body:   &feed.Body{Content: "The baker has begun to sell yesterday's bread."},
			Outlet: ledger,
		},
		{ // characters that XML forbids, addresses that are none, a language that is none
			Story: feed.Story{ID: 4, URN: "urn:uuid:00000000-0000-5000-8000-000000000004", Time: day, Updated: day},
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
			Story:  feed.Story{ID: 5, URN: "urn:uuid:00000000-0000-5000-8000-000000000005", Time: day, Updated: day},
			Entry:  feed.Entry{URL: "https://courier.example/5", Published: day, Excerpt: "Fish & chips"},
			Outlet: courier,
		},
	}
}

func written(t testing.TB, format Format, f Feed, stories []feed.Headline) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, format, f, stories); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func atom(t testing.TB, f Feed, stories []feed.Headline) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, Atom, f, stories); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	f, stories := river()
	for _, format := range Formats() {
		name := "testdata/river." + string(format)
		got := written(t, format, f, stories)
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
	}
	checkRFC(t, atom(t, f, stories))
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
		Categories: []readCategory{{"Diplomacy", "https://meridian.example/", "Diplomacy"}, {"Trade", "https://meridian.example/", "Trade"}},
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
	stories[0].Time = time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)
	stories[1].Updated = time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, format := range Formats() {
		written(t, format, f, stories)
	}
	b := atom(t, f, stories)
	checkRFC(t, b)
	if got := read(t, b).Entries[0].Published; got != "1970-01-01T00:00:00Z" {
		t.Errorf("published in the year 12026 is %s", got)
	}
}

// What a publisher says of its dates moves neither of the story's own: another lead
// must not make it look new. A source can't have changed after it was read.
func TestDatesAreTheStorys(t *testing.T) {
	f, stories := river()
	h := &stories[0]
	for _, said := range []time.Time{{}, day.Add(-99 * time.Hour), time.Date(2038, 1, 19, 3, 14, 7, 0, time.UTC)} {
		h.Entry.Published, h.Entry.Updated = said, said
		doc := read(t, atom(t, f, stories[:1]))
		if e := doc.Entries[0]; e.Published != "2026-11-22T09:00:00Z" || e.Updated != "2026-11-22T11:00:00Z" || e.Source.Updated > "2026-11-22T10:00:00Z" {
			t.Errorf("said %v: published %s, updated %s, source %s", said, e.Published, e.Updated, e.Source.Updated)
		}
	}
}

// A story that grows is updated for who wants to know, and for nobody else.
func TestGrow(t *testing.T) {
	f, stories := river()
	stories[0].Grown = day.Add(7 * time.Hour)
	for grow, want := range map[bool]string{false: "2026-11-22T11:00:00Z", true: "2026-11-22T15:00:00Z"} {
		f.Grow = grow
		doc := read(t, atom(t, f, stories))
		if doc.Entries[0].Updated != want || doc.Updated != want || doc.Entries[0].Published != "2026-11-22T09:00:00Z" {
			t.Errorf("grow %v: updated %s, feed %s, published %s", grow, doc.Entries[0].Updated, doc.Updated, doc.Entries[0].Published)
		}
	}
}

// How much of the text there is, and how other sources are shown.
func TestShape(t *testing.T) {
	f, stories := river()
	const also = `<p>Also in: `
	for _, tt := range []struct {
		content               Content
		copies                Copies
		full, short, in, link bool
	}{
		{Full, InText, true, false, true, true},
		{Full, AsLinks, true, false, false, true},
		{Full, NoCopies, true, false, false, false},
		{Summary, InText, false, true, true, true},
		{Summary, NoCopies, false, true, false, false},
		{None, InText, false, false, true, true},
		{None, NoCopies, false, false, false, false},
	} {
		f.Content, f.Copies = tt.content, tt.copies
		for _, format := range Formats() {
			b := string(written(t, format, f, stories[:1]))
			got := []bool{strings.Contains(b, "25 %"), strings.Contains(b, "Tariffs."), strings.Contains(b, "Also in: "), strings.Contains(b, "https://courier.example/visit")}
			if want := []bool{tt.full, tt.short, tt.in, tt.link}; !slices.Equal(got, want) {
				t.Errorf("content %q, copies %q as %s: %v, want %v (full, summary, also in, links)", tt.content, tt.copies, format, got, want)
			}
			if strings.Contains(b, also) && format == JSON && tt.content == None && !strings.Contains(b, "content_html") {
				t.Error("other sources without content_html")
			}
		}
		checkRFC(t, atom(t, f, stories))
	}
}

// The other documents of a feed, in each format's words.
func TestOtherDocuments(t *testing.T) {
	f, stories := river()
	at := func(q string) string { return "https://reader.example/feed?" + q }
	f.First, f.Previous, f.Next, f.Last, f.PrevArchive, f.Hub = at("first"), at("previous"), at("next"), at("last"), at("archive=1"), at("hub")
	for _, format := range []Format{Atom, RSS} {
		b := string(written(t, format, f, stories))
		for rel, href := range map[string]string{"first": f.First, "previous": f.Previous, "next": f.Next, "last": f.Last, "prev-archive": f.PrevArchive, "hub": f.Hub} {
			if !strings.Contains(b, `href="`+href+`" rel="`+rel+`"`) {
				t.Errorf("%s doesn't name its %s document", format, rel)
			}
		}
		if strings.Contains(b, "fh:archive") {
			t.Errorf("%s: a feed says that it is an archive", format)
		}
	}
	archive := Feed{Archive: true, Current: at("current"), PrevArchive: at("archive=1"), Self: at("archive=2")}
	for _, format := range []Format{Atom, RSS} {
		b := string(written(t, format, archive, stories))
		if !strings.Contains(b, "<fh:archive></fh:archive>") || !strings.Contains(b, `xmlns:fh="http://purl.org/syndication/history/1.0"`) || !strings.Contains(b, `href="`+archive.Current+`" rel="current"`) {
			t.Errorf("%s: an archive doesn't say so, or not of what", format)
		}
	}
	for _, feed := range []Feed{f, archive} {
		want := feed.Next
		if feed.Archive {
			want = feed.PrevArchive
		}
		if b := string(written(t, JSON, feed, stories)); !strings.Contains(b, `"next_url": "`+want+`"`) {
			t.Errorf("json: next_url isn't %s", want)
		}
	}
	checkRFC(t, atom(t, archive, stories))
}

func TestByteStable(t *testing.T) {
	for _, format := range Formats() {
		f, stories := river()
		first := written(t, format, f, stories)
		for range 20 {
			f, stories := river()
			if !bytes.Equal(first, written(t, format, f, stories)) {
				t.Fatalf("equal stories give other bytes as %s", format)
			}
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestWriteError(t *testing.T) {
	f, stories := river()
	err := Write(full{}, Atom, f, stories)
	if !errors.Is(err, io.ErrShortWrite) || !strings.HasPrefix(err.Error(), "write feed as atom: ") {
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

// FuzzWrite: whatever a store holds gives valid documents that decode to the same
// title and text.
func FuzzWrite(f *testing.F) {
	f.Add("Title", "<p>text</p>", "https://a.example/x", "Outlet", "en", int64(0))
	f.Add("a < b & \x00\xff\ufffe\r\n]]>", "&#0;\x0b\U0010ffff", "http://[::1]/%zz?\"", "\u202e", "x-", int64(1)<<62)
	f.Add("", "", "javascript:", "", "", int64(-1)<<62)
	f.Add("t", "", "http://0#0", "", "http://0#0", int64(1))
	f.Fuzz(func(t *testing.T, title, text, url, name, other string, at int64) {
		outlet := feed.Outlet{Title: name, URL: url, SiteURL: other}
		h := feed.Headline{
			Story: feed.Story{URN: "urn:uuid:00000000-0000-5000-8000-000000000001", Time: time.Unix(-at, 0), Updated: time.Unix(at, 0)},
			Entry: feed.Entry{
				Title: title, URL: url, Excerpt: text, Language: other, Published: time.Unix(-at, 0), Categories: []string{name, other},
				Authors: []feed.Person{{Name: name, Email: other, URI: url}}, Enclosures: []feed.Enclosure{{URL: url, Type: other, Length: at}},
				Source: feed.Source{Title: title, Link: url},
			},
			Body: &feed.Body{Content: feed.HTML(text)}, Outlet: outlet,
			Also: []feed.Copy{{Outlet: outlet, Title: other, URL: url}},
		}
		about := Feed{Title: name, Subtitle: title, Self: "https://reader.example/", Home: url, Version: other, Next: url, PrevArchive: other, Archive: at%2 == 0}
		checkXML(t, written(t, RSS, about, []feed.Headline{h}))
		checkJSON(t, written(t, JSON, about, []feed.Headline{h}), h)
		b := atom(t, about, []feed.Headline{h})
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

// checkJSON holds a document against what JSON Feed 1.1 demands.
func checkJSON(t *testing.T, b []byte, h feed.Headline) {
	t.Helper()
	var doc struct {
		Version, Title string
		Items          []struct {
			ID, Title string
			HTML      *string `json:"content_html"`
			Text      *string `json:"content_text"`
			Published string  `json:"date_published"`
			Authors   []struct{ Name string }
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil || !utf8.Valid(b) {
		t.Fatalf("%v in\n%s", err, b)
	}
	it := doc.Items[0]
	if doc.Version != "https://jsonfeed.org/version/1.1" || doc.Title == "" || it.ID != h.URN || it.HTML == nil && it.Text == nil || it.Authors[0].Name == "" {
		t.Errorf("%+v", doc)
	}
	if _, err := time.Parse(time.RFC3339, it.Published); err != nil {
		t.Error(err)
	}
	if want := line(h.Entry.Title); want != "" && it.Title != want {
		t.Errorf("title %q came back as %q", want, it.Title)
	}
}

func BenchmarkWrite(b *testing.B) {
	f, stories := long()
	for _, format := range Formats() {
		b.Run(string(format), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(written(b, format, f, stories))))
			for b.Loop() {
				if err := Write(io.Discard, format, f, stories); err != nil {
					b.Fatal(err)
				}
			}
		})
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
		Term   string `xml:"term,attr"`
		Scheme string `xml:"scheme,attr"`
		Label  string `xml:"label,attr"`
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
