package metrics

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"tidings/internal/feed"
)

func scrape(t *testing.T, m *Meter) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestWhatIsCounted(t *testing.T) {
	m := New(Options{
		Version: "1.2.3", Depth: func() int { return 7 }, Late: func(context.Context) (time.Duration, error) { return 3 * time.Second, nil },
		Stats: func(context.Context) (feed.Stats, error) {
			return feed.Stats{Feeds: 10, Failing: 3, Entries: 40, Stories: 30, Bytes: 5000}, nil
		},
		Pushes: func() (int, int, int) { return 5, 4, 3 },
		Pings:  func() map[string]int { return map[string]int{"new": 9, "refused": 2} },
	})
	m.Polled(feed.Outcome{Status: "new", New: 5, Joined: 2, Revised: 1, HTTP: 200, Bytes: 900, Took: 30 * time.Millisecond}, 2*time.Second)
	m.Polled(feed.Outcome{Status: "unchanged", HTTP: 304, Took: 20 * time.Millisecond}, -time.Second)
	m.Polled(feed.Outcome{Status: "unchanged", HTTP: 200, Bytes: 100}, 0)
	m.Polled(feed.Outcome{Status: "failed"}, 0)
	m.Polled(feed.Outcome{Status: "waiting"}, time.Hour)
	m.Polled(feed.Outcome{Status: "new", New: 1, Pushed: true, Bytes: 50}, 0)
	m.Committed(4 * time.Millisecond)
	text := scrape(t, m)
	for _, line := range []string{
		`tidings_polls_total{not_modified="false",outcome="new"} 1`,
		`tidings_polls_total{not_modified="true",outcome="unchanged"} 1`,
		`tidings_polls_total{not_modified="false",outcome="unchanged"} 1`,
		`tidings_polls_total{not_modified="false",outcome="failed"} 1`,
		`tidings_poll_duration_seconds_count{outcome="unchanged"} 2`,
		`tidings_poll_received_bytes_total 1000`,
		`tidings_pushes_total{outcome="new"} 1`,
		`tidings_entries_total{outcome="new"} 4`,
		`tidings_entries_total{outcome="joined"} 2`,
		`tidings_entries_total{outcome="revised"} 1`,
		`tidings_poll_lag_seconds_count 4`,
		`tidings_poll_lag_seconds_sum 2`,
		`tidings_store_commit_duration_seconds_count 1`,
		`tidings_poll_queue_depth 7`,
		`tidings_poll_overdue_seconds 3`,
		`tidings_push_feeds{state="relied"} 3`,
		`tidings_pings_total{outcome="new"} 9`,
		`tidings_pings_total{outcome="refused"} 2`,
		`tidings_feeds{state="failing"} 3`,
		`tidings_store_file_bytes 5000`,
		`tidings_store_entries 40`,
		`tidings_build_info{version="1.2.3"} 1`,
		`go_goroutines `,
		`process_resident_memory_bytes `,
	} {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("there is no %s", line)
		}
	}
	if strings.Contains(text, `outcome="waiting"`) {
		t.Error("a feed that waits is counted as polled")
	}
}

// The names are as Prometheus' own linter wants them.
func TestNamesFollowTheConventions(t *testing.T) {
	m := New(Options{Depth: func() int { return 0 }, Late: func(context.Context) (time.Duration, error) { return 0, nil },
		Stats:  func(context.Context) (feed.Stats, error) { return feed.Stats{}, nil },
		Pushes: func() (int, int, int) { return 0, 0, 0 },
		Pings:  func() map[string]int { return map[string]int{"new": 0} }})
	m.Polled(feed.Outcome{Status: "new"}, 0)
	m.Polled(feed.Outcome{Status: "new", Pushed: true}, 0)
	m.Requests(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	problems, err := testutil.GatherAndLint(m.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "tidings_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// A store that can't answer costs its own lines, and no others.
func TestStoreThatFails(t *testing.T) {
	m := New(Options{Stats: func(context.Context) (feed.Stats, error) { return feed.Stats{}, errors.New("cut off") },
		Late: func(context.Context) (time.Duration, error) { return 0, errors.New("cut off") }})
	m.Committed(time.Second)
	text := scrape(t, m)
	if strings.Contains(text, "tidings_feeds") || strings.Contains(text, "overdue") || !strings.Contains(text, "tidings_store_commit_duration_seconds_sum 1") {
		t.Error(text)
	}
}

func TestRequestsAreCountedByStatus(t *testing.T) {
	m := New(Options{})
	h := m.Requests(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/secret-path", nil))
	text := scrape(t, m)
	if !strings.Contains(text, `tidings_http_request_duration_seconds_count{code="418",method="post"} 1`) || strings.Contains(text, "secret-path") {
		t.Error(text)
	}
}
