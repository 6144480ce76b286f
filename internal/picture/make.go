package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

// Picture is what is shown in the place of a publisher's.
type Picture struct {
	Body []byte
	kind kind
	// Width and Height are those of the publisher's picture, in pixels.
	Width, Height int
}

// Type is its media type.
func (p Picture) Type() string { return p.kind.mediaType() }

// Bounds of animations that stay such.
const (
	mostMoving       = 1 << 20  // bytes
	mostMovingPixels = 24 << 20 // of all frames together
)

// render makes a picture of the measures m to be shown width pixels wide.
func render(b []byte, m measures, width int) (Picture, error) {
	p := Picture{Width: m.width, Height: m.height, kind: m.kind}
	switch {
	case m.kind == avifKind:
		p.Body = b
		return p, nil
	case m.kind == gifKind && m.moves(b, width):
		p.Body = again(b)
		if p.Body != nil {
			return p, nil
		}
	}
	img, err := decode(b, m.kind)
	if err != nil {
		return p, fmt.Errorf("decode a %s: %w", m.kind, err)
	}
	small := turned(scaled(img, fit(m, width)), m.turn)
	p.Body, p.kind, err = encode(small, m.kind)
	return p, err
}

// moves reports whether a GIF is shown with all its frames: one that is small, and not
// in a thumbnail.
func (m measures) moves(b []byte, width int) bool {
	return m.frames > 1 && len(b) <= mostMoving && m.area <= mostMovingPixels && m.width <= width && width > Thumb2
}

// again writes an animation anew, without what isn't picture; nil if it is damaged.
func again(b []byte) []byte {
	g, err := gif.DecodeAll(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	var out bytes.Buffer
	if gif.EncodeAll(&out, g) != nil {
		return nil
	}
	return out.Bytes()
}

// decode decodes a picture whose measures were looked at.
func decode(b []byte, k kind) (image.Image, error) {
	r := bytes.NewReader(b)
	switch k {
	case jpegKind:
		return jpeg.Decode(r)
	case pngKind:
		return png.Decode(r)
	case gifKind:
		return gif.Decode(r)
	case webpKind:
		return webp.Decode(r)
	}
	return nil, errNoPicture
}

// fit is the size of a picture before it is turned, at most width wide after it. Small
// ones stay as they are.
func fit(m measures, width int) image.Point {
	w := min(width, m.width)
	h := max(1, (m.height*w+m.width/2)/m.width)
	if m.turn >= 5 {
		w, h = h, w
	}
	return image.Pt(w, h)
}

// mostTemporary is what the better of two ways to scale may take beside, in bytes.
const mostTemporary = 24 << 20

// scaled makes an image smaller: by halves first, each pixel the mean of four, which
// takes little memory; then the rest of the way by a better filter, where that
// doesn't need too much.
func scaled(img image.Image, to image.Point) *image.RGBA {
	if p, ok := img.(*image.Paletted); ok {
		img = flat(p)
	}
	b := img.Bounds()
	for b.Dx() >= 2*to.X && b.Dy() >= 2*to.Y && b.Size() != to {
		half := image.NewRGBA(image.Rect(0, 0, max(b.Dx()/2, to.X), max(b.Dy()/2, to.Y)))
		draw.ApproxBiLinear.Scale(half, half.Rect, img, b, draw.Src, nil)
		img, b = half, half.Rect
	}
	if m, ok := img.(*image.RGBA); ok && b.Size() == to {
		return m
	}
	out := image.NewRGBA(image.Rectangle{Max: to})
	var way draw.Scaler = draw.CatmullRom
	if to.X*b.Dy()*32 > mostTemporary {
		way = draw.ApproxBiLinear
	}
	if b.Size() == to {
		draw.Draw(out, out.Rect, img, b.Min, draw.Src)
		return out
	}
	way.Scale(out, out.Rect, img, b, draw.Src, nil)
	return out
}

// flat gives an image with a palette as one without, which scales well and fast.
func flat(p *image.Paletted) image.Image {
	out := image.NewRGBA(p.Bounds())
	draw.Draw(out, out.Rect, p, p.Rect.Min, draw.Src)
	return out
}

// quality is that of the JPEGs that are made.
const quality = 82

// encode writes an image as JPEG where it came as one, else as PNG; but as JPEG also if
// nothing shines through and that is less than half as large.
func encode(m *image.RGBA, from kind) ([]byte, kind, error) {
	var asPNG, asJPEG bytes.Buffer
	solid := m.Opaque()
	if from != jpegKind || !solid {
		if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&asPNG, m); err != nil {
			return nil, "", fmt.Errorf("encode a png: %w", err)
		}
	}
	if solid {
		if err := jpeg.Encode(&asJPEG, m, &jpeg.Options{Quality: quality}); err != nil {
			return nil, "", fmt.Errorf("encode a jpeg: %w", err)
		}
	}
	if !solid || asPNG.Len() > 0 && asPNG.Len() <= 2*asJPEG.Len() {
		return asPNG.Bytes(), pngKind, nil
	}
	return asJPEG.Bytes(), jpegKind, nil
}
