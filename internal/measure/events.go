package measure

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tidings/internal/feed"
)

// form is how much of an item a feed carries.
type form struct {
	name string
	of   func(Item) Item
}

// shortForm has the first two sentences of the text.
func shortForm() form {
	return form{"short", func(it Item) Item { it.Text = short(it.Text, 2); return it }}
}

func fullForm() form { return form{"full", func(it Item) Item { return it }} }

// titlesForm has no text, unless there is no title.
func titlesForm() form {
	return form{"titles", func(it Item) Item {
		if it.Title != "" {
			it.Text = ""
		}
		return it
	}}
}

// eventForms are those in which events are measured, and learned.
func eventForms() []form { return []form{shortForm(), fullForm(), titlesForm()} }

// flow is a run of items through one index.
type flow struct {
	items  []labelled
	placed []Placed
	at     map[string]int // place of an item by its id
}

// run puts items, which are in order, through an index.
func run(items []labelled, f form, window time.Duration) *flow {
	return NewStream(window).run(items, f)
}

func (s *Stream) run(items []labelled, f form) *flow {
	w := &flow{items: make([]labelled, len(items)), placed: make([]Placed, len(items)), at: map[string]int{}}
	for i, it := range items {
		it.Item = f.of(it.Item)
		w.items[i], w.placed[i] = it, s.Add(it.Item)
		w.placed[i].Sketch = nil
		w.at[it.ID] = i
	}
	return w
}

// story is the story of an item; every item of which nothing is known has none.
func (w *flow) story(id string) uint64 {
	if i, ok := w.at[id]; ok {
		return w.placed[i].Story
	}
	return 0
}

func (w *flow) event(id string) uint64 {
	if i, ok := w.at[id]; ok {
		return w.placed[i].Event
	}
	return 0
}

// groups gives the places of the items of each group that key makes, in order.
func (w *flow) groups(key func(i int) uint64) [][]int {
	by := map[uint64][]int{}
	var order []uint64
	for i := range w.items {
		k := key(i)
		if by[k] == nil {
			order = append(order, k)
		}
		by[k] = append(by[k], i)
	}
	out := make([][]int, len(order))
	for i, k := range order {
		out[i] = by[k]
	}
	return out
}

func (w *flow) byStory(i int) uint64 { return w.placed[i].Story }
func (w *flow) byEvent(i int) uint64 { return w.placed[i].Event }

// wrong is a pair of items whose verdict isn't what it should be.
func (w *flow) wrong(a, b, want, got string) Error {
	i, j := w.at[a], w.at[b]
	if i > j {
		i, j = j, i
	}
	return Error{Want: want, Got: got, A: w.items[i].Title, B: w.items[j].Title, first: i, second: j}
}

// explain gives errors their scores and reasons.
func (w *flow) explain(errs []Error) {
	for n := range errs {
		if e := &errs[n]; e.Why == "" {
			e.Score, e.Why = w.reason(e.first, e.second, e.Got)
		}
	}
}

// reason is what the stream said of items i and j, else what is said of the pair alone.
func (w *flow) reason(i, j int, got string) (float64, string) {
	v, rel := w.placed[j].Verdict, w.placed[j].Relation
	switch of := w.placed[i].Entry; {
	case got == "copy" && v.Of == of:
		return v.Score, v.Evidence
	case got == "related" && rel.Of == of:
		return rel.Score, rel.Evidence
	}
	for _, n := range v.Apart {
		if n.Story == w.placed[i].Story || n.Of == w.placed[i].Entry {
			return n.Score, apart(n)
		}
	}
	judgement := Judge(w.items[i].Item, w.items[j].Item)
	return judgement.Score, "alone " + judgement.Verdict + ": " + why(judgement)
}

// apart is the reason of a near miss.
func apart(n feed.Apart) string {
	if n.Veto != "" {
		return "veto " + n.Veto
	}
	return n.Evidence
}

// mixed lists the entries that came to a group by an entry of another event.
func (w *flow) mixed(key func(int) uint64, want, got string) []Error {
	var errs []Error
	for _, g := range w.groups(key) {
		for _, i := range g[1:] {
			of := cmp.Or(w.placed[i].Verdict.Of, w.placed[i].Relation.Of)
			if of == 0 {
				continue
			}
			x := w.items[of-1]
			if x.event != "" && w.items[i].event != "" && x.event != w.items[i].event {
				errs = append(errs, w.wrong(x.ID, w.items[i].ID, want, got))
			}
		}
	}
	return errs
}

// events measures the grouping of labelled items into events.
func events(d *data, o Options) ([]Set, error) {
	if err := d.load(); err != nil {
		return nil, err
	}
	items := byTime(d.labels(o.Split))
	if len(items) == 0 {
		return nil, nil
	}
	crowd := byTime(append(slices.Clone(items), wireItems(d.wirePairs(o.Split))...))
	set := Set{Name: "events", Title: "events of events_ecb and events_fnc"}
	bars := map[string]*Bar{"short": {Must: 0.91, Aim: 0.95}, "full": {Must: 0.935, Aim: 0.96}, "titles": {Must: 0.835, Aim: 0.90}}
	for _, f := range eventForms() {
		w := run(items, f, o.Window)
		set.Rows = append(set.Rows, w.bCubed("B-cubed, "+f.name, bars[f.name])...)
		if len(crowd) > len(items) {
			r := run(crowd, f, o.Window).bCubed("B-cubed, "+f.name, nil)
			set.Rows = append(set.Rows, Row{Name: "the same among wire items: F1", Value: r[0].Value, Unit: Ratio, Of: fmt.Sprintf("precision %.3f, recall %.3f", r[1].Value, r[2].Value)})
		}
		if o.Errors {
			set.Errors = append(set.Errors, w.strays(f.name)...)
		}
	}
	return []Set{set}, nil
}

// strays lists what is wrong with the events of one form.
func (w *flow) strays(form string) []Error {
	errs := w.mixed(w.byEvent, "different", "related")
	w.explain(errs)
	errs = append(errs, w.scattered()...)
	for i := range errs {
		errs[i].Want = form + " " + errs[i].Want
	}
	return errs
}

// bCubed scores the events of the labelled items.
func (w *flow) bCubed(what string, bar *Bar) []Row {
	p, r := w.eventQuality()
	return []Row{
		{Name: what + ": F1", Value: harmonic(p, r), Unit: Ratio, Bar: bar},
		{Name: what + ": precision", Value: p, Unit: Ratio},
		{Name: what + ": recall", Value: r, Unit: Ratio},
	}
}

// eventQuality gives the B-cubed precision and recall of the labelled items.
func (w *flow) eventQuality() (precision, recall float64) {
	var got []uint64
	var want []string
	for i, it := range w.items {
		if it.event != "" {
			got, want = append(got, w.placed[i].Event), append(want, it.event)
		}
	}
	return bCubed(got, want)
}

// bCubed is the mean over all items of the share of its group that has its label,
// and of the share of its label that is in its group (Bagga and Baldwin 1998).
func bCubed(got []uint64, want []string) (precision, recall float64) {
	type cell struct {
		group uint64
		label string
	}
	cells, groups, labels := map[cell]int{}, map[uint64]int{}, map[string]int{}
	for i := range got {
		cells[cell{got[i], want[i]}]++
		groups[got[i]]++
		labels[want[i]]++
	}
	// Summed over the items in order, so that rounding is the same each time.
	for i := range got {
		n := float64(cells[cell{got[i], want[i]}])
		precision += n / float64(groups[got[i]])
		recall += n / float64(labels[want[i]])
	}
	n := float64(max(1, len(got)))
	return precision / n, recall / n
}

// scattered lists, for each event that is in several groups, the first item of
// each group but the greatest, beside the nearest item of the greatest.
func (w *flow) scattered() []Error {
	best := map[string][]int{} // greatest group of a label
	rest := map[string][][]int{}
	var order []string
	for _, g := range w.groups(w.byEvent) {
		parts := map[string][]int{}
		for _, i := range g {
			if e := w.items[i].event; e != "" {
				parts[e] = append(parts[e], i)
			}
		}
		for _, i := range g {
			e := w.items[i].event
			part := parts[e]
			if e == "" || part == nil {
				continue
			}
			delete(parts, e)
			if best[e] == nil {
				order = append(order, e)
			}
			if len(part) > len(best[e]) {
				part, best[e] = best[e], part
			}
			if part != nil {
				rest[e] = append(rest[e], part)
			}
		}
	}
	var errs []Error
	for _, e := range order {
		for _, part := range rest[e] {
			errs = append(errs, w.nearest(best[e], part[0]))
		}
	}
	return errs
}

// nearest explains why item i isn't in a group, by the item of the group with
// the best score when judged alone.
func (w *flow) nearest(group []int, i int) Error {
	var best Error
	for n, j := range group[:min(len(group), 8)] {
		judgement := Judge(w.items[min(i, j)].Item, w.items[max(i, j)].Item)
		if n == 0 || judgement.Score > best.Score {
			best = Error{Want: "related", Got: "different", Score: judgement.Score, Why: "alone " + judgement.Verdict + ": " + why(judgement),
				A: w.items[j].Title, B: w.items[i].Title}
		}
	}
	return best
}
