package clean

import (
	"crypto/sha256"
	"encoding/binary"

	"tidings/internal/parse"
)

// hash is a hash of every published field of an item that is kept, so that an
// unchanged item is known without cleaning it. Neither the feed's own fields
// nor addresses that it resolves by count.
func (c *Cleaner) hash(it *parse.Item) uint64 {
	b := c.buf[:0]
	for _, s := range []string{it.ID, it.Original, it.Comments.Href, it.Published, it.Updated, it.Image.Href, it.Source.ID, it.Source.Link.Href} {
		b = field(b, s)
	}
	if it.IsPermaLink {
		b = append(b, 'p')
	}
	for _, x := range []parse.Text{it.Title, it.Summary, it.Content, it.Rights, it.Source.Title} {
		b = append(field(b, x.Value), byte(x.Type))
	}
	if it.Summary.IsZero() && it.Content.IsZero() {
		b = field(b, it.Fallback.Value)
	}
	b = people(people(b, it.Authors), it.Contributors)
	b = binary.AppendUvarint(b, uint64(len(it.Links)))
	for _, l := range it.Links {
		b = field(field(field(b, l.Href), l.Rel), l.Type)
	}
	b = binary.AppendUvarint(b, uint64(len(it.Categories)))
	for _, t := range it.Categories {
		b = field(field(b, t.Term), t.Label)
	}
	b = binary.AppendUvarint(b, uint64(len(it.Enclosures)))
	for _, e := range it.Enclosures {
		b = field(field(field(b, e.Href), e.Type), e.Length)
	}
	b = binary.AppendUvarint(b, uint64(len(it.Media)))
	for _, m := range it.Media {
		b = field(field(field(b, m.Href), m.Type), m.Medium)
	}
	for _, t := range it.Thumbnails {
		b = field(b, t.Href)
	}
	c.buf = b
	sum := sha256.Sum256(b)
	return max(binary.LittleEndian.Uint64(sum[:]), 1)
}

// field appends a string with its length, so that no two lists of strings look
// the same.
func field(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func people(b []byte, list []parse.Person) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, p := range list {
		b = field(field(field(field(b, p.Name), p.Email), p.Raw), p.URI.Href)
	}
	return b
}
