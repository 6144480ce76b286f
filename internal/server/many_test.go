package server

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"tidings/internal/feed"
)

// many subscribes to n feeds in a hundred folders, each with a story.
func (s *spy) many(b testing.TB, n int) {
	b.Helper()
	ctx, now := b.Context(), time.Now()
	wishes := make([]feed.Wish, n)
	for i := range wishes {
		u := fmt.Sprintf("https://many%d.example/feed.xml", i)
		wishes[i] = feed.Wish{URL: u, Canonical: u, Site: "example", Folder: fmt.Sprintf("Folder %d/Part %d", i%10, i%100)}
	}
	added, err := s.Subscribe(ctx, wishes, now)
	if err != nil {
		b.Fatal(err)
	}
	hs := make([]feed.Harvest, n)
	for i, a := range added {
		id := s.NextEntry()
		e := feed.Entry{ID: id, Story: s.NextStory(), Feed: a.Subscription.ID, Title: fmt.Sprintf("Story %d", i), Seen: now}
		hs[i] = feed.Harvest{
			Feed: e.Feed, State: feed.State{Feed: e.Feed, Title: fmt.Sprintf("Outlet %d", i), Polled: now},
			Arrivals: []feed.Arrival{{
				Keys: []feed.Key{{byte(id >> 16), byte(id >> 8), byte(id)}}, Entry: e, New: true,
				Time: now.Add(-time.Duration(i) * time.Minute), URN: fmt.Sprintf("urn:x:%d", id),
			}},
		}
	}
	if err := s.Commit(ctx, hs); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkMany asks for pages of a reader with 5,000 feeds, each time after a
// commit, on the real store.
func BenchmarkMany(b *testing.B) {
	w := newWorld(b, 0, nil)
	w.store.many(b, 5000)
	for name, path := range map[string]string{"river": "/", "folder": "/?folder=Folder+3", "story": "/story/1", "feeds": "/feeds"} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "http://localhost"+path, nil)
			r.Header.Set("Accept-Encoding", "gzip")
			b.ReportAllocs()
			for star := false; b.Loop(); star = !star {
				b.StopTimer()
				if _, err := w.store.Mark(b.Context(), []uint64{1}, feed.MarkChange{Starred: &star}, time.Now()); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				rec := httptest.NewRecorder()
				w.ServeHTTP(rec, r)
				if rec.Code != 200 {
					b.Fatal(rec.Code)
				}
			}
		})
	}
}

// BenchmarkManyTabs is what a mark costs the event streams of sixty tabs that are
// open on 5,000 feeds.
func BenchmarkManyTabs(b *testing.B) {
	w := newWorld(b, 0, nil)
	w.store.many(b, 5000)
	tabs := make([]onlooker, 60)
	b.ReportAllocs()
	for star := false; b.Loop(); star = !star {
		b.StopTimer()
		if _, err := w.store.Mark(b.Context(), []uint64{1}, feed.MarkChange{Starred: &star}, time.Now()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		for i := range tabs {
			if err := w.look(b.Context(), &tabs[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
}
