package server

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/andybalholm/brotli/matchfinder"
	"github.com/klauspost/compress/zstd"
)

// codings are the content codings of feeds (RFC 9110 §8.4.1, RFC 7932, RFC 8878),
// the smallest first.
var codings = []string{"br", "zstd", "gzip"}

// bestCoding is the coding that a request likes best, the first of ours where it
// likes several equally; empty for none.
func bestCoding(r *http.Request) string {
	best, most := "", 0.0
	for _, coding := range codings {
		if q := weight(r.Header.Get("Accept-Encoding"), coding); q > most {
			best, most = coding, q
		}
	}
	return best
}

// weight is how much an Accept-Encoding likes a coding, from 0 to 1 (RFC 9110
// §12.5.3). What is listed by name counts before "*".
func weight(accept, coding string) float64 {
	any := 0.0
	for part := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(part, ";")
		name = strings.TrimSpace(name)
		q := 1.0
		if v, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(params)), "q="); ok {
			if w, err := strconv.ParseFloat(v, 64); err == nil {
				q = w
			}
		}
		if strings.EqualFold(name, coding) {
			return q
		}
		if name == "*" {
			any = q
		}
	}
	return any
}

// encode compresses a body.
func (s *Server) encode(coding string, body []byte) ([]byte, error) {
	var b bytes.Buffer
	var err error
	switch coding {
	case "":
		return body, nil
	case "gzip":
		err = s.zip(&b, body)
	case "br":
		err = s.brotli(&b, body)
	case "zstd":
		z, err := s.press.zstd()
		if err != nil {
			return nil, err
		}
		return z.EncodeAll(body, nil), nil
	}
	return b.Bytes(), err
}

// brotli compresses body into b.
func (s *Server) brotli(b *bytes.Buffer, body []byte) error {
	z, _ := s.press.brotlis.Get().(*matchfinder.Writer)
	if z == nil {
		z = brotli.NewWriterV2(nil, 4) // the other writer brings 0.8 MB of tables along
	}
	defer s.press.brotlis.Put(z)
	z.Reset(b)
	if _, err := z.Write(body); err != nil {
		return err
	}
	return z.Close()
}

// newZstd makes the encoder that all share.
func newZstd() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
}
