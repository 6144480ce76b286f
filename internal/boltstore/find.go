package boltstore

import (
	"context"

	"tidings/internal/feed"
)

// findAtOnce bounds the read transactions of FindEntries.
const findAtOnce = 500

// FindEntries gives the entries whose address or guid satisfies match, newest
// first, at most limit. It looks at every entry.
func (s *Store) FindEntries(ctx context.Context, match func(address string) bool, limit int) (es []feed.Entry, err error) {
	for from := uint64(last); from > 0 && len(es) < limit; {
		err := s.view(ctx, func(t *txn) (err error) {
			from, err = t.find(from, match, limit, &es)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return es, nil
}

// find looks at some entries with numbers below from, and tells where to go on; 0
// at the end.
func (t *txn) find(from uint64, match func(string) bool, limit int, es *[]feed.Entry) (next uint64, err error) {
	c := t.b(tEntry).Cursor()
	var k, v []byte
	if at, _ := c.Seek(number(from)); at == nil {
		k, v = c.Last()
	} else {
		k, v = c.Prev()
	}
	for range findAtOnce {
		if k == nil || len(*es) >= limit {
			return 0, nil
		}
		var a addressRecord
		if err := t.codec.read(v, &a); err != nil {
			return 0, damaged(tEntry, k, err)
		}
		split(k, &next)
		if a.URL != "" && match(a.URL) || a.GUID != "" && match(a.GUID) {
			e, _, err := t.entry(next)
			if err != nil {
				return 0, err
			}
			*es = append(*es, e)
		}
		k, v = c.Prev()
	}
	return next, nil
}

// addressRecord is the part of an entryRecord that names its place in the world.
type addressRecord struct {
	GUID string `cbor:"3,keyasint,omitempty"`
	URL  string `cbor:"4,keyasint,omitempty"`
}
