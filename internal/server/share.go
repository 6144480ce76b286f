package server

import (
	"html/template"
	"net/url"
	"strings"
)

// share is how a story is told to others: by the address of its publisher's page, for
// this one is the reader's own.
type share struct {
	URL   template.URL
	Title string
	Mail  template.URL // a letter with both (RFC 6068)
}

// newShare shares a page; nil for one without an address.
func newShare(title, address string) *share {
	u := webURL(address)
	if u == "" {
		return nil
	}
	mail := "mailto:?subject=" + letter(title) + "&body=" + letter(string(u))
	return &share{URL: u, Title: title, Mail: template.URL(mail)}
}

// letter spells a text as mailto wants it: spaces are %20 and no plus signs.
func letter(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
