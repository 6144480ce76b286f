// Package opml reads and writes OPML, the form in which feed readers exchange
// lists of subscriptions (OPML 1.0, 1.1 and 2.0, http://opml.org/spec2.opml).
//
// [Read] takes what is in the wild: attributes in any case, ampersands that
// nobody escaped, HTML entities, wrong or missing encodings, feeds without end tags,
// files that end in the middle. It reads with the tokenizer for HTML, which no input
// stops, within [Limits]. What can't be used becomes a [Problem] with its line,
// and never stops the rest. Only what a list says of a feed is read: no attribute
// can set a proxy, a header, a cookie or a filter. [Scan] and [Walk] do the same piece
// by piece, so that a list of any length costs the memory of one outline.
//
// A folder is a path of names joined by "/". A "/" inside of a name becomes "∕"
// (U+2215), and stays that when it is written again. Of the strings in a category
// attribute, separated by commas, those that begin with a slash are paths and the
// others tags (OPML 2.0, category). Where no outline around a feed is its folder,
// the first path is; further ones become tags.
//
// [Write] writes OPML 2.0 that every reader takes, and that Read reads back the
// same. What only tidings knows of a feed or folder stands in attributes of the
// namespace [Namespace], which the specification allows and others skip:
//
//	tidings:paused="yes"              the feed is not polled
//	tidings:fold="off|exact|copies"   how far copies are folded; also of folders, and on body for all
//	tidings:events="on|off"           whether related coverage is shown; the same
//	tidings:keep="ever|30d|100"       what is kept: all, some days, some entries
//	tidings:every="2h" tidings:least="1h" tidings:most="1d" tidings:until="2026-12-24T00:00:00Z"
//	                                  when the feed is polled, as the reader says
//	tidings:fulltext="yes"            whole texts are fetched from the entries' pages
//	tidings:named="yes|no"            the title is the reader's own, or the publisher's,
//	                                  where that isn't what the title itself suggests
//
// Reading a list needs no network: an outline that includes another list becomes
// an [Include], which [Walk] follows. Finding duplicates, and looking at the
// addresses themselves, is left to those who subscribe.
package opml

import "tidings/internal/feed"

// Namespace is that of the attributes which only tidings writes.
const Namespace = "https://tidings.example/opml"

// Limits bound what [Read] takes. A zero field means its default.
type Limits struct {
	Bytes    int64 // of the file; default 20 MiB
	Outlines int   // feeds and folders; default 100,000
	Depth    int   // of folders in folders; default 64
}

// maxTag bounds the length of one tag in bytes.
const maxTag = 1 << 20

func (l Limits) withDefaults() Limits {
	if l.Bytes == 0 {
		l.Bytes = 20 << 20
	}
	if l.Outlines == 0 {
		l.Outlines = 100_000
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
	Includes []Include
	Rules    []Rule
	Problems []Problem
	Cut      bool // it ended before its end, or at a limit: there may be more feeds
}

// Outline is a feed of a list. Its texts are plain, on one line.
type Outline struct {
	URL   string // absolute, http or https; may carry credentials
	Title string // the list's title or text, else the site's address, else URL
	Named bool   // Title is a name, and not an address for want of one

	SiteURL     string // as in the list, if it is http or https
	Description string
	Language    string

	Folder string   // names joined by "/"; empty for none
	Tags   []string // as [feed.CleanTags] gives them
	Paused bool
	Rule   feed.Rule // how its copies are folded; zero for nothing said
	Keep   feed.Keep // what is kept of it
	When   feed.Timetable

	FullText bool // see [feed.Subscription]

	Source string // address of the included list that it comes from; empty for the list itself
	Line   int    // where its outline begins in that, from 1
}

// Include is another list that a list includes: an outline of the type include, or
// a link whose address ends in ".opml" (OPML 2.0, Inclusion).
type Include struct {
	URL    string // absolute, http or https
	Title  string
	Folder string // in which its feeds belong: that of the outline, and its own name
	Source string // as in [Outline]
	Line   int
}

// Rule is how copies are folded in a folder; the folder "" is everything.
type Rule struct {
	Folder string
	Rule   feed.Rule
}

// Problem is an outline, or a part of the file, that could not be used.
type Problem struct {
	Source string // as in [Outline]
	Line   int    // from 1
	Text   string // what the file says there, shortened; may be empty
	Reason string // for people
}

// Wish is what the outline asks to subscribe to. An address in the place of a name
// is left out: it would hide the publisher's own title.
func (o Outline) Wish() feed.Wish {
	w := feed.Wish{
		URL: o.URL, Folder: o.Folder, Tags: o.Tags, Paused: o.Paused, Rule: o.Rule, SiteURL: o.SiteURL, Description: o.Description,
		Keep: o.Keep, FullText: o.FullText, When: o.When,
	}
	if o.Named {
		w.Title = o.Title
	}
	return w
}

// add adds what [Scan] found.
func (l *List) add(item any) error {
	switch x := item.(type) {
	case Outline:
		l.Feeds = append(l.Feeds, x)
	case Include:
		l.Includes = append(l.Includes, x)
	case Rule:
		l.Rules = append(l.Rules, x)
	case Problem:
		l.Problems = append(l.Problems, x)
	}
	return nil
}

// Wishes are those of all feeds, in their order.
func (l *List) Wishes() []feed.Wish {
	ws := make([]feed.Wish, len(l.Feeds))
	for i, o := range l.Feeds {
		ws[i] = o.Wish()
	}
	return ws
}
