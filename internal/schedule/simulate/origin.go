// Package simulate lets schedules poll an invented web for weeks in a second.
//
// [NewOrigin] makes outlets of the rhythms that feeds have: daily papers, news sites,
// live blogs, blogs of a post a week, bursts, steady ones, dead ones. [Run] lets a
// [Policy] poll them, and measures how late each entry was seen and what it cost. The
// two baselines, a poll in every fixed time whatever the feed, are policies like the
// product's own, so all are measured by the same rule in the same web.
//
// The web is drawn from a seed. Nothing of the schedule looks into it: a policy is
// told what a publisher's answers would tell a reader, and no more.
package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"tidings/internal/feed"
)

// Outlet is a feed of the invented web.
type Outlet struct {
	Number uint64
	Kind   string
	Hints  feed.Hints  // what it says about polling
	Times  []time.Time // of its entries, oldest first
	Fails  bool        // it answers 404 and never anything else
}

// Holds is how many entries a document has.
const Holds = 30

// Listed gives the times of the entries that its document has at a time.
func (o *Outlet) Listed(at time.Time) []time.Time {
	n, _ := slices.BinarySearchFunc(o.Times, at.Add(1), time.Time.Compare)
	return o.Times[max(0, n-Holds):n]
}

// Origin is the invented web.
type Origin struct {
	Start, End time.Time
	Outlets    []*Outlet
}

// before is how much past an outlet has at the start: what a first document lists.
const before = 60 * 24 * time.Hour

// kinds are the rhythms and how many feeds of 500 have them. The shares are those of
// a list with a person's usual mix: few feeds are lively, and most are blogs.
func kinds() []kind {
	return []kind{
		{"daily paper", 70, paper}, {"news site", 60, newsSite}, {"live blog", 30, liveBlog}, {"weekly", 130, weekly},
		{"burst", 40, bursts}, {"steady", 70, steady}, {"seldom", 40, seldom}, {"dead", 60, dead},
	}
}

type kind struct {
	name string
	of   int // 500
	make func(*draw) []time.Time
}

// draw makes one outlet.
type draw struct {
	*rand.Rand
	from, to time.Time
	zone     time.Duration // the publisher's, from UTC
}

// NewOrigin makes a web of n outlets that lasts for a time.
func NewOrigin(seed uint64, n int, start time.Time, lasts time.Duration) *Origin {
	o := &Origin{Start: start, End: start.Add(lasts)}
	r := rand.New(rand.NewPCG(seed, 7))
	for _, k := range kinds() {
		for range max(1, n*k.of/500) {
			d := &draw{r, start.Add(-before), o.End, time.Duration(r.IntN(12)-4) * time.Hour}
			x := &Outlet{Number: uint64(len(o.Outlets) + 1), Kind: k.name, Times: k.make(d)}
			slices.SortFunc(x.Times, time.Time.Compare)
			x.Hints = hintsOf(d, k.name)
			x.Fails = k.name == "dead" && r.IntN(2) == 0
			o.Outlets = append(o.Outlets, x)
		}
	}
	return o
}

// hintsOf draws what an outlet says: most say nothing, some an hour because their
// software says so by default, and lively ones at times that they welcome more.
func hintsOf(d *draw, kind string) (h feed.Hints) {
	switch x := d.IntN(10); {
	case x == 0:
		h.TTL = time.Hour
	case x == 1:
		h.Update = time.Hour
	case x == 2 && kind != "news site" && kind != "live blog":
		h.MaxAge = 2 * time.Hour
	case x < 6 && (kind == "news site" || kind == "live blog"):
		h.MaxAge = 5 * time.Minute
	case x == 6:
		h.TTL = 15 * time.Minute
	}
	return h
}

// poisson draws moments of a rate an hour that changes with local time.
func (d *draw) poisson(most float64, rate func(local time.Time) float64) (ts []time.Time) {
	for t := d.from; ; {
		t = t.Add(time.Duration(d.ExpFloat64() / most * float64(time.Hour)))
		if !t.Before(d.to) {
			return ts
		}
		if d.Float64()*most < rate(t.Add(d.zone)) {
			ts = append(ts, t.Truncate(time.Second))
		}
	}
}

func weekend(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }

// paper appears in the early morning and adds a little through the day.
func paper(d *draw) []time.Time {
	at, size := 4+d.IntN(3), 6+8*d.Float64()
	return d.poisson(size, func(t time.Time) float64 {
		switch h := t.Hour(); {
		case t.Weekday() == time.Sunday:
			return 0.05
		case h == at || h == at+1:
			return size
		case h > at && h < 19:
			return 0.3
		}
		return 0.02
	})
}

// newsSite publishes all day, more by day than by night and at weekends.
func newsSite(d *draw) []time.Time {
	size := 1 + 4*d.Float64()
	return d.poisson(size, func(t time.Time) float64 {
		r := size * math.Max(0.05, math.Sin(math.Pi*float64(t.Hour()-5)/17))
		if weekend(t) {
			r /= 2
		}
		return r
	})
}

// liveBlog is silent but for a few events a week, of some hours each.
func liveBlog(d *draw) (ts []time.Time) {
	for day := d.from; day.Before(d.to); day = day.Add(24 * time.Hour) {
		if d.IntN(3) > 0 {
			continue
		}
		start := day.Add(time.Duration(8+d.IntN(12)) * time.Hour)
		end := start.Add(time.Duration(2+d.IntN(5)) * time.Hour)
		for t := start; t.Before(end) && t.Before(d.to); t = t.Add(time.Duration(d.ExpFloat64() * 8 * float64(time.Minute))) {
			ts = append(ts, t.Truncate(time.Second))
		}
	}
	return ts
}

// weekly has a day and an hour, mostly.
func weekly(d *draw) (ts []time.Time) {
	day, hour := d.IntN(7), 7+d.IntN(14)
	for t := d.from; t.Before(d.to); t = t.Add(7 * 24 * time.Hour) {
		at := t.Truncate(24*time.Hour).AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour + time.Duration(d.NormFloat64()*90*float64(time.Minute)))
		if d.IntN(4) == 0 {
			at = at.Add(time.Duration(d.IntN(5*24)) * time.Hour)
		}
		if d.IntN(8) > 0 && at.Before(d.to) {
			ts = append(ts, at.Truncate(time.Second))
		}
	}
	return ts
}

// bursts bring several entries at once, at times that nobody knows.
func bursts(d *draw) (ts []time.Time) {
	for _, t := range d.poisson(1, func(time.Time) float64 { return 1.0 / 60 }) {
		for range 3 + d.IntN(12) {
			ts = append(ts, t.Add(time.Duration(d.IntN(90))*time.Second))
		}
	}
	return ts
}

// steady publishes a few times a day, at any hour.
func steady(d *draw) []time.Time {
	rate := (1 + 5*d.Float64()) / 24
	return d.poisson(rate, func(time.Time) float64 { return rate })
}

func seldom(d *draw) []time.Time {
	return d.poisson(1, func(time.Time) float64 { return 1.0 / (24 * 25) })
}

// dead has entries of long ago only.
func dead(d *draw) []time.Time { return []time.Time{d.from, d.from.Add(time.Hour)} }

// String tells the web's size.
func (o *Origin) String() string {
	n := 0
	for _, x := range o.Outlets {
		for _, t := range x.Times {
			if t.After(o.Start) {
				n++
			}
		}
	}
	return fmt.Sprintf("%d feeds, %d entries in %.0f days", len(o.Outlets), n, o.End.Sub(o.Start).Hours()/24)
}
