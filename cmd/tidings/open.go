package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/control"
	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/poller"
)

// version may be set by the linker: -ldflags "-X main.version=1.2.3".
var version string

// programVersion is the version to tell: the linker's, else the module's.
func programVersion() string {
	if version != "" {
		return version
	}
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" && b.Main.Version != "(devel)" {
		return strings.TrimPrefix(b.Main.Version, "v")
	}
	return "0.1.0-dev"
}

// home is where a publisher finds out what has polled a feed, unless the owner
// names a page or an address of their own with --contact.
const home = "https://tidings.example/"

// dataFlag declares the flag that names the data file.
func dataFlag(e *env, f *flag.FlagSet) *string {
	return f.String("data", defaultData(e.getenv), "the data `FILE`")
}

// defaultData is the data file in the user's data directory, by the XDG base
// directory specification, or in systemd's state directory of the service; empty
// if there is neither.
func defaultData(getenv func(string) string) string {
	if dir := getenv("STATE_DIRECTORY"); dir != "" {
		return filepath.Join(dir, "tidings.db")
	}
	dir := getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(dir) { // the specification says to ignore it then
		if getenv("HOME") == "" {
			return ""
		}
		dir = filepath.Join(getenv("HOME"), ".local", "share")
	}
	return filepath.Join(dir, "tidings", "tidings.db")
}

// usable says what is wrong with the path of a data file. Only the commands that
// begin something may create one.
func usable(data string, create bool) error {
	if data == "" {
		return usageError{errors.New("there is no home directory to keep the data in; name a file with --data")}
	}
	if _, err := os.Stat(data); !create && errors.Is(err, os.ErrNotExist) {
		return feed.WithHint(fmt.Errorf("there is no data file at %s", data), "name another with --data; `tidings`, `tidings add` and `tidings import` begin one")
	}
	return nil
}

// network are the flags that say how tidings meets the web.
type network struct {
	allow   prefixes
	workers *int
	gap     *time.Duration
	contact *string
	verbose *bool
	create  bool // the command may create the data file
}

func networkFlags(f *flag.FlagSet) *network {
	n := &network{
		workers: f.Int("workers", 200, "the most requests in flight at once, a `NUMBER`"),
		gap:     f.Duration("site-gap", time.Second, "the least time between two requests to one registrable domain"),
		contact: f.String("contact", home, "the `URL` that the User-Agent shows to publishers"),
		verbose: f.Bool("verbose", false, "log every poll and request to stderr"),
	}
	n.create = true
	f.Var(&n.allow, "allow-private", "a network `CIDR` of private addresses that may be polled; repeat it or separate by commas")
	return n
}

// offlineFlags are for commands that ask nothing of the web.
func offlineFlags(f *flag.FlagSet) *network {
	workers, gap, contact := 1, time.Second, home
	return &network{workers: &workers, gap: &gap, contact: &contact,
		verbose: f.Bool("verbose", false, "log to stderr")}
}

// prefixes is a flag that can be repeated.
type prefixes []netip.Prefix

func (p *prefixes) String() string {
	var s []string
	for _, x := range *p {
		s = append(s, x.String())
	}
	return strings.Join(s, ",")
}

func (p *prefixes) Set(v string) error {
	for s := range strings.FieldsFuncSeq(v, func(r rune) bool { return r == ',' || r == ' ' }) {
		x, err := netip.ParsePrefix(s)
		if a, err2 := netip.ParseAddr(s); err != nil && err2 == nil {
			x, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return fmt.Errorf("want a network like 192.168.0.0/16: %w", err)
		}
		*p = append(*p, x)
	}
	return nil
}

func (n *network) log(e *env) *slog.Logger {
	level := slog.LevelWarn
	if *n.verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: level}))
}

func (n *network) client() *fetch.Client {
	return fetch.New(fetch.Options{
		UserAgent:    userAgent(*n.contact),
		AllowPrivate: n.allow,
	})
}

// userAgent is how the program introduces itself to others.
func userAgent(contact string) string {
	return fmt.Sprintf("tidings/%s (+%s)", programVersion(), contact)
}

func (n *network) poller(s *boltstore.Store, c *fetch.Client, log *slog.Logger, onDemand bool) *poller.Poller {
	return n.pollerWith(s, c, poller.Options{Log: log, OnDemand: onDemand})
}

// pollerWith makes a poller with these options, and those of the flags.
func (n *network) pollerWith(s *boltstore.Store, c *fetch.Client, o poller.Options) *poller.Poller {
	o.Workers, o.SiteGap, o.Retention = *n.workers, *n.gap, feed.DefaultRetention
	return poller.New(s, c, o)
}

// patience is how long a command waits for a data file that another is using.
const patience = 10 * time.Second

// reach gives a client of the tidings that runs on the data file, or of one in
// this process, for the time of a command. The returned function ends it.
func (e *env) reach(ctx context.Context, data string, n *network) (*control.Client, func(), error) {
	deadline := time.Now().Add(patience)
	for {
		c, err := control.Dial(ctx, data)
		if err == nil {
			return c, c.Close, nil
		}
		if err := usable(data, n.create); err != nil {
			return nil, nil, err
		}
		s, err := boltstore.Open(data, boltstore.Options{Log: n.log(e), Timeout: 200 * time.Millisecond})
		if err == nil {
			c, end := e.local(ctx, s, n)
			return c, end, nil
		}
		if !errors.Is(err, feed.ErrLocked) || time.Now().After(deadline) || ctx.Err() != nil {
			return nil, nil, err
		}
	}
}

// session is a command's wish to speak to the tidings that has the data file.
type session struct {
	*env
	data *string
	net  *network
}

// session declares the flag of the data file.
func (e *env) session(f *flag.FlagSet, n *network) session { return session{e, dataFlag(e, f), n} }

// run gives what a command runs: do with a client, if the number of arguments is
// right. What is the sentence for when it isn't.
func (s session) run(least, most int, what string, do func(context.Context, *control.Client, []string) error) func(context.Context, []string) error {
	return func(ctx context.Context, args []string) error {
		if err := wantArgs(args, least, most, what); err != nil {
			return err
		}
		c, end, err := s.reach(ctx, *s.data, s.net)
		if err != nil {
			return err
		}
		defer end()
		return do(ctx, c, args)
	}
}

// local is a tidings in this process that polls only what it is asked to.
func (e *env) local(ctx context.Context, s *boltstore.Store, n *network) (*control.Client, func()) {
	log, web := n.log(e), n.client()
	p := n.poller(s, web, log, true)
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := p.Run(ctx); err != nil {
			log.Error("poll", "err", err)
		}
	}()
	c := control.Local(control.Handler(s, p, log))
	return c, func() {
		c.Close()
		cancel()
		<-ended
		web.Close()
		if err := s.Close(); err != nil {
			log.Error("close the data file", "err", err)
		}
	}
}
