package parse

import (
	"strconv"
	"strings"

	ext "github.com/mmcdole/gofeed/extensions"
)

// attr is an attribute of the first element of a name that has it.
func (x extensions) attr(prefix, name, attr string) string {
	for _, e := range x.all(prefix, name) {
		if s := x.t.str(e.Attrs[attr]); s != "" {
			return s
		}
	}
	return ""
}

// people are the persons of Atom or iTunes in other formats.
func (x extensions) people(prefix, name string) []Person {
	var out []Person
	for _, e := range x.all(prefix, name) {
		p := Person{Name: x.child(e, "name"), Email: x.child(e, "email")}
		for _, n := range []string{"uri", "url", "homepage"} {
			if c := e.Children[n]; len(c) > 0 && p.URI.Href == "" {
				p.URI = x.t.ref(c[0].Value)
			}
		}
		if p != (Person{}) {
			out = append(out, p)
		}
	}
	return out
}

// child is the text of an element's first child of a name.
func (x extensions) child(e ext.Extension, name string) string {
	if c := e.Children[name]; len(c) > 0 {
		return x.t.str(c[0].Value)
	}
	return ""
}

func (x extensions) contributors() []Person {
	return append(raw(x.strs("dc", "contributor"), x.strs("t", "contributor")...), x.people("atom", "contributor")...)
}

// links are the atom:links of other formats, licences and chapters.
func (x extensions) links(out *[]Link) {
	for _, e := range x.all("atom", "link") {
		l := Link{Ref: x.t.ref(e.Attrs["href"]), Rel: relation(x.t.str(e.Attrs["rel"])), Type: x.t.str(e.Attrs["type"]),
			Title: x.t.str(e.Attrs["title"]), Length: x.t.str(e.Attrs["length"])}
		if e.Attrs["href"] != "" {
			*out = append(*out, l)
		}
	}
	for _, e := range x.all("t", "license") {
		if r := x.t.ref(firstOf(e.Attrs["resource"], e.Value)); r.Href != "" {
			*out = append(*out, Link{Ref: r, Rel: "license"})
		}
	}
	for _, e := range x.all("psc", "chapters") {
		if r := x.t.ref(e.Attrs["href"]); r.Href != "" {
			*out = append(*out, Link{Ref: r, Rel: "http://podlove.org/simple-chapters"})
		}
	}
}

// categories are the tags of Dublin Core, iTunes, Media RSS and Atom.
func (x extensions) categories(out *[]Category) {
	for _, s := range x.strs("dc", "subject") {
		*out = append(*out, Category{Term: s})
	}
	for _, e := range x.all("itunes", "category") {
		*out = append(*out, Category{Term: x.t.str(e.Attrs["text"])})
	}
	for _, e := range x.all("atom", "category") {
		*out = append(*out, Category{Term: x.t.str(e.Attrs["term"]), Scheme: x.t.str(e.Attrs["scheme"]), Label: x.t.str(e.Attrs["label"])})
	}
	for _, m := range x.mediaElements() {
		for _, e := range m["category"] {
			*out = append(*out, Category{Term: x.t.str(e.Value), Scheme: x.t.str(e.Attrs["scheme"]), Label: x.t.str(e.Attrs["label"])})
		}
	}
	for _, of := range [][2]string{{"itunes", "keywords"}, {"media", "keywords"}, {"t", "tags"}} {
		for _, s := range x.strs(of[0], of[1]) {
			for _, word := range strings.Split(s, ",") {
				*out = append(*out, Category{Term: strings.TrimSpace(word)})
			}
		}
	}
}

// images are the pictures that modules give to a feed.
func (x extensions) images(out *[]Ref) {
	for _, e := range x.all("itunes", "image") {
		if r := x.t.ref(firstOf(e.Attrs["href"], e.Attrs["url"], e.Value)); r.Href != "" {
			*out = append(*out, r)
		}
	}
	for _, e := range x.all("media", "thumbnail") {
		if r := x.t.ref(e.Attrs["url"]); r.Href != "" {
			*out = append(*out, r)
		}
	}
	if r := x.linkedImage(); r.Href != "" {
		*out = append(*out, r)
	}
	if r := x.t.ref(x.first("atom", "logo")); r.Href != "" {
		*out = append(*out, r)
	}
}

// linkedImage is the picture of an itunes:link of early podcasts.
func (x extensions) linkedImage() Ref {
	for _, e := range x.all("itunes", "link") {
		if x.t.str(e.Attrs["rel"]) == "image" {
			return x.t.ref(e.Attrs["href"])
		}
	}
	return Ref{}
}

// mediaElements are the maps of elements of Media RSS, from the item inwards:
// its own, and those inside of media:group and media:content, three deep.
func (x extensions) mediaElements() []map[string][]ext.Extension {
	var all []map[string][]ext.Extension
	level := []map[string][]ext.Extension{x.maps["media"]}
	for range 4 {
		all = append(all, level...)
		var next []map[string][]ext.Extension
		for _, m := range level {
			for _, name := range []string{"group", "content"} {
				for _, e := range m[name] {
					next = append(next, e.Children)
				}
			}
		}
		level = next
	}
	return all
}

// mediaText is media:title or media:description, wherever it stands.
func (x extensions) mediaText(name string) Text {
	if x.maps["media"] == nil {
		return Text{}
	}
	for _, m := range x.mediaElements() {
		for _, e := range m[name] {
			tk := x.t.coat(e.Value)
			if strings.EqualFold(strings.TrimSpace(tk.typ), "plain") || strings.EqualFold(strings.TrimSpace(tk.typ), "text") {
				tk.typ = "text/plain"
			}
			text := x.t.text(tk)
			if text.Type == Escaped && tk.typ != "html" && tk.typ != "text/html" {
				text.Type = Plain // its default (Media RSS 1.5.1)
			}
			if !text.IsZero() {
				return text
			}
		}
	}
	return Text{}
}

// media collects the pictures and files that modules attach to an item.
func (x extensions) media(d *Item) {
	for _, e := range x.all("itunes", "image") {
		if r := x.t.ref(firstOf(e.Attrs["href"], e.Attrs["url"], e.Value)); r.Href != "" && d.Image.Href == "" {
			d.Image = r
		}
	}
	if r := x.linkedImage(); r.Href != "" && d.Image.Href == "" {
		d.Image = r
	}
	if r := x.t.ref(x.first("t", "image")); r.Href != "" && d.Image.Href == "" {
		d.Image = r
	}
	if x.maps["media"] == nil {
		return
	}
	for _, m := range x.mediaElements() {
		for _, e := range m["content"] {
			if r := x.t.ref(e.Attrs["url"]); r.Href != "" {
				d.Media = append(d.Media, Media{Ref: r, Size: x.size(e.Attrs), Type: x.t.str(e.Attrs["type"]), Medium: x.t.str(e.Attrs["medium"])})
			}
		}
		for _, e := range m["thumbnail"] {
			if r := x.t.ref(firstOf(e.Attrs["url"], e.Value)); r.Href != "" {
				d.Thumbnails, d.Sizes = append(d.Thumbnails, r), append(d.Sizes, x.size(e.Attrs))
			}
		}
	}
}

// size reads the attributes width and height of Media RSS.
func (x extensions) size(attrs map[string]string) (s Size) {
	pixels := func(v string) int {
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(x.t.str(v)), "px"))
		if err != nil {
			return 0
		}
		return min(max(n, 0), 1<<16)
	}
	return Size{pixels(attrs["width"]), pixels(attrs["height"])}
}

// atomSource completes a source by an atom:source in another format.
func (x extensions) atomSource(s *Source) {
	for _, e := range x.all("atom", "source") {
		if s.ID == "" {
			s.ID = x.child(e, "id")
		}
		if c := e.Children["title"]; len(c) > 0 && s.Title.IsZero() {
			s.Title = x.t.constructOf(c[0].Value)
		}
		for _, l := range e.Children["link"] {
			rel := x.t.str(l.Attrs["rel"])
			if r := x.t.ref(l.Attrs["href"]); s.Link.Href == "" && (rel == "" || rel == "alternate") {
				s.Link = r
			}
		}
	}
}
