package parse

import "strings"

// unknown is the prefix of namespaces whose elements nobody asks for.
const unknown = "?"

// prefixOf maps a namespace to the one prefix that stands for it here. Case,
// http or https, "www." and a slash or hash at the end don't matter: publishers
// write them as they please.
func prefixOf(uri string) string {
	u := strings.ToLower(strings.Join(strings.Fields(uri), "")) // some break it as if it were text
	u = strings.TrimPrefix(strings.TrimPrefix(u, "https://"), "http://")
	u = strings.TrimPrefix(u, "www.")
	u = strings.TrimRight(u, "/#")
	switch u {
	case "", "purl.org/rss/1.0", "purl.org/net/rss1.1", "my.netscape.com/rdf/simple/0.9", "channel.netscape.com/rdf/simple/0.9",
		"my.netscape.com/publish/formats/rss-0.91.dtd", "backend.userland.com/rss", "backend.userland.com/rss2",
		"backend.userland.com/rss091", "backend.userland.com/rss092", "blogs.law.harvard.edu/tech/rss",
		"cyber.law.harvard.edu/rss", "cyber.law.harvard.edu/rss/rss.html", "rssboard.org/rss-specification", "rssboard.org/rss-2.0":
		return ""
	case "w3.org/2005/atom", "purl.org/atom/ns", "purl.org/atom/ns:", "example.com/newformat", "example.com/necho", "purl.org/echo", "uri/of/echo/namespace":
		return "atom"
	case "w3.org/1999/02/22-rdf-syntax-ns":
		return "rdf"
	case "purl.org/dc/elements/1.1", "purl.org/dc/elements/1.0", "purl.org/dc":
		return "dc"
	case "purl.org/dc/terms":
		return "dcterms"
	case "purl.org/rss/1.0/modules/content":
		return "content"
	case "search.yahoo.com/mrss", "video.search.yahoo.com/mrss", "api.maps.yahoo.com/mrss", "tools.search.yahoo.com/mrss":
		return "media"
	case "itunes.com/dtds/podcast-1.0.dtd", "example.com/dtds/podcast-1.0.dtd":
		return "itunes"
	case "purl.org/rss/1.0/modules/syndication":
		return "sy"
	case "rssnamespace.org/feedburner/ext/1.0", "feedburner.com/namespace", "feedburner.google.com/ns":
		return "feedburner"
	case "pheedo.com/namespace/pheedo":
		return "pheedo"
	case "w3.org/1999/xhtml":
		return "xhtml"
	case "webns.net/mvcb":
		return "admin"
	case "web.resource.org/cc", "creativecommons.org/ns":
		return "cc"
	case "backend.userland.com/creativecommonsrssmodule", "cyber.law.harvard.edu/rss/creativecommonsrssmodule.html":
		return "creativecommons"
	case "podlove.org/simple-chapters":
		return "psc"
	case "w3.org/xml/1998/namespace":
		return "xml"
	}
	return unknown
}

// customary is the prefix that a prefix stands for where no namespace is declared.
func customary(prefix string) string {
	switch p := strings.ToLower(prefix); p {
	case "", "rss":
		return ""
	case "atom", "atom10", "a10":
		return "atom"
	case "dc", "dcterms", "content", "media", "itunes", "sy", "feedburner", "pheedo", "xhtml", "admin", "cc", "creativecommons", "psc", "rdf", "xml":
		return p
	}
	return unknown
}

// misspelt reports whether a namespace that nobody knows is meant for the one that its
// prefix is customary for: a word of that is in it.
func misspelt(prefix, uri string) bool {
	words := map[string]string{"dc": "/dc", "dcterms": "/dc", "content": "content", "media": "mrss", "itunes": "podcast", "sy": "syndication",
		"atom": "atom", "feedburner": "feedburner", "xhtml": "xhtml"}
	word := words[customary(prefix)]
	return word != "" && strings.Contains(strings.ToLower(uri), word)
}

// binding is a namespace declaration in scope.
type binding struct {
	prefix string // as declared, empty for the default namespace
	uri    string
	stands string // our prefix
}

// declare notes the namespaces that a tag declares.
func (t *tailor) declare(attrs []attr) {
	for _, a := range attrs {
		if len(t.bindings) >= maxBindings {
			return
		}
		if a.name == "xmlns" {
			t.bindings = append(t.bindings, binding{"", a.value, prefixOf(a.value)})
		} else if p, ok := strings.CutPrefix(a.name, "xmlns:"); ok {
			b := binding{p, a.value, prefixOf(a.value)}
			if b.stands == unknown && misspelt(p, a.value) {
				b.stands = customary(p)
			}
			t.bindings = append(t.bindings, b)
		}
	}
}

// stands is our prefix for the prefix of an element in scope.
func (t *tailor) stands(prefix string) string {
	for i := len(t.bindings) - 1; i >= 0; i-- {
		if t.bindings[i].prefix == prefix {
			return t.bindings[i].stands
		}
	}
	return customary(prefix)
}

// adopt makes the root's own namespace the native one: whatever address a
// publisher has invented for it, the elements of RSS are in it.
func (t *tailor) adopt(prefix, native string) {
	uri, found := "", false
	for _, b := range t.bindings {
		if b.prefix == prefix {
			uri, found = b.uri, true
		}
	}
	if !found { // the root's prefix was never declared
		t.bindings = append(t.bindings, binding{prefix: prefix, stands: native})
		return
	}
	for i := range t.bindings {
		if t.bindings[i].uri == uri {
			t.bindings[i].stands = native
		}
	}
}
