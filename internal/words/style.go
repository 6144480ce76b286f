package words

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// style is how a language looks on a page, besides its words.
type style struct {
	name    string
	rtl     bool
	group   string // between thousands
	from    int    // digits from which on thousands are grouped
	decimal string
}

const thin = "\u202f"

func styleOf(tag string) style {
	switch tag {
	case "de":
		return style{"Deutsch", false, ".", 5, ","}
	case "fr":
		return style{"Français", false, thin, 5, ","}
	case "es":
		return style{"Español", false, thin, 5, ","}
	case "zh":
		return style{"简体中文", false, ",", 4, "."}
	case "zh-Hant":
		return style{"繁體中文", false, ",", 4, "."}
	case "ar":
		return style{"العربية", true, ",", 4, "."}
	}
	return style{"English", false, thin, 5, "."}
}

func (l *Language) form() style {
	if l == nil {
		return styleOf("en")
	}
	return l.style
}

// Number writes a whole number with its thousands apart.
func (l *Language) Number(n int) string {
	s := strconv.Itoa(n)
	if n < 0 {
		return "−" + l.Number(-n)
	}
	f := l.form()
	if len(s) < f.from {
		return s
	}
	var b strings.Builder
	for i, digit := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteString(f.group)
		}
		b.WriteRune(digit)
	}
	return b.String()
}

// Decimal writes a number with so many digits after the point.
func (l *Language) Decimal(x float64, digits int) string {
	return strings.Replace(strconv.FormatFloat(x, 'f', digits, 64), ".", l.form().decimal, 1)
}

// Date writes a time in a layout of package time that is spelt as in English, such
// as "Monday, 2 January 2006": the language's own form of that layout, with its own
// names of days and months.
func (l *Language) Date(layout string, t time.Time) string {
	if l == nil || l.texts == nil {
		return t.Format(layout)
	}
	layout = l.lookup("layout", layout)
	var b strings.Builder
	for layout != "" {
		at, name := nextName(layout)
		b.WriteString(t.Format(layout[:at]))
		if name != "" {
			b.WriteString(l.lookup(name, t.Format(name)))
		}
		layout = layout[at+len(name):]
	}
	return b.String()
}

// nextName finds the first name of a day or month in a layout; "" at its end if there is none.
func nextName(layout string) (at int, name string) {
	at = len(layout)
	for _, n := range []string{"Monday", "January", "Mon", "Jan"} { // a long name before its beginning
		if i := strings.Index(layout, n); i >= 0 && i < at {
			at, name = i, n
		}
	}
	return at, name
}

// Isolate keeps words of the other direction from turning their neighbours round
// (first strong isolate, Unicode TR 9).
func (l *Language) Isolate(s string) string {
	rtl := l.form().rtl
	for _, c := range s {
		if rightToLeft(c) != rtl && (unicode.IsLetter(c) || rtl && unicode.IsDigit(c)) {
			return "\u2068" + s + "\u2069"
		}
	}
	return s
}

func rightToLeft(c rune) bool {
	return c >= 0x590 && unicode.In(c, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko)
}
