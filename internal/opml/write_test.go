package opml

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tidings/internal/feed"
)

var noon = time.Date(2026, 11, 22, 13, 0, 0, 0, time.FixedZone("CET", 3600))

func following(o Outline) feed.Following {
	f := feed.Following{
		Subscription: feed.Subscription{URL: o.URL, Folder: o.Folder},
		State:        feed.State{SiteURL: o.SiteURL, Description: o.Description, Language: o.Language},
	}
	if o.Named {
		f.Subscription.Title = o.Title
	}
	return f
}

func write(t *testing.T, title string, outlines []Outline) string {
	t.Helper()
	var fs []feed.Following
	for _, o := range outlines {
		fs = append(fs, following(o))
	}
	var b bytes.Buffer
	if err := Write(&b, title, noon, fs); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrite(t *testing.T) {
	got := write(t, "My feeds", []Outline{
		{URL: "https://z.example/feed", Title: "Zeta & <friends>", Named: true},
		{URL: "https://user:secret@b.example/feed", Title: "Beta", Named: true, Folder: "News/Local", SiteURL: "https://b.example/",
			Description: "All of it", Language: "en"},
		{URL: "https://a.example/feed", Title: "alpha", Named: true, Folder: "News", SiteURL: "javascript:alert(1)"},
		{URL: "https://nameless.example/feed", Folder: "/News/ "},
	})
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
	f := following(Outline{URL: "https://a.example/", Named: true, Title: "Gone"})
	f.Subscription.Removed = noon
	var b bytes.Buffer
	if err := Write(&b, "", noon, []feed.Following{f}); err != nil || strings.Contains(b.String(), "Gone") {
		t.Errorf("%v, %s", err, b.String())
	}
}

func TestWriteFails(t *testing.T) {
	full := errors.New("disk full")
	if err := Write(failing{full}, "", noon, nil); !errors.Is(err, full) {
		t.Errorf("Write = %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// again writes what was read and holds that reading that gives the same.
func again(t *testing.T, l *List) {
	t.Helper()
	var plain []Outline
	for _, o := range l.Feeds {
		o.URL = withoutCredentials(o.URL)
		o.Folder = cleanFolder(o.Folder)
		if !o.Named {
			o.Title = o.URL
		}
		plain = append(plain, o)
	}
	second := read(t, write(t, l.Title, plain), Limits{})
	same := cmp.Options{
		cmpopts.IgnoreFields(Outline{}, "Line", "Categories", "Named"),
		cmpopts.EquateEmpty(),
		cmpopts.SortSlices(func(a, b Outline) bool {
			return strings.Join([]string{a.Folder, a.URL, a.Title, a.SiteURL, a.Description, a.Language}, "\x00") <
				strings.Join([]string{b.Folder, b.URL, b.Title, b.SiteURL, b.Description, b.Language}, "\x00")
		}),
	}
	if diff := cmp.Diff(plain, second.Feeds, same); diff != "" || len(second.Problems) > 0 || second.Title != l.Title {
		t.Errorf("read, written and read again (-first +second), problems %v, title %q for %q:\n%s", second.Problems, second.Title, l.Title, diff)
	}
	if third := write(t, second.Title, second.Feeds); third != write(t, l.Title, plain) {
		t.Errorf("written a second time it differs:\n%s", third)
	}
}

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
	for range 300 {
		l := &List{Title: phrase(3)}
		for range random.IntN(12) {
			o := Outline{URL: "https://" + strings.Repeat("h", 1+random.IntN(9)) + ".example/f?a=1&b=%20", Title: phrase(4),
				Description: phrase(5), Language: phrase(1)}
			o.Named = o.Title != ""
			var path []string
			for range random.IntN(4) {
				path = append(path, phrase(2))
			}
			o.Folder = cleanFolder(strings.Join(path, "/"))
			if random.IntN(2) == 0 {
				o.SiteURL = "http://site.example/?a&b"
			}
			l.Feeds = append(l.Feeds, o)
		}
		again(t, l)
		if t.Failed() {
			return
		}
	}
}

func BenchmarkRead(b *testing.B) {
	var fs []feed.Following
	for i := range 1000 {
		fs = append(fs, following(Outline{URL: "https://a.example/" + strings.Repeat("x", i%50), Title: "A feed with a name", Named: true,
			Folder: "Folder", SiteURL: "https://a.example/"}))
	}
	var list bytes.Buffer
	if err := Write(&list, "", noon, fs); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(bytes.NewReader(list.Bytes()), Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
