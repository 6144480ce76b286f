package poller

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// press is a network whose words change.
type press struct {
	*web
	mu    sync.Mutex
	words map[string]string
}

func newPress() *press {
	p := &press{web: newWeb(), words: map[string]string{}}
	p.answer = func(r fetch.Request) (*fetch.Response, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		return wire(r.URL, p.words[r.URL]), nil
	}
	return p
}

func (p *press) print(host, words string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.words["https://"+host+".example/feed"] = words
}

// verdictOf gives the verdict of a source in the story that it tells.
func verdictOf(t *testing.T, s *boltstore.Store, host string) feed.Verdict {
	t.Helper()
	stories, _ := river(t, s)
	for _, f := range stories {
		for _, m := range f.Members {
			if strings.Contains(m.Outlet.URL, host+".example") {
				return m.Verdict
			}
		}
	}
	t.Fatalf("%s tells nothing", host)
	return feed.Verdict{}
}

func TestARevisedEntryStaysAndIsMarked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newPress()
		w.print("a", reeds)
		w.print("b", reeds)
		p, stop := start(t, s, w, Options{})
		pollFor(t, p, "a", "b")
		joined := verdictOf(t, s, "b")
		w.print("b", bittern)
		time.Sleep(70 * time.Minute)
		wantRiver(t, s, "b tells something else now", "a b")
		if v := verdictOf(t, s, "b"); !v.Drifted || v.Drift == "" || v.Of != joined.Of || v.Evidence != joined.Evidence {
			t.Errorf("verdict %+v, was %+v; want it marked as drifted", v, joined)
		}
		w.print("b", reeds)
		time.Sleep(24 * time.Hour)
		if v := verdictOf(t, s, "b"); v.Drifted || v.Drift != "" {
			t.Errorf("verdict %+v; it fits again, and must not be marked", v)
		}
		stop()
	})
}

func TestARevisionThatCouldNotBeStoredLeavesTheIndexAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newPress()
		w.print("a", reeds)
		store := &flaky{Store: s}
		p, stop := start(t, store, w, Options{})
		pollFor(t, p, "a")
		store.mu.Lock()
		store.fail = 1 << 30
		store.mu.Unlock()
		w.print("a", bittern)
		time.Sleep(70 * time.Minute)
		store.mu.Lock()
		store.fail = 0
		store.mu.Unlock()
		for host, words := range map[string]string{"b": reeds, "c": bittern} {
			w.print(host, words)
			w.mu.Lock()
			w.words["https://a.example/feed"] = reeds // it thinks better of it
			w.mu.Unlock()
			pollFor(t, p, host)
		}
		stop()
		_, hosts := river(t, s)
		slices.Sort(hosts)
		if !slices.Equal(hosts, []string{"a b", "c"}) {
			t.Errorf("stories %q, want b with a, whose revision was never stored, and c alone", hosts)
		}
	})
}

// TestWorkersAndRestartsChangeNothing polls the same publishers with one worker,
// with many, and with a restart before each: the stories are the same.
func TestWorkersAndRestartsChangeNothing(t *testing.T) {
	texts := []string{reeds, bittern, "Wardens mended the sluice at the mill before the spring flood came down, and nobody had to leave home."}
	run := func(workers int, restart bool) (hosts []string) {
		synctest.Test(t, func(t *testing.T) {
			s, w := open(t), newPress()
			p, stop := start(t, s, w, Options{Workers: workers})
			for i := range 12 {
				host := fmt.Sprintf("f%d", i)
				w.print(host, texts[i%3])
				if restart {
					stop()
					p, stop = start(t, s, w, Options{Workers: workers})
				}
				wish(t, p, "https://"+host+".example/feed")
				if i%4 == 3 {
					time.Sleep(10 * time.Second)
				}
			}
			time.Sleep(10 * time.Second)
			stop()
			_, hosts = river(t, s)
			slices.Sort(hosts)
		})
		return hosts
	}
	want := run(1, false)
	if len(want) != 3 {
		t.Fatalf("stories %q, want three", want)
	}
	for _, workers := range []int{1, 8} {
		for _, restart := range []bool{false, true} {
			if got := run(workers, restart); !slices.Equal(got, want) {
				t.Errorf("%d workers, restarts %v: stories %q, want %q", workers, restart, got, want)
			}
		}
	}
}
