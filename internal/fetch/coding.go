package fetch

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// coding is how a body is packed, by its name in Content-Encoding (RFC 9110 §8.4.1).
type coding string

const (
	plain     coding = ""
	gzipped   coding = "gzip"
	deflated  coding = "deflate"
	brotlied  coding = "br"
	zstandard coding = "zstd"
)

// sniffed is how many bytes of a body tell whether it is text.
const sniffed = 32

var (
	gzipMagic = []byte{0x1f, 0x8b, 8}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
	textMarks = [][]byte{{0xef, 0xbb, 0xbf}, {0xff, 0xfe}, {0xfe, 0xff}} // UTF-8, UTF-16
)

// claimed are the codings that the values of Content-Encoding name.
func claimed(values []string) []coding {
	var cs []coding
	for _, v := range values {
		for name := range strings.SplitSeq(v, ",") {
			switch name = strings.ToLower(strings.TrimSpace(name)); name {
			case "", "identity", "none":
			case "x-gzip":
				cs = append(cs, gzipped)
			default:
				cs = append(cs, coding(name))
			}
		}
	}
	return cs
}

// mostCodings is how many times a body may be packed that is said to be.
const mostCodings = 3

// decide tells how a body is packed that begins with head, on the outside, and which
// claims are left for what is inside; the last named was applied last. The bytes
// count for more than the header where they leave no doubt: servers pack without saying
// so, say so and don't, and name a charset there.
func decide(claims []coding, head []byte) (c coding, rest []coding, err error) {
	if len(head) == 0 || isText(head) {
		return plain, nil, nil
	}
	if len(claims) > mostCodings {
		return plain, nil, fmt.Errorf("document packed more than %d times: %.100q", mostCodings, claims)
	}
	outer := plain
	if n := len(claims); n > 0 {
		outer, rest = claims[n-1], claims[:n-1]
	}
	switch {
	case outer == brotlied: // it has no mark of its own, and could begin like gzip
	case bytes.HasPrefix(head, gzipMagic):
		outer = gzipped
	case bytes.HasPrefix(head, zstdMagic):
		outer = zstandard
	case outer == deflated:
		return plain, nil, nil // nobody asked for it; package parse knows it by its bytes
	case outer != plain && outer != gzipped && outer != zstandard:
		return plain, nil, fmt.Errorf("document packed in a way that was not asked for: %.100q", outer)
	}
	return outer, rest, nil
}

// isText tells whether head begins a text in UTF-8 or UTF-16. Nothing that is
// packed passes: it has control characters or broken UTF-8 in its first bytes.
func isText(head []byte) bool {
	for _, m := range textMarks {
		if bytes.HasPrefix(head, m) {
			return true
		}
	}
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		switch {
		case r == utf8.RuneError && n == 1:
			return !utf8.FullRune(head) // cut off at the end
		case r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f':
			return false
		}
		head = head[n:]
	}
	return true
}
