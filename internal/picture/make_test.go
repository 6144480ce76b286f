package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"math/rand/v2"
	"testing"
)

func made(t *testing.T, b []byte, width int) (Picture, image.Image) {
	t.Helper()
	m, err := measure(b)
	if err != nil {
		t.Fatal(err)
	}
	got, err := render(b, m, width)
	if err != nil {
		t.Fatal(err)
	}
	img, _, err := image.Decode(bytes.NewReader(got.Body))
	if err != nil {
		t.Fatal(err)
	}
	return got, img
}

// A picture is made as wide as it is shown, and never wider than it is.
func TestWidths(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine works; it runs without the detector")
	}
	for _, tc := range []struct{ w, h, width, wantW, wantH int }{
		{1600, 900, Thumb, 160, 90},
		{1600, 900, Card2, 800, 450},
		{1601, 901, Card, 480, 270},
		{500, 300, Card2, 500, 300},
		{3, 2000, Thumb, 3, 2000},
		{2000, 3, Thumb, 160, 1},
		{320, 200, Thumb, 160, 100},
	} {
		for name, b := range map[string][]byte{"jpeg": asJPEG(t, corners(tc.w, tc.h)), "png": asPNG(t, corners(tc.w, tc.h))} {
			got, img := made(t, b, tc.width)
			if s := img.Bounds().Size(); s.X != tc.wantW || s.Y != tc.wantH {
				t.Errorf("%s of %d by %d at %d is %v", name, tc.w, tc.h, tc.width, s)
			}
			if got.Width != tc.w || got.Height != tc.h {
				t.Errorf("%s of %d by %d is told as %d by %d", name, tc.w, tc.h, got.Width, got.Height)
			}
			if s := img.Bounds().Size(); s.X > 20 && s.Y > 20 && (!near(img.At(s.X/4, s.Y/4), quarter(false, false)) || !near(img.At(3*s.X/4, 3*s.Y/4), quarter(true, true))) {
				t.Errorf("%s of %d by %d at %d has lost its colours", name, tc.w, tc.h, tc.width)
			}
		}
	}
}

// What shines through still does; a photograph that came as PNG is a JPEG.
func TestEncodings(t *testing.T) {
	glass := image.NewNRGBA(image.Rect(0, 0, 300, 200))
	for i := 0; i < len(glass.Pix); i += 4 {
		copy(glass.Pix[i:], []byte{255, 0, 0, 128})
	}
	got, img := made(t, asPNG(t, glass), Thumb)
	if _, _, _, a := img.At(80, 50).RGBA(); got.kind != pngKind || a < 0x7000 || a > 0x9000 {
		t.Errorf("a glass pane is a %s of opacity %x", got.kind, a)
	}
	noise, r := image.NewRGBA(image.Rect(0, 0, 400, 300)), rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = byte(r.Uint32())
		if i%4 == 3 {
			noise.Pix[i] = 255
		}
	}
	if got, _ := made(t, asPNG(t, noise), Card); got.kind != jpegKind {
		t.Errorf("a photograph stays a %s of %d bytes", got.kind, len(got.Body))
	}
	if got, _ := made(t, asPNG(t, corners(400, 300)), Card); got.kind != pngKind {
		t.Errorf("a drawing became a %s", got.kind)
	}
	flat, err := measure(asGIF(t, 32, 32, 1))
	if err != nil || flat.frames != 1 {
		t.Errorf("a still GIF has %d frames: %v", flat.frames, err)
	}
}

// Small animations move in texts; in thumbnails, and where they are large, they stand still.
func TestAnimations(t *testing.T) {
	frames := func(b []byte, width int) int {
		got, _ := made(t, b, width)
		if got.kind != gifKind {
			return 1
		}
		g, err := gif.DecodeAll(bytes.NewReader(got.Body))
		if err != nil {
			t.Fatal(err)
		}
		return len(g.Image)
	}
	small := asGIF(t, 200, 100, 4)
	if n := frames(small, Text); n != 4 {
		t.Errorf("a small animation has %d frames of 4 left", n)
	}
	if n := frames(small, Thumb); n != 1 {
		t.Errorf("a thumbnail has %d frames", n)
	}
	if n := frames(asGIF(t, 1000, 100, 3), Text); n != 1 {
		t.Errorf("a wide animation has %d frames", n)
	}
	if n := frames(asGIF(t, 700, 700, 80), Text); n != 1 {
		t.Errorf("an animation of 40 million pixels has %d frames", n)
	}
	secret := bytes.Replace(small, []byte{0x21, 0xf9}, append([]byte{0x21, 0xfe, 6}, "secret\x00\x21\xf9"...), 1)
	if got, _ := made(t, secret, Text); bytes.Contains(got.Body, []byte("secret")) {
		t.Error("a comment came through")
	}
}

// Damage is an error and not a picture.
func TestDamaged(t *testing.T) {
	for _, b := range [][]byte{asJPEG(t, corners(64, 64)), asPNG(t, corners(64, 64))} {
		b = b[:len(b)/2]
		m, err := measure(b)
		if err == nil {
			_, err = render(b, m, Thumb)
		}
		if err == nil {
			t.Errorf("half of a %s is a picture", m.kind)
		}
	}
}

// BenchmarkResize costs making a picture of a photograph, from the bytes that came to those
// that are served, at the widths of a row, a card and a text.
func BenchmarkResize(b *testing.B) {
	photo := image.NewRGBA(image.Rect(0, 0, 1600, 1067))
	for y := range 1067 {
		for x := range 1600 {
			photo.SetRGBA(x, y, color.RGBA{uint8(x * y >> 9), uint8(x >> 3), uint8(y >> 2), 255})
		}
	}
	raw := asJPEG(b, photo)
	m, err := measure(raw)
	if err != nil {
		b.Fatal(err)
	}
	for name, width := range map[string]int{"thumb": Thumb, "card": Card2, "text": Text2} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := render(raw, m, width); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
