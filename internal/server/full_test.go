//go:build unix

package server

import (
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"syscall"
	"testing"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
)

// BenchmarkFull measures feeds on a full house, which `go run ./internal/fill` makes
// and TIDINGS_FULL names: what a subscriber costs where nothing has changed, and what
// a changed document of 50 stories does. Reported times are of one request.
func BenchmarkFull(b *testing.B) {
	s, spied, store := fullHouse(b)
	ask := func(b *testing.B, path, coding, tag string, want int) string {
		r := httptest.NewRequest("GET", "http://localhost"+path, nil)
		r.Header.Set("Accept-Encoding", coding)
		r.Header.Set("If-None-Match", tag)
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, r)
		if rec.Code != want {
			b.Fatalf("%s: %d, want %d", path, rec.Code, want)
		}
		return rec.Header().Get("ETag")
	}
	for name, path := range map[string]string{"all": "/feed.atom", "folder": "/folder/Folder%203.atom", "feed": "/feed/7.atom", "rss": "/feed.rss", "json": "/feed.json"} {
		b.Run("unchanged/"+name, func(b *testing.B) {
			tag := ask(b, path, "gzip", `"x"`, 200)
			read := spied.asked.Load()
			for b.Loop() {
				ask(b, path, "gzip", tag, 304)
			}
			if spied.asked.Load() != read {
				b.Error("stories were read")
			}
		})
		for _, coding := range []string{"identity", "gzip", "br", "zstd"} {
			b.Run("changed/"+name+"/"+coding, func(b *testing.B) {
				full, err := store.Stories(b.Context(), feed.Query{Limit: 1})
				if err != nil {
					b.Fatal(err)
				}
				feedID := full.Stories[0].Outlet.Feed
				b.ReportAllocs()
				var spent time.Duration
				n := 0
				for ; b.Loop(); n++ {
					b.StopTimer()
					title := "Outlet, " + time.Now().String()
					if _, err := store.ChangeSubscription(context.Background(), feedID, feed.Change{Title: &title}, "", ""); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
					began := cpu(b)
					ask(b, path, coding, `"x"`, 200)
					spent += cpu(b) - began
				}
				b.ReportMetric(float64(spent.Microseconds())/float64(n)/1000, "cpu-ms/op")
			})
		}
	}
	b.Run("archive", func(b *testing.B) {
		for b.Loop() {
			a, err := store.Archive(b.Context(), feed.Query{Bodies: true}, 500_000)
			if err != nil || len(a.Stories) == 0 {
				b.Fatal(err)
			}
		}
	})
}

// cpu is the time that the process has computed.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// fullHouse gives a server of the data file that `go run ./internal/fill` makes and
// TIDINGS_FULL names, and its store; without one the benchmark is skipped.
func fullHouse(b *testing.B) (*Server, *spy, *boltstore.Store) {
	b.Helper()
	path := os.Getenv("TIDINGS_FULL")
	if path == "" {
		b.Skip("TIDINGS_FULL names no data file")
	}
	store, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	spied := &spy{Store: store}
	s, err := New(Options{Store: spied, Poller: &fakePoller{store: spied}, NoAuth: true, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	return s, spied, store
}
