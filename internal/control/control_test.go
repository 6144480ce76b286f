package control

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tidings/internal/feed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake answers with what a test put into it; what it doesn't implement panics.
type fake struct {
	Store
	Poller
	feeds    []feed.Following
	backup   string
	cut      bool
	err      error
	settings map[string][]byte
	outcomes []feed.Outcome
}

func (f *fake) Subscriptions(context.Context) ([]feed.Following, error) { return f.feeds, f.err }
func (f *fake) Stats(context.Context) (feed.Stats, error) {
	return feed.Stats{Feeds: 3, Entries: 70}, f.err
}
func (f *fake) NextDue(context.Context) (time.Time, bool, error) {
	return time.Now().Add(-time.Minute), true, nil
}
func (f *fake) Remove(_ context.Context, id uint64) error { return f.err }
func (f *fake) SetSetting(_ context.Context, k string, v []byte) error {
	if v == nil {
		delete(f.settings, k)
	} else {
		f.settings[k] = v
	}
	return nil
}
func (f *fake) Settings(_ context.Context, prefix string) (map[string][]byte, error) {
	m := map[string][]byte{}
	for k, v := range f.settings {
		if strings.HasPrefix(k, prefix) {
			m[k] = v
		}
	}
	return m, nil
}
func (f *fake) Backup(_ context.Context, w io.Writer) (int64, error) {
	n, err := io.WriteString(w, f.backup)
	if f.cut {
		return int64(n), errors.New("disk on fire")
	}
	return int64(n), err
}
func (f *fake) Poll(_ context.Context, r feed.PollRequest, begin func(int), each func(feed.Outcome)) error {
	begin(len(f.outcomes))
	for _, o := range f.outcomes {
		each(o)
	}
	return f.err
}

// over gives clients of h: one through memory, one through a socket whose path
// is longer than the system's limit.
func over(t *testing.T, h http.Handler) map[string]*Client {
	data := filepath.Join(t.TempDir(), strings.Repeat("long", 30), "d.db")
	if err := os.MkdirAll(filepath.Dir(data), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := Listen(data)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	ended := make(chan struct{})
	go func() { defer close(ended); s.Serve(l) }()
	remote, err := Dial(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	local := Local(h)
	t.Cleanup(func() {
		remote.Close()
		local.Close()
		s.Close()
		<-ended
		if _, err := os.Stat(SocketPath(data)); err == nil {
			t.Error("the socket outlives its server")
		}
	})
	info, err := os.Stat(SocketPath(data))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket has mode %v, want 0600 (%v)", info.Mode(), err)
	}
	return map[string]*Client{"memory": local, "socket": remote}
}

func TestCommandsReachTheHouse(t *testing.T) {
	f := &fake{backup: "all the bytes", settings: map[string][]byte{"session/1": nil, "session/2": nil, "password": []byte("x")},
		feeds:    []feed.Following{{Subscription: feed.Subscription{ID: 7, URL: "https://example.org/feed"}, Entries: 9}},
		outcomes: []feed.Outcome{{Feed: 7, New: 3}, {Feed: 8, Status: "failed", Error: "no"}}}
	for name, c := range over(t, Handler(f, f, slog.New(slog.DiscardHandler))) {
		t.Run(name, func(t *testing.T) {
			fs, err := c.Feeds(t.Context())
			if err != nil || len(fs) != 1 || fs[0].Subscription.ID != 7 || fs[0].Entries != 9 {
				t.Errorf("feeds: %+v, %v", fs, err)
			}
			s, err := c.Status(t.Context())
			if err != nil || s.Stats.Entries != 70 || s.Lag < 59*time.Second {
				t.Errorf("status: %+v, %v", s, err)
			}
			var b bytes.Buffer
			if n, err := c.Backup(t.Context(), &b); err != nil || n != 13 || b.String() != f.backup {
				t.Errorf("backup: %d bytes, %v", n, err)
			}
			begun, got := 0, []feed.Outcome(nil)
			err = c.Poll(t.Context(), feed.PollRequest{All: true}, func(n int) { begun = n }, func(o feed.Outcome) { got = append(got, o) })
			if err != nil || begun != 2 || len(got) != 2 || got[0].New != 3 || got[1].Error != "no" {
				t.Errorf("poll: %d, %+v, %v", begun, got, err)
			}
		})
	}
}

func TestClearSettingsKeepsTheOthers(t *testing.T) {
	f := &fake{settings: map[string][]byte{"session/1": {1}, "session/2": {1}, "password": {1}}}
	c := Local(Handler(f, f, slog.New(slog.DiscardHandler)))
	defer c.Close()
	n, err := c.ClearSettings(t.Context(), "session/")
	if err != nil || n != 2 || len(f.settings) != 1 {
		t.Errorf("ended %d sessions, %d settings left, %v", n, len(f.settings), err)
	}
}

func TestErrorsCrossTheSocket(t *testing.T) {
	f := &fake{cut: true, backup: "half"}
	for name, c := range over(t, Handler(f, f, slog.New(slog.DiscardHandler))) {
		t.Run(name, func(t *testing.T) {
			f.err = feed.WithHint(errors.New("it broke"), "mend it")
			var hint *feed.Hint
			if err := c.Remove(t.Context(), 1); !errors.As(err, &hint) || hint.Todo != "mend it" || hint.Err.Error() != "it broke" {
				t.Errorf("hint came over as %v", err)
			}
			f.err = feed.ErrNotFound
			if err := c.Remove(t.Context(), 1); !errors.Is(err, feed.ErrNotFound) {
				t.Errorf("not found came over as %v", err)
			}
			if err := c.Poll(t.Context(), feed.PollRequest{}, func(int) {}, func(feed.Outcome) {}); !errors.Is(err, feed.ErrNotFound) {
				t.Errorf("a poll's error came over as %v", err)
			}
			if _, err := c.Backup(t.Context(), io.Discard); err == nil {
				t.Error("a cut backup looks whole")
			}
		})
	}
}

func TestDialWithoutAServer(t *testing.T) {
	data := filepath.Join(t.TempDir(), "d.db")
	if _, err := Dial(t.Context(), data); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
	// A socket that a killed process left behind is nobody's.
	l, err := listenUnix(SocketPath(data))
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := Dial(t.Context(), data); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("stale socket: got %v, want not found", err)
	}
	l, err = Listen(data)
	if err != nil {
		t.Fatalf("replace a stale socket: %v", err)
	}
	l.Close()
}
