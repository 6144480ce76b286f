// Package feed holds the nouns of tidings and the errors that rooms share.
//
// It imports the standard library only, and every other package may import it.
// The words have one meaning each:
//
//   - a feed is a document that a publisher serves: RSS, RDF, Atom or JSON Feed;
//   - a [Subscription] is the reader's wish to follow a feed;
//   - a [State] is what polling has learned about it;
//   - an [Entry] is one feed's copy of one item, with its [Body];
//   - a [Story] is what a person reads: one or more entries that are copies of
//     the same article, of which one is the lead;
//   - a [Mark] is what the reader did to a story;
//   - the river is all stories, newest first;
//   - a [Claim] is what a poll begins with, a [Harvest] all that it learned.
//
// Subscription, State, Entry and Mark are kept apart because they have one
// writer each (the reader, the poller, the publisher, the reader) and live and
// die at different times.
package feed

import "time"

// HTML is sanitised HTML: a fragment that may stand in a page as it is. Only
// package sanitize makes one from untrusted text; a store may bring one back.
type HTML string

// Subscription is the reader's wish to follow a feed.
type Subscription struct {
	ID     uint64    // number, never used again for another feed
	URL    string    // address that is polled, absolute http or https
	Title  string    // title given by the reader; empty: the publisher's
	Folder string    // path of folders joined by "/", empty for none
	Added  time.Time // when the reader subscribed
	Paused bool      // true: not polled until the reader resumes it
	Tags   []string  // as [CleanTags] gives them; nil for none
	When   Timetable // the reader's word about when it is polled
	Keep   Keep      // and about what is kept of it

	// FullText is true where the whole text of each entry is to be fetched from its page,
	// because the feed gives teasers.
	FullText bool

	Canonical string // the form of URL by which duplicates are known
	Site      string // registrable domain of URL, which shares one queue

	// Removed is when the reader unsubscribed. The record is kept, hidden, only
	// as long as starred stories need the name of their source.
	Removed time.Time
}

// State is what polling has learned about a feed.
type State struct {
	Feed uint64 // the subscription's number

	// As the publisher's last valid document said it.
	Title       string
	SiteURL     string
	Description string   // plain text
	Language    string   // BCP 47
	Icon        string   // address of an icon or logo
	Format      string   // "rss", "rdf", "atom" or "json"
	Hub, Self   string   // WebSub addresses, as published; Hub is the first of Hubs
	Hubs        []string // every hub that the publisher names, at most [MostHubs]; nil before there was room for more than one
	Cloud       string   // address of the rssCloud that the publisher names; empty: none that we can speak with
	Hints       Hints
	Rhythm      Rhythm // when it publishes

	// Validators, byte for byte as the publisher sent them (RFC 9110 §8.8).
	ETag         string
	LastModified string
	BodyHash     [32]byte // SHA-256 of the last decoded body that was committed

	Due      time.Time // when the feed is to be polled next
	Lease    time.Time // set while claimed: when the claim lapses
	Polled   time.Time // end of the last poll, whatever came of it
	Answered time.Time // end of the last poll that succeeded (200 valid or 304)
	Document time.Time // when a document was last served and read
	Changed  time.Time // when a document last brought a new or revised entry

	// Failing tells of the present run of failures; Failures is 0 without one.
	Failures int
	Failure  FailureKind
	Error    string    // for people: what went wrong, and what to do
	Since    time.Time // when the present run of failures began
	HTTP     int       // status code of the last answer, 0 if there was none

	NotBefore time.Time // until then the publisher asked not to be asked (Retry-After)
	Gone      bool      // the publisher answered 410; the feed is no longer polled

	// PushUntil is until when a hub has promised to push the feed (WebSub), or a cloud to
	// tell of its changes where no hub is named (rssCloud), as it stood when the feed was
	// last polled; zero: nobody has.
	PushUntil time.Time

	Why    string // why Due is when it is, for people: follows "because"
	Ledger Ledger // what polling it has cost

	// Moved is the address of a permanent redirect that has been seen Sightings
	// times in a row since MovedSince, but is not followed for good yet.
	Moved      string
	Sightings  int
	MovedSince time.Time

	// ReusedGUIDs is true once a document carried one guid on several items:
	// guids of this feed then don't identify entries alone.
	ReusedGUIDs bool

	// Empty is true where the last document had no entries although earlier ones
	// had: that is suspicious, and nothing else of the state is from it.
	Empty bool
	// Mended is what had to be put right in the last document before it could be
	// read, each a phrase for people that the reader may send to the publisher.
	Mended []string
}

// Clouded reports whether a cloud tells us of changes, and no hub pushes them.
func (s State) Clouded(now time.Time) bool {
	return s.PushUntil.After(now) && s.Hub == "" && s.Cloud != ""
}

// MostHubs is how many hubs of a feed are remembered: whoever can't be pushed by one
// of them tries the next.
const MostHubs = 4

// Hints are what a feed says about how often it wants to be asked.
type Hints struct {
	TTL       time.Duration // RSS ttl; 0 if absent
	SkipHours []int         // RSS skipHours, 0 to 23, GMT
	SkipDays  []time.Weekday
	Update    time.Duration // sy:updatePeriod divided by sy:updateFrequency; 0 if absent
	Base      time.Time     // sy:updateBase, from which Update counts; zero if absent
	MaxAge    time.Duration // Cache-Control max-age or Expires of the last answer; 0 if absent
}

// Document is what a feed says of itself, cleaned: titles are plain text,
// addresses absolute, HTML sanitised, unknown times zero.
type Document struct {
	Format       string // "rss", "rdf", "atom" or "json"
	Version      string // as in the document: "2.0", "1.0", "1.1"
	ID           string // verbatim
	Title        string
	Link         string // the site
	Self         string
	Hub          string   // the first of Hubs
	Hubs         []string // at most MostHubs
	Cloud        string   // where an rssCloud is asked to tell us of changes, by http-post; may be empty
	Description  HTML
	Language     string
	Published    time.Time
	Updated      time.Time
	Authors      []Person
	Contributors []Person
	Categories   []string
	Links        []Link
	Image        string
	Icon         string
	Rights       HTML
	Generator    string
	Hints        Hints
}

// Entry is one feed's copy of one item: the part that lists show.
type Entry struct {
	ID    uint64 // number, ascending in order of arrival
	Feed  uint64 // the subscription it came from
	Story uint64 // the story it tells

	GUID       string // as published, verbatim; may be empty
	URL        string // permalink, absolute; may be empty
	Title      string // plain text; may be empty
	Authors    []Person
	Published  time.Time // as published; zero if missing or impossible
	Updated    time.Time // as published; zero if missing or impossible
	Seen       time.Time // when we first saw it
	Revised    time.Time // when we last saw its text change; zero if never
	Excerpt    string    // plain text of the body's beginning, at most 300 characters
	Words      int       // length of the body's text in words (characters / 2 in scripts without spaces)
	Image      string    // one picture for lists, absolute; may be empty
	Enclosures []Enclosure
	Categories []string
	Language   string // BCP 47, the feed's if the entry has none
	Source     Source // atom:source or RSS source: where an aggregator took it from
}

// Time is the entry's own time for people: published, else updated, else seen.
func (e Entry) Time() time.Time {
	switch {
	case !e.Published.IsZero():
		return e.Published
	case !e.Updated.IsZero():
		return e.Updated
	}
	return e.Seen
}

// Body is the heavy part of an entry, which lists never touch.
type Body struct {
	Summary      HTML
	Content      HTML
	Contributors []Person
	Links        []Link
	Comments     string
	Media        []string // addresses of media:content
	Thumbnails   []string
	Rights       HTML

	// Full is the text of the entry's page, where that is always fetched and was had
	// (see [FullText]). It is filled only by queries with [Query.Bodies].
	Full HTML `json:",omitempty"`
}

// Version is an entry as it was before a revision.
type Version struct {
	Title string
	Body  Body
	Until time.Time // when the revision was first seen
}

// Text is the body to show: the content, else the summary.
func (b Body) Text() HTML {
	if b.Content != "" {
		return b.Content
	}
	return b.Summary
}

// Person is an author or contributor; any part may be empty.
type Person struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	URI   string `json:"uri,omitempty"`
}

// Link is a typed link of a feed or entry, its Href absolute.
type Link struct {
	Href string `json:"href"`
	Rel  string `json:"rel,omitempty"`
	Type string `json:"type,omitempty"`
}

// Enclosure is an attached file. Length is in bytes, 0 if unknown, and Duration is how
// long it plays, to the second, 0 if unknown.
type Enclosure struct {
	URL      string        `json:"url"`
	Type     string        `json:"type,omitempty"`
	Length   int64         `json:"length,omitempty"`
	Duration time.Duration `json:"duration,omitempty"`
}

// Source is the feed that an aggregator names as an entry's origin.
type Source struct {
	ID    string `json:"id,omitempty"`
	Title string `json:"title,omitempty"`
	Link  string `json:"link,omitempty"`
}
