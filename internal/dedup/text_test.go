package dedup

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// Spellings of one text sum up alike.
func TestSameSum(t *testing.T) {
	for _, c := range []struct{ name, a, b string }{
		{"case and punctuation", "The Council – at last – VOTED.", "the council, at last, voted"},
		{"quotes", "“It’s done,” she said", "\"It's done,\" she said"},
		{"white space", "a  b\n\tc", " a b c "},
		{"accent composed or not", "Caf\u00e9 cr\u00e8me", "Cafe\u0301 cre\u0300me"},
		{"fullwidth letters", "ＴＩＤＩＮＧＳ１２", "tidings12"},
		{"ligature", "o\ufb03ce", "office"},
		{"soft hyphen and joiner", "news\u00adpaper\u200b", "newspaper"},
		{"Greek final sigma", "Ο ΔΡΟΜΟΣ", "ο δρομος"},
		{"Cyrillic case", "СОВЕТ ПРИНЯЛ Ё", "совет принял ё"},
		{"Cyrillic й decomposed", "и\u0306", "й"},
		{"Polish case", "ŁÓDŹ", "łódź"},
		{"Chinese with a line break and without", "市议会通过\n预算，明年生效。", "市议会通过预算 明年生效"},
		{"Japanese half width", "ﾆｭｰｽ", "ニュース"},
		{"Thai with spaces and without", "สภาผ่าน งบประมาณ", "สภาผ่านงบประมาณ"},
		{"Thai sara am decomposed", "น้\u0e33", "น้\u0e4d\u0e32"},
		{"Arabic presentation forms", "\ufefb", "لا"},
		{"Korean decomposed", norm.NFD.String("의회가 예산을 통과"), "의회가 예산을 통과"},
		{"Hindi", "परिषद ने बजट, पारित किया।", "परिषद ने बजट पारित किया"},
		{"mark on a picture", "Snow ❄\u0301 today", "Snow ❄ today"},
		{"number as a picture", "Place 1\ufe0f of 9", "place 1 of 9"},
		{"picture selectors", "Snow ❄\ufe0f today", "Snow ❄ today"},
	} {
		a, b := sumText(c.a), sumText(c.b)
		if a != b || a.hash == 0 {
			t.Errorf("%s: %+v and %+v", c.name, a, b)
		}
	}
}

// What differs in a letter, a digit or a border of words is another text.
func TestOtherSum(t *testing.T) {
	texts := []string{
		"1 200 homes", "1200 homes", "1201 homes", "1200homes", "homes 1200", "1200 homes 1200 homes",
		"市议会", "市議會", "议会市", "সংসদ", "संसद", "ประชุม", "ประชม", "صوت", "صوت المجلس", "المجلس صوت", "מועצה", "совет", "советы",
	}
	seen := map[uint64]string{}
	for _, s := range texts {
		h := sumText(s).hash
		if was, ok := seen[h]; ok || h == 0 {
			t.Errorf("%q sums up like %q", s, was)
		}
		seen[h] = s
	}
}

func TestLength(t *testing.T) {
	for text, want := range map[string]sum{
		"":                           {},
		" – … !":                     {},
		"❄\ufe0f \u0301":             {},
		"The council's 9 members":    {words: 5},
		"Совет принял бюджет":        {words: 3},
		"صوت المجلس اليوم":           {words: 3},
		"의회가 예산을 통과":                 {words: 3},
		"市议会通过预算":                    {chars: 7},
		"市议会 iPhone 通过":              {words: 1, chars: 5},
		"สภาผ่านงบ":                  {chars: 8}, // marks aren't counted
		"ニュース":                       {chars: 4},
		strings.Repeat("word ", 400): {words: 400},
	} {
		got := sumText(text)
		if (got.hash == 0) != (want == sum{}) {
			t.Errorf("%q: hash %x", text, got.hash)
		}
		got.hash = 0
		if got != want {
			t.Errorf("%.40q: %+v, want %+v", text, got, want)
		}
	}
}

// FuzzSumText checks that the shortcut for common characters gives what
// normalising gives, and that normal forms don't matter.
func FuzzSumText(f *testing.F) {
	for _, s := range []string{"Der Rat, a\u0308 é", "市议会，通过。ｱ", "สภา\u0e38\u0e48ผ่าน", "صوت\u064b", "बजट\u093c", "각\u11a8", "\xff\ufe0f\u200da"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if fast, ok := sumWith(s, foldCommon); ok {
			if slow, _ := sumWith(norm.NFKC.String(s), foldAny); slow != fast {
				t.Errorf("%q: %+v in short, %+v in full", s, fast, slow)
			}
		}
		if a, b := sumText(s), sumText(norm.NFKD.String(s)); a != b {
			t.Errorf("%q: %+v, decomposed %+v", s, a, b)
		}
		if a, b := sumText(s), sumText(" \n"+s+" ."); a != b {
			t.Errorf("%q: %+v, with white space %+v", s, a, b)
		}
	})
}
