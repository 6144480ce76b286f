package server

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"tidings/internal/feed"
	"tidings/web"
)

// policy is what a page may load: everything from here but sound and video, which come
// straight from publishers once somebody has them played. The one policy of trusted types
// is that which names the service worker.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; " +
	"img-src 'self' data:; media-src 'self' https: http:; " +
	"connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'; frame-src 'none'; worker-src 'self'; require-trusted-types-for 'script'; trusted-types worker"

// policy is what a page may load now: pictures from anywhere where the reader has them
// come directly from publishers.
func (s *Server) policy() string {
	if s.shown() == feed.ShowDirectly {
		return strings.Replace(policy, "img-src 'self'", "img-src 'self' https: http:", 1)
	}
	return policy
}

// setHeaders puts on every answer what keeps it safe, whatever it turns out to be.
func setHeaders(h http.Header, policy string) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "+
		"magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=()")
	h.Set("X-Robots-Tag", "noindex, nofollow")
}

// guardHost refuses foreign host names where nothing but the loopback address
// protects the reader: a page of any site can have its own name resolve to
// 127.0.0.1 and then read and change what is here as if it were its own.
func (s *Server) guardHost(r *http.Request) error {
	if !s.Loopback || s.ownHost(r.Host) || strings.HasPrefix(r.URL.Path, web.Prefix) {
		return nil
	}
	locked, err := s.locked(r.Context())
	if err != nil || locked {
		return err
	}
	return &problem{
		Status: http.StatusForbidden, Title: "Not under this name",
		Text: "This reader has no password, so it answers only to names of this machine, such as localhost and 127.0.0.1.",
		Todo: "If the name in the address bar is really yours, start tidings with --public-url and that address, or set a password with tidings password.",
		Bare: true,
	}
}

func (s *Server) ownHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(strings.TrimSuffix(host, "."), "[]"))
	if host == "localhost" || s.base != nil && host == strings.ToLower(s.base.Hostname()) {
		return true
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback()
	}
	return slices.ContainsFunc(s.Hosts, func(h string) bool { return strings.EqualFold(h, host) })
}
