package words

import (
	"regexp"
	"strconv"
	"strings"
)

// Phrase is a text that another room composes in English, with verbs for its parts,
// such as "Same text, %d words%s". Many is its plural, where its first %d counts;
// empty otherwise.
type Phrase struct{ One, Many string }

// Phrases recognise texts of other rooms, so that these needn't know languages.
type Phrases []phrase

type phrase struct {
	Phrase
	form  *regexp.Regexp
	verbs string // a 'd' or 's' for each verb
}

// NewPhrases makes texts recognisable. The first that fits is taken: the more exact
// ones go first.
func NewPhrases(list []Phrase) Phrases {
	var all Phrases
	for _, p := range list {
		for _, text := range []string{p.One, p.Many} {
			if text != "" {
				all = append(all, newPhrase(p, text))
			}
		}
	}
	return all
}

var verb = regexp.MustCompile(`%[sd%]`)

func newPhrase(p Phrase, text string) phrase {
	x := phrase{Phrase: p}
	var form strings.Builder
	form.WriteString(`(?s)\A`)
	at := 0
	for _, m := range verb.FindAllStringIndex(text, -1) {
		form.WriteString(regexp.QuoteMeta(text[at:m[0]]))
		switch kind := text[m[1]-1]; kind {
		case '%':
			form.WriteString("%")
		case 'd':
			form.WriteString(`(\d+)`)
			x.verbs += "d"
		default:
			form.WriteString(`(.+?)`)
			x.verbs += "s"
		}
		at = m[1]
	}
	form.WriteString(regexp.QuoteMeta(text[at:]) + `\z`)
	x.form = regexp.MustCompile(form.String())
	return x
}

// deepest is how many phrases may be within each other.
const deepest = 4

// Say says a text that another room composed; what isn't recognised stays in English.
func (ps Phrases) Say(l *Language, text string) string {
	if l.Tag() == "en" {
		return text
	}
	return ps.say(l, strings.ReplaceAll(text, "\u00a0", " "), deepest)
}

func (ps Phrases) say(l *Language, text string, depth int) string {
	if text == "" || depth == 0 {
		return text
	}
	for i := range ps {
		if m := ps[i].form.FindStringSubmatch(text); m != nil {
			return ps[i].say(l, ps, m[1:], depth)
		}
	}
	return text
}

func (p *phrase) say(l *Language, ps Phrases, parts []string, depth int) string {
	args, n := make([]any, len(parts)), -1
	for i, part := range parts {
		args[i] = ps.say(l, part, depth-1)
		if number, err := strconv.Atoi(part); err == nil && p.verbs[i] == 'd' {
			args[i] = number
			if n < 0 {
				n = number
			}
		}
	}
	if p.Many == "" {
		return l.T(p.One, args...)
	}
	return l.fill(l.counted(p.One, p.Many, n), args)
}
