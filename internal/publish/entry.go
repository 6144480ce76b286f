package publish

import (
	"html"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/feeds"

	"tidings/internal/feed"
)

// newEntry is the one entry of a story.
func newEntry(h *feed.Headline) entry {
	others := copies(h)
	e := entry{
		Lang:       language(h.Entry.Language),
		Title:      text{"text", title(h)},
		Authors:    authors(h),
		Categories: categories(h.Entry.Categories),
		Links:      links(h, others),
		Source:     newSource(h),
	}
	e.Id = firstOf(line(h.URN), "urn:tidings:story:"+strconv.FormatUint(h.ID, 10))
	e.Published = stamp(published(h))
	e.Updated = stamp(updated(h))
	e.Content, e.Summary = texts(h, others)
	return e
}

// published is when the lead was published, in UTC and whole seconds. Publishers'
// dates that lie ahead of its arrival (slips of the pen, announcements of events)
// count as the arrival: nothing is published after it was read.
func published(h *feed.Headline) time.Time {
	return earliest(writable(h.Entry.Time()), arrived(h))
}

// updated is when the story last changed materially, as far as that was seen, but
// never before it was published: readers take an older date for a mistake.
func updated(h *feed.Headline) time.Time {
	return latest(published(h), earliest(writable(h.Updated), lastSeen(h)))
}

// arrived is when the lead came, else the story's place in the river; the end of
// time if neither is known.
func arrived(h *feed.Headline) time.Time {
	switch {
	case !h.Entry.Seen.IsZero():
		return writable(h.Entry.Seen)
	case !h.Time.IsZero():
		return writable(h.Time)
	}
	return time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
}

// lastSeen is when the lead came or was last revised.
func lastSeen(h *feed.Headline) time.Time {
	return latest(arrived(h), writable(h.Entry.Revised))
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
func authors(h *feed.Headline) []feeds.AtomAuthor {
	var all []feeds.AtomAuthor
	for _, p := range h.Entry.Authors {
		a := feeds.AtomPerson{Name: line(p.Name), Uri: address(p.URI), Email: email(p.Email)}
		if a.Name = firstOf(a.Name, a.Email, a.Uri); a.Name != "" {
			all = append(all, feeds.AtomAuthor{AtomPerson: a})
		}
	}
	if len(all) == 0 {
		all = []feeds.AtomAuthor{{AtomPerson: feeds.AtomPerson{Name: outletName(h.Outlet)}}}
	}
	return all
}

func categories(terms []string) []category {
	var all []category
	seen := make(map[string]bool, len(terms))
	for _, t := range terms {
		if t = line(t); t == "" || seen[t] {
			continue
		}
		seen[t] = true
		all = append(all, category{t})
	}
	return all
}

// links are the lead's page, where an aggregator took it from, its enclosures
// and the pages of the other sources.
func links(h *feed.Headline, others []other) []link {
	all := make([]link, 0, 2+len(h.Entry.Enclosures)+len(others))
	if a := address(h.Entry.URL); a != "" {
		all = append(all, newLink("alternate", a, "", ""))
	}
	if a := address(h.Entry.Source.Link); a != "" {
		all = append(all, newLink("via", a, "", line(h.Entry.Source.Title)))
	}
	for _, x := range h.Entry.Enclosures {
		if a := address(x.URL); a != "" {
			all = append(all, enclosure(a, x))
		}
	}
	for _, c := range others {
		if c.URL != "" {
			all = append(all, newLink("related", c.URL, "", c.label(h)))
		}
	}
	return all
}

func enclosure(href string, x feed.Enclosure) link {
	l := newLink("enclosure", href, mediaType(x.Type), "")
	if x.Length > 0 {
		l.Length = strconv.FormatInt(x.Length, 10)
	}
	return l
}

// newSource tells of the lead's feed. Its id is the feed's address, the one name
// for it that is sure to be there; its date is the newest of the feed's that
// the lead knows.
func newSource(h *feed.Headline) *source {
	self := address(h.Outlet.URL)
	if self == "" {
		return nil
	}
	s := &source{
		ID:      self,
		Title:   text{"text", outletName(h.Outlet)},
		Updated: stamp(sourceUpdated(h)),
		Links:   []link{newLink("self", self, "", "")},
	}
	if a := address(h.Outlet.SiteURL); a != "" {
		s.Links = append(s.Links, newLink("alternate", a, "", ""))
	}
	return s
}

// sourceUpdated is the newest date of the lead's feed that the lead knows.
func sourceUpdated(h *feed.Headline) time.Time {
	return latest(published(h), earliest(writable(h.Entry.Updated), lastSeen(h)))
}

// texts are the entry's content and summary, of which one is nil or both are.
// What the publisher called a summary stays one, if the page can be reached by
// a link: RFC 4287 §4.1.2 wants a link or content.
func texts(h *feed.Headline, others []other) (content, summary *markup) {
	full, short := bodies(h)
	also := alsoIn(others)
	if full == "" && address(h.Entry.URL) == "" {
		full = firstOf(short, html.EscapeString(title(h)))
	}
	switch {
	case full != "":
		return &markup{"html", escapeXML(full, also)}, nil
	case short+also != "":
		return nil, &markup{"html", escapeXML(short, also)}
	}
	return nil, nil
}

func bodies(h *feed.Headline) (full, short string) {
	if h.Body == nil {
		return "", html.EscapeString(h.Entry.Excerpt)
	}
	return string(h.Body.Content), string(h.Body.Summary)
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
func (o other) label(h *feed.Headline) string {
	if o.Title == "" || o.Title == line(h.Entry.Title) {
		return o.Name
	}
	return o.Name + ": " + o.Title
}

// copies are the other sources of a story. Where the store gave outlets alone,
// their sites stand for their pages.
func copies(h *feed.Headline) []other {
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
