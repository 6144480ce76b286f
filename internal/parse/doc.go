// Package parse reads bytes of any feed format into a [Document], as published.
// It is the only importer of gofeed.
//
// The way of a document:
//
//	bytes ─ charset ─▶ UTF-8 ─ sniff ─▶ XML ─ tailor ─▶ gofeed rss, atom ─┐
//	                                  ├ JSON ─ bounds ─▶ gofeed json ──────┼─▶ Document
//	                                  └ HTML ─▶ *NotFeed with the feeds it names
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
//   - bounds depth, attributes, namespaces, items and elements, and always
//     hands on a well-formed document, also of a feed that was cut off.
//
// It is no second parse: what an element means, and where it belongs, is left
// to gofeed and the translators (rss.go, atom.go, json.go).
//
// Invariants: no input makes Parse panic or take more than linear time; memory
// is a small multiple of the input. Nothing is resolved, cleaned or judged
// here; that is left to package clean.
package parse
