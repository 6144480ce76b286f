package boltstore_test

import (
	"crypto/md5"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
)

// press invents feeds and entries of about the size of real ones: 2.3 KB of HTML
// that compresses as prose does.
type press struct {
	rng   *rand.Rand
	words []string
	now   time.Time
	n     int
}

func newPress() *press {
	p := &press{rng: rand.New(rand.NewPCG(1, 2)), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	for range 4000 {
		w := make([]byte, 2+p.rng.IntN(9))
		for i := range w {
			w[i] = "eeeetttaaooiinnsshhrrdlucmfwygpb"[p.rng.IntN(32)]
		}
		p.words = append(p.words, string(w))
	}
	return p
}

// prose is about n bytes of words, the frequent ones more frequent.
func (p *press) prose(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(p.words[min(p.rng.IntN(len(p.words)), p.rng.IntN(len(p.words)))])
		b.WriteByte(' ')
	}
	return b.String()[:n]
}

// key has nothing of the order of arrival, like the hashes of real ones.
func (p *press) key() feed.Key { return md5.Sum(fmt.Appendf(nil, "%d", p.rng.Uint64())) }

// arrival is a new entry. One in seven is a copy of a recent story.
func (p *press) arrival(s *boltstore.Store) feed.Arrival {
	p.n++
	p.now = p.now.Add(time.Second)
	var body strings.Builder
	for body.Len() < 2100 {
		fmt.Fprintf(&body, `<p>%s <a href="https://outlet%d.example/%s" rel="noopener noreferrer">%s</a> %s</p>`,
			p.prose(300), p.n%50, p.words[p.n%4000], p.prose(12), p.prose(200))
	}
	url := fmt.Sprintf("https://outlet%d.example/2026/03/%s-%d", p.n%997, strings.ReplaceAll(strings.TrimSpace(p.prose(40)), " ", "-"), p.n)
	sketch := make([]byte, 100)
	for i := range sketch {
		sketch[i] = byte(p.rng.Uint32())
	}
	a := feed.Arrival{
		New: true, Keys: []feed.Key{p.key(), p.key(), p.key()}, Hash: p.rng.Uint64(), Sketch: sketch,
		Entry: feed.Entry{
			ID: s.NextEntry(), Story: s.NextStory(), GUID: url, URL: url, Title: p.prose(60), Published: p.now.Add(-time.Hour), Seen: p.now,
			Excerpt: p.prose(280), Words: 350, Authors: []feed.Person{{Name: "Ann Author"}}, Categories: []string{"world", "politics"}, Language: "en",
		},
		Body: feed.Body{Content: feed.HTML(body.String())},
		Time: p.now.Add(-time.Hour), URN: feed.StoryURN(url, url), Verdict: feed.Verdict{Level: feed.LevelNew},
	}
	if p.n%7 == 0 && a.Entry.Story > 30 {
		a.Entry.Story -= uint64(1 + p.rng.IntN(29))
		a.Verdict = feed.Verdict{Level: feed.LevelSameText, Of: a.Entry.ID - 5, Score: 0.92, Evidence: "92 % shared text, 3 hours apart"}
	}
	return a
}

// harvests polls feeds from first on: each brings some entries.
func (p *press) harvests(s *boltstore.Store, first uint64, feeds, entries int) (hs []feed.Harvest) {
	for i := range feeds {
		id := first + uint64(i)
		h := feed.Harvest{Feed: id, State: feed.State{
			Title: fmt.Sprintf("Outlet %d", id), SiteURL: fmt.Sprintf("https://outlet%d.example/", id), Language: "en", Format: "rss",
			ETag: `"5f3-6a1b2c3d4e5f6"`, LastModified: "Sun, 01 Mar 2026 11:00:00 GMT", BodyHash: [32]byte{1, byte(i)},
			Polled: p.now, Answered: p.now, Document: p.now, Due: p.now.Add(time.Hour), HTTP: 200,
		}}
		for range entries {
			h.Arrivals = append(h.Arrivals, p.arrival(s))
		}
		hs = append(hs, h)
	}
	return hs
}

// fill opens a store with feeds in 100 folders and entries, in batches of 50 feeds.
func fill(tb testing.TB, path string, feeds, entries int) *boltstore.Store {
	tb.Helper()
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	p := newPress()
	var ws []feed.Wish
	for i := range feeds {
		u := fmt.Sprintf("https://outlet%d.example/feed.xml", i)
		ws = append(ws, feed.Wish{URL: u, Canonical: u, Site: fmt.Sprintf("outlet%d.example", i), Folder: fmt.Sprintf("Folder/%d", i%100)})
	}
	if _, err := s.Subscribe(tb.Context(), ws, p.now); err != nil {
		tb.Fatal(err)
	}
	for first := 1; first <= feeds; first += 50 {
		if err := s.Commit(tb.Context(), p.harvests(s, uint64(first), min(50, feeds-first+1), entries)); err != nil {
			tb.Fatal(err)
		}
	}
	return s
}

// cpu is the processor time of this process.
func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCommit commits polls of 20 new entries each, 50 at once; an operation is
// one entry.
func BenchmarkCommit(b *testing.B) {
	s := fill(b, filepath.Join(b.TempDir(), "news.db"), 1000, 0)
	defer s.Close()
	p := newPress()
	b.ReportAllocs()
	before, _ := s.Stats(b.Context())
	var used time.Duration
	entries := 0
	for b.Loop() {
		b.StopTimer()
		hs := p.harvests(s, uint64(entries/1000%20*50+1), 50, 20)
		b.StartTimer()
		start := cpu(b)
		if err := s.Commit(b.Context(), hs); err != nil {
			b.Fatal(err)
		}
		used += cpu(b) - start
		entries += 1000
	}
	after, _ := s.Stats(b.Context())
	b.ReportMetric(float64(used.Microseconds())/float64(entries), "cpu-µs/entry")
	b.ReportMetric(float64(after.Bytes-before.Bytes)/float64(entries), "bytes/entry")
}

// BenchmarkUnchanged claims 256 feeds and commits that nothing was new; an
// operation is one round of that.
func BenchmarkUnchanged(b *testing.B) {
	s := fill(b, filepath.Join(b.TempDir(), "news.db"), 5000, 1)
	defer s.Close()
	now := newPress().now.Add(100 * time.Hour)
	b.ReportAllocs()
	feeds, start := 0, cpu(b)
	for b.Loop() {
		now = now.Add(time.Minute)
		cs, err := s.Claim(b.Context(), feed.ClaimQuery{Now: now, Lease: 10 * time.Minute, Max: 256})
		if err != nil {
			b.Fatal(err)
		}
		hs := make([]feed.Harvest, len(cs))
		for i, c := range cs {
			c.State.Due, c.State.Polled, c.State.Answered = now.Add(time.Minute), now, now
			hs[i] = feed.Harvest{Feed: c.Subscription.ID, State: c.State}
		}
		if err := s.Commit(b.Context(), hs); err != nil {
			b.Fatal(err)
		}
		feeds += len(cs)
	}
	b.ReportMetric(float64((cpu(b)-start).Microseconds())/float64(feeds), "cpu-µs/feed")
}

// library is a store of 5,000 feeds and 100,000 entries, made once for all
// benchmarks that only read.
func library(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "news.db")
	s := fill(b, path, 5000, 20)
	stats, err := s.Stats(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d entries, %d bytes each", stats.Entries, stats.Bytes/int64(stats.Entries))
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkRead reads from 100,000 entries of 5,000 feeds.
func BenchmarkRead(b *testing.B) {
	path := library(b)
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	page, err := s.Stories(b.Context(), feed.Query{Limit: 500})
	if err != nil {
		b.Fatal(err)
	}
	var some []uint64
	for _, h := range page.Stories {
		some = append(some, h.ID)
	}
	read := true
	if _, err := s.Mark(b.Context(), some[:250], feed.MarkChange{Read: &read}, time.Now()); err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		q    feed.Query
	}{
		{"river", feed.Query{}},
		{"unread", feed.Query{Unread: true}},
		{"feed", feed.Query{Feed: 17}},
		{"folder", feed.Query{Folder: "Folder/7"}},
		{"folder, unread", feed.Query{Folder: "Folder/7", Unread: true}},
		{"folder of all feeds", feed.Query{Folder: "Folder"}},
		{"with bodies", feed.Query{Bodies: true}},
	} {
		b.Run("stories/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if p, err := s.Stories(b.Context(), c.q); err != nil || len(p.Stories) < 15 {
					b.Fatal(len(p.Stories), err)
				}
			}
		})
	}
	reading(b, s, some)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s, err := boltstore.Open(path, boltstore.Options{})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := s.Counts(b.Context()); err != nil {
				b.Fatal(err)
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func reading(b *testing.B, s *boltstore.Store, some []uint64) {
	run := func(name string, fn func() error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := fn(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	i := 0
	run("story", func() error { i++; _, err := s.Story(b.Context(), some[i%len(some)]); return err })
	run("counts", func() error { _, err := s.Counts(b.Context()); return err })
	run("find", func() error {
		_, err := s.FindEntries(b.Context(), func(a string) bool { return a == "https://outlet1.example/" }, 5)
		return err
	})
	run("stats", func() error { _, err := s.Stats(b.Context()); return err })
	run("seen", func() error { _, err := s.Seen(b.Context(), 17); return err })
	run("subscriptions", func() error { _, err := s.Subscriptions(b.Context()); return err })
	run("outlets", func() error { _, err := s.Outlets(b.Context()); return err })
	run("next due", func() error { _, _, err := s.NextDue(b.Context()); return err })
	yes, no := true, false
	run("mark one", func() error {
		i++
		_, err := s.Mark(b.Context(), some[:1], feed.MarkChange{Starred: []*bool{&yes, &no}[i%2]}, time.Now())
		return err
	})
	run("check", func() error { _, err := s.Check(b.Context()); return err })
}

// BenchmarkRegroup rebuilds 20,000 entries: one entry in ten goes to another story,
// all get new sketches of the largest size and new verdicts. An operation is all of it.
func BenchmarkRegroup(b *testing.B) {
	s := fill(b, filepath.Join(b.TempDir(), "news.db"), 1000, 20)
	defer s.Close()
	var rs []feed.Regrouped
	err := s.Sketches(b.Context(), time.Time{}, func(k feed.Sketched) error {
		rs = append(rs, feed.Regrouped{Entry: k.Entry, Story: k.Story, Sketch: make([]byte, 500)})
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		for i := range rs {
			rs[i].Verdict = feed.Verdict{Level: feed.LevelNear, Of: uint64(n), Score: 7, Need: 6, Evidence: "both name a river, 3 hours apart"}
			rs[i].Sketch[0] = byte(n)
			if i%10 == n%10 {
				rs[i].Story = rs[max(0, i-7)].Story
			}
		}
		if _, err := s.Regroup(b.Context(), rs, time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}
