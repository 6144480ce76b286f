package compare

import (
	"strings"

	"github.com/rivo/uniseg"

	"tidings/internal/feed"
)

// Op is what became of a piece of text.
type Op string

// The kinds of pieces.
const (
	Same Op = "same"
	Gone Op = "gone" // only the older text has it
	Come Op = "come" // only the newer text has it
)

// Piece is text with one fate. It is plain text, not HTML.
type Piece struct {
	Op   Op
	Text string
}

// Paragraph is pieces that stand together.
type Paragraph []Piece

// Changed reports whether anything in the paragraph did.
func (p Paragraph) Changed() bool { return len(p) > 1 || len(p) == 1 && p[0].Op != Same }

// Bounds of the effort.
const (
	mostEdits = 1000   // paragraphs that differ in more words have, but for beginning and end, nothing in common
	mostPairs = 40_000 // paragraphs of longer texts find no partners beyond the common beginning and end
	kinEnough = 0.4    // the share of words that makes a paragraph the other's successor
)

// Diff tells by paragraphs what became of the words of an older text in a newer one.
func Diff(older, newer feed.HTML) (all []Paragraph) {
	a, b := paragraphs(string(older)), paragraphs(string(newer))
	for _, p := range align(a, b) {
		switch {
		case p.b < 0:
			all = append(all, Paragraph{{Gone, a[p.a]}})
		case p.a < 0:
			all = append(all, Paragraph{{Come, b[p.b]}})
		default:
			all = append(all, DiffText(a[p.a], b[p.b]))
		}
	}
	return all
}

// DiffText is [Diff] for plain text of one paragraph, such as titles.
func DiffText(older, newer string) Paragraph { return settle(edits(split(older), split(newer))) }

// paragraphs are the texts of HTML, their white space folded.
func paragraphs(h string) (list []string) {
	if len(h) > mostBytes {
		h = h[:mostBytes]
	}
	for _, b := range blocks(h) {
		list = append(list, strings.Join(strings.Fields(b.text), " "))
	}
	return list
}

// split splits a text at the bounds of words (UAX 29), its white space folded.
func split(text string) (list []string) {
	state := -1
	var w string
	for rest := strings.Join(strings.Fields(text), " "); rest != ""; {
		w, rest, state = uniseg.FirstWordInString(rest, state)
		list = append(list, w)
	}
	return list
}

// settle joins what has one fate, and makes a change of "two few words" one, and not
// two around a space: what is the same between two changes, but says nothing,
// changes with them.
func settle(ps []Piece) (out Paragraph) {
	var gone, come strings.Builder
	flush := func() {
		out = add(add(out, Gone, gone.String()), Come, come.String())
		gone.Reset()
		come.Reset()
	}
	for i, p := range ps {
		inside := gone.Len()+come.Len() > 0 && i+1 < len(ps) && ps[i+1].Op != Same
		if p.Op == Same && !(inside && p.Text == " ") {
			flush()
			out = add(out, Same, p.Text)
			continue
		}
		if p.Op != Come {
			gone.WriteString(p.Text)
		}
		if p.Op != Gone {
			come.WriteString(p.Text)
		}
	}
	flush()
	return out
}

// add appends text to a paragraph.
func add(p Paragraph, op Op, text string) Paragraph {
	switch n := len(p); {
	case text == "":
	case n > 0 && p[n-1].Op == op:
		p[n-1].Text += text
	default:
		p = append(p, Piece{op, text})
	}
	return p
}

// edits tells what became of each token, in order.
func edits(a, b []string) []Piece {
	from, tail := 0, 0
	for from < len(a) && from < len(b) && a[from] == b[from] {
		from++
	}
	for tail < len(a)-from && tail < len(b)-from && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	ps := pieces(nil, Same, a[:from])
	ps = append(ps, myers(a[from:len(a)-tail], b[from:len(b)-tail])...)
	return pieces(ps, Same, a[len(a)-tail:])
}

func pieces(ps []Piece, op Op, tokens []string) []Piece {
	for _, t := range tokens {
		ps = append(ps, Piece{op, t})
	}
	return ps
}

// myers finds the shortest script of edits (E. Myers, An O(ND) Difference Algorithm,
// Algorithmica 1986); one that has more than mostEdits is not looked for.
func myers(a, b []string) []Piece {
	most := min(len(a)+len(b), mostEdits)
	reach := make([]int, 2*most+3) // by diagonal: how far in a one gets
	var trace [][]int
	for d := 0; d <= most; d++ {
		trace = append(trace, append([]int(nil), reach[most+1-d:most+2+d]...))
		for k := -d; k <= d; k += 2 {
			x := reach[most+k] + 1
			if k == -d || k != d && reach[most+k] < reach[most+k+2] {
				x = reach[most+k+2]
			}
			if d == 0 {
				x = 0
			}
			for y := x - k; x < len(a) && y < len(b) && a[x] == b[y]; y++ {
				x++
			}
			reach[most+1+k] = x
			if x >= len(a) && x-k >= len(b) {
				return backtrack(trace, a, b)
			}
		}
	}
	return pieces(pieces(nil, Gone, a), Come, b)
}

// backtrack walks the trace from the end of both texts to their beginning. Row d of
// it has what diagonals -d to d had reached before step d.
func backtrack(trace [][]int, a, b []string) []Piece {
	var back []Piece
	x, y := len(a), len(b)
	for d := len(trace) - 1; d > 0; d-- {
		row, k := trace[d], x-y
		at := func(k int) int {
			if k < -d || k > d {
				return -1
			}
			return row[k+d]
		}
		down := k == -d || k != d && at(k-1) < at(k+1)
		px := at(k-1) + 1
		if down {
			px = at(k + 1)
		}
		for x > px {
			x, y = x-1, y-1
			back = append(back, Piece{Same, a[x]})
		}
		if down {
			y--
			back = append(back, Piece{Come, b[y]})
		} else {
			x--
			back = append(back, Piece{Gone, a[x]})
		}
	}
	for x > 0 {
		x--
		back = append(back, Piece{Same, a[x]})
	}
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	return back
}
