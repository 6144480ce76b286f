package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tidings/internal/feed"
)

// raw serves bytes as they are: one answer per connection, which ends when answer
// returns. Its requests are read and forgotten.
func raw(t *testing.T, answer func(c net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if readRequest(c) == nil {
				answer(c)
			}
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return "http://" + l.Addr().String() + "/feed"
}

// readRequest reads up to the blank line that ends a request without body.
func readRequest(c net.Conn) error {
	var seen []byte
	for b := make([]byte, 1); !bytes.HasSuffix(seen, []byte("\r\n\r\n")); seen = append(seen, b[0]) {
		if _, err := c.Read(b); err != nil {
			return err
		}
	}
	return nil
}

// endless writes piece until the client hangs up, and fails the test if it doesn't
// within reason.
func endless(t *testing.T, w io.Writer, piece []byte) {
	for n := 0; n < 1<<30; n += len(piece) {
		if _, err := w.Write(piece); err != nil {
			return
		}
	}
	t.Error("the client took a GiB")
}

// endlessly answers with a body packed as name that has no end.
func endlessly(t *testing.T, name string, hungUp *atomic.Bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if name != "" {
			w.Header().Set("Content-Encoding", name)
		}
		endless(t, flusher{packer(t, w, name), w}, make([]byte, 1<<20))
		hungUp.Store(true)
	}
}

// flusher sends each piece at once, however little it packs to.
type flusher struct {
	io.Writer
	w http.ResponseWriter
}

func (f flusher) Write(p []byte) (int, error) {
	n, err := f.Writer.Write(p)
	if z, ok := f.Writer.(interface{ Flush() error }); ok && err == nil {
		err = z.Flush()
	}
	if err == nil {
		err = http.NewResponseController(f.w).Flush()
	}
	return n, err
}

// A bomb, or a body without an end, is cut off at the limit: it costs memory like
// the limit, and its connection is closed.
func TestBombs(t *testing.T) {
	const limit = 1 << 20
	for _, name := range []string{"gzip", "br", "zstd", ""} {
		t.Run("as-"+name, func(t *testing.T) {
			var hungUp atomic.Bool
			s := make(chan struct{})
			h := endlessly(t, name, &hungUp)
			c, url := loopback(t, Options{MaxBody: limit}, func(w http.ResponseWriter, r *http.Request) { defer close(s); h(w, r) })
			e := getError(t, c, Request{URL: url}, feed.FailureTooLarge)
			if !strings.Contains(e.Error(), "limit of 1 MiB") {
				t.Error(e)
			}
			<-s
			if !hungUp.Load() {
				t.Error("connection stayed open")
			}
		})
	}
}

// counter counts what is read from it.
type counter struct {
	io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

// The cost of a bomb that unpacks to 64 MiB: a few KB of its bytes are read, and no
// more memory is taken than for an honest body at the limit.
func TestBombIsCheap(t *testing.T) {
	if raceDetector {
		t.Skip("to pack the bombs takes half a minute with the race detector; one goroutine works")
	}
	const limit = 8 << 20
	for _, name := range []string{"gzip", "br", "zstd"} {
		bomb := pack(t, name, make([]byte, 64<<20))
		src := &counter{Reader: bytes.NewReader(bomb)}
		resp := response(name, nil)
		resp.Body = io.NopCloser(src)
		b := newBody(limit)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := b.read(resp)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), errTooLarge.Error()) {
			t.Fatalf("%s: error %v", name, err)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > 6*limit {
			t.Errorf("%s: took %d KiB of memory", name, got>>10)
		}
		if most := max(len(bomb)/32, 64<<10); src.n > most {
			t.Errorf("%s: read %d of %d bytes", name, src.n, len(bomb))
		}
		if b.release(); cap(b.out) > bodyKeep || b.zstd != nil || b.brotli != nil {
			t.Errorf("%s: keeps %d bytes, %v, %v", name, cap(b.out), b.zstd, b.brotli)
		}
	}
}

func TestExactLimit(t *testing.T) {
	doc := document(100 << 10)
	n := int64(len(doc))
	for _, name := range []string{"", "gzip", "br", "zstd"} {
		c, url := loopback(t, Options{MaxBody: n}, serve(name, pack(t, name, doc)))
		if res := get(t, c, Request{URL: url}); !bytes.Equal(res.Body, doc) {
			t.Errorf("%s: %d bytes", name, len(res.Body))
		}
		c, url = loopback(t, Options{MaxBody: n - 1}, serve(name, pack(t, name, doc)))
		getError(t, c, Request{URL: url}, feed.FailureTooLarge)
	}
}

// An announced length beyond the limit is believed, and nothing is read.
func TestAnnouncedTooLarge(t *testing.T) {
	url := raw(t, func(c net.Conn) {
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: 17000000000\r\n\r\n")
		_, _ = c.Read(make([]byte, 1)) // until the client hangs up
	})
	getError(t, newLoopback(t, Options{}), Request{URL: url}, feed.FailureTooLarge)
}

// The limit holds on the wire too, where unpacking would shrink the body: gzip allows
// members without content, without end.
func TestLimitOnTheWire(t *testing.T) {
	empty := pack(t, "gzip", nil)
	doc := append(pack(t, "gzip", document(300)), bytes.Repeat(empty, 20_000)...)
	c, url := loopback(t, Options{MaxBody: 100 << 10}, serve("gzip", doc))
	getError(t, c, Request{URL: url}, feed.FailureTooLarge)
	c, url = loopback(t, Options{MaxBody: 1 << 20}, serve("gzip", doc))
	if res := get(t, c, Request{URL: url}); !bytes.Equal(res.Body, document(300)) || res.Bytes != int64(len(doc)) {
		t.Errorf("%d bytes of %d", len(res.Body), res.Bytes)
	}
}

func TestEndlessHeaders(t *testing.T) {
	for name, answer := range map[string]func(c net.Conn){
		"many": func(c net.Conn) { endless(t, c, []byte(strings.Repeat("X-More: and more\r\n", 100))) },
		"one":  func(c net.Conn) { endless(t, c, bytes.Repeat([]byte("x"), 4096)) },
		"300 KB": func(c net.Conn) {
			fmt.Fprintf(c, "%s\r\nContent-Length: 6\r\n\r\n<rss/>", strings.Repeat("x\r\nX-More: ", 30_000))
		},
		"interim": func(c net.Conn) { endless(t, c, []byte("X: y\r\n\r\nHTTP/1.1 103 Early Hints\r\n")) },
	} {
		t.Run(name, func(t *testing.T) {
			url := raw(t, func(c net.Conn) {
				fmt.Fprintf(c, "HTTP/1.1 103 Early Hints\r\nX-First: ")
				answer(c)
			})
			getError(t, newLoopback(t, Options{}), Request{URL: url}, feed.FailureTooLarge)
		})
	}
	c, s := secure(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		for i := range 70 {
			w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 4096))
		}
	})
	// HTTP/2 ends as too large or as a protocol error, by where a frame is cut.
	var e *Error
	if _, err := c.Get(t.Context(), Request{URL: s.URL}); !errors.As(err, &e) {
		t.Errorf("error %v", err)
	}
}

// Broken and lying answers. Where the document may be incomplete it is a failure that
// passes, or the beginning of a document that is said to be no more than that, and has
// no validators.
func TestLiars(t *testing.T) {
	doc := string(document(500))
	packed := string(pack(t, "gzip", document(5000)))
	ok := "HTTP/1.1 200 OK\r\nETag: \"whole\"\r\nLast-Modified: Mon, 02 Feb 2026 10:00:00 GMT\r\n"
	cut := map[string]bool{"length too long": true, "chunk cut short": true, "last chunk missing": true, "gzip cut short": true,
		"gzip without its trailer": true, "gzip with a wrong sum": true, "length too short, gzip": true}
	for name, answer := range map[string]string{
		"length too long":          ok + "Content-Length: 100000\r\n\r\n" + doc,
		"chunk cut short":          ok + "Transfer-Encoding: chunked\r\n\r\n1000\r\n" + doc,
		"last chunk missing":       ok + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(doc), doc),
		"chunk size absurd":        ok + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\n" + doc,
		"chunk size no number":     ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + doc,
		"gzip cut short":           ok + "Content-Encoding: gzip\r\n\r\n" + packed[:len(packed)/2],
		"gzip without its trailer": ok + "Content-Encoding: gzip\r\n\r\n" + packed[:len(packed)-8],
		"gzip header alone":        ok + "Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08",
		"gzip with a wrong sum":    ok + "Content-Encoding: gzip\r\n\r\n" + packed[:len(packed)-8] + "12345678",
		"length too short, gzip":   ok + fmt.Sprintf("Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(packed)-20, packed),
		"two lengths":              ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + doc,
		"length below zero":        ok + "Content-Length: -5\r\n\r\n" + doc,
		"nothing at all":           "",
		"half a status line":       "HTTP/1.",
		"another protocol":         "220 ftp.example.org ready\r\n",
		"binary":                   "\x00\x01\x02\xff\r\n\r\n",
		"a very long nonsense":     "HTTP/1.1 " + strings.Repeat("nonsense", 10_000) + "\r\n\r\n",
		"status without number":    "HTTP/1.1 OK fine\r\n\r\n" + doc,
		"reset in headers":         ok + "X-A: b\r\nX",
	} {
		t.Run(name, func(t *testing.T) {
			url := raw(t, func(c net.Conn) { _, _ = io.WriteString(c, answer) })
			if cut[name] {
				res := get(t, newLoopback(t, Options{}), Request{URL: url})
				if res.Cut == nil || res.Cut.Kind != feed.FailureTemporary || res.ETag != "" || res.LastModified != "" ||
					!strings.HasPrefix(string(document(5000)), string(res.Body[:100])) {
					t.Errorf("cut %v, tag %q, %q, body %.60q", res.Cut, res.ETag, res.LastModified, res.Body)
				}
				return
			}
			e := getError(t, newLoopback(t, Options{}), Request{URL: url}, feed.FailureTemporary)
			if len(e.Error()) > 500 {
				t.Errorf("error of %d bytes", len(e.Error()))
			}
		})
	}
}

// A length that is too short cuts the body there. What follows is not taken for the
// answer to the next request.
func TestLengthTooShort(t *testing.T) {
	doc := document(500)
	evil := "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	url := raw(t, func(c net.Conn) {
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s%s", len(doc), doc, evil)
		_, _ = c.Read(make([]byte, 1))
	})
	c := newLoopback(t, Options{})
	for range 3 {
		if res := get(t, c, Request{URL: url}); !bytes.Equal(res.Body, doc) {
			t.Fatalf("body %q", res.Body)
		}
	}
}

// A slow drip in the body ends at the total limit, in headers at theirs. That the
// limits are kept to the second is for TestTimeLimits; this is the real network.
func TestSlowDrip(t *testing.T) {
	for name, start := range map[string]string{
		"body":    "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
		"headers": "HTTP/1.1 200 OK\r\nX-Slow: ",
		"nothing": "",
	} {
		t.Run(name, func(t *testing.T) {
			url := raw(t, func(c net.Conn) {
				_, _ = io.WriteString(c, start)
				_, _ = c.Read(make([]byte, 1)) // until the client hangs up
			})
			c := newLoopback(t, Options{Header: 30 * time.Millisecond, Total: 60 * time.Millisecond})
			getError(t, c, Request{URL: url}, feed.FailureTemporary)
		})
	}
}
