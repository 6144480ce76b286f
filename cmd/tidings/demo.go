package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/demo"
	"tidings/internal/feed"
)

func demoCommand() command {
	return command{
		name: "demo", short: "see tidings at work on invented outlets: no network, nothing kept",
		long: "A publisher of twenty invented outlets is started on this machine, polled into a temporary\n" +
			"data file, and read at the address that is printed. Every few seconds it publishes something.",
		example: "tidings demo",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := demoFlags(f)
			every := f.Duration("every", 7*time.Second, "how often something new is published")
			return func(ctx context.Context, args []string) error {
				if err := wantArgs(args, 0, 0, "no arguments"); err != nil {
					return err
				}
				return e.demo(ctx, s, *every)
			}
		},
	}
}

// demoFlags are the few of serve's that a demo leaves to the person. It never
// touches a data file of theirs, whatever the environment says, because it polls
// without the manners that real publishers are owed.
func demoFlags(f *flag.FlagSet) *serving {
	n, workers, gap := offlineFlags(f), 32, time.Duration(0)
	n.workers, n.gap = &workers, &gap
	return &serving{net: n, pictures: pictureFlags(f), data: new(string), noAuth: new(bool), publicURL: new(string), feeds: new(string),
		listen: f.String("listen", "127.0.0.1:8080", "the `ADDRESS` to serve on; another port is taken if it is in use")}
}

// demo runs the publisher and a tidings on it.
func (e *env) demo(ctx context.Context, o *serving, every time.Duration) error {
	dir, err := os.MkdirTemp("", "tidings-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	*o.data = filepath.Join(dir, "demo.db")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	base := "http://" + l.Addr().String()
	published := make(chan string, 16)
	pub := demo.New(demo.Options{Start: time.Now(), Every: every, Published: func(path string) {
		select {
		case published <- path:
		default: // an hour's poll will bring it
		}
	}})
	list := filepath.Join(dir, "demo.opml")
	if err := os.WriteFile(list, pub.OPML(base), 0o600); err != nil {
		return err
	}
	*o.feeds = list
	o.net.allow = append(o.net.allow, netip.MustParsePrefix("127.0.0.0/8"))
	if !loopback(*o.listen) {
		return usageError{fmt.Errorf("--listen %s: the demo is for this machine alone; want an address like 127.0.0.1:8081", *o.listen)}
	}
	if busy(*o.listen) {
		*o.listen = "127.0.0.1:0"
	}
	return e.demoHouse(ctx, o, pub, l, published)
}

// busy reports whether a port is taken.
func busy(address string) bool {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return true
	}
	l.Close()
	return false
}

func (e *env) demoHouse(ctx context.Context, o *serving, pub *demo.Publisher, l net.Listener, published <-chan string) error {
	log := o.net.log(e)
	store, err := boltstore.Open(*o.data, boltstore.Options{Log: log, Timeout: patience})
	if err != nil {
		return err
	}
	defer store.Close()
	web := o.net.client()
	defer web.Close()
	h := newHouse(e, log, store, web, o)
	h.banner = func(reader string) {
		fmt.Fprintf(e.stdout, "Reader       %s/\nMerged feed  %s/feed.atom\nData         %s (temporary)\n", reader, reader, *o.data)
		fmt.Fprintf(e.stdout, "The outlets are invented and live at http://%s/. Stop with Ctrl+C.\n", l.Addr())
	}
	if err := h.firstRun(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var work sync.WaitGroup
	defer work.Wait() // before the store is closed, which they use
	defer cancel(nil)
	work.Go(func() { h.serveHTTP(ctx, cancel, l, pub.Handler(), func() {}) })
	work.Go(func() { pub.Run(ctx) })
	work.Go(func() { h.follow(ctx, published) })
	return h.run(ctx)
}

// follow polls each outlet when it has published: they are our own and don't mind.
func (h *house) follow(ctx context.Context, published <-chan string) {
	for {
		select {
		case <-ctx.Done():
			return
		case path := <-published:
			if err := h.pollPath(ctx, path); err != nil && ctx.Err() == nil {
				h.log.Warn("poll the demo", "err", err)
			}
		}
	}
}

// pollPath polls the feed whose address ends in path.
func (h *house) pollPath(ctx context.Context, path string) error {
	fs, err := h.store.Subscriptions(ctx)
	if err != nil {
		return err
	}
	for _, f := range fs {
		if strings.HasSuffix(f.Subscription.URL, path) {
			r := feed.PollRequest{Feeds: []uint64{f.Subscription.ID}, Force: true}
			return h.poller.Poll(ctx, r, func(int) {}, func(feed.Outcome) {})
		}
	}
	return nil // the reader has unsubscribed
}
