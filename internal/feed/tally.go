package feed

import "time"

// HourTally is what one hour counts, over all feeds. Whatever expires later or is
// unsubscribed stays counted.
type HourTally struct {
	At      time.Time // the beginning of the hour, UTC
	Entries int       // entries that appeared in it, see [Entry.Appeared]
	Stories int       // of them those that are the first of their stories
	Read    int       // stories that were marked as read in it, in whatever way, and still are
	Worth   int       // entries that tell these stories: what it would have been to read them all
	Opened  int       // stories that the reader opened in it for the first time
}

// Copies is how many of the entries told a story that another one told before.
func (t HourTally) Copies() int { return t.Entries - t.Stories }

// Folded is how many entries needn't be read, because they are copies of what was.
func (t HourTally) Folded() int { return t.Worth - t.Read }

// Add gives the sum of two, at the time of the first.
func (t HourTally) Add(u HourTally) HourTally {
	return HourTally{t.At, t.Entries + u.Entries, t.Stories + u.Stories, t.Read + u.Read, t.Worth + u.Worth, t.Opened + u.Opened}
}

// DayTally is what one day counts for one feed. It is forgotten with the feed.
type DayTally struct {
	Day     time.Time // its midnight, UTC
	Entries int       // entries of the feed that appeared on it
	Shared  int       // of them those whose stories another feed tells too
	Opened  int       // stories that the feed tells, and that the reader opened on it for the first time
}

// Add gives the sum of two, at the day of the first.
func (t DayTally) Add(u DayTally) DayTally {
	return DayTally{t.Day, t.Entries + u.Entries, t.Shared + u.Shared, t.Opened + u.Opened}
}

// Sum adds up some days; its Day is that of the first.
func Sum(ts []DayTally) (sum DayTally) {
	for i, t := range ts {
		if i == 0 {
			sum.Day = t.Day
		}
		sum = sum.Add(t)
	}
	return sum
}

// Share is the part, from 0 to 1, of a feed's entries that other feeds brought as
// well; 0 where there are none.
func (t DayTally) Share() float64 {
	if t.Entries <= 0 {
		return 0
	}
	return float64(t.Shared) / float64(t.Entries)
}

// Overlap is how many stories two feeds both tell. A is less than B.
type Overlap struct {
	A, B    uint64
	Stories int
}

// Overlaps are the pairs of feeds that tell most stories together.
type Overlaps struct {
	Pairs   []Overlap      // the most stories first
	Stories map[uint64]int // by feed: stories looked at that it tells
	Looked  int            // stories looked at, the newest ones
	More    bool           // there were older ones
}

// Appeared is when an entry counts as having come out: when its publisher says, if
// that was before it was seen, else when it was seen. A feed that is polled seldom, or
// for the first time, is counted on the days on which it published.
func (e Entry) Appeared() time.Time {
	if e.Published.IsZero() || e.Published.After(e.Seen) {
		return e.Seen
	}
	return e.Published
}
