package server

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// batch is what is asked of some feeds: the form around the table of feeds.
type batch struct {
	ids  []uint64
	v    url.Values
	back string // the list; at the first of the feeds
}

// sure reports whether the reader was asked and meant it.
func (b *batch) sure() bool { return b.v.Get("sure") == "1" }

// mostBulk bounds the form: 100,000 feeds fit.
const mostBulk = 2 << 20

// bulk does something to the feeds that were chosen in the table.
func (s *Server) bulk(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r, mostBulk); err != nil {
		return err
	}
	b, err := s.readBatch(r)
	if err != nil {
		return err
	}
	l, yes, no := words.From(r.Context()), true, false
	if len(b.ids) == 0 {
		return s.done(w, r, b.back, &flash{Text: l.T("Choose some feeds first."), Wrong: true})
	}
	switch n := len(b.ids); b.v.Get("do") {
	case "move":
		return s.moveSome(w, r, b)
	case "pause":
		return s.changeSome(w, r, b, feed.Change{Paused: &yes}, l.N("%d feed is paused.", "%d feeds are paused.", n))
	case "resume":
		return s.changeSome(w, r, b, feed.Change{Paused: &no}, l.N("%d feed is polled again.", "%d feeds are polled again.", n))
	case "fulltext":
		return s.changeSome(w, r, b, feed.Change{FullText: &yes}, fullTextText(l, true))
	case "plaintext":
		return s.changeSome(w, r, b, feed.Change{FullText: &no}, fullTextText(l, false))
	case "keep":
		return s.keepSome(w, r, b)
	case "refresh":
		return s.refresh(w, r, b.ids, b.back)
	case "read":
		return s.readSome(w, r, b)
	case "unsubscribe":
		return s.unsubscribeSome(w, r, b)
	}
	return badRequest("The form doesn’t say what to do.")
}

// readBatch finds out which feeds are meant: those that were ticked, or all of a list.
func (s *Server) readBatch(r *http.Request) (*batch, error) {
	b := &batch{v: r.PostForm}
	for _, text := range b.v["feed"] {
		id, err := strconv.ParseUint(text, 10, 64)
		if err != nil || id == 0 {
			return nil, badRequest("A feed is named by its number.")
		}
		b.ids = append(b.ids, id)
	}
	at, err := url.Parse(local(cmp.Or(b.v.Get("list"), "/feeds")))
	if err != nil || at.Path != "/feeds" {
		return nil, badRequest("The list of feeds could not be read.")
	}
	q := parseRoster(at.Query())
	b.back = q.encode()
	if len(b.ids) > 0 {
		b.back += "#f" + number(b.ids[0])
	}
	if b.v.Get("all") == "1" {
		all, err := s.roll.list(r.Context(), s.Store, time.Now())
		if err != nil {
			return nil, err
		}
		for _, x := range q.choose(all) {
			b.ids = append(b.ids, x.Subscription.ID)
		}
	}
	slices.Sort(b.ids)
	b.ids = slices.Compact(b.ids)
	return b, nil
}

// moveSome puts feeds into a folder: one that is there, or a new one.
func (s *Server) moveSome(w http.ResponseWriter, r *http.Request, b *batch) error {
	l, folder := words.From(r.Context()), cleanFolder(b.v.Get("new"))
	if folder == "" {
		folder = b.v.Get("folder")
	}
	switch folder {
	case "":
		return s.done(w, r, b.back, &flash{Text: l.T("Choose a folder, or name a new one."), Wrong: true})
	case noFolder:
		folder = ""
		return s.changeSome(w, r, b, feed.Change{Folder: &folder}, l.N("%d feed is without a folder now.", "%d feeds are without a folder now.", len(b.ids)))
	}
	folder = cleanFolder(folder)
	return s.changeSome(w, r, b, feed.Change{Folder: &folder}, l.N("%d feed moved to %s.", "%d feeds moved to %s.", len(b.ids), len(b.ids), folder))
}

// readSome marks read what feeds tell, but no story that came after the page was made.
func (s *Server) readSome(w http.ResponseWriter, r *http.Request, b *batch) error {
	until, err := parseUntil(b.v)
	if err != nil {
		return err
	}
	counts, err := s.Store.Counts(r.Context())
	if err != nil {
		return err
	}
	var changed []uint64
	for _, id := range b.ids {
		if counts.Feeds[id] == 0 {
			continue
		}
		some, err := s.Store.MarkAll(r.Context(), feed.Query{Feed: id, Unread: true, Until: until}, feed.Cursor{}, time.Now())
		if err != nil {
			return err
		}
		changed = append(changed, some...)
	}
	return s.marked(w, r, changed, b.back)
}

// unsubscribeSome ends following feeds, once the reader means it.
func (s *Server) unsubscribeSome(w http.ResponseWriter, r *http.Request, b *batch) error {
	l, n := words.From(r.Context()), len(b.ids)
	if !b.sure() {
		return s.ask(w, r, surePage{
			Heading: l.N("Unsubscribe from %d feed?", "Unsubscribe from %d feeds?", n), Text: l.T("Their entries go with them; starred stories stay. For ten minutes it can be undone."),
			Button: l.T("Unsubscribe"), Back: b.back, Action: "/feeds/bulk",
		}, b.v)
	}
	undo := &refiling{}
	for _, id := range b.ids {
		err := s.Poller.Remove(r.Context(), id)
		if errors.Is(err, feed.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		undo.gone = append(undo.gone, id)
	}
	list, _ := cutAnchor(b.back)
	return s.done(w, r, list, &flash{Text: l.N("Unsubscribed from %d feed.", "Unsubscribed from %d feeds.", len(undo.gone)), Undo: s.shelf.put(undo)})
}
