package sanitize

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// leftovers are the elements that a browser adds to a table where they are left out.
const leftovers = " tbody colgroup "

// written is the tree that the tags of h write down: its elements and words in
// order, without what a browser adds to tables.
func written(h string) string {
	var b strings.Builder
	for z := html.NewTokenizer(strings.NewReader(h)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return strings.Join(strings.Fields(b.String()), " ")
		case html.TextToken:
			b.WriteString(strings.ReplaceAll(z.Token().Data, "\x00", ""))
		case html.StartTagToken, html.SelfClosingTagToken:
			if name := z.Token().Data; !strings.Contains(leftovers, " "+name+" ") {
				b.WriteString(" <" + name + " ")
			}
		case html.EndTagToken:
			if name := z.Token().Data; !strings.Contains(leftovers, " "+name+" ") {
				b.WriteString(" > ")
			}
		default:
			b.WriteString(" ? ")
		}
	}
}

// built is the tree that a browser builds of h, in the same form.
func built(t *testing.T, h string) string {
	t.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(h), &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, n := range nodes {
		outline(&b, n)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func outline(b *strings.Builder, n *html.Node) {
	shown := n.Type == html.ElementNode && !strings.Contains(leftovers, " "+n.Data+" ")
	switch {
	case n.Type == html.TextNode:
		b.WriteString(n.Data)
	case shown:
		b.WriteString(" <" + n.Data + " ")
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		outline(b, c)
	}
	if shown && !strings.Contains(" area br col hr img input keygen source track wbr ", " "+n.Data+" ") {
		b.WriteString(" > ")
	}
}

// unsafe tells what is wrong with h as a part of a page: something that the
// allowlist hasn't, a tree other than its tags write down, or a way out of the
// element around it.
func unsafe(t *testing.T, h string) string {
	t.Helper()
	if v := violation(h); v != "" {
		return v
	}
	if w, b := written(h), built(t, h); w != b {
		return fmt.Sprintf("another tree: %s\nwritten as %s", b, w)
	}
	return escape(t, h)
}

// heap makes random markup of what the guard knows, in its spelling: mostly
// balanced, nested in any way, with attributes of any element.
type heap struct {
	*rand.Rand
	strings.Builder
	names []string
	guard guard
}

func newHeap(seed uint64) *heap {
	g := newGuard()
	return &heap{Rand: rand.New(rand.NewPCG(seed, 2)), guard: g, names: slices.Sorted(maps.Keys(g))}
}

// values are what attributes may be given, for better or worse.
var values = strings.Split(`|https://a.example/?a=1&amp;b=2|http://a.example/|javascript:alert(1)|data:image/png;base64,AAAA|data:text/html,x|mailto:x@a.example|#u-x|#x|u-x|x|1|checkbox|button|ltr|noopener noreferrer|lazy|async|none|audio/ogg|a > b|' onclick=|&#34; onclick=|left`, "|")

func (h *heap) name() string {
	if h.IntN(3) == 0 { // those that browsers treat in ways of their own, more often
		return [...]string{"p", "div", "a", "b", "li", "ul", "dd", "dl", "dt", "table", "tr", "td", "tbody", "caption", "colgroup", "col",
			"button", "h2", "option", "rt", "ruby", "select", "pre"}[h.IntN(23)]
	}
	return h.names[h.IntN(len(h.names))]
}

// tag writes a start tag.
func (h *heap) tag(name string) {
	h.WriteString("<" + name)
	keys := slices.Sorted(maps.Keys(h.guard[name].attrs))
	for range h.IntN(3) {
		key := keys[h.IntN(len(keys))]
		for _, v := range h.Perm(len(values)) { // what fits, nine times of ten
			if h.guard[name].attrs[key]([]byte(values[v])) || h.IntN(2000) == 0 {
				fmt.Fprintf(h, ` %s="%s"`, key, values[v])
				if key == "href" && h.IntN(50) > 0 {
					h.WriteString(safeLink)
				}
				break
			}
		}
	}
	if e := h.guard[name].ends; h.IntN(100) > 0 {
		h.WriteString(e)
	}
	h.WriteString(">")
}

// element writes an element with whatever in it: one that fits, mostly.
func (h *heap) element(open []*shape, depth int) {
	el := h.guard[h.name()]
	for !el.fits(open) && h.IntN(50) > 0 {
		el = h.guard[h.name()]
	}
	h.tag(el.name)
	if el.void {
		return
	}
	for range h.IntN(4) * min(1, depth) {
		switch {
		case el.hollow && h.IntN(20) > 0:
		case h.IntN(5) == 0:
			h.WriteString([...]string{"x", " ", "a > b", "&lt;p&gt;", "\n"}[h.IntN(5)])
		default:
			h.element(append(open, el), depth-1)
		}
	}
	if h.IntN(200) > 0 {
		h.WriteString("</" + el.name + ">")
	}
}

func (h *heap) make() string {
	h.Reset()
	for range 1 + h.IntN(3) {
		h.element(nil, 5)
	}
	return h.String()
}

// TestGuardIsSound holds what the comment of guard claims: what it recognises,
// whoever wrote it, is in a browser what its tags say, and safe.
func TestGuardIsSound(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine has nothing to race with; it runs without the detector")
	}
	s, h := New(), newHeap(1)
	seen, known := 0, 0
	for ; seen < 6_000; seen++ {
		in := h.make()
		if !s.guard.recognises([]byte(in), new([]*shape)) {
			continue
		}
		known++
		if v := unsafe(t, in); v != "" {
			t.Fatalf("recognised %q:\n%s", in, v)
		}
	}
	t.Logf("%d of %d recognised", known, seen)
	if known < seen/20 || known > seen*9/10 {
		t.Errorf("%d of %d recognised: too few or too many to tell anything", known, seen)
	}
}

// TestGuardRefuses holds each of its rules: these are unsafe, or not in the form
// in which the walk writes.
func TestGuardRefuses(t *testing.T) {
	s := New()
	for _, in := range []string{
		"<li>x</li>", "<div><li>x</li></div>", "<ul><li><div><li>x</li></div></li></ul>", "<dd>x</dd>", "<div><dt>x</dt></div>", "<dl><div><div><dt>x</dt></div></div></dl>",
		`<button type="button" disabled=""><div><button type="button" disabled="">x</button></div></button>`,
		"<a><b><a>x</a></b></a>", "<p><b><div>x</div></b></p>", "<p><table></table></p>", "<p><hr></p>", "<h1><h2>x</h2></h1>", "<option><option>x</option></option>",
		"<ruby><rt><rp>x</rp></rt></ruby>", "<table>x</table>", "<table>\u00a0</table>", "<table><tr>x</tr></table>", "<table><p>x</p></table>", "<table><tbody><td>x</td></tbody></table>",
		"<tr><td>x</td></tr>", "<td>x</td>", "<caption>x</caption>", "<col>", "<table><colgroup><b>x</b></colgroup></table>", "<table><tr><td><tr><td>x</td></tr></td></tr></table>", "<table><table></table></table>",
		`<select disabled=""><option>x</option></select>`, `<textarea disabled="">x</textarea>`, "<select></select>", "<input>", "<button>x</button>", "<keygen>",
		`<a href="https://a.example/">x</a>`, `<area href="https://a.example/">`, `<a rel="noopener noreferrer" href="https://a.example/">x</a>`,
		"<p>x", "x</p>", "<b><i>x</b></i>", "<br></br>", "<P>x</P>", "<p >x</p>", "<p id=u-x>x</p>", "<p id='u-x'>x</p>", "<p\nid=\"u-x\">x</p>", `<p id="u-x"title="">x</p>`, `<p  id="u-x">x</p>`,
		"<br/>", "<!-- x -->", "<!x>", "<?x>", "</>", "<>", "<", "x <b", "<p title=\"<\">x</p>", "<p title=\">\">x</p>", "</p \n>", "<p>x</p/>", "<p title>x</p>", "<script></script>", "<svg></svg>", "<math></math>",
		"<b\x00>x</b>", "<p \x00title=\"\">x</p>", "<p on\x00click=\"\">x</p>", "<\x00b>x</b>", `<p ="">x</p>`, `<p data-count="1">x</p>`, `<p class="row">x</p>`, strings.Repeat("<b>", deepest+1) + strings.Repeat("</b>", deepest+1),
	} {
		if s.guard.recognises([]byte(in), new([]*shape)) {
			t.Errorf("recognised %q", in)
		}
	}
}

// TestGuardedPayloads lets the guard and the policy alone, without the walk that
// would have undone it, look at every payload and random markup: they are no decoration.
func TestGuardedPayloads(t *testing.T) {
	s, h := New(), newHeap(3)
	ins := slices.Clone(payloads)
	for range 1000 {
		ins = append(ins, h.make())
	}
	for _, in := range ins {
		out := string(s.guarded([]byte(in), new([]*shape)))
		if v := unsafe(t, out); v != "" {
			t.Fatalf("of %q passes\n%q:\n%s", in, out, v)
		}
	}
}

// FuzzGuard holds the same for any bytes.
func FuzzGuard(f *testing.F) {
	h := newHeap(4)
	for range 50 {
		f.Add(h.make())
	}
	for _, p := range payloads {
		f.Add(p)
	}
	s := New()
	f.Fuzz(func(t *testing.T, in string) {
		out := string(s.guarded([]byte(in), new([]*shape)))
		if v := unsafe(t, out); v != "" {
			t.Errorf("of %q passes\n%q:\n%s", in, out, v)
		}
	})
}
