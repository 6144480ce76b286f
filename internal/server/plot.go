package server

import (
	"strconv"
	"strings"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// The days that are shown of a feed's publishing, and those by which rates go.
const (
	plotDays = 60
	weekDays = 28
)

// pace is what a feed published a day of late, and how much of it others brought too.
type pace struct {
	days    [plotDays]int // the oldest first, the last is today (UTC)
	entries int
	shared  int
	week    float64 // entries a week, of the last four weeks
}

// newPace sums up the tallies of a feed that was added at a time.
func newPace(ts []feed.DayTally, added, now time.Time) (p pace) {
	today, first := now.Unix()/86400, added.Unix()/86400
	for _, t := range ts {
		day := t.Day.Unix() / 86400
		first = min(first, day)
		if at := plotDays - 1 - int(today-day); at >= 0 && at < plotDays {
			p.days[at] = t.Entries
			p.entries, p.shared = p.entries+t.Entries, p.shared+t.Shared
		}
	}
	n := 0
	for _, x := range p.days[plotDays-weekDays:] {
		n += x
	}
	p.week = float64(n) * 7 / float64(min(max(today-first+1, 1), weekDays))
	return p
}

// share is the part of its entries that other feeds brought too, in percent; -1 where
// there are none.
func (p *pace) share() int {
	if p.entries == 0 {
		return -1
	}
	return (100*p.shared + p.entries/2) / p.entries
}

// weekText is how many entries come in a week.
func (p *pace) weekText(l *words.Language) string {
	if tenths := int(p.week*10 + 0.5); tenths < 100 && tenths%10 != 0 {
		return l.Decimal(p.week, 1)
	}
	return l.Number(int(p.week + 0.5))
}

// plot is a chart of what came on each day: a bar of one unit's width a day, drawn as
// one path, and what it shows in words.
type plot struct {
	Path   string
	Width  int // of its view box; the height is plotHeight
	Height int
	Text   string
}

const plotHeight = 16

// plot draws the last days.
func (p *pace) plot(l *words.Language, days int) plot {
	ns := p.days[plotDays-days:]
	most, total, busy := 0, 0, 0
	for _, n := range ns {
		most, total = max(most, n), total+n
		if n > 0 {
			busy++
		}
	}
	x := plot{Width: 2 * days, Height: plotHeight}
	if total == 0 {
		x.Text = l.N("Nothing in the last %d day", "Nothing in the last %d days", days)
		return x
	}
	x.Text = l.N("Published on %d of the last %d days, at most %d entry a day", "Published on %d of the last %d days, at most %d entries a day", most, busy, days, most)
	var b strings.Builder
	for i, n := range ns {
		if n > 0 {
			bar := strconv.Itoa(max(1, (n*plotHeight+most/2)/most))
			b.WriteString("M" + strconv.Itoa(2*i) + " " + strconv.Itoa(plotHeight) + "v-" + bar + "h1.5v" + bar + "z")
		}
	}
	x.Path = b.String()
	return x
}
