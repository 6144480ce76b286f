package dedup

import (
	"fmt"
	"runtime"
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

// fill places n entries, of which one in five is a copy of an earlier one.
func fill(n int) *Index {
	x := NewIndex(14 * 24 * time.Hour)
	for i := range n {
		id, seen, s := benchEntry(i)
		story := x.Assign(id, id%500, seen, s).Story
		if story == 0 {
			story = id
		}
		x.Place(id, id%500, story, story, seen, s)
	}
	return x
}

func benchEntry(i int) (uint64, time.Time, Sketch) {
	k := i
	if i%5 == 4 {
		k = i - 3
	}
	s := Sketch{address: finish(uint64(k + 1)), title: finish(uint64(i + 7)), text: finish(uint64(k + 1<<40)), length: 300}
	return uint64(i + 1), benchStart.Add(time.Duration(i) * 12 * time.Second), s
}

func BenchmarkAssign(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x := fill(n)
			i := n
			b.ReportAllocs()
			for b.Loop() {
				id, seen, s := benchEntry(i)
				story := x.Assign(id, id%500, seen, s).Story
				if story == 0 {
					story = id
				}
				x.Place(id, id%500, story, story, seen, s)
				i++
			}
		})
	}
}

// BenchmarkMemory tells what a window of 100,000 entries costs.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		x := fill(100_000)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(x.Len()), "B/entry-kept")
		runtime.KeepAlive(x)
	}
}
