package demo

import (
	"bytes"
	"embed"
	"encoding/json"
	"encoding/xml"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"text/template"
	"time"
)

//go:embed templates
var templates embed.FS

// sheet is what templates see: an outlet, or all of them, as of now.
type sheet struct {
	*outlet
	Base    string // address of the publisher, without a slash at its end
	Latest  time.Time
	Lines   []line
	Line    *line     // on the page of an article
	Outlets []*outlet // on the page of all
	stamp   string    // names the state that it was taken from
}

// line is an item with all addresses absolute, as a feed lists it.
type line struct {
	*item
	Title   string // as the feed writes it
	ID      string
	Link    string
	Page    string
	Summary string
	Content string // HTML; empty where the feed carries teasers
	Picture string
	Audio   string
	Source  *outlet // where it was taken from; nil: it is the outlet's own
}

// sheet is taken under the lock; what it holds doesn't change afterwards.
func (p *Publisher) sheet(o *outlet, base string) *sheet {
	s := &sheet{outlet: o, Base: base, Latest: o.latest()}
	for _, it := range o.list() {
		s.Lines = append(s.Lines, p.line(it, base))
	}
	return s
}

func (p *Publisher) line(it *item, base string) line {
	l := line{
		item: it, Title: it.Title, ID: base + it.path(), Link: base + it.link(), Page: base + it.path(),
		Summary: it.Summary, Source: p.bySlug[it.From],
	}
	if it.Cut > 0 {
		l.Summary = cut(plain(it.Body), it.Cut)
	}
	if it.outlet.Twice {
		l.Title = escapeXML(l.Title)
	}
	if !it.outlet.Teasers && it.Cut == 0 {
		l.Content = it.content(base)
	}
	if a := it.picture(); a != "" {
		l.Picture = base + a
	}
	if a := it.audio(); a != "" {
		l.Audio = base + a
	}
	return l
}

// ItemID is the id inside the outlet, for templates.
func (l line) ItemID() string { return l.item.ID }

// Inline reports whether the picture stands in the text already, for templates.
func (l line) Inline() bool { return strings.Contains(l.Body, l.item.picture()) }

// content is the text as a feed carries it.
func (it *item) content(base string) string {
	if it.outlet.Relative {
		return it.Body
	}
	return strings.NewReplacer(`src="/`, `src="`+base+`/`, `href="/`, `href="`+base+`/`).Replace(it.Body)
}

// document is the outlet's feed.
func (s *sheet) document() ([]byte, string, error) {
	if s.Format == "json" {
		b, err := s.jsonFeed()
		return b, "application/feed+json; charset=utf-8", err
	}
	t, err := template.New("").Funcs(template.FuncMap{
		"xml":     escapeXML,
		"rfc822":  func(t time.Time) string { return t.Format("Mon, 02 Jan 2006 15:04:05 GMT") },
		"rfc3339": func(t time.Time) string { return t.Format(time.RFC3339) },
	}).ParseFS(templates, "templates/"+s.Format+".xml")
	if err != nil {
		return nil, "", err
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, s.Format+".xml", s); err != nil {
		return nil, "", fmt.Errorf("write feed of %s: %w", s.Slug, err)
	}
	types := map[string]string{"rss": "application/rss+xml", "rdf": "application/rdf+xml", "atom": "application/atom+xml"}
	return encode(b.String(), s.Charset), types[s.Format] + "; charset=" + s.Charset, nil
}

// page is an HTML page: "index", "front", "article" or "away".
func (s *sheet) page(name string) ([]byte, error) {
	t, err := htmltemplate.New("").Funcs(htmltemplate.FuncMap{
		"trusted":  func(s string) htmltemplate.HTML { return htmltemplate.HTML(s) },
		"day":      func(t time.Time) string { return t.Format("2 January 2006, 15:04") },
		"rfc3339":  func(t time.Time) string { return t.Format(time.RFC3339) },
		"feedType": func(format string) string { return feedTypes()[format] },
	}).ParseFS(templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name+".html", s); err != nil {
		return nil, fmt.Errorf("write page %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// feedTypes are the types by which pages link to feeds.
func feedTypes() map[string]string {
	return map[string]string{
		"rss": "application/rss+xml", "rdf": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json",
	}
}

// jsonFeed is the outlet's feed in JSON Feed 1.1 (https://jsonfeed.org/version/1.1).
func (s *sheet) jsonFeed() ([]byte, error) {
	items := []map[string]any{}
	for _, l := range s.Lines {
		items = append(items, l.jsonItem())
	}
	b, err := json.MarshalIndent(map[string]any{
		"version":       "https://jsonfeed.org/version/1.1",
		"title":         s.Name,
		"description":   s.About,
		"home_page_url": s.Base + "/" + s.Slug + "/",
		"feed_url":      s.Base + s.FeedPath(),
		"icon":          s.Base + "/" + s.Slug + "/icon.png",
		"language":      s.Language,
		"items":         items,
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write feed of %s: %w", s.Slug, err)
	}
	return b, nil
}

func (l line) jsonItem() map[string]any {
	m := map[string]any{
		"id": l.ID, "url": l.Link, "date_published": l.At.Format(time.RFC3339), "summary": l.Summary,
	}
	set := func(name string, value any, ok bool) {
		if ok {
			m[name] = value
		}
	}
	set("title", l.Title, l.Title != "")
	set("content_html", l.Content, l.Content != "")
	set("content_text", l.Summary, l.Content == "")
	set("image", l.Picture, l.Picture != "")
	set("tags", l.Tags, len(l.Tags) > 0)
	set("authors", []map[string]string{{"name": l.Author}}, l.Author != "")
	set("date_modified", l.Updated.Format(time.RFC3339), !l.Updated.IsZero())
	return m
}

func escapeXML(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err) // a strings.Builder takes everything
	}
	return strings.NewReplacer("&#xA;", "\n", "&#x9;", "\t", "&#34;", `"`, "&#39;", "'").Replace(b.String())
}

// encode writes an XML document in a charset; characters that it lacks become
// references.
func encode(s, charset string) []byte {
	if charset != "iso-8859-1" {
		return []byte(s)
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r <= 0xff {
			b = append(b, byte(r))
			continue
		}
		b = fmt.Appendf(b, "&#%d;", r)
	}
	return b
}
