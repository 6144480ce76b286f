package fetch

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/feed"
)

func TestEachHopWaitsForItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := piped(t, Options{Total: time.Minute}, hop)
		var asked []string
		res := get(t, c, Request{URL: "http://hops.example/a", Turn: func(ctx context.Context, address string) error {
			asked = append(asked, address)
			time.Sleep(40 * time.Second) // twice is more than Total: it doesn't count
			return ctx.Err()
		}})
		if want := []string{"http://hops.example/b", "http://hops.example/c"}; !slices.Equal(asked, want) || res.Status != 200 {
			t.Errorf("asked for the turn of %q, status %d", asked, res.Status)
		}
		busy := errors.New("busy")
		_, err := c.Get(t.Context(), Request{URL: "http://hops.example/a", Turn: func(context.Context, string) error { return busy }})
		if err != busy {
			t.Errorf("error %v, want that of Turn as it is", err)
		}
	})
}

// hop answers one request: /a leads to /b, /b to /c, and that is a feed.
func hop(c net.Conn) {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return
	}
	w := httptest.NewRecorder()
	switch r.URL.Path {
	case "/a":
		http.Redirect(w, r, "/b", http.StatusFound)
	case "/b":
		http.Redirect(w, r, "/c", http.StatusMovedPermanently)
	default:
		serve("application/rss+xml", document(3))(w, r)
	}
	answer := w.Result()
	answer.Close = true
	_ = answer.Write(c)
}

func TestRetryAfterIsHeededWithAnyStatus(t *testing.T) {
	for _, status := range []int{200, 202, 301, 403, 404, 413, 500} {
		c, url := loopback(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "7200")
			if status == 301 {
				w.Header().Set("Location", "/elsewhere")
			}
			if status != 200 {
				w.WriteHeader(status)
				return
			}
			serve("application/rss+xml", document(3))(w, r)
		})
		res, err := c.Get(t.Context(), Request{URL: url})
		var fe *Error
		switch {
		case status == 200:
			if err != nil || res.RetryAfter != 2*time.Hour {
				t.Errorf("200: %v", err)
			}
		case !errors.As(err, &fe) || fe.RetryAfter != 2*time.Hour:
			t.Errorf("%d: %v", status, err)
		case status == 301 && fe.Kind != feed.FailureLimited:
			t.Errorf("301: %v, want that it asks to wait", fe.Kind)
		}
	}
}
