package fetch

import (
	"net/http"
	"net/netip"
	"testing"
)

// A page that a feed names is within reach by the rules of where the feed came from:
// a publisher on the public network doesn't lead into the owner's.
func TestOriginDecidesWhatIsWithinReach(t *testing.T) {
	asked := 0
	_, url := loopback(t, Options{}, func(w http.ResponseWriter, r *http.Request) { asked++; _, _ = w.Write([]byte("page")) })
	c := New(Options{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	defer c.Close()
	for origin, open := range map[string]bool{
		"": true, "http://127.0.0.1/feed": true, "http://127.9.9.9:8080/feed": true,
		"https://quay.example/feed": false, "http://192.168.1.1/feed": false, "://": false, "http://localhost/feed": false,
	} {
		before := asked
		_, err := c.Get(t.Context(), Request{URL: url + "/page", Origin: origin})
		if (err == nil) != open || (asked > before) != open {
			t.Errorf("from %q: %v, asked %d times", origin, err, asked-before)
		}
		before = asked
		if _, err := c.Get(t.Context(), Request{URL: url + "/page", Origin: origin, Public: true}); err == nil || asked > before {
			t.Errorf("from %q, public addresses alone: %v", origin, err)
		}
	}
}
