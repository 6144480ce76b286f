package parse

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/mmcdole/gofeed/rss"
)

// readRSS has gofeed read what the tailor made of an RSS or RDF document.
func (t *tailor) readRSS() (*Document, error) {
	parts := io.MultiReader(strings.NewReader("<rss><channel>"), bytes.NewReader(t.head),
		bytes.NewReader(t.list), strings.NewReader("</channel></rss>"))
	f, err := (&rss.Parser{}).Parse(parts)
	if err != nil {
		return nil, fmt.Errorf("read %s feed: %w", t.format, err)
	}
	x := extensions{t, f.Extensions}
	d := &Document{
		Format: t.format, Version: t.version, Mended: t.mended,
		ID:          firstOf(x.str("t", "id"), x.str("atom", "id"), t.about),
		Title:       firstText(t.textOf(f.Title), x.text("dc", "title"), t.constructOf(x.first("atom", "title")), x.text("itunes", "title")),
		Description: t.feedDescription(f, x),
		Rights:      firstText(t.textOf(f.Copyright), x.text("t", "rights"), x.text("dc", "rights"), t.constructOf(x.first("atom", "rights"))),
		Language:    firstOf(t.str(f.Language), x.str("dc", "language"), t.lang),
		Published:   firstOf(x.last("t", "published"), x.last("t", "issued")),
		Updated:     firstOf(x.last("t", "updated"), x.last("dc", "date"), x.last("t", "created")),
		Generator:   firstOf(t.str(f.Generator), x.attr("admin", "generatoragent", "resource")),
		Hints: Hints{TTL: t.str(f.TTL), SkipHours: t.strs(f.SkipHours), SkipDays: t.strs(f.SkipDays),
			UpdatePeriod: x.str("sy", "updateperiod"), UpdateFrequency: x.str("sy", "updatefrequency"), UpdateBase: x.str("sy", "updatebase")},
	}
	if c := f.Cloud; c != nil {
		d.Cloud = Cloud{Domain: t.str(c.Domain), Port: t.str(c.Port), Path: t.str(c.Path), Protocol: t.str(c.Protocol)}
	}
	t.rssLinks(&d.Links, f.Links, x)
	d.Authors = t.feedAuthors(f, x)
	d.Contributors = x.contributors()
	t.rssCategories(&d.Categories, f.Categories, x)
	if f.Image != nil && f.Image.URL != "" {
		d.Images = append(d.Images, t.ref(f.Image.URL))
	}
	x.images(&d.Images)
	d.Icon = t.ref(x.first("atom", "icon"))
	d.Items = make([]Item, len(f.Items))
	for i, it := range f.Items {
		before := t.entities.count()
		t.rssItem(&d.Items[i], it)
		t.judge(&d.Items[i], before)
	}
	return d, nil
}

func (t *tailor) feedDescription(f *rss.Feed, x extensions) Text {
	return firstText(t.textOf(f.Description), x.text("t", "subtitle"), x.text("dc", "description"),
		x.text("itunes", "summary"), x.text("itunes", "subtitle"), t.constructOf(x.first("atom", "subtitle")))
}

// feedAuthors are the people of a channel. managingEditor is responsible for
// what it says; webMaster is asked only for want of others.
func (t *tailor) feedAuthors(f *rss.Feed, x extensions) []Person {
	people := raw(x.strs("t", "author"), t.str(f.ManagingEditor))
	people = append(people, x.people("atom", "author")...)
	people = append(people, raw(x.strs("dc", "creator"))...)
	people = append(people, raw(x.strs("dc", "author"))...)
	people = append(people, raw(x.strs("itunes", "author"))...)
	people = append(people, x.people("itunes", "owner")...)
	if len(people) == 0 {
		people = raw(x.strs("dc", "publisher"), t.str(f.WebMaster))
	}
	return people
}

func (t *tailor) rssItem(d *Item, it *rss.Item) {
	x := extensions{t, it.Extensions}
	*d = Item{
		Title:     firstText(t.textOf(it.Title), x.text("dc", "title"), t.constructOf(x.first("atom", "title")), x.mediaText("title"), x.text("itunes", "title")),
		Summary:   firstText(t.textOf(it.Description), x.text("dc", "description"), x.text("t", "summary"), t.constructOf(x.first("atom", "summary"))),
		Content:   firstText(t.textOf(it.Content), x.text("xhtml", "body"), t.constructOf(x.first("atom", "content")), x.text("t", "body")),
		Fallback:  firstText(x.mediaText("description"), x.text("itunes", "summary"), x.text("itunes", "subtitle")),
		Rights:    firstText(x.text("t", "rights"), x.text("dc", "rights"), t.constructOf(x.first("atom", "rights"))),
		Original:  x.str("t", "original"),
		Comments:  t.ref(it.Comments),
		Published: firstOf(x.last("t", "published"), x.last("dc", "date"), x.last("t", "issued"), x.last("t", "created")),
		Updated:   x.last("t", "updated"),
	}
	if d.Updated == "" && x.first("t", "published") != "" { // both pubDate and dc:date
		d.Updated = x.last("dc", "date")
	}
	d.Language = firstOf(x.str("dc", "language"), x.str("t", "lang"), d.Title.Lang, d.Content.Lang, d.Summary.Lang, t.lang)
	if sum := x.text("t", "summary"); d.Content.IsZero() && !sum.IsZero() && sum.Value != d.Summary.Value {
		d.Content = sum
	}
	t.identify(d, it, x)
	t.rssLinks(&d.Links, it.Links, x)
	d.Authors = raw(x.strs("dc", "creator"))
	d.Authors = append(d.Authors, raw(x.strs("dc", "author"), t.str(it.Author))...)
	d.Authors = append(d.Authors, x.people("atom", "author")...)
	d.Authors = append(d.Authors, raw(x.strs("itunes", "author"))...)
	if len(d.Authors) == 0 {
		d.Authors = append(x.people("itunes", "owner"), raw(x.strs("dc", "publisher"))...)
	}
	d.Contributors = x.contributors()
	t.rssCategories(&d.Categories, it.Categories, x)
	for _, e := range it.Enclosures {
		if r := t.ref(e.URL); r.Href != "" {
			d.Enclosures = append(d.Enclosures, Enclosure{Ref: r, Type: t.str(e.Type), Length: t.str(e.Length), Duration: x.str("itunes", "duration")})
		}
	}
	x.media(d)
	if s := it.Source; s != nil {
		d.Source = Source{Title: t.textOf(s.Title), Link: t.ref(s.URL)}
	}
	x.atomSource(&d.Source)
}

// identify takes the guid, or for want of it what identifies an item in other
// vocabularies.
func (t *tailor) identify(d *Item, it *rss.Item, x extensions) {
	if it.GUID != nil && it.GUID.Value != "" {
		d.ID, d.IsPermaLink = t.str(it.GUID.Value), it.GUID.IsPermalink != "false"
		return
	}
	d.ID = firstOf(x.str("t", "about"), x.str("atom", "id"), x.str("t", "id"), x.str("dc", "identifier"))
}

// rssLinks are the links of a channel or item, atom:link among them.
func (t *tailor) rssLinks(out *[]Link, own []string, x extensions) {
	for _, n := range own {
		if r := t.ref(n); r.Href != "" {
			*out = append(*out, Link{Ref: r, Rel: "alternate"})
		}
	}
	x.links(out)
}

func (t *tailor) rssCategories(out *[]Category, own []*rss.Category, x extensions) {
	for _, c := range own {
		if s := t.str(c.Value); s != "" {
			*out = append(*out, Category{Term: s, Scheme: t.str(c.Domain)})
		}
	}
	x.categories(out)
}

// raw makes people of strings such as "mail (Name)".
func raw(lists []string, more ...string) []Person {
	var people []Person
	for _, s := range append(lists, more...) {
		if s != "" {
			people = append(people, Person{Raw: s})
		}
	}
	return people
}
