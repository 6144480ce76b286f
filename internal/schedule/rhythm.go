package schedule

import (
	"fmt"
	"math"
	"slices"
	"time"

	"tidings/internal/feed"
)

// How a rhythm is learned.
const (
	one       = 64                  // what an entry counts in Hours and Days
	crowded   = 60_000              // above this all counts are halved, and the time with them
	ageing    = 7 * 24 * time.Hour  // so often old counts lose weight
	aged      = 0.85                // and so much of it is left: a half-life of 30 days
	back      = 60 * 24 * time.Hour // how far back a first document is believed
	late      = 24 * time.Hour      // an entry that is older than that when it comes counts as of now
	burst     = 90 * time.Minute    // how soon moments of publication fade from Recent
	together  = 5 * time.Minute     // entries so close are one moment
	mostTimes = 200                 // entries of one document that count
)

// Begin gives what the first document of a feed tells of its rhythm: published are
// the times of its entries, zero where an entry has none.
func Begin(published []time.Time, now time.Time) feed.Rhythm {
	r := feed.Rhythm{At: now, Aged: now, First: now}
	for _, t := range ordered(published, now) {
		r = gap(r, t)
		if now.Sub(t) <= back {
			r = count(r, t)
		}
		if r.First.After(t) {
			r.First = t
		}
	}
	r.Watched = min(now.Sub(r.First), back)
	return r
}

// Learn gives the rhythm after a poll at now that brought entries published at the
// times given, zero where an entry has none; there may be none at all.
func Learn(r feed.Rhythm, published []time.Time, now time.Time) feed.Rhythm {
	if r.At.IsZero() {
		return Begin(published, now)
	}
	passed := max(now.Sub(r.At), 0)
	r.Watched += passed
	r.Recent *= float32(math.Exp(-float64(passed) / float64(burst)))
	r = age(r, now)
	times := make([]time.Time, len(published))
	for i, t := range published {
		if times[i] = t; t.After(now) || t.Before(r.At.Add(-late)) {
			times[i] = now
		}
	}
	var moment time.Time
	for _, t := range ordered(times, now) {
		r = count(gap(r, t), t)
		if t.Sub(moment) > together {
			moment = t
			r.Recent += float32(math.Exp(-float64(max(now.Sub(t), 0)) / float64(burst)))
		}
	}
	r.At = now
	return r
}

// ordered gives the times that are known, oldest first, and the newest of them if
// there are very many.
func ordered(ts []time.Time, now time.Time) []time.Time {
	var known []time.Time
	for _, t := range ts {
		if t.Unix() > 0 && !t.After(now) {
			known = append(known, t.UTC())
		}
	}
	slices.SortFunc(known, time.Time.Compare)
	return known[max(0, len(known)-mostTimes):]
}

// count adds an entry to the counts.
func count(r feed.Rhythm, t time.Time) feed.Rhythm {
	h, d := &r.Hours[t.Hour()], &r.Days[t.Weekday()]
	if *h > crowded || *d > crowded {
		r = weaken(r, 0.5)
	}
	*h += one
	*d += one
	return r
}

// gap notes the pause before an entry. The longest fades with each pause that is
// shorter, so that it is what is usual and not what happened once.
func gap(r feed.Rhythm, t time.Time) feed.Rhythm {
	if r.Last.IsZero() {
		r.Last = t
	}
	pause := t.Sub(r.Last)
	if pause <= 0 {
		return r
	}
	r.Last = t
	if pause > together { // entries of one moment have no pause
		r.Longest = max(pause, r.Longest-(r.Longest-pause)/16)
	}
	return r
}

// age lets old counts lose weight, in steps of a week: in smaller ones they would not
// get less, being whole numbers.
func age(r feed.Rhythm, now time.Time) feed.Rhythm {
	for range 52 {
		if now.Sub(r.Aged) < ageing {
			return r
		}
		r = weaken(r, aged)
		r.Aged = r.Aged.Add(ageing)
	}
	r.Aged = now
	return r
}

// weaken scales the counts and the time that they are of, so that rates stay.
func weaken(r feed.Rhythm, by float64) feed.Rhythm {
	for i := range r.Hours {
		r.Hours[i] = uint16(float64(r.Hours[i]) * by)
	}
	for i := range r.Days {
		r.Days[i] = uint16(float64(r.Days[i]) * by)
	}
	r.Watched = time.Duration(float64(r.Watched) * by)
	return r
}

// habit is a rhythm made ready to be asked for rates.
type habit struct {
	rate  float64     // entries an hour
	hours [24]float64 // by what it is multiplied in each hour of the day
	days  [7]float64
}

// A habit of the day is believed from two days on, one of the week from two weeks on;
// prior is how many entries, spread evenly, speak against either.
const (
	prior     = 2.0
	dayKnown  = 2 * 24 * time.Hour
	weekKnown = 14 * 24 * time.Hour
)

func newHabit(r feed.Rhythm) (h habit) {
	n := 0.0
	for _, x := range r.Hours {
		n += float64(x) / one
	}
	h.rate = (n + 0.15) / (r.Watched.Hours() + 12) // as if 0.15 entries had come in half a day before
	for i := range h.hours {
		h.hours[i] = 1
		if r.Watched >= dayKnown {
			// The hours beside have a say: publishers are early or late, and clocks change.
			near := (float64(r.Hours[(i+23)%24]) + 6*float64(r.Hours[i]) + float64(r.Hours[(i+1)%24])) / 8 / one
			h.hours[i] = 24 * (near + prior/24) / (n + prior)
		}
	}
	for i := range h.days {
		h.days[i] = 1
		if r.Watched >= weekKnown {
			h.days[i] = 7 * (float64(r.Days[i])/one + prior/7) / (n + prior)
		}
	}
	return h
}

// at is the rate in entries an hour that is expected at a time.
func (h *habit) at(t int64) float64 {
	hour := t / 3600
	return h.rate * h.hours[hour%24] * h.days[(hour/24+4)%7] // 1970 began on a Thursday
}

// foresight walks through the time from now on.
type foresight struct {
	habit
	recent float64 // moments an hour, now
	from   int64
}

func foresee(r feed.Rhythm, now time.Time) foresight {
	passed := max(now.Sub(r.At), 0)
	recent := float64(r.Recent) * math.Exp(-float64(passed)/float64(burst)) / burst.Hours()
	return foresight{newHabit(r), recent, now.Unix()}
}

// at is the rate that is expected d from now: of habit or of the burst that goes on.
func (f *foresight) at(d time.Duration) float64 {
	return max(f.habit.at(f.from+int64(d/time.Second)), f.recent*math.Exp(-float64(d)/float64(burst)))
}

// known reports whether enough was seen of a rhythm to go by it: a day, by the feed's
// own times or by watching it.
func known(r feed.Rhythm) bool { return r.Watched >= 24*time.Hour }

// step is how finely time is walked through.
const step = 5 * time.Minute

// wait is how long to wait until a poll is worth its price.
func wait(r feed.Rhythm, now time.Time) time.Duration {
	f, sum := foresee(r, now), 0.0
	for d := time.Duration(0); d < Seldom; d += step {
		worth := math.Sqrt(f.at(d+step/2)) * step.Hours()
		if sum+worth >= price {
			return d + time.Duration(float64(step)*(price-sum)/worth)
		}
		sum += worth
		if d > Longest && sum < price/4 {
			break // it won't be soon
		}
	}
	return Seldom
}

// soon is how many entries are expected within the hour.
func soon(r feed.Rhythm, now time.Time) (n float64) {
	if !known(r) {
		return 0
	}
	f := foresee(r, now)
	for d := time.Duration(0); d < time.Hour; d += step {
		n += f.at(d+step/2) * step.Hours()
	}
	return n
}

// rhythmText tells a rhythm in words that follow "because".
func rhythmText(r feed.Rhythm, now time.Time) string {
	f := foresee(r, now)
	if f.recent > f.rate && f.recent >= 2 {
		return fmt.Sprintf("it publishes about %.0f times an hour just now", f.recent)
	}
	switch perDay := f.rate * 24; {
	case perDay >= 48:
		return fmt.Sprintf("it publishes about %.0f times an hour, and that by its hours and weekdays", f.rate)
	case perDay >= 1.5:
		return fmt.Sprintf("it publishes about %.0f times a day, and that by its hours and weekdays", perDay)
	case perDay*7 >= 1.5:
		return fmt.Sprintf("it publishes about %.0f times a week, and that by its hours and weekdays", perDay*7)
	}
	return "it publishes seldom"
}
