package measure

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// data is a directory of sets, each read once.
type data struct {
	dir    string
	events []labelled
	wire   []pair
	loaded bool
}

// pair is two items and what they are to each other.
type pair struct {
	A      Item    `json:"a"`
	B      Item    `json:"b"`
	Label  string  `json:"label"`
	Expect string  `json:"expect"`
	Kind   string  `json:"kind"`
	Score  float64 `json:"score"`
}

func (p pair) want() string { return cmp.Or(p.Expect, p.Label) }

// in reports whether the pair belongs to a split.
func (p pair) in(s Split) bool {
	return s.has(cmp.Or(p.A.ID, p.A.Title), cmp.Or(p.B.ID, p.B.Title))
}

// labelled is an item of which the event is known.
type labelled struct {
	Item
	event string // empty: not known
}

// UnmarshalJSON reads the item with its label.
func (l *labelled) UnmarshalJSON(b []byte) error {
	var x struct {
		Label string `json:"label"`
	}
	if err := json.Unmarshal(b, &x); err != nil {
		return err
	}
	l.event = x.Label
	return l.Item.UnmarshalJSON(b)
}

// rows reads a file of JSON lines; none if it isn't there.
func rows[T any](d *data, file string) ([]T, error) {
	b, err := os.ReadFile(filepath.Join(d.dir, file+".jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []T
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, 1<<26)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var row T
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			return nil, fmt.Errorf("%s.jsonl line %d: %w", file, n, err)
		}
		out = append(out, row)
	}
	return out, lines.Err()
}

// load reads the items of the stream.
func (d *data) load() error {
	if d.loaded {
		return nil
	}
	for _, file := range []string{"events_ecb", "events_fnc"} {
		items, err := rows[labelled](d, file)
		if err != nil {
			return err
		}
		d.events = append(d.events, items...)
	}
	var err error
	d.wire, err = rows[pair](d, "wire_pairs")
	d.loaded = err == nil
	return err
}

// labels is the items of a split of which the event is known.
func (d *data) labels(s Split) []labelled {
	var out []labelled
	for _, it := range d.events {
		if s.has(it.event) {
			out = append(out, it)
		}
	}
	return out
}

// wirePairs are the wire pairs of a split.
func (d *data) wirePairs(s Split) []pair {
	return slices.DeleteFunc(slices.Clone(d.wire), func(p pair) bool { return !p.in(s) })
}

// wireItems are the items of pairs, each once.
func wireItems(pairs []pair) []labelled {
	var out []labelled
	have := map[string]bool{}
	for _, p := range pairs {
		for _, it := range []Item{p.A, p.B} {
			if !have[it.ID] {
				have[it.ID] = true
				out = append(out, labelled{Item: it})
			}
		}
	}
	return out
}

// byTime sorts items as they came.
func byTime(items []labelled) []labelled {
	slices.SortStableFunc(items, func(a, b labelled) int { return a.Time.Compare(b.Time) })
	return items
}
