package fetch

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"code.dny.dev/ssrf"

	"tidings/internal/feed"
)

// What people read, whole sentences. HOST stands for the host that was asked.
func TestSentences(t *testing.T) {
	c, url := loopback(t, Options{MaxBody: 1000}, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/404":
			w.WriteHeader(http.StatusNotFound)
		case "/429":
			w.WriteHeader(http.StatusTooManyRequests)
		case "/away":
			http.Redirect(w, r, "http://elsewhere.example/", http.StatusFound)
		case "/inside":
			http.Redirect(w, r, "http://10.0.0.1/", http.StatusFound)
		case "/ftp":
			http.Redirect(w, r, "ftp://HOST/", http.StatusFound)
		case "/long":
			w.Header().Set("Location", "/"+strings.Repeat("x", longestURL))
			w.WriteHeader(http.StatusFound)
		case "/large":
			_, _ = w.Write(document(2000))
		}
	})
	n := names{}
	c.dialer.Resolver = n.resolver(func() {})
	for path, want := range map[string]string{
		url + "/404":             "127.0.0.1 answers 404: there is nothing at this address (look on the publisher's site for the feed's new address)",
		url + "/429":             "127.0.0.1 answers 429: it asks us to come back later (nothing to do unless it lasts: it is asked again later)",
		url + "/empty":           "127.0.0.1 sends an empty document (nothing to do unless it lasts: it is asked again later)",
		url + "/large":           "127.0.0.1 sends more than the limit of 1000 bytes (look for a shorter feed of this publisher)",
		url + "/away":            "elsewhere.example, where 127.0.0.1 redirects, is unknown to the name servers (check the address for typing errors; the site may have closed)",
		url + "/inside":          "10.0.0.1, where 127.0.0.1 redirects, is not a public address (if it is yours, open its network with --allow-private)",
		url + "/ftp":             `127.0.0.1 redirects wrongly: only http and https are read, not "ftp" (open the feed in a browser and use the address it ends at)`,
		url + "/long":            "127.0.0.1 redirects wrongly: its target is longer than 8 KiB (open the feed in a browser and use the address it ends at)",
		"http://exmaple.example": "exmaple.example is unknown to the name servers (check the address for typing errors; the site may have closed)",
		"http://10.0.0.1/":       "10.0.0.1 is not a public address (if it is yours, open its network with --allow-private)",
		"ftp://example.org/":     `cannot ask this address: only http and https are read, not "ftp" (check it for typing errors)`,
		"http://127.1/":          `cannot ask this address: an odd spelling of an IP address: "127.1" (check it for typing errors)`,
		"http://a:b@c:d/":        `cannot ask this address: it can't be read: invalid port ":d" after host (check it for typing errors)`,
	} {
		_, err := c.Get(t.Context(), Request{URL: path})
		if err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", path, err, want)
		}
	}
}

// The error under the sentence can still be asked for.
func TestErrorUnwraps(t *testing.T) {
	c := New(Options{})
	t.Cleanup(c.Close)
	e := getError(t, c, Request{URL: "http://[::1]/"}, feed.FailureBlocked)
	if !errors.Is(e, ssrf.ErrProhibitedIP) {
		t.Errorf("%v does not wrap the guard's error", e)
	}
	var hint *feed.Hint
	if !errors.As(e, &hint) || !strings.Contains(hint.Todo, "--allow-private") {
		t.Errorf("%v has no hint", e)
	}
}

// A name server that fails is not a name that doesn't exist.
func TestNameServerTrouble(t *testing.T) {
	c := New(Options{})
	t.Cleanup(c.Close)
	n := names{"empty.example": {}, "v6.example": {netip.MustParseAddr("::1")}}
	c.dialer.Resolver = n.resolver(func() {})
	getError(t, c, Request{URL: "http://empty.example/"}, feed.FailureTemporary)
	getError(t, c, Request{URL: "http://v6.example/"}, feed.FailureBlocked)
	c.dialer.Resolver.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network") }
	if e := getError(t, c, Request{URL: "http://empty.example/"}, feed.FailureTemporary); !strings.Contains(e.Error(), "couldn't be looked up") {
		t.Error(e)
	}
}

// Headers that only a hostile server makes so long are not kept, for they would be
// stored and sent back.
func TestLongHeadersAreNotKept(t *testing.T) {
	c, url := loopback(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"`+strings.Repeat("x", 2000)+`"`)
		w.Header().Set("Last-Modified", strings.Repeat("x", 2000))
		w.Header().Set("Link", "</"+strings.Repeat("x", longestURL)+">; rel=hub, </short>; rel=self")
		serve("", document(300))(w, r)
	})
	res := get(t, c, Request{URL: url})
	if res.ETag != "" || res.LastModified != "" || len(res.Hubs) > 0 || res.Self != url+"/short" {
		t.Errorf("kept %d, %d and %d bytes, self %q", len(res.ETag), len(res.LastModified), len(res.Hubs), res.Self)
	}
}
