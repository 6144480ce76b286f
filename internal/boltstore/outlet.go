package boltstore

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"tidings/internal/feed"
)

// outlets is what lists need to know of every feed. It is never changed once
// others can see it: a writer makes a copy and puts that in its place.
type outlets struct {
	feeds map[uint64]*outlet

	once    sync.Once
	folders map[string][]uint64 // feeds in a folder or below it
	tags    map[string][]uint64 // feeds with a tag

	sorting sync.Once
	list    []feed.Outlet // the visible ones, as lists have them
}

// outlet is one of them.
type outlet struct {
	feed.Outlet
	source  string // feeds of one source aren't independent
	keep    feed.Keep
	whole   bool // its entries get their full text from their pages
	hidden  bool
	folders []string // the folder and those above it; none if hidden
	tags    []string // none if hidden
}

// newOutlet tells what lists need to know of a feed.
func newOutlet(s feed.Subscription, st feed.State) *outlet {
	o := &outlet{
		Outlet: feed.Outlet{Feed: s.ID, Title: feed.Name(s, st), URL: s.URL, SiteURL: st.SiteURL, Folder: s.Folder, Icon: st.Icon, Tags: s.Tags},
		source: sourceOf(s),
		keep:   s.Keep,
		whole:  s.FullText,
		hidden: !s.Removed.IsZero(),
	}
	if !o.hidden {
		o.folders, o.tags = chain(s.Folder), s.Tags
		o.Trouble, o.Paused = failing(s, st), s.Paused
	}
	return o
}

// sourceOf is what feeds of one publisher have in common: their site. Behind an IP address
// or a name without a domain, as of a bridge at home, there may be many publishers, so
// each feed there is a source of its own.
func sourceOf(s feed.Subscription) string {
	if _, err := netip.ParseAddr(s.Site); err == nil || !strings.Contains(s.Site, ".") {
		return s.URL
	}
	return s.Site
}

// chain lists a folder and those above it: "News/World" and "News".
func chain(folder string) (fs []string) {
	for folder != "" {
		fs = append(fs, folder)
		i := strings.LastIndexByte(folder, '/')
		folder = folder[:max(i, 0)]
	}
	return fs
}

func (o *outlet) chain() []string {
	if o == nil {
		return nil
	}
	return o.folders
}

func (o *outlet) labels() []string {
	if o == nil {
		return nil
	}
	return o.tags
}

// same reports whether a reader would see no difference.
func (o *outlet) same(p *outlet) bool {
	return o != nil && p != nil && o.sameInStories(p) && o.Trouble == p.Trouble && o.Paused == p.Paused && o.keep == p.keep
}

// sameInStories reports whether a reader of stories would see no difference: how
// polling goes is told in lists of feeds only.
func (o *outlet) sameInStories(p *outlet) bool {
	return o.Feed == p.Feed && o.Title == p.Title && o.URL == p.URL && o.SiteURL == p.SiteURL && o.Folder == p.Folder &&
		o.Icon == p.Icon && slices.Equal(o.Tags, p.Tags) && o.hidden == p.hidden && o.whole == p.whole
}

func (o *outlets) clone() *outlets { return &outlets{feeds: maps.Clone(o.feeds)} }

// chosen lists the feeds that the feed, folder and tag of q choose; all of them
// chosen is the list of the one number 0.
func (o *outlets) chosen(q feed.Query) (ids []uint64) {
	candidates := []uint64{q.Feed}
	if q.Feed == 0 && (q.Folder != "" || q.Tag != "") {
		candidates = o.grouped(q)
	}
	for _, id := range candidates {
		if o.fits(q, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// grouped lists the feeds in the folder of q, or else those with its tag.
func (o *outlets) grouped(q feed.Query) []uint64 {
	o.once.Do(func() {
		o.folders, o.tags = map[string][]uint64{}, map[string][]uint64{}
		for id, f := range o.feeds {
			for _, name := range f.folders {
				o.folders[name] = append(o.folders[name], id)
			}
			for _, name := range f.tags {
				o.tags[name] = append(o.tags[name], id)
			}
		}
	})
	if q.Folder != "" {
		return o.folders[q.Folder]
	}
	return o.tags[q.Tag]
}

// fits reports whether the feed, folder and tag of q choose a feed.
func (o *outlets) fits(q feed.Query, id uint64) bool {
	f := o.feeds[id]
	return (q.Feed == 0 || q.Feed == id) && (q.Folder == "" || slices.Contains(f.chain(), q.Folder)) &&
		(q.Tag == "" || f != nil && slices.Contains(f.tags, q.Tag))
}

// sorted lists the visible ones by folder, then title.
func (o *outlets) sorted() []feed.Outlet {
	o.sorting.Do(func() {
		for _, f := range o.feeds {
			if !f.hidden {
				o.list = append(o.list, f.Outlet)
			}
		}
		sortListed(o.list, func(f feed.Outlet) (string, string, uint64) { return f.Folder, f.Title, f.Feed })
	})
	return o.list
}

// sortListed sorts feeds as lists have them: by folder, then by title in whatever
// case, then by number.
func sortListed[T any](fs []T, of func(T) (folder, title string, id uint64)) {
	type listed struct {
		folder, title string
		id            uint64
		feed          T
	}
	ps := make([]listed, len(fs))
	for i, f := range fs {
		ps[i] = listed{feed: f}
		ps[i].folder, ps[i].title, ps[i].id = of(f)
		ps[i].title = strings.ToLower(ps[i].title)
	}
	slices.SortFunc(ps, func(a, b listed) int {
		return cmp.Or(strings.Compare(a.folder, b.folder), strings.Compare(a.title, b.title), cmp.Compare(a.id, b.id))
	})
	for i, p := range ps {
		fs[i] = p.feed
	}
}

// Outlets lists the feeds in the order of [Store.Subscriptions], with the little
// that pages show beside every story. It reads nothing from the file.
func (s *Store) Outlets(ctx context.Context) ([]feed.Outlet, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o, err := s.loadOutlets()
	if err != nil {
		return nil, err
	}
	return slices.Clone(o.sorted()), nil
}

// loadOutlets gives the outlets, reading them on first use.
func (s *Store) loadOutlets() (*outlets, error) {
	if o := s.outlets.Load(); o != nil {
		return o, nil
	}
	s.write.Lock()
	defer s.write.Unlock()
	return s.outletsLocked()
}

func (s *Store) outletsLocked() (*outlets, error) {
	if o := s.outlets.Load(); o != nil {
		return o, nil
	}
	o := &outlets{feeds: map[uint64]*outlet{}}
	err := s.read(func(tx *bolt.Tx) error {
		t := &txn{tx: tx, codec: s.codec}
		return t.subscriptions(func(sub feed.Subscription, st feed.State) error {
			o.feeds[sub.ID] = newOutlet(sub, st)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	s.outlets.Store(o)
	return o, nil
}

// subscriptions calls fn with every feed, hidden ones included, in order of number.
func (t *txn) subscriptions(fn func(feed.Subscription, feed.State) error) error {
	return t.each(tSubscription, nil, func(k, v []byte) error {
		var id uint64
		var r subscriptionRecord
		if !split(k, &id) {
			return damaged(tSubscription, k, errDamaged)
		}
		if err := t.codec.read(v, &r); err != nil {
			return damaged(tSubscription, k, err)
		}
		st, err := t.state(id)
		if err != nil {
			return err
		}
		return fn(r.subscription(id), st)
	})
}

// outlet is what lists show of a feed. One that was removed a moment ago has
// only its number left.
func (t *txn) outlet(id uint64) feed.Outlet {
	if o := t.outlets.feeds[id]; o != nil {
		return o.Outlet
	}
	sub, ok, err := t.subscription(id)
	if err != nil || !ok {
		return feed.Outlet{Feed: id}
	}
	st, err := t.state(id)
	if err != nil {
		st = feed.State{}
	}
	return newOutlet(sub, st).Outlet
}

// dueAt is when a feed that isn't leased is to be polled.
func dueAt(st feed.State) time.Time {
	if st.NotBefore.After(st.Due) {
		return st.NotBefore
	}
	return st.Due
}
