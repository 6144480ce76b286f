package sanitize

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
)

// newPolicy is the allowlist as bluemonday holds it. Everything that leaves this
// package as HTML has passed it; it knows nothing of the code before it, and
// what that code writes passes it unchanged.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("abbr", "address", "aside", "b", "bdi", "bdo", "blockquote", "br", "caption", "cite", "code", "col", "colgroup",
		"dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h2", "h3", "h4", "h5", "h6", "hr", "i",
		"ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "span", "strong", "sub",
		"summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "u", "ul", "var", "wbr")
	p.AllowNoAttrs().OnElements("abbr", "audio", "video", "bdi", "bdo", "caption", "col", "colgroup", "figcaption", "rp", "rt", "ruby", "summary", "time")
	allowText(p)
	allowAddresses(p)
	allowPlayers(p)
	return p
}

// allowText allows the attributes that hold words and numbers.
func allowText(p *bluemonday.Policy) {
	number := regexp.MustCompile(`^[1-9][0-9]{0,3}$`)
	integer := regexp.MustCompile(`^-?[0-9]{1,6}$`)
	empty := regexp.MustCompile(`^$`)
	p.AllowAttrs("id").Matching(regexp.MustCompile(`^u-[\pL\pN\pM_.:-]+$`)).Globally()
	p.AllowAttrs("dir").Matching(regexp.MustCompile(`^(ltr|rtl|auto)$`)).Globally()
	p.AllowAttrs("lang").Matching(languageTag).Globally()
	p.AllowAttrs("title").Globally()
	p.AllowAttrs("datetime").Matching(regexp.MustCompile(`^[-0-9+:.,TZWPYMDHS ]{1,40}$`)).OnElements("time", "del", "ins")
	p.AllowAttrs("colspan", "rowspan").Matching(number).OnElements("td", "th")
	p.AllowAttrs("scope").Matching(regexp.MustCompile(`^(row|col)(group)?$`)).OnElements("th")
	p.AllowAttrs("span").Matching(number).OnElements("col", "colgroup")
	p.AllowAttrs("start").Matching(integer).OnElements("ol")
	p.AllowAttrs("reversed").Matching(empty).OnElements("ol")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^[1aAiI]$`)).OnElements("ol")
	p.AllowAttrs("value").Matching(integer).OnElements("li")
	p.AllowAttrs("open").Matching(empty).OnElements("details")
	p.AllowAttrs("width", "height").Matching(number).OnElements("img", "video")
}

// allowAddresses allows links and images. Bluemonday looks at the schemes of
// most addresses; the patterns here tie them to their use, and hold where it
// doesn't look (source, track, poster).
func allowAddresses(p *bluemonday.Policy) {
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(true) // "#u-…" alone, by the pattern of href
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowURLSchemeWithCustomPolicy("data", func(u *url.URL) bool {
		return u.RawQuery == "" && u.Fragment == "" && len(u.Opaque) <= maxData && strings.HasPrefix(u.Opaque, "image/")
	})
	p.AllowAttrs("href").Matching(regexp.MustCompile(`^(https?://|mailto:|tel:|#u-)`)).OnElements("a")
	p.AllowAttrs("cite").Matching(webAddress()).OnElements("blockquote", "q", "del", "ins")
	p.AllowAttrs("src").Matching(regexp.MustCompile(`^(https?://|data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$)`)).OnElements("img")
	p.AllowAttrs("alt").OnElements("img")
}

func webAddress() *regexp.Regexp { return regexp.MustCompile(`^https?://`) }

// allowPlayers allows audio and video.
func allowPlayers(p *bluemonday.Policy) {
	p.AllowAttrs("src").Matching(webAddress()).OnElements("audio", "video", "source", "track")
	p.AllowAttrs("poster").Matching(webAddress()).OnElements("video")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^(audio|video|application)/[^<>&]{1,80}$`)).OnElements("source")
	p.AllowAttrs("kind").Matching(regexp.MustCompile(`^(subtitles|captions|descriptions|chapters)$`)).OnElements("track")
	p.AllowAttrs("srclang").Matching(languageTag).OnElements("track")
	p.AllowAttrs("label").OnElements("track")
	p.AllowAttrs("default").Matching(regexp.MustCompile(`^$`)).OnElements("track")
}
