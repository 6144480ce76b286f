package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"strings"
	"testing"
)

// withChecksum mends the checksum of a PNG's header.
func withChecksum(b []byte) []byte {
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

// avif is the head of an AVIF that says its measures.
func avif(w, h uint32) []byte {
	b := append([]byte("\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf"), "....meta....ispe\x00\x00\x00\x00"...)
	b = binary.BigEndian.AppendUint32(b, w)
	b = binary.BigEndian.AppendUint32(b, h)
	return append(b, make([]byte, 64)...)
}

// jpegHead is a JPEG up to its frame header, of three samples with colour as coarse as light.
func jpegHead(marker byte, w, h uint16) []byte {
	b := []byte{0xff, 0xd8, 0xff, 0xff, marker, 0, 17, 8}
	b = binary.BigEndian.AppendUint16(b, h)
	b = binary.BigEndian.AppendUint16(b, w)
	return append(b, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0)
}

// The bytes alone say what a picture is, and nothing is decoded that says it is huge, or
// is only there to be counted.
func TestMeasure(t *testing.T) {
	for name, tc := range map[string]struct {
		body []byte
		want error
	}{
		"a photograph":               {asJPEG(t, corners(64, 48)), nil},
		"a drawing":                  {asPNG(t, corners(64, 48)), nil},
		"an animation":               {asGIF(t, 16, 16, 3), nil},
		"an AVIF":                    {avif(640, 480), nil},
		"a large photograph":         {jpegHead(0xc0, 5600, 4200), nil},
		"nothing":                    {nil, errNoPicture},
		"SVG":                        {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), errNoPicture},
		"SVG with a declaration":     {[]byte("<?xml version=\"1.0\"?>\n<svg/>"), errNoPicture},
		"a page":                     {[]byte("<!doctype html><script>alert(1)</script>"), errNoPicture},
		"a page that begins as JPEG": {[]byte("\xff\xd8\xff<script>alert(1)</script>"), errNoPicture},
		"a bitmap":                   {[]byte("BM" + strings.Repeat("\x00", 60)), errNoPicture},
		"a PDF":                      {[]byte("%PDF-1.7"), errNoPicture},
		"a counter":                  {asGIF(t, 1, 1, 1), errTracker},
		"a counter as PNG":           {asPNG(t, image.NewGray(image.Rect(0, 0, 1, 1))), errTracker},
		"a counter of two pixels":    {asPNG(t, image.NewGray(image.Rect(0, 0, 2, 2))), errTracker},
		"a PNG bomb":                 {bombPNG(t, 30000, 30000), errTooBig},
		"a PNG of no end":            {bombPNG(t, 1<<30, 1), errTooBig},
		"a JPEG bomb":                {jpegHead(0xc0, 65535, 65535), errTooBig},
		"a JPEG bomb in passes":      {jpegHead(0xc2, 5600, 4200), errTooBig},
		"a JPEG without measures":    {jpegHead(0xc0, 0, 0), errNoPicture},
		"a JPEG cut off":             {jpegHead(0xc0, 640, 480)[:9], errNoPicture},
		"an AVIF bomb":               {avif(30000, 30000), errTooBig},
		"an AVIF without measures":   {avif(0, 0), errNoPicture},
		"a heavy AVIF":               {append(avif(64, 64), make([]byte, mostAVIF)...), errTooBig},
	} {
		m, err := measure(tc.body)
		if !errors.Is(err, tc.want) || (err == nil) != (tc.want == nil) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
		if err == nil && (m.width < 16 || m.height < 16 || m.cost < 0) {
			t.Errorf("%s measures %+v", name, m)
		}
	}
}

// What decoding takes is never reckoned less than it is.
func TestCostIsEnough(t *testing.T) {
	m := corners(400, 300)
	for name, b := range map[string][]byte{"jpeg": asJPEG(t, m), "png": asPNG(t, m), "gif": asGIF(t, 400, 300, 1)} {
		said, err := measure(b)
		if err != nil {
			t.Fatal(err)
		}
		img, err := decode(b, said.kind)
		if err != nil {
			t.Fatal(err)
		}
		var takes int
		switch p := img.(type) {
		case *image.YCbCr:
			takes = len(p.Y) + len(p.Cb) + len(p.Cr)
		case *image.RGBA:
			takes = len(p.Pix)
		case *image.Paletted:
			takes = len(p.Pix)
		default:
			t.Fatalf("%s decodes to %T", name, img)
		}
		if said.cost < int64(takes) {
			t.Errorf("%s takes %d bytes, and was reckoned %d", name, takes, said.cost)
		}
	}
}

func TestGIFFramesAreCountedWithoutDecoding(t *testing.T) {
	b := asGIF(t, 20, 10, 7)
	if n, area := gifFrames(b); n != 7 || area != 7*200 {
		t.Errorf("%d frames of %d pixels", n, area)
	}
	if n, _ := gifFrames(b[:len(b)-10]); n < 6 {
		t.Errorf("%d frames before the damage", n)
	}
	for i := range b {
		gifFrames(b[:i]) // no end of a file is beyond it
	}
}

// A picture is looked at as the camera was held.
func TestOrientation(t *testing.T) {
	plain := asJPEG(t, corners(64, 32))
	red, green, blue, white := quarter(false, false), quarter(true, false), quarter(false, true), quarter(true, true)
	for turn, want := range map[int][4]color.RGBA{
		1: {red, green, blue, white}, 2: {green, red, white, blue}, 3: {white, blue, green, red}, 4: {blue, white, red, green},
		5: {red, blue, green, white}, 6: {blue, red, white, green}, 7: {white, green, blue, red}, 8: {green, white, red, blue},
		0: {red, green, blue, white}, 9: {red, green, blue, white},
	} {
		b := withExif(plain, turn)
		m, err := measure(b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := render(b, m, Thumb)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(got.Body), "taken at home") || bytes.Contains(got.Body, []byte("Exif")) {
			t.Errorf("%d: it tells where it was taken", turn)
		}
		img, _, err := image.Decode(bytes.NewReader(got.Body))
		if err != nil {
			t.Fatal(err)
		}
		w, h := img.Bounds().Dx(), img.Bounds().Dy()
		if upright := turn >= 5 && turn <= 8; upright != (h > w) || got.Width != w || got.Height != h {
			t.Errorf("%d: %d by %d, told as %d by %d", turn, w, h, got.Width, got.Height)
		}
		for i, c := range want {
			if x, y := w/4+i%2*w/2, h/4+i/2*h/2; !near(img.At(x, y), c) {
				t.Errorf("%d: quarter %d is %v, want %v", turn, i, img.At(x, y), c)
			}
		}
	}
}

func near(a, b color.Color) bool {
	r, g, bl, _ := a.RGBA()
	r2, g2, bl2, _ := b.RGBA()
	const far = 40 << 8
	return diff(r, r2) < far && diff(g, g2) < far && diff(bl, bl2) < far
}

func diff(a, b uint32) uint32 { return max(a, b) - min(a, b) }
