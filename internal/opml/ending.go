package opml

import (
	"io"

	"golang.org/x/net/html"
)

// ending says how the outlines of feeds end in a list where they aren't written as
// empty elements. Some programs forget their end tags, and a feed that stays open
// would become the folder of all that comes after it.
type ending int

const (
	endUnknown ending = iota
	endWritten        // by end tags; a feed may stand in another, which is its folder
	endNever          // there are end tags for folders at most
	endImplied        // some have none: the next outline ends them
)

// tally counts the tags of a list's outlines that aren't empty elements.
type tally struct {
	feeds, folders, ends int
	nested               bool // an outline began right after one of a feed that is open
	closed               bool // the list came to its end
}

// endings judges a list by all of its tags. One that is cut off may lack end tags for
// that reason, and is taken as it is written, unless it has none at all.
func endings(text *io.SectionReader, limits Limits) ending {
	switch t := count(text, limits); {
	case !t.nested || t.ends >= t.feeds+t.folders:
		return endWritten
	case t.ends == 0 || t.closed && t.ends <= t.folders:
		return endNever
	case t.closed:
		return endImplied
	}
	return endWritten
}

// count reads the tags of a list up to its end, or to where reading fails.
func count(text *io.SectionReader, limits Limits) (t tally) {
	z, _, err := tokens(io.LimitReader(io.NewSectionReader(text, 0, text.Size()), limits.Bytes+1))
	if err != nil {
		return t
	}
	fresh := false
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return t
		}
		if kind == html.StartTagToken {
			z.NextIsNotRawText()
		}
		if kind != html.StartTagToken && kind != html.EndTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		name, more := z.TagName()
		t.closed = t.closed || kind == html.EndTagToken && string(name) == "opml"
		if string(name) == "outline" {
			fresh = t.outline(kind, more && isFeed(z), fresh)
		}
	}
}

// outline counts a tag, and reports whether it began a feed that is open; fresh
// reports the same of the one before.
func (t *tally) outline(kind html.TokenType, feed, fresh bool) bool {
	if kind == html.EndTagToken {
		t.ends++
		return false
	}
	t.nested = t.nested || fresh
	switch {
	case kind == html.SelfClosingTagToken:
		return false
	case feed:
		t.feeds++
		return true
	}
	t.folders++
	return false
}

// isFeed reports whether a tag has the address of a feed.
func isFeed(z *html.Tokenizer) bool {
	for {
		key, value, more := z.TagAttr()
		if string(key) == "xmlurl" && len(value) > 0 {
			return true
		}
		if !more {
			return false
		}
	}
}
