package poller

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
)

// older is a store whose sketches are of a version that nobody reads any more.
type older struct{ *boltstore.Store }

func (o older) Sketches(ctx context.Context, since time.Time, yield func(feed.Sketched) error) error {
	return o.Store.Sketches(ctx, since, func(k feed.Sketched) error {
		k.Sketch = []byte{255, 1, 2, 3}
		return yield(k)
	})
}

func TestSketchesOfAnotherVersionAreMadeAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), marsh(map[string]string{"https://a.example/feed": reeds, "https://b.example/feed": reeds, "https://c.example/feed": bittern})
		p, stop := start(t, s, w, Options{})
		pollFor(t, p, "a")
		stop()
		p, stop = start(t, older{s}, w, Options{})
		pollFor(t, p, "b", "c")
		stop()
		wantRiver(t, s, "after an upgrade", "a b", "c")
	})
}

func TestOtherRulesAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), marsh(map[string]string{"https://a.example/feed": reeds, "https://b.example/feed": reeds})
		told := func() bool {
			t.Helper()
			var log bytes.Buffer
			p, stop := start(t, s, w, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
			pollFor(t, p, "a")
			stop()
			return strings.Contains(log.String(), "tidings dedup rebuild")
		}
		if first, again := told(), told(); first || again {
			t.Error("a new data file has no other rules")
		}
		if err := s.SetSetting(t.Context(), rulesSetting, []byte("0")); err != nil {
			t.Fatal(err)
		}
		if first, again := told(), told(); !first || !again {
			t.Error("stories of other rules aren't told")
		}
		p, stop := start(t, s, w, Options{})
		if _, err := p.Rebuild(t.Context(), nowhere); err != nil {
			t.Fatal(err)
		}
		stop()
		if told() {
			t.Error("they are told after a rebuild")
		}
	})
}
