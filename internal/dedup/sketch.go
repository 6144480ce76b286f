package dedup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"tidings/internal/feed"
)

// A text joins stories if it has at least so many words; a shorter one only
// together with its title, which must have at least minTitle.
const (
	minText  = 12
	minTitle = 4
)

// sketchVersion is the first byte of an encoded sketch.
const sketchVersion = 3

// Sketch is the fingerprint of an entry: what an [Index] compares. Its hashes
// are 0 where there is nothing to compare.
type Sketch struct {
	address uint64 // of the canonical address, if that is a permalink
	title   uint64 // of the title's words
	text    uint64 // of the body's words, or of title and body

	length    uint32 // of the text, in words or characters
	published uint32 // Unix time; 0 if missing or outside 1970 to 2106
	chars     bool   // length counts characters, of a script without spaces
	short     bool   // the text is title and body, the body being short
	scant     bool   // the text is too little to join by

	m *matter // what near-copies are known by; nil in sketches of version 1

	url string // the entry's address for evidence; not encoded
}

// NewSketch makes the sketch of an entry whose body reads text, in plain text.
func NewSketch(e feed.Entry, text string) Sketch {
	s := Sketch{title: titleHash(e.Title), url: e.URL}
	c := CanonicalURL(e.URL)
	if Permalink(c) {
		s.address = hashString(c)
	}
	if t := e.Published.Unix(); t > 0 && t <= math.MaxUint32 {
		s.published = uint32(t)
	}
	s.setText(sumText(e.Title), sumText(text))
	r := readers.Get().(*matterReader)
	defer readers.Put(r)
	m := r.read(e.Title, text, e.Language)
	m.site = siteOf(c)
	s.m = &m
	return s
}

// setText takes the body as the text, or the title and a body that is short.
func (s *Sketch) setText(title, body sum) {
	if s.text = body.hash; s.text == 0 {
		return
	}
	if body.length() < minText {
		if s.text == title.hash || title.length() < minTitle || title.length()+body.length() < minText {
			s.scant = true
			return
		}
		s.text, s.short = finish(title.hash^body.hash*fnvPrime), true
		body.words += title.words
		body.chars += title.chars
	}
	s.length = uint32(body.length())
	if body.chars > 2*body.words {
		s.length, s.chars = uint32(body.words+body.chars), true
	}
}

// WithURL gives back to a decoded sketch the entry's address, which
// [Index.Assign] names in its evidence.
func (s Sketch) WithURL(url string) Sketch {
	s.url = url
	return s
}

// Encode gives the sketch as it is stored, about 300 bytes for a short item and at
// most 1,000:
//
//	version 3, flags (1: characters, 2: short, 4: scant, 8: matter), address, title, text
//	(8 bytes each), published (4), length (uvarint), then the matter; numbers of fixed
//	size big-endian
func (s Sketch) Encode() []byte {
	b := make([]byte, 0, 36+s.m.size())
	var flags byte
	if s.chars {
		flags |= 1
	}
	if s.short {
		flags |= 2
	}
	if s.scant {
		flags |= 4
	}
	if s.m != nil {
		flags |= 8
	}
	b = append(b, sketchVersion, flags)
	b = binary.BigEndian.AppendUint64(b, s.address)
	b = binary.BigEndian.AppendUint64(b, s.title)
	b = binary.BigEndian.AppendUint64(b, s.text)
	b = binary.BigEndian.AppendUint32(b, s.published)
	b = binary.AppendUvarint(b, uint64(s.length))
	return s.m.append(b)
}

// DecodeSketch reads what [Sketch.Encode] wrote, now or in version 2, which wrote the
// sequence of words at greater length, or in version 1, whose sketches know equal
// addresses and texts only. It refuses other versions and damaged sketches.
func DecodeSketch(b []byte) (Sketch, error) {
	if len(b) == 0 {
		return Sketch{}, errors.New("decode sketch: empty")
	}
	if b[0] == 0 || b[0] > sketchVersion {
		return Sketch{}, fmt.Errorf("decode sketch: version %d, want %d", b[0], sketchVersion)
	}
	if len(b) < 31 || b[0] == 1 && b[1] > 7 || b[1] > 15 {
		return Sketch{}, damagedSketch(b)
	}
	s := Sketch{chars: b[1]&1 != 0, short: b[1]&2 != 0, scant: b[1]&4 != 0}
	s.address = binary.BigEndian.Uint64(b[2:])
	s.title = binary.BigEndian.Uint64(b[10:])
	s.text = binary.BigEndian.Uint64(b[18:])
	s.published = binary.BigEndian.Uint32(b[26:])
	length, n := binary.Uvarint(b[30:])
	if n <= 0 || length > math.MaxUint32 {
		return Sketch{}, damagedSketch(b)
	}
	s.length = uint32(length)
	rest := b[30+n:]
	if b[1]&8 != 0 {
		s.m = &matter{}
		if !s.m.decodeVersion(rest, b[0]) {
			return Sketch{}, damagedSketch(b)
		}
	} else if len(rest) > 0 {
		return Sketch{}, damagedSketch(b)
	}
	return s, nil
}

func damagedSketch(b []byte) error { return fmt.Errorf("decode sketch: damaged, %d bytes", len(b)) }
