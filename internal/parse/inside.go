package parse

import "strings"

// Here stands what publishers put inside of an element that belongs into its attributes,
// and the other way about.

// inside reads what an element has inside that others have as an attribute: the address
// of an Atom link, as in RSS, that of a thumbnail, and the term of a category. An
// enclosure of RSS in Atom is a link.
func (t *tailor) inside(e element, o open, closed *bool) {
	name := ""
	switch e.emit {
	case "link", "atom:link":
		name = "href"
	case "category", "atom:category":
		name = "term"
	case "media:thumbnail":
		name = "url"
	}
	if _, own := split(o.name); e.emit == "link" && strings.EqualFold(own, "enclosure") {
		t.attrs = append(t.attrs, attr{"href", t.attr("url")}, attr{"rel", "enclosure"})
		return
	}
	if *closed || name == "" || t.attr(name) != "" || t.attr("label") != "" {
		return
	}
	raw, markup := t.content(o.name)
	if raw = strings.TrimSpace(raw); raw != "" && !markup {
		t.attrs = append(t.attrs, attr{name, raw})
	}
	*closed = true
}

// bareName reads the name of a person of Atom that stands in no element of its own, as
// in RSS.
func (t *tailor) bareName(o open) {
	rest := t.in[t.pos:]
	end := strings.IndexByte(rest, '<')
	if end < 1 || !strings.HasPrefix(rest[end:], "</") || !named(rest[end+2:], o.name) || strings.TrimSpace(rest[:end]) == "" {
		return
	}
	out := append(*t.target(), "<name>"...)
	out = t.give(out, ticket{raw: rest[:end], lang: o.lang, base: o.base})
	*t.target() = append(out, "</name>"...)
	t.pos += end
}
