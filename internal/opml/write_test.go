package opml

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tidings/internal/feed"
)

var noon = time.Date(2026, 11, 22, 13, 0, 0, 0, time.FixedZone("CET", 3600))

// following makes of an outline the subscription that it asks for.
func following(id uint64, o Outline) feed.Following {
	f := feed.Following{
		Subscription: feed.Subscription{ID: id, URL: o.URL, Folder: o.Folder, Tags: o.Tags, Paused: o.Paused, Keep: o.Keep, FullText: o.FullText, When: o.When},
		State:        feed.State{SiteURL: o.SiteURL, Description: o.Description, Language: o.Language},
	}
	if o.Named {
		f.Subscription.Title = o.Title
	} else {
		f.State.Title = o.Title
	}
	return f
}

// write writes what a list asks for, with its rules.
func write(t *testing.T, l *List) string {
	t.Helper()
	x := Export{Title: l.Title, Created: noon, Rules: feed.Ruleset{Folders: map[string]feed.Rule{}, Feeds: map[uint64]feed.Rule{}}}
	for i, o := range l.Feeds {
		id := uint64(i + 1)
		x.Feeds = append(x.Feeds, following(id, o))
		x.Rules.Feeds[id] = o.Rule
	}
	for folder, r := range rules(l) {
		if folder == "" {
			x.Rules.Global = r
		} else {
			x.Rules.Folders[folder] = r
		}
	}
	var b bytes.Buffer
	if err := Write(&b, x); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// rules are those of a list by folder, without folders that have no feeds.
func rules(l *List) map[string]feed.Rule {
	m := map[string]feed.Rule{}
	for _, r := range l.Rules {
		in := func(o Outline) bool { return r.Folder == o.Folder || strings.HasPrefix(o.Folder, r.Folder+"/") }
		if r.Folder == "" || slices.ContainsFunc(l.Feeds, in) {
			m[r.Folder] = r.Rule
		}
	}
	return m
}

func TestWrite(t *testing.T) {
	got := write(t, &List{Title: "My feeds", Rules: []Rule{{"", feed.Rule{Fold: feed.FoldExact}}, {"News", feed.Rule{Events: "off"}}}, Feeds: []Outline{
		{URL: "https://z.example/feed", Title: "Zeta & <friends>", Named: true},
		{URL: "https://user:secret@b.example/feed", Title: "Beta", Named: true, Folder: "News/Local", SiteURL: "https://b.example/",
			Description: "All of it", Language: "en"},
		{URL: "https://a.example/feed", Title: "alpha", Named: true, Folder: "News", SiteURL: "javascript:alert(1)"},
		{URL: "https://nameless.example/feed", Folder: "/News/ "},
		{URL: "https://all.example/feed", Title: "All of it", Tags: []string{"go", "to read"}, Paused: true, Rule: feed.Rule{Fold: feed.FoldOff, Events: "on"}},
		{URL: "https://own.example/feed", Title: "https://own.example/feed", Named: true},
	}})
	golden(t, "testdata/write.golden", got)
	if strings.Contains(got, "secret") || strings.Contains(got, "javascript") {
		t.Error("it says too much")
	}
	_, rest, _ := strings.Cut(got, "<dateCreated>")
	date, _, _ := strings.Cut(rest, "<")
	if when, err := mail.ParseDate(date); err != nil || !when.Equal(noon) {
		t.Errorf("dateCreated %q: %v, %v", date, when, err)
	}
}

func TestWriteRemoved(t *testing.T) {
	f := following(1, Outline{URL: "https://a.example/", Named: true, Title: "Gone"})
	f.Subscription.Removed = noon
	var b bytes.Buffer
	if err := Write(&b, Export{Feeds: []feed.Following{f}}); err != nil || strings.Contains(b.String(), "Gone") {
		t.Errorf("%v, %s", err, b.String())
	}
}

func TestWriteFails(t *testing.T) {
	full := errors.New("disk full")
	if err := Write(failing{full}, Export{}); !errors.Is(err, full) {
		t.Errorf("Write = %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// again writes what was read and holds that reading that gives the same.
func again(t *testing.T, l *List) {
	t.Helper()
	plain := &List{Title: l.Title, Rules: l.Rules}
	for _, o := range l.Feeds {
		if o.Title == o.URL {
			o.Title = withoutCredentials(o.URL)
		}
		o.URL, o.Folder = withoutCredentials(o.URL), cleanFolder(o.Folder)
		plain.Feeds = append(plain.Feeds, o)
	}
	text := write(t, plain)
	second := read(t, text, Limits{})
	same := cmp.Options{
		cmpopts.IgnoreFields(Outline{}, "Line"),
		cmpopts.EquateEmpty(),
		cmpopts.SortSlices(func(a, b Outline) bool { return fmt.Sprintf("%+v", timeless(a)) < fmt.Sprintf("%+v", timeless(b)) }),
	}
	if diff := cmp.Diff(plain.Feeds, second.Feeds, same); diff != "" || len(second.Problems) > 0 || second.Title != l.Title {
		t.Errorf("read, written and read again (-first +second), problems %v, title %q for %q:\n%s", second.Problems, second.Title, l.Title, diff)
	}
	if diff := cmp.Diff(rules(plain), rules(second)); diff != "" {
		t.Errorf("rules, read, written and read again (-first +second):\n%s", diff)
	}
	if third := write(t, second); third != text {
		t.Errorf("written a second time it differs:\n%s\nand was\n%s", third, text)
	}
}

// first is the first string that isn't empty.
func first(ss ...string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}

// timeless is an outline without the line that it stands in.
func timeless(o Outline) Outline { o.Line = 0; return o }

// TestRoundTrip holds that Read reads what Write writes, for random lists.
func TestRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	words := []string{"a", "B", "&", "<x>", `"q"`, "'", "猫", "é", "∕", "&amp;", "]]>", "–", "=", "#", ";", "0"}
	phrase := func(most int) string {
		var s []string
		for range random.IntN(most + 1) {
			s = append(s, words[random.IntN(len(words))])
		}
		return strings.Join(s, " ")
	}
	rule := func() feed.Rule {
		return feed.Rule{
			Fold:   []feed.Folding{feed.FoldInherit, feed.FoldOff, feed.FoldExact, feed.FoldCopies}[random.IntN(4)],
			Events: []string{"", "on", "off"}[random.IntN(3)],
		}
	}
	for range 300 {
		l := &List{Title: phrase(3)}
		for range random.IntN(12) {
			o := Outline{URL: "https://" + strings.Repeat("h", 1+random.IntN(9)) + ".example/f?a=1&b=%20", Title: phrase(4),
				Description: phrase(5), Language: phrase(1)}
			var path []string
			for range random.IntN(4) {
				path = append(path, phrase(2))
			}
			o.Folder = cleanFolder(strings.Join(path, "/"))
			if random.IntN(2) == 0 {
				o.SiteURL = "http://site.example/?a&b"
			}
			if random.IntN(8) == 0 {
				o.Title = o.URL
			}
			if o.Title == "" {
				o.Title = first(o.SiteURL, o.URL)
			}
			o.Named, o.Paused = o.Title != o.SiteURL && random.IntN(2) == 0, random.IntN(2) == 0
			o.Rule, o.FullText = rule(), random.IntN(2) == 0
			o.Keep = []feed.Keep{{}, {Ever: true}, {Days: 1 + random.IntN(99)}, {Newest: 1 + random.IntN(99)}}[random.IntN(4)]
			o.When = []feed.Timetable{{}, {Every: time.Duration(5+random.IntN(999)) * time.Minute}, {Least: time.Hour, Most: 25 * time.Hour, Until: noon}}[random.IntN(3)]
			o.Tags = feed.CleanTags([]string{phrase(2), phrase(1), "/" + phrase(1)})
			l.Feeds = append(l.Feeds, o)
			if random.IntN(2) == 0 {
				l.Rules = append(l.Rules, Rule{o.Folder, rule()})
			}
		}
		l.Rules = slices.DeleteFunc(l.Rules, func(r Rule) bool { return r.Rule == feed.Rule{} })
		again(t, l)
		if t.Failed() {
			return
		}
	}
}

// BenchmarkRead reads lists of 1,000 and of 50,000 feeds.
func BenchmarkRead(b *testing.B) {
	for _, n := range []int{1000, 50_000} {
		var fs []feed.Following
		for i := range n {
			fs = append(fs, following(uint64(i+1), Outline{URL: fmt.Sprintf("https://a%d.example/%s", i, strings.Repeat("x", i%50)), Title: "A feed with a name", Named: true,
				Folder: "Folder", SiteURL: "https://a.example/"}))
		}
		var list bytes.Buffer
		if err := Write(&list, Export{Feeds: fs}); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(list.Len()))
			b.ReportAllocs()
			for b.Loop() {
				l, err := Read(bytes.NewReader(list.Bytes()), Limits{})
				if err != nil || len(l.Feeds) != n {
					b.Fatal(len(l.Feeds), err)
				}
			}
		})
	}
}

// What nobody may ask for is left out, and what can't be meant.
func TestTimetablesThatCantBe(t *testing.T) {
	for attributes, want := range map[string]feed.Timetable{
		`tidings:every="1m"`:                                         {},
		`tidings:every="soon" tidings:least="2h"`:                    {Least: 2 * time.Hour},
		`tidings:least="3h" tidings:most="2h"`:                       {},
		`tidings:every="6h" tidings:until="tomorrow"`:                {Every: 6 * time.Hour},
		`tidings:every="9d" tidings:until="2026-12-24T00:00:00Z"`:    {Every: 9 * 24 * time.Hour, Until: time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC)},
		`tidings:every="99999d" tidings:least="-1h" tidings:most=""`: {},
	} {
		l := read(t, `<opml version="2.0"><body><outline text="A" xmlUrl="https://a.example/" `+attributes+`/></body></opml>`, Limits{})
		if got := l.Feeds[0].Wish().When; got != want {
			t.Errorf("%s: %+v, want %+v", attributes, got, want)
		}
	}
}

// What is kept of a feed, and whether whole texts are fetched, comes back; what can't be
// meant is left out, and nothing is then kept shorter than before.
func TestKeepAndFullTextComeBack(t *testing.T) {
	const before = `<opml version="2.0" xmlns:tidings="https://tidings.example/opml"><body>
<outline type="rss" text="A" xmlUrl="https://a.example/" tidings:keep="30d" tidings:fulltext="yes"/>
<outline type="rss" text="B" xmlUrl="https://b.example/" tidings:keep="ever"/>
<outline type="rss" text="C" xmlUrl="https://c.example/" tidings:keep="-1d" tidings:fulltext="1"/></body></opml>`
	l, err := Read(strings.NewReader(before), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := Read(strings.NewReader(write(t, l)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []feed.Wish{{Keep: feed.Keep{Days: 30}, FullText: true}, {Keep: feed.Keep{Ever: true}}, {}} {
		for _, x := range []feed.Wish{l.Feeds[i].Wish(), again.Feeds[i].Wish()} {
			if x.Keep != want.Keep || x.FullText != want.FullText {
				t.Errorf("%s: %+v, want %+v", x.URL, x, want)
			}
		}
	}
}
