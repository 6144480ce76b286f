package publish

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"

	"tidings/internal/feed"
)

// form is the number of the document's form. It goes up when the same stories
// come to be written otherwise, so that a tag given out before changes.
const form = 1

// Tag is a strong entity tag (RFC 9110 §8.8.3), in quotes, of what [Atom] writes
// for the same arguments, found in a small part of the time by hashing all that
// shapes the document: the feed's own fields and of each story its id, dates,
// title, text, authors, categories, enclosures, source and other sources. What
// a document doesn't show (marks, folders, places in the river) doesn't change
// it. As text and copies count, headlines without bodies have another tag.
func Tag(stories []feed.Headline, f Feed) string {
	d := digest{sum: sha256.New()}
	d.number(form)
	d.strings(f.ID, f.Title, f.Subtitle, f.Self, f.Home, f.Version)
	d.number(Updated(f, stories).Unix())
	d.number(int64(len(stories)))
	for i := range stories {
		d.story(&stories[i])
	}
	d.flush()
	return `"` + base64.RawURLEncoding.EncodeToString(d.sum.Sum(nil)[:18]) + `"`
}

// digest hashes parts, each with its length before it, so that no two inputs
// read the same.
type digest struct {
	sum hash.Hash
	buf []byte // still to be hashed
}

func (d *digest) flush() {
	d.sum.Write(d.buf)
	d.buf = d.buf[:0]
}

func (d *digest) number(n int64) { d.buf = binary.AppendVarint(d.buf, n) }

func (d *digest) strings(all ...string) {
	for _, s := range all {
		d.number(int64(len(s)))
		d.buf = append(d.buf, s...)
	}
}

func (d *digest) story(h *feed.Headline) {
	e := &h.Entry
	d.number(int64(h.ID))
	d.number(published(h).Unix())
	d.number(updated(h).Unix())
	d.number(sourceUpdated(h).Unix())
	d.strings(h.URN, e.Title, e.Excerpt, e.URL, e.Language, e.Source.Link, e.Source.Title)
	d.number(int64(len(e.Authors)))
	for _, p := range e.Authors {
		d.strings(p.Name, p.Email, p.URI)
	}
	d.number(int64(len(e.Categories)))
	d.strings(e.Categories...)
	d.number(int64(len(e.Enclosures)))
	for _, x := range e.Enclosures {
		d.strings(x.URL, x.Type)
		d.number(x.Length)
	}
	d.body(h.Body)
	d.sources(h)
	d.flush()
}

func (d *digest) body(b *feed.Body) {
	if b == nil {
		d.number(0)
		return
	}
	d.number(1)
	d.strings(string(b.Content))
	if b.Content == "" {
		d.strings(string(b.Summary))
	}
}

func (d *digest) sources(h *feed.Headline) {
	d.outlet(h.Outlet)
	d.number(int64(len(h.Also)))
	for _, c := range h.Also {
		d.outlet(c.Outlet)
		d.strings(c.Title, c.URL)
	}
	if len(h.Also) > 0 {
		return
	}
	d.number(int64(len(h.Others)))
	for _, o := range h.Others {
		d.outlet(o)
	}
}

func (d *digest) outlet(o feed.Outlet) { d.strings(o.Title, o.URL, o.SiteURL) }
