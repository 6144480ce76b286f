package server

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"tidings/internal/feed"
)

// A mark made without a network arrives late, from the queue of the service worker
// (web/sw.js). Its form says how long ago it was made, in "ago", and not when: clocks of
// devices go wrong. It takes effect as of then: what the reader marked on another device
// in between stands. Of marks that were set, the store knows when; of marks that were
// taken back, this program remembers it while it runs. So a mark that is sent twice,
// because an answer was lost, does no harm either.

// mostAgo is how late a mark may be and still be believed about its time.
const mostAgo = 365 * 24 * time.Hour

// made tells when the mark of a form was made, and whether it is late.
func made(v url.Values, now time.Time) (at time.Time, late bool, err error) {
	ago := v.Get("ago")
	if ago == "" {
		return now, false, nil
	}
	ms, err := strconv.ParseInt(ago, 10, 64)
	if err != nil || ms < 0 {
		return now, false, badRequest("How long ago that was marked could not be read.")
	}
	return now.Add(-time.Duration(min(ms, mostAgo.Milliseconds())) * time.Millisecond), true, nil
}

// remark changes marks as the request's form asks, which may be late. It tells which
// stories it changed.
func (s *Server) remark(r *http.Request, ids []uint64, c feed.MarkChange) ([]uint64, error) {
	at, late, err := made(r.PostForm, time.Now())
	if err != nil {
		return nil, err
	}
	if c.Late = late; late {
		ids = slices.DeleteFunc(slices.Clone(ids), func(id uint64) bool { return s.retaken.after(id, c, at) })
	}
	changed, err := s.Store.Mark(r.Context(), ids, c, at)
	s.retaken.note(changed, c, at)
	return changed, err
}

// remarkAll marks a stretch read as the request's form asks, which may be late.
func (s *Server) remarkAll(r *http.Request, q feed.Query, upTo feed.Cursor) ([]uint64, error) {
	at, late, err := made(r.PostForm, time.Now())
	if err != nil {
		return nil, err
	}
	changed, err := s.Store.MarkAll(r.Context(), q, upTo, at)
	if err != nil || !late {
		return changed, err
	}
	var back []uint64 // what was marked unread since
	changed = slices.DeleteFunc(changed, func(id uint64) bool {
		if !s.retaken.after(id, changes()["read"], at) {
			return false
		}
		back = append(back, id)
		return true
	})
	_, err = s.Store.Mark(r.Context(), back, changes()["unread"], time.Now())
	return changed, err
}

// mostRetaken bounds how many stories are remembered; beyond that all are forgotten.
const mostRetaken = 20_000

// retaken remembers when marks were last taken back: the store keeps no mark that says
// nothing.
type retaken struct {
	mu      sync.Mutex
	stories map[uint64]backAt
}

// backAt is when a story was last marked unread, and when its star was taken.
type backAt struct{ unread, unstarred time.Time }

// note remembers that marks were taken back at a time.
func (k *retaken) note(ids []uint64, c feed.MarkChange, at time.Time) {
	unread, unstarred := c.Read != nil && !*c.Read, c.Starred != nil && !*c.Starred
	if !unread && !unstarred {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, id := range ids {
		if k.stories == nil || len(k.stories) >= mostRetaken {
			k.stories = map[uint64]backAt{}
		}
		b := k.stories[id]
		if unread {
			b.unread = at
		}
		if unstarred {
			b.unstarred = at
		}
		k.stories[id] = b
	}
}

// after reports whether a mark that a change would set was taken back after a time.
func (k *retaken) after(id uint64, c feed.MarkChange, at time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	b := k.stories[id]
	return c.Read != nil && *c.Read && b.unread.After(at) || c.Starred != nil && *c.Starred && b.unstarred.After(at)
}
