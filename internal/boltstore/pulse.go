package boltstore

import (
	"sync"
	"sync/atomic"

	"tidings/internal/feed"
)

// pulse knows by which version each river changed last, as far as this process
// has seen it: most commits touch the stories of few feeds.
type pulse struct {
	mu    sync.Mutex
	all   uint64            // when anything changed that may be in any river; 0: before the file was opened
	feeds map[uint64]uint64 // when stories of a feed changed
	marks atomic.Uint64     // how often marks changed
}

// touch notes that a reader could see a change in stories of these feeds, and in
// no others.
func (w *work) touch(ids ...uint64) {
	if w.touched == nil {
		w.touched = map[uint64]bool{}
	}
	for _, id := range ids {
		w.touched[id] = true
	}
}

// beat notes what a commit has changed.
func (p *pulse) beat(w *work) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.visible {
		p.all, p.feeds = w.version, nil
		return
	}
	if p.feeds == nil {
		p.feeds = map[uint64]uint64{}
	}
	for id := range w.touched {
		p.feeds[id] = w.version
	}
}

// RiverVersion is a number that moves with every change that a reader could see in
// the river that the filters of q choose, and seldom with others. Unlike
// [Store.Version] it is good for this process alone, and of unread and starred
// stories it moves with every mark. Ask for it before reading what is to be kept
// under it.
func (s *Store) RiverVersion(q feed.Query) uint64 {
	marks := uint64(0)
	if q.Unread || q.Starred {
		marks = s.pulse.marks.Load()
	}
	if q.Feed == 0 && q.Folder == "" && q.Tag == "" {
		return s.Version() + marks
	}
	p := &s.pulse
	p.mu.Lock()
	defer p.mu.Unlock()
	newest := p.all
	if o := s.outlets.Load(); o != nil { // else nothing was read or written yet
		for _, id := range o.chosen(q) {
			newest = max(newest, p.feeds[id])
		}
	}
	return newest + marks
}
