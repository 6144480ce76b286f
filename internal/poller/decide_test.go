package poller

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// wire is a feed whose only item has the words, under an address of its own.
func wire(url, words string) *fetch.Response {
	d := document(url, "one", 1)
	body := strings.NewReplacer("A text of item 0 that nobody but one has ever told in so many words as these.", words).Replace(string(d.Body))
	d.Body = []byte(strings.ReplaceAll(body, "Item 0 of one", words[:20]))
	d.Hash = sha256.Sum256(d.Body)
	return d
}

const (
	reeds   = "The reeds along the eastern dyke have been heard to sing again after eleven years of drought and silence."
	bittern = "One bittern was counted by the wardens of the marsh, who had hoped for three and feared that there were none."
)

// marsh is a network in which each feed has one item, with these words.
func marsh(words map[string]string) *web {
	w := newWeb()
	w.answer = func(r fetch.Request) (*fetch.Response, error) { return wire(r.URL, words[r.URL]), nil }
	return w
}

// river gives the stories, oldest first, each with the hosts of its sources.
func river(t *testing.T, s *boltstore.Store) (stories []feed.Full, hosts []string) {
	t.Helper()
	page, err := s.Stories(t.Context(), feed.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range page.Stories {
		f, err := s.Story(t.Context(), h.ID)
		if err != nil {
			t.Fatal(err)
		}
		stories = append(stories, f)
	}
	slices.SortFunc(stories, func(a, b feed.Full) int { return int(a.ID) - int(b.ID) })
	for _, f := range stories {
		var names []string
		for _, m := range f.Members {
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(m.Outlet.URL, "https://"), ".example/feed"))
		}
		slices.Sort(names)
		hosts = append(hosts, strings.Join(names, " "))
	}
	return stories, hosts
}

// wantRiver compares the stories with those wanted: "a b" is a story that a and b tell.
func wantRiver(t *testing.T, s *boltstore.Store, when string, want ...string) []feed.Full {
	t.Helper()
	stories, got := river(t, s)
	if !slices.Equal(got, want) {
		t.Fatalf("%s: stories %q, want %q", when, got, want)
	}
	return stories
}

func pollFor(t *testing.T, p *Poller, urls ...string) {
	t.Helper()
	for _, u := range urls {
		wish(t, p, "https://"+u+".example/feed")
		time.Sleep(5 * time.Second)
	}
}

func entryOf(t *testing.T, f feed.Full, host string) uint64 {
	t.Helper()
	for _, m := range f.Members {
		if strings.Contains(m.Outlet.URL, host+".example") {
			return m.Entry.ID
		}
	}
	t.Fatalf("story %d isn't told by %s", f.ID, host)
	return 0
}

func TestASplitSourceStaysApartAndTakesItsOwnCopies(t *testing.T) {
	for _, restart := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			words := map[string]string{}
			for _, h := range []string{"a", "b", "c"} {
				words["https://"+h+".example/feed"] = reeds
			}
			s, w := open(t), marsh(words)
			p, stop := start(t, s, w, Options{})
			pollFor(t, p, "a", "b")
			f := wantRiver(t, s, "at first", "a b")[0]
			d, err := p.Split(t.Context(), f.ID, entryOf(t, f, "b"))
			if err != nil || d.Kind != feed.Split || d.From != f.ID {
				t.Fatalf("%+v, %v", d, err)
			}
			wantRiver(t, s, "after the split", "a", "b")
			if restart {
				stop()
				p, stop = start(t, s, w, Options{})
			}
			pollFor(t, p, "c")
			wantRiver(t, s, "a copy of both comes", "a c", "b")
			if _, err := p.Undo(t.Context(), d.ID); err != nil {
				t.Fatal(err)
			}
			wantRiver(t, s, "after undo", "a b c")
			stop()
		})
	}
}

func TestJoinedStoriesTakeCopiesOfBoth(t *testing.T) {
	for _, restart := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s, w := open(t), marsh(map[string]string{"https://a.example/feed": reeds, "https://b.example/feed": bittern, "https://c.example/feed": bittern})
			p, stop := start(t, s, w, Options{})
			pollFor(t, p, "a", "b")
			fs := wantRiver(t, s, "at first", "a", "b")
			d, err := p.Join(t.Context(), fs[1].ID, fs[0].ID)
			if err != nil || d.To != fs[0].ID || d.From != fs[1].ID {
				t.Fatalf("%+v, %v", d, err)
			}
			wantRiver(t, s, "after the join", "a b")
			if restart {
				stop()
				p, stop = start(t, s, w, Options{})
			}
			pollFor(t, p, "c")
			wantRiver(t, s, "a copy of the younger comes", "a b c")
			if _, err := p.Undo(t.Context(), d.ID); err != nil {
				t.Fatal(err)
			}
			if fs := wantRiver(t, s, "after undo", "a", "b c"); fs[1].ID != d.From {
				t.Errorf("the story came back as %d, was %d", fs[1].ID, d.From)
			}
			stop()
		})
	}
}

func TestDecisionsThatCantBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		p, stop := start(t, s, w, Options{})
		pollFor(t, p, "a")
		fs, _ := river(t, s)
		if _, err := p.Split(t.Context(), fs[0].ID, fs[0].Lead); err == nil || !strings.Contains(err.Error(), "nothing to split") {
			t.Errorf("split of a lone entry: %v", err)
		}
		if _, err := p.Split(t.Context(), fs[0].ID, 999); !errors.Is(err, feed.ErrNotFound) {
			t.Errorf("split of an unknown entry: %v", err)
		}
		if _, err := p.Join(t.Context(), fs[0].ID, 999); !errors.Is(err, feed.ErrNotFound) {
			t.Errorf("join with an unknown story: %v", err)
		}
		if _, err := p.Undo(t.Context(), 7); !errors.Is(err, feed.ErrNotFound) {
			t.Errorf("undo of nothing: %v", err)
		}
		stop()
		if _, err := p.Join(t.Context(), fs[0].ID, fs[1].ID); err == nil {
			t.Error("a poller that has ended joins stories")
		}
	})
}

func TestFind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newWeb()
		p, stop := start(t, s, w, Options{})
		pollFor(t, p, "a")
		for address, want := range map[string]int{
			"https://a.example/feed/item/1":                    1,
			" http://www.a.example/feed/item/1/?utm_source=x ": 1,
			"https://a.example/feed#1":                         1, // a guid
			"https://a.example/feed/item/9":                    0,
			"":                                                 0,
		} {
			if es, err := p.Find(t.Context(), address); err != nil || len(es) != want {
				t.Errorf("%q: %d entries, %v; want %d", address, len(es), err, want)
			}
		}
		stop()
	})
}
