package web

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"

	"github.com/leonelquinteros/gotext"

	"tidings/internal/words"
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

// parsed parses the templates, by file.
func parsed(t *testing.T) map[string]map[string]*parse.Tree {
	t.Helper()
	files, err := templates.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	funcs := map[string]any{"script": ""}
	for _, name := range []string{"or", "and", "not", "eq", "ne", "len", "gt", "lt", "index", "print", "printf", "slice"} {
		funcs[name] = ""
	}
	for name := range (*words.Language)(nil).Funcs() {
		funcs[name] = ""
	}
	all := map[string]map[string]*parse.Tree{}
	for _, f := range files {
		body, err := templates.ReadFile("templates/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if all[f.Name()], err = parse.Parse(f.Name(), string(body), "", "", funcs); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// fromTemplate gives what t, n, c and h say below a node.
func fromTemplate(node parse.Node, add func(said)) {
	walk(node, func(n parse.Node) {
		c, ok := n.(*parse.CommandNode)
		if !ok || len(c.Args) < 2 {
			return
		}
		name, ok := c.Args[0].(*parse.IdentifierNode)
		if !ok {
			return
		}
		var lits []string
		for _, a := range c.Args[1:] {
			s, ok := a.(*parse.StringNode)
			if !ok {
				break
			}
			lits = append(lits, s.Text)
		}
		switch {
		case (name.Ident == "t" || name.Ident == "h") && len(lits) > 0:
			add(said{One: lits[0]})
		case name.Ident == "n" && len(lits) > 1:
			add(said{One: lits[0], Many: lits[1]})
		case name.Ident == "c" && len(lits) > 1:
			add(said{Context: lits[0], One: lits[1]})
		}
	})
}

// walk visits a node and all below it.
func walk(n parse.Node, visit func(parse.Node)) {
	if n == nil {
		return
	}
	visit(n)
	list := func(l *parse.ListNode) {
		if l != nil {
			for _, x := range l.Nodes {
				walk(x, visit)
			}
		}
	}
	pipe := func(p *parse.PipeNode) {
		if p != nil {
			for _, c := range p.Cmds {
				walk(c, visit)
			}
		}
	}
	branch := func(b *parse.BranchNode) { pipe(b.Pipe); list(b.List); list(b.ElseList) }
	switch x := n.(type) {
	case *parse.ListNode:
		list(x)
	case *parse.ActionNode:
		pipe(x.Pipe)
	case *parse.TemplateNode:
		pipe(x.Pipe)
	case *parse.PipeNode:
		pipe(x)
	case *parse.CommandNode:
		for _, a := range x.Args {
			walk(a, visit)
		}
	case *parse.IfNode:
		branch(&x.BranchNode)
	case *parse.RangeNode:
		branch(&x.BranchNode)
	case *parse.WithNode:
		branch(&x.BranchNode)
	}
}

// fromGo harvests Go code, and counts what it finds.
func fromGo(t *testing.T, h harvest, dirs ...string) int {
	t.Helper()
	before := len(h)
	consts := map[string]ast.Expr{}
	files := map[string]*ast.File{}
	for _, dir := range dirs {
		names, err := filepath.Glob(dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = f
			for _, d := range f.Decls {
				g, ok := d.(*ast.GenDecl)
				if !ok || g.Tok != token.CONST {
					continue
				}
				for _, s := range g.Specs {
					v := s.(*ast.ValueSpec)
					for i, id := range v.Names {
						if i < len(v.Values) {
							consts[id.Name] = v.Values[i]
						}
					}
				}
			}
		}
	}
	g := reader{consts}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		where := strings.TrimPrefix(filepath.ToSlash(name), "../")
		ast.Inspect(files[name], func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.CallExpr:
				g.call(x, func(s said) { h.add(where, s) })
			case *ast.CompositeLit:
				g.literal(x, "", func(s said) { h.add(where, s) })
			}
			return true
		})
	}
	return len(h) - before
}

// reader reads keys from Go code.
type reader struct{ consts map[string]ast.Expr }

// text is the value of a constant expression.
func (g reader) text(e ast.Expr) (string, bool) {
	switch x := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(x.Value)
		return s, err == nil && x.Kind == token.STRING
	case *ast.BinaryExpr:
		a, ok := g.text(x.X)
		b, also := g.text(x.Y)
		return a + b, ok && also
	case *ast.Ident:
		if v, ok := g.consts[x.Name]; ok {
			return g.text(v)
		}
	case *ast.SelectorExpr:
		return g.text(x.Sel)
	}
	return "", false
}

func (g reader) call(x *ast.CallExpr, add func(said)) {
	var name string
	switch f := x.Fun.(type) {
	case *ast.SelectorExpr:
		name = f.Sel.Name
	case *ast.Ident:
		name = f.Name
	}
	var lits []string
	for _, a := range x.Args {
		s, ok := g.text(a)
		if !ok {
			break
		}
		lits = append(lits, s)
	}
	switch {
	case len(lits) == 0:
	case slices.Contains([]string{"T", "H", "Key", "badRequest", "notFound"}, name):
		add(said{One: lits[0]})
	case name == "N" && len(lits) > 1:
		add(said{One: lits[0], Many: lits[1]})
	case name == "C" && len(lits) > 1:
		add(said{Context: lits[0], One: lits[1]})
	case name == "Date":
		add(said{Context: "layout", One: lits[0]})
	}
}

// literal reads what is said in structs that hold keys; of is the type where it isn't spelt out.
func (g reader) literal(x *ast.CompositeLit, of string, add func(said)) {
	switch typ := x.Type.(type) {
	case *ast.Ident:
		of = typ.Name
	case *ast.SelectorExpr:
		of = typ.Sel.Name
	case *ast.ArrayType:
		var elt string
		switch e := typ.Elt.(type) {
		case *ast.Ident:
			elt = e.Name
		case *ast.SelectorExpr:
			elt = e.Sel.Name
		}
		for _, e := range x.Elts {
			if lit, ok := e.(*ast.CompositeLit); ok && lit.Type == nil {
				g.literal(lit, elt, add)
			}
		}
		return
	}
	fields := map[string][]string{"problem": {"Title", "Text", "Todo"}, "option": {"Text", "Note"}, "Phrase": {"One"}}[of]
	many := ""
	for _, e := range x.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok && of == "Phrase" && kv.Key.(*ast.Ident).Name == "Many" {
			many, _ = g.text(kv.Value)
		}
	}
	for _, e := range x.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if id, ok := kv.Key.(*ast.Ident); ok && slices.Contains(fields, id.Name) {
			if s, ok := g.text(kv.Value); ok {
				add(said{One: s, Many: many})
			}
		}
	}
}

// messages reads a message file as it is.
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
	for _, tag := range []string{"de", "fr", "es", "zh", "ar"} {
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
