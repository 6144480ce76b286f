package clean

import (
	"html"
	"strconv"
	"strings"

	"tidings/internal/feed"
	"tidings/internal/parse"
)

// image is one picture for lists: a thumbnail, a medium or enclosure that is a
// picture, the item's own, else the first of the body that may be worth showing.
func (c *Cleaner) image(it *parse.Item, enclosures []feed.Enclosure, b feed.Body) string {
	if u := c.attached(it); u != "" {
		return u
	}
	for _, e := range enclosures {
		if strings.HasPrefix(e.Type, "image/") {
			return e.URL
		}
	}
	if u := c.r.web(it.Image); u != "" {
		return u
	}
	if u := firstPicture(string(b.Content)); u != "" {
		return u
	}
	return firstPicture(string(b.Summary))
}

// wideEnough is the width in pixels of a picture that looks well on a card.
const wideEnough = 480

// attached is a thumbnail or a medium that is a picture: the first that is wide enough or
// doesn't say how wide it is, else the widest. Publishers list one in many sizes, often
// the smallest first; what says that it is tiny tells nothing about an article.
func (c *Cleaner) attached(it *parse.Item) (best string) {
	widest := 0
	look := func(r parse.Ref, s parse.Size) bool {
		if s.Width > 0 && s.Width < leastSide || s.Height > 0 && s.Height < leastSide || best != "" && s.Width > 0 && s.Width <= widest {
			return false
		}
		u := c.r.web(r)
		if u == "" {
			return false
		}
		best, widest = u, s.Width
		return s.Width == 0 || s.Width >= wideEnough
	}
	for i, r := range it.Thumbnails {
		var size parse.Size
		if i < len(it.Sizes) {
			size = it.Sizes[i]
		}
		if look(r, size) {
			return best
		}
	}
	for _, m := range it.Media {
		if m.Medium == "image" || strings.HasPrefix(m.Type, "image/") || m.Medium == "" && m.Type == "" && isPicture(m.Href) {
			if look(m.Ref, m.Size) {
				return best
			}
		}
	}
	return best
}

// isPicture judges an address by its ending.
func isPicture(href string) bool {
	href, _, _ = strings.Cut(strings.ToLower(href), "?")
	for _, end := range []string{".jpg", ".jpeg", ".png", ".webp", ".avif"} {
		if strings.HasSuffix(href, end) {
			return true
		}
	}
	return false
}

// firstPicture is the address of the first img of sanitised HTML that is no
// smiley, badge or counter.
func firstPicture(h string) string {
	for range 20 {
		i := strings.Index(h, "<img ")
		if i < 0 {
			return ""
		}
		h = h[i+len("<img"):]
		end := strings.IndexByte(h, '>')
		if end < 0 {
			return ""
		}
		tag := h[:end]
		src := html.UnescapeString(attribute(tag, "src"))
		if isAbsolute(src) && !tiny(tag) && !idle(src) {
			return src
		}
	}
	return ""
}

// attribute is the value of an attribute in a tag as the sanitiser writes it.
func attribute(tag, name string) string {
	_, rest, ok := strings.Cut(tag, " "+name+`="`)
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// leastSide is that of a picture worth a place in a list, in pixels.
const leastSide = 48

// tiny reports whether an image says that it is smaller than that.
func tiny(tag string) bool {
	for _, name := range []string{"width", "height"} {
		if n, err := strconv.Atoi(attribute(tag, name)); err == nil && n < leastSide {
			return true
		}
	}
	return false
}

// idle reports whether a picture is known to tell nothing about an article.
func idle(src string) bool {
	for _, part := range []string{"/smilies/", "/emoji/", "gravatar.com/avatar", "feedburner.com/~", "feeds.wordpress.com", "/pixel", "doubleclick.net", "/badge", ".svg"} {
		if strings.Contains(src, part) {
			return true
		}
	}
	return false
}
