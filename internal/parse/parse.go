package parse

import (
	"fmt"
	"strings"
)

// MaxBytes is how much of a document is read, unpacked. What lies beyond is left
// out.
const MaxBytes = 16 << 20

// Bounds. What lies beyond them is left out, and Document.Mended says so.
const (
	maxDepth    = 256     // levels of nesting that are followed
	maxItems    = 5000    // items of one document
	maxElements = 150000  // elements that are handed on
	maxParts    = 2000    // elements of one item
	maxAttrs    = 64      // attributes of one element
	maxBindings = 128     // namespace declarations in scope
	maxEntities = 256     // entities that a DTD defines
	maxText     = 4 << 20 // bytes of one text
)

// Parse reads a feed of any format. The contentType is the Content-Type header
// it came with; it may be empty. The error is a [*NotFeed] where the body is
// something else than a feed, or a bomb that leaves nothing of one to read.
func Parse(body []byte, contentType string) (doc *Document, err error) {
	defer func() {
		if p := recover(); p != nil {
			doc, err = nil, fmt.Errorf("read feed: parser failed on this document: %v", p)
		}
	}()
	body, mended := unpack(body)
	r := decode(body, contentType)
	text, kind, junk := locate(r.text)
	mended = append(mended, r.mended...)
	if junk != "" {
		mended = append(mended, junk)
	}
	switch kind {
	case kindXML:
		doc, err = parseXML(text, junk != "")
	case kindJSON:
		doc, err = parseJSON(text)
	case kindHTML:
		return nil, notFeed(text)
	default:
		if strings.TrimSpace(r.text) == "" {
			return nil, &NotFeed{Reason: "the document is empty"}
		}
		return nil, &NotFeed{Reason: "neither XML nor JSON"}
	}
	if err != nil {
		return nil, err
	}
	doc.Charset, doc.Mended = r.charset, append(mended, doc.Mended...)
	return doc, nil
}

// parseXML reads RSS, RDF or Atom. What stands behind junk must have something
// to say to be one: chance makes "<rss>" of any bytes.
func parseXML(text string, junk bool) (doc *Document, err error) {
	text, torn := markSections(text)
	t := newTailor(text)
	if torn {
		t.mend("CDATA sections that lack a part of their mark")
	}
	t.run()
	switch t.format {
	case "rss", "rdf":
		doc, err = t.defuse(t.readRSS())
	case "atom":
		doc, err = t.defuse(t.readAtom())
	default:
		if t.root == "" {
			return nil, &NotFeed{Reason: "an XML document without elements"}
		}
		return nil, &NotFeed{Reason: fmt.Sprintf("an XML document that is no feed: its root is <%.40s>", t.root)}
	}
	if err != nil {
		return nil, err
	}
	if junk && len(doc.Items) == 0 && doc.Title.IsZero() {
		return nil, &NotFeed{Reason: "neither XML nor JSON"}
	}
	doc.Mended = t.mendings()
	return doc, nil
}
