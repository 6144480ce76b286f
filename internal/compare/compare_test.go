package compare

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidings/internal/feed"
	"tidings/internal/sanitize"
)

// marked is HTML with brackets in place of our marks.
func marked(base, h feed.HTML) string {
	m := NewBase(base).Mark(h)
	return strings.NewReplacer(`<mark class="new">`, "[", `</mark>`, "]").Replace(m.HTML)
}

func TestMark(t *testing.T) {
	const base = `<p>The ferry to the islands sank on Monday night. All 14 passengers were saved by two fishing boats.</p><p>The harbour is closed until Friday.</p>`
	for _, tt := range []struct{ about, h, want string }{
		{"the same", base, base},
		{"a sentence more", `<p>The ferry to the islands sank on Monday night. Its captain had warned of the rotten hull in March.</p>`,
			`<p>The ferry to the islands sank on Monday night. [Its captain had warned of the rotten hull in March.]</p>`},
		{"light edits are known", `<p>The ferry to the islands went down on Monday night.</p>`, `<p>The ferry to the islands went down on Monday night.</p>`},
		{"another number is new", `<p>All 15 passengers were saved by two fishing boats.</p>`, `<p>[All 15 passengers were saved by two fishing boats.]</p>`},
		{"two sentences in one are known", `<p>The ferry to the islands sank on Monday night, and all 14 passengers were saved by two fishing boats.</p>`,
			`<p>The ferry to the islands sank on Monday night, and all 14 passengers were saved by two fishing boats.</p>`},
		{"through inline tags, around pictures", `<p>Nobody <em>knows</em> why the <a href="https://x.example/?a=1&amp;b=2">pumps</a> failed<img src="https://x.example/1.png" alt="a &gt; b">.</p>`,
			`<p>[Nobody] <em>[knows]</em> [why the] <a href="https://x.example/?a=1&amp;b=2">[pumps]</a> [failed]<img src="https://x.example/1.png" alt="a &gt; b">[.]</p>`},
		{"character references stay whole", `<p>The captain &amp; the mate &lt;both sober&gt; blame the owner&#39;s thrift.</p>`,
			`<p>[The captain &amp; the mate &lt;both sober&gt; blame the owner&#39;s thrift.]</p>`},
		{"abbreviations end no sentence", `<p>Mr. Hale of the U.S. embassy thanked both crews warmly.</p>`, `<p>[Mr. Hale of the U.S. embassy thanked both crews warmly.]</p>`},
		{"too little to tell", `<p>By Ann Hale</p><p>Read more</p>`, `<p>By Ann Hale</p><p>Read more</p>`},
		{"marks of the publisher stay his", `<p><mark>The harbour</mark> is closed until Friday.</p>`, `<p><mark>The harbour] is closed until Friday.</p>`},
		{"Chinese", `<p>渡轮周一晚上沉没。港口一直关闭到星期五，渔船救起所有的乘客。</p>`, `<p>[渡轮周一晚上沉没。][港口一直关闭到星期五，渔船救起所有的乘客。]</p>`},
		{"Arabic", `<p>غرقت العبارة مساء يوم الاثنين. هل كان القبطان على علم؟</p>`, `<p>[غرقت العبارة مساء يوم الاثنين.] [هل كان القبطان على علم؟]</p>`},
	} {
		if got := marked(base, feed.HTML(tt.h)); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.about, got, tt.want)
		}
	}
}

// Scripts without spaces are compared by pairs of characters: an edited sentence is
// known, another one is new.
func TestMarkWithoutSpaces(t *testing.T) {
	const base = `<p>渡轮星期一晚上在港口外沉没。十四名乘客被两艘渔船救起。</p>`
	got := marked(base, `<p>渡轮星期一晚上在港口沉没。船长三月曾警告船体腐烂。</p>`)
	if want := `<p>渡轮星期一晚上在港口沉没。[船长三月曾警告船体腐烂。]</p>`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMarkCounts(t *testing.T) {
	b := NewBase("<p>One two three four five. Six seven eight nine ten.</p>")
	m := b.Mark("<p>One two three four five. Alpha beta gamma delta epsilon. Short one.</p>")
	if m.New != 1 || m.Whole != 2 {
		t.Errorf("%d new of %d, want 1 of 2", m.New, m.Whole)
	}
	if m := NewBase("").Mark("<p>One two three four five.</p>"); m.New != 0 {
		t.Error("all is new beside a text that isn't there")
	}
}

// show writes pieces for people: [-gone-] and {+come+}.
func show(ps []Paragraph) string {
	var b strings.Builder
	for i, p := range ps {
		if i > 0 {
			b.WriteString(" | ")
		}
		for _, x := range p {
			b.WriteString(map[Op]string{Same: "", Gone: "[-", Come: "{+"}[x.Op] + x.Text + map[Op]string{Same: "", Gone: "-]", Come: "+}"}[x.Op])
		}
	}
	return b.String()
}

func TestDiff(t *testing.T) {
	for _, tt := range []struct{ about, older, newer, want string }{
		{"the same", "<p>One two.</p>", "<p>One  <b>two</b>.</p>", "One two."},
		{"words", "<p>Twelve people were hurt.</p>", "<p>Fourteen people were hurt.</p>", "[-Twelve-]{+Fourteen+} people were hurt."},
		{"neighbours are one change", "<p>a few words here</p>", "<p>a great many here</p>", "a [-few words-]{+great many+} here"},
		{"a paragraph more", "<p>One.</p><p>Two.</p>", "<p>One.</p><p>New.</p><p>Two.</p>", "One. | {+New.+} | Two."},
		{"a paragraph less", "<p>One.</p><p>New.</p><p>Two.</p>", "<p>One.</p><p>Two.</p>", "One. | [-New.-] | Two."},
		{"words stay in their paragraphs", "<p>Saved by a boat.</p><p>Nobody knows why.</p><p>Closed.</p>", "<p>Saved by two boats.</p><p>Closed.</p>",
			"Saved by [-a boat-]{+two boats+}. | [-Nobody knows why.-] | Closed."},
		{"a paragraph that became two", "<p>The port is closed until Friday. Ferries wait.</p>", "<p>The port is closed until Saturday.</p><p>Buses run.</p>",
			"The port is closed until [-Friday. Ferries wait-]{+Saturday+}. | {+Buses run.+}"},
		{"from nothing", "", "<p>One &lt;b&gt;.</p>", "{+One <b>.+}"},
		{"to nothing", "<p>One.</p>", "", "[-One.-]"},
		{"Chinese", "<p>港口关闭到星期五</p>", "<p>港口关闭到星期六</p>", "港口关闭到星期[-五-]{+六+}"},
		{"Arabic", "<p>قتل خمسة أشخاص</p>", "<p>قتل ستة أشخاص</p>", "قتل [-خمسة-]{+ستة+} أشخاص"},
	} {
		if got := show(Diff(feed.HTML(tt.older), feed.HTML(tt.newer))); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.about, got, tt.want)
		}
	}
	if got := show([]Paragraph{DiffText("Five dead in fire", "Six dead in fire")}); got != "[-Five-]{+Six+} dead in fire" {
		t.Errorf("title: %s", got)
	}
	if DiffText("", "") != nil {
		t.Error("nothing makes a paragraph")
	}
}

// Texts with nothing in common are not compared for ever.
func TestDiffOfStrangers(t *testing.T) {
	word := func(c string) feed.HTML { return feed.HTML("<p>Begin " + strings.Repeat(c+" ", 4000) + "end</p>") }
	ps := Diff(word("a"), word("b"))
	if len(ps) != 1 || len(ps[0]) != 4 || ps[0][0].Text != "Begin " || !strings.HasSuffix(ps[0][3].Text, "end") {
		t.Errorf("%d paragraphs: %.200s", len(ps), show(ps))
	}
	many := func(c string) feed.HTML { return feed.HTML(strings.Repeat("<p>"+c+"</p>", 1000)) }
	if ps := Diff(many("a b c"), many("a b d")); len(ps) != 2000 || ps[0][0].Op != Gone || ps[1999][0].Op != Come {
		t.Errorf("%d paragraphs of very long strangers, want 2000", len(ps))
	}
}

func FuzzMark(f *testing.F) {
	f.Add("<p>One two three four. Five</p>", "<p>six <b>seven</b> &amp; eight nine ten &lt;b&gt;</p>")
	clean := sanitize.New()
	f.Add("", "<select><option>a b c d e f g h</option></select>&&amp;&;&#x3c;")
	f.Fuzz(func(t *testing.T, x, y string) {
		base, h := clean.HTML(x, nil), clean.HTML(y, nil)
		m := NewBase(base).Mark(h)
		plain := strings.ReplaceAll(m.HTML, `<mark class="new">`, "")
		if strings.Count(plain, "</mark>") == strings.Count(m.HTML, "</mark>") {
			plain = strings.Replace(plain, "</mark>", "</mark>", -1)
		}
		if got, want := strings.ReplaceAll(plain, "</mark>", ""), strings.ReplaceAll(string(h), "</mark>", ""); got != want {
			t.Fatalf("marking changed\n%q to\n%q", want, got)
		}
		if text(m.HTML) != text(string(h)) {
			t.Fatalf("the text changed: %q", m.HTML)
		}
	})
}

func text(h string) string {
	var all []string
	for _, b := range blocks(h) {
		all = append(all, b.text)
	}
	return strings.Join(all, "\n")
}

func FuzzDiff(f *testing.F) {
	f.Add("<p>a b</p><p>c</p>", "<p>a d</p><p>c e</p>")
	f.Fuzz(func(t *testing.T, x, y string) {
		var older, newer []string
		for _, p := range Diff(feed.HTML(x), feed.HTML(y)) {
			var a, b strings.Builder
			for _, x := range p {
				if x.Text == "" {
					t.Fatal("an empty piece")
				}
				if x.Op != Come {
					a.WriteString(x.Text)
				}
				if x.Op != Gone {
					b.WriteString(x.Text)
				}
			}
			older, newer = append(older, a.String()), append(newer, b.String())
		}
		none := func(s string) bool { return s == "" }
		older, newer = slices.DeleteFunc(older, none), slices.DeleteFunc(newer, none)
		if !slices.Equal(older, paragraphs(x)) || !slices.Equal(newer, paragraphs(y)) {
			t.Fatal(cmp.Diff(older, paragraphs(x)), cmp.Diff(newer, paragraphs(y)))
		}
	})
}

func BenchmarkMark(b *testing.B) {
	base := feed.HTML(strings.Repeat("<p>The ferry to the islands sank on Monday night. All 14 passengers were saved by two fishing boats.</p>", 20))
	copied := strings.Replace(string(base), "Monday", "Tuesday", 5)
	k := NewBase(base)
	b.SetBytes(int64(len(copied)))
	for b.Loop() {
		k.Mark(feed.HTML(copied))
	}
}
