package parse

import (
	"strconv"
	"strings"

	ext "github.com/mmcdole/gofeed/extensions"
)

// coat is the ticket of a number; none for what is no number.
func (t *tailor) coat(number string) ticket {
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(t.tickets) {
		return ticket{}
	}
	return t.tickets[n]
}

// str is the text of a number, decoded and without white space around it.
func (t *tailor) str(number string) string {
	if number == "" {
		return ""
	}
	tk := t.coat(number)
	if tk.markup {
		return strings.TrimSpace(t.decode(untag(tk.raw)))
	}
	return strings.TrimSpace(t.decode(tk.raw))
}

// strs is str of many; texts that are empty are left out.
func (t *tailor) strs(numbers []string) []string {
	var out []string
	for _, n := range numbers {
		if s := t.str(n); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// ref is the address of a number.
func (t *tailor) ref(number string) Ref {
	if number == "" {
		return Ref{}
	}
	return Ref{Href: t.str(number), Base: t.coat(number).base}
}

// textOf is the text of a number in RSS or a module.
func (t *tailor) textOf(number string) Text {
	if number == "" {
		return Text{}
	}
	return t.text(t.coat(number))
}

// constructOf is the text construct of a number in Atom.
func (t *tailor) constructOf(number string) Text {
	if number == "" {
		return Text{}
	}
	return t.construct(t.coat(number))
}

// untag drops the tags of raw, for elements whose markup means nothing.
func untag(raw string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(raw, '<')
		switch {
		case i < 0:
			b.WriteString(raw)
			return b.String()
		case strings.HasPrefix(raw[i:], "<![CDATA["):
			end := len(raw) - len(after(raw[i:], "]]>"))
			b.WriteString(raw[:end])
			raw = raw[end:]
		default:
			b.WriteString(raw[:i])
			b.WriteByte(' ')
			raw = after(raw[i:], ">")
		}
	}
}

// extensions give access to what gofeed keeps by prefix and name.
type extensions struct {
	t    *tailor
	maps ext.Extensions
}

// all are the elements of a name, in the document's order.
func (x extensions) all(prefix, name string) []ext.Extension { return x.maps[prefix][name] }

// first is the number of the first element of a name; empty if there is none.
func (x extensions) first(prefix, name string) string {
	for _, e := range x.maps[prefix][name] {
		if e.Value != "" {
			return e.Value
		}
	}
	return ""
}

// last is the text of the last element of a name: of several dates the last
// one counts.
func (x extensions) last(prefix, name string) string {
	list := x.maps[prefix][name]
	for i := len(list) - 1; i >= 0; i-- {
		if s := x.t.str(list[i].Value); s != "" {
			return s
		}
	}
	return ""
}

func (x extensions) str(prefix, name string) string { return x.t.str(x.first(prefix, name)) }

func (x extensions) text(prefix, name string) Text { return x.t.textOf(x.first(prefix, name)) }

// strs are the texts of all elements of a name.
func (x extensions) strs(prefix, name string) []string {
	var out []string
	for _, e := range x.maps[prefix][name] {
		if s := x.t.str(e.Value); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// firstOf is the first string that isn't empty.
func firstOf(candidates ...string) string {
	for _, s := range candidates {
		if s != "" {
			return s
		}
	}
	return ""
}

// firstText is the first text that isn't empty.
func firstText(candidates ...Text) Text {
	for _, x := range candidates {
		if !x.IsZero() {
			return x
		}
	}
	return Text{}
}
