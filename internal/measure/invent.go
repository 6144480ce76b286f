package measure

import (
	"strconv"
	"strings"
)

// stock is what texts for measuring speed are made of.
type stock struct {
	titles []string
	runs   []string // stretches of five sentences
	leads  []string // stretches of two
	often  map[string]int
}

// rare is in how many places of the stock a word may stand for it to be renamed
// when the stock is used again.
const rare = 30

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
				k.often[w]++
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

// dice gives pseudo-random numbers that follow from two others.
type dice uint64

func roll(a, b int) dice { return dice(uint64(a)*0x9e3779b97f4a7c15 ^ uint64(b)*0xbf58476d1ce4e5b9) }

// below is the next number from 0 to n-1 (SplitMix64).
func (d *dice) below(n int) int {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}

// title is the title of item i. Once all are used up, they come again with most
// of their rare words renamed, as later days have other names.
func (k *stock) title(i int) string {
	d := roll(i, 1)
	if i < len(k.titles) {
		return k.titles[i]
	}
	return k.rename(k.titles[d.below(len(k.titles))], i/len(k.titles))
}

// short is an item with a title and two sentences.
func (k *stock) short(i int) Item {
	d := roll(i, 2)
	return Item{Title: k.title(i), Text: k.rename(k.leads[d.below(len(k.leads))], i/len(k.leads))}
}

// headline is an item with a title alone.
func (k *stock) headline(i int) Item { return Item{Title: k.title(i)} }

// full is an item with a text of 800 words.
func (k *stock) full(i int) Item {
	const words = 800
	d := roll(i, 3)
	var text []string
	for len(text) < words {
		run := k.rename(k.runs[d.below(len(k.runs))], i*8/len(k.runs))
		text = append(text, strings.Fields(run)...)
		if run == "" {
			text = append(text, "word")
		}
	}
	return Item{Title: k.title(i), Text: strings.Join(text[:words], " ")}
}

// rename gives three of four rare words another name; the same words get the
// same names within a generation.
func (k *stock) rename(text string, generation int) string {
	if generation == 0 {
		return text
	}
	words := strings.Fields(text)
	for i, w := range words {
		if k.often[w] > rare {
			continue
		}
		d := roll(generation, len(w))
		for _, c := range []byte(w) {
			d ^= dice(c) << 13
			d.below(2)
		}
		if d.below(4) > 0 {
			words[i] = strings.TrimRight(w, ".,;:!?”’\"') ") + syllables(d.below(1<<12))
		}
	}
	return strings.Join(words, " ")
}

// syllables spells a number, so that it reads as a part of a word.
func syllables(n int) string {
	var b strings.Builder
	for _, c := range strconv.FormatInt(int64(n), 16) {
		b.WriteString([]string{"ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu", "da", "fe", "gi", "ho", "ja", "pe"}[strings.IndexRune("0123456789abcdef", c)])
	}
	return b.String()
}
