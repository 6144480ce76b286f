package publish

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/feeds"

	"tidings/internal/feed"
)

// rssFeed is rss, by the RSS Advisory Board's Best Practices Profile.
type rssFeed struct {
	feeds.RssFeedXml
	Atom    string      `xml:"xmlns:atom,attr"`
	Dublin  string      `xml:"xmlns:dc,attr"`
	History string      `xml:"xmlns:fh,attr,omitempty"`
	Channel *rssChannel `xml:"channel"`
}

// rssChannel is the channel. Links beyond its page are Atom's, as the profile
// has it for its own address and RFC 5005 §2 for its other documents.
type rssChannel struct {
	feeds.RssFeed
	Links   []rssLink `xml:"atom:link"`
	Archive *struct{} `xml:"fh:archive"`
	Items   []rssItem `xml:"item"`
}

// rssItem is an item. Its text is content:encoded where it is whole; description
// is for summaries.
type rssItem struct {
	feeds.RssItem
	Link        string        `xml:"link,omitempty"`
	Description string        `xml:"description,omitempty"`
	Creators    []string      `xml:"dc:creator"`
	Language    string        `xml:"dc:language,omitempty"`
	Categories  []rssCategory `xml:"category"`
	Source      *rssSource    `xml:"source"`
	Updated     string        `xml:"atom:updated"`
	Links       []rssLink     `xml:"atom:link"`
}

// rssLink is an atom:link in a document of another vocabulary; the name of
// gorilla's would win over the field's.
type rssLink struct {
	Href  string `xml:"href,attr"`
	Rel   string `xml:"rel,attr"`
	Type  string `xml:"type,attr,omitempty"`
	Title string `xml:"title,attr,omitempty"`
}

type rssCategory struct {
	Domain string `xml:"domain,attr,omitempty"`
	Term   string `xml:",chardata"`
}

// rssSource is the feed that an item comes from; both parts are demanded.
type rssSource struct {
	URL   string `xml:"url,attr"`
	Title string `xml:",chardata"`
}

// FeedXml hides the embedded method, which would write gorilla's part alone.
func (d *rssFeed) FeedXml() any { return d }

func writeRSS(w io.Writer, f Feed, stories []feed.Headline) error {
	c := &rssChannel{Items: make([]rssItem, len(stories))}
	c.Title = f.title()
	c.Link = firstOf(address(f.Home), address(f.Self))
	c.Description = firstOf(line(f.Subtitle), c.Title)
	c.LastBuildDate = rfc822(Updated(f, stories))
	c.Generator = strings.TrimSpace("tidings " + line(f.Version))
	c.Docs = "https://www.rssboard.org/rss-specification"
	for _, l := range feedLinks(f, RSS) {
		if l.Rel != "alternate" {
			c.Links = append(c.Links, newRSSLink(l))
		}
	}
	for i := range stories {
		c.Items[i] = newRSSItem(newItem(f, &stories[i]))
	}
	d := &rssFeed{Atom: atomNS, Dublin: dublinNS, Channel: c}
	d.Version, d.ContentNamespace = "2.0", "http://purl.org/rss/1.0/modules/content/"
	if f.Archive {
		d.History, c.Archive = historyNS, &struct{}{}
	}
	return feeds.WriteXML(d, w)
}

func newRSSItem(it item) rssItem {
	x := rssItem{
		Link: it.Link, Description: plainLines(it.Summary), Language: it.Lang,
		Updated: stamp(it.Updated),
	}
	x.Title, x.PubDate = it.Title, rfc822(it.Published)
	x.Guid = &feeds.RssGuid{Id: it.ID, IsPermaLink: "false"}
	if it.Content != "" {
		x.Description = escapeHTML(it.Excerpt)
		x.Content = &feeds.RssContent{Content: plainLines(it.Content)}
	}
	for _, p := range it.Authors {
		x.Creators = append(x.Creators, p.Name)
	}
	for _, c := range it.Categories {
		x.Categories = append(x.Categories, rssCategory{it.Scheme, c})
	}
	if s := it.Source; s != nil {
		x.Source = &rssSource{s.Feed, s.Title}
	}
	x.Enclosure = rssEnclosure(it.Enclosures)
	for _, l := range relatedLinks(it) {
		x.Links = append(x.Links, newRSSLink(l))
	}
	return x
}

func newRSSLink(l link) rssLink { return rssLink{l.Href, l.Rel, l.Type, l.Title} }

// rssEnclosure is the first enclosure: the profile wants one at most, with a length
// of 0 where it isn't known.
func rssEnclosure(list []feed.Enclosure) *feeds.RssEnclosure {
	if len(list) == 0 {
		return nil
	}
	x := list[0]
	return &feeds.RssEnclosure{Url: x.URL, Type: firstOf(x.Type, octets), Length: strconv.FormatInt(x.Length, 10)}
}

// octets is the media type of what nothing is known of (RFC 2046 §4.5.1).
const octets = "application/octet-stream"

// plainLines is s with one kind of line end, for a reader of XML makes one of
// all of them (XML 1.0 §2.11).
func plainLines(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// rfc822 writes a date as RSS has it, with the four digits of a year that the
// profile recommends.
func rfc822(t time.Time) string { return t.Format("Mon, 02 Jan 2006 15:04:05 GMT") }
