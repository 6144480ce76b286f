package dedup

import (
	"fmt"
	"strings"
	"testing"
)

// scanned writes down what the scanner finds: words folded, numbers with "=", codes
// with "#".
func scanned(text string, decimal byte) string {
	var out []string
	c := newScanner(text, decimal)
	for w, ok := c.next(); ok; w, ok = c.next() {
		switch {
		case w.what&wordNumber != 0:
			out = append(out, fmt.Sprintf("=%.10g", w.value))
		case w.what&wordCode != 0:
			out = append(out, "#"+string(w.text))
		default:
			out = append(out, string(w.text))
		}
	}
	return strings.Join(out, " ")
}

func TestScanNumbers(t *testing.T) {
	for _, c := range []struct {
		text    string
		decimal byte
		want    string
	}{
		{"1,200 homes", '.', "=1200 homes"},
		{"1200 homes", '.', "=1200 homes"},
		{"1.400 Häuser", ',', "=1400 hauser"},
		{"1.400 inches", '.', "=1.4 inches"},
		{"3,5 Prozent", ',', "=3.5 prozent"},
		{"3,5 percent", '.', "=3.5 percent"},
		{"12'500 Franken", '.', "=12500 franken"},
		{"1,234,567.89", '.', "=1234567.89"},
		{"1.234.567,89", ',', "=1234567.89"},
		{"54.8bn", '.', "=5.48e+10"},
		{"€8.5m", '.', "=8500000"},
		{"$2tn deficit", '.', "=2e+12 deficit"},
		{"15k runners", '.', "=15000 runners"},
		{"won 2-1 at home", '.', "won =2 =1 at home"},
		{"the 31st day", '.', "the =31 day"},
		{"1st 2nd 3rd 4th", '.', "=1 =2 =3 =4"},
		{"the 1990s", '.', "the =1990 "},
		{"a 4G phone", '.', "a #4g phone"},
		{"a 420km race", '.', "a =420 km race"},
		{"the A52 road", '.', "the #a52 road"},
		{"kernel v1.8.2 is out", '.', "kernel #v1.8.2 is out"},
		{"kernel 6.12.1 is out", '.', "kernel #6.12.1 is out"},
		{"on 4.5.2026", '.', "on #4.5.2026"},
		{"0.5", '.', "=0.5"},
		{"no. 7.", '.', "no =7"},
		{"٤٫٧ درجة", '.', "=4.7 درجة"},
		{"٤٧ درجة", '.', "=47 درجة"},
		{"۴۷", '.', "=47"},
		{"४७ लोग", '.', "=47 लोग"},
		{"๔๗", '.', "=47"},
		{"１２０人", '.', "=120 人"},
		{"5月4日", '.', "=5 月 =4 日"},
		{"9" + strings.Repeat("0", 30), '.', "=9e+30"},
	} {
		want := strings.TrimSpace(c.want)
		if got := scanned(c.text, c.decimal); got != want {
			t.Errorf("%q: %s, want %s", c.text, got, want)
		}
	}
}

func TestScanWords(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", " – … !", ""},
		{"case and punctuation", "The Council – at last – VOTED.", "the council at last voted"},
		{"dots inside", "The U.S. and the U.K. agree", "the us and the uk agree"},
		{"the end of a sentence", "He left.She stayed", "he left she stayed"},
		{"apostrophes", "The council’s vote isn't l'eau", "the council s vote isn t l eau"},
		{"accents", "Café Ångström Łódź Žižek", "cafe angstrom lodz zizek"},
		{"accents decomposed", "Cafe\u0301 A\u030angstro\u0308m", "cafe angstrom"},
		{"soft hyphen", "news\u00adpaper", "newspaper"},
		{"zero width joiner", "news\u200dpaper\ufeff", "newspaper"},
		{"full width", "ＴＩＤＩＮＧＳ", "tidings"},
		{"Greek", "Ο ΔΡΌΜΟΣ", "ο δρομοσ"},
		{"Greek small", "ο δρόμος", "ο δρομοσ"},
		{"Cyrillic", "ЁЛКА и ёлка", "елка и елка"},
		{"Chinese, pairs", "市议会通过", "市议 议会 会通 通过"},
		{"Chinese, one character", "市。", "市"},
		{"Chinese, a break", "市议\n会", "市议 会"},
		{"Chinese and Latin", "用iPhone拍照", "用 iphone 拍照"},
		{"Japanese", "ニュースだ", "ニュ ュー ース スだ"},
		{"Thai, triples", "งบประมาณ", "งบป บปร ประ ระม ะมา มาณ"},
		{"Korean", "의회가 예산을", "의회가 예산을"},
		{"Hebrew", "מועצת העיר", "מועצת העיר"},
		{"Hebrew with points", "מוֹעֶצֶת", "מועצת"},
		{"Devanagari keeps its vowels", "कि की", "कि की"},
		{"Arabic alefs", "أحمد إلى آخر", "احمد الى اخر"},
		{"Arabic with points", "كَتَبَ", "كتب"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := scanned(c.text, '.'); got != c.want {
				t.Errorf("%q: %s, want %s", c.text, got, c.want)
			}
		})
	}
}

// Words say where they stand, and how they are written.
func TestScanFlags(t *testing.T) {
	text := "The council of Marrow met. Then it voted: Yes! 市议会 met, said “we” and A52."
	want := "The^| council of Marrow^ met Then^| it voted Yes^| 市议- 议会- met said we| and| A52^#"
	var got []string
	c := newScanner(text, '.')
	for w, ok := c.next(); ok; w, ok = c.next() {
		s := text[w.at:w.end]
		for _, f := range []struct {
			flag wordFlags
			sign string
		}{{wordUpper, "^"}, {wordStart, "|"}, {wordPiece, "-"}, {wordCode, "#"}} {
			if w.what&f.flag != 0 {
				s += f.sign
			}
		}
		got = append(got, s)
	}
	if s := strings.Join(got, " "); s != want {
		t.Errorf("%s, want\n%s", s, want)
	}
}

// However a text is written, its words are the same.
func TestSameWords(t *testing.T) {
	for _, c := range [][2]string{
		{"Zürich: 1,200 Jobs", "ZURICH 1200 jobs"},
		{"３.５ ％", "3.5"},
		{"ﾆｭｰｽ", "ニュース"},
	} {
		if a, b := scanned(c[0], '.'), scanned(c[1], '.'); a != b {
			t.Errorf("%q: %s, %q: %s", c[0], a, c[1], b)
		}
	}
}

// FuzzScan: whatever the text, the scanner goes forward, ends, and its words lie in it.
func FuzzScan(f *testing.F) {
	for _, s := range []string{"U.S. v1.8.2 54.8bn 31st", "สภา\u0e38\u0e48ผ่าน", "市议会 a\u0308 ٤٫٧", "1.2.3,4'5", "\xff\xfe 9\xff", "कि\u093c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := newScanner(s, '.')
		last, words := 0, 0
		for w, ok := c.next(); ok; w, ok = c.next() {
			words++
			if w.at < 0 || w.end > len(s) || w.at >= w.end || w.end < last || words > len(s) {
				t.Fatalf("%q: word %d from %d to %d, the last one to %d", s, words, w.at, w.end, last)
			}
			last = w.end
		}
		foldLatin(s)
		foldPhrase(s)
	})
}
