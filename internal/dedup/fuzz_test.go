package dedup

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

// FuzzNewSketch: whatever an entry says, its sketch is small, comes back as it was,
// and is made alike twice.
func FuzzNewSketch(f *testing.F) {
	f.Add("Council of Marrow passes its budget | Courier", wire, "en", "https://marrow.example/2026/budget")
	f.Add("市议会", chinese, "zh", "")
	f.Add("زلزال بقوة ٤٫٧", arabic, "ar-EG", "http://[::1]:80/a")
	f.Add("U.S. v1.8.2 54.8bn 31st 2-1 1.2.3.4", "\xff\xfe a\u0301\u0301 \u200d 9\ufe0f", "x-\x00", "%zz")
	f.Add(strings.Repeat("a ", 300), strings.Repeat("1,000,000,000,000 ", 99), "de", "a:b")
	f.Fuzz(func(t *testing.T, title, text, lang, url string) {
		e := feed.Entry{Title: title, URL: url, Language: lang}
		s := NewSketch(e, text)
		checkCodec(t, s)
		if m := s.m; len(m.seq) > maxWords || m.title > maxTitleWords || len(m.grams) > maxGrams || len(m.surface) != len(m.terms) {
			t.Errorf("%d words, %d of the title, %d runs, %d terms written %d ways", len(m.seq), m.title, len(m.grams), len(m.terms), len(m.surface))
		}
		if again := NewSketch(e, text); !bytes.Equal(again.Encode(), s.Encode()) {
			t.Error("the second sketch of an entry differs from the first")
		}
	})
}

// FuzzAssign lets lines arrive, each an entry: its first character says which feed, how
// much later, and what to do besides; a tab parts title and text. Whatever arrives, an
// entry founds a story or joins one that is there, and nothing else ever moves.
func FuzzAssign(f *testing.F) {
	f.Add("a" + wire + "\nbThe vote\t" + wire + "\nc" + wire + "\nzMarrow\t" + wire)
	f.Add("aBudget\nbBudget\nkBudget\nuBudget\t" + owls + "\nvBudget\t" + owls)
	f.Add("a" + chinese + "\nb" + chinese + "\nc" + thai + "\n\nd" + thai + "\t" + thai)
	f.Fuzz(func(t *testing.T, lines string) {
		x := NewIndex(24 * time.Hour)
		stories, now := map[uint64]uint64{}, start
		for line := range strings.Lines(lines) {
			if len(stories) == 200 {
				break
			}
			c, rest := line[0], line[1:]
			title, text, _ := strings.Cut(rest, "\t")
			now = now.Add(time.Duration(c%16) * 30 * time.Minute)
			id, feedID := uint64(len(stories)+1), uint64(c/16)
			s := NewSketch(feed.Entry{Title: title, URL: strings.TrimSpace(rest)}, text)
			p := x.Assign(id, feedID, now, s)
			checkPlacing(t, id, p, stories)
			story, event := p.Story, p.Event
			if story == 0 {
				story = id
			}
			if event == 0 {
				event = story
			}
			if _, err := DecodeSketch(x.Place(id, feedID, story, event, now, s)); err != nil {
				t.Errorf("entry %d: %v", id, err)
			}
			stories[id] = story
			if c%7 == 0 {
				x.Revise(1+id/2, s)
			}
			for id, story := range stories {
				if r := x.held(id); r != nil && r.story != story {
					t.Fatalf("entry %d went from story %d to %d", id, story, r.story)
				}
			}
		}
		checkIndex(t, x)
	})
}

// checkPlacing holds an answer to what it may say, stories being those of the entries
// before.
func checkPlacing(t *testing.T, id uint64, p Placing, stories map[uint64]uint64) {
	t.Helper()
	if v := p.Verdict; p.Story == 0 && (v.Level != feed.LevelNew || v.Of != 0) || p.Story != 0 && (stories[v.Of] != p.Story || v.Level == feed.LevelNew || v.Evidence == "") {
		t.Errorf("entry %d: story %d by %+v", id, p.Story, v)
	}
	for _, a := range p.Verdict.Apart {
		if stories[a.Of] != a.Story || a.Story == p.Story || a.Evidence == "" {
			t.Errorf("entry %d: story %d, apart from %+v", id, p.Story, a)
		}
	}
	if r := p.Relation; p.Story != 0 && r.Of != 0 || p.Event != 0 && p.Story == 0 && (stories[r.Of] == 0 || r.Evidence == "") {
		t.Errorf("entry %d: event %d by %+v", id, p.Event, r)
	}
}

// The same promises, over a long stream of near-copies: never are two stories merged,
// and what stands in a story stays there.
func TestStoriesNeverMerge(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine has nothing to race with; it runs without the detector")
	}
	x, s := NewIndex(3*24*time.Hour), newStream(t, 77)
	r := rand.New(rand.NewPCG(7, 7))
	stories, events, now := map[uint64]uint64{}, map[uint64]uint64{}, start
	joined, related := 0, 0
	for id := uint64(1); id <= 1500; id++ {
		now = now.Add(time.Duration(r.IntN(400)) * time.Second)
		feedID, it := s.next()
		sketch := it.sketch(now)
		p := x.Assign(id, feedID, now, sketch)
		checkPlacing(t, id, p, stories)
		story, event := p.Story, p.Event
		if story == 0 {
			story = id
		} else if joined++; event != events[story] {
			t.Fatalf("entry %d: story %d is of event %d, was of %d", id, story, event, events[story])
		}
		if event == 0 {
			event = story
		} else if p.Story == 0 {
			related++
		}
		stories[id], events[story] = story, event
		x.Place(id, feedID, story, event, now, sketch)
	}
	for n := x.records.first; n < x.records.next; n++ {
		if r := x.records.at(n); r.story != stories[r.entry] || r.event != events[r.story] {
			t.Errorf("entry %d is in story %d of event %d, was put into %d of %d", r.entry, r.story, r.event, stories[r.entry], events[r.story])
		}
	}
	if joined < 200 || related < 60 {
		t.Errorf("%d joined and %d related, which tests little", joined, related)
	}
}
