package clean

import (
	"strings"
	"testing"
	"time"
)

// dates are strings as feeds have them, and what they mean; empty: unknown.
var dates = []struct{ in, want string }{
	// The standards.
	{"2003-12-31T10:14:55Z", "2003-12-31T10:14:55Z"},
	{"2003-12-31T10:14:55.25-08:00", "2003-12-31T18:14:55.25Z"},
	{"2003-12-31t10:14:55z", "2003-12-31T10:14:55Z"},
	{"2003-12-31 10:14:55", "2003-12-31T10:14:55Z"},
	{"2003-12-31T10:14:55+0530", "2003-12-31T04:44:55Z"},
	{"2003-12-31T10:14:55+05", "2003-12-31T05:14:55Z"},
	{"2003-12-31T10:14Z", "2003-12-31T10:14:00Z"},
	{"2003-12-31T10Z", "2003-12-31T10:00:00Z"},
	{"2003-12-31T24:00:00Z", "2004-01-01T00:00:00Z"},
	{"2003-12-31", "2003-12-31T00:00:00Z"},
	{"2003-12-31+02:00", "2003-12-30T22:00:00Z"},
	{"2003-12-31-05:00", "2003-12-31T05:00:00Z"},
	{"2003-12", "2003-12-01T00:00:00Z"},
	{"2003", "2003-01-01T00:00:00Z"},
	{"2003-335", "2003-12-01T00:00:00Z"},
	{"2004-W53-6", "2005-01-01T00:00:00Z"},
	{"2004W537", "2005-01-02T00:00:00Z"},
	{"2005-W01", "2005-01-03T00:00:00Z"},
	{"20031231", "2003-12-31T00:00:00Z"},
	{"20031231T101455Z", "2003-12-31T10:14:55Z"},
	{"20031231T1014+0100", "2003-12-31T09:14:00Z"},
	{"20031231101455", "2003-12-31T10:14:55Z"},
	{"Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z"},
	{"Thu, 1 Jan 2004 19:48 +0100", "2004-01-01T18:48:00Z"},
	{"01 Jan 04 19:48:21 EST", "2004-01-02T00:48:21Z"},
	{"Thursday, 01-Jan-04 19:48:21 GMT", "2004-01-01T19:48:21Z"},
	{"Thu Jan  1 19:48:21 2004", "2004-01-01T19:48:21Z"},
	{"Thu Jan 01 19:48:21 EST 2004", "2004-01-02T00:48:21Z"},
	{"Thu Jan 01 19:48:21 +0000 2004", "2004-01-01T19:48:21Z"},
	{"1072986501", "2004-01-01T19:48:21Z"},
	{"1072986501000", "2004-01-01T19:48:21Z"},

	// What people make of them.
	{"  Thu, 01 Jan 2004 19:48:21 GMT\n", "2004-01-01T19:48:21Z"},
	{"01 Jan 2004", "2004-01-01T00:00:00Z"},
	{"January 5, 2004 7:48 PM", "2004-01-05T19:48:00Z"},
	{"Jan 5 2004 12:05 a.m. PST", "2004-01-05T08:05:00Z"},
	{"Thu, 01 Jan 2004 19:48:21 GMT+0200 (CEST)", "2004-01-01T17:48:21Z"},
	{"Thu Jan 01 2004 19:48:21 GMT-0500 (Eastern Standard Time)", "2004-01-02T00:48:21Z"},
	{"Thu, 01 Jan 2004 19:48:21 -700", "2004-01-02T02:48:21Z"},
	{"Fri, 30 Feb 2004 10:00:00 GMT", ""},
	{"Mon, 05 Jan 2004 19:48:21 UTC", "2004-01-05T19:48:21Z"}, // was a Monday
	{"Sun, 05 Jan 2004 19:48:21 UTC", "2004-01-05T19:48:21Z"}, // wasn't a Sunday
	{"2004/01/05 19:48:21", "2004-01-05T19:48:21Z"},
	{"31/12/2003 10:00", "2003-12-31T10:00:00Z"},
	{"12/31/2003 10:00 AM", "2003-12-31T10:00:00Z"},
	{"31.12.2003 10:00", "2003-12-31T10:00:00Z"},
	{"05.01.04, 10.30 Uhr", "2004-01-05T10:30:00Z"},
	{"31-12-2003 10:00:00", "2003-12-31T10:00:00Z"},
	{"Sat, 13 Mar 2010 15:48:60 UT", "2010-03-13T15:49:00Z"},
	{"1st of March 2010", "2010-03-01T00:00:00Z"},
	{"Thu, 01 Jan 70 00:00:01 GMT", "1970-01-01T00:00:01Z"},
	{"Mon, 19 Jan 2038 03:14:07 GMT", "2038-01-19T03:14:07Z"}, // the future is kept
	{"1 January 2030 A", ""},                                  // west by RFC 822, east by everybody else

	// Other languages.
	{"Do, 01 Jän 2004", "2004-01-01T00:00:00Z"}, // as Austrians write
	{"Mittwoch, 3. März 2010 15:48 Uhr", "2010-03-03T15:48:00Z"},
	{"3. Dezember 2010", "2010-12-03T00:00:00Z"},
	{"Mi, 05 Mai 2010 10:00:00 +0200", "2010-05-05T08:00:00Z"},
	{"mar. 2 févr. 2010 14h30", "2010-02-02T14:30:00Z"}, // mar. is Tuesday
	{"1er août 2010", "2010-08-01T00:00:00Z"},
	{"mar, 02 mar 2010 10:00:00 +0100", "2010-03-02T09:00:00Z"},
	{"miércoles, 5 de mayo de 2010 10:00", "2010-05-05T10:00:00Z"},
	{"lun, 3 ene 2011 10:00:00 GMT", "2011-01-03T10:00:00Z"},
	{"gio, 06 gen 2011 10:00:00 CET", "2011-01-06T09:00:00Z"},
	{"7 ottobre 2010", "2010-10-07T00:00:00Z"},
	{"terça-feira, 9 de março de 2010", "2010-03-09T00:00:00Z"},
	{"Qui, 02 Set 2010 10:00:00 -0300", "2010-09-02T13:00:00Z"},
	{"Пт, 05 мар 2010 10:00:00 +0300", "2010-03-05T07:00:00Z"},
	{"5 сентября 2010 г. 10:00 MSK", "2010-09-05T07:00:00Z"},
	{"za, 06 mrt 2010 10:00:00 +0100", "2010-03-06T09:00:00Z"},
	{"6 października 2010", "2010-10-06T00:00:00Z"},
	{"2004년 5월 28일 오후 6:31:35", "2004-05-28T09:31:35Z"},
	{"2004年5月28日 10:00", "2004-05-28T10:00:00Z"},

	// Unknown rather than wrong.
	{"", ""},
	{"yesterday", ""},
	{"03/04/2005", ""},                      // March or April
	{"Thu, 01 Jan 2004 19:48:21 XYZT", ""},  // no such zone
	{"Thu, 01 Jan 2004 19:48:21 IST", ""},   // India, Ireland or Israel
	{"Thu, 01 Jan 2004 25:00:00 GMT", ""},   // no such hour
	{"Thu, 32 Jan 2004 10:00:00 GMT", ""},   // no such day
	{"2004-13-01T00:00:00Z", ""},            // no such month
	{"2003-366", ""},                        // no such day of the year
	{"Thu, 01 Jan 2004 10:00:00 +9900", ""}, // no such offset
	{"0001-01-01T00:00:00Z", ""},            // a program's zero
	{"0000-00-00 00:00:00", ""},             // a database's
	{"1970-01-01T00:00:00Z", ""},            // Unix's
	{"Thu, 01 Jan 1970 00:00:00 +0000", ""}, // and again
	{"99999999999999999999", ""},            // digits
	{"2004-01-01T10:00:00Z 2005-01-01", ""}, // two dates
	{"10:14:55", ""},                        // no date
	{"Invalid Date", ""},                    // JavaScript's
	{"Thu, 01 Foo 2004 19:48:21 GMT", ""},   // no such month
}

func TestParseDate(t *testing.T) {
	for _, d := range dates {
		checkDate(t, d.in, d.want)
	}
}

// TestParseMoreDates goes over moreDates.
func TestParseMoreDates(t *testing.T) {
	n := 0
	escapes := strings.NewReplacer(`\|`, "|", `\u200e`, "\u200e")
	for line := range strings.Lines(moreDates) {
		i := strings.LastIndex(line, "|")
		if i < 0 || strings.HasPrefix(line, "#") {
			continue
		}
		n++
		checkDate(t, escapes.Replace(strings.TrimSpace(line[:i])), strings.TrimSpace(line[i+1:]))
	}
	if n < 350 {
		t.Errorf("%d dates", n)
	}
}

func checkDate(t *testing.T, in, want string) {
	t.Helper()
	got := ""
	if at := ParseDate(in); !at.IsZero() {
		got = at.Format(time.RFC3339Nano)
	}
	if got != want {
		t.Errorf("%q: got %q, want %q", in, got, want)
	}
}

// FuzzParseDate asks that no string makes ParseDate panic, that every date it
// gives is one that feeds may mean, and that it reads its own dates back.
func FuzzParseDate(f *testing.F) {
	for _, d := range dates {
		f.Add(d.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at := ParseDate(s)
		if at.IsZero() {
			return
		}
		if at.Year() < 1900 || at.Year() > 9999 || at.Location() != time.UTC {
			t.Fatalf("%q: %v", s, at)
		}
		if again := ParseDate(at.Format(time.RFC3339Nano)); !again.Equal(at) {
			t.Fatalf("%q: %v, read back as %v", s, at, again)
		}
	})
}
