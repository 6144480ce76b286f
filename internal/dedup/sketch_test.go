package dedup

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
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

// mostBytes is what an encoded sketch takes at most: 41 bytes of exact hashes, 20 that
// lead the matter, and of each word a term, a number and a place, of each run four.
const mostBytes = 41 + 20 + maxWords*(4+4+1) + maxGrams*4

// checkCodec holds a sketch to its encoding: it comes back, and isn't large.
func checkCodec(t *testing.T, s Sketch) {
	t.Helper()
	b := s.Encode()
	got, err := DecodeSketch(b)
	if err != nil {
		t.Fatalf("decode %x: %v", b, err)
	}
	if c := got.Encode(); !bytes.Equal(c, b) {
		t.Errorf("encoded again %x, was %x", c, b)
	}
	checkMatter(t, got.m, s.m)
	want := s.WithURL("")
	got.m, want.m = nil, nil
	if got != want {
		t.Errorf("decoded %+v, want %+v", got, want)
	}
	if len(b) > mostBytes {
		t.Errorf("encoded in %d bytes", len(b))
	}
}

// checkMatter compares matter with what it was before it was encoded.
func checkMatter(t *testing.T, got, was *matter) {
	t.Helper()
	if got == nil || was == nil {
		if got != was {
			t.Errorf("matter %v, want %v", got, was)
		}
		return
	}
	g, w := *got, *was
	g.surface, w.surface = nil, nil
	if fmt.Sprintf("%+v", g) != fmt.Sprintf("%+v", w) { // NaN and all
		t.Errorf("matter %+v, want %+v", g, w)
	}
}

// The sketch that version 1 made of the owl. It decodes for ever.
const owl1 = "010163eca59cd6fe04e8c21727e9016f3ccecc29eee32b06deb46b49d20018"

// The sketch that version 2 made of it. It decodes for ever, to the same.
const owl2 = "020963eca59cd6fe04e8c21727e9016f3ccecc29eee32b06deb46b49d20018b9256ccf000000000000000000000000170219191369c13f03a0c86100" +
	"892b5000b9e02c00cc5120001f06bf0064beb00089f1660000257a009b7ad7001b2465006e509f00a1516e00dea1220037e2d700513a2e00b8386a00" +
	"7b61fa0069560f00df3f4b00a6491400eb1bae009a15ef0048e43e0009cc7200000102030405060708090a0b0c0d0e0f1011121314151617180a35a8" +
	"ae0e402941113e58dd1fd1422824cef7894368c5905b1922ab5b3414a76ce9fbfca07190b2a3aa2840af5b0b4ab98be5bfced00f16cfb76324d35837" +
	"f8db13739be36c0236ebc87a3f"

func owl() Sketch {
	return NewSketch(feed.Entry{URL: "http://www.example.org/2026/owl/?utm_source=rss", Title: "An Owl", Published: time.Unix(1_800_000_000, 0)}, chars24)
}

// Sketches are stored: if this fails, entries from before no longer match, and
// sketchVersion has to move. What comes before the matter never changes.
func TestSketchDoesNotChange(t *testing.T) {
	const want = "030963eca59cd6fe04e8c21727e9016f3ccecc29eee32b06deb46b49d20018b9256ccf000000000000000000000000170219191369c13f03a0c86100" +
		"892b5000b9e02c00cc5120001f06bf0064beb00089f1660000257a009b7ad7001b2465006e509f00a1516e00dea1220037e2d700513a2e00b8386a00" +
		"7b61fa0069560f00df3f4b00a6491400eb1bae009a15ef0048e43e0009cc7200000000000a35a8ae0e402941113e58dd1fd1422824cef7894368c590" +
		"5b1922ab5b3414a76ce9fbfca07190b2a3aa2840af5b0b4ab98be5bfced00f16cfb76324d35837f8db13739be36c0236ebc87a3f"
	got := hex.EncodeToString(owl().Encode())
	if got != want {
		t.Errorf("sketch is %s", got)
	}
	if got[4:len(owl1)] != owl1[4:] {
		t.Errorf("the exact part is %s, was %s", got[:len(owl1)], owl1)
	}
}

func TestDecodeSketchOfVersion1(t *testing.T) {
	b, _ := hex.DecodeString(owl1)
	got, err := DecodeSketch(b)
	if err != nil {
		t.Fatal(err)
	}
	want := owl().WithURL("")
	want.m = nil
	if got != want {
		t.Errorf("decoded %+v, want %+v", got, want)
	}
}

func TestDecodeSketchOfVersion2(t *testing.T) {
	b, _ := hex.DecodeString(owl2)
	got, err := DecodeSketch(b)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := hex.EncodeToString(got.Encode()), hex.EncodeToString(owl().Encode()); got != want {
		t.Errorf("encoded again %s, want %s", got, want)
	}
	for n := range len(b) {
		if s, err := DecodeSketch(b[:n]); err == nil {
			t.Errorf("cut off at %d, decoded to %+v", n, s)
		}
	}
	b[2+24+4+1+21+4*25] = 25 // a word that is no term
	if s, err := DecodeSketch(b); err == nil {
		t.Errorf("decoded to %+v", s)
	}
}

func TestDecodeSketchRefuses(t *testing.T) {
	whole := NewSketch(feed.Entry{Title: "An owl in the library"}, words12)
	good := whole.Encode()
	old, _ := hex.DecodeString(owl1)
	huge := append(bytes.Clone(good[:30]), 0xff, 0xff, 0xff, 0xff, 0x7f)
	with := func(change func(m *matter)) []byte {
		m := *whole.m
		m.terms, m.flags, m.seq = slices.Clone(m.terms), slices.Clone(m.flags), slices.Clone(m.seq)
		change(&m)
		s := whole
		s.m = &m
		return s.Encode()
	}
	flag := func(f byte) []byte {
		b := bytes.Clone(good)
		b[1] = f
		return b
	}
	for name, b := range map[string][]byte{
		"nothing":                  {},
		"version 0":                append([]byte{0}, good[1:]...),
		"newer version":            append([]byte{sketchVersion + 1}, good[1:]...),
		"unknown flag":             flag(16),
		"cut off":                  good[:len(good)-1],
		"too long":                 append(bytes.Clone(good), 0),
		"endless length":           append(bytes.Clone(good[:30]), bytes.Repeat([]byte{0xff}, 10)...),
		"length too large":         huge,
		"no matter where it is":    good[:31],
		"matter where none is":     flag(good[1] &^ 8),
		"sparser than can be":      with(func(m *matter) { m.shift = 32 }),
		"a longer title":           with(func(m *matter) { m.title = len(m.seq) + 1 }),
		"more words than are kept": with(func(m *matter) { m.seq = make([]byte, maxWords+1) }),
		"more terms than words":    with(func(m *matter) { m.seq, m.title = m.seq[:5], 5 }),
		"more runs than are kept":  with(func(m *matter) { m.grams = make([]uint32, maxGrams+1) }),
		"a word that is no term":   with(func(m *matter) { m.seq[3] = byte(len(m.terms)) }),
		"a number without value":   with(func(m *matter) { m.terms, m.flags = append(m.terms, 1), append(m.flags, termNumber) }),
		"version 1, unknown flag":  append([]byte{1, 8}, old[2:]...),
		"version 1, cut off":       old[:len(old)-1],
		"version 1, too long":      append(bytes.Clone(old), 0),
		"version 1, with matter":   append([]byte{1}, good[1:]...),
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
	f.Add(owl().Encode())
	old, _ := hex.DecodeString(owl1)
	f.Add(old)
	f.Add([]byte{1, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := DecodeSketch(b); err == nil {
			checkCodec(t, s)
		}
	})
}
