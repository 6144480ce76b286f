package poller

import (
	"sync"
	"time"

	"tidings/internal/feed"
)

// crowd counts the feeds of each site, so that those of a site with thousands are
// spread over the time that it takes to ask them one after another.
type crowd struct {
	mu    sync.Mutex
	feeds map[string]int
}

func (c *crowd) count(fs []feed.Following) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.feeds = map[string]int{}
	for _, f := range fs {
		c.feeds[f.Subscription.Site]++
	}
}

// add counts n more feeds of a site, or fewer.
func (c *crowd) add(site string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.feeds == nil {
		c.feeds = map[string]int{}
	}
	c.feeds[site] += n
}

// time is how long it takes to ask all feeds of a site once.
func (c *crowd) time(site string, spacing time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Duration(c.feeds[site]) * spacing
}
