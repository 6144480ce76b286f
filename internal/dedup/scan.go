package dedup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
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
