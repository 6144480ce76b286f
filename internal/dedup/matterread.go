package dedup

import (
	"math"
	"math/bits"
	"slices"
	"strings"
)

// matterReader makes the matter of entries. It may be used again, by one goroutine.
type matterReader struct {
	words *words
	lang  languages
	all   languages // lang, or every one where it is unknown
	scan  scanner
	known map[uint32]uint8 // index of a term
	m     matter
	raw   []rawWord
	grams []uint32
}

// rawWord is a word before it is a term.
type rawWord struct {
	word
	info     *wordInfo
	stem     uint32
	sentence uint16
	drop     bool
	surface  string
	day      bool // of a month
}

// read makes the matter of an entry.
func (r *matterReader) read(title, text, lang string) matter {
	r.m = matter{}
	r.m.make(min(maxWords, maxTitleWords+len(text)/4))
	if r.known == nil {
		r.known = make(map[uint32]uint8, maxWords)
	}
	clear(r.known)
	r.lang = r.language(title, text, lang)
	if r.all = r.lang; r.lang == 0 {
		r.all = math.MaxUint32
	}
	r.scan.decimal = '.'
	if r.decimalComma() {
		r.scan.decimal = ','
	}
	r.title(title)
	r.lead(text)
	return r.m
}

// decimalComma reports whether the language writes 1.400 for 1,400.
func (r *matterReader) decimalComma() bool {
	return r.lang != 0 && strings.Contains(" de fr es pt it ru sv nl pl tr el ", " "+r.words.codes[trailing(r.lang)]+" ")
}

// language decides by the function words that it finds, and believes the tag
// where they don't say otherwise. Of a title one word must do, as titles that are told
// apart by their language don't meet; where it is of several, English is the likeliest.
// 0 if nothing tells.
func (r *matterReader) language(title, text, tag string) languages {
	declared := r.words.language(tag)
	var votes [32]int
	for _, s := range [2]string{title, text} {
		r.scan.reset(s)
		for n := 0; n < votingWords; n++ {
			w, ok := r.scan.next()
			if !ok {
				break
			}
			info := r.words.table.find(w.hash)
			if info == nil {
				continue
			}
			for l := info.class[functionWord]; l != 0; l &= l - 1 {
				votes[trailing(l)]++
			}
		}
	}
	english := r.words.language("en")
	best, most := languages(0), 0
	for i, n := range votes {
		if l := languages(1) << i; n > most || n == most && n > 0 && (l == declared || l == english && best != declared) {
			best, most = l, n
		}
	}
	if declared != 0 && (best == declared || most < 4 || votes[trailing(declared)]*2 >= most) {
		return declared
	}
	return best
}

func trailing(l languages) int { return bits.TrailingZeros32(uint32(l)) }

// collect gathers the words of s, at most limit of them.
func (r *matterReader) collect(s string, limit int) []rawWord {
	r.raw = r.raw[:0]
	sentence := uint16(0)
	r.scan.reset(s)
	for len(r.raw) < limit {
		w, ok := r.scan.next()
		if !ok {
			break
		}
		if w.what&wordStart != 0 {
			sentence++
		}
		x := rawWord{word: w, sentence: sentence}
		r.classify(&x)
		x.surface = s[w.at:w.end]
		r.raw = append(r.raw, x)
	}
	r.scale()
	r.dates()
	r.contractions()
	return r.raw
}

// contractions drops what an apostrophe left of a negation: doesn't, isn't.
func (r *matterReader) contractions() {
	for i := 1; i < len(r.raw); i++ {
		x, before := &r.raw[i], &r.raw[i-1]
		if x.surface == "t" && strings.HasSuffix(before.surface, "n") {
			x.drop, before.drop = true, true
		}
	}
}

// dates marks the numbers beside a month as days.
func (r *matterReader) dates() {
	for i := range r.raw {
		if x := &r.raw[i]; x.info != nil && x.info.monthIn&r.any() != 0 {
			for _, j := range [2]int{i - 1, i + 1} {
				if j >= 0 && j < len(r.raw) && r.raw[j].what&wordNumber != 0 && r.raw[j].value <= 31 {
					r.raw[j].day = true
				}
			}
		}
	}
}

// classify looks a word up and makes its stem.
func (r *matterReader) classify(x *rawWord) {
	if x.what&wordNumber != 0 {
		x.stem = numberTerm(x.value)
		return
	}
	x.info = r.words.table.find(x.hash)
	if x.info != nil && x.info.numberIn&r.any() != 0 && x.info.number >= 2 {
		x.what |= wordNumber
		x.value = x.info.number
		x.stem = numberTerm(x.value)
		return
	}
	if x.what&(wordCode|wordPiece) != 0 || x.info != nil && x.info.class[functionWord]&r.any() != 0 {
		x.stem = uint32(x.hash) & termMask
		return
	}
	x.stem = uint32(hashBytes(r.stem(x.text))) & termMask
}

// any is the language, or all of them where it is unknown.
func (r *matterReader) any() languages { return r.all }

// stem cuts the ending off a word, an English one where the language is unknown: titles
// without a function word are to meet those that have one.
func (r *matterReader) stem(text []byte) []byte {
	if r.lang == 0 {
		return r.words.stem(r.words.language("en"), text)
	}
	return r.words.stem(r.lang, text)
}

// letters counts characters, up to four.
func letters(b []byte) (n int) {
	for _, c := range b {
		if c&0xC0 != 0x80 {
			if n++; n == 4 {
				return n
			}
		}
	}
	return n
}

// scale multiplies numbers by the words behind them: 54.8 billion.
func (r *matterReader) scale() {
	for i := range r.raw {
		if i == 0 || r.raw[i].info == nil || r.raw[i-1].what&wordNumber == 0 {
			continue
		}
		if x := &r.raw[i]; x.info.scaleIn&r.any() != 0 {
			r.raw[i-1].value *= x.info.scale
			r.raw[i-1].stem = numberTerm(r.raw[i-1].value)
			x.drop = true
		}
	}
}

const termMask = 1<<24 - 1

// numberTerm is the term of a number, as exactly as seven digits tell it. Rounded
// ones meet in [close] alone.
func numberTerm(v float64) uint32 {
	return uint32(finish(uint64(math.Float32bits(float32(v)))|1<<40)) & termMask
}

// title takes in the title, without the name of the outlet behind it and the
// marks of an update before it.
func (r *matterReader) title(title string) {
	title = cutOutlet(title)
	words := r.collect(title, maxTitleWords+8)
	r.m.forms = r.formsOf(words)
	upper, lower := 0, 0
	for i, w := range words {
		if i > 0 && w.what&wordCased != 0 && w.size > 1 && (w.info == nil || w.info.class[functionWord]&r.any() == 0) {
			if w.what&wordUpper != 0 {
				upper++
			} else {
				lower++
			}
		}
		r.m.neg = r.m.neg || w.info != nil && w.info.negation&r.any() != 0
	}
	says := upper <= 2*lower // else every word has a capital
	for i := range words {
		if len(r.m.seq) < maxTitleWords && !words[i].drop {
			r.add(&words[i], says)
		}
	}
	r.m.title = len(r.m.seq)
}

// cutOutlet takes the outlet's name off a title.
func cutOutlet(title string) string {
	head, tail, ok := cutLast(title, " | ")
	if !ok {
		return title
	}
	if len(strings.Fields(tail)) <= 5 && len(strings.Fields(head)) >= 4 && !strings.ContainsAny(tail, "0123456789") {
		return head
	}
	return title
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// formsOf finds the forms that a title's words show, and drops the words of
// those that say nothing of the story: update, correction, breaking.
func (r *matterReader) formsOf(words []rawWord) (f form) {
	for i := range words {
		for _, rule := range r.words.forms[words[i].hash] {
			if !phraseAt(words[i:], rule.phrase) || !standsOut(words, i, len(rule.phrase)) {
				continue
			}
			f |= rule.form
			if rule.form&(update|correction|breaking) != 0 && (i == 0 || words[0].drop) {
				for j := range rule.phrase {
					words[i+j].drop = true
				}
				if n := i + len(rule.phrase); n < len(words) && words[n].what&wordNumber != 0 {
					words[n].drop = true
				}
			}
		}
	}
	return f
}

// standsOut reports whether a phrase of n words at i begins or ends the title, or a
// part of it.
func standsOut(words []rawWord, i, n int) bool {
	return i == 0 || words[i].what&wordStart != 0 || i+n == len(words) || words[i+n].what&wordStart != 0 || words[i-1].drop
}

func phraseAt(words []rawWord, phrase []uint64) bool {
	if len(words) < len(phrase) {
		return false
	}
	for i, h := range phrase {
		if words[i].hash != h {
			return false
		}
	}
	return true
}

// lead takes in the beginning of the text, without the sentences that publishers
// put under everything, and samples all of it.
func (r *matterReader) lead(text string) {
	words := r.collect(text, maxWords+24)
	r.dropBoilerplate(words)
	kept := 0
	for i := range words {
		if words[i].drop {
			continue
		}
		kept++
		if len(r.m.seq) < maxWords {
			r.add(&words[i], true)
		}
	}
	r.m.promo = kept < 4 && len(words) >= 5
	r.sample()
}

func (r *matterReader) dropBoilerplate(words []rawWord) {
	for i := range words {
		for _, phrase := range r.words.boiler[words[i].hash] {
			if phraseAt(words[i:], phrase) {
				dropSentence(words, words[i].sentence)
			}
		}
	}
}

func dropSentence(words []rawWord, sentence uint16) {
	for j := range words {
		if words[j].sentence == sentence {
			words[j].drop = true
		}
	}
}

// add appends a word to the sequence, and to the terms if it is new. says tells
// whether its capital means something.
func (r *matterReader) add(x *rawWord, says bool) {
	if x.size == 1 && x.what&(wordPiece|wordNumber|wordCode) == 0 {
		return // what an apostrophe left
	}
	i, ok := r.known[x.stem]
	if !ok {
		i = uint8(len(r.m.terms))
		r.known[x.stem] = i
		r.m.terms = append(r.m.terms, x.stem)
		r.m.flags = append(r.m.flags, r.flagsOf(x))
		r.m.value = append(r.m.value, float32(x.value))
		r.m.surface = append(r.m.surface, x.surface)
	}
	if says && x.what&(wordCased|wordNumber) == wordCased && x.what&wordStart == 0 {
		if x.what&wordUpper != 0 {
			r.m.flags[i] |= termCapital
		} else {
			r.m.flags[i] |= termLower
		}
	}
	r.m.seq = append(r.m.seq, i)
}

func (r *matterReader) flagsOf(x *rawWord) (f termFlags) {
	if x.day {
		return termNumber | termDay
	}
	if x.what&wordNumber != 0 {
		return termNumber
	}
	if x.what&wordCode != 0 {
		if x.surface[0] >= '0' && x.surface[0] <= '9' {
			return termLower // 6pm, 4G: no name
		}
		f |= termCode
	}
	if x.info == nil {
		return f
	}
	if x.info.monthIn&r.any() != 0 || x.info.dayIn&r.any() != 0 {
		f |= termDay
	}
	if x.info.place&r.any() != 0 && x.what&wordUpper != 0 {
		f |= termCapital // however its title is written
	}
	return f | termFlags(x.info.classIn(r.any()))
}

// sampler keeps some of a text's runs of five words: those whose hash ends in shift
// zeros, shift being as small as leaves no more than maxGrams.
type sampler struct {
	run   [5]uint64
	n     int // words so far
	shift uint8
	grams []uint32
}

func (p *sampler) add(w *word) {
	h := w.hash
	if w.what&wordNumber != 0 {
		h = uint64(numberTerm(w.value))
	}
	p.run[p.n%5] = h
	if p.n++; p.n < 5 {
		return
	}
	g := uint64(fnvOffset)
	for k := range 5 {
		g = (g ^ p.run[(p.n+k)%5]) * fnvPrime
	}
	gram := uint32(finish(g))
	if gram&(1<<p.shift-1) != 0 {
		return
	}
	if p.grams = append(p.grams, gram); len(p.grams) > maxGrams {
		p.shift++
		p.grams = slices.DeleteFunc(p.grams, func(g uint32) bool { return g&(1<<p.shift-1) != 0 })
	}
}

// sample samples the text, whose beginning is in r.raw, and the rest before the scanner.
func (r *matterReader) sample() {
	p := sampler{grams: r.grams[:0]}
	for i := range r.raw {
		p.add(&r.raw[i].word)
	}
	for w, ok := r.scan.next(); ok; w, ok = r.scan.next() {
		p.add(&w)
	}
	slices.Sort(p.grams)
	r.grams = p.grams
	r.m.words, r.m.shift, r.m.grams = uint32(p.n), p.shift, slices.Clone(slices.Compact(p.grams))
}
