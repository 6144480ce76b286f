package clean

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// dateReader goes over a date word by word and number by number.
type dateReader struct {
	s       string
	bad     bool // something can't be meant
	strange bool // there is a word of unknown meaning

	year, month, day int      // -1: not yet
	weekday          int      // 0 is Sunday; -1: none
	weak             bool     // month is the first word, and may be a day: "mar", "paz"
	digits           int      // of the year
	era              int      // the year before a Japanese era
	either           [][3]int // year, month, day: what three numbers may mean
	short            bool     // of them the year has two digits
	german           bool     // there is "Uhr" in it

	clock          bool
	tee            bool // a T came, and the time begins
	hour, min, sec int
	nano           int
	half           int // 1: before noon, 2: after noon

	zoned       bool           // offset or place is known
	odd         bool           // a zone of unknown name
	zoneName    string         // of a known zone
	offsetGiven bool           // in digits
	offset      int            // seconds east of UTC
	place       *time.Location // by its name in the tz database
}

func (d *dateReader) read() {
	for d.s != "" && !d.bad {
		switch c := d.s[0]; {
		case '0' <= c && c <= '9':
			d.number()
		case (c == '+' || c == '-') && startsDigit(d.s[1:]) && d.awaitsOffset():
			d.readOffset()
		case c == '(':
			d.comment()
		case c == '[':
			d.suffix()
		case c < utf8.RuneSelf && !letter(c):
			d.sign(c)
		default:
			d.word()
		}
	}
}

// sign passes over punctuation. After a time, a colon or plus that goes on is
// the rest of something broken, and a sign at the end the half of an offset.
func (d *dateReader) sign(c byte) {
	d.s = d.s[1:]
	goesOn := d.s != "" && d.s[0] > ' '
	halved := strings.TrimSpace(d.s) == "" && (c == '+' || c == '-') // an offset that was cut off
	d.bad = d.clock && ((c == ':' || c == '+') && goesOn || halved) || strings.IndexByte("<>{}=%$#*\\^~?&", c) >= 0
}

// truncated reads what ISO 8601:2000 §5.2.1.3 writes without its century: -YYMM
// and -YY-MM.
func (d *dateReader) truncated() {
	s := d.s
	if len(s) == 6 && s[0] == '-' && s[3] == '-' {
		s = s[:3] + s[4:]
	}
	if len(s) == 5 && s[0] == '-' && digitsIn(s[1:]) == 4 {
		d.s = s[1:]
		d.year, d.digits, d.month, d.day = d.take(2), 2, d.take(2), 1
	}
}

// awaitsOffset reports whether a sign begins an offset: after a time, or after a
// whole date where nothing but hh:mm follows.
func (d *dateReader) awaitsOffset() bool {
	return d.clock || d.dated() && len(d.s) == 6 && d.s[3] == ':'
}

// dated reports whether the day is known.
func (d *dateReader) dated() bool {
	return d.either != nil || d.year >= 0 && d.month >= 0 && d.day >= 0
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func startsDigit(s string) bool { return s != "" && '0' <= s[0] && s[0] <= '9' }

// digitsIn is how many digits s begins with.
func digitsIn(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// take is the number of n digits that d.s begins with, and moves behind it.
func (d *dateReader) take(n int) int {
	if n > 9 || n > len(d.s) {
		d.bad = true
		return 0
	}
	v, err := strconv.Atoi(d.s[:n])
	d.bad = d.bad || err != nil
	d.s = d.s[n:]
	return v
}

// comment passes what stands in parentheses: the name of a zone that may have
// been given in digits before, or a weekday.
func (d *dateReader) comment() {
	inside, rest, _ := strings.Cut(d.s[1:], ")")
	d.s = rest
	inside = strings.TrimSpace(inside)
	switch n, ok := dateNames()[foldName(inside)]; {
	case ok && n.is == aWeekday:
		d.weekday = n.value
	case ok && n.is == aFiller || d.zoned && !knownZone(inside):
	case d.clock:
		d.zone(inside)
	default:
		d.strange = true
	}
}

// suffix passes a suffix of RFC 9557: the name of a place, or more of the kind.
func (d *dateReader) suffix() {
	inside, rest, _ := strings.Cut(d.s[1:], "]")
	d.s = rest
	if !d.zoned {
		d.zone(strings.TrimPrefix(inside, "!"))
	}
}

// word reads a name.
func (d *dateReader) word() {
	w := d.nextWord()
	d.s = d.s[len(w):]
	if d.clock && strings.HasPrefix(d.s, "/") && len(d.s) > 1 && letter(d.s[1]) {
		d.placeName(w)
		return
	}
	n, ok := dateNames()[foldName(w)]
	switch {
	case w == "T" || w == "t":
		d.bad = d.clock || !d.dated()
		d.tee = true
	case d.clock && d.namesZone(w), d.dated() && len(w) == 1 && 'A' <= w[0] && w[0] <= 'Z':
		d.zone(w)
	case ok && d.name(w, n):
	case d.clock || d.dated():
		d.zone(strings.TrimRight(w, "."))
	default:
		d.strange = true
	}
}

// namesZone reports whether a word after the time is the name of a zone rather
// than what else it may mean: "PT" is Friday in Polish, and "9:07a" is anything.
func (d *dateReader) namesZone(w string) bool {
	if len(w) == 1 {
		return letter(w[0]) && w[0]|0x20 != 'h'
	}
	return d.dated() && w != "at" && knownZone(w)
}

// nextWord is the word that d.s begins with. Words that are written together in
// scripts without spaces come one by one.
func (d *dateReader) nextWord() string {
	end := len(d.s)
	for i, r := range d.s {
		if !unicode.IsLetter(r) && r != '.' && !unicode.IsMark(r) {
			end = i
			break
		}
	}
	if end == 0 {
		_, end = utf8.DecodeRuneInString(d.s)
	}
	w := d.s[:end]
	if w[0] == 'T' && len(w) == 1 || w[0] < 0xE0 {
		return w
	}
	for n := len(w); n > 0; n-- {
		if utf8.RuneStart((w + " ")[n]) {
			if _, ok := dateNames()[foldName(w[:n])]; ok {
				return w[:n]
			}
		}
	}
	return w
}

// name takes a known name; false if it has no meaning here.
func (d *dateReader) name(w string, n dateName) bool {
	switch n.is {
	case aMonth:
		if d.month >= 0 && !d.weak || d.either != nil {
			d.bad = !n.also
			return true
		}
		d.month, d.weak = n.value, n.also && d.day < 0 && d.year < 0
	case aWeekday:
		d.weekday = n.value
	case aHalf:
		if !d.clock && !d.dated() && w[0] < utf8.RuneSelf { // "am 3. Mai", "3 de mayo"
			return true
		}
		d.bad = d.half > 0
		d.half = n.value
	case anEra:
		d.era = n.value
	case aFiller:
		d.german = d.german || foldName(w) == "uhr"
	}
	if n.korean && !d.zoned && d.zoneName == "" {
		d.zoneName = "KST" // unless another comes
	}
	return true
}
