package feed

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Keep is what the reader wants kept of one feed. The zero Keep says nothing, and
// [Retention] decides; else one field is set. Whatever it says, starred stories stay,
// and so does a story of which another feed keeps a copy.
type Keep struct {
	Ever   bool // nothing of it goes
	Days   int  // what was seen more days ago goes, read or not
	Newest int  // what isn't among so many newest entries goes, read or not
}

// Bounds of a Keep.
const (
	mostKeepDays = 36500
	mostNewest   = 1_000_000
)

// Age is Days as a duration.
func (k Keep) Age() time.Duration { return time.Duration(k.Days) * 24 * time.Hour }

// String writes a Keep so that [ParseKeep] reads it: "ever", "30d" or "100"; the zero
// one is empty.
func (k Keep) String() string {
	switch {
	case k.Ever:
		return "ever"
	case k.Days > 0:
		return strconv.Itoa(k.Days) + "d"
	case k.Newest > 0:
		return strconv.Itoa(k.Newest)
	}
	return ""
}

// ParseKeep reads "ever", a number of days as "30d", or a number of entries as "100";
// nothing is the zero Keep. The error has a hint.
func ParseKeep(s string) (Keep, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	switch s {
	case "":
		return Keep{}, nil
	case "ever":
		return Keep{Ever: true}, nil
	}
	digits, days := strings.CutSuffix(s, "d")
	most := mostNewest
	if days {
		most = mostKeepDays
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > most {
		return Keep{}, WithHint(errors.New(strconv.Quote(s)+" doesn't say what to keep"),
			"write ever, a number of days up to 36500 like 30d, or a number of entries up to 1000000 like 100")
	}
	if days {
		return Keep{Days: n}, nil
	}
	return Keep{Newest: n}, nil
}

// Loss is what a Keep would delete that is kept now.
type Loss struct {
	Entries int // of all feeds whose copies go with a story
	Unread  int // stories that go and were not read
}

// KeepChange asks for another Keep of some feeds.
type KeepChange struct {
	Feeds []uint64
	Keep  Keep
}
