package sanitize

import "bytes"

// guard recognises sanitised HTML, in the form in which [walk] writes it: names
// in lower case, values in double quotes, one space before an attribute, every
// element closed. Anything else is no sanitised HTML to it, harmless or not, so
// it need not understand what browsers make of it. It shares no code with the
// walk, so that one mistake is not made twice.
type guard map[string]*shape

// shape is what an element may have.
type shape struct {
	name  string
	void  bool
	attrs map[string]form
}

// form reports whether the value of an attribute, as it is written, may be so.
type form func(value []byte) bool

// recognises reports whether b is sanitised HTML. It uses the memory of open.
func (g guard) recognises(b []byte, open *[]string) bool {
	stack := (*open)[:0]
	for {
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			*open = stack
			return len(stack) == 0
		}
		b = b[i+1:]
		end := bytes.IndexByte(b, '>')
		if end < 1 {
			return false
		}
		tag := b[:end]
		b = b[end+1:]
		if tag[0] == '/' {
			n := len(stack)
			if n == 0 || stack[n-1] != string(tag[1:]) {
				return false
			}
			stack = stack[:n-1]
			continue
		}
		name, void, ok := g.tag(tag)
		if !ok {
			return false
		}
		if !void {
			stack = append(stack, name)
		}
		if (name == "select" || name == "textarea") && !bytes.HasPrefix(b, []byte("</")) {
			return false
		}
	}
}

// tag recognises a start tag, without its angle brackets.
func (g guard) tag(tag []byte) (name string, void, ok bool) {
	n := bytes.IndexByte(tag, ' ')
	if n < 0 {
		n = len(tag)
	}
	el := g[string(tag[:n])]
	if el == nil {
		return "", false, false
	}
	for rest := tag[n:]; len(rest) > 0; {
		i := bytes.IndexByte(rest, '=')
		if i < 2 || rest[0] != ' ' || i+1 >= len(rest) || rest[i+1] != '"' {
			return "", false, false
		}
		key := rest[1:i]
		rest = rest[i+2:]
		j := bytes.IndexByte(rest, '"')
		allowed := el.attrs[string(key)]
		if j < 0 || allowed == nil || bytes.IndexByte(rest[:j], '<') >= 0 || !allowed(rest[:j]) {
			return "", false, false
		}
		rest = rest[j+1:]
	}
	return el.name, el.void, true
}
