package server

import (
	"html/template"
	"strings"

	"tidings/internal/feed"
)

// present makes sanitised HTML, which keeps markup as it was published, fit into
// a page of ours: every picture has an alt, empty where the publisher gave none
// (WCAG 2.2, 1.1.1); the page's only h1 is its own, and so are its main part and
// its navigation. It relies on the form in which package sanitize writes, where
// "<" begins a tag and ">" ends one.
func present(h feed.HTML) template.HTML {
	s := string(h)
	if !strings.Contains(s, "<img") && !strings.Contains(s, "h1") && !strings.Contains(s, "main") && !strings.Contains(s, "nav") {
		return template.HTML(s)
	}
	var b strings.Builder
	b.Grow(len(s) + 64)
	for s != "" {
		text, rest, found := strings.Cut(s, "<")
		b.WriteString(text)
		if !found {
			break
		}
		tag, after, _ := strings.Cut(rest, ">")
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
	case "main", "nav":
		return "div" + attrs
	case "/main", "/nav":
		return "/div"
	}
	return tag
}
