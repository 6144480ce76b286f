package server

import (
	"time"

	"tidings/internal/words"
)

// moment is a time as pages show it, each form ready for a template.
type moment struct {
	ISO  string // for <time datetime>
	Text string // short: "12 min", "5 h", "14:05"
	Full string // with weekday, date and zone
}

// newMoment words t for a list under headings of days; the zero time is empty.
func newMoment(l *words.Language, t, now time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	return moment{
		ISO:  t.UTC().Format(time.RFC3339),
		Text: short(l, t, now),
		Full: l.Date("Monday 2 January 2006, 15:04 MST", t.Local()),
	}
}

// short says how long ago t was within a day, and else the time of day. The
// script has the same rule.
func short(l *words.Language, t, now time.Time) string {
	switch d := now.Sub(t); {
	case d < 0 || d >= 24*time.Hour:
		return t.Local().Format("15:04")
	case d < time.Minute:
		return l.T("now")
	case d < time.Hour:
		return l.T("%d min", int(d/time.Minute))
	default:
		return l.T("%d h", int(d/time.Hour))
	}
}

// dayName is the heading of a day: Today, Yesterday, a weekday, a date.
func dayName(l *words.Language, t, now time.Time) string {
	day, today := midnight(t), midnight(now)
	switch days := int(today.Sub(day).Round(24*time.Hour) / (24 * time.Hour)); {
	case days == 0:
		return l.T("Today")
	case days == 1:
		return l.T("Yesterday")
	case days > 1 && days < 7:
		return l.Date("Monday", day)
	}
	if day.Year() == today.Year() {
		return l.Date("Monday, 2 January", day)
	}
	return l.Date("Monday, 2 January 2006", day)
}

func midnight(t time.Time) time.Time {
	y, m, d := t.Local().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.Local)
}

// distance words how far t is from now, for tables: "in 3 h", "2 days ago".
func distance(l *words.Language, t, now time.Time) string {
	if t.IsZero() {
		return l.T("never")
	}
	switch d := now.Sub(t); {
	case d < 0 && d > -time.Minute:
		return l.T("now")
	case d < 0:
		return ahead(l, -d)
	case d < time.Minute:
		return l.T("just now")
	case d < time.Hour:
		return l.N("%d min ago", "%d min ago", int(d/time.Minute))
	case d < 48*time.Hour:
		return l.N("%d h ago", "%d h ago", int(d/time.Hour))
	default:
		return l.N("%d day ago", "%d days ago", int(d/(24*time.Hour)))
	}
}

// ahead words a time from now, with one unit.
func ahead(l *words.Language, d time.Duration) string {
	switch {
	case d < time.Hour:
		return l.N("in %d min", "in %d min", int(d/time.Minute))
	case d < 48*time.Hour:
		return l.N("in %d h", "in %d h", int(d/time.Hour))
	}
	return l.N("in %d day", "in %d days", int(d/(24*time.Hour)))
}

// span words a duration with one unit.
func span(l *words.Language, d time.Duration) string {
	switch {
	case d < time.Minute:
		return l.T("moments")
	case d < time.Hour:
		return l.T("%d min", int(d/time.Minute))
	case d < 48*time.Hour:
		return l.T("%d h", int(d/time.Hour))
	}
	return l.N("%d day", "%d days", int(d/(24*time.Hour)))
}

// bytesText words a size.
func bytesText(l *words.Language, n int64) string {
	const k = 1024
	switch {
	case n <= 0:
		return ""
	case n < k:
		return l.T("%d B", int(n))
	case n < k*k:
		return l.T("%s KB", l.Decimal(float64(n/k), 0))
	case n < 10*k*k:
		return l.T("%s MB", l.Decimal(float64(n)/(k*k), 1))
	case n < k*k*k:
		return l.T("%s MB", l.Decimal(float64(n/(k*k)), 0))
	}
	return l.T("%s GB", l.Decimal(float64(n)/(k*k*k), 1))
}
