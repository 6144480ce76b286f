package dedup

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// endsSentence reports whether what follows a character may be capitalised for
// its place alone.
func endsSentence(r rune) bool {
	switch r {
	case '.', '!', '?', ':', ';', '\n', '"', '“', '”', '«', '»', '„', '—', '–', '|', '(', '[', '•', '‘', '\'', '…', '।', '。', '！', '？', '؟', '-', '/':
		return true
	}
	return false
}

// foldRune folds a character and tells its kind, as the hash of equal texts does
// but for digits, which all become those of ASCII.
func foldRune(r rune) (rune, runeKind) {
	if r < utf8.RuneSelf {
		if c := foldASCII(byte(r)); c != 0 {
			return rune(c), joins
		}
		return r, breaks
	}
	f, kind := foldCommon(r)
	if kind == unknown {
		f, kind = foldRare(r)
	}
	if r >= 0x660 && kind != breaks {
		if d := foldDigit(f); d != f {
			return d, joins
		}
	}
	return f, kind
}

// foldRare folds characters that normalising may change.
func foldRare(r rune) (rune, runeKind) {
	if f, kind := foldAny(r); kind != joins && (r < 0xFF61 || r > 0xFF9F) || r < 0x1E00 { // half-width kana are letters of runs
		return f, kind
	}
	var buf [utf8.UTFMax]byte
	n := utf8.EncodeRune(buf[:], r)
	if s := norm.NFKC.Bytes(buf[:n]); len(s) > 0 {
		q, _ := utf8.DecodeRune(s)
		if q < utf8.RuneSelf {
			if c := foldASCII(byte(q)); c != 0 {
				return rune(c), joins
			}
			return q, breaks
		}
		return foldAny(q)
	}
	return foldAny(r)
}

// optional reports whether a mark may as well be left out: accents, and the points of
// Hebrew and Arabic.
func optional(r rune) bool {
	return r <= 0x36F || 0x591 <= r && r <= 0x5C7 || 0x610 <= r && r <= 0x61A || 0x64B <= r && r <= 0x65F || r == 0x670
}

// foldDigit gives the ASCII digit for those of other scripts.
func foldDigit(r rune) rune {
	for _, zero := range [...]rune{0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10} {
		if r >= zero && r <= zero+9 {
			return '0' + r - zero
		}
	}
	return r
}

// latinBase are the letters under the accents from U+00C0 to U+017F.
const latinBase = "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty" +
	"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll" +
	"lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"

// appendBase appends a folded letter, without its accent if it is a Latin one, and
// Greek and Cyrillic letters without theirs.
func appendBase(b []byte, r rune) []byte {
	switch {
	case r < utf8.RuneSelf:
		return append(b, byte(r))
	case r >= 0xC0 && r < 0xC0+rune(len(latinBase)):
		return append(b, latinBase[r-0xC0])
	case r >= 0x3AC && r <= 0x3CE:
		return utf8.AppendRune(b, greekBase(r))
	case r == 0x451: // ё
		r = 0x435
	case r >= 0x622 && r <= 0x625: // alef with hamza or madda
		if r != 0x624 {
			r = 0x627
		}
	}
	return utf8.AppendRune(b, r)
}

func greekBase(r rune) rune {
	switch r {
	case 0x3AC:
		return 0x3B1
	case 0x3AD:
		return 0x3B5
	case 0x3AE:
		return 0x3B7
	case 0x3AF, 0x3CA:
		return 0x3B9
	case 0x3CC:
		return 0x3BF
	case 0x3CD, 0x3CB, 0x3B0:
		return 0x3C5
	case 0x3CE:
		return 0x3C9
	}
	return r
}

// hashBytes is [hashString] of bytes.
func hashBytes(b []byte) uint64 {
	h := uint64(fnvOffset)
	for _, c := range b {
		h = (h ^ uint64(c)) * fnvPrime
	}
	return finish(h)
}

// foldLatin folds a word or several as the scanner does, with spaces between them.
func foldLatin(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if f, kind := foldRune(r); kind == joins || kind == alone || kind == follows && r > 0x36F {
			b = appendBase(b, f)
		} else if kind == breaks && len(b) > 0 {
			b = append(b, ' ')
		}
	}
	return string(b)
}

// foldPhrase gives the hashes of a phrase's words.
func foldPhrase(s string) (hs []uint64) {
	c := newScanner(s, '.')
	for w, ok := c.next(); ok; w, ok = c.next() {
		if w.what&wordNumber != 0 {
			continue
		}
		hs = append(hs, w.hash)
	}
	return hs
}
