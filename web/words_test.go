package web

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/leonelquinteros/gotext"
)

var update = flag.Bool("update", false, "bring the keys of the message files up to date; translations stay")

// said is a text that is translated.
type said struct{ Context, One, Many string }

// harvest is all texts, each with the file where it stands first.
type harvest map[said]string

func (h harvest) add(where string, s said) {
	if _, ok := h[s]; !ok && s.One != "" {
		h[s] = where
	}
}

// texts are the keys in templates, scripts and Go code.
func texts(t *testing.T) harvest {
	t.Helper()
	h := harvest{}
	for name, trees := range parsed(t) {
		for _, tree := range trees {
			fromTemplate(tree.Root, func(s said) { h.add("web/templates/"+name, s) })
		}
	}
	scripts, err := ScriptTexts()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scripts {
		h.add("web", said{One: s.One, Many: s.Many})
	}
	code := fromGo(t, h, "../internal/server", "../internal/feed")
	if len(h) < 300 || code < 200 {
		t.Fatalf("found only %d texts, %d of them in Go code", len(h), code)
	}
	for _, name := range []string{"Monday", "January"} {
		for i := range 12 {
			h.add("internal/words/style.go", said{Context: name, One: nameOf(name, i)})
			h.add("internal/words/style.go", said{Context: name[:3], One: nameOf(name, i)[:3]})
		}
	}
	h.add("internal/words/words.go", said{One: ", "})
	return h
}

func nameOf(kind string, i int) string {
	if kind == "Monday" {
		return []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}[i%7]
	}
	return []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}[i]
}

// readMessages reads a message file as it is.
func readMessages(t *testing.T, tag string) (map[said][]string, int) {
	t.Helper()
	body, err := messages.ReadFile("words/" + tag + ".po")
	if err != nil {
		t.Fatal(err)
	}
	po := gotext.NewPo()
	po.Parse(body)
	all := map[said][]string{}
	take := func(context string, texts map[string]*gotext.Translation) {
		for id, tr := range texts {
			forms := make([]string, len(tr.Trs))
			for i, f := range tr.Trs {
				if i < len(forms) {
					forms[i] = f
				}
			}
			if id != "" {
				all[said{context, id, tr.PluralID}] = forms
			}
		}
	}
	take("", po.GetDomain().GetTranslations())
	for context, texts := range po.GetDomain().GetCtxTranslations() {
		take(context, texts)
	}
	m := regexp.MustCompile(`nplurals=(\d)`).FindStringSubmatch(po.PluralForms)
	if m == nil {
		t.Fatalf("%s: no plural forms", tag)
	}
	n, _ := strconv.Atoi(m[1])
	return all, n
}

// TestEveryTextIsTranslated extracts the texts from templates, scripts and Go code, and
// looks for each in every language: whole, with the same verbs and markup, and in
// all its plural forms. With -update it brings the keys of the message files up to date.
func TestEveryTextIsTranslated(t *testing.T) {
	all := texts(t)
	for _, tag := range []string{"de", "fr", "es", "zh", "zh-Hant", "ar"} {
		have, forms := readMessages(t, tag)
		if *update {
			writeMessages(t, tag, all, have, forms)
			continue
		}
		for s, where := range all {
			check(t, tag, where, s, have[s], forms)
		}
		for s := range have {
			if _, ok := all[s]; !ok {
				t.Errorf("%s translates %q, which nothing says", tag, s)
			}
		}
	}
}

var (
	verbs  = regexp.MustCompile(`%(?:\[(\d)\])?([sd%])`)
	markup = regexp.MustCompile(`<[^>]*>`)

	argsIn  = regexp.MustCompile(`(?:href|src|action)="[^"]*%`)
	indexes = regexp.MustCompile(`%\[\d\]`)
)

// check compares a translation with its text.
func check(t *testing.T, tag, where string, s said, got []string, forms int) {
	t.Helper()
	want := 1
	if s.Many != "" {
		want = forms
	}
	if len(got) != want || slices.Contains(got, "") {
		t.Errorf("%s: %s: %q has %d translations %q, want %d", tag, where, s.One, len(got), got, want)
		return
	}
	for _, form := range got {
		whole := s.Many
		if whole == "" {
			whole = s.One
		}
		if a, b := verbsOf(whole), verbsOf(form); s.Context != "layout" && !slices.Equal(a, b) && !(s.Many != "" && lacksCount(a, b, form)) {
			t.Errorf("%s: %q has the verbs %q in place of %q", tag, form, b, a)
		}
		if m := argsIn.FindString(form + whole); m != "" {
			t.Errorf("%s: %q puts an arg into an address: %s", tag, whole, m)
		}
		a, b := markup.FindAllString(whole, -1), markup.FindAllString(indexes.ReplaceAllString(form, "%"), -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%s: %q has the markup %q in place of %q", tag, form, b, a)
		}
	}
}

// verbsOf lists the args that a text wants, by number, each with its kind.
func verbsOf(text string) (list []string) {
	next := 1
	for _, m := range verbs.FindAllStringSubmatch(text, -1) {
		at := next
		if m[2] == "%" {
			continue
		}
		if m[1] != "" {
			at, _ = strconv.Atoi(m[1])
		}
		next = at + 1
		list = append(list, fmt.Sprint(at, m[2]))
	}
	slices.Sort(list)
	return list
}

// lacksCount reports whether got is want but for numbers: forms for one and two may
// spell them, if what else they have says which arg it is.
func lacksCount(want, got []string, form string) bool {
	for _, v := range want {
		if !slices.Contains(got, v) && !strings.HasSuffix(v, "d") {
			return false
		}
	}
	for _, v := range got {
		if !slices.Contains(want, v) {
			return false
		}
	}
	return len(got) == 0 || strings.Contains(form, "%[")
}

// writeMessages writes a message file with all keys.
func writeMessages(t *testing.T, tag string, all harvest, have map[said][]string, forms int) {
	t.Helper()
	body, err := os.ReadFile("words/" + tag + ".po")
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(body), "\n\n")
	var b strings.Builder
	b.WriteString(strings.TrimSpace(head) + "\n")
	keys := slices.SortedFunc(maps.Keys(all), func(x, y said) int {
		return cmp.Or(cmp.Compare(all[x], all[y]), cmp.Compare(x.Context, y.Context), cmp.Compare(x.One, y.One))
	})
	for _, s := range keys {
		fmt.Fprintf(&b, "\n#: %s\n", all[s])
		if s.Context != "" {
			fmt.Fprintf(&b, "msgctxt %s\n", quote(s.Context))
		}
		fmt.Fprintf(&b, "msgid %s\n", quote(s.One))
		got := have[s]
		if s.Many == "" {
			fmt.Fprintf(&b, "msgstr %s\n", quote(at(got, 0)))
			continue
		}
		fmt.Fprintf(&b, "msgid_plural %s\n", quote(s.Many))
		for i := range forms {
			fmt.Fprintf(&b, "msgstr[%d] %s\n", i, quote(at(got, i)))
		}
	}
	if err := os.WriteFile("words/"+tag+".po", []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// quote writes a string as message files do.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
