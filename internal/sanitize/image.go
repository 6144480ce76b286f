package sanitize

import (
	"strconv"
	"strings"
)

// goodWidth is the width in pixels up to which a larger candidate of a srcset
// is the better one: enough for a column of text on a dense screen.
const goodWidth = 1280

// image writes an img, unless it only counts readers.
func (w *walk) image() {
	candidate := w.candidate
	w.candidate = ""
	if w.unseen() {
		w.rob()
		return
	}
	src := w.imageAddress()
	if src == "" {
		src = candidate
	}
	if src != "" && w.of.trackers.match(src) {
		w.rob()
		return
	}
	if src == "" && w.addressed() || src != "" && w.repeated(src) {
		return
	}
	w.lastImage, w.lastInert = src, w.inert > 0
	w.content()
	w.shown = true
	w.begin("img")
	w.optional("id", w.id())
	w.words("title")
	w.optional("src", src)
	w.words("alt")
	w.size()
	if v := w.scan.get("usemap"); len(v) > 1 && v[0] == '#' {
		w.optional("usemap", inText(v[1:]))
	}
	w.out = append(w.out, ` loading="lazy" decoding="async">`...) // it loads when it comes into view
}

// addressed reports whether an image has an address, of whatever use.
func (w *walk) addressed() bool {
	for _, name := range [...]string{"src", "srcset", "data-src", "data-lazy-src", "data-original", "data-srcset", "data-lazy-srcset"} {
		if _, ok := w.scan.attr(name); ok {
			return true
		}
	}
	return false
}

// repeated reports whether an image is the one written last, once as a script
// would load it and once for browsers without scripts.
func (w *walk) repeated(src string) bool {
	return src == w.lastImage && (w.inert > 0 || w.lastInert)
}

// size writes width and height.
func (w *walk) size() {
	w.optional("width", w.number("width"))
	w.optional("height", w.number("height"))
}

// imageAddress finds the address of the picture among the attributes that
// scripts and browsers read it from.
func (w *walk) imageAddress() string {
	for _, name := range [...]string{"data-src", "data-lazy-src", "data-original"} {
		if v, ok := w.scan.attr(name); ok && !strings.ContainsAny(v, " {}<>") {
			if s := w.resolve(v, toFetch); s != "" {
				return s
			}
		}
	}
	if s := w.address("src", toShow); s != "" {
		return s
	}
	for _, name := range [...]string{"srcset", "data-srcset", "data-lazy-srcset"} {
		if s := w.fromSet(w.scan.get(name)); s != "" {
			return s
		}
	}
	return ""
}

// fromSet picks a candidate of a srcset (WHATWG HTML §4.8.4.2): the widest up
// to goodWidth, else the narrowest; densities count as multiples of 640 pixels.
func (w *walk) fromSet(set string) string {
	best, bestWidth := "", 0
	for set != "" {
		var address string
		var width int
		address, width, set = nextCandidate(set)
		if address == "" {
			break
		}
		if best == "" || better(width, bestWidth) {
			if s := w.resolve(address, toFetch); s != "" {
				best, bestWidth = s, width
			}
		}
	}
	return best
}

func better(a, b int) bool {
	if (a <= goodWidth) != (b <= goodWidth) {
		return a <= goodWidth
	}
	if a <= goodWidth {
		return a > b
	}
	return a < b
}

// nextCandidate splits off the first candidate of a srcset.
func nextCandidate(set string) (address string, width int, rest string) {
	set = strings.TrimLeft(set, " \t\n\r\f,")
	end := strings.IndexAny(set, " \t\n\r\f")
	if end < 0 {
		return strings.TrimRight(set, ","), 640, ""
	}
	address, rest = set[:end], set[end:]
	if strings.HasSuffix(address, ",") {
		return strings.TrimRight(address, ","), 640, rest
	}
	descriptor, rest, _ := strings.Cut(rest, ",")
	return address, descriptorWidth(strings.TrimSpace(descriptor)), rest
}

func descriptorWidth(d string) int {
	number := strings.TrimRight(d, "wx")
	f, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil || f <= 0 || f > 1e5:
		return 640
	case strings.HasSuffix(d, "x"):
		return int(f * 640)
	}
	return int(f)
}

// unseen reports whether an image or frame is made not to be seen.
func (w *walk) unseen() bool {
	if w.tiny("width") || w.tiny("height") {
		return true
	}
	if _, hidden := w.scan.attr("hidden"); hidden {
		return true
	}
	style, ok := w.scan.attr("style")
	return ok && hides(style)
}

// tiny reports whether a dimension is given and is one pixel or none.
func (w *walk) tiny(name string) bool {
	v, ok := w.scan.attr(name)
	return ok && isTiny(v)
}

// isTiny reports whether a length is less than two pixels, however it is
// spelled: 1, 01px, 1.0, 0%.
func isTiny(v string) bool {
	v = strings.TrimPrefix(strings.TrimSpace(v), "+")
	unit := strings.TrimSpace(strings.TrimLeft(v, "0123456789."))
	n, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(v, unit)), 64)
	return err == nil && (n == 0 || n < 2 && (unit == "" || unit == "px"))
}

// hides reports whether a style attribute hides its element.
func hides(style string) bool {
	for declaration := range strings.SplitSeq(lower(style), ";") {
		name, value, _ := strings.Cut(declaration, ":")
		value, _, _ = strings.Cut(value, "!") // !important
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(name) {
		case "display":
			if value == "none" {
				return true
			}
		case "visibility":
			if value == "hidden" {
				return true
			}
		case "width", "height", "max-width", "max-height":
			if isTiny(value) {
				return true
			}
		case "left", "right", "top", "bottom": // "-9999px"
			if strings.HasPrefix(value, "-") && len(strings.TrimRight(value, "px")) >= len("-1000") {
				return true
			}
		}
	}
	return false
}
