package parse

import "strings"

// kind is what a document looks like.
type kind uint8

const (
	kindUnknown kind = iota
	kindXML
	kindJSON
	kindHTML
)

// sniff tells what a decoded document is, by its content alone: publishers send
// feeds as text/html and pages as application/xml.
func sniff(text string) kind {
	text = strings.TrimLeft(text, " \t\r\n\ufeff")
	if strings.HasPrefix(text, "{") {
		return kindJSON
	}
	name, html := firstElement(text)
	switch {
	case isFeedName(name):
		return kindXML
	case html || isHTMLName(name):
		return kindHTML
	case name == "":
		return kindUnknown
	}
	return kindXML
}

// maxJunk is how far into a document its XML declaration is looked for, in bytes.
const maxJunk = 64 << 10

// skipJunk drops what a server put before a feed: warnings, half a page. A
// second XML declaration tells, if a feed follows it.
func skipJunk(text string) (rest string, junk bool) {
	const declaration = "<?xml "
	i := strings.Index(text[:min(len(text), maxJunk)], declaration)
	if i <= 0 || strings.TrimSpace(text[:i]) == "" {
		return text, false
	}
	if name, _ := firstElement(text); isFeedName(name) {
		return text, false
	}
	if name, _ := firstElement(text[i:]); isFeedName(name) {
		return text[i:], true
	}
	return text, false
}

// firstElement is the name of the first element, in lower case, and whether a
// document type before it says HTML: some feeds bear one.
func firstElement(text string) (name string, html bool) {
	for {
		i := strings.IndexByte(text, '<')
		if i < 0 {
			return "", html
		}
		text = text[i:]
		switch {
		case strings.HasPrefix(text, "<!--"):
			text = after(text, "-->")
		case strings.HasPrefix(text, "<?"):
			text = after(text, ">")
		case strings.HasPrefix(text, "<!"):
			html = html || tagName(strings.TrimLeft(cut(text, len("<!doctype")), " \t\r\n")) == "html"
			text = afterDoctype(text)
		case len(text) > 1 && isNameStart(text[1]):
			return tagName(text[1:]), html
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
	case "html", "head", "body", "script", "meta", "title", "div", "p", "h1", "table", "br", "a", "center", "style", "link", "span", "font", "b":
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
