package sanitize

import (
	"net/url"
	"strings"
	"testing"
)

// What an address is for decides which schemes it may have; and none is longer than
// can be meant, in any spelling.
func TestAddressesByPurpose(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "tide.example", Path: "/feed.xml"}
	s := New()
	long := strings.Repeat("a", maxAddress)
	for in, bad := range map[string]string{
		`<img src="mailto:ada@tide.example" alt="x">`:                            "mailto:",
		`<img src="tel:+4930123" alt="x">`:                                       "tel:",
		`<video src="mailto:ada@tide.example" controls></video>`:                 "mailto:",
		`<audio controls><source src="tel:+4930123"></audio>`:                    "tel:",
		`<a href="https://tide.example/` + long + `">x</a>`:                      "aaaa",
		`<a href="https://tide.example/%C3%BC/` + long + `?q=1&amp;r=%20">x</a>`: "aaaa",
		`<a href="/` + long + `">x</a>`:                                          "aaaa",
		`<a href="mailto:` + long + `@tide.example">x</a>`:                       "aaaa",
		`<img src="//tide.example/` + long + `.png">`:                            "aaaa",
	} {
		if got := string(s.HTML(in, base)); strings.Contains(got, bad) {
			t.Errorf("of %.60s… there is %.120s", in, got)
		}
	}
	for in, want := range map[string]string{
		`<a href="mailto:ada@tide.example">x</a>`:        `href="mailto:ada@tide.example"`,
		`<a href="tel:+4930123">x</a>`:                   `href="tel:+4930123"`,
		`<a href="/` + long[:maxAddress-100] + `">x</a>`: `href="https://tide.example/aaaa`,
	} {
		if got := string(s.HTML(in, base)); !strings.Contains(got, want) {
			t.Errorf("of %.60s… there is %.120s, want %s", in, got, want)
		}
	}
}
