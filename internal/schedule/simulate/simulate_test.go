package simulate

import (
	"testing"
	"time"
)

var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// TestAFortnight is the bar: at most the requests of the fixed hour, at most half its
// median delay. It prints the table of the README.
func TestAFortnight(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine has nothing to race with; it runs without the detector")
	}
	o := NewOrigin(1, 500, monday, 14*24*time.Hour)
	ours, hour, quarter := Run(o, Learned()), Run(o, Fixed("every hour", time.Hour)), Run(o, Fixed("every 15 minutes", 15*time.Minute))
	t.Logf("%v\n%s\n%s", o, Table(ours, hour, quarter), KindTable(o, ours, hour, quarter))
	if ours.Requests > hour.Requests {
		t.Errorf("%d requests, the fixed hour makes %d", ours.Requests, hour.Requests)
	}
	if 2*ours.Quantile(0.5) > hour.Quantile(0.5) {
		t.Errorf("median delay %v, the fixed hour has %v", ours.Quantile(0.5), hour.Quantile(0.5))
	}
	if len(ours.Delays) < len(hour.Delays)*999/1000 {
		t.Errorf("%d entries seen, the fixed hour sees %d", len(ours.Delays), len(hour.Delays))
	}
}

// TestTheBaselinesAreWhatTheySay guards the yardstick itself.
func TestTheBaselinesAreWhatTheySay(t *testing.T) {
	o := NewOrigin(2, 100, monday, 7*24*time.Hour)
	for every, p := range map[time.Duration]Policy{time.Hour: Fixed("hour", time.Hour), 15 * time.Minute: Fixed("quarter", 15*time.Minute)} {
		r := Run(o, p)
		if want := 24 * float64(time.Hour) / float64(every); r.PerFeedDay() < want*0.98 || r.PerFeedDay() > want*1.01 {
			t.Errorf("%s: %.1f requests per feed and day, want %.0f", p.Name, r.PerFeedDay(), want)
		}
		if m := r.Quantile(0.5); m < every*4/10 || m > every*6/10 {
			t.Errorf("%s: median delay %v, want about half of %v", p.Name, m, every)
		}
	}
}

// TestOtherWebs holds the bar in webs that the schedule was not tuned in.
func TestOtherWebs(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine has nothing to race with; it runs without the detector")
	}
	for seed := uint64(11); seed < 14; seed++ {
		o := NewOrigin(seed, 200, monday.AddDate(0, int(seed)-10, 3), 14*24*time.Hour)
		ours, hour := Run(o, Learned()), Run(o, Fixed("every hour", time.Hour))
		if ours.Requests > hour.Requests || 2*ours.Quantile(0.5) > hour.Quantile(0.5) {
			t.Errorf("web %d: %d requests and a median delay of %v; the fixed hour has %d and %v",
				seed, ours.Requests, ours.Quantile(0.5), hour.Requests, hour.Quantile(0.5))
		}
	}
}
