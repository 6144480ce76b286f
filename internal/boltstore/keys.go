package boltstore

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"time"

	"tidings/internal/feed"
)

// table is one bucket of the data file. The package comment tells what each holds.
type table int

const (
	tMeta table = iota

	tSubscription
	tState
	tEntry
	tBody
	tSeen
	tStory
	tMember
	tMark
	tSketch
	tSetting
	tDecision
	tDissolved
	tSubscriber
	tList
	tLease
	tEarlier
	tIcon
	tFullText
	tBygone
	tRemoved

	tCanon
	tDue
	tArrival
	tRiver
	tUnread
	tStarred
	tEvent
	tCounts
	tTally

	tables // how many there are
)

// String is the bucket's name in the file.
func (t table) String() string {
	return [tables]string{
		"meta",
		"subscription", "state", "entry", "body", "seen", "story", "member", "mark", "sketch", "setting", "decision", "dissolved", "subscriber", "list", "lease", "earlier", "icon", "fulltext", "bygone", "removed",
		"canon", "due", "arrival", "river", "unread", "starred", "event", "counts", "tally",
	}[t]
}

// isIndex reports whether the table can be rebuilt from the others.
func (t table) isIndex() bool { return t >= tCanon && t < tables }

// Keys of the table meta.
const (
	keySchema  = "schema"
	keyVersion = "version"
	keyRecount = "recount" // there while the table tally is to be made from the facts
)

// Keys of the table counts, beside those of the feeds.
const (
	keyTotals  = "totals"
	keyFolders = "folders"
	keyTags    = "tags"
)

// maxName bounds keys that are made of text; longer ones end in a hash.
const maxName = 512

// last is the greatest number, the end of every range.
const last = math.MaxUint64

// number is the key of a table that is kept by one number.
func number(n uint64) []byte { return join(n) }

// join builds a key whose order is the order of its numbers.
func join(ns ...uint64) []byte {
	k := make([]byte, 0, 8*len(ns))
	for _, n := range ns {
		k = binary.BigEndian.AppendUint64(k, n)
	}
	return k
}

// split reads the numbers of a key that join built; false if it has another length.
func split(k []byte, ns ...*uint64) bool {
	if len(k) != 8*len(ns) {
		return false
	}
	for i, n := range ns {
		*n = binary.BigEndian.Uint64(k[8*i:])
	}
	return true
}

// ordered maps a signed number to an unsigned one in the same order, and disordered maps it back.
func ordered(n int64) uint64    { return uint64(n) ^ 1<<63 }
func disordered(n uint64) int64 { return int64(n ^ 1<<63) }

// name is the key of a text, cut to a length that bbolt takes.
func name(s string) []byte {
	if len(s) <= maxName {
		return []byte(s)
	}
	sum := sha256.Sum256([]byte(s))
	return append([]byte(s[:maxName-len(sum)]), sum[:]...)
}

// subscriberKey identifies a subscriber of a feed of ours by the hash of both its addresses.
func subscriberKey(topic, callback string) []byte {
	sum := sha256.Sum256([]byte(topic + "\n" + callback))
	return sum[:]
}

// seenKey is the key of what is remembered of an entry in its feed.
func seenKey(id, entry uint64) []byte { return join(id, entry) }

func splitSeen(k []byte) (id, entry uint64, ok bool) {
	ok = split(k, &id, &entry)
	return id, entry, ok
}

// memberKey has the feed too, so that the sources of a story can be listed from keys alone.
func memberKey(story, entry, id uint64) []byte { return join(story, entry, id) }

func splitMember(k []byte) (story uint64, m member, ok bool) {
	ok = split(k, &story, &m.entry, &m.feed)
	return story, m, ok
}

// sketchKey keeps sketches in order of arrival, so that they are only ever appended.
func sketchKey(seen time.Time, entry uint64) []byte { return join(ordered(seen.Unix()), entry) }

func splitSketch(k []byte) (seen time.Time, entry uint64, ok bool) {
	var n uint64
	ok = split(k, &n, &entry)
	return time.Unix(disordered(n), 0).UTC(), entry, ok
}

// dueKey is in milliseconds.
func dueKey(at time.Time, id uint64) []byte { return join(ordered(millis(at)), id) }

func splitDue(k []byte) (at time.Time, id uint64, ok bool) {
	var n uint64
	ok = split(k, &n, &id)
	return fromMillis(disordered(n)), id, ok
}

// place is where a story lies in a river: its time in Unix seconds, then its number.
type place struct {
	sec   int64
	story uint64
}

// older reports whether p comes after q in a river, which is newest first.
func (p place) older(q place) bool {
	return p.sec < q.sec || p.sec == q.sec && p.story < q.story
}

func placeOf(c feed.Cursor) place { return place{c.Time.Unix(), c.Story} }

// riverKey serves the tables river and unread; feed 0 is the river of all.
func riverKey(id uint64, p place) []byte { return join(id, ordered(p.sec), p.story) }

func splitRiver(k []byte) (id uint64, p place, ok bool) {
	var n uint64
	ok = split(k, &id, &n, &p.story)
	p.sec = disordered(n)
	return id, p, ok
}

func starredKey(p place) []byte { return join(ordered(p.sec), p.story) }

func splitStarred(k []byte) (p place, ok bool) {
	var n uint64
	ok = split(k, &n, &p.story)
	p.sec = disordered(n)
	return p, ok
}

// eventKey lists the stories of an event in order of their numbers.
func eventKey(event, story uint64) []byte { return join(event, story) }

func splitEvent(k []byte) (event, story uint64, ok bool) {
	ok = split(k, &event, &story)
	return event, story, ok
}

// arrivalKey lists the entries of a feed, oldest first.
func arrivalKey(id, entry uint64) []byte { return join(id, entry) }

func splitArrival(k []byte) (id, entry uint64, ok bool) {
	ok = split(k, &id, &entry)
	return id, entry, ok
}

// tallyKey is the key of a row of the tables tally and bygone: those of hours (feed 0)
// come before those of feeds and days.
func tallyKey(block int64, id uint64) []byte {
	kind := uint64(1)
	if id == 0 {
		kind = 0
	}
	return join(kind, ordered(block), id)
}

func splitTally(k []byte) (block int64, id uint64, ok bool) {
	var kind, n uint64
	ok = split(k, &kind, &n, &id)
	return disordered(n), id, ok && (kind == 0) == (id == 0)
}

// countKey is the key of a feed's counts. Its length tells it from the names in that table.
func countKey(id uint64) []byte { return append([]byte{'f'}, join(id)...) }

func splitCount(k []byte) (id uint64, ok bool) {
	if len(k) != 9 || k[0] != 'f' {
		return 0, false
	}
	return binary.BigEndian.Uint64(k[1:]), true
}

// millis and fromMillis keep times of polling; 0 is the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// seconds and fromSeconds keep times of what was published; 0 is the zero time.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func fromSeconds(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}
