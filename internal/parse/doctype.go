package parse

import "strings"

// maxExpansion bounds what all entities of a document type stand for together,
// and maxExpanded what all references to them bring into the document, in bytes.
// Bombs are made of entities that stand for entities, and of many references.
const (
	maxExpansion = 64 << 10
	maxExpanded  = 1 << 20
)

// entities are what a document type defines.
type entities struct {
	values map[string]string
	burst  map[string]bool // those that stand for too much: they are left empty
	spent  int             // bytes that references have brought into the document
	bursts int             // times that a bound was met
}

// value is what an entity stands for. A reference beyond the budget stands for
// nothing.
func (e *entities) value(name string) (string, bool) {
	if e == nil {
		return "", false
	}
	v, ok := e.values[name]
	if e.spent += len(v); ok && (e.spent > maxExpanded || e.burst[name]) {
		e.bursts++
		return "", true
	}
	return v, ok
}

// count is how often a bound was met.
func (e *entities) count() int {
	if e == nil {
		return 0
	}
	return e.bursts
}

// afterDoctype is what follows the document type that s begins with, if it has an
// end.
func afterDoctype(s string) (rest string, ok bool) {
	end := strings.IndexByte(s, '>')
	if end < 0 {
		return "", false
	}
	subset := strings.IndexByte(s[:end], '[')
	if subset < 0 {
		return s[end+1:], true
	}
	rest = s[subset+1:]
	for { // the internal subset ends with "]" and ">"
		i := strings.IndexAny(rest, "]<\"'")
		if i < 0 {
			return "", false
		}
		switch c := rest[i]; {
		case c == ']':
			return after(rest[i:], ">"), true
		case c != '<':
			rest = after(rest[i+1:], string(c))
		case strings.HasPrefix(rest[i:], "<!--"):
			rest = after(rest[i+4:], "-->")
		default:
			rest = rest[i+1:]
		}
	}
}

// define notes the internal general entities of a document type. External ones
// are never fetched, and what they stand for is nothing.
func (t *tailor) define(doctype string) {
	spent := 0
	for n := 0; n < maxEntities; n++ {
		i := strings.Index(doctype, "<!ENTITY")
		if i < 0 {
			return
		}
		doctype = strings.TrimLeft(doctype[i+len("<!ENTITY"):], " \t\r\n")
		name := doctype[:nameLength(doctype)]
		value, ok := quoted(strings.TrimLeft(doctype[len(name):], " \t\r\n"))
		if name == "" || !ok {
			continue
		}
		if t.entities == nil {
			t.entities = &entities{values: map[string]string{}, burst: map[string]bool{}}
		}
		if _, again := t.entities.values[name]; again { // the first one binds (XML 1.0 §4.2)
			continue
		}
		before := t.entities.bursts
		value = t.expand(value, maxExpansion-spent)
		spent += len(value)
		t.entities.values[name], t.entities.burst[name] = value, t.entities.bursts > before
	}
	t.mend("too many entities")
}

// expand decodes the references in an entity's value, to budget bytes at most.
// Entities that are defined later are left as they are.
func (t *tailor) expand(value string, budget int) string {
	var b strings.Builder
	for len(value) > 0 && b.Len() < budget {
		i := strings.IndexByte(value, '&')
		if i < 0 {
			i = len(value)
		}
		b.WriteString(value[:min(i, budget-b.Len())])
		if i == len(value) {
			return b.String()
		}
		s, n := t.reference(value[i:])
		b.WriteString(s)
		value = value[i+n:]
	}
	if b.Len() >= budget {
		t.mend("entities that stand for too much")
		t.entities.bursts++
		return ""
	}
	return b.String()
}

func nameLength(s string) int {
	n := 0
	for n < len(s) && isNameByte(s[n]) {
		n++
	}
	return n
}

// quoted is the inside of the quoted string that s begins with.
func quoted(s string) (string, bool) {
	if s == "" || s[0] != '"' && s[0] != '\'' {
		return "", false
	}
	value, _, ok := strings.Cut(s[1:], s[:1])
	return value, ok
}
