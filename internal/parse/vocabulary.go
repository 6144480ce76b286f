package parse

import "strings"

// place is where in a feed an element stands.
type place uint8

const (
	inRoot place = 1 << iota
	inFeed
	inItem
	inImage        // RSS image
	inPerson       // Atom author, contributor; itunes:owner
	inSource       // Atom source
	inMedia        // media:group, media:content
	nowhere  place = 0
)

// manner is what the tailor does with an element.
type manner uint8

const (
	drop      manner = iota // leave it out with all that is in it
	leaf                    // hand on its attributes and a ticket for its content
	empty                   // hand on its attributes; its children count as siblings
	container               // hand on the tag, and look at its children
	through                 // leave out the tag, and look at its children
)

// element is what the tailor knows of an element.
type element struct {
	manner manner
	emit   string // the name by which gofeed gets to see it
	within place  // where it is known
	opens  place  // where its children stand
}

// gofeed calls a date parser of many layouts on every date it knows, which we
// don't want; and it keeps no place for some things. These go under the prefix
// "t" and arrive in the extensions.

// rssElement knows the elements of RSS 0.9x, 1.0 and 2.0, and some that are none.
func rssElement(name string, in place) element {
	switch name {
	case "channel":
		return element{through, "", inRoot | inFeed, inFeed}
	case "item", "entry":
		return element{container, "item", inRoot | inFeed, inItem}
	case "image":
		if in == inItem {
			return element{leaf, "t:image", inItem, nowhere}
		}
		return element{container, "image", inRoot | inFeed, inImage}
	case "url":
		return element{leaf, "url", inImage, nowhere}
	case "title", "category", "link", "description":
		return element{leaf, name, inFeed | inItem, nowhere}
	case "abstract": // CDF
		return element{leaf, "description", inFeed | inItem, nowhere}
	case "tagline", "subtitle", "info":
		return element{leaf, "t:subtitle", inFeed, nowhere}
	case "language", "generator", "ttl":
		return element{leaf, name, inFeed, nowhere}
	case "cloud":
		return element{empty, "cloud", inFeed, nowhere}
	case "copyright", "rights":
		return element{leaf, "t:rights", inFeed | inItem, nowhere}
	case "managingeditor", "webmaster":
		return element{leaf, name, inFeed, nowhere}
	case "skiphours", "skipdays":
		return element{container, name, inFeed, inFeed}
	case "hour", "day":
		return element{leaf, name, inFeed, nowhere}
	case "author":
		if in == inFeed {
			return element{leaf, "t:author", inFeed, nowhere}
		}
		return element{leaf, "author", inItem, nowhere}
	case "contributor":
		return element{leaf, "t:contributor", inFeed | inItem, nowhere}
	case "tags", "keywords":
		return element{leaf, "t:tags", inFeed | inItem, nowhere}
	case "guid", "comments", "source":
		return element{leaf, name, inItem, nowhere}
	case "id":
		return element{leaf, "t:id", inItem | inFeed, nowhere}
	case "enclosure":
		return element{empty, "enclosure", inItem, nowhere}
	case "encoded":
		return element{leaf, "content:encoded", inItem, nowhere}
	case "body", "fullitem", "content":
		return element{leaf, "t:body", inItem, nowhere}
	case "summary":
		return element{leaf, "t:summary", inItem, nowhere}
	}
	return dateElement(name)
}

// dateElement knows the names that formats give to dates.
func dateElement(name string) element {
	switch name {
	case "pubdate", "published":
		return element{leaf, "t:published", inFeed | inItem, nowhere}
	case "issued":
		return element{leaf, "t:issued", inFeed | inItem, nowhere}
	case "lastbuilddate", "updated", "modified":
		return element{leaf, "t:updated", inFeed | inItem, nowhere}
	case "created", "date":
		return element{leaf, "t:created", inFeed | inItem, nowhere}
	}
	return element{}
}

// atomElement knows the elements of Atom 0.3 and 1.0.
func atomElement(name string) element {
	switch name {
	case "entry", "item":
		return element{container, "entry", inFeed, inItem}
	case "title", "id":
		return element{leaf, name, inFeed | inItem | inSource, nowhere}
	case "subtitle", "tagline", "icon", "logo", "generator":
		return element{leaf, name, inFeed, nowhere}
	case "info", "language":
		return element{leaf, "t:" + name, inFeed, nowhere}
	case "rights", "copyright":
		return element{leaf, "rights", inFeed | inItem, nowhere}
	case "summary", "content":
		return element{leaf, name, inItem, nowhere}
	case "description": // of RSS
		return element{leaf, "t:description", inFeed | inItem, nowhere}
	case "link":
		return element{empty, "link", inFeed | inItem | inSource, nowhere}
	case "enclosure": // of RSS
		return element{empty, "link", inItem, nowhere}
	case "category":
		return element{empty, "category", inFeed | inItem, nowhere}
	case "author", "contributor":
		return element{container, name, inFeed | inItem, inPerson}
	case "name", "email", "uri", "url", "homepage":
		return element{leaf, name, inPerson, nowhere}
	case "source":
		return element{container, "source", inItem, inSource}
	}
	return dateElement(name)
}

// moduleElement knows the elements of the modules that any feed may use.
func moduleElement(prefix, name string, in place) element {
	switch prefix {
	case "dc", "dcterms":
		return element{leaf, dublinCore(name), inFeed | inItem, nowhere}
	case "content":
		if name == "encoded" {
			return element{leaf, "content:encoded", inItem, nowhere}
		}
	case "xhtml":
		return element{leaf, "xhtml:body", inItem, nowhere}
	case "media":
		return mediaElement(name)
	case "itunes":
		return itunesElement(name)
	case "sy":
		switch name {
		case "updateperiod", "updatefrequency", "updatebase":
			return element{leaf, "sy:" + name, inFeed, nowhere}
		}
	case "feedburner", "pheedo":
		if name == "origlink" {
			return element{leaf, "t:original", inItem, nowhere}
		}
	case "atom":
		return atomModule(name)
	case "admin":
		if name == "generatoragent" {
			return element{empty, "admin:generatoragent", inFeed, nowhere}
		}
	case "cc", "creativecommons":
		if name == "license" {
			return element{leaf, "t:license", inFeed | inItem, nowhere}
		}
	case "psc":
		if name == "chapters" {
			return element{empty, "psc:chapters", inItem, nowhere}
		}
	}
	return element{}
}

// dublinCore is the name for an element of Dublin Core; empty if nobody asks.
func dublinCore(name string) string {
	switch name {
	case "creator", "author", "contributor", "publisher", "subject", "title", "description", "language", "rights", "source":
		return "dc:" + name
	case "date":
		return "dc:date"
	case "issued", "available":
		return "t:issued"
	case "modified":
		return "t:updated"
	case "created":
		return "t:created"
	case "identifier":
		return "dc:identifier"
	}
	return ""
}

func mediaElement(name string) element {
	switch name {
	case "group", "content":
		return element{container, "media:" + name, inItem | inMedia, inMedia}
	case "thumbnail":
		return element{empty, "media:thumbnail", inFeed | inItem | inMedia, nowhere}
	case "title", "description", "category", "keywords", "credit":
		return element{leaf, "media:" + name, inItem | inMedia, nowhere}
	}
	return element{}
}

func itunesElement(name string) element {
	switch name {
	case "author", "summary", "subtitle", "keywords", "title":
		return element{leaf, "itunes:" + name, inFeed | inItem, nowhere}
	case "duration":
		return element{leaf, "itunes:duration", inItem, nowhere}
	case "image":
		return element{leaf, "itunes:image", inFeed | inItem, nowhere}
	case "category", "link":
		return element{empty, "itunes:" + name, inFeed | inItem, nowhere}
	case "owner":
		return element{container, "itunes:owner", inFeed | inItem, inPerson}
	case "name", "email":
		return element{leaf, name, inPerson, nowhere}
	}
	return element{}
}

// atomModule knows Atom's elements inside other formats.
func atomModule(name string) element {
	e := atomElement(name)
	if e.emit == "" || e.emit == "entry" || strings.HasPrefix(e.emit, "t:") || e.within&inPerson != 0 {
		return e
	}
	e.emit = "atom:" + e.emit
	return e
}
