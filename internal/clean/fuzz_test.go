package clean

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tidings/internal/parse"
)

// FuzzClean asks of whatever parses that it cleans without a panic, to absolute
// web addresses, titles of one line and excerpts within bounds.
func FuzzClean(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, base)
	}
	f.Fuzz(func(t *testing.T, b []byte, from string) {
		doc, err := parse.Parse(b, "")
		if err != nil {
			return
		}
		c := New(doc, from, time.Time{})
		d := c.Document()
		checkAddresses(t, d.Link, d.Self, d.Hub, d.Image, d.Icon)
		checkLine(t, d.Title)
		for i := range c.Len() {
			e, body, _ := c.Entry(i)
			if h := c.Head(i); h.GUID != e.GUID || h.URL != e.URL || h.Title != e.Title || h.Hash == 0 {
				t.Fatalf("head %+v of entry %+v", h, e)
			}
			checkLine(t, e.Title)
			checkAddresses(t, e.URL, e.Image, e.Source.Link, body.Comments)
			checkAddresses(t, body.Media...)
			checkAddresses(t, body.Thumbnails...)
			for _, x := range e.Enclosures {
				checkAddresses(t, x.URL)
			}
			for _, p := range e.Authors {
				checkAddresses(t, p.URI)
				checkLine(t, p.Name)
			}
			if n := utf8.RuneCountInString(e.Excerpt); n > maxExcerpt {
				t.Fatalf("excerpt of %d characters", n)
			}
		}
	})
}

func checkAddresses(t *testing.T, list ...string) {
	t.Helper()
	for _, s := range list {
		if s == "" {
			continue
		}
		u, err := url.Parse(s)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.ContainsAny(s, " \n\t") {
			t.Fatalf("address %q: %v", s, err)
		}
	}
}

func checkLine(t *testing.T, s string) {
	t.Helper()
	if strings.ContainsAny(s, "\n\r\t\x00") || s != strings.TrimSpace(s) || !utf8.ValidString(s) {
		t.Fatalf("line %q", s)
	}
}
