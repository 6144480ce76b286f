package measure

import "slices"

// couple is a row of copies.
type couple struct {
	A           string  `json:"a"`
	B           string  `json:"b"`
	Containment float64 `json:"containment"`
}

// aCopy is from which share of 5-grams on a pair counts as a copy.
const aCopy = 0.5

// streams measures copies on the stream, in both forms.
func streams(d *data, o Options) ([]Set, error) {
	if err := d.load(); err != nil {
		return nil, err
	}
	pairs, err := rows[couple](d, "copies")
	items, wire := d.labels(o.Split), d.wirePairs(o.Split)
	if err != nil || len(items)+len(wire) == 0 {
		return nil, err
	}
	known := map[string]bool{}
	for _, it := range items {
		known[it.ID] = true
	}
	pairs = slices.DeleteFunc(pairs, func(c couple) bool { return c.Containment < aCopy || !known[c.A] || !known[c.B] })
	all := byTime(append(slices.Clone(items), wireItems(wire)...))
	var sets []Set
	for _, f := range []form{shortForm(), fullForm()} {
		w := run(all, f, o.Window)
		found := &Bar{Must: 0.74, Aim: 0.85}
		if f.name == "full" {
			found = &Bar{Must: 0.85, Aim: 0.95}
		}
		set := Set{Name: "stream " + f.name, Title: "stream of events and wire items, " + f.name + " form"}
		set.Rows, set.Errors = w.copies(pairs, wire, found)
		if o.Errors {
			set.Errors = append(set.Errors, w.mixed(w.byStory, "different", "copy")...)
			w.explain(set.Errors)
		}
		sets = append(sets, set)
	}
	return sets, nil
}

// copies gives the figures of a stream and what is wrong in it.
func (w *flow) copies(pairs []couple, wire []pair, found *Bar) ([]Row, []Error) {
	var errs []Error
	hit, near := 0, 0
	for _, c := range pairs {
		switch {
		case w.story(c.A) == w.story(c.B):
			hit++
		default:
			got := "different"
			if w.event(c.A) == w.event(c.B) {
				near++
				got = "related"
			}
			errs = append(errs, w.wrong(c.A, c.B, "copy", got))
		}
	}
	one, both, joined := w.purity()
	rs := []Row{
		share("copies found", hit, len(pairs), found),
		share("joined pairs that are one event", one, both, &Bar{Must: 0.995, Aim: 0.999}),
	}
	wireRows, wireErrs := w.wire(wire)
	rs = append(rs, wireRows...)
	rs = append(rs, share("copies found, or at least in one event", hit+near, len(pairs), nil), share("items joined to a story", joined, len(w.items), nil))
	return rs, append(wireErrs, errs...)
}

// purity counts the pairs of labelled items in one story, those of one event
// among them, and the items that joined a story.
func (w *flow) purity() (one, both, joined int) {
	for _, g := range w.groups(w.byStory) {
		joined += len(g) - 1
		counts, n := map[string]int{}, 0
		for _, i := range g {
			if e := w.items[i].event; e != "" {
				counts[e]++
				n++
			}
		}
		both += n * (n - 1) / 2
		for _, c := range counts {
			one += c * (c - 1) / 2
		}
	}
	return one, both, joined
}

// wire counts what became of the wire pairs.
func (w *flow) wire(pairs []pair) ([]Row, []Error) {
	var stories, events tally
	var errs []Error
	different := 0
	for _, p := range pairs {
		same := p.Label == "SAME"
		story, event := w.story(p.A.ID) == w.story(p.B.ID), w.event(p.A.ID) == w.event(p.B.ID)
		stories.count(same, story)
		events.count(same, event)
		if !same {
			different++
			if story {
				errs = append(errs, w.wrong(p.A.ID, p.B.ID, "different", "copy"))
			}
		}
	}
	per := func(n int) float64 { return 1000 * float64(n) / float64(max(1, different)) }
	return []Row{
		{Name: "wrong joins per 1,000 DIFFERENT wire pairs", Value: per(stories.wrong), Unit: Number, Of: counted(stories.wrong, different), Bar: &Bar{Must: 4, Aim: 1, Below: true}},
		{Name: "SAME wire pairs in one story", Value: stories.recall(), Unit: Percent, Of: counted(stories.hit, stories.hit+stories.missed)},
		{Name: "SAME wire pairs in one event", Value: events.recall(), Unit: Percent, Of: counted(events.hit, events.hit+events.missed)},
		{Name: "DIFFERENT wire pairs in one event, per 1,000", Value: per(events.wrong), Unit: Number, Of: counted(events.wrong, different)},
	}, errs
}
