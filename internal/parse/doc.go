// Package parse reads bytes of any feed format into a [Document], as published.
// It is the only importer of gofeed.
//
// The way of a document:
//
//	bytes ─ unpack ─ charset ─▶ UTF-8 ─ locate ─▶ XML ─ tailor ─▶ gofeed rss, atom ─┐
//	                                            ├ JSON ─ bounds ─▶ gofeed json ──────┼─▶ Document
//	                                            └ HTML ─▶ *NotFeed with the feeds it names
//
// The tailor is a forgiving scanner that goes over the bytes of an XML feed
// once, before gofeed. gofeed alone loses what we need (the type of a text,
// xml:lang, xml:base, ids verbatim), is slow where documents declare many
// namespaces, and gives up at the first fault. So the tailor
//
//   - cuts out the texts and attribute values and puts a number in their place,
//     as a cloakroom gives a ticket for a coat: gofeed orders the tickets into
//     feeds and items, and the translators behind it fetch the coats;
//   - leaves out every element that nobody asks for;
//   - maps the many spellings of a namespace to one prefix, by which gofeed
//     files extensions;
//   - mends what is torn (torn.go): sections and elements without end, end tags
//     that are misspelt, a root that closes too early, a document that was cut off;
//   - finds its way out of tags whose name is damaged (stray.go), lest a feed be
//     lost for one bad byte; of JSON, each sound item is kept (jsonsalvage.go);
//   - lets the first of several texts count that there may be one of (repeat.go);
//   - bounds depth, attributes, namespaces, items and elements, and always
//     hands on a well-formed document.
//
// It is no second parse: what an element means, and where it belongs, is left
// to gofeed and the translators (rss.go, atom.go, json.go). What had to be put
// right stands in Document.Mended, in words that a reader may send to the publisher.
//
// Of a document that was cut off, items count of which something was read to its
// end; half an address, id or date is left out, for it is another one; and an item
// of which there is nothing but half a title comes whole with the next poll.
//
// Invariants: no input makes Parse panic or take more than linear time; memory
// is a small multiple of the input, of which no more than [MaxBytes] are read. A
// document that was read and is written down as a sound feed reads the same again.
// Nothing is resolved, cleaned or judged here; that is left to package clean.
package parse
