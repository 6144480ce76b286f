package websub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tidings/internal/feed"
)

// request is what a hub is asked, as it stood when it was.
type request struct{ feed.PushLease }

// answered is a request with what came of it; nil: the hub will ask back, and a cloud has
// done so.
type answered struct {
	request
	err error
}

// The modes of §5.1.
const (
	subscribe   = "subscribe"
	unsubscribe = "unsubscribe"
	denied      = "denied"
)

// form is the request of §5.1, or that to a cloud.
func (s *Subscriber) form(r request) (url.Values, error) {
	if r.Cloud != "" {
		return cloudForm(r)
	}
	v := url.Values{"hub.callback": {r.Callback}, "hub.topic": {r.Topic}, "hub.mode": {subscribe}}
	if r.Ending {
		v.Set("hub.mode", unsubscribe)
		return v, nil
	}
	v.Set("hub.lease_seconds", strconv.Itoa(int(s.o.Lease/time.Second)))
	if r.Secret != "" {
		v.Set("hub.secret", r.Secret)
	}
	return v, nil
}

// maxHops is how often a hub may send us elsewhere, and maxAnswer how much is read of
// what it says, in bytes.
const (
	maxHops   = 5
	maxAnswer = 4 << 10
)

// ask posts a request. 307 and 308 are followed with the same form (§5.1); a secret goes
// to nobody who can be listened to.
func (s *Subscriber) ask(ctx context.Context, r request) error {
	form, err := s.form(r)
	if err != nil {
		return err
	}
	at, err := url.Parse(r.Hub)
	for range maxHops + 1 {
		if err == nil && at.Scheme != "http" && at.Scheme != "https" {
			err = fmt.Errorf("its scheme is %q", at.Scheme)
		}
		if err != nil {
			return fmt.Errorf("read the address of the hub: %w", err)
		}
		if at.Scheme != "https" && form.Has("hub.secret") {
			return errors.New("the hub sends us on to an address without https")
		}
		var next string
		if next, err = s.post(ctx, r, at, form); err != nil || next == "" {
			return err
		}
		at, err = at.Parse(next)
	}
	return errors.New("the hub sends us on too often")
}

// post gives the address that the hub sends us on to; empty: it has accepted. It waits
// for its turn at the hub's site.
func (s *Subscriber) post(ctx context.Context, r request, at *url.URL, form url.Values) (next string, err error) {
	end, err := s.poller.Turn(ctx, at.String())
	if err != nil {
		return "", err
	}
	status, wait := 0, time.Duration(0)
	defer func() { end(status, wait) }()
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("User-Agent", s.o.UserAgent)
	resp, err := s.o.Transport(r.Origin).RoundTrip(req)
	if err != nil {
		return "", fmt.Errorf("ask the hub: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	status, wait = resp.StatusCode, retryAfter(resp.Header)
	switch {
	case status/100 == 2 && r.Cloud != "":
		if err != nil {
			return "", fmt.Errorf("read what the cloud answered: %w", err)
		}
		return "", notifyResult(body)
	case status/100 == 2:
		return "", nil
	case sendsOn(status, r.Cloud != ""):
		if next = resp.Header.Get("Location"); next != "" {
			return next, nil
		}
	}
	return "", fmt.Errorf("ask the hub: it answered %d", status)
}

// sendsOn reports whether a status sends the same request elsewhere. Clouds of large
// weblog hosts name port 80, and answer 301 there.
func sendsOn(status int, cloud bool) bool {
	return status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect || cloud && status == http.StatusMovedPermanently
}

// retryAfter is for how long a hub asks to be left alone, where it says so in seconds.
func retryAfter(h http.Header) time.Duration {
	n, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(min(n, 7*24*3600)) * time.Second
}
