package fetch

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// A large body asks before it grows, however it is packed, and the time that it waits
// for room is not the publisher's. A small one asks for nothing.
func TestALargeBodyAsksForRoom(t *testing.T) {
	for _, packing := range []string{"", "gzip", "br", "zstd"} {
		for _, doc := range [][]byte{document(1000), document(1 << 20)} {
			packed := pack(t, packing, doc)
			synctest.Test(t, func(t *testing.T) {
				c := piped(t, Options{Total: time.Minute}, func(conn net.Conn) {
					r, err := http.ReadRequest(bufio.NewReader(conn))
					if err != nil {
						return
					}
					w := httptest.NewRecorder()
					serve(packing, packed)(w, r)
					answer := w.Result()
					answer.Close = true
					_ = answer.Write(conn)
				})
				most := int64(bodyScratch)
				res := get(t, c, Request{URL: "http://large.example/", Room: func(ctx context.Context, n int64) error {
					if n <= most {
						t.Errorf("asked for %d bytes after %d", n, most)
					}
					most = n
					time.Sleep(40 * time.Second) // twice is more than Total: it doesn't count
					return ctx.Err()
				}})
				if !bytes.Equal(res.Body, doc) || res.Cut != nil {
					t.Errorf("%s: %d bytes of %d, cut %v", packing, len(res.Body), len(doc), res.Cut)
				}
				if most < int64(len(doc)) {
					t.Errorf("%s: asked for %d bytes, took %d", packing, most, len(doc))
				}
			})
		}
	}
}
