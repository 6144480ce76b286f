package fetch

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	bodyBuffer  = 16 << 10  // of the wire, in bytes
	bodyScratch = 64 << 10  // of the unpacked body, to begin with
	bodyKeep    = 512 << 10 // a larger scratch is not kept for the next body
	zstdWindow  = 8 << 20   // the most that RFC 9659 lets a server ask for
	zstdWhole   = 64 << 10  // a packed body up to this size is unpacked in one go
)

var errTooLarge = errors.New("body beyond the limit")

// body takes in one response body at a time: the buffers and decoders that this
// needs, for reuse. Decoders are made when first needed.
type body struct {
	limit  int64 // of the body, in bytes, on the wire and unpacked
	wire   wire
	buf    *bufio.Reader // over wire
	gzip   gzip.Reader
	zstd   *zstd.Decoder
	packed bytes.Buffer // what zstd unpacks in one go
	brotli *brotli.Reader
	out    []byte                  // the unpacked body, before it is copied out
	room   func(bytes int64) error // waits for the memory of a large body; nil: there is enough
}

func newBody(limit int64) *body {
	b := &body{limit: limit, out: make([]byte, 0, bodyScratch)}
	b.buf = bufio.NewReaderSize(&b.wire, bodyBuffer)
	return b
}

// read unpacks the body of resp and gives it with its size on the wire. It reads
// to the end, so that the connection can be used again, or fails at the first
// byte beyond the limit. A body together with an error is what came before the body
// broke off, or before its packing made no sense.
func (b *body) read(resp *http.Response) ([]byte, int64, error) {
	if resp.ContentLength > b.limit {
		return nil, 0, errTooLarge
	}
	b.wire = wire{r: resp.Body, limit: b.limit}
	b.buf.Reset(&b.wire)
	claims := claimed(resp.Header["Content-Encoding"])
	cut, err := b.layer(&claims)
	if cut == nil && err == nil {
		_, _ = io.CopyN(io.Discard, b.buf, drainLimit)
	}
	for err == nil && len(claims) > 0 { // packed more than once, and said to be
		b.buf.Reset(bytes.NewReader(bytes.Clone(b.out)))
		var inner error
		if inner, err = b.layer(&claims); cut == nil {
			cut = inner
		}
	}
	if cut != nil || err != nil {
		b.zstd, b.brotli = nil, nil // they may hold as much memory as a liar claims to need
	}
	if err != nil {
		return nil, b.wire.n, err
	}
	return b.hand(), b.wire.n, cut
}

// hand gives the body away: a copy of a small one, whose scratch is kept for the next.
func (b *body) hand() []byte {
	if cap(b.out) > bodyKeep {
		out := b.out
		b.out = nil
		return out
	}
	out := make([]byte, len(b.out)) // bytes.Clone would round up what many will hold
	copy(out, b.out)
	return out
}

// need waits for so many bytes of memory.
func (b *body) need(bytes int64) error {
	if b.room == nil || bytes <= bodyScratch {
		return nil
	}
	return b.room(bytes)
}

// layer undoes the outermost packing and takes it off claims; the innermost leaves
// none. It tells apart what was cut off, of which b.out has the beginning, and what
// is of no use.
func (b *body) layer(claims *[]coding) (cut, err error) {
	c, rest, err := b.coding(*claims)
	*claims = rest
	if err != nil {
		return nil, b.cause(c, err)
	}
	err = b.unpack(c)
	if err == nil {
		return nil, nil
	}
	if err = b.cause(c, err); len(b.out) > 0 && !errors.Is(err, errTooLarge) {
		return err, nil
	}
	return nil, err
}

// cause is the error behind err: what the wire said counts for more than what a
// decoder made of it.
func (b *body) cause(c coding, err error) error {
	switch {
	case b.wire.err != nil && b.wire.err != io.EOF:
		return b.wire.err
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return fmt.Errorf("%w: %w", errTooLarge, err)
	case c == plain:
		return err
	}
	return fmt.Errorf("unpack %s: %w", c, err)
}

// coding looks at the beginning of the body and at what the server calls it.
func (b *body) coding(claims []coding) (c coding, rest []coding, err error) {
	head, err := b.buf.Peek(sniffed)
	if err != nil && err != io.EOF && len(head) == 0 {
		return plain, nil, err
	}
	return decide(claims, head)
}

// unpack fills b.out. What is still packed then, and isn't said to be, is left to
// package parse, which mends such documents.
func (b *body) unpack(c coding) (err error) {
	b.out = b.out[:0]
	switch c {
	case gzipped:
		m := &members{z: &b.gzip, src: b.buf}
		if err = m.next(); err == nil {
			err = b.fill(m)
		}
	case zstandard:
		err = b.unpackZstd()
	case brotlied:
		if b.brotli == nil {
			b.brotli = brotli.NewReader(nil)
		}
		_ = b.brotli.Reset(b.buf) // its error is always nil
		err = b.fill(b.brotli)
	default:
		return b.fill(b.buf)
	}
	return err
}

// unpackZstd unpacks the common body, of a few KB, in one go: a stream would first
// make room for the window that the server names, up to 8 MiB.
func (b *body) unpackZstd() error {
	if err := b.needZstd(); err != nil {
		return err
	}
	b.packed.Reset()
	if _, err := b.packed.ReadFrom(io.LimitReader(b.buf, zstdWhole)); err != nil {
		return err
	}
	if b.packed.Len() == zstdWhole {
		defer func() { b.zstd = nil }()
		if err := b.zstd.Reset(io.MultiReader(&b.packed, b.buf)); err != nil {
			return err
		}
		return b.fill(b.zstd)
	}
	var h zstd.Header
	if err := h.Decode(b.packed.Bytes()); err == nil && h.HasFCS {
		if err := b.need(int64(min(h.FrameContentSize, uint64(b.limit)))); err != nil {
			return err
		}
	}
	out, err := b.zstd.DecodeAll(b.packed.Bytes(), b.out[:0])
	b.out = out
	if err == nil && int64(len(out)) > b.limit {
		err = errTooLarge
	}
	return err
}

// needZstd makes the decoder. It stops at the limit, or at the size of a window where that
// is more, because by its rules a window needs as much.
func (b *body) needZstd() (err error) {
	if b.zstd == nil {
		b.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(zstdWindow), zstd.WithDecoderMaxMemory(uint64(max(b.limit, zstdWindow))))
	}
	return err
}

// fill reads r to its end into b.out, which never grows beyond limit + 1 bytes.
func (b *body) fill(r io.Reader) error {
	out := b.out[:0]
	defer func() { b.out = out }()
	for idle := 0; idle < 100; idle++ {
		if len(out) == cap(out) {
			more := max(min(2*int64(cap(out)), b.limit+1), int64(cap(out))+1)
			if err := b.need(more); err != nil {
				return err
			}
			grown := make([]byte, len(out), more)
			copy(grown, out)
			out = grown
		}
		n, err := r.Read(out[len(out):cap(out)])
		out = out[:len(out)+n]
		switch {
		case int64(len(out)) > b.limit:
			return errTooLarge
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case n > 0:
			idle = 0
		}
	}
	return io.ErrNoProgress
}

// release lets go of the response, and of what grew large with it.
func (b *body) release() {
	b.wire, b.room = wire{}, nil
	b.buf.Reset(&b.wire)
	if cap(b.out) > bodyKeep || cap(b.out) < bodyScratch { // zstd may leave nothing
		b.out = make([]byte, 0, bodyScratch)
		b.brotli = nil
	}
}

// wire counts what comes over the network, up to a limit. Its error stays.
type wire struct {
	r     io.Reader
	n     int64
	limit int64
	err   error
}

func (w *wire) Read(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.r.Read(p)
	w.n += int64(n)
	if w.n > w.limit {
		n, err = 0, errTooLarge
	}
	w.err = err
	return n, err
}

// members reads a gzip file: its members one after another (RFC 1952 §2.2), and
// nothing of what some servers let follow them (padding, a stray newline).
type members struct {
	z   *gzip.Reader
	src *bufio.Reader
}

func (m *members) Read(p []byte) (int, error) {
	for {
		n, err := m.z.Read(p)
		if n > 0 && err == io.EOF {
			return n, nil
		}
		if err != io.EOF {
			return n, err
		}
		if head, _ := m.src.Peek(len(gzipMagic)); !bytes.Equal(head, gzipMagic) {
			return 0, io.EOF
		}
		if err := m.next(); err != nil {
			return 0, err
		}
	}
}

// next begins a member.
func (m *members) next() error {
	err := m.z.Reset(m.src)
	m.z.Multistream(false)
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
