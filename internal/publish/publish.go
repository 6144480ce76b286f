// Package publish writes stories as a feed: Atom (RFC 4287), RSS 2.0 (by the
// profile of the RSS Board) and JSON Feed 1.1.
//
// One story is one entry for its whole life: the entry's id is the story's URN,
// which neither a new copy nor another lead changes, and its date is the story's
// place in the river, which never moves. The entry speaks with the lead's words and
// names the lead's feed as its source; the other sources stand at the text's end
// ("Also in: …") and as links of the relation related. What an entry says is
// gathered once, as an [item], from which three writers take what their format can
// say.
//
// A feed may be one of several documents (RFC 5005): the pages of a river, which
// shift as it grows, or its archives, which don't.
//
// Archives are stable as §4.1 means it: an archive keeps its address, no story ever
// comes to it, and each keeps its id and its place. What is said of a story can still
// change: a copy joins it within the two weeks in which copies are looked for, its
// publisher revises it, the reader splits, joins or prefers. These are the changes
// that §4.1 leaves to the archive alone, because nobody needs to see the entry again.
// Where nothing of that happens the bytes stay. To freeze them by force would lose
// something: a new subscriber would not learn of the later sources, or, were nothing
// archived before its two weeks are over, who follows archives alone would miss what
// lies between the newest stories and the first archive.
//
// The invariant is that equal input gives equal bytes, today and after a
// restart: nothing here asks the clock, walks a map or draws a random number, so
// that a hash of the document is a strong validator. What goes out is well formed
// and valid whatever comes in: characters that XML forbids are left out, addresses
// that are no http(s) IRI are left out, dates that RFC 3339 can't write count as
// unknown, and elements that a format demands fall back to the next best thing.
// All addresses in the texts are absolute, so that no xml:base is needed.
//
// Dates are never invented. Two stories that changed in the same second have
// equal updated elements, although feed validators advise against that: a
// nudged date would be untrue, and would change with its neighbours.
//
// gorilla/feeds writes the documents. Its structs are embedded, and fields that
// fall short (one category, one author, source as a string, links without title,
// sizes of 32 bits) are declared again one level up, where encoding/xml and
// encoding/json prefer them.
//
// Which stories to publish, under which address, and all of HTTP is the
// caller's business. HTML is trusted, as its type [feed.HTML] says.
package publish

import (
	"fmt"
	"io"
	"time"

	"tidings/internal/feed"
)

// Format is one of the three that a feed is written in; its value is the extension
// of the feed's address.
type Format string

// The formats.
const (
	Atom Format = "atom" // RFC 4287
	RSS  Format = "rss"  // RSS 2.0
	JSON Format = "json" // JSON Feed 1.1
)

// Formats are all of them, the best first.
func Formats() []Format { return []Format{Atom, RSS, JSON} }

// Type is the media type of a document, without parameters.
func (f Format) Type() string {
	switch f {
	case RSS:
		return "application/rss+xml"
	case JSON:
		return "application/feed+json"
	}
	return "application/atom+xml"
}

// Name is what people call the format.
func (f Format) Name() string {
	switch f {
	case RSS:
		return "RSS 2.0"
	case JSON:
		return "JSON Feed"
	}
	return "Atom"
}

// Content is how much of a story's text an entry carries.
type Content string

// The contents.
const (
	Full    Content = ""        // the whole text, as far as the lead's feed has it
	Summary Content = "summary" // its beginning, or what the publisher called a summary
	None    Content = "none"    // headline and links alone
)

// Copies is how an entry shows the other sources of its story.
type Copies string

// The copies.
const (
	InText   Copies = ""      // as links, and as a last paragraph
	AsLinks  Copies = "links" // as links of the relation related
	NoCopies Copies = "none"
)

// Feed is what a document says of itself, and how it is to be written. Addresses
// are absolute, and those that are empty are left out.
type Feed struct {
	ID       string    // an IRI that never changes, for all documents of one feed; empty: Self
	Title    string    // plain text; empty: "tidings"
	Subtitle string    // plain text; may be empty
	Self     string    // address of this document as it is served
	Home     string    // address of the page that shows the same stories
	Hub      string    // address of the WebSub hub that tells of changes
	Updated  time.Time // stands for the stories' own where there are none; zero: 1970
	Version  string    // of tidings; may be empty

	// The other documents of the same feed (RFC 5005). A page of a river names those
	// around it (§3).
	First, Previous, Next, Last string
	// A river that has archives names the newest one, and an archive the one before
	// it (§4).
	PrevArchive string
	Current     string // address of the document that an archive belongs to
	Archive     bool   // this is an archive: its stories are those that it will always have

	Content Content
	Copies  Copies
	// Grow counts it as a change of a story that another source came to tell it in
	// its own words, or in full.
	Grow bool
}

// Write writes the stories in a format, in the order given. The headlines want their
// bodies ([feed.Query.Bodies]); one without its body is published with its
// excerpt. The errors are those of w.
func Write(w io.Writer, format Format, f Feed, stories []feed.Headline) error {
	write := writeAtom
	switch format {
	case RSS:
		write = writeRSS
	case JSON:
		write = writeJSON
	}
	if err := write(w, f, stories); err != nil {
		return fmt.Errorf("write feed as %s: %w", format, err)
	}
	return nil
}

// Updated is the feed's atom:updated: when a story last changed in a way that its
// publisher would call significant (RFC 4287 §4.2.15). That is the newest of the
// stories' own dates, without any story the feed's. It is in UTC and in whole
// seconds. A document can change and keep it; see [Modified].
func Updated(f Feed, stories []feed.Headline) time.Time {
	var newest time.Time
	for i := range stories {
		newest = latest(newest, updated(f, &stories[i]))
	}
	if len(stories) == 0 {
		newest = f.Updated
	}
	return writable(newest)
}

// Modified is when the document last changed as far as the stories tell, for
// Last-Modified (RFC 9110 §8.8.2): the newest of [Updated] and of the times at
// which their leads arrived or were revised. A story that arrives late moves it
// although its own date is old. What stories don't tell (a copy joins, a feed is
// renamed, a story goes) doesn't move it: who sends it has to.
func Modified(f Feed, stories []feed.Headline) time.Time {
	newest := Updated(f, stories)
	for i := range stories {
		newest = latest(newest, latest(writable(stories[i].Entry.Seen), writable(stories[i].Entry.Revised)))
	}
	return newest
}
