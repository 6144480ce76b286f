package poller

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
	"tidings/internal/fetch"
)

const listURL = "https://lists.example/team.opml"

// shelf is the web with an OPML list at listURL: outlines, "folder|host" each.
type shelf struct {
	*web
	names []string
	extra string // further outlines, as they are
	cut   bool   // the document ends before its end
	fails *fetch.Error
	asks  []fetch.Request // for the list
}

func newShelf(names ...string) *shelf {
	s := &shelf{web: newWeb(), names: names}
	s.latency = time.Millisecond
	s.answer = func(r fetch.Request) (*fetch.Response, error) {
		if r.URL != listURL {
			return document(r.URL, r.URL, 1), nil
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asks = append(s.asks, r)
		if s.fails != nil {
			return nil, s.fails
		}
		return s.list(r), nil
	}
	return s
}

// set changes what the list's address answers from now on.
func (s *shelf) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *shelf) list(r fetch.Request) *fetch.Response {
	var b strings.Builder
	b.WriteString("<opml><head><title>Team</title></head><body>\n")
	for _, n := range s.names {
		folder, host, _ := strings.Cut(n, "|")
		fmt.Fprintf(&b, "<outline text=%q><outline text=%q xmlUrl=\"https://%s.example/feed\"/></outline>\n", folder, host, host)
	}
	b.WriteString(s.extra)
	if !s.cut {
		b.WriteString("</body></opml>")
	}
	sum := sha256.Sum256([]byte(b.String()))
	tag := fmt.Sprintf("%q", fmt.Sprintf("%x", sum[:4]))
	if r.ETag == tag {
		return &fetch.Response{Status: 304, NotModified: true, URL: r.URL, ETag: tag}
	}
	return &fetch.Response{Status: 200, URL: r.URL, Body: []byte(b.String()), Hash: sum, ETag: tag}
}

// feeds describes what is followed: "folder|host", with "-" behind what a list no
// longer names.
func feeds(t *testing.T, s *boltstore.Store) (got []string) {
	t.Helper()
	fs, err := s.Subscriptions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fs {
		host := strings.TrimSuffix(strings.TrimPrefix(f.Subscription.URL, "https://"), ".example/feed")
		got = append(got, f.Subscription.Folder+"|"+host+strings.Repeat("-", len(f.Unlisted)))
	}
	return got
}

func wantFeeds(t *testing.T, s *boltstore.Store, when string, want ...string) {
	t.Helper()
	if got := feeds(t, s); !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", when, got, want)
	}
}

func theList(t *testing.T, s *boltstore.Store) feed.List {
	t.Helper()
	ls, err := s.Lists(t.Context())
	if err != nil || len(ls) != 1 {
		t.Fatalf("lists %+v, %v; want one", ls, err)
	}
	return ls[0]
}

// followTeam follows the list, and fails the test if that doesn't work.
func followTeam(t *testing.T, p *Poller) feed.ImportReport {
	t.Helper()
	r, err := imported(t, p, feed.ImportRequest{URL: listURL, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return r
}

// day lets a day and the time for its polls go by.
func day() {
	time.Sleep(28 * time.Hour)
	synctest.Wait()
}

func TestAFollowedListBringsWhatAppearsAndFlagsWhatVanishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newShelf("News|alpha", "News|beta", "Fun|gamma")
		p, stop := start(t, s, w, Options{})
		wish(t, p, "https://beta.example/feed")
		r := followTeam(t, p)
		if r.Count(feed.ImportAdded) != 2 || r.Count(feed.ImportKnown) != 1 || r.List == 0 || r.Title != "Team" {
			t.Errorf("report %+v", r)
		}
		wantFeeds(t, s, "followed", "|beta", "Fun|gamma", "News|alpha")

		w.set(func() { w.names = []string{"News|alpha", "New|delta"} })
		day()
		wantFeeds(t, s, "a day later", "|beta-", "Fun|gamma-", "New|delta", "News|alpha")
		if got := stats(t, s); got.Entries != 4 {
			t.Errorf("%d entries: what appeared was not polled", got.Entries)
		}

		stop()
		p, stop = start(t, s, w, Options{})
		w.set(func() { w.names = append(w.names, "Elsewhere|gamma") })
		day()
		wantFeeds(t, s, "it is back", "|beta-", "Fun|gamma", "New|delta", "News|alpha")

		if err := p.UnfollowList(t.Context(), theList(t, s).ID); err != nil {
			t.Error(err)
		}
		w.set(func() { w.names = []string{"News|omega"} })
		asked := len(w.asks)
		day()
		wantFeeds(t, s, "no longer followed", "|beta", "Fun|gamma", "New|delta", "News|alpha")
		if len(w.asks) != asked {
			t.Error("it was asked though it isn't followed")
		}
		stop()
	})
}

// What appears in a followed list goes where the reader's other feeds of that folder
// went, as long as no feed is in a folder of the old name.
func TestAListKnowsAFolderByItsOldName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newShelf("News|alpha", "Fun|gamma")
		p, stop := start(t, s, w, Options{})
		defer stop()
		followTeam(t, p)
		move := func(id uint64, from, to string) {
			t.Helper()
			if _, err := p.ChangeAll(t.Context(), []feed.FeedChange{{Feed: id, Change: feed.Change{Folder: &to}}}); err != nil {
				t.Fatal(err)
			}
			have, err := s.Settings(t.Context(), feed.SettingRefiled)
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range feed.ReadRefiled(have).Move(from, to) {
				if err := s.SetSetting(t.Context(), name, value); err != nil {
					t.Fatal(err)
				}
			}
		}
		move(1, "News", "World")
		w.set(func() {
			w.names = append(w.names, "News|delta", "Newsletters|zeta")
			w.extra = `<outline text="News"><outline text="Asia"><outline text="epsilon" xmlUrl="https://epsilon.example/feed"/></outline></outline>`
		})
		day()
		wantFeeds(t, s, "renamed", "Fun|gamma", "Newsletters|zeta", "World|alpha", "World|delta", "World/Asia|epsilon")
		news := "News"
		if _, err := p.Change(t.Context(), 2, feed.Change{Folder: &news}); err != nil {
			t.Fatal(err)
		}
		w.set(func() { w.names = append(w.names, "News|eta") })
		day()
		wantFeeds(t, s, "there is such a folder again", "News|eta", "News|gamma", "Newsletters|zeta", "World|alpha", "World|delta", "World/Asia|epsilon")
	})
}

func TestAFollowedListIsAskedDailyAndPolitely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newShelf("|alpha")
		p, stop := start(t, s, w, Options{})
		defer stop()
		followTeam(t, p)
		time.Sleep(10*24*time.Hour + time.Hour)
		synctest.Wait()
		if n := len(w.asks); n < 10 || n > 11 {
			t.Errorf("asked %d times in ten days", n)
		}
		for i, r := range w.asks[1:] {
			if r.ETag == "" {
				t.Errorf("request %d is not conditional", i+2)
			}
		}
		if _, err := p.PollList(t.Context(), theList(t, s).ID); err != nil {
			t.Errorf("at the reader's wish: %v", err)
		}
		if _, err := p.PollList(t.Context(), theList(t, s).ID); err == nil {
			t.Error("asked twice in a moment")
		}
	})
}

func TestWhatTheReaderRemovedNoListBringsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newShelf("|alpha", "|beta")
		p, stop := start(t, s, w, Options{})
		defer stop()
		r := followTeam(t, p)
		if err := p.Remove(t.Context(), r.Lines[0].Feed); err != nil {
			t.Fatal(err)
		}
		w.set(func() { w.names = []string{"|alpha", "|beta", "|gamma"} })
		day()
		wantFeeds(t, s, "removed", "|beta", "|gamma")
		w.set(func() { w.names = []string{"|beta"} })
		day()
		w.set(func() { w.names = []string{"|alpha", "|beta"} })
		time.Sleep(time.Hour)
		synctest.Wait()
		again, err := p.PollList(t.Context(), theList(t, s).ID)
		if err != nil || again.Count(feed.ImportRemoved) != 1 {
			t.Errorf("report %+v, %v", again, err)
		}
		wantFeeds(t, s, "gone from the list and back", "|beta", "|gamma-")

		wish(t, p, "https://alpha.example/feed") // the reader wants it again
		w.set(func() { w.names = []string{"|beta"} })
		day()
		w.set(func() { w.names = []string{"|alpha", "|beta"} })
		day()
		wantFeeds(t, s, "subscribed anew", "|beta", "|alpha", "|gamma-")
	})
}

func TestAListThatFailsSaysSoAndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newShelf("|alpha", "|beta")
		p, stop := start(t, s, w, Options{})
		defer stop()
		followTeam(t, p)
		w.set(func() {
			w.fails = &fetch.Error{Kind: feed.FailureLimited, Status: 503, URL: listURL, RetryAfter: 72 * time.Hour, Err: errors.New("come later")}
		})
		day()
		asked := len(w.asks)
		if l := theList(t, s); l.State.Failures != 1 || l.State.Error == "" || len(l.Members) != 2 || l.State.ETag == "" {
			t.Errorf("after a failure: %+v", l)
		}
		if _, err := p.PollList(t.Context(), theList(t, s).ID); err == nil {
			t.Error("asked though its publisher wants to wait")
		}
		synctest.Wait()
		day()
		if len(w.asks) != asked {
			t.Error("Retry-After was not obeyed")
		}
		w.set(func() { w.fails, w.names, w.cut = nil, []string{"|alpha"}, true })
		time.Sleep(48 * time.Hour)
		synctest.Wait()
		wantFeeds(t, s, "cut off", "|alpha", "|beta")
		w.set(func() { w.cut = false })
		day()
		wantFeeds(t, s, "whole again", "|alpha", "|beta-")
		w.set(func() {
			w.fails = &fetch.Error{Kind: feed.FailureGone, Status: 410, URL: listURL, Err: errors.New("gone")}
		})
		day()
		asked = len(w.asks)
		day()
		if l := theList(t, s); !l.State.Gone || len(w.asks) != asked {
			t.Errorf("gone: asked %d times more, %+v", len(w.asks)-asked, l.State)
		}
	})
}

func TestWhatIsNoListIsNotFollowed(t *testing.T) {
	s, w := open(t), newShelf()
	p, stop := start(t, s, w, Options{OnDemand: true})
	defer stop()
	for _, r := range []feed.ImportRequest{
		{URL: "https://feed.example/", Follow: true}, {Body: strings.NewReader("<opml/>"), Follow: true}, {URL: "gopher://x.example/", Follow: true},
		{URL: "https://feed.example/"}, {Body: strings.NewReader("no list")},
	} {
		if _, err := imported(t, p, r); err == nil {
			t.Errorf("%+v was imported", r)
		}
	}
	if ls, err := s.Lists(t.Context()); err != nil || len(ls) != 0 {
		t.Errorf("lists %+v, %v", ls, err)
	}
	wantFeeds(t, s, "nothing")
	if _, err := p.PollList(t.Context(), 7); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("poll of no list: %v", err)
	}
	if err := p.UnfollowList(t.Context(), 7); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("end of no list: %v", err)
	}
}

// On demand nothing is polled by schedule, but `tidings poll` from cron has to look
// at lists as well.
func TestAPollOfAllLooksAtDueLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := open(t), newShelf("|alpha")
		p, stop := start(t, s, w, Options{OnDemand: true})
		defer stop()
		followTeam(t, p)
		w.set(func() { w.names = append(w.names, "|beta") })
		day()
		if len(w.asks) != 1 {
			t.Errorf("asked %d times without being told to", len(w.asks))
		}
		polled := map[string]bool{}
		err := p.Poll(t.Context(), feed.PollRequest{}, func(int) {}, func(o feed.Outcome) { polled[o.URL] = true })
		if err != nil || len(polled) != 2 {
			t.Errorf("polled %v, %v", slices.Sorted(maps.Keys(polled)), err)
		}
	})
}

func TestAListThatMovesForGoodIsFollowedThere(t *testing.T) {
	l := feed.List{ID: 3, URL: listURL}
	const to = "https://new.example/list.opml"
	body := []byte(`<opml><body><outline xmlUrl="https://a.example/feed"/></body></opml>`)
	resp := &fetch.Response{Status: 200, URL: to, Permanent: true, Body: body, Hash: sha256.Sum256(body)}
	h, _ := gatherList(l, nil, resp, nil, time.Now())
	if h.URL != "" || h.State.Sightings != 1 || len(h.Wishes) != 1 {
		t.Fatalf("first sighting: %+v", h)
	}
	l.State = h.State
	h, _ = gatherList(l, nil, resp, nil, time.Now().Add(daily))
	if h.URL != to || h.Canonical == "" || h.Site != "new.example" || h.Read {
		t.Errorf("second sighting: %+v", h)
	}
}
