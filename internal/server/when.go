package server

import (
	"strconv"
	"time"
)

// moment is a time as pages show it, each form ready for a template.
type moment struct {
	ISO  string // for <time datetime>
	Text string // short: "12 min", "5 h", "14:05"
	Full string // with weekday, date and zone
}

// newMoment words t for a list under headings of days; the zero time is empty.
func newMoment(t, now time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	l := t.Local()
	return moment{
		ISO:  t.UTC().Format(time.RFC3339),
		Text: short(t, now),
		Full: l.Format("Monday 2 January 2006, 15:04 MST"),
	}
}

// short says how long ago t was within a day, and else the time of day. The
// script has the same rule.
func short(t, now time.Time) string {
	switch d := now.Sub(t); {
	case d < 0 || d >= 24*time.Hour:
		return t.Local().Format("15:04")
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	default:
		return strconv.Itoa(int(d/time.Hour)) + " h"
	}
}

// dayName is the heading of a day: Today, Yesterday, a weekday, a date.
func dayName(t, now time.Time) string {
	day, today := midnight(t), midnight(now)
	switch days := int(today.Sub(day).Round(24*time.Hour) / (24 * time.Hour)); {
	case days == 0:
		return "Today"
	case days == 1:
		return "Yesterday"
	case days > 1 && days < 7:
		return day.Format("Monday")
	}
	if day.Year() == today.Year() {
		return day.Format("Monday, 2 January")
	}
	return day.Format("Monday, 2 January 2006")
}

func midnight(t time.Time) time.Time {
	y, m, d := t.Local().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.Local)
}

// distance words how far t is from now, for tables: "in 3 h", "2 days ago".
func distance(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := now.Sub(t)
	if d < 0 {
		if d > -time.Minute {
			return "now"
		}
		return "in " + span(-d)
	}
	if d < time.Minute {
		return "just now"
	}
	return span(d) + " ago"
}

// span words a duration with one unit.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "moments"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + " days"
}

// count words a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return group(n) + " " + many
}

// group writes a number with thin spaces between thousands.
func group(n int) string {
	s := strconv.Itoa(n)
	if len(s) < 5 {
		return s
	}
	return s[:len(s)-3] + "\u202f" + s[len(s)-3:]
}

// bytesText words a size.
func bytesText(n int64) string {
	const k = 1024
	switch {
	case n <= 0:
		return ""
	case n < k:
		return strconv.FormatInt(n, 10) + " B"
	case n < k*k:
		return strconv.FormatInt(n/k, 10) + " KB"
	case n < 10*k*k:
		return strconv.FormatFloat(float64(n)/(k*k), 'f', 1, 64) + " MB"
	case n < k*k*k:
		return strconv.FormatInt(n/(k*k), 10) + " MB"
	}
	return strconv.FormatFloat(float64(n)/(k*k*k), 'f', 1, 64) + " GB"
}
