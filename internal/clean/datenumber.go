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
	empty := d.year < 0 && d.month < 0 && d.day < 0 && d.either == nil
	switch {
	case n <= 2 && follows(rest, ":"):
		d.readTime(n)
	case n <= 2 && d.dated() && !d.clock && (follows(rest, ".") || hourSign(rest)):
		d.readTime(n)
	case d.dated() && !d.clock && (n == 6 || n == 4 && (d.tee || followedByZone(rest))):
		d.compactTime(n)
	case empty && (n == 14 || n == 12 || n == 8 || n == 7 || n == 6):
		d.compactDate(n)
	case empty && n == 4 && (follows(rest, "-/.") || len(rest) > 2 && rest[0] == '-' && rest[1]|0x20 == 'w'):
		d.yearFirst(rest[0])
	case empty && n == 4 && strings.HasPrefix(rest, ". ") && startsDigit(rest[2:]):
		d.s = d.s[:n+1] + strings.Replace(rest[2:], ". ", ".", 1)
		d.yearFirst('.')
	case empty && n == 4 && len(rest) > 1 && rest[0]|0x20 == 'w' && startsDigit(rest[1:]):
		d.setYear(d.take(4), 4)
		d.week()
	case empty && n <= 2 && follows(rest, "-/."):
		d.threeNumbers(rest[0])
	default:
		d.plain(n)
	}
}

// hourSign reports whether s begins with the h of "14h30", "14 h" and "14 h 30".
func hourSign(s string) bool {
	s = strings.TrimPrefix(s, " ")
	return s != "" && s[0]|0x20 == 'h' && (len(s) == 1 || !letter(s[1]) && s[1] < utf8.RuneSelf)
}

// follows reports whether s begins with one of some signs and then a digit.
func follows(s, signs string) bool {
	return len(s) > 1 && strings.IndexByte(signs, s[0]) >= 0 && startsDigit(s[1:])
}

// followedByZone reports whether a zone comes next.
func followedByZone(s string) bool {
	s = strings.TrimLeft(s, " ")
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return startsDigit(s[1:])
	}
	w, _, _ := strings.Cut(s, " ")
	return knownZone(w)
}

// plain reads a number by itself, and the sign of year, month or day that
// follows it in Chinese, Japanese and Korean.
func (d *dateReader) plain(n int) {
	v := d.take(n)
	sign, size := utf8.DecodeRuneInString(strings.TrimLeft(d.s, " "))
	if d.signed(v, n, sign) {
		d.s = strings.TrimLeft(d.s, " ")[size:]
		return
	}
	switch {
	case n <= 2 && d.day < 0 && !d.dated():
		d.day = v
	case n >= 2 && n <= 4 && d.year < 0 && d.day >= 0 || n == 4 && d.year < 0:
		d.setYear(v, n)
		d.bad = d.bad || d.either != nil
	case n <= 2 && d.dated() && !d.clock && (d.tee || d.hourFollows()):
		d.clock, d.hour = true, v
		d.hourFraction()
	default:
		d.bad = true
	}
}

// hourFollows reports whether a word that goes with a number of hours is next.
func (d *dateReader) hourFollows() bool {
	if d.half > 0 {
		return true
	}
	w := strings.ToLower(strings.TrimLeft(d.s, " "))
	for _, hour := range [...]string{"am", "pm", "a.m", "p.m", "uhr", "uur", "heure", "óra", "ч"} {
		if strings.HasPrefix(w, hour) {
			return true
		}
	}
	return false
}

// signed takes a number that a sign of its meaning follows.
func (d *dateReader) signed(v, digits int, sign rune) bool {
	switch sign {
	case '年', '년':
		if d.era > 0 {
			v, digits = d.era+v, 4
		}
		d.bad = d.bad || d.year >= 0 || digits == 1
		d.setYear(v, digits)
	case '月', '월':
		d.bad = d.bad || d.month >= 0
		d.month = v
	case '日', '号', '號', '일':
		d.bad = d.bad || d.day >= 0
		d.day = v
	case '時', '时', '點', '点', '시':
		d.bad = d.bad || d.clock
		d.clock, d.hour = true, v
	case '分', '분':
		d.min = v
	case '秒', '초':
		d.sec = v
	default:
		return false
	}
	if sign >= '가' && d.zoneName == "" {
		d.zoneName = "KST"
	}
	return true
}

func (d *dateReader) setYear(v, digits int) {
	d.year, d.digits = v, digits
}

// readTime reads hours, minutes and perhaps seconds with a fraction.
func (d *dateReader) readTime(n int) {
	d.bad = d.bad || d.clock
	d.clock = true
	d.hour = d.take(n)
	d.s = strings.TrimPrefix(d.s, " ")
	sep := d.s[0]
	d.s = d.s[1:]
	if sep|0x20 == 'h' && follows(d.s, " ") && digitsIn(d.s[1:]) == 2 {
		d.s = d.s[1:]
	}
	if n = digitsIn(d.s); n == 0 && sep|0x20 == 'h' { // "14h", "14 h 30"
		return
	}
	d.bad = d.bad || n > 2
	d.min = d.take(min(n, 2))
	switch {
	case follows(d.s, ":"), sep == '.' && follows(d.s, "."), sep|0x20 == 'h' && follows(d.s, "mM"):
		d.s = d.s[1:]
		n = digitsIn(d.s)
		d.bad = d.bad || n > 2
		d.sec = d.take(min(n, 2))
		d.nano = int(d.fraction() * 1e9)
	case sep == ':' && follows(d.s, ".,"): // of a minute (ISO 8601 §5.3.1.4)
		d.addSeconds(60 * d.fraction())
	}
}

// addSeconds adds a fraction of an hour or a minute.
func (d *dateReader) addSeconds(f float64) {
	t := time.Duration(f*1e6+0.5) * time.Microsecond
	d.min += int(t / time.Minute)
	d.sec = int(t % time.Minute / time.Second)
	d.nano = int(t % time.Second)
}

// hourFraction reads the fraction of an hour.
func (d *dateReader) hourFraction() {
	if d.tee && follows(d.s, ",.") {
		d.addSeconds(3600 * d.fraction())
	}
}

// fraction reads a decimal fraction, to the nanosecond of a second.
func (d *dateReader) fraction() float64 {
	if !follows(d.s, ".,") {
		return 0
	}
	n := digitsIn(d.s[1:])
	f, _ := strconv.ParseFloat("0."+d.s[1:1+min(n, 9)], 64)
	d.s = d.s[1+n:]
	return f
}

// compactTime reads hhmmss or hhmm.
func (d *dateReader) compactTime(n int) {
	d.clock = true
	d.hour, d.min = d.take(2), d.take(2)
	if n == 6 {
		d.sec = d.take(2)
		d.nano = int(d.fraction()*1e9 + 0.5)
	} else if follows(d.s, ".,") {
		d.addSeconds(60 * d.fraction())
	}
}

// compactDate reads YYYYMMDD, perhaps with hhmm or hhmmss, YYYYDDD, and YYMMDD
// where that can't be YYYYMM.
func (d *dateReader) compactDate(n int) {
	if n == 6 {
		if year, _ := strconv.Atoi(d.s[:4]); year >= 1900 && year < 2100 && d.s[4:6] <= "12" {
			d.bad = true
			return
		}
		d.setYear(d.take(2), 2)
		d.month, d.day = d.take(2), d.take(2)
		return
	}
	d.setYear(d.take(4), 4)
	if n == 7 {
		d.ordinal(d.take(3))
		return
	}
	d.month, d.day = d.take(2), d.take(2)
	if n > 8 {
		d.compactTime(n - 8)
	}
}

// ordinal takes the day of the year.
func (d *dateReader) ordinal(v int) {
	t := date(d.year, time.January, v)
	d.month, d.day = int(t.Month()), t.Day()
	d.bad = d.bad || t.Year() != d.year || v == 0
}

// yearFirst reads a date that begins with its year: 2003-12-31, 2003-12,
// 2003-365, 2003-W52-3.
func (d *dateReader) yearFirst(sep byte) {
	d.setYear(d.take(4), 4)
	d.s = d.s[1:]
	if d.s[0]|0x20 == 'w' {
		d.week()
		return
	}
	n := digitsIn(d.s)
	v := d.take(n)
	if n == 3 && (v > 12 || d.s == "" || d.s[0] != '-') || n > 3 || d.s != "" && d.s[0] == 'W' {
		d.bad = d.bad || n != 3 || sep != '-'
		if !d.bad {
			d.ordinal(v)
		}
		return
	}
	d.month = v
	if !follows(d.s, string(sep)) {
		if d.s != "" { // "2003-12 …" is no day
			d.bad = true
		}
		d.bad = d.bad || n != 2
		d.day = 1
		return
	}
	d.s = d.s[1:]
	n = digitsIn(d.s)
	d.day = d.take(n)
	d.bad = d.bad || n > 2 || follows(d.s, "-/") && !(len(d.s) == 6 && d.s[3] == ':')
}

// week reads a week date (ISO 8601 §5.2.3): W52, W52-3, W523.
func (d *dateReader) week() {
	d.s = d.s[1:]
	n := digitsIn(d.s)
	if n != 2 && n != 3 {
		d.bad = true
		return
	}
	w, day := d.take(2), 1
	switch {
	case n == 3:
		day = d.take(1)
	case follows(d.s, "-"):
		d.s = d.s[1:]
		day = d.take(1)
	}
	first := date(d.year, time.January, 4) // is in week 1
	monday := first.AddDate(0, 0, -(int(first.Weekday())+6)%7)
	t := monday.AddDate(0, 0, 7*(w-1)+day-1)
	year, week := t.ISOWeek()
	d.bad = d.bad || day < 1 || day > 7 || week != w || year != d.year
	d.year, d.month, d.day = t.Year(), int(t.Month()), t.Day()
}

// threeNumbers reads a date of numbers that doesn't begin with a year of four
// digits, and notes all that it may mean.
func (d *dateReader) threeNumbers(sep byte) {
	a := d.take(digitsIn(d.s))
	d.s = d.s[1:]
	b := d.take(digitsIn(d.s))
	if !follows(d.s, string(sep)) {
		d.bad = true
		return
	}
	d.s = d.s[1:]
	n := digitsIn(d.s)
	c := d.take(n)
	d.bad = d.bad || n != 2 && n != 4 || follows(d.s, "-/.")
	d.digits, d.short = 4, n == 2
	year := func(v int) int {
		switch {
		case n == 4:
			return v
		case v < 50:
			return 2000 + v
		}
		return 1900 + v
	}
	d.either = append(d.either, [3]int{year(c), b, a})
	if sep != '.' {
		d.either = append(d.either, [3]int{year(c), a, b})
	}
	if n == 2 {
		d.either = append(d.either, [3]int{year(a), b, c})
	}
}

// decide chooses what three numbers mean: what the calendar has, what lies in
// the time of feeds if the century is not given, what fits the weekday. Points
// with "Uhr" are German, where the day is first.
func (d *dateReader) decide() {
	if d.either == nil {
		return
	}
	left := keepDates(d.either, func(x [3]int) bool { return exists(x[0], x[1], x[2]) })
	if len(left) > 1 && d.short {
		left = keepDates(left, func(x [3]int) bool { return x[0] >= 1990 && x[0] < 2030 })
	}
	if len(left) > 1 && d.german {
		left = left[:1]
	}
	if len(left) > 1 && d.weekday >= 0 {
		left = keepDates(left, func(x [3]int) bool { return int(date(x[0], time.Month(x[1]), x[2]).Weekday()) == d.weekday })
	}
	if len(left) != 1 {
		d.bad = true
		return
	}
	d.year, d.month, d.day = left[0][0], left[0][1], left[0][2]
}

// keepDates is those of some dates that are wanted, each once.
func keepDates(list [][3]int, wanted func([3]int) bool) [][3]int {
	var out [][3]int
	for _, x := range list {
		if wanted(x) && !(len(out) > 0 && out[len(out)-1] == x) {
			out = append(out, x)
		}
	}
	return out
}
