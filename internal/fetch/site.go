package fetch

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Site is the registrable domain of an address, whose feeds share one queue: lower
// case, in ASCII, without port. Rules of the private part of the public suffix list
// count, so alice.github.io is a site of its own. An IP address is its own site, and
// so is a name that has no registrable domain. Without a host it is empty.
func Site(rawURL string) string {
	u, err := url.Parse(escapeStray(strings.TrimSpace(rawURL)))
	if err != nil {
		return ""
	}
	name := strings.TrimSuffix(u.Hostname(), ".")
	host, err := asciiHost(name)
	if err != nil {
		host = name
	}
	host = strings.ToLower(host)
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().WithZone("").String()
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}
