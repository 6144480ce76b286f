package poller

import (
	"context"
	"slices"
	"sync"
)

// room bounds the memory that the bodies of all polls under way take together, beyond
// the little that each has anyway. A body takes more as it grows, because nobody knows
// beforehand how large it will be. Those that find no room wait in the order in which
// they asked, with their connections left alone; but one of all is the elder, for whom
// there is room always. So somebody can go on at any time, nobody waits for who waits
// for them, and all take no more than the room and the largest body. The elder's time is
// limited as every poll's is, and so one that drips its bytes holds others for a while
// at most, and only those as large as itself.
type room struct {
	mu    sync.Mutex
	free  int64
	elder *guest
	queue []*guest // who waits, the first first
}

// The room for bodies, in bytes.
const (
	roomForBodies = 24 << 20
	roomForEach   = 64 << 10 // for which nobody asks
)

func newRoom(size int64) *room { return &room{free: size} }

// guest is a poll that takes room; each for one goroutine.
type guest struct {
	room    *room
	has     int64 // of the room
	older   int64 // had as the elder, beside the room
	wants   int64 // more, while it waits
	granted chan struct{}
}

func (r *room) guest() *guest { return &guest{room: r, granted: make(chan struct{}, 1)} }

// take waits until there is room for so many bytes in all. The error is that of ctx.
func (g *guest) take(ctx context.Context, bytes int64) error {
	r := g.room
	r.mu.Lock()
	g.wants = bytes - roomForEach - g.has - g.older
	if g.wants <= 0 || (r.elder == g || len(r.queue) == 0) && r.grant(g) {
		r.mu.Unlock()
		return nil
	}
	r.queue = append(r.queue, g)
	r.mu.Unlock()
	select {
	case <-g.granted:
		return nil
	case <-ctx.Done():
		g.leave()
		return ctx.Err()
	}
}

// grant gives a guest what it wants, if that can be.
func (r *room) grant(g *guest) bool {
	switch {
	case g.wants <= r.free:
		r.free -= g.wants
		g.has += g.wants
	case r.elder == nil || r.elder == g:
		r.elder = g
		g.older += g.wants
	default:
		return false
	}
	return true
}

// leave gives back all that a guest has, and lets others in.
func (g *guest) leave() {
	r := g.room
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free += g.has
	g.has, g.older = 0, 0
	if r.elder == g {
		r.elder = nil
	}
	if i := slices.Index(r.queue, g); i >= 0 {
		r.queue = slices.Delete(r.queue, i, i+1)
	}
	for len(r.queue) > 0 && r.grant(r.queue[0]) {
		r.queue[0].granted <- struct{}{}
		r.queue = slices.Delete(r.queue, 0, 1)
	}
}
