package schedule

import (
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

var noon = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC) // a Wednesday

const h = time.Hour

// lines is a rhythm of entries at the given distances before noon.
func lines(ago ...time.Duration) feed.Rhythm {
	var ts []time.Time
	for _, d := range ago {
		ts = append(ts, noon.Add(-d))
	}
	return Begin(ts, noon)
}

// often is a rhythm of an entry in every so long, for three weeks, day and night.
func often(every time.Duration) feed.Rhythm {
	r := Begin(nil, noon.Add(-21*24*h))
	for at := noon.Add(-21 * 24 * h); at.Before(noon); at = at.Add(h) {
		var ts []time.Time
		for t := at.Truncate(every); t.Before(at.Add(h)); t = t.Add(every) {
			if !t.Before(at) {
				ts = append(ts, t)
			}
		}
		r = Learn(r, ts, at.Add(h))
	}
	return r
}

func TestNext(t *testing.T) {
	fresh, old := noon.Add(-2*h), noon.Add(-30*24*h)
	lively := often(10 * time.Minute)
	tests := []struct {
		name  string
		state feed.State
		terms Terms
		want  time.Duration // before the spread of up to a tenth
		why   string        // part of the reason
	}{
		{"a plain feed", feed.State{ETag: `"x"`, Changed: fresh}, Terms{}, h, "not known yet"},
		{"max-age or Expires of 6 hours", feed.State{ETag: `"x"`, Hints: feed.Hints{MaxAge: 6 * h}}, Terms{}, 6 * h, "Cache-Control"},
		{"ttl of a month is believed for a day", feed.State{ETag: `"x"`, Hints: feed.Hints{TTL: 720 * h}}, Terms{}, 24 * h, "ttl"},
		{"the longest hint counts", feed.State{ETag: `"x"`, Changed: fresh, Hints: feed.Hints{MaxAge: time.Minute, TTL: 2 * h}}, Terms{}, 2 * h, "ttl"},
		{"sy: every 4 hours", feed.State{ETag: `"x"`, Hints: feed.Hints{Update: 4 * h}}, Terms{}, 4 * h, "sy:"},
		{"sy: a year is believed for a day", feed.State{ETag: `"x"`, Hints: feed.Hints{Update: 8760 * h}}, Terms{}, 24 * h, "sy:"},
		{"a lively feed", feed.State{ETag: `"x"`, Rhythm: lively}, Terms{}, 15 * time.Minute, "two requests"},
		{"a lively feed that asks for 40 minutes", feed.State{ETag: `"x"`, Rhythm: lively, Hints: feed.Hints{TTL: 40 * time.Minute}}, Terms{}, 40 * time.Minute, "welcomes no more"},
		{"a lively feed that asks for 3 hours", feed.State{ETag: `"x"`, Rhythm: lively, Hints: feed.Hints{MaxAge: 3 * h}}, Terms{}, 3 * h, "Cache-Control"},
		{"a lively feed that welcomes more", feed.State{ETag: `"x"`, Rhythm: lively, Hints: feed.Hints{MaxAge: time.Second}}, Terms{}, 7*time.Minute + 20*time.Second, "publishes about 6 times an hour"},
		{"an invitation to hammer", feed.State{ETag: `"x"`, Rhythm: often(2 * time.Minute), Hints: feed.Hints{MaxAge: time.Second}}, Terms{}, 5 * time.Minute, "welcomes no more"},
		{"an invitation without news", feed.State{ETag: `"x"`, Changed: old, Hints: feed.Hints{TTL: 5 * time.Minute}}, Terms{}, h, "not known yet"},
		{"no validators and quiet", feed.State{Changed: old}, Terms{}, 24 * h, "no validators"},
		{"no validators but news", feed.State{Changed: fresh}, Terms{}, h, ""},
		{"nothing for two months", feed.State{ETag: `"x"`, Rhythm: lines(2000 * h)}, Terms{}, 24 * h, "longest that a feed is left alone"},
		{"a hub pushes it", feed.State{ETag: `"x"`, Rhythm: lively, PushUntil: noon.Add(h)}, Terms{}, 24 * h, "hub"},
		{"a cloud tells of it", feed.State{ETag: `"x"`, Rhythm: lively, Cloud: "https://cloud.example/", PushUntil: noon.Add(h)}, Terms{}, 15 * time.Minute, "its cloud tells us sooner"},
		{"a cloud told of it once", feed.State{ETag: `"x"`, Cloud: "https://cloud.example/", PushUntil: noon.Add(-h)}, Terms{}, h, "its rhythm is not known yet"},
		{"a hub pushes it, and there is a cloud too", feed.State{ETag: `"x"`, Hub: "https://hub.example/", Cloud: "https://cloud.example/", PushUntil: noon.Add(h)}, Terms{}, 24 * h, "a hub pushes it"},
		{"a cloud tells of it, and it fails", feed.State{Failures: 1, Failure: feed.FailureTemporary, Cloud: "https://cloud.example/", PushUntil: noon.Add(h)}, Terms{}, h, "the last poll failed"},
		{"a hub pushed it once", feed.State{ETag: `"x"`, PushUntil: noon.Add(-h)}, Terms{}, h, ""},

		{"first failure", feed.State{Failures: 1, Failure: feed.FailureTemporary}, Terms{}, h, "the last poll failed"},
		{"third failure", feed.State{Failures: 3, Failure: feed.FailureTemporary}, Terms{}, 4 * h, "the last 3 polls failed"},
		{"third time not a feed", feed.State{Failures: 3, Failure: feed.FailureNotFeed}, Terms{}, 4 * h, "failed"},
		{"hundredth failure", feed.State{Failures: 100, Failure: feed.FailureTemporary}, Terms{}, 24 * h, "failed"},
		{"missing (404) for long", feed.State{Failures: 100, Failure: feed.FailureMissing}, Terms{}, 7 * 24 * h, "failed"},
		{"refused (401, 403) for long", feed.State{Failures: 100, Failure: feed.FailureRefused}, Terms{}, 7 * 24 * h, "failed"},
		{"Retry-After beyond the back-off", feed.State{Failures: 1, Failure: feed.FailureLimited, NotBefore: noon.Add(30 * h)}, Terms{}, 30 * h, "Retry-After"},
		{"Retry-After of an answer that is well", feed.State{ETag: "x", NotBefore: noon.Add(9 * h)}, Terms{}, 9 * h, "Retry-After"},
		{"Retry-After shorter than the back-off", feed.State{Failures: 1, Failure: feed.FailureLimited, NotBefore: noon.Add(time.Minute)}, Terms{}, h, "failed"},
		{"a hostile Retry-After", feed.State{Failures: 1, Failure: feed.FailureLimited, NotBefore: noon.Add(9999 * h)}, Terms{}, 7 * 24 * h, "believed for a week"},

		{"the reader: every 30 minutes", feed.State{ETag: `"x"`}, when(feed.Timetable{Every: 30 * time.Minute}), 30 * time.Minute, "you chose every 30 minutes"},
		{"the reader: every 2 days", feed.State{ETag: `"x"`, Rhythm: lively}, when(feed.Timetable{Every: 48 * h}), 48 * h, "you chose every 2 days"},
		{"the reader: every second", feed.State{ETag: `"x"`}, when(feed.Timetable{Every: time.Second}), 5 * time.Minute, "you chose"},
		{"the publisher's hint stands above every 30 minutes", feed.State{ETag: `"x"`, Hints: feed.Hints{MaxAge: 2 * h}}, when(feed.Timetable{Every: 30 * time.Minute}), 2 * h, "publisher"},
		{"and so does a failure", feed.State{Failures: 3, Failure: feed.FailureTemporary}, when(feed.Timetable{Every: 30 * time.Minute}), 4 * h, "failed"},
		{"the reader: at least 3 hours", feed.State{ETag: `"x"`, Rhythm: lively}, when(feed.Timetable{Least: 3 * h}), 3 * h, "you chose at least 3 hours"},
		{"the reader: at least 10 minutes", feed.State{ETag: `"x"`, Rhythm: often(2 * time.Minute)}, when(feed.Timetable{Least: 10 * time.Minute}), 10 * time.Minute, "you chose at least"},
		{"the reader: at most 2 hours", feed.State{ETag: `"x"`, Rhythm: lines(2000 * h)}, when(feed.Timetable{Most: 2 * h}), 2 * h, "longest"},
		{"the reader: not before Friday", feed.State{ETag: `"x"`}, when(feed.Timetable{Until: noon.Add(48 * h)}), 48 * h, "you paused it"},
		{"the reader's pause is over", feed.State{ETag: `"x"`}, when(feed.Timetable{Until: noon.Add(-h)}), h, ""},
		{"a crowded site", feed.State{ETag: `"x"`, Rhythm: lively}, Terms{Crowd: 50 * time.Minute}, 50 * time.Minute, "so many feeds"},
		{"a site that allows one request a minute, and 3,000 feeds", feed.State{ETag: `"x"`}, Terms{Crowd: 50 * h}, 50 * h, "so many feeds"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for id := range uint64(50) {
				tt.state.Feed = id
				due, why := Next(tt.state, tt.terms, noon)
				if got := due.Sub(noon); got < tt.want-time.Minute/2 || got > tt.want+tt.want/10+time.Minute {
					t.Fatalf("feed %d is due in %v, want %v and at most a tenth more", id, got, tt.want)
				}
				if !strings.Contains(why, tt.why) {
					t.Fatalf("because %q, want %q in it", why, tt.why)
				}
			}
		})
	}
}

func when(t feed.Timetable) Terms { return Terms{Timetable: t} }

func TestNextIsPureAndSpreadsFeeds(t *testing.T) {
	seen := map[time.Time]bool{}
	for id := range uint64(100) {
		a, _ := Next(feed.State{Feed: id, ETag: "x"}, Terms{}, noon)
		b, _ := Next(feed.State{Feed: id, ETag: "x"}, Terms{}, noon)
		if !a.Equal(b) {
			t.Fatalf("feed %d: %v and %v for the same question", id, a, b)
		}
		seen[a.Truncate(time.Second)] = true
	}
	if len(seen) < 80 {
		t.Errorf("100 feeds fall due at %d different seconds, want them spread", len(seen))
	}
}

func TestNextOfAGoneFeedIsNever(t *testing.T) {
	due, why := Next(feed.State{Gone: true, Failures: 1}, when(feed.Timetable{Every: h}), noon)
	if !due.IsZero() || !strings.Contains(why, "410") {
		t.Errorf("a gone feed is due at %v because %s", due, why)
	}
}

func TestNextKeepsOutOfSkippedHoursAndDays(t *testing.T) {
	st := feed.State{ETag: "x", Hints: feed.Hints{SkipHours: []int{13, 14, 15}, SkipDays: []time.Weekday{time.Thursday}}}
	due, why := Next(st, Terms{}, noon)
	if due.Hour() != 16 || due.Day() != 18 || !strings.Contains(why, "skipHours") {
		t.Errorf("due %v because %s, want the 16th hour of the same day", due, why)
	}
	st.Hints.SkipHours = []int{13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24}
	if due, _ := Next(st, Terms{}, noon); due.Weekday() != time.Friday {
		t.Errorf("due %v, want Friday: Thursday is skipped", due)
	}
	st.Hints = feed.Hints{}
	for i := range 24 {
		st.Hints.SkipHours = append(st.Hints.SkipHours, i)
	}
	if due, _ := Next(st, Terms{}, noon); due.After(noon.Add(70 * time.Minute)) {
		t.Errorf("due %v: a feed that skips every hour is not to be believed", due)
	}
}

func TestNextHeedsTheUpdateBase(t *testing.T) {
	st := feed.State{ETag: "x", Hints: feed.Hints{Update: 24 * h, Base: time.Date(2020, 1, 1, 7, 30, 0, 0, time.UTC)}}
	due, why := Next(st, Terms{}, noon)
	slot := time.Date(2026, 11, 19, 7, 30, 0, 0, time.UTC)
	if due.Before(slot) || due.After(slot.Add(2*h)) || !strings.Contains(why, "sy:updateBase") {
		t.Errorf("due %v because %s, want soon after %v", due, why, slot)
	}
	st.Hints.Base = noon.Add(30 * time.Minute)
	if due, _ := Next(st, Terms{}, noon); due.Before(noon.Add(24 * h)) {
		t.Errorf("due %v: the next moment is within the floor of an hour", due)
	}
	st.Hints.Update, st.Hints.Base = 30*24*h, noon.Add(-24*h)
	if due, _ := Next(st, Terms{}, noon); due.After(noon.Add(27 * h)) {
		t.Errorf("due %v: a month away is believed for a day", due)
	}
}

func TestAFailingFeedIsNotAskedSoonerThanAHealthyOne(t *testing.T) {
	for _, st := range []feed.State{
		{ETag: "x", Hints: feed.Hints{TTL: 24 * h, SkipHours: []int{12, 13}}},
		{ETag: "x", Rhythm: lines(2000 * h)}, {ETag: "x", Rhythm: often(5 * time.Minute)},
	} {
		well, _ := Next(st, Terms{}, noon)
		st.Failures, st.Failure = 1, feed.FailureTemporary
		if ill, _ := Next(st, Terms{}, noon); ill.Before(well) {
			t.Errorf("failing: due %v, answering: %v", ill, well)
		}
	}
}

// FuzzNext holds the bounds of E4 to E7 against whatever publishers say.
func FuzzNext(f *testing.F) {
	f.Add(uint64(1), int64(0), int64(0), int64(0), int64(0), 0, int64(0))
	f.Add(uint64(9), int64(1)<<62, int64(-5), int64(7), int64(1)<<61, 3, int64(1)<<40)
	f.Fuzz(func(t *testing.T, id uint64, maxAge, ttl, update, base int64, failures int, retry int64) {
		st := feed.State{Feed: id, ETag: "x", Failures: max(failures, 0) % 1000, Failure: feed.FailureTemporary,
			Hints: feed.Hints{MaxAge: time.Duration(maxAge), TTL: time.Duration(ttl), Update: time.Duration(update)}}
		if base != 0 {
			st.Hints.Base = time.Unix(base%(1<<34), 0)
		}
		if retry != 0 {
			st.NotBefore = noon.Add(time.Duration(retry))
		}
		due, _ := Next(st, Terms{}, noon)
		if due.Before(noon.Add(welcome)) || due.After(noon.Add(Patience)) || due.Before(st.NotBefore) && st.NotBefore.Before(noon.Add(Patience)) {
			t.Errorf("due %v", due.Sub(noon))
		}
	})
}
