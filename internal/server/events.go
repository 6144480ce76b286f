package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"tidings/internal/feed"
)

// The rhythm of event streams.
const (
	settle    = 400 * time.Millisecond // a burst of commits is told once
	heartbeat = 25 * time.Second       // keeps proxies from hanging up
	pulse     = time.Second            // while polling: progress moves without commits, too
	mostNew   = 100                    // new stories counted at most
)

// state is what an open page wants to know of the world.
type state struct {
	Running bool   `json:"running"`
	First   bool   `json:"first"`
	Text    string `json:"text"`
	Done    int    `json:"done"`
	Total   int    `json:"total"`
	News    string `json:"news"` // "3 new stories"; empty for none
	Version uint64 `json:"version"`
	Counts  tally  `json:"counts"`
}

// events streams the state of a page of the river (server-sent events) until
// the page is left or the server closes.
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
	if err := s.stream(r.Context(), w, out, f, top); err != nil && r.Context().Err() == nil {
		s.Log.Debug("event stream ended", "err", err)
	}
	return nil
}

// stream writes the state whenever it changed.
func (s *Server) stream(ctx context.Context, w http.ResponseWriter, out *http.ResponseController, f filter, top feed.Cursor) error {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	var last []byte
	for {
		changed := s.Store.Changed()
		now, running, err := s.state(ctx, f, top)
		if err != nil {
			return err
		}
		if !bytes.Equal(now, last) {
			if _, err := fmt.Fprintf(w, "data: %s\n\n", now); err != nil {
				return err
			}
			if err := out.Flush(); err != nil {
				return err
			}
			last = now
		}
		if !s.await(ctx, w, out, changed, running, beat.C) {
			return nil
		}
	}
}

// await waits until there may be news; false ends the stream.
func (s *Server) await(ctx context.Context, w http.ResponseWriter, out *http.ResponseController, changed <-chan struct{}, running bool, beat <-chan time.Time) bool {
	var tick <-chan time.Time
	if running {
		tick = time.After(pulse)
	}
	for {
		select {
		case <-ctx.Done():
			return false
		case <-s.closed:
			return false
		case <-beat:
			if _, err := w.Write([]byte(":\n\n")); err != nil || out.Flush() != nil {
				return false
			}
			continue
		case <-tick:
			return true
		case <-changed:
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
}

func (s *Server) state(ctx context.Context, f filter, top feed.Cursor) (data []byte, running bool, err error) {
	p := s.Poller.Progress()
	st := state{Running: p.Running, First: p.Running && p.First, Done: p.Done, Total: p.Total, Version: s.Store.Version()}
	if st.First {
		st.Text = pollText(p)
	}
	c, err := s.Store.Counts(ctx)
	if err != nil {
		return nil, false, err
	}
	st.Counts = newTally(c)
	q := f.query()
	q.After, q.Limit = top, mostNew
	page, err := s.Store.Stories(ctx, q)
	if err != nil {
		return nil, false, err
	}
	if n := len(page.Stories); n > 0 {
		st.News = count(n, "new story", "new stories")
		if page.More {
			st.News = "More than " + st.News
		}
	}
	data, err = json.Marshal(st)
	return data, p.Running, err
}
