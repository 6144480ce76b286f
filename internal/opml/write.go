package opml

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tidings/internal/feed"
)

// document is a list as it is written.
type document struct {
	XMLName xml.Name `xml:"opml"`
	Version string   `xml:"version,attr"`
	Tidings string   `xml:"xmlns:tidings,attr,omitempty"`
	Title   string   `xml:"head>title"`
	Created string   `xml:"head>dateCreated"`
	Body    node     `xml:"body"`
}

// node is an outline as it is written: a feed, or a folder with its nodes.
type node struct {
	Text        string  `xml:"text,attr,omitempty"`
	Title       string  `xml:"title,attr,omitempty"`
	Type        string  `xml:"type,attr,omitempty"`
	XMLURL      string  `xml:"xmlUrl,attr,omitempty"`
	HTMLURL     string  `xml:"htmlUrl,attr,omitempty"`
	Description string  `xml:"description,attr,omitempty"`
	Language    string  `xml:"language,attr,omitempty"`
	Category    string  `xml:"category,attr,omitempty"`
	Paused      string  `xml:"tidings:paused,attr,omitempty"`
	Fold        string  `xml:"tidings:fold,attr,omitempty"`
	Events      string  `xml:"tidings:events,attr,omitempty"`
	Keep        string  `xml:"tidings:keep,attr,omitempty"`
	Every       string  `xml:"tidings:every,attr,omitempty"`
	Least       string  `xml:"tidings:least,attr,omitempty"`
	Most        string  `xml:"tidings:most,attr,omitempty"`
	Until       string  `xml:"tidings:until,attr,omitempty"`
	FullText    string  `xml:"tidings:fulltext,attr,omitempty"`
	Named       string  `xml:"tidings:named,attr,omitempty"`
	Nodes       []*node `xml:"outline"`
}

// rfc822 is the form of dates in OPML (RFC 822 §5.1, with a year of four digits),
// for times in UTC.
const rfc822 = "Mon, 02 Jan 2006 15:04:05 GMT"

// Export is what to write.
type Export struct {
	Title   string
	Created time.Time
	Feeds   []feed.Following
	Rules   feed.Ruleset // how copies are folded
}

// Write writes subscriptions as OPML 2.0: folders first, then feeds, by their
// names and then their addresses, so that the same subscriptions always give the
// same list. Names and passwords in addresses are left out. The error is w's.
func Write(w io.Writer, x Export) error {
	d := document{Version: "2.0", Tidings: Namespace, Title: oneLine(x.Title), Created: x.Created.UTC().Format(rfc822)}
	folders := map[string]*node{"": &d.Body}
	for _, f := range x.Feeds {
		if !f.Subscription.Removed.IsZero() {
			continue
		}
		n := folder(folders, cleanFolder(f.Subscription.Folder))
		n.Nodes = append(n.Nodes, feedNode(f, x.Rules.Feeds[f.Subscription.ID]))
	}
	for path, n := range folders {
		n.rule(x.Rules.Of(feed.Scope{Folder: path}))
	}
	d.Body.sort()
	if err := d.write(w); err != nil {
		return fmt.Errorf("write subscription list: %w", err)
	}
	return nil
}

func (d *document) write(w io.Writer) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(d); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// folder gives the node of a path, and makes what is missing of it.
func folder(folders map[string]*node, path string) *node {
	if n := folders[path]; n != nil {
		return n
	}
	above, name := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		above, name = path[:i], path[i+1:]
	}
	n := &node{Text: name, Title: name}
	folders[path] = n
	parent := folder(folders, above)
	parent.Nodes = append(parent.Nodes, n)
	return n
}

// sort brings n's nodes, and theirs, into order.
func (n *node) sort() {
	slices.SortStableFunc(n.Nodes, func(a, b *node) int {
		return cmp.Or(
			cmp.Compare(a.Type, b.Type), // folders have none
			cmp.Compare(strings.ToLower(a.Text), strings.ToLower(b.Text)),
			cmp.Compare(a.Text, b.Text),
			cmp.Compare(a.XMLURL, b.XMLURL),
		)
	})
	for _, c := range n.Nodes {
		c.sort()
	}
}

// rule writes how copies are folded.
func (n *node) rule(r feed.Rule) { n.Fold, n.Events = string(r.Fold), r.Events }

// when writes when the feed is polled.
func (n *node) when(t feed.Timetable) {
	n.Every, n.Least, n.Most = feed.FormatSpan(t.Every), feed.FormatSpan(t.Least), feed.FormatSpan(t.Most)
	if !t.Until.IsZero() {
		n.Until = t.Until.UTC().Format(time.RFC3339)
	}
}

// feedNode is the outline of a feed. Its type is "rss" whatever it is, for that
// is what OPML means by it.
func feedNode(f feed.Following, r feed.Rule) *node {
	address := withoutCredentials(f.Subscription.URL)
	name := oneLine(f.Name())
	if name == "" || name == f.Subscription.URL {
		name = address
	}
	n := &node{Text: name, Title: name, Type: "rss", XMLURL: address, HTMLURL: siteAddress(f.State.SiteURL),
		Description: oneLine(f.State.Description), Language: oneLine(f.State.Language), Category: strings.Join(f.Subscription.Tags, ",")}
	n.rule(r)
	if f.Subscription.Paused {
		n.Paused = "yes"
	}
	if n.Keep = f.Subscription.Keep.String(); f.Subscription.FullText {
		n.FullText = "yes"
	}
	n.when(f.Subscription.When)
	own := oneLine(f.Subscription.Title) != ""
	switch suggested := !isAddress(name, Outline{URL: n.XMLURL, SiteURL: n.HTMLURL}); {
	case own && !suggested:
		n.Named = "yes"
	case !own && suggested:
		n.Named = "no"
	}
	return n
}
