package publish

import (
	"io"
	"strconv"

	"github.com/gorilla/feeds"

	"tidings/internal/feed"
)

// The namespaces that documents use.
const (
	atomNS    = "http://www.w3.org/2005/Atom"
	historyNS = "http://purl.org/syndication/history/1.0" // RFC 5005 §2
	dublinNS  = "http://purl.org/dc/elements/1.1/"
)

// atomFeed is atom:feed.
type atomFeed struct {
	History  string    `xml:"xmlns:fh,attr,omitempty"`
	Archive  *struct{} `xml:"fh:archive"`
	Title    text      `xml:"title"`
	Subtitle *text     `xml:"subtitle"`
	feeds.AtomFeed
	Links     []link      `xml:"link"`
	Generator generator   `xml:"generator"`
	Entries   []atomEntry `xml:"entry"`
}

// atomEntry is atom:entry. Of the embedded struct it uses id, published and updated.
type atomEntry struct {
	Lang  string `xml:"xml:lang,attr,omitempty"`
	Title text   `xml:"title"`
	feeds.AtomEntry
	Authors    []feeds.AtomAuthor `xml:"author"`
	Categories []category         `xml:"category"`
	Links      []link             `xml:"link"`
	Source     *atomSource        `xml:"source"`
	Content    *markup            `xml:"content"`
	Summary    *markup            `xml:"summary"`
}

// atomSource is atom:source (RFC 4287 §4.2.11): the feed that an entry comes from.
type atomSource struct {
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

// category is atom:category (RFC 4287 §4.2.2). The scheme is the site whose
// vocabulary the term is of.
type category struct {
	Term   string `xml:"term,attr"`
	Scheme string `xml:"scheme,attr,omitempty"`
	Label  string `xml:"label,attr"`
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
func (d *atomFeed) FeedXml() any { return d }

func writeAtom(w io.Writer, f Feed, stories []feed.Headline) error {
	d := &atomFeed{
		Title:     text{"text", f.title()},
		Generator: generator{line(f.Version), "tidings"},
		Links:     feedLinks(f, Atom),
		Entries:   make([]atomEntry, len(stories)),
	}
	if f.Archive {
		d.History, d.Archive = historyNS, &struct{}{}
	}
	d.Xmlns = atomNS
	d.Id = firstOf(line(f.ID), address(f.Self), "urn:tidings:feed")
	d.Updated = stamp(Updated(f, stories))
	if s := line(f.Subtitle); s != "" {
		d.Subtitle = &text{"text", s}
	}
	for i := range stories {
		d.Entries[i] = newAtomEntry(newItem(f, &stories[i]))
	}
	return feeds.WriteXML(d, w)
}

func (f Feed) title() string { return firstOf(line(f.Title), "tidings") }

// feedLinks are the links of the feed itself: what it is, where else it can be
// found, and its other documents.
func feedLinks(f Feed, format Format) []link {
	var links []link
	for _, l := range []struct{ rel, href, mediaType string }{
		{"self", f.Self, format.Type()},
		{"alternate", f.Home, "text/html"},
		{"hub", f.Hub, ""},
		{"first", f.First, format.Type()},
		{"previous", f.Previous, format.Type()},
		{"next", f.Next, format.Type()},
		{"last", f.Last, format.Type()},
		{"current", f.Current, format.Type()},
		{"prev-archive", f.PrevArchive, format.Type()},
	} {
		if a := address(l.href); a != "" {
			links = append(links, newLink(l.rel, a, l.mediaType, ""))
		}
	}
	return links
}

func newLink(rel, href, mediaType, title string) link {
	return link{feeds.AtomLink{Rel: rel, Href: href, Type: mediaType}, title}
}

// newAtomEntry is the one entry of a story.
func newAtomEntry(it item) atomEntry {
	e := atomEntry{
		Lang:    it.Lang,
		Title:   text{"text", it.Title},
		Links:   entryLinks(it),
		Source:  newAtomSource(it.Source),
		Content: newMarkup(it.Content),
		Summary: newMarkup(it.Summary),
	}
	e.Id, e.Published, e.Updated = it.ID, stamp(it.Published), stamp(it.Updated)
	for _, p := range it.Authors {
		e.Authors = append(e.Authors, feeds.AtomAuthor{AtomPerson: feeds.AtomPerson{Name: p.Name, Uri: p.URI, Email: p.Email}})
	}
	for _, c := range it.Categories {
		e.Categories = append(e.Categories, category{Term: c, Scheme: it.Scheme, Label: c})
	}
	return e
}

func newMarkup(html string) *markup {
	if html == "" {
		return nil
	}
	return &markup{"html", escapeXML(html)}
}

// entryLinks are the lead's page, where an aggregator took it from, its enclosures
// and the pages of the other sources.
func entryLinks(it item) []link {
	all := make([]link, 0, 2+len(it.Enclosures)+len(it.Others))
	if it.Link != "" {
		all = append(all, newLink("alternate", it.Link, "", ""))
	}
	if it.Via.Link != "" {
		all = append(all, newLink("via", it.Via.Link, "", it.Via.Title))
	}
	for _, x := range it.Enclosures {
		l := newLink("enclosure", x.URL, x.Type, "")
		if x.Length > 0 {
			l.Length = strconv.FormatInt(x.Length, 10)
		}
		all = append(all, l)
	}
	return append(all, relatedLinks(it)...)
}

// relatedLinks are the pages of the other sources.
func relatedLinks(it item) (all []link) {
	for _, c := range it.Others {
		if c.URL != "" {
			all = append(all, newLink("related", c.URL, "", c.label(it.Title)))
		}
	}
	return all
}

func newAtomSource(o *origin) *atomSource {
	if o == nil {
		return nil
	}
	s := &atomSource{ID: o.Feed, Title: text{"text", o.Title}, Updated: stamp(o.Updated), Links: []link{newLink("self", o.Feed, "", "")}}
	if o.Site != "" {
		s.Links = append(s.Links, newLink("alternate", o.Site, "", ""))
	}
	return s
}
