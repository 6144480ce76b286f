package fetch

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"tidings/internal/feed"
)

// A-IM: feed is sent only by who merges, and only with the tag of what there is (RFC 3229
// §10.5.2).
func TestDeltaIsAskedForByWhoMerges(t *testing.T) {
	var got []string
	c, url := loopback(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		got = append(got, strings.Join(r.Header["A-Im"], "|"))
		_, _ = w.Write([]byte("<rss/>"))
	})
	for _, r := range []Request{
		{URL: url}, {URL: url, Delta: true}, {URL: url, Delta: true, LastModified: "Tue, 15 Nov 1994 12:45:26 GMT"},
		{URL: url, ETag: `"a"`}, {URL: url, Delta: true, ETag: "\x01"}, {URL: url, Delta: true, ETag: `W/"a"`},
	} {
		get(t, c, r)
	}
	if s := strings.Join(got, ","); s != ",,,,,feed" {
		t.Errorf("sent %q", s)
	}
}

// A 226 is taken as what is new, if it was asked for and made in that way; else it is no
// document.
func TestIMUsed(t *testing.T) {
	for im, ok := range map[string]bool{"feed": true, "": true, "Feed;x=1": true, "vcdiff": false, "feed, gzip": false} {
		c, url := loopback(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"b"`)
			if im != "" {
				w.Header().Set("IM", im)
			}
			w.WriteHeader(http.StatusIMUsed)
			_, _ = w.Write([]byte("<rss/>"))
		})
		if ok {
			if res := get(t, c, Request{URL: url, ETag: `"a"`, Delta: true}); !res.Delta || res.Status != 226 || string(res.Body) != "<rss/>" || res.ETag != `"b"` {
				t.Errorf("%q: %+v", im, res)
			}
		} else {
			getError(t, c, Request{URL: url, ETag: `"a"`, Delta: true}, feed.FailureTemporary)
		}
		getError(t, c, Request{URL: url, ETag: `"a"`}, feed.FailureTemporary)
		getError(t, c, Request{URL: url, Delta: true}, feed.FailureTemporary)
	}
	c, url := loopback(t, Options{}, serve("", []byte("<rss/>")))
	if res := get(t, c, Request{URL: url, ETag: `"a"`, Delta: true}); res.Delta {
		t.Error("a 200 passes for a part")
	}
}

// What a document names is asked by the rules of where it came from.
func TestFromWhereHubsAreNamed(t *testing.T) {
	asked := 0
	_, url := loopback(t, Options{}, func(w http.ResponseWriter, r *http.Request) { asked++ })
	c := New(Options{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	defer c.Close()
	for origin, open := range map[string]bool{
		"http://127.0.0.1/feed": true, "http://127.9.9.9:8080/feed": true, "https://quay.example/feed": false,
		"http://192.168.1.1/feed": false, "": false, "://": false, "http://localhost/feed": false,
	} {
		before := asked
		r, err := http.NewRequest(http.MethodPost, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.From(origin).RoundTrip(r)
		if err == nil {
			resp.Body.Close()
		}
		if (err == nil) != open || (asked > before) != open {
			t.Errorf("from %q: %v, asked %d times", origin, err, asked-before)
		}
	}
}
