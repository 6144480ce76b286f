package poller

import (
	"time"

	"tidings/internal/feed"
)

// Meter counts what the poller does. Its methods are called by several goroutines and
// must not wait.
type Meter interface {
	// Polled counts the end of a poll or a push; lag is how long after it was due a
	// feed was asked.
	Polled(o feed.Outcome, lag time.Duration)
	// Committed counts a transaction of the committer.
	Committed(took time.Duration)
}

type unmetered struct{}

func (unmetered) Polled(feed.Outcome, time.Duration) {}
func (unmetered) Committed(time.Duration)            {}

// Depth is how many feeds are claimed: under way, or waiting for the turn of their
// site.
func (p *Poller) Depth() int { return p.inFlight() }
