package measure

import (
	"hash/fnv"
	"strings"
	"unicode"
)

// stock is what texts for measuring speed are made of.
type stock struct {
	titles []string
	runs   []string // stretches of five sentences
	leads  []string // stretches of two
	often  map[string]int
}

// When the stock is used again, words that stand in it so rarely are renamed, as
// other days have other names, and every second one of those that aren't common.
const (
	rare   = 30
	common = 1000
)

// stock cuts all texts of the sets into pieces.
func (d *data) stock() (*stock, error) {
	if err := d.load(); err != nil {
		return nil, err
	}
	lines, err := rows[Item](d, "headlines")
	if err != nil {
		return nil, err
	}
	for _, it := range append(append([]labelled{}, d.events...), wireItems(d.wire)...) {
		lines = append(lines, it.Item)
	}
	k := &stock{often: map[string]int{}}
	for _, it := range lines {
		k.titles = append(k.titles, it.Title)
		k.cut(it.Text)
		for _, text := range []string{it.Title, it.Text} {
			for w := range strings.FieldsSeq(text) {
				k.often[core(w)]++
			}
		}
	}
	if len(k.leads) == 0 { // no bodies: titles will do
		k.leads, k.runs = k.titles, k.titles
	}
	return k, nil
}

// cut takes a text apart.
func (k *stock) cut(text string) {
	for n := 0; text != ""; n++ {
		lead := short(text, 2)
		k.leads = append(k.leads, lead)
		if n%2 == 0 {
			k.runs = append(k.runs, short(text, 5))
		}
		text = strings.TrimSpace(strings.TrimSpace(text)[len(lead):])
	}
}

// pick gives the n-th of so many things, in an order that looks like none. It comes
// round to each once before the next generation begins.
func pick(n, of int) (i, generation int) {
	const stride = 7919 // a prime
	generation = n / of
	return (n%of*stride + generation*generation) % of, generation
}

// title is the title of item n.
func (k *stock) title(n int) string {
	i, generation := pick(n, len(k.titles))
	return k.rename(k.titles[i], generation)
}

// short is an item with a title and two sentences.
func (k *stock) short(n int) Item {
	i, generation := pick(n, len(k.leads))
	return Item{Title: k.title(n), Text: k.rename(k.leads[i], generation)}
}

// headline is an item with a title alone.
func (k *stock) headline(n int) Item { return Item{Title: k.title(n)} }

// full is an item with a text of 800 words.
func (k *stock) full(n int) Item {
	const words, runs = 800, 8
	var text []string
	for r := 0; len(text) < words; r++ {
		i, generation := pick(n*runs+r, len(k.runs))
		text = append(text, strings.Fields(k.rename(k.runs[i], generation))...)
		if r > 10*runs { // a stock of next to nothing
			text = append(text, strings.Fields(strings.Repeat("word ", words))...)
		}
	}
	return Item{Title: k.title(n), Text: strings.Join(text[:words], " ")}
}

// rename gives words other names, the same words the same names within a
// generation: what is told twice in it stays told twice.
func (k *stock) rename(text string, generation int) string {
	if generation == 0 {
		return text
	}
	words := strings.Fields(text)
	for i, w := range words {
		c := core(w)
		often := k.often[c]
		if often > common || c == "" {
			continue
		}
		h := fnv.New64a()
		h.Write([]byte(c))
		h.Write([]byte{byte(generation), byte(generation >> 8)})
		if x := h.Sum64() >> 7; often <= rare || x&1 == 0 {
			words[i] = strings.Replace(w, c, c+syllables(x>>1&0xfff), 1)
		}
	}
	return strings.Join(words, " ")
}

// core is a word without punctuation, and without the s of a genitive.
func core(w string) string {
	w = strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s")
}

// syllables spells a number, so that it reads as a part of a word.
func syllables(n uint64) string {
	var b strings.Builder
	for ; n > 0; n >>= 4 {
		b.WriteString("bakelimonurasetivozudafegihojape"[n&15*2 : n&15*2+2])
	}
	return b.String()
}
