package clean

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tidings/internal/feed"
	"tidings/internal/parse"
	"tidings/internal/sanitize"
)

// Bounds of what one entry or feed keeps.
const (
	maxList    = 100  // authors, categories, links, enclosures, media
	maxTitle   = 1000 // characters of a title
	maxName    = 200  // characters of a category and the like
	maxPerson  = 1000 // characters of a name: papers have dozens of authors in one
	maxExcerpt = 300  // characters of an excerpt
	maxID      = 1024 // bytes of an id; a longer one is replaced by its hash
	maxAddress = 8192 // bytes of an address
)

// sanitizer is built once: compiling its policy costs as much as cleaning a feed.
var sanitizer = sync.OnceValue(sanitize.New)

// Cleaner makes one document ours. It is not safe for concurrent use.
type Cleaner struct {
	doc   *parse.Document
	now   time.Time
	r     *resolver
	s     *sanitize.Sanitizer
	heads []Head // made on demand; a zero Hash means not yet
	buf   []byte // scratch of Hash
}

// New prepares to clean doc, which came from the absolute address base. The
// time is now of the poll; no date is judged by it yet.
func New(doc *parse.Document, base string, now time.Time) *Cleaner {
	return &Cleaner{doc: doc, now: now, r: newResolver(base), s: sanitizer(), heads: make([]Head, len(doc.Items))}
}

// Len is the number of items.
func (c *Cleaner) Len() int { return len(c.doc.Items) }

// Document is what the feed says of itself.
func (c *Cleaner) Document() feed.Document {
	d := c.doc
	links := c.r.links(d.Links)
	out := feed.Document{
		Format:       d.Format,
		Version:      clip(fold(d.Version), maxName),
		ID:           identity(d.ID),
		Title:        c.title(d.Title),
		Link:         c.home(),
		Self:         byRel(links, "self"),
		Hub:          byRel(links, "hub"),
		Hubs:         hubs(links),
		Cloud:        cloud(d.Cloud),
		Description:  c.html(d.Description),
		Language:     language(d.Language),
		Published:    ParseDate(d.Published),
		Updated:      ParseDate(d.Updated),
		Authors:      c.people(d.Authors),
		Contributors: c.people(d.Contributors),
		Categories:   categories(d.Categories),
		Links:        links,
		Icon:         c.r.web(d.Icon),
		Rights:       c.html(d.Rights),
		Generator:    clip(sanitize.Title(d.Generator), maxName),
		Hints:        hints(d.Hints),
	}
	images := slices.Clone(d.Images)
	for _, p := range d.Authors { // for want of a picture of the feed
		images = append(images, p.Avatar)
	}
	for _, ref := range images {
		if out.Image = c.r.web(ref); out.Image != "" {
			break
		}
	}
	return out
}

// Head is what identifies an item, made without sanitising anything.
type Head struct {
	GUID        string // verbatim
	IsPermaLink bool   // an RSS guid that doesn't deny being the permalink
	URL         string // permalink, absolute; may be empty
	Title       string // plain text; may be empty
	Published   time.Time
	Hash        uint64 // of the item as published, the same on every machine; never 0
}

// Head is what identifies item i.
func (c *Cleaner) Head(i int) Head {
	h := &c.heads[i]
	if h.Hash != 0 {
		return *h
	}
	it := &c.doc.Items[i]
	*h = Head{
		GUID:        identity(it.ID),
		IsPermaLink: it.IsPermaLink,
		URL:         c.permalink(it),
		Title:       c.title(it.Title),
		Published:   ParseDate(it.Published),
		Hash:        c.hash(it),
	}
	return *h
}

// permalink is the address of the item's page. For want of a link it is an id that is an
// address, but for a guid of RSS that denies being one.
func (c *Cleaner) permalink(it *parse.Item) string {
	if u := c.r.web(parse.Ref{Href: it.Original}); u != "" {
		return u
	}
	if u := c.r.alternate(it.Links); u != "" {
		return u
	}
	if u := byRel(c.r.links(it.Links), "content"); u != "" {
		return u
	}
	if (it.IsPermaLink || c.doc.Format != "rss") && isAbsolute(it.ID) {
		return c.r.web(parse.Ref{Href: it.ID})
	}
	return ""
}

// home is the address of the feed's page.
func (c *Cleaner) home() string {
	if u := c.r.alternate(c.doc.Links); u != "" || c.doc.Format != "atom" || !isAbsolute(c.doc.ID) {
		return u
	}
	return c.r.web(parse.Ref{Href: c.doc.ID})
}

// Entry cleans item i, and gives the plain text of its body with it. This is
// the dear part: it is for items that are new or changed.
func (c *Cleaner) Entry(i int) (e feed.Entry, b feed.Body, text string) {
	it, h := &c.doc.Items[i], c.Head(i)
	b = c.body(it)
	text = sanitize.Text(b.Text())
	e = feed.Entry{
		GUID:       h.GUID,
		URL:        h.URL,
		Title:      h.Title,
		Authors:    c.authors(it),
		Published:  h.Published,
		Updated:    ParseDate(it.Updated),
		Excerpt:    excerpt(text),
		Words:      words(text),
		Enclosures: c.enclosures(it),
		Categories: categories(it.Categories),
		Language:   language(firstOf(it.Language, c.doc.Language)),
		Source: feed.Source{
			ID:    identity(it.Source.ID),
			Title: c.title(it.Source.Title),
			Link:  c.r.web(it.Source.Link),
		},
	}
	e.Image = c.image(it, e.Enclosures, b)
	return e, b, text
}

// body is the heavy part of an entry.
func (c *Cleaner) body(it *parse.Item) feed.Body {
	b := feed.Body{
		Contributors: c.people(it.Contributors),
		Links:        c.r.links(it.Links),
		Comments:     c.r.web(it.Comments),
		Rights:       c.html(it.Rights),
		Thumbnails:   c.r.all(it.Thumbnails),
	}
	for i := range it.Media {
		if len(b.Media) < maxList {
			b.Media = c.r.add(b.Media, it.Media[i].Ref)
		}
	}
	b.Content = c.html(it.Content)
	if it.Summary.Value != it.Content.Value || it.Summary.Type != it.Content.Type {
		b.Summary = c.html(it.Summary)
	}
	if b.Content == "" && b.Summary == "" {
		b.Summary = c.html(it.Fallback)
	}
	return b
}

// authors are the item's, else in Atom and JSON Feed, as their specifications
// say, those of the feed (RFC 4287 §4.2.1).
func (c *Cleaner) authors(it *parse.Item) []feed.Person {
	people := c.people(it.Authors)
	if len(people) == 0 && (c.doc.Format == "atom" || c.doc.Format == "json") {
		people = c.people(c.doc.Authors)
	}
	return people
}

// enclosures are attached files, each address once.
func (c *Cleaner) enclosures(it *parse.Item) []feed.Enclosure {
	var out []feed.Enclosure
	for _, e := range it.Enclosures {
		u := c.r.web(e.Ref)
		if u == "" || len(out) >= maxList || hasEnclosure(out, u) {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(e.Length), 10, 64)
		if err != nil || n < 0 {
			n = 0
		}
		out = append(out, feed.Enclosure{URL: u, Type: clip(fold(strings.ToLower(e.Type)), maxName), Length: n, Duration: playingTime(e.Duration)})
	}
	return out
}

// longestPlay is longer than anything that is played in one go.
const longestPlay = 100 * time.Hour

// playingTime reads how long an enclosure plays: seconds, MM:SS or HH:MM:SS, as Apple
// asks for; the last part may have decimals. 0 is unknown.
func playingTime(s string) time.Duration {
	total := 0.0
	for i, part := range strings.Split(strings.TrimSpace(s), ":") {
		n, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || n < 0 || i > 2 || !(n < longestPlay.Seconds()) {
			return 0
		}
		total = total*60 + n
	}
	d := time.Duration(total) * time.Second
	if d > longestPlay {
		return 0
	}
	return d
}

func hasEnclosure(list []feed.Enclosure, u string) bool {
	for _, e := range list {
		if e.URL == u {
			return true
		}
	}
	return false
}

// firstOf is the first string that isn't empty.
func firstOf(candidates ...string) string {
	for _, s := range candidates {
		if s != "" {
			return s
		}
	}
	return ""
}
