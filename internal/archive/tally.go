package archive

import (
	"errors"
	"time"

	"tidings/internal/feed"
)

// tallyLine is an hour over all feeds, or a day of one; the other is zero.
type tallyLine struct {
	Hour    time.Time `json:"hour,omitzero"`
	Day     time.Time `json:"day,omitzero"`
	Feed    number    `json:"feed,omitempty"`
	Entries int       `json:"entries,omitempty"`
	Stories int       `json:"stories,omitempty"`
	Shared  int       `json:"shared,omitempty"`
	Read    int       `json:"read,omitempty"`
	Worth   int       `json:"worth,omitempty"`
	Opened  int       `json:"opened,omitempty"`
}

func newHour(h feed.HourTally) tallyLine {
	return tallyLine{Hour: at(h.At), Entries: h.Entries, Stories: h.Stories, Read: h.Read, Worth: h.Worth, Opened: h.Opened}
}

func newDay(d feed.KeptDay) tallyLine {
	return tallyLine{Day: at(d.Day), Feed: number(d.Feed), Entries: d.Entries, Shared: d.Shared, Opened: d.Opened}
}

func (l *tallyLine) hour() feed.HourTally {
	return feed.HourTally{At: at(l.Hour).Truncate(time.Hour), Entries: l.Entries, Stories: l.Stories, Read: l.Read, Worth: l.Worth, Opened: l.Opened}
}

func (l *tallyLine) day() feed.KeptDay {
	return feed.KeptDay{Feed: uint64(l.Feed), DayTally: feed.DayTally{Day: at(l.Day).Truncate(24 * time.Hour), Entries: l.Entries, Shared: l.Shared, Opened: l.Opened}}
}

// mostTally is what nobody counts in a day.
const mostTally = 1 << 40

func (l *tallyLine) fact() (any, error) {
	for _, n := range []int{l.Entries, l.Stories, l.Shared, l.Read, l.Worth, l.Opened} {
		if n > mostTally || n < -mostTally {
			return nil, errors.New("the number is too great")
		}
	}
	switch {
	case l.Hour.IsZero() == l.Day.IsZero():
		return nil, errors.New("want either an hour or a day")
	case l.Day.IsZero():
		return &feed.KeptHour{HourTally: l.hour()}, nil
	case l.Feed == 0:
		return nil, errors.New("the day is of no feed")
	}
	d := l.day()
	return &d, nil
}
