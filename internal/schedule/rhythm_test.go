package schedule

import (
	"testing"
	"time"

	"tidings/internal/feed"
)

// daily is a paper of n entries in the hour that begins at six, for some weeks.
func daily(weeks, n int) feed.Rhythm {
	start := noon.Add(-time.Duration(weeks) * 7 * 24 * h).Truncate(24 * h)
	r := Begin(nil, start)
	for day := start; day.Before(noon); day = day.Add(24 * h) {
		var ts []time.Time
		for i := range n {
			ts = append(ts, day.Add(6*h+time.Duration(i)*time.Hour/time.Duration(n)))
		}
		r = Learn(r, ts, day.Add(7*h))
	}
	return r
}

// polls is how often a feed of a rhythm is polled in an hour that begins at from, if
// nothing new comes.
func polls(r feed.Rhythm, from time.Time) (n int) {
	st := feed.State{ETag: "x", Rhythm: r}
	for t := from.Add(-6 * h); t.Before(from.Add(h)); {
		if !t.Before(from) {
			n++
		}
		t, _ = Next(st, Terms{}, t)
	}
	return n
}

func TestADailyPaperIsPolledInItsHourAndHardlyAtNight(t *testing.T) {
	r := daily(4, 20)
	day := time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC)
	if n := polls(r, day.Add(6*h)); n < 3 {
		t.Errorf("%d polls in the hour in which it appears", n)
	}
	night := 0
	for hour := 20; hour < 28; hour++ {
		night += polls(r, day.Add(time.Duration(hour)*h))
	}
	if night > 5 {
		t.Errorf("%d polls in the eight hours of the night", night)
	}
}

func TestAWeekdayIsLearned(t *testing.T) {
	tuesday := time.Date(2026, 11, 17, 9, 30, 0, 0, time.UTC)
	var ts []time.Time
	for i := range 9 {
		ts = append(ts, tuesday.AddDate(0, 0, -7*i))
	}
	r := Begin(ts, noon)
	next := tuesday.AddDate(0, 0, 7)
	if on, off := polls(r, next.Truncate(h)), polls(r, next.AddDate(0, 0, 2).Truncate(h)); on < 1 || wait(r, next.Truncate(h)) > wait(r, next.AddDate(0, 0, 2).Truncate(h))/3 {
		t.Errorf("%d polls at its hour, %d two days later", on, off)
	}
}

func TestABurstIsKnownAndForgotten(t *testing.T) {
	r := lines(100*h, 300*h, 700*h)
	calm := soon(r, noon)
	at := noon
	for range 9 {
		at = at.Add(20 * time.Minute)
		r = Learn(r, []time.Time{at.Add(-15 * time.Minute), at.Add(-5 * time.Minute)}, at)
	}
	if n := soon(r, at); n < 2 {
		t.Errorf("%.1f entries expected amid a burst of six an hour, %.3f before", n, calm)
	}
	if n := soon(Learn(r, nil, at.Add(8*h)), at.Add(8*h)); n > 0.5 {
		t.Errorf("%.1f entries expected eight hours after it", n)
	}
}

func TestADumpIsNoBurst(t *testing.T) {
	r := Begin(nil, noon.Add(-300*h))
	ts := make([]time.Time, 50)
	for i := range ts {
		ts[i] = noon.Add(-time.Minute)
	}
	if r = Learn(r, ts, noon); r.Recent > 1 {
		t.Errorf("50 entries of one minute count as %.1f moments", r.Recent)
	}
}

func TestOldHabitsFade(t *testing.T) {
	r := daily(8, 10)
	at := noon
	for range 26 * 7 {
		at = at.Add(24 * h)
		r = Learn(r, nil, at)
	}
	if n := soon(r, time.Date(2027, 6, 1, 6, 0, 0, 0, time.UTC)); n > 0.1 {
		t.Errorf("%.2f entries expected in an hour that was full half a year ago", n)
	}
}

func TestCountsNeverOverflow(t *testing.T) {
	r := Begin(nil, noon.Add(-24*h))
	rate := 0.0
	for i := range 24 * 60 {
		at := noon.Add(time.Duration(i) * h)
		ts := make([]time.Time, 150)
		for k := range ts {
			ts[k] = at.Add(-time.Duration(k) * 20 * time.Second)
		}
		r = Learn(r, ts, at)
		rate = newHabit(r).rate
	}
	if rate < 20 || rate > 200 {
		t.Errorf("a rate of %.0f an hour, want one as of a feed of 150", rate)
	}
}

func TestWrongTimesDoNoHarm(t *testing.T) {
	r := Begin([]time.Time{noon.Add(9999 * h), {}, time.Unix(-5, 0), noon.Add(-2 * h), noon.Add(-99999 * h)}, noon)
	if !r.Last.Equal(noon.Add(-2*h)) || r.Watched > back {
		t.Errorf("%+v", r)
	}
	r = Learn(r, []time.Time{{}, noon.Add(-500 * h), noon.Add(700 * h)}, noon.Add(h))
	if !r.Last.Equal(noon.Add(h)) {
		t.Errorf("last %v: entries without a time of use count as of now", r.Last)
	}
}

func TestTheLongestPauseIsWhatIsUsual(t *testing.T) {
	var ts []time.Time
	at := noon.Add(-2000 * 24 * h)
	for i := range 120 {
		at = at.Add(48 * h)
		if i == 20 {
			at = at.Add(200 * 24 * h)
		}
		ts = append(ts, at)
	}
	if r := Begin(ts, at); r.Longest < 48*h || r.Longest > 96*h {
		t.Errorf("usually at most %v between two entries, want about 48 h: the long pause is long ago", r.Longest)
	}
}

func BenchmarkNext(b *testing.B) {
	st := feed.State{ETag: "x", Rhythm: lines(200*h, 900*h)}
	for b.Loop() {
		Next(st, Terms{}, noon)
	}
}
