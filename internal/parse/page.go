package parse

import "regexp"

// metaCharset finds the encoding that an HTML page names in a meta element, in either
// form (WHATWG HTML §4.2.5.4), or in the XML declaration of XHTML.
var metaCharset = regexp.MustCompile(`(?i)(?:<meta\s[^>]{0,300}?charset\s*=\s*["']?\s*|<\?xml[^>]{0,200}?\sencoding\s*=\s*["'])([A-Za-z0-9._:-]{1,40})`)

// metaWindow is how far a page is searched for that. Browsers look at 1024 bytes; pages
// with longer heads before it are common, and nobody is the worse for reading on.
const metaWindow = 4096

// Page gives an HTML page as UTF-8, by the rules that hold for feeds (see decode), with
// the page's own meta element for a declaration. It never fails: bytes that mean
// nothing become U+FFFD.
func Page(body []byte, contentType string) string {
	body, _ = unpack(body)
	return decodeBy(body, contentType, metaCharset, metaWindow).text
}
