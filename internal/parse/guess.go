package parse

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// maxGuess is how many bytes a guess looks at.
const maxGuess = 64 << 10

// guess tells the encoding of bytes that nobody has labelled and that are no
// UTF-8: the scripts of East Asia by how their encodings pair bytes, Cyrillic by
// its words, and all else is windows-1252.
func guess(body []byte) (encoding.Encoding, string) {
	body = body[:min(len(body), maxGuess)]
	for _, c := range []struct {
		enc  encoding.Encoding
		name string
		like func(tally) bool
	}{
		{japanese.EUCJP, "euc-jp", tally.japanese},
		{japanese.ShiftJIS, "shift_jis", tally.japanese},
		{korean.EUCKR, "euc-kr", func(t tally) bool { return 10*min(t.hangul, t.rowsKS) >= 8*t.all }},
		{simplifiedchinese.GBK, "gbk", func(t tally) bool { return 10*t.rowsGB >= 7*t.all }},
		{traditionalchinese.Big5, "big5", func(t tally) bool { return 10*t.rowsBig5 >= 7*t.all }},
	} {
		if t, clean := count(c.enc, body); clean && t.all >= 4 && c.like(t) {
			return c.enc, c.name
		}
	}
	return byWords(body)
}

// tally counts the characters beyond ASCII in a text, by kind.
type tally struct {
	all, kana, han, hangul int
	rowsGB, rowsBig5       int // those in the rows of common characters
	rowsKS                 int // of the syllables of KS X 1001
}

// japanese reports whether there are kana, and hardly anything but kana and kanji.
func (t tally) japanese() bool { return 5*t.kana >= t.all && 10*(t.kana+t.han) >= 8*t.all }

// count reads body in an encoding, and reports whether that went well but for
// one fault in fifty, such as a title that was cut.
func count(enc encoding.Encoding, body []byte) (t tally, clean bool) {
	bad := 0
	for i := 0; i < len(body); i++ {
		c := body[i]
		if c < utf8.RuneSelf || i+1 == len(body) {
			continue
		}
		d := body[i+1]
		if c >= 0xb0 && c <= 0xd7 && d >= 0xa1 {
			t.rowsGB++
		}
		if c >= 0xb0 && c <= 0xc8 && d >= 0xa1 {
			t.rowsKS++
		}
		if c >= 0xa4 && c <= 0xc6 && (d >= 0xa1 || d >= 0x40 && d < 0x7f) {
			t.rowsBig5++
		}
		i++
	}
	for _, r := range convert(enc, body) {
		switch {
		case r < utf8.RuneSelf:
			continue
		case r == utf8.RuneError:
			bad++
		case 0x3041 <= r && r <= 0x30ff:
			t.kana++
		case unicode.Is(unicode.Han, r), 0x3000 <= r && r < 0x3040, 0xff00 <= r && r < 0xff60:
			t.han++
		case 0xac00 <= r && r < 0xd7b0:
			t.hangul++
		}
		t.all++
	}
	return t, 50*bad <= t.all
}

// byWords tells Cyrillic by its words: in Western Europe bytes beyond ASCII stand
// alone. Most letters are lower case, which KOI8-R has where windows-1251 has the
// upper case.
func byWords(body []byte) (encoding.Encoding, string) {
	var runs, letters, low, high int
	before := false
	for _, c := range body {
		letter := c >= 0xc0
		switch {
		case letter && c < 0xe0:
			low++
		case letter:
			high++
		}
		if letter {
			letters++
		}
		if letter && !before {
			runs++
		}
		before = letter
	}
	switch {
	case letters < 6 || letters < 3*runs:
		return charmap.Windows1252, "windows-1252"
	case high > low:
		return charmap.Windows1251, "windows-1251"
	}
	return charmap.KOI8R, "koi8-r"
}
