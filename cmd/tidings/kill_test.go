package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/control"
	"tidings/internal/demo"
	"tidings/internal/feed"
	"tidings/internal/opml"
)

// kills is how often the program is killed at a random moment.
const kills = 12

// TestKilledAtRandomMoments runs the real binary against the demo publisher and
// kills it with SIGKILL again and again, while it imports, polls, marks, splits,
// unsubscribes and takes that back. The data file must open each time, check clean, and
// have lost nothing, for what was unsubscribed from can come back; in the end
// everything published is there once, what was read is still read, and what was
// split is apart.
func TestKilledAtRandomMoments(t *testing.T) {
	if raceDetector {
		t.Skip("what is killed has no race detector anyway, and the checks take minutes with it")
	}
	if testing.Short() {
		t.Skip("takes a while")
	}
	bin := build(t)
	pub := demo.New(demo.Options{Start: time.Now()})
	origin := httptest.NewServer(pub.Handler())
	t.Cleanup(origin.Close)
	v := &victim{t: t, bin: bin, data: filepath.Join(t.TempDir(), "d.db"), list: pub.OPML(origin.URL), read: map[string]bool{}, known: map[string]bool{}}
	rng := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	whole := lifetime(t, bin)
	polled := 0
	for round := range kills {
		if round%2 == 1 {
			pub.Publish()
		}
		if v.live(time.Duration(rng.Int64N(int64(whole)))) {
			polled++
		}
		v.inspect(fmt.Sprintf("kill %d", round))
	}
	if len(v.known) == 0 {
		t.Fatal("nothing was ever stored: the kills came too early to mean anything")
	}
	t.Logf("%d kills within %v, %d of them after a whole poll; %d entries, %d stories read, %d splits", kills, whole, polled, len(v.known), len(v.read), len(v.split))
	if !v.live(time.Minute) {
		t.Fatal("the last poll did not end")
	}
	before := len(v.known)
	v.inspect("the end")
	if !v.live(time.Minute) {
		t.Fatal("the poll after the last did not end")
	}
	v.inspect("one poll more")
	for round := 0; round < kills/5 || v.gone == 0 && round < kills; round++ {
		v.waver(50*time.Millisecond + time.Duration(rng.Int64N(int64(whole/2))))
		v.inspect(fmt.Sprintf("kill %d while unsubscribing", round))
	}
	if v.gone == 0 {
		t.Error("it was never killed with a feed unsubscribed from")
	}
	t.Logf("%d feeds were unsubscribed from when it was killed", v.gone)
	if len(v.known) < before || len(v.read) == 0 || len(v.split) == 0 {
		t.Errorf("%d entries, %d before; %d read, %d split", len(v.known), before, len(v.read), len(v.split))
	}
}

func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "tidings")
	if runtime.GOOS == "windows" {
		t.Skip("no SIGKILL here")
	}
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// lifetime is how long a first life takes here, from the start of the program to the end
// of its first poll: the span to kill within, so that a slow or busy machine does not die
// before it did anything.
func lifetime(t *testing.T, bin string) time.Duration {
	t.Helper()
	pub := demo.New(demo.Options{Start: time.Now()})
	origin := httptest.NewServer(pub.Handler())
	defer origin.Close()
	v := &victim{t: t, bin: bin, data: filepath.Join(t.TempDir(), "first.db"), list: pub.OPML(origin.URL)}
	began := time.Now()
	if !v.live(time.Minute) {
		t.Fatal("a first life did not end its poll within a minute")
	}
	return time.Since(began)
}

// victim is a tidings that gets killed, and what it must not forget.
type victim struct {
	t     *testing.T
	bin   string
	data  string
	list  []byte
	known map[string]bool // feed address and guid of each entry ever seen stored
	gone  int             // feeds that it had unsubscribed from when it was killed
	read  map[string]bool // URNs of the stories whose marking was confirmed
	split [][2]string     // entries, as in known, whose parting was confirmed
}

// keyOf knows an entry again in whatever story it is.
func keyOf(m feed.Member) string { return m.Outlet.URL + " " + m.Entry.GUID + " " + m.Entry.URL }

// live starts the program, works with it for at most d, and kills it. It reports
// whether a whole poll ended before.
func (v *victim) live(d time.Duration) bool {
	t := v.t
	t.Helper()
	cmd := v.start()
	ctx, cancel := context.WithTimeout(t.Context(), d+150*time.Millisecond)
	defer cancel()
	ended := v.work(ctx)
	if !ended {
		<-ctx.Done()
	}
	cmd.Process.Kill()
	cmd.Wait()
	return ended
}

// start starts the program.
func (v *victim) start() *exec.Cmd {
	v.t.Helper()
	cmd := exec.Command(v.bin, "serve", "--data", v.data, "--feeds", "none", "--listen", "127.0.0.1:0",
		"--allow-private", "127.0.0.0/8", "--site-gap", "0s")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	return cmd
}

// work imports, polls and splits a story through the socket until ctx ends.
func (v *victim) work(ctx context.Context) bool {
	c := v.dial(ctx)
	if c == nil {
		return false
	}
	defer c.Close()
	list, err := opml.Read(bytes.NewReader(v.list), opml.Limits{})
	if err != nil {
		v.t.Fatal(err)
	}
	if _, err := c.Subscribe(ctx, list.Wishes()); err != nil {
		return false
	}
	err = c.Poll(ctx, feed.PollRequest{All: true, Force: true}, func(int) {}, func(feed.Outcome) {})
	if err == nil {
		v.part(ctx, c)
	}
	return err == nil
}

// part takes the last source out of a story that has several.
func (v *victim) part(ctx context.Context, c *control.Client) {
	page, _ := c.Stories(ctx, feed.Query{Limit: 500})
	for _, h := range page.Stories {
		f, err := c.Story(ctx, h.ID)
		if err != nil || len(f.Members) < 2 {
			continue
		}
		last := f.Members[len(f.Members)-1]
		if _, err := c.Split(ctx, h.ID, last.Entry.ID); err != nil {
			return // killed
		}
		for _, m := range f.Members[:len(f.Members)-1] {
			v.split = append(v.split, [2]string{keyOf(m), keyOf(last)})
		}
		return
	}
}

// waver starts the program, unsubscribes from one feed after another, takes every other
// removal back, and kills it after d.
func (v *victim) waver(d time.Duration) {
	cmd := v.start()
	defer cmd.Wait()
	c := v.dial(v.t.Context())
	defer c.Close()
	kill := time.AfterFunc(d, func() { cmd.Process.Kill() })
	defer kill.Stop()
	for i := 0; ; i++ {
		fs, err := c.Feeds(v.t.Context())
		if err != nil {
			return
		}
		if len(fs) == 0 {
			cmd.Process.Kill() // it was faster than death
			return
		}
		id := fs[i%len(fs)].Subscription.ID
		if err := c.Remove(v.t.Context(), id); err == nil && i%2 == 0 {
			_, _ = c.TakeBack(v.t.Context(), id) // it may be killed meanwhile
		}
	}
}

func (v *victim) dial(ctx context.Context) *control.Client {
	for ctx.Err() == nil {
		if c, err := control.Dial(ctx, v.data); err == nil {
			return c
		}
		time.Sleep(2 * time.Millisecond) // another process is starting; nothing can tell us
	}
	return nil
}

// inspect opens the data file of the dead and compares it with what must be there.
func (v *victim) inspect(when string) {
	t := v.t
	t.Helper()
	s, err := boltstore.Open(v.data, boltstore.Options{Log: slog.New(slog.DiscardHandler), Timeout: 5 * time.Second})
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	defer s.Close()
	if r, err := s.Check(t.Context()); err != nil || len(r.Problems) > 0 {
		t.Fatalf("%s: check: %v %v", when, r.Problems, err)
	}
	v.takeBack(s, when)
	seen, tells := map[string]bool{}, map[string]uint64{}
	v.eachStory(s, func(h feed.Headline) {
		full, err := s.Story(t.Context(), h.ID)
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		for _, m := range full.Members {
			key := keyOf(m)
			if seen[key] {
				t.Errorf("%s: %s is there twice", when, key)
			}
			seen[key], tells[key] = true, h.ID
		}
		if v.read[h.URN] && !h.Mark.Read {
			t.Errorf("%s: %q is unread again", when, h.Entry.Title)
		}
	})
	for key := range v.known {
		if !seen[key] {
			t.Errorf("%s: %s is lost", when, key)
		}
	}
	for _, two := range v.split {
		if tells[two[0]] == tells[two[1]] {
			t.Errorf("%s: %s and %s were split and are one story", when, two[0], two[1])
		}
	}
	v.known = seen
	v.mark(s)
}

// takeBack follows again what the dead had unsubscribed from.
func (v *victim) takeBack(s *boltstore.Store, when string) {
	gone, err := s.Unsubscribed(v.t.Context())
	if err != nil {
		v.t.Fatal(err)
	}
	for _, g := range gone {
		v.gone++
		if _, err := s.Resubscribe(v.t.Context(), g.Subscription.ID); err != nil {
			v.t.Errorf("%s: take %s back: %v", when, g.Name, err)
		}
	}
	if r, err := s.Check(v.t.Context()); err != nil || len(r.Problems) > 0 {
		v.t.Fatalf("%s: after %d feeds were taken back: %v %v", when, len(gone), r.Problems, err)
	}
}

// mark marks every seventh story read.
func (v *victim) mark(s *boltstore.Store) {
	yes, i := true, 0
	var ids []uint64
	v.eachStory(s, func(h feed.Headline) {
		if i++; i%7 == 0 {
			ids = append(ids, h.ID)
			v.read[h.URN] = true
		}
	})
	if _, err := s.Mark(v.t.Context(), ids, feed.MarkChange{Read: &yes}, time.Now()); err != nil {
		v.t.Fatal(err)
	}
}

func (v *victim) eachStory(s *boltstore.Store, f func(feed.Headline)) {
	q := feed.Query{Limit: 500}
	for {
		page, err := s.Stories(v.t.Context(), q)
		if err != nil {
			v.t.Fatal(err)
		}
		for _, h := range page.Stories {
			f(h)
		}
		if !page.More || len(page.Stories) == 0 {
			return
		}
		q.Before = page.Stories[len(page.Stories)-1].Cursor()
	}
}

// TestTerminatedGracefully ends the real binary by SIGTERM in the midst of a
// poll: it leaves at once, with success, and its claims lapse with it.
func TestTerminatedGracefully(t *testing.T) {
	bin := build(t)
	pub := demo.New(demo.Options{Start: time.Now()})
	origin := httptest.NewServer(pub.Handler())
	t.Cleanup(origin.Close)
	dir := t.TempDir()
	list := filepath.Join(dir, "list.opml")
	if err := os.WriteFile(list, pub.OPML(origin.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "d.db")
	cmd := exec.Command(bin, "serve", "--data", data, "--feeds", list, "--listen", "127.0.0.1:0", "--allow-private", "127.0.0.0/8", "--site-gap", "0s")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	v := &victim{t: t, data: data}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c := v.dial(ctx)
	if c == nil {
		t.Fatal("it doesn't start")
	}
	c.Close()
	began := time.Now()
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v, want success", err)
	}
	if d := time.Since(began); d > 10*time.Second {
		t.Errorf("it took %v to end", d)
	}
	if _, err := os.Stat(control.SocketPath(data)); err == nil {
		t.Error("it leaves its socket behind")
	}
	s, err := boltstore.Open(data, boltstore.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if due, ok, err := s.NextDue(t.Context()); err != nil || !ok || due.After(time.Now()) {
		t.Errorf("next due %v %v %v: a feed that was dropped is due at once", due, ok, err)
	}
}
