package dedup

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

const (
	words12 = "one two three four five six seven eight nine ten eleven twelve"
	chars24 = "市议会星期二经过九个小时的辩论投票赞成新建住宅区"
)

func TestNewSketch(t *testing.T) {
	for _, c := range []struct {
		name         string
		entry        feed.Entry
		text         string
		address      bool // compared by address
		text_, short bool // compared by text, by title and text
		scant        bool // has a text that isn't compared
		length       uint32
		chars        bool
		published    uint32
	}{
		{name: "nothing"},
		{name: "homepage", entry: feed.Entry{URL: "https://example.org/"}},
		{name: "article", entry: feed.Entry{URL: "https://example.org/2026/a"}, address: true},
		{name: "title alone", entry: feed.Entry{Title: words12}},
		{name: "twelve words", text: words12, text_: true, length: 12},
		{name: "eleven words", text: strings.TrimSuffix(words12, " twelve"), scant: true},
		{name: "24 Chinese characters", text: chars24, text_: true, length: 24, chars: true},
		{name: "22 Chinese characters", text: strings.TrimSuffix(chars24, "宅区"), scant: true},
		{name: "title and short text", entry: feed.Entry{Title: "An owl in the library"}, text: "Nobody knows how it got in there", text_: true, short: true, length: 12},
		{name: "short title and short text", entry: feed.Entry{Title: "The owl's"}, text: "Nobody knows how it got into the library today", scant: true},
		{name: "title and a word", entry: feed.Entry{Title: "An owl in the library"}, text: "Comments", scant: true},
		{name: "text that repeats the title", entry: feed.Entry{Title: "An owl in the library, says library"}, text: "An owl in the library, says library.", scant: true},
		{name: "time", entry: feed.Entry{Published: time.Unix(1_800_000_000, 0)}, published: 1_800_000_000},
		{name: "time before 1970", entry: feed.Entry{Published: time.Unix(-5, 0)}},
		{name: "time after 2106", entry: feed.Entry{Published: time.Unix(1<<32, 0)}},
	} {
		s := NewSketch(c.entry, c.text)
		if (s.address != 0) != c.address || (s.text != 0 && !s.scant) != c.text_ || s.scant != c.scant || s.short != c.short || s.length != c.length ||
			s.chars != c.chars || s.published != c.published || (s.title != 0) != (c.entry.Title != "") {
			t.Errorf("%s: %+v", c.name, s)
		}
		checkCodec(t, s)
	}
}

// checkCodec holds a sketch to its encoding: it comes back, in 64 bytes at most.
func checkCodec(t *testing.T, s Sketch) {
	t.Helper()
	b := s.Encode()
	got, err := DecodeSketch(b)
	if want := s.WithURL(""); err != nil || got != want {
		t.Errorf("decoded %+v, %v, want %+v", got, err, want)
	}
	if len(b) > 64 {
		t.Errorf("encoded in %d bytes", len(b))
	}
}

// Sketches are stored: if this fails, entries from before no longer match.
func TestSketchDoesNotChange(t *testing.T) {
	s := NewSketch(feed.Entry{URL: "http://www.example.org/2026/owl/?utm_source=rss", Title: "An Owl", Published: time.Unix(1_800_000_000, 0)}, chars24)
	const want = "010163eca59cd6fe04e8c21727e9016f3ccecc29eee32b06deb46b49d20018"
	if got := hex.EncodeToString(s.Encode()); got != want {
		t.Errorf("sketch is %s", got)
	}
}

func TestDecodeSketchRefuses(t *testing.T) {
	good := NewSketch(feed.Entry{Title: "a"}, words12).Encode()
	for name, b := range map[string][]byte{
		"nothing":          {},
		"newer version":    append([]byte{2}, good[1:]...),
		"unknown flag":     append([]byte{1, 8}, good[2:]...),
		"cut off":          good[:len(good)-1],
		"too long":         append(bytes.Clone(good), 0),
		"endless length":   append(bytes.Clone(good[:30]), bytes.Repeat([]byte{0xff}, 10)...),
		"length too large": append(bytes.Clone(good[:30]), 0xff, 0xff, 0xff, 0xff, 0x7f),
	} {
		if s, err := DecodeSketch(b); err == nil {
			t.Errorf("%s: decoded to %+v", name, s)
		} else if !strings.HasPrefix(err.Error(), "decode sketch: ") {
			t.Errorf("%s: error %q", name, err)
		}
	}
}

func FuzzDecodeSketch(f *testing.F) {
	f.Add(NewSketch(feed.Entry{URL: "https://example.org/2026/a", Title: "a"}, words12).Encode())
	f.Add([]byte{1, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := DecodeSketch(b); err == nil {
			checkCodec(t, s)
		}
	})
}
