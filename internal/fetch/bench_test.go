package fetch

import (
	"net/http"
	"strings"
	"testing"
)

// BenchmarkGet costs what the client and a loopback server do together, in the
// ways that polls end: unchanged, a packed document, a plain one.
func BenchmarkGet(b *testing.B) {
	doc := document(15 << 10)
	for _, bc := range []struct {
		name    string
		request Request
		answer  http.HandlerFunc
	}{
		{"304", Request{ETag: `"a"`}, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }},
		{"200-gzip", Request{}, serve("gzip", pack(b, "gzip", doc))},
		{"200-br", Request{}, serve("br", pack(b, "br", doc))},
		{"200-zstd", Request{}, serve("zstd", pack(b, "zstd", doc))},
		{"200-plain", Request{}, serve("", doc)},
	} {
		b.Run(bc.name, func(b *testing.B) {
			c, url := loopback(b, Options{}, bc.answer)
			bc.request.URL = url + "/feed.xml"
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Get(b.Context(), bc.request); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkUnpack costs the taking in of a body of 60 KB alone, without a network.
func BenchmarkUnpack(b *testing.B) {
	doc := document(60 << 10)
	for _, name := range []string{"", "gzip", "br", "zstd"} {
		b.Run("as-"+name, func(b *testing.B) {
			packed := pack(b, name, doc)
			in := newBody(16 << 20)
			b.ReportAllocs()
			b.SetBytes(int64(len(doc)))
			for b.Loop() {
				out, _, err := in.read(response(name, packed))
				if err != nil || len(out) != len(doc) {
					b.Fatal(len(out), err)
				}
				in.release()
			}
		})
	}
}

func BenchmarkSite(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Site("https://feeds.news.example.co.uk/science/rss.xml?edition=uk")
	}
}

func BenchmarkLinkHeader(b *testing.B) {
	base := mustParse(b, "https://example.org/feed")
	v := []string{strings.Repeat(`<https://example.org/style.css>; rel=preload; as=style, `, 5) + `<https://hub.example/>; rel="hub"`}
	b.ReportAllocs()
	for b.Loop() {
		linkHeader(v, base)
	}
}
