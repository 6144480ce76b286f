package dedup

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

func matterOf(title, text, lang string) *matter {
	return NewSketch(feed.Entry{Title: title, Language: lang}, text).m
}

// languageOf names the language that a text is taken for.
func languageOf(title, text, tag string) string {
	r := &matterReader{words: lexicon()}
	for i, code := range r.words.codes {
		if r.language(title, text, tag) == 1<<i {
			return code
		}
	}
	return "none"
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct{ title, text, tag, want string }{
		{"The council voted for the budget", "It is the first of its kind in the region.", "", "en"},
		{"Der Rat stimmte für den Haushalt", "Es ist der erste seiner Art in der Region.", "", "de"},
		{"Le conseil a voté le budget", "C'est le premier de la région et il est dans les temps.", "", "fr"},
		{"El consejo aprueba el presupuesto de la ciudad", "Es el primero de su tipo en la región.", "", "es"},
		{"O conselho aprovou o orçamento", "É o primeiro do seu tipo na região e não será o último.", "", "pt"},
		{"Il consiglio approva il bilancio", "È il primo della regione e non sarà l'ultimo.", "", "it"},
		{"Совет принял бюджет", "Это первый бюджет в регионе, и он не будет последним.", "", "ru"},
		{"Rådet röstade för budgeten", "Det är den första i regionen och den är inte den sista.", "", "sv"},
		{"De raad stemde voor de begroting", "Het is de eerste van de regio en niet de laatste.", "", "nl"},
		{"Το συμβούλιο ψήφισε τον προϋπολογισμό", "Είναι ο πρώτος στην περιοχή και δεν θα είναι ο τελευταίος.", "", "el"},
		{"المجلس يصوت على الميزانية", "هذه هي الأولى من نوعها في المنطقة التي كانت", "", "ar"},
		{"परिषद ने बजट पारित किया", "यह इस क्षेत्र का पहला बजट है और यह अंतिम नहीं होगा", "", "hi"},
		{"The council voted for the budget of the town", "It is the first of its kind.", "de", "en"}, // a wrong tag
		{"Marrow", "", "de-AT", "de"}, // nothing tells but the tag
		{"Marrow", "", "tlh", "none"}, // no list
		{"", "", "", "none"},
		{"Kahvila", "", "fi", "none"},
	} {
		if got := languageOf(c.title, c.text, c.tag); got != c.want {
			t.Errorf("%q %s: %s, want %s", c.title, c.tag, got, c.want)
		}
	}
}

// Forms of one word are one term, in the language that the text is in.
func TestStems(t *testing.T) {
	for _, c := range []struct {
		lang, a, b string
		same       bool
	}{
		{"en", "closes", "closed", true},
		{"en", "libraries", "library", true},
		{"en", "bridge", "bridges", true},
		{"en", "bridge", "brigade", false},
		{"en", "news", "newt", false},
		{"en", "does", "doing", false}, // too short to cut
		{"de", "Brücke", "Brücken", true},
		{"de", "Bücherei", "Büchereien", true},
		{"fr", "fermée", "fermées", true},
		{"es", "biblioteca", "bibliotecas", true},
		{"ru", "библиотека", "библиотеки", true},
		{"ru", "мост", "место", false},
		{"sv", "kommunen", "kommuner", true},
		{"", "closes", "closed", true}, // English where nothing tells
	} {
		r := &matterReader{words: lexicon(), lang: lexicon().language(c.lang)}
		a, b := string(r.stem([]byte(foldLatin(c.a)))), string(r.stem([]byte(foldLatin(c.b))))
		if (a == b) != c.same {
			t.Errorf("%s: %s is %s, %s is %s", c.lang, c.a, a, c.b, b)
		}
		if letters([]byte(a)) < 4 && len(a) != len(foldLatin(c.a)) {
			t.Errorf("%s: %s was cut to %s", c.lang, c.a, a)
		}
	}
}

func TestForms(t *testing.T) {
	for _, c := range []struct {
		lang, title string
		want        form
	}{
		{"en", "Council of Marrow passes its budget", 0},
		{"en", "Opinion: the budget fails Marrow", opinion},
		{"en", "Explainer: what the budget means for Marrow", explainer},
		{"en", "Live: council votes on budget", live},
		{"en", "Podcast: the budget and the bridge", podcast},
		{"en", "Correction: Council of Marrow passes its budget", correction},
		{"en", "Update 2: Council of Marrow passes its budget", update},
		{"en", "BREAKING: Council of Marrow passes budget", breaking},
		{"en", "She gave her opinion to the council of Marrow", 0}, // a word in the middle is a word
		{"de", "Kommentar: Der Haushalt ist ein Fehler", opinion},
		{"fr", "Direct : le conseil vote le budget", live},
		{"es", "Opinión: el presupuesto es un error", opinion},
		{"ru", "Мнение: бюджет ошибочен", opinion},
		{"sv", "Ledare: Budgeten är ett misstag", opinion},
	} {
		if got := matterOf(c.title, "", c.lang).forms; got != c.want {
			t.Errorf("%q: %b, want %b", c.title, got, c.want)
		}
	}
}

// What only says that there is news is no part of a title.
func TestMarksAreDropped(t *testing.T) {
	plain := matterOf("Council of Marrow passes its budget", "", "en")
	for _, title := range []string{
		"UPDATE: Council of Marrow passes its budget",
		"Update 3: Council of Marrow passes its budget",
		"Breaking: Council of Marrow passes its budget",
		"Correction: Council of Marrow passes its budget",
		"Council of Marrow passes its budget | The Marrow Courier",
	} {
		if m := matterOf(title, "", "en"); !slices.Equal(m.terms, plain.terms) {
			t.Errorf("%q: %q", title, m.surface)
		}
	}
	for _, title := range []string{"Budget | Marrow passes its first of seven years", "Section 7 | Part 4"} { // a head too short, a tail too long
		if m := matterOf(title, "", "en"); len(m.terms) < 4 {
			t.Errorf("%q: %q", title, m.surface)
		}
	}
}

// kept are the words of a matter, in their order.
func kept(m *matter) string {
	var out []string
	for _, i := range m.seq {
		out = append(out, m.surface[i])
	}
	return strings.Join(out, " ")
}

func TestBoilerplate(t *testing.T) {
	for _, c := range []struct{ lang, text, want string }{
		{"en", "Two libraries close. Sign up for our newsletter. A bridge opens.", "Two libraries close bridge opens"},
		{"en", "Two libraries close. The post Two libraries close appeared first on Marrow Courier.", "Two libraries close"},
		{"en", "Two libraries close. Read more", "Two libraries close"},
		{"en", "Two libraries close and the people of Marrow read the news.", "Two libraries close and the people of Marrow read the news"},
	} {
		if got := kept(matterOf("", c.text, c.lang)); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
	if m := matterOf("Tides", "Subscribe to our newsletter and read more.", "en"); !m.promo {
		t.Error("a text that is all boilerplate doesn't count as such")
	}
	if m := matterOf("Tides", "Tides are high.", "en"); m.promo {
		t.Error("a short text counts as boilerplate")
	}
}

// termsOf writes down terms with their flags: C and l for capitals, D for days, # for
// codes, and numbers with their value.
func termsOf(m *matter) string {
	var out []string
	for i, s := range m.surface {
		f := m.flags[i]
		if f&termNumber != 0 {
			s = fmt.Sprintf("%s=%g", s, m.value[i])
		}
		for _, x := range []struct {
			flag termFlags
			sign string
		}{{termCapital, "C"}, {termLower, "l"}, {termDay, "D"}, {termCode, "#"}} {
			if f&x.flag != 0 {
				s += "/" + x.sign
			}
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestTerms(t *testing.T) {
	for _, c := range []struct{ name, title, text, lang, want string }{
		{"a title in sentence case", "Council of Marrow passes budget", "", "en", "Council of/l Marrow/C passes/l budget/l"},
		{"a title in capitals tells no names", "Council of Marrow Passes Budget", "", "en", "Council of Marrow Passes Budget"},
		{"a date", "Vote on 12 May", "", "en", "Vote on/l 12=12/D May/C/D"},
		{"a date, month first", "Vote on May 12", "", "en", "Vote on/l May/C/D 12=12/D"},
		{"a German date", "Abstimmung am 3. Mai", "", "de", "Abstimmung am 3=3/D Mai/D"},
		{"a number far from a month", "Rain in May and 12 boats lost", "", "en", "Rain in/l May/C/D and/l 12=12 boats/l lost/l"},
		{"a weekday", "Vote on Tuesday", "", "en", "Vote on Tuesday/D"},
		{"scaled numbers", "Marrow owes 54.8 billion", "", "en", "Marrow owes/l 54.8=5.48e+10"},
		{"numbers in words", "Marrow loses seven boats", "", "en", "Marrow loses/l seven=7 boats/l"},
		{"thousands, German", "Marrow verliert 1.400 Boote", "", "de", "Marrow verliert/l 1.400=1400 Boote/C"},
		{"codes", "The A52 is closed", "", "en", "The A52/C/# is/l closed/l"},
		{"a word twice is one term", "Marrow, Marrow", "Marrow again", "en", "Marrow again/l"},
	} {
		if got := termsOf(matterOf(c.title, c.text, c.lang)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestDenies(t *testing.T) {
	for _, c := range []struct {
		lang, title string
		want        bool
	}{
		{"en", "Minister denies leaving", true},
		{"en", "Minister leaves", false},
		{"en", "Minister will not leave", true},
		{"de", "Ministerin dementiert Rücktritt", true},
		{"de", "Ministerin reist nach Marrow", false},
		{"fr", "La ministre dément", true},
		{"es", "La ministra niega su salida", true},
		{"ru", "Министр не уйдёт", true},
		{"sv", "Ministern avgår inte", true},
	} {
		if got := matterOf(c.title, "", c.lang).neg; got != c.want {
			t.Errorf("%q: %v", c.title, got)
		}
	}
}

// A term that no list knows is a name by what the window knows of its capitals.
func TestNames(t *testing.T) {
	var y tally
	term := matterOf("Quernstone", "", "en").terms[0]
	if y.naming(term, 0).sure || !y.naming(term, termCapital).sure || y.naming(term, termLower).sure {
		t.Error("an unknown word is a name by its own capital alone")
	}
	for range 5 {
		y.count(matterOf("", "They met Quernstone", "en"), 1)
	}
	if !y.naming(term, 0).sure || !y.naming(term, 0).maybe {
		t.Error("what has a capital five times is a name where its own tells nothing")
	}
	for range 20 {
		y.count(matterOf("", "They met quernstone", "en"), 1)
	}
	if y.naming(term, 0).sure || y.naming(term, 0).maybe {
		t.Error("what mostly has none is no name")
	}
	for f, want := range map[termFlags]bool{
		termCode:                              true,
		termNumber | termCapital:              false,
		termDay | termCapital:                 false,
		termFlags(commonWord) | termCapital:   false,
		termFlags(functionWord) | termCapital: false,
		termFlags(frequentWord) | termCapital: true,
	} {
		if got := y.naming(term+1, f).sure; got != want {
			t.Errorf("flags %b: %v", f, got)
		}
	}
}

// However long a text is, little of it is kept, and that from its beginning; the
// sample of its runs of words is of all of it.
func TestMatterIsBounded(t *testing.T) {
	var long strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&long, "kett%d vosk%d. ", i, i*i)
	}
	m := matterOf(strings.Repeat("Owl in the library of Marrow ", 9), long.String(), "en")
	if len(m.seq) > maxWords || len(m.terms) > len(m.seq) || m.title > maxTitleWords || len(m.grams) > maxGrams {
		t.Errorf("%d words, %d terms, %d of the title, %d runs", len(m.seq), len(m.terms), m.title, len(m.grams))
	}
	if m.words < 10_000 || m.shift == 0 || len(m.grams) < maxGrams/4 || !slices.IsSorted(m.grams) {
		t.Errorf("of %d words a sample of %d, one in 2^%d", m.words, len(m.grams), m.shift)
	}
	for _, g := range m.grams {
		if g&(1<<m.shift-1) != 0 {
			t.Errorf("run %x isn't of the sample", g)
		}
	}
	half := matterOf("", long.String()[:long.Len()/2], "en")
	if s := sampleShare(m, half); s < 0.9 {
		t.Errorf("half of the text shares %.2f with it", s)
	}
	if s := sampleShare(m, matterOf("", strings.ToUpper(strings.ReplaceAll(long.String(), "kett", "lomm")), "en")); s > 0.1 {
		t.Errorf("another text shares %.2f", s)
	}
}

// The word lists are read whole: no line stands in a section that nobody reads, and
// none is of a kind that nobody knows.
func TestWordLists(t *testing.T) {
	files, err := wordFiles.ReadDir("words")
	if err != nil || len(files) < 8 {
		t.Fatal(files, err)
	}
	sections := []string{"function", "common", "frequent", "places", "negation", "form", "numbers", "scale", "about", "months", "weekdays", "endings", "contraries", "boilerplate"}
	for _, f := range files {
		b, _ := wordFiles.ReadFile("words/" + f.Name())
		section := ""
		for n, line := range strings.Split(string(b), "\n") {
			line = strings.TrimSpace(line)
			switch {
			case line == "" || line[0] == '#':
			case line[0] == '[':
				section = strings.Trim(line, "[]")
				if !slices.Contains(sections, section) {
					t.Errorf("%s:%d: section %q", f.Name(), n+1, section)
				}
			case section == "form":
				if kind, phrase, ok := strings.Cut(line, ":"); !ok || formNames[kind] == 0 || len(foldPhrase(phrase)) == 0 {
					t.Errorf("%s:%d: form %q", f.Name(), n+1, line)
				}
			case section == "contraries" && strings.Count(line, "|") == 0:
				t.Errorf("%s:%d: contraries need two sides: %q", f.Name(), n+1, line)
			case section == "boilerplate" && len(foldPhrase(line)) == 0:
				t.Errorf("%s:%d: boilerplate %q", f.Name(), n+1, line)
			}
		}
	}
	for _, code := range []string{"en", "de", "fr", "es", "pt", "it", "ru", "sv"} {
		l := lexicon().language(code)
		var function, negation, months int
		for _, i := range lexicon().table.infos {
			function += one(i.class[functionWord]&l != 0)
			negation += one(i.negation&l != 0)
			months += one(i.monthIn&l != 0)
		}
		if function < 80 || negation < 3 || months < 12 {
			t.Errorf("%s: %d function words, %d negations, %d names of months", code, function, negation, months)
		}
	}
}

// Days apart count from when entries were published, if both say so.
func TestGap(t *testing.T) {
	at := func(seen, published time.Duration) *record {
		r := newRecord(1, 1, start.Add(seen), Sketch{})
		if published != 0 {
			r.published = unix32(start.Add(published))
		}
		return &r
	}
	if g := gap(at(0, time.Hour), at(9*time.Hour, 4*time.Hour)); g != 3*time.Hour {
		t.Error(g)
	}
	if g := gap(at(0, 0), at(9*time.Hour, 4*time.Hour)); g != 9*time.Hour {
		t.Error(g)
	}
}
