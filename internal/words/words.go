// Package words says what the reader's pages say, in the language of who reads.
//
// The English text in templates, Go code and script is the key (gettext's way): a
// message file (PO) for each further language gives its translation, with as many
// plural forms as the language has. A text without a translation appears in
// English; a test sees to it that there is none. A message file is read once, by
// gotext, when its language is first wanted; what comes of it never changes, so a
// [Language] may be used by many goroutines.
//
// A [Lexicon] holds all languages and chooses one for a request: what the reader
// set, else what the browser asks for (Accept-Language, RFC 9110 §12.5.4), else
// English. The nil *Language is English.
//
// Verbs in a text are those of package fmt: %s for words, %d for numbers, which are
// written in the language's form; translations may give them another order (%[2]s).
// Words whose direction isn't that of the language are isolated (Unicode TR 9).
// Where English has one word for what other languages tell apart, a context goes
// before: C("verb", "Open").
package words

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/leonelquinteros/gotext"
	"github.com/leonelquinteros/gotext/plurals"
	"golang.org/x/text/language"
)

// Language says texts in one language. The nil Language is English.
type Language struct {
	tag      language.Tag
	style    style
	texts    map[string][]string            // English text → forms
	contexts map[string]map[string][]string // context → English text → forms
	plural   plurals.Expression             // nil: English's rule
	load     func() error                   // reads its message file, once; nil: there is none
}

// newLanguage is a language whose message file is read when it is wanted.
func newLanguage(tag string, file []byte) (*Language, error) {
	t, err := language.Parse(tag)
	if err != nil {
		return nil, err
	}
	l := &Language{tag: t, style: styleOf(tag)}
	l.load = sync.OnceValue(func() error { return l.read(file) })
	return l, nil
}

// read reads a message file.
func (l *Language) read(file []byte) error {
	// gotext takes "msgid" at the beginning of a line only if no byte order mark is before it.
	po := gotext.NewPo()
	po.Parse(bytes.TrimPrefix(file, []byte("\ufeff")))
	l.texts, l.contexts = formsOf(po.GetDomain().GetTranslations()), map[string]map[string][]string{}
	for context, texts := range po.GetDomain().GetCtxTranslations() {
		l.contexts[context] = formsOf(texts)
	}
	_, rule, ok := strings.Cut(po.PluralForms, "plural=")
	if !ok {
		return fmt.Errorf("read messages %s: no Plural-Forms in their head", l.tag)
	}
	var err error
	l.plural, err = plurals.Compile(strings.TrimSuffix(strings.TrimSpace(rule), ";"))
	return err
}

// formsOf lays out translations as lists; what isn't translated is left out.
func formsOf(from map[string]*gotext.Translation) map[string][]string {
	texts := map[string][]string{}
	for text, tr := range from {
		var forms []string
		for i := range len(tr.Trs) {
			forms = append(forms, tr.Trs[i])
		}
		if text != "" && len(forms) > 0 && !slices.Contains(forms, "") {
			texts[text] = forms
		}
	}
	return texts
}

// Tag is the language's name for machines (BCP 47), such as "de".
func (l *Language) Tag() string {
	if l == nil {
		return "en"
	}
	return l.tag.String()
}

// Name is what the language calls itself.
func (l *Language) Name() string { return l.form().name }

// Dir is the direction of its script, "ltr" or "rtl".
func (l *Language) Dir() string {
	if l.form().rtl {
		return "rtl"
	}
	return "ltr"
}

// T says a text, with args in place of its verbs.
func (l *Language) T(text string, args ...any) string {
	return l.fill(l.lookup("", text), args)
}

// C says a text that means different things in different places.
func (l *Language) C(context, text string, args ...any) string {
	return l.fill(l.lookup(context, text), args)
}

// N says the text that goes with a number of things. Without args, n is what its
// verb stands for.
func (l *Language) N(one, many string, n int, args ...any) string {
	if len(args) == 0 {
		args = []any{n}
	}
	return l.fill(l.counted(one, many, n), args)
}

// List joins the parts of an enumeration with the language's comma.
func (l *Language) List(parts ...string) string {
	return strings.Join(parts, l.T(", "))
}

// Lower makes a text that begins a line fit for the middle of one.
func (l *Language) Lower(text string) string {
	first, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToLower(first)) + text[n:]
}

// lookup finds the translation of a text, or gives it back.
func (l *Language) lookup(context, text string) string {
	if l == nil {
		return text
	}
	texts := l.texts
	if context != "" {
		texts = l.contexts[context]
	}
	if forms := texts[text]; len(forms) > 0 {
		return forms[0]
	}
	return text
}

// counted finds the form for n.
func (l *Language) counted(one, many string, n int) string {
	if l != nil && l.plural != nil {
		forms := l.texts[one]
		if i := l.plural.Eval(uint32(max(n, -n))); i >= 0 && i < len(forms) {
			return forms[i]
		}
	}
	if n == 1 {
		return one
	}
	return many
}

// Forms are all plural forms of a text, in the order of the message file; nil where
// it isn't translated.
func (l *Language) Forms(text string) []string {
	if l == nil {
		return nil
	}
	return l.texts[text]
}

// fill puts args in place of verbs. A plural form may spell its number out and have
// no verb for it, if its others say which they are (%[2]s).
func (l *Language) fill(text string, args []any) string {
	if len(args) == 0 || !strings.Contains(text, "%") {
		return text
	}
	if said, ok := l.single(text, args); ok {
		return said
	}
	shown := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case int:
			shown[i] = figure{l, a}
		case string:
			shown[i] = l.Isolate(a)
		default:
			shown[i] = a
		}
	}
	return fmt.Sprintf(text, shown...)
}

// single fills a text with one verb and one arg, which most are: rivers have hundreds.
func (l *Language) single(text string, args []any) (string, bool) {
	at := strings.IndexByte(text, '%')
	if len(args) != 1 || at+1 >= len(text) || strings.LastIndexByte(text, '%') != at {
		return "", false
	}
	begin, end := text[:at], text[at+2:]
	switch arg := args[0].(type) {
	case int:
		return begin + l.Number(arg) + end, text[at+1] == 'd'
	case string:
		return begin + l.Isolate(arg) + end, text[at+1] == 's'
	}
	return "", false
}

// fillPlain puts args in place of verbs as they are.
func (l *Language) fillPlain(text string, args []any) string {
	if len(args) == 0 || !strings.Contains(text, "%") {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// figure is a number on its way into a text.
type figure struct {
	l *Language
	n int
}

// Format implements fmt.Formatter.
func (f figure) Format(s fmt.State, _ rune) { fmt.Fprint(s, f.l.Number(f.n)) }

// Key marks a text that is said elsewhere, so that it is found and translated.
func Key(text string) string { return text }

// read reads the message files of a folder.
func read(files fs.FS) (all []*Language, err error) {
	names, err := fs.Glob(files, "*.po")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		file, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		l, err := newLanguage(strings.TrimSuffix(path.Base(name), ".po"), file)
		if err != nil {
			return nil, fmt.Errorf("read messages %s: %w", name, err)
		}
		all = append(all, l)
	}
	return all, nil
}
