package dedup

import (
	"encoding/binary"
	"math"
	"net/netip"
	"strings"
	"sync"

	"golang.org/x/net/publicsuffix"
)

// readers are used again, for their buffers.
var readers = sync.Pool{New: func() any { return &matterReader{words: lexicon()} }}

// siteOf is a hash of the registrable domain of a canonical address; 0 if it has none,
// or is on an IP address or a host of the house.
func siteOf(canonical string) uint32 {
	_, rest, ok := strings.Cut(canonical, "://")
	if !ok {
		return 0
	}
	host, _, _ := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || !strings.Contains(host, ".") {
		return 0 // many publishers may be behind it, as at a proxy at home
	}
	if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		host = d
	}
	return uint32(hashString(host))
}

// size is how many bytes the matter takes, encoded, at most.
func (m *matter) size() int {
	if m == nil {
		return 0
	}
	numbers := 0
	for _, f := range m.flags {
		if f&termNumber != 0 {
			numbers++
		}
	}
	return 25 + 4*len(m.terms) + 4*numbers + (len(m.seq)+7)/8 + len(m.seq) + 4*len(m.grams)
}

// append encodes the matter:
//
//	site (4 bytes), mass and its square (4 each, IEEE 754), forms (2), flags (1: denies, 2: promo), shift, words (uvarint), then the
//	numbers of words of the title, of all, of terms, of grams (a byte each); then for each
//	term 3 bytes of hash and its flags, for each number its value (4, IEEE 754), the
//	sequence (as appendSeq has it), the grams (4 each)
func (m *matter) append(b []byte) []byte {
	if m == nil {
		return b
	}
	b = binary.BigEndian.AppendUint32(b, m.site)
	b = binary.BigEndian.AppendUint32(b, math.Float32bits(m.mass))
	b = binary.BigEndian.AppendUint32(b, math.Float32bits(m.mass2))
	b = binary.BigEndian.AppendUint16(b, uint16(m.forms))
	b = append(b, bit(m.neg, 1)|bit(m.promo, 2), m.shift)
	b = binary.AppendUvarint(b, uint64(m.words))
	b = append(b, byte(m.title), byte(len(m.seq)), byte(len(m.terms)), byte(len(m.grams)))
	for i, t := range m.terms {
		b = append(b, byte(t>>16), byte(t>>8), byte(t), byte(m.flags[i]))
	}
	for i, v := range m.value {
		if m.flags[i]&termNumber != 0 {
			b = binary.BigEndian.AppendUint32(b, math.Float32bits(v))
		}
	}
	b = m.appendSeq(b)
	for _, g := range m.grams {
		b = binary.BigEndian.AppendUint32(b, g)
	}
	return b
}

// appendSeq encodes the sequence, most words of which are the next term: a bit for each
// word, from the lowest of a byte on, 1 where it is another term; then the indexes of
// these, a byte each.
func (m *matter) appendSeq(b []byte) []byte {
	at := len(b)
	b = append(b, make([]byte, (len(m.seq)+7)/8)...)
	next := byte(0)
	for i, term := range m.seq {
		if term == next {
			next++
			continue
		}
		b[at+i/8] |= 1 << (i % 8)
		b = append(b, term)
	}
	return b
}

// decodeSeq reads a sequence of n words that appendSeq wrote, and gives what comes after it.
func (m *matter) decodeSeq(b []byte, n int) ([]byte, bool) {
	m.seq = m.seq[:0]
	bits := (n + 7) / 8
	if len(b) < bits {
		return nil, false
	}
	next, rest := 0, b[bits:]
	for i := range n {
		term := next
		if b[i/8]>>(i%8)&1 == 0 {
			next++
		} else if len(rest) == 0 {
			return nil, false
		} else {
			term, rest = int(rest[0]), rest[1:]
		}
		if term >= len(m.terms) || term == next {
			return nil, false
		}
		m.seq = append(m.seq, uint8(term))
	}
	return rest, n%8 == 0 || b[n/8]>>(n%8) == 0
}

// decodePlainSeq reads one as version 2 of sketches had it: an index, a byte, for each word.
func (m *matter) decodePlainSeq(b []byte, n int) ([]byte, bool) {
	if len(b) < n {
		return nil, false
	}
	m.seq = append(m.seq[:0], b[:n]...)
	for _, i := range m.seq {
		if int(i) >= len(m.terms) {
			return nil, false
		}
	}
	return b[n:], true
}

func bit(set bool, value byte) byte {
	if set {
		return value
	}
	return 0
}

// decode reads what append wrote, into the memory that m has. It reports whether
// all of b was sound.
func (m *matter) decode(b []byte) bool { return m.decodeVersion(b, sketchVersion) }

// decodeVersion reads what append wrote in a version of the sketch.
func (m *matter) decodeVersion(b []byte, version byte) bool {
	if len(b) < 17 {
		return false
	}
	m.site = binary.BigEndian.Uint32(b)
	m.mass, m.mass2 = math.Float32frombits(binary.BigEndian.Uint32(b[4:])), math.Float32frombits(binary.BigEndian.Uint32(b[8:]))
	b = b[8:]
	m.forms = form(binary.BigEndian.Uint16(b[4:]))
	m.neg, m.promo, m.shift = b[6]&1 != 0, b[6]&2 != 0, b[7]
	words, n := binary.Uvarint(b[8:])
	if n <= 0 || words > math.MaxUint32 || len(b) < 12+n || m.shift > 31 {
		return false
	}
	m.words = uint32(words)
	b = b[8+n:]
	title, seq, terms, grams := int(b[0]), int(b[1]), int(b[2]), int(b[3])
	b = b[4:]
	if title > seq || seq > maxWords || terms > seq || grams > maxGrams || len(b) < 4*terms {
		return false
	}
	m.title = title
	m.terms, m.flags, m.value = m.terms[:0], m.flags[:0], m.value[:0]
	for i := range terms {
		m.terms = append(m.terms, uint32(b[4*i])<<16|uint32(b[4*i+1])<<8|uint32(b[4*i+2]))
		m.flags = append(m.flags, termFlags(b[4*i+3]))
		m.value = append(m.value, 0)
	}
	b = b[4*terms:]
	for i, f := range m.flags {
		if f&termNumber == 0 {
			continue
		}
		if len(b) < 4 {
			return false
		}
		m.value[i] = math.Float32frombits(binary.BigEndian.Uint32(b))
		b = b[4:]
	}
	sound := false
	if version == 2 {
		b, sound = m.decodePlainSeq(b, seq)
	} else {
		b, sound = m.decodeSeq(b, seq)
	}
	if !sound || len(b) != 4*grams {
		return false
	}
	m.grams = m.grams[:0]
	for i := range grams {
		m.grams = append(m.grams, binary.BigEndian.Uint32(b[4*i:]))
	}
	return true
}
