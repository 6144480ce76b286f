package clean

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ParseDate reads a date of a feed, in UTC. It knows RFC 822, 850, 1123 and
// 3339, ISO 8601 (calendar, ordinal and week dates, reduced precision), asctime,
// Unix seconds and milliseconds, and what people make of these: other orders,
// missing seconds, times or weekdays, two-digit years, names of months in many
// languages, names of zones.
//
// It is never wrong knowingly: where a zone has a name that nobody knows or that
// has several meanings, where 3/4/2005 may be March or April, where a part is
// impossible (32 January, 25 o'clock), the date is unknown, which is the zero
// time. A date without zone is taken to be UTC, one without time to be midnight.
// The beginning of 1970 and years before 1900 are what programs write for want
// of a date.
func ParseDate(s string) time.Time {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 200 {
		return time.Time{}
	}
	if len(s) >= 20 && s[4] == '-' { // most Atom feeds, and fast
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			return sound(t)
		}
	}
	if t, ok := unixDate(s); ok {
		return sound(t)
	}
	d := dateReader{s: s, month: -1, day: -1, year: -1}
	d.read()
	return sound(d.time())
}

// sound is t in UTC, or the zero time if t can't be meant.
func sound(t time.Time) time.Time {
	t = t.UTC()
	if t.Year() < 1900 || t.Year() > 9999 || t.Unix() == 0 {
		return time.Time{}
	}
	return t
}

// unixDate reads seconds or milliseconds since 1970.
func unixDate(s string) (time.Time, bool) {
	if len(s) < 9 || len(s) > 13 || len(s) == 11 {
		return time.Time{}, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return time.Time{}, false
	}
	if len(s) >= 12 {
		return time.UnixMilli(n), true
	}
	return time.Unix(n, 0), true
}

// dateReader goes over a date word by word and number by number.
type dateReader struct {
	s   string
	bad bool // something can't be meant

	year, month, day int  // -1: not yet
	weak             bool // month is "mar", which may be Tuesday
	digits           int  // of the year

	clock          bool
	hour, min, sec int
	nano           int
	half           int // 1: before noon, 2: after noon

	zoned  bool // offset is known
	odd    bool // a zone of unknown name
	offset int  // seconds east of UTC
}

func (d *dateReader) read() {
	for d.s != "" && !d.bad {
		switch c := d.s[0]; {
		case '0' <= c && c <= '9':
			d.number()
		case (c == '+' || c == '-') && startsDigit(d.s[1:]) && d.awaitsOffset():
			d.zoneOffset()
		case c == '(':
			d.comment()
		case c < utf8.RuneSelf && !letter(c):
			d.s = d.s[1:]
		default:
			d.word()
		}
	}
}

// awaitsOffset reports whether a sign begins an offset: after a time, or after a
// whole date where nothing but hh:mm follows.
func (d *dateReader) awaitsOffset() bool {
	return d.clock || d.year >= 0 && d.day >= 0 && (d.s[0] == '+' || len(d.s) == 6 && d.s[3] == ':')
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
	if n > 9 {
		d.bad = true
		return 0
	}
	v, _ := strconv.Atoi(d.s[:n])
	d.s = d.s[n:]
	return v
}

// comment passes what stands in parentheses, but for a zone where none came yet.
func (d *dateReader) comment() {
	inside, rest, _ := strings.Cut(d.s[1:], ")")
	d.s = rest
	if !d.zoned {
		d.zone(inside)
	}
}

// word reads a name.
func (d *dateReader) word() {
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
	d.s = d.s[end:]
	lower := strings.TrimRight(strings.ToLower(w), ".")
	switch m := monthNumber(lower); {
	case m > 0 && (d.month < 0 || d.weak):
		d.month, d.weak = m, lower == "mar"
	case isHalf(lower) > 0:
		d.half = isHalf(lower)
	case d.clock:
		d.zone(w)
	}
}

// isHalf is 1 for words that say before noon, 2 for those that say after noon.
func isHalf(w string) int {
	switch w {
	case "am", "a.m", "오전", "上午", "午前":
		return 1
	case "pm", "p.m", "오후", "下午", "午後":
		return 2
	}
	return 0
}

// zone takes the name of a zone. One that isn't known makes the date unknown,
// unless an offset follows.
func (d *dateReader) zone(name string) {
	offset, known := zoneByName(strings.ToUpper(name))
	switch {
	case known && !d.zoned:
		d.zoned, d.offset = true, offset
	case !known && !isFiller(strings.ToLower(name)):
		d.odd = true
	}
}

// isFiller reports whether a word after the time is no zone.
func isFiller(w string) bool {
	switch w {
	case "uhr", "h", "t", "de", "of", "at", "on", "the", "del", "am", "г", "г.", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "":
		return true
	}
	return false
}

// zoneOffset reads +hh:mm, +hhmm, +hmm, +hh or +h.
func (d *dateReader) zoneOffset() {
	sign := 1
	if d.s[0] == '-' {
		sign = -1
	}
	d.s = d.s[1:]
	n := digitsIn(d.s)
	h, m := 0, 0
	switch n {
	case 1, 2:
		h = d.take(n)
		if len(d.s) > 2 && d.s[0] == ':' && digitsIn(d.s[1:]) == 2 {
			d.s = d.s[1:]
			m = d.take(2)
		}
	case 3, 4:
		h, m = d.take(n-2), d.take(2)
	default:
		d.bad = true
		return
	}
	if h > 14 || m > 59 {
		d.bad = true
	}
	d.zoned, d.odd, d.offset = true, false, sign*(h*3600+m*60)
}

// time puts the parts together; zero if they don't make a date.
func (d *dateReader) time() time.Time {
	if d.bad || d.odd && !d.zoned || d.year < 0 {
		return time.Time{}
	}
	if d.digits == 4 && d.month < 0 && d.day < 0 { // a year alone
		d.month, d.day = 1, 1
	}
	if d.day < 0 && d.month > 0 && d.digits == 4 { // "May 2004"
		d.day = 1
	}
	if d.digits <= 2 { // RFC 5322 §4.3
		if d.year += 1900; d.year < 1950 {
			d.year += 100
		}
	}
	if d.half > 0 && d.hour > 0 && d.hour <= 12 {
		d.hour = d.hour%12 + 12*(d.half-1)
	}
	if d.month < 1 || d.month > 12 || d.day < 1 || d.min > 59 || d.sec > 60 || d.hour > 24 || d.hour == 24 && d.min+d.sec > 0 {
		return time.Time{}
	}
	if day := time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC); day.Day() != d.day {
		return time.Time{}
	}
	return time.Date(d.year, time.Month(d.month), d.day, d.hour, d.min, d.sec, d.nano, time.UTC).Add(-time.Duration(d.offset) * time.Second)
}
