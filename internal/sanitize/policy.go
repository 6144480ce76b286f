package sanitize

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
)

// newPolicy is the allowlist as bluemonday holds it. What the guard doesn't
// recognise goes through it, and then before the guard again, for it closes and
// nests nothing. It knows nothing of the code before it: what the walk writes
// passes it unchanged, as a test holds.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	elements := strings.Fields(`a abbr acronym address area article aside audio b bdi bdo big blockquote br button caption center cite code col
		colgroup command datagrid datalist dd del details dfn dir div dl dt em event-source fieldset figcaption figure font footer h1 h2 h3 h4 h5 h6
		header hgroup hr i img input ins kbd keygen label legend li m main map mark menu meter multicol nav nextid ol optgroup option output p pre progress q rp
		rt ruby s samp section select small sound source spacer span strike strong sub summary sup table tbody td textarea tfoot th thead time tr tt u ul var
		video wbr`)
	p.AllowElements(elements...)
	p.AllowNoAttrs().OnElements(elements...)
	allowForms(p)
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
	p.AllowAttrs("title", "alt").Globally()
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
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|right|center|justify)$`)).OnElements("td", "th")
	p.AllowAttrs("valign").Matching(regexp.MustCompile(`^(top|middle|bottom|baseline)$`)).OnElements("td", "th")
}

// allowForms allows what looks like a part of a form and does nothing.
func allowForms(p *bluemonday.Policy) {
	empty, decimal := regexp.MustCompile(`^$`), regexp.MustCompile(`^-?[0-9]{1,6}(\.[0-9]{0,6})?$`)
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^button$`)).OnElements("button")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^(checkbox|radio)$`)).OnElements("input")
	p.AllowAttrs("disabled").Matching(empty).OnElements("button", "input", "keygen", "select", "textarea")
	p.AllowAttrs("checked").Matching(empty).OnElements("input")
	p.AllowAttrs("value", "max").Matching(decimal).OnElements("meter", "progress")
	p.AllowAttrs("min", "low", "high", "optimum").Matching(decimal).OnElements("meter")
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
	p.AllowAttrs("href").Matching(regexp.MustCompile(`^(https?://|mailto:|tel:|#u-)`)).OnElements("a", "area")
	p.AllowAttrs("rel").Matching(regexp.MustCompile(`^noopener noreferrer$`)).OnElements("a", "area")
	p.AllowAttrs("shape").Matching(regexp.MustCompile(`^(rect|circle|poly|default)$`)).OnElements("area")
	p.AllowAttrs("coords").Matching(regexp.MustCompile(`^[-0-9., ]+$`)).OnElements("area")
	p.AllowAttrs("name").Matching(regexp.MustCompile(`^u-[\pL\pN\pM_.:-]+$`)).OnElements("map")
	p.AllowAttrs("usemap").Matching(regexp.MustCompile(`^#u-`)).OnElements("img")
	p.AllowAttrs("href", "src").Matching(regexp.MustCompile(`^(https?://.*)?$`)).OnElements("span")
	p.AllowAttrs("cite").Matching(webAddress()).OnElements("blockquote", "q", "del", "ins")
	p.AllowAttrs("src").Matching(regexp.MustCompile(`^(https?://|data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$)`)).OnElements("img")
	p.AllowAttrs("loading").Matching(regexp.MustCompile(`^lazy$`)).OnElements("img")
	p.AllowAttrs("decoding").Matching(regexp.MustCompile(`^async$`)).OnElements("img")
}

func webAddress() *regexp.Regexp { return regexp.MustCompile(`^https?://`) }

// allowPlayers allows audio and video.
func allowPlayers(p *bluemonday.Policy) {
	p.AllowAttrs("src").Matching(webAddress()).OnElements("audio", "video", "source", "track")
	p.AllowAttrs("controls").Matching(regexp.MustCompile(`^$`)).OnElements("audio", "video")
	p.AllowAttrs("preload").Matching(regexp.MustCompile(`^none$`)).OnElements("audio", "video")
	p.AllowAttrs("poster").Matching(webAddress()).OnElements("video")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^(audio|video|application)/[^<>&]{1,80}$`)).OnElements("source")
	p.AllowAttrs("kind").Matching(regexp.MustCompile(`^(subtitles|captions|descriptions|chapters)$`)).OnElements("track")
	p.AllowAttrs("srclang").Matching(languageTag).OnElements("track")
	p.AllowAttrs("label").OnElements("track")
	p.AllowAttrs("default").Matching(regexp.MustCompile(`^$`)).OnElements("track")
}
