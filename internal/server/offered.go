package server

import (
	"html/template"
	"strings"
)

// offered finds the address in what links, share menus and bookmarklets bring: it
// stands in "url", or somewhere in "text" or, from some, in the title that they share.
// How it is to be read is the poller's to know.
func offered(get func(string) string) string {
	if address := strings.TrimSpace(get("url")); address != "" {
		return address
	}
	for _, name := range []string{"text", "about"} {
		for word := range strings.FieldsSeq(get(name)) {
			if i := strings.Index(word, "http"); i >= 0 && strings.Contains(word[i:], "://") {
				return strings.TrimRight(word[i:], ".,;:!?)]}>»”’\"'")
			}
		}
	}
	return strings.TrimSpace(get("text"))
}

// bookmarklet is a link for the bar of bookmarks: on any page, it goes to the page of
// ours that asks whether to subscribe. Some characters that a host may have (RFC 3986
// §3.2.2) would end the script's string.
func bookmarklet(origin string) template.URL {
	safe := strings.NewReplacer("'", "%27", "\\", "%5C").Replace(origin)
	return template.URL("javascript:location.href='" + safe + "/subscribe?url='+encodeURIComponent(location.href)")
}
