//go:build unix

package server

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"testing"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
)

// subscriber polls a feed of ours, and remembers the validator of its last answer.
type subscriber struct{ path, coding, tag string }

// subscribers are n who follow a mix of rivers in all three formats: half of them
// everything, the others folders, single feeds, and what is unread or starred; most
// take gzip.
func subscribers(n int, rnd *rand.Rand) []*subscriber {
	all := make([]*subscriber, n)
	for i := range all {
		path := "/feed"
		switch i % 10 {
		case 5, 6:
			path = fmt.Sprintf("/folder/Folder%%20%d", rnd.IntN(20))
		case 7, 8:
			path = fmt.Sprintf("/feed/%d", 1+rnd.IntN(1000))
		case 9:
			path = []string{"/unread", "/starred"}[i/10%2]
		}
		all[i] = &subscriber{
			path:   path + []string{".atom", ".rss", ".json"}[rnd.IntN(3)] + []string{"", "", "?n=20", "?content=summary"}[rnd.IntN(4)],
			coding: []string{"gzip", "gzip", "br", "zstd", "identity"}[rnd.IntN(5)],
		}
	}
	return all
}

// BenchmarkCrowd measures what 1,000 subscribers cost who poll every five minutes with
// conditional requests. The full house that `go run ./internal/fill -entries 100000`
// makes and TIDINGS_FULL names takes in 20 new entries between two rounds. Reported are
// the CPU time of a request, the share of answers that had a body, and how much of one
// core the crowd takes.
func BenchmarkCrowd(b *testing.B) {
	s, _, store := fullHouse(b)
	rnd := rand.New(rand.NewPCG(4, 5))
	crowd := subscribers(1000, rnd)
	var spent time.Duration
	requests, bodies := 0, 0
	round := func() {
		began := cpu(b)
		for _, x := range crowd {
			if x.ask(b, s) {
				bodies++
			}
			requests++
		}
		spent += cpu(b) - began
	}
	round() // the first is not conditional
	spent, requests, bodies = 0, 0, 0
	for b.Loop() {
		b.StopTimer()
		arrive(b, store, rnd, 20)
		b.StartTimer()
		round()
	}
	b.ReportMetric(float64(spent.Microseconds())/float64(requests), "cpu-µs/request")
	b.ReportMetric(100*float64(bodies)/float64(requests), "%changed")
	b.ReportMetric(100*spent.Seconds()/float64(b.N)/300, "%core")
}

// ask polls, and reports whether something had changed.
func (x *subscriber) ask(b *testing.B, s *Server) bool {
	r := httptest.NewRequest("GET", "http://localhost"+x.path, nil)
	r.Header.Set("Accept-Encoding", x.coding)
	if x.tag != "" {
		r.Header.Set("If-None-Match", x.tag)
	}
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, r)
	if rec.Code != 200 && rec.Code != 304 {
		b.Fatalf("%s: %d", x.path, rec.Code)
	}
	x.tag = rec.Header().Get("ETag")
	return rec.Code == 200
}

// arrive commits n new stories, each of another feed.
func arrive(b *testing.B, store *boltstore.Store, rnd *rand.Rand, n int) {
	now := time.Now()
	hs := make([]feed.Harvest, n)
	for i := range hs {
		f, err := store.Subscription(b.Context(), uint64(1+rnd.IntN(1000)))
		if err != nil {
			b.Fatal(err)
		}
		id := store.NextEntry()
		var key feed.Key
		binary.BigEndian.PutUint64(key[:], id)
		at := fmt.Sprintf("%s?%d", f.Subscription.URL, id)
		e := feed.Entry{ID: id, Story: store.NextStory(), GUID: at, URL: at, Title: fmt.Sprintf("News %d", id), Published: now, Seen: now}
		hs[i] = feed.Harvest{Feed: f.Subscription.ID, State: f.State, Arrivals: []feed.Arrival{{
			Keys: []feed.Key{key}, Hash: id, Entry: e, Body: feed.Body{Content: "<p>It happened.</p>"}, Time: now,
			URN: feed.StoryURN("https://outlet.example/", at), Verdict: feed.Verdict{Level: feed.LevelNew}, New: true,
		}}}
	}
	if err := store.Commit(context.Background(), hs); err != nil {
		b.Fatal(err)
	}
}
