package parse

import (
	"encoding/json"
	"errors"
	"strings"

	gofeed "github.com/mmcdole/gofeed/json"
)

// read has gofeed read the document, mended if it has to be.
func (b *bounded) read() (*gofeed.Feed, error) {
	f, err := (&gofeed.Parser{}).Parse(strings.NewReader(b.text))
	var mistyped *json.UnmarshalTypeError
	if err != nil && !errors.As(err, &mistyped) {
		m := newJSONMender(b.text)
		m.run()
		b.text, b.mended = m.out.String(), append(b.mended, m.mended())
		f, err = (&gofeed.Parser{}).Parse(strings.NewReader(b.text))
		if m.torn || err != nil && !errors.As(err, &mistyped) {
			if text, kept := salvage(b.whole, b.version); kept > items(f) {
				b.text, b.mended = text, []string{"JSON that is damaged"}
				f, err = (&gofeed.Parser{}).Parse(strings.NewReader(b.text))
			}
		}
	}
	if errors.As(err, &mistyped) {
		b.mended = append(b.mended, "a field of the wrong type: "+mistyped.Field)
		f, err = parseLoose(b.text)
	}
	return f, err
}

// items is how many items a feed has, which may be nil.
func items(f *gofeed.Feed) int {
	if f == nil {
		return 0
	}
	return len(f.Items)
}

// jsonMender copies JSON and puts right what people get wrong who write it by
// hand or by a template: commas at the end of a list, comments, line breaks and
// odd escapes in strings, values such as NaN. A document that was cut off ends
// with its last whole item.
type jsonMender struct {
	in    string
	out   strings.Builder
	open  []byte // brackets that wait for their end
	comma bool   // one was read and not yet written

	items   int    // objects in lists of the feed
	whole   int    // length of out where it was whole last: an item or a field of the feed
	closing string // the brackets that were open there
	torn    bool
}

func newJSONMender(in string) *jsonMender { return &jsonMender{in: in} }

func (m *jsonMender) mended() string {
	if m.torn {
		return "JSON that is cut off"
	}
	return "JSON that is not well-formed"
}

func (m *jsonMender) run() {
	for i := 0; i < len(m.in) && m.items < maxItems; {
		switch c := m.in[i]; {
		case isSpace(c):
			i++
		case c == ',':
			m.comma = true
			i++
		case c == '{' || c == '[':
			m.value(string(c))
			m.open = append(m.open, c+2) // "}" and "]" in ASCII
			i++
		case c == '}' || c == ']':
			m.comma = false
			m.end(c)
			i++
		case c == ':':
			m.out.WriteByte(':')
			m.comma = false
			i++
		case c == '"':
			i = m.str(i)
		case c == '/':
			i += max(1, m.comment(m.in[i:]))
		default:
			i = m.word(i)
		}
	}
	if len(m.open) > 0 {
		m.torn = true
		kept := m.out.String()[:m.whole] + m.closing
		m.out.Reset()
		m.out.WriteString(kept)
	}
}

// value begins a value, after the comma before it.
func (m *jsonMender) value(s string) {
	if m.comma {
		m.out.WriteByte(',')
		m.comma = false
	}
	m.out.WriteString(s)
	m.note(s)
}

// end writes a closing bracket, if one is open.
func (m *jsonMender) end(c byte) {
	if n := len(m.open); n > 0 {
		m.out.WriteByte(m.open[n-1])
		m.open = m.open[:n-1]
		m.note(string(c))
	}
}

// note remembers where the document could end: behind an item, or where the list
// of items begins.
func (m *jsonMender) note(s string) {
	switch {
	case len(m.open) == 2 && s == "}":
		m.items++
		m.whole, m.closing = m.out.Len(), string([]byte{m.open[1], m.open[0]})
	case len(m.open) == 1 && s == "[":
		m.whole, m.closing = m.out.Len(), "]"+string(m.open[0])
	case len(m.open) == 1 && s != "{":
		m.whole, m.closing = m.out.Len(), string(m.open[0])
	}
}

// str copies the string at i, and returns the place behind it.
func (m *jsonMender) str(i int) int {
	end := stringEnd(m.in, i+1)
	if end >= len(m.in) { // cut off
		return len(m.in)
	}
	var b strings.Builder
	b.WriteByte('"')
	for s := m.in[i+1 : end]; s != ""; {
		n := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == '\\' })
		if n < 0 {
			n = len(s)
		}
		b.WriteString(s[:n])
		if s = s[n:]; s == "" {
			break
		}
		escape, used := escaped(s)
		b.WriteString(escape)
		s = s[used:]
	}
	b.WriteByte('"')
	key := strings.HasPrefix(strings.TrimLeft(m.in[end+1:], " \t\r\n"), ":")
	whole, closing := m.whole, m.closing
	if m.value(b.String()); key {
		m.whole, m.closing = whole, closing
	}
	return end + 1
}

// escaped is the JSON for the control character or escape that s begins with,
// and its length in s.
func escaped(s string) (string, int) {
	switch {
	case s[0] == '\n':
		return `\n`, 1
	case s[0] == '\t':
		return `\t`, 1
	case s[0] < ' ':
		return " ", 1
	case len(s) > 1 && strings.IndexByte(`"\/bfnrt`, s[1]) >= 0:
		return s[:2], 2
	case len(s) > 5 && s[1] == 'u' && json.Valid([]byte(`"`+s[:6]+`"`)):
		return s[:6], 6
	}
	return "", 1
}

// comment is the length of the comment that s begins with, 0 if there is none.
func (m *jsonMender) comment(s string) int {
	switch {
	case strings.HasPrefix(s, "//"):
		return len(s) - len(after(s, "\n"))
	case strings.HasPrefix(s, "/*"):
		return len(s) - len(after(s, "*/"))
	}
	return 0
}

// word copies the number or name at i; a name that JSON doesn't know is null.
func (m *jsonMender) word(i int) int {
	n := strings.IndexAny(m.in[i:], " \t\r\n\f,:{}[]\"/")
	if n < 0 { // cut off
		return len(m.in)
	}
	s := m.in[i : i+max(n, 1)]
	if !json.Valid([]byte(s)) {
		s = "null"
	}
	m.value(s)
	return i + max(n, 1)
}

// unquote is the inside of a JSON string without its escapes.
func unquote(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var out string
	if json.Unmarshal([]byte(`"`+s+`"`), &out) != nil {
		return s
	}
	return out
}
