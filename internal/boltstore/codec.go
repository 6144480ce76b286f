package boltstore

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/klauspost/compress/zstd"

	"tidings/internal/feed"
)

// Bodies shorter than this are not worth compressing.
const smallBody = 160

// maxBody is the size that a body can't pass when it is unpacked, so that a
// damaged file doesn't take the machine's memory.
const maxBody = 256 << 20

// How the bytes of a body are kept, its first byte.
const (
	bodyRaw  = 0
	bodyZstd = 1
)

var errDamaged = errors.New("damaged record")

// codec turns records into bytes and back. It is safe for concurrent use.
type codec struct {
	enc   cbor.EncMode
	dec   cbor.DecMode
	press *zstd.Encoder
	open  *zstd.Decoder
}

func newCodec() (*codec, error) {
	enc, err := cbor.EncOptions{ShortestFloat: cbor.ShortestFloat16, Sort: cbor.SortCanonical}.EncMode()
	if err != nil {
		return nil, err
	}
	// Publishers' guids are kept byte for byte, and not all of them are UTF-8.
	dec, err := cbor.DecOptions{UTF8: cbor.UTF8DecodeInvalid}.DecMode()
	if err != nil {
		return nil, err
	}
	press, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2),
		zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(64<<10), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, err
	}
	open, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(maxBody))
	if err != nil {
		return nil, err
	}
	return &codec{enc, dec, press, open}, nil
}

func (c *codec) close() {
	c.press.Close()
	c.open.Close()
}

// record encodes one of the record structs.
func (c *codec) record(r any) ([]byte, error) { return c.enc.Marshal(r) }

// read decodes into one of the record structs.
func (c *codec) read(v []byte, r any) error {
	if err := c.dec.Unmarshal(v, r); err != nil {
		return fmt.Errorf("%w: %v", errDamaged, err)
	}
	return nil
}

// packBody encodes and compresses a body.
func (c *codec) packBody(b *feed.Body) ([]byte, error) {
	raw, err := c.record(recordBody(b))
	if err != nil {
		return nil, err
	}
	if len(raw) >= smallBody {
		if z := c.press.EncodeAll(raw, append(make([]byte, 0, len(raw)+16), bodyZstd)); len(z) <= len(raw) {
			return z, nil
		}
	}
	return append([]byte{bodyRaw}, raw...), nil
}

// unpackBody decodes what packBody made.
func (c *codec) unpackBody(v []byte) (feed.Body, error) {
	if len(v) == 0 {
		return feed.Body{}, fmt.Errorf("%w: empty body", errDamaged)
	}
	raw := v[1:]
	if v[0] == bodyZstd {
		var err error
		if raw, err = c.open.DecodeAll(raw, nil); err != nil {
			return feed.Body{}, fmt.Errorf("%w: %v", errDamaged, err)
		}
	}
	var r bodyRecord
	if err := c.read(raw, &r); err != nil {
		return feed.Body{}, err
	}
	return r.body(), nil
}

// remembered is what outlives an entry: how to know it again. One row for all of
// an entry's keys, because a poll reads them all and most are never asked for.
type remembered struct {
	hash   uint64
	served int32 // day of a document that carried it
	keys   []feed.Key

	// Documents without it since then: how many count as absences, and the day of
	// the last.
	absences int32
	missed   int32
}

// maxKeys bounds the keys of an entry that is revised again and again; the
// latest are kept.
const maxKeys = 32

// packRemembered writes hash, day of service, absences, day of the last of them, keys.
func packRemembered(r remembered) []byte {
	b := make([]byte, 0, 8+3*binary.MaxVarintLen32+len(r.keys)*len(feed.Key{}))
	b = binary.BigEndian.AppendUint64(b, r.hash)
	for _, n := range []int32{r.served, r.absences, r.missed} {
		b = binary.AppendVarint(b, int64(n))
	}
	for _, k := range r.keys {
		b = append(b, k[:]...)
	}
	return b
}

func unpackRemembered(v []byte) (r remembered, ok bool) {
	if len(v) < 8 {
		return r, false
	}
	r.hash, v = binary.BigEndian.Uint64(v), v[8:]
	for _, to := range []*int32{&r.served, &r.absences, &r.missed} {
		x, n := binary.Varint(v)
		if n <= 0 {
			return r, false
		}
		*to, v = int32(x), v[n:]
	}
	if len(v)%len(feed.Key{}) != 0 {
		return r, false
	}
	for ; len(v) > 0; v = v[len(feed.Key{}):] {
		r.keys = append(r.keys, feed.Key(v[:len(feed.Key{})]))
	}
	return r, true
}

// packSeen keeps the second in which an entry was seen, so that a feed's newest is
// known without reading it.
func packSeen(t time.Time) []byte {
	return binary.AppendVarint(make([]byte, 0, binary.MaxVarintLen64), seconds(t))
}

func unpackSeen(v []byte) time.Time {
	s, _ := binary.Varint(v)
	return fromSeconds(s)
}

// foreign begins the sketch of an entry whose story is in the event of another
// one, which follows it. Others begin with the number of their feed, never 0.
const foreign = 0

// packSketch puts the numbers of feed and story before the sketch itself, and
// before them that of the event, where it isn't the story's own.
func packSketch(s feed.Sketched) []byte {
	b := make([]byte, 0, 1+3*binary.MaxVarintLen64+len(s.Sketch))
	if s.Event != 0 && s.Event != s.Story {
		b = binary.AppendUvarint(append(b, foreign), s.Event)
	}
	b = binary.AppendUvarint(b, s.Feed)
	b = binary.AppendUvarint(b, s.Story)
	return append(b, s.Sketch...)
}

// unpackSketch copies the sketch, so that it outlives the transaction.
func unpackSketch(v []byte) (s feed.Sketched, ok bool) {
	numbers := []*uint64{&s.Feed, &s.Story}
	if len(v) > 0 && v[0] == foreign {
		numbers, v = []*uint64{&s.Event, &s.Feed, &s.Story}, v[1:]
	}
	for _, to := range numbers {
		x, n := binary.Uvarint(v)
		if n <= 0 {
			return s, false
		}
		*to, v = x, v[n:]
	}
	s.Event = cmp.Or(s.Event, s.Story)
	s.Sketch = append([]byte(nil), v...)
	return s, s.Feed != 0
}

// packDue is the value of a row of the table due: leased or not, and the site.
func packDue(site string, leased bool) []byte {
	b := make([]byte, 1, 1+len(site))
	if leased {
		b[0] = 1
	}
	return append(b, site...)
}

func unpackDue(v []byte) (site string, leased, ok bool) {
	if len(v) == 0 || v[0] > 1 {
		return "", false, false
	}
	return string(v[1:]), v[0] == 1, true
}

// feedCount is what is counted for each feed.
type feedCount struct{ entries, unread int }

func packCount(n feedCount) []byte {
	b := binary.AppendUvarint(make([]byte, 0, 2*binary.MaxVarintLen64), uint64(n.entries))
	return binary.AppendUvarint(b, uint64(n.unread))
}

func unpackCount(v []byte) (n feedCount, ok bool) {
	e, i := binary.Uvarint(v)
	if i <= 0 {
		return n, false
	}
	u, j := binary.Uvarint(v[i:])
	return feedCount{int(e), int(u)}, j > 0 && i+j == len(v)
}
