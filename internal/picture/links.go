package picture

import (
	"bytes"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// iconLink is an icon that a page names.
type iconLink struct {
	address string
	rank    int // the less the better
}

// mostLinks is how many icons of a page are worth asking for.
const mostLinks = 2

// IconLinks lists the icons that an HTML page at base names for itself (WHATWG HTML
// §4.6.7.8, and what Apple's devices ask for), the best first, at most two. Those that say
// that they are SVG are left out.
func IconLinks(page []byte, base string) []string {
	at, err := url.Parse(base)
	if err != nil {
		return nil
	}
	var found []iconLink
	z := html.NewTokenizer(bytes.NewReader(page))
	z.SetMaxBuf(256 << 10)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return best(found)
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			switch t.DataAtom {
			case atom.Body:
				return best(found)
			case atom.Base:
				if u, err := at.Parse(attribute(t, "href")); err == nil && attribute(t, "href") != "" {
					at = u
				}
			case atom.Link:
				if l, ok := newIconLink(t, at); ok {
					found = append(found, l)
				}
			}
		}
	}
}

func best(found []iconLink) (addresses []string) {
	slices.SortStableFunc(found, func(a, b iconLink) int { return a.rank - b.rank })
	for _, l := range found {
		if !slices.Contains(addresses, l.address) && len(addresses) < mostLinks {
			addresses = append(addresses, l.address)
		}
	}
	return addresses
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}

// newIconLink reads a link; false if it is to no icon that can be shown.
func newIconLink(t html.Token, base *url.URL) (iconLink, bool) {
	rel := strings.Fields(strings.ToLower(attribute(t, "rel")))
	small, apple := slices.Contains(rel, "icon"), slices.Contains(rel, "apple-touch-icon") || slices.Contains(rel, "apple-touch-icon-precomposed")
	href, kind := attribute(t, "href"), strings.ToLower(attribute(t, "type"))
	if !small && !apple || href == "" || strings.Contains(kind, "svg") || attribute(t, "media") != "" {
		return iconLink{}, false
	}
	u, err := base.Parse(href)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || strings.HasSuffix(strings.ToLower(u.Path), ".svg") {
		return iconLink{}, false
	}
	u.Fragment = ""
	side := greatest(attribute(t, "sizes"))
	switch {
	case side == 0 && apple:
		side = 180
	case side == 0:
		side = 32 // one that doesn't say is usually an .ico with several
	}
	return iconLink{u.String(), rank(side)}, true
}

// greatest is the greatest side that a sizes attribute names; 0 for none.
func greatest(sizes string) (side int) {
	for s := range strings.FieldsSeq(strings.ToLower(sizes)) {
		w, _, _ := strings.Cut(s, "x")
		if n, err := strconv.Atoi(w); err == nil && n > side && n <= 4096 {
			side = n
		}
	}
	return side
}

// rank puts sides in order: from 32 pixels on the smaller ones come first, then the
// larger of the too small.
func rank(side int) int {
	if side >= IconSide/2 {
		return side
	}
	return 8192 - side
}
