package fetch

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	longestWait = 7 * 24 * time.Hour   // the most that Retry-After is believed
	longestAge  = 365 * 24 * time.Hour // the most that max-age is believed (RFC 9111 says no more)
)

// maxAge is how long an answer stays fresh (RFC 9111 §4.2.1), now being when it
// came. no-store and no-cache mean 0, and so does whatever can't be read.
func maxAge(h http.Header, now time.Time) time.Duration {
	age, said := cacheControl(h["Cache-Control"])
	if said {
		lapsed, _ := seconds(h.Get("Age"))
		return max(age-lapsed, 0)
	}
	expires, err := http.ParseTime(h.Get("Expires"))
	if err != nil {
		return 0 // also "0" and "-1", which mean: in the past
	}
	return min(max(expires.Sub(date(h, now)), 0), longestAge)
}

// cacheControl is the max-age of Cache-Control; said is false where the header
// leaves the word to Expires.
func cacheControl(values []string) (age time.Duration, said bool) {
	for _, v := range values {
		for directive := range strings.SplitSeq(v, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "no-store", "no-cache":
				return 0, true
			case "max-age":
				if s, ok := seconds(strings.Trim(strings.TrimSpace(value), `"`)); ok && !said {
					age, said = min(s, longestAge), true
				}
			}
		}
	}
	return age, said
}

// retryAfter is how long the publisher asks us to wait (RFC 9110 §10.2.3), by
// seconds or by date, at most a week: a hostile answer must not silence a feed for
// good. What is negative, past or garbage means 0.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, ok := seconds(v); ok {
		return min(s, longestWait)
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(date(h, now)), 0), longestWait)
}

// date is the server's clock, or ours where it shows none. Times that it sends
// are read by its own clock, which may be wrong.
func date(h http.Header, now time.Time) time.Time {
	if d, err := http.ParseTime(h.Get("Date")); err == nil {
		return d
	}
	return now
}

// seconds reads a number of seconds without a sign. One too large for us is a
// hundred years.
func seconds(s string) (time.Duration, bool) {
	s = strings.TrimSpace(s)
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	const century = 100 * 365 * 24 * 3600
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > century {
		n = century
	}
	return time.Duration(n) * time.Second, true
}
