package demo

import (
	"encoding/xml"
	"strings"
	"time"
)

// outline is an element of OPML 2.0.
type outline struct {
	Text     string     `xml:"text,attr"`
	Type     string     `xml:"type,attr,omitempty"`
	XMLURL   string     `xml:"xmlUrl,attr,omitempty"`
	HTMLURL  string     `xml:"htmlUrl,attr,omitempty"`
	Language string     `xml:"language,attr,omitempty"`
	Children []*outline `xml:"outline"`
}

// OPML is the list of all feeds in their folders, the faulty ones included, for
// a publisher that is reached at base, such as "http://127.0.0.1:8081".
func (p *Publisher) OPML(base string) []byte {
	base = strings.TrimRight(base, "/")
	root := &outline{}
	for _, o := range p.outlets {
		f := root.folder(o.Folder)
		f.Children = append(f.Children, &outline{
			Text: o.Name, Type: "rss", XMLURL: base + o.FeedPath(), HTMLURL: base + "/" + o.Slug + "/", Language: o.Language,
		})
	}
	b, err := xml.MarshalIndent(struct {
		XMLName xml.Name   `xml:"opml"`
		Version string     `xml:"version,attr"`
		Title   string     `xml:"head>title"`
		Created string     `xml:"head>dateCreated"`
		Body    []*outline `xml:"body>outline"`
	}{Version: "2.0", Title: "The invented press", Created: p.opt.Start.Format(time.RFC1123Z), Body: root.Children}, "", "  ")
	if err != nil {
		panic(err) // strings always marshal
	}
	return append([]byte(xml.Header), b...)
}

// folder is the folder at a path below o, made if it isn't there.
func (o *outline) folder(path string) *outline {
	if path == "" {
		return o
	}
	name, rest, _ := strings.Cut(path, "/")
	for _, c := range o.Children {
		if c.Text == name && c.Type == "" {
			return c.folder(rest)
		}
	}
	c := &outline{Text: name}
	o.Children = append(o.Children, c)
	return c.folder(rest)
}
