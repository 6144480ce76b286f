package fetch

import (
	"net/http"
	"testing"
	"time"
)

// now is when the tests' answers come.
func now(t *testing.T) time.Time {
	t.Helper()
	n, err := http.ParseTime("Sun, 06 Nov 1994 08:00:00 GMT")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestMaxAge(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for _, tc := range []struct {
		name string
		h    http.Header
		want time.Duration
	}{
		{"nothing", http.Header{}, 0},
		{"max-age", http.Header{"Cache-Control": {"max-age=3600"}}, time.Hour},
		{"among others", http.Header{"Cache-Control": {"public, s-maxage=60,MAX-AGE = 600 , must-revalidate"}}, 10 * time.Minute},
		{"quoted", http.Header{"Cache-Control": {`max-age="60"`}}, time.Minute},
		{"in a second header", http.Header{"Cache-Control": {"private", "max-age=60"}}, time.Minute},
		{"twice: the first", http.Header{"Cache-Control": {"max-age=60, max-age=0"}}, time.Minute},
		{"less Age", http.Header{"Cache-Control": {"max-age=600"}, "Age": {"120"}}, 8 * time.Minute},
		{"older than that", http.Header{"Cache-Control": {"max-age=600"}, "Age": {"86400"}}, 0},
		{"Age is garbage", http.Header{"Cache-Control": {"max-age=600"}, "Age": {"old"}}, 10 * time.Minute},
		{"beats Expires", http.Header{"Cache-Control": {"max-age=0"}, "Expires": {"Sun, 06 Nov 1994 09:00:00 GMT"}}, 0},
		{"no-cache", http.Header{"Cache-Control": {"no-cache, max-age=600"}}, 0},
		{"no-store", http.Header{"Cache-Control": {"no-store"}, "Expires": {"Sun, 06 Nov 1994 09:00:00 GMT"}}, 0},
		{"negative", http.Header{"Cache-Control": {"max-age=-60"}}, 0},
		{"garbage", http.Header{"Cache-Control": {"max-age=soon, =, ,max-age"}}, 0},
		{"garbage leaves it to Expires", http.Header{"Cache-Control": {"max-age=soon"}, "Expires": {"Sun, 06 Nov 1994 09:00:00 GMT"}}, time.Hour},
		{"absurd", http.Header{"Cache-Control": {"max-age=99999999999999999999"}}, year},
		{"ten years", http.Header{"Cache-Control": {"max-age=315360000"}}, year},
		{"Expires", http.Header{"Expires": {"Sun, 06 Nov 1994 08:49:37 GMT"}}, 49*time.Minute + 37*time.Second},
		{"Expires by the server's clock", http.Header{"Expires": {"Tue, 06 Nov 2035 09:00:00 GMT"}, "Date": {"Tue, 06 Nov 2035 08:00:00 GMT"}}, time.Hour},
		{"Expires in the past", http.Header{"Expires": {"Sun, 06 Nov 1994 07:00:00 GMT"}}, 0},
		{"Expires never", http.Header{"Expires": {"Fri, 31 Dec 9999 23:59:59 GMT"}}, year},
		{"Expires 0", http.Header{"Expires": {"0"}}, 0},
		{"Expires -1", http.Header{"Expires": {"-1"}}, 0},
		{"Expires in an old form", http.Header{"Expires": {"Sunday, 06-Nov-94 09:00:00 GMT"}}, time.Hour},
	} {
		if got := maxAge(tc.h, now(t)); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	const week = 7 * 24 * time.Hour
	for _, tc := range []struct {
		v, date string
		want    time.Duration
	}{
		{"", "", 0},
		{"120", "", 2 * time.Minute},
		{" 120 ", "", 2 * time.Minute},
		{"0", "", 0},
		{"-1", "", 0},
		{"+60", "", 0},
		{"1.5", "", 0},
		{"1e3", "", 0},
		{"soon", "", 0},
		{"60 seconds", "", 0},
		{"604800", "", week},
		{"604801", "", week},
		{"315360000", "", week}, // a hostile answer that would silence a feed for ten years
		{"99999999999999999999999", "", week},
		{"Sun, 06 Nov 1994 08:49:37 GMT", "", 49*time.Minute + 37*time.Second},
		{"Sun, 06 Nov 1994 07:49:37 GMT", "", 0},
		{"Fri, 31 Dec 9999 23:59:59 GMT", "", week},
		{"Sunday, 06-Nov-94 09:00:00 GMT", "", time.Hour},
		{"Sun Nov  6 09:00:00 1994", "", time.Hour},
		{"1994-11-06T09:00:00Z", "", 0},
		{"Tue, 06 Nov 2035 09:00:00 GMT", "Tue, 06 Nov 2035 08:00:00 GMT", time.Hour}, // a server whose clock is wrong
		{"Sun, 06 Nov 1994 09:00:00 GMT", "garbage", time.Hour},
	} {
		h := http.Header{}
		if tc.v != "" {
			h.Set("Retry-After", tc.v)
		}
		if tc.date != "" {
			h.Set("Date", tc.date)
		}
		if got := retryAfter(h, now(t)); got != tc.want {
			t.Errorf("%q (date %q): %v, want %v", tc.v, tc.date, got, tc.want)
		}
	}
}
