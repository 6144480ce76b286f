// Package fetch makes one polite, bounded, SSRF-safe conditional GET.
//
// Polite: it sends one plain GET, no HEAD before it, to the address exactly as
// the reader subscribed to it, with the publisher's own validators byte for
// byte. It keeps no cookies, sends no Referer, and shows the user name and
// password of an address to that host alone. Answers of name servers are kept for as
// long as they say.
//
// Bounded: [Options] limits the body, both as it comes over the wire and as it
// unpacks, and the time to connect, to wait for headers and to take in all.
// A body is unpacked while it arrives and dropped with its connection at the
// first byte too many, so that a bomb costs what the limit costs, not what it
// would unpack to.
//
// Safe: every address is checked by code.dny.dev/ssrf at the moment of dialling,
// when names and odd spellings have become an IP address. Only public addresses
// pass, so neither a redirect, nor a DNS answer that changes between check
// and use, nor an IPv4 address in IPv6 clothes reaches the inner network.
// Options.AllowPrivate opens networks that the owner wants to read from; a
// redirect from a public address doesn't lead into them even so. Any port may be
// dialled: feeds do live on 8080, and the port isn't what makes an address
// private. A proxy from the environment is not used: the guard would then see the
// proxy's address and not the publisher's, and the check would be worth nothing.
//
// The package knows nothing of feeds but their media types. What a status means
// for the next poll is decided by its caller, from [Error] and [Response].
package fetch

import (
	"context"
	"crypto/sha256"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Options are the limits of a [Client]. Zero values mean the defaults.
type Options struct {
	UserAgent string // sent as it is; default "tidings"

	// MaxBody is the limit of a body in bytes, on the wire and unpacked; default 16 MiB.
	MaxBody int64

	Connect time.Duration // for DNS and TCP, and again for TLS; default 10 s
	Header  time.Duration // from the request sent to the last header; default 30 s
	Total   time.Duration // for everything, redirects included; default 60 s

	// AllowPrivate are networks that may be dialled although they aren't public.
	AllowPrivate []netip.Prefix

	MaxRedirects int // default 10
}

func (o Options) withDefaults() Options {
	if o.UserAgent == "" {
		o.UserAgent = "tidings"
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 16 << 20
	}
	if o.Connect <= 0 {
		o.Connect = 10 * time.Second
	}
	if o.Header <= 0 {
		o.Header = 30 * time.Second
	}
	if o.Total <= 0 {
		o.Total = 60 * time.Second
	}
	if o.MaxRedirects <= 0 {
		o.MaxRedirects = 10
	}
	return o
}

// Request asks for one document.
type Request struct {
	URL string // absolute http or https address, requested as it stands

	// Validators, byte for byte as an earlier answer carried them; empty: none.
	ETag         string
	LastModified string

	Accept string // media types; empty: those of feeds

	// MaxBody is the limit of the body in bytes in the place of [Options.MaxBody]; 0:
	// that.
	MaxBody int64

	// Delta tells that the caller merges: with an ETag, the publisher may then answer
	// 226 with the entries that are new alone (RFC 3229, A-IM: feed).
	Delta bool

	// Origin is the address of the document that names URL, if it wasn't the reader who
	// did: then what [Options.AllowPrivate] opens is within reach only as [Client.From]
	// says.
	Origin string

	// Public allows public addresses alone, whatever [Options.AllowPrivate] opens: for
	// addresses that strangers name, as [Client.From] says.
	Public bool

	// Turn, if set, is called before each redirect is followed, with the address that
	// it leads to, and the request goes on when it returns. The time that it takes
	// doesn't count. Its error ends the fetch, and is returned as it is.
	Turn func(ctx context.Context, address string) error

	// Room, if set, is called before the body takes more than 64 KB of memory, and each
	// time that it takes more, with how many bytes that will be in all; it goes on when
	// Room returns. The time that it takes doesn't count. An error breaks the body off.
	Room func(ctx context.Context, bytes int64) error
}

// Hop is a redirect that was followed.
type Hop struct {
	URL    string // address that redirected, without user name and password
	Status int    // 301, 302, 303, 307 or 308
}

// Response is an answer of use: a document, or the word that it is unchanged.
type Response struct {
	Status      int
	NotModified bool // 304: there is no body

	// URL is where the answer came from: Request.URL as it was where nothing
	// redirected. It keeps user name and password only on the host they are for.
	URL  string
	Hops []Hop // redirects on the way, in order

	// Permanent is true where the document has moved for good: at least one
	// redirect, all of them 301 or 308, and none from https down to http.
	Permanent bool

	// Delta tells that the body has new and changed entries only (226): what is
	// missing from it is not gone.
	Delta bool

	Body []byte   // unpacked, owned by the caller
	Hash [32]byte // SHA-256 of Body

	// Cut says why Body is only the beginning of a document: the answer broke off, or
	// its packing is damaged. Such an answer has no validators. Nil: it is whole.
	Cut *Error

	ContentType  string // as sent
	ETag         string // as sent
	LastModified string // as sent

	// MaxAge is how long the answer stays fresh by Cache-Control max-age less
	// Age, else by Expires less Date (RFC 9111 §4.2.1); 0 if unknown or stale.
	MaxAge time.Duration

	// RetryAfter is what an answer asks for that is no failure; 0 if nothing.
	RetryAfter time.Duration

	// Absolute addresses of the Link header (WebSub §4): at most [feed.MostHubs] hubs,
	// and what the document calls itself. They may be empty.
	Hubs []string
	Self string

	Bytes int64 // of the body on the wire
	Took  time.Duration
}

// Client fetches. It is safe for concurrent use, and many feeds should share one,
// for it keeps connections open for a while.
type Client struct {
	opts      Options
	guard     *guard
	dialer    *net.Dialer     // of open
	open      *http.Transport // dials what is public and what AllowPrivate opens
	public    *http.Transport // dials what is public; the same as open if that is all
	bodies    sync.Pool       // of *body
	userAgent []string
	accept    []string
	encodings []string
}

// feedTypes are the media types of feeds; pages are asked for last, because the
// feed that they link to can be discovered.
const feedTypes = "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, " +
	"application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.1"

// New makes a client.
func New(o Options) *Client {
	c := &Client{opts: o.withDefaults()}
	c.userAgent = []string{c.opts.UserAgent}
	c.accept = []string{feedTypes}
	c.encodings = []string{"gzip, br, zstd"}
	c.bodies.New = func() any { return newBody(c.opts.MaxBody) }

	c.guard = newGuard(c.opts.AllowPrivate)
	resolver := newNames().resolver()
	c.dialer = newDialer(c.opts.Connect, c.guard, resolver)
	c.open = newTransport(c.opts, c.dialer)
	c.public = c.open
	if len(c.opts.AllowPrivate) > 0 {
		c.public = newTransport(c.opts, newDialer(c.opts.Connect, newGuard(nil), resolver))
	}
	return c
}

// Close drops idle connections. Fetches under way are not disturbed.
func (c *Client) Close() {
	c.open.CloseIdleConnections()
	c.public.CloseIdleConnections()
}

// Guarded gives the transport that every request goes through: it dials what is
// public and what [Options.AllowPrivate] opens, keeps no cookies, uses no proxy and
// follows no redirects. It is for what else the program asks of addresses that
// strangers name; its user sets limits to bodies and time.
func (c *Client) Guarded() http.RoundTripper { return c.open }

// From gives the transport for addresses that the document at origin names: what
// [Options.AllowPrivate] opens is within its reach only if the document itself came from a
// literal address in there, or where both are on one host. Publishers on the public
// network must not lead us into another.
func (c *Client) From(origin string) http.RoundTripper { return from{c, origin} }

type from struct {
	client *Client
	origin string
}

// RoundTrip implements http.RoundTripper.
func (f from) RoundTrip(r *http.Request) (*http.Response, error) {
	return f.client.named(f.origin, r.URL.Hostname()).RoundTrip(r)
}

// named is the transport for a host that the document at origin names.
func (c *Client) named(origin, host string) *http.Transport {
	if u, err := parseURL(origin); err == nil {
		ip, err := netip.ParseAddr(u.Hostname())
		if strings.EqualFold(u.Hostname(), host) || err == nil && c.guard.opens(ip) {
			return c.open
		}
	}
	return c.public
}

// maxHeaders is the limit of a response's headers in bytes. Policies and cookies
// of real sites reach some 20 KB.
const maxHeaders = 256 << 10

// newTransport makes a transport for many sites that are asked seldom: few idle
// connections, kept for the other feeds of a site and not until the next poll.
func newTransport(o Options, d *net.Dialer) *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // the package comment says why
		DialContext:            d.DialContext,
		TLSHandshakeTimeout:    o.Connect,
		ResponseHeaderTimeout:  o.Header,
		MaxResponseHeaderBytes: maxHeaders,
		DisableCompression:     true, // unpacked here, within the limit
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        30 * time.Second,
		HTTP2: &http.HTTP2Config{
			MaxReceiveBufferPerConnection: 1 << 20,
			MaxReceiveBufferPerStream:     1 << 20,
			// A connection that died unseen is found by pings, not by a row of timeouts.
			SendPingTimeout: 15 * time.Second,
			PingTimeout:     5 * time.Second,
		},
	}
}

// Get makes the request, follows redirects and takes in the answer. The error is
// an *[Error], or that of ctx where the caller has given up.
func (c *Client) Get(ctx context.Context, r Request) (*Response, error) {
	start := time.Now()
	limited, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	t := &trip{client: c, request: r, transport: c.open, permanent: true, left: c.opts.Total}
	if r.Public {
		t.transport = c.public
	}
	t.clock, t.wound = time.AfterFunc(t.left, func() { cancel(errTotal) }), start
	defer t.clock.Stop()
	res, err := t.run(limited)
	if (err != nil || res.Cut != nil) && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	res.Took = time.Since(start)
	return res, nil
}

// sum is the hash by which an unchanged body is known.
func sum(body []byte) [32]byte { return sha256.Sum256(body) }
