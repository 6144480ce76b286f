package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/png"
)

// ICO is a directory of pictures, each a PNG or a bitmap without a file header whose
// rows are followed by a mask of one bit a pixel (Microsoft, "Icons", 1995). Libraries
// that read it read less than browsers do, or trust its sizes; it is little enough.

var errICO = errors.New("damaged icon")

// largestIcon is the greatest side of a picture in an icon, in pixels.
const largestIcon = 512

// icoEntry is a line of the directory.
type icoEntry struct {
	width int
	data  []byte
}

// decodeICO decodes the best picture of an icon: the smallest that has at least want
// pixels a side, else the largest. One that is damaged gives way to the next.
func decodeICO(b []byte, want int) (image.Image, error) {
	entries := icoEntries(b)
	for len(entries) > 0 {
		best := 0
		for i, e := range entries {
			if closer(e.width, entries[best].width, want) {
				best = i
			}
		}
		if m, err := decodeICOEntry(entries[best].data); err == nil {
			return m, nil
		}
		entries = append(entries[:best], entries[best+1:]...)
	}
	return nil, errICO
}

// closer reports whether a width is nearer to what is wanted than another.
func closer(a, b, want int) bool {
	if (a >= want) != (b >= want) {
		return a >= want
	}
	if a >= want {
		return a < b
	}
	return a > b
}

// mostEntries is how many pictures of an icon are looked at.
const mostEntries = 32

func icoEntries(b []byte) (es []icoEntry) {
	if len(b) < 6 {
		return nil
	}
	n := min(int(binary.LittleEndian.Uint16(b[4:])), mostEntries)
	for line := b[6:]; n > 0 && len(line) >= 16; n, line = n-1, line[16:] {
		size, at := int64(binary.LittleEndian.Uint32(line[8:])), int64(binary.LittleEndian.Uint32(line[12:]))
		if at >= int64(len(b)) || size < 16 {
			continue
		}
		width := int(line[0])
		if width == 0 {
			width = 256
		}
		es = append(es, icoEntry{width, b[at:min(at+size, int64(len(b)))]})
	}
	return es
}

func decodeICOEntry(b []byte) (image.Image, error) {
	if !bytes.HasPrefix(b, []byte("\x89PNG")) {
		return decodeDIB(b)
	}
	c, err := png.DecodeConfig(bytes.NewReader(b))
	if err != nil || c.Width > largestIcon || c.Height > largestIcon {
		return nil, errICO
	}
	return png.Decode(bytes.NewReader(b))
}

// dib is a bitmap as icons have it.
type dib struct {
	width, height int
	depth         int // bits a pixel: 1, 4, 8, 24 or 32
	palette       []byte
	rows, mask    []byte // from the lowest row up
	stride        int    // bytes a row
	maskStride    int
}

func decodeDIB(b []byte) (image.Image, error) {
	d, err := newDIB(b)
	if err != nil {
		return nil, err
	}
	m := image.NewNRGBA(image.Rect(0, 0, d.width, d.height))
	seen := false // of an alpha channel
	for y := range d.height {
		for x := range d.width {
			c := d.at(x, d.height-1-y)
			seen = seen || c.A > 0
			m.SetNRGBA(x, y, c)
		}
	}
	if d.depth < 32 || !seen {
		d.cut(m)
	}
	return m, nil
}

func newDIB(b []byte) (*dib, error) {
	if len(b) < 40 {
		return nil, errICO
	}
	le := binary.LittleEndian
	head := int64(le.Uint32(b))
	d := &dib{width: int(int32(le.Uint32(b[4:]))), height: int(int32(le.Uint32(b[8:]))) / 2, depth: int(le.Uint16(b[14:]))}
	if d.width <= 0 || d.height <= 0 || d.width > largestIcon || d.height > largestIcon || head < 40 || head > int64(len(b)) || le.Uint32(b[16:]) != 0 {
		return nil, errICO // compressed ones are none that browsers show
	}
	rest := b[head:]
	switch d.depth {
	case 1, 4, 8:
		colours := int64(le.Uint32(b[32:]))
		if colours == 0 || colours > 1<<d.depth {
			colours = 1 << d.depth
		}
		if int64(len(rest)) < 4*colours {
			return nil, errICO
		}
		d.palette, rest = rest[:4*colours], rest[4*colours:]
	case 24, 32:
	default:
		return nil, errICO
	}
	d.stride, d.maskStride = (d.width*d.depth+31)/32*4, (d.width+31)/32*4
	if len(rest) < d.stride*d.height {
		return nil, errICO
	}
	d.rows = rest[:d.stride*d.height]
	if mask := rest[len(d.rows):]; len(mask) >= d.maskStride*d.height {
		d.mask = mask // icons without one are all there
	}
	return d, nil
}

// at is the colour of a pixel, its row counted from below.
func (d *dib) at(x, row int) color.NRGBA {
	line := d.rows[row*d.stride:]
	switch d.depth {
	case 24:
		return color.NRGBA{line[3*x+2], line[3*x+1], line[3*x], 255}
	case 32:
		return color.NRGBA{line[4*x+2], line[4*x+1], line[4*x], line[4*x+3]}
	}
	bit := x * d.depth
	i := int(line[bit/8]>>(8-d.depth-bit%8)) & (1<<d.depth - 1)
	if 4*i+3 > len(d.palette) {
		return color.NRGBA{A: 255}
	}
	return color.NRGBA{d.palette[4*i+2], d.palette[4*i+1], d.palette[4*i], 255}
}

// cut makes transparent what the mask says, and all else solid.
func (d *dib) cut(m *image.NRGBA) {
	for y := range d.height {
		row := d.height - 1 - y
		for x := range d.width {
			a := &m.Pix[m.PixOffset(x, y)+3]
			*a = 255
			if d.mask != nil && d.mask[row*d.maskStride+x/8]>>(7-x%8)&1 == 1 {
				*a = 0
			}
		}
	}
}
