package server

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"tidings/internal/feed"
)

// gallery shows an invented picture wherever a publisher's is to be shown, so that no
// test's browser asks a publisher.
type gallery struct{}

// Address implements [Pictures].
func (gallery) Address(src, _ string, width int) string {
	if !strings.HasPrefix(src, "https://") && !strings.HasPrefix(src, "http://") {
		return ""
	}
	return "/picture/" + base64.RawURLEncoding.EncodeToString([]byte(src)) + "/" + strconv.Itoa(width)
}

// Measures implements [Pictures]: it never looks.
func (gallery) Measures(string, string) (width, height int, hopeless bool) { return 0, 0, false }

// ServeHTTP implements [Pictures].
func (gallery) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "image/png")
	gradient(w, r)
}

// Where the reader chose that pictures come from publishers, the browser asks them; and
// the other tests would notice that.
func TestBrowserAsksPublishersWhereItIsTold(t *testing.T) {
	w := newWorld(t, 1, func(o *Options) { o.Showing = feed.ShowDirectly })
	b := browse(t, w)
	b.open("/?view=all")
	b.until(`[...document.images].every((i) => i.complete)`)
	if said := strings.Join(b.pardon(), "\n"); !strings.Contains(said, "it asked for https://outlet.example/0.jpg") {
		t.Errorf("of a request to a publisher, the harness notes %q", said)
	}
}
