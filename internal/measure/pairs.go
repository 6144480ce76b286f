package measure

import (
	"cmp"
	"math"
	"slices"

	"tidings/internal/dedup"
)

// judged is a pair with what the engine says of it.
type judged struct {
	pair
	dedup.Judgement
}

// judgeAll judges the pairs of a file that are in the split.
func judgeAll(d *data, file string, s Split) ([]judged, error) {
	ps, err := rows[pair](d, file)
	if err != nil {
		return nil, err
	}
	var out []judged
	for _, p := range ps {
		if p.in(s) {
			out = append(out, judged{p, Judge(p.A, p.B)})
		}
	}
	return out, nil
}

// of counts the pairs that are expected to be want, and those of them judged got.
func of(js []judged, want, got string) (n, total int) {
	for _, j := range js {
		if j.want() == want {
			total++
			if j.Verdict == got {
				n++
			}
		}
	}
	return n, total
}

func shareOf(js []judged, want, got string, bar *Bar) Row {
	n, total := of(js, want, got)
	if want == "dup" {
		want = "duplicates"
	}
	return share(want+" judged "+got, n, total, bar)
}

// copies counts the verdict "copy" against the label "dup".
func copiesOf(js []judged) tally {
	var t tally
	for _, j := range js {
		t.count(j.want() == "dup", j.Verdict == "copy")
	}
	return t
}

// scores are precision, recall and F1 of a tally.
func scores(what string, t tally, bar *Bar) []Row {
	return []Row{
		{Name: what + ": precision", Value: t.precision(), Unit: Ratio, Of: counted(t.hit, t.hit+t.wrong), Bar: bar},
		{Name: what + ": recall", Value: t.recall(), Unit: Ratio, Of: counted(t.hit, t.hit+t.missed)},
	}
}

// wrongs lists the pairs that were judged otherwise than expected.
func wrongs(js []judged) []Error {
	var out []Error
	for _, j := range js {
		want := j.want()
		if want == "dup" {
			want = "copy"
		}
		if want != j.Verdict && want != "unclear" {
			out = append(out, Error{Want: want, Got: j.Verdict, Score: j.Judgement.Score, Why: why(j.Judgement), A: j.A.Title, B: j.B.Title})
		}
	}
	return out
}

// why is the veto, or what else the engine says.
func why(j dedup.Judgement) string {
	if j.Veto != "" {
		return "veto " + j.Veto
	}
	return j.Evidence
}

func templates(d *data, o Options) ([]Set, error) {
	js, err := judgeAll(d, "template_pairs", o.Split)
	if len(js) == 0 {
		return nil, err
	}
	rs := []Row{
		shareOf(js, "dup", "copy", &Bar{Must: 0.93, Aim: 1}),
		shareOf(js, "different", "copy", &Bar{Must: 0.03, Aim: 0, Below: true}),
		shareOf(js, "related", "copy", &Bar{Must: 0.25, Aim: 0.10, Below: true}),
		shareOf(js, "related", "related", &Bar{Must: 0.90, Aim: 1}),
		shareOf(js, "different", "related", &Bar{Must: 0.20, Aim: 0.05, Below: true}),
	}
	rs = append(rs, scores("copies", copiesOf(js), nil)...)
	return []Set{{Name: "templates", Title: "template_pairs: retellings, follow-ups, templates", Rows: rs, Errors: wrongs(js)}}, err
}

func hard(d *data, o Options) ([]Set, error) {
	if err := d.load(); err != nil {
		return nil, err
	}
	event := map[string]string{}
	for _, it := range d.events {
		event[it.ID] = it.event
	}
	all, err := judgeAll(d, "hard_pairs", All)
	js := slices.DeleteFunc(all, func(j judged) bool {
		// Their items are of the stream too, whose splits go by event.
		return j.want() == "unclear" || !o.Split.has(cmp.Or(event[j.A.ID], j.A.ID))
	})
	if len(js) == 0 {
		return nil, err
	}
	t := copiesOf(js)
	rs := append([]Row{{Name: "copies: F1", Value: t.f1(), Unit: Ratio, Bar: &Bar{Must: 0.83, Aim: 0.90}}},
		scores("copies", t, &Bar{Must: 0.83, Aim: 0.95})...)
	rs = append(rs, shareOf(js, "related", "related", nil), shareOf(js, "different", "related", nil), shareOf(js, "different", "copy", nil))
	return []Set{{Name: "hard", Title: "hard_pairs: sampled by likeness", Rows: rs, Errors: wrongs(js)}}, err
}

func headlinePairs(d *data, o Options) ([]Set, error) {
	js, err := judgeAll(d, "headline_pairs", o.Split)
	if len(js) == 0 {
		return nil, err
	}
	rs := append(scores("copies", copiesOf(js), nil),
		shareOf(js, "dup", "related", nil), shareOf(js, "related", "copy", nil), shareOf(js, "related", "related", nil), shareOf(js, "different", "copy", nil))
	own, total := 0, 0
	for _, j := range js {
		if j.want() == "dup" && j.A.Feed == j.B.Feed {
			total++
			if j.Verdict == "copy" {
				own++
			}
		}
	}
	rs = append(rs, share("duplicates of one outlet judged copy", own, total, nil))
	return []Set{{Name: "pairs", Title: "headline_pairs: titles that another method had joined", Rows: rs, Errors: wrongs(js)}}, err
}

// ranking is how well the score ranks pairs of headlines that say the same
// above those that don't.
func ranking(d *data, o Options) ([]Set, error) {
	type row struct {
		ID    string  `json:"id"`
		A     string  `json:"a"`
		B     string  `json:"b"`
		Score float64 `json:"score"`
	}
	all, err := rows[row](d, "sts_headlines")
	var same, other []float64
	var t tally
	for _, r := range all {
		if r.Score > 2 && r.Score < 4 || !o.Split.has(r.A, r.B) {
			continue
		}
		j := Judge(Item{ID: "a", Title: r.A}, Item{ID: "b", Title: r.B})
		t.count(r.Score >= 4, j.Verdict == "copy")
		if r.Score >= 4 {
			same = append(same, j.Score)
		} else {
			other = append(other, j.Score)
		}
	}
	if len(same) == 0 || len(other) == 0 {
		return nil, err
	}
	rs := append([]Row{{Name: "AUC of the score, sameness 4 and more against 2 and less", Value: auc(same, other), Unit: Ratio,
		Of: counted(len(same), len(same)+len(other))}}, scores("copies", t, nil)...)
	return []Set{{Name: "sts", Title: "sts_headlines: sameness of titles, without time or outlet", Rows: rs}}, err
}

// auc is the chance that one of same is greater than one of other; equal ones
// count half.
func auc(same, other []float64) float64 {
	sorted := slices.Sorted(slices.Values(other))
	sum := 0.0
	for _, x := range same {
		below, _ := slices.BinarySearch(sorted, x)
		upTo, _ := slices.BinarySearch(sorted, math.Nextafter(x, math.Inf(1)))
		sum += float64(below) + float64(upTo-below)/2
	}
	return sum / float64(len(same)) / float64(len(other))
}
