package publish

import (
	"html"
	"strconv"
	"strings"
	"time"

	"tidings/internal/feed"
)

// item is a story as it is published, fit to be written: legal characters,
// absolute addresses without credentials, dates in UTC and whole seconds.
type item struct {
	ID         string
	Lang       string // may be empty
	Title      string // never empty
	Link       string // the lead's page; may be empty
	Published  time.Time
	Updated    time.Time
	Authors    []feed.Person // at least one, each with a name
	Categories []string
	Scheme     string // whose categories these are; may be empty
	Enclosures []feed.Enclosure
	Image      string
	Via        feed.Source // where the lead's feed took it from; without Link if it doesn't say
	Others     []other     // to be shown; none if copies aren't
	Source     *origin     // nil if the lead's feed has no address that may be told
	Content    string      // HTML; empty where the text is a summary, or none is wanted
	Summary    string      // HTML; not both
	Excerpt    string      // plain text; empty where no text is wanted
}

// origin is the feed that the lead comes from.
type origin struct {
	Title   string
	Feed    string
	Site    string    // may be empty
	Updated time.Time // the newest date of the feed that the lead knows
}

// newItem is what a feed says of a story.
func newItem(f Feed, h *feed.Headline) item {
	others := copies(f, h)
	it := item{
		ID:         firstOf(line(h.URN), "urn:tidings:story:"+strconv.FormatUint(h.ID, 10)),
		Lang:       language(h.Entry.Language),
		Title:      title(h),
		Link:       address(h.Entry.URL),
		Published:  published(h),
		Updated:    updated(f, h),
		Authors:    authors(h),
		Categories: categories(h.Entry.Categories),
		Scheme:     site(h.Outlet),
		Enclosures: enclosures(h.Entry.Enclosures),
		Image:      address(h.Entry.Image),
		Via:        feed.Source{Title: line(h.Entry.Source.Title), Link: address(h.Entry.Source.Link)},
		Others:     others,
		Source:     newOrigin(h),
	}
	if f.Content != None {
		it.Excerpt = line(h.Entry.Excerpt)
	}
	it.Content, it.Summary = texts(f, h, others)
	return it
}

// published is the story's place in the river, which never moves: when it was
// published, if that can be believed, else when it arrived.
func published(h *feed.Headline) time.Time { return writable(h.Time) }

// updated is when the story last changed materially, as far as that was seen, but
// never before it was published: readers take an older date for a mistake.
func updated(f Feed, h *feed.Headline) time.Time {
	t := latest(published(h), writable(h.Updated))
	if f.Grow {
		t = latest(t, writable(h.Grown))
	}
	return t
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// title is the lead's title; without one the beginning of its text stands in.
func title(h *feed.Headline) string {
	if t := line(h.Entry.Title); t != "" {
		return t
	}
	return firstOf(beginning(line(h.Entry.Excerpt), 80), outletName(h.Outlet))
}

// authors are the lead's; RFC 4287 §4.1.2 wants one at least, and so its outlet
// stands in.
func authors(h *feed.Headline) []feed.Person {
	var all []feed.Person
	for _, p := range h.Entry.Authors {
		a := feed.Person{Name: line(p.Name), URI: address(p.URI), Email: email(p.Email)}
		if a.Name = firstOf(a.Name, a.Email, a.URI); a.Name != "" {
			all = append(all, a)
		}
	}
	if len(all) == 0 {
		all = []feed.Person{{Name: outletName(h.Outlet)}}
	}
	return all
}

func categories(terms []string) []string {
	var all []string
	seen := make(map[string]bool, len(terms))
	for _, t := range terms {
		if t = line(t); t == "" || seen[t] {
			continue
		}
		seen[t] = true
		all = append(all, t)
	}
	return all
}

func enclosures(list []feed.Enclosure) []feed.Enclosure {
	var all []feed.Enclosure
	for _, x := range list {
		if a := address(x.URL); a != "" {
			all = append(all, feed.Enclosure{URL: a, Type: mediaType(x.Type), Length: max(x.Length, 0)})
		}
	}
	return all
}

// newOrigin tells of the lead's feed. Its id is the feed's address, the one name
// for it that is sure to be there. Dates that lie ahead of the lead's arrival or
// last revision (slips of the pen) count as that.
func newOrigin(h *feed.Headline) *origin {
	self := address(h.Outlet.URL)
	if self == "" {
		return nil
	}
	seen := latest(writable(h.Entry.Seen), writable(h.Entry.Revised))
	said := latest(writable(h.Entry.Published), writable(h.Entry.Updated))
	return &origin{
		Title: outletName(h.Outlet), Feed: self, Site: address(h.Outlet.SiteURL),
		Updated: latest(published(h), earliest(said, seen)),
	}
}

// texts are the entry's content and summary, of which one is empty or both are.
// What the publisher called a summary stays one, if the page can be reached by
// a link: RFC 4287 §4.1.2 wants a link or content.
func texts(f Feed, h *feed.Headline, others []other) (content, summary string) {
	full, short := bodies(f, h)
	also := ""
	if f.Copies == InText {
		also = alsoIn(others)
	}
	if full == "" && address(h.Entry.URL) == "" {
		full = firstOf(short, html.EscapeString(title(h)))
	}
	if full != "" {
		return legal(full) + also, ""
	}
	return "", strings.TrimPrefix(legal(short)+also, "\n")
}

// bodies are the text in full, if it is there and wanted, and what there is for a
// summary. Where the reader has the whole text of each entry of a feed fetched from its
// page, because the feed gives teasers, that is the text in full.
func bodies(f Feed, h *feed.Headline) (full, short string) {
	excerpt := html.EscapeString(h.Entry.Excerpt)
	switch {
	case f.Content == None:
		return "", ""
	case h.Body == nil:
		return "", excerpt
	case f.Content == Summary:
		return "", firstOf(string(h.Body.Summary), excerpt)
	}
	return firstOf(string(h.Body.Full), string(h.Body.Content)), string(h.Body.Summary)
}

// alsoIn is the paragraph that names the other sources; empty without any.
func alsoIn(others []other) string {
	if len(others) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n<p>Also in: ")
	for i, c := range others {
		if i > 0 {
			b.WriteString(", ")
		}
		name := html.EscapeString(c.Name)
		if c.URL == "" {
			b.WriteString(name)
			continue
		}
		b.WriteString(`<a href="` + html.EscapeString(c.URL) + `">` + name + `</a>`)
	}
	b.WriteString("</p>")
	return b.String()
}

// other is another source of a story, fit to be written.
type other struct {
	Name  string // of the outlet, never empty
	Title string // of its copy; may be empty
	URL   string // of its copy, else of its site; may be empty
}

// label is the title of the link to o: the outlet, and its title if it chose
// another one than the lead.
func (o other) label(lead string) string {
	if o.Title == "" || o.Title == lead {
		return o.Name
	}
	return o.Name + ": " + o.Title
}

// copies are the other sources of a story. Where the store gave outlets alone,
// their sites stand for their pages.
func copies(f Feed, h *feed.Headline) []other {
	if f.Copies == NoCopies {
		return nil
	}
	all := make([]other, 0, max(len(h.Also), len(h.Others)))
	for _, c := range h.Also {
		all = append(all, newOther(c))
	}
	if len(h.Also) > 0 {
		return all
	}
	for _, o := range h.Others {
		all = append(all, newOther(feed.Copy{Outlet: o}))
	}
	return all
}

func newOther(c feed.Copy) other {
	o := other{Name: outletName(c.Outlet), Title: line(c.Title), URL: address(c.URL)}
	if o.URL == "" {
		o.URL = site(c.Outlet)
	}
	return o
}

// site is the address of an outlet's site, else of its feed.
func site(o feed.Outlet) string {
	if a := address(o.SiteURL); a != "" {
		return a
	}
	return address(o.URL)
}

func outletName(o feed.Outlet) string {
	name := line(o.Title)
	if a := address(name); a != "" && strings.Contains(name, "@") {
		name = a // an address stands in for the title: its credentials stay here
	}
	return firstOf(name, site(o), "unnamed source")
}
