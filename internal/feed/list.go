package feed

import (
	"io"
	"time"
)

// List is an OPML list at an address that the reader follows: feeds that appear in
// it are subscribed to, those that vanish from it are flagged.
type List struct {
	ID     uint64
	URL    string    // absolute http or https
	Title  string    // as the list says; may be empty
	Folder string    // the folder that its own folders are put into; empty for none
	Added  time.Time // when the reader began to follow it

	Canonical string // the form of URL by which duplicates are known
	Site      string // registrable domain of URL

	// State is how its polling goes. What belongs to documents of feeds is empty.
	State State

	Members []Listed // what it names or named, by Canonical
}

// Name is what to call the list: its title, else its address.
func (l List) Name() string {
	if l.Title != "" {
		return l.Title
	}
	return l.URL
}

// Named counts the feeds that the list names.
func (l List) Named() (n int) {
	for _, m := range l.Members {
		if m.Gone.IsZero() {
			n++
		}
	}
	return n
}

// Listed is a feed that a followed list names, or named once.
type Listed struct {
	Canonical string    // of its address in the list
	Feed      uint64    // the subscription; where there is none of that number, the reader has removed it
	Gone      time.Time // since when the list no longer names it; zero: it does
}

// ListHarvest is what one poll of a followed list learned.
type ListHarvest struct {
	List  uint64
	State State  // the new state, complete
	URL   string // set where the list moves for good, with Canonical and Site
	// Canonical and Site belong to URL.
	Canonical string
	Site      string

	Read   bool   // a document was read; else what follows is empty
	Cut    bool   // it was not read to its end: what is missing may be there all the same
	Title  string // as the document says
	Wishes []Wish // what it names, their folders complete; each Canonical once
}

// ListUpdate is what a [ListHarvest] changed.
type ListUpdate struct {
	// Additions answer the wishes in their order. One that is not added and has no
	// subscription is of a feed that the reader removed.
	Additions []Addition
	Vanished  int // feeds that the list named until now, and that are still followed
}

// Unlisted tells that a followed list no longer names a feed.
type Unlisted struct {
	List  uint64
	Name  string // of the list
	Since time.Time
}

// ImportRequest asks to subscribe to the feeds of an OPML list: of Body, or of
// what stands at URL.
type ImportRequest struct {
	Body   io.Reader // read once, to its end; nil: URL
	URL    string
	Follow bool   // follow the list at URL from now on
	Folder string // put its feeds into this folder; empty for none
}

// ImportState is what came of a line of a list.
type ImportState string

// The states of lines.
const (
	ImportAdded   ImportState = "added"   // subscribed to
	ImportKnown   ImportState = "known"   // was there already, and was left as it is
	ImportTwice   ImportState = "twice"   // the list names the feed more than once
	ImportRemoved ImportState = "removed" // the reader has removed it; a followed list doesn't bring it back
	ImportFailed  ImportState = "failed"  // Reason says why
	ImportSet     ImportState = "set"     // a setting of tidings was taken over, which Reason tells
	ImportKept    ImportState = "kept"    // one was not, because the reader has one already
)

// ImportLine is what came of one line of a list.
type ImportLine struct {
	State  ImportState
	Line   int    // in the file, from 1
	Source string // address of the included list where it stands; empty: the list itself
	Title  string
	URL    string
	Folder string
	Reason string // for people; of what failed always
	Feed   uint64 // the subscription, if there is one
}

// ImportSum sums up what came of an import, whose lines are told one by one.
type ImportSum struct {
	Title  string // of the list
	List   uint64 // the list, if it is followed now
	Counts map[ImportState]int
}

// Note counts a line.
func (s *ImportSum) Note(l ImportLine) {
	if s.Counts == nil {
		s.Counts = map[ImportState]int{}
	}
	s.Counts[l.State]++
}

// Lines counts all lines.
func (s ImportSum) Lines() (n int) {
	for _, k := range s.Counts {
		n += k
	}
	return n
}

// ImportReport is what came of the poll of a followed list, line by line in the order
// of the list.
type ImportReport struct {
	Title string // of the list
	List  uint64 // the list, if it is followed now
	Lines []ImportLine
}

// Count counts the lines of a state.
func (r ImportReport) Count(s ImportState) (n int) {
	for _, l := range r.Lines {
		if l.State == s {
			n++
		}
	}
	return n
}

// Tell tells a report line by line, and gives its sum.
func (r ImportReport) Tell(line func(ImportLine) error) (ImportSum, error) {
	sum := ImportSum{Title: r.Title, List: r.List}
	for _, l := range r.Lines {
		if err := line(l); err != nil {
			return sum, err
		}
		sum.Note(l)
	}
	return sum, nil
}
