package measure

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	bakers = "The bakers of Halm vote this week on whether ovens may be lit before four in the morning, as in the towns around."
	owl    = "An owl has built its nest above the entrance of the town hall, and visitors are asked to use the side door for a month."
)

// write makes a directory of sets.
func write(t *testing.T, files map[string][]any) string {
	t.Helper()
	dir := t.TempDir()
	for name, rows := range files {
		var b strings.Builder
		for _, r := range rows {
			if err := json.NewEncoder(&b).Encode(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name+".jsonl"), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

type row = map[string]any

// value finds a figure.
func value(t *testing.T, r Report, set, name string) Row {
	t.Helper()
	for _, s := range r.Sets {
		for _, x := range s.Rows {
			if s.Name == set && x.Name == name {
				return x
			}
		}
	}
	t.Fatalf("there is no figure %q of %q", name, set)
	return Row{}
}

func check(t *testing.T, r Report, set, name string, want float64) {
	t.Helper()
	near(t, set+": "+name, value(t, r, set, name).Value, want)
}

// tiny has sets of a few items, of which the engine knows only equal texts.
func tiny(t *testing.T) string {
	return write(t, map[string][]any{
		"template_pairs": {
			row{"expect": "dup", "a": row{"source": "a", "title": "Fog stops a ferry", "summary": ferry}, "b": row{"source": "b", "title": "Ferry aground", "summary": ferry}},
			row{"expect": "dup", "a": row{"title": "Fog stops a ferry"}, "b": row{"title": "Nobody drowned"}},
			row{"expect": "different", "a": row{"title": "Fog stops a ferry", "summary": ferry}, "b": row{"title": "Night shift", "summary": bakers}},
			row{"expect": "different", "a": row{"title": "Fog stops a ferry", "summary": ferry}, "b": row{"title": "Ferry aground", "summary": ferry}},
		},
		"hard_pairs": {
			row{"label": "dup", "a": row{"id": "e1", "title": "Fog stops a ferry", "summary": ferry}, "b": row{"id": "e2", "title": "Ferry aground", "summary": ferry}},
			row{"label": "unclear", "a": row{"id": "e1", "title": "Fog stops a ferry", "summary": ferry}, "b": row{"id": "f1", "title": "Ferry aground", "summary": ferry}},
		},
		"events_ecb": {
			row{"id": "e1", "time": 1767268800, "title": "Fog stops a ferry", "text": ferry, "label": "ferry"},
			row{"id": "e2", "time": 1767269800, "title": "Ferry aground", "text": ferry, "label": "ferry"},
			row{"id": "e3", "time": 1767269900, "title": "Night shift for bakers", "text": bakers, "label": "bakers"},
		},
		"events_fnc": {
			row{"id": "f1", "time": 1767270000, "title": "A nest above the door", "text": owl, "label": "owl"},
			row{"id": "f2", "time": 1767270100, "title": "Ovens before four", "text": bakers, "label": "ovens"}, // another event than e3, they say
		},
		"copies": {
			row{"a": "e1", "b": "e2", "containment": 0.9}, row{"a": "e1", "b": "f1", "containment": 0.6}, row{"a": "e3", "b": "f1", "containment": 0.2},
		},
		"wire_pairs": {
			row{"label": "DIFFERENT", "a": row{"id": "w1", "time": 1767268900, "title": "Tide table", "text": owl}, "b": row{"id": "w2", "time": 1767268901, "title": "Door closed", "text": owl}},
			row{"label": "DIFFERENT", "a": row{"id": "w1", "time": 1767268900, "title": "Tide table", "text": owl}, "b": row{"id": "w3", "time": 1767268902, "title": "Chess club moves"}},
		},
		"headlines": {
			row{"source": "a", "time": 1767268800, "title": "Fog stops a ferry off Lund Point"}, row{"source": "b", "time": 1767268801, "title": "Bakers ask for longer nights"},
		},
		"sts_headlines": {row{"a": "Fog stops a ferry", "b": "Fog stops a ferry", "score": 5}, row{"a": "Fog stops a ferry", "b": "Bakers vote", "score": 0},
			row{"a": "Fog stops a ferry", "b": "Fog stops ferries", "score": 3}},
	})
}

func TestRunMeasuresEachSet(t *testing.T) {
	names := Names()[:7] // all but speed and growth
	r, err := Run(tiny(t), Options{Only: names})
	if err != nil {
		t.Fatal(err)
	}
	check(t, r, "templates", "duplicates judged copy", 0.5)
	check(t, r, "templates", "different judged copy", 0.5)
	check(t, r, "templates", "copies: precision", 0.5)
	check(t, r, "hard", "copies: F1", 1)
	if of := value(t, r, "hard", "copies: precision").Of; of != "1 of 1" {
		t.Errorf("hard pairs: counted %s, want the unclear one left out", of)
	}
	for _, form := range []string{"stream short", "stream full"} {
		check(t, r, form, "copies found", 0.5)                               // of e1-e2 and e1-f1, the former
		check(t, r, form, "joined pairs that are one event", 0.5)            // e1-e2 and e3-f2
		check(t, r, form, "wrong joins per 1,000 DIFFERENT wire pairs", 500) // w1-w2, of two
		check(t, r, form, "items joined to a story", 4.0/8)                  // e2, f2, w2 and f1, which has the owl of w1
	}
	check(t, r, "events", "B-cubed, full: precision", (1+1+0.5+1+0.5)/5)
	check(t, r, "events", "B-cubed, full: recall", 1)
	check(t, r, "headlines", "items joined to a story", 0)
	if of := value(t, r, "sts", "AUC of the score, sameness 4 and more against 2 and less").Of; of != "1 of 2" {
		t.Errorf("sts: counted %s, want what is neither left out", of)
	}
}

func TestErrorsAreListed(t *testing.T) {
	r, err := Run(tiny(t), Options{Only: []string{"templates", "stream"}, Errors: true})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	r.PrintErrors(&b, 1)
	for _, want := range []string{"templates: 1 different→copy\ndifferent→copy 1.00 [Same text, ", "] Fog stops a ferry | Ferry aground\n", "templates: 1 copy→different\ncopy→different 0.00 [", "stream full: 2 different→copy\n", "] Tide table | Door closed"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the list of errors lacks %q:\n%s", want, b.String())
		}
	}
}

func TestSplitsMeasurePartsOfTheSets(t *testing.T) {
	dir := tiny(t)
	count := func(s Split) int {
		js, err := judgeAll(&data{dir: dir}, "template_pairs", s)
		if err != nil {
			t.Fatal(err)
		}
		return len(js)
	}
	if count(Train)+count(Test) != count(All) || count(All) != 4 {
		t.Errorf("halves of %d and %d make %d", count(Train), count(Test), count(All))
	}
	d := &data{dir: dir}
	if err := d.load(); err != nil {
		t.Fatal(err)
	}
	if len(d.labels(Train))+len(d.labels(Test)) != 5 || len(d.wirePairs(Train))+len(d.wirePairs(Test)) != 2 {
		t.Error("the halves of the events, or of the wire pairs, don't make the whole")
	}
}

func TestPrintMarksTheBars(t *testing.T) {
	r := Report{Split: Train, Sets: []Set{{Title: "letters", Rows: []Row{
		share("found", 19, 20, &Bar{Must: 0.9, Aim: 1}), share("wrong", 3, 20, &Bar{Must: 0.1, Aim: 0, Below: true}), {Name: "plain", Value: 2, Unit: Number}}}}}
	var b strings.Builder
	r.Print(&b)
	for _, want := range []string{"Only the train half", "| **letters** |", "| found | 95 % ✓ | 19 of 20 | ≥ 90 % | 100 % |", "| wrong | 15 % ✗ | 3 of 20 | ≤ 10 % | 0 % |", "| plain | 2 |  |  |  |"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, b.String())
		}
	}
}

func TestRunRefuses(t *testing.T) {
	if _, err := Run(t.TempDir(), Options{}); err == nil || !strings.Contains(err.Error(), "none of the sets") {
		t.Errorf("an empty directory: %v", err)
	}
	dir := write(t, map[string][]any{"hard_pairs": {row{"label": "dup", "a": row{"id": "x"}, "b": row{"id": "y"}}, "no pair"}})
	if _, err := Run(dir, Options{Only: []string{"hard"}}); err == nil || !strings.Contains(err.Error(), "hard_pairs.jsonl line 2") {
		t.Errorf("a broken line: %v", err)
	}
}

// Speed itself can't be tested; what it is measured on can.
func TestMadeUpTextsVaryAndStayTheSame(t *testing.T) {
	k, err := (&data{dir: tiny(t)}).stock()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i := range 200 {
		it := k.short(i)
		if it != k.short(i) {
			t.Fatalf("item %d changes", i)
		}
		seen[it.Title+it.Text] = true
		if n := len(strings.Fields(k.full(i).Text)); n != 800 {
			t.Fatalf("item %d has %d words", i, n)
		}
	}
	if len(seen) < 150 {
		t.Errorf("200 items are %d different ones", len(seen))
	}
}

func TestAWindowIsTimed(t *testing.T) {
	k, err := (&data{dir: tiny(t)}).stock()
	if err != nil {
		t.Fatal(err)
	}
	p := timed(300, 2*batch, window, k.short)
	if p.in != 300 || p.items != 2*batch || p.took < 0 || p.sketch <= 0 || p.longest < p.assign {
		t.Errorf("got %+v", p)
	}
}
