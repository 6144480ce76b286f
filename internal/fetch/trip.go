package fetch

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"tidings/internal/feed"
)

// trip is one Get on its way: where it is, and how it came there.
type trip struct {
	client    *Client
	request   Request
	transport *http.Transport // chosen anew once a public address redirects
	url       *url.URL        // what is asked now; User is kept apart in auth
	user      *url.Userinfo   // credentials for url's host
	first     string          // host of the address subscribed to
	hops      []Hop
	permanent bool // no hop so far was less than permanent
	status    int  // of the present address's answer; 0 before it

	clock *time.Timer   // ends the trip
	wound time.Time     // when clock was last wound
	left  time.Duration // what was on it then
}

// run goes from hop to hop until an answer is none.
func (t *trip) run(ctx context.Context) (*Response, error) {
	u, err := parseURL(t.request.URL)
	if err != nil {
		return nil, t.refuse(fmt.Errorf("cannot ask this address: %w", err), "check it for typing errors")
	}
	t.first = u.Hostname()
	if t.request.Origin != "" && !t.request.Public {
		t.transport = t.client.named(t.request.Origin, t.first)
	}
	t.arrive(u)
	for {
		t.status = 0
		resp, err := t.send(ctx)
		if err != nil {
			return nil, t.explain(ctx, err)
		}
		t.status = resp.StatusCode
		if !isRedirect(resp.StatusCode) {
			return t.answer(ctx, resp)
		}
		err = t.follow(resp)
		discard(resp.Body)
		if err == nil {
			err = t.turn(ctx, resp)
		}
		if err != nil {
			return nil, err
		}
	}
}

// hopWait is the longest Retry-After of a redirect that is waited for on the way.
const hopWait = 10 * time.Second

// turn waits until the next hop may be taken, with the clock stopped: as long as the
// redirect asks for (RFC 9110 §10.2.3), and as Request.Turn takes.
func (t *trip) turn(ctx context.Context, resp *http.Response) error {
	wait := retryAfter(resp.Header, time.Now())
	if wait > hopWait {
		e := t.fail(trouble{feed.FailureLimited, "is where it redirects, but not before a while", waitTodo}, nil)
		e.RetryAfter = wait
		return e
	}
	if wait == 0 && t.request.Turn == nil {
		return nil
	}
	return t.paused(func() error {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return t.explain(ctx, ctx.Err())
		}
		if t.request.Turn == nil {
			return nil
		}
		return t.request.Turn(ctx, t.url.String())
	})
}

// paused lets something happen with the clock stopped, unless time is up already, as
// whatever comes next will see.
func (t *trip) paused(f func() error) error {
	if !t.clock.Stop() {
		return nil
	}
	t.left -= time.Since(t.wound)
	err := f()
	t.wound = time.Now()
	t.clock.Reset(max(t.left, time.Millisecond))
	return err
}

// arrive makes u the address to ask next.
func (t *trip) arrive(u *url.URL) {
	t.user, u.User = u.User, nil
	t.url = u
}

// send asks the present address.
func (t *trip) send(ctx context.Context) (*http.Response, error) {
	remote := new(string)
	if t.transport != t.client.public {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			GotConn: func(i httptrace.GotConnInfo) { *remote = i.Conn.RemoteAddr().String() },
		})
	}
	resp, err := t.transport.RoundTrip(t.build(ctx))
	if err == nil && t.client.guard.isPublic(*remote) {
		// From here on a redirect must not lead to what AllowPrivate opens:
		// that is for the owner to choose, not for a publisher.
		t.transport = t.client.public
	}
	return resp, err
}

// build makes the request for the present address. The transport alone would
// send nothing but what is set here, Host and Connection.
func (t *trip) build(ctx context.Context) *http.Request {
	c := t.client
	h := http.Header{"User-Agent": c.userAgent, "Accept": c.accept, "Accept-Encoding": c.encodings}
	if t.request.Accept != "" {
		h["Accept"] = []string{t.request.Accept}
	}
	if sendable(t.request.ETag) {
		h["If-None-Match"] = []string{t.request.ETag}
	}
	if t.delta() {
		h["A-Im"] = []string{"feed"}
	}
	if sendable(t.request.LastModified) {
		h["If-Modified-Since"] = []string{t.request.LastModified}
	}
	if t.user != nil {
		password, _ := t.user.Password()
		h["Authorization"] = []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(t.user.Username()+":"+password))}
	}
	req := &http.Request{Method: http.MethodGet, URL: t.url, Host: t.url.Host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	return req.WithContext(ctx)
}

// sendable tells whether a validator can be sent: servers do send control
// characters in an ETag, which no request may carry.
func sendable(v string) bool { return v != "" && httpguts.ValidHeaderFieldValue(v) }

// isRedirect tells whether a status leads elsewhere (RFC 9110 §15.4).
func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// follow takes the hop that resp asks for.
func (t *trip) follow(resp *http.Response) error {
	here := t.url.String()
	next, err := resolve(t.url, resp.Header.Get("Location"))
	if err != nil {
		return t.refuse(fmt.Errorf("%s redirects wrongly: %w", t.subject(), err), "open the feed in a browser and use the address it ends at")
	}
	t.hops = append(t.hops, Hop{URL: here, Status: resp.StatusCode})
	if len(t.hops) > t.client.opts.MaxRedirects {
		return t.refuse(fmt.Errorf("%s redirects more than %d times", t.first, t.client.opts.MaxRedirects), "look for the feed's present address on the publisher's site")
	}
	target := next.String()
	for _, h := range t.hops {
		if h.URL == target {
			return t.refuse(fmt.Errorf("%s redirects in a circle", t.first), "look for the feed's present address on the publisher's site")
		}
	}
	downgrade := t.url.Scheme == "https" && next.Scheme == "http"
	lasting := resp.StatusCode == http.StatusMovedPermanently || resp.StatusCode == http.StatusPermanentRedirect
	t.permanent = t.permanent && lasting && !downgrade
	if !sameHost(t.url, next) || downgrade {
		t.user = nil
	}
	t.url = next
	return nil
}

// answer takes in the last answer.
func (t *trip) answer(ctx context.Context, resp *http.Response) (*Response, error) {
	res := &Response{
		Status:       resp.StatusCode,
		URL:          t.address(),
		Hops:         t.hops,
		Permanent:    t.permanent && len(t.hops) > 0,
		ContentType:  short(resp.Header.Get("Content-Type")),
		ETag:         short(resp.Header.Get("Etag")),
		LastModified: short(resp.Header.Get("Last-Modified")),
		MaxAge:       maxAge(resp.Header, time.Now()),
		RetryAfter:   retryAfter(resp.Header, time.Now()),
	}
	res.Hubs, res.Self = linkHeader(resp.Header["Link"], t.url)
	switch {
	case resp.StatusCode == http.StatusNotModified && t.conditional():
		res.NotModified = true
		discard(resp.Body)
		return res, nil
	case resp.StatusCode == http.StatusOK, resp.StatusCode == http.StatusNonAuthoritativeInfo:
		return t.document(ctx, resp, res)
	case t.delta() && resp.StatusCode == http.StatusIMUsed && isFeedDelta(resp.Header):
		res.Delta = true
		return t.document(ctx, resp, res)
	}
	discard(resp.Body)
	return nil, t.refused(resp)
}

// short is a header's value, or empty if it is longer than any honest one: the caller
// will store it, and send it back with every poll.
func short(v string) string {
	if len(v) > 1024 {
		return ""
	}
	return v
}

// conditional tells whether the request asked for changes only.
func (t *trip) conditional() bool {
	return sendable(t.request.ETag) || sendable(t.request.LastModified)
}

// delta tells whether the request asked for new entries alone, which needs the tag of
// what there is (RFC 3229 §10.5.2).
func (t *trip) delta() bool { return t.request.Delta && sendable(t.request.ETag) }

// isFeedDelta tells whether a 226 was made in the one way that was asked for. Some
// servers don't say how (RFC 3229 §10.5.3 wants it), and then it is that one.
func isFeedDelta(h http.Header) bool {
	im := strings.TrimSpace(strings.Join(h["Im"], ","))
	name, _, _ := strings.Cut(im, ";")
	return im == "" || strings.EqualFold(strings.TrimSpace(name), "feed")
}

// document reads the body into res.
func (t *trip) document(ctx context.Context, resp *http.Response, res *Response) (*Response, error) {
	defer resp.Body.Close()
	b, done := t.body()
	defer done()
	if t.request.Room != nil {
		b.room = func(n int64) error {
			return t.paused(func() error { return t.request.Room(ctx, n) })
		}
	}
	var err error
	res.Body, res.Bytes, err = b.read(resp)
	switch {
	case err != nil && res.Body == nil:
		return nil, t.explain(ctx, err)
	case err != nil: // its validators are those of a document that nobody has
		res.Cut, res.ETag, res.LastModified = t.explain(ctx, err), "", ""
	}
	if len(res.Body) == 0 {
		return nil, t.explain(ctx, errEmpty)
	}
	res.Hash = sum(res.Body)
	return res, nil
}

// maxBody is the limit of the body in bytes.
func (t *trip) maxBody() int64 { return cmp.Or(t.request.MaxBody, t.client.opts.MaxBody) }

// body gives what takes the body in, until done is called. Those of the client are
// used again; one with a limit of its own is rare, and is not.
func (t *trip) body() (b *body, done func()) {
	if t.maxBody() != t.client.opts.MaxBody {
		return newBody(t.maxBody()), func() {}
	}
	b = t.client.bodies.Get().(*body)
	return b, func() { b.release(); t.client.bodies.Put(b) }
}

// address is the present address as the caller should remember it.
func (t *trip) address() string {
	if len(t.hops) == 0 {
		return t.request.URL
	}
	u := *t.url
	u.User = t.user
	return u.String()
}

// drainLimit is how much of a body that nobody wants is read to keep its
// connection, in bytes; beyond it a new connection is cheaper.
const drainLimit = 16 << 10

// discard ends a response whose body isn't wanted.
func discard(b io.ReadCloser) {
	if b == http.NoBody {
		return
	}
	_, _ = io.CopyN(io.Discard, b, drainLimit+1)
	_ = b.Close()
}

var errEmpty = errors.New("empty document")
