package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tidings"
	"tidings/internal/boltstore"
	"tidings/internal/control"
	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/opml"
	"tidings/internal/picture"
	"tidings/internal/poller"
	"tidings/internal/push"
	"tidings/internal/server"
)

// serving are the flags of serve.
type serving struct {
	net       *network
	data      *string
	listen    *string
	noAuth    *bool
	publicURL *string
	feeds     *string
	signature *string // of what the hub sends; nil for the default
	debugAddr *string // nil: none
	token     *string // for the metrics; nil: none
	pictures  *pictures
}

func serveFlags(e *env, f *flag.FlagSet) *serving {
	return &serving{
		net:       networkFlags(f),
		pictures:  pictureFlags(f),
		data:      dataFlag(e, f),
		listen:    f.String("listen", "127.0.0.1:8080", "the `ADDRESS` to serve on"),
		noAuth:    f.Bool("no-auth", false, "serve beyond this machine without a password"),
		publicURL: f.String("public-url", "", "the `URL` under which readers reach this server"),
		signature: f.String("push-signature", "sha256", "the `METHOD` by which pushed feeds are signed: sha256, sha384, sha512 or sha1"),
		debugAddr: f.String("debug-addr", "", "the loopback `ADDRESS` to serve profiles (/debug/pprof/) and metrics on, such as 127.0.0.1:6060"),
		token:     f.String("metrics-token", "", "the `TOKEN` that lets Prometheus read /metrics beside a password: Authorization: Bearer TOKEN"),
		feeds:     f.String("feeds", "", "the OPML `FILE` to subscribe to on the first run, or none; default: the list that is built in"),
	}
}

func serveCommand() command {
	return command{
		name: "serve", short: "poll the feeds and serve the reader and the merged feed (the default)",
		long: "The first run subscribes to a list of well-known feeds, or to those of --feeds. To listen\n" +
			"beyond this machine a password must be set (`tidings password`), or --no-auth given.",
		example: "tidings serve --data ~/news.db --listen 127.0.0.1:8080",
		setup: func(e *env, f *flag.FlagSet) func(context.Context, []string) error {
			s := serveFlags(e, f)
			return func(ctx context.Context, args []string) error {
				if err := wantArgs(args, 0, 0, "no arguments; a command comes first: tidings COMMAND [FLAGS]"); err != nil {
					return err
				}
				return e.serve(ctx, s)
			}
		},
	}
}

// serve runs until ctx ends.
func (e *env) serve(ctx context.Context, o *serving) error {
	log := o.net.log(e)
	if _, _, err := net.SplitHostPort(*o.listen); err != nil {
		return usageError{fmt.Errorf("--listen %s: %w; want an address like 127.0.0.1:8080", *o.listen, err)}
	}
	if err := o.debuggable(); err != nil {
		return err
	}
	if err := usable(*o.data, true); err != nil {
		return err
	}
	if c, err := control.Dial(ctx, *o.data); err == nil {
		c.Close()
		return feed.WithHint(fmt.Errorf("open the data file %s: %w", *o.data, feed.ErrLocked), "tidings is running on it already; stop that one or choose another file with --data")
	}
	store, err := boltstore.Open(*o.data, boltstore.Options{Log: log, Timeout: patience})
	if err != nil {
		return err
	}
	defer store.Close()
	if err := allowed(ctx, store, *o.listen, *o.noAuth); err != nil {
		return err
	}
	web := o.net.client()
	defer web.Close()
	h := newHouse(e, log, store, web, o)
	err = h.firstRun(ctx)
	if err == nil {
		err = h.run(ctx)
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // told to end before it had begun
	}
	return err
}

// allowed refuses to serve beyond this machine without a password.
func allowed(ctx context.Context, s *boltstore.Store, listen string, noAuth bool) error {
	if noAuth || loopback(listen) {
		return nil
	}
	pw, err := s.Setting(ctx, server.SettingPassword)
	if err != nil || len(pw) > 0 {
		return err
	}
	return feed.WithHint(fmt.Errorf("serve on %s: no password is set, and that address can be reached from other machines", listen),
		"set one with `tidings password`, or say --no-auth if the network is yours alone")
}

func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// house is a running tidings.
type house struct {
	*env
	log     *slog.Logger
	store   *boltstore.Store
	fetch   *fetch.Client
	poller  *poller.Poller
	serving *serving
	gauges  *gauges
	banner  func(reader string) // nil: the three lines of serve
}

// starterSetting remembers where the first feeds came from; it is set once.
const (
	starterSetting = "first-feeds"
	builtIn        = "built in"
)

// firstRun subscribes a new data file to its first feeds.
func (h *house) firstRun(ctx context.Context) error {
	was, err := h.store.Setting(ctx, starterSetting)
	if err != nil || was != nil {
		return err
	}
	subs, err := h.store.Outlets(ctx)
	if err != nil {
		return err
	}
	from, list := "own", []byte(nil)
	switch file := *h.serving.feeds; {
	case len(subs) > 0:
	case file == "none":
		from = "none"
	case file == "":
		from, list = builtIn, tidings.FeedsOPML
	default:
		from = file
		if list, err = os.ReadFile(file); err != nil {
			return fmt.Errorf("read the first feeds: %w", err)
		}
	}
	if list != nil {
		l, err := opml.Read(bytes.NewReader(list), opml.Limits{})
		if err != nil {
			return fmt.Errorf("read the first feeds: %w", err)
		}
		for _, p := range l.Problems {
			h.log.Warn("skip an outline of the first feeds", "line", p.Line, "outline", p.Text, "reason", p.Reason)
		}
		if _, err := h.poller.Subscribe(ctx, l.Wishes()); err != nil {
			return err
		}
	}
	return h.store.SetSetting(ctx, starterSetting, []byte(from))
}

// run serves and polls until ctx ends or one of them fails.
func (h *house) run(ctx context.Context) error {
	d, err := h.open(ctx)
	if err != nil {
		return err
	}
	if d.proxy != nil {
		defer d.proxy.Close()
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var work sync.WaitGroup
	work.Go(func() { keepSmall(ctx, h.getenv) })
	serve := func(l net.Listener, handler http.Handler, farewell func()) {
		work.Go(func() { h.serveHTTP(ctx, cancel, l, handler, farewell) })
	}
	serve(d.reader, h.gauges.meter.Requests(d.pages), d.pages.Close)
	if d.debug != nil {
		serve(d.debug, h.gauges.debugHandler(), func() {})
	}
	serve(d.sock, control.Handler(h.store, h.poller, h.log), func() {})
	background := func(run func(context.Context) error) {
		work.Go(func() {
			if err := run(ctx); err != nil {
				cancel(err)
			}
		})
	}
	background(h.poller.Run)
	if h.gauges.hubs != nil {
		background(h.gauges.hubs.Run)
	}
	if d.hub != nil {
		background(func(ctx context.Context) error { return d.hub.Run(ctx, d.pages) })
	}
	h.tell("http://" + readable(d.reader.Addr()))
	work.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// tell tells a person where everything is.
func (h *house) tell(reader string) {
	if h.banner != nil {
		h.banner(reader)
		return
	}
	data, _ := filepath.Abs(*h.serving.data)
	fmt.Fprintf(h.stdout, "Reader       %s/\nMerged feed  %s/feed.atom\nData         %s\n", reader, reader, data)
}

// doors are where a tidings listens, and who answers there.
type doors struct {
	reader, sock net.Listener
	debug        net.Listener // nil without --debug-addr
	pages        *server.Server
	hub          *push.Hub      // nil if strangers can't reach our feeds
	proxy        *picture.Proxy // nil if pictures aren't shown in publishers' place
}

// open opens the doors, all or none.
func (h *house) open(ctx context.Context) (d doors, err error) {
	defer func() {
		if err == nil {
			return
		}
		if bad := d.shut(); bad != nil { // else a hint stays one
			err = errors.Join(err, bad)
		}
	}()
	if d.reader, err = net.Listen("tcp", *h.serving.listen); err != nil {
		return d, feed.WithHint(fmt.Errorf("serve: %w", err), "another program may use the port; choose another with --listen 127.0.0.1:8081")
	}
	if d.sock, err = control.Listen(*h.serving.data); err != nil {
		return d, err
	}
	if d.hub, err = h.hub(); err != nil {
		return d, err
	}
	if d.proxy, err = h.proxy(ctx); err != nil {
		return d, err
	}
	if d.pages, err = h.pages(ctx, d.reader.Addr().String(), d.hub, d.proxy); err != nil {
		return d, err
	}
	d.debug, err = h.debugListener()
	return d, err
}

// shut shuts the doors that are open, where nobody answers at them yet.
func (d doors) shut() (err error) {
	if d.proxy != nil {
		d.proxy.Close()
	}
	for _, l := range []net.Listener{d.reader, d.sock} {
		if l != nil {
			err = errors.Join(err, l.Close())
		}
	}
	return err
}

// hub makes the hub that pushes our feeds; nil if strangers can't reach them.
func (h *house) hub() (*push.Hub, error) {
	if *h.serving.publicURL == "" {
		return nil, nil
	}
	return push.New(h.store, push.Options{
		PublicURL: *h.serving.publicURL, Transport: h.fetch.Guarded(), UserAgent: userAgent(*h.serving.net.contact),
		Log: h.log, Signature: *h.serving.signature,
	})
}

// pages makes the web reader.
func (h *house) pages(ctx context.Context, listening string, hub *push.Hub, proxy *picture.Proxy) (*server.Server, error) {
	data, err := filepath.Abs(*h.serving.data)
	if err != nil {
		return nil, err
	}
	o := server.Options{
		Store: h.store, Poller: h.poller, Log: h.log, Version: programVersion(), DataFile: data,
		PublicURL: *h.serving.publicURL, NoAuth: *h.serving.noAuth, Loopback: loopback(listening),
	}
	if hub != nil {
		o.Hub = hub
	}
	if o.Showing = feed.Showing(h.serving.pictures.show); proxy != nil {
		o.Pictures = proxy
	}
	h.gauges.show(&o, h.serving)
	from, err := h.store.Setting(ctx, starterSetting)
	if err != nil {
		return nil, err
	}
	if string(from) == builtIn {
		l, err := opml.Read(bytes.NewReader(tidings.FeedsOPML), opml.Limits{})
		if err != nil {
			return nil, err
		}
		o.Starter = l.Wishes()
	}
	return server.New(o)
}

// readable is an address that a person can open: one that listens everywhere is
// reached on this machine.
func readable(a net.Addr) string {
	t, ok := a.(*net.TCPAddr)
	if ok && t.IP.IsUnspecified() {
		return fmt.Sprintf("localhost:%d", t.Port)
	}
	return a.String()
}

// goodbye is how long requests may take to end when the program ends.
const goodbye = 8 * time.Second

// serveHTTP serves until ctx ends. Requests in flight may then finish; farewell
// ends those that would last.
func (h *house) serveHTTP(ctx context.Context, fail context.CancelCauseFunc, l net.Listener, handler http.Handler, farewell func()) {
	s := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(h.log.Handler(), slog.LevelDebug),
	}
	s.RegisterOnShutdown(farewell)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		<-ctx.Done()
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
		defer cancel()
		s.Shutdown(late)
	}()
	if err := s.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
		fail(fmt.Errorf("serve: %w", err))
	}
	<-ended
}
