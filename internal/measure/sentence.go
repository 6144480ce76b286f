package measure

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// short is the beginning of a text: its first n sentences.
func short(text string, n int) string {
	rest := strings.TrimSpace(text)
	end := 0
	for range n {
		if end >= len(rest) {
			break
		}
		end += sentenceEnd(rest[end:])
	}
	return strings.TrimSpace(rest[:end])
}

// sentenceEnd is where the first sentence of s ends: behind a full stop, question or
// exclamation mark with its closing quotes, before white space and something
// that can begin a sentence. Full stops of abbreviations, initials and numbers end
// nothing; those of scripts without spaces always do, as does an empty line.
func sentenceEnd(s string) int {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		j := i + size
		switch {
		case strings.ContainsRune("。！？｡", r):
			return closing(s, j)
		case r == '।' || r == '؟' || r == '۔':
			return closing(s, j)
		case r == '\n' && strings.HasPrefix(s[j:], "\n"):
			return j
		case r == '.' || r == '!' || r == '?' || r == '…':
			k := closing(s, j)
			if begins(s[k:]) && !(r == '.' && abbreviated(s[:i])) {
				return k
			}
		}
		i = j
	}
	return len(s)
}

// closing is the place behind the marks, quotes and brackets that end a sentence at i.
func closing(s string, i int) int {
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !strings.ContainsRune(".!?…\"'”’»)]」』", r) {
			break
		}
		i += size
	}
	return i
}

// begins reports whether a sentence can begin with s: with nothing, or with
// white space and then no small letter.
func begins(s string) bool {
	t := strings.TrimLeftFunc(s, unicode.IsSpace)
	if t == "" {
		return true
	}
	if len(t) == len(s) {
		return false
	}
	t = strings.TrimLeft(t, "\"'“‘«([„—–- ")
	r, _ := utf8.DecodeRuneInString(t)
	return !unicode.IsLower(r)
}

// abbreviated reports whether the full stop behind s belongs to an abbreviation
// or to an initial.
func abbreviated(s string) bool {
	i := strings.LastIndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("(\"“[", r) })
	if i >= 0 {
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size - 1
	}
	w := s[i+1:]
	if utf8.RuneCountInString(w) == 1 {
		r, _ := utf8.DecodeRuneInString(w)
		return unicode.IsLetter(r)
	}
	if strings.Contains(w, ".") { // U.S, a.m, St. Petersburg's neighbours
		return len(w) <= 6
	}
	switch strings.ToLower(w) {
	case "mr", "mrs", "ms", "dr", "st", "sen", "rep", "gov", "gen", "col", "sgt", "lt", "capt", "prof", "rev", "jr", "sr", "vs", "inc", "corp", "co", "ltd",
		"no", "nos", "jan", "feb", "mar", "apr", "aug", "sept", "sep", "oct", "nov", "dec", "mt", "ft", "bros", "dept", "est", "approx", "ca", "nr", "bzw", "etc":
		return true
	}
	return false
}
