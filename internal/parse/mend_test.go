package parse

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// FuzzMend asks three things of every XML document, however torn: what gofeed gets
// to see is well-formed; what was read, written down as a sound document, reads the
// same again; and that sound document needs no mending.
func FuzzMend(f *testing.F) {
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		checkTailored(t, decode(b, "").text)
		doc, err := Parse(b, "")
		if err != nil || doc.Format == "json" {
			return
		}
		sound := written(t, doc)
		again, err := Parse([]byte(sound), "")
		if err != nil {
			t.Fatalf("%v\n%s", err, sound)
		}
		if diff := cmp.Diff(essence(doc), essence(again)); diff != "" {
			t.Fatalf("mended again: %s\n%s", diff, sound)
		}
		if len(again.Mended) > 0 {
			t.Fatalf("not sound: %q\n%s", again.Mended, sound)
		}
	})
}

// core is what the test compares of an item.
type core struct{ ID, Title, Text, Link, Date string }

func essence(d *Document) []core {
	out := []core{{d.ID, d.Title.Value, d.Description.Value, first(d.Links), ""}}
	if d.Format != "atom" {
		out[0].ID = ""
	}
	for _, it := range d.Items {
		out = append(out, core{it.ID, it.Title.Value, it.Content.Value, first(it.Links), it.Published})
	}
	return out
}

func first(links []Link) string {
	for _, l := range links {
		if l.Rel == "alternate" && l.Href != "" {
			return l.Href
		}
	}
	return ""
}

// written is a document written down anew, as a sound feed.
func written(t *testing.T, d *Document) string {
	var b strings.Builder
	element := func(name, value string) {
		if !utf8.ValidString(value) {
			t.Fatalf("no UTF-8: %q", value)
		}
		if value == "" {
			return
		}
		b.WriteString("<" + name + ">")
		xml.EscapeText(&b, []byte(value))
		name, _, _ = strings.Cut(name, " ")
		b.WriteString("</" + name + ">")
	}
	all := essence(d)
	if d.Format == "atom" {
		b.WriteString(`<feed xmlns="http://www.w3.org/2005/Atom">`)
		for i, c := range all {
			if i > 0 {
				b.WriteString("<entry>")
			}
			element("id", c.ID)
			element(`title type="html"`, c.Title)
			element("published", c.Date)
			if i == 0 {
				element(`subtitle type="html"`, c.Text)
			} else {
				element(`content type="html"`, c.Text)
			}
			if c.Link != "" {
				b.WriteString(`<link href="`)
				xml.EscapeText(&b, []byte(c.Link))
				b.WriteString(`"/>`)
			}
			if i > 0 {
				b.WriteString("</entry>")
			}
		}
		return b.String() + "</feed>"
	}
	b.WriteString(`<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>`)
	for i, c := range all {
		if i > 0 {
			b.WriteString("<item>")
		}
		element("guid", c.ID)
		element("title", c.Title)
		element("link", c.Link)
		element("pubDate", c.Date)
		if i == 0 {
			element("description", c.Text)
		} else {
			element("content:encoded", c.Text)
			b.WriteString("</item>")
		}
	}
	return b.String() + "</channel></rss>"
}
