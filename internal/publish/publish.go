// Package publish writes stories as a merged Atom feed (RFC 4287).
//
// One story is one entry for its whole life: the entry's id is the story's URN,
// which neither a new copy nor another lead changes. The entry speaks with the
// lead's words and names the lead's feed in atom:source; the other sources
// stand at the text's end ("Also in: …") and as links of the relation related.
//
// The invariant is that equal input gives equal bytes, today and after a
// restart: nothing here asks the clock, walks a map or draws a random number,
// so [Tag] can be a strong validator without the document being built. What
// goes out is well formed and valid whatever comes in: characters that XML
// forbids are left out, addresses that are no http(s) IRI are left out, dates
// that RFC 3339 can't write count as unknown, and elements that the RFC demands
// fall back to the next best thing.
//
// Dates are never invented. Two stories that changed in the same second have
// equal updated elements, although feed validators advise against that: a
// nudged date would be untrue, and would change with its neighbours.
//
// gorilla/feeds writes the document. Its Atom structs are embedded, and fields
// that fall short (one category, one author, source as a string, links without
// title) are declared again one level up, where encoding/xml prefers them.
//
// Which stories to publish, under which address, and all of HTTP is the
// caller's business. HTML is trusted, as its type [feed.HTML] says.
package publish

import (
	"fmt"
	"io"
	"time"

	"github.com/gorilla/feeds"

	"tidings/internal/feed"
)

// Feed is what the merged feed says of itself.
type Feed struct {
	ID       string    // atom:id, an IRI that never changes; empty: Self
	Title    string    // plain text; empty: "tidings"
	Subtitle string    // plain text; may be empty
	Self     string    // absolute address of this document as it is served
	Home     string    // absolute address of the page that shows the same stories; may be empty
	Updated  time.Time // stands for the stories' own where there are none; zero: 1970
	Version  string    // of tidings, for atom:generator; may be empty
}

// Atom writes the stories as an Atom feed, in the order given. The headlines
// want their bodies ([feed.Query.Bodies]); one without its body is published
// with its excerpt. The errors are those of w.
func Atom(w io.Writer, f Feed, stories []feed.Headline) error {
	if err := feeds.WriteXML(newDocument(f, stories), w); err != nil {
		return fmt.Errorf("write atom feed: %w", err)
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
		if t := updated(&stories[i]); t.After(newest) {
			newest = t
		}
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
// renamed, a story goes) doesn't move it: who sends it has to, where [Tag] moves
// and it doesn't. Dates of a publisher that lie ahead of its entry's arrival don't
// move it.
func Modified(f Feed, stories []feed.Headline) time.Time {
	newest := Updated(f, stories)
	for i := range stories {
		for _, t := range []time.Time{stories[i].Entry.Seen, stories[i].Entry.Revised} {
			if t = writable(t); t.After(newest) {
				newest = t
			}
		}
	}
	return newest
}
