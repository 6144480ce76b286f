package dedup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// sum is what remains of a text: the hash of its words, and how many there are.
//
// The words are the runs of letters, digits and marks after NFKC and simple
// case folding. In scripts without spaces each character is a word of its own,
// so that a line break inside a sentence doesn't count.
type sum struct {
	hash  uint64
	words int // in scripts with spaces
	chars int // in scripts without
}

// length is the length of a text in words, two characters of a script without
// spaces being one.
func (t sum) length() int { return t.words + t.chars/2 }

// sumText sums s up. The hash of a text without any word is 0, of others never.
func sumText(s string) sum {
	t, ok := sumWith(s, foldCommon)
	if !ok {
		// Bytes that are no UTF-8 end a word; normalising would treat them by what stands beside them.
		t, _ = sumWith(norm.NFKC.String(strings.ToValidUTF8(s, " ")), foldAny)
	}
	return t
}

// sumWith sums s up, folding characters beyond ASCII by fold; not ok if fold
// meets one that it can't fold.
func sumWith(s string, fold func(rune) (rune, runeKind)) (t sum, ok bool) {
	t.hash = fnvOffset
	last := breaks // kind of the character before
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			r, kind := fold(r)
			if kind == unknown {
				return sum{}, false
			}
			i += n
			last = t.add(r, kind, last)
			continue
		}
		i++
		if c = foldASCII(c); c == 0 {
			last = breaks
			continue
		}
		if last != joins {
			last = joins
			t.words++
			t.hash = (t.hash ^ ' ') * fnvPrime
		}
		t.hash = (t.hash ^ uint64(c)) * fnvPrime
	}
	if t.words+t.chars == 0 {
		return sum{}, true
	}
	t.hash = finish(t.hash)
	return t, true
}

// add takes in a character beyond ASCII after one of kind last, and gives the
// kind that the next one stands after.
func (t *sum) add(r rune, kind, last runeKind) runeKind {
	switch {
	case kind == breaks:
		return breaks
	case kind == ignored, kind == follows && last == breaks:
		return last
	case kind == follows:
		kind = last
	case kind == alone:
		t.chars++
		t.hash = (t.hash ^ ' ') * fnvPrime
	case last != joins:
		t.words++
		t.hash = (t.hash ^ ' ') * fnvPrime
	}
	t.hash = (t.hash ^ uint64(r)) * fnvPrime
	return kind
}

// How a character takes part in words.
type runeKind uint8

const (
	breaks  runeKind = iota // ends a word
	ignored                 // isn't there: soft hyphen, joiner
	joins                   // letter or digit of a word
	alone                   // a word of its own, in a script without spaces
	follows                 // mark on the character before it, if that is of a word
	unknown                 // for foldAny, after normalising
)

// foldASCII gives the lower-case letter or digit, 0 for all other characters.
func foldASCII(c byte) byte {
	switch {
	case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		return c
	case 'A' <= c && c <= 'Z':
		return c + 'a' - 'A'
	}
	return 0
}

// foldCommon is foldAny for the commonest characters of the commonest scripts:
// those that NFKC leaves as they are, whatever stands beside them, or whose
// NFKC breaks words as well. It needs none of the tables of package unicode.
func foldCommon(r rune) (rune, runeKind) {
	switch {
	case r < 0x400:
		return foldEuropean(r)
	case r <= 0x45F: // Cyrillic
		switch {
		case r >= 0x430:
			return r, joins
		case r >= 0x410:
			return r + 0x20, joins
		}
		return r + 0x50, joins
	case 0x4E00 <= r && r <= 0x9FFF, 0x3041 <= r && r <= 0x3094, 0x30A1 <= r && r <= 0x30FA, r == 0x30FC: // Han, kana
		return r, alone
	case 0xAC00 <= r && r <= 0xD7A3: // Hangul
		return r, joins
	case 0x2010 <= r && r <= 0x2016, 0x2018 <= r && r <= 0x2027, 0x3001 <= r && r <= 0x3003, 0x3008 <= r && r <= 0x3011,
		0xFF01 <= r && r <= 0xFF0F, 0xFF1A <= r && r <= 0xFF20: // punctuation
		return r, breaks
	}
	return foldEastern(r)
}

// foldEuropean is foldCommon for Latin and Greek.
func foldEuropean(r rune) (rune, runeKind) {
	switch {
	case r == 0xD7, r == 0xF7, r == 0xAB, r == 0xBB, r == 0xA0, r == 0xA7, r == 0xA9, r == 0xB7, r == 0xA1, r == 0xBF:
		return r, breaks
	case 0xE0 <= r && r <= 0xFE, 0x3B1 <= r && r <= 0x3C9 && r != 0x3C2:
		return r, joins
	case 0xC0 <= r && r <= 0xDE, 0x391 <= r && r <= 0x3A9 && r != 0x3A2:
		return r + 0x20, joins
	case r == 0x3C2: // final sigma
		return 0x3C3, joins
	case 0x100 <= r && r <= 0x12F, 0x134 <= r && r <= 0x137, 0x141 <= r && r <= 0x148, 0x14A <= r && r <= 0x17E:
		return foldCase(r), joins
	}
	return r, unknown
}

// foldEastern is foldCommon for Hebrew, Arabic, Devanagari and Thai.
func foldEastern(r rune) (rune, runeKind) {
	switch {
	case 0x5D0 <= r && r <= 0x5EA, 0x621 <= r && r <= 0x63A, 0x641 <= r && r <= 0x64A, 0x660 <= r && r <= 0x669,
		0x679 <= r && r <= 0x6D3, 0x904 <= r && r <= 0x928, 0x92A <= r && r <= 0x930, r == 0x932, 0x935 <= r && r <= 0x939,
		0x966 <= r && r <= 0x96F:
		return r, joins
	case 0x93E <= r && r <= 0x94D, r == 0x902, r == 0x903, r == 0xE31, 0xE34 <= r && r <= 0xE37, 0xE47 <= r && r <= 0xE4B:
		return r, follows
	case 0xE01 <= r && r <= 0xE30, r == 0xE32, 0xE40 <= r && r <= 0xE44:
		return r, alone
	case r == 0x60C, r == 0x61B, r == 0x61F, r == 0x964:
		return r, breaks
	}
	return r, unknown
}

// foldAny folds the case of a character beyond ASCII and tells its kind.
func foldAny(r rune) (rune, runeKind) {
	switch {
	case 0xFE00 <= r && r <= 0xFE0F: // which picture to show
		return r, ignored
	case unicode.IsMark(r):
		return r, follows
	case unicode.IsLetter(r) || unicode.IsNumber(r):
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) || r == 0x30FC {
			return r, alone
		}
		return foldCase(r), joins
	case unicode.Is(unicode.Cf, r):
		return r, ignored
	}
	return r, breaks
}

// foldCase folds case by way of the upper case, so that letters with several
// lower-case forms become one.
func foldCase(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }

// The numbers of FNV-1a with 64 bits (draft-eastlake-fnv §5), which is the same
// in every process, as the hash of a stored sketch must be.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// hashString is the hash of a string, never 0.
func hashString(s string) uint64 {
	h := uint64(fnvOffset)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return finish(h)
}

// finish spreads what FNV leaves unmixed over all bits, and avoids 0.
func finish(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	h ^= h >> 33
	if h == 0 {
		return 1
	}
	return h
}
