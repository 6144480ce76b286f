package fetch

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// longestURL is the limit of an address that a publisher names, in bytes.
const longestURL = 8 << 10

// parseURL makes raw what is sent: the same address, its host in ASCII, no
// fragment, and nothing else changed but bytes that no request may carry.
func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(escapeStray(strings.TrimSpace(raw)))
	if err != nil {
		return nil, fmt.Errorf("it can't be read: %w", cause(err))
	}
	return u, settle(u)
}

// resolve is the address that a redirect from base names (RFC 9110 §10.2.2). Its
// user name and password, if any, are dropped: a publisher has none to give.
func resolve(base *url.URL, location string) (*url.URL, error) {
	if location == "" {
		return nil, errors.New("it names no target")
	}
	if len(location) > longestURL {
		return nil, fmt.Errorf("its target is longer than %s", size(longestURL))
	}
	u, err := base.Parse(escapeStray(strings.TrimSpace(location)))
	if err != nil {
		return nil, fmt.Errorf("its target can't be read: %w", cause(err))
	}
	u.User = nil
	return u, settle(u)
}

// cause leaves out the address that package url repeats in its errors.
func cause(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// settle checks scheme, host and port, and writes the host in ASCII.
func settle(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("only http and https are read, not %q", u.Scheme)
	}
	if u.Opaque != "" || u.Hostname() == "" {
		return errors.New("it names no host")
	}
	host, err := asciiHost(u.Hostname())
	if err != nil {
		return err
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("no such port: %s", p)
		}
		host = net.JoinHostPort(strings.Trim(host, "[]"), p)
	}
	u.Host = strings.ReplaceAll(host, "%", "%25")
	u.Fragment, u.RawFragment = "", ""
	return nil
}

// asciiHost maps an internationalised name to ASCII (UTS 46), and refuses numbers
// that a resolver could take for an IPv4 address: 127.1, 0x7f000001, 2130706433.
func asciiHost(host string) (string, error) {
	if _, err := netip.ParseAddr(host); err == nil {
		return host, nil
	}
	if !isASCII(host) {
		mapped, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", fmt.Errorf("no such host name: %w", err)
		}
		host = mapped
	}
	if _, err := netip.ParseAddr(host); err != nil && endsInNumber(host) {
		return "", fmt.Errorf("an odd spelling of an IP address: %q", host)
	}
	return host, nil
}

// endsInNumber tells whether the last label of host is a number, decimal, octal or
// hexadecimal. No top-level domain is one (WHATWG URL, "ends in a number").
func endsInNumber(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if strings.Trim(last, "0123456789") == "" {
		return true
	}
	_, err := strconv.ParseUint(last, 0, 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

// sameHost tells whether two addresses are of one host, so that credentials for
// the one may be shown to the other. The step from port 80 to 443 is none.
func sameHost(a, b *url.URL) bool {
	return strings.EqualFold(a.Hostname(), b.Hostname()) &&
		(port(a) == port(b) || a.Port() == "" && b.Port() == "")
}

// port is the port of u, which its scheme gives if nothing else does.
func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// escapeStray percent-encodes the bytes behind the host that stand in addresses
// but must not stand in a request (RFC 3986 §2): spaces, quotes, Unicode, a
// percent sign that escapes nothing. All others stay as they are.
func escapeStray(raw string) string {
	start := behindHost(raw)
	for i := start; i < len(raw); i++ {
		if stray(raw, i) {
			return escapeFrom(raw, i)
		}
	}
	return raw
}

func escapeFrom(raw string, i int) string {
	const hex = "0123456789ABCDEF"
	out := append(make([]byte, 0, len(raw)+16), raw[:i]...)
	for ; i < len(raw); i++ {
		if stray(raw, i) {
			out = append(out, '%', hex[raw[i]>>4], hex[raw[i]&15])
		} else {
			out = append(out, raw[i])
		}
	}
	return string(out)
}

// stray tells whether the byte at i must be escaped.
func stray(s string, i int) bool {
	c := s[i]
	switch {
	case c < ' ' || c == 0x7f:
		return false // package url refuses control characters, and rightly
	case c == '%':
		return i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])
	case c >= 0x80:
		return true
	}
	return strings.IndexByte(" \"<>\\^`{|}", c) >= 0
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// behindHost is the index in a reference at which its path begins.
func behindHost(s string) int {
	start := 0
	if scheme := strings.Index(s, "://"); scheme >= 0 && !strings.ContainsAny(s[:scheme], "/?#") {
		start = scheme + 3
	} else if strings.HasPrefix(s, "//") {
		start = 2
	} else {
		return 0
	}
	if i := strings.IndexAny(s[start:], "/?#"); i >= 0 {
		return start + i
	}
	return len(s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
