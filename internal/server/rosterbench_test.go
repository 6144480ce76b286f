//go:build unix

package server

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"tidings/internal/feed"
)

// publish gives each of the first n feeds a story on each of some days.
func (s *spy) publish(b *testing.B, n, days int) {
	b.Helper()
	for day := range days {
		hs := make([]feed.Harvest, n)
		for i := range hs {
			id := s.NextEntry()
			at := time.Now().Add(-time.Duration(day*24+i%24) * time.Hour)
			e := feed.Entry{ID: id, Story: s.NextStory(), Feed: uint64(i + 1), Title: "x", Published: at, Seen: at}
			st := feed.State{Feed: e.Feed, Title: fmt.Sprintf("The outlet that is called number %d", i), Polled: at, Answered: at, Document: at, Changed: at, Why: "it publishes seldom"}
			for h := range 20 {
				st.Ledger = st.Ledger.Note(at.Add(time.Duration(h)*time.Hour), feed.Exchange{Requests: 1, Received: 4000})
			}
			hs[i] = feed.Harvest{Feed: e.Feed, State: st, Arrivals: []feed.Arrival{{
				Keys: []feed.Key{{byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)}}, Entry: e, New: true, Time: at, URN: fmt.Sprintf("urn:y:%d", id),
			}}}
		}
		if err := s.Commit(b.Context(), hs); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFeeds asks for the page of feeds where 10,000 are followed: again and again,
// after a change, and after a minute, when the days' counts are read anew, too.
// Reported are the bytes that go over the wire.
func BenchmarkFeeds(b *testing.B) {
	w := newWorld(b, -1, nil)
	w.store.many(b, 10000)
	w.store.publish(b, 10000, 10)
	starred := false
	change := func() {
		yes := true
		if starred = !starred; !starred {
			yes = false
		}
		if _, err := w.store.Mark(b.Context(), []uint64{1, 2, 3}, feed.MarkChange{Read: &yes}, time.Now()); err != nil {
			b.Fatal(err)
		}
	}
	for _, bb := range []struct {
		name, path string
		before     func()
	}{
		{"again", "/feeds", func() {}},
		{"sorted", "/feeds?sort=unread", func() {}},
		{"filtered", "/feeds?name=77&health=fine&sort=share", func() {}},
		{"changed", "/feeds?sort=unread", change},
		{"counted", "/feeds?sort=unread", func() { change(); w.roll.counted = time.Time{} }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "http://localhost"+bb.path, nil)
			r.Header.Set("Accept-Encoding", "gzip")
			size, began := 0, cpu(b)
			for b.Loop() {
				b.StopTimer()
				bb.before()
				b.StartTimer()
				rec := httptest.NewRecorder()
				w.ServeHTTP(rec, r)
				if rec.Code != 200 {
					b.Fatal(rec.Code)
				}
				size = rec.Body.Len()
			}
			b.ReportMetric(float64(size), "bytes")
			b.ReportMetric(float64((cpu(b)-began).Microseconds())/1000/float64(b.N), "cpu-ms")
		})
	}
}
