package dedup

import (
	"strings"
	"unicode/utf8"
)

// number reads a number with its separators, and a sign of scale that is written
// on to it.
func (c *scanner) number() word {
	begin := c.i
	v, dots, end := c.digits()
	w := word{value: v, what: wordNumber}
	if c.start {
		w.what |= wordStart
	}
	c.start = false
	if dots > 1 { // a version, a date, an address
		w.what, w.value = w.what&^wordNumber|wordCode, 0
		c.buf = append(c.buf[:0], c.s[begin:end]...)
		w.hash, w.text = hashBytes(c.buf), c.buf
		return w
	}
	c.suffix(&w, begin)
	return w
}

// digits reads digits and separators: a dot or a comma before three digits groups
// them, unless the language says otherwise; another one is the decimal point.
func (c *scanner) digits() (v float64, dots, end int) {
	fraction := 0.0
	for c.i < len(c.s) {
		d, size := digitAt(c.s[c.i:])
		if size > 0 {
			if c.i += size; fraction != 0 {
				v += float64(d) * fraction
				fraction /= 10
			} else {
				v = v*10 + float64(d)
			}
			continue
		}
		sep, size := c.separator()
		if size == 0 {
			break
		}
		rest := c.s[c.i+size:]
		if _, n := digitAt(rest); n == 0 {
			break
		}
		if dots++; c.groups(sep, rest, v) {
			dots--
		} else if fraction == 0 {
			fraction = 0.1
		}
		c.i += size
	}
	return v, dots, c.i
}

// separator gives what may stand between digits at the place, and its length; 0 if
// nothing such does. Arabic ones are told as ' and as the decimal point.
func (c *scanner) separator() (sep byte, size int) {
	switch rest := c.s[c.i:]; {
	case rest[0] == '.' || rest[0] == ',' || rest[0] == '\'':
		return rest[0], 1
	case strings.HasPrefix(rest, "٫"):
		return c.decimal, len("٫")
	case strings.HasPrefix(rest, "٬"):
		return '\'', len("٬")
	}
	return 0, 0
}

// groups reports whether a separator stands before a group of exactly three digits.
func (c *scanner) groups(sep byte, rest string, before float64) bool {
	for range 3 {
		_, n := digitAt(rest)
		if n == 0 {
			return false
		}
		rest = rest[n:]
	}
	if _, n := digitAt(rest); n > 0 {
		return false
	}
	return before > 0 && (sep != c.decimal || sep == '\'')
}

// suffix reads what is written on to a number: 8.5m, 31st, 4G, 420km. A unit is left
// as the next word.
func (c *scanner) suffix(w *word, begin int) {
	j := c.i
	for j < len(c.s) && foldASCII(c.s[j]) >= 'a' {
		j++
	}
	tail := c.s[c.i:j]
	switch foldLatin(tail) {
	case "":
	case "m", "mn", "mln", "mio":
		w.value *= 1e6
		c.i = j
	case "b", "bn", "bln", "mrd", "mld":
		w.value *= 1e9
		c.i = j
	case "t", "tn", "trn":
		w.value *= 1e12
		c.i = j
	case "k":
		w.value *= 1e3
		c.i = j
	case "st", "nd", "rd", "th", "e", "er", "eme", "s":
		c.i = j
	default:
		if len(tail) <= 2 && w.value < 100 { // 4G, 5g, 52A
			c.buf = append(c.buf[:0], foldLatin(c.s[begin:j])...)
			w.hash, w.text, w.what, w.value, c.i = hashBytes(c.buf), c.buf, w.what&^wordNumber|wordCode, 0, j
		}
	}
}

// digitAt is the decimal digit that s begins with, and its length; 0 if none.
func digitAt(s string) (d, size int) {
	if s == "" {
		return 0, 0
	}
	if s[0] < utf8.RuneSelf {
		if s[0] >= '0' && s[0] <= '9' {
			return int(s[0] - '0'), 1
		}
		return 0, 0
	}
	r, n := utf8.DecodeRuneInString(s)
	if f, kind := foldRune(r); kind == joins && f >= '0' && f <= '9' {
		return int(f - '0'), n
	}
	return 0, 0
}
