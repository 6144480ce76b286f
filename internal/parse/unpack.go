package parse

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
)

// maxPacked is how many times a body may have been packed: by the publisher's
// software, and once more by its server.
const maxPacked = 3

// unpack undoes the gzip or zlib that a body is still packed with, though nobody
// said so, and cuts what is longer than MaxBytes. Of an archive that was cut off
// it gives what is left.
func unpack(body []byte) (out []byte, mended []string) {
	for range maxPacked {
		r := unpacker(body)
		if r == nil {
			break
		}
		inside, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
		if len(inside) == 0 {
			break
		}
		mended = append(mended, "packed, and not said to be")
		if err != nil {
			what := "an archive that is damaged"
			if errors.Is(err, io.ErrUnexpectedEOF) {
				what = "an archive that is cut off"
			}
			mended = append(mended, what)
		}
		body = inside
	}
	if len(body) > MaxBytes {
		body = body[:MaxBytes]
		mended = append(mended, "longer than 16 MB; the rest left out")
	}
	return body, mended
}

// unpacker reads what is in body; nil if it isn't packed.
func unpacker(body []byte) io.Reader {
	if bytes.HasPrefix(body, []byte("\x1f\x8b\x08")) {
		if r, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
			return r
		}
	}
	if len(body) > 2 && body[0] == 0x78 && (int(body[0])<<8|int(body[1]))%31 == 0 { // RFC 1950 §2.2
		if r, err := zlib.NewReader(bytes.NewReader(body)); err == nil {
			return r
		}
	}
	return nil
}
