package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/feed"
)

// piped makes a client whose connections lead to serve, for the time of a bubble. When
// the test ends it waits until every serve has seen its client hang up.
func piped(t *testing.T, o Options, serve func(c net.Conn)) *Client {
	var serving sync.WaitGroup
	c := New(o)
	c.open.DialContext = func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		serving.Go(func() {
			defer server.Close()
			serve(server)
		})
		return client, nil
	}
	t.Cleanup(func() { c.Close(); serving.Wait() })
	return c
}

// drip writes a byte a second until the client hangs up.
func drip(c net.Conn) {
	for {
		if _, err := c.Write([]byte("x")); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

// Whatever a server does slowly ends at a limit, and at which one.
func TestTimeLimits(t *testing.T) {
	head := func(c net.Conn, s string) bool {
		if readRequest(c) != nil {
			return false
		}
		_, err := io.WriteString(c, s)
		return err == nil
	}
	for _, tc := range []struct {
		name, url string
		serve     func(c net.Conn)
		after     time.Duration
		says      string
	}{
		{"no answer", "http://slow.example/", func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, 30 * time.Second, "doesn't answer in time"},
		{"no handshake", "https://slow.example/", func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, 10 * time.Second, "doesn't answer in time"},
		{"drip in headers", "http://slow.example/", func(c net.Conn) {
			if head(c, "HTTP/1.1 200 OK\r\nX-Slow: ") {
				drip(c)
			}
		}, 30 * time.Second, "doesn't answer in time"},
		{"drip in body", "http://slow.example/", func(c net.Conn) {
			if head(c, "HTTP/1.1 200 OK\r\n\r\n") {
				drip(c)
			}
		}, time.Minute, "no whole answer within 1m0s"},
		{"drip in a packed body", "http://slow.example/", func(c net.Conn) {
			if head(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x00") {
				drip(c) // the name in a gzip header, which may be long
			}
		}, time.Minute, "no whole answer within 1m0s"},
		{"redirects each in time", "http://slow.example/0", func(c net.Conn) {
			for i := 1; readRequest(c) == nil; i++ {
				time.Sleep(25 * time.Second)
				fmt.Fprintf(c, "HTTP/1.1 302 Found\r\nLocation: /%d\r\nContent-Length: 0\r\n\r\n", i)
			}
		}, time.Minute, "no whole answer within 1m0s"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := piped(t, Options{}, tc.serve)
				start := time.Now()
				res, err := c.Get(t.Context(), Request{URL: tc.url})
				var e *Error
				if tc.name == "drip in body" && err == nil {
					e = res.Cut // the beginning of a document, and said to be no more
				} else {
					e = wantError(t, res, err, feed.FailureTemporary)
				}
				if took := time.Since(start); took != tc.after {
					t.Errorf("ended after %v, want %v: %v", took, tc.after, e)
				}
				if !strings.Contains(e.Error(), tc.says) {
					t.Error(e)
				}
			})
		})
	}
}

// Slow but steady is no fault: what ends within the limits is read.
func TestSlowIsFine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := piped(t, Options{}, func(c net.Conn) {
			if readRequest(c) != nil {
				return
			}
			time.Sleep(29 * time.Second)
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n")
			for range 30 {
				_, _ = c.Write([]byte("<"))
				time.Sleep(time.Second)
			}
		})
		if res := get(t, c, Request{URL: "http://slow.example/"}); len(res.Body) != 30 || res.Took != 58*time.Second {
			t.Errorf("%d bytes after %v", len(res.Body), res.Took)
		}
	})
}

// The caller's own deadline is the caller's error.
func TestCallersDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := piped(t, Options{}, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := c.Get(ctx, Request{URL: "http://slow.example/"})
		var e *Error
		if !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &e) {
			t.Errorf("error %v", err)
		}
	})
}

// A connection that nobody uses is dropped before a server tires of it.
func TestIdleConnectionsAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dropped := make(chan time.Time, 1)
		c := piped(t, Options{}, func(c net.Conn) {
			for readRequest(c) == nil {
				fmt.Fprintf(c, "HTTP/1.1 304 Not Modified\r\n\r\n")
			}
			dropped <- time.Now()
		})
		start := time.Now()
		get(t, c, Request{URL: "http://kept.example/", ETag: "x"})
		if idle := (<-dropped).Sub(start); idle != 30*time.Second {
			t.Errorf("dropped after %v", idle)
		}
	})
}
