package server

import (
	"context"
	"sync"

	"tidings/internal/feed"
)

// tally is the numbers beside the river's filters, for the script: "unread",
// "starred", "feed-12", "folder-World", "tag-go". A name that is missing counts nothing.
type tally map[string]int

func newTally(c feed.Counts) tally {
	t := tally{"unread": c.Unread, "starred": c.Starred}
	for folder, n := range c.Folders {
		t["folder-"+folder] = n
	}
	for tag, n := range c.Tags {
		t["tag-"+tag] = n
	}
	for id, n := range c.Feeds {
		if n > 0 {
			t["feed-"+number(id)] = n
		}
	}
	return t
}

// since is what differs from old; what is gone is 0.
func (t tally) since(old tally) tally {
	d := tally{}
	for name, n := range t {
		if was, ok := old[name]; !ok || was != n {
			d[name] = n
		}
	}
	for name := range old {
		if _, ok := t[name]; !ok {
			d[name] = 0
		}
	}
	return d
}

// tallies keeps the last tally for all event streams: after a commit one of them
// counts, and not each.
type tallies struct {
	mu      sync.Mutex
	changed <-chan struct{} // closed when last is out of date
	last    tally           // never changed
}

// tally gives the counts as they are now.
func (k *tallies) tally(ctx context.Context, store Store) (tally, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.changed != nil && !closed(k.changed) {
		return k.last, nil
	}
	changed := store.Changed()
	c, err := store.Counts(ctx)
	if err != nil {
		return nil, err
	}
	k.changed, k.last = changed, newTally(c)
	return k.last, nil
}
