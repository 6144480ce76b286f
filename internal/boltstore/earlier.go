package boltstore

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"tidings/internal/feed"
)

// earlierRecord is an entry as it was before its last revision.
type earlierRecord struct {
	Title string `cbor:"1,keyasint,omitempty"`
	Until int64  `cbor:"2,keyasint,omitempty"` // Unix seconds
	Body  []byte `cbor:"3,keyasint"`           // as the table body had it
}

// Earlier gives an entry as it was before the last revision that changed its words.
// The error wraps [feed.ErrNotFound] if it never was another, or is gone.
func (s *Store) Earlier(ctx context.Context, entry uint64) (v feed.Version, err error) {
	err = s.view(ctx, func(t *txn) error {
		var r earlierRecord
		ok, err := t.record(tEarlier, number(entry), &r)
		if err == nil && !ok {
			err = fmt.Errorf("find the earlier version of entry %d: %w", entry, feed.ErrNotFound)
		}
		if err != nil {
			return err
		}
		if v, err = r.version(t.codec); err != nil {
			return damaged(tEarlier, number(entry), err)
		}
		return nil
	})
	return v, err
}

func (r *earlierRecord) version(c *codec) (v feed.Version, err error) {
	v.Title, v.Until = r.Title, fromSeconds(r.Until)
	v.Body, err = c.unpackBody(r.Body)
	return v, err
}

// recordEarlier is the record of what version gave.
func (w *work) recordEarlier(v *feed.Version) *earlierRecord {
	return &earlierRecord{v.Title, seconds(v.Until), w.packBody(&v.Body)}
}

// keepEarlier keeps what a revision replaces, in place of what was kept before it.
func (w *work) keepEarlier(old feed.Entry, until time.Time) {
	body := w.b(tBody).Get(number(old.ID))
	if len(body) == 0 {
		return
	}
	w.putRecord(tEarlier, number(old.ID), &earlierRecord{old.Title, seconds(until), bytes.Clone(body)})
}

// earlier checks one earlier version: its entry is there, and it can be read.
func (c *checker) earlier(k, v []byte) {
	var r earlierRecord
	id, ok := c.decode(tEarlier, k, v, &r)
	if !ok {
		return
	}
	if !c.has(tEntry, k) {
		c.problem("earlier", "the earlier version of entry %d has no entry", id)
	}
	if _, err := c.codec.unpackBody(r.Body); err != nil {
		c.problem("earlier", "the earlier version of entry %d can't be read: %v", id, err)
	}
}
