package push

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"sync"
)

// maxDocument bounds a document, in bytes; what is larger is not pushed.
const maxDocument = 32 << 20

// document is a feed as a GET gives it.
type document struct {
	topic string
	kind  string // Content-Type, as served
	body  []byte
	sum   digest
}

// latest keeps the document that was asked for last: deliveries of one topic
// follow one another.
type latest struct {
	mu  sync.Mutex
	doc *document
}

// forget makes the next document be asked for anew.
func (l *latest) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.doc = nil
}

// isFeed tells whether a media type is one of feeds.
func isFeed(contentType string) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	switch kind {
	case "application/atom+xml", "application/rss+xml", "application/feed+json":
		return true
	}
	return false
}

// document asks the site for a feed as a stranger would. The error is a refusal if
// there is no such feed for strangers.
func (h *Hub) document(ctx context.Context, topic string) (*document, error) {
	h.latest.mu.Lock()
	defer h.latest.mu.Unlock()
	if d := h.latest.doc; d != nil && d.topic == topic {
		return d, nil
	}
	h.mu.Lock()
	site := h.site
	h.mu.Unlock()
	if site == nil {
		return nil, refuse(http.StatusServiceUnavailable, "the hub is starting or ending; try again later")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, topic, nil)
	if err != nil {
		return nil, refuse(http.StatusNotFound, "hub.topic is no address that can be asked for")
	}
	res := &answer{header: http.Header{}}
	site.ServeHTTP(res, req)
	kind := res.header.Get("Content-Type")
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case res.status >= 500:
		return nil, fmt.Errorf("ask for %s: status %d", topic, res.status)
	case res.status != http.StatusOK || !isFeed(kind):
		return nil, refuse(http.StatusNotFound, "there is no feed at hub.topic; it must be the address that the feed itself gives as rel=self")
	case !strings.Contains(res.header.Get("Link"), "<"+topic+`>; rel="self"`):
		return nil, refuse(http.StatusNotFound, "the feed at hub.topic gives another address as rel=self, or is not pushed; subscribe to that")
	case res.err != nil:
		return nil, fmt.Errorf("ask for %s: %w", topic, res.err)
	}
	h.latest.doc = &document{topic: topic, kind: kind, body: res.body.Bytes(), sum: sha256.Sum256(res.body.Bytes())}
	return h.latest.doc, nil
}

// answer takes what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
	err    error
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
}

var errTooLarge = errors.New("the document is too large to be pushed")

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.body.Len()+len(b) > maxDocument {
		a.err = errTooLarge
		return 0, a.err
	}
	return a.body.Write(b)
}
