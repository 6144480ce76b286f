package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// The rhythm of event streams.
const (
	settle    = 400 * time.Millisecond // a burst of commits is told once
	heartbeat = 25 * time.Second       // keeps proxies from hanging up
	vigil     = 5 * time.Second        // sessions end without a sign
	pulse     = time.Second            // while polling: progress moves without commits, too
	mostNew   = 100                    // new stories counted at most
)

// state is what an open page wants to know of the world, but for the counts.
type state struct {
	First   bool   `json:"first"`
	Text    string `json:"text"`
	Done    int    `json:"done"`
	Total   int    `json:"total"`
	News    string `json:"news"` // "3 new stories"; empty for none
	Version uint64 `json:"version"`
}

// message is what it is told: the state, and the counts that changed.
type message struct {
	state
	Counts tally `json:"counts"`
	Whole  bool  `json:"whole"` // Counts are all there are: what is missing is 0
}

// events streams the state of a page of the river (server-sent events) until
// the page is left, its session ends or the server closes.
func (s *Server) events(w http.ResponseWriter, r *http.Request) error {
	f, err := parseFilter(r.URL.Query())
	if err != nil {
		return err
	}
	top, err := feed.ParseCursor(r.URL.Query().Get("top"))
	if err != nil {
		return badRequest("The page’s place in the river could not be read.")
	}
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		w.Header().Set("Retry-After", "60")
		return &problem{Status: http.StatusServiceUnavailable, Title: "Too many open pages", Text: "Live updates are busy."}
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		return nil
	}
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{}) // not every ResponseWriter has deadlines
	if err := s.stream(r, w, out, &onlooker{filter: f, top: top}); err != nil && r.Context().Err() == nil {
		s.Log.Debug("event stream ended", "err", err)
	}
	return nil
}

// onlooker is an open page, what it knows and what it was told.
type onlooker struct {
	filter  filter
	top     feed.Cursor
	changed <-chan struct{} // closed when there is something to look for; nil at first
	running bool            // polls are under way: progress moves without commits
	beat    <-chan time.Time
	watch   <-chan time.Time // time to see whether the session holds
	state   state
	counts  tally

	told       bool
	toldState  state
	toldCounts tally
}

// stream tells a page what changed, until the request or its session ends, or the
// server closes. Nobody is told when a session ends, and so it looks from time to
// time: that is two settings read.
func (s *Server) stream(r *http.Request, w http.ResponseWriter, out *http.ResponseController, o *onlooker) error {
	beat, watch := time.NewTicker(heartbeat), time.NewTicker(s.vigil)
	defer beat.Stop()
	defer watch.Stop()
	o.beat, o.watch = beat.C, watch.C
	for {
		if ok, err := s.welcome(r); err != nil || !ok {
			return err
		}
		if err := s.look(r.Context(), o); err != nil {
			return err
		}
		if err := o.tell(w, out); err != nil {
			return err
		}
		if !s.await(r.Context(), w, out, o) {
			return nil
		}
	}
}

// look brings what an onlooker knows up to date. Counts are asked for after
// commits only, and stories only where the store's version moved: a river's news
// are arrivals, and not what was read.
func (s *Server) look(ctx context.Context, o *onlooker) (err error) {
	o.progress(words.From(ctx), s.Poller.Progress(), &s.stall)
	first := o.changed == nil
	if !first && !closed(o.changed) {
		return nil
	}
	o.changed = s.Store.Changed()
	version := s.Store.Version()
	if o.counts, err = s.tallies.tally(ctx, s.Store); err != nil {
		return err
	}
	if first || version != o.state.Version {
		o.state.News, err = s.news(ctx, o.filter, o.top)
	}
	o.state.Version = version
	return err
}

// progress notes how far the first poll is; of others nothing is told.
func (o *onlooker) progress(l *words.Language, p feed.Progress, k *stall) {
	o.running = p.Running
	o.state.First, o.state.Text, o.state.Done, o.state.Total = false, "", 0, 0
	if k.first(p, time.Now()) {
		o.state.First, o.state.Text, o.state.Done, o.state.Total = true, pollText(l, p), p.Done, p.Total
	}
}

// news words how many stories there are above a page's first.
func (s *Server) news(ctx context.Context, f filter, top feed.Cursor) (string, error) {
	q := f.query()
	q.After, q.Limit = top, mostNew
	page, err := s.Store.Stories(ctx, q)
	n := len(page.Stories)
	if err != nil || n == 0 {
		return "", err
	}
	l := words.From(ctx)
	if page.More {
		return l.N("More than %d new story", "More than %d new stories", n), nil
	}
	return l.N("%d new story", "%d new stories", n), nil
}

// tell writes what an onlooker doesn't know yet, if there is anything.
func (o *onlooker) tell(w http.ResponseWriter, out *http.ResponseController) error {
	m := message{state: o.state, Counts: o.counts.since(o.toldCounts), Whole: !o.told}
	if o.told && o.state == o.toldState && len(m.Counts) == 0 {
		return nil
	}
	o.told, o.toldState, o.toldCounts = true, o.state, o.counts
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "data: %s\n\n", b); err != nil {
		return err
	}
	return out.Flush()
}

// await waits until there may be news; false ends the stream.
func (s *Server) await(ctx context.Context, w http.ResponseWriter, out *http.ResponseController, o *onlooker) bool {
	var tick <-chan time.Time
	if o.running {
		tick = time.After(pulse)
	}
	select {
	case <-ctx.Done():
		return false
	case <-s.closed:
		return false
	case <-o.beat:
		_, err := w.Write([]byte(":\n\n"))
		return err == nil && out.Flush() == nil
	case <-tick:
		return true
	case <-o.watch:
		return true
	case <-o.changed:
	}
	select {
	case <-ctx.Done():
		return false
	case <-s.closed:
		return false
	case <-time.After(settle):
		return true
	}
}

// closed reports whether a channel that only ever closes has done so.
func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
