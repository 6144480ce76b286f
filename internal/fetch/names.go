package fetch

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// nameCache keeps the answers of name servers for as long as these say (RFC 1035
// §3.2.1, RFC 2308 §5), so that the feeds of a site cost one question and not one a
// poll. It stands between Go's own resolver and the wire: /etc/hosts, search
// domains and trying IPv6 beside IPv4 are as ever, and the guard still sees every
// address at the moment of dialling, wherever it comes from.
//
// Where that resolver isn't the system's own (Windows, macOS, iOS), nothing is kept
// here: those systems keep answers themselves.
type nameCache struct {
	mu      sync.Mutex
	answers map[string]answer // by the question as it is sent, without its number
	ask     func(ctx context.Context, network, server string) (net.Conn, error)
}

// answer is a whole DNS message.
type answer struct {
	message []byte
	until   time.Time
}

// The bounds of what is kept.
const (
	mostNames     = 8192
	largestAnswer = 4 << 10 // bytes of one; who answers with more is asked again
	longestName   = 24 * time.Hour
	longestAbsent = 5 * time.Minute // that there is no such name
)

func newNames() *nameCache {
	return &nameCache{answers: map[string]answer{}, ask: new(net.Dialer).DialContext}
}

// resolver is nil, the system's, where answers are not kept.
func (n *nameCache) resolver() *net.Resolver {
	switch runtime.GOOS {
	case "windows", "darwin", "ios", "plan9", "js", "wasip1":
		return nil
	}
	return &net.Resolver{PreferGo: true, Dial: n.dial}
}

// dial gives a connection to a name server that need not be one. It isn't a
// net.PacketConn, so the resolver writes and reads as over TCP: two bytes of length,
// then the message.
func (n *nameCache) dial(ctx context.Context, network, server string) (net.Conn, error) {
	return &inquiry{names: n, ctx: ctx, network: network, server: server}, nil
}

// inquiry is one question and its answer.
type inquiry struct {
	net.Conn // nil: only what the resolver calls is there
	names    *nameCache
	ctx      context.Context
	network  string
	server   string
	deadline time.Time
	question []byte
	reply    *bytes.Reader
}

func (q *inquiry) Write(p []byte) (int, error) {
	q.question = append(q.question, p...)
	return len(p), nil
}

func (q *inquiry) Read(p []byte) (int, error) {
	if q.reply == nil {
		if len(q.question) < 2+12 {
			return 0, io.ErrUnexpectedEOF
		}
		m, err := q.answer(q.question[2:])
		if err != nil {
			return 0, err
		}
		q.reply = bytes.NewReader(framed(m))
	}
	return q.reply.Read(p)
}

func (q *inquiry) Close() error                  { return nil }
func (q *inquiry) SetDeadline(t time.Time) error { q.deadline = t; return nil }

// framed is a message as it goes over TCP (RFC 1035 §4.2.2).
func framed(m []byte) []byte {
	return append(binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(m)), uint16(len(m))), m...)
}

// answer is what is known, or else what the server says.
func (q *inquiry) answer(question []byte) ([]byte, error) {
	if m := q.names.recall(question, time.Now()); m != nil {
		return m, nil
	}
	m, err := q.exchange(question)
	if err == nil {
		q.names.keep(question, m, time.Now())
	}
	return m, err
}

func (q *inquiry) exchange(question []byte) ([]byte, error) {
	c, err := q.names.ask(q.ctx, q.network, q.server)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.SetDeadline(q.deadline); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(q.network, "udp") {
		if _, err := c.Write(framed(question)); err != nil {
			return nil, err
		}
		return readFramed(c)
	}
	if _, err := c.Write(question); err != nil {
		return nil, err
	}
	m := make([]byte, 64<<10)
	for {
		k, err := c.Read(m)
		if err != nil {
			return nil, err
		}
		if answers(m[:k], question) { // else somebody guesses, or it is late
			return bytes.Clone(m[:k]), nil
		}
	}
}

func readFramed(r io.Reader) ([]byte, error) {
	var n [2]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return nil, err
	}
	m := make([]byte, binary.BigEndian.Uint16(n[:]))
	_, err := io.ReadFull(r, m)
	return m, err
}

// answers tells whether m is an answer to question: the same number, and the same
// question.
func answers(m, question []byte) bool {
	asked, _, err := opened(question)
	if err != nil {
		return false
	}
	got, h, err := opened(m)
	return err == nil && h.Response && bytes.Equal(m[:2], question[:2]) &&
		got.Type == asked.Type && got.Class == asked.Class && strings.EqualFold(got.Name.String(), asked.Name.String())
}

func opened(m []byte) (q dnsmessage.Question, h dnsmessage.Header, err error) {
	var p dnsmessage.Parser
	if h, err = p.Start(m); err == nil {
		q, err = p.Question()
	}
	return q, h, err
}

// recall is the answer to question that is still good, under its number; nil if
// there is none.
func (n *nameCache) recall(question []byte, now time.Time) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	a, ok := n.answers[string(question[2:])]
	if !ok || !now.Before(a.until) {
		return nil
	}
	return append(bytes.Clone(question[:2]), a.message[2:]...)
}

// keep keeps an answer for as long as it says.
func (n *nameCache) keep(question, message []byte, now time.Time) {
	d := lasts(message)
	if d <= 0 || len(message) > largestAnswer {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.answers) >= mostNames {
		n.makeRoom(now)
	}
	n.answers[string(question[2:])] = answer{message, now.Add(d)}
}

// makeRoom drops what has lapsed, and if that isn't enough, a half of the rest.
func (n *nameCache) makeRoom(now time.Time) {
	for k, a := range n.answers {
		if !now.Before(a.until) {
			delete(n.answers, k)
		}
	}
	for k := range n.answers {
		if len(n.answers) <= mostNames/2 {
			return
		}
		delete(n.answers, k)
	}
}

// lasts is for how long an answer holds: the least of its times to live; for the
// word that there is nothing, what the zone says of that. Failures and answers
// that are cut off hold for no time.
func lasts(message []byte) time.Duration {
	var m dnsmessage.Message
	if m.Unpack(message) != nil || m.Truncated {
		return 0
	}
	none := m.RCode == dnsmessage.RCodeNameError || m.RCode == dnsmessage.RCodeSuccess && len(m.Answers) == 0
	if m.RCode != dnsmessage.RCodeSuccess && !none {
		return 0
	}
	least, most, records, err := uint32(1<<31), longestName, m.Answers, errors.New("nothing says")
	if none {
		most, records = longestAbsent, m.Authorities
	}
	for _, r := range records {
		soa, ok := r.Body.(*dnsmessage.SOAResource)
		switch {
		case !none:
			least, err = min(least, r.Header.TTL), nil
		case ok:
			least, err = min(r.Header.TTL, soa.MinTTL), nil
		}
	}
	if err != nil {
		return 0
	}
	return min(time.Duration(least)*time.Second, most)
}
