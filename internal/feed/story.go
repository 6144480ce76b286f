package feed

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Story is what a person reads: entries that are copies of the same article.
type Story struct {
	ID      uint64    // number in this data file
	URN     string    // the id that leaves the house; never changes
	Lead    uint64    // the entry that stands for the story
	Time    time.Time // its place in the river, to the second; never moves
	Updated time.Time // when what it tells last changed materially
	Copies  int       // how many entries tell it, the lead included
	Event   uint64    // the happening that it is about: the number of the event's first story, often its own
}

// StoryURN is the stable id of a story that an entry of the feed at feedURL
// founds: a name-based UUID (RFC 9562 §5.5) of the feed's address and the
// entry's key, so that it survives a new database. The key is the entry's guid,
// or, if that doesn't identify it, what does.
func StoryURN(feedURL, key string) string {
	h := sha1.New()
	h.Write([]byte("\x6b\xa7\xb8\x11\x9d\xad\x11\xd1\x80\xb4\x00\xc0\x4f\xd4\x30\xc8")) // the namespace of URLs
	h.Write([]byte(feedURL + "#" + key))
	u := h.Sum(nil)[:16]
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	x := hex.EncodeToString(u)
	return "urn:uuid:" + x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// Level is how an entry came to its story.
type Level string

// The levels, from the founder of a story to ever weaker kinds of sameness.
const (
	LevelNew      Level = "new"       // it founded the story
	LevelSameURL  Level = "same-url"  // equal canonical address
	LevelSameText Level = "same-text" // equal normalised text
	LevelPart     Level = "part"      // nearly all of the shorter text stands in the longer: light edits, a teaser, a truncation
	LevelNear     Level = "near"      // the same article in other words
	LevelReader   Level = "reader"    // the reader said so
)

// Verdict tells which story an entry belongs to, and why.
type Verdict struct {
	Level    Level
	Of       uint64  // entry that it was matched with; 0 for a founder
	Score    float64 // 1 for exact matches; for parts and near ones points
	Need     float64 // points that were needed to join; 0 where none were
	Evidence string  // one sentence for people; empty for a founder
	Apart    []Apart // what it was kept apart from, the nearest first, at most three

	// Drifted tells that the entry was revised since, and that its new text would
	// not have joined the story. It stays all the same. Evidence of that is Drift.
	Drifted bool
	Drift   string
}

// Apart is a near miss: an entry of another story that was nearly taken for a copy.
type Apart struct {
	Of       uint64  // the entry
	Story    uint64  // its story then
	Score    float64 // points reached
	Need     float64 // points that were needed
	Veto     string  // the rule that forbade it, such as "numbers"; empty where the points were too few
	Evidence string  // one sentence for people: "kept apart: 4.8 against 6.1"
}

// Relation tells why a story is in an event beside others.
type Relation struct {
	Of       uint64  // entry that it was matched with; 0 for the first story of an event
	Score    float64 // points
	Evidence string  // one sentence for people
}

// Member is an entry of a story.
type Member struct {
	Entry   Entry
	Outlet  Outlet
	Verdict Verdict
	Body    Body // filled only by [Full]
}

// Outlet is the little that lists need to know of a subscription.
type Outlet struct {
	Feed    uint64
	Title   string // the reader's title, else the publisher's, else the address
	URL     string // the feed's address
	SiteURL string // the site's address; may be empty
	Folder  string
	Icon    string
	Trouble bool // its last poll failed, or it is gone
	Paused  bool
	Tags    []string // shared: not to be changed
}

// Mark is what the reader did to a story.
type Mark struct {
	Read    bool
	Starred bool
	ReadAt  time.Time
	StarAt  time.Time
	Opened  time.Time // when the reader first opened it by itself; zero: never. It stays, whatever is marked later
}

// Headline is a story as a line of the river shows it.
type Headline struct {
	Story
	Entry  Entry    // the lead
	Outlet Outlet   // the lead's source
	Others []Outlet // other sources that tell it, each once, without the lead's
	Mark   Mark
	Body   *Body // the lead's body, if [Query.Bodies] asked for it
	Kin    int   // other stories of its event
	// Sources is how many independent sources tell it, where stories are in the order of
	// that number; else 0.
	Sources int
	Also    []Copy // one for each of Others, in their order, if [Query.Bodies] asked for it
	// Grown is when another source last came to tell the story in its own words, or
	// twice as long as any before it, if [Query.Bodies] asked for it; zero for never.
	Grown time.Time
}

// Copy is what another source made of a story: enough to link to it.
type Copy struct {
	Outlet Outlet
	Title  string // of its own entry, plain text; may be empty
	URL    string // of its own entry; may be empty
}

// Full is a story with all its members, the lead first, then by arrival.
type Full struct {
	Headline
	Members []Member
	Event   []Related // the other stories of its event, oldest first, at most 50
}

// Related is a story of the same event, as the page of another one shows it.
type Related struct {
	Headline Headline
	Relation Relation // why it is in the event; of the first story empty
}

// Cursor is a place in the river: paging goes by key, never by offset.
type Cursor struct {
	Time  time.Time // to the second
	Story uint64
}

// IsZero reports whether c names no place.
func (c Cursor) IsZero() bool { return c.Story == 0 && c.Time.IsZero() }

// String gives the cursor as a page address carries it; empty for the zero cursor.
func (c Cursor) String() string {
	if c.IsZero() {
		return ""
	}
	return strconv.FormatInt(c.Time.Unix(), 10) + "-" + strconv.FormatUint(c.Story, 10)
}

// ParseCursor reads what [Cursor.String] wrote; the empty string is the zero cursor.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	i := strings.LastIndexByte(s, '-')
	if i <= 0 {
		return Cursor{}, fmt.Errorf("read page cursor %q: want TIME-STORY", s)
	}
	t, err1 := strconv.ParseInt(s[:i], 10, 64)
	n, err2 := strconv.ParseUint(s[i+1:], 10, 64)
	if err1 != nil || err2 != nil {
		return Cursor{}, fmt.Errorf("read page cursor %q: want TIME-STORY", s)
	}
	return Cursor{Time: time.Unix(t, 0).UTC(), Story: n}, nil
}

// Cursor is the story's own place in the river.
func (s Story) Cursor() Cursor { return Cursor{Time: s.Time, Story: s.ID} }

// Query asks for a stretch of a river. Its filters combine.
type Query struct {
	Feed    uint64 // only stories that this feed tells; 0 for any
	Folder  string // only stories told by a feed in this folder or below it; empty for any
	Tag     string // only stories told by a feed with this tag; empty for any
	Unread  bool   // only unread stories
	Starred bool   // only starred stories

	// Until leaves out stories with a greater number: those that came after a page
	// with that [Page.Newest] was made. 0 leaves out none.
	Until uint64

	// Since leaves out stories whose place is earlier; to the second, zero for none.
	Since time.Time

	Before Cursor // only stories older than this place
	After  Cursor // only stories newer than this place, the nearest ones first found
	// Sources is how many independent sources the story at Before or After has, where
	// stories are in the order of that number.
	Sources int
	Limit   int  // at most so many; 0 means 50, more than 500 means 500
	Bodies  bool // fill Headline.Body and Headline.Also
}

// Page is the answer to a Query, always newest first.
type Page struct {
	Stories []Headline
	More    bool   // there are further ones in the direction asked
	Newest  uint64 // the greatest number that a story has; what comes later has a greater one
}

// Titled is a story by its title, for whoever looks for one.
type Titled struct {
	Story uint64
	Title string // of its lead, plain text; may be empty
}

// Volume is a stretch of a river in the order in which its stories came, which
// nothing is ever added to.
type Volume struct {
	Stories []Headline // newest first, as in a [Page]
	Before  uint64     // the end of the archive before it; 0 if there is none
}

// Counts are the numbers beside the river's filters. They count stories.
type Counts struct {
	Unread  int
	Starred int
	Feeds   map[uint64]int // unread by feed
	Folders map[string]int // unread by folder, a story once in each; parents include children
	Tags    map[string]int // unread by tag, a story once in each
}

// MarkChange asks to change marks; nil leaves one as it is.
type MarkChange struct {
	Read    *bool
	Starred *bool
	Opened  bool // the reader opened it by itself, be it read or not: for statistics
	// Late tells that the mark was made some time before it arrives, without a network:
	// what was marked read or starred after that stays so.
	Late bool
}
