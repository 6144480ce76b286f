package dedup

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

var benchStart = time.Unix(1_800_000_000, 0)

func BenchmarkCanonicalURL(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		CanonicalURL("http://www.example.org/news/2026/11/budget-vote/?utm_source=rss&utm_medium=feed&id=42")
	}
}

func BenchmarkIdentify(b *testing.B) {
	heads := make([]Head, 20)
	for i := range heads {
		heads[i] = Head{
			GUID:      fmt.Sprintf("https://www.example.org/?p=%d", i),
			URL:       fmt.Sprintf("https://www.example.org/2026/11/council-votes-on-budget-%d?utm_source=rss", i),
			Title:     fmt.Sprintf("Council votes on the budget after %d hours of debate", i),
			Published: benchStart.Add(time.Duration(i) * 613 * time.Second),
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		Identify(heads, false)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(heads)), "ns/entry")
}

func BenchmarkNewSketch(b *testing.B) {
	for name, text := range map[string]string{
		"latin":    strings.Repeat("The council voted on Tuesday, after nine hours of debate, for 1,200 new homes. ", 28),
		"cyrillic": strings.Repeat("Совет проголосовал во вторник, после девяти часов споров, за строительство домов. ", 36),
		"han":      strings.Repeat("市议会星期二经过九个小时的辩论，投票赞成新建住宅。", 32),
		"arabic":   strings.Repeat("صوت المجلس يوم الثلاثاء بعد تسع ساعات من النقاش لصالح بناء منازل جديدة. ", 31),
	} {
		e := feed.Entry{Title: "Council votes on the budget", URL: "https://www.example.org/2026/11/budget?utm_source=rss", Published: benchStart}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				NewSketch(e, text)
			}
		})
	}
}

// newsroom makes items from words of its own, deterministically: common ones as often
// as Zipf's law says, names with a capital, one item in five a retelling of one before.
type newsroom struct {
	r     *rand.Rand
	zipf  *rand.Zipf
	words int // of a text; 0 for titles alone
	last  []told
}

func newNewsroom(words int) *newsroom {
	r := rand.New(rand.NewPCG(8, 9))
	return &newsroom{r: r, zipf: rand.NewZipf(r, 1.1, 6, 60_000), words: words}
}

// word invents a word from its number: the commonest are function words.
func (n *newsroom) word(b []byte) []byte {
	k := n.zipf.Uint64()
	if k < uint64(len(functions)) {
		return append(b, functions[k]...)
	}
	if k%3 == 0 {
		b = append(b, "BDFGKLMNPRSTVZ"[k%14])
	}
	for v := k * 2654435761 % (1 << 24); v > 0; v /= 70 {
		b = append(append(b, "bdfgklmnprstvz"[v%14]), "aeiou"[v/14%5])
	}
	return b
}

var functions = [...]string{"the", "of", "to", "and", "in", "a", "for", "that", "on", "was", "with", "at", "by", "from", "as", "it", "is", "said", "has", "after"}

func (n *newsroom) text(words int) string {
	b := make([]byte, 0, words*8)
	for i := range words {
		if i > 0 {
			b = append(b, ' ')
		}
		if n.r.IntN(40) == 0 {
			b = fmt.Append(b, n.r.IntN(3000))
			continue
		}
		b = n.word(b)
		if n.r.IntN(16) == 0 {
			b = append(b, '.')
		}
	}
	return string(b)
}

// next makes an item.
func (n *newsroom) next() told {
	it := told{feed: 1 + n.r.Uint64N(500), title: n.text(10), text: n.text(n.words)}
	if len(n.last) > 0 && n.r.IntN(5) == 0 {
		it.title, it.text = n.retell(n.last[n.r.IntN(len(n.last))])
	}
	if len(n.last) < 1000 {
		n.last = append(n.last, it)
	} else {
		n.last[n.r.IntN(1000)] = it
	}
	return it
}

// retell puts one word of six otherwise.
func (n *newsroom) retell(it told) (title, text string) {
	change := func(s string) string {
		words := strings.Fields(s)
		for i := range words {
			if n.r.IntN(6) == 0 {
				words[i] = string(n.word(nil))
			}
		}
		return strings.Join(words, " ")
	}
	return change(it.title), change(it.text)
}

func (it told) sketch() Sketch {
	return NewSketch(feed.Entry{Title: it.title, Language: "en"}, it.text)
}

// paper is an index that a newsroom fills, so that so many items lie in the window.
type paper struct {
	x      *Index
	n      *newsroom
	last   uint64
	step   time.Duration
	joined int
	bytes  int // of sketches
	took   []time.Duration
}

func newPaper(words, entries int) *paper {
	window := 14 * 24 * time.Hour
	p := &paper{x: NewIndex(window), n: newNewsroom(words), step: window / time.Duration(entries)}
	for range entries {
		p.print(p.n.next())
	}
	p.took = nil
	return p
}

// print sketches, assigns and places an item.
func (p *paper) print(it told) {
	p.last++
	seen := benchStart.Add(time.Duration(p.last) * p.step)
	s := it.sketch()
	began := time.Now()
	to := p.x.Assign(p.last, it.feed, seen, s)
	p.took = append(p.took, time.Since(began))
	story := cmp.Or(to.Story, p.last)
	p.joined += one(to.Story != 0)
	p.bytes += len(p.x.Place(p.last, it.feed, story, cmp.Or(to.Event, story), seen, s))
}

// BenchmarkStream tells what an item costs, sketch included, in windows of several
// sizes; with -short not the two larger ones.
//
//	go test ./internal/dedup -run - -bench BenchmarkStream
func BenchmarkStream(b *testing.B) {
	for _, kind := range []struct {
		name    string
		words   int
		windows []int
	}{
		{"titles", 0, []int{10_000, 150_000, 1_000_000}},
		{"short", 40, []int{10_000, 150_000, 1_000_000}},
		{"full", 800, []int{10_000, 30_000}},
	} {
		for _, entries := range kind.windows {
			b.Run(fmt.Sprintf("%s/%d", kind.name, entries), func(b *testing.B) {
				if testing.Short() && entries > 10_000 || entries > 150_000 && os.Getenv("TIDINGS_BENCH_MILLION") == "" {
					b.Skip("without -short, and with TIDINGS_BENCH_MILLION=1 for a million")
				}
				p := newPaper(kind.words, entries)
				items := make([]told, 10_000)
				for i := range items {
					items[i] = p.n.next()
				}
				p.took, p.joined = make([]time.Duration, 0, 1<<20), 0
				i := 0
				b.ReportAllocs()
				for b.Loop() {
					p.print(items[i%len(items)])
					i++
				}
				slices.Sort(p.took)
				b.ReportMetric(float64(p.took[len(p.took)*99/100].Nanoseconds()), "p99-ns/assign")
				b.ReportMetric(float64(p.joined)/float64(len(p.took)), "joined/op")
			})
		}
	}
}

// BenchmarkMemory tells what an entry costs in memory, in windows of 10,000 and, without
// -short, 150,000 entries, and what its sketch costs in the data file.
func BenchmarkMemory(b *testing.B) {
	for _, kind := range []struct {
		name    string
		words   int
		entries int
	}{{"titles", 0, 10_000}, {"titles", 0, 150_000}, {"short", 40, 10_000}, {"short", 40, 150_000}, {"full", 800, 10_000}} {
		b.Run(fmt.Sprintf("%s/%d", kind.name, kind.entries), func(b *testing.B) {
			if testing.Short() && kind.entries > 10_000 {
				b.Skip("without -short")
			}
			for b.Loop() {
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				p := newPaper(kind.words, kind.entries)
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(p.x.Len()), "B/entry")
				b.ReportMetric(float64(p.bytes)/float64(p.last), "B/sketch")
				runtime.KeepAlive(p)
			}
		})
	}
}
