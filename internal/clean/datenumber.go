package clean

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// number reads what begins with a digit: a time, a numeric date, a year or a day.
func (d *dateReader) number() {
	n := digitsIn(d.s)
	rest := d.s[n:]
	dated := d.year >= 0 && d.month >= 0
	switch {
	case n <= 2 && !d.clock && len(rest) > 1 && (rest[0] == ':' || dated && (rest[0] == '.' || rest[0] == 'h' || rest[0] == 'H')) && startsDigit(rest[1:]):
		d.time3(n, rest[0])
	case dated && !d.clock && (n == 6 || n == 4 && d.day >= 0):
		d.compactTime(n)
	case n == 14 && d.year < 0:
		d.compactDate()
		d.compactTime(6)
	case n == 8 && d.year < 0:
		d.compactDate()
	case n == 4 && d.year < 0 && len(rest) > 1 && strings.IndexByte("-/.", rest[0]) >= 0 && (startsDigit(rest[1:]) || rest[1] == 'W'):
		d.iso(rest[0])
	case n == 4 && d.year < 0 && len(rest) > 1 && rest[0] == 'W' && startsDigit(rest[1:]):
		d.setYear(d.take(4), 4)
		d.week()
	case n <= 2 && d.month < 0 && len(rest) > 1 && strings.IndexByte("-/.", rest[0]) >= 0 && startsDigit(rest[1:]):
		d.numeric(rest[0])
	default:
		d.plain(n)
	}
}

// plain reads a number by itself, and the sign of year, month or day that
// follows it in Chinese, Japanese and Korean.
func (d *dateReader) plain(n int) {
	v := d.take(n)
	sign, size := utf8.DecodeRuneInString(d.s)
	switch {
	case sign == '年' || sign == '년':
		d.setYear(v, n)
		d.s = d.s[size:]
	case sign == '月' || sign == '월':
		d.month = v
		d.s = d.s[size:]
	case sign == '日' || sign == '일':
		d.day = v
		d.s = d.s[size:]
	case sign == '時' || sign == '时' || sign == '시' || sign == '點' || sign == '点':
		d.clock, d.hour = true, v
		d.s = d.s[size:]
	case sign == '分' || sign == '분':
		d.min = v
		d.s = d.s[size:]
	case sign == '秒' || sign == '초':
		d.sec = v
		d.s = d.s[size:]
	case n <= 2 && d.day < 0:
		d.day = v
	case (n == 2 || n == 4) && d.year < 0:
		d.setYear(v, n)
	case n <= 2 && d.year >= 0 && d.month >= 0 && !d.clock: // "T10Z"
		d.clock, d.hour = true, v
	default:
		d.bad = true
	}
}

func (d *dateReader) setYear(v, digits int) {
	d.year, d.digits = v, digits
}

// time3 reads hours, minutes and perhaps seconds with a fraction.
func (d *dateReader) time3(n int, sep byte) {
	d.clock = true
	d.hour = d.take(n)
	d.s = d.s[1:]
	d.min = d.take(min(digitsIn(d.s), 3))
	if len(d.s) > 1 && (d.s[0] == sep || d.s[0] == ':') && startsDigit(d.s[1:]) {
		d.s = d.s[1:]
		d.sec = d.take(min(digitsIn(d.s), 3))
		d.fraction()
	}
}

func (d *dateReader) fraction() {
	if len(d.s) < 2 || d.s[0] != '.' && d.s[0] != ',' || !startsDigit(d.s[1:]) {
		return
	}
	n := digitsIn(d.s[1:])
	f, _ := strconv.Atoi((d.s[1:1+min(n, 9)] + "000000000")[:9])
	d.nano = f
	d.s = d.s[1+n:]
}

// compactTime reads hhmmss or hhmm.
func (d *dateReader) compactTime(n int) {
	d.clock = true
	d.hour, d.min = d.take(2), d.take(2)
	if n == 6 {
		d.sec = d.take(2)
		d.fraction()
	}
}

// compactDate reads YYYYMMDD.
func (d *dateReader) compactDate() {
	d.setYear(d.take(4), 4)
	d.month, d.day = d.take(2), d.take(2)
}

// iso reads a date that begins with its year: 2003-12-31, 2003-12, 2003-365,
// 2003-W52-3.
func (d *dateReader) iso(sep byte) {
	d.setYear(d.take(4), 4)
	d.s = d.s[1:]
	if d.s[0] == 'W' {
		d.week()
		return
	}
	n := digitsIn(d.s)
	switch v := d.take(n); {
	case n == 3: // day of the year
		t := time.Date(d.year, 1, v, 0, 0, 0, 0, time.UTC)
		d.month, d.day = int(t.Month()), t.Day()
		d.bad = d.bad || t.Year() != d.year || v == 0
	case n > 2:
		d.bad = true
	default:
		d.month = v
		if len(d.s) > 1 && d.s[0] == sep && startsDigit(d.s[1:]) {
			d.s = d.s[1:]
			n = digitsIn(d.s)
			d.day = d.take(n)
			d.bad = d.bad || n > 2
		} else {
			d.day = 1
		}
	}
}

// week reads a week date (ISO 8601): W52, W52-3.
func (d *dateReader) week() {
	d.s = d.s[1:]
	n := digitsIn(d.s)
	if n == 0 || n > 3 {
		d.bad = true
		return
	}
	w, day := d.take(min(n, 2)), 1
	switch {
	case n == 3:
		day = d.take(1)
	case len(d.s) > 1 && d.s[0] == '-' && startsDigit(d.s[1:]):
		d.s = d.s[1:]
		day = d.take(1)
	}
	if w < 1 || w > 53 || day < 1 || day > 7 {
		d.bad = true
		return
	}
	first := time.Date(d.year, 1, 4, 0, 0, 0, 0, time.UTC) // is in week 1
	monday := first.AddDate(0, 0, -(int(first.Weekday())+6)%7)
	t := monday.AddDate(0, 0, 7*(w-1)+day-1)
	d.year, d.month, d.day = t.Year(), int(t.Month()), t.Day()
}

// numeric reads a date of numbers with the year last. Points stand between day
// and month in this order; with other signs the numbers must tell.
func (d *dateReader) numeric(sep byte) {
	a := d.take(digitsIn(d.s))
	d.s = d.s[1:]
	b := d.take(min(digitsIn(d.s), 9))
	if len(d.s) < 2 || d.s[0] != sep || !startsDigit(d.s[1:]) {
		d.bad = true
		return
	}
	d.s = d.s[1:]
	n := digitsIn(d.s)
	d.setYear(d.take(n), n)
	switch {
	case n != 2 && n != 4:
		d.bad = true
	case sep == '.' || a > 12 || a == b:
		d.day, d.month = a, b
	case b > 12:
		d.day, d.month = b, a
	default:
		d.bad = true
	}
}
