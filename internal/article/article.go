// Package article finds in a page of the web the article that it is about: what a
// person would read of it, without the navigation, the advertisements and what else
// stands around. It is the only importer of go-readability.
//
// What it gives is sanitised like anything else that came over the network, with all
// addresses absolute. It is a pure function of the page's bytes, and bounded: pages
// with more elements than [maxElements], or nested deeper than the parser of HTML
// follows, are no articles, and a panic of a library is an error of the page.
//
// What it doesn't know is who asked for the page, and what an entry's own feed says
// of it; that is the business of package poller.
package article

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	readability "codeberg.org/readeck/go-readability/v2"
	"golang.org/x/net/html"

	"tidings/internal/feed"
	"tidings/internal/parse"
	"tidings/internal/sanitize"
)

// Why a page gives no article.
var (
	ErrNotHTML    = errors.New("not an HTML page")
	ErrUnreadable = errors.New("no article could be told from the rest of the page")
	ErrPaid       = errors.New("the page is for subscribers")
)

// Bounds of what is read, and of what is an article.
const (
	maxElements = 30000 // elements of a page; long ones have some thousand
	leastText   = 140   // characters of an article: less is a teaser, or a notice
)

// Article is what was found.
type Article struct {
	Title string    // plain text; may be empty
	Text  feed.HTML // never empty
	// Paid tells that the page says of itself that it isn't free to read (schema.org
	// isAccessibleForFree): the text may be no more than its beginning.
	Paid bool
}

// sanitizer is built once: compiling its policy costs as much as cleaning a page.
var sanitizer = sync.OnceValue(sanitize.New)

// paid finds the mark that publishers put into the data of pages that not everybody
// may read (schema.org/isAccessibleForFree), in JSON-LD or as microdata.
var paid = regexp.MustCompile(`(?i)["']?isAccessibleForFree["']?(?:\s*:\s*["']?|["']?\s+content\s*=\s*["']?)(?:https?://schema\.org/)?false\b`)

// Extract finds the article of a page that came from the address with the Content-Type
// given, which may be empty. The error wraps one of those above.
func Extract(body []byte, contentType, address string) (a Article, err error) {
	defer func() {
		if r := recover(); r != nil {
			a, err = Article{}, fmt.Errorf("%w: reading it failed: %v", ErrUnreadable, r)
		}
	}()
	if kind := kindOf(body, contentType); kind != "" {
		return Article{}, fmt.Errorf("%w but %s", ErrNotHTML, kind)
	}
	text := parse.Page(body, contentType)
	a.Paid = paid.MatchString(text)
	if a, err = extract(a, text, address); err != nil && a.Paid {
		err = ErrPaid
	}
	return a, err
}

// extract finds the article in a page's text.
func extract(a Article, text, address string) (Article, error) {
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return a, fmt.Errorf("%w: %v", ErrUnreadable, err)
	}
	base := baseOf(doc, address)
	p := readability.NewParser()
	p.MaxElemsToParse = maxElements
	found, err := p.ParseAndMutate(doc, base)
	if err != nil {
		return a, fmt.Errorf("%w: %v", ErrUnreadable, err)
	}
	if found.Node == nil {
		return a, ErrUnreadable
	}
	unnamed(found.Node)
	var b strings.Builder
	if err := found.RenderHTML(&b); err != nil {
		return a, fmt.Errorf("%w: %v", ErrUnreadable, err)
	}
	a.Title = sanitize.Title(found.Title())
	a.Text = sanitizer().HTML(b.String(), base)
	if utf8.RuneCountInString(sanitize.Text(a.Text)) < leastText {
		return a, ErrUnreadable
	}
	return a, nil
}

// unnamed takes the names that go-readability gives away.
func unnamed(root *html.Node) {
	take := func(n *html.Node) {
		n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "id" && strings.HasPrefix(a.Val, "readability-") })
	}
	take(root)
	for n := range root.Descendants() {
		take(n)
	}
}

// kindOf names what a body is, if it is no HTML page.
func kindOf(body []byte, contentType string) string {
	kind, _, _ := strings.Cut(contentType, ";")
	switch kind = strings.ToLower(strings.TrimSpace(kind)); kind {
	case "text/html", "application/xhtml+xml":
		return ""
	case "", "text/plain", "application/octet-stream", "application/xml", "text/xml":
		sniffed, _, _ := strings.Cut(http.DetectContentType(body), ";")
		head := strings.ToLower(string(body[:min(len(body), 1024)]))
		if sniffed == "text/html" || strings.Contains(head, "<html") {
			return ""
		}
		return cmp.Or(kind, sniffed)
	}
	return kind
}

// baseOf is what a page's addresses resolve by: its base element, else its own address
// (WHATWG HTML §4.2.3).
func baseOf(doc *html.Node, address string) *url.URL {
	own, err := url.Parse(address)
	if err != nil {
		return nil
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != "base" {
			continue
		}
		for _, a := range n.Attr {
			if u, err := own.Parse(strings.TrimSpace(a.Val)); a.Key == "href" && err == nil && (u.Scheme == "http" || u.Scheme == "https") {
				return u
			}
		}
	}
	return own
}
