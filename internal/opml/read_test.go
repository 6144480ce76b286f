package opml

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"

	"tidings/internal/feed"
)

var update = flag.Bool("update", false, "write the goldens anew")

// TestRead reads every fixture, whose oddity stands in its first comment, and
// compares what comes of it with its golden.
func TestRead(t *testing.T) {
	files, err := filepath.Glob("testdata/*.opml")
	if err != nil || len(files) < 9 {
		t.Fatalf("%d fixtures, error %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			list, err := Read(bytes.NewReader(b), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(file, ".opml")+".golden", describe(list))
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func describe(l *List) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q\n", l.Title)
	for _, f := range l.Feeds {
		fmt.Fprintf(&b, "%d: %s\n   %q named %t in %q\n   site %q, description %q, language %q, tags %q\n",
			f.Line, f.URL, f.Title, f.Named, f.Folder, f.SiteURL, f.Description, f.Language, f.Tags)
		if f.Paused || f.Rule != (feed.Rule{}) {
			fmt.Fprintf(&b, "   paused %t, copies %+v\n", f.Paused, f.Rule)
		}
	}
	for _, i := range l.Includes {
		fmt.Fprintf(&b, "includes %d: %s %q in %q\n", i.Line, i.URL, i.Title, i.Folder)
	}
	for _, r := range l.Rules {
		fmt.Fprintf(&b, "copies in %q: %+v\n", r.Folder, r.Rule)
	}
	for _, p := range l.Problems {
		fmt.Fprintf(&b, "problem %d: %q: %s\n", p.Line, p.Text, p.Reason)
	}
	if l.Cut {
		b.WriteString("cut off\n")
	}
	return b.String()
}

func read(t *testing.T, s string, limits Limits) *List {
	t.Helper()
	l, err := Read(strings.NewReader(s), limits)
	if err != nil {
		t.Fatalf("Read(%.80q): %v", s, err)
	}
	return l
}

func TestReadEncodings(t *testing.T) {
	const list = `<?xml version="1.0" encoding="%s"?><opml version="2.0"><body><outline text="Žluť 猫" xmlUrl="https://a.example/"/></body></opml>`
	utf16 := func(order unicode.Endianness, bom unicode.BOMPolicy, label string) string {
		s, err := unicode.UTF16(order, bom).NewEncoder().String(fmt.Sprintf(list, label))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, in := range map[string]string{
		"UTF-8":                   fmt.Sprintf(list, "utf-8"),
		"UTF-8 with BOM":          "\ufeff" + fmt.Sprintf(list, "UTF-8"),
		"UTF-8 that says UTF-16":  fmt.Sprintf(list, "utf-16"),
		"unknown encoding":        fmt.Sprintf(list, "x-klingon"),
		"UTF-16LE with BOM":       utf16(unicode.LittleEndian, unicode.UseBOM, "utf-16"),
		"UTF-16BE with BOM":       utf16(unicode.BigEndian, unicode.UseBOM, "utf-16"),
		"UTF-16LE without":        utf16(unicode.LittleEndian, unicode.IgnoreBOM, "utf-16"),
		"UTF-16BE without":        utf16(unicode.BigEndian, unicode.IgnoreBOM, "utf-16"),
		"lines before the prolog": "\n\n" + fmt.Sprintf(list, "utf-8"),
	} {
		if l := read(t, in, Limits{}); len(l.Feeds) != 1 || l.Feeds[0].Title != "Žluť 猫" || len(l.Problems) != 0 {
			t.Errorf("%s: %+v", name, l)
		}
	}
	in := "<opml><body><outline text='Caf\xe9 \x96' xmlUrl='https://a.example/'/></body></opml>"
	if l := read(t, in, Limits{}); l.Feeds[0].Title != "Café –" {
		t.Errorf("undeclared windows-1252: %q", l.Feeds[0].Title)
	}
}

func TestReadAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.example/f":            "https://a.example/f",
		" https://a.example/f\n":         "https://a.example/f",
		"HTTPS://a.example/f":            "https://a.example/f",
		"feed:https://a.example/f":       "https://a.example/f",
		"FEED://a.example/f":             "http://a.example/f",
		"feed://https://a.example/f":     "https://a.example/f",
		"web+feed:http://a.example/f":    "http://a.example/f",
		"http://u:p@a.example/f?x=1&y=2": "http://u:p@a.example/f?x=1&y=2",
		"http://a.example/a b":           "http://a.example/a%20b",
		"feed:javascript:alert(1)":       "",
		"ftp://a.example/f":              "",
		"//a.example/f":                  "",
		"http:a.example":                 "",
		"http://[::1":                    "",
		"|/bin/sh":                       "",
	} {
		l := read(t, `<opml><body><outline text="x" xmlUrl="`+in+`"/></body></opml>`, Limits{})
		switch {
		case want == "" && (len(l.Feeds) != 0 || len(l.Problems) != 1 || l.Problems[0].Line != 1 || l.Problems[0].Reason == ""):
			t.Errorf("%q: %+v", in, l)
		case want != "" && (len(l.Feeds) != 1 || l.Feeds[0].URL != want):
			t.Errorf("%q: %+v, want %s", in, l, want)
		}
	}
}

func TestReadLimits(t *testing.T) {
	outline := `<outline text="x" xmlUrl="https://a.example/"/>`
	l := read(t, `<opml><body>`+strings.Repeat(outline, 10)+`</body></opml>`, Limits{Outlines: 4})
	if len(l.Feeds) != 4 || len(l.Problems) != 1 || !strings.Contains(l.Problems[0].Reason, "more than 4") {
		t.Errorf("outlines: %d, %v", len(l.Feeds), l.Problems)
	}
	deep := strings.Repeat(`<outline text="f">`, 9)
	l = read(t, `<opml><body>`+deep+outline+strings.Repeat(`</outline>`, 9)+outline+`</body></opml>`, Limits{Depth: 3})
	if l.Feeds[0].Folder != "f/f/f" || l.Feeds[1].Folder != "" || len(l.Problems) != 1 {
		t.Errorf("depth: %+v", l)
	}
	long := `<opml><body>` + outline + strings.Repeat(`<!-- a comment of some forty characters -->`, 60_000) + outline + `</body></opml>`
	l = read(t, long, Limits{Bytes: 2 << 20})
	if len(l.Feeds) != 1 || len(l.Problems) != 1 || !strings.Contains(l.Problems[0].Reason, "larger than 2 MiB") {
		t.Errorf("bytes: %d, %v", len(l.Feeds), l.Problems)
	}
	l = read(t, `<opml><body>`+outline+`<outline text="`+strings.Repeat("a", 3<<20), Limits{})
	if len(l.Feeds) != 1 || len(l.Problems) != 1 {
		t.Errorf("endless tag: %d, %v", len(l.Feeds), l.Problems)
	}
}

// TestReadOther reads what is no OPML: each error says what to do.
func TestReadOther(t *testing.T) {
	for in, want := range map[string]string{
		"":                                     "empty",
		" \n":                                  "empty",
		"PK\x03\x04abcd":                       "unpack",
		"\x1f\x8b\x08abc":                      "gunzip",
		`<?xml version="1.0"?><rss><channel/>`: "it is a feed",
		`<feed xmlns="x"></feed>`:              "it is a feed",
		"<!DOCTYPE html><html><title>Log in</title></html>": "web page",
		`{"version": "https://jsonfeed.org"}`:               "as OPML",
		"https://a.example/feed\n":                          "as OPML",
	} {
		_, err := Read(strings.NewReader(in), Limits{})
		var hint *feed.Hint
		if err == nil || !errors.As(err, &hint) || !strings.Contains(err.Error(), want) {
			t.Errorf("Read(%q) = %v, want %q", in, err, want)
		}
	}
}

func TestReadFails(t *testing.T) {
	broken := errors.New("disk on fire")
	head := strings.NewReader(`<opml><body><outline text="x" xmlUrl="https://a.example/"/>` + strings.Repeat(" ", 9000))
	r := &chain{head, iotest.ErrReader(broken)}
	l, err := Read(r, Limits{})
	if !errors.Is(err, broken) || l == nil || len(l.Feeds) != 1 {
		t.Errorf("Read = %+v, %v", l, err)
	}
	if _, err := Read(iotest.ErrReader(broken), Limits{}); !errors.Is(err, broken) {
		t.Errorf("Read = %v", err)
	}
}

// chain reads from its first reader until that ends, then from the second.
type chain struct {
	first  *strings.Reader
	second interface{ Read([]byte) (int, error) }
}

func (c *chain) Read(b []byte) (int, error) {
	if c.first.Len() > 0 {
		return c.first.Read(b)
	}
	return c.second.Read(b)
}

// FuzzRead holds that no bytes make Read fail in an unforeseen way, and that it
// keeps its promises for what it gives.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.opml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		limits := Limits{Outlines: 50, Depth: 5}
		l, err := Read(bytes.NewReader(b), limits)
		if err != nil {
			return
		}
		lines := bytes.Count(b, []byte{'\n'}) + 1
		if len(l.Feeds) > limits.Outlines {
			t.Errorf("%d feeds", len(l.Feeds))
		}
		for _, o := range l.Feeds {
			if !strings.HasPrefix(o.URL, "http://") && !strings.HasPrefix(o.URL, "https://") || o.Title == "" || o.Line < 1 {
				t.Errorf("%+v", o)
			}
			if strings.Contains(o.Title, "\n") || strings.Count(o.Folder, "/") > limits.Depth && len(o.Tags) == 0 {
				t.Errorf("%+v", o)
			}
			if o.Line > lines && bytes.IndexByte(b, 0) < 0 {
				t.Errorf("line %d of %d", o.Line, lines)
			}
		}
		again(t, l)
	})
}
