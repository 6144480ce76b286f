package picture

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// outside is the policy of bytes that came from outside, should anybody open them by
// themselves: they can't run, ask, or show anything.
const outside = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

// keepFor is how long browsers keep a picture: what is at an address of ours never
// changes, as the publisher is asked once.
const keepFor = 365 * 24 * time.Hour

// placeholder stands where a picture can't be had: a faint frame, in the measures of none,
// readable on light and dark ground.
const placeholder = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="64" viewBox="0 0 96 64">` +
	`<rect width="96" height="64" fill="#888" fill-opacity=".12"/>` +
	`<g fill="none" stroke="#888" stroke-opacity=".55" stroke-width="2"><rect x="32" y="20" width="32" height="24" rx="2"/>` +
	`<circle cx="41" cy="28" r="2.500"/><path d="M34 42l9-8 6 5 6-7 9 9"/></g></svg>`

// ServeHTTP answers for the addresses that [Proxy.Address] wrote, with the picture or a
// placeholder, and for no others. It is to be routed with the path values "sig" and
// "width".
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", outside)
	h.Set("X-Content-Type-Options", "nosniff")
	wanted, ok := p.verify(r.PathValue("sig"), r.PathValue("width"), r.URL.RawQuery)
	if !ok {
		h.Set("Cache-Control", "no-store")
		http.Error(w, "no page of this reader shows such a picture", http.StatusNotFound)
		return
	}
	tag := fmt.Sprintf(`"%x-%d"`, newKey(wanted).hash, wanted.width)
	if r.Header.Get("If-None-Match") == tag { // it has been shown, and hasn't changed since
		h.Set("ETag", tag)
		h.Set("Cache-Control", forBrowser(keepFor))
		w.WriteHeader(http.StatusNotModified)
		return
	}
	got, err := p.show(r.Context(), wanted)
	switch {
	case r.Context().Err() != nil:
		return // nobody listens any more
	case err != nil:
		h.Set("Cache-Control", forBrowser(p.retry(wanted, err)))
		write(w, r, "image/svg+xml", []byte(placeholder))
		return
	}
	h.Set("ETag", tag)
	h.Set("Cache-Control", forBrowser(keepFor)+", immutable")
	write(w, r, got.Type(), got.Body)
}

func forBrowser(d time.Duration) string {
	return "private, max-age=" + strconv.Itoa(int(d.Seconds()))
}

// retry is how long a browser may keep a placeholder: as long as nobody tries again.
func (p *Proxy) retry(w wish, err error) time.Duration {
	if errors.Is(err, errBusy) || errors.Is(err, context.Canceled) {
		return 0
	}
	if f, ok := p.failures.get(newKey(w)); ok {
		return max(time.Until(f.until), 0)
	}
	return 0
}

func write(w http.ResponseWriter, r *http.Request, mediaType string, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // who doesn't listen misses it
	}
}

// Measures are the width and height of the picture at src, in pixels, if it has been
// shown. Hopeless is true where it could not be, or only counts readers: a page is
// better without it.
func (p *Proxy) Measures(src, document string) (width, height int, hopeless bool) {
	src = withoutFragment(src)
	k := newKey(wish{address: src, scope: scopeOf(src, document)})
	if _, failed := p.failures.get(k); failed {
		return 0, 0, true
	}
	if p.cache != nil {
		width, height, _ = p.cache.measures(k)
	}
	return width, height, false
}
