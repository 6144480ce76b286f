package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/png"

	"golang.org/x/image/webp"
)

// kind is a format that is recognised by its bytes.
type kind string

const (
	jpegKind kind = "jpg"
	pngKind  kind = "png"
	gifKind  kind = "gif"
	webpKind kind = "webp"
	avifKind kind = "avif"
)

// mediaType is the one media type under which a kind is served.
func (k kind) mediaType() string {
	if k == jpegKind {
		return "image/jpeg"
	}
	return "image/" + string(k)
}

// Why a picture isn't shown.
var (
	errNoPicture = errors.New("it is no picture of a kind that is shown")
	errTooBig    = errors.New("it is too big to be decoded")
	errTracker   = errors.New("it is a pixel that counts readers")
)

// recognise tells by its first bytes what a picture is.
func recognise(b []byte) (kind, error) {
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		return jpegKind, nil
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return pngKind, nil
	case bytes.HasPrefix(b, []byte("GIF87a")), bytes.HasPrefix(b, []byte("GIF89a")):
		return gifKind, nil
	case len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		return webpKind, nil
	case len(b) >= 12 && string(b[4:8]) == "ftyp" && string(b[8:12]) == "avif":
		return avifKind, nil
	}
	return "", errNoPicture
}

// measures are what is known of a picture before it is decoded.
type measures struct {
	kind          kind
	width, height int   // as it is shown, turned if need be
	turn          int   // orientation, 1 to 8 (Exif 2.32 §4.6.5)
	cost          int64 // bytes that decoding and scaling take
	frames        int   // of a GIF; else 1
	area          int64 // pixels of all frames
}

// longestSide is the greatest width or height that is believed, in pixels.
const longestSide = 1 << 15

// measure reads the measures of a picture, and refuses what would cost too much, or is
// only there to be counted.
func measure(b []byte) (m measures, err error) {
	if m.kind, err = recognise(b); err != nil {
		return m, err
	}
	m.turn, m.frames = 1, 1
	if err := m.read(b); err != nil {
		return m, fmt.Errorf("read a %s: %w", m.kind, err)
	}
	switch {
	case m.width <= 0 || m.height <= 0:
		return m, errNoPicture
	case m.width > longestSide || m.height > longestSide || m.cost > mostCost:
		return m, fmt.Errorf("%w: %d by %d pixels", errTooBig, m.width, m.height)
	case m.width <= 2 && m.height <= 2:
		return m, errTracker
	}
	if m.turn >= 5 {
		m.width, m.height = m.height, m.width
	}
	return m, nil
}

func (m *measures) read(b []byte) error {
	var c image.Config
	var err error
	perPixel := int64(8) // NRGBA64, or lossless WebP with what it needs beside
	switch m.kind {
	case jpegKind:
		return m.readJPEG(b)
	case avifKind:
		return m.readAVIF(b)
	case pngKind:
		c, err = png.DecodeConfig(bytes.NewReader(b))
	case webpKind:
		c, err = webp.DecodeConfig(bytes.NewReader(b))
	case gifKind:
		c, err = gif.DecodeConfig(bytes.NewReader(b))
		m.frames, m.area = gifFrames(b)
		perPixel = 5
	}
	m.set(c.Width, c.Height, perPixel)
	return err
}

// set takes in width and height, and reckons the cost, one byte for scaling included.
func (m *measures) set(w, h int, perPixel int64) {
	m.width, m.height = w, h
	m.cost = int64(w) * int64(h) * (perPixel + 1)
}

// readJPEG walks over the segments of a JPEG (ITU T.81 annex B) up to its frame
// header. A progressive one takes four bytes more for each sample.
func (m *measures) readJPEG(b []byte) error {
	for b = b[2:]; ; {
		id, segment, rest, ok := nextSegment(b)
		if !ok {
			return errNoPicture
		}
		switch {
		case id == 0xe1:
			m.turn = orientation(segment)
		case id == 0xc0 || id == 0xc1 || id == 0xc2:
			if len(segment) < 6 {
				return errNoPicture
			}
			samples := int64(segment[5])
			if id == 0xc2 {
				samples *= 5
			}
			if segment[5] == 4 {
				samples += 4 // CMYK becomes RGB
			}
			m.set(int(binary.BigEndian.Uint16(segment[3:])), int(binary.BigEndian.Uint16(segment[1:])), shared(segment, samples))
			return nil
		}
		b = rest
	}
}

// shared is what samples take where colour is stored coarser than light (4:2:0, the
// usual way), rounded up; else all of it.
func shared(frame []byte, samples int64) int64 {
	if frame[5] == 3 && len(frame) >= 15 && frame[7] == 0x22 && frame[10] == 0x11 && frame[13] == 0x11 {
		return (samples + 1) / 2
	}
	return samples
}

// nextSegment splits off the first segment of a JPEG, without its length.
func nextSegment(b []byte) (id byte, segment, rest []byte, ok bool) {
	for len(b) > 1 && b[0] == 0xff && b[1] == 0xff {
		b = b[1:] // fill bytes
	}
	if len(b) < 4 || b[0] != 0xff {
		return 0, nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n < 2 || len(b) < 2+n {
		return 0, nil, nil, false
	}
	return b[1], b[4 : 2+n], b[2+n:], true
}

// readAVIF finds the greatest measures in an AVIF (ISO/IEC 23008-12 §6.5.3, "ispe"):
// of the picture, of its tiles or of its alpha. It is not decoded here, so it costs
// nothing; but it is bounded, because a browser has to.
func (m *measures) readAVIF(b []byte) error {
	if len(b) > mostAVIF {
		return errTooBig
	}
	head := b[:min(len(b), 64<<10)]
	for {
		i := bytes.Index(head, []byte("ispe"))
		if i < 0 || len(head) < i+16 {
			break
		}
		w, h := binary.BigEndian.Uint32(head[i+8:]), binary.BigEndian.Uint32(head[i+12:])
		if w > longestSide || h > longestSide || int64(w)*int64(h) > mostCost/4 {
			return errTooBig
		}
		m.width, m.height = max(m.width, int(w)), max(m.height, int(h))
		head = head[i+16:]
	}
	return nil
}

// mostAVIF is the limit of an AVIF in bytes: it is shown as it came, in whatever size.
const mostAVIF = 1 << 20

// gifFrames counts the frames of a GIF and their pixels, without decoding any (GIF89a
// §15 to 26). Of a damaged one it counts those before the damage.
func gifFrames(b []byte) (frames int, area int64) {
	if len(b) < 13 {
		return 0, 0
	}
	at := 13 + colourTable(b[10])
	for at < len(b) {
		switch b[at] {
		case 0x21: // an extension
			at += 2
		case 0x2c: // a frame
			if at+10 >= len(b) {
				return frames, area
			}
			w, h := binary.LittleEndian.Uint16(b[at+5:]), binary.LittleEndian.Uint16(b[at+7:])
			frames, area = frames+1, area+int64(w)*int64(h)
			at += 11 + colourTable(b[at+9])
		default:
			return frames, area
		}
		for at < len(b) && b[at] != 0 {
			at += 1 + int(b[at])
		}
		at++
	}
	return frames, area
}

// colourTable is the size in bytes of the table that flags announce.
func colourTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}
