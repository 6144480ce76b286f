package parse

import (
	"strings"

	"tidings/internal/feed"
)

// Document is a feed as its publisher wrote it: texts are decoded from XML or
// JSON once and otherwise verbatim, addresses may be relative, dates are strings.
// Strings may share memory with each other; clone what is to outlive the Document.
type Document struct {
	Format  string // "rss", "rdf", "atom" or "json"
	Version string // "2.0", "1.0", "0.91", "1.1"; empty if the document doesn't say

	ID           string
	Title        Text
	Description  Text
	Rights       Text
	Links        []Link // an RSS link is one with Rel "alternate"
	Language     string
	Published    string
	Updated      string
	Authors      []Person
	Contributors []Person
	Categories   []Category
	Images       []Ref // pictures of the feed, the best first
	Icon         Ref
	Generator    string
	Cloud        Cloud
	Hints        Hints
	Items        []Item

	// Charset tells the encoding of the document and what told it, such as
	// "charset by Content-Type: windows-1251". UTF-8 needs no witness.
	Charset string

	// Mended says what had to be put right before the document could be read,
	// each a phrase for people; empty for a sound document.
	Mended []string
}

// Cloud is what an RSS channel says of who tells others of its changes (RSS 2.0, cloud), as
// written.
type Cloud struct{ Domain, Port, Path, Protocol string }

// Hints are what a document says about how often it wants to be asked, as written.
type Hints struct {
	TTL             string   // RSS ttl, minutes
	SkipHours       []string // RSS skipHours
	SkipDays        []string // RSS skipDays
	UpdatePeriod    string   // sy:updatePeriod
	UpdateFrequency string   // sy:updateFrequency
	UpdateBase      string   // sy:updateBase
}

// Item is an RSS item, Atom entry or JSON Feed item as published.
type Item struct {
	ID          string // guid, atom:id, JSON id or rdf:about, verbatim
	IsPermaLink bool   // an RSS guid that doesn't deny being the permalink
	Title       Text
	Summary     Text // RSS description, Atom summary, JSON summary
	Content     Text // content:encoded, xhtml:body, Atom content, JSON content
	Fallback    Text // media:description or itunes:summary, for want of the other two
	Rights      Text

	Links        []Link // an RSS link is one with Rel "alternate"
	Original     string // feedburner:origLink or pheedo:origLink
	Comments     Ref
	Published    string
	Updated      string
	Authors      []Person
	Contributors []Person
	Categories   []Category
	Enclosures   []Enclosure
	Media        []Media // media:content, in groups or not
	Thumbnails   []Ref   // media:thumbnail
	Sizes        []Size  // of Thumbnails, one for each
	Image        Ref     // itunes:image, JSON image
	Language     string
	Source       Source
}

// Type is how the value of a Text is to be read.
type Type uint8

// The types of a Text.
const (
	Escaped Type = iota // HTML by custom, though nothing says so (RSS, Atom 0.3)
	Plain               // plain text: "<" is a less-than sign
	HTML                // HTML, said to be so
)

// Text is a text construct.
type Text struct {
	Value string
	Type  Type
	Base  *Base
	Lang  string // xml:lang in scope
}

// IsZero reports whether t says nothing.
func (t Text) IsZero() bool { return strings.TrimSpace(t.Value) == "" }

// Base is an xml:base in scope: Href resolves against Outer, and in the end
// against the feed's own address. A nil Base is that address.
type Base struct {
	Href  string
	Outer *Base
}

// Ref is an address as written, to be resolved against its Base.
type Ref struct {
	Href string
	Base *Base
}

// Link is an Atom link, or the link of another format.
type Link struct {
	Ref
	Rel    string // "alternate" where the document leaves it out
	Type   string
	Title  string
	Length string
}

// Person is an author or contributor. RSS has one string only, such as
// "mail (Name)": it stands in Raw.
type Person struct {
	Name   string
	Email  string
	URI    Ref
	Avatar Ref // a picture, in JSON Feed
	Raw    string
}

// Category is a tag.
type Category struct {
	Term   string
	Scheme string
	Label  string
}

// Enclosure is an attached file.
type Enclosure struct {
	Ref
	Type     string
	Length   string // bytes, as written
	Duration string // as written: seconds, MM:SS or HH:MM:SS
}

// Media is a media:content.
type Media struct {
	Ref
	Size
	Type   string
	Medium string
}

// Size is the width and height in pixels that a picture is said to have, 0 where
// nothing is said, or nothing that can be.
type Size struct{ Width, Height int }

// Source is the feed that an aggregator names as an item's origin.
type Source struct {
	ID    string
	Title Text
	Link  Ref
}

// NotFeed says that a document is no feed. If it is an HTML page, Links are the
// feeds that the page names, best first, resolved only by the page's own base.
type NotFeed struct {
	Reason string
	Title  string // of the page
	Links  []feed.Found
}

func (e *NotFeed) Error() string { return "read feed: " + e.Reason }
