package poller

import (
	"testing"
	"time"

	"tidings/internal/feed"
)

var noon = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC) // a Wednesday

func TestNext(t *testing.T) {
	const h = time.Hour
	fresh, old := noon.Add(-2*h), noon.Add(-30*24*h)
	tests := []struct {
		name  string
		state feed.State
		want  time.Duration // before the spread of up to a tenth
	}{
		{"a plain feed", feed.State{ETag: `"x"`, Changed: fresh}, h},
		{"max-age of 6 hours", feed.State{ETag: `"x"`, Hints: feed.Hints{MaxAge: 6 * h}}, 6 * h},
		{"ttl of a month is believed for a day", feed.State{ETag: `"x"`, Hints: feed.Hints{TTL: 720 * h}}, 24 * h},
		{"the longest hint counts", feed.State{ETag: `"x"`, Changed: fresh, Hints: feed.Hints{MaxAge: time.Minute, TTL: 2 * h}}, 2 * h},
		{"a lively feed that invites", feed.State{ETag: `"x"`, Changed: fresh, Hints: feed.Hints{TTL: 30 * time.Minute}}, 30 * time.Minute},
		{"an invitation to hammer", feed.State{ETag: `"x"`, Changed: fresh, Hints: feed.Hints{MaxAge: time.Second}}, 15 * time.Minute},
		{"an invitation without news", feed.State{ETag: `"x"`, Changed: old, Hints: feed.Hints{TTL: 5 * time.Minute}}, h},
		{"no validators and quiet", feed.State{Changed: old}, 24 * h},
		{"no validators but news", feed.State{Changed: fresh}, h},
		{"first failure", feed.State{Failures: 1, Failure: feed.FailureTemporary}, h},
		{"third failure", feed.State{Failures: 3, Failure: feed.FailureTemporary}, 4 * h},
		{"hundredth failure", feed.State{Failures: 100, Failure: feed.FailureTemporary}, 24 * h},
		{"missing for long", feed.State{Failures: 100, Failure: feed.FailureMissing}, 7 * 24 * h},
		{"Retry-After beyond the back-off", feed.State{Failures: 1, Failure: feed.FailureLimited, NotBefore: noon.Add(30 * h)}, 30 * h},
		{"Retry-After shorter than the back-off", feed.State{Failures: 1, Failure: feed.FailureLimited, NotBefore: noon.Add(time.Minute)}, h},
		{"a hostile Retry-After", feed.State{Failures: 1, Failure: feed.FailureLimited, NotBefore: noon.Add(9999 * h)}, 7 * 24 * h},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for id := range uint64(50) {
				tt.state.Feed = id
				got := next(tt.state, noon).Sub(noon)
				if got < tt.want || got > tt.want+tt.want/10 {
					t.Fatalf("feed %d is due in %v, want %v and at most a tenth more", id, got, tt.want)
				}
			}
		})
	}
}

func TestNextSpreadsFeeds(t *testing.T) {
	seen := map[time.Time]bool{}
	for id := range uint64(100) {
		seen[next(feed.State{Feed: id, ETag: "x"}, noon).Truncate(time.Second)] = true
	}
	if len(seen) < 80 {
		t.Errorf("100 feeds fall due at %d different seconds, want them spread", len(seen))
	}
}

func TestNextOfAGoneFeedIsNever(t *testing.T) {
	if due := next(feed.State{Gone: true, Failures: 1}, noon); !due.IsZero() {
		t.Errorf("a gone feed is due at %v", due)
	}
}

func TestNextKeepsOutOfSkippedHoursAndDays(t *testing.T) {
	st := feed.State{ETag: "x", Hints: feed.Hints{SkipHours: []int{13, 14, 15}, SkipDays: []time.Weekday{time.Thursday}}}
	if due := next(st, noon).UTC(); due.Hour() != 16 || due.Day() != 18 {
		t.Errorf("due %v, want the 16th hour of the same day", due)
	}
	st.Hints.SkipHours = []int{13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24}
	if due := next(st, noon).UTC(); due.Weekday() != time.Friday {
		t.Errorf("due %v, want Friday: Thursday is skipped", due)
	}
	all := make([]int, 24)
	for i := range all {
		all[i] = i
	}
	st.Hints = feed.Hints{SkipHours: all}
	if due := next(st, noon); due.After(noon.Add(70 * time.Minute)) {
		t.Errorf("due %v: a feed that skips every hour is not to be believed", due)
	}
}

func TestAFailingFeedIsNotAskedSoonerThanAHealthyOne(t *testing.T) {
	st := feed.State{ETag: "x", Hints: feed.Hints{TTL: 24 * time.Hour, SkipHours: []int{12, 13}}}
	well := next(st, noon)
	st.Failures, st.Failure = 1, feed.FailureTemporary
	if ill := next(st, noon); ill.Before(well) {
		t.Errorf("failing: due %v, answering: %v", ill, well)
	}
}
