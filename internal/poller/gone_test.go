package poller

import (
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// A feed that its publisher took down for good (410, rule E8) is not asked again, nor is
// it said to be due, also when the reader sets other times for all feeds.
func TestAFeedThatIsGoneStaysGoneWhateverTheTimetable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		w.answer = func(fetch.Request) (*fetch.Response, error) { return nil, bad(410, 0) }
		p, stop := start(t, s, w, Options{SiteGap: time.Second})
		id := wish(t, p, "https://gone.example/feed")[0].Subscription.ID
		time.Sleep(48 * time.Hour)
		was, err := s.Subscription(t.Context(), id)
		if err != nil || !was.State.Gone {
			t.Fatalf("after a 410: %+v, %v", was.State, err)
		}
		for _, every := range []time.Duration{time.Hour, 6 * time.Hour} {
			if err := p.SetTimetable(t.Context(), 0, feed.Timetable{Every: every}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(48 * time.Hour)
		}
		now, err := s.Subscription(t.Context(), id)
		if err != nil || !now.State.Due.Equal(was.State.Due) || now.State.Why != was.State.Why {
			t.Errorf("due %v (%s), was %v (%s), %v", now.State.Due, now.State.Why, was.State.Due, was.State.Why, err)
		}
		stop()
		if n := w.requests(); n != 1 {
			t.Errorf("it was asked %d times, want once", n)
		}
	})
}
