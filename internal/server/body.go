package server

import (
	"html/template"
	"strings"

	"tidings/internal/feed"
)

// present makes sanitised HTML, which keeps markup as it was published, fit into
// a page of ours: every picture has an alt, empty where the publisher gave none
// (WCAG 2.2, 1.1.1); the page's only h1 is its own, and so are its main part and
// its navigation; code and tables can be scrolled by keyboard (2.1.1).
//
// It relies on the form in which package sanitize writes: "<" stands only before
// a tag, the next ">" ends that, and all values are in double quotes. It changes
// no value and takes no tag away, it only gives some an attribute of ours or another
// name, of an element that nests in the same places, and so can't make anything
// unsafe. Of a tag that
// is cut off, which sanitize never writes, nothing stays.
func present(h feed.HTML) template.HTML { return presentText(string(h)) }

// presentText is present for sanitised HTML in which package compare has put marks.
func presentText(s string) template.HTML {
	var b strings.Builder
	b.Grow(len(s) + 64)
	for s != "" {
		text, rest, found := strings.Cut(s, "<")
		b.WriteString(text)
		if !found {
			break
		}
		tag, after, closed := strings.Cut(rest, ">")
		if !closed {
			break
		}
		b.WriteString("<" + presentTag(tag) + ">")
		s = after
	}
	return template.HTML(b.String())
}

// presentTag is a tag, without its angle brackets, as present writes it.
func presentTag(tag string) string {
	name, attrs, _ := strings.Cut(tag, " ")
	if attrs != "" {
		attrs = " " + attrs
	}
	switch name {
	case "img":
		if !strings.Contains(attrs, ` alt="`) {
			return name + ` alt=""` + attrs
		}
	case "h1":
		return "h2" + attrs
	case "/h1":
		return "/h2"
	case "pre", "table": // they scroll inside themselves, by keyboard too
		return name + ` tabindex="0"` + attrs
	case "main", "nav":
		return "div" + attrs
	case "/main", "/nav":
		return "/div"
	}
	return tag
}
