package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// The soft limit of memory: enough for thousands of feeds, and more only where
// more is really in use. So a first poll of thousands of feeds doesn't take twice
// the memory that it needs, and a large data file doesn't make the collector run
// all the time.
const (
	limitLeast = 96 << 20
	limitShare = 1.5      // of what is in use
	limitSpare = 40 << 20 // but no more than this beside it: at 10,000 feeds a share is much
	limitEvery = 5 * time.Second
)

// keepSmall holds the soft memory limit until ctx ends, unless the owner has set
// one of their own by GOMEMLIMIT or GOGC.
func keepSmall(ctx context.Context, getenv func(string) string) {
	if getenv("GOMEMLIMIT") != "" || getenv("GOGC") != "" {
		return
	}
	was := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(was)
	tick := time.NewTicker(limitEvery)
	defer tick.Stop()
	for {
		debug.SetMemoryLimit(limit(int64(live())))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// limit is the soft limit where so many bytes are in use.
func limit(used int64) int64 {
	return max(limitLeast, min(int64(limitShare*float64(used)), used+limitSpare))
}

// live is how many bytes the last collection found in use.
func live() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
