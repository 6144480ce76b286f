package demo

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var start = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

func newPublisher() *Publisher { return New(Options{Start: start, Slow: time.Millisecond, Seed: 7}) }

func get(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "http://127.0.0.1:8081"+path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// sound are the outlets that serve a feed.
func (p *Publisher) sound() []*outlet {
	var all []*outlet
	for _, o := range p.outlets {
		if o.Fault == "" || o.Fault == "slow" {
			all = append(all, o)
		}
	}
	return all
}

// told is an item as an independent reader finds it in any of the formats.
type told struct{ ID, Title, Link, Date, Text string }

func readFeed(t *testing.T, o *outlet, b []byte) []told {
	t.Helper()
	if o.Format == "json" {
		return readJSON(t, b)
	}
	var doc struct {
		Items []struct {
			GUID    string `xml:"guid"`
			About   string `xml:"about,attr"`
			Title   string `xml:"title"`
			Link    string `xml:"link"`
			PubDate string `xml:"pubDate"`
			Date    string `xml:"date"`
			Text    string `xml:"encoded"`
			Desc    string `xml:"description"`
		} `xml:"channel>item"`
		RDF []struct {
			About string `xml:"about,attr"`
			Title string `xml:"title"`
			Link  string `xml:"link"`
			Date  string `xml:"date"`
			Text  string `xml:"encoded"`
		} `xml:"item"`
		Entries []struct {
			ID    string `xml:"id"`
			Title string `xml:"title"`
			Link  struct {
				Href string `xml:"href,attr"`
			} `xml:"link"`
			Published string `xml:"published"`
			Content   string `xml:"content"`
			Summary   string `xml:"summary"`
		} `xml:"entry"`
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	d.CharsetReader = latin1
	if err := d.Decode(&doc); err != nil {
		t.Fatalf("%s: %v", o.Slug, err)
	}
	if rest, err := d.Token(); err != io.EOF && strings.TrimSpace(fmt.Sprintf("%s", rest)) != "" {
		t.Fatalf("%s: %s follows the root", o.Slug, rest)
	}
	var all []told
	for _, i := range doc.Items {
		all = append(all, told{i.GUID, i.Title, i.Link, i.PubDate, i.Text + i.Desc})
	}
	for _, i := range doc.RDF {
		all = append(all, told{i.About, i.Title, i.Link, i.Date, i.Text})
	}
	for _, e := range doc.Entries {
		all = append(all, told{e.ID, e.Title, e.Link.Href, e.Published, e.Content + e.Summary})
	}
	return all
}

func readJSON(t *testing.T, b []byte) []told {
	t.Helper()
	var doc struct {
		Items []struct {
			ID, URL, Title string
			Date           string `json:"date_published"`
			Content        string `json:"content_html"`
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	var all []told
	for _, i := range doc.Items {
		all = append(all, told{i.ID, i.Title, i.URL, i.Date, i.Content})
	}
	return all
}

func latin1(label string, r io.Reader) (io.Reader, error) {
	if label != "iso-8859-1" {
		return nil, errors.New("unexpected charset " + label)
	}
	b, err := io.ReadAll(r)
	var s strings.Builder
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return strings.NewReader(s.String()), err
}

func TestFeedsAreWellFormed(t *testing.T) {
	p := newPublisher()
	h := p.Handler()
	types := map[string]string{
		"rss": "application/rss+xml", "rdf": "application/rdf+xml", "atom": "application/atom+xml", "json": "application/feed+json",
	}
	formats := map[string]int{}
	for _, o := range p.sound() {
		w := get(h, o.FeedPath())
		if want := types[o.Format] + "; charset=" + o.Charset; w.Code != 200 || w.Header().Get("Content-Type") != want {
			t.Errorf("%s: %d %s, want %s", o.Slug, w.Code, w.Header().Get("Content-Type"), want)
		}
		formats[o.Format]++
		items := readFeed(t, o, w.Body.Bytes())
		if len(items) != len(o.items) {
			t.Errorf("%s: feed has %d items, want %d", o.Slug, len(items), len(o.items))
		}
		seen := map[string]bool{}
		for i, it := range items {
			if seen[it.ID] || it.ID == "" {
				t.Errorf("%s: id %q is empty or not unique", o.Slug, it.ID)
			}
			seen[it.ID] = true
			if !strings.HasPrefix(it.Link, "http://127.0.0.1:8081/") || it.Text == "" {
				t.Errorf("%s: item without address or text: %+v", o.Slug, it)
			}
			at := o.items[i].At
			if it.Date != at.Format(time.RFC3339) && it.Date != at.Format(http.TimeFormat) {
				t.Errorf("%s: %q is dated %q, want %v", o.Slug, it.Title, it.Date, at)
			}
			if age := start.Sub(at); age <= 0 || age > 36*time.Hour {
				t.Errorf("%s: %q is %v old", o.Slug, it.Title, age)
			}
			if strings.ContainsAny(it.Title, "{}") {
				t.Errorf("%s: title %q has a mark that wasn't filled in", o.Slug, it.Title)
			}
		}
	}
	if len(formats) != 4 {
		t.Errorf("formats served: %v", formats)
	}
}

func TestCharset(t *testing.T) {
	p := newPublisher()
	o := p.bySlug["hafenbote"]
	b := get(p.Handler(), o.FeedPath()).Body.Bytes()
	if !bytes.Contains(b, []byte("K\xfcste")) {
		t.Error("the feed isn't in ISO-8859-1")
	}
	for _, it := range readFeed(t, o, b) {
		if strings.HasPrefix(it.Title, "Was kostet") && strings.Contains(it.Text, "3,20 €") {
			return
		}
	}
	t.Error("the euro sign, which the charset lacks, is lost")
}

// A title with an ampersand is escaped once more than it should be.
func TestTitlesEscapedTwice(t *testing.T) {
	b := get(newPublisher().Handler(), "/newspulse/feed.xml").Body.String()
	if !strings.Contains(b, "the White House &amp;amp; now everybody is talking tariffs</title>") {
		t.Error("the title isn't escaped twice")
	}
}

func TestFaults(t *testing.T) {
	h := newPublisher().Handler()
	if w := get(h, "/mill-gazette/feed.xml"); w.Code != http.StatusGone {
		t.Errorf("the outlet that is gone answers %d", w.Code)
	}
	w := get(h, "/static/feed.xml")
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || strings.Contains(w.Body.String(), "alternate") {
		t.Errorf("the broken outlet answers %d %s %s", w.Code, w.Header(), w.Body)
	}
	for _, path := range []string{"/nobody/", "/nobody/feed.xml", "/meridian/nothing", "/meridian/feed.json", "/pictures/meridian/quake-sorrel.png", "/audio/lantern/nothing.wav", "/nobody/icon.png"} {
		if w := get(h, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, w.Code)
		}
	}
}

func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{Start: start}).Handler()
		before := time.Now()
		w := get(h, "/slow-letter/atom.xml")
		if took := time.Since(before); w.Code != 200 || took != 2500*time.Millisecond {
			t.Errorf("%d after %v, want 200 after 2.5 s", w.Code, took)
		}
	})
}

func TestConditionalRequests(t *testing.T) {
	p := newPublisher()
	h := p.Handler()
	for _, o := range p.sound() {
		first := get(h, o.FeedPath())
		tag, date := first.Header().Get("ETag"), first.Header().Get("Last-Modified")
		if w := get(h, o.FeedPath(), "If-None-Match", tag); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
			t.Errorf("%s: ETag %s: %d", o.Slug, tag, w.Code)
		}
		if w := get(h, o.FeedPath(), "If-Modified-Since", date); w.Code != http.StatusNotModified {
			t.Errorf("%s: Last-Modified %s: %d", o.Slug, date, w.Code)
		}
		if w := get(h, o.FeedPath(), "If-None-Match", `"other"`, "If-Modified-Since", date); w.Code != 200 {
			t.Errorf("%s: another ETag: %d", o.Slug, w.Code)
		}
		z := get(h, o.FeedPath(), "Accept-Encoding", "gzip")
		r, err := gzip.NewReader(z.Body)
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := io.ReadAll(r); err != nil || !bytes.Equal(plain, first.Body.Bytes()) || z.Header().Get("ETag") == tag {
			t.Errorf("%s: gzip answer differs, or has the tag of the plain one (%v)", o.Slug, err)
		}
	}
	tag := get(h, "/nbs/atom.xml").Header().Get("ETag")
	if path := p.Publish(); path != "/nbs/atom.xml" {
		t.Fatalf("first publication is in %s", path)
	}
	if w := get(h, "/nbs/atom.xml", "If-None-Match", tag); w.Code != 200 {
		t.Errorf("after a publication: %d, want 200", w.Code)
	}
}

// everything is what is served at every address, once n more are published.
func everything(o Options, n int) map[string]string {
	p := New(o)
	for range n {
		p.Publish()
	}
	h := p.Handler()
	all := map[string]string{"/": get(h, "/").Body.String(), "/feeds.opml": get(h, "/feeds.opml").Body.String()}
	for _, o := range p.outlets {
		paths := []string{o.FeedPath(), "/" + o.Slug + "/"}
		for _, it := range o.items {
			paths = append(paths, it.path())
		}
		for _, path := range paths {
			w := get(h, path)
			all[path] = fmt.Sprint(w.Code, w.Header(), w.Body)
		}
	}
	return all
}

func TestDeterministic(t *testing.T) {
	o := Options{Start: start, Slow: time.Millisecond, Seed: 1}
	one := everything(o, 60)
	if diff := cmp.Diff(one, everything(o, 60)); diff != "" {
		t.Error(diff)
	}
	o.Seed = 2
	if cmp.Equal(one, everything(o, 60)) {
		t.Error("the seed changes nothing")
	}
}

// Every address in feeds, articles and pages is served.
func TestNoDeadLinks(t *testing.T) {
	p := newPublisher()
	for range p.Stock() {
		p.Publish()
	}
	h := p.Handler()
	attr := regexp.MustCompile(`(?:src|href|url)="(?:http://127\.0\.0\.1:8081)?(/[^"]*)"`)
	seen := map[string]bool{}
	var follow func(path string)
	follow = func(path string) {
		path, _, _ = strings.Cut(strings.ReplaceAll(path, "&amp;", "&"), "#")
		if seen[path] {
			return
		}
		seen[path] = true
		if strings.HasSuffix(path, ".png") && len(seen)%8 != 0 {
			return // drawing takes time
		}
		w := get(h, path)
		if w.Code != 200 && !strings.HasPrefix(path, "/mill-gazette/") {
			t.Errorf("%s: %d", path, w.Code)
		}
		if strings.HasSuffix(path, ".png") || strings.HasSuffix(path, ".rdf") {
			return
		}
		for _, m := range attr.FindAllStringSubmatch(w.Body.String(), -1) {
			follow(m[1])
		}
		for _, m := range regexp.MustCompile(`<link>http://127\.0\.0\.1:8081([^<]*)<`).FindAllStringSubmatch(w.Body.String(), -1) {
			follow(m[1])
		}
	}
	follow("/")
	if len(seen) < 200 {
		t.Errorf("only %d addresses found", len(seen))
	}
}

func TestDiscovery(t *testing.T) {
	p := newPublisher()
	h := p.Handler()
	for _, o := range p.outlets {
		b := html.UnescapeString(get(h, "/"+o.Slug+"/").Body.String())
		if !strings.Contains(b, `<link rel="alternate" type="`+feedTypes()[o.Format]+`"`) || !strings.Contains(b, `href="`+o.FeedPath()+`"`) {
			t.Errorf("%s: the front page doesn't link to the feed", o.Slug)
		}
	}
}

// The visit is told seven times: twice in the agency's words, twice in fewer of them,
// three times in others. What the engine makes of it is in told_test.go.
func TestRetellings(t *testing.T) {
	p := newPublisher()
	wire := p.bySlug["meridian"].find("white-house-visit")
	told := map[string]int{}
	for _, o := range p.outlets {
		for _, it := range o.items {
			switch l := p.line(it, ""); {
			case !strings.Contains(it.Body, "Lindqvist") || !strings.Contains(it.Body, "38,000 jobs"):
			case it.Cut > 0:
				told["cut"]++
				if l.Content != "" || !strings.HasSuffix(l.Summary, "…") || !strings.HasPrefix(plain(wire.Body), strings.TrimSuffix(l.Summary, "…")) || l.Source == nil {
					t.Errorf("the aggregator's copy isn't cut, or doesn't name its source: %+v", l)
				}
			case it.Body == wire.Body:
				told["verbatim"]++
			case strings.Contains(it.Body, "in the Oval Office and over lunch"):
				told["shortened"]++
			default:
				told["retold"]++
			}
		}
	}
	if diff := cmp.Diff(map[string]int{"verbatim": 2, "cut": 1, "shortened": 1, "retold": 3}, told); diff != "" {
		t.Error(diff)
	}
}

func TestWealth(t *testing.T) {
	p := newPublisher()
	items, long := 0, 0
	for _, o := range p.outlets {
		for _, it := range o.items {
			items++
			if len(strings.Fields(plain(it.Body))) >= 300 {
				long++
			}
		}
	}
	if len(p.outlets) < 12 || items < 90 || long < 5 || p.Stock() < 30 {
		t.Errorf("%d outlets, %d items, %d long ones, %d in stock", len(p.outlets), items, long, p.Stock())
	}
	t.Logf("%d outlets, %d items, %d long ones, %d in stock", len(p.outlets), items, long, p.Stock())
}

func TestRevision(t *testing.T) {
	p := newPublisher()
	o := p.bySlug["field-and-bench"]
	old, n := o.find("moss-clock"), len(o.items)
	for range p.Stock() {
		p.Publish()
	}
	it := o.find("moss-clock")
	if it == old || !it.At.Equal(old.At) || !it.Updated.After(it.At) || !strings.Contains(it.Body, "Irma Vold") {
		t.Errorf("not revised in place: %+v", it)
	}
	if o.find("moss-revised") != nil || len(o.items) != n+2 {
		t.Errorf("the revision is an item of its own; %d items, want %d", len(o.items), n+2)
	}
}

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var paths []string
		p := New(Options{Published: func(path string) { paths = append(paths, path) }})
		stock := p.Stock()
		ctx, cancel := context.WithCancel(t.Context())
		go p.Run(ctx)
		time.Sleep(5*time.Second*time.Duration(stock) + 20*time.Second*10 + time.Second)
		cancel()
		synctest.Wait()
		if len(paths) != stock+10 || p.Stock() != 0 {
			t.Errorf("%d publications, want %d", len(paths), stock+10)
		}
		newest := p.bySlug["meridian"].items[0]
		if age := time.Since(newest.At); age < 0 || age > 90*time.Second {
			t.Errorf("newest item of the agency is %v old", age)
		}
	})
}

// With any pace the dates keep to the clock, and calm follows the stock.
func TestCalm(t *testing.T) {
	for every, want := range map[time.Duration]time.Duration{
		5 * time.Second: 20 * time.Second, 7 * time.Second: 21 * time.Second, 20 * time.Second: 20 * time.Second, time.Minute: time.Minute,
	} {
		p := New(Options{Start: start, Every: every})
		for range p.Stock() {
			p.Publish()
		}
		before := p.last
		if p.Publish(); p.last.Sub(before) != want {
			t.Errorf("every %v: %v after the stock, want %v", every, p.last.Sub(before), want)
		}
	}
}

// After the stock, of each four items two tell one story: the agency's and, later,
// another outlet's in the same words. No two dispatches have the same title.
func TestDispatches(t *testing.T) {
	p := newPublisher()
	for range p.Stock() {
		p.Publish()
	}
	titles := map[string]bool{}
	const n = 200
	for range n / 4 {
		p.Publish()
		wire := p.bySlug["meridian"].items[0]
		path := p.Publish()
		o := p.bySlug[strings.Split(path, "/")[1]]
		copied := o.items[0]
		if o == wire.outlet || copied.Body != wire.Body || copied.Title != wire.Title || !copied.At.After(wire.At) {
			t.Fatalf("no copy: %+v\n%+v", wire, copied)
		}
		if titles[wire.Title] || strings.ContainsAny(wire.Title+wire.Body, "{}%") || len(strings.Fields(plain(wire.Body))) < 60 {
			t.Errorf("again, or faulty: %s\n%s", wire.Title, wire.Body)
		}
		titles[wire.Title] = true
		p.Publish()
		p.Publish()
	}
}

// The visit is near the top when the demo begins, the wire's copies within the
// hour after it, and what followed within the last two hours.
func TestVisitIsFresh(t *testing.T) {
	p := newPublisher()
	wire := p.bySlug["meridian"].find("white-house-visit")
	newer := 0
	for _, o := range p.outlets {
		for _, it := range o.items {
			if late := it.At.Sub(wire.At); it.wording == wire && (late < time.Minute || late > time.Hour) {
				t.Errorf("%s/%s comes %v after the wire", o.Slug, it.ID, late)
			}
			if it.At.After(wire.At) && it.wording == nil {
				newer++
			}
			if strings.Contains(it.Body, "94 ") && strings.Contains(it.Body, "Lindqvist") && start.Sub(it.At) > 2*time.Hour {
				t.Errorf("%s/%s is %v old", o.Slug, it.ID, start.Sub(it.At))
			}
		}
	}
	if newer > 16 {
		t.Errorf("%d items are newer than the visit", newer)
	}
}

func TestPictures(t *testing.T) {
	h := newPublisher().Handler()
	for path, width := range map[string]int{"/pictures/meridian/white-house-visit.png": 640, "/meridian/icon.png": 64} {
		w := get(h, path)
		img, err := png.Decode(w.Body)
		if err != nil || img.Bounds().Dx() != width || w.Header().Get("Content-Type") != "image/png" {
			t.Errorf("%s: %v %v", path, err, w.Header())
		}
	}
}

// What the feeds say of a recording is true.
func TestRecording(t *testing.T) {
	w := get(newPublisher().Handler(), "/audio/lantern/episode-41.wav")
	if w.Code != 200 || w.Header().Get("Content-Type") != "audio/wav" || w.Body.Len() != (line{}).AudioLength() {
		t.Errorf("%d %s of %d bytes", w.Code, w.Header(), w.Body.Len())
	}
}

func TestHead(t *testing.T) {
	h := newPublisher().Handler()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("HEAD", "http://127.0.0.1:8081/meridian/feed.xml", nil))
	want := get(h, "/meridian/feed.xml").Header()
	if diff := cmp.Diff(want, w.Header()); diff != "" || w.Body.Len() > 0 {
		t.Errorf("HEAD isn't like GET: %s", diff)
	}
}

func TestOPML(t *testing.T) {
	p := newPublisher()
	var doc struct {
		Version string    `xml:"version,attr"`
		Body    []outline `xml:"body>outline"`
	}
	if err := xml.Unmarshal(p.OPML("http://127.0.0.1:8081/"), &doc); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	var walk func(folder string, all []*outline)
	walk = func(folder string, all []*outline) {
		for _, o := range all {
			if o.Type == "rss" {
				found[o.XMLURL] = strings.TrimPrefix(folder, "/")
			}
			walk(folder+"/"+o.Text, o.Children)
		}
	}
	for _, o := range doc.Body {
		walk("/"+o.Text, o.Children)
	}
	if doc.Version != "2.0" || len(found) != len(p.outlets) {
		t.Errorf("version %s with %d feeds, want %d", doc.Version, len(found), len(p.outlets))
	}
	for _, o := range p.outlets {
		if f := found["http://127.0.0.1:8081"+o.FeedPath()]; f != o.Folder {
			t.Errorf("%s is in folder %q, want %q", o.Slug, f, o.Folder)
		}
	}
}
