package clean

import (
	"strconv"
	"strings"
	"time"

	"tidings/internal/feed"
	"tidings/internal/parse"
)

// hints are what a feed says about how often it wants to be asked. What makes
// no sense is left out.
func hints(h parse.Hints) feed.Hints {
	out := feed.Hints{Update: updateEvery(h.UpdatePeriod, h.UpdateFrequency)}
	if out.Update > 0 {
		if base, err := time.Parse(time.RFC3339, strings.TrimSpace(h.UpdateBase)); err == nil {
			out.Base = base.UTC()
		} else if base, err := time.Parse("2006-01-02T15:04Z07:00", strings.TrimSpace(h.UpdateBase)); err == nil {
			out.Base = base.UTC() // as the module's own example has it
		}
	}
	if n, err := strconv.Atoi(strings.TrimSpace(h.TTL)); err == nil && n > 0 && n <= 60*24*365 {
		out.TTL = time.Duration(n) * time.Minute
	}
	seen := [24]bool{}
	for _, s := range h.SkipHours {
		n, err := strconv.Atoi(s)
		if n == 24 { // RSS 0.91 counted from 1
			n = 0
		}
		if err == nil && n >= 0 && n < 24 && !seen[n] {
			seen[n] = true
			out.SkipHours = append(out.SkipHours, n)
		}
	}
	days := [7]bool{}
	for _, s := range h.SkipDays {
		for d := time.Sunday; d <= time.Saturday; d++ {
			if strings.EqualFold(s, d.String()) && !days[d] {
				days[d] = true
				out.SkipDays = append(out.SkipDays, d)
			}
		}
	}
	return out
}

// updateEvery is sy:updatePeriod divided by sy:updateFrequency (1 if absent).
func updateEvery(period, frequency string) time.Duration {
	const day = 24 * time.Hour
	var every time.Duration
	switch strings.ToLower(strings.TrimSpace(period)) {
	case "hourly":
		every = time.Hour
	case "daily":
		every = day
	case "weekly":
		every = 7 * day
	case "monthly":
		every = 30 * day
	case "yearly":
		every = 365 * day
	default:
		return 0
	}
	if n, err := strconv.Atoi(strings.TrimSpace(frequency)); err == nil && n > 0 {
		every /= time.Duration(n)
	}
	return max(every, time.Minute)
}
