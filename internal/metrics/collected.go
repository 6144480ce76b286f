package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// collected are the sizes that are looked up when somebody asks for them.
type collected struct{ o Options }

// collectTime bounds how long the store is asked.
const collectTime = 5 * time.Second

func gauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe implements [prometheus.Collector]. What can't be had is left out, so that
// nothing is promised.
func (c collected) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (c collected) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), collectTime)
	defer cancel()
	tell := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if c.o.Depth != nil {
		tell(gauge("tidings_poll_queue_depth", "Feeds that are claimed: waiting for the turn of their site, or being asked."), float64(c.o.Depth()))
	}
	if c.o.Late != nil {
		if late, err := c.o.Late(ctx); err == nil {
			tell(gauge("tidings_poll_overdue_seconds", "How long the feed that waits longest is overdue; 0 if none is."), late.Seconds())
		}
	}
	if c.o.Pushes != nil {
		named, pushed, relied := c.o.Pushes()
		hubs := gauge("tidings_push_feeds", "Feeds that name a hub or a cloud (named), that one promised to push or to tell of (pushed), and whose polling relies on a hub (relied).", "state")
		tell(hubs, float64(named), "named")
		tell(hubs, float64(pushed), "pushed")
		tell(hubs, float64(relied), "relied")
	}
	if c.o.Pings != nil {
		pings := gauge("tidings_pings_total", "Pings of clouds (rssCloud), by outcome: a poll found something new, or nothing, or the ping was refused.", "outcome")
		for outcome, n := range c.o.Pings() {
			ch <- prometheus.MustNewConstMetric(pings, prometheus.CounterValue, float64(n), outcome)
		}
	}
	c.sizes(ctx, tell)
}

func (c collected) sizes(ctx context.Context, tell func(d *prometheus.Desc, v float64, labels ...string)) {
	if c.o.Stats == nil {
		return
	}
	st, err := c.o.Stats(ctx)
	if err != nil {
		return
	}
	feeds := gauge("tidings_feeds", "Feeds that are followed, by state.", "state")
	tell(feeds, float64(st.Feeds-st.Failing), "ok")
	tell(feeds, float64(st.Failing), "failing")
	tell(gauge("tidings_store_entries", "Entries in the data file."), float64(st.Entries))
	tell(gauge("tidings_store_stories", "Stories in the data file."), float64(st.Stories))
	tell(gauge("tidings_store_file_bytes", "Size of the data file."), float64(st.Bytes))
}
