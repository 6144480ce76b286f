package clean

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tidings/internal/feed"
	"tidings/internal/parse"
)

// TestHash changes each published field of an item in turn: every change must
// show in the hash, and nothing of the feed may.
func TestHash(t *testing.T) {
	whole := func() *parse.Document {
		return &parse.Document{Title: parse.Text{Value: "Feed"}, Updated: "today", Items: []parse.Item{{
			ID: "1", Title: parse.Text{Value: "T"}, Summary: parse.Text{Value: "S"}, Content: parse.Text{Value: "C"},
			Links:   []parse.Link{{Ref: parse.Ref{Href: "https://x.example/1"}, Rel: "alternate"}},
			Authors: []parse.Person{{Name: "A"}}, Categories: []parse.Category{{Term: "c"}},
			Enclosures: []parse.Enclosure{{Ref: parse.Ref{Href: "e"}, Length: "1"}}, Media: []parse.Media{{Ref: parse.Ref{Href: "m"}}},
			Thumbnails: []parse.Ref{{Href: "t"}}, Source: parse.Source{ID: "s"},
		}}}
	}
	hash := func(change func(d *parse.Document, it *parse.Item)) uint64 {
		d := whole()
		change(d, &d.Items[0])
		return New(d, base, time.Time{}).Head(0).Hash
	}
	first := hash(func(*parse.Document, *parse.Item) {})
	if first == 0 {
		t.Fatal("hash is 0")
	}
	if again := hash(func(d *parse.Document, _ *parse.Item) { d.Updated, d.Title.Value = "tomorrow", "Other" }); again != first {
		t.Error("the feed's own fields change an item's hash")
	}
	seen := map[uint64]string{first: "nothing"}
	for name, change := range map[string]func(d *parse.Document, it *parse.Item){
		"id":          func(_ *parse.Document, it *parse.Item) { it.ID = "2" },
		"permalink":   func(_ *parse.Document, it *parse.Item) { it.IsPermaLink = true },
		"title":       func(_ *parse.Document, it *parse.Item) { it.Title.Value = "TS"; it.Summary.Value = "" },
		"type":        func(_ *parse.Document, it *parse.Item) { it.Title.Type = parse.Plain },
		"summary":     func(_ *parse.Document, it *parse.Item) { it.Summary.Value = "SC"; it.Content.Value = "" },
		"content":     func(_ *parse.Document, it *parse.Item) { it.Content.Value = "c" },
		"rights":      func(_ *parse.Document, it *parse.Item) { it.Rights.Value = "r" },
		"link":        func(_ *parse.Document, it *parse.Item) { it.Links[0].Href = "https://x.example/2" },
		"original":    func(_ *parse.Document, it *parse.Item) { it.Original = "o" },
		"comments":    func(_ *parse.Document, it *parse.Item) { it.Comments.Href = "c" },
		"published":   func(_ *parse.Document, it *parse.Item) { it.Published = "p" },
		"updated":     func(_ *parse.Document, it *parse.Item) { it.Updated = "p" },
		"author":      func(_ *parse.Document, it *parse.Item) { it.Authors[0].Email = "a@x.example" },
		"contributor": func(_ *parse.Document, it *parse.Item) { it.Contributors = it.Authors },
		"category":    func(_ *parse.Document, it *parse.Item) { it.Categories[0].Label = "C" },
		"enclosure":   func(_ *parse.Document, it *parse.Item) { it.Enclosures[0].Length = "2" },
		"media":       func(_ *parse.Document, it *parse.Item) { it.Media[0].Type = "image/png" },
		"thumbnail":   func(_ *parse.Document, it *parse.Item) { it.Thumbnails = nil },
		"moved media": func(_ *parse.Document, it *parse.Item) {
			it.Media, it.Thumbnails = nil, append(it.Thumbnails, parse.Ref{Href: "m"})
		},
		"image":        func(_ *parse.Document, it *parse.Item) { it.Image.Href = "i" },
		"source":       func(_ *parse.Document, it *parse.Item) { it.Source.Title.Value = "s" },
		"source, link": func(_ *parse.Document, it *parse.Item) { it.Source.Link.Href = "s" },
	} {
		h := hash(change)
		if other, dup := seen[h]; dup {
			t.Errorf("a change of %s hashes as one of %s", name, other)
		}
		seen[h] = name
	}
}

// TestHashIsStable holds the hash to what data files remember.
func TestHashIsStable(t *testing.T) {
	d := &parse.Document{Items: []parse.Item{{ID: "1", Title: parse.Text{Value: "T"}}}}
	const want = 15782980877853613760
	if got := New(d, base, time.Time{}).Head(0).Hash; got != want {
		t.Errorf("hash of a known item is %d, was %d: every item of every data file will look revised", got, uint64(want))
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("tide and time ", 40)
	for name, c := range map[string]struct{ in, want string }{
		"short":    {"Low tide.\nGulls.", "Low tide. Gulls."},
		"empty":    {"", ""},
		"exact":    {strings.Repeat("x", 300), strings.Repeat("x", 300)},
		"long":     {long, long[:298] + "…"},
		"one word": {strings.Repeat("x", 400), strings.Repeat("x", 299) + "…"},
		"no space": {strings.Repeat("潮", 400), strings.Repeat("潮", 299) + "…"},
	} {
		got := excerpt(c.in)
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		if utf8.RuneCountInString(got) > maxExcerpt {
			t.Errorf("%s: %d characters", name, utf8.RuneCountInString(got))
		}
	}
}

func TestPlayingTime(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"3723": 3723 * time.Second, "62:03": 3723 * time.Second, "01:02:03": 3723 * time.Second, " 12.7 ": 12 * time.Second, "0:00": 0,
		"": 0, "soon": 0, "-5": 0, "1:2:3:4": 0, "NaN": 0, "Inf": 0, "1e300": 0, "99:99:99": 0, "999999": 0, "::": 0,
	} {
		if got := playingTime(in); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for in, want := range map[string]int{"": 0, "one": 1, " one  two\nthree ": 3, "潮が満ちる": 3, "tide 潮 time": 3, "naïve café": 2} {
		if got := words(in); got != want {
			t.Errorf("%q: %d words, want %d", in, got, want)
		}
	}
}

func TestSplitPerson(t *testing.T) {
	for in, want := range map[string]feed.Person{
		"Ada Quay":                        {Name: "Ada Quay"},
		"ada@x.example":                   {Email: "ada@x.example"},
		"Ada Quay (ada@x.example)":        {Name: "Ada Quay", Email: "ada@x.example"},
		"ada@x.example, Ada Quay":         {Name: "Ada Quay", Email: "ada@x.example"},
		"mailto:ada@x.example (Ada Quay)": {Name: "Ada Quay", Email: "ada@x.example"},
		`"Quay, Ada" <ada@x.example>`:     {Name: "Quay, Ada", Email: "ada@x.example"},
		"@ada":                            {Name: "@ada"},
		"ada @ home":                      {Name: "ada @ home"},
	} {
		name, mail := splitPerson(in)
		if got := (feed.Person{Name: name, Email: mail}); got != want {
			t.Errorf("%q: got %+v, want %+v", in, got, want)
		}
	}
}

// TestNothing cleans what is empty, wrong or too long everywhere at once.
func TestNothing(t *testing.T) {
	huge := strings.Repeat("x ", 50_000)
	text := parse.Text{Value: huge, Base: &parse.Base{Href: "::", Outer: &parse.Base{Href: "%zz"}}}
	d := &parse.Document{Items: []parse.Item{{}, {ID: huge, Title: text, Summary: text, Links: make([]parse.Link, 1000),
		Categories: make([]parse.Category, 1000), Authors: []parse.Person{{Raw: huge}}, Image: parse.Ref{Href: "%", Base: text.Base}}}}
	c := New(d, "not an address", time.Time{})
	if got := c.Document(); got.Title != "" {
		t.Error(got)
	}
	e, b, txt := c.Entry(0)
	if e.GUID+e.URL+e.Title+e.Excerpt+txt+string(b.Text()) != "" {
		t.Errorf("of nothing came %+v %+v", e, b)
	}
	e, _, _ = c.Entry(1)
	if n := utf8.RuneCountInString(e.Title); n > maxTitle {
		t.Errorf("title of %d characters", n)
	}
	if !strings.HasPrefix(e.GUID, "sha256:") {
		t.Errorf("id of %d bytes", len(e.GUID))
	}
	if e.Image != "" || e.URL != "" {
		t.Errorf("addresses %q %q", e.Image, e.URL)
	}
}

// body is a weblog's article of about 2.3 KB.
var body = "<p>The ferry to the <a href=\"/isles/\">northern isles</a> was late again &amp; nobody on the pier was surprised, least of all the gulls.</p>\n"

func articles(n int) *parse.Document {
	d := &parse.Document{Format: "rss"}
	for range n {
		d.Items = append(d.Items, parse.Item{ID: "https://gazette.example/?p=1", Title: parse.Text{Value: "Ferry is late &#8212; again"},
			Summary: parse.Text{Value: "The ferry to the northern isles was late again&#8230;"}, Content: parse.Text{Value: strings.Repeat(body, 16)},
			Links:     []parse.Link{{Ref: parse.Ref{Href: "https://gazette.example/1"}, Rel: "alternate"}},
			Published: "Tue, 01 Sep 2026 10:17:35 +0000", Authors: []parse.Person{{Raw: "Una Pellworm"}},
			Categories: []parse.Category{{Term: "Ships & Sea"}, {Term: "Isles"}}})
	}
	return d
}

func BenchmarkHead(b *testing.B) {
	d := articles(1)
	b.ReportAllocs()
	for b.Loop() {
		New(d, base, time.Time{}).Head(0)
	}
}

func BenchmarkEntry(b *testing.B) {
	c := New(articles(1), base, time.Time{})
	b.ReportAllocs()
	for b.Loop() {
		c.Entry(0)
	}
}

func BenchmarkParseDate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ParseDate("Tue, 01 Sep 2026 10:17:35 +0000")
	}
}

// TestCloud tells which clouds (RSS 2.0) can be spoken with, and where.
func TestCloud(t *testing.T) {
	for want, written := range map[string]parse.Cloud{
		"http://rpc.quay.example:5337/pleaseNotify": {Domain: "rpc.quay.example", Port: "5337", Path: "/pleaseNotify", Protocol: "http-post"},
		"http://quay.example/?rsscloud=notify":      {Domain: " Quay.example ", Port: "80", Path: "/?rsscloud=notify", Protocol: "HTTP-POST"},
		"http://quay.example/notify":                {Domain: "quay.example", Path: "notify", Protocol: "http-post"},
		"https://quay.example/notify":               {Domain: "quay.example", Port: "443", Path: "/notify", Protocol: "http-post"},
		"https://quay.example/":                     {Domain: "quay.example", Protocol: "https-post"},
		"https://quay.example:8443/a%20b":           {Domain: "https://quay.example/", Port: "8443", Path: "/a b", Protocol: "https-post"},
		"http://[2001:db8::1]:80/notify":            {Domain: "[2001:db8::1]", Port: "80", Path: "/notify", Protocol: "http-post"},
		"http://127.0.0.1:5337/":                    {Domain: "127.0.0.1", Port: "5337", Path: "/", Protocol: "http-post"}, // refused where it is dialled
	} {
		if got := New(&parse.Document{Cloud: written}, base, time.Time{}).Document().Cloud; got != want {
			t.Errorf("%+v is %q, want %q", written, got, want)
		}
	}
	for name, written := range map[string]parse.Cloud{
		"nothing": {}, "XML-RPC": {Domain: "quay.example", Port: "80", Path: "/RPC2", Protocol: "xml-rpc"},
		"SOAP":        {Domain: "quay.example", Port: "80", Path: "/", Protocol: "soap"},
		"no protocol": {Domain: "quay.example", Port: "80", Path: "/"}, "no domain": {Port: "80", Path: "/", Protocol: "http-post"},
		"port 0": {Domain: "quay.example", Port: "0", Protocol: "http-post"}, "no port": {Domain: "quay.example", Port: "http", Protocol: "http-post"},
		"a huge port": {Domain: "quay.example", Port: "65536", Protocol: "http-post"},
		"a user":      {Domain: "a:b@quay.example", Port: "80", Protocol: "http-post"}, "a path in the domain": {Domain: "quay.example/x", Port: "80", Protocol: "http-post"},
		"a port in the domain": {Domain: "quay.example:81", Port: "80", Protocol: "http-post"},
		"a fragment":           {Domain: "quay.example", Port: "80", Path: "/#x", Protocol: "http-post"},
		"a huge path":          {Domain: "quay.example", Port: "80", Path: strings.Repeat("x", maxAddress), Protocol: "http-post"},
	} {
		if got := New(&parse.Document{Cloud: written}, base, time.Time{}).Document().Cloud; got != "" {
			t.Errorf("%s gives %q", name, got)
		}
	}
}
