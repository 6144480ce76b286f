package parse

import (
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzParse asks that no input makes Parse panic (its guard turns a panic into
// an error, which is looked for here), that what comes out is UTF-8 and within
// bounds, and that the tailor hands on well-formed XML whatever it reads.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, "")
	}
	f.Add([]byte("<rss><channel><item><title>x"), "text/xml; charset=utf-16")
	f.Fuzz(func(t *testing.T, b []byte, contentType string) {
		doc, err := Parse(b, contentType)
		if err != nil && strings.Contains(err.Error(), "parser failed") {
			t.Fatal(err)
		}
		checkTailored(t, decode(b, contentType).text)
		if err != nil {
			return
		}
		if len(doc.Items) > maxItems {
			t.Fatalf("%d items", len(doc.Items))
		}
		for _, it := range doc.Items {
			if !utf8.ValidString(it.Title.Value) || !utf8.ValidString(it.Content.Value) {
				t.Fatalf("no UTF-8: %q %q", it.Title.Value, it.Content.Value)
			}
		}
	})
}

// checkTailored asks a strict parser what it thinks of what gofeed gets to see.
func checkTailored(t *testing.T, text string) {
	t.Helper()
	w := newTailor(text)
	w.run()
	out := "<r>" + string(w.head) + string(w.list) + "</r>"
	d := xml.NewDecoder(strings.NewReader(out))
	for {
		_, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("the tailor hands on %q: %v", out, err)
		}
	}
}
