package server

import (
	"html"
	"html/template"
	"net/url"
	"strconv"
	"strings"

	"tidings/internal/words"
)

// presenter makes sanitised HTML, which keeps markup as it was published, fit into
// a page of ours: every picture has an alt, empty where the publisher gave none
// (WCAG 2.2, 1.1.1); the page's only h1 is its own, and so are its main part, its
// article, its asides and its navigation; code and tables scroll inside themselves, by keyboard too (2.1.1);
// the places that links within the text lead to have names that no other text has,
// and links that the publisher made absolute lead there as well.
//
// It relies on the form in which package sanitize writes: "<" stands only before
// a tag, the next ">" ends that, and all values are in double quotes. It takes no tag
// away, it only gives some an attribute of ours or another name, of an element that
// nests in the same places, puts divisions around tables, which stand where those may,
// and changes no value but ids and the addresses that lead to them; so it can't make
// anything unsafe. Of a tag that is cut off, which sanitize never writes, nothing stays.
type presenter struct {
	l     *words.Language
	scope string          // begins the names of places, after "u-"; empty for none
	page  string          // address of the text's own page, HTML-escaped; may be empty
	ids   map[string]bool // of the text, as sanitize wrote them, HTML-escaped
}

// newPresenter presents the texts of a story, whose places are known by its number;
// page is the address of the page that the text is from.
func newPresenter(l *words.Language, story uint64, page string) presenter {
	return presenter{l: l, scope: number(story) + "-", page: html.EscapeString(page)}
}

// text presents sanitised HTML, in which package compare may have put marks.
func (p presenter) text(s string) template.HTML {
	p.ids = idsOf(s)
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
		p.tag(&b, tag)
		s = after
	}
	return template.HTML(b.String())
}

// tag writes a tag, which is without its angle brackets.
func (p presenter) tag(b *strings.Builder, tag string) {
	name, attrs, _ := strings.Cut(tag, " ")
	if attrs != "" {
		attrs = p.places(name, " "+attrs)
	}
	switch name {
	case "img":
		if _, _, _, said := cutAttribute(attrs, "alt"); !said {
			attrs = ` alt=""` + attrs
		}
	case "h1", "/h1":
		name = strings.Replace(name, "h1", "h2", 1)
	case "main", "nav", "article", "aside":
		name = "div"
	case "/main", "/nav", "/article", "/aside":
		name = "/div"
	case "pre":
		attrs = p.scrolls(p.l.T("Code")) + attrs
	case "table":
		b.WriteString(`<div class="scroll"` + p.scrolls(p.l.T("Table")) + ">")
	case "/table":
		b.WriteString("</table></div>")
		return
	case "track":
		attrs = strings.Replace(attrs, ` default=""`, "", 1) // it would load unasked
	}
	b.WriteString("<" + name + attrs + ">")
}

// scrolls are the attributes of what a person can scroll by keyboard.
func (p presenter) scrolls(label string) string {
	return ` tabindex="0" role="group" aria-label="` + html.EscapeString(label) + `"`
}

// idsOf are the names of the places in a text.
func idsOf(s string) map[string]bool {
	var ids map[string]bool
	for {
		_, rest, found := strings.Cut(s, ` id="`)
		if !found {
			return ids
		}
		id, after, _ := strings.Cut(rest, `"`)
		if ids == nil {
			ids = map[string]bool{}
		}
		ids[id], s = true, after
	}
}

// places gives the names of places in a tag's attributes their scope, and leads links
// to the text's own page into the text, where it has the place.
func (p presenter) places(name, attrs string) string {
	if name == "a" && p.page != "" {
		attrs = p.own(attrs)
	}
	if p.scope == "" {
		return attrs
	}
	for _, a := range [...]string{` id="u-`, ` href="#u-`, ` usemap="#u-`} {
		attrs = strings.Replace(attrs, a, a+p.scope, 1)
	}
	if name == "map" {
		attrs = strings.Replace(attrs, ` name="u-`, ` name="u-`+p.scope, 1)
	}
	return attrs
}

// own leads a link to a place on the text's own page into the text.
func (p presenter) own(attrs string) string {
	before, rest, found := strings.Cut(attrs, ` href="`+p.page+`#`)
	if !found {
		return attrs
	}
	fragment, after, _ := strings.Cut(rest, `"`)
	plain, err := url.PathUnescape(html.UnescapeString(fragment))
	id := "u-" + strings.TrimPrefix(html.EscapeString(plain), "u-")
	if err != nil || !p.ids[id] {
		return attrs
	}
	return before + ` href="#u-` + strings.TrimPrefix(fragment, "u-") + `"` + after
}

// smallPicture is the width of pictures that nobody wants larger: marks and emoji.
const smallPicture = 100

// enlarge puts a link to the large picture around each picture in a text that is
// presented and hung (see hang), but those that are links already, or small. Small ones
// get a class of ours, for they stand in the line.
func enlarge(l *words.Language, h template.HTML) template.HTML {
	s := string(h)
	if !strings.Contains(s, "<img ") {
		return h
	}
	var b strings.Builder
	b.Grow(len(s) + len(s)/4)
	inside := 0 // elements open that can't hold a link, or are one
	for s != "" {
		text, rest, found := strings.Cut(s, "<")
		b.WriteString(text)
		tag, after, closed := strings.Cut(rest, ">")
		if !found || !closed {
			break
		}
		name, attrs, _ := strings.Cut(tag, " ")
		switch name {
		case "a", "button", "summary", "label", "map":
			inside++
		case "/a", "/button", "/summary", "/label", "/map":
			inside--
		}
		large := ""
		switch small := name == "img" && isSmall(" "+attrs); {
		case small:
			tag = `img class="small" ` + attrs
		case name == "img" && inside <= 0:
			large = largeOf(" " + attrs)
		}
		if large != "" {
			b.WriteString(`<a class="large" href="` + large + `" rel="noopener noreferrer"`)
			if attribute(" "+attrs, "alt") == "" {
				b.WriteString(` aria-label="` + html.EscapeString(l.T("Open the picture large")) + `"`)
			}
			b.WriteString("><" + tag + "></a>")
		} else {
			b.WriteString("<" + tag + ">")
		}
		s = after
	}
	return template.HTML(b.String())
}

// isSmall reports whether an img is known to be small.
func isSmall(attrs string) bool {
	w, err := strconv.Atoi(attribute(attrs, "width"))
	return err == nil && w < smallPicture
}

// largeOf is the address of the large picture of an img, HTML-escaped; empty for none.
func largeOf(attrs string) string {
	if attribute(attrs, "usemap") != "" {
		return ""
	}
	address := attribute(attrs, "data-large")
	if address == "" {
		address = attribute(attrs, "src")
	}
	if strings.HasPrefix(address, "data:") {
		return ""
	}
	return address
}

// attribute is the value of an attribute as it is written; empty for none.
func attribute(attrs, name string) string {
	_, value, _, _ := cutAttribute(attrs, name)
	return value
}

// cutAttribute cuts the attributes of a tag, which begin with a space, around one of
// them: before has no space at its end. It goes from one to the next, for what looks
// like an attribute may be the end of the value of another (alt="x src=").
func cutAttribute(attrs, name string) (before, value, after string, found bool) {
	for at := 0; at < len(attrs); {
		key, rest, ok := strings.Cut(attrs[at:], `="`)
		v, _, closed := strings.Cut(rest, `"`)
		if !ok || !closed {
			break
		}
		end := at + len(key) + len(`="`) + len(v) + len(`"`)
		if strings.TrimSpace(key) == name {
			return attrs[:at], v, attrs[end:], true
		}
		at = end
	}
	return attrs, "", "", false
}
