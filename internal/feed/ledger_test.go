package feed

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

var wednesday = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)

func TestALedgerForgetsAndStaysSmall(t *testing.T) {
	var l Ledger
	at := wednesday
	for range 90 * 96 { // every quarter of an hour for 90 days
		at = at.Add(15 * time.Minute)
		l = l.Note(at, Exchange{Requests: 1, Unchanged: 1, Saved: 1000})
	}
	if d := l.LastDay(at); d.Requests < 93 || d.Requests > 96 {
		t.Errorf("%d requests in 24 hours, want about 96", d.Requests)
	}
	if m := l.LastMonth(at); m.Requests < 29*96 || m.Requests > 30*96 || m.Share() != 1 {
		t.Errorf("%d requests in 30 days, want about 2,880", m.Requests)
	}
	if n := len(l.Bytes()); n > 800 {
		t.Errorf("a ledger of %d bytes", n)
	}
	if d := l.LastDay(at.Add(40 * 24 * time.Hour)); d != (Exchange{}) {
		t.Errorf("forty days later the last day has %+v", d)
	}
	if m := l.LastMonth(at.Add(40 * 24 * time.Hour)); m != (Exchange{}) {
		t.Errorf("forty days later the last month has %+v", m)
	}
}

func TestALedgerIsReadAsItWasWritten(t *testing.T) {
	var l Ledger
	r := rand.New(rand.NewPCG(1, 2))
	at := wednesday
	for range 500 {
		at = at.Add(time.Duration(r.IntN(5*3600)) * time.Second)
		l.Size = r.Int64N(1 << 30)
		l = l.Note(at, Exchange{r.IntN(9), r.IntN(9), r.IntN(3), r.Int64N(1 << 24), r.Int64N(1 << 24)})
		if got := LedgerOf(l.Bytes()); !reflect.DeepEqual(got, l) {
			t.Fatalf("read %+v, wrote %+v", got, l)
		}
	}
}

func TestAClockThatGoesBackLosesNothing(t *testing.T) {
	l := Ledger{}.Note(wednesday, Exchange{Requests: 1}).Note(wednesday.Add(-48*time.Hour), Exchange{Requests: 1})
	if n := l.LastDay(wednesday).Requests; n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func FuzzLedgerOf(f *testing.F) {
	f.Add(Ledger{Size: 5}.Note(wednesday, Exchange{Requests: 1}).Bytes())
	f.Add([]byte{1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if l := LedgerOf(b); len(l.Hours) > dayTracts || len(l.Days) > dayTracts {
			t.Errorf("%d and %d tracts", len(l.Hours), len(l.Days))
		}
	})
}

func TestARhythmIsReadAsItWasWritten(t *testing.T) {
	r := Rhythm{Watched: 72 * time.Hour, Recent: 2.5, Longest: 9 * time.Hour, At: wednesday, Aged: wednesday.Add(-time.Hour), Last: wednesday.Add(-2 * time.Hour), First: wednesday.Add(-72 * time.Hour)}
	r.Hours[23], r.Days[6] = 640, 65535
	b := r.Bytes()
	if got, err := RhythmOf(b); err != nil || got != r {
		t.Errorf("read %+v %v, wrote %+v", got, err, r)
	}
	if len(b) > 100 {
		t.Errorf("%d bytes, want a few dozen", len(b))
	}
	if (Rhythm{}).Bytes() != nil {
		t.Error("nothing takes room")
	}
	if _, err := RhythmOf(b[1:]); err == nil {
		t.Error("half a rhythm was read")
	}
}

func TestAStaleFeedIsMarked(t *testing.T) {
	const day = 24 * time.Hour
	now := wednesday
	for name, tt := range map[string]struct {
		last, longest time.Duration
		stale         bool
	}{
		"a daily one, silent for 59 days":          {59 * day, day, false},
		"a daily one, silent for 61 days":          {61 * day, day, true},
		"a monthly one, silent for 100 days":       {100 * day, 30 * day, false},
		"a monthly one, silent for 121 days":       {121 * day, 30 * day, true},
		"one without times, followed for 61 days":  {61 * day, 0, true},
		"one of which nothing but a gap was known": {80 * day, 21 * day, false},
	} {
		st := State{Answered: now, Rhythm: Rhythm{At: now, Last: now.Add(-tt.last), Longest: tt.longest}}
		a := Ail(Subscription{Added: now.Add(-999 * day)}, st, now)
		if (a.Name == "stale") != tt.stale || tt.stale && (a.Since.After(now) || a.Reason == "" || a.Todo == "") {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if a := Ail(Subscription{Paused: true, Added: now.Add(-999 * day)}, State{Answered: now}, now); a.Name != "" {
		t.Errorf("a paused feed: %+v", a)
	}
}

func TestADeadFeedIsMarked(t *testing.T) {
	const day = 24 * time.Hour
	for age, want := range map[time.Duration]string{13 * day: "", 14 * day: "dead", 400 * day: "dead"} {
		since := wednesday.Add(-age)
		a := Ail(Subscription{}, State{Failures: 5, Since: since}, wednesday)
		if a.Name != want || want != "" && (!a.Since.Equal(since.Add(14*day)) || a.Reason == "" || a.Todo == "") {
			t.Errorf("failing for %v: %+v", age, a)
		}
	}
	if a := Ail(Subscription{}, State{Failures: 5, Since: wednesday.Add(-99 * day), Gone: true}, wednesday); a.Name != "" {
		t.Errorf("a feed that is gone: %+v", a)
	}
}

func TestDurationsAreReadAsPeopleWriteThem(t *testing.T) {
	for s, want := range map[string]time.Duration{"": 0, "30m": 30 * time.Minute, "90": 90 * time.Minute, "2h": 2 * time.Hour, "2 Hours": 2 * time.Hour,
		"1d12h": 36 * time.Hour, "2 days": 48 * time.Hour, "45 min": 45 * time.Minute} {
		got, err := ParseSpan(s)
		if err != nil || got != want {
			t.Errorf("%q: %v %v, want %v", s, got, err, want)
		}
		if again, _ := ParseSpan(FormatSpan(got)); again != got {
			t.Errorf("%v is written %q and read %v", got, FormatSpan(got), again)
		}
	}
	for _, s := range []string{"soon", "-1h", "1.5h", "3w", "h", "99999999999999999999m", "5s", "99999d", "30000d30000d", "30000d9000000h"} {
		if d, err := ParseSpan(s); err == nil {
			t.Errorf("%q was read as %v", s, d)
		}
	}
}

func TestTheWordOfAFeedStandsAboveThatOfAll(t *testing.T) {
	all := Timetable{Every: time.Hour, Most: 12 * time.Hour}
	if got := (Timetable{Every: 30 * time.Minute}).Over(all); got.Every != 30*time.Minute || got.Most != 12*time.Hour {
		t.Errorf("%+v", got)
	}
	if got := (Timetable{Least: 2 * time.Hour}).Over(all); got.Every != 0 || got.Least != 2*time.Hour {
		t.Errorf("%+v: a floor of its own takes the feed out of every hour", got)
	}
	for _, bad := range []Timetable{{Every: time.Minute}, {Least: 99 * 24 * time.Hour}, {Least: 3 * time.Hour, Most: time.Hour}} {
		if bad.Check() == nil {
			t.Errorf("%+v was allowed", bad)
		}
	}
}
