package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidings/internal/archive"
	"tidings/internal/boltstore"
	"tidings/internal/demo"
	"tidings/internal/feed"
)

// gate is an origin whose feeds answer when it opens.
type gate struct {
	http.Handler
	shut  atomic.Bool
	asked chan struct{} // gets a token when a request waits
	open  chan struct{}
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.shut.Load() {
		select {
		case g.asked <- struct{}{}:
		default:
		}
		<-g.open
	}
	g.Handler.ServeHTTP(w, r)
}

// members are the entries of a household: how often each is there, and in which story.
func (h *household) members() (times map[string]int, tells map[string]string) {
	h.t.Helper()
	times, tells = map[string]int{}, map[string]string{}
	v := &victim{t: h.t}
	v.eachStory(h.store, func(s feed.Headline) {
		full, err := h.store.Story(h.t.Context(), s.ID)
		h.must(err)
		for _, m := range full.Members {
			times[keyOf(m)]++
			tells[keyOf(m)] = s.URN
		}
	})
	return times, tells
}

// An archive comes in while all of its feeds are being asked: some answers arrive
// before it, some during, some after. Nothing is lost, nothing is there twice, and
// what the archive says of stories holds.
func TestAnArchiveComesInWhilePollsAreInFlight(t *testing.T) {
	for round := range 3 {
		pub := demo.New(demo.Options{Start: time.Now(), Slow: time.Millisecond})
		g := &gate{Handler: pub.Handler(), asked: make(chan struct{}, 1), open: make(chan struct{})}
		origin := httptest.NewServer(g)
		t.Cleanup(origin.Close)
		old := furnished(t, pub, origin.URL, uint64(round))
		packed := old.export()
		h := newHousehold(t)
		ws := wished(t, pub, origin.URL)
		_, err := h.Subscribe(t.Context(), ws)
		h.must(err)
		if round == 1 {
			h.poll() // these feeds have entries of their own already
			for range 4 {
				pub.Publish()
			}
		}
		g.shut.Store(true)
		var polls sync.WaitGroup
		polls.Go(func() {
			err := h.Poll(context.Background(), feed.PollRequest{All: true, Force: true}, func(int) {}, func(feed.Outcome) {})
			if err != nil {
				t.Error(err)
			}
		})
		<-g.asked // one is answered late; the others, of the same site, are under way behind it
		opened := sync.OnceFunc(func() { g.shut.Store(false); close(g.open) })
		_, err = h.Absorb(t.Context(), bytes.NewReader(packed), func(p feed.Problem) { t.Errorf("%+v", p) }, func(done, total int) {
			if round != 2 {
				opened() // in the midst of it
			}
		})
		h.must(err)
		opened()
		polls.Wait()
		h.sound()
		h.poll()
		h.sound()
		before, told := old.members()
		after, tells := h.members()
		for key, n := range after {
			if n != 1 {
				t.Errorf("round %d: %s is there %d times", round, key, n)
			}
		}
		for key := range before {
			if after[key] == 0 {
				t.Errorf("round %d: %s is lost", round, key)
			} else if round != 1 && tells[key] != told[key] {
				t.Errorf("round %d: %s is in the story %s, and the archive has it in %s", round, key, tells[key], told[key])
			}
		}
		old.poll()
		now, _ := old.members()
		for key := range now {
			if after[key] == 0 {
				t.Errorf("round %d: %s was never taken in by any poll", round, key)
			}
		}
	}
}

// bigArchive is an archive of n entries in 40 feeds, a fifth of them copies, some
// stories read or starred.
func bigArchive(t *testing.T, n int) []byte {
	t.Helper()
	s, err := boltstore.Open(filepath.Join(t.TempDir(), "big.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, now := t.Context(), time.Now().Add(-time.Duration(n)*time.Second)
	var ws []feed.Wish
	for i := range 40 {
		u := fmt.Sprintf("https://outlet%d.example/feed.xml", i)
		ws = append(ws, feed.Wish{URL: u, Canonical: u, Site: fmt.Sprintf("outlet%d.example", i), Folder: fmt.Sprint("F", i%5)})
	}
	as, err := s.Subscribe(ctx, ws, now)
	if err != nil {
		t.Fatal(err)
	}
	var hs []feed.Harvest
	var stories []uint64
	for i := range n {
		now = now.Add(time.Second)
		if i%5 != 4 {
			stories = append(stories, s.NextStory())
		}
		at := fmt.Sprintf("https://outlet%d.example/%d", i%40, i)
		e := feed.Entry{ID: s.NextEntry(), Story: stories[len(stories)-1], GUID: at, URL: at, Title: fmt.Sprintf("What happened at %d o'clock", i), Published: now, Seen: now}
		v := feed.Verdict{Level: feed.LevelNew}
		if i%5 == 4 {
			v = feed.Verdict{Level: feed.LevelSameText, Of: e.ID - 1, Score: 1, Evidence: "The texts are the same."}
		}
		hs = append(hs, feed.Harvest{Feed: as[i%40].Subscription.ID, State: feed.State{Title: fmt.Sprint("Outlet ", i%40), Polled: now, Due: now.Add(time.Hour)}, Arrivals: []feed.Arrival{{
			Keys: []feed.Key{{byte(i >> 16), byte(i >> 8), byte(i)}}, Entry: e, Body: feed.Body{Content: feed.HTML("<p>" + strings.Repeat(fmt.Sprintf("word%d ", i), 120) + "</p>")},
			Time: now, URN: feed.StoryURN("https://outlet.example/", at), Verdict: v, New: true,
		}}})
	}
	if err := s.Commit(ctx, hs); err != nil {
		t.Fatal(err)
	}
	yes := true
	if _, err := s.Mark(ctx, stories[:len(stories)/3], feed.MarkChange{Read: &yes}, now); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Mark(ctx, stories[len(stories)/4:len(stories)/2], feed.MarkChange{Starred: &yes}, now); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := archive.Write(&b, archive.Options{}, func(yield func(any) error) error { return s.Export(ctx, yield) }); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestKilledWhileAnArchiveComesIn kills the real binary with SIGKILL at random moments
// of a big import. The data file is sound each time, and never has less than before;
// importing again completes it, to the same stories as an import that nothing disturbed.
func TestKilledWhileAnArchiveComesIn(t *testing.T) {
	if raceDetector {
		t.Skip("what is killed has no race detector anyway, and the checks take minutes with it")
	}
	if testing.Short() {
		t.Skip("takes a while")
	}
	bin, packed := build(t), bigArchive(t, 12_000)
	began := time.Now()
	whole := importKilled(t, bin, filepath.Join(t.TempDir(), "whole.db"), packed, time.Hour)
	took := time.Since(began)
	rng := rand.New(rand.NewPCG(8, uint64(began.UnixNano())))
	data, midst, entries := filepath.Join(t.TempDir(), "d.db"), 0, 0
	for kill := range 6 {
		if kill == 5 { // from the beginning again
			data, entries = filepath.Join(t.TempDir(), "e.db"), 0
		}
		importKilled(t, bin, data, packed, time.Duration(rng.Int64N(int64(took))))
		n := soundEntries(t, data)
		if n < entries {
			t.Fatalf("kill %d: %d entries, and there were %d", kill, n, entries)
		}
		if n > 0 && n < 12_000 {
			midst++
		}
		entries = n
	}
	t.Logf("6 kills within %v, %d in the midst of the import", took, midst)
	importKilled(t, bin, data, packed, time.Hour)
	want, got := lookOf(t, whole), lookOf(t, data)
	if len(want) != 12_000*4/5 || !maps.Equal(want, got) {
		t.Errorf("%d stories, and %d where nothing was killed; they differ: %.2000s", len(got), len(want), cmp.Diff(want, got))
	}
}

// importKilled imports an archive into a data file by the real binary, and kills that
// after d if it hasn't ended. It gives the data file.
func importKilled(t *testing.T, bin, data string, packed []byte, d time.Duration) string {
	t.Helper()
	cmd := exec.Command(bin, "serve", "--data", data, "--feeds", "none", "--listen", "127.0.0.1:0")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var err error
	if c := (&victim{t: t, data: data}).dial(ctx); c != nil {
		_, err = c.Absorb(ctx, bytes.NewReader(packed), func(p feed.Problem) { t.Errorf("%+v", p) }, func(int, int) {})
		c.Close()
	}
	if d == time.Hour && err != nil {
		t.Errorf("import without a kill: %v", err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	return data
}

// soundEntries is how many entries there are in a data file, which must be sound.
func soundEntries(t *testing.T, data string) int {
	t.Helper()
	s, err := boltstore.Open(data, boltstore.Options{Log: slog.New(slog.DiscardHandler), Timeout: 5 * time.Second})
	if errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if r, err := s.Check(t.Context()); err != nil || len(r.Problems) > 0 {
		t.Fatalf("check: %v %v", r.Problems, err)
	}
	st, err := s.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return st.Entries
}

// lookOf is how the stories of a data file look that nobody has open. Numbers are its
// own, and were partly given away before the kills; all else is the same.
func lookOf(t *testing.T, data string) map[string]string {
	t.Helper()
	if n := soundEntries(t, data); n != 12_000 {
		t.Errorf("%s has %d entries", data, n)
	}
	s, err := boltstore.Open(data, boltstore.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return storiesOf(t, s)
}
