package measure

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tidings/internal/dedup"
)

// kinTable are the models of an entry and an event: the weights of a feature among
// titles and among texts, the last ones being what is needed.
type kinTable [][2]float64

// String gives the rows of the weight table.
func (t kinTable) String() string {
	var b strings.Builder
	for i, name := range append(slices.Clone(dedup.KinFeatures()), "kin-need") {
		fmt.Fprintf(&b, "%-12s%9.2f %9.2f\n", name, t[i][0], t[i][1])
	}
	return b.String()
}

// learnKin fits the models of an entry and an event, given the rows of the pairs'
// models: first to which events are right for an entry, then, in small steps, to the
// events that come out in the end, which also hang together by what came before. The
// steps begin at the product's present weights where those are better.
func learnKin(d *data, pairs string, s Split) (kinTable, error) {
	t := make(kinTable, len(dedup.KinFeatures())+1)
	var es [2][]Example
	for _, f := range eventForms() {
		kinLessons(d, f, s, pairs+dedup.Weights(), &es)
	}
	for col := range es {
		m, err := Fit(es[col], Fitting{L2: 0.002, Yes: 1, No: 1, Positive: map[int]bool{0: true, 1: true, 2: true, 3: true, 4: true, 6: true, 7: true}})
		if err != nil {
			return nil, err
		}
		for i, w := range m.Weights {
			t[i][col] = w
		}
		t[len(t)-1][col] = -m.Bias
	}
	present := readKin(dedup.Weights())
	for col, forms := range [][]form{{titlesForm()}, {shortForm(), fullForm()}} {
		worth := judgeEvents(d, s, pairs, forms...)
		t.begin(present, col, worth)
		climb(t, col, worth)
	}
	return t, nil
}

// begin has a climb begin where the product is now, if that is higher.
func (t kinTable) begin(present kinTable, col int, worth func(kinTable) float64) {
	fitted := slices.Clone(t)
	was := worth(t)
	for i := range t {
		t[i][col] = present[i][col]
	}
	if worth(t) <= was {
		copy(t, fitted)
	}
}

// readKin gives the rows of a weight table; those that it lacks are 0.
func readKin(table string) kinTable {
	names := append(slices.Clone(dedup.KinFeatures()), "kin-need")
	t := make(kinTable, len(names))
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) != 3 || !slices.Contains(names, f[0]) {
			continue
		}
		row := &t[slices.Index(names, f[0])]
		for k := range row {
			row[k], _ = strconv.ParseFloat(f[k+1], 64)
		}
	}
	return t
}

// The steps of a climb.
const (
	firstStep  = 0.2
	longer     = 1.3 // after a step that helped
	shorter    = 0.6 // after none did
	rounds     = 6
	leastGain  = 1e-4
	wireWeighs = 0.1 // what the share of different wire pairs in one event costs, against B-cubed F1
)

// climb improves a column of the table, a weight at a time, as long as that helps.
func climb(t kinTable, col int, worth func(kinTable) float64) {
	steps := make([]float64, len(t))
	for i := range steps {
		steps[i] = firstStep
	}
	best := worth(t)
	for range rounds {
		for i := range t {
			if worth, ok := better(t, i, col, steps[i], best, worth); ok {
				best, steps[i] = worth, steps[i]*longer
			} else {
				steps[i] *= shorter
			}
		}
	}
}

// better takes a step in either direction, if one is worth more than best.
func better(t kinTable, i, col int, step, best float64, worth func(kinTable) float64) (float64, bool) {
	was := t[i][col]
	for _, s := range []float64{step, -step} {
		t[i][col] = was + s
		if now := worth(t); now > best+leastGain {
			return now, true
		}
	}
	t[i][col] = was
	return best, false
}

// judgeEvents tells what a table is worth: the mean B-cubed F1 of the labelled items
// in some forms, less a part of the different wire pairs that land in one event.
func judgeEvents(d *data, s Split, pairs string, forms ...form) func(kinTable) float64 {
	wire := d.wirePairs(s)
	items := byTime(append(d.labels(s), wireItems(wire)...))
	return func(t kinTable) float64 {
		sum := 0.0
		for _, f := range forms {
			st := NewStream(window)
			st.index.Weigh(pairs + t.String())
			w := st.run(items, f)
			p, r := w.eventQuality()
			sum += harmonic(p, r) - wireWeighs*w.mistaken(wire)
		}
		return sum / float64(len(forms))
	}
}

// mistaken is the share of the different wire pairs that are in one event.
func (w *flow) mistaken(wire []pair) float64 {
	n, one := 0, 0
	for _, p := range wire {
		if p.Label == "DIFFERENT" {
			n++
			if w.event(p.A.ID) == w.event(p.B.ID) {
				one++
			}
		}
	}
	return float64(one) / float64(max(1, n))
}

// kinLessons are the events that the engine considers in a stream; an event is right
// for an entry if most of its members are of the entry's.
func kinLessons(d *data, f form, s Split, table string, es *[2][]Example) {
	items := byTime(append(d.labels(s), wireItems(d.wirePairs(s))...))
	st := NewStream(window)
	st.index.Weigh(table)
	members := map[uint64]map[string]int{}
	now := ""
	st.index.WatchKin(func(k dedup.Kin) {
		all := 0
		for _, n := range members[k.Event] {
			all += n
		}
		if now == "" && members[k.Event][""] > 0 {
			return // two wire items: not known
		}
		i := 0
		if k.Texts {
			i = 1
		}
		es[i] = append(es[i], Example{X: k.X, Y: now != "" && 2*members[k.Event][now] > all})
	})
	for _, it := range items {
		now = it.event
		it.Item = f.of(it.Item)
		p := st.Add(it.Item)
		if members[p.Event] == nil {
			members[p.Event] = map[string]int{}
		}
		members[p.Event][it.event]++
	}
}
