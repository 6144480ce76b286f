package feed

import (
	"context"
	"strings"
	"time"
)

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
	Entry    Entry
	Body     Body
	Verdict  Verdict
	Sketch   []byte    // may be empty
	Earlier  *Version  // as it was before its last revision; nil if it never was another
	FullText *FullText // what is kept of its page; nil if it was never asked for
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

// IsIdentity reports whether a setting is what the feeds of a data file are known by
// outside of it: the id of the merged feed, and the keys in addresses of feeds.
func IsIdentity(setting string) bool { return setting == "feed-id" || IsFeedKey(setting) }

// IsFeedKey reports whether a setting is one from which keys in addresses of feeds are
// made. Whoever knows them can read the feeds.
func IsFeedKey(setting string) bool {
	return setting == "feed-key" || setting == "feed-secret" || strings.HasPrefix(setting, "feed-salt/")
}

// KeptIcon is the icon of a source.
type KeptIcon struct {
	Source string // as [IconSource] Key gives it
	Due    time.Time
	PNG    []byte // empty: it has none
}

// KeptHour is what expired and removed entries counted in an hour, over all feeds.
// Numbers may be negative: where the first entry of a story goes, the next one counts
// as its first.
type KeptHour struct{ HourTally }

// KeptDay is what expired entries of a feed counted on a day.
type KeptDay struct {
	Feed uint64
	DayTally
}

// KeptGone is a feed that was unsubscribed from, which can still be undone.
type KeptGone struct {
	KeptFeed
	At      time.Time   // when
	Entries int         // that it had
	Hours   []HourTally // what its going added to those of [KeptHour]
}

// KeptGoneSeen is what was remembered of an entry of a [KeptGone].
type KeptGoneSeen struct{ KeptSeen }

// KeptGoneStory is an entry of a [KeptGone], the one member of the story that it told,
// as that was.
type KeptGoneStory struct{ KeptStory }

// KeptGoneDay is what expired entries of a [KeptGone] had counted.
type KeptGoneDay struct{ KeptDay }

// Line is a place in an archive, for reports.
type Line struct {
	File   string
	Number int // from 1
}

// Holdings are the facts of another data file, as an archive has them.
type Holdings interface {
	// Facts calls yield with pointers to the facts above and to [Subscriber]: first
	// Numbers, if there are any, then feeds, lists ([List]), settings, icons, what is
	// remembered of entries, hours and days, stories, decisions, the dissolved, feeds that
	// are gone, what was remembered of their entries, these, their days, subscribers.
	// bodies false: no body is needed. It can be called again. report is told of the lines that can't be read and
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
	Feeds, Lists, Entries, Stories, Marks, Decisions, Settings, Icons, Unsubscribed, Subscribers int // added; marks: changed

	Known    int // feeds that were there already
	Problems int // lines left out
}
