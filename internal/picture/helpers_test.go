package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// corners is a picture whose four quarters are red, green, blue and white, from the
// top left by rows.
func corners(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, quarter(x >= w/2, y >= h/2))
		}
	}
	return m
}

func quarter(right, low bool) color.RGBA {
	switch {
	case right && low:
		return color.RGBA{255, 255, 255, 255}
	case low:
		return color.RGBA{0, 0, 255, 255}
	case right:
		return color.RGBA{0, 255, 0, 255}
	}
	return color.RGBA{255, 0, 0, 255}
}

func asJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// asGIF is an animation of n frames.
func asGIF(t testing.TB, w, h, n int) []byte {
	t.Helper()
	g := &gif.GIF{}
	for i := range n {
		f := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.Black, color.White, color.RGBA{255, 0, 0, 255}})
		f.SetColorIndex(i%w, 0, 1)
		g.Image, g.Delay = append(g.Image, f), append(g.Delay, 10)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withExif puts an Exif segment with an orientation, and a secret, into a JPEG.
func withExif(b []byte, turn int) []byte {
	tiff := []byte("MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01")
	tiff = append(binary.BigEndian.AppendUint16(tiff, uint16(turn)), "\x00\x00\x00\x00\x00\x00 taken at home"...)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{}, b[:2]...)
	out = append(out, 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(segment)+2))
	return append(append(out, segment...), b[2:]...)
}

// bombPNG says that it is large, and has nothing in it.
func bombPNG(t testing.TB, w, h int) []byte {
	b := asPNG(t, image.NewGray(image.Rect(0, 0, 8, 8)))
	binary.BigEndian.PutUint32(b[16:], uint32(w))
	binary.BigEndian.PutUint32(b[20:], uint32(h))
	return withChecksum(b)
}

// answers is a Fetcher that answers from a function, and remembers what it was asked.
type answers struct {
	answer func(ctx context.Context, r fetch.Request) ([]byte, error)

	mu    sync.Mutex
	asked []fetch.Request
	now   int // requests in flight
	most  int // at a time
}

func (a *answers) Get(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	a.mu.Lock()
	a.asked = append(a.asked, r)
	a.now++
	a.most = max(a.most, a.now)
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		a.now--
		a.mu.Unlock()
	}()
	b, err := a.answer(ctx, r)
	if err != nil {
		return nil, err
	}
	return &fetch.Response{Status: 200, URL: r.URL, Body: b}, nil
}

func (a *answers) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.asked)
}

// always answers with the same bytes.
func always(b []byte) *answers {
	return &answers{answer: func(context.Context, fetch.Request) ([]byte, error) { return b, nil }}
}

// failing answers with a status.
func failing(kind feed.FailureKind, status int, again time.Duration) *answers {
	return &answers{answer: func(_ context.Context, r fetch.Request) ([]byte, error) {
		return nil, &fetch.Error{Kind: kind, Status: status, RetryAfter: again, URL: r.URL, Err: errors.New("no")}
	}}
}

// shelf is a Store in memory.
type shelf map[string][]byte

func (s shelf) Setting(_ context.Context, key string) ([]byte, error) { return s[key], nil }
func (s shelf) SetSetting(_ context.Context, key string, v []byte) error {
	s[key] = v
	return nil
}

// testDir stands for a cache in options: a directory of the test's own.
const testDir = "test"

func newProxy(t testing.TB, f Fetcher, o Options) *Proxy {
	t.Helper()
	if o.Dir == testDir {
		o.Dir = t.TempDir()
	}
	p, err := New(context.Background(), shelf{}, f, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// ask asks a proxy as a browser does.
func ask(p http.Handler, address string, headers ...string) *httptest.ResponseRecorder {
	mux := http.NewServeMux()
	mux.Handle("GET "+Path+"{sig}/{width}", p)
	r := httptest.NewRequest("GET", address, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w
}

// isPlaceholder reports whether an answer shows nothing of a publisher's.
func isPlaceholder(w *httptest.ResponseRecorder) bool {
	return w.Code == 200 && w.Header().Get("Content-Type") == "image/svg+xml" && w.Body.String() == placeholder
}

func decoded(t testing.TB, w *httptest.ResponseRecorder) image.Image {
	t.Helper()
	m, _, err := image.Decode(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatalf("%d %s: %v: %.80q", w.Code, w.Header().Get("Content-Type"), err, w.Body.String())
	}
	return m
}

const home1, elsewhere = "https://news.example/feed.xml", "https://pictures.example/"

func numbered(n int) string { return elsewhere + strings.Repeat("x", n) + ".jpg" }
