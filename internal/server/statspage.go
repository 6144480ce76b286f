package server

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// statisticsPage tells what came and what was read, in plots that are tables as well.
type statisticsPage struct {
	Frame
	Spans   []tabLink
	Empty   bool
	Read    string // "You read 4,310 entries’ worth of news in 1,204 stories: 3,106 copies folded."
	Opened  string
	Came    string
	News    barPlot
	Reading *barPlot // nil where nothing was read
	Hours   hourPlot
	Matrix  *matrix // nil where no two feeds tell the same
	Looked  string  // how many stories the matrix is of
	Feeds   neglected
}

// tabLink is one of several views of a page.
type tabLink struct {
	Text, Href string
	Current    bool
}

// barPlot is a plot of bars in two parts, drawn from left to right.
type barPlot struct {
	ID, Title    string
	Label        string // what is to be seen, in a sentence
	Below, Above string // what the two parts of a bar are
	Width        int    // of the drawing; it is 100 high
	Bars         []bar
	Top          string // what the height stands for
	First, Last  string // days
}

// bar is a bar, its geometry, and its row in the table.
type bar struct {
	X, W         string
	Y, H, YY, HH string // the lower part and the upper one
	When         string
	ISO          string
	N, M         int // values of the two parts
	Text         string
}

// hourPlot is how much appears when: a square for each hour of each day of the week.
type hourPlot struct {
	Label string
	Days  []hourRow
}

type hourRow struct {
	Name, Short string
	Y           int
	Cells       []hourCell
}

type hourCell struct {
	X, Hour, N, Level int
	Text              string
}

// matrix is how many stories feeds share.
type matrix struct {
	Feeds []matrixFeed
	Pairs []string // the first of them, in words
}

type matrixFeed struct {
	N     int
	Name  string
	Href  string
	Cells []matrixCell
}

type matrixCell struct {
	Level, N int
	Self     bool
	Text     string
}

// neglected are feeds of which nothing was opened.
type neglected struct {
	None string // why none are listed
	Rows []neglectedRow
	More int
}

type neglectedRow struct {
	Name, Href string
	Entries    int
	Share      string
}

func newStatisticsPage(l *words.Language, d *statsData, list []feed.Outlet, span string) *statisticsPage {
	t := d.total
	p := &statisticsPage{
		Spans: spanLinks(l, span), Empty: t.Entries == 0 && t.Read == 0,
		Came: l.N("%d entry came: %s and %s.", "%d entries came: %s and %s.", t.Entries, t.Entries, l.N("%d story", "%d stories", t.Stories), l.N("%d copy", "%d copies", t.Copies())),
		News: newsPlot(l, d), Hours: newHourPlot(l, d), Feeds: newNeglected(l, d, list),
	}
	if t.Read > 0 {
		p.Reading = readingPlot(l, d)
	}
	if t.Worth > 1 {
		p.Read = l.N("You read %d entry’s worth of news in %s: %s.", "You read %d entries’ worth of news in %s: %s.", t.Worth,
			t.Worth, l.N("%d story", "%d stories", t.Read), l.N("%d copy folded", "%d copies folded", t.Folded()))
	}
	if t.Opened > 0 {
		p.Opened = l.N("You opened %d story by itself.", "You opened %d stories by themselves.", t.Opened)
	}
	if p.Matrix = newMatrix(l, d.over, list); p.Matrix != nil {
		p.Looked = l.N("Of the newest %d story in this time.", "Of the newest %d stories in this time.", d.over.Looked)
	}
	return p
}

func spanLinks(l *words.Language, current string) []tabLink {
	var links []tabLink
	for i, text := range []string{l.T("Week"), l.T("Month"), l.T("Year"), l.T("All time")} {
		name := statsSpans()[i].name
		links = append(links, tabLink{text, "/statistics?span=" + name, name == current})
	}
	return links
}

func newsPlot(l *words.Language, d *statsData) barPlot {
	p := barPlot{ID: "news-plot", Title: l.T("Stories and copies"), Below: l.T("Stories"), Above: l.T("Copies")}
	p.draw(l, d.bars, func(b statsBar) (int, int) { return b.Stories, b.Copies() }, func(when string, n, m int) string {
		return l.T("%s: %s, %s", when, l.N("%d story", "%d stories", n), l.N("%d copy", "%d copies", m))
	})
	p.Label = l.T("Bars: stories and copies that came from %s to %s, at most %s at once", p.First, p.Last, p.Top)
	return p
}

func readingPlot(l *words.Language, d *statsData) *barPlot {
	p := &barPlot{ID: "reading-plot", Title: l.T("What you read"), Below: l.T("Stories read"), Above: l.T("Copies folded")}
	p.draw(l, d.bars, func(b statsBar) (int, int) { return b.HourTally.Read, b.Folded() }, func(when string, n, m int) string {
		return l.T("%s: %s, %s", when, l.N("%d story read", "%d stories read", n), l.N("%d copy folded", "%d copies folded", m))
	})
	p.Label = l.T("Bars: stories read and copies folded from %s to %s, at most %s at once", p.First, p.Last, p.Top)
	return p
}

// barWidth is how wide a bar and its gap are drawn, and barGap the gap.
const (
	barWidth = 10
	barGap   = 2
)

// draw makes the bars of a plot, the greatest 100 high.
func (p *barPlot) draw(l *words.Language, bars []statsBar, of func(statsBar) (below, above int), say func(when string, n, m int) string) {
	top := 1
	for _, b := range bars {
		n, m := of(b)
		top = max(top, n+m)
	}
	p.Top, p.Width = l.Number(top), len(bars)*barWidth
	height := func(n int) float64 { return float64(n) * 100 / float64(top) }
	for i, b := range bars {
		n, m := of(b)
		when := l.Date("2 January", b.from)
		if b.last.After(b.from) {
			when = l.T("%s to %s", l.Date("2 January 2006", b.from), l.Date("2 January 2006", b.last))
		}
		low, high := height(n), height(m)
		p.Bars = append(p.Bars, bar{
			X: strconv.Itoa(i * barWidth), W: strconv.Itoa(barWidth - barGap), Y: tenths(100 - low), H: tenths(low), YY: tenths(100 - low - high), HH: tenths(high),
			When: when, ISO: b.from.Format("2006-01-02"), N: n, M: m, Text: say(when, n, m),
		})
	}
	if len(bars) > 0 {
		p.First, p.Last = l.Date("2 January 2006", bars[0].from), l.Date("2 January 2006", bars[len(bars)-1].last)
	}
}

func tenths(x float64) string { return strconv.FormatFloat(max(0, x), 'f', 1, 64) }

// Levels of what is shown by shades: 0 for nothing, then up to the greatest.
const shades = 5

func shade(n, top int) int {
	if n == 0 {
		return 0
	}
	return min(shades, 1+n*shades/(top+1))
}

// newHourPlot draws the hours of the week.
func newHourPlot(l *words.Language, d *statsData) (p hourPlot) {
	top, day, hour := 0, 0, 0
	for i, hours := range d.hours {
		for j, n := range hours {
			if n > top {
				top, day, hour = n, i, j
			}
		}
	}
	monday := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, hours := range d.hours {
		name := l.Date("Monday", monday.AddDate(0, 0, i))
		row := hourRow{Name: name, Short: l.Date("Mon", monday.AddDate(0, 0, i)), Y: i * barWidth}
		for j, n := range hours {
			text := l.T("%s, %s to %s: %s entries", name, oclock(j), oclock(j+1), l.Number(n))
			row.Cells = append(row.Cells, hourCell{X: j * barWidth, Hour: j, N: n, Level: shade(n, top), Text: text})
		}
		p.Days = append(p.Days, row)
	}
	p.Label = l.T("Most comes on %s from %s to %s: %s entries.", p.Days[day].Name, oclock(hour), oclock(hour+1), l.Number(top))
	return p
}

func oclock(hour int) string { return fmt.Sprintf("%02d:00", hour) }

// newMatrix shows how much those feeds share that share most; nil where none do.
func newMatrix(l *words.Language, over feed.Overlaps, list []feed.Outlet) *matrix {
	names, shared := map[uint64]string{}, map[[2]uint64]int{}
	for _, o := range list {
		names[o.Feed] = masked(o.Title)
	}
	var ids []uint64
	m := &matrix{}
	for _, o := range over.Pairs {
		if names[o.A] == "" || names[o.B] == "" {
			continue
		}
		shared[[2]uint64{o.A, o.B}] = o.Stories
		for _, id := range []uint64{o.A, o.B} {
			if len(ids) < matrixFeeds && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		if least := min(over.Stories[o.A], over.Stories[o.B]); len(m.Pairs) < pairsTold && least > 0 {
			m.Pairs = append(m.Pairs, l.N("%s and %s: %d story, %s of what the smaller one tells", "%s and %s: %d stories, %s of what the smaller one tells",
				o.Stories, isolated(names[o.A]), isolated(names[o.B]), o.Stories, percent(l, float64(o.Stories)/float64(least))))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.SortFunc(ids, func(a, b uint64) int { return cmp.Or(cmp.Compare(names[a], names[b]), cmp.Compare(a, b)) })
	for i, a := range ids {
		f := matrixFeed{N: i + 1, Name: names[a], Href: "/feeds/" + number(a)}
		for _, b := range ids {
			n := shared[[2]uint64{min(a, b), max(a, b)}]
			c := matrixCell{Level: shade(n, over.Pairs[0].Stories), N: n, Self: a == b}
			if n > 0 {
				c.Text = l.T("%s and %s: %s", isolated(names[a]), isolated(names[b]), l.Number(n))
			}
			f.Cells = append(f.Cells, c)
		}
		m.Feeds = append(m.Feeds, f)
	}
	return m
}

// isolated keeps a name from turning the direction of the sentence round it (Unicode TR 9).
func isolated(name string) string { return "\u2068" + name + "\u2069" }

// percent writes a part of 1.
func percent(l *words.Language, part float64) string { return l.T("%d %%", int(part*100+0.5)) }

// newNeglected lists the feeds that brought something of which nothing was opened, those
// that brought most first.
func newNeglected(l *words.Language, d *statsData, list []feed.Outlet) (f neglected) {
	if d.total.Opened == 0 {
		f.None = l.T("You opened no story in this time, so all feeds are alike.")
		return f
	}
	for _, o := range list {
		t := d.by[o.Feed]
		if t.Opened > 0 || t.Entries == 0 {
			continue
		}
		row := neglectedRow{Name: masked(o.Title), Href: "/feeds/" + number(o.Feed), Entries: t.Entries}
		if t.Shared > 0 {
			row.Share = percent(l, t.Share())
		}
		f.Rows = append(f.Rows, row)
	}
	slices.SortStableFunc(f.Rows, func(a, b neglectedRow) int { return cmp.Compare(b.Entries, a.Entries) })
	f.More = max(0, len(f.Rows)-unreadFeeds)
	f.Rows = f.Rows[:len(f.Rows)-f.More]
	if len(f.Rows) == 0 {
		f.None = l.T("There are none: you opened something of each feed that brought anything.")
	}
	return f
}
