package web

import (
	"regexp"
	"strings"
	"testing"
	"text/template/parse"
)

// untranslated are words that stand in templates as they are, in every language: names
// of formats and keys, examples of addresses.
var untranslated = regexp.MustCompile(`^(\(Shift\+A\)|Tidings|RSS|OPML|304|1d|example\.org|https?:.*|javascript:.*|[^\pL]*)$`)

var (
	tag      = regexp.MustCompile(`(?s)<[^>]*>`)
	spoken   = regexp.MustCompile(`\b(?:title|aria-label|placeholder|alt|label|aria-description)="([^"]*)"`)
	notShown = regexp.MustCompile(`(?s)<(script|style)\b.*?</(script|style)>|<!--.*?-->|<meta [^>]*>|<code[^>]*>.*?</code>|<kbd>.*?</kbd>`)
	letters  = regexp.MustCompile(`\pL{2,}`)
)

// TestTextsAreWrapped looks in templates for words that aren't translated: between tags,
// and in the attributes that are shown or spoken.
func TestTextsAreWrapped(t *testing.T) {
	seen := 0
	for name, trees := range parsed(t) {
		for _, tree := range trees {
			page := skeleton(tree.Root)
			seen += len(page)
			for _, text := range bare(page) {
				t.Errorf("%s says %q in English only", name, text)
			}
		}
	}
	if seen < 20000 {
		t.Errorf("only %d bytes of templates were looked at", seen)
	}
	for page, want := range map[string]int{
		`<p title="x">` + "\x00" + `</p>`: 0, `<p>Some words</p>`: 1, `<p title="Some words">1</p>`: 1, `<p class="some words">RSS</p>`: 0, "<p>in \x00</p>": 1,
	} {
		if got := bare(page); len(got) != want {
			t.Errorf("%q: found %q, want %d", page, got, want)
		}
	}
}

// skeleton is a template's own text, with NUL in place of what is put into it.
func skeleton(n parse.Node) string {
	var b strings.Builder
	var write func(parse.Node)
	list := func(l *parse.ListNode) {
		if l == nil {
			return
		}
		for _, x := range l.Nodes {
			write(x)
		}
	}
	write = func(n parse.Node) {
		switch x := n.(type) {
		case *parse.ListNode:
			list(x)
		case *parse.TextNode:
			b.Write(x.Text)
		case *parse.ActionNode, *parse.TemplateNode:
			b.WriteString("\x00")
		case *parse.IfNode:
			list(x.List)
			list(x.ElseList)
		case *parse.RangeNode:
			list(x.List)
			list(x.ElseList)
		case *parse.WithNode:
			list(x.List)
			list(x.ElseList)
		}
	}
	write(n)
	return b.String()
}

// bare finds the words of a page that stand in it as they are.
func bare(page string) (found []string) {
	page = notShown.ReplaceAllString(page, "")
	for _, m := range spoken.FindAllStringSubmatch(page, -1) {
		found = append(found, wordsOf(m[1])...)
	}
	return append(found, wordsOf(tag.ReplaceAllString(page, "\x00"))...)
}

func wordsOf(text string) (found []string) {
	for part := range strings.SplitSeq(text, "\x00") {
		if part = strings.TrimSpace(part); letters.MatchString(part) && !untranslated.MatchString(part) {
			found = append(found, part)
		}
	}
	return found
}

// TestStylesheetIsLogical keeps left and right out of the stylesheet, so that pages can be
// read from either side; what is for right-to-left alone may say what it likes.
func TestStylesheetIsLogical(t *testing.T) {
	body, err := files.ReadFile("style.css")
	if err != nil {
		t.Fatal(err)
	}
	physical := regexp.MustCompile(`(?:^|[;{\s])(?:(?:(?:margin|padding|border|inset)-)?(?:left|right)(?:-[a-z]+)?\s*:|(?:float|text-align|clear)\s*:\s*(?:left|right)\b)`)
	sides := regexp.MustCompile(`(?:^|[;{\s])(?:margin|padding|inset|border-width)\s*:\s*([^\s;]+)\s+([^\s;]+)\s+([^\s;]+)\s+([^\s;]+)\s*[;}]`)
	for i, line := range strings.Split(string(body), "\n") {
		if strings.Contains(line, `[dir="rtl"]`) {
			continue
		}
		for _, m := range physical.FindAllString(line, -1) {
			t.Errorf("style.css:%d: %s", i+1, strings.TrimSpace(m))
		}
		for _, m := range sides.FindAllStringSubmatch(line, -1) {
			if m[2] != m[4] && !strings.Contains(line, "calc(") && !strings.Contains(line, "env(") {
				t.Errorf("style.css:%d: %s has two sides", i+1, strings.TrimSpace(m[0]))
			}
		}
	}
}
