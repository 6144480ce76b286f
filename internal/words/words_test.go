package words

import (
	"context"
	"fmt"
	"html/template"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"text/template/parse"
	"time"
)

// The message files of an invented house, small enough to see through.
const (
	german = `msgid ""
msgstr ""
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

msgid "Undo"
msgstr "Zurück"

msgid "%s of %s"
msgstr "von %[2]s: %[1]s"

msgid "%d new story"
msgid_plural "%d new stories"
msgstr[0] "%d neue Meldung"
msgstr[1] "%d neue Meldungen"

msgctxt "verb"
msgid "Read"
msgstr "Lesen"

msgid "Press <kbd>%s</kbd>"
msgstr "<kbd>%s</kbd> drücken"

msgid "half"
msgstr ""

msgctxt "layout"
msgid "Mon, 2 January 2006"
msgstr "Mon, 2. January 2006"

msgctxt "Mon"
msgid "Tue"
msgstr "Di"

msgctxt "January"
msgid "March"
msgstr "März"

msgid "%s, %d hour apart"
msgid_plural "%s, %d hours apart"
msgstr[0] "%s, %d Stunde auseinander"
msgstr[1] "%s, %d Stunden auseinander"

msgid "Same address"
msgstr "Dieselbe Adresse"

msgid "%d %% of it"
msgstr "%d %% davon"
`
	french = `msgid ""
msgstr ""
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

msgid "%d new story"
msgid_plural "%d new stories"
msgstr[0] "%d nouvel article"
msgstr[1] "%d nouveaux articles"
`
	arabic = `msgid ""
msgstr ""
"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);\n"

msgid "%d new story"
msgid_plural "%d new stories"
msgstr[0] "zero"
msgstr[1] "one"
msgstr[2] "two"
msgstr[3] "few %d"
msgstr[4] "many %d"
msgstr[5] "other %d"

msgid "by %s"
msgstr "بقلم %s"
`
)

func lexicon(t testing.TB) *Lexicon {
	t.Helper()
	x, err := Read(fstest.MapFS{"de.po": {Data: []byte(german)}, "fr.po": {Data: []byte("\ufeff" + french)}, "ar.po": {Data: []byte(arabic)}})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestSaying(t *testing.T) {
	x := lexicon(t)
	de, en := x.Find("de"), x.Find("en")
	for _, tt := range []struct{ got, want string }{
		{de.T("Undo"), "Zurück"},
		{de.T("half"), "half"}, // without a translation
		{de.T("%s of %s", "a", "b"), "von b: a"},
		{de.C("verb", "Read"), "Lesen"},
		{de.C("state", "Read"), "Read"},
		{de.N("%d new story", "%d new stories", 1), "1 neue Meldung"},
		{de.N("%d new story", "%d new stories", 12345), "12.345 neue Meldungen"},
		{de.T("%d %% of it", 92), "92 % davon"},
		{en.T("Undo"), "Undo"},
		{en.N("%d new story", "%d new stories", 1), "1 new story"},
		{en.N("%d new story", "%d new stories", 12345), "12\u202f345 new stories"},
		{(*Language)(nil).N("%d new story", "%d new stories", 0), "0 new stories"},
		{(*Language)(nil).Tag() + (*Language)(nil).Dir(), "enltr"},
		{de.Lower("Überall"), "überall"},
		{de.List("a", "b"), "a, b"},
		{de.Decimal(2.25, 1) + en.Decimal(2.25, 1), "2,22.2"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

// The rules are those of CLDR: in French 0 and 1 are one, Arabic has six forms.
func TestPlurals(t *testing.T) {
	x := lexicon(t)
	for tag, want := range map[string]map[int]string{
		"fr": {0: "0 nouvel article", 1: "1 nouvel article", 2: "2 nouveaux articles"},
		"ar": {0: "zero", 1: "one", 2: "two", 3: "few 3", 10: "few 10", 11: "many 11", 99: "many 99", 100: "other 100", 102: "other 102", 103: "few 103", 111: "many 111", 1000: "other 1,000"},
		"de": {0: "0 neue Meldungen", 1: "1 neue Meldung", 2: "2 neue Meldungen"},
		"en": {0: "0 new stories", 1: "1 new story", 2: "2 new stories"},
	} {
		for n, text := range want {
			if got := x.Find(tag).N("%d new story", "%d new stories", n); got != text {
				t.Errorf("%s: %d is %q, want %q", tag, n, got, text)
			}
		}
	}
}

func TestDates(t *testing.T) {
	at := time.Date(2026, 3, 3, 14, 5, 0, 0, time.UTC)
	x := lexicon(t)
	if got := x.Find("de").Date("Mon, 2 January 2006", at); got != "Di, 3. März 2026" {
		t.Errorf("German: %q", got)
	}
	if got := x.Find("en").Date("Mon, 2 January 2006", at); got != "Tue, 3 March 2026" {
		t.Errorf("English: %q", got)
	}
	if got := x.Find("fr").Date("Mon, 2 January 2006", at); got != "Tue, 3 March 2026" {
		t.Errorf("without names: %q", got)
	}
}

// Words of the other direction don't turn a sentence round; what needs no isolation gets none.
func TestIsolation(t *testing.T) {
	x := lexicon(t)
	if got := x.Find("ar").T("by %s", "Ada"); got != "بقلم \u2068Ada\u2069" {
		t.Errorf("Latin in Arabic: %q", got)
	}
	if got := x.Find("ar").T("by %s", "ليلى"); got != "بقلم ليلى" {
		t.Errorf("Arabic in Arabic: %q", got)
	}
	if got := x.Find("en").T("by %s", "ليلى"); got != "by \u2068ليلى\u2069" {
		t.Errorf("Arabic in English: %q", got)
	}
	if got := x.Find("en").T("by %s", "Ada 24"); got != "by Ada 24" {
		t.Errorf("Latin in English: %q", got)
	}
	if l := x.Find("ar"); l.Dir() != "rtl" || x.Find("de").Dir() != "ltr" {
		t.Error("a direction is wrong")
	}
}

func TestMarkup(t *testing.T) {
	de := lexicon(t).Find("de")
	if got := de.H("Press <kbd>%s</kbd>", `<script>"`); got != "<kbd>&lt;script&gt;&#34;</kbd> drücken" {
		t.Errorf("got %q", got)
	}
	if got := de.H("%s %d", template.HTML("<b>"), 12345); got != "<b> 12.345" {
		t.Errorf("got %q", got)
	}
}

// Constant texts are put into a template once, escaped; others when it is executed.
func TestTemplates(t *testing.T) {
	de := lexicon(t).Find("de")
	const text = `{{define "part"}}{{t "Undo"}}{{end}}<p title="{{t "a \"b\" & c"}}">{{if true}}{{c "verb" "Read"}}{{else}}{{t "Undo"}}{{end}} {{n "%d new story" "%d new stories" .}} {{t "%s of %s" "<i>" "b"}}{{range $x := "x"}}{{h "Press <kbd>x</kbd>"}}{{end}} {{template "part"}} {{number .}} {{lang}} {{dir}}</p>`
	page := template.Must(template.New("page").Funcs(de.Funcs()).Parse(strings.Replace(text, `{{range $x := "x"}}`, `{{with "x"}}`, 1)))
	dynamic := 0
	for _, p := range page.Templates() {
		de.Set(p.Tree)
		for _, node := range p.Tree.Root.Nodes {
			if node.Type() == parse.NodeAction {
				dynamic++
			}
		}
	}
	var b strings.Builder
	if err := page.Execute(&b, 2); err != nil {
		t.Fatal(err)
	}
	want := `<p title="a &#34;b&#34; &amp; c">Lesen 2 neue Meldungen von b: &lt;i&gt;Press <kbd>x</kbd> Zurück 2 de ltr</p>`
	if b.String() != want {
		t.Errorf("got  %s\nwant %s", b.String(), want)
	}
	if dynamic != 5 {
		t.Errorf("%d texts wait for the execution, want 5", dynamic)
	}
}

func TestChoosing(t *testing.T) {
	x := lexicon(t)
	for accept, want := range map[string]string{
		"": "en", "de": "de", "de-AT,de;q=0.9,en;q=0.8": "de", "ar-EG": "ar", "fr-CA, en;q=0.5": "fr", "ja, fi;q=0.5": "en",
		"nl, fr;q=0.3": "fr", "en-GB, de;q=0.9": "en", "q=;;;,,": "en", "de;q=0": "en", strings.Repeat("de,", 200): "de", strings.Repeat("x", 300): "en",
	} {
		for range 2 { // the second time it is remembered
			if got := x.Choose(accept).Tag(); got != want {
				t.Errorf("%q chooses %s, want %s", accept, got, want)
			}
		}
	}
	for i := range mostAsked + 10 {
		x.Choose(fmt.Sprintf("de;q=0.%d", i))
	}
	if len(x.asked) > mostAsked {
		t.Errorf("%d headers are remembered", len(x.asked))
	}
	if x.Find("tlh") != nil || len(x.Languages()) != 4 || x.Languages()[0].Tag() != "en" {
		t.Error("the list of languages is wrong")
	}
}

func TestContext(t *testing.T) {
	if From(context.Background()) != nil {
		t.Error("a context without a language has one")
	}
	asked := 0
	de := lexicon(t).Find("de")
	ctx := With(context.Background(), func() *Language { asked++; return de })
	if asked != 0 || From(ctx) != de || From(ctx) != de || asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

func TestPhrases(t *testing.T) {
	de := lexicon(t).Find("de")
	ps := NewPhrases([]Phrase{{One: "%s, %d hour apart", Many: "%s, %d hours apart"}, {One: "Same address"}, {One: "%d %% of it"}})
	for text, want := range map[string]string{
		"Same address, 1 hour apart":             "Dieselbe Adresse, 1 Stunde auseinander",
		"Same address, 3 hours apart":            "Dieselbe Adresse, 3 Stunden auseinander",
		"Same address, as before, 3 hours apart": "Same address, as before, 3 Stunden auseinander",
		"92\u00a0% of it":                        "92 % davon",
		"92 % of it. Same address":               "92 % of it. Same address",
		"":                                       "",
	} {
		if got := ps.Say(de, text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	if got := ps.Say(nil, "92\u00a0% of it"); got != "92\u00a0% of it" {
		t.Errorf("English was changed: %q", got)
	}
}

func TestFilesThatAreNone(t *testing.T) {
	for name, file := range map[string]string{"de.po": "msgid \"a\"\nmsgstr \"b\"\n", "no language.po": german} {
		x, err := Read(fstest.MapFS{name: {Data: []byte(file)}})
		if err == nil {
			if err = x.Check(); x.Find("de") != x.all[0] {
				t.Errorf("%s speaks", name)
			}
		}
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// A language is used by many at once.
func TestManyReaders(t *testing.T) {
	x := lexicon(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for n := range 200 {
				l := x.Choose(fmt.Sprintf("ar, de;q=0.%d", n))
				if l.N("%d new story", "%d new stories", n) == "" {
					t.Error("nothing was said")
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkSay(b *testing.B) {
	de := lexicon(b).Find("de")
	for b.Loop() {
		de.N("%d new story", "%d new stories", 7)
	}
}
