package dedup

import (
	"unicode"
	"unicode/utf8"
)

// word is a word of a text as [scanner.next] finds it.
type word struct {
	hash  uint64  // of its folded letters
	value float64 // of a number
	what  wordFlags
	text  []byte // its folded letters; valid until the next word
	size  int    // how many bytes they are
	at    int    // where it begins in the text
	end   int    // and ends
}

// wordFlags tell how a word is written.
type wordFlags uint8

const (
	wordNumber wordFlags = 1 << iota // it is a number
	wordCode                         // letters and digits, or several dots: A52, v1.8.2
	wordUpper                        // it begins with a capital
	wordStart                        // it begins a sentence
	wordPiece                        // a shingle of a script without spaces
	wordCased                        // its script has capitals
)

// scanner takes a text apart into words, folding case, width and the accents of
// Latin letters. In scripts without spaces the words are shingles: pairs of
// characters, triples in those of South-East Asia, whose characters say less.
type scanner struct {
	s       string
	i       int
	decimal byte // the decimal point of the language where it may be either: '.' or ','
	start   bool // the next word begins a sentence
	buf     []byte
	prev    [2]rune // the characters before, of a run without spaces
	run     int     // how long that run is
	at      int     // where the word begins
	last    int     // where the character before begins
}

func newScanner(s string, decimal byte) scanner {
	return scanner{s: s, start: true, decimal: decimal}
}

// reset begins with another text.
func (c *scanner) reset(s string) {
	*c = scanner{s: s, start: true, decimal: c.decimal, buf: c.buf[:0]}
}

// next gives the next word, false at the end of the text.
func (c *scanner) next() (word, bool) {
	w, ok := c.scan()
	if ok {
		w.at, w.end = c.at, c.i
	}
	return w, ok
}

func (c *scanner) scan() (w word, ok bool) {
	c.buf = c.buf[:0]
	c.at = c.i
	first, dots := rune(0), 0
	var digits, letters bool
	for c.i < len(c.s) {
		if c.plain() {
			if !letters && !digits {
				first = rune(c.s[c.at])
			}
			letters = true
			continue
		}
		if c.i >= len(c.s) {
			break
		}
		at := c.i
		r, size := rune(c.s[at]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(c.s[at:])
		}
		folded, kind := foldRune(r)
		if kind == alone && len(c.buf) > 0 {
			break
		}
		if kind == alone || kind == follows && len(c.buf) == 0 && c.run > 0 {
			if w, ok = c.inRun(r, folded, size, kind); ok {
				return w, true
			}
			continue
		}
		switch kind {
		case ignored, follows:
			c.i += size
			if kind == follows && len(c.buf) > 0 && !optional(r) {
				c.buf = utf8.AppendRune(c.buf, r)
			}
			continue
		case breaks:
			if len(c.buf) > 0 {
				if c.joint(r, size, digits, letters) {
					if dots++; digits { // v1.8.2 isn't v18.2
						c.buf = append(c.buf, '.')
					}
					c.i += size
					continue
				}
				return c.word(first, digits, letters, dots), true
			}
			c.run = 0
			c.i += size
			c.start = c.start || endsSentence(r)
			continue
		}
		c.run = 0
		isDigit := folded >= '0' && folded <= '9'
		if len(c.buf) == 0 {
			first, c.at = r, at
			if isDigit {
				return c.number(), true
			}
		}
		digits = digits || isDigit
		letters = letters || !isDigit
		c.i += size
		c.buf = appendBase(c.buf, folded)
	}
	if len(c.buf) > 0 {
		return c.word(first, digits, letters, dots), true
	}
	return word{}, false
}

// inRun takes in a character of a run without spaces, or a vowel sign or tone inside
// one, and gives the shingle that it ends.
func (c *scanner) inRun(r, folded rune, size int, kind runeKind) (word, bool) {
	if kind == follows {
		c.i += size
		return c.piece(r)
	}
	c.at, c.last = c.last, c.i
	if c.run == 0 {
		c.at = c.i
	}
	c.i += size
	return c.piece(folded)
}

// plain takes in the letters of ASCII that come next, which are most of most texts,
// and skips spaces before a word. It reports whether there were letters.
func (c *scanner) plain() bool {
	i := c.i
	if len(c.buf) == 0 {
		for i < len(c.s) && c.s[i] == ' ' {
			i++
			c.run = 0
		}
		c.i, c.at = i, i
	}
	for ; i < len(c.s); i++ {
		b := c.s[i]
		if b >= 'A' && b <= 'Z' {
			b += 'a' - 'A'
		}
		if b < 'a' || b > 'z' {
			break
		}
		c.buf = append(c.buf, b)
	}
	if i == c.i {
		return false
	}
	c.i, c.run = i, 0
	return true
}

// joint reports whether a break inside a word belongs to it: the dots of U.S. and
// of v1.8, the apostrophe's place being the end of a word.
func (c *scanner) joint(r rune, size int, digits, letters bool) bool {
	if r != '.' || c.i+size >= len(c.s) {
		return false
	}
	n := c.s[c.i+size]
	if digits {
		return n >= '0' && n <= '9'
	}
	if len(c.buf) > 4 || !letters || foldASCII(n) == 0 || n <= '9' {
		return false
	}
	if len(c.buf) > 1 && c.s[c.i-2] != '.' {
		return false
	}
	j := c.i + size + 1
	return j >= len(c.s) || foldASCII(c.s[j]) == 0
}

// word finishes a word of letters.
func (c *scanner) word(first rune, digits, letters bool, dots int) word {
	w := word{hash: hashBytes(c.buf), text: c.buf, size: len(c.buf)}
	if digits && letters {
		w.what |= wordCode
	}
	if unicode.IsUpper(first) {
		w.what |= wordUpper | wordCased
	} else if unicode.IsLower(first) {
		w.what |= wordCased
	}
	if c.start {
		w.what |= wordStart
	}
	c.start = false
	return w
}

// piece takes in a character of a run without spaces, and gives the shingle that
// it ends; false where the run is too short for one yet.
func (c *scanner) piece(r rune) (word, bool) {
	long := r >= 0xE00 && r < 0x1100 || r >= 0x1780 && r < 0x1800
	defer func() { c.prev[0], c.prev[1] = c.prev[1], r }()
	c.run++
	c.start = false
	n := 2
	if long {
		n = 3
	}
	if c.run < n && c.more() {
		return word{}, false
	}
	c.buf = c.buf[:0]
	if long && c.run > 2 {
		c.buf = utf8.AppendRune(c.buf, c.prev[0])
	}
	if c.run > 1 {
		c.buf = utf8.AppendRune(c.buf, c.prev[1])
	}
	c.buf = utf8.AppendRune(c.buf, r)
	w := word{hash: hashBytes(c.buf), what: wordPiece, text: c.buf}
	c.buf = c.buf[:0]
	return w, true
}

// more reports whether the run goes on.
func (c *scanner) more() bool {
	if c.i >= len(c.s) || c.s[c.i] < utf8.RuneSelf {
		return false
	}
	r, _ := utf8.DecodeRuneInString(c.s[c.i:])
	_, kind := foldRune(r)
	return kind == alone || kind == follows
}
