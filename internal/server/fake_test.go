package server

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"tidings/internal/feed"
)

// fakeStore keeps everything in memory, in the plainest way there is. It serves
// the benchmarks, where a store's own time would hide the server's, and the
// tests of what no honest store does.
type fakeStore struct {
	mu       sync.Mutex
	feeds    []feed.Following
	stories  []feed.Full // newest first
	settings map[string][]byte
	version  uint64
	changed  chan struct{}
	broken   error // what Stories answers, if set
	asked    int   // how often Stories was asked
	writes   int   // how often anything was written
}

func newFakeStore() *fakeStore {
	return &fakeStore{settings: map[string][]byte{}, changed: make(chan struct{})}
}

func (s *fakeStore) bump() {
	s.writes++
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *fakeStore) follow(fs ...feed.Following) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feeds = append(s.feeds, fs...)
	s.bump()
}

func (s *fakeStore) tell(fulls ...feed.Full) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stories = append(s.stories, fulls...)
	slices.SortFunc(s.stories, func(a, b feed.Full) int {
		return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(b.ID, a.ID))
	})
	s.version++
	s.bump()
}

func (s *fakeStore) matches(f feed.Full, q feed.Query) bool {
	if q.Unread && f.Mark.Read || q.Starred && !f.Mark.Starred {
		return false
	}
	return slices.ContainsFunc(f.Members, func(m feed.Member) bool {
		in := q.Folder == "" || m.Outlet.Folder == q.Folder || strings.HasPrefix(m.Outlet.Folder, q.Folder+"/")
		return in && (q.Feed == 0 || m.Outlet.Feed == q.Feed)
	})
}

func (s *fakeStore) Stories(_ context.Context, q feed.Query) (feed.Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.broken != nil {
		return feed.Page{}, s.broken
	}
	limit := cmp.Or(q.Limit, 50)
	var found []feed.Headline
	for _, f := range s.stories {
		if !s.matches(f, q) || !q.Before.IsZero() && !newer(q.Before, f.Cursor()) ||
			!q.After.IsZero() && !newer(f.Cursor(), q.After) {
			continue
		}
		h := f.Headline
		if q.Bodies {
			h.Body = &f.Members[0].Body
		}
		found = append(found, h)
	}
	more := len(found) > limit
	switch {
	case more && !q.After.IsZero():
		found = found[len(found)-limit:]
	case more:
		found = found[:limit]
	}
	return feed.Page{Stories: found, More: more}, nil
}

func (s *fakeStore) Story(_ context.Context, id uint64) (feed.Full, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.stories {
		if f.ID == id {
			return f, nil
		}
	}
	return feed.Full{}, feed.ErrNotFound
}

func (s *fakeStore) Mark(_ context.Context, ids []uint64, c feed.MarkChange, _ time.Time) ([]uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var changed []uint64
	for i := range s.stories {
		f := &s.stories[i]
		if !slices.Contains(ids, f.ID) {
			continue
		}
		was := f.Mark
		if c.Read != nil {
			f.Mark.Read = *c.Read
		}
		if c.Starred != nil {
			f.Mark.Starred = *c.Starred
		}
		if was != f.Mark {
			changed = append(changed, f.ID)
		}
	}
	s.bump()
	return changed, nil
}

func (s *fakeStore) MarkAll(ctx context.Context, q feed.Query, upTo feed.Cursor, now time.Time) ([]uint64, error) {
	var ids []uint64
	s.mu.Lock()
	for _, f := range s.stories {
		if s.matches(f, q) && !newer(f.Cursor(), upTo) {
			ids = append(ids, f.ID)
		}
	}
	s.mu.Unlock()
	yes := true
	return s.Mark(ctx, ids, feed.MarkChange{Read: &yes}, now)
}

func (s *fakeStore) Counts(context.Context) (feed.Counts, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := feed.Counts{Feeds: map[uint64]int{}, Folders: map[string]int{}}
	for _, f := range s.stories {
		if f.Mark.Starred {
			c.Starred++
		}
		if f.Mark.Read {
			continue
		}
		c.Unread++
		in := map[string]bool{}
		for _, m := range f.Members {
			c.Feeds[m.Outlet.Feed]++
			in[m.Outlet.Folder] = true
		}
		for folder := range in {
			c.Folders[folder]++
		}
	}
	return c, nil
}

func (s *fakeStore) Stats(context.Context) (feed.Stats, error) {
	return feed.Stats{Feeds: len(s.feeds), Stories: len(s.stories), Entries: 12345, Bytes: 7 << 20}, nil
}

func (s *fakeStore) Subscription(_ context.Context, id uint64) (feed.Following, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.feeds {
		if x.Subscription.ID == id {
			return x, nil
		}
	}
	return feed.Following{}, feed.ErrNotFound
}

func (s *fakeStore) Subscriptions(context.Context) ([]feed.Following, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.feeds), nil
}

func (s *fakeStore) Setting(_ context.Context, key string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings[key], nil
}

func (s *fakeStore) SetSetting(_ context.Context, key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if value == nil {
		delete(s.settings, key)
	} else {
		s.settings[key] = value
	}
	s.bump()
	return nil
}

func (s *fakeStore) Settings(_ context.Context, prefix string) (map[string][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := maps.Clone(s.settings)
	maps.DeleteFunc(found, func(k string, _ []byte) bool { return !strings.HasPrefix(k, prefix) })
	return found, nil
}

func (s *fakeStore) Version() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

func (s *fakeStore) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// fakePoller subscribes without a network.
type fakePoller struct {
	store    *fakeStore
	progress feed.Progress
	found    map[string][]feed.Found // by address
	files    map[string]string       // what Fetch gives, by address
	asked    []uint64                // what Refresh was asked for
}

func (p *fakePoller) Subscribe(_ context.Context, wishes []feed.Wish) ([]feed.Addition, error) {
	var out []feed.Addition
	for _, w := range wishes {
		a := p.known(w.URL)
		if a.Subscription.ID == 0 {
			id := uint64(len(p.store.feeds)) + 1000
			a = feed.Addition{Added: true, Subscription: feed.Subscription{ID: id, URL: w.URL, Title: w.Title, Folder: w.Folder}}
			p.store.follow(feed.Following{Subscription: a.Subscription, State: feed.State{Feed: id}})
		}
		out = append(out, a)
	}
	return out, nil
}

func (p *fakePoller) known(url string) feed.Addition {
	for _, x := range p.store.feeds {
		if x.Subscription.URL == url {
			return feed.Addition{Subscription: x.Subscription}
		}
	}
	return feed.Addition{}
}

func (p *fakePoller) Discover(_ context.Context, url string) ([]feed.Found, error) {
	if f, ok := p.found[url]; ok {
		return f, nil
	}
	return nil, feed.WithHint(errors.New("fetch "+url+": no such host"), "check the address")
}

func (p *fakePoller) Remove(_ context.Context, id uint64) error {
	p.store.mu.Lock()
	defer p.store.mu.Unlock()
	n := len(p.store.feeds)
	p.store.feeds = slices.DeleteFunc(p.store.feeds, func(x feed.Following) bool { return x.Subscription.ID == id })
	p.store.bump()
	if len(p.store.feeds) == n {
		return feed.ErrNotFound
	}
	return nil
}

func (p *fakePoller) Change(_ context.Context, id uint64, c feed.Change) (feed.Subscription, error) {
	p.store.mu.Lock()
	defer p.store.mu.Unlock()
	for i := range p.store.feeds {
		sub := &p.store.feeds[i].Subscription
		if sub.ID != id {
			continue
		}
		for _, set := range []struct{ from, to *string }{{c.URL, &sub.URL}, {c.Title, &sub.Title}, {c.Folder, &sub.Folder}} {
			if set.from != nil {
				*set.to = *set.from
			}
		}
		if c.Paused != nil {
			sub.Paused = *c.Paused
		}
		p.store.bump()
		return *sub, nil
	}
	return feed.Subscription{}, feed.ErrNotFound
}

func (p *fakePoller) Refresh(_ context.Context, ids []uint64) (int, error) {
	p.asked = append(p.asked, ids...)
	if ids == nil {
		return len(p.store.feeds), nil
	}
	return len(ids), nil
}

func (p *fakePoller) Progress() feed.Progress {
	p.store.mu.Lock()
	defer p.store.mu.Unlock()
	return p.progress
}

func (p *fakePoller) set(now feed.Progress) {
	p.store.mu.Lock()
	defer p.store.mu.Unlock()
	p.progress = now
}

func (p *fakePoller) Fetch(_ context.Context, url string) ([]byte, error) {
	if f, ok := p.files[url]; ok {
		return []byte(f), nil
	}
	return nil, errors.New("fetch " + url + ": not found")
}
