package feed

import "time"

// Claim is what a poll begins with: the right to poll one feed until the lease
// lapses, and what is known of it.
type Claim struct {
	Subscription Subscription
	State        State
	Crowd        time.Duration // how long its site takes to be asked for all of its feeds once; 0 where nobody counted
}

// ClaimQuery asks for feeds to poll.
type ClaimQuery struct {
	Now     time.Time
	Lease   time.Duration   // how long a claim holds if its poll never ends
	Max     int             // at most so many claims
	PerSite int             // at most so many of one site in this answer; 0 for any number
	Full    map[string]bool // sites that can take no more now, by [Subscription.Site]
	Only    map[uint64]bool // if not nil: only these feeds
}

// Key identifies an entry inside its feed: a hash of a guid, an address or a
// text. An entry has several, the strongest first.
type Key [16]byte

// Known is what the store remembers of a key, even after the entry has expired.
type Known struct {
	Entry  uint64 // number of the entry, which may have expired
	Hash   uint64 // of the item as published, as last seen under any of its keys
	Served int32  // day (Unix time / 86400) of a document that carried it; kept to within a week
}

// Harvest is all that one poll learned. It is committed whole or not at all.
type Harvest struct {
	Feed  uint64
	State State     // the new state, complete
	Lease time.Time // of the claim that it answers; a harvest of a claim that was lost is dropped
	URL   string    // set where the subscription moves for good
	// Canonical and Site belong to URL, as in [Subscription]; empty: Canonical is
	// URL itself, and Site stays.
	Canonical string
	Site      string

	Arrivals []Arrival // new and revised entries, oldest first
	Served   []Served  // unchanged entries whose day of service is due for noting
}

// Served notes that a document still carries an entry.
type Served struct {
	Keys  []Key
	Known Known
}

// Arrival is an entry that a poll found new or revised.
type Arrival struct {
	Keys   []Key  // identity in the feed, strongest first
	Hash   uint64 // of the item as published
	Entry  Entry  // ID is set where it revises an entry that is known
	Body   Body
	Packed []byte // if set, Body as the store's Pack packed it; Body is then empty
	Sketch []byte // what dedup keeps of it, opaque to a store

	// Material is true where a revision changes the words of title or text, and
	// not just markup, addresses or times.
	Material bool

	// Set by the committer for new entries; of revised ones only Verdict.Drifted and
	// Verdict.Drift count:
	Time    time.Time // place in the river, should it found a story
	URN     string    // id of the story, should it found one
	Verdict Verdict
	New     bool // no known entry
	// Event is the event of the story that it founds; 0 means one of its own.
	// Relation tells why.
	Event    uint64
	Relation Relation
}

// Sketched is a sketch as the store kept it.
type Sketched struct {
	Entry  uint64
	Feed   uint64
	Story  uint64
	Event  uint64 // of the story
	Seen   time.Time
	Sketch []byte
}

// Outcome is what came of one poll, for progress and logs.
type Outcome struct {
	Feed     uint64
	URL      string
	Title    string
	Status   string // "new", "unchanged", "failed", "waiting", "paused", "gone" or "suspicious" (no entries where there were some)
	New      int    // new entries
	Revised  int
	Joined   int    // new entries that joined a story that was there
	Error    string // for people, if failed or waiting
	Took     time.Duration
	Bytes    int64
	HTTP     int
	Finished time.Time
	Pushed   bool // a hub sent it
}

// Pushed is a document that a hub sent for a feed: all of the feed, or what is new in it.
type Pushed struct {
	Feed        uint64
	Body        []byte
	ContentType string
}

// CheckReport is what checking the data file found.
type CheckReport struct {
	Problems []string       // each a sentence; empty: all is well
	Records  map[string]int // how many there are of each kind
}

// PollRequest says which feeds to poll at the reader's wish.
type PollRequest struct {
	Feeds []uint64 // these; nil: those that are due now
	All   bool     // every feed, due or not
	Force bool     // even those polled within the last five minutes
}
