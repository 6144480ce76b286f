package compare

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// sentences splits a text (UAX 29). Full stops of abbreviations end none.
func sentences(text string) (list []span) {
	state, from, at := -1, 0, 0
	var s string
	for rest := text; rest != ""; {
		s, rest, state = uniseg.FirstSentenceInString(rest, state)
		if at += len(s); rest != "" && abbreviated(text[from:at]) {
			continue
		}
		list = append(list, span{from, at})
		from = at
	}
	return list
}

// abbreviated reports whether what looks like the end of a sentence is that of a
// short word with a capital, such as "Mr." or "U.S.".
func abbreviated(s string) bool {
	s = strings.TrimSpace(s)
	if !strings.HasSuffix(s, ".") {
		return false
	}
	s = s[strings.LastIndexFunc(s, unicode.IsSpace)+1:]
	first, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(first) && utf8.RuneCountInString(s) <= 4
}

// words lists the words of a text in lower case, and for scripts without spaces
// each two characters that stand together.
func words(text string) (list []string) {
	var word []rune
	var before rune // of the unspaced run
	end := func() {
		if len(word) > 0 {
			list = append(list, string(word))
			word = word[:0]
		}
	}
	for _, c := range text {
		switch {
		case unspaced(c):
			end()
			if before != 0 {
				list = append(list, string([]rune{before, c}))
			}
			before = c
			continue
		case unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c):
			word = append(word, unicode.ToLower(c))
		case c == '\'' || c == '’' || c == '\u00ad':
		default:
			end()
		}
		before = 0
	}
	end()
	return list
}

// unspaced reports whether words of a letter's script aren't set apart.
func unspaced(c rune) bool {
	return c >= 0x0e00 && unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// distinct is a set of words.
func distinct(ws []string) map[string]bool {
	set := make(map[string]bool, len(ws))
	for _, w := range ws {
		set[w] = true
	}
	return set
}

func hasDigit(w string) bool { return strings.ContainsFunc(w, unicode.IsDigit) }
