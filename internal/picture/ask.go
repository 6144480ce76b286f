package picture

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// accepted are the media types that are asked for: what can be decoded. Servers that
// choose by them send no AVIF then.
const accepted = "image/webp, image/png, image/jpeg, image/gif, image/*;q=0.1"

// How long a failure is believed.
const (
	lasting  = 24 * time.Hour   // what isn't there, or isn't a picture
	passing  = 10 * time.Minute // what may be mended at any time
	longRest = time.Hour        // the most that a site is left alone for one answer
)

// show gives the picture that was wished for: kept, or made now. Of many who wish for
// one at a time one makes it, whoever of them goes away meanwhile.
func (p *Proxy) show(ctx context.Context, w wish) (Picture, error) {
	k := newKey(w)
	if got, ok := p.kept(k); ok {
		return got, nil
	}
	if f, failed := p.failures.get(k); failed {
		return Picture{}, f.err
	}
	select {
	case p.waiting <- struct{}{}:
		defer func() { <-p.waiting }()
	default:
		return Picture{}, errBusy
	}
	made := p.flights.DoChan(fmt.Sprintf("%x/%d", k.hash, k.width), func() (any, error) { return p.alone(k, w) })
	select {
	case r := <-made:
		got, _ := r.Val.(Picture)
		return got, r.Err
	case <-ctx.Done():
		return Picture{}, ctx.Err()
	}
}

func (p *Proxy) kept(k key) (Picture, bool) {
	if p.cache == nil {
		return Picture{}, false
	}
	return p.cache.get(k)
}

// alone makes a picture, and remembers why that fails.
func (p *Proxy) alone(k key, w wish) (got Picture, err error) {
	p.work.Add(1)
	defer p.work.Done()
	ctx, cancel := context.WithTimeout(p.ctx, queueing+patience)
	defer cancel()
	defer func() {
		if err != nil && p.ctx.Err() == nil {
			p.log.Debug("show a picture", "address", w.address, "err", err)
			p.failures.put(k, failure{err, time.Now().Add(believed(err))})
		}
	}()
	defer p.rescue(w, &err)
	raw, err := p.raw(ctx, k, w)
	if err != nil {
		return Picture{}, err
	}
	got, err = p.make(ctx, raw, w.width)
	if err == nil && p.cache != nil {
		if err := p.cache.put(k, got); err != nil {
			p.log.Warn("keep a picture", "err", err)
		}
	}
	return got, err
}

// rescue makes a panic of a decoder the picture's fault. It is to be deferred.
func (p *Proxy) rescue(w wish, err *error) {
	if r := recover(); r != nil {
		p.log.Error("make a picture", "address", w.address, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		*err = errNoPicture
	}
}

// believed is how long a failure counts.
func believed(err error) time.Duration {
	var fe *fetch.Error
	var resting *restingError
	switch {
	case errors.As(err, &resting):
		return max(time.Until(resting.until), 0)
	case errors.As(err, &fe):
		switch fe.Kind {
		case feed.FailureMissing, feed.FailureGone, feed.FailureRefused, feed.FailureBlocked:
			return lasting
		}
		return min(max(fe.RetryAfter, passing), lasting)
	case errors.Is(err, errNoPicture), errors.Is(err, errTooBig), errors.Is(err, errTracker):
		return lasting
	}
	return passing
}

// raw gives a picture as it came: kept, or asked for now, once for all widths.
func (p *Proxy) raw(ctx context.Context, k key, w wish) ([]byte, error) {
	came := p.flights.DoChan(fmt.Sprintf("%x", k.hash), func() (_ any, err error) {
		defer p.rescue(w, &err)
		if got, ok := p.kept(k.of(original)); ok {
			return got.Body, nil
		}
		return p.ask(ctx, k, w)
	})
	r := <-came // it ends with ctx, or that of who came first, which is as long
	b, _ := r.Val.([]byte)
	return b, r.Err
}

// ask fetches a picture, and keeps it if it is one.
func (p *Proxy) ask(ctx context.Context, k key, w wish) ([]byte, error) {
	resp, err := p.get(ctx, w)
	if err != nil {
		return nil, err
	}
	if resp.Cut != nil {
		return nil, resp.Cut
	}
	m, err := measure(resp.Body)
	if err != nil {
		return nil, err
	}
	if p.cache != nil {
		came := Picture{Body: resp.Body, kind: m.kind, Width: m.width, Height: m.height}
		if err := p.cache.put(k.of(original), came); err != nil {
			p.log.Warn("keep a picture", "err", err)
		}
	}
	return resp.Body, nil
}

// get makes the request when its turn has come, and waits for another turn where a redirect
// leads to another site.
func (p *Proxy) get(ctx context.Context, w wish) (*fetch.Response, error) {
	t, err := p.queue.enter(ctx, w.address)
	if err != nil {
		return nil, err
	}
	defer func() {
		if t != nil {
			t.leave()
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	resp, err := p.fetch.Get(ctx, fetch.Request{
		URL: w.address, Accept: accepted, MaxBody: mostBytes, Public: w.scope == public,
		Turn: func(ctx context.Context, address string) error {
			if fetch.Site(address) == t.site {
				return nil
			}
			t.leave()
			t = nil
			next, err := p.queue.enter(ctx, address)
			t = next
			return err
		},
	})
	var fe *fetch.Error
	if errors.As(err, &fe) && fe.Kind == feed.FailureLimited && (fe.Status == http.StatusTooManyRequests || fe.RetryAfter > 0) && t != nil {
		t.rest(min(max(fe.RetryAfter, time.Minute), longRest))
	}
	return resp, err
}

// make decodes and scales a picture, when there is memory and a core for it.
func (p *Proxy) make(ctx context.Context, raw []byte, width int) (Picture, error) {
	m, err := measure(raw)
	if err != nil {
		return Picture{}, err
	}
	if err := p.decoding.Acquire(ctx, m.cost); err != nil {
		return Picture{}, err
	}
	defer p.decoding.Release(m.cost)
	if err := acquire(ctx, p.cores); err != nil {
		return Picture{}, err
	}
	defer func() { <-p.cores }()
	return render(raw, m, width)
}
