package main

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// most is how many bytes the first view of the river may have, gzipped, without pictures.
const most = 60_000

// weight is what a page loads before a person sees it, each with its bytes, gzipped.
type weight []part

type part struct {
	kind  string // "document", "stylesheet", "script"
	name  string
	bytes int
}

// weigh reads a page and what its head names.
func weigh(address string) (w weight, err error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	plain, _, err := get(address, "identity")
	if err != nil {
		return nil, err
	}
	root, err := html.Parse(bytes.NewReader(plain))
	if err != nil {
		return nil, err
	}
	w = weight{{kind: "document", name: base.Path}}
	for n := range root.Descendants() {
		switch {
		case n.Data == "link" && attr(n, "rel") == "stylesheet":
			w = append(w, part{kind: "stylesheet", name: attr(n, "href")})
		case n.Data == "script" && attr(n, "src") != "":
			w = append(w, part{kind: "script", name: attr(n, "src")})
		}
	}
	for i := range w {
		b, h, err := get(base.ResolveReference(&url.URL{Path: w[i].name}).String(), "gzip")
		if err != nil {
			return nil, err
		}
		if h.Get("Content-Encoding") != "gzip" {
			return nil, fmt.Errorf("%s is not gzipped", w[i].name)
		}
		w[i].bytes = len(b)
	}
	return w, nil
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func (w weight) sum() (n int) {
	for _, p := range w {
		n += p.bytes
	}
	return n
}

// table lists the parts and their sum.
func (w weight) table(name string) string {
	var b strings.Builder
	for _, p := range w {
		fmt.Fprintf(&b, "%s: %-11s %7d bytes gzipped  %s\n", name, p.kind, p.bytes, p.name)
	}
	fmt.Fprintf(&b, "%s: %-11s %7d bytes gzipped\n", name, "together", w.sum())
	return b.String()
}

// tooHeavy is an error where a page loads more than it may.
func (w weight) tooHeavy() error {
	if len(w) > 3 || w.sum() > most {
		return fmt.Errorf("the river loads %d files of %d bytes; it may load a document, a stylesheet and a script of %d", len(w), w.sum(), most)
	}
	return nil
}
