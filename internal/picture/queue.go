package picture

import (
	"context"
	"errors"
	"sync"
	"time"

	"tidings/internal/fetch"
)

// queue bounds the requests in flight: in all, and of each site.
type queue struct {
	all chan struct{} // a token for each request

	mu    sync.Mutex
	sites map[string]*gate
}

// gate is the queue of one site.
type gate struct {
	inside chan struct{} // a token for each request
	users  int           // who is in it or waits
	rest   time.Time     // it is left alone until then
}

func newQueue() *queue {
	return &queue{all: make(chan struct{}, fetches), sites: map[string]*gate{}}
}

// restingError tells that a site asked to be left alone.
type restingError struct{ until time.Time }

func (e *restingError) Error() string {
	return "its site wants to be left alone until " + e.until.Format(time.RFC3339)
}

// turn is a place in the queue.
type turn struct {
	q    *queue
	site string
	gate *gate
}

// enter waits for the turn of a request to an address: at its site first, so that
// who waits for a slow site takes nobody else's place.
func (q *queue) enter(ctx context.Context, address string) (*turn, error) {
	t := &turn{q: q, site: fetch.Site(address)}
	q.mu.Lock()
	g := q.sites[t.site]
	if g == nil {
		g = &gate{inside: make(chan struct{}, perSite)}
		q.sites[t.site] = g
	}
	if until := g.rest; until.After(time.Now()) {
		q.mu.Unlock()
		return nil, &restingError{until}
	}
	g.users++
	t.gate = g
	q.mu.Unlock()
	if err := acquire(ctx, g.inside); err != nil {
		t.release()
		return nil, err
	}
	if err := acquire(ctx, q.all); err != nil {
		<-g.inside
		t.release()
		return nil, err
	}
	return t, nil
}

func acquire(ctx context.Context, tokens chan struct{}) error {
	select {
	case tokens <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave ends the turn.
func (t *turn) leave() {
	<-t.q.all
	<-t.gate.inside
	t.release()
}

// release forgets the gate if nobody else is at it, and it isn't shut.
func (t *turn) release() {
	t.q.mu.Lock()
	defer t.q.mu.Unlock()
	if t.gate.users--; t.gate.users == 0 && !t.gate.rest.After(time.Now()) {
		delete(t.q.sites, t.site)
	}
}

// rest leaves the site of a turn alone for a while.
func (t *turn) rest(d time.Duration) {
	t.q.mu.Lock()
	defer t.q.mu.Unlock()
	if until := time.Now().Add(d); until.After(t.gate.rest) {
		t.gate.rest = until
	}
	if len(t.q.sites) > mostFailures {
		t.q.sweep()
	}
}

// sweep forgets the gates whose rest is over. Its caller holds the lock.
func (q *queue) sweep() {
	for site, g := range q.sites {
		if g.users == 0 && !g.rest.After(time.Now()) {
			delete(q.sites, site)
		}
	}
}

// failures are the pictures that could not be had.
type failures struct {
	mu  sync.Mutex
	all map[[16]byte]failure
}

// failure is why, and until when nobody tries again.
type failure struct {
	err   error
	until time.Time
}

// mostFailures is how many are remembered; those that lapsed are forgotten first.
const mostFailures = 4096

// get is the failure in force; false if there is none.
func (f *failures) get(k key) (failure, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	x, ok := f.all[k.hash]
	return x, ok && x.until.After(time.Now())
}

// put remembers a failure.
func (f *failures) put(k key, x failure) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.all) >= mostFailures {
		now := time.Now()
		for k, x := range f.all {
			if !x.until.After(now) {
				delete(f.all, k)
			}
		}
	}
	if len(f.all) >= mostFailures || f.all == nil {
		f.all = map[[16]byte]failure{}
	}
	f.all[k.hash] = x
}

// errBusy is the failure of a picture for which too many wait already.
var errBusy = errors.New("too many pictures are waited for")
