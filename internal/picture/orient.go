package picture

import (
	"bytes"
	"encoding/binary"
	"image"
)

// orientation reads how a camera was held from an APP1 segment of a JPEG: the tag 0x0112
// of its Exif (TIFF 6.0 §2), 1 to 8; 1 where it says nothing of use.
func orientation(segment []byte) int {
	tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00"))
	if !ok || len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at < 8 || at+2 > int64(len(tiff)) {
		return 1
	}
	n := int(order.Uint16(tiff[at:]))
	for fields := tiff[at+2:]; n > 0 && len(fields) >= 12; n, fields = n-1, fields[12:] {
		if order.Uint16(fields) == 0x0112 {
			if turn := int(order.Uint16(fields[8:])); turn >= 1 && turn <= 8 {
				return turn
			}
			return 1
		}
	}
	return 1
}

// turned is an image as it is to be looked at.
func turned(m *image.RGBA, turn int) *image.RGBA {
	if turn <= 1 || turn > 8 {
		return m
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if turn >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := place(x, y, w, h, turn)
			copy(out.Pix[out.PixOffset(tx, ty):][:4], m.Pix[m.PixOffset(x, y):][:4])
		}
	}
	return out
}

// place is where the pixel at x, y of a picture of w by h comes to lie.
func place(x, y, w, h, turn int) (int, int) {
	switch turn {
	case 2: // mirrored
		return w - 1 - x, y
	case 3: // upside down
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6: // a quarter to the right
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8: // a quarter to the left
		return y, w - 1 - x
	}
	return x, y
}
