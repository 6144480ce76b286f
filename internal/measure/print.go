package measure

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// counted says what a share was counted from.
func counted(n, total int) string { return fmt.Sprintf("%d of %d", n, total) }

// Print writes the report as a table in Markdown, as the README has it.
func (r Report) Print(w io.Writer) {
	if r.Split != "" && r.Split != All {
		fmt.Fprintf(w, "Only the %s half of each set.\n\n", r.Split)
	}
	fmt.Fprint(w, "| | measured | | must | aim |\n|---|--:|---|--:|--:|\n")
	for _, s := range r.Sets {
		fmt.Fprintf(w, "| **%s** | | | | |\n", s.Title)
		for _, row := range s.Rows {
			must, aim := row.bars()
			fmt.Fprintf(w, "| %s | %s%s | %s | %s | %s |\n", row.Name, row.Unit.format(row.Value), mark(row), row.Of, must, aim)
		}
	}
}

// mark says beside a figure how it stands to its bar.
func mark(r Row) string {
	return map[string]string{"aim": " ✓✓", "must": " ✓", "below": " ✗"}[r.Grade()]
}

func (r Row) bars() (must, aim string) {
	if r.Bar == nil {
		return "", ""
	}
	sign := "≥ "
	if r.Bar.Below {
		sign = "≤ "
	}
	must = sign + r.Unit.format(r.Bar.Must)
	if r.Bar.Aim != r.Bar.Must {
		aim = r.Unit.format(r.Bar.Aim)
	}
	return must, aim
}

// format prints a figure of the unit.
func (u Unit) format(v float64) string {
	switch u {
	case Percent:
		return plain(100*v, 1) + " %"
	case Ratio:
		return strconv.FormatFloat(v, 'f', 3, 64)
	case Number:
		return plain(v, 1)
	case Multiple:
		return plain(v, 2) + " ×"
	case Rate:
		return thousands(v) + "/s"
	case Micros, Bytes, MiB:
		return thousands(v) + " " + string(u)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// plain is a number with so many decimals, and none that are zero.
func plain(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// thousands is a whole number with commas.
func thousands(v float64) string {
	s := strconv.FormatInt(int64(math.Round(v)), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// PrintErrors writes what is wrong in each set, a pair a line. Of each set there
// are at most so many, and as many of each kind of error as of the others.
func (r Report) PrintErrors(w io.Writer, most int) {
	for _, s := range r.Sets {
		kinds, by := kindsOf(s.Errors)
		left := most
		for n, k := range kinds {
			errs := by[k]
			// What few errors of the kinds before have left over is for the later ones.
			show := min(len(errs), max(1, left/(len(kinds)-n)))
			left -= show
			fmt.Fprintf(w, "\n%s: %d %s\n", s.Name, len(errs), k)
			for _, e := range errs[:show] {
				fmt.Fprintf(w, "%s %.2f [%s] %s | %s\n", k, e.Score, clip(e.Why, 90), clip(e.A, 90), clip(e.B, 90))
			}
		}
	}
}

// kindsOf sorts errors by what was wanted and what was got, the worst kinds
// first, and by score within a kind: the surest mistakes first.
func kindsOf(errs []Error) (kinds []string, by map[string][]Error) {
	by = map[string][]Error{}
	for _, e := range errs {
		k := e.Want + "→" + e.Got
		if by[k] == nil {
			kinds = append(kinds, k)
		}
		by[k] = append(by[k], e)
	}
	slices.SortStableFunc(kinds, func(a, b string) int { return badness(by[b][0]) - badness(by[a][0]) })
	for _, es := range by {
		slices.SortStableFunc(es, func(a, b Error) int { return cmp.Compare(b.Score, a.Score) })
	}
	return kinds, by
}

// badness is how much a kind of error hurts a reader: a story that is lost in
// another one most.
func badness(e Error) int {
	switch {
	case e.Got == "copy":
		return 2
	case strings.HasSuffix(e.Want, "copy"):
		return 1
	}
	return 0
}

// PrintSample writes the joined pairs that were drawn, for a person to judge.
func (r Report) PrintSample(w io.Writer) {
	for _, s := range r.Sets {
		if len(s.Sample) > 0 {
			fmt.Fprintf(w, "\n%s: %d joined pairs\n", s.Name, len(s.Sample))
		}
		for i, p := range s.Sample {
			fmt.Fprintf(w, "%3d %s %.2f +%.1fh [%s]\n    %s: %s\n    %s: %s\n", i+1, p.Level, p.Score, p.B.Time.Sub(p.A.Time).Hours(), clip(p.Evidence, 120),
				p.A.Feed, clip(p.A.Title, 160), p.B.Feed, clip(p.B.Title, 160))
		}
	}
}

// clip cuts a text to n characters on one line.
func clip(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
