package boltstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tidings/internal/feed"
)

// fullTextRecord is the text of an entry's page, and how asking for it went.
type fullTextRecord struct {
	URL          string `cbor:"1,keyasint,omitempty"`
	Fetched      int64  `cbor:"2,keyasint,omitempty"` // Unix milliseconds
	Revised      int64  `cbor:"3,keyasint,omitempty"` // Unix seconds
	Title        string `cbor:"4,keyasint,omitempty"`
	Body         []byte `cbor:"5,keyasint,omitempty"` // a body with the text as its content, as the table body has it
	Words        int    `cbor:"6,keyasint,omitempty"`
	Part         bool   `cbor:"7,keyasint,omitempty"`
	ETag         string `cbor:"8,keyasint,omitempty"`
	LastModified string `cbor:"9,keyasint,omitempty"`
	Failure      string `cbor:"10,keyasint,omitempty"`
	Status       int    `cbor:"11,keyasint,omitempty"`
	Error        string `cbor:"12,keyasint,omitempty"`
	Tries        int    `cbor:"13,keyasint,omitempty"`
	Again        int64  `cbor:"14,keyasint,omitempty"` // Unix milliseconds
}

// fullTextTimes is the part of a fullTextRecord that tells whether to ask again.
type fullTextTimes struct {
	Revised int64 `cbor:"3,keyasint,omitempty"`
	Again   int64 `cbor:"14,keyasint,omitempty"`
}

// pageRecord is the part of an entryRecord that tells of its page. It is looked at for
// the newest entries of many feeds after each commit, and most want nothing.
type pageRecord struct {
	URL     string `cbor:"4,keyasint,omitempty"`
	Revised int64  `cbor:"11,keyasint,omitempty"`
}

// FullText gives what is kept of an entry's page. The error wraps [feed.ErrNotFound] if
// it was never asked for, or the entry is gone.
func (s *Store) FullText(ctx context.Context, entry uint64) (f feed.FullText, err error) {
	err = s.view(ctx, func(t *txn) error {
		var ok bool
		if f, ok, err = t.fullText(entry); err == nil && !ok {
			err = fmt.Errorf("find the full text of entry %d: %w", entry, feed.ErrNotFound)
		}
		return err
	})
	return f, err
}

func (t *txn) fullText(entry uint64) (f feed.FullText, ok bool, err error) {
	var r fullTextRecord
	if ok, err = t.record(tFullText, number(entry), &r); err != nil || !ok {
		return f, false, err
	}
	if f, err = r.fullText(entry, t.codec); err != nil {
		return f, false, damaged(tFullText, number(entry), err)
	}
	return f, true, nil
}

func (r *fullTextRecord) fullText(entry uint64, c *codec) (feed.FullText, error) {
	f := feed.FullText{
		Entry: entry, URL: r.URL, Fetched: fromMillis(r.Fetched), Revised: fromSeconds(r.Revised), Title: r.Title, Words: r.Words, Part: r.Part,
		ETag: r.ETag, LastModified: r.LastModified,
		Failure: feed.TextFailure(r.Failure), Status: r.Status, Error: r.Error, Tries: r.Tries, Again: fromMillis(r.Again),
	}
	if len(r.Body) == 0 {
		return f, nil
	}
	b, err := c.unpackBody(r.Body)
	f.Text = b.Content
	return f, err
}

// recordFullText is the record of what fullText gave.
func (c *codec) recordFullText(f *feed.FullText) (r fullTextRecord, err error) {
	r = fullTextRecord{
		URL: f.URL, Fetched: millis(f.Fetched), Revised: seconds(f.Revised), Title: f.Title, Words: f.Words, Part: f.Part,
		ETag: f.ETag, LastModified: f.LastModified,
		Failure: string(f.Failure), Status: f.Status, Error: f.Error, Tries: f.Tries, Again: millis(f.Again),
	}
	if f.Text == "" {
		return r, nil
	}
	if r.Body, err = c.packBody(&feed.Body{Content: f.Text}); err != nil {
		err = fmt.Errorf("pack the full text of entry %d: %w", f.Entry, err)
	}
	return r, err
}

// PutFullText keeps what is known of an entry's page, in place of what was. Of an entry
// that is gone nothing is kept, and the error wraps [feed.ErrNotFound]. Marks, places
// and what is known of copies don't change by it.
func (s *Store) PutFullText(ctx context.Context, f feed.FullText) error {
	r, err := s.codec.recordFullText(&f)
	if err != nil {
		return err
	}
	return s.update(ctx, func(w *work) error {
		e, ok, err := w.entry(f.Entry)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("keep the full text of entry %d: %w", f.Entry, feed.ErrNotFound)
		}
		w.putRecord(tFullText, number(f.Entry), &r)
		w.shown = true
		if o := w.outlets.feeds[e.Feed]; f.Text != "" && o != nil && o.whole {
			w.touch(feedsOf(w.members(e.Story))...) // feeds of ours have it
		}
		return nil
	})
}

// WantTexts lists entries whose full text is to be fetched by itself, at most limit:
// those among the [feed.NewestTexts] newest of feeds that ask for it which were never
// asked for, were revised since, or are to be tried again. Next is when the first of
// the others is; zero for none.
func (s *Store) WantTexts(ctx context.Context, now time.Time, limit int) (es []feed.Entry, next time.Time, err error) {
	err = s.view(ctx, func(t *txn) error {
		for _, id := range t.outlets.whole() {
			for _, n := range t.newest(id, feed.NewestTexts) {
				if len(es) == limit {
					return nil
				}
				e, again, err := t.wantText(n, now)
				switch {
				case err != nil:
					return err
				case e.ID != 0:
					es = append(es, e)
				case !again.IsZero() && (next.IsZero() || again.Before(next)):
					next = again
				}
			}
		}
		return nil
	})
	return es, next, err
}

// wantText gives the entry if its text is to be fetched now, and else when.
func (t *txn) wantText(entry uint64, now time.Time) (e feed.Entry, again time.Time, err error) {
	var page pageRecord
	ok, err := t.record(tEntry, number(entry), &page)
	if err != nil || !ok || page.URL == "" {
		return feed.Entry{}, again, err
	}
	var r fullTextTimes
	if ok, err = t.record(tFullText, number(entry), &r); err != nil {
		return feed.Entry{}, again, err
	}
	again = fromMillis(r.Again)
	switch {
	case !ok, page.Revised > r.Revised, !again.IsZero() && !again.After(now):
		e, _, err = t.entry(entry)
		return e, time.Time{}, err
	}
	return feed.Entry{}, again, nil
}

// whole lists the feeds whose entries get their full text by themselves.
func (o *outlets) whole() (ids []uint64) {
	for id, x := range o.feeds {
		if x.whole && !x.hidden {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// fullText checks one full text: its entry is there, and it can be read.
func (c *checker) fullText(k, v []byte) {
	var r fullTextRecord
	id, ok := c.decode(tFullText, k, v, &r)
	if !ok {
		return
	}
	if !c.has(tEntry, k) {
		c.problem("fulltext", "the full text of entry %d has no entry", id)
	}
	if len(r.Body) == 0 {
		return
	}
	if _, err := c.codec.unpackBody(r.Body); err != nil {
		c.problem("fulltext", "the full text of entry %d can't be read: %v", id, err)
	}
}
