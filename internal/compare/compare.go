// Package compare tells people how two texts differ: which sentences one has and the
// other lacks ([Mark]), and what a revision changed, word by word ([Diff]).
//
// It reads sanitised HTML, in the form in which package sanitize writes: "<" stands
// only before a tag, and the next ">" ends that. Text flows through inline tags and
// ends at any other (blocks.go). Sentences are those of Unicode (UAX 29), but for
// abbreviations; of each there are words, and, in scripts that have no spaces, pairs
// of neighbouring characters (words.go). A sentence is known if one sentence of the
// other text, or two in a row, have most of its words, rare ones counting more, and
// if the other text has its numbers.
//
// All of it is pure, and bounded by the length of what it is given: nothing is ever
// changed in the HTML but that <mark class="new"> and </mark> are put around parts of
// its text, never inside a tag, a character reference or an option.
package compare

import (
	"math"
	"strings"

	"tidings/internal/feed"
)

// Bounds of what is compared.
const (
	mostBytes   = 512 << 10 // of a text; of a longer one nothing is marked
	leastWords  = 4         // of a sentence that is worth marking
	knownEnough = 0.6       // the share of a sentence's words, by weight, that makes it known
)

// Marked is a text with what is new in it marked.
type Marked struct {
	HTML  string // the text, with <mark class="new"> around its new sentences
	New   int    // how many sentences are new
	Whole int    // how many there are that are worth telling apart
	// Sentences are the new ones, as plain text.
	Sentences []string
}

// Base is a text that others are compared with.
type Base struct {
	sentences int
	at        map[string][]int // by word: the sentences that have it, ascending
}

// NewBase reads the text that others are compared with.
func NewBase(h feed.HTML) *Base {
	b := &Base{at: map[string][]int{}}
	if len(h) > mostBytes {
		return b
	}
	for _, bl := range blocks(string(h)) {
		for _, s := range sentences(bl.text) {
			for w := range distinct(words(bl.text[s.from:s.to])) {
				b.at[w] = append(b.at[w], b.sentences)
			}
			b.sentences++
		}
	}
	return b
}

// Mark marks the sentences of h that the base doesn't have. A base without
// sentences can't be compared with: then nothing is marked.
func (b *Base) Mark(h feed.HTML) Marked {
	m := Marked{HTML: string(h)}
	if b.sentences == 0 || len(h) > mostBytes {
		return m
	}
	var fresh []span
	for _, bl := range blocks(m.HTML) {
		for _, s := range sentences(bl.text) {
			ws := distinct(words(bl.text[s.from:s.to]))
			if len(ws) < leastWords {
				continue
			}
			m.Whole++
			if !b.knows(ws) {
				m.New++
				m.Sentences = append(m.Sentences, strings.Join(strings.Fields(bl.text[s.from:s.to]), " "))
				fresh = append(fresh, bl.spans(s)...)
			}
		}
	}
	m.HTML = wrap(m.HTML, fresh)
	return m
}

// knows reports whether a sentence with these words is in the base.
func (b *Base) knows(ws map[string]bool) bool {
	shared, all := make([]float64, b.sentences), 0.0
	for w := range ws {
		at := b.at[w]
		if len(at) == 0 && hasDigit(w) {
			return false
		}
		weight := 1 / math.Sqrt(float64(max(len(at), 1)))
		all += weight
		for i, k := range at { // a window is a sentence and the one after it
			shared[k] += weight
			if k > 0 && (i == 0 || at[i-1] != k-1) {
				shared[k-1] += weight
			}
		}
	}
	for _, s := range shared {
		if s >= all*knownEnough {
			return true
		}
	}
	return false
}

// wrap puts marks around spans of the HTML, which are in order and apart.
func wrap(h string, spans []span) string {
	if len(spans) == 0 {
		return h
	}
	var b strings.Builder
	b.Grow(len(h) + 32*len(spans))
	at := 0
	for _, s := range spans {
		b.WriteString(h[at:s.from])
		b.WriteString(`<mark class="new">` + h[s.from:s.to] + `</mark>`)
		at = s.to
	}
	b.WriteString(h[at:])
	return b.String()
}
