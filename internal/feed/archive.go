package feed

import "context"

// The facts that leave one data file and enter another. Numbers in them are those of
// the data file that they left.

// Numbers are the last numbers that a data file gave.
type Numbers struct{ Feeds, Entries, Stories, Decisions, Lists uint64 }

// KeptFeed is a feed that is followed, or that was removed and is kept, hidden.
type KeptFeed struct {
	Subscription Subscription
	State        State // without its lease
}

// KeptSeen is what is remembered of an entry, which may have expired.
type KeptSeen struct {
	Feed, Entry uint64
	Keys        []Key
	Hash        uint64
	Served      int32 // day (Unix time / 86400) of a document that carried it
	Absences    int32 // documents without it since then that count
	Missed      int32 // day of the last of these
}

// KeptStory is a story with its mark and its members, or with some of them: the rest
// comes in a KeptStory of the same number.
type KeptStory struct {
	Story    Story    // Copies is 0
	Relation Relation // why it is in its event
	Mark     Mark
	Members  []KeptMember
}

// KeptMember is an entry of a story, whole.
type KeptMember struct {
	Entry   Entry
	Body    Body
	Verdict Verdict
	Sketch  []byte // may be empty
}

// KeptDecision is a decision with what taking it back needs.
type KeptDecision struct {
	Decision
	Moved    []uint64  // Entries as they were when it was made
	Verdicts []Verdict // of Moved, in their order, in the story that they left
	Lead     uint64    // of that story

	// Of a join: the story that it dissolved, why that was in its event, its mark, and
	// whether the other was starred because it was.
	Story    *Story
	Relation Relation
	Mark     *Mark
	Starred  bool
}

// KeptDissolved tells where a story went that is no longer there.
type KeptDissolved struct{ Story, Into uint64 }

// KeptSetting is a setting.
type KeptSetting struct {
	Name  string
	Value []byte
}

// Line is a place in an archive, for reports.
type Line struct {
	File   string
	Number int // from 1
}

// Holdings are the facts of another data file, as an archive has them.
type Holdings interface {
	// Facts calls yield with pointers to the facts above and to [Subscriber]: first
	// Numbers, if there are any, then feeds, lists ([List]), settings, what is remembered of
	// entries, stories, decisions, the dissolved, subscribers. bodies false: no body is
	// needed. It can be called again. report is told of the lines that can't be read and
	// are left out.
	Facts(ctx context.Context, bodies bool, yield func(at Line, fact any) error, report func(Problem)) error
}

// Telling is what whoever takes in an archive is told. All of it is needed.
type Telling struct {
	Problem  func(Problem)
	Leased   func()                // the feeds of the archive are leased: nobody else polls them
	Progress func(done, total int) // facts taken in, of all
}

// Problem is a line of an archive that was left out, or a part of it, and why.
type Problem struct {
	Line
	Reason string
}

// Absorbed tells what taking in an archive changed.
type Absorbed struct {
	Feeds, Lists, Entries, Stories, Marks, Decisions, Settings, Subscribers int // added; marks: changed

	Known    int // feeds that were there already
	Problems int // lines left out
}
