package clean

import (
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a date means the same on a machine without one
)

// zone takes the name of a zone. One that isn't known makes the date unknown,
// unless an offset in digits stands beside it; one that contradicts the offset
// does too, but for "GMT" and the like before the offset.
func (d *dateReader) zone(name string) {
	name = strings.TrimSpace(name)
	if strings.Contains(name, "/") {
		d.placeName(name)
		return
	}
	shouted := name == strings.ToUpper(name)
	name = strings.ToUpper(name)
	switch {
	case !knownZone(name):
		// A name that is unknown beside an offset is none of our business, but
		// "+02:00extra" is no name.
		d.odd = true
		d.bad = d.bad || d.offsetGiven && (len(name) > 5 || len(name) < 2 || !shouted)
	case d.offsetGiven:
		d.bad = d.bad || !d.agrees(name)
	case d.zoned:
		d.bad = d.bad || name != d.zoneName
	default:
		d.zoned, d.zoneName = true, name
	}
}

// longZones are names of zones in full, as Windows and browsers write them, with their
// short ones.
const longZones = `
GMT greenwich mean
UTC coordinated universal
EST eastern standard
EDT eastern daylight
CST central standard
CDT central daylight
MST mountain standard
MDT mountain daylight
PST pacific standard
PDT pacific daylight
AKST alaskan standard
AKDT alaskan daylight
HST hawaii standard
AST atlantic standard
ADT atlantic daylight
CET central european standard
CEST central european summer
EET eastern european standard
EEST eastern european summer
WET western european standard
WEST western european summer
BST british summer
JST japan standard
KST korean standard
AEST australian eastern standard
AEDT australian eastern daylight
NZST new zealand standard
NZDT new zealand daylight
MSK moscow standard
SAST south africa standard
`

// shortZones are short names by long ones.
var shortZones = sync.OnceValue(func() map[string]string {
	m := make(map[string]string)
	for line := range strings.Lines(strings.TrimSpace(longZones)) {
		short, long, _ := strings.Cut(strings.TrimSpace(line), " ")
		m[long+" time"] = short
	}
	return m
})

// shortZone is s with a zone's short name for one in full at its end, in parentheses
// or not; beside an offset in digits, a name is none of our business.
func shortZone(s string) string {
	lower := strings.ToLower(strings.TrimRight(s, " )"))
	if len(lower) > len(s) || !strings.HasSuffix(lower, " time") {
		return s
	}
	for i := range lower {
		if i == 0 || lower[i-1] == ' ' || lower[i-1] == '(' {
			if short := shortZones()[lower[i:]]; short != "" && !offsetBefore(s[:i]) {
				return s[:i] + short + s[len(lower):]
			}
		}
	}
	return s
}

// offsetBefore reports whether s ends with an offset in digits.
func offsetBefore(s string) bool {
	s = strings.TrimRight(s, " (")
	digits := strings.TrimRight(s, "0123456789:")
	return len(digits) < len(s) && (strings.HasSuffix(digits, "+") || strings.HasSuffix(digits, "-"))
}

// agrees reports whether a named zone may have the offset that was given.
func (d *dateReader) agrees(name string) bool {
	for _, month := range [...]time.Month{time.January, time.July} {
		if offset, _ := zoneOffset(name, time.Date(max(d.year, 1970), month, 1, 0, 0, 0, 0, time.UTC)); offset == d.offset {
			return true
		}
	}
	return false
}

// placeName takes the name of a place in the tz database, of which d.s may hold
// the rest.
func (d *dateReader) placeName(name string) {
	n := 0
	for n < len(d.s) && (letter(d.s[n]) || strings.IndexByte("/_+-0123456789", d.s[n]) >= 0) {
		n++
	}
	name += d.s[:n]
	d.s = d.s[n:]
	switch upper := strings.ToUpper(name); upper {
	case "ETC/GMT", "ETC/UTC", "GMT/UTC", "ETC/UCT", "UTC/GMT":
		d.zone("UTC")
		return
	}
	place, err := time.LoadLocation(name)
	if err != nil || d.zoned && !d.offsetGiven {
		d.odd = true
		d.bad = d.zoned
		return
	}
	if !d.zoned {
		d.zoned, d.place = true, place
	}
}

// readOffset reads +hh:mm, +hhmm, +hmm, +hh, +h or +hh:mm:00.
func (d *dateReader) readOffset() {
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
		m = d.more(':')
		d.bad = d.bad || d.more(':') != 0
	case 3, 4:
		h, m = d.take(n-2), d.take(2)
	default:
		d.bad = true
		return
	}
	offset := sign * (h*3600 + m*60)
	utc := d.zoneName == "GMT" || d.zoneName == "UTC" || d.zoneName == "UT"
	d.bad = d.bad || m > 59 || offset > 14*3600 || offset < -12*3600 || d.offsetGiven || d.place != nil
	named := d.zoned
	d.zoned, d.odd, d.offsetGiven, d.offset = true, false, true, offset
	if named && !utc && !d.bad {
		d.bad = !d.agrees(d.zoneName)
	}
}

// more is the number of two digits that follows a sign, 0 if none does.
func (d *dateReader) more(sign byte) int {
	if len(d.s) < 3 || d.s[0] != sign || digitsIn(d.s[1:]) != 2 {
		return 0
	}
	d.s = d.s[1:]
	return d.take(2)
}

// knownZone reports whether a zone's name has one meaning.
func knownZone(name string) bool {
	_, ok := zoneOffset(strings.ToUpper(name), time.Time{})
	return ok
}

// zoneOffset is the offset of a zone's name, in upper case, in seconds east of
// UTC, at a local time. Names with several meanings are not known, but for those
// that RFC 822 gives to North America. Nor are the single letters of RFC 822,
// because it got their signs wrong (RFC 5322 §4.3).
func zoneOffset(name string, local time.Time) (offset int, ok bool) {
	const h = 3600
	switch name {
	case "ET", "CT", "MT", "PT", "AT", "AKT":
		return generic(name, local), true
	case "МСК":
		return russian("MSK", local), true
	case "MSK", "YEKT", "OMST", "KRAT", "IRKT", "YAKT", "VLAT":
		return russian(name, local), true
	case "VET":
		if local.After(date(2007, time.December, 9)) && local.Before(date(2016, time.May, 1)) {
			return -4*h - 1800, true
		}
		return -4 * h, true
	}
	offset, ok = zoneOffsets()[name]
	return offset, ok
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// generic is the offset of a zone of North America whose name says nothing of
// summer: summer time is from the second Sunday of March to the first of
// November, before 2007 from the first Sunday of April to the last of October.
func generic(name string, local time.Time) int {
	standard := map[string]int{"AT": -4, "ET": -5, "CT": -6, "MT": -7, "PT": -8, "AKT": -9}[name] * 3600
	begin, end := sundayFrom(local.Year(), time.March, 8), sundayFrom(local.Year(), time.November, 1)
	if local.Year() < 2007 {
		begin, end = sundayFrom(local.Year(), time.April, 1), sundayFrom(local.Year(), time.October, 25)
	}
	if !local.Before(begin.Add(2*time.Hour)) && local.Before(end.Add(2*time.Hour)) {
		return standard + 3600
	}
	return standard
}

// sundayFrom is the first Sunday from a day on.
func sundayFrom(year int, month time.Month, day int) time.Time {
	t := date(year, month, day)
	return t.AddDate(0, 0, (7-int(t.Weekday()))%7)
}

// russian is the offset of a zone of Russia, which had summer all year from
// March 2011 to October 2014.
func russian(name string, local time.Time) int {
	hours := map[string]int{"MSK": 3, "YEKT": 5, "OMST": 6, "KRAT": 7, "IRKT": 8, "YAKT": 9, "VLAT": 10}[name]
	if local.After(date(2011, time.March, 27)) && local.Before(date(2014, time.October, 26)) {
		hours++
	}
	return hours * 3600
}
