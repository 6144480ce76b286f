package fetch

import (
	"bytes"
	"compress/zlib"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"tidings/internal/feed"
)

// How bodies are packed, and what the header says of it, as servers do it.
func TestContentEncodings(t *testing.T) {
	doc := document(4000)
	gz, br, zs := pack(t, "gzip", doc), pack(t, "br", doc), pack(t, "zstd", doc)
	var deflated bytes.Buffer
	z := zlib.NewWriter(&deflated)
	_, _ = z.Write(doc)
	z.Close()
	half := len(doc) / 2
	utf16 := append([]byte{0xff, 0xfe}, bytes.ReplaceAll(doc, []byte("<"), []byte("<\x00"))...)
	for name, tc := range map[string]struct {
		header []string
		body   []byte
		want   []byte
	}{
		"plain":                           {nil, doc, doc},
		"gzip":                            {[]string{"gzip"}, gz, doc},
		"gzip in capitals":                {[]string{" GZip "}, gz, doc},
		"the old name":                    {[]string{"x-gzip"}, gz, doc},
		"br":                              {[]string{"br"}, br, doc},
		"zstd":                            {[]string{"zstd"}, zs, doc},
		"identity":                        {[]string{"identity"}, doc, doc},
		"identity besides gzip":           {[]string{"gzip, identity"}, gz, doc},
		"empty header":                    {[]string{""}, doc, doc},
		"gzip unsaid":                     {nil, gz, doc},
		"zstd unsaid":                     {nil, zs, doc},
		"gzip called zstd":                {[]string{"zstd"}, gz, doc},
		"zstd called gzip":                {[]string{"gzip"}, zs, doc},
		"gzip called deflate":             {[]string{"deflate"}, gz, doc},
		"plain called gzip":               {[]string{"gzip"}, doc, doc},
		"plain called br":                 {[]string{"br"}, doc, doc},
		"plain called zstd":               {[]string{"zstd"}, doc, doc},
		"plain called by its charset":     {[]string{"utf-8"}, doc, doc},
		"plain called gzip twice":         {[]string{"gzip", "gzip"}, doc, doc},
		"plain with BOM called gzip":      {[]string{"gzip"}, append([]byte("\xef\xbb\xbf"), doc...), append([]byte("\xef\xbb\xbf"), doc...)},
		"UTF-16 called gzip":              {[]string{"gzip"}, utf16, utf16},
		"JSON called gzip":                {[]string{"gzip"}, []byte(`{"version":"https://jsonfeed.org/version/1.1"}`), []byte(`{"version":"https://jsonfeed.org/version/1.1"}`)},
		"a short text called br":          {[]string{"br"}, []byte("<rss/>"), []byte("<rss/>")},
		"plain called gzip and br":        {[]string{"br, gzip"}, gz, doc},
		"gzip twice":                      {[]string{"gzip", "gzip"}, pack(t, "gzip", gz), doc},
		"br in gzip":                      {[]string{"br, gzip"}, pack(t, "gzip", br), doc},
		"zstd in gzip in br":              {[]string{"zstd, gzip", "br"}, pack(t, "br", pack(t, "gzip", zs)), doc},
		"gzip twice, said once":           {[]string{"gzip"}, pack(t, "gzip", gz), gz}, // parse unpacks what is left
		"gzip in br, said once":           {[]string{"br"}, pack(t, "br", gz), gz},
		"deflate":                         {[]string{"deflate"}, deflated.Bytes(), deflated.Bytes()},
		"gzip in two members":             {[]string{"gzip"}, append(pack(t, "gzip", doc[:half]), pack(t, "gzip", doc[half:])...), doc},
		"gzip with padding behind":        {[]string{"gzip"}, append(bytes.Clone(gz), make([]byte, 500)...), doc},
		"gzip with a newline behind":      {[]string{"gzip"}, append(bytes.Clone(gz), '\n'), doc},
		"gzip with a page behind":         {[]string{"gzip"}, append(bytes.Clone(gz), "<!-- cached -->"...), doc},
		"zstd in two frames":              {[]string{"zstd"}, append(pack(t, "zstd", doc[:half]), pack(t, "zstd", doc[half:])...), doc},
		"zstd behind a skippable frame":   {[]string{"zstd"}, append([]byte{0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 'h', 'i'}, zs...), doc},
		"binary of no known kind, unsaid": {nil, []byte("\x00\x01\x02\x03"), []byte("\x00\x01\x02\x03")},
	} {
		c, url := loopback(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Encoding"] = tc.header
			_, _ = w.Write(tc.body)
		})
		for range 2 { // the second time with used decoders
			if res := get(t, c, Request{URL: url}); !bytes.Equal(res.Body, tc.want) {
				t.Errorf("%s: body %.60q", name, res.Body)
			} else if res.Bytes != int64(len(tc.body)) {
				t.Errorf("%s: %d bytes on the wire, want %d", name, res.Bytes, len(tc.body))
			}
		}
	}
}

func TestUnreadableEncodings(t *testing.T) {
	doc := document(4000)
	gz := pack(t, "gzip", doc)
	for name, tc := range map[string]struct {
		header []string
		body   []byte
		says   string
	}{
		"chained too often":   {[]string{"br, gzip, gzip, gzip"}, gz, `more than 3 times`},
		"chained to nonsense": {[]string{"x-lzma, gzip"}, pack(t, "gzip", gz[1:]), `not asked for: "x-lzma"`},
		"unknown":             {[]string{"x-lzma"}, gz[1:], `not asked for: "x-lzma"`},
		"no gzip":             {[]string{"gzip"}, []byte("\x00\x01 is not gzip"), "unpack gzip"},
		"no zstd":             {[]string{"zstd"}, []byte("\x00\x01 is not zstd"), "unpack zstd"},
		"no br":               {[]string{"br"}, []byte("\xff\xff is not brotli"), "unpack br"},
	} {
		c, url := loopback(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Encoding"] = tc.header
			_, _ = w.Write(tc.body)
		})
		for range 2 {
			if e := getError(t, c, Request{URL: url}, feed.FailureTemporary); !strings.Contains(e.Error(), tc.says) || e.Status != 200 {
				t.Errorf("%s: status %d, %v, want %q", name, e.Status, e, tc.says)
			}
		}
	}
}

// What packs badly comes in many pieces, and zstd then as a stream.
func TestLargeDocuments(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var b bytes.Buffer
	for b.Len() < 1<<20 {
		b.WriteString(strconv.FormatUint(r.Uint64(), 36))
	}
	in := newBody(16 << 20)
	for range 2 {
		for _, name := range []string{"", "gzip", "br", "zstd"} {
			packed := pack(t, name, b.Bytes())
			if len(packed) < 2*zstdWhole {
				t.Fatalf("%s: packs to %d bytes", name, len(packed))
			}
			out, n, err := in.read(response(name, packed))
			if err != nil || n != int64(len(packed)) || !bytes.Equal(out, b.Bytes()) {
				t.Errorf("%s: %d bytes of %d: %v", name, len(out), n, err)
			}
			if in.release(); cap(in.out) > bodyKeep || in.zstd != nil || in.brotli != nil {
				t.Errorf("%s: keeps %d bytes, %v, %v", name, cap(in.out), in.zstd, in.brotli)
			}
		}
	}
}

// A packed body that ends early is never taken for a whole one, wherever it ends.
func TestTruncatedPacking(t *testing.T) {
	doc := document(3000)
	in := newBody(16 << 20)
	for _, name := range []string{"gzip", "br", "zstd"} {
		packed := pack(t, name, doc)
		for cut := 1; cut < len(packed); cut++ {
			if out, _, err := in.read(response(name, packed[:cut])); err == nil && bytes.Equal(out, doc) {
				continue // br: the last byte may be empty of content
			} else if err != nil && !bytes.HasPrefix(doc, out) {
				t.Fatalf("%s cut at %d of %d: gave %.60q", name, cut, len(packed), out)
			} else if err == nil && !isText(packed[:min(cut, sniffed)]) {
				t.Fatalf("%s cut at %d of %d: read %d bytes without an error", name, cut, len(packed), len(out))
			}
			in.release()
		}
	}
}

// RFC 9659 lets a server ask for a window of 8 MiB at most. Larger ones are made to
// take our memory.
func TestZstdWindow(t *testing.T) {
	doc := bytes.Repeat(document(64<<10), 20)
	for window, kind := range map[int]feed.FailureKind{8 << 20: feed.FailureNone, 16 << 20: feed.FailureTooLarge} {
		var b bytes.Buffer
		w, err := zstd.NewWriter(&b, zstd.WithWindowSize(window), zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(w, bytes.NewReader(bytes.Repeat(doc, 1+window>>21))); err != nil {
			t.Fatal(err)
		}
		w.Close()
		c, url := loopback(t, Options{MaxBody: 32 << 20}, serve("zstd", b.Bytes()))
		res, err := c.Get(t.Context(), Request{URL: url})
		if kind == feed.FailureNone && err != nil {
			t.Errorf("window of %d: %v", window, err)
		} else if kind != feed.FailureNone {
			wantError(t, res, err, kind)
		}
	}
}

// Whatever brotli makes of a document, it is not taken for text.
func TestPackedIsNotText(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for quality := 0; quality <= 11; quality++ {
		for window := 10; window <= 24; window++ {
			var b bytes.Buffer
			w := brotli.NewWriterOptions(&b, brotli.WriterOptions{Quality: quality, LGWin: window})
			_, _ = w.Write(document(200 + r.IntN(5000)))
			w.Close()
			if isText(b.Bytes()[:sniffed]) {
				t.Errorf("quality %d, window %d: %q passes for text", quality, window, b.Bytes()[:sniffed])
			}
		}
	}
}

func TestIsText(t *testing.T) {
	for s, want := range map[string]bool{
		"<?xml version='1.0'?>": true, "\r\n\t <rss>": true, "{\"a\":1}": true, "caf\xc3\xa9": true, "caf\xc3": true,
		"\xef\xbb\xbf<rss>": true, "\xff\xfe<\x00": true,
		"\x1f\x8b\x08": false, "\x28\xb5\x2f\xfd": false, "abc\x00": false, "\xe9t\xe9": false, "a\x1bb": false,
	} {
		if got := isText([]byte(s)); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	for _, name := range []string{"", "gzip", "br", "zstd"} {
		f.Add(name, pack(f, name, document(300)))
	}
	const limit = 64 << 10
	f.Fuzz(func(t *testing.T, name string, packed []byte) {
		in := newBody(limit)
		for range 2 {
			out, n, err := in.read(response(name, packed))
			if int64(len(out)) > limit || n > limit+bodyBuffer || err != nil && out != nil && len(out) == 0 {
				t.Fatalf("%d bytes out, %d bytes in: %v", len(out), n, err)
			}
			in.release()
		}
	})
}
