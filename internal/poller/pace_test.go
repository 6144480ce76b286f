package poller

import (
	"testing"
	"testing/synctest"
	"time"
)

// Two who wait for one slow request must not both begin when it ends: their own turns have
// come long ago, but between any two starts the gap remains.
func TestWhoWaitedKeepsTheGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const site, gap = "quay.example", 2 * time.Second
		p := newPace(gap)
		begin := func() *flight {
			f, err := p.wait(t.Context(), site, time.Minute)
			if err != nil {
				t.Error(err)
			}
			return f
		}
		slow := begin()
		started := make(chan time.Time, 2)
		for range 2 {
			go func() {
				f := begin()
				started <- time.Now()
				p.leave(f) // answered at once
			}()
		}
		time.Sleep(3 * gap)
		if len(started) != 0 {
			t.Fatal("the site is asked by two at a time")
		}
		p.leave(slow)
		first, second := <-started, <-started
		if between := second.Sub(first); between < gap {
			t.Errorf("%v between two starts, want %v", between, gap)
		}
	})
}
