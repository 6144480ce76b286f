// Package server is the web reader and the HTTP side of the merged feed.
//
// A request passes, in this order, the security headers, the host guard (DNS
// rebinding), the cross-origin check and, where a password is set, the session
// check; then the handler of its route. Handlers return errors, and fail is the
// one place that writes them, as a page like any other.
//
// Invariants: GET and HEAD never change anything that a person could see (the
// merged feed notes what it served, see stamp.go). Every route but the few that
// routes marks open demands a session once a password is set, and so does
// an address without a route. Every answer, errors included, carries the strict
// headers of headers.go. HTML of publishers reaches a page only as [feed.HTML].
//
// Pages are built in two steps: a handler fills a page struct with what is ready
// to show, and a template of package web lays it out. What a person may take
// back, and reports of imports, wait on a shelf for ten minutes: in memory, but for
// the lines of reports, which are as many as a list has.
//
// What the reader decides about stories (decide.go) and how far copies are folded
// (folding.go) are forms like any other. The page of a story shows what came of it:
// the evidence for each copy, what was nearly one, related coverage, and the
// decisions with their way back.
//
// The page shows the story in the words of its lead or of any other copy, with what
// that adds marked, and what the last revision changed (shown.go, package compare).
// Where a feed gives teasers, the text of the entry's page can be had instead, beside the
// feed's own (fulltext.go, package article). Places in a text have names that no other
// text has, and its pictures lead to their large form (body.go). Sound and video come
// straight from publishers, when somebody presses play (enclosure.go).
// Every marking can be undone (undo.go). A river has an order and a layout (look.go).
//
// Pictures of publishers come from us, at addresses that [Pictures] signs, unless the
// reader wants them from publishers, or none (pictures.go). What is stored keeps the
// addresses as published; pages are rewritten as they are laid out, feeds never.
//
// Every river has feeds and a page that tells of them (channel.go). Documents are kept
// until their river changes (merged.go); where a password is set, each address has a
// key of its own (key.go).
//
// Pages speak the reader's language (tongue.go, package words): handlers ask
// words.From(ctx) for it, errors are translated where they are written.
//
// The reader can be installed (manifest.go) and read without a network: a service worker
// (worker.go, web/sw.js) keeps the newest unread stories (kept.go), and marks until they
// can be sent, which then count as of when they were made (late.go).
//
// The server leaves to others: what is stored (Store), everything that asks the
// network or moves copies between stories (Poller), the feed document (package
// publish), OPML (package opml).
package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
	"tidings/web"
)

// Store is what the reader asks of the data file. Pages ask for Outlets, which
// cost nothing; Subscriptions reads all of every feed, and only the list of feeds
// and OPML want that.
type Store interface {
	Stories(ctx context.Context, q feed.Query) (feed.Page, error)
	Biggest(ctx context.Context, q feed.Query) (feed.Page, error)
	Listed(ctx context.Context, stories []uint64) (feed.Page, error)
	Titles(ctx context.Context, after uint64, limit int) ([]feed.Titled, error)
	Story(ctx context.Context, id uint64) (feed.Full, error)
	Earlier(ctx context.Context, entry uint64) (feed.Version, error)
	FullText(ctx context.Context, entry uint64) (feed.FullText, error)
	Mark(ctx context.Context, stories []uint64, c feed.MarkChange, now time.Time) ([]uint64, error)
	MarkAll(ctx context.Context, q feed.Query, upTo feed.Cursor, now time.Time) ([]uint64, error)
	Counts(ctx context.Context) (feed.Counts, error)
	Stats(ctx context.Context) (feed.Stats, error)
	Subscription(ctx context.Context, id uint64) (feed.Following, error)
	Subscriptions(ctx context.Context) ([]feed.Following, error)
	SubscriptionsSince(ctx context.Context, have uint64) (feed.Roster, error)
	FeedDays(ctx context.Context, id uint64, from, now time.Time) ([]feed.DayTally, error)
	DayTallies(ctx context.Context, from, until time.Time) (map[uint64][]feed.DayTally, error)
	FeedTallies(ctx context.Context, from, until time.Time) (map[uint64]feed.DayTally, error)
	HourTallies(ctx context.Context, from, until time.Time) ([]feed.HourTally, error)
	Overlaps(ctx context.Context, since time.Time, most int) (feed.Overlaps, error)
	Unsubscribed(ctx context.Context) ([]feed.Unsubscribed, error)
	FindSubscription(ctx context.Context, canonical string) (feed.Subscription, error)
	Outlets(ctx context.Context) ([]feed.Outlet, error)
	Lists(ctx context.Context) ([]feed.List, error)
	Setting(ctx context.Context, key string) ([]byte, error)
	SetSetting(ctx context.Context, key string, value []byte) error
	Settings(ctx context.Context, prefix string) (map[string][]byte, error)
	Decisions(ctx context.Context) ([]feed.Decision, error)
	Dissolved(ctx context.Context, story uint64) (uint64, error)
	Archive(ctx context.Context, q feed.Query, upTo uint64) (feed.Volume, error)
	NewestArchive(ctx context.Context, q feed.Query, listed []feed.Headline) (uint64, error)
	Prefer(ctx context.Context, scope feed.Scope, p feed.Preference) error
	Icon(ctx context.Context, hash string) ([]byte, error)
	IconOf(ctx context.Context, source string) (string, error)
	RiverVersion(q feed.Query) uint64
	Version() uint64
	Changed() <-chan struct{}
}

// Poller is what the reader asks of polling: everything that needs the network,
// and every change of what is followed or of what stories are made of. Subscribe
// answers one addition for each wish, in their order.
type Poller interface {
	Subscribe(ctx context.Context, wishes []feed.Wish) ([]feed.Addition, error)
	Discover(ctx context.Context, url string) ([]feed.Found, error)
	Preview(ctx context.Context, url string) ([]feed.Preview, error)
	Remove(ctx context.Context, id uint64) error
	TakeBack(ctx context.Context, id uint64) (feed.Subscription, error)
	TakeBackAll(ctx context.Context, ids []uint64) ([]feed.Subscription, error)
	Change(ctx context.Context, id uint64, c feed.Change) (feed.Subscription, error)
	ChangeAll(ctx context.Context, cs []feed.FeedChange) ([]feed.Subscription, error)
	Losses(ctx context.Context, c feed.KeepChange) (feed.Loss, error)
	Refresh(ctx context.Context, ids []uint64) (int, error)
	FullText(ctx context.Context, entry uint64) (feed.FullText, error)
	Split(ctx context.Context, story, entry uint64) (feed.Decision, error)
	Join(ctx context.Context, a, b uint64) (feed.Decision, error)
	Undo(ctx context.Context, decision uint64) (feed.Decision, error)
	SetRule(ctx context.Context, scope feed.Scope, rule feed.Rule) error
	Progress() feed.Progress
	Receipt(ctx context.Context) (feed.Receipt, error)
	CancelNew(ctx context.Context) (int, error)
	Timetable() feed.Timetable
	SetTimetable(ctx context.Context, id uint64, t feed.Timetable) error
	Import(ctx context.Context, r feed.ImportRequest, line func(feed.ImportLine) error) (feed.ImportSum, error)
	PollList(ctx context.Context, id uint64) (feed.ImportReport, error)
	UnfollowList(ctx context.Context, id uint64) error
}

// Options say what the server shows and whom it lets in.
type Options struct {
	Store   Store
	Poller  Poller
	Log     *slog.Logger // nil: slog.Default
	Version string       // of the program

	// PublicURL is the address under which people reach the server, such as
	// "https://news.example.org"; empty: the request's Host decides.
	PublicURL string
	// NoAuth never asks for a password, even where one is set.
	NoAuth bool
	// Loopback tells that the server listens on a loopback address only. Then,
	// without a password, it answers to loopback names, PublicURL's host and
	// Hosts alone, so that no web page reaches it by rebinding a name.
	Loopback bool
	Hosts    []string // further host names to answer to, without port

	Hub Hub // pushes the feeds; nil: nobody does

	// Pictures shows pictures in publishers' place; nil: browsers ask publishers. Showing
	// is how, whatever the reader chose; empty: as chosen.
	Pictures Pictures
	Showing  feed.Showing

	// Subscriber takes what hubs send us under /websub/ (package websub has one); nil:
	// they send nothing.
	Subscriber http.Handler

	// Metrics is served at /metrics; nil: there are none. Where a password is set, or
	// MetricsToken, only who has a session or sends the token may read them.
	Metrics      http.Handler
	MetricsToken string

	// Starter is the list of feeds that the program comes with, where this data
	// file began with it; the river then offers to replace them.
	Starter  []feed.Wish
	DataFile string // shown on the settings page; may be empty
}

// Server is the http.Handler of the reader. Close it before the http.Server
// shuts down, so that its event streams end.
type Server struct {
	Options
	base     *url.URL // of PublicURL; nil without
	mux      *http.ServeMux
	open     map[string]bool // route pattern: needs no session
	cross    *http.CrossOriginProtection
	assets   *web.Assets
	words    *words.Lexicon
	pages    map[string]func() (map[string]*template.Template, error) // by language; parsed when it is first spoken
	press    press
	galley   galley
	shelf    *shelf
	limiter  *limiter
	retaken  retaken
	baking   chan struct{} // bounds how many requests make pages to keep at once
	hashing  chan struct{} // bounds how many passwords are hashed at once
	merged   merged
	tallies  tallies
	titles   headlines
	stall    stall
	stats    statsShelf
	packs    []pack
	patience time.Duration  // how long an import may take before its report is shown unfinished
	errands  sync.WaitGroup // what goes on when its request has ended
	roll     roll
	streams  chan struct{} // bounds how many event streams are open
	vigil    time.Duration // how often event streams look whether their session holds

	chosen atomic.Pointer[feed.Showing] // how the reader wants pictures to be shown

	closed chan struct{}
	close  sync.Once
}

// Limits of what one program serves.
const (
	maxStreams = 64
	maxHashes  = 2
	keepFor    = 10 * time.Minute // undo, reports
)

// New makes the reader. It fails where PublicURL is no http(s) address, or the
// store can't be asked.
func New(o Options) (*Server, error) {
	s := &Server{
		Options: o,
		cross:   http.NewCrossOriginProtection(),
		shelf:   newShelf(keepFor, 200),
		limiter: newLimiter(),
		hashing: make(chan struct{}, maxHashes),
		streams: make(chan struct{}, maxStreams),
		baking:  make(chan struct{}, 1),
		closed:  make(chan struct{}),
		vigil:   vigil,

		patience: importPatience,
	}
	s.press.zstd = sync.OnceValues(newZstd)
	if s.Log == nil {
		s.Log = slog.Default()
	}
	if err := s.setBase(); err != nil {
		return nil, err
	}
	var err error
	if s.assets, err = web.Load(); err != nil {
		return nil, err
	}
	if s.packs, err = readPacks(); err != nil {
		return nil, fmt.Errorf("read the packs of feeds: %w", err)
	}
	if err = s.readWords(); err != nil {
		return nil, err
	}
	if _, err = s.identify(context.Background()); err != nil {
		return nil, fmt.Errorf("read the id of the merged feed: %w", err)
	}
	if err := s.ensureKey(context.Background()); err != nil {
		return nil, fmt.Errorf("draw the key of the feeds: %w", err)
	}
	if err := s.merged.recall(context.Background(), s.Store); err != nil {
		return nil, fmt.Errorf("read when the merged feed changed: %w", err)
	}
	if err := s.retaken.recall(context.Background(), s.Store); err != nil {
		return nil, fmt.Errorf("read when marks were taken back: %w", err)
	}
	if err := s.recallShowing(context.Background()); err != nil {
		return nil, fmt.Errorf("read how pictures are shown: %w", err)
	}
	s.register()
	return s, nil
}

// Close ends the event streams. It may be called more than once.
func (s *Server) Close() {
	s.close.Do(func() {
		close(s.closed)
		s.errands.Wait()
		s.shelf.end()
	})
}

func (s *Server) setBase() error {
	if s.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(strings.TrimSuffix(s.PublicURL, "/"))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.Path != "" {
		return feed.WithHint(fmt.Errorf("public address %q is not usable", s.PublicURL),
			"give scheme and host alone, such as https://news.example.org")
	}
	s.base = u
	return s.cross.AddTrustedOrigin(u.String()) // a proxy in between may change Host
}

// identify gives the merged feed's own id, which is drawn once for a data file.
func (s *Server) identify(ctx context.Context) (string, error) {
	id, err := s.Store.Setting(ctx, settingID)
	if err != nil || len(id) > 0 {
		return string(id), err
	}
	fresh := feed.StoryURN("tidings", rand.Text())
	return fresh, s.Store.SetSetting(ctx, settingID, []byte(fresh))
}

// origin is scheme and host as the person's browser or feed reader sees them.
func (s *Server) origin(r *http.Request) string {
	switch {
	case s.base != nil:
		return s.base.String()
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// secure reports whether the person's browser talks https.
func (s *Server) secure(r *http.Request) bool {
	return r.TLS != nil || s.base != nil && s.base.Scheme == "https"
}
