package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/metrics"
	"tidings/internal/poller"
	"tidings/internal/server"
	"tidings/internal/websub"
)

// gauges are what a running tidings counts, and what pushes to it. They know the poller,
// and the poller tells them what it does.
type gauges struct {
	meter *metrics.Meter
	hubs  *websub.Subscriber // nil where hubs can't reach us
}

// newHouse furnishes a tidings that is to serve.
func newHouse(e *env, log *slog.Logger, store *boltstore.Store, web *fetch.Client, o *serving) *house {
	g := &gauges{}
	p := o.net.pollerWith(store, web, poller.Options{Log: log, Meter: g, PushedUntil: g.pushedUntil,
		Icons: feed.Showing(o.pictures.show) != feed.ShowNothing})
	if *o.publicURL != "" {
		g.hubs = websub.New(store, p, websub.Options{
			PublicURL: *o.publicURL, Transport: web.From, Site: fetch.Site, UserAgent: userAgent(*o.net.contact), Log: log,
		})
	}
	g.meter = metrics.New(metrics.Options{
		Version: programVersion(), Depth: p.Depth, Stats: store.Stats, Pushes: g.count, Pings: g.pings,
		Late: func(ctx context.Context) (time.Duration, error) { return overdue(ctx, store) },
	})
	return &house{env: e, log: log, store: store, fetch: web, poller: p, serving: o, gauges: g}
}

// overdue is how long the most overdue feed has waited.
func overdue(ctx context.Context, s *boltstore.Store) (time.Duration, error) {
	due, ok, err := s.NextDue(ctx)
	if err != nil || !ok {
		return 0, err
	}
	return max(0, time.Since(due)), nil
}

// Polled implements [poller.Meter].
func (g *gauges) Polled(o feed.Outcome, lag time.Duration) {
	g.meter.Polled(o, lag)
	if g.hubs != nil {
		g.hubs.Polled(o)
	}
}

// Committed implements [poller.Meter].
func (g *gauges) Committed(took time.Duration) { g.meter.Committed(took) }

func (g *gauges) pushedUntil(id uint64) time.Time {
	if g.hubs == nil {
		return time.Time{}
	}
	return g.hubs.Until(id)
}

func (g *gauges) count() (named, pushed, relied int) {
	if g.hubs == nil {
		return 0, 0, 0
	}
	return g.hubs.Count()
}

func (g *gauges) pings() map[string]int {
	if g.hubs == nil {
		return nil
	}
	n := g.hubs.Pings()
	return map[string]int{"new": n.New, "nothing": n.Nothing, "refused": n.Refused}
}

// show lets the server show them.
func (g *gauges) show(o *server.Options, s *serving) {
	o.Metrics = g.meter.Handler()
	if s.token != nil {
		o.MetricsToken = *s.token
	}
	if g.hubs != nil {
		o.Subscriber = g.hubs
	}
}

// debuggable refuses a --debug-addr that other machines reach: profiles show what is in
// memory.
func (s *serving) debuggable() error {
	if s.debugAddr == nil || *s.debugAddr == "" || loopback(*s.debugAddr) {
		return nil
	}
	return usageError{feed.WithHint(fmt.Errorf("--debug-addr %s: other machines could read what is in memory", *s.debugAddr),
		"choose a loopback address: --debug-addr 127.0.0.1:6060")}
}

// debugListener listens for --debug-addr; nil without it.
func (h *house) debugListener() (net.Listener, error) {
	if h.serving.debugAddr == nil || *h.serving.debugAddr == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", *h.serving.debugAddr)
	if err != nil {
		return nil, feed.WithHint(fmt.Errorf("serve profiles: %w", err), "choose another port with --debug-addr")
	}
	h.log.Info("profiles and metrics", "address", "http://"+l.Addr().String()+"/debug/pprof/")
	return l, nil
}

// debugHandler serves profiles and metrics to programs on this machine. A page of
// another site that rebinds a name to it is turned away.
func (g *gauges) debugHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.Handle("GET /metrics", g.meter.Handler())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if _, _, err := net.SplitHostPort(host); err != nil {
			host = net.JoinHostPort(host, "80")
		}
		if !loopback(host) {
			http.Error(w, "ask by a loopback address", http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
