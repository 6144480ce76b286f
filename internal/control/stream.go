package control

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tidings/internal/feed"
)

// pollLine is a line of the answer to a poll; one of its parts is set.
type pollLine struct {
	Begin   *int          `json:",omitempty"`
	Outcome *feed.Outcome `json:",omitempty"`
	Error   *failure      `json:",omitempty"`
	End     bool          `json:",omitempty"`
}

func (h handler) poll(w http.ResponseWriter, r *http.Request) {
	var req feed.PollRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		fail(w, fmt.Errorf("read the request: %w", err))
		return
	}
	lines := newLines(w)
	defer lines.close()
	line := lines.write
	err := h.poller.Poll(r.Context(), req,
		func(n int) { line(pollLine{Begin: &n}) },
		func(o feed.Outcome) { line(pollLine{Outcome: &o}) })
	if err != nil {
		f := failureOf(err)
		line(pollLine{Error: &f})
		return
	}
	line(pollLine{End: true})
}

// rebuildLine is a line of the answer to a rebuild: a step, or the end.
type rebuildLine struct {
	Done, Total int           `json:",omitempty"`
	Result      *feed.Rebuilt `json:",omitempty"`
	Error       *failure      `json:",omitempty"`
}

func (h handler) rebuild(w http.ResponseWriter, r *http.Request) {
	lines := newLines(w)
	defer lines.close()
	out, err := h.poller.Rebuild(r.Context(), func(done, total int) { lines.write(rebuildLine{Done: done, Total: total}) })
	if err != nil {
		f := failureOf(err)
		lines.write(rebuildLine{Error: &f})
		return
	}
	lines.write(rebuildLine{Result: &out})
}

// lines writes JSON lines that are seen within a tenth of a second, without a
// system call for each.
type lines struct {
	mu    sync.Mutex
	enc   *json.Encoder
	flush func() error
	dirty bool
	tick  *time.Ticker
	ended chan struct{}
}

func newLines(w http.ResponseWriter) *lines {
	l := &lines{enc: json.NewEncoder(w), flush: http.NewResponseController(w).Flush,
		tick: time.NewTicker(100 * time.Millisecond), ended: make(chan struct{})}
	go func() {
		for {
			select {
			case <-l.tick.C:
				l.send()
			case <-l.ended:
				return
			}
		}
	}()
	return l
}

func (l *lines) write(v any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.enc.Encode(v)
	l.dirty = true
}

func (l *lines) send() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dirty {
		l.flush()
		l.dirty = false
	}
}

// close sends the rest; nothing is written after it.
func (l *lines) close() {
	l.tick.Stop()
	close(l.ended)
	l.send()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flush = func() error { return nil }
}
