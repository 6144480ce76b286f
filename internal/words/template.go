package words

import (
	"html"
	"html/template"
	"strings"
	"text/template/parse"
)

// Funcs are what templates say texts with:
//
//	{{t "Mark all read"}}, {{t "%s of %s" .A .B}}
//	{{n "%d new story" "%d new stories" .N}}
//	{{c "verb" "Open"}}
//	{{h "Press <kbd>?</kbd> on any page"}}, {{h "the hub is <code>%s</code>" .Hub}}
//	{{number .N}}, {{lang}}, {{dir}}
//
// The markup in h's text is ours, as it stands in template and message file; its args are escaped.
func (l *Language) Funcs() template.FuncMap {
	return template.FuncMap{"t": l.T, "n": l.N, "c": l.C, "h": l.H, "number": l.Number,
		"lang": l.Tag, "dir": l.Dir}
}

// H says a text with markup in it. What args bring is escaped, and must not stand in an address.
func (l *Language) H(text string, args ...any) template.HTML {
	escaped := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case string:
			escaped[i] = html.EscapeString(a)
		case template.HTML:
			escaped[i] = string(a)
		case int:
			escaped[i] = figure{l, a}
		default:
			escaped[i] = html.EscapeString(l.T("%v", a))
		}
	}
	return template.HTML(l.fillPlain(l.lookup("", text), escaped))
}

// Set puts a template's constant texts into it, so that they cost nothing when it is
// executed. The tree is changed.
func (l *Language) Set(tree *parse.Tree) {
	if tree != nil && tree.Root != nil {
		l.setList(tree.Root)
	}
}

func (l *Language) setList(list *parse.ListNode) {
	if list == nil {
		return
	}
	for i, node := range list.Nodes {
		switch x := node.(type) {
		case *parse.ActionNode:
			if text, ok := l.constant(x.Pipe); ok {
				list.Nodes[i] = &parse.TextNode{NodeType: parse.NodeText, Pos: x.Pos, Text: []byte(text)}
			}
		case *parse.IfNode:
			l.setList(x.List)
			l.setList(x.ElseList)
		case *parse.RangeNode:
			l.setList(x.List)
			l.setList(x.ElseList)
		case *parse.WithNode:
			l.setList(x.List)
			l.setList(x.ElseList)
		}
	}
}

// quoted escapes what would end a text or an attribute's value.
var quoted = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;")

// constant gives what an action says if that doesn't depend on data.
func (l *Language) constant(p *parse.PipeNode) (string, bool) {
	if len(p.Decl) > 0 || len(p.Cmds) != 1 {
		return "", false
	}
	var args []string
	for _, a := range p.Cmds[0].Args {
		switch a := a.(type) {
		case *parse.IdentifierNode:
			args = append(args, a.Ident)
		case *parse.StringNode:
			args = append(args, a.Text)
		default:
			return "", false
		}
	}
	switch {
	case len(args) == 2 && args[0] == "t":
		return quoted.Replace(l.T(args[1])), true
	case len(args) == 3 && args[0] == "c":
		return quoted.Replace(l.C(args[1], args[2])), true
	case len(args) == 2 && args[0] == "h":
		return string(l.H(args[1])), true
	}
	return "", false
}
