package poller

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// What hubs and clouds are asked waits in the queue of their site, among its feeds, and
// their complaints are heeded.
func TestHubsAreAskedInTheQueueOfTheirSite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWeb()
		p, stop := start(t, open(t), w, Options{SiteGap: 2 * time.Second})
		defer stop()
		wish(t, p, "https://a.quay.example/feed", "https://b.quay.example/feed")
		synctest.Wait()
		end, err := p.Turn(t.Context(), "https://cloud.quay.example/notify")
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range w.at("quay.example") {
			if gap := time.Since(at).Abs(); gap < 2*time.Second {
				t.Errorf("the cloud was asked %v after a feed of its site", gap)
			}
		}
		time.Sleep(5 * time.Second) // it takes its time, and nobody else is asked
		asked := len(w.at("quay.example"))
		end(http.StatusServiceUnavailable, 0)
		if got := p.pace.spacing("quay.example"); got != 4*time.Second {
			t.Errorf("after a 503 the spacing is %v", got)
		}
		time.Sleep(time.Minute)
		if n := len(w.at("quay.example")); n != 2 || asked != 1 {
			t.Errorf("feeds were asked %d times, while the cloud was asked %d times", n, asked)
		}
		if end, err = p.Turn(t.Context(), "https://cloud.quay.example/notify"); err != nil {
			t.Fatal(err)
		}
		end(http.StatusTooManyRequests, 10*time.Minute)
		if _, err := p.Turn(t.Context(), "https://quay.example/hub"); err == nil {
			t.Error("a site that wants to be left alone is asked")
		}
		time.Sleep(11 * time.Minute)
		if end, err = p.Turn(t.Context(), "https://quay.example/hub"); err != nil {
			t.Errorf("it is left alone for ever: %v", err)
		} else {
			end(0, 0)
		}
	})
}
