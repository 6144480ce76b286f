package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"tidings/internal/feed"
)

// Error is why a fetch brought nothing. Its text is one sentence for people: what
// went wrong, and in brackets what to do. Neither it nor the addresses below show a
// password.
type Error struct {
	Kind       feed.FailureKind
	Status     int           // of the last answer; 0 if URL gave none
	RetryAfter time.Duration // what the publisher asked for, at most 7 days; 0 if nothing
	URL        string        // address that failed, which a redirect may have named
	Hops       []Hop         // redirects before it
	Err        error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

var errTotal = errors.New("total time limit reached")

// waitTodo is what to do about most failures.
const waitTodo = "nothing to do unless it lasts: it is asked again later"

// trouble is what people are told about a failure.
type trouble struct {
	kind feed.FailureKind
	said string // follows the name of the host
	todo string
}

// told is an error in plain words, with the error that it tells of.
type told struct {
	text  string
	cause error
}

func (t *told) Error() string { return t.text }
func (t *told) Unwrap() error { return t.cause }

// subject names who failed: the host, and how we came to ask it.
func (t *trip) subject() string {
	host := t.url.Hostname()
	if host == t.first {
		return host
	}
	return host + ", where " + t.first + " redirects,"
}

// fail makes an error of tr and its cause, which may be nil.
func (t *trip) fail(tr trouble, cause error) *Error {
	err := feed.WithHint(&told{t.subject() + " " + tr.said, cause}, tr.todo)
	return &Error{Kind: tr.kind, Status: t.status, URL: t.url.String(), Hops: t.hops, Err: err}
}

// refuse makes an error of an address that is not asked at all.
func (t *trip) refuse(err error, todo string) *Error {
	e := &Error{Kind: feed.FailureBlocked, Status: t.status, URL: redacted(t.request.URL), Hops: t.hops,
		Err: feed.WithHint(err, todo)}
	if t.url != nil {
		e.URL = t.url.String()
	}
	return e
}

// redacted is an address without user name and password, or empty if it can't be read.
func redacted(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	u.User = nil
	return u.String()
}

// refused makes an error of an answer that is no document.
func (t *trip) refused(resp *http.Response) *Error {
	e := t.fail(statusTrouble(resp.StatusCode), nil)
	e.RetryAfter = retryAfter(resp.Header, time.Now())
	return e
}

// statusTrouble tells what a status means that is neither a document nor a redirect.
func statusTrouble(code int) trouble {
	answers := func(what string) string { return fmt.Sprintf("answers %d: %s", code, what) }
	switch code {
	case http.StatusUnauthorized:
		return trouble{feed.FailureRefused, answers("it asks for a password"), "put name and password into the address: https://name:password@host/…"}
	case http.StatusForbidden:
		return trouble{feed.FailureRefused, answers("it refuses to give this feed"), "if a browser can open it, ask the publisher to let feed readers in"}
	case http.StatusNotFound:
		return trouble{feed.FailureMissing, answers("there is nothing at this address"), "look on the publisher's site for the feed's new address"}
	case http.StatusGone:
		return trouble{feed.FailureGone, answers("the feed is gone for good"), "unsubscribe, or look for a new address; what you have is kept"}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return trouble{feed.FailureLimited, answers("it asks us to come back later"), waitTodo}
	case http.StatusRequestTimeout, http.StatusTooEarly:
		return trouble{feed.FailureTemporary, answers("it couldn't take the request"), waitTodo}
	}
	switch {
	case code >= 500:
		return trouble{feed.FailureTemporary, answers("it has trouble of its own"), waitTodo}
	case code >= 400:
		return trouble{feed.FailureRefused, answers("it refuses the request"), "open the address in a browser to see what is wrong"}
	}
	return trouble{feed.FailureTemporary, answers("that is no document"), "open the address in a browser if this lasts"}
}

// explain makes an error of what went wrong on the network or in the body.
func (t *trip) explain(ctx context.Context, err error) *Error {
	if errors.Is(context.Cause(ctx), errTotal) {
		err = errTotal
	}
	for _, find := range []func(error) (trouble, bool){t.limitTrouble, addressTrouble, t.timeTrouble, tlsTrouble, networkTrouble} {
		if tr, ok := find(err); ok {
			return t.fail(tr, err)
		}
	}
	return t.fail(trouble{feed.FailureTemporary, "could not be read: " + shorten(err.Error()), waitTodo}, err)
}

// limitTrouble tells of answers beyond the limits.
func (t *trip) limitTrouble(err error) (trouble, bool) {
	switch {
	case errors.Is(err, errTooLarge):
		return trouble{feed.FailureTooLarge, fmt.Sprintf("sends more than the limit of %s", size(t.maxBody())), "look for a shorter feed of this publisher"}, true
	case headersTooLarge(err):
		return trouble{feed.FailureTooLarge, fmt.Sprintf("sends more than %s of headers", size(maxHeaders)), "tell the publisher, if it lasts"}, true
	}
	return trouble{}, false
}

// headersTooLarge knows the errors for MaxResponseHeaderBytes by their words, for
// net/http exports no name for them.
func headersTooLarge(err error) bool {
	s := err.Error()
	return strings.Contains(s, "response headers exceeded") || strings.Contains(s, "header list larger")
}

// addressTrouble tells of addresses that the guard refused.
func addressTrouble(err error) (trouble, bool) {
	if errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedNetwork) || errors.Is(err, ssrf.ErrInvalidHostPort) {
		return trouble{feed.FailureBlocked, "is not a public address", "if it is yours, open its network with --allow-private"}, true
	}
	return trouble{}, false
}

// timeTrouble tells of what took too long.
func (t *trip) timeTrouble(err error) (trouble, bool) {
	var timeout net.Error
	switch {
	case err == errTotal:
		return trouble{feed.FailureTemporary, fmt.Sprintf("is too slow: no whole answer within %v", t.client.opts.Total), waitTodo}, true
	case errors.As(err, &timeout) && timeout.Timeout():
		return trouble{feed.FailureTemporary, "doesn't answer in time", waitTodo}, true
	}
	return trouble{}, false
}

// tlsTrouble tells of secure connections that aren't. They are never ignored.
func tlsTrouble(err error) (trouble, bool) {
	const todo = "tell the publisher if it lasts; the connection would not be safe"
	var (
		record    tls.RecordHeaderError
		host      x509.HostnameError
		authority x509.UnknownAuthorityError
		invalid   x509.CertificateInvalidError
		alert     tls.AlertError
	)
	switch {
	case errors.As(err, &record), strings.Contains(err.Error(), "gave HTTP response to HTTPS client"):
		return trouble{feed.FailureTemporary, "doesn't speak https at this address", "try the address with http:"}, true
	case errors.As(err, &host):
		return trouble{feed.FailureTemporary, "shows a certificate of another name", todo}, true
	case errors.As(err, &authority):
		return trouble{feed.FailureTemporary, "shows a certificate that nobody known has signed", todo}, true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return trouble{feed.FailureTemporary, "shows a certificate that is out of date", todo}, true
	case errors.As(err, &invalid):
		return trouble{feed.FailureTemporary, "shows a certificate that is not valid", todo}, true
	case errors.As(err, &alert):
		return trouble{feed.FailureTemporary, "ends the secure connection: " + alert.Error(), todo}, true
	}
	return trouble{}, false
}

// networkTrouble tells of connections that failed, and of documents cut short.
func networkTrouble(err error) (trouble, bool) {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return trouble{feed.FailureTemporary, "is unknown to the name servers", "check the address for typing errors; the site may have closed"}, true
	case errors.As(err, &dns):
		return trouble{feed.FailureTemporary, "couldn't be looked up", "check your network connection, if other feeds fail too"}, true
	case errors.Is(err, syscall.ECONNREFUSED):
		return trouble{feed.FailureTemporary, "accepts no connection", waitTodo}, true
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return trouble{feed.FailureTemporary, "can't be reached", "check your network connection, if other feeds fail too"}, true
	case errors.Is(err, errEmpty):
		return trouble{feed.FailureTemporary, "sends an empty document", waitTodo}, true
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return trouble{feed.FailureTemporary, "broke off before its answer was complete", waitTodo}, true
	}
	return trouble{}, false
}

// shorten cuts what an error quotes of a hostile answer.
func shorten(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// size writes a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
