package clean

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// layouts are the forms of dates with a time to the second and a zone.
var layouts = []string{
	time.RFC1123, time.RFC1123Z, time.RFC3339, time.RFC3339Nano, time.RFC850,
	"Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 06 15:04:05 MST", "2 Jan 2006 15:04:05 -07:00",
	"Mon Jan _2 15:04:05 2006", "Mon Jan 02 15:04:05 MST 2006", "Mon Jan 02 15:04:05 -0700 2006", "Mon Jan 2 2006 15:04:05 GMT-0700",
	"January 2, 2006 3:04:05 PM -0700", "Jan 2, 2006, 3:04:05 pm MST", "Monday, January 2, 2006 at 15:04:05 MST",
	"2006-01-02 15:04:05 -0700 MST", "2006/01/02 15:04:05 -0700", "2006.01.02 15:04:05 MST", "20060102T150405Z0700",
	"20060102T150405-0700", "2006-002T15:04:05Z07:00", "2006002T150405Z0700", "2006-1-2T15:4:5-07:00", "2006-01-02T15:04:05.000000-07:00",
	"2006-01-02T15:04:05,000-07:00", "02-Jan-2006 15:04:05 MST", "2006-Jan-02 15:04:05 -0700", "15:04:05 -0700, 2 Jan 2006",
	"2006年1月2日 15:04:05 -0700", "2006년 1월 2일 15:04:05 -0700", "2.1.2006 15:04:05 -0700", "Mon, 2006/01/02 15:04:05 MST",
}

// TestLayouts formats random instants in every layout and reads them back.
func TestLayouts(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 2))
	zones := []*time.Location{
		time.UTC, time.FixedZone("EST", -5*3600), time.FixedZone("CEST", 2*3600), time.FixedZone("JST", 9*3600),
		time.FixedZone("ACST", 9*3600+1800), time.FixedZone("NST", -3*3600-1800), time.FixedZone("NZDT", 13*3600),
	}
	for _, layout := range layouts {
		for range 200 {
			at := time.Unix(random.Int64N(2_500_000_000)+1, 0).In(zones[random.IntN(len(zones))])
			if !strings.Contains(layout, "07") && !strings.Contains(layout, "MST") {
				at = at.UTC()
			}
			if s := at.Format(layout); !ParseDate(s).Equal(at) {
				t.Fatalf("%s in %q: %q is read as %v", at, layout, s, ParseDate(s))
			}
		}
	}
}

// TestDigits reads random instants back from seconds, milliseconds and so on.
func TestDigits(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 3))
	for range 500 {
		at := time.Unix(1_000_000_000+random.Int64N(800_000_000), 0)
		for s, want := range map[string]time.Time{
			fmt.Sprint(at.Unix()): at, fmt.Sprint(at.UnixMilli()): at, fmt.Sprint(at.UnixMicro()): at, fmt.Sprint(at.UnixNano()): at,
		} {
			if got := ParseDate(s); !got.Equal(want) {
				t.Fatalf("%s is read as %v, not %v", s, got, want)
			}
		}
	}
}

// TestWeeks reads week dates of thirty years, which time itself can tell.
func TestWeeks(t *testing.T) {
	for day := date(1999, time.January, 1); day.Year() < 2030; day = day.AddDate(0, 0, 1) {
		year, week := day.ISOWeek()
		weekday := (int(day.Weekday())+6)%7 + 1
		for _, form := range []string{"%04d-W%02d-%d", "%04dW%02d%d"} {
			if s := fmt.Sprintf(form, year, week, weekday); !ParseDate(s).Equal(day) {
				t.Fatalf("%s is read as %v, not %v", s, ParseDate(s), day)
			}
		}
	}
}

// TestNames reads every name of a month in four forms, and with every name of a
// day before it.
func TestNames(t *testing.T) {
	for i, line := range strings.Split(strings.TrimSpace(monthNames), "\n") {
		want := date(2024, time.Month(i+1), 9).Add(10*time.Hour + 30*time.Minute)
		for name := range strings.FieldsSeq(line) {
			for _, form := range []string{"9 %s 2024 10:30", "09-%s-2024 10:30", "2024. %s 9. 10:30", "9. %s. 2024, 10:30 GMT"} {
				if s := fmt.Sprintf(form, name); !ParseDate(s).Equal(want) {
					t.Errorf("%q is read as %v", s, ParseDate(s))
				}
				if s := strings.ToUpper(fmt.Sprintf(form, name)); !ParseDate(s).Equal(want) {
					t.Errorf("%q is read as %v", s, ParseDate(s))
				}
			}
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(dayNames), "\n") {
		for name := range strings.FieldsSeq(line) {
			want := time.Date(2024, time.March, 9, 10, 30, 0, 0, time.UTC)
			if strings.ContainsAny(name, "일월화수목금토") {
				want = want.Add(-9 * time.Hour)
			}
			for _, month := range []string{"March", "mar", "märz", "марта"} {
				if s := name + ", 9 " + month + " 2024 10:30"; !ParseDate(s).Equal(want) {
					t.Errorf("%q is read as %v", s, ParseDate(s))
				}
			}
		}
	}
}

// TestSwapped holds that no two numbers that may be day and month are read in
// one order only because of their sign.
func TestSwapped(t *testing.T) {
	for day := 1; day <= 12; day++ {
		for month := 1; month <= 12; month++ {
			for _, form := range []string{"%d/%d/2024", "%02d-%02d-2024", "%d/%02d/24"} {
				s := fmt.Sprintf(form, day, month)
				if got := ParseDate(s); day != month && !got.IsZero() {
					t.Errorf("%s is read as %v", s, got)
				}
			}
		}
	}
}
