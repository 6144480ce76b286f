package sanitize

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"tidings/internal/feed"
)

func address(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// FuzzHTML holds every invariant of the package for any input.
func FuzzHTML(f *testing.F) {
	for _, p := range payloads {
		f.Add(p)
	}
	for _, g := range goldens {
		f.Add(g.in)
	}
	s, base := New(), address(f, "https://site.example/blog/post?x=1")
	f.Fuzz(func(t *testing.T, in string) {
		out := check(t, s, in, base)
		if !utf8.ValidString(out) {
			t.Errorf("HTML(%q) = %q: no UTF-8", in, out)
		}
		if text := Text(feed.HTML(out)); strings.Contains(text, "\n\n") || strings.Contains(text, "  ") {
			t.Errorf("Text(%q) = %q: not folded", out, text)
		}
	})
}

// FuzzTitle holds that a title is one tidy line whatever comes.
func FuzzTitle(f *testing.F) {
	for _, c := range titles {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := Title(in)
		if strings.ContainsAny(out, "\n\r\t\x00\u202e\u2066") || strings.TrimSpace(out) != out || !utf8.ValidString(out) {
			t.Errorf("Title(%q) = %q", in, out)
		}
		if len(out) > 3*len(in) {
			t.Errorf("Title of %d bytes has %d", len(in), len(out))
		}
	})
}
