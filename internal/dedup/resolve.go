package dedup

import (
	"cmp"
	"slices"

	"tidings/internal/feed"
)

// Resolve tells which entries the items of one document are, given their keys
// from [Identify] and what the store knows of the feed: an entry's number for
// each item, 0 for a new one. No entry is given twice. Stronger keys choose
// before weaker ones, whatever the order of the items; among equals the earlier
// item chooses first.
//
// The caller then stores all of an item's keys with its entry, the known ones
// and the new, so that a sign that changed is known the next time.
func Resolve(keys [][]feed.Key, known map[feed.Key]feed.Known) []uint64 {
	type claim struct {
		rank  byte
		item  int
		entry uint64
	}
	var claims []claim
	for i, ks := range keys {
		for _, k := range ks {
			if e, ok := known[k]; ok {
				claims = append(claims, claim{k[0], i, e.Entry})
			}
		}
	}
	slices.SortStableFunc(claims, func(a, b claim) int { return cmp.Compare(a.rank, b.rank) })
	entries := make([]uint64, len(keys))
	taken := make(map[uint64]bool, len(keys))
	for _, c := range claims {
		if entries[c.item] == 0 && !taken[c.entry] {
			entries[c.item], taken[c.entry] = c.entry, true
		}
	}
	return entries
}
