package fetch

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"tidings/internal/feed"
)

// special are addresses that must never be dialled unasked: loopback, private,
// link-local, shared, documentation, benchmark, multicast and reserved networks,
// and IPv4 addresses in the clothes of IPv6.
var special = []string{
	"127.0.0.1", "127.1.2.3", "127.255.255.255", "0.0.0.0", "0.1.2.3",
	"10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255",
	"169.254.169.254", "169.254.0.1", "100.64.0.1", "100.127.255.255",
	"192.0.0.1", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.19.255.255",
	"198.51.100.1", "203.0.113.1", "192.88.99.1",
	"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.254", "255.255.255.255",
	"::1", "::", "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "febf::1", "fec0::1", "feff::1", "ff00::1", "ff02::1",
	"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
	"64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1",
	"2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "2001:10::1", "2001:20::1",
	"3fff::1", "100::1", "5f00::1", "fe80::1%lo",
}

func TestGuardRefusesSpecialAddresses(t *testing.T) {
	g := newGuard(nil)
	for _, s := range special {
		ip := netip.MustParseAddr(s)
		network := "tcp6"
		if ip.Is4() {
			network = "tcp4"
		}
		for _, port := range []uint16{80, 443, 8080} {
			if g.control(network, netip.AddrPortFrom(ip, port).String(), nil) == nil {
				t.Errorf("%s port %d may be dialled", s, port)
			}
		}
		if g.isPublic(netip.AddrPortFrom(ip, 80).String()) {
			t.Errorf("%s counts as public", s)
		}
	}
	for _, network := range []string{"udp4", "unix", "ip4"} {
		if g.control(network, "93.184.215.14:80", nil) == nil {
			t.Errorf("network %s may be dialled", network)
		}
	}
	if g.control("tcp4", "example.org:80", nil) == nil {
		t.Error("a name may be dialled unresolved")
	}
}

func TestGuardLetsPublicAddressesPass(t *testing.T) {
	g := newGuard(nil)
	for _, s := range []string{"93.184.215.14", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:2800:21f:cb07::1", "2a00:1450:4001::1"} {
		for _, port := range []uint16{80, 443, 8080} {
			address := netip.AddrPortFrom(netip.MustParseAddr(s), port).String()
			if err := g.control("tcp4", address, nil); err != nil && strings.Contains(s, ".") {
				t.Error(err)
			}
			if err := g.control("tcp6", address, nil); err != nil && strings.Contains(s, ":") {
				t.Error(err)
			}
		}
	}
}

func TestAllowPrivateOpensWhatItNames(t *testing.T) {
	g := newGuard([]netip.Prefix{netip.MustParsePrefix("192.168.1.0/24"), netip.MustParsePrefix("fd12::/16")})
	for address, open := range map[string]bool{
		"192.168.1.7:80": true, "192.168.1.7:8080": true, "[::ffff:192.168.1.7]:22": true, "[fd12::1]:443": true, "[fd12::1%eth0]:443": true,
		"192.168.2.7:80": false, "127.0.0.1:80": false, "[fd13::1]:443": false, "[::1]:80": false,
	} {
		network := "tcp4"
		if address[0] == '[' {
			network = "tcp6"
		}
		if err := g.control(network, address, nil); (err == nil) != open {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// names answers DNS questions from a table, so that tests need no network.
type names map[string][]netip.Addr

// resolver asks n instead of a server. Each time it is asked, it first calls turn.
func (n names) resolver(turn func()) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go n.serve(server, turn)
		return client, nil
	}}
}

// serve answers one question in the framing of DNS over TCP.
func (n names) serve(c net.Conn, turn func()) {
	defer c.Close()
	var size [2]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return
	}
	query := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(c, query); err != nil {
		return
	}
	var m dnsmessage.Message
	if m.Unpack(query) != nil {
		return
	}
	turn()
	n.answer(&m)
	reply, err := m.Pack()
	if err != nil {
		return
	}
	binary.BigEndian.PutUint16(size[:], uint16(len(reply)))
	_, _ = c.Write(append(size[:], reply...))
}

func (n names) answer(m *dnsmessage.Message) {
	q := m.Questions[0]
	addrs, known := n[strings.TrimSuffix(q.Name.String(), ".")]
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	if !known {
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, a := range addrs {
		h := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 0}
		switch {
		case a.Is4() && q.Type == dnsmessage.TypeA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: a.As4()}})
		case a.Is6() && q.Type == dnsmessage.TypeAAAA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
		}
	}
}

// The same through Get: literal addresses, odd spellings of them, and names.
func TestGetRefusesPrivateTargets(t *testing.T) {
	n := names{"localhost": {netip.MustParseAddr("127.0.0.1")}}
	c := New(Options{})
	t.Cleanup(c.Close)
	c.dialer.Resolver = n.resolver(func() {})
	hosts := []string{
		"localhost", "localhost.", "LOCALHOST", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.1", "0", "0x7f.0.0.1",
		"127.0.0.1.", "①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "a@127.0.0.1", "example.org@127.0.0.1",
		"127.0.0.1%00", "127.0.0.1%00.example.org", `127.0.0.1\.example.org`, `example.org\@127.0.0.1`, "[fe80::1%25lo]", "", ":80", "a:b@",
		"99999999999999999999", "0x1ffffffffffffffffff", "1.2.3.4.5", "08.0.0.1", "[::1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:http",
	}
	for i, s := range special {
		ip := netip.MustParseAddr(s).WithZone("")
		if ip.Is6() {
			hosts = append(hosts, "["+ip.String()+"]", "["+ip.String()+"]:8080")
		} else {
			hosts = append(hosts, s, s+":8080")
		}
		name := "n" + string(rune('a'+i%26)) + string(rune('a'+i/26)) + ".example"
		n[name] = []netip.Addr{ip}
		hosts = append(hosts, name)
	}
	for _, h := range hosts {
		for _, scheme := range []string{"http://", "https://"} {
			if e := getError(t, c, Request{URL: scheme + h + "/feed"}, feed.FailureBlocked); e.Status != 0 {
				t.Errorf("%s: status %d", h, e.Status)
			}
		}
	}
	getError(t, c, Request{URL: "http://unknown.example/"}, feed.FailureTemporary)
}

func TestGetRefusesOtherSchemes(t *testing.T) {
	c := New(Options{})
	t.Cleanup(c.Close)
	for _, u := range []string{"", "feed.xml", "/etc/passwd", "//example.org/x", "file:///etc/passwd", "ftp://example.org/", "gopher://example.org/",
		"data:,x", "unix:/run/x", "javascript:1", "http:example.org", "http://", "https:///x", "http://exa mple.org/", "http://example.org:x/", "\x00"} {
		getError(t, c, Request{URL: u}, feed.FailureBlocked)
	}
}

// A name that resolves to an open address first and to a private one when it is
// dialled again gains nothing: the address is checked as it is dialled.
func TestRebinding(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Connection", "close")
		serve("", document(300))(w, r)
	})}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close() })

	c := New(Options{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	t.Cleanup(c.Close)
	n := names{"evil.example": {netip.MustParseAddr("127.0.0.1")}}
	c.dialer.Resolver = n.resolver(func() {})
	address := "http://" + net.JoinHostPort("evil.example", strings.TrimPrefix(l.Addr().String(), "127.0.0.1:"))
	get(t, c, Request{URL: address})

	n["evil.example"] = []netip.Addr{netip.MustParseAddr("127.0.0.2")}
	getError(t, c, Request{URL: address}, feed.FailureBlocked)
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
}

// masked is a connection that pretends to come from another address.
type masked struct {
	net.Conn
	remote net.Addr
}

func (m masked) RemoteAddr() net.Addr { return m.remote }

// What AllowPrivate opens is for the owner's own subscriptions. A publisher out
// there must not redirect into it.
func TestPublicRedirectDoesNotReachAllowedNetworks(t *testing.T) {
	var inside, outside atomic.Int64
	target := server(t, func(w http.ResponseWriter, r *http.Request) {
		inside.Add(1)
		serve("", document(300))(w, r)
	})
	redirector := server(t, func(w http.ResponseWriter, r *http.Request) {
		outside.Add(1)
		http.Redirect(w, r, target, http.StatusFound)
	})
	for remote, kind := range map[string]feed.FailureKind{"93.184.215.14:80": feed.FailureBlocked, "127.0.0.1:80": feed.FailureNone} {
		c := newLoopback(t, Options{})
		dial := c.open.DialContext
		c.open.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return masked{conn, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(remote))}, nil
		}
		before := inside.Load()
		if kind == feed.FailureNone {
			get(t, c, Request{URL: redirector})
			continue
		}
		e := getError(t, c, Request{URL: redirector}, kind)
		if inside.Load() != before || len(e.Hops) != 1 || e.URL != target {
			t.Errorf("%s: reached %d times, %+v", remote, inside.Load()-before, e)
		}
	}
	if outside.Load() != 2 {
		t.Errorf("redirector asked %d times", outside.Load())
	}
}

// An environment that names a proxy changes nothing: through a proxy the guard would
// check the proxy's address only.
func TestProxyFromEnvironmentIsIgnored(t *testing.T) {
	var proxied atomic.Int64
	proxy := server(t, func(w http.ResponseWriter, r *http.Request) { proxied.Add(1) })
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, proxy)
	}
	c := newLoopback(t, Options{})
	if c.open.Proxy != nil || c.public.Proxy != nil {
		t.Error("a proxy is set")
	}
	getError(t, c, Request{URL: "http://10.0.0.1/"}, feed.FailureBlocked)
	if proxied.Load() != 0 {
		t.Error("the proxy was asked")
	}
}
