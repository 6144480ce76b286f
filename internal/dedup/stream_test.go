package dedup

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tidings/internal/feed"
)

// stream makes items as they come from feeds that tell each other's stories: those of
// testdata/pairs, again and again in other words, cut, updated, with other numbers.
type stream struct {
	r      *rand.Rand
	texts  []sample
	recent []sample // told lately, to be told again
}

func newStream(t testing.TB, seed uint64) *stream {
	s := &stream{r: rand.New(rand.NewPCG(seed, 11))}
	for _, p := range readPairs(t) {
		s.texts = append(s.texts, p.A, p.B)
	}
	return s
}

// next makes an item, and says which feed has it.
func (s *stream) next() (feedID uint64, it sample) {
	if len(s.recent) > 0 && s.r.IntN(3) > 0 {
		it = s.recent[s.r.IntN(len(s.recent))]
	} else {
		it = s.texts[s.r.IntN(len(s.texts))]
		it.Title = s.placed(it.Title)
	}
	it.Title, it.Text = s.retell(it.Title, 6), s.retell(it.Text, 3)
	switch s.r.IntN(12) {
	case 0:
		it.Text = ""
	case 1:
		it.Text = s.cut(it.Text)
	case 2:
		it.Title = "Update: " + it.Title
	case 3:
		it.Title, it.Text = s.renumber(it.Title), s.renumber(it.Text)
	case 4:
		it.Text += " " + s.texts[s.r.IntN(len(s.texts))].Text
	}
	it.URL = ""
	if n := s.r.IntN(5); n > 0 {
		it.URL = fmt.Sprintf("https://feed%d.example/2026/%d", n, s.r.IntN(2000))
	}
	if len(s.recent) < 40 {
		s.recent = append(s.recent, it)
	} else {
		s.recent[s.r.IntN(len(s.recent))] = it
	}
	return uint64(1 + s.r.IntN(12)), it
}

// placed gives a title another place, so that it tells another story.
func (s *stream) placed(title string) string {
	return title + " " + [...]string{"in Umber", "in Ferrow", "at Sallow Head", "on Monday", "on 4 May", "in 木原", "في قرية"}[s.r.IntN(7)]
}

// retell drops and moves one word of so many.
func (s *stream) retell(text string, of int) string {
	words := strings.Fields(text)
	for i := range words {
		switch s.r.IntN(of * 8) {
		case 0:
			words[i] = ""
		case 1:
			j := s.r.IntN(len(words))
			words[i], words[j] = words[j], words[i]
		}
	}
	return strings.Join(words, " ")
}

// cut cuts a text anywhere between characters.
func (s *stream) cut(text string) string {
	i := s.r.IntN(len(text) + 1)
	for i < len(text) && !utf8.RuneStart(text[i]) {
		i++
	}
	return text[:i] + "…"
}

// renumber changes digits.
func (s *stream) renumber(text string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '8' && s.r.IntN(2) == 0 {
			return c + 1
		}
		return c
	}, text)
}

func (it sample) sketch(published time.Time) Sketch {
	return NewSketch(feed.Entry{URL: it.URL, Title: it.Title, Language: it.Lang, Published: published}, it.Text)
}
