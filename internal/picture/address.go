package picture

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Path begins the address of every picture.
const Path = "/picture/"

// The widths that are made, in pixels: thumbnails, cards, text and large, each twice
// for dense screens.
const (
	Thumb    = 160
	Thumb2   = 320
	Card     = 480
	Card2    = 800
	Text     = 800
	Text2    = 1440
	Large    = 2400
	original = 0 // the picture as it came, which is kept and never served
)

// widths are those that may be asked for: nobody fills the cache with all between.
func widths() [6]int { return [...]int{Thumb, Thumb2, Card, Card2, Text2, Large} }

// scope tells where a picture may be fetched from.
type scope byte

const (
	public scope = 'p' // from public addresses alone
	home   scope = 'h' // from networks that the owner opened, too
)

// signer signs addresses.
type signer struct{ macs *sync.Pool } // of hash.Hash

func newSigner(key []byte) signer {
	return signer{&sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// signature is of 128 bits, in 22 characters of base64url.
func (s signer) signature(sc scope, address string) [22]byte {
	m := s.macs.Get().(hash.Hash)
	defer s.macs.Put(m)
	m.Reset()
	m.Write([]byte{byte(sc), '\n'})
	m.Write([]byte(address))
	var sum [sha256.Size]byte
	var out [22]byte
	base64.RawURLEncoding.Encode(out[:], m.Sum(sum[:0])[:16])
	return out
}

// Address is the path at which a page of ours shows the picture at src at most width
// pixels wide, one of the widths above; empty where src is no http or https address.
// Document is the address of the feed that names the picture. Only
// one on the picture's own host, or on a literal private address, may name pictures in
// networks that the owner opened: publishers on the public network must not lead us
// into another.
func (s signer) Address(src, document string, width int) string {
	src = withoutFragment(src)
	if !strings.HasPrefix(src, "https://") && !strings.HasPrefix(src, "http://") || len(src) > 4<<10 {
		return ""
	}
	sig := s.signature(scopeOf(src, document), src)
	b := make([]byte, 0, len(Path)+len(src)+40)
	b = append(append(append(b, Path...), sig[:]...), '/')
	b = append(strconv.AppendInt(b, int64(width), 10), '?')
	return string(escape(b, src))
}

// withoutFragment cuts off what no server is ever sent.
func withoutFragment(src string) string {
	src, _, _ = strings.Cut(src, "#")
	return src
}

// wish is what a page asks for.
type wish struct {
	address string
	scope   scope
	width   int
}

// verify reads what Address wrote; false for anything else.
func (s signer) verify(sig, width, query string) (wish, bool) {
	n, err := strconv.Atoi(width)
	address, err2 := url.PathUnescape(query)
	if all := widths(); err != nil || err2 != nil || !slices.Contains(all[:], n) {
		return wish{}, false
	}
	for _, sc := range []scope{public, home} {
		if want := s.signature(sc, address); hmac.Equal([]byte(sig), want[:]) {
			return wish{address, sc, n}, true
		}
	}
	return wish{}, false
}

// scopeOf is how far a document may lead us.
func scopeOf(src, document string) scope {
	d, s := hostOf(document), hostOf(src)
	if d == "" {
		return public
	}
	ip, err := netip.ParseAddr(strings.Trim(d, "[]"))
	inner := err == nil && (ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast())
	if inner || strings.EqualFold(d, s) {
		return home
	}
	return public
}

// hostOf is the host of an http or https address, without port. It costs no
// allocation, as it is asked for every picture of a page.
func hostOf(address string) string {
	_, rest, ok := strings.Cut(address, "://")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		rest = rest[:i]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if i := strings.LastIndexByte(rest, ':'); i >= 0 && !strings.HasSuffix(rest, "]") {
		rest = rest[:i]
	}
	return rest
}

// escape appends an address so that a browser sends it as it stands, as a query, and
// so that it may stand in an attribute but for its ampersands.
func escape(b []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; plain(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return b
}

// plain tells whether a byte needs no escape. A comma does: at the end of an address it
// would part the candidates of a srcset.
func plain(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("-._~:/?@!$*;=&", c) >= 0
}
