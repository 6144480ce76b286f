package measure

import "tidings/internal/feed"

// headlines measures the stream of real headlines.
func headlines(d *data, o Options) ([]Set, error) {
	items, err := rows[Item](d, "headlines")
	if len(items) == 0 {
		return nil, err
	}
	all := make([]labelled, len(items))
	for i, it := range items {
		all[i].Item = it
	}
	placed := run(all, fullForm(), o.Window).placed
	var joined []int
	levels := map[feed.Level]int{}
	stories := len(placed)
	for i, p := range placed {
		levels[p.Verdict.Level]++
		if p.Story != p.Entry {
			stories--
			joined = append(joined, i)
		}
	}
	set := Set{Name: "headlines", Title: "headlines: a real stream of titles"}
	set.Rows = []Row{share("items joined to a story", len(joined), len(items), &Bar{Must: 0.12, Aim: 0.16})}
	for _, l := range []feed.Level{feed.LevelSameURL, feed.LevelSameText, feed.LevelPart, feed.LevelNear} {
		if levels[l] > 0 {
			set.Rows = append(set.Rows, share("of them "+string(l), levels[l], len(joined), nil))
		}
	}
	kin, greatest := related(placed)
	set.Rows = append(set.Rows, share("stories with related coverage", kin, stories, nil), Row{Name: "stories of the greatest event", Value: float64(greatest), Unit: Number})
	for _, i := range draw(joined, o.Sample, o.Seed) {
		p := placed[i]
		set.Sample = append(set.Sample, Pair{A: items[p.Verdict.Of-1], B: items[i], Level: string(p.Verdict.Level), Score: p.Verdict.Score, Evidence: p.Verdict.Evidence})
	}
	return []Set{set}, nil
}

// related counts the stories that share an event with others, and those of the
// greatest event.
func related(placed []Placed) (n, greatest int) {
	stories := map[uint64]int{}
	for _, p := range placed {
		if p.Story == p.Entry {
			stories[p.Event]++
		}
	}
	for _, k := range stories {
		if k > 1 {
			n += k
		}
		greatest = max(greatest, k)
	}
	return n, greatest
}
