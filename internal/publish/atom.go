package publish

import (
	"github.com/gorilla/feeds"

	"tidings/internal/feed"
)

const namespace = "http://www.w3.org/2005/Atom"

// document is atom:feed.
type document struct {
	Title    text  `xml:"title"`
	Subtitle *text `xml:"subtitle"`
	feeds.AtomFeed
	Links     []link    `xml:"link"`
	Generator generator `xml:"generator"`
	Entries   []entry   `xml:"entry"`
}

// entry is atom:entry. Of the embedded struct it uses id, published and updated.
type entry struct {
	Lang  string `xml:"xml:lang,attr,omitempty"`
	Title text   `xml:"title"`
	feeds.AtomEntry
	Authors    []feeds.AtomAuthor `xml:"author"`
	Categories []category         `xml:"category"`
	Links      []link             `xml:"link"`
	Source     *source            `xml:"source"`
	Content    *markup            `xml:"content"`
	Summary    *markup            `xml:"summary"`
}

// source is atom:source (RFC 4287 §4.2.11): the feed that an entry comes from.
type source struct {
	ID      string `xml:"id"`
	Title   text   `xml:"title"`
	Updated string `xml:"updated"`
	Links   []link `xml:"link"`
}

// link is atom:link with the title that gorilla's lacks.
type link struct {
	feeds.AtomLink
	Title string `xml:"title,attr,omitempty"`
}

// category is atom:category (RFC 4287 §4.2.2).
type category struct {
	Term string `xml:"term,attr"`
}

// text is an Atom text construct (RFC 4287 §3.1).
type text struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// markup is a text construct of HTML, which is escaped already: encoding/xml
// takes most of its time for the escaping of long texts.
type markup struct {
	Type    string `xml:"type,attr"`
	Escaped string `xml:",innerxml"`
}

// generator is atom:generator (RFC 4287 §4.2.4).
type generator struct {
	Version string `xml:"version,attr,omitempty"`
	Name    string `xml:",chardata"`
}

// FeedXml hides the embedded method, which would write gorilla's part alone.
func (d *document) FeedXml() any { return d }

func newDocument(f Feed, stories []feed.Headline) *document {
	d := &document{
		Title:     text{"text", firstOf(line(f.Title), "tidings")},
		Generator: generator{line(f.Version), "tidings"},
		Links:     feedLinks(f),
		Entries:   make([]entry, len(stories)),
	}
	d.Xmlns = namespace
	d.Id = firstOf(line(f.ID), address(f.Self), "urn:tidings:feed")
	d.Updated = stamp(Updated(f, stories))
	if s := line(f.Subtitle); s != "" {
		d.Subtitle = &text{"text", s}
	}
	for i := range stories {
		d.Entries[i] = newEntry(&stories[i])
	}
	return d
}

func feedLinks(f Feed) []link {
	var links []link
	if a := address(f.Self); a != "" {
		links = append(links, newLink("self", a, "application/atom+xml", ""))
	}
	if a := address(f.Home); a != "" {
		links = append(links, newLink("alternate", a, "text/html", ""))
	}
	return links
}

func newLink(rel, href, mediaType, title string) link {
	return link{feeds.AtomLink{Rel: rel, Href: href, Type: mediaType}, title}
}
