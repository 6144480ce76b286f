package measure

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"tidings/internal/dedup"
)

// lesson is a pair that the engine saw, and what people say of it.
type lesson struct {
	dedup.Compared
	copy, event int // 1 yes, 0 no, -1 not known
	weight      int // how often it counts
}

// strictness is what is asked beyond the even odds that a fit ends at: in points, for
// bare titles and for texts.
type strictness struct{ copies, events [2]float64 }

// chosen is the strictness of the product. A wrong join hides a story, so bare titles,
// which say little, need more than even odds; a text that isn't joined is still found
// in its event.
func chosen() strictness {
	return strictness{copies: [2]float64{0.4, -0.4}, events: [2]float64{-0.1, 0.2}}
}

// byHand are the rows of what no set can teach, because its clocks are invented.
func byHand() map[string]string {
	return map[string]string{
		"gap":   "    -0.50     -0.25      0.00      0.00",
		"days":  "     0.00      0.00     -0.80     -0.50",
		"fresh": "     1.50      1.50      0.00      0.00",
	}
}

const tableHead = `# What each feature of a pair counts, in points: for pairs of which one has hardly
# more than a title, and for pairs of texts; first for copies, then for events. "need"
# is what must be reached. The rows kin- do the same for an entry and an event.
#
# Fitted by
#   go run ./internal/measure/learn -split SPLIT DIR internal/dedup/testdata/pairs
# The rows gap, days and fresh are set by hand: the clocks of most sets are invented.
#
# feature    copy-titles copy-texts event-titles event-texts
`

// Learn fits the weight table of package dedup to the sets of a directory, and
// to pairs of further directories of files like template_pairs, and writes it.
func Learn(w io.Writer, dir string, pairs []string, s Split) error {
	d := &data{dir: dir}
	if err := d.load(); err != nil {
		return err
	}
	table, err := learnPairs(d, pairs, s)
	if err != nil {
		return err
	}
	kin, err := learnKin(d, table, s)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, table+kin.String())
	return err
}

// learnPairs fits the models of a pair, and gives their rows.
func learnPairs(d *data, pairs []string, s Split) (string, error) {
	l, err := lessons(d, pairs, s)
	if err != nil {
		return "", err
	}
	var cols [4]Model
	for i := range cols {
		if cols[i], err = l.fit(i < 2, i%2 == 1); err != nil {
			return "", err
		}
	}
	var b strings.Builder
	b.WriteString(strings.Replace(tableHead, "SPLIT", string(s), 1))
	for f, name := range dedup.Features() {
		if row, ok := byHand()[name]; ok {
			fmt.Fprintf(&b, "%-12s%s\n", name, row)
			continue
		}
		fmt.Fprintf(&b, "%-12s%9.2f %9.2f %9.2f %9.2f\n", name, cols[0].Weights[f], cols[1].Weights[f], cols[2].Weights[f], cols[3].Weights[f])
	}
	c := chosen()
	fmt.Fprintf(&b, "%-12s%9.2f %9.2f %9.2f %9.2f\n", "need", c.copies[0]-cols[0].Bias, c.copies[1]-cols[1].Bias, c.events[0]-cols[2].Bias, c.events[1]-cols[3].Bias)
	return b.String(), nil
}

type course []lesson

// fit fits one column.
func (c course) fit(copies, texts bool) (Model, error) {
	var es []Example
	for _, l := range c {
		y := l.event
		if copies {
			if y = l.copy; l.Veto != "" && l.Veto != "titles" {
				continue
			}
		} else if l.Template {
			continue
		}
		if y < 0 || l.Texts != texts {
			continue
		}
		for range l.weight {
			es = append(es, Example{X: timeless(l), Y: y == 1})
		}
	}
	f := Fitting{L2: 0.002, Positive: inputs(forSameness()), Yes: 1, No: 1}
	if copies {
		f.Negative = inputs(againstSameness())
	}
	return Fit(es, f)
}

// forSameness are the features that can only speak for sameness.
func forSameness() []string {
	return []string{"contain", "cosine", "title-in", "title-both", "title-dice", "names", "run", "triples", "runs5", "numbers", "shared", "rare-shared"}
}

// againstSameness are those that can only speak against it.
func againstSameness() []string { return []string{"clash", "swap", "alien", "alien-lead"} }

// inputs are the places of features in a lesson.
func inputs(names []string) map[int]bool {
	at := map[int]bool{}
	for _, n := range names {
		at[slices.Index(dedup.Features(), n)] = true
	}
	return at
}

func lessons(d *data, pairDirs []string, s Split) (course, error) {
	copies, err := rows[couple](d, "copies")
	if err != nil {
		return nil, err
	}
	share := map[[2]string]float64{}
	for _, c := range copies {
		share[[2]string{c.A, c.B}], share[[2]string{c.B, c.A}] = c.Containment, c.Containment
	}
	var c course
	for _, f := range eventForms() {
		c = append(c, streamLessons(d, f, s, share)...)
	}
	for _, file := range []string{"template_pairs", "hard_pairs"} { // in order: sums of the fit depend on it
		ps, err := rows[pair](d, file)
		if err != nil {
			return nil, err
		}
		c = append(c, pairLessons(ps, s, 3)...)
	}
	titles, err := titleLessons(d, s)
	if err != nil {
		return nil, err
	}
	c = append(c, titles...)
	for _, dir := range pairDirs {
		files, _ := filepath.Glob(filepath.Join(dir, "*.jsonl"))
		for _, f := range files {
			ps, err := rows[pair](&data{dir: dir}, strings.TrimSuffix(filepath.Base(f), ".jsonl"))
			if err != nil {
				return nil, err
			}
			c = append(c, pairLessons(ps, s, 3)...)
		}
	}
	return c, nil
}

func pairLessons(ps []pair, s Split, weight int) (c course) {
	for _, p := range ps {
		if !p.in(s) {
			continue
		}
		_, saw := judgePair(p.A, p.B)
		if saw == nil {
			continue
		}
		l := lesson{*saw, -1, -1, weight}
		switch want := p.want(); {
		case want == "dup" || want == "copy" || want == "" && p.Score >= 4.4:
			l.copy, l.event = 1, 1
		case want == "related":
			l.copy, l.event = 0, 1
		case want == "different" || want == "" && p.Score <= 1.6:
			l.copy, l.event = 0, 0
		case want == "" && p.Score <= 2.6:
			l.copy = 0
		}
		c = append(c, l)
	}
	return c
}

// streamLessons are the pairs that the engine compares in a stream.
func streamLessons(d *data, f form, s Split, share map[[2]string]float64) (c course) {
	items := d.labels(s)
	wire := d.wirePairs(s)
	label := map[[2]string]string{}
	for _, p := range wire {
		label[[2]string{p.A.ID, p.B.ID}], label[[2]string{p.B.ID, p.A.ID}] = p.Label, p.Label
	}
	items = byTime(append(items, wireItems(wire)...))
	st := NewStream(window)
	n := 0
	at := map[uint64]int{}
	st.index.Watch(func(k dedup.Compared) {
		a, b := items[n], items[at[k.Old]]
		l := lesson{k, -1, -1, 1}
		pair := [2]string{a.ID, b.ID}
		switch {
		case a.event != "" && a.event == b.event:
			l.event = 1
			if x, ok := share[pair]; ok && x >= 0.5 {
				l.copy = 1
			}
		case a.event != "" && b.event != "":
			l.copy, l.event = 0, 0
		case label[pair] == "DIFFERENT":
			l.copy, l.event, l.weight = 0, 0, 6
		case label[pair] == "SAME":
			l.event = 1
		case (a.event == "") != (b.event == ""):
			l.copy, l.event = 0, 0
		}
		c = append(c, l)
	})
	for i, it := range items {
		n = i
		it.Item = f.of(it.Item)
		p := st.Add(it.Item)
		at[p.Entry] = i
	}
	return c
}

// timeless takes the times away, because the clocks of most sets are invented. What
// they count is set by hand.
func timeless(l lesson) []float64 {
	x := slices.Clone(l.X)
	names := dedup.Features()
	x[slices.Index(names, "gap")] = 0
	x[slices.Index(names, "days")] = 0
	x[slices.Index(names, "fresh")] = 0
	return x
}

// titleLessons are the pairs of headline_pairs among all headlines, whose words
// tell how rare a word is in titles, and the likenesses of sts_headlines.
func titleLessons(d *data, s Split) (c course, err error) {
	items, err := rows[labelled](d, "headlines")
	if err != nil {
		return nil, err
	}
	ps, err := rows[pair](d, "headline_pairs")
	if err != nil {
		return nil, err
	}
	want := map[[2]string]string{}
	have := map[string]bool{}
	for _, it := range items {
		have[it.Title+it.Feed] = true
	}
	for _, p := range ps {
		if !p.in(s) {
			continue
		}
		want[[2]string{p.A.Title, p.B.Title}], want[[2]string{p.B.Title, p.A.Title}] = p.Label, p.Label
		for _, it := range []Item{p.A, p.B} {
			if !have[it.Title+it.Feed] {
				have[it.Title+it.Feed] = true
				items = append(items, labelled{Item: it})
			}
		}
	}
	items = byTime(items)
	st := NewStream(window)
	n, at := 0, map[uint64]int{}
	st.index.Watch(func(k dedup.Compared) {
		label, ok := want[[2]string{items[n].Title, items[at[k.Old]].Title}]
		if !ok {
			return
		}
		l := lesson{k, 0, 1, 20}
		switch label {
		case "dup":
			l.copy = 1
		case "different":
			l.event = 0
		}
		c = append(c, l)
	})
	for i, it := range items {
		n = i
		at[st.Add(it.Item).Entry] = i
	}
	likes, err := rows[likeness](d, "sts_headlines")
	for _, x := range likes {
		c = append(c, pairLessons([]pair{{A: Item{Title: x.A}, B: Item{Title: x.B}, Score: x.Score}}, s, 1)...)
	}
	return c, err
}

type likeness struct {
	A, B  string
	Score float64
}
