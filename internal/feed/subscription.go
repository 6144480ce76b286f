package feed

import "time"

// Wish is a request to subscribe: what an OPML outline or a person says.
type Wish struct {
	URL    string // absolute http or https address of a feed
	Title  string // may be empty
	Folder string // may be empty
	Tags   []string
	Paused bool // not to be polled before the reader resumes it
	Rule   Rule // how its copies are folded; zero: as the rule above says
	Keep   Keep // what is kept of it
	When   Timetable
	// FullText: see Subscription.
	FullText bool
	// SiteURL and Description are shown until the feed has said its own.
	SiteURL     string
	Description string

	// Canonical is the form of URL by which duplicates are known, Site the
	// registrable domain that shares one queue; package poller fills both.
	Canonical string
	Site      string
}

// Addition tells what came of a Wish.
type Addition struct {
	Subscription Subscription
	Added        bool // false: it was there already, and was left as it is
}

// Change asks for changes of a subscription; nil leaves a field as it is.
type Change struct {
	URL    *string
	Title  *string
	Folder *string
	Paused *bool
	Tags   *[]string // all of them; as [CleanTags] gives them
	When   *Timetable
	Keep   *Keep

	FullText *bool
}

// FeedChange asks for a change of one feed. Its address can't be changed so.
type FeedChange struct {
	Feed   uint64
	Change Change
}

// Reverse is the change that takes c back, from what s was before it.
func (c Change) Reverse(s Subscription) Change {
	var back Change
	if c.URL != nil {
		back.URL = &s.URL
	}
	if c.Title != nil {
		back.Title = &s.Title
	}
	if c.Folder != nil {
		back.Folder = &s.Folder
	}
	if c.Paused != nil {
		back.Paused = &s.Paused
	}
	if c.Tags != nil {
		back.Tags = &s.Tags
	}
	if c.When != nil {
		back.When = &s.When
	}
	if c.Keep != nil {
		back.Keep = &s.Keep
	}
	if c.FullText != nil {
		back.FullText = &s.FullText
	}
	return back
}

// Following is a subscription as the feed list shows it.
type Following struct {
	Subscription Subscription
	State        State
	Entries      int        // entries stored
	Unread       int        // unread stories that it tells
	Newest       time.Time  // seen time of its newest entry
	Unlisted     []Unlisted // followed lists that named it, and no longer do
}

// Roster is what is followed, or what changed of it since an earlier one.
type Roster struct {
	All   bool        // Feeds are all, and what isn't among them isn't followed
	Feeds []Following // those that came or changed, in no order
	Gone  []uint64    // feeds that are no longer followed, or never were
	At    uint64      // to ask for what changes from here on
}

// Name is the title to show: the reader's, else the publisher's, else the address.
func (f Following) Name() string { return Name(f.Subscription, f.State) }

// Name is the title to show for a feed: the reader's, else the publisher's,
// else the address.
func Name(s Subscription, st State) string {
	switch {
	case s.Title != "":
		return s.Title
	case st.Title != "":
		return st.Title
	}
	return s.URL
}

// Stats are the sizes that status tells.
type Stats struct {
	Feeds   int // subscriptions, paused ones included
	Failing int // those whose last poll failed, or that are gone
	Entries int
	Stories int
	Copies  int // entries beyond the first of each story
	Events  int // happenings: stories, those of one event counted once
	Unread  int
	Starred int
	Bytes   int64 // size of the data file
}

// Retention says what is kept. What it doesn't keep is deleted for good.
type Retention struct {
	Read   time.Duration // read, unstarred stories are kept so long; 0: for ever
	Unread time.Duration // unread, unstarred stories are kept so long; 0: for ever
	Newest int           // so many newest entries of each feed are kept always
}

// DefaultRetention keeps read stories for 90 days, unread and starred ones for
// ever, and the last 20 entries of each feed always.
var DefaultRetention = Retention{Read: 90 * 24 * time.Hour, Newest: 20}

// Found is a feed that a page links to.
type Found struct {
	URL   string // absolute
	Title string
	Type  string // media type as the page names it; may be empty
}

// Progress tells how far a run of polls is.
type Progress struct {
	Running bool // polls are under way or waiting for their turn
	First   bool // some subscription has never been polled
	Total   int  // feeds of this run
	Done    int  // of them: answered or failed
	Failed  int  // of Done: failed
	New     int  // entries that arrived in this run
}

// UndoFor is how long unsubscribing can be undone, at least.
const UndoFor = time.Hour

// Unsubscribed is a feed that the reader unsubscribed from, and that can come back
// with all that it had.
type Unsubscribed struct {
	Subscription Subscription // as it was
	Name         string       // the title that was shown
	At           time.Time    // when it was unsubscribed from
	Entries      int          // how many entries come back
}

// Preview is a feed as it is before one subscribes to it.
type Preview struct {
	Found
	Feed     uint64        // the subscription that has its address already; 0 for none
	Format   string        // "rss", "rdf", "atom" or "json"; empty where it couldn't be read
	Site     string        // address of its site; may be empty
	About    string        // plain text; may be empty
	Language string        // BCP 47; may be empty
	Entries  int           // in its document
	Newest   time.Time     // when the newest of them appeared; zero if none has a date
	Last     []PreviewItem // the newest ones
	Failure  string        // for people: why it couldn't be read; empty if it could, or wasn't looked at
}

// PreviewItem is an entry of a feed that isn't subscribed to.
type PreviewItem struct {
	Title   string // plain text; may be empty
	URL     string // may be empty
	Time    time.Time
	Excerpt string // plain text
}
