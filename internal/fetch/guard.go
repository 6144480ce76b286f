package fetch

import (
	"net"
	"net/netip"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// guard decides, at the moment of dialling, which IP addresses may be dialled.
type guard struct {
	public  *ssrf.Guardian
	allowed []netip.Prefix // private networks that the owner opened
}

func newGuard(allowed []netip.Prefix) *guard {
	return &guard{public: ssrf.New(ssrf.WithAnyPort()), allowed: allowed}
}

// control is a net.Dialer's Control: address is an IP address and a port by now.
func (g *guard) control(network, address string, c syscall.RawConn) error {
	if ap, err := netip.ParseAddrPort(address); err == nil && g.opens(ap.Addr()) {
		return nil
	}
	return g.public.Safe(network, address, c)
}

// opens tells whether the owner opened ip's network.
func (g *guard) opens(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	for _, p := range g.allowed {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// isPublic tells whether address, an IP address and a port, is public, whatever
// the owner opened. An empty address is not.
func (g *guard) isPublic(address string) bool {
	ap, err := netip.ParseAddrPort(address)
	return err == nil && g.public.SafeAddr(ap.Addr().Unmap()) == nil
}

// newDialer makes a guarded dialer. It tries IPv6 and IPv4 by RFC 6555. TCP
// keep-alive is off: an idle connection is dropped long before it would speak.
func newDialer(timeout time.Duration, g *guard, r *net.Resolver) *net.Dialer {
	return &net.Dialer{Timeout: timeout, KeepAlive: -1, Control: g.control, Resolver: r}
}
