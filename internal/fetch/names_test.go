package fetch

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// nameServer answers DNS over UDP and TCP on loopback, with what make gives.
func nameServer(t *testing.T, make func(m *dnsmessage.Message)) (ask func(ctx context.Context, network, server string) (net.Conn, error), asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	reply := func(query []byte) []byte {
		var m dnsmessage.Message
		if m.Unpack(query) != nil {
			return nil
		}
		asked.Add(1)
		m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
		make(&m)
		b, err := m.Pack()
		if err != nil {
			t.Error(err)
		}
		return b
	}
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { udp.Close() })
	go func() {
		for b := [512]byte{}; ; {
			n, from, err := udp.ReadFrom(b[:])
			if err != nil {
				return
			}
			answer := reply(b[:n])
			forged := append([]byte{answer[0] ^ 1}, answer[1:]...) // somebody guesses first
			_, _ = udp.WriteTo(forged, from)
			_, _ = udp.WriteTo([]byte("garbage"), from)
			_, _ = udp.WriteTo(answer, from)
		}
	}()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tcp.Close() })
	go func() {
		for {
			c, err := tcp.Accept()
			if err != nil {
				return
			}
			if q, err := readFramed(c); err == nil {
				_, _ = c.Write(framed(reply(q)))
			}
			c.Close()
		}
	}()
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		if network[:3] == "tcp" {
			return new(net.Dialer).DialContext(ctx, "tcp", tcp.Addr().String())
		}
		return new(net.Dialer).DialContext(ctx, "udp", udp.LocalAddr().String())
	}, asked
}

// address adds an answer that lasts ttl seconds.
func address(m *dnsmessage.Message, ttl uint32) {
	q := m.Questions[0]
	if q.Type == dnsmessage.TypeA {
		m.Answers = append(m.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: ttl}, Body: &dnsmessage.AResource{A: [4]byte{192, 0, 2, 7}}})
	}
}

// soa is what a zone says of names that it doesn't have.
func soa(m *dnsmessage.Message, ttl, least uint32) {
	n := dnsmessage.MustNewName("example.")
	m.Authorities = append(m.Authorities, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: n, Type: dnsmessage.TypeSOA, Class: dnsmessage.ClassINET, TTL: ttl},
		Body: &dnsmessage.SOAResource{NS: n, MBox: n, MinTTL: least}})
}

// Whoever names hosts for us can't fill the memory with long answers to them.
func TestLongAnswersAreNotKept(t *testing.T) {
	var extra atomic.Int32
	ask, asked := nameServer(t, func(m *dnsmessage.Message) {
		for range 1 + extra.Load() {
			address(m, 300)
		}
		soa(m, 300, 300)
	})
	n := newNames()
	n.ask = ask
	r := n.resolver()
	if r == nil {
		t.Skip("this system keeps answers itself")
	}
	for _, c := range []struct {
		extra int32
		kept  bool
	}{{0, true}, {400, false}} {
		extra.Store(c.extra)
		n.answers = map[string]answer{}
		asked.Store(0)
		for range 2 {
			if _, err := r.LookupNetIP(t.Context(), "ip4", "quay.example."); err != nil {
				t.Fatal(err)
			}
		}
		if once := asked.Load() == 1; once != c.kept {
			t.Errorf("%d addresses: asked %d times", 1+c.extra, asked.Load())
		}
	}
}

// Two questions a name (IPv4 and IPv6), and then none until an answer lapses. Forged
// numbers and garbage don't count.
func TestNamesAreAskedOnce(t *testing.T) {
	ask, asked := nameServer(t, func(m *dnsmessage.Message) { address(m, 300); soa(m, 300, 300) })
	n := newNames()
	n.ask = ask
	r := n.resolver()
	if r == nil {
		t.Skip("this system keeps answers itself")
	}
	for range 5 {
		got, err := r.LookupNetIP(t.Context(), "ip", "quay.example.")
		if err != nil || len(got) != 1 || got[0].Unmap() != netip.MustParseAddr("192.0.2.7") {
			t.Fatal(got, err)
		}
	}
	if asked.Load() != 2 {
		t.Errorf("asked %d times", asked.Load())
	}
	if _, err := r.LookupNetIP(t.Context(), "ip", "mole.example."); err != nil || asked.Load() != 4 {
		t.Errorf("another name: %v, asked %d times", err, asked.Load())
	}
}

// An answer that doesn't fit is asked for again over TCP, and only that is kept.
func TestNamesOverTCP(t *testing.T) {
	var tries atomic.Int32
	ask, asked := nameServer(t, func(m *dnsmessage.Message) {
		if m.Questions[0].Type == dnsmessage.TypeA && tries.Add(1) == 1 {
			m.Truncated = true
			return
		}
		address(m, 300)
		soa(m, 300, 300)
	})
	n := newNames()
	n.ask = ask
	r := n.resolver()
	if r == nil {
		t.Skip("this system keeps answers itself")
	}
	for range 3 {
		if got, err := r.LookupNetIP(t.Context(), "ip4", "quay.example."); err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
	}
	if asked.Load() != 2 {
		t.Errorf("asked %d times", asked.Load())
	}
}

// What is kept, and for how long.
func TestHowLongAnswersLast(t *testing.T) {
	for name, tc := range map[string]struct {
		make func(m *dnsmessage.Message)
		want time.Duration
	}{
		"an hour":                    {func(m *dnsmessage.Message) { address(m, 3600) }, time.Hour},
		"the shortest counts":        {func(m *dnsmessage.Message) { address(m, 3600); address(m, 60) }, time.Minute},
		"no time":                    {func(m *dnsmessage.Message) { address(m, 0) }, 0},
		"a year is a day":            {func(m *dnsmessage.Message) { address(m, 31536000) }, 24 * time.Hour},
		"no such name":               {func(m *dnsmessage.Message) { m.RCode = dnsmessage.RCodeNameError; soa(m, 3600, 30) }, 30 * time.Second},
		"no such name, for a day":    {func(m *dnsmessage.Message) { m.RCode = dnsmessage.RCodeNameError; soa(m, 86400, 86400) }, 5 * time.Minute},
		"no such name, nothing said": {func(m *dnsmessage.Message) { m.RCode = dnsmessage.RCodeNameError }, 0},
		"no address":                 {func(m *dnsmessage.Message) { soa(m, 60, 90) }, time.Minute},
		"a failure":                  {func(m *dnsmessage.Message) { m.RCode = dnsmessage.RCodeServerFailure; address(m, 3600) }, 0},
		"cut off":                    {func(m *dnsmessage.Message) { m.Truncated = true; address(m, 3600) }, 0},
	} {
		m := dnsmessage.Message{Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName("quay.example."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}}}
		question, _ := m.Pack()
		m.Response = true
		tc.make(&m)
		b, err := m.Pack()
		if err != nil {
			t.Fatal(err)
		}
		if got := lasts(b); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
		n, now := newNames(), time.Now()
		n.keep(question, b, now)
		again := append([]byte{7, 9}, question[2:]...)
		if got := n.recall(again, now.Add(tc.want-1)); (got != nil) != (tc.want > 0) || got != nil && binary.BigEndian.Uint16(got) != 7<<8+9 {
			t.Errorf("%s: recalled %v", name, got)
		}
		if n.recall(again, now.Add(tc.want)) != nil {
			t.Errorf("%s: recalled after its time", name)
		}
	}
	if lasts([]byte("garbage")) != 0 {
		t.Error("garbage lasts")
	}
}

func TestNamesAreBounded(t *testing.T) {
	n, now := newNames(), time.Now()
	m := dnsmessage.Message{Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName("quay.example."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}}}
	address(&m, 60)
	b, _ := m.Pack()
	for i := range uint32(3 * mostNames) {
		n.keep(binary.BigEndian.AppendUint32([]byte{0, 0}, i), b, now)
	}
	if len(n.answers) > mostNames {
		t.Errorf("keeps %d", len(n.answers))
	}
}

// A name that is kept is still checked at every dial: what it says now is what counts.
func TestKeptNamesAreGuarded(t *testing.T) {
	ask, _ := nameServer(t, func(m *dnsmessage.Message) {
		if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 300},
				Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}})
			return
		}
		soa(m, 300, 300)
	})
	n := newNames()
	n.ask = ask
	c := New(Options{})
	defer c.Close()
	if c.dialer.Resolver = n.resolver(); c.dialer.Resolver == nil {
		t.Skip("this system keeps answers itself")
	}
	for range 2 {
		if conn, err := c.dialer.DialContext(t.Context(), "tcp", "quay.example.:80"); err == nil {
			conn.Close()
			t.Fatal("a private address was dialled")
		}
	}
}

func FuzzNames(f *testing.F) {
	m := dnsmessage.Message{Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName("quay.example."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}}}
	q, _ := m.Pack()
	m.Response = true
	address(&m, 60)
	b, _ := m.Pack()
	f.Add(b)
	f.Fuzz(func(t *testing.T, message []byte) {
		if d := lasts(message); d < 0 || d > longestName {
			t.Errorf("lasts %v", d)
		}
		if answers(message, q) && (len(message) < 12 || message[2]&0x80 == 0) {
			t.Error("that is no answer")
		}
	})
}
