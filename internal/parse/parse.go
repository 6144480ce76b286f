package parse

import (
	"bytes"
	"fmt"
)

// Bounds. What lies beyond them is left out, and Document.Mended says so.
const (
	maxDepth    = 256    // levels of nesting that are followed
	maxItems    = 5000   // items of one document
	maxElements = 150000 // elements that are handed on
	maxParts    = 2000   // elements of one item
	maxAttrs    = 64     // attributes of one element
	maxBindings = 128    // namespace declarations in scope
	maxEntities = 256    // entities that a DTD defines
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
	text, how := decode(body, contentType)
	text, junk := skipJunk(text)
	switch sniff(text) {
	case kindXML:
		doc, err = parseXML(text)
	case kindJSON:
		doc, err = parseJSON(text)
	case kindHTML:
		return nil, notFeed(text)
	default:
		if len(bytes.TrimSpace(body)) == 0 {
			return nil, &NotFeed{Reason: "the document is empty"}
		}
		return nil, &NotFeed{Reason: "neither XML nor JSON"}
	}
	if err != nil {
		return nil, err
	}
	if junk {
		doc.Mended = append(doc.Mended, "something before the feed")
	}
	if how != "" {
		doc.Mended = append([]string{how}, doc.Mended...)
	}
	return doc, nil
}

// parseXML reads RSS, RDF or Atom.
func parseXML(text string) (*Document, error) {
	t := newTailor(text)
	t.run()
	switch t.format {
	case "rss", "rdf":
		return t.defuse(t.readRSS())
	case "atom":
		return t.defuse(t.readAtom())
	}
	if t.root == "" {
		return nil, &NotFeed{Reason: "an XML document without elements"}
	}
	return nil, &NotFeed{Reason: fmt.Sprintf("an XML document that is no feed: its root is <%.40s>", t.root)}
}
