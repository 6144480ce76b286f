package clean

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tidings/internal/feed"
	"tidings/internal/parse"
)

// resolver makes addresses absolute.
type resolver struct {
	own   *url.URL // the feed's own address; nil if unknown
	bases map[*parse.Base]*url.URL
}

func newResolver(base string) *resolver {
	r := &resolver{}
	if u, err := url.Parse(strings.TrimSpace(base)); err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		r.own = u
	}
	return r
}

// base is what addresses in the scope of b resolve by. A base that is no
// address counts as absent.
func (r *resolver) base(b *parse.Base) *url.URL {
	if b == nil {
		return r.own
	}
	if u, ok := r.bases[b]; ok {
		return u
	}
	u := r.base(b.Outer)
	if ref, err := url.Parse(tidy(b.Href)); err == nil && b.Href != "" {
		switch {
		case u != nil && ref.Opaque == "":
			u = u.ResolveReference(ref)
		case ref.IsAbs() && ref.Host != "":
			u = ref
		}
	}
	if u != nil && u.Scheme != "http" && u.Scheme != "https" {
		u = r.base(b.Outer)
	}
	if r.bases == nil {
		r.bases = map[*parse.Base]*url.URL{}
	}
	r.bases[b] = u
	return u
}

// web is the absolute http or https address of ref; empty if it has none.
func (r *resolver) web(ref parse.Ref) string {
	s := r.resolve(ref)
	if strings.HasPrefix(s, "mailto:") {
		return ""
	}
	return s
}

// resolve is the absolute address of ref: http, https or mailto.
func (r *resolver) resolve(ref parse.Ref) string {
	href := tidy(ref.Href)
	if href == "" && ref.Base == nil || len(href) > maxAddress {
		return ""
	}
	if rest, ok := strings.CutPrefix(href, "feed:"); ok {
		href = strings.TrimPrefix(rest, "//")
		if !isAbsolute(href) {
			href = "http://" + href
		}
	}
	href = slashed(href)
	u, err := url.Parse(href)
	if err != nil {
		href = escapePercent(href)
		if u, err = url.Parse(href); err != nil {
			return ""
		}
	}
	switch {
	case u.Scheme == "mailto" && u.Opaque != "":
		return strings.Clone(href)
	case u.Scheme == "http" || u.Scheme == "https":
		if u.Host == "" {
			return ""
		}
		return strings.Clone(href)
	case u.Scheme != "":
		return ""
	}
	base := r.base(ref.Base)
	if base == nil {
		return ""
	}
	if u = base.ResolveReference(u); u.Host == "" {
		return ""
	}
	return unescapeHost(u)
}

// escapePercent escapes every "%" that begins no escape: browsers overlook this fault.
func escapePercent(href string) string {
	var b strings.Builder
	for i := range len(href) {
		b.WriteByte(href[i])
		if href[i] == '%' && (i+2 >= len(href) || !isHex(href[i+1]) || !isHex(href[i+2])) {
			b.WriteString("25")
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// slashed writes the scheme of a web address in lower case and with two slashes behind
// it: browsers overlook one, three and backslashes (WHATWG URL §4.4).
func slashed(href string) string {
	colon := strings.IndexByte(href[:min(len(href), 6)], ':')
	if colon < 0 || !strings.EqualFold(href[:colon], "http") && !strings.EqualFold(href[:colon], "https") {
		return href
	}
	rest := strings.TrimLeft(href[colon+1:], `/\`)
	if len(rest) == len(href)-colon-1 { // "http:x" is relative
		return href
	}
	return strings.ToLower(href[:colon]) + "://" + rest
}

// unescapeHost is u.String() with a host of other scripts as it was written.
func unescapeHost(u *url.URL) string {
	s := u.String()
	if !strings.Contains(u.Host, "%") {
		if esc := (&url.URL{Host: u.Host}).String(); esc != "//"+u.Host {
			s = strings.Replace(s, esc[2:], u.Host, 1)
		}
	}
	return s
}

// tidy drops white space around an address and line breaks within (WHATWG URL
// §4.4 does so), and escapes spaces.
func tidy(href string) string {
	href = strings.TrimSpace(href)
	if strings.IndexFunc(href, func(r rune) bool { return r <= ' ' }) < 0 {
		return href
	}
	var b strings.Builder
	for _, r := range href {
		switch {
		case r == ' ':
			b.WriteString("%20")
		case r > ' ':
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isAbsolute reports whether s begins as an http or https address.
func isAbsolute(s string) bool {
	s = strings.TrimSpace(s)
	return len(s) > 8 && (strings.EqualFold(s[:7], "http://") || strings.EqualFold(s[:8], "https://"))
}

// all are the addresses of many, each once.
func (r *resolver) all(refs []parse.Ref) []string {
	var out []string
	for _, ref := range refs {
		if len(out) < maxList {
			out = r.add(out, ref)
		}
	}
	return out
}

func (r *resolver) add(list []string, ref parse.Ref) []string {
	u := r.web(ref)
	if u == "" {
		return list
	}
	for _, s := range list {
		if s == u {
			return list
		}
	}
	return append(list, u)
}

// links are the links that lead somewhere.
func (r *resolver) links(links []parse.Link) []feed.Link {
	var out []feed.Link
	for _, l := range links {
		if href := r.resolve(l.Ref); href != "" && len(out) < maxList {
			out = append(out, feed.Link{Href: href, Rel: clip(fold(l.Rel), maxName), Type: clip(fold(l.Type), maxName)})
		}
	}
	return out
}

// alternate is the page among links: the first alternate of type text/html or
// of none, else the first alternate.
func (r *resolver) alternate(links []parse.Link) string {
	second := ""
	for _, l := range links {
		if l.Rel != "alternate" {
			continue
		}
		u := r.web(l.Ref)
		switch {
		case u == "":
		case l.Type == "" || strings.Contains(l.Type, "html"):
			return u
		case second == "":
			second = u
		}
	}
	return second
}

// byRel is the address of the first link of a relation.
func byRel(links []feed.Link, rel string) string {
	for _, l := range links {
		if strings.EqualFold(l.Rel, rel) && !strings.HasPrefix(l.Href, "mailto:") {
			return l.Href
		}
	}
	return ""
}

// hubs are the hubs that a feed names (WebSub §4), each once.
func hubs(links []feed.Link) (out []string) {
	for _, l := range links {
		web := strings.HasPrefix(l.Href, "http:") || strings.HasPrefix(l.Href, "https:")
		if strings.EqualFold(l.Rel, "hub") && web && !slices.Contains(out, l.Href) && len(out) < feed.MostHubs {
			out = append(out, l.Href)
		}
	}
	return out
}

// cloud is where an rssCloud takes registrations; empty if it doesn't take them by plain
// posts (http-post), but by XML-RPC or SOAP. Port 443 means https, which later clouds
// also write as https-post. Some write an address for the domain.
func cloud(c parse.Cloud) string {
	protocol, port := strings.ToLower(strings.TrimSpace(c.Protocol)), strings.TrimSpace(c.Port)
	if protocol != "http-post" && protocol != "https-post" {
		return ""
	}
	scheme, usual := "http", "80"
	if protocol == "https-post" || port == "443" {
		scheme, usual = "https", "443"
	}
	if port == "" {
		port = usual
	}
	domain := strings.ToLower(strings.TrimSpace(c.Domain))
	for _, written := range []string{"http://", "https://"} {
		domain = strings.TrimPrefix(domain, written)
	}
	domain = strings.Trim(strings.TrimSuffix(domain, "/"), "[]")
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || domain == "" {
		return ""
	}
	host := domain
	if port != usual || strings.Contains(domain, ":") {
		host = net.JoinHostPort(domain, port)
	}
	a := scheme + "://" + host + "/" + strings.TrimPrefix(tidy(c.Path), "/")
	u, err := url.Parse(a)
	if err != nil || u.Hostname() != domain || u.User != nil || u.Fragment != "" || len(a) > maxAddress {
		return ""
	}
	return a
}
