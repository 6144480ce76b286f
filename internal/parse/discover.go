package parse

import (
	"net/url"
	"sort"
	"strings"

	"golang.org/x/net/html"

	"tidings/internal/feed"
)

// maxFound is how many feeds of a page are of interest.
const maxFound = 50

// Discover lists the feeds that an HTML page links to, best first: those it
// declares with <link rel="alternate">, then links that look like feeds. Feeds
// of comments come after others. Addresses are resolved by the page's <base>
// and by base, the page's own address; what isn't http or https then is left out.
func Discover(body []byte, contentType, base string) []feed.Found {
	body, _ = unpack(body)
	text := decode(body, contentType).text
	own, err := url.Parse(base)
	if err != nil || !own.IsAbs() {
		own = nil
	}
	var out []feed.Found
	for _, f := range readPage(text, own).found {
		if strings.HasPrefix(f.URL, "http://") || strings.HasPrefix(f.URL, "https://") {
			out = append(out, f)
		}
	}
	return out
}

// notFeed is the error for an HTML page.
func notFeed(text string) *NotFeed {
	p := readPage(text, nil)
	e := &NotFeed{Reason: "an HTML page", Title: p.title, Links: p.found}
	if len(p.found) > 0 {
		e.Reason += " that links to feeds"
	}
	return e
}

// page is what a page tells of its feeds.
type page struct {
	title string
	base  *url.URL // what addresses resolve by; nil if unknown
	based bool     // base is the page's own word
	found []feed.Found
	rank  map[string]int // by address: the lower the better
}

// readPage goes over the tags of a page at the address own, without building a
// tree.
func readPage(text string, own *url.URL) *page {
	p := &page{base: own, rank: map[string]int{}}
	z := html.NewTokenizer(strings.NewReader(text))
	z.SetMaxBuf(1 << 20)
	title := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			p.sort()
			return p
		case html.TextToken:
			if title && p.title == "" {
				p.title = strings.Join(strings.Fields(string(z.Text())), " ")
			}
		case html.EndTagToken:
			title = false
		case html.StartTagToken, html.SelfClosingTagToken:
			name, has := z.TagName()
			switch string(name) {
			case "title":
				title = p.title == ""
			case "link", "a", "base":
				if has {
					p.tag(string(name), readAnchor(z))
				}
			}
		}
	}
}

// anchor is what a link, anchor or base says.
type anchor struct{ href, rel, typ, title string }

func readAnchor(z *html.Tokenizer) (a anchor) {
	for range maxAttrs {
		k, v, more := z.TagAttr()
		switch string(k) {
		case "href":
			a.href = strings.TrimSpace(string(v))
		case "rel":
			a.rel = " " + strings.ToLower(string(v)) + " "
		case "type":
			a.typ, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(string(v))), ";")
		case "title":
			a.title = strings.Join(strings.Fields(string(v)), " ")
		}
		if !more {
			break
		}
	}
	return a
}

// tag takes what a link, anchor or base tells.
func (p *page) tag(name string, a anchor) {
	switch {
	case a.href == "":
	case name == "base":
		p.setBase(a.href)
	case name == "a":
		if looksLikeFeed(a.href) {
			p.add(feed.Found{URL: a.href}, 2)
		}
	default:
		if isFeedLink(a.rel, a.typ, a.href) {
			p.add(feed.Found{URL: a.href, Title: a.title, Type: a.typ}, 0)
		}
	}
}

// setBase takes the first <base> of the page.
func (p *page) setBase(href string) {
	u, err := url.Parse(href)
	if err != nil || p.based {
		return
	}
	if p.base != nil {
		u = p.base.ResolveReference(u)
	}
	p.base, p.based = u, true
}

func isFeedLink(rel, typ, href string) bool {
	if !strings.Contains(rel, " alternate ") && !strings.Contains(rel, " feed ") {
		return false
	}
	switch typ {
	case "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "text/rss+xml", "application/x.atom+xml", "application/x-atom+xml":
		return true
	case "application/json", "application/xml", "text/xml": // WordPress names its API so
		return looksLikeFeed(href)
	case "":
		return strings.Contains(rel, " feed ") || looksLikeFeed(href)
	}
	return false
}

// looksLikeFeed judges an address by its path.
func looksLikeFeed(href string) bool {
	u, err := url.Parse(href)
	if err != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	path := strings.TrimSuffix(strings.ToLower(u.Path), "/")
	last := path[strings.LastIndexByte(path, '/')+1:]
	switch last {
	case "feed", "feeds", "rss", "atom", "feed.xml", "rss.xml", "atom.xml", "index.xml", "feed.json", "index.rdf", "rss2", "rdf":
		return true
	}
	return strings.HasSuffix(last, ".rss") || strings.HasSuffix(last, ".atom") || strings.HasSuffix(last, ".rdf") ||
		u.Query().Get("feed") != "" || u.Query().Get("format") == "rss" || strings.HasPrefix(u.Host, "feeds.feedburner.com")
}

// add notes a feed, once.
func (p *page) add(f feed.Found, rank int) {
	if p.base != nil {
		f.URL = resolve(p.base, f.URL)
	}
	if strings.Contains(strings.ToLower(f.URL+" "+f.Title), "comment") {
		rank += 3
	}
	if old, again := p.rank[f.URL]; again || len(p.found) >= maxFound {
		if again && rank < old {
			p.rank[f.URL] = rank
		}
		return
	}
	p.rank[f.URL] = rank
	p.found = append(p.found, f)
}

func (p *page) sort() {
	sort.SliceStable(p.found, func(i, j int) bool { return p.rank[p.found[i].URL] < p.rank[p.found[j].URL] })
}

// resolve is ref relative to base, or ref itself if it is no address.
func resolve(base *url.URL, ref string) string {
	u, err := base.Parse(ref)
	if err != nil {
		return ref
	}
	return u.String()
}
