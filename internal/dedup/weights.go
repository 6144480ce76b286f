package dedup

import (
	_ "embed" // the table
	"strconv"
	"sync"
)

//go:embed weights.txt
var weightsText string

// scales gives the weight table, read once.
var scales = sync.OnceValue(func() *weightTable { return readWeights(weightsText) })

// weightTable are the columns of the weight table.
type weightTable struct {
	copies, events [2]column    // for pairs with hardly more than a title, and for texts
	kin            [2]kinColumn // for the event of such a pair
}

// kinColumn is a linear model of an entry and an event.
type kinColumn struct {
	of   kinship
	need float64
}

// score is how many points more than needed there are.
func (c *kinColumn) score(k *kinship) float64 {
	sum := -c.need
	for i, w := range c.of {
		sum += w * k[i]
	}
	return sum
}

// column is a linear model: what each feature counts, and what is needed.
type column struct {
	of   features
	need float64
}

// score is the points of a pair.
func (c *column) score(x *features) (sum float64) {
	for i, w := range c.of {
		sum += w * x[i]
	}
	return sum
}

// Weigh has the index go by another weight table than the product's, for fitting one.
// Rows that it lacks count nothing.
func (x *Index) Weigh(table string) { x.scales = readWeights(table) }

// Weights is the weight table of the product, as text.
func Weights() string { return weightsText }

func readWeights(text string) *weightTable {
	t := &weightTable{}
	names := map[string]int{}
	for i, n := range featureNames {
		names[n] = i
	}
	kin := map[string]int{}
	for i, n := range kinNames {
		kin[n] = i
	}
	eachRule(text, func(f []string) {
		if len(f) == 3 {
			for k := range t.kin {
				v, _ := strconv.ParseFloat(f[k+1], 64)
				if i, ok := kin[f[0]]; ok {
					t.kin[k].of[i] = v
				} else if f[0] == "kin-need" {
					t.kin[k].need = v
				}
			}
		}
		if len(f) != 5 {
			return
		}
		for k, c := range [...]*column{&t.copies[0], &t.copies[1], &t.events[0], &t.events[1]} {
			v, err := strconv.ParseFloat(f[k+1], 64)
			if err != nil {
				continue
			}
			if i, ok := names[f[0]]; ok {
				c.of[i] = v
			} else if f[0] == "need" {
				c.need = v
			}
		}
	})
	return t
}

// fewWords is the length of a lead below which an item is hardly more than a title.
const fewWords = 8

// column gives the models for the pair that was compared last: 0 for titles, 1 for texts.
func (p *pair) column() int {
	if min(p.a.body(), p.b.body()) < fewWords {
		return 0
	}
	return 1
}
