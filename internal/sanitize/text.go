package sanitize

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"tidings/internal/feed"
)

// Text is the plain text of sanitised HTML: white space folded to single
// spaces, blocks and lines separated by "\n", entities decoded. It relies on the
// form in which [Sanitizer.HTML] writes, and is no way to make unsafe HTML safe:
// what it gives has to be escaped like any other text.
func Text(h feed.HTML) string {
	s := string(h)
	f := folder{out: make([]byte, 0, len(s))}
	for s != "" {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			f.text(s)
			break
		}
		f.text(s[:i])
		s = s[i+1:]
		j := strings.IndexByte(s, '>')
		if j < 0 {
			break
		}
		f.tag(s[:j])
		s = s[j+1:]
	}
	return string(f.out)
}

// folder writes text with its white space folded.
type folder struct {
	out []byte
	gap byte // what is to stand between what was written and what comes: 0, ' ' or '\n'
}

// text writes a text that may have entities.
func (f *folder) text(s string) {
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	for s != "" {
		n := 0
		for n < len(s) && s[n] > ' ' && s[n] < utf8.RuneSelf {
			n++
		}
		if n > 0 {
			f.word(s[:n])
			s = s[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		if r <= ' ' || unicode.IsSpace(r) {
			f.separate(' ')
		} else {
			f.word(s[:size])
		}
		s = s[size:]
	}
}

// word writes a part of a word.
func (f *folder) word(s string) {
	if f.gap != 0 && len(f.out) > 0 {
		f.out = append(f.out, f.gap)
	}
	f.gap = 0
	f.out = append(f.out, s...)
}

func (f *folder) separate(by byte) {
	if f.gap != '\n' {
		f.gap = by
	}
}

// tag notes what a tag, without its angle brackets, means for the text.
func (f *folder) tag(s string) {
	s = strings.TrimPrefix(s, "/")
	if i := strings.IndexByte(s, ' '); i >= 0 {
		s = s[:i]
	}
	switch s {
	case "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "label",
		"mark", "meter", "output", "progress", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
		"time", "tt", "u", "var", "wbr", "m", "map", "area", "nextid", "event-source":
	case "td", "th", "img", "audio", "video", "source", "track", "input", "button":
		f.separate(' ')
	default:
		f.separate('\n')
	}
}
