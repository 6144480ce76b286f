package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"

	"tidings/internal/words"
)

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
