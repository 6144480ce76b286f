package poller

import (
	"slices"

	"tidings/internal/feed"
)

// regrouped gives each group its number, and what the store is to be told.
func (r *rebuilding) regrouped(next func() uint64) []feed.Regrouped {
	r.number(next)
	out := make([]feed.Regrouped, len(r.moves))
	for i, m := range r.moves {
		out[i] = m.Regrouped
		if m.group != nil {
			out[i].Story, out[i].URN = m.group.number, m.group.urn
		}
		out[i].Event = r.final(m.Event)
		for k := range out[i].Verdict.Apart {
			out[i].Verdict.Apart[k].Story = r.final(out[i].Verdict.Apart[k].Story)
		}
	}
	return out
}

// final is the number of a story that the engine may know by that of its group.
func (r *rebuilding) final(story uint64) uint64 {
	if story < unnumbered {
		return story
	}
	return r.groups[story-unnumbered].number
}

// number gives each group the number of a story, and with it the story's id, place
// and mark: the oldest whose founder it has; else the oldest that one of its
// entries was in, if no other group has it; else a new one. A story in which
// entries stay is theirs.
func (r *rebuilding) number(next func() uint64) {
	taken := map[uint64]bool{}
	for _, g := range r.groups {
		g.number = r.oldest(g.founds, taken)
	}
	for _, g := range r.groups {
		if g.number == 0 {
			g.number = r.oldest(g.was, taken)
		}
	}
	for _, g := range r.groups {
		if g.number == 0 {
			g.number = next()
		} else {
			g.urn = "" // it has one
		}
	}
}

func (r *rebuilding) oldest(stories []uint64, taken map[uint64]bool) uint64 {
	slices.Sort(stories)
	for _, s := range stories {
		if !taken[s] && !r.held[s] {
			taken[s] = true
			return s
		}
	}
	return 0
}
