package publish

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
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
		u, err := url.Parse(l.Href)
		if err != nil || !u.IsAbs() || u.Host == "" || u.User != nil || strings.ContainsAny(l.Href, " <>\"{}|\\^`") {
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
