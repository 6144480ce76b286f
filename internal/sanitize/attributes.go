package sanitize

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// idPrefix stands before every id, so that none of them names a part of the
// page around it; links to places in the text are rewritten alike.
const idPrefix = "u-"

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

// attributes writes what is kept of the attributes of a tag. It reports whether
// the element may be the target of a link.
func (w *walk) attributes(el *element) (anchor bool) {
	if len(w.scan.attrs) > 0 {
		id := w.id()
		anchor = id != ""
		w.optional("id", id)
		w.optional("dir", w.direction())
		w.optional("lang", w.language())
		w.words("title")
		w.words("alt")
		w.own(el)
	}
	w.disable(el)
	return anchor
}

// disable makes controls do nothing.
func (w *walk) disable(el *element) {
	switch el.name {
	case "button":
		w.out = append(w.out, ` type="button" disabled=""`...)
	case "keygen", "select", "textarea":
		w.out = append(w.out, ` disabled=""`...)
	}
}

// idle writes an address that does nothing where it stands.
func (w *walk) idle(name string) {
	if v, ok := w.scan.attr(name); ok && strings.TrimSpace(v) == "" {
		w.add(name, "")
	} else {
		w.optional(name, w.resolve(v, toFetch))
	}
}

// own writes the attributes that only some elements have.
func (w *walk) own(el *element) {
	switch el.name {
	case "a":
		w.link()
	case "area":
		w.link()
		w.optional("shape", w.oneOf("shape", "rect", "circle", "poly", "default"))
		w.optional("coords", w.matching("coords", isCoordinates))
	case "map":
		w.optional("name", rename(w.scan.get("name")))
	case "meter", "progress":
		for _, name := range [...]string{"value", "min", "max", "low", "high", "optimum"} {
			if el.name == "meter" || name == "value" || name == "max" {
				w.optional(name, w.matching(name, isDecimal))
			}
		}
	case "blockquote", "q":
		w.optional("cite", w.address("cite", toFetch))
	case "del", "ins":
		w.optional("cite", w.address("cite", toFetch))
		w.optional("datetime", w.matching("datetime", isDate))
	case "time":
		w.optional("datetime", w.matching("datetime", isDate))
	case "td", "th":
		w.optional("align", w.oneOf("align", "left", "right", "center", "justify"))
		w.optional("valign", w.oneOf("valign", "top", "middle", "bottom", "baseline"))
		w.optional("colspan", w.number("colspan"))
		w.optional("rowspan", w.number("rowspan"))
		if el.name == "th" {
			w.optional("scope", w.oneOf("scope", "row", "col", "rowgroup", "colgroup"))
		}
	case "col", "colgroup":
		w.optional("span", w.number("span"))
	case "ol":
		w.flag("reversed")
		w.optional("start", w.matching("start", isInteger))
		w.optional("type", w.matching("type", isListType))
	case "li":
		w.optional("value", w.matching("value", isInteger))
	case "details":
		w.flag("open")
	case "span":
		w.idle("href")
		w.idle("src")
	}
}

// link writes where a link leads to. The page there neither gets hold of the
// reader's window nor learns its address. There is no target: whether a link
// opens in a new tab is the reader's choice and not the publisher's, and the
// merged feed carries the same HTML to readers with habits of their own.
func (w *walk) link() {
	if href := w.linkAddress(); href != "" {
		w.add("href", href)
		w.out = append(w.out, ` rel="noopener noreferrer"`...)
	}
}

// words writes an attribute that holds words, empty or not, if the tag has it.
func (w *walk) words(name string) {
	if v, ok := w.scan.attr(name); ok {
		w.add(name, strings.TrimSpace(v))
	}
}

// input writes a box to tick, as lists of tasks have them, or to write into.
// It is there to be looked at: nobody can change it, and nothing is sent.
func (w *walk) input() {
	kind := lower(strings.TrimSpace(w.scan.get("type")))
	switch kind {
	case "", "text":
		kind = ""
	case "checkbox", "radio":
	default:
		return
	}
	w.content()
	w.begin("input")
	w.optional("type", kind)
	if kind != "" {
		w.flag("checked")
	}
	w.out = append(w.out, ` disabled="">`...)
}

// optional writes an attribute unless it is empty.
func (w *walk) optional(name, value string) {
	if value != "" {
		w.add(name, value)
	}
}

// flag writes a boolean attribute if the tag has it.
func (w *walk) flag(name string) {
	if _, ok := w.scan.attr(name); ok {
		w.add(name, "")
	}
}

// matching gives an attribute's value if it is as it should be.
func (w *walk) matching(name string, ok func(string) bool) string {
	v := strings.TrimSpace(w.scan.get(name))
	if v == "" || !ok(v) {
		return ""
	}
	return v
}

func (w *walk) oneOf(name string, values ...string) string {
	v := lower(strings.TrimSpace(w.scan.get(name)))
	for _, x := range values {
		if v == x {
			return v
		}
	}
	return ""
}

func (w *walk) direction() string { return w.oneOf("dir", "ltr", "rtl", "auto") }

func (w *walk) language() string {
	v := w.matching("lang", languageTag.MatchString)
	if v == "" {
		v = w.matching("xml:lang", languageTag.MatchString)
	}
	return v
}

// number gives an attribute's value if it is a whole number from 1 to 9999,
// with or without "px".
func (w *walk) number(name string) string {
	v := strings.TrimSuffix(strings.TrimSpace(w.scan.get(name)), "px")
	if len(v) == 0 || len(v) > 4 || v[0] == '0' {
		return ""
	}
	for i := range len(v) {
		if v[i] < '0' || v[i] > '9' {
			return ""
		}
	}
	return v
}

func isInteger(s string) bool {
	s = strings.TrimPrefix(s, "-")
	if s == "" || len(s) > 6 {
		return false
	}
	return strings.Trim(s, "0123456789") == ""
}

// isDecimal reports whether s is a decimal number of usual size.
func isDecimal(s string) bool {
	whole, part, _ := strings.Cut(s, ".")
	return isInteger(whole) && len(part) <= 6 && strings.Trim(part, "0123456789") == ""
}

// isCoordinates reports whether s can be the outline of an area.
func isCoordinates(s string) bool { return len(s) <= 1000 && strings.Trim(s, "0123456789., -") == "" }

func isListType(s string) bool { return len(s) == 1 && strings.Contains("1aAiI", s) }

// isDate reports whether s can be a machine-readable date or duration.
func isDate(s string) bool {
	return len(s) <= 40 && strings.Trim(s, "0123456789-+:.,TZWPYMDHS ") == ""
}

// id gives the id of an element under its new name. An old a has a name instead.
func (w *walk) id() string {
	id, ok := w.scan.attr("id")
	if !ok && w.scan.name == "a" {
		id, ok = w.scan.attr("name")
	}
	if !ok {
		return ""
	}
	return rename(id)
}

// rename gives an id its prefix, once; an id with unusual characters is empty.
func rename(id string) string {
	const longest = 128
	id = strings.TrimSpace(id)
	if id == "" || id == idPrefix || len(id) > longest || strings.IndexFunc(id, unusual) >= 0 {
		return ""
	}
	if strings.HasPrefix(id, idPrefix) {
		return id
	}
	return idPrefix + id
}

// unusual reports whether r is a character that ids are not to have.
func unusual(r rune) bool {
	if r < utf8.RuneSelf {
		return !isAlphanumeric(byte(r)) && !strings.ContainsRune("-_.:", r)
	}
	return r == utf8.RuneError || !unicode.In(r, unicode.L, unicode.N, unicode.M)
}

// linkAddress gives the address that a link leads to, empty for none.
func (w *walk) linkAddress() string {
	v, ok := w.scan.attr("href")
	if !ok {
		return ""
	}
	if v = trimAddress(v); strings.HasPrefix(v, "#") {
		return inText(v[1:])
	}
	return w.resolve(v, toOpen)
}

// inText gives the link to a place in the text.
func inText(fragment string) string {
	if f, err := url.PathUnescape(fragment); err == nil {
		fragment = f
	}
	id := rename(fragment)
	if id == "" {
		return ""
	}
	return (&url.URL{Fragment: id}).String()
}

// address gives the resolved address in an attribute, empty for none.
func (w *walk) address(name string, to purpose) string {
	v, ok := w.scan.attr(name)
	if !ok {
		return ""
	}
	return w.resolve(v, to)
}
