package parse

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/mmcdole/gofeed/atom"
)

// readAtom has gofeed read what the tailor made of an Atom document.
func (t *tailor) readAtom() (*Document, error) {
	parts := io.MultiReader(strings.NewReader("<feed>"), bytes.NewReader(t.head),
		bytes.NewReader(t.list), strings.NewReader("</feed>"))
	f, err := (&atom.Parser{}).Parse(parts)
	if err != nil {
		return nil, fmt.Errorf("read atom feed: %w", err)
	}
	x := extensions{t, f.Extensions}
	d := &Document{
		Format: "atom", Version: t.version, Mended: t.mended,
		ID:           t.str(f.ID),
		Title:        firstText(t.constructOf(f.Title), x.text("dc", "title")),
		Description:  firstText(t.constructOf(f.Subtitle), t.constructOf(x.first("t", "info")), x.text("t", "description"), x.text("dc", "description"), x.text("itunes", "summary")),
		Rights:       firstText(t.constructOf(f.Rights), x.text("dc", "rights")),
		Links:        t.atomLinks(f.Links, x),
		Language:     firstOf(t.lang, x.str("t", "language"), x.str("dc", "language")),
		Published:    firstOf(x.last("t", "published"), x.last("t", "issued"), x.last("t", "created")),
		Updated:      firstOf(x.last("t", "updated"), x.last("dc", "date")),
		Authors:      append(t.atomPeople(f.Authors), raw(x.strs("dc", "creator"), x.strs("itunes", "author")...)...),
		Contributors: append(t.atomPeople(f.Contributors), raw(x.strs("dc", "contributor"))...),
		Categories:   t.atomCategories(f.Categories, x),
		Icon:         t.ref(f.Icon),
		Hints:        Hints{UpdatePeriod: x.str("sy", "updateperiod"), UpdateFrequency: x.str("sy", "updatefrequency"), UpdateBase: x.str("sy", "updatebase")},
	}
	if f.Logo != "" {
		d.Images = append(d.Images, t.ref(f.Logo))
	}
	x.images(&d.Images)
	if g := f.Generator; g != nil {
		d.Generator = strings.TrimSpace(firstOf(t.str(g.Value), t.str(g.URI)) + " " + t.str(g.Version))
	}
	d.Items = make([]Item, len(f.Entries))
	for i, e := range f.Entries {
		before := t.entities.count()
		t.atomEntry(&d.Items[i], e)
		t.judge(&d.Items[i], before)
	}
	return d, nil
}

func (t *tailor) atomEntry(d *Item, e *atom.Entry) {
	x := extensions{t, e.Extensions}
	*d = Item{
		ID:           firstOf(t.str(e.ID), x.str("t", "about"), x.str("dc", "identifier")),
		Title:        firstText(t.constructOf(e.Title), x.text("dc", "title"), x.mediaText("title")),
		Summary:      firstText(t.constructOf(e.Summary), x.text("t", "description"), x.text("dc", "description")),
		Fallback:     firstText(x.mediaText("description"), x.text("itunes", "summary")),
		Rights:       firstText(t.constructOf(e.Rights), x.text("dc", "rights")),
		Links:        t.atomLinks(e.Links, x),
		Original:     x.str("t", "original"),
		Published:    firstOf(x.last("t", "published"), x.last("t", "issued"), x.last("t", "created"), x.last("dc", "date")),
		Updated:      x.last("t", "updated"),
		Authors:      append(t.atomPeople(e.Authors), raw(x.strs("dc", "creator"), x.strs("itunes", "author")...)...),
		Contributors: append(t.atomPeople(e.Contributors), raw(x.strs("dc", "contributor"))...),
		Categories:   t.atomCategories(e.Categories, x),
	}
	if c := e.Content; c != nil {
		d.Content = t.constructOf(c.Value)
		if r := t.ref(c.Src); r.Href != "" { // content elsewhere (RFC 4287 §4.1.3.2)
			d.Links = append(d.Links, Link{Ref: r, Rel: "content", Type: t.str(c.Type)})
		}
	}
	d.Content = firstText(d.Content, x.text("content", "encoded"), x.text("xhtml", "body"))
	d.Language = firstOf(t.coat(e.Title).lang, t.coat(contentNumber(e)).lang, t.coat(e.Summary).lang, x.str("t", "lang"), x.str("dc", "language"), t.lang)
	for _, l := range d.Links {
		switch l.Rel {
		case "enclosure":
			d.Enclosures = append(d.Enclosures, Enclosure{Ref: l.Ref, Type: l.Type, Length: l.Length, Duration: x.str("itunes", "duration")})
		case "replies":
			if d.Comments.Href == "" && (l.Type == "" || strings.Contains(l.Type, "html")) {
				d.Comments = l.Ref
			}
		}
	}
	x.media(d)
	if s := e.Source; s != nil {
		d.Source = Source{ID: t.str(s.ID), Title: t.constructOf(s.Title), Link: alternate(t.atomLinks(s.Links, extensions{t: t}))}
	}
}

func contentNumber(e *atom.Entry) string {
	if e.Content == nil {
		return ""
	}
	return e.Content.Value
}

func (t *tailor) atomLinks(links []*atom.Link, x extensions) []Link {
	out := make([]Link, 0, len(links))
	for _, l := range links {
		if l.Href == "" {
			continue // says nothing
		}
		rel := ""
		if l.Rel != "alternate" { // gofeed's default
			rel = t.str(l.Rel)
		}
		out = append(out, Link{Ref: t.ref(l.Href), Rel: relation(rel), Type: t.str(l.Type), Title: t.str(l.Title), Length: t.str(l.Length)})
	}
	x.links(&out)
	return out
}

// relation is the short form of a link's relation, "alternate" for want of one: a name
// that is registered means the same as its address (RFC 4287 §4.2.7.2), in any case.
func relation(rel string) string {
	name := strings.ToLower(strings.TrimPrefix(rel, "http://www.iana.org/assignments/relation/"))
	switch name {
	case "":
		return "alternate"
	case "alternate", "self", "enclosure", "related", "via", "replies", "hub", "license", "next", "payment":
		return name
	}
	return rel
}

func (t *tailor) atomPeople(people []*atom.Person) []Person {
	var out []Person
	for _, p := range people {
		q := Person{Name: t.str(p.Name), Email: t.str(p.Email), URI: t.ref(p.URI)}
		if q.Name != "" || q.Email != "" || q.URI.Href != "" {
			out = append(out, q)
		}
	}
	return out
}

func (t *tailor) atomCategories(own []*atom.Category, x extensions) []Category {
	var out []Category
	for _, c := range own {
		out = append(out, Category{Term: t.str(c.Term), Scheme: t.str(c.Scheme), Label: t.str(c.Label)})
	}
	x.categories(&out)
	return out
}

// alternate is the address of the page among links: the first alternate of
// type text/html or none, else the first alternate.
func alternate(links []Link) Ref {
	var second Ref
	for _, l := range links {
		if l.Rel != "alternate" || l.Href == "" {
			continue
		}
		if l.Type == "" || strings.Contains(l.Type, "html") {
			return l.Ref
		}
		if second.Href == "" {
			second = l.Ref
		}
	}
	return second
}
