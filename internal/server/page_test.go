package server

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// answer is what a request got.
type answer struct {
	*httptest.ResponseRecorder
	t *testing.T
}

// get asks for a path as a browser on this machine does.
func (w *world) get(t *testing.T, path string, header ...string) *answer {
	t.Helper()
	return w.send(t, http.MethodGet, path, nil, header...)
}

// post sends a form as a page of ours does; values come in pairs.
func (w *world) post(t *testing.T, path string, form url.Values, header ...string) *answer {
	t.Helper()
	return w.send(t, http.MethodPost, path, form, append([]string{"Sec-Fetch-Site", "same-origin"}, header...)...)
}

func (w *world) send(t *testing.T, method, path string, form url.Values, header ...string) *answer {
	t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, "http://localhost:8080"+path, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
			continue
		}
		r.Header.Add(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return &answer{rec, t}
}

// status checks the answer's status code.
func (a *answer) status(want int) *answer {
	a.t.Helper()
	if a.Code != want {
		a.t.Fatalf("status %d, want %d; body: %.600s", a.Code, want, a.Body.String())
	}
	return a
}

// location checks where a redirect leads, but for the name of what is told there.
func (a *answer) location(want string) *answer {
	a.t.Helper()
	got := a.Header().Get("Location")
	got = regexp.MustCompile(`\bdone=[A-Z2-7]{26}\b`).ReplaceAllString(got, "done=…")
	if got != want {
		a.t.Errorf("redirects to %q, want %q", got, want)
	}
	return a
}

// page parses the body, unzipped if need be.
func (a *answer) page() *node {
	a.t.Helper()
	body := a.Body.Bytes()
	if a.Header().Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			a.t.Fatal(err)
		}
		body, _ = io.ReadAll(z)
	}
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	return &node{root}
}

// node is an element with what tests ask of it.
type node struct{ *html.Node }

// find lists the elements that a selector means: names, #id, .class and [attr]
// or [attr=value], with descendants separated by spaces.
func (n *node) find(selector string) []*node {
	found := []*node{n}
	for step := range strings.FieldsSeq(selector) {
		var next []*node
		seen := map[*html.Node]bool{}
		for _, from := range found {
			for d := range from.Descendants() {
				if d.Type == html.ElementNode && !seen[d] && matches(&node{d}, step) {
					seen[d] = true
					next = append(next, &node{d})
				}
			}
		}
		found = next
	}
	return found
}

func matches(n *node, step string) bool {
	for step != "" {
		end := strings.IndexAny(step[1:], "#.[") + 1
		if end == 0 {
			end = len(step)
		}
		part := step[:end]
		step = step[end:]
		switch part[0] {
		case '#':
			if n.attr("id") != part[1:] {
				return false
			}
		case '.':
			if !contains(strings.Fields(n.attr("class")), part[1:]) {
				return false
			}
		case '[':
			name, value, has := strings.Cut(strings.Trim(part, "[]"), "=")
			if !n.has(name) || has && n.attr(name) != value {
				return false
			}
		default:
			if n.Data != part {
				return false
			}
		}
	}
	return true
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (n *node) has(name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func (n *node) attr(name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text is the element's text with white space folded.
func (n *node) text() string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// textOf is the text of all elements of a selector.
func textOf(n *node, selector string) string {
	var list []string
	for _, x := range n.find(selector) {
		list = append(list, x.text())
	}
	return strings.Join(list, " | ")
}

// one is the only element of a selector.
func (a *answer) one(n *node, selector string) *node {
	a.t.Helper()
	found := n.find(selector)
	if len(found) != 1 {
		a.t.Fatalf("%d elements %q, want one", len(found), selector)
	}
	return found[0]
}

// everyPage is an address of each kind of page.
var everyPage = []string{
	"/", "/?view=all", "/?view=starred", "/?folder=World", "/?feed=3", "/?folder=None", "/story/1000", "/story/995?view=all&folder=World",
	"/feeds", "/feeds/3", "/feeds/3/remove", "/folding", "/folding?folder=World/Middle+East", "/folding?folder=None", "/subscribe?url=feed:https://a.example/x", "/settings", "/feed/3?n=20&grow=1", "/folder/World/Middle%20East", "/starred", "/unread", "/tag/none", "/login", "/offline", "/nothing", "/story/1", "/?view=odd", "/feed.atom?content=odd",
}

func TestPagesAreSound(t *testing.T) {
	w := newWorld(t, 40, nil)
	for _, path := range everyPage {
		t.Run(path, func(t *testing.T) {
			a := w.get(t, path)
			if a.Code >= 500 {
				t.Fatalf("status %d", a.Code)
			}
			checkPage(a)
		})
	}
	t.Run("/feed", func(t *testing.T) { checkPage(w.get(t, "/feed", "Accept", "text/html").status(200)) })
	t.Run("empty", func(t *testing.T) { checkPage(newWorld(t, -1, nil).get(t, "/").status(200)) })
}

// checkPage holds what is true of every page.
func checkPage(a *answer) {
	t := a.t
	t.Helper()
	p := a.page()
	for _, selector := range []string{"h1", "main", "head title", "header.masthead", "a.skip", "[rel=stylesheet]"} {
		a.one(p, selector)
	}
	extra := len(p.find("[data-copy]"))+len(p.find("[data-bookmarklet]"))+len(p.find("#offline"))+len(p.find(".roster-page")) > 0
	if scripts := p.find("script"); len(scripts) == 0 || len(scripts) == 2 != extra {
		t.Errorf("%d scripts", len(scripts))
	}
	var kinds []string
	for _, l := range p.find("link[rel=alternate]") {
		kinds = append(kinds, l.attr("type"))
		if l.attr("title") == "" || !strings.HasPrefix(l.attr("href"), "/") {
			t.Errorf("feed discovery: %v", l.Attr)
		}
	}
	if want := "application/atom+xml application/rss+xml application/feed+json"; strings.Join(kinds, " ") != want {
		t.Errorf("feed discovery finds %q, want %q", kinds, want)
	}
	if a.one(p, "html").attr("lang") == "" {
		t.Error("page without language")
	}
	ids := map[string]bool{}
	for d := range p.Descendants() {
		if d.Type == html.ElementNode {
			checkElement(t, &node{d}, ids)
		}
	}
	for _, n := range p.find("label") {
		if !ids[n.attr("for")] {
			t.Errorf("label %q names no field", n.text())
		}
	}
}

func checkElement(t *testing.T, n *node, ids map[string]bool) {
	t.Helper()
	if id := n.attr("id"); id != "" {
		if ids[id] {
			t.Errorf("two elements %q", id)
		}
		ids[id] = true
	}
	for _, a := range n.Attr {
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
			t.Errorf("inline %s on <%s>", a.Key, n.Data)
		}
		if strings.Contains(a.Val, "ZgotmplZ") {
			t.Errorf("template refused %s on <%s>", a.Key, n.Data)
		}
	}
	switch n.Data {
	case "script", "style":
		if n.attr("src") == "" {
			t.Errorf("inline <%s>", n.Data)
		}
	case "form":
		asks := n.attr("method") == "get" && contains(strings.Fields(n.attr("class")), "shape") // another look of the same page
		if n.attr("method") != "post" && n.attr("method") != "dialog" && !asks {
			t.Errorf("form %q isn't sent by POST", n.attr("action"))
		}
	case "a":
		if strings.HasPrefix(n.attr("href"), "http") && n.attr("target") == "_blank" && n.attr("rel") != "noopener noreferrer" {
			t.Errorf("link to %s leaks", n.attr("href"))
		}
		if n.text() == "" && n.attr("aria-label") == "" && !n.has("href") {
			t.Errorf("nameless link %v", n.Attr)
		}
	case "button":
		if n.text() == "" {
			t.Errorf("nameless button %v", n.Attr)
		}
	case "time":
		if n.attr("datetime") == "" {
			t.Errorf("time %q without datetime", n.text())
		}
	case "img":
		if !n.has("alt") {
			t.Error("img without alt")
		}
	}
}

// attrs is all attributes' values below the element.
func (n *node) attrs() string {
	var b strings.Builder
	for d := range n.Descendants() {
		for _, a := range d.Attr {
			b.WriteString(a.Val + " ")
		}
	}
	return b.String()
}
