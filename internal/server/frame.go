package server

import (
	"net/http"
	"sync"
	"time"

	"tidings/internal/feed"
	"tidings/internal/publish"
	"tidings/internal/words"
)

// Frame is what every page has around its main part.
type Frame struct {
	Title  string // of the document
	Part   string // "river", "story", "feeds", "settings", "plain": styles and the current link
	Nav    bool   // the reader's own links
	Style  string
	Script string
	Extra  string // a further script; empty for none
	// Offline tells that a page is made to be kept, and shown without a network.
	Offline bool
	Touch   string // icon for home screens
	// Alternates are feeds, for programs that look for some in the page.
	Alternates []alternate
	LogOut     bool // a session can be ended
	Today      string
	Date       string // of Today, as YYYY-MM-DD
	Events     string // address of the event stream; empty for none
	First      bool   // the first poll is on: the page fills by itself
	Refresh    int    // seconds after which a page without script asks again; 0 never
	Poll       *pollBanner
	Flash      *flash
	Back       string // this page, for forms that return to it
}

// pollBanner tells how far polling is.
type pollBanner struct {
	Text  string
	Done  int
	Total int
}

// flash tells what was just done, and offers to take it back.
type flash struct {
	Text string
	Undo string // what /undo wants; empty where there is nothing to undo

	Decision   string // number of a decision to undo; empty for none
	Href, Link string // page of ours to go on to; empty for none
	Wrong      bool   // it didn't work
}

// bareFrame is the frame of a page that tells nothing of what is stored.
func (s *Server) bareFrame(l *words.Language, title string) Frame {
	now := time.Now()
	return Frame{
		Title: title, Part: "plain",
		Style: s.assets.Path("style.css"), Script: s.assets.Path("reader.js"),
		Touch: s.assets.Path("icon-180.png"), Alternates: alternates("/feed", l.T("tidings: every story once")),
		Today: l.Date("Monday, 2 January 2006", now), Date: now.Format("2006-01-02"),
	}
}

// alternate is a feed that a page names.
type alternate struct{ Type, Title, Href string }

// alternates are the feeds of a channel, the best format first.
func alternates(page, title string) (all []alternate) {
	for _, f := range publish.Formats() {
		all = append(all, alternate{f.Type(), title + " (" + f.Name() + ")", page + "." + string(f)})
	}
	return all
}

// frame is the frame of a page of the reader.
func (s *Server) frame(r *http.Request, title, part string) (Frame, error) {
	l := words.From(r.Context())
	f := s.bareFrame(l, title)
	f.Nav, f.Part = true, part
	f.Events, f.Back = "/events", backTo(r)
	if p := s.Poller.Progress(); s.stall.first(p, time.Now()) {
		f.poll(l, p)
	}
	f.Flash, _ = s.shelf.get(r.URL.Query().Get("done")).(*flash)
	var err error
	f.LogOut, err = s.locked(r.Context())
	return f, err
}

// poll shows how far the first poll is, and lets the page fill.
func (f *Frame) poll(l *words.Language, p feed.Progress) {
	f.First, f.Refresh = true, 4
	f.Poll = &pollBanner{Text: pollText(l, p), Done: p.Done, Total: p.Total}
}

// pollText says how far the first poll is.
func pollText(l *words.Language, p feed.Progress) string {
	if p.New == 0 {
		return l.T("Polling your feeds for the first time: %d of %d.", p.Done, p.Total)
	}
	return l.N("Polling your feeds for the first time: %d of %d, %d entry so far.",
		"Polling your feeds for the first time: %d of %d, %d entries so far.", p.New, p.Done, p.Total, p.New)
}

// standstill is how long the first poll may get nowhere before pages stop waiting
// for it.
const standstill = 2 * time.Minute

// stall judges whether the first poll gets on: a feed that never answers must not
// keep pages asking again for ever.
type stall struct {
	mu    sync.Mutex
	last  feed.Progress
	since time.Time // when last was first seen
	asked time.Time
}

// first reports whether the first poll is on, and getting on.
func (k *stall) first(p feed.Progress, now time.Time) bool {
	if !p.Running || !p.First {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if p != k.last || now.Sub(k.asked) > standstill {
		k.last, k.since = p, now
	}
	k.asked = now
	return now.Sub(k.since) < standstill
}

// done puts what to tell on the shelf and sends the browser back to path,
// which will tell it.
func (s *Server) done(w http.ResponseWriter, r *http.Request, path string, f *flash) error {
	path, anchor := cutAnchor(local(path))
	return see(w, r, withQuery(path, "done", s.shelf.put(f))+anchor)
}
