package dedup

import (
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// maxAddress is the longest address, in bytes, that has a canonical form.
const maxAddress = 8192

// maxHops bounds how many wrappers (redirectors, AMP viewers) may lie around
// an address.
const maxHops = 16

// maxHost is the longest host name in bytes (RFC 1035 §2.3.4), in its ASCII
// form; twice as much is read.
const maxHost = 253

// hostProfile maps a host name as UTS #46 does, and takes underscores.
var hostProfile = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// CanonicalURL gives the form of an address that all its spellings share. It
// is for comparing, not for dialling. It is empty if raw is no absolute http or
// https address, or is longer than 8 KiB.
//
// Folded are: scheme, case of the host, IDN, default port, user name, the host
// prefixes www, m, mobile and amp, percent-encoding and dot segments (RFC 3986
// §6.2.2), double and trailing slashes, the order of parameters, tracking
// parameters (tracking.txt), fragments that aren't routes (#!… and #/… are),
// AMP and mobile forms, other names of a host (hosts.txt), and redirectors that
// carry their target (redirectors.txt). CanonicalURL of the result is the
// result.
func CanonicalURL(raw string) string {
	a, ok := parseAddress(raw)
	if !ok {
		return ""
	}
	for range maxHops {
		if t, ok := a.target(); ok {
			a = t
			continue
		}
		if !a.dropAMP() {
			return a.String()
		}
	}
	return ""
}

// address is an http or https address, its parts normalised.
type address struct {
	host   string   // with the port unless it is the default
	path   string   // empty for the root; never ends in a slash
	params []string // "name=value" or "name", sorted, each once
	route  string   // fragment that is a route, with its # sign
}

// parseAddress takes raw apart the way browsers do (WHATWG URL), which take
// what net/url refuses.
func parseAddress(raw string) (address, bool) {
	rest, ok := afterScheme(tidy(raw))
	if !ok {
		return address{}, false
	}
	end := strings.IndexAny(rest, `/\?#`)
	if end < 0 {
		end = len(rest)
	}
	host, ok := canonicalHost(rest[:end])
	if !ok {
		return address{}, false
	}
	rest, fragment, _ := strings.Cut(rest[end:], "#")
	path, query, _ := strings.Cut(rest, "?")
	a := address{host: host, path: canonicalPath(path), route: canonicalRoute(fragment)}
	a.params = canonicalParams(host, query)
	return a, true
}

// tidy removes the white space that surrounds an address or breaks its line.
func tidy(raw string) string {
	raw = strings.TrimFunc(raw, func(r rune) bool { return r <= ' ' || r == 0xA0 || r == 0xFEFF || r == 0x3000 })
	if strings.ContainsAny(raw, "\t\r\n") {
		raw = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(raw)
	}
	return raw
}

// afterScheme cuts "http://" or "https://" off.
func afterScheme(s string) (rest string, ok bool) {
	i := strings.IndexByte(s, ':')
	if len(s) > maxAddress || i < 4 || i > 5 || !strings.EqualFold(s[:i], "https"[:i]) {
		return "", false
	}
	s = s[i+1:]
	rest = strings.TrimLeft(s, `/\`)
	return rest, len(s)-len(rest) >= 2
}

// canonicalHost folds user, host and port of an address.
func canonicalHost(authority string) (string, bool) {
	authority = authority[strings.LastIndexByte(authority, '@')+1:]
	host, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		host, port = authority[:i], strings.TrimLeft(authority[i+1:], "0")
	}
	if strings.Trim(port, "0123456789") != "" || len(port) > 5 {
		return "", false
	}
	host, ok := canonicalName(host)
	if !ok {
		return "", false
	}
	if port != "" && port != "80" && port != "443" {
		host += ":" + port
	}
	return host, true
}

// canonicalName folds a host name or IP address.
func canonicalName(host string) (string, bool) {
	if strings.HasPrefix(host, "[") {
		ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if err != nil || ip.Zone() != "" || !ip.Is6() {
			return "", false
		}
		return "[" + ip.String() + "]", true
	}
	host = decode(host)
	if len(host) > 2*maxHost {
		return "", false // spelling names in Punycode takes quadratic time
	}
	if !ascii(host) {
		var err error
		if host, err = hostProfile.ToASCII(host); err != nil {
			return "", false
		}
	}
	host = strings.ToLower(host)
	if strings.TrimFunc(host, hostRune) != "" || !ascii(host) {
		return "", false
	}
	host = foldName(host)
	return host, host != "" && len(host) <= maxHost
}

// hostRune reports whether r may stand in a host name in its ASCII form.
func hostRune(r rune) bool {
	return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune("-._~!$&'()*+,;=", r)
}

// foldName drops the prefixes that mean the same site, and replaces other
// names of a host by the one in hosts.txt.
func foldName(host string) string {
	for {
		host = strings.Trim(host, ".")
		was := host
		host = lists().hosts.fold(host)
		if rest, ok := dropPrefix(host); ok {
			host = rest
		}
		if host == was {
			return host
		}
	}
}

// dropPrefix cuts www, m, mobile or amp off, unless a public suffix would be
// all that is left: the site m.co.uk is not the site co.uk.
func dropPrefix(host string) (string, bool) {
	label, rest, _ := strings.Cut(host, ".")
	switch label {
	case "www", "m", "mobile", "amp":
	default:
		return host, false
	}
	rest = strings.Trim(rest, ".")
	if strings.IndexByte(rest, '.') < 0 {
		return host, false
	}
	if suffix, _ := publicsuffix.PublicSuffix(rest); suffix == rest {
		return host, false
	}
	return rest, true
}

// canonicalPath folds encoding, dot segments, slashes and session numbers.
func canonicalPath(path string) string {
	if strings.IndexByte(path, '\\') >= 0 {
		path = strings.ReplaceAll(path, `\`, "/")
	}
	path = fixEncoding(path, pathByte)
	path = dropSession(path)
	if !strings.Contains(path, "//") && !strings.Contains(path, "/.") {
		return strings.TrimSuffix(path, "/")
	}
	var kept []string
	for part := range strings.SplitSeq(path, "/") {
		switch part {
		case "", ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, part)
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return "/" + strings.Join(kept, "/")
}

// dropSession cuts Java's session numbers, ";jsessionid=…", out of a path.
func dropSession(path string) string {
	for {
		i := strings.Index(strings.ToLower(path), ";jsessionid=")
		if i < 0 {
			return path
		}
		rest := path[i:]
		path = path[:i] + rest[min(len(rest), strings.IndexByte(rest+"/", '/')):]
	}
}

// canonicalRoute keeps a fragment by which a page finds its content.
func canonicalRoute(fragment string) string {
	if !strings.HasPrefix(fragment, "!") && !strings.HasPrefix(fragment, "/") {
		return ""
	}
	fragment = strings.TrimRight(fixEncoding(fragment, routeByte), "/")
	if fragment == "" || fragment == "!" {
		return ""
	}
	return "#" + fragment
}

// canonicalParams folds a query: encoding, tracking, order, repetitions.
func canonicalParams(host, query string) []string {
	if query == "" {
		return nil
	}
	var params []string
	track := lists().tracking
	for p := range strings.SplitSeq(query, "&") {
		p = fixEncoding(strings.ReplaceAll(p, "+", "%20"), queryByte)
		name, value, _ := strings.Cut(p, "=")
		if value == "" {
			p = name
		}
		if p != "" && !track.match(host, name, value) {
			params = append(params, p)
		}
	}
	slices.Sort(params)
	return slices.Compact(params)
}

// dropAMP takes AMP's marks off the path and reports whether there were any.
func (a *address) dropAMP() bool {
	p := a.path
	switch {
	case strings.HasSuffix(p, "/amp") && p != "/amp":
		p = strings.TrimSuffix(p, "/amp")
	case strings.HasSuffix(p, ".amp") && !strings.HasSuffix(p, "/.amp"):
		p = strings.TrimSuffix(p, ".amp")
	case strings.HasSuffix(p, ".amp.html") && !strings.HasSuffix(p, "/.amp.html"):
		p = strings.TrimSuffix(p, ".amp.html") + ".html"
	case strings.HasPrefix(p, "/amp/") && strings.Count(p, "/") > 2:
		p = strings.TrimPrefix(p, "/amp")
	default:
		return false
	}
	a.path = p
	return true
}

// String joins the parts; it is empty if the whole is too long.
func (a *address) String() string {
	s := "https://" + a.host + a.path
	if a.path == "" {
		s += "/"
	}
	if len(a.params) > 0 {
		s += "?" + strings.Join(a.params, "&")
	}
	s += a.route
	if len(s) > maxAddress {
		return ""
	}
	return s
}
