package sanitize

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// allowed is what may come out, written down a second time and independently of
// the policy: elements with their own attributes. A "!" marks an address.
var allowed = func() map[string]string {
	m := map[string]string{
		"a": "!href rel", "area": "!href rel shape coords", "audio": "!src controls preload", "blockquote": "!cite",
		"button": "type disabled", "col": "span", "colgroup": "span", "del": "!cite datetime", "details": "open",
		"img": "!src width height usemap loading decoding", "input": "type checked disabled", "ins": "!cite datetime", "li": "value",
		"map": "name", "meter": "value min max low high optimum", "ol": "start reversed type", "progress": "value max", "q": "!cite",
		"keygen": "disabled", "select": "disabled", "textarea": "disabled", "span": "!href !src",
		"source": "!src type", "td": "align valign colspan rowspan", "th": "align valign colspan rowspan scope", "time": "datetime",
		"track": "!src kind srclang label default", "video": "!src !poster controls preload width height",
	}
	for _, name := range strings.Fields(`abbr acronym address article aside b bdi bdo big br caption center cite code dd dfn dir div dl dt em
		fieldset figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i kbd label legend main mark menu nav output p pre rp rt
		ruby s samp section small strike strong sub summary sup table tbody tfoot thead tr tt u ul var wbr
		command datagrid event-source m multicol nextid sound spacer datalist optgroup option`) {
		m[name] = ""
	}
	return m
}()

// violation parses h as a browser would and gives the first thing in it that is
// not allowed, or "".
func violation(h string) string {
	nodes, err := html.ParseFragment(strings.NewReader(h), &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"})
	if err != nil {
		return err.Error()
	}
	for _, n := range nodes {
		if v := nodeViolation(n); v != "" {
			return v
		}
	}
	return ""
}

func nodeViolation(n *html.Node) string {
	switch n.Type {
	case html.TextNode:
		return ""
	case html.ElementNode:
	default:
		return fmt.Sprintf("node of type %d: %q", n.Type, n.Data)
	}
	own, ok := allowed[n.Data]
	if !ok || n.Namespace != "" {
		return "element " + n.Namespace + " " + n.Data
	}
	for _, a := range n.Attr {
		if v := attributeViolation(n, own, a); v != "" {
			return v
		}
	}
	if n.Data != "span" && attrOf(n, "href") != "" && attrOf(n, "rel") != "noopener noreferrer" {
		return "link without rel"
	}
	switch n.Data {
	case "input", "button", "keygen", "select", "textarea":
		if !hasAttr(n, "disabled") {
			return "control that works"
		}
		if n.Data != "button" && n.FirstChild != nil {
			return "control with content"
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if v := nodeViolation(c); v != "" {
			return v
		}
	}
	return ""
}

func attributeViolation(n *html.Node, own string, a html.Attribute) string {
	switch a.Key {
	case "title", "alt", "lang", "dir":
		return ""
	case "id":
		if !strings.HasPrefix(a.Val, "u-") {
			return "id " + a.Val
		}
		return ""
	}
	for _, name := range strings.Fields(own) {
		if name == a.Key {
			return ""
		}
		if name == "!"+a.Key {
			return addressViolation(n.Data, a)
		}
	}
	return "attribute " + a.Key + " of " + n.Data
}

// addressViolation looks at an address as browsers do: they overlook controls
// and spaces before it, and tabs and line ends anywhere.
func addressViolation(element string, a html.Attribute) string {
	s := strings.TrimLeft(a.Val, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f\x10\x1b\x1c\x1d\x1e\x1f \t\r\n\f\v")
	s = strings.ToLower(strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s))
	schemes := []string{"http://", "https://"}
	if element == "a" || element == "area" {
		schemes = append(schemes, "mailto:", "tel:", "#u-")
	}
	if element == "span" && s == "" {
		return ""
	}
	if element == "img" {
		for _, t := range []string{"png", "jpeg", "gif", "webp"} {
			schemes = append(schemes, "data:image/"+t+";base64,")
		}
	}
	for _, scheme := range schemes {
		if strings.HasPrefix(s, scheme) {
			return ""
		}
	}
	return fmt.Sprintf("address %q", a.Val)
}

func hasAttr(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

func attrOf(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// TestChecker proves that the checker that the other tests rely on can fail.
func TestChecker(t *testing.T) {
	for _, good := range []string{
		`text`, `<p>a<b>c</b></p>`, `<a href="https://a.example/" rel="noopener noreferrer">x</a>`, `<img src="data:image/png;base64,AA==">`,
	} {
		if v := violation(good); v != "" {
			t.Errorf("violation(%q) = %q", good, v)
		}
	}
	for _, bad := range []string{
		`<script>`, `<p onclick=x>`, `<a href="https://a.example/">x</a>`, `<a href=" java&#9;script:x" rel="noopener noreferrer">`, `<!-- c -->`,
		`<svg></svg>`, `<p style=x>`, `<p id=x>`, `<img src="data:image/svg+xml;base64,AA==">`, `<p class=x>`, `<form>x</form>`, `<img src=x>`, `<input>`, `<button>x</button>`,
	} {
		if violation(bad) == "" {
			t.Errorf("violation(%q) = none", bad)
		}
	}
}

// boxes are places in pages that a fragment may be put into: what a fragment
// could close is open around each.
var boxes = []string{
	`<ul><li><div id="box">%s</div><p id="after">x</p></li></ul>`,
	`<table><tbody><tr><td><div id="box">%s</div><p id="after">x</p></td></tr></tbody></table>`,
	`<dl><dd><article><div id="box">%s</div></article><p id="after">x</p></dd></dl>`,
	`<details><summary><div id="box">%s</div></summary><p id="after">x</p></details>`,
	`<p><button>a</button><a href="/">b</a></p><div id="box">%s</div><i id="after">x</i>`,
	`<section><h2>t</h2><div id="box">%s</div><b id="after">x</b></section>`,
}

// escape tells how h breaks out of a box, "" if it doesn't.
func escape(t *testing.T, h string) string {
	t.Helper()
	for _, box := range boxes {
		want := render(t, box, "")
		if got := render(t, box, h); got != want {
			return fmt.Sprintf("in %s: the page becomes %s", box, got)
		}
	}
	return ""
}

// render gives the page around a box that holds h.
func render(t *testing.T, box, h string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader("<!DOCTYPE html>" + fmt.Sprintf(box, h)))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && attrOf(n, "id") == "box" {
			n.FirstChild, n.LastChild = nil, nil
			break
		}
	}
	var b strings.Builder
	if err := html.Render(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// walked is what the walk writes before the guard sees it.
func walked(s *Sanitizer, fragment string, base *url.URL) string {
	w := s.walks.New().(*work)
	w.run(strings.ToValidUTF8(fragment, "\uFFFD"), base)
	return string(w.out)
}

// check holds the invariants of the package comment for one input, and gives
// the output.
func check(t *testing.T, s *Sanitizer, in string, base *url.URL) string {
	t.Helper()
	out := string(s.HTML(in, base))
	if v := unsafe(t, out); v != "" {
		t.Errorf("HTML(%q)\n = %q\nis unsafe: %s", in, out, v)
	}
	if again := string(s.HTML(out, base)); again != out {
		t.Errorf("HTML(%q)\n = %q\nsanitised again\n = %q", in, out, again)
	}
	if again := string(s.HTML(out, nil)); again != out {
		t.Errorf("HTML(%q)\n = %q\nsanitised again without base\n = %q", in, out, again)
	}
	w := []byte(strings.TrimSpace(walked(s, in, base)))
	if !s.guard.recognises(w, new([]*shape)) {
		t.Errorf("walk of %q writes\n%q\nwhich the guard doesn't recognise", in, w)
	}
	if p := s.policy().SanitizeBytes(w); tidied(t, string(p)) != tidied(t, string(w)) {
		t.Errorf("walk of %q writes\n%q\nwhich the policy changes to\n%q", in, w, p)
	}
	return out
}

// tidied is h in the spelling of net/html, and its addresses in that of net/url.
func tidied(t *testing.T, h string) string {
	t.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(h), &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, n := range nodes {
		for d := range n.Descendants() {
			spellAddresses(d)
		}
		spellAddresses(n)
		if err := html.Render(&b, n); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func spellAddresses(n *html.Node) {
	for i, a := range n.Attr {
		if a.Key != "href" && a.Key != "src" && a.Key != "cite" && a.Key != "poster" && a.Key != "usemap" {
			continue
		}
		if u, err := url.Parse(a.Val); err == nil {
			n.Attr[i].Val = u.String()
		}
	}
}
