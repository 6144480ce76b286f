package web

import (
	"encoding/json"
	"io/fs"
	"regexp"
	"strconv"

	"tidings/internal/words"
)

// scriptText finds what scripts say: t("…") and n("one", "many", …), with texts as
// plain strings in double quotes.
var scriptText = regexp.MustCompile(`\b(t|n)\(\s*("(?:[^"\\\n]|\\.)*")(?:,\s*("(?:[^"\\\n]|\\.)*"))?`)

// Said is a text that a script says; Many is empty where it doesn't count.
type Said struct{ One, Many string }

// ScriptTexts lists the texts of all scripts, each once.
func ScriptTexts() (all []Said, err error) {
	names, err := fs.Glob(files, "*.js")
	if err != nil {
		return nil, err
	}
	seen := map[Said]bool{}
	for _, name := range names {
		body, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for _, m := range scriptText.FindAllStringSubmatch(string(body), -1) {
			var s Said
			if s.One, err = strconv.Unquote(m[2]); err != nil {
				return nil, err
			}
			if m[1] == "n" && m[3] != "" {
				if s.Many, err = strconv.Unquote(m[3]); err != nil {
					return nil, err
				}
			}
			if !seen[s] {
				seen[s] = true
				all = append(all, s)
			}
		}
	}
	return all, nil
}

// scriptWords is what scripts say, as JSON: English text → the translation, or a
// list of its plural forms. It is empty for English.
func scriptWords(l *words.Language) (string, error) {
	texts, err := ScriptTexts()
	if err != nil || l.Tag() == "en" {
		return "", err
	}
	said := map[string]any{}
	for _, s := range texts {
		switch forms := l.Forms(s.One); {
		case len(forms) == 0:
		case s.Many != "":
			said[s.One] = forms
		default:
			said[s.One] = forms[0]
		}
	}
	b, err := json.Marshal(said)
	return string(b), err
}
