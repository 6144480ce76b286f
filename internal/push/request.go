package push

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Limits of what a form may hold, in bytes.
const (
	maxForm    = 16 << 10
	maxAddress = 2048
	maxSecret  = 199 // §5.1: less than 200
)

// The modes of a request (§5.1).
const (
	subscribe   = "subscribe"
	unsubscribe = "unsubscribe"
)

// request is what a form asks for.
type request struct {
	pair
	mode   string
	secret string
	lease  time.Duration // 0: the hub chooses
	host   string        // of the callback
}

// refusal is an answer to a form that can't be served.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

// parseRequest reads a form (§5.1) for the feeds under base. Errors are refusals.
func parseRequest(form url.Values, base string) (r request, err error) {
	r.mode = form.Get("hub.mode")
	if r.mode != subscribe && r.mode != unsubscribe {
		return r, refuse(http.StatusBadRequest, "hub.mode is %.40q; want subscribe or unsubscribe", r.mode)
	}
	if r.callback, r.host, err = parseCallback(form.Get("hub.callback")); err != nil {
		return r, err
	}
	r.topic = form.Get("hub.topic")
	if len(r.topic) > maxAddress || !strings.HasPrefix(r.topic, base+"/") || !printable(r.topic) || strings.Contains(r.topic, "#") {
		return r, refuse(http.StatusNotFound, "hub.topic is not the address of a feed of this hub; its feeds are under %s/", base)
	}
	if r.secret = form.Get("hub.secret"); len(r.secret) > maxSecret {
		return r, refuse(http.StatusBadRequest, "hub.secret has %d bytes; it must have less than 200", len(r.secret))
	}
	r.lease, err = parseLease(form.Get("hub.lease_seconds"))
	return r, err
}

// parseCallback reads the address of a callback and gives the host that it is on.
func parseCallback(s string) (address, host string, err error) {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return "", "", refuse(http.StatusBadRequest, "hub.callback is missing")
	case err != nil, len(s) > maxAddress, !printable(s), u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.Opaque != "":
		return "", "", refuse(http.StatusBadRequest, "hub.callback is no absolute http or https address of at most %d bytes", maxAddress)
	case u.User != nil, strings.Contains(s, "#"):
		return "", "", refuse(http.StatusBadRequest, "hub.callback may have neither a user name nor a fragment")
	}
	return s, strings.ToLower(u.Hostname()), nil
}

// printable reports whether an address is of ASCII characters that can be seen, and
// has none that would end it in a header (RFC 3986 §2 allows none of these).
func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || s[i] == '<' || s[i] == '>' || s[i] == '"' {
			return false
		}
	}
	return true
}

// longestSeconds keeps a lease within what a Duration holds.
const longestSeconds = 100 * 365 * 24 * 3600

func parseLease(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || n == 0 {
		return 0, refuse(http.StatusBadRequest, "hub.lease_seconds is %.40q; want a number of seconds", s)
	}
	return time.Duration(min(n, longestSeconds)) * time.Second, nil
}

// ServeHTTP takes requests to subscribe and to unsubscribe (§5.1): 202 means that
// the callback will be asked whether it meant it.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := h.take(w, r)
	var no *refusal
	status, text := http.StatusAccepted, "accepted; the callback is being asked to confirm it"
	if errors.As(err, &no) {
		status, text = no.status, no.text
	} else if err != nil {
		h.o.Log.Error("take a request of a subscriber", "err", err)
		status, text = http.StatusInternalServerError, "this is the hub's fault; try again later"
	}
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "300")
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}

func (h *Hub) take(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return refuse(http.StatusMethodNotAllowed, "this is a WebSub hub; subscribe with POST")
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return refuse(http.StatusUnsupportedMediaType, "want a form: application/x-www-form-urlencoded")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	var tooBig *http.MaxBytesError
	if err := r.ParseForm(); errors.As(err, &tooBig) {
		return refuse(http.StatusRequestEntityTooLarge, "the form has more than %d bytes", maxForm)
	} else if err != nil {
		return refuse(http.StatusBadRequest, "the form can't be read")
	}
	req, err := parseRequest(r.PostForm, h.base)
	if err != nil {
		return err
	}
	if err := h.room(req); err != nil {
		return err
	}
	if req.mode == subscribe {
		if _, err := h.document(r.Context(), req.topic); err != nil {
			return err
		}
	}
	return h.ask(req)
}

// ask queues a request for its verification.
func (h *Hub) ask(r request) error {
	if err := h.room(r); err != nil {
		return err
	}
	h.mu.Lock()
	h.asked = append(h.asked, r)
	h.mu.Unlock()
	h.rouse()
	return nil
}

// room refuses what is beyond the limits. A subscription that is there may be
// renewed and ended whatever they say.
func (h *Hub) room(r request) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	waiting := 0
	for _, a := range h.asked {
		if a.host == r.host {
			waiting++
		}
	}
	switch {
	case h.site == nil:
		return refuse(http.StatusServiceUnavailable, "the hub is starting or ending; try again later")
	case len(h.asked) >= h.o.MostAsked:
		return refuse(http.StatusServiceUnavailable, "too many requests wait to be confirmed; try again later")
	case waiting >= h.o.MostAskedOfHost:
		return refuse(http.StatusTooManyRequests, "too many requests for callbacks on %s wait to be confirmed", r.host)
	case r.mode == unsubscribe || h.subs[r.pair] != nil:
		return nil
	}
	return h.limits(r)
}

// limits refuses one more subscription where there are enough.
func (h *Hub) limits(r request) error {
	ofTopic, ofHost := 0, 0
	for p, s := range h.subs {
		if p.topic == r.topic {
			ofTopic++
		}
		if s.host == r.host {
			ofHost++
		}
	}
	switch {
	case len(h.subs) >= h.o.Most:
		return refuse(http.StatusServiceUnavailable, "this hub takes no more than %d subscriptions", h.o.Most)
	case ofTopic >= h.o.MostOfTopic:
		return refuse(http.StatusServiceUnavailable, "this hub takes no more than %d subscriptions of one feed", h.o.MostOfTopic)
	case ofHost >= h.o.MostOfHost:
		return refuse(http.StatusTooManyRequests, "this hub takes no more than %d subscriptions for callbacks on one host", h.o.MostOfHost)
	}
	return nil
}
