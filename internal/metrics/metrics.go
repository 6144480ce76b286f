// Package metrics counts what the program does, for Prometheus, by its client library
// and under the names that its conventions ask for: base units, a prefix, "_total" for
// what only grows.
//
// No address of a feed is ever a label: their number has no bound, and some are secret.
// Who may read them is left to those who route them.
package metrics

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tidings/internal/feed"
)

// Options say where to look for what isn't counted but is so at the moment. Any may be nil.
type Options struct {
	Version string
	Depth   func() int                                       // feeds claimed, waiting for their turn or under way
	Stats   func(ctx context.Context) (feed.Stats, error)    // sizes
	Late    func(ctx context.Context) (time.Duration, error) // how long the longest due feed is overdue
	Pushes  func() (named, pushed, relied int)               // feeds with a hub, pushed, and relied on
	Pings   func() map[string]int                            // pings of clouds so far, by outcome
}

// Meter counts. It is safe for concurrent use.
type Meter struct {
	registry *prometheus.Registry

	polls    *prometheus.CounterVec
	duration *prometheus.HistogramVec
	bytes    prometheus.Counter
	pushes   *prometheus.CounterVec
	entries  *prometheus.CounterVec
	lag      prometheus.Histogram
	commit   prometheus.Histogram
	requests *prometheus.HistogramVec
}

// seconds are the bounds of what takes from a millisecond to a minute.
func seconds() []float64 {
	return []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}
}

// New makes a meter.
func New(o Options) *Meter {
	m := &Meter{
		registry: prometheus.NewRegistry(),
		polls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tidings_polls_total",
			Help: "Polls that ended, by outcome (new, unchanged, failed, gone, suspicious) and whether the publisher answered 304."}, []string{"outcome", "not_modified"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "tidings_poll_duration_seconds",
			Help: "Time from the start of a request to the end of reading its answer, by outcome.", Buckets: seconds()}, []string{"outcome"}),
		bytes: prometheus.NewCounter(prometheus.CounterOpts{Name: "tidings_poll_received_bytes_total",
			Help: "Bodies received from publishers, as they came over the wire."}),
		pushes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tidings_pushes_total",
			Help: "Documents that hubs sent (WebSub), by outcome."}, []string{"outcome"}),
		entries: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tidings_entries_total",
			Help: "Entries that arrived, by outcome: founded a story, joined one as a copy, or revised a known entry."}, []string{"outcome"}),
		lag: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "tidings_poll_lag_seconds",
			Help: "How long after it was due a feed was asked.", Buckets: []float64{.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400}}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "tidings_store_commit_duration_seconds",
			Help: "Time of one transaction of the committer.", Buckets: seconds()}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "tidings_http_request_duration_seconds",
			Help: "Time of requests to the reader, by method and status.", Buckets: seconds()}, []string{"method", "code"}),
	}
	m.registry.MustRegister(m.polls, m.duration, m.bytes, m.pushes, m.entries, m.lag, m.commit, m.requests,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collected{o}, info(o.Version))
	return m
}

func info(version string) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "tidings_build_info", Help: "1, with the version.",
		ConstLabels: prometheus.Labels{"version": version}})
	g.Set(1)
	return g
}

// Handler gives the metrics as text. It asks the store, so it is for one reader at a
// time or two.
func (m *Meter) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, MaxRequestsInFlight: 2, EnableOpenMetrics: true})
}

// Polled counts the end of a poll or a push; lag is how long after it was due a feed was
// asked.
func (m *Meter) Polled(o feed.Outcome, lag time.Duration) {
	m.entries.WithLabelValues("joined").Add(float64(o.Joined))
	m.entries.WithLabelValues("new").Add(float64(o.New - o.Joined))
	m.entries.WithLabelValues("revised").Add(float64(o.Revised))
	switch {
	case o.Pushed:
		m.pushes.WithLabelValues(o.Status).Inc()
		return
	case o.Status == "waiting": // nobody was asked
		return
	}
	m.polls.WithLabelValues(o.Status, strconv.FormatBool(o.HTTP == http.StatusNotModified)).Inc()
	m.duration.WithLabelValues(o.Status).Observe(o.Took.Seconds())
	m.bytes.Add(float64(o.Bytes))
	m.lag.Observe(max(lag, 0).Seconds())
}

// Committed counts a transaction of the committer.
func (m *Meter) Committed(took time.Duration) { m.commit.Observe(took.Seconds()) }

// Requests counts what h serves.
func (m *Meter) Requests(h http.Handler) http.Handler {
	return promhttp.InstrumentHandlerDuration(m.requests, h)
}
