package fetch

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"tidings/internal/feed"
)

func TestEachHopWaitsForItsTurn(t *testing.T) {
	c, url := loopback(t, Options{Total: 300 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a":
			http.Redirect(w, r, "/b", http.StatusFound)
		case "/b":
			http.Redirect(w, r, "/c", http.StatusMovedPermanently)
		default:
			serve("application/rss+xml", document(3))(w, r)
		}
	})
	var asked []string
	res := get(t, c, Request{URL: url + "/a", Turn: func(ctx context.Context, address string) error {
		asked = append(asked, address)
		time.Sleep(200 * time.Millisecond) // twice is more than Total: it doesn't count
		return ctx.Err()
	}})
	if len(asked) != 2 || asked[0] != url+"/b" || asked[1] != url+"/c" || res.Status != 200 {
		t.Errorf("asked for the turn of %q, status %d", asked, res.Status)
	}
	busy := errors.New("busy")
	_, err := c.Get(t.Context(), Request{URL: url + "/a", Turn: func(context.Context, string) error { return busy }})
	if err != busy {
		t.Errorf("error %v, want that of Turn as it is", err)
	}
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
