package server

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// Bounds of the page of statistics.
const (
	matrixFeeds  = 10   // of those that overlap most
	matrixPairs  = 2000 // asked for
	pairsTold    = 10
	unreadFeeds  = 30 // of which nothing was opened
	mostBars     = 60
	statsCheap   = 5 * time.Millisecond // what costs less is never shown older than it is
	overlapsCost = 1000                 // times what finding them took, overlaps are shown
	tallyCost    = 50
	statsOldest  = 10 * time.Minute
)

// statsSpan is a stretch of time that statistics are of.
type statsSpan struct {
	name string
	days int // 0: all
}

func statsSpans() []statsSpan {
	return []statsSpan{{"week", 7}, {"month", 30}, {"year", 365}, {"all", 0}}
}

// from is the midnight when the span begins, here; zero for all.
func (p statsSpan) from(now time.Time) time.Time {
	if p.days == 0 {
		return time.Time{}
	}
	return daybreak(now).AddDate(0, 0, 1-p.days)
}

// statsData is what a page of statistics tells, in no language yet.
type statsData struct {
	total feed.HourTally
	bars  []statsBar
	hours [7][24]int // entries by day of the week, Monday first, and hour, here
	by    map[uint64]feed.DayTally
	over  feed.Overlaps
}

// statsBar is a bar of a plot: some days.
type statsBar struct {
	from, last time.Time // its first day and its last
	feed.HourTally
}

// statsShelf keeps the data of pages: for as long as nothing changed, and what was
// costly to count a little longer.
type statsShelf struct {
	mu    sync.Mutex
	tally map[string]kept[*statsData]
	over  map[string]kept[feed.Overlaps]
}

// kept is a thing that was worked out.
type kept[T any] struct {
	thing   T
	version uint64
	at      time.Time
	cost    time.Duration
}

// fresh reports whether a thing may still be shown; costly things longer, by times
// what they cost.
func (k kept[T]) fresh(version uint64, now time.Time, times int) bool {
	if k.at.IsZero() {
		return false
	}
	return k.version == version || k.cost >= statsCheap && now.Sub(k.at) < min(k.cost*time.Duration(times), statsOldest)
}

// data gives the statistics of a span.
func (k *statsShelf) data(ctx context.Context, store Store, p statsSpan, now time.Time) (*statsData, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	version, today := store.RiverVersion(feed.Query{Unread: true}), daybreak(now)
	if k.tally == nil {
		k.tally, k.over = map[string]kept[*statsData]{}, map[string]kept[feed.Overlaps]{}
	}
	if d := k.tally[p.name]; d.fresh(version, now, tallyCost) && !d.at.Before(today) {
		return d.thing, nil
	}
	over, err := k.overlaps(ctx, store, p, now)
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	d, err := newStatsData(ctx, store, p, now)
	if err != nil {
		return nil, err
	}
	d.over = over
	k.tally[p.name] = kept[*statsData]{d, version, now, time.Since(begun)}
	return d, nil
}

// overlaps finds which feeds tell the same. Not all stories of a long span are looked at;
// where even a shorter one has more than are, the longer one's are the same.
func (k *statsShelf) overlaps(ctx context.Context, store Store, p statsSpan, now time.Time) (feed.Overlaps, error) {
	version := store.Version()
	for _, shorter := range statsSpans() {
		o := k.over[shorter.name]
		if o.fresh(version, now, overlapsCost) && (o.thing.More || shorter == p) {
			return o.thing, nil
		}
		if shorter == p {
			break
		}
	}
	begun := time.Now()
	found, err := store.Overlaps(ctx, p.from(now), matrixPairs)
	if err != nil {
		return feed.Overlaps{}, err
	}
	k.over[p.name] = kept[feed.Overlaps]{found, version, now, time.Since(begun)}
	return found, nil
}

func newStatsData(ctx context.Context, store Store, p statsSpan, now time.Time) (*statsData, error) {
	from := p.from(now)
	hours, err := store.HourTallies(ctx, from, time.Time{})
	if err != nil {
		return nil, err
	}
	d := &statsData{}
	if d.by, err = store.FeedTallies(ctx, from, time.Time{}); err != nil {
		return nil, err
	}
	for _, t := range hours {
		d.total = d.total.Add(t)
		at := t.At.In(now.Location())
		d.hours[(at.Weekday()+6)%7][at.Hour()] += t.Entries
	}
	d.bars = newBars(hours, from, now)
	return d, nil
}

// newBars sums hours up by days here, or by as many days as make no more than some
// bars. Without a first day they begin where the entries do, but for the oldest few:
// one post of 1999 must not make a plot of nothing.
func newBars(hours []feed.HourTally, from, now time.Time) (bars []statsBar) {
	if from.IsZero() {
		from = daybreak(beginning(hours, now).In(now.Location()))
	}
	days := int(daybreak(now).Sub(from)/(24*time.Hour)+1) + 1 // with room for a day of 23 hours
	step := 1
	if days > mostBars {
		step = max(7, (days+mostBars-1)/mostBars)
	}
	end := daybreak(now).AddDate(0, 0, 1)
	for at := end; at.After(from); {
		last := at.AddDate(0, 0, -1)
		at = at.AddDate(0, 0, -step)
		bars = append(bars, statsBar{from: at, last: last})
	}
	slices.Reverse(bars)
	i := 0
	for _, t := range hours {
		for i < len(bars) && !t.At.Before(bars[i].last.AddDate(0, 0, 1)) {
			i++
		}
		if i < len(bars) && !t.At.Before(bars[i].from) {
			bars[i].HourTally = bars[i].HourTally.Add(t)
		}
	}
	return bars
}

// daybreak is the midnight before t, where t is.
func daybreak(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

// beginning is the time before which only one entry in two hundred appeared.
func beginning(hours []feed.HourTally, now time.Time) time.Time {
	all, before := 0, 0
	for _, t := range hours {
		all += t.Entries
	}
	for _, t := range hours {
		if before += t.Entries; before*200 > all {
			return t.At
		}
	}
	return now
}

// statistics shows what came and what was read.
func (s *Server) statistics(w http.ResponseWriter, r *http.Request) error {
	l, now := words.From(r.Context()), time.Now()
	name := cmp.Or(r.URL.Query().Get("span"), "month")
	i := slices.IndexFunc(statsSpans(), func(p statsSpan) bool { return p.name == name })
	if i < 0 {
		return badRequest("There are no statistics of such a span.")
	}
	d, err := s.stats.data(r.Context(), s.Store, statsSpans()[i], now)
	if err != nil {
		return err
	}
	list, err := s.Store.Outlets(r.Context())
	if err != nil {
		return err
	}
	p := newStatisticsPage(l, d, list, name)
	if p.Frame, err = s.frame(r, l.T("Statistics · tidings"), "statistics"); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "statistics", p)
}
