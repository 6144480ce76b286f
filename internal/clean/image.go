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
	if len(b.Thumbnails) > 0 {
		return b.Thumbnails[0]
	}
	for _, m := range it.Media {
		if m.Medium == "image" || strings.HasPrefix(m.Type, "image/") || m.Medium == "" && m.Type == "" && isPicture(m.Href) {
			if u := c.r.web(m.Ref); u != "" {
				return u
			}
		}
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

// tiny reports whether an image says that it is smaller than 48 by 48 pixels.
func tiny(tag string) bool {
	for _, name := range []string{"width", "height"} {
		if n, err := strconv.Atoi(attribute(tag, name)); err == nil && n < 48 {
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
