package archive

import (
	"encoding/json"
	"errors"
	"time"

	"tidings/internal/feed"
)

// goneLine is a feed that was unsubscribed from, which can still be undone.
type goneLine struct {
	feedLine
	At      time.Time   `json:"unsubscribed"`
	Entries int         `json:"entries,omitempty"`
	Hours   []tallyLine `json:"hours,omitempty"`
}

func newGone(k *feed.KeptGone) *goneLine {
	l := &goneLine{feedLine: *newFeed(&k.KeptFeed), At: at(k.At), Entries: k.Entries}
	for _, h := range k.Hours {
		l.Hours = append(l.Hours, newHour(h))
	}
	return l
}

func (l *goneLine) fact() (any, error) {
	f, err := l.feedLine.fact()
	if err == nil && l.At.IsZero() {
		err = errors.New("it doesn't say when the feed was unsubscribed from")
	}
	if err != nil {
		return nil, err
	}
	k := &feed.KeptGone{KeptFeed: *f.(*feed.KeptFeed), At: at(l.At), Entries: max(l.Entries, 0)}
	for i := range l.Hours {
		k.Hours = append(k.Hours, l.Hours[i].hour())
	}
	return k, nil
}

type goneSeenLine struct{ seenLine }

func (l *goneSeenLine) fact() (any, error) {
	f, err := l.seenLine.fact()
	if err != nil {
		return nil, err
	}
	return &feed.KeptGoneSeen{KeptSeen: *f.(*feed.KeptSeen)}, nil
}

type goneDayLine struct{ tallyLine }

func (l *goneDayLine) fact() (any, error) {
	f, err := l.tallyLine.fact()
	if err != nil {
		return nil, err
	}
	d, ok := f.(*feed.KeptDay)
	if !ok {
		return nil, errors.New("want a day")
	}
	return &feed.KeptGoneDay{KeptDay: *d}, nil
}

func readGoneStory(line []byte, c clean) (any, error) {
	var l storyLine
	if err := json.Unmarshal(line, &l); err != nil {
		return nil, err
	}
	f, err := l.fact(c)
	if err != nil {
		return nil, err
	}
	return &feed.KeptGoneStory{KeptStory: *f.(*feed.KeptStory)}, nil
}
