package parse

import (
	"html"
	"strings"
)

// kind is what a document looks like.
type kind uint8

const (
	kindUnknown kind = iota
	kindXML
	kindJSON
	kindHTML
)

// maxJunk is how far into a document the feed in it is looked for, in bytes.
const maxJunk = 256 << 10

// locate tells by its content alone where in a text the feed is, and what it is:
// publishers send feeds as text/html and pages as application/xml, with the
// complaints of a server in front, or as the page that a browser makes of a feed.
func locate(text string) (feed string, k kind, mended string) {
	text = strings.TrimLeft(text, " \t\r\n\ufeff")
	if strings.HasPrefix(text, "{") {
		return text, kindJSON, ""
	}
	name, page := firstElement(text)
	if isFeedName(name) {
		if before, _, _ := strings.Cut(text, "<"); before != "" {
			mended = "something before the feed"
		}
		return text, kindXML, mended
	}
	if i := buried(text); i > 0 {
		return text[i:], kindXML, "something before the feed"
	}
	if s := escapedFeed(text); s != "" {
		return s, kindXML, "a feed written out as text"
	}
	if i := strings.Index(text[:min(len(text), maxJunk)], "{"); i > 0 && name == "" && strings.Contains(text[i:min(len(text), i+4096)], "jsonfeed.org") {
		return text[i:], kindJSON, "something before the feed"
	}
	switch {
	case page || isHTMLName(name):
		return text, kindHTML, ""
	case name == "":
		return text, kindUnknown, ""
	}
	return text, kindXML, ""
}

// buried is where in text a feed begins that stands behind or inside of something
// else, 0 if there is none. On a page with more than a server's complaints on it,
// only an XML declaration in front of the feed tells it from an example of one.
func buried(text string) int {
	page, declared := false, -1
	for i := 0; i < min(len(text), maxJunk); {
		n := strings.IndexByte(text[i:], '<')
		if n < 0 || i+n+1 >= len(text) {
			return 0
		}
		i += n
		switch rest := text[i:]; {
		case strings.HasPrefix(rest, "<?xml"):
			declared = i
			i += 5
		case rest[1] == '!' || rest[1] == '?':
			i += max(len(rest)-len(afterDeclaration(rest)), 1)
		case isNameStart(rest[1]):
			name := tagName(rest[1:])
			if declared >= 0 && isFeedName(name) {
				return declared
			}
			if !page && beginsFeed(rest, name) {
				return i
			}
			page = page || !isComplaint(name)
			declared = -1
			i += len(rest) - len(afterTag(rest, name))
		default:
			i++
		}
	}
	return 0
}

// afterDeclaration is what follows the comment, CDATA section, processing
// instruction or document type that s begins with.
func afterDeclaration(s string) string {
	switch {
	case strings.HasPrefix(s, "<!--"):
		rest, _ := afterComment(s)
		return rest
	case isCDATA(s):
		return after(s, "]]>")
	case s[1] == '?':
		return after(s, ">")
	}
	rest, _ := afterDoctype(s)
	return rest
}

// afterTag is what follows the start tag that s begins with; of an element whose
// inside is no markup, what follows its end.
func afterTag(s, name string) string {
	switch name {
	case "script", "style", "textarea", "code":
		if i := strings.Index(s, "</"+name); i >= 0 {
			return s[i+1:]
		}
		return ""
	}
	return s[1:]
}

// beginsFeed reports whether s, which begins with a start tag of this name, is a
// feed: its root says its version or namespace, or its first child is one of a feed.
func beginsFeed(s, name string) bool {
	if _, local := split(name); local != "rss" && local != "rdf" && local != "feed" {
		return false
	}
	tag, rest, _ := strings.Cut(s[:min(len(s), 4096)], ">")
	child, _ := firstElement(rest)
	_, child = split(child)
	switch child {
	case "channel", "item", "entry", "title", "id", "link", "updated":
		return true
	}
	tag = strings.ToLower(tag)
	return strings.Contains(tag, "xmlns") || strings.Contains(tag, "version")
}

// isComplaint reports whether an element may stand in what a server puts before
// a feed, or what a browser puts around one.
func isComplaint(name string) bool {
	switch name {
	case "html", "head", "body", "pre", "br", "b", "p", "i", "u", "font", "hr", "small", "strong", "em", "tt", "table", "tr", "th", "td", "tbody", "thead", "span", "center", "meta":
		return true
	}
	return !isHTMLName(name)
}

// escapedFeed is the feed that a page shows as text, as browsers show XML: the
// page is hardly more than that.
func escapedFeed(text string) string {
	i := strings.Index(text[:min(len(text), 4096)], "&lt;")
	if i < 0 {
		return ""
	}
	for rest := text[:i]; rest != ""; {
		before, tag, _ := strings.Cut(rest, "<")
		if strings.TrimSpace(before) != "" {
			return ""
		}
		if name := tagName(tag); name != "" && !isComplaint(name) {
			return ""
		}
		rest = after(tag, ">")
	}
	s := text[i:]
	if end := strings.IndexByte(s, '<'); end >= 0 {
		s = s[:end]
	}
	s = html.UnescapeString(s)
	if name, _ := firstElement(s); isFeedName(name) {
		return s
	}
	return ""
}

// firstElement is the name of the first element, in lower case, and whether a
// document type before it says HTML: some feeds bear one.
func firstElement(text string) (name string, page bool) {
	for endless := false; ; {
		i := strings.IndexByte(text, '<')
		if i < 0 {
			return "", page
		}
		text = text[i:]
		switch {
		case strings.HasPrefix(text, "<!--"):
			rest, ok := "", false
			if !endless {
				rest, ok = afterComment(text)
			}
			if !ok {
				endless, rest = true, text[4:]
			}
			text = rest
		case strings.HasPrefix(text, "<?"):
			text = after(text, ">")
		case strings.HasPrefix(text, "<!"):
			page = page || tagName(strings.TrimLeft(cut(text, len("<!doctype")), " \t\r\n")) == "html"
			rest, ok := "", false
			if !endless {
				rest, ok = afterDoctype(text)
			}
			if !ok {
				endless, rest = true, text[2:]
			}
			text = rest
		case len(text) > 1 && isNameStart(text[1]):
			return tagName(text[1:]), page
		default:
			text = text[1:]
		}
	}
}

// tagName is the name that s begins with, in lower case.
func tagName(s string) string {
	n := 0
	for n < len(s) && n < 64 && isNameByte(s[n]) {
		n++
	}
	return strings.ToLower(s[:n])
}

// cut is s without its first n bytes.
func cut(s string, n int) string {
	if n > len(s) {
		return ""
	}
	return s[n:]
}

// after is what follows the first end in s; empty if there is none.
func after(s, end string) string {
	i := strings.Index(s, end)
	if i < 0 {
		return ""
	}
	return s[i+len(end):]
}

// afterComment is what follows the comment that s begins with, if it has an end: as
// in HTML, "<!-->" is one.
func afterComment(s string) (rest string, ok bool) {
	for _, short := range []string{"<!-->", "<!--->"} {
		if strings.HasPrefix(s, short) {
			return s[len(short):], true
		}
	}
	for _, end := range []string{"-->", "--!>"} {
		if i := strings.Index(s[4:], end); i >= 0 {
			return s[4+i+len(end):], true
		}
	}
	return "", false
}

// isCDATA reports whether s begins with a CDATA section, in any case.
func isCDATA(s string) bool {
	return len(s) >= 9 && s[:3] == "<![" && s[8] == '[' && (s[3:8] == "CDATA" || strings.EqualFold(s[3:8], "CDATA"))
}

// isFeedName reports whether an element is the root of a feed, or of a part of
// one, whatever its prefix.
func isFeedName(name string) bool {
	_, local := split(name)
	switch local {
	case "rss", "rdf", "feed", "channel", "item", "entry":
		return true
	}
	return false
}

func isHTMLName(name string) bool {
	switch name {
	case "html", "head", "body", "script", "meta", "title", "div", "p", "h1", "table", "br", "a", "center", "style", "link", "span", "font", "b",
		"h2", "h3", "form", "noscript", "textarea", "code", "ul", "main", "header", "nav", "section", "article", "iframe", "img", "pre":
		return true
	}
	return false
}

func isNameStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}

func isNameByte(c byte) bool {
	return isNameStart(c) || '0' <= c && c <= '9' || c == ':' || c == '-' || c == '.'
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }
