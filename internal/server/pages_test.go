//go:build unix

package server

import (
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"tidings/internal/feed"
)

// BenchmarkPages measures pages on a full house, which `go run ./internal/fill` makes
// and TIDINGS_FULL names: as they are asked for one after the other ("warm"), with no
// row laid out before ("cold"), and each after something was marked ("marked"), which
// makes all that is counted and kept out of date. It reports the median and the 99th
// percentile of the time in the server, for the whole page, gzipped.
func BenchmarkPages(b *testing.B) {
	s, _, store := fullHouse(b)
	newest, err := store.Stories(b.Context(), feed.Query{Limit: 2})
	if err != nil {
		b.Fatal(err)
	}
	first, second := newest.Stories[0], newest.Stories[1]
	for _, page := range []struct{ name, path string }{
		{"river", "/"}, {"all", "/?view=all"}, {"oldest", "/?order=oldest"}, {"today", "/?view=today"}, {"folder", "/?folder=Folder+3"}, {"feed", "/?feed=" + number(first.Outlet.Feed)},
		{"big-day", "/?view=all&order=sources"}, {"big-week", "/?view=all&order=sources&span=week"}, {"story", "/story/" + number(second.ID)}, {"feeds", "/feeds"},
	} {
		for _, state := range []string{"warm", "cold", "marked"} {
			b.Run(page.name+"/"+state, func(b *testing.B) {
				var took []time.Duration
				read := false
				for b.Loop() {
					b.StopTimer()
					switch state {
					case "cold":
						s.galley.mu.Lock()
						s.galley.rows = nil
						s.galley.mu.Unlock()
					case "marked":
						read = !read
						if _, err := store.Mark(b.Context(), []uint64{first.ID}, feed.MarkChange{Read: &read}, time.Now()); err != nil {
							b.Fatal(err)
						}
					}
					b.StartTimer()
					r := httptest.NewRequest("GET", "http://localhost"+page.path, nil)
					r.Header.Set("Accept-Encoding", "gzip")
					rec := httptest.NewRecorder()
					began := time.Now()
					s.ServeHTTP(rec, r)
					took = append(took, time.Since(began))
					if rec.Code != 200 {
						b.Fatalf("%s: %d", page.path, rec.Code)
					}
				}
				slices.Sort(took)
				ms := func(share float64) float64 { return took[int(share*float64(len(took)-1))].Seconds() * 1000 }
				b.ReportMetric(ms(0.5), "median-ms")
				b.ReportMetric(ms(0.99), "p99-ms")
			})
		}
	}
}
