package opml

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Feeds whose end tags are missing don't become the folders of what comes after them.
func TestFeedsWithoutEndTags(t *testing.T) {
	f := func(name string) string {
		return `<outline text="` + name + `" xmlUrl="https://` + name + `.example/">`
	}
	folder := func(name string) string { return `<outline text="` + name + `">` }
	const end, done = "</outline>\n", "</body></opml>"
	for name, c := range map[string]struct{ in, want string }{
		"none at all":            {f("a") + f("b") + f("c") + done, " a, b, c"},
		"none, and cut off":      {f("a") + f("b") + f("c"), " a, b, c"},
		"none, not for folders":  {folder("F") + f("a") + f("b") + folder("G") + f("c") + done, " F|a, F|b, F/G|c"},
		"only for folders":       {folder("F") + f("a") + f("b") + end + folder("G") + f("c") + f("d") + end + f("e") + done, " F|a, F|b, G|c, G|d, e"},
		"for some":               {folder("F") + f("a") + f("b") + end + f("c") + end + end + folder("G") + f("d") + end + end + done, " F|a, F|b, F|c, G|d"},
		"all there":              {folder("F") + f("a") + end + f("b") + end + end + f("c") + end + done, " F|a, F|b, c"},
		"a feed and folder":      {folder("F") + f("a") + f("b") + end + f("c") + end + end + f("d") + end + end + done, " F|a, F/a|b, F/a|c, F|d"},
		"all there, but cut off": {folder("F") + folder("G") + f("a") + end + f("b") + end, " F/G|a, F/G|b"},
		"commented out": {f("a") + strings.Replace(f("b"), "text", `isComment="true" text`, 1) + f("c") + done,
			" a, c"},
	} {
		l := read(t, "<opml><body>\n"+c.in, Limits{})
		var got []string
		for _, o := range l.Feeds {
			got = append(got, strings.TrimPrefix(o.Folder+"|"+o.Title, "|"))
		}
		if want := strings.Split(c.want[1:], ", "); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// A list of feeds without end tags is no deep nest, however long it is.
func TestManyFeedsWithoutEndTags(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<opml><body><outline text="All">`)
	for i := range 2000 {
		fmt.Fprintf(&b, "<outline text=\"Feed %d\" xmlUrl=\"https://f%d.example/\">\n", i, i)
	}
	l := read(t, b.String()+"</outline></body></opml>", Limits{})
	if len(l.Feeds) != 2000 || len(l.Problems) != 0 {
		t.Fatalf("%d feeds, problems %v", len(l.Feeds), l.Problems)
	}
	for _, o := range l.Feeds {
		if o.Folder != "All" {
			t.Fatalf("%s is in %q", o.Title, o.Folder)
		}
	}
}
