package parse

import "strings"

// openRoot tells the format by the root.
func (t *tailor) openRoot(name string, o open, closed bool) {
	t.root = name
	prefix, local := split(name)
	o.place = inRoot
	switch t.rootName(prefix, local) {
	case "rss":
		t.format = "rss"
		t.adopt(prefix, "")
	case "rdf":
		t.format, t.version = "rdf", t.rdfVersion()
	case "channel", "item": // the wrapper is missing
		t.format, o.place = "rss", inFeed
		t.adopt(prefix, "")
		if t.isCDF() {
			t.side(&t.head, "link", t.attr("href"))
			t.side(&t.head, "t:updated", t.attr("lastmod"))
		}
	case "feed", "entry":
		t.format, o.place = "atom", inFeed
		t.version = t.atomVersion()
		t.adopt(prefix, "atom")
	default:
		t.pos = len(t.in)
		return
	}
	if v := t.attr("version"); v != "" {
		t.version = v
	}
	t.lang = o.lang
	switch strings.ToLower(local) {
	case "item", "entry": // a feed of one item, bare
		t.openItem(t.know(name), o, closed)
		return
	}
	t.push(o, closed)
}

// rootName is the name of the root in lower case; of one with a wrong letter, what is
// meant, if its first child or its namespace bear that out.
func (t *tailor) rootName(prefix, local string) string {
	local = strings.ToLower(local)
	child, _ := firstElement(t.in[t.pos:min(len(t.in), t.pos+4096)])
	_, child = split(child)
	switch {
	case child == "channel" && nearly(local, "rss"):
		t.mend("a tag that is misspelt")
		return "rss"
	case nearly(local, "feed") && t.stands(prefix) == "atom" && isAtomHead(child):
		t.mend("a tag that is misspelt")
		return "feed"
	}
	return local
}

// isAtomHead reports whether an Atom feed may begin with an element.
func isAtomHead(name string) bool {
	switch name {
	case "title", "id", "updated", "modified", "link", "entry":
		return true
	}
	return false
}

// nearly reports whether a name has one wrong letter, not less and not more.
func nearly(name, meant string) bool {
	a, b := []rune(name), []rune(meant)
	wrong := 0
	for i := 0; i < len(b) && len(a) == len(b); i++ {
		if a[i] != b[i] {
			wrong++
		}
	}
	return len(a) == len(b) && wrong == 1
}

// isCDF reports whether the document is of the Channel Definition Format of 1997,
// which is much like RSS but for links and dates that stand in attributes.
func (t *tailor) isCDF() bool { return strings.EqualFold(t.root, "channel") }

func (t *tailor) rdfVersion() string {
	for _, b := range t.bindings {
		switch {
		case strings.Contains(b.uri, "netscape.com/rdf/simple/0.9"):
			return "0.9"
		case strings.Contains(b.uri, "purl.org/rss/1.0") && b.stands == "":
			return "1.0"
		}
	}
	return ""
}

func (t *tailor) atomVersion() string {
	for _, b := range t.bindings {
		switch {
		case strings.Contains(b.uri, "2005/Atom"), strings.Contains(b.uri, "2005/atom"):
			return "1.0"
		case b.stands == "atom":
			return "0.3"
		}
	}
	return ""
}

// channel takes over what only the channel's tag tells.
func (t *tailor) channel(o open) {
	t.lang = o.lang
	if about := t.attr("rdf:about"); about != "" {
		t.about = t.decode(about)
	}
}
