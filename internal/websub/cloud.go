package websub

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tidings/internal/feed"
)

// How a cloud is asked to reach us. Those of the first years know only plain posts, and
// by port 443 that they are to go over https.
const (
	httpPost  = "http-post"
	httpsPost = "https-post"
)

// An rssCloud forgets a registration after 25 hours, so it is made anew every 24. One
// that fails is tried once more before the cloud forgets.
const (
	cloudLease = 25 * time.Hour
	cloudRenew = 24 * time.Hour
)

// Pings counts what came of pings, for metrics.
type Pings struct {
	New     int // a poll found something new
	Nothing int // a poll found nothing, or there was none within an hour
	Refused int // of who named another feed, or pinged too often
}

// cloudForm is a registration. It always names our host: from which address we call is
// not for us to know (there are NATs and proxies), and a cloud that is told a host asks
// back there before it sends anything.
func cloudForm(r request) (url.Values, error) {
	u, err := url.Parse(r.Callback)
	if err != nil {
		return nil, fmt.Errorf("read our own address: %w", err)
	}
	return url.Values{"notifyProcedure": {""}, "registerProcedure": {""}, "domain": {u.Hostname()}, "port": {port(u)},
		"path": {u.EscapedPath()}, "protocol": {r.Cloud}, "url1": {r.Topic}}, nil
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// errRefused is the answer of a cloud that understood us, and won't.
var errRefused = errors.New("the cloud refuses")

// notifyResult reads a cloud's answer: it is 200 also where it refuses.
func notifyResult(body []byte) error {
	var said struct {
		Success string `xml:"success,attr"`
		Msg     string `xml:"msg,attr"`
	}
	d := xml.NewDecoder(strings.NewReader(strings.ToValidUTF8(string(body), "?")))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // one word counts, and that is ASCII
	if err := d.Decode(&said); err != nil {
		return fmt.Errorf("read what the cloud answered: %w", err)
	}
	if !strings.EqualFold(strings.TrimSpace(said.Success), "true") {
		return fmt.Errorf("%w: %.200q", errRefused, said.Msg)
	}
	return nil
}

// registered notes what a cloud answered to a registration. One that refuses https-post
// where http-post says the same is asked once more in these words.
func (s *Subscriber) registered(l *lease, a answered, now time.Time, put *[]feed.PushLease, drop *[]string) {
	u, _ := url.Parse(l.Callback)
	switch {
	case a.err == nil:
		l.Lease, l.Until, l.Failures, l.live = cloudLease, a.Asked.Add(cloudLease), 0, true
		l.Next = a.Asked.Add(cloudRenew - spread(l.Callback, cloudLease-cloudRenew))
	case errors.Is(a.err, errRefused) && l.Cloud == httpsPost && u != nil && port(u) == "443":
		l.Cloud, l.Next = httpPost, now
	default:
		l.Cloud = s.cloudWay()
		s.refused(l, now, s.o.Backoff, put, drop)
	}
}

// cloudWay is how clouds are asked first to reach us.
func (s *Subscriber) cloudWay() string {
	if strings.HasPrefix(s.base, "https:") {
		return httpsPost
	}
	return httpPost
}

// asksBack reports whether a cloud asks back about what it was asked just now.
func (s *Subscriber) asksBack(callback string, q url.Values, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.leases[callback]
	return s.ctx != nil && l != nil && l.Topic == q.Get("url") && now.Sub(l.Asked) < s.o.Confirm
}

// isCloud reports whether a callback is one for a cloud.
func (s *Subscriber) isCloud(callback string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.leases[callback]
	return l != nil && l.Cloud != ""
}

// maxPing is how much of a ping is read, in bytes.
const maxPing = 16 << 10

// ping takes the word of a cloud that the feed at an address has changed. It gives the
// status that answers it. Pings are one until the feed has been polled.
func (s *Subscriber) ping(callback, address string, now time.Time) (status int, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.leases[callback]
	switch {
	case l == nil || s.ctx == nil:
		return http.StatusGone, 0
	case address != l.Topic:
		s.pings.Refused++
		return http.StatusNotFound, 0
	case !l.Live(now), !l.pinged.IsZero(): // it tries our callback before it promises; or it has said so
		return http.StatusOK, 0
	case !l.spend(now, s.o.Pings, s.o.PingRefill):
		s.pings.Refused++
		return http.StatusTooManyRequests, s.o.PingRefill
	}
	l.pinged, l.tried, l.ended = now, time.Time{}, false
	s.rouse()
	return http.StatusOK, 0
}

// spend takes a token of a lease, of which there are so many at once and one more in so
// long. It is false where there is none.
func (l *lease) spend(now time.Time, burst int, refill time.Duration) bool {
	l.tokens = min(l.tokens+now.Sub(l.filled).Seconds()/refill.Seconds(), float64(burst))
	l.filled = now
	if l.tokens < 1 {
		return false
	}
	l.tokens--
	return true
}

// A ping waits so long for its poll where the feed was polled a moment ago, or is being
// polled, and is tried again with every look. Then the next poll comes by the schedule.
const (
	pingAgain   = 30 * time.Second
	pingPatient = time.Hour
)

// poll has feeds polled whose clouds have pinged.
func (s *Subscriber) poll(ctx context.Context) {
	for _, id := range s.pingedFeeds(time.Now()) {
		n, err := s.poller.Refresh(ctx, []uint64{id})
		if err != nil && ctx.Err() == nil && !errors.Is(err, feed.ErrNotFound) {
			s.o.Log.Warn("poll a feed that has changed", "feed", id, "err", err)
		}
		s.mu.Lock()
		if l := s.feeds[id]; l != nil && n > 0 {
			l.handed = true
			if l.ended {
				s.answerPing(l, false) // it was quick
			}
		}
		s.mu.Unlock()
	}
}

// pingedFeeds are those that the poller is to be asked to poll now.
func (s *Subscriber) pingedFeeds(now time.Time) (ids []uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, l := range s.feeds {
		switch {
		case l.pinged.IsZero() || now.Sub(l.tried) < pingAgain:
		case now.Sub(l.pinged) >= pingPatient:
			s.answerPing(l, false)
		default:
			l.tried, l.ended = now, false
			ids = append(ids, id)
		}
	}
	return ids
}

// pollEnded notes what a poll of a feed with a cloud found. A poll that was under way
// when the ping came doesn't answer it, unless it found what the cloud told of.
func (s *Subscriber) pollEnded(l *lease, o feed.Outcome) {
	switch {
	case l.pinged.IsZero() || o.Status == "waiting":
	case o.New+o.Revised > 0:
		s.answerPing(l, true)
	case l.handed:
		s.answerPing(l, false)
	default:
		l.ended = true
	}
}

// answerPing ends a ping. True ones cost no token, however many.
func (s *Subscriber) answerPing(l *lease, fresh bool) {
	l.pinged, l.handed, l.ended = time.Time{}, false, false
	if !fresh {
		s.pings.Nothing++
		return
	}
	s.pings.New++
	l.tokens = min(l.tokens+1, float64(s.o.Pings))
}

// Pings tells what came of pings since the start.
func (s *Subscriber) Pings() Pings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pings
}
