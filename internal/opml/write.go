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
	Nodes       []*node `xml:"outline"`
}

// rfc822 is the form of dates in OPML (RFC 822 §5.1, with a year of four digits),
// for times in UTC.
const rfc822 = "Mon, 02 Jan 2006 15:04:05 GMT"

// Write writes subscriptions as OPML 2.0: folders first, then feeds, by their
// names and then their addresses, so that the same subscriptions always give the
// same list. Names and passwords in addresses are left out. The error is w's.
func Write(w io.Writer, title string, now time.Time, feeds []feed.Following) error {
	d := document{Version: "2.0", Title: oneLine(title), Created: now.UTC().Format(rfc822)}
	folders := map[string]*node{"": &d.Body}
	for _, f := range feeds {
		if !f.Subscription.Removed.IsZero() {
			continue
		}
		n := folder(folders, cleanFolder(f.Subscription.Folder))
		n.Nodes = append(n.Nodes, feedNode(f))
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

// feedNode is the outline of a feed. Its type is "rss" whatever it is, for that
// is what OPML means by it.
func feedNode(f feed.Following) *node {
	address := withoutCredentials(f.Subscription.URL)
	name := oneLine(f.Name())
	if name == "" || name == f.Subscription.URL {
		name = address
	}
	return &node{Text: name, Title: name, Type: "rss", XMLURL: address, HTMLURL: siteAddress(f.State.SiteURL),
		Description: oneLine(f.State.Description), Language: oneLine(f.State.Language)}
}
