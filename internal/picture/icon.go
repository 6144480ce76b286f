package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"

	"golang.org/x/image/draw"
)

// IconSide is the side of an icon as it is kept, at most, in pixels: four times what
// rows show, twice on dense screens what pages of feeds do.
const IconSide = 64

// MostIconBytes is the limit of an icon as it comes.
const MostIconBytes = 512 << 10

// Why a picture is no icon.
var (
	errBanner = errors.New("it is a banner, not an icon")
	errBlank  = errors.New("there is nothing to see on it")
	errSpeck  = errors.New("it is smaller than an icon")
)

// Icon makes an icon of a picture: a square PNG of at most [IconSide] pixels a side, in
// which the picture stands in the middle. It fails where the picture is not of a kind that is
// decoded (SVG is none), is more than half as wide again as high or the other way round,
// smaller than 8 pixels, or empty.
func Icon(b []byte) (icon []byte, err error) {
	defer func() {
		if r := recover(); r != nil { // a decoder can't stand what a publisher sent
			icon, err = nil, fmt.Errorf("%w: %v", errNoPicture, r)
		}
	}()
	if len(b) > MostIconBytes {
		return nil, errTooBig
	}
	img, err := decodeIcon(b)
	if err != nil {
		return nil, fmt.Errorf("read an icon: %w", err)
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	switch {
	case max(w, h) < 8:
		return nil, errSpeck
	case 2*max(w, h) > 3*min(w, h):
		return nil, errBanner
	}
	side := min(max(w, h), IconSide)
	to := image.Pt(max(1, w*side/max(w, h)), max(1, h*side/max(w, h)))
	out := image.NewNRGBA(image.Rect(0, 0, side, side))
	at := image.Pt((side-to.X)/2, (side-to.Y)/2)
	draw.Draw(out, image.Rectangle{at, at.Add(to)}, scaled(img, to), image.Point{}, draw.Src)
	if blank(out) {
		return nil, errBlank
	}
	var packed bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&packed, out)
	return packed.Bytes(), err
}

// decodeIcon decodes an icon, or a picture that isn't large.
func decodeIcon(b []byte) (image.Image, error) {
	if bytes.HasPrefix(b, []byte{0, 0, 1, 0}) {
		return decodeICO(b, IconSide/2)
	}
	m, err := measure(b)
	if err != nil {
		return nil, err
	}
	if m.kind == avifKind {
		return nil, errNoPicture
	}
	if m.width > 4096 || m.height > 4096 || m.cost > mostCost/4 {
		return nil, errTooBig
	}
	return decode(b, m.kind)
}

// blank reports whether nothing can be seen on an image.
func blank(m *image.NRGBA) bool {
	for i := 3; i < len(m.Pix); i += 4 {
		if m.Pix[i] > 16 {
			return false
		}
	}
	return true
}
