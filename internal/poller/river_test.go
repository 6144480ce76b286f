package poller

import (
	"testing"
	"time"

	"tidings/internal/feed"
)

func TestRiverTime(t *testing.T) {
	known := feed.State{Document: noon.Add(-time.Hour)}
	tests := []struct {
		name      string
		state     feed.State
		published time.Time
		want      time.Time
	}{
		{"published an hour ago", known, noon.Add(-time.Hour), noon.Add(-time.Hour)},
		{"published in 2038", known, time.Date(2038, 1, 19, 3, 14, 7, 0, time.UTC), noon},
		{"published last year, seen now", known, noon.AddDate(-1, 0, 0), noon},
		{"published last year, first poll", feed.State{}, noon.AddDate(-1, 0, 0), noon.AddDate(-1, 0, 0)},
		{"without a date", known, time.Time{}, noon},
		{"without a date, first poll", feed.State{}, time.Time{}, noon},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := feed.RiverTime(feed.Entry{Published: tt.published, Seen: noon}, tt.state.Document.IsZero()); !got.Equal(tt.want) {
				t.Errorf("river time %v, want %v", got, tt.want)
			}
		})
	}
}
