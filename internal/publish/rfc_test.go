package publish

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/url"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tidings/internal/feed"
)

// checkRFC holds a document against the rules of RFC 4287 and XML 1.0 that a
// merged feed can break.
func checkRFC(t *testing.T, b []byte) {
	t.Helper()
	checkXML(t, b)
	doc := read(t, b)
	checkNames(t, doc.ID, doc.Title, doc.Updated)
	checkLinks(t, doc.Links)
	seen := map[string]bool{}
	for _, e := range doc.Entries {
		if seen[e.ID] {
			t.Errorf("id %s isn't unique (§4.1.1)", e.ID)
		}
		seen[e.ID] = true
		checkEntry(t, e)
		if e.Updated > doc.Updated {
			t.Errorf("entry is newer than the feed: %s, %s", e.Updated, doc.Updated)
		}
	}
}

func checkXML(t *testing.T, b []byte) {
	t.Helper()
	if !utf8.Valid(b) || !bytes.HasPrefix(b, []byte(`<?xml version="1.0" encoding="UTF-8"?>`)) {
		t.Error("document isn't UTF-8, or doesn't say so")
	}
	for _, r := range string(b) {
		if !allowed(r) {
			t.Errorf("character %U in the document", r)
		}
	}
	for d := xml.NewDecoder(bytes.NewReader(b)); ; {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, b)
		}
	}
}

// checkNames: an id is an IRI (§4.2.6), a title isn't blank, dates are of
// RFC 3339 (§3.3).
func checkNames(t *testing.T, id string, title readText, dates ...string) {
	t.Helper()
	if u, err := url.Parse(id); err != nil || u.Scheme == "" {
		t.Errorf("id %q is no IRI", id)
	}
	if strings.TrimSpace(title.Text) == "" || title.Type != "text" {
		t.Errorf("title %+v", title)
	}
	for _, d := range dates {
		if _, err := time.Parse(time.RFC3339, d); err != nil || !strings.HasSuffix(d, "Z") {
			t.Errorf("date %q: %v", d, err)
		}
	}
}

func checkEntry(t *testing.T, e readEntry) {
	t.Helper()
	checkNames(t, e.ID, e.Title, e.Published, e.Updated)
	if e.Updated < e.Published {
		t.Errorf("updated %s before it was published %s", e.Updated, e.Published)
	}
	if len(e.Authors) == 0 {
		t.Error("no author (§4.1.2)")
	}
	for _, a := range e.Authors {
		if a.Name == "" {
			t.Error("author without a name (§3.2)")
		}
	}
	for _, c := range e.Categories {
		if c.Term == "" {
			t.Error("category without a term (§4.2.2)")
		}
	}
	if len(e.Content) > 1 || len(e.Summary) > 1 {
		t.Error("more than one content or summary (§4.1.2)")
	}
	alternates := checkLinks(t, e.Links)
	if len(e.Content) == 0 && alternates == 0 {
		t.Error("neither content nor alternate link (§4.1.2)")
	}
	if e.Source != nil {
		checkNames(t, e.Source.ID, e.Source.Title, e.Source.Updated)
		checkLinks(t, e.Source.Links)
	}
}

// checkLinks: addresses are URIs; one alternate link of a kind (§4.1.2).
func checkLinks(t *testing.T, links []readLink) (alternates int) {
	t.Helper()
	for _, l := range links {
		u, err := url.ParseRequestURI(l.Href)
		if err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(l.Href, " <>\"{}|\\^`") {
			t.Errorf("address %q: %v", l.Href, err)
		}
		if l.Rel == "alternate" {
			alternates++
		}
	}
	if alternates > 1 {
		t.Errorf("%d alternate links", alternates)
	}
	return alternates
}

// The schema is written after appendix B of RFC 4287; where jing is installed
// it judges the document by it.
func TestSchema(t *testing.T) {
	jing, err := exec.LookPath("jing")
	if err != nil {
		t.Skip("jing isn't installed")
	}
	if out, err := exec.Command(jing, "-c", "testdata/atom.rnc", "testdata/river.atom").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if err := exec.Command(jing, "-c", "testdata/atom.rnc", "testdata/invalid.atom").Run(); err == nil {
		t.Error("the schema takes a feed without an author for valid")
	}
}

// Whatever changes the document changes the tag, and what it doesn't show
// doesn't: each field of a headline is changed in turn.
func TestTagKnowsWhatShapesTheDocument(t *testing.T) {
	silent := map[string]bool{}
	changes := 0
	for path := range fields(reflect.ValueOf(sample()).Elem(), "") {
		h := sample()
		var f Feed
		change(fieldsOf(reflect.ValueOf(h).Elem())[path])
		before, after := atom(t, f, []feed.Headline{*sample()}), atom(t, f, []feed.Headline{*h})
		sameTag := Tag([]feed.Headline{*sample()}, f) == Tag([]feed.Headline{*h}, f)
		switch same := bytes.Equal(before, after); {
		case !same && sameTag:
			t.Errorf("%s changes the document but not the tag", path)
		case !same:
			changes++
		case sameTag:
			silent[path] = true
		}
	}
	if changes < 25 {
		t.Errorf("only %d fields change the document", changes)
	}
	for _, path := range []string{".Mark.Read", ".Mark.Starred", ".Outlet.Folder", ".Story.Time", ".Entry.ID", ".Entry.Revised", ".Story.Copies"} {
		if !silent[path] {
			t.Errorf("%s changes the document or the tag", path)
		}
	}
}

func TestTagKnowsTheFeed(t *testing.T) {
	f, stories := river()
	seen := []string{Tag(stories, f), Tag(stories[1:], f), Tag(stories[:4], f), Tag(nil, f)}
	slices.Reverse(stories)
	seen = append(seen, Tag(stories, f))
	for path := range fields(reflect.ValueOf(&f).Elem(), "") {
		g := f
		change(fieldsOf(reflect.ValueOf(&g).Elem())[path])
		if path == ".Updated" {
			g.ID = f.ID
			seen = append(seen, Tag(nil, g))
			continue
		}
		seen = append(seen, Tag(stories, g))
	}
	for i, tag := range seen {
		if slices.Contains(seen[:i], tag) || len(tag) != 26 || tag[0] != '"' || tag[25] != '"' {
			t.Errorf("tag %d is %s", i, tag)
		}
	}
}

// sample is a headline of which every field that is published is set.
func sample() *feed.Headline {
	_, stories := river()
	h := &stories[0]
	h.Entry.Source = feed.Source{ID: "x", Title: "Origin", Link: "https://origin.example/"}
	h.Entry.Seen = day.Add(24 * time.Hour) // after all that its publisher says
	return h
}

// fields are the settable values below v by path: of structs, of the first
// element of slices, and of what pointers point to.
func fields(v reflect.Value, path string) map[string]reflect.Value {
	all := map[string]reflect.Value{}
	switch _, isTime := v.Interface().(time.Time); {
	case isTime:
		all[path] = v
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			for p, f := range fields(v.Field(i), path+"."+v.Type().Field(i).Name) {
				all[p] = f
			}
		}
	case v.Kind() == reflect.Pointer:
		return fields(v.Elem(), path)
	case v.Kind() == reflect.Slice:
		all[path] = v
		if v.Len() > 0 {
			for p, f := range fields(v.Index(0), path+"[0]") {
				all[p] = f
			}
		}
	default:
		all[path] = v
	}
	return all
}

func fieldsOf(v reflect.Value) map[string]reflect.Value { return fields(v, "") }

// change changes a value: a slice loses or gains an element.
func change(v reflect.Value) {
	switch x := v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(x.Add(5 * time.Hour)))
		return
	case bool:
		v.SetBool(!x)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "1")
	case reflect.Slice:
		if v.Len() > 0 {
			v.Set(v.Slice(0, v.Len()-1))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Uint64:
		v.SetUint(v.Uint() + 1)
	default:
		v.SetInt(v.Int() + 1)
	}
}
