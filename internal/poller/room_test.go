package poller

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// However many large bodies come at once, they take no more memory than the room and
// the largest of them, and each comes whole in the end.
func TestLargeBodiesShareTheirRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const bodies, largest = 60, int64(16 << 20)
		r := newRoom(roomForBodies)
		var mu sync.Mutex
		var all, most int64
		var wg sync.WaitGroup
		for range bodies {
			wg.Go(func() {
				g := r.guest()
				had := int64(0)
				for n := int64(128 << 10); n <= largest; n *= 2 {
					if err := g.take(t.Context(), n); err != nil {
						t.Error(err)
					}
					mu.Lock()
					all, had = all+n-had, n
					most = max(most, all)
					mu.Unlock()
					time.Sleep(time.Second)
				}
				mu.Lock()
				all -= had
				mu.Unlock()
				g.leave()
			})
		}
		wg.Wait()
		if most > roomForBodies+largest+bodies*roomForEach || most < roomForBodies {
			t.Errorf("%d MB at once", most>>20)
		}
		if r.free != roomForBodies || r.elder != nil || len(r.queue) > 0 {
			t.Errorf("%d bytes are free, elder %v, %d wait", r.free, r.elder, len(r.queue))
		}
	})
}

// Ordinary bodies never wait, whoever holds the room; who gives up waiting leaves
// nothing behind.
func TestSmallBodiesWaitForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(1 << 20)
		holder, elder := r.guest(), r.guest()
		for _, g := range []*guest{holder, elder} {
			if err := g.take(t.Context(), 1<<20); err != nil {
				t.Fatal(err)
			}
		}
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := r.guest().take(soon, 2<<20); err != context.DeadlineExceeded {
			t.Errorf("a third large body: %v", err)
		}
		if err := r.guest().take(t.Context(), roomForEach); err != nil {
			t.Error(err)
		}
		holder.leave()
		elder.leave()
		if r.free != 1<<20 || len(r.queue) > 0 {
			t.Errorf("%d bytes are free, %d wait", r.free, len(r.queue))
		}
	})
}
