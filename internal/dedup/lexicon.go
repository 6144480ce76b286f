package dedup

import (
	"embed"
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed words/*.txt
var wordFiles embed.FS

// lexicon is what the word lists say, read once.
var lexicon = sync.OnceValue(func() *words { return readWords(wordFiles) })

// languages is a set of languages, a bit each.
type languages uint32

// words are the word lists of all languages in one table, so that a text costs
// one look-up a word, whatever its language.
type words struct {
	codes     []string              // of the languages, by bit
	info      map[uint64]*wordInfo  // while the lists are read
	table     wordTable             // of info
	endings   [][]string            // by language, the longest first
	forms     map[uint64][]formRule // by the first word
	boiler    map[uint64][][]uint64 // phrases by the first word
	contrary  map[uint32][]contrary // by term
	unsettled []contraryLine
}

// contrary is the place of a term in a list of contraries: two terms of one list on
// different sides of it, such as north and south, never tell the same.
type contrary struct{ list, side uint16 }

// contraryLine is a line of contraries whose language isn't read whole yet.
type contraryLine struct {
	lang  languages
	sides []string
}

// wordInfo is what the lists say of a word; each fact with the languages it holds in.
type wordInfo struct {
	class    [classes]languages
	negation languages
	about    languages
	place    languages
	number   float64
	numberIn languages
	scale    float64
	scaleIn  languages
	month    uint8
	monthIn  languages
	weekday  uint8
	dayIn    languages
}

// wordTable finds words by their hashes. Most words of most texts are in no list, and
// most of these meet an empty place, or the mark of another word, in one cache line.
type wordTable struct {
	marks []uint16 // of the hashes, 0 where there is room; as many as a power of two
	words []int32  // of infos
	infos []listed
}

// listed is a word of the lists.
type listed struct {
	hash uint64
	wordInfo
}

func newWordTable(words map[uint64]*wordInfo) wordTable {
	size := 1 << bits.Len(uint(3*len(words)/2))
	t := wordTable{marks: make([]uint16, size), words: make([]int32, size), infos: make([]listed, 0, len(words))}
	for _, h := range slices.Sorted(maps.Keys(words)) {
		i := int(h) & (size - 1)
		for t.marks[i] != 0 {
			i = (i + 1) & (size - 1)
		}
		t.marks[i], t.words[i] = markOf(h), int32(len(t.infos))
		t.infos = append(t.infos, listed{h, *words[h]})
	}
	return t
}

func markOf(hash uint64) uint16 { return uint16(hash>>48) | 1 }

// find gives what the lists say of a word; nil for nothing.
func (t *wordTable) find(hash uint64) *wordInfo {
	last := len(t.marks) - 1
	for i := int(hash) & last; t.marks[i] != 0; i = (i + 1) & last {
		if t.marks[i] == markOf(hash) {
			if x := &t.infos[t.words[i]]; x.hash == hash {
				return &x.wordInfo
			}
		}
	}
	return nil
}

// wordClass tells how common a word is in the news at large.
type wordClass uint8

const (
	rareWord     wordClass = iota
	frequentWord           // in about 0.1 to 1 % of items
	commonWord             // in more than about 1 %
	functionWord           // articles, prepositions and the like
	classes
)

// form is a set of the forms that an item's words may show.
type form uint16

const (
	opinion form = 1 << iota
	explainer
	live
	preview
	profile
	review
	recap
	podcast
	video
	quiz
	gallery
	correction
	update
	breaking
	promo
)

var formNames = map[string]form{
	"opinion": opinion, "explainer": explainer, "live": live, "preview": preview, "profile": profile, "review": review,
	"recap": recap, "podcast": podcast, "video": video, "quiz": quiz, "gallery": gallery, "correction": correction,
	"update": update, "breaking": breaking, "promo": promo,
}

// formRule is a phrase that shows a form.
type formRule struct {
	form   form
	phrase []uint64
}

func readWords(files embed.FS) *words {
	w := &words{info: map[uint64]*wordInfo{}, forms: map[uint64][]formRule{}, boiler: map[uint64][][]uint64{}, contrary: map[uint32][]contrary{}}
	list, _ := files.ReadDir("words")
	for _, f := range list {
		text, _ := files.ReadFile("words/" + f.Name())
		w.read(strings.TrimSuffix(f.Name(), ".txt"), string(text))
	}
	w.settle()
	w.table, w.info = newWordTable(w.info), nil
	return w
}

// settle makes terms of the contraries.
func (w *words) settle() {
	for n, c := range w.unsettled {
		for side, words := range c.sides {
			for _, word := range strings.Fields(words) {
				term := uint32(hashBytes(w.stem(c.lang, []byte(foldLatin(word))))) & termMask
				w.contrary[term] = append(w.contrary[term], contrary{uint16(n), uint16(side)})
			}
		}
	}
	w.unsettled = nil
}

// opposed reports whether two terms are contraries.
func (w *words) opposed(a, b uint32) bool {
	for _, x := range w.contrary[a] {
		for _, y := range w.contrary[b] {
			if x.list == y.list && x.side != y.side {
				return true
			}
		}
	}
	return false
}

// stem cuts the ending off a word of a language, if at least four letters remain.
func (w *words) stem(lang languages, text []byte) []byte {
	if len(text) < 5 {
		return text
	}
	for _, e := range w.endings[trailing(lang)] {
		if cut := len(text) - len(e); cut >= 4 && string(text[cut:]) == e && letters(text[:cut]) >= 4 {
			return text[:cut]
		}
	}
	return text
}

// read takes in the lists of one language.
func (w *words) read(code, text string) {
	lang := languages(1) << len(w.codes)
	w.codes = append(w.codes, code)
	w.endings = append(w.endings, nil)
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			section = strings.Trim(line, "[]")
			continue
		}
		w.line(lang, section, line)
	}
}

func (w *words) line(lang languages, section, line string) {
	switch section {
	case "form":
		kind, phrase, _ := strings.Cut(line, ":")
		if p := foldPhrase(phrase); len(p) > 0 && formNames[kind] != 0 {
			w.forms[p[0]] = append(w.forms[p[0]], formRule{formNames[kind], p})
		}
	case "boilerplate":
		if p := foldPhrase(line); len(p) > 0 {
			w.boiler[p[0]] = append(w.boiler[p[0]], p)
		}
	case "endings":
		i := bits.TrailingZeros32(uint32(lang))
		w.endings[i] = append(w.endings[i], strings.Fields(foldLatin(line))...)
	case "contraries":
		w.unsettled = append(w.unsettled, contraryLine{lang, strings.Split(line, "|")})
	case "numbers", "scale", "months", "weekdays":
		w.value(lang, section, line)
	default:
		for _, word := range strings.Fields(line) {
			w.word(lang, section, word)
		}
	}
}

// value reads a line of a word and its number.
func (w *words) value(lang languages, section, line string) {
	f := strings.Fields(line)
	if len(f) < 2 {
		return
	}
	v, err := strconv.ParseFloat(f[len(f)-1], 64)
	p := foldPhrase(strings.Join(f[:len(f)-1], " "))
	if err != nil || len(p) != 1 {
		return
	}
	i := w.of(p[0])
	switch section {
	case "numbers":
		i.number, i.numberIn = v, i.numberIn|lang
	case "scale":
		i.scale, i.scaleIn = v, i.scaleIn|lang
	case "months":
		i.month, i.monthIn = uint8(v), i.monthIn|lang
	case "weekdays":
		i.weekday, i.dayIn = uint8(v), i.dayIn|lang
	}
}

func (w *words) word(lang languages, section, word string) {
	p := foldPhrase(word)
	if len(p) != 1 {
		return // an elision such as "l'": its parts are words of their own
	}
	i := w.of(p[0])
	switch section {
	case "function":
		i.class[functionWord] |= lang
	case "common":
		i.class[commonWord] |= lang
	case "frequent":
		i.class[frequentWord] |= lang
	case "places":
		i.class[frequentWord] |= lang
		i.place |= lang
	case "negation":
		i.negation |= lang
	case "about":
		i.about |= lang
	}
}

func (w *words) of(h uint64) *wordInfo {
	i := w.info[h]
	if i == nil {
		i = &wordInfo{}
		w.info[h] = i
	}
	return i
}

// language gives the bit of a BCP 47 tag's language, 0 if there is no list of it.
func (w *words) language(tag string) languages {
	code, _, _ := strings.Cut(strings.ToLower(tag), "-")
	for i, c := range w.codes {
		if c == code {
			return 1 << i
		}
	}
	return 0
}

// classIn is how common a word is in a language, or in any.
func (i *wordInfo) classIn(lang languages) wordClass {
	for c := functionWord; c > rareWord; c-- {
		if i.class[c]&lang != 0 {
			return c
		}
	}
	return rareWord
}
