package clean

import (
	"crypto/sha256"
	"encoding/hex"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"tidings/internal/feed"
	"tidings/internal/parse"
	"tidings/internal/sanitize"
)

// title is one line of plain text. A title that is said to be HTML loses all
// its tags; of one that is HTML by custom only, package sanitize judges which
// are meant as text.
func (c *Cleaner) title(x parse.Text) string {
	switch {
	case x.Value == "":
		return ""
	case x.Type == parse.Plain:
		return clip(fold(x.Value), maxTitle)
	case x.Type == parse.HTML && strings.Contains(x.Value, "<"):
		return clip(fold(c.s.Line(x.Value)), maxTitle)
	default:
		return clip(sanitize.Title(x.Value), maxTitle)
	}
}

// html is a text as sanitised HTML. Plain text is escaped; its paragraphs and
// lines become HTML's.
func (c *Cleaner) html(x parse.Text) feed.HTML {
	if x.IsZero() {
		return ""
	}
	value := x.Value
	if x.Type == parse.Plain {
		value = paragraphs(strings.TrimSpace(value))
	}
	return c.s.HTML(value, c.r.base(x.Base))
}

// paragraphs escapes plain text. Blank lines part paragraphs.
func paragraphs(s string) string {
	s = html.EscapeString(strings.ReplaceAll(s, "\r\n", "\n"))
	if !strings.Contains(s, "\n\n") {
		return s
	}
	return "<p>" + strings.ReplaceAll(strings.ReplaceAll(s, "\n\n", "</p><p>"), "\n", "<br>") + "</p>"
}

// fold makes one line of s, its white space single spaces, without control
// characters.
func fold(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] > ' ' && s[i] < 0x7f || s[i] == ' ' && i > 0 && i < len(s)-1 && s[i-1] != ' '
	}
	if plain {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if unicode.IsControl(r) || r == utf8.RuneError+2 || r == '\ufeff' {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// clip is a copy of s, cut to n characters.
func clip(s string, n int) string {
	if len(s) > n {
		i := 0
		for at := range s {
			if i == n {
				s = s[:at]
				break
			}
			i++
		}
	}
	return strings.Clone(s)
}

// identity is an id, verbatim. One of unreasonable length is replaced by its
// SHA-256, which identifies as well.
func identity(id string) string {
	if len(id) <= maxID {
		return strings.Clone(id)
	}
	sum := sha256.Sum256([]byte(id))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// excerpt is the beginning of a text, cut between words with an ellipsis.
func excerpt(text string) string {
	n, last, end := 0, 0, len(text)
	for i, r := range text {
		if n++; n > maxExcerpt {
			end = -1
			break
		}
		if r == ' ' || r == '\n' {
			last = i
		}
		if n == maxExcerpt-1 {
			end = i + utf8.RuneLen(r)
		}
	}
	if end >= 0 && n <= maxExcerpt {
		return strings.ReplaceAll(strings.Clone(text), "\n", " ")
	}
	return cutText(text, last)
}

// cutText cuts a text that is too long at the word boundary last, if that
// leaves a fair part of it; scripts without spaces have none.
func cutText(text string, last int) string {
	end, n := 0, 0
	for i := range text {
		if n == maxExcerpt-1 {
			end = i
			break
		}
		n++
	}
	if last > end/2 && last <= end {
		end = last
	}
	return strings.ReplaceAll(strings.TrimRight(text[:end], " \n,;:-–—"), "\n", " ") + "…"
}

// Words is the length of a plain text in words, as [feed.Entry] counts them: in scripts
// that put no spaces between them, two characters count as one.
func Words(text string) int { return words(text) }

// words is the length of a text in words. In scripts that put no spaces between
// them, two characters count as one.
func words(text string) int {
	n, solid, in := 0, 0, false
	for i, r := range text {
		if r < 0x80 { // nearly all
			if text[i] <= ' ' {
				in = false
			} else if !in {
				n, in = n+1, true
			}
			continue
		}
		switch {
		case !unicode.IsSpace(r) && !isSolid(r):
			if !in {
				n++
			}
			in = true
		case isSolid(r):
			solid++
			in = false
		default:
			in = false
		}
	}
	return n + (solid+1)/2
}

// isSolid reports whether r is of a script that is written without spaces.
func isSolid(r rune) bool {
	return r >= 0x0e00 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar))
}

// language is a language tag (BCP 47), or empty if it is none.
func language(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "_", "-")
	if len(s) < 2 || len(s) > 35 {
		return ""
	}
	for i := range len(s) {
		if c := s[i]; c != '-' && c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return ""
		}
	}
	return strings.Clone(s)
}

// categories are tags as people read them: the label, else the term; each once.
func categories(list []parse.Category) []string {
	var out []string
	for _, c := range list {
		s := clip(sanitize.Title(firstOf(c.Label, c.Term)), maxName)
		if s == "" || len(out) >= maxList || hasFold(out, s) {
			continue
		}
		out = append(out, s)
	}
	return out
}

func hasFold(list []string, s string) bool {
	for _, t := range list {
		if strings.EqualFold(t, s) {
			return true
		}
	}
	return false
}
