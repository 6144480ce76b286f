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
	limitShare = 1.5 // of what is in use
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
		debug.SetMemoryLimit(max(limitLeast, int64(limitShare*float64(live()))))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// live is how many bytes the last collection found in use.
func live() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
