package measure

import (
	"math"
	"strings"
	"testing"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestBCubed(t *testing.T) {
	p, r := bCubed([]uint64{1, 1, 1, 2, 2}, []string{"a", "a", "a", "b", "b"})
	near(t, "precision of a perfect grouping", p, 1)
	near(t, "recall of a perfect grouping", r, 1)
	p, r = bCubed([]uint64{1, 2, 3, 4}, []string{"a", "a", "a", "b"})
	near(t, "precision of no grouping", p, 1)
	near(t, "recall of no grouping", r, (3*(1.0/3)+1)/4)
	p, r = bCubed([]uint64{1, 1, 1, 1}, []string{"a", "a", "a", "b"})
	near(t, "precision of one group", p, (3*(3.0/4)+1.0/4)/4)
	near(t, "recall of one group", r, 1)
}

func TestAUC(t *testing.T) {
	near(t, "ranked", auc([]float64{3, 4}, []float64{1, 2}), 1)
	near(t, "reversed", auc([]float64{1, 2}, []float64{3, 4}), 0)
	near(t, "all equal", auc([]float64{1, 1}, []float64{1, 1, 1}), 0.5)
	near(t, "one of four wrong", auc([]float64{2, 4}, []float64{1, 3}), 0.75)
}

func TestTally(t *testing.T) {
	var c tally
	for _, x := range [][2]bool{{true, true}, {true, true}, {true, false}, {false, true}, {false, false}} {
		c.count(x[0], x[1])
	}
	near(t, "precision", c.precision(), 2.0/3)
	near(t, "recall", c.recall(), 2.0/3)
	near(t, "F1", c.f1(), 2.0/3)
}

func TestSplitsAreHalvesAndDisjoint(t *testing.T) {
	train := 0
	for i := range 10_000 {
		key := strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/26%50)
		if Train.has(key, "b") == Test.has(key, "b") {
			t.Fatalf("%q is in both halves, or in none", key)
		}
		if !All.has(key) || !Split("").has(key) {
			t.Fatalf("%q is not in all", key)
		}
		if Train.has(key, "b") {
			train++
		}
	}
	if train < 4000 || train > 6000 {
		t.Errorf("train has %d of 10,000", train)
	}
	for in, want := range map[string]Split{"": All, "all": All, "train": Train, "test": Test} {
		if got, err := ParseSplit(in); err != nil || got != want {
			t.Errorf("%q: got %q, %v", in, got, err)
		}
	}
	if _, err := ParseSplit("both"); err == nil {
		t.Error(`"both" is a split`)
	}
}

func TestGrade(t *testing.T) {
	more, less := &Bar{Must: 0.8, Aim: 0.9}, &Bar{Must: 4, Aim: 1, Below: true}
	for _, c := range []struct {
		value float64
		bar   *Bar
		want  string
	}{{0.7, more, "below"}, {0.8, more, "must"}, {0.9, more, "aim"}, {5, less, "below"}, {4, less, "must"}, {1, less, "aim"}, {1, nil, ""}} {
		if got := (Row{Value: c.value, Bar: c.bar}).Grade(); got != c.want {
			t.Errorf("%v of %v: got %q, want %q", c.value, c.bar, got, c.want)
		}
	}
}

func TestFiguresAreReadable(t *testing.T) {
	for want, got := range map[string]string{
		"98.5 %": Percent.format(0.9849), "100 %": Percent.format(1), "0 %": Percent.format(0), "0.830": Ratio.format(0.83),
		"1.5": Number.format(1.5432), "12,345/s": Rate.format(12345.4), "1,000,000/s": Rate.format(1e6), "999 µs": Micros.format(999),
		"1.25 ×": Multiple.format(1.2501), "120 MiB": MiB.format(120),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestDrawIsRepeatable(t *testing.T) {
	xs := []int{2, 3, 5, 7, 11, 13, 17, 19}
	a, b, c := draw(xs, 3, 1), draw(xs, 3, 1), draw(xs, 3, 2)
	if len(a) != 3 || a[0] >= a[1] || a[1] >= a[2] {
		t.Errorf("drew %v", a)
	}
	same := func(x, y []int) bool { return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] }
	if !same(a, b) || same(a, c) {
		t.Errorf("seed 1 drew %v and %v, seed 2 %v", a, b, c)
	}
	if got := draw(xs, 100, 1); len(got) != len(xs) {
		t.Errorf("drew %v of all", got)
	}
	if got := draw(xs, 0, 1); len(got) != 0 {
		t.Errorf("drew %v of none", got)
	}
}

func TestSentences(t *testing.T) {
	for text, want := range map[string]string{
		"One. Two! Three?":        "One. Two!",
		"Only one":                "Only one",
		"":                        "",
		"  Padded. Text.  More. ": "Padded. Text.",
		"It cost 3.5 million. He paid. She left.":         "It cost 3.5 million. He paid.",
		"Mr. Reed met Dr. Owl. They spoke. Then rain.":    "Mr. Reed met Dr. Owl. They spoke.",
		"The U.S. Navy came. It left. Then rain.":         "The U.S. Navy came. It left.",
		"J. R. Reed spoke. He left. Then rain.":           "J. R. Reed spoke. He left.",
		"“We go.” She went. Then rain.":                   "“We go.” She went.",
		"“Why?” asked she. He left. Then rain.":           "“Why?” asked she. He left.",
		"Wait... what is it? Nothing. Then rain.":         "Wait... what is it? Nothing.",
		"At 3 p.m. on Monday it rained. So. Then more.":   "At 3 p.m. on Monday it rained. So.",
		"霧で船が座礁した。けが人はいない。捜査が始まった。":                       "霧で船が座礁した。けが人はいない。",
		"नाव रुकी। सब बचे। जाँच शुरू।":                    "नाव रुकी। सब बचे।",
		"Паром сел на мель. Никто не пострадал. Всё.":     "Паром сел на мель. Никто не пострадал.",
		"A first paragraph\n\nA second one. Then a third": "A first paragraph\n\nA second one.",
	} {
		if got := short(text, 2); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
