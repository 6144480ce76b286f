package feed

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Timetable is what the reader says about when feeds are polled: for all of them, or
// for one. A zero field says nothing.
type Timetable struct {
	Every time.Duration `json:"every,omitempty"` // poll so often, whatever the feed's rhythm
	Least time.Duration `json:"least,omitempty"` // never sooner than so long after the last poll
	Most  time.Duration `json:"most,omitempty"`  // never later, unless the publisher asks for it
	Until time.Time     `json:"until,omitzero"`  // not before
}

// Bounds of what a reader may ask for.
const (
	ShortestEvery = 5 * time.Minute     // rule E4: not even a person polls more often
	LongestEvery  = 30 * 24 * time.Hour // who wants it longer wants to pause
)

// Over gives the timetable that holds for one feed where t is its own and all that of
// all feeds: what t leaves open is as all says.
func (t Timetable) Over(all Timetable) Timetable {
	if t.Every == 0 && t.Least == 0 && t.Most == 0 {
		t.Every = all.Every
	}
	if t.Least == 0 {
		t.Least = all.Least
	}
	if t.Most == 0 {
		t.Most = all.Most
	}
	if all.Until.After(t.Until) {
		t.Until = all.Until
	}
	return t
}

// Check says what is wrong with a timetable.
func (t Timetable) Check() error {
	for _, d := range []struct {
		name string
		d    time.Duration
	}{{"every", t.Every}, {"at least", t.Least}, {"at most", t.Most}} {
		if d.d != 0 && (d.d < ShortestEvery || d.d > LongestEvery) {
			return WithHint(fmt.Errorf("poll %s %v: that is out of bounds", d.name, d.d), "choose from 5 minutes to 30 days; to poll less, pause the feed")
		}
	}
	if t.Least > 0 && t.Most > 0 && t.Least > t.Most {
		return WithHint(fmt.Errorf("poll at least %v and at most %v apart: no time is both", t.Least, t.Most), "swap them")
	}
	return nil
}

// longestSpan is the longest duration that is read, so that no sum of parts runs over.
const longestSpan = 100 * 366 * 24 * time.Hour

// ParseSpan reads a duration as people write it: "30m", "2h", "1d12h", "2 days"; a
// number alone is minutes, and nothing is 0.
func ParseSpan(s string) (time.Duration, error) {
	text := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), " ", "")
	if text == "" || text == "0" {
		return 0, nil
	}
	var d time.Duration
	for rest := text; rest != ""; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.Atoi(rest[:digits])
		if err != nil || n > 100_000 {
			return 0, badSpan(s)
		}
		rest = rest[digits:]
		letters := strings.IndexAny(rest+"0", "0123456789")
		unit, ok := spanUnit(rest[:letters])
		part := time.Duration(n) * unit
		if !ok || part > longestSpan-d {
			return 0, badSpan(s)
		}
		d, rest = d+part, rest[letters:]
	}
	return d, nil
}

func badSpan(s string) error {
	return WithHint(fmt.Errorf("%q is no duration", s), "write it like 30m, 2h or 1d")
}

func spanUnit(s string) (time.Duration, bool) {
	switch strings.TrimSuffix(s, "s") {
	case "", "m", "min", "minute":
		return time.Minute, s != "s"
	case "h", "hour":
		return time.Hour, true
	case "d", "day":
		return 24 * time.Hour, true
	}
	return 0, false
}

// FormatSpan writes a duration so that [ParseSpan] reads it; 0 is empty.
func FormatSpan(d time.Duration) string {
	var s string
	for _, u := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if n := d / u.of; n > 0 {
			s += strconv.Itoa(int(n)) + u.name
			d -= n * u.of
		}
	}
	return s
}

// ParseDay reads a day, or a day and a time, in local time: "2026-12-24" or
// "2026-12-24 18:00"; nothing is the zero time.
func ParseDay(s string) (time.Time, error) {
	s = strings.Replace(strings.TrimSpace(s), "T", " ", 1)
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{"2006-01-02", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, WithHint(fmt.Errorf("%q is no day", s), "write it like 2026-12-24")
}

// String tells a timetable in words; the zero one is empty.
func (t Timetable) String() string {
	var parts []string
	if t.Every > 0 {
		parts = append(parts, "every "+FormatSpan(t.Every))
	}
	if t.Least > 0 {
		parts = append(parts, "at least "+FormatSpan(t.Least)+" apart")
	}
	if t.Most > 0 {
		parts = append(parts, "at most "+FormatSpan(t.Most)+" apart")
	}
	if !t.Until.IsZero() {
		parts = append(parts, "paused until "+t.Until.Local().Format("2006-01-02 15:04"))
	}
	return strings.Join(parts, ", ")
}

// TimetableSetting is the setting that holds the timetable of all feeds.
const TimetableSetting = "timetable"

// Settings is what reading a setting needs of a store.
type Settings interface {
	Setting(ctx context.Context, key string) ([]byte, error)
}

// ReadTimetable reads the timetable of all feeds; the zero one where none was set.
func ReadTimetable(ctx context.Context, s Settings) (t Timetable, err error) {
	b, err := s.Setting(ctx, TimetableSetting)
	if err == nil && len(b) > 0 {
		err = json.Unmarshal(b, &t)
	}
	if err != nil {
		return Timetable{}, fmt.Errorf("read the timetable of all feeds: %w", err)
	}
	return t, nil
}
