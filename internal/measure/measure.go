// Package measure says how well package dedup knows a copy: it runs labelled
// sets of items through the engine that the product runs, and holds the figures
// against bars.
//
// A set is a file of JSON lines in one directory; a file that isn't there is left
// out of the report. What each file holds, and what is measured on it:
//
//	file             rows                                 measured
//	template_pairs   a, b, expect dup|related|different   verdicts of the pairs, each judged alone
//	hard_pairs       a, b, label dup|related|different    precision, recall and F1 of "copy"; unclear ones are left out
//	events_ecb, _fnc items with the label of their event  copies found, purity of the joined pairs, B-cubed of the events
//	copies           a, b, containment                    which pairs of the above are copies: those of 0.5 and more
//	wire_pairs       a, b, label SAME|DIFFERENT           wrong joins and wrong events among the different ones
//	headlines        titles with outlet and time          share joined; a sample of joined pairs for a person to judge
//	headline_pairs   a, b, label dup|related|different    verdicts of the pairs, each judged alone
//	sts_headlines    a, b, score 0 to 5                   whether the score ranks 4 and more above 2 and less (AUC)
//
// The stream is events_ecb, events_fnc and every item of wire_pairs, merged by
// time and put through one index, as entries arrive in the product ([Stream]).
// It is run in two forms, because feeds come in both: short (title and the first
// two sentences) and full. Items that name no outlet have one of their own.
//
// Speed is measured on texts that are recombined from the same files, with words
// made up where they repeat, so that a window of a million items has a
// vocabulary like one that was written ([Speed]).
//
// # Splits
//
// Whoever tunes the engine on a set can't report it. [Options.Split] takes one
// half of each set for tuning and leaves the other for the report: items go by the
// label of their event, so that no event is in both, and pairs by what they consist of.
//
// Nothing here decides anything about stories; what [Fit] fits are weights that
// package dedup may take over as a table.
package measure

import (
	"fmt"
	"slices"
	"time"
)

// Options say what to measure.
type Options struct {
	Window time.Duration // of the index; 0 means 14 days
	Split  Split
	Only   []string // names of [Names]; empty: all but growth
	Errors bool     // list what is wrong, which takes longer
	Sample int      // joined pairs of the headlines to give for reading
	Seed   uint64   // of the sample
	Now    func() time.Time
	Did    func(name string, took time.Duration) // told of each set that is done; may be nil
}

// window is how far back an index looks where nothing else is asked.
const window = 14 * 24 * time.Hour

// Report is what was measured.
type Report struct {
	Split Split `json:"split"`
	Sets  []Set `json:"sets"`
}

// Set is the part of a report that one group of files gives.
type Set struct {
	Name   string  `json:"name"`
	Title  string  `json:"title"`
	Rows   []Row   `json:"rows"`
	Errors []Error `json:"errors,omitempty"` // the worst first
	Sample []Pair  `json:"sample,omitempty"` // joined pairs, drawn at random
}

// Row is one figure, with its bar if there is one.
type Row struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  Unit    `json:"unit"`
	Of    string  `json:"of,omitempty"` // what it was counted from: "30 of 30"
	Bar   *Bar    `json:"bar,omitempty"`
}

// Bar is what a figure is held against.
type Bar struct {
	Must  float64 `json:"must"`
	Aim   float64 `json:"aim"`   // equal to Must where nothing more is aimed at
	Below bool    `json:"below"` // less is better
}

// Unit tells how to print a figure.
type Unit string

// The units.
const (
	Percent  Unit = "%"     // a share, 0 to 1
	Ratio    Unit = "ratio" // such as F1, 0 to 1
	Number   Unit = "number"
	Rate     Unit = "/s"
	Micros   Unit = "µs"
	Bytes    Unit = "B"
	MiB      Unit = "MiB"
	Multiple Unit = "×"
)

// Grade is how a figure stands to its bar: "aim", "must", "below" or, without a
// bar, empty.
func (r Row) Grade() string {
	if r.Bar == nil {
		return ""
	}
	meets := func(bar float64) bool {
		if r.Bar.Below {
			return r.Value <= bar
		}
		return r.Value >= bar
	}
	switch {
	case meets(r.Bar.Aim):
		return "aim"
	case meets(r.Bar.Must):
		return "must"
	}
	return "below"
}

// Error is a pair that the engine got wrong.
type Error struct {
	Want  string  `json:"want"`
	Got   string  `json:"got"`
	Score float64 `json:"score"`
	Why   string  `json:"why"` // the veto, or the evidence
	A     string  `json:"a"`   // the titles
	B     string  `json:"b"`

	first, second int // places of the items in their stream
}

// Pair is two items that the engine joined.
type Pair struct {
	A        Item    `json:"a"`
	B        Item    `json:"b"`
	Level    string  `json:"level"`
	Score    float64 `json:"score"`
	Evidence string  `json:"evidence"`
}

// measuring is one thing that can be measured.
type measuring struct {
	name string
	run  func(d *data, o Options) ([]Set, error)
}

func measurings() []measuring {
	return []measuring{
		{"templates", templates}, {"hard", hard}, {"stream", streams}, {"events", events},
		{"headlines", headlines}, {"pairs", headlinePairs}, {"sts", ranking}, {"speed", speeds}, {"growth", growth},
	}
}

// Names are what [Options.Only] may name.
func Names() []string {
	var names []string
	for _, m := range measurings() {
		names = append(names, m.name)
	}
	return names
}

// Run measures the sets in a directory. That there is none is an error.
func Run(dir string, o Options) (Report, error) {
	if o.Window == 0 {
		o.Window = window
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	d := &data{dir: dir}
	r := Report{Split: o.Split}
	for _, m := range measurings() {
		if len(o.Only) > 0 && !slices.Contains(o.Only, m.name) || len(o.Only) == 0 && m.name == "growth" {
			continue
		}
		began := o.Now()
		sets, err := m.run(d, o)
		if err != nil {
			return r, fmt.Errorf("measure %s: %w", m.name, err)
		}
		for _, s := range sets {
			if !o.Errors {
				s.Errors = nil
			}
			r.Sets = append(r.Sets, s)
		}
		if o.Did != nil && len(sets) > 0 {
			o.Did(m.name, o.Now().Sub(began))
		}
	}
	if len(r.Sets) == 0 {
		return r, fmt.Errorf("measure: %s has none of the sets", dir)
	}
	return r, nil
}

// share is a row that counts n of total.
func share(name string, n, total int, bar *Bar) Row {
	v := 0.0
	if total > 0 {
		v = float64(n) / float64(total)
	}
	return Row{Name: name, Value: v, Unit: Percent, Of: fmt.Sprintf("%d of %d", n, total), Bar: bar}
}

// tally counts a yes-or-no answer against the truth.
type tally struct{ hit, wrong, missed int }

func (t *tally) count(want, got bool) {
	switch {
	case want && got:
		t.hit++
	case got:
		t.wrong++
	case want:
		t.missed++
	}
}

func (t tally) precision() float64 { return ratio(t.hit, t.hit+t.wrong) }
func (t tally) recall() float64    { return ratio(t.hit, t.hit+t.missed) }
func (t tally) f1() float64        { return harmonic(t.precision(), t.recall()) }

// ratio is a of b; of nothing, nothing is wrong.
func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

func harmonic(p, r float64) float64 {
	if p+r == 0 {
		return 0
	}
	return 2 * p * r / (p + r)
}
