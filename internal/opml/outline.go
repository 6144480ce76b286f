package opml

import (
	"strings"
	"time"

	"tidings/internal/feed"
)

// attributes are those of an outline, by their names in lower case.
type attributes map[string]string

// attributes reads those of a tag that mean something to us. They are in the reader's
// one map, until the next tag.
func (rd *reader) attributes(more bool) attributes {
	if rd.attrs == nil {
		rd.attrs = attributes{}
	}
	a := rd.attrs
	clear(a)
	for more {
		var key, value []byte
		key, value, more = rd.z.TagAttr()
		switch string(key) {
		case "text", "title", "xmlurl", "url", "htmlurl", "description", "language", "category", "type", "iscomment",
			"tidings:paused", "tidings:fold", "tidings:events", "tidings:named", "tidings:keep", "tidings:fulltext",
			"tidings:every", "tidings:least", "tidings:most", "tidings:until":
			if _, twice := a[string(key)]; !twice {
				a[string(key)] = oneLine(valid(value))
			}
		}
	}
	return a
}

// name is what people call the outline; empty if nothing names it.
func (a attributes) name() string {
	if a["title"] != "" {
		return a["title"]
	}
	return a["text"]
}

// feed adds the feed that an outline names, if it names one.
func (rd *reader) feed(a attributes) {
	raw := a["xmlurl"]
	kind := strings.ToLower(a["type"])
	switch {
	case strings.HasSuffix(kind, "path"), strings.HasSuffix(kind, "notation"):
		rd.problem(a.name(), "this is a page that another reader searches for entries, not a feed")
		return
	case raw != "":
	case a["url"] == "":
		if kind == "rss" || kind == "atom" || kind == "feed" {
			rd.problem(a.name(), "there is no address of a feed (xmlUrl)")
		}
		return
	case kind == "include" || kind == "link" && isOPML(a["url"]):
		rd.include(a)
		return
	case kind == "link":
		rd.problem(a.name(), "this is a link to a page, not a feed; if there is a feed, subscribe to the page's address")
		return
	default:
		raw = a["url"]
	}
	address, reason := feedAddress(raw, rd.base)
	if reason != "" {
		rd.problem(raw, reason)
		return
	}
	o := Outline{URL: address, SiteURL: siteAddress(a["htmlurl"]), Description: a["description"], Language: a["language"],
		Paused: a["tidings:paused"] == "yes", Rule: a.rule(), FullText: a["tidings:fulltext"] == "yes", Line: rd.line}
	o.Keep, _ = feed.ParseKeep(a["tidings:keep"]) // what it can't mean is left out
	o.When = a.when()
	o.Title, o.Named = title(a, o)
	o.Folder, o.Tags = filed(rd.folder(), a["category"])
	rd.give(o)
}

// include notes another list that this one includes. Its feeds belong where its
// outline stands.
func (rd *reader) include(a attributes) {
	address, reason := feedAddress(a["url"], rd.base)
	if reason != "" {
		rd.problem(a["url"], reason)
		return
	}
	folder := cleanFolder(rd.folder() + "/" + folderName(a))
	rd.give(Include{URL: address, Title: a.name(), Folder: folder, Line: rd.line})
}

// isOPML reports whether an address looks like that of a list.
func isOPML(address string) bool {
	u := parse(address)
	return u != nil && strings.HasSuffix(strings.ToLower(u.Path), ".opml")
}

// rule notes how copies are folded in a folder, if it is said.
func (rd *reader) rule(folder string, a attributes) {
	if r := a.rule(); r != (feed.Rule{}) {
		rd.give(Rule{Folder: folder, Rule: r})
	}
}

// rule is what an outline says about copies. What it can't mean is left out.
func (a attributes) rule() (r feed.Rule) {
	switch f := feed.Folding(a["tidings:fold"]); f {
	case feed.FoldOff, feed.FoldExact, feed.FoldCopies:
		r.Fold = f
	}
	switch e := a["tidings:events"]; e {
	case "on", "off":
		r.Events = e
	}
	return r
}

// when is what an outline says about when its feed is polled. What it can't mean is
// left out.
func (a attributes) when() (t feed.Timetable) {
	span := func(name string) time.Duration {
		d, _ := feed.ParseSpan(a[name])
		return d
	}
	t = feed.Timetable{Every: span("tidings:every"), Least: span("tidings:least"), Most: span("tidings:most")}
	if t.Check() != nil {
		t = feed.Timetable{}
	}
	t.Until, _ = time.Parse(time.RFC3339, a["tidings:until"])
	return t
}

// folder is the path of the folders that are open.
func (rd *reader) folder() string {
	open := rd.folders[:min(len(rd.folders), rd.limits.Depth)]
	names := make([]string, 0, len(open))
	for _, n := range open {
		if n != "" {
			names = append(names, n)
		}
	}
	return strings.Join(names, "/")
}

// title gives a feed its title, and tells whether that is a name.
func title(a attributes, o Outline) (string, bool) {
	switch name := a.name(); {
	case name != "" && a["tidings:named"] != "":
		return name, a["tidings:named"] == "yes"
	case name != "":
		return name, !isAddress(name, o)
	case o.SiteURL != "":
		return o.SiteURL, false
	}
	return o.URL, false
}

// isAddress reports whether a feed's name is one of its addresses.
func isAddress(name string, o Outline) bool { return name == o.URL || name == o.SiteURL }

// folderName is the name of an outline as a part of a path.
func folderName(a attributes) string {
	name := a["text"]
	if name == "" {
		name = a["title"]
	}
	return strings.ReplaceAll(name, "/", "∕")
}

// filed gives a feed its folder and its tags, by the folder that it stands in and
// its category attribute.
func filed(folder, category string) (string, []string) {
	var tags []string
	for c := range strings.SplitSeq(category, ",") {
		path, isPath := strings.CutPrefix(strings.TrimSpace(c), "/")
		path = cleanFolder(path)
		switch {
		case !isPath:
			tags = append(tags, c)
		case folder == "":
			folder = path
		case path != folder:
			tags = append(tags, path)
		}
	}
	return folder, feed.CleanTags(tags)
}

// cleanFolder brings a path into its one form: no empty names, no space around
// them.
func cleanFolder(path string) string {
	var names []string
	for n := range strings.SplitSeq(path, "/") {
		if n = oneLine(n); n != "" {
			names = append(names, n)
		}
	}
	return strings.Join(names, "/")
}
