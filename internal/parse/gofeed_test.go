package parse

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestFaultsOfGofeed holds what gofeed v1.4.2 gets wrong by itself and must not
// bite: a panic, silence, minutes, gigabytes.
func TestFaultsOfGofeed(t *testing.T) {
	const atom = `<feed xmlns="%s"%s><entry><id>%s</id><title>Kept</title><link href="a.html"/></entry></feed>`
	spaces := ""
	for i := range 2000 {
		spaces += fmt.Sprintf(` xmlns:n%d="http://space.example/%d"`, i, i)
	}
	for name, c := range map[string]struct {
		body  string
		items int
		id    string // of the first item
	}{
		"panic on items that are null":   {`{"version":"https://jsonfeed.org/version/1","items":[null]}`, 0, ""},
		"Atom's namespace under https":   {fmt.Sprintf(atom, "https://www.w3.org/2005/Atom", "", "urn:x"), 1, "urn:x"},
		"root behind 4,096 bytes":        {"<!--" + strings.Repeat("x", 5000) + "-->" + fmt.Sprintf(atom, "http://www.w3.org/2005/Atom", "", "urn:x"), 1, "urn:x"},
		"2,000 namespaces":               {fmt.Sprintf(atom, "http://www.w3.org/2005/Atom", spaces, "urn:x"), 1, "urn:x"},
		"2,000 namespaces at the item":   {strings.Replace(fmt.Sprintf(atom, "http://www.w3.org/2005/Atom", "", "urn:x"), "<entry>", "<entry"+spaces+">", 1), 1, "urn:x"},
		"1,000,000 empty items":          {`<rss version="2.0"><channel>` + strings.Repeat("<item/>", 1_000_000) + "</channel></rss>", 0, ""},
		"1,000,000 items":                {`<rss version="2.0"><channel>` + strings.Repeat("<item></item>", 1_000_000) + "</channel></rss>", maxItems, ""},
		"an id that looks like a link":   {fmt.Sprintf(atom, "http://www.w3.org/2005/Atom", ` xml:base="http://b.example/d/"`, "HTTP://B.Example:80/%7Ea/../x"), 1, "HTTP://B.Example:80/%7Ea/../x"},
		"an id that is a relative link":  {fmt.Sprintf(atom, "http://www.w3.org/2005/Atom", ` xml:base="http://b.example/d/"`, "../x"), 1, "../x"},
		"a base with the name of a file": {fmt.Sprintf(atom, "http://www.w3.org/2005/Atom", ` xml:base="http://b.example/d/index.html"`, "urn:x"), 1, "urn:x"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			doc, err := Parse([]byte(c.body), "")
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if err != nil || len(doc.Items) != c.items {
				t.Fatalf("%v, %v, want %d items", doc, err, c.items)
			}
			if c.id != "" && doc.Items[0].ID != c.id {
				t.Errorf("id %q", doc.Items[0].ID)
			}
			if spent := after.TotalAlloc - before.TotalAlloc; took > 10*time.Second || spent > 128<<20 {
				t.Errorf("took %v and %d MB", took, spent>>20)
			}
		})
	}
}

// A base that names a file stays whole: what is relative to it is decided where
// addresses are resolved.
func TestBaseIsVerbatim(t *testing.T) {
	doc, err := Parse([]byte(`<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://b.example/d/index.html"><entry xml:base="e/x.html"><link href="a.html"/></entry></feed>`), "")
	if err != nil {
		t.Fatal(err)
	}
	l := doc.Items[0].Links[0]
	if l.Href != "a.html" || l.Base.Href != "e/x.html" || l.Base.Outer.Href != "http://b.example/d/index.html" {
		t.Errorf("link %+v in base %+v", l, l.Base)
	}
}
