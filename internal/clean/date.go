package clean

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ParseDate reads a date of a feed, in UTC. It knows RFC 822, 850, 1123, 3339
// and 9557, ISO 8601 (calendar, ordinal and week dates, basic, extended, reduced
// and truncated forms, fractions), asctime and its kin, Unix seconds and
// smaller units, and what people make of these: other orders, names of months
// and days in many languages, missing seconds, times or weekdays, years of two
// or three digits, halves of the day, names of zones.
//
// It is never wrong knowingly. The date is unknown, which is the zero time,
//
//   - where a part is impossible: 31 February, 25 o'clock, a 53rd week too many;
//   - where day and month could be told apart only by guessing: 3/4/2005 is
//     known with its weekday alone, 3.4.2005 is 3 April everywhere;
//   - where a zone has a name that nobody knows, or that has several meanings
//     and none by RFC 822 (IST), or contradicts the offset beside it;
//   - where something is left over that has no meaning in a date.
//
// A wrong weekday is overlooked. 24:00 is the end of the day, a 60th second the
// beginning of the next minute. A date without zone is taken to be UTC, for RFC
// 822, RFC 3339 and W3CDTF demand one and those who leave it out mostly mean it;
// but one with Korean words is in Korea's only zone. One without time is
// midnight. Years of two digits are from 1950 to 2049, of three since 1900 (RFC
// 5322 §4.3). The beginning of 1970 and years before 1900 are what programs write
// for want of a date.
func ParseDate(s string) time.Time {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 200 {
		return time.Time{}
	}
	if t, ok := standardDate(s); ok {
		return sound(t)
	}
	s = strings.TrimSpace(plainDate(s))
	if i := strings.Index(s, ". m."); i > 0 { // "10:00 a. m."
		s = s[:i+1] + s[i+2:]
	}
	if t, ok := unixDate(s); ok {
		return sound(t)
	}
	s = shortZone(s)
	d := dateReader{s: s, month: -1, day: -1, year: -1, weekday: -1}
	d.truncated()
	d.read()
	return sound(d.time())
}

// standardDate reads what nearly all feeds write, and fast: RFC 3339 and RFC 1123.
func standardDate(s string) (time.Time, bool) {
	switch {
	case len(s) >= 20 && s[4] == '-':
		t, err := time.Parse(time.RFC3339, s)
		return t, err == nil && !wild(s)
	case len(s) >= 28 && s[3] == ',' && strings.HasSuffix(s, " GMT"):
		t, err := time.Parse("Mon, 2 Jan 2006 15:04:05", s[:len(s)-len(" GMT")])
		return t, err == nil
	case len(s) >= 30 && s[3] == ',' && (s[len(s)-5] == '+' || s[len(s)-5] == '-'):
		t, err := time.Parse("Mon, 2 Jan 2006 15:04:05 -0700", s)
		zone := s[len(s)-5:]
		return t, err == nil && zone[3] <= '5' && (zone[0] == '+' && zone <= "+1400" || zone[0] == '-' && zone <= "-1200")
	}
	return time.Time{}, false
}

// wild reports whether an RFC 3339 time has an offset that no place on earth has.
func wild(s string) bool {
	zone := s[len(s)-6:]
	return zone[0] == '+' && zone > "+14:00" || zone[0] == '-' && zone > "-12:00"
}

// sound is t in UTC, or the zero time if t can't be meant.
func sound(t time.Time) time.Time {
	t = t.UTC()
	if t.Year() < 1900 || t.Year() > 9999 || t.Unix() == 0 {
		return time.Time{}
	}
	return t
}

// plainDate is s with digits and punctuation of any script in ASCII, and
// without what can't be seen.
func plainDate(s string) string {
	ascii := true
	for i := 0; i < len(s) && ascii; i++ {
		ascii = s[i] < utf8.RuneSelf && s[i] >= ' '
	}
	if ascii {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r < utf8.RuneSelf && r >= ' ':
			return r
		case unicode.IsDigit(r):
			return '0' + digitValue(r)
		case '！' <= r && r <= '～': // full width
			return r - '！' + '!'
		case r == '−' || r == '‐' || r == '‑':
			return '-'
		case unicode.IsSpace(r), r == '–', r == '—', r == 'º', r == 'ª', r == '°':
			return ' '
		case unicode.In(r, unicode.Cf, unicode.Cc):
			return -1
		}
		return r
	}, s)
}

// digitValue is the value of a decimal digit: those of a script stand in a row
// of ten, and begin a range of Unicode's digits.
func digitValue(r rune) rune {
	v := rune(0)
	for v < 9 && unicode.IsDigit(r-v-1) {
		v++
	}
	return v
}

// unixDate reads the time since 1970, in seconds or, with more digits, in
// thousandths and smaller parts of them. It leaves alone what may be a date in
// digits.
func unixDate(s string) (time.Time, bool) {
	if inner, ok := strings.CutPrefix(s, "/Date("); ok { // as JSON of .NET writes
		s, _, _ = strings.Cut(inner, ")")
		if digitsIn(s) < 12 {
			return time.Time{}, false
		}
		s = s[:digitsIn(s)]
	}
	s = strings.TrimPrefix(s, "@")
	whole, fraction, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || digitsIn(whole) != len(whole) || digitsIn(fraction) != len(fraction) || fraction != "" && len(whole) > 10 {
		return time.Time{}, false
	}
	switch len(whole) {
	case 9:
		return time.Unix(n, 0), true
	case 10:
		if day, err := time.Parse("2006010215", whole); err == nil { // or is it that?
			if day.Year() > 1900 {
				return time.Time{}, true
			}
		}
		f, _ := strconv.ParseFloat("0."+fraction+"0", 64)
		return time.Unix(n, int64(f*1e9+0.5)), true
	case 12, 13:
		if _, err := time.Parse("200601021504", whole); err == nil {
			return time.Time{}, false
		}
		return time.UnixMilli(n), true
	case 16:
		return time.UnixMicro(n), true
	case 19:
		return time.Unix(0, n), true
	}
	return time.Time{}, false
}

// time puts the parts together; zero if they don't make a date.
func (d *dateReader) time() time.Time {
	d.decide()
	d.complete()
	if d.bad || d.odd && !d.zoned || d.year < 0 || d.month < 1 || d.day < 1 || !d.daytime() || !exists(d.year, d.month, d.day) {
		return time.Time{}
	}
	local := time.Date(d.year, time.Month(d.month), d.day, d.hour, d.min, d.sec, d.nano, time.UTC)
	if d.place != nil {
		return time.Date(d.year, time.Month(d.month), d.day, d.hour, d.min, d.sec, d.nano, d.place)
	}
	if d.zoneName != "" && !d.offsetGiven {
		d.offset, _ = zoneOffset(d.zoneName, local)
	}
	return local.Add(-time.Duration(d.offset) * time.Second)
}

// complete fills in what a date may lack: the century, and with a year of four
// digits the day and month, if there is nothing in the date but that.
func (d *dateReader) complete() {
	switch {
	case d.year < 0:
		return
	case d.digits == 2 && d.year < 50:
		d.year += 2000
	case d.digits == 2, d.digits == 3:
		d.year += 1900
	}
	if d.digits != 4 || d.clock || d.strange || d.zoned || d.odd || d.weekday >= 0 {
		return
	}
	if d.month < 0 && d.day < 0 {
		d.month = 1
	}
	if d.day < 0 {
		d.day = 1
	}
}

// daytime puts hours of a half of the day right, and reports whether the time
// exists.
func (d *dateReader) daytime() bool {
	switch {
	case d.half > 0 && !d.clock:
		return false
	case d.half == 2 && d.hour < 12:
		d.hour += 12
	case d.half == 1 && d.hour == 12:
		d.hour = 0
	case d.half == 1 && d.hour > 12:
		return false
	}
	return d.min <= 59 && d.sec <= 60 && (d.hour <= 23 || d.hour == 24 && d.min+d.sec+d.nano == 0)
}

// exists reports whether a day is in the calendar.
func exists(year, month, day int) bool {
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return false
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() == day
}
