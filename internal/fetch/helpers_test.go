package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"

	"tidings/internal/feed"
)

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard) // net/http tells there of bytes behind a lying Content-Length
	goleak.VerifyTestMain(m)
}

// loopbackNets are the networks that tests open to reach their own servers.
func loopbackNets() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

// newLoopback makes a client that may dial loopback.
func newLoopback(t testing.TB, o Options) *Client {
	t.Helper()
	o.AllowPrivate = append(o.AllowPrivate, loopbackNets()...)
	c := New(o)
	t.Cleanup(c.Close)
	return c
}

// loopback starts a server for h and makes a client that may ask it.
func loopback(t testing.TB, o Options, h http.HandlerFunc) (*Client, string) {
	t.Helper()
	c := newLoopback(t, o)
	return c, server(t, h)
}

// server starts a server for h, which keeps its own troubles to itself.
func server(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// get fetches and fails the test on an error.
func get(t testing.TB, c *Client, r Request) *Response {
	t.Helper()
	res, err := c.Get(t.Context(), r)
	if err != nil {
		t.Fatalf("Get(%q): %v", r.URL, err)
	}
	return res
}

// getError fetches and wants an *Error of kind.
func getError(t testing.TB, c *Client, r Request, kind feed.FailureKind) *Error {
	t.Helper()
	res, err := c.Get(t.Context(), r)
	return wantError(t, res, err, kind)
}

func wantError(t testing.TB, res *Response, err error, kind feed.FailureKind) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want an *Error of kind %q", err, kind)
	}
	if res != nil {
		t.Errorf("got a response beside the error, with a body of %d bytes", len(res.Body))
	}
	if e.Kind != kind {
		t.Fatalf("kind %q, want %q: %v", e.Kind, kind, err)
	}
	if !strings.Contains(err.Error(), " (") || !strings.HasSuffix(err.Error(), ")") {
		t.Errorf("error without a hint: %v", err)
	}
	return e
}

// serve answers with a body called encoding.
func serve(encoding string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if encoding != "" {
			w.Header().Set("Content-Encoding", encoding)
		}
		w.Header().Set("Content-Type", "application/rss+xml")
		_, _ = w.Write(body)
	}
}

// document is a feed of about n bytes that packs as well as real ones do.
func document(n int) []byte {
	var b bytes.Buffer
	b.WriteString("<?xml version=\"1.0\"?>\n<rss version=\"2.0\"><channel><title>Harbour News</title>\n")
	for i := 0; b.Len() < n-20; i++ {
		fmt.Fprintf(&b, "<item><title>Ferry %d leaves at %d</title><guid>%x</guid></item>\n", i, i*7919%2400, i*2654435761)
	}
	b.WriteString("</channel></rss>\n")
	return b.Bytes()
}

// pack packs body as name says.
func pack(t testing.TB, name string, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := packer(t, &b, name)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func packer(t testing.TB, w io.Writer, name string) io.WriteCloser {
	t.Helper()
	switch name {
	case "gzip":
		return gzip.NewWriter(w)
	case "br":
		return brotli.NewWriter(w)
	case "zstd":
		z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		return z
	case "":
		return unpacked{w}
	}
	t.Fatalf("no packer %q", name)
	return nil
}

type unpacked struct{ io.Writer }

func (unpacked) Close() error { return nil }

// response is one as the transport gives it, its length unknown.
func response(encoding string, body []byte) *http.Response {
	r := &http.Response{Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: -1}
	if encoding != "" {
		r.Header.Set("Content-Encoding", encoding)
	}
	return r
}

func mustParse(t testing.TB, raw string) *url.URL {
	t.Helper()
	u, err := parseURL(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// quiet is a log for servers whose clients misbehave on purpose.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
