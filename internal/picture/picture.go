// Package picture shows publishers' pictures without telling publishers who looks,
// and makes icons of what stands for a feed.
//
// A page names a picture by an address of ours: the signature, the width at which it is
// shown, and the publisher's address. The [Proxy] asks for it once, however many wait
// for it, decodes it, makes it as small as it is shown, and writes it anew. What
// it serves is its own JPEG, PNG or GIF, never the publisher's bytes: with them
// go metadata (places, cameras, names), colour profiles and whatever else hides in
// files. AVIF alone, which we can't decode, passes as it is. The bytes decide what a
// picture is, whatever it is called, and SVG is none.
//
// What it keeps true:
//
//   - It is no open proxy: only addresses that a page of ours showed are signed, by a
//     key that is kept in the store. The signature also says whether the document that
//     names the picture may lead into a private network (see [Proxy.Address]).
//   - Nothing is decoded before its measures are known. What decoding takes is
//     reckoned from them, by format; beyond [mostCost] it isn't done, and no more than
//     [costAtOnce] is done at the same time.
//   - A site (registrable domain) is asked [perSite] pictures at a time, half of what
//     one browser opens, and left alone as long as a 429 or 503 asks for. Spacing
//     like that of polls would keep a person waiting for a page of fifty pictures
//     for a minute; what a browser would do anyway is no rudeness, and lazy
//     loading asks only for what comes into view. A picture is asked once: the original is
//     cached beside what was made of it, so that the story's page doesn't ask again.
//   - A failure is remembered, and answered with a placeholder until then.
//   - The cache is a directory that may be deleted at any time. A file is written
//     beside its place and renamed, and has a checksum; a torn one is a miss.
//
// Polling, the choice of a picture for an entry and the pages are left to others.
package picture

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"

	"tidings/internal/fetch"
)

// Bounds of the proxy.
const (
	mostBytes  = 8 << 20          // of a picture as it comes
	mostCost   = 96 << 20         // bytes that decoding one picture may take
	costAtOnce = 128 << 20        // bytes that decoding may take at a time
	fetches    = 8                // requests in flight, so that bodies take 64 MiB at most
	perSite    = 3                // of them to one site
	mostWaits  = 512              // requests for pictures that wait at a time
	patience   = 20 * time.Second // for one picture, from its turn to its last byte
	queueing   = time.Minute      // until its turn comes
)

// Store keeps the key of the signatures.
type Store interface {
	Setting(ctx context.Context, key string) ([]byte, error)
	SetSetting(ctx context.Context, key string, value []byte) error
}

// settingKey names the key of the signatures, of 32 bytes.
const settingKey = "picture-key"

// Fetcher makes one guarded request; *fetch.Client is the real one.
type Fetcher interface {
	Get(ctx context.Context, r fetch.Request) (*fetch.Response, error)
}

// Options say where pictures are kept.
type Options struct {
	Dir string       // of the cache, made if need be; empty: nothing is kept
	Cap int64        // bytes that the cache may take on disk; 0: DefaultCap
	Log *slog.Logger // nil: nothing is logged
}

// DefaultCap is what the cache takes on disk, in bytes.
const DefaultCap = 256 << 20

// Proxy fetches, makes and keeps pictures. It is safe for concurrent use.
type Proxy struct {
	signer
	log      *slog.Logger
	fetch    Fetcher
	cache    *cache // nil: nothing is kept
	queue    *queue
	failures failures
	decoding *semaphore.Weighted // bytes
	cores    chan struct{}       // a token for each decoding
	flights  singleflight.Group
	waiting  chan struct{} // a token for each request that waits

	ctx  context.Context // of everything under way
	stop context.CancelFunc
	work sync.WaitGroup
}

// New makes a proxy, with the key that the store has or gets now. A cache that can't
// be opened is done without, which is logged.
func New(ctx context.Context, s Store, f Fetcher, o Options) (*Proxy, error) {
	key, err := ensureKey(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("draw the key of the pictures: %w", err)
	}
	p := &Proxy{
		signer: newSigner(key), log: o.Log, fetch: f, queue: newQueue(),
		decoding: semaphore.NewWeighted(costAtOnce), cores: make(chan struct{}, max(1, min(4, runtime.GOMAXPROCS(0)))),
		waiting: make(chan struct{}, mostWaits),
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.ctx, p.stop = context.WithCancel(context.WithoutCancel(ctx))
	if o.Dir != "" {
		limit := o.Cap
		if limit <= 0 {
			limit = DefaultCap
		}
		if p.cache, err = openCache(o.Dir, limit); err != nil {
			p.log.Warn("keep no pictures on disk", "err", err)
		}
	}
	return p, nil
}

// ensureKey gives the key of the signatures, which is drawn once for a data file.
func ensureKey(ctx context.Context, s Store) ([]byte, error) {
	key, err := s.Setting(ctx, settingKey)
	if err != nil || len(key) == 32 {
		return key, err
	}
	key = make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	return key, s.SetSetting(ctx, settingKey, key)
}

// Close ends what is under way, and waits for it.
func (p *Proxy) Close() {
	p.stop()
	p.work.Wait()
	if p.cache != nil {
		p.cache.close()
	}
}
