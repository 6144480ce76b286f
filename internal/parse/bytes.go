package parse

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// byMark tells UTF-16 and UTF-32 by their byte order mark, or by the zero bytes
// that markup leaves in them.
func byMark(b []byte) (enc encoding.Encoding, skip int, name, by string) {
	const mark = "its byte order mark"
	has := func(s string) bool { return len(b) >= len(s) && string(b[:len(s)]) == s }
	switch {
	case has("\x00\x00\xfe\xff"):
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), 4, "utf-32be", mark
	case has("\xff\xfe\x00\x00"):
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), 4, "utf-32le", mark
	case has("\xfe\xff"):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), 2, "utf-16be", mark
	case has("\xff\xfe"):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), 2, "utf-16le", mark
	case has("\x4c\x6f\xa7\x94"): // "<?xm" (XML 1.0 Appendix F)
		return charmap.CodePage037, 0, "ibm037", "its bytes"
	}
	enc, name = byZeros(b)
	return enc, 0, name, "its bytes"
}

// byZeros looks at which of the first bytes are zero: of four, UTF-32 leaves
// three, and of two, UTF-16 leaves one.
func byZeros(b []byte) (encoding.Encoding, string) {
	var zero [4]int
	n := min(len(b), 64) / 4
	for i := range 4 * n {
		if b[i] == 0 {
			zero[i%4]++
		}
	}
	most := func(places ...int) bool {
		for _, p := range places {
			if zero[p] < n*3/4 {
				return false
			}
		}
		return true
	}
	switch {
	case n < 2:
		return nil, ""
	case most(0, 1, 2) && zero[3] < n/4:
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), "utf-32be"
	case most(1, 2, 3) && zero[0] < n/4:
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), "utf-32le"
	case most(0, 2) && zero[1]+zero[3] < n/4:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "utf-16be"
	case most(1, 3) && zero[0]+zero[2] < n/4:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le"
	}
	return nil, ""
}

// mostlyUTF8 reports whether b is UTF-8 with some faults, rather than text of
// another encoding: at least four good sequences for one bad byte.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		switch {
		case r != utf8.RuneError || n != 1:
			good++
		case !utf8.FullRune(b): // cut off
		case len(b) > 2 && b[0] == 0xed && b[1]&0xe0 == 0xa0 && b[2]&0xc0 == 0x80: // a surrogate
			good, n = good+1, 3
		default:
			bad++
		}
		b = b[n:]
	}
	return good >= 4*bad
}

// repairUTF8 makes UTF-8 of what nearly is: surrogates that were encoded in
// pairs, as databases do, become the character they stand for; the beginning of
// a sequence that was cut off a replacement character; and any other byte what
// it is in windows-1252.
func repairUTF8(b []byte) string {
	var out strings.Builder
	out.Grow(len(b) + 16)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r != utf8.RuneError || n != 1 {
			out.Write(b[:n])
			b = b[n:]
			continue
		}
		s, n := badBytes(b)
		out.WriteString(s)
		b = b[n:]
	}
	return out.String()
}

// badBytes is what the bytes at the front of b stand for that are no UTF-8, and
// how many they are.
func badBytes(b []byte) (string, int) {
	continued := func(i int) bool { return i < len(b) && b[i]&0xc0 == 0x80 }
	switch {
	case b[0] == 0xed && continued(1) && continued(2): // a surrogate
		high, low := surrogate(b), rune(0)
		if len(b) >= 6 && b[3] == 0xed && continued(4) && continued(5) {
			low = surrogate(b[3:])
		}
		if r := utf16.DecodeRune(high, low); r != utf8.RuneError {
			return string(r), 6
		}
		return "\ufffd", 3
	case b[0] == 0xc0 && continued(1):
		return "\ufffd", 2
	case b[0] >= 0xe0 && continued(1):
		n := 2
		for n < 4 && continued(n) {
			n++
		}
		return "\ufffd", n
	case len(b) == 1:
		return "", 1
	}
	if b[0] >= 0xfe {
		return "\ufffd", 1
	}
	return string(charmap.Windows1252.DecodeByte(b[0])), 1
}

// surrogate decodes the three bytes of a surrogate at the front of b.
func surrogate(b []byte) rune { return 0xd000 | rune(b[1]&0x3f)<<6 | rune(b[2]&0x3f) }
