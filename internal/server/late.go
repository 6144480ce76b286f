package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"maps"
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
// taken back, the server remembers it, and keeps that among the settings. So a mark that is sent twice,
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
	if s.retaken.note(changed, c, at) {
		err = errors.Join(err, s.retaken.save(r.Context(), s.Store))
	}
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

// mostRetaken bounds how many stories are remembered; beyond that those are forgotten whose
// marks were taken back first.
const mostRetaken = 20_000

// retaken remembers when marks were last taken back: the store keeps no mark that says
// nothing.
type retaken struct {
	mu      sync.Mutex
	stories map[uint64]backAt
	saving  sync.Mutex // held while they are written, so that the latest is written last
}

// backAt is when a story was last marked unread, and when its star was taken.
type backAt struct{ unread, unstarred time.Time }

// last is the later of the two.
func (b backAt) last() time.Time {
	if b.unread.After(b.unstarred) {
		return b.unread
	}
	return b.unstarred
}

// note remembers that marks were taken back at a time. It reports whether there was
// anything to remember.
func (k *retaken) note(ids []uint64, c feed.MarkChange, at time.Time) bool {
	unread, unstarred := c.Read != nil && !*c.Read, c.Starred != nil && !*c.Starred
	if !unread && !unstarred || len(ids) == 0 {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stories == nil {
		k.stories = map[uint64]backAt{}
	}
	for _, id := range ids {
		b := k.stories[id]
		if unread {
			b.unread = at
		}
		if unstarred {
			b.unstarred = at
		}
		k.stories[id] = b
	}
	k.prune(at)
	return true
}

// prune forgets what no late mark asks for, and of too many the oldest tenth.
func (k *retaken) prune(now time.Time) {
	if len(k.stories) <= mostRetaken {
		return
	}
	ids := slices.SortedFunc(maps.Keys(k.stories), func(a, b uint64) int { return k.stories[a].last().Compare(k.stories[b].last()) })
	for i, id := range ids {
		if i < len(ids)-mostRetaken*9/10 || now.Sub(k.stories[id].last()) > mostAgo {
			delete(k.stories, id)
		}
	}
}

// save writes what is remembered, as recall reads it: for each story its number and the
// two times in Unix milliseconds, 0 for never, as varints.
func (k *retaken) save(ctx context.Context, store Store) error {
	k.saving.Lock()
	defer k.saving.Unlock()
	k.mu.Lock()
	packed := make([]byte, 0, 16*len(k.stories))
	for id, b := range k.stories {
		packed = binary.AppendUvarint(packed, id)
		for _, at := range []time.Time{b.unread, b.unstarred} {
			ms := int64(0)
			if !at.IsZero() {
				ms = at.UnixMilli()
			}
			packed = binary.AppendVarint(packed, ms)
		}
	}
	k.mu.Unlock()
	return store.SetSetting(ctx, settingRetaken, packed)
}

// recall reads what an earlier run wrote. Of what is damaged it takes what can be read.
func (k *retaken) recall(ctx context.Context, store Store) error {
	packed, err := store.Setting(ctx, settingRetaken)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stories = map[uint64]backAt{}
	for r := bytes.NewReader(packed); r.Len() > 0; {
		id, err := binary.ReadUvarint(r)
		unread, bad := binary.ReadVarint(r)
		unstarred, worse := binary.ReadVarint(r)
		if cmp.Or(err, bad, worse) != nil {
			break
		}
		k.stories[id] = backAt{sometime(unread), sometime(unstarred)}
	}
	return nil
}

// sometime is a time in Unix milliseconds; 0 for never.
func sometime(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// after reports whether a mark that a change would set was taken back after a time.
func (k *retaken) after(id uint64, c feed.MarkChange, at time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	b := k.stories[id]
	return c.Read != nil && *c.Read && b.unread.After(at) || c.Starred != nil && *c.Starred && b.unstarred.After(at)
}
