package poller

import (
	"context"
	"slices"
	"strings"

	"tidings/internal/dedup"
	"tidings/internal/feed"
)

// findMost is how many entries of one address are found.
const findMost = 100

// Find gives the entries at an address, or with it as their guid, the newest first:
// those that have it letter by letter, else those that have it in another form.
func (p *Poller) Find(ctx context.Context, address string) ([]feed.Entry, error) {
	address = strings.TrimSpace(address)
	if address == "" {
		return nil, nil
	}
	want := dedup.CanonicalURL(address)
	es, err := p.store.FindEntries(ctx, func(s string) bool {
		return s == address || want != "" && dedup.CanonicalURL(s) == want
	}, findMost)
	other := func(e feed.Entry) bool { return e.URL != address && e.GUID != address }
	if exact := slices.DeleteFunc(slices.Clone(es), other); len(exact) > 0 {
		es = exact
	}
	return es, wrap("find the entry", err)
}
