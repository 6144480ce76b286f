// Package opml reads and writes OPML, the form in which feed readers exchange
// lists of subscriptions (OPML 1.0, 1.1 and 2.0, http://opml.org/spec2.opml).
//
// [Read] takes what is in the wild: attributes in any case, ampersands that
// nobody escaped, HTML entities, wrong or missing encodings, files that end in
// the middle. It reads with the tokenizer for HTML, which no input stops, in one
// pass and within [Limits]. What can't be used becomes a [Problem] with its line,
// and never stops the rest. Only what a list says of a feed is read: no attribute
// can set a proxy, a header, a cookie or a filter.
//
// A folder is a path of names joined by "/". A "/" inside of a name becomes "∕"
// (U+2215), and stays that when it is written again.
//
// [Write] writes OPML 2.0 that every reader takes, and that Read reads back the
// same. Finding duplicates, and looking at the addresses themselves, is left to
// those who subscribe.
package opml

// Limits bound what [Read] takes. A zero field means its default.
type Limits struct {
	Bytes    int64 // of the file; default 20 MiB
	Outlines int   // feeds and folders; default 50,000
	Depth    int   // of folders in folders; default 64
}

// maxTag bounds the length of one tag in bytes.
const maxTag = 1 << 20

func (l Limits) withDefaults() Limits {
	if l.Bytes == 0 {
		l.Bytes = 20 << 20
	}
	if l.Outlines == 0 {
		l.Outlines = 50_000
	}
	if l.Depth == 0 {
		l.Depth = 64
	}
	return l
}

// List is a list of subscriptions, in the order of the file.
type List struct {
	Title    string
	Feeds    []Outline
	Problems []Problem
}

// Outline is a feed of a list. Its texts are plain, on one line.
type Outline struct {
	URL   string // absolute, http or https; may carry credentials
	Title string // the list's title or text, else the site's address, else URL
	Named bool   // Title is a name, and not an address for want of one

	SiteURL     string // as in the list, if it is http or https
	Description string
	Language    string

	Folder     string   // names joined by "/"; empty for none
	Categories []string // as in the list: "tag" or "/path/of/folders"
	Line       int      // where its outline begins, from 1
}

// Problem is an outline, or a part of the file, that could not be used.
type Problem struct {
	Line   int    // from 1
	Text   string // what the file says there, shortened; may be empty
	Reason string // for people
}
