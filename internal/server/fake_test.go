package server

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
	"tidings/internal/opml"
)

// spy is a real store that can be watched, made to fail, and made to answer at once.
type spy struct {
	*boltstore.Store
	asked     atomic.Int64             // how often stories were asked for
	counted   atomic.Int64             // how often counts were
	listed    atomic.Int64             // how often all subscriptions were
	broken    error                    // what Stories answers, if set
	ahead     uint64                   // by how much Version is beyond the truth
	relations map[uint64]feed.Relation // why a story that is told is in its event
	frozen    *feed.Page               // what Stories answers, if set: a benchmark is about the server's own time
	counts    feed.Counts
}

func openSpy(t testing.TB) *spy {
	t.Helper()
	store, err := boltstore.Open(filepath.Join(t.TempDir(), "news.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if r, err := store.Check(context.Background()); err != nil || len(r.Problems) > 0 {
			t.Errorf("the data file is damaged: %v %v", r.Problems, err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return &spy{Store: store}
}

func (s *spy) Version() uint64 { return s.Store.Version() + s.ahead }

func (s *spy) RiverVersion(q feed.Query) uint64 { return s.Store.RiverVersion(q) + s.ahead }

func (s *spy) Stories(ctx context.Context, q feed.Query) (feed.Page, error) {
	s.asked.Add(1)
	switch {
	case s.broken != nil:
		return feed.Page{}, s.broken
	case s.frozen != nil:
		return *s.frozen, nil
	}
	return s.Store.Stories(ctx, q)
}

func (s *spy) Subscriptions(ctx context.Context) ([]feed.Following, error) {
	s.listed.Add(1)
	return s.Store.Subscriptions(ctx)
}

func (s *spy) SubscriptionsSince(ctx context.Context, have uint64) (feed.Roster, error) {
	r, err := s.Store.SubscriptionsSince(ctx, have)
	if r.All {
		s.listed.Add(1)
	}
	return r, err
}

func (s *spy) Counts(ctx context.Context) (feed.Counts, error) {
	s.counted.Add(1)
	if s.frozen != nil {
		return s.counts, nil
	}
	return s.Store.Counts(ctx)
}

// follow subscribes to feeds, which get the numbers 1, 2, 3… in their order.
func (s *spy) follow(t testing.TB, list ...feed.Following) {
	t.Helper()
	ctx, now := context.Background(), time.Now()
	for _, x := range list {
		sub := x.Subscription
		added, err := s.Subscribe(ctx, []feed.Wish{{URL: sub.URL, Canonical: sub.URL, Site: "example", Folder: sub.Folder}}, now)
		if err != nil {
			t.Fatal(err)
		}
		id := added[0].Subscription.ID
		if err := s.Commit(ctx, []feed.Harvest{{Feed: id, State: x.State}}); err != nil {
			t.Fatal(err)
		}
		if sub.Paused {
			if _, err := s.ChangeSubscription(ctx, id, feed.Change{Paused: &sub.Paused}, "", ""); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// tell commits stories, which get their own numbers if these ascend from call to
// call and from the last to the first.
func (s *spy) tell(t testing.TB, fulls ...feed.Full) {
	t.Helper()
	ctx := context.Background()
	var hs []feed.Harvest
	for i := len(fulls) - 1; i >= 0; i-- {
		f := fulls[i]
		story := s.NextStory()
		for story < f.ID {
			story = s.NextStory()
		}
		first := uint64(0)
		for _, m := range f.Members {
			x, err := s.Subscription(ctx, m.Outlet.Feed)
			if err != nil {
				t.Fatal(err)
			}
			e := m.Entry
			e.ID, e.Story = s.NextEntry(), story
			if first == 0 {
				first = e.ID
			}
			v := m.Verdict
			if v.Of != 0 {
				v.Of = first
			}
			key := feed.Key{byte(e.ID >> 16), byte(e.ID >> 8), byte(e.ID)}
			hs = append(hs, feed.Harvest{Feed: m.Outlet.Feed, State: x.State, Arrivals: []feed.Arrival{{
				Keys: []feed.Key{key}, Entry: e, Body: m.Body, Time: f.Time, URN: f.URN, Verdict: v, New: true,
				Event: f.Story.Event, Relation: s.relations[f.ID],
			}}})
		}
	}
	if err := s.Commit(ctx, hs); err != nil {
		t.Fatal(err)
	}
}

// fakePoller changes what is followed without a network.
type fakePoller struct {
	store *spy
	found map[string][]feed.Found // by address
	files map[string]string       // what Fetch gives, by address
	asked []uint64                // what Refresh was asked for

	looked []string                 // what Discover was asked for
	pages  map[uint64]feed.FullText // what FullText brings, by entry
	pause  chan struct{}            // if set, each line of an import waits for it
	times  feed.Timetable

	mu       sync.Mutex
	progress feed.Progress
}

func (p *fakePoller) Subscribe(ctx context.Context, wishes []feed.Wish) ([]feed.Addition, error) {
	for i := range wishes {
		u, err := meant(wishes[i].URL)
		if err != nil {
			return nil, err
		}
		wishes[i].URL, wishes[i].Canonical, wishes[i].Site = u, u, "example"
	}
	return p.store.Subscribe(ctx, wishes, time.Now())
}

// meant reads an address as pollers do, or says with a hint why it can't.
func meant(address string) (string, error) {
	switch scheme, _, ok := strings.Cut(address, "://"); {
	case !ok:
		return "https://" + address, nil
	case scheme != "http" && scheme != "https" || strings.Contains(address, "%zz"):
		return "", feed.WithHint(errors.New("read the address "+address), "give another")
	}
	return address, nil
}

func (p *fakePoller) Discover(_ context.Context, url string) ([]feed.Found, error) {
	p.looked = append(p.looked, url)
	url, err := meant(url)
	if err != nil {
		return nil, err
	}
	if f, ok := p.found[url]; ok {
		return f, nil
	}
	return nil, feed.WithHint(errors.New("fetch "+url+": no such host"), "check the address")
}

// Preview tells of each feed that it brought one entry.
func (p *fakePoller) Preview(ctx context.Context, url string) ([]feed.Preview, error) {
	found, err := p.Discover(ctx, url)
	var out []feed.Preview
	for _, f := range found {
		v := feed.Preview{Found: f, Format: "atom", Entries: 12, Newest: time.Now(), Last: []feed.PreviewItem{{Title: "Ferry <runs> again", Time: time.Now(), Excerpt: "It does."}}}
		if sub, err := p.store.FindSubscription(ctx, f.URL); err == nil {
			v = feed.Preview{Found: f, Feed: sub.ID}
		}
		out = append(out, v)
	}
	return out, err
}

func (p *fakePoller) Remove(ctx context.Context, id uint64) error {
	_, err := p.store.Unsubscribe(ctx, id, time.Now())
	return err
}

func (p *fakePoller) TakeBackAll(ctx context.Context, ids []uint64) ([]feed.Subscription, error) {
	return p.store.ResubscribeAll(ctx, ids)
}

func (p *fakePoller) TakeBack(ctx context.Context, id uint64) (feed.Subscription, error) {
	return p.store.Resubscribe(ctx, id)
}

func (p *fakePoller) Change(ctx context.Context, id uint64, c feed.Change) (feed.Subscription, error) {
	canonical := ""
	if c.URL != nil {
		canonical = *c.URL
	}
	return p.store.ChangeSubscription(ctx, id, c, canonical, "example")
}

func (p *fakePoller) ChangeAll(ctx context.Context, cs []feed.FeedChange) ([]feed.Subscription, error) {
	return p.store.ChangeSubscriptions(ctx, cs)
}

func (p *fakePoller) Losses(ctx context.Context, c feed.KeepChange) (feed.Loss, error) {
	return p.store.Losses(ctx, feed.DefaultRetention, c, time.Now())
}

func (p *fakePoller) Refresh(ctx context.Context, ids []uint64) (int, error) {
	p.asked = append(p.asked, ids...)
	if ids == nil {
		st, err := p.store.Stats(ctx)
		return st.Feeds, err
	}
	return len(ids), nil
}

func (p *fakePoller) FullText(ctx context.Context, entry uint64) (feed.FullText, error) {
	t, ok := p.pages[entry]
	if !ok {
		return t, feed.WithHint(errors.New("ask outlet1.example: it wants to be left alone until 12:00"), "try again then")
	}
	t.Entry, t.Fetched = entry, time.Now()
	return t, p.store.PutFullText(ctx, t)
}

func (p *fakePoller) Split(ctx context.Context, story, entry uint64) (feed.Decision, error) {
	return p.store.SplitStory(ctx, story, entry, p.store.NextStory(), time.Now())
}

func (p *fakePoller) Join(ctx context.Context, a, b uint64) (feed.Decision, error) {
	return p.store.JoinStories(ctx, a, b, time.Now())
}

func (p *fakePoller) Undo(ctx context.Context, id uint64) (feed.Decision, error) {
	return p.store.UndoDecision(ctx, id, time.Now())
}

func (p *fakePoller) SetRule(ctx context.Context, s feed.Scope, r feed.Rule) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return p.store.SetSetting(ctx, s.Setting(), b)
}

func (p *fakePoller) Progress() feed.Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.progress
}

func (p *fakePoller) Receipt(ctx context.Context) (feed.Receipt, error) {
	fs, err := p.store.Subscriptions(ctx)
	return feed.NewReceipt(fs, time.Now()), err
}

func (p *fakePoller) CancelNew(ctx context.Context) (n int, err error) {
	fs, err := p.store.Subscriptions(ctx)
	for _, f := range fs {
		if f.State.Polled.IsZero() {
			n++
			err = errors.Join(err, p.Remove(ctx, f.Subscription.ID))
		}
	}
	return n, err
}

func (p *fakePoller) Timetable() feed.Timetable { return p.times }

func (p *fakePoller) SetTimetable(_ context.Context, _ uint64, t feed.Timetable) error {
	p.times = t
	return nil
}

func (p *fakePoller) set(now feed.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.progress = now
}

// Import subscribes to one outline after another.
func (p *fakePoller) Import(ctx context.Context, r feed.ImportRequest, line func(feed.ImportLine) error) (feed.ImportSum, error) {
	rep, err := p.report(ctx, r)
	if err != nil {
		return feed.ImportSum{}, err
	}
	return rep.Tell(func(l feed.ImportLine) error {
		if p.pause != nil {
			select {
			case <-p.pause:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return line(l)
	})
}

func (p *fakePoller) report(ctx context.Context, r feed.ImportRequest) (rep feed.ImportReport, err error) {
	if r.URL != "" {
		if r.URL, err = meant(r.URL); err != nil {
			return rep, err
		}
		if p.files[r.URL] == "" {
			return rep, errors.New("fetch " + r.URL + ": not found")
		}
		r.Body = strings.NewReader(p.files[r.URL])
	}
	l, err := opml.Read(r.Body, opml.Limits{})
	if err != nil {
		return rep, err
	}
	l.Unfollowed()
	for _, o := range l.Feeds {
		line := feed.ImportLine{State: feed.ImportKnown, Line: o.Line, Title: o.Title, URL: o.URL, Folder: o.Folder}
		as, err := p.Subscribe(ctx, []feed.Wish{o.Wish()})
		switch {
		case err != nil:
			line.State, line.Reason = feed.ImportFailed, err.Error()
		case as[0].Added:
			line.State = feed.ImportAdded
		}
		if err == nil {
			line.Feed = as[0].Subscription.ID
		}
		rep.Lines = append(rep.Lines, line)
	}
	for _, x := range l.Problems {
		rep.Lines = append(rep.Lines, feed.ImportLine{State: feed.ImportFailed, Line: x.Line, Title: x.Text, Reason: x.Reason})
	}
	if r.Follow {
		rep.List, err = p.follow(ctx, r.URL, l)
	}
	return rep, err
}

// follow keeps a list as it was read.
func (p *fakePoller) follow(ctx context.Context, address string, l *opml.List) (uint64, error) {
	kept, _, err := p.store.FollowList(ctx, feed.List{URL: address, Folder: "Team"}, time.Now())
	if err != nil {
		return 0, err
	}
	wishes := l.Wishes()
	for i := range wishes {
		wishes[i].Canonical = wishes[i].URL
	}
	now := time.Now()
	_, err = p.store.CommitList(ctx, feed.ListHarvest{
		List: kept.ID, State: feed.State{Polled: now, Document: now, Due: now.Add(24 * time.Hour)}, Read: true, Title: l.Title, Wishes: wishes,
	}, now)
	return kept.ID, err
}

// PollList reads the list again.
func (p *fakePoller) PollList(ctx context.Context, id uint64) (rep feed.ImportReport, err error) {
	lists, err := p.store.Lists(ctx)
	if err != nil {
		return rep, err
	}
	for _, l := range lists {
		if l.ID == id {
			return p.report(ctx, feed.ImportRequest{URL: l.URL, Follow: true})
		}
	}
	return rep, feed.ErrNotFound
}

func (p *fakePoller) UnfollowList(ctx context.Context, id uint64) error {
	return p.store.UnfollowList(ctx, id)
}

// freeze makes the store give the first page at once, as a benchmark of the
// server's own time wants it.
func (s *spy) freeze(t testing.TB) {
	t.Helper()
	page, err := s.Stories(context.Background(), feed.Query{Unread: true})
	if err != nil {
		t.Fatal(err)
	}
	if s.counts, err = s.Counts(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.frozen = &page
}
