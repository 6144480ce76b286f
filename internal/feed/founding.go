package feed

import (
	"strconv"
	"strings"
	"time"
)

// recent is how old its own date may be to decide an entry's place in the river.
const recent = 48 * time.Hour

// RiverTime is the place in the river of a story that e founds: its own date, not
// later than when it was seen, if that lies within two days, or if it came with
// its feed's first document; else when it was seen. So a post dated 2038 can't
// stick on top, and an old post that appears late can't sink unseen.
func RiverTime(e Entry, first bool) time.Time {
	t := e.Published
	if t.IsZero() {
		t = e.Updated
	}
	switch {
	case t.IsZero(), t.After(e.Seen), !first && e.Seen.Sub(t) > recent:
		t = e.Seen
	}
	return t.Truncate(time.Second)
}

// SplitURN is the id of a story that e, an entry of the feed at feedURL, founds
// when it is parted from the one that it told.
func SplitURN(feedURL string, e Entry) string {
	key := []string{"split " + e.GUID, e.URL, e.Title}
	if !e.Published.IsZero() {
		key = append(key, strconv.FormatInt(e.Published.Unix(), 10))
	}
	return StoryURN(feedURL, strings.Join(key, "\n"))
}
