package dedup

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

// hostile are streams whose items are made to be slow: the i-th item of each.
var hostile = map[string]func(i int) (title, text string){
	"words that all have": func(i int) (string, string) {
		return "quernstone vaskor melbun", fmt.Sprintf("dorrin kelpath umbrage sallow tamsel wexford %d", i)
	},
	"rare words that all have, and one of its own": func(i int) (string, string) {
		return fmt.Sprintf("quernstone%d", i), strings.Repeat("dorrin kelpath umbrage sallow tamsel wexford quill pellory ", 10)
	},
	"one word, again and again": func(i int) (string, string) {
		return "owl", strings.Repeat("owl ", 100+i%7)
	},
	"one title": func(i int) (string, string) { return "Owl found in the library of Marrow", "" },
	"one text without spaces": func(i int) (string, string) {
		return fmt.Sprint("n", i), strings.Repeat("x", 2000)
	},
	"one text in a script without spaces": func(i int) (string, string) { return "", strings.Repeat("市", 600+i%3) },
	"numbers": func(i int) (string, string) {
		return fmt.Sprint(i, i+1, i+2), strings.Repeat(fmt.Sprint(i%5, " "), 150)
	},
	"nothing":               func(i int) (string, string) { return "", "" },
	"marks without letters": func(i int) (string, string) { return "\u0301\u0301", strings.Repeat("\u0301\u200d", 100) },
}

// work is what assigning the next item of a stream looks at.
type work struct{ hits, pairs, events int }

func (w work) sum() int { return w.hits + w.pairs + w.events }

// workAfter is the most work of an item after n of its stream; each comes from a feed of
// its own, and all lie in the window.
func workAfter(n int, item func(i int) (title, text string)) (most work) {
	x := NewIndex(14 * 24 * time.Hour)
	var w work
	x.Watch(func(Compared) { w.pairs++ })
	x.WatchKin(func(Kin) { w.events++ })
	for i := range n + 20 {
		title, text := item(i)
		id, seen := uint64(i+1), start.Add(time.Duration(i)*time.Second)
		s := NewSketch(feed.Entry{Title: title}, text)
		w = work{}
		p := x.Assign(id, id, seen, s)
		w.hits = len(x.near.hits.list)
		if i >= n && w.sum() > most.sum() {
			most = w
		}
		story := max(p.Story, id*uint64(one(p.Story == 0)))
		x.Place(id, id, story, max(p.Event, story*uint64(one(p.Event == 0))), seen, s)
	}
	return most
}

// However many items are made alike, the next one costs what the bounds of a search say,
// and no more in a window four times as full.
func TestHostileStreams(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine has nothing to race with; it runs without the detector")
	}
	for name, item := range hostile {
		few, many := workAfter(300, item), workAfter(1200, item)
		if many.hits > maxSteps || many.pairs > maxCandidates || many.events > maxCandidates {
			t.Errorf("%s: %+v", name, many)
		}
		if many.sum() > few.sum()*5/4+40 {
			t.Errorf("%s: %+v after 300, %+v after 1,200", name, few, many)
		}
	}
}

// However long a text is, a sketch of it takes the same memory, and making it no more
// allocations.
func TestHostileTexts(t *testing.T) {
	for name, unit := range map[string]string{
		"no spaces":      "x",
		"digits":         "1",
		"dots":           "1.",
		"groups":         ",000",
		"letters, dots":  "a.",
		"Han":            "市",
		"Thai":           "ง",
		"vowel signs":    "กิ",
		"marks":          "a\u0301",
		"soft hyphens":   "a\u00ad",
		"invalid bytes":  "\xff",
		"spaces":         "  ",
		"sentences":      "Owl! ",
		"boilerplate":    "Sign up for our newsletter. ",
		"begun phrases":  "for more information for more ",
		"months":         "May 1 ",
		"scaled numbers": "1 million ",
		"apostrophes":    "l'",
	} {
		allocs := func(n int) float64 {
			text := strings.Repeat(unit, n/len(unit))
			return testing.AllocsPerRun(1, func() {
				if b := NewSketch(feed.Entry{Title: text}, text).Encode(); len(b) > mostBytes {
					t.Errorf("%s: %d bytes", name, len(b))
				}
			})
		}
		if few, many := allocs(5_000), allocs(50_000); many > 1.5*few+60 { // buffers grow by doubling, and -race empties pools at random
			t.Errorf("%s: %v allocations for 5 KB, %v for 50", name, few, many)
		}
	}
}

// BenchmarkHostileTexts tells whether a text of 100 KB costs ten times one of 10.
func BenchmarkHostileTexts(b *testing.B) {
	for _, unit := range []string{"x", "1.", "กิ", "a\u0301", "Sign up for our newsletter. "} {
		for _, n := range []int{10_000, 100_000} {
			text := strings.Repeat(unit, n/len(unit))
			b.Run(fmt.Sprintf("%.4s/%d", unit, n), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(n))
				for b.Loop() {
					NewSketch(feed.Entry{Title: text}, text)
				}
			})
		}
	}
}

// BenchmarkHostileStreams tells what the next item costs after so many alike.
func BenchmarkHostileStreams(b *testing.B) {
	for name, item := range hostile {
		for _, n := range []int{2_000, 20_000} {
			b.Run(fmt.Sprintf("%s/%d", strings.ReplaceAll(name, " ", "-"), n), func(b *testing.B) {
				x := NewIndex(14 * 24 * time.Hour)
				i := 0
				next := func() {
					title, text := item(i)
					i++
					id, seen := uint64(i), start.Add(time.Duration(i)*time.Second)
					s := NewSketch(feed.Entry{Title: title}, text)
					p := x.Assign(id, id, seen, s)
					story := max(p.Story, id*uint64(one(p.Story == 0)))
					x.Place(id, id, story, story, seen, s)
				}
				for range n {
					next()
				}
				for b.Loop() {
					next()
				}
			})
		}
	}
}
