package parse

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	gofeed "github.com/mmcdole/gofeed/json"
)

// parseJSON reads a JSON Feed. Only its version makes an object one.
func parseJSON(text string) (*Document, error) {
	b := boundJSON(text)
	if b.version == "" {
		b.version = damagedVersion(text)
	}
	switch {
	case b.deep:
		return nil, &NotFeed{Reason: "JSON nested too deeply"}
	case !strings.Contains(b.version, "jsonfeed.org/"):
		return nil, &NotFeed{Reason: "JSON without the version of a JSON Feed"}
	}
	f, err := b.read()
	if err != nil {
		return nil, &NotFeed{Reason: fmt.Sprintf("a JSON Feed that is damaged: %v", err)}
	}
	d := &Document{
		Format: "json", Version: b.version[strings.LastIndexByte(b.version, '/')+1:], Mended: b.mended,
		ID:          f.FeedURL,
		Title:       Text{Value: f.Title, Type: Plain},
		Description: Text{Value: f.Description, Type: Plain},
		Language:    f.Language,
		Authors:     jsonPeople(f.Author, f.Authors),
		Icon:        Ref{Href: f.Favicon},
	}
	for _, s := range []string{f.Icon, f.Favicon} {
		if s != "" {
			d.Images = append(d.Images, Ref{Href: s})
		}
	}
	d.Links = jsonLinks(Link{Ref{Href: f.HomePageURL}, "alternate", "text/html", "", ""},
		Link{Ref{Href: f.FeedURL}, "self", "application/feed+json", "", ""}, Link{Ref{Href: f.NextURL}, "next", "application/feed+json", "", ""})
	d.Links = append(d.Links, jsonHubs(b.text)...)
	d.Items = make([]Item, 0, len(f.Items))
	for _, it := range f.Items {
		if it != nil { // "items":[null]
			d.Items = append(d.Items, jsonItem(it, f.Language))
		}
	}
	return d, nil
}

func jsonItem(it *gofeed.Item, lang string) Item {
	d := Item{
		ID:        it.ID,
		Title:     Text{Value: it.Title, Type: Plain},
		Summary:   Text{Value: cutAt(it.Summary, maxText), Type: Plain},
		Content:   firstText(Text{Value: cutAt(it.ContentHTML, maxText), Type: HTML}, Text{Value: cutAt(it.ContentText, maxText), Type: Plain}),
		Published: it.DatePublished,
		Updated:   it.DateModified,
		Authors:   jsonPeople(it.Author, it.Authors),
		Image:     Ref{Href: firstOf(it.Image, it.BannerImage)},
		Language:  firstOf(it.Language, lang),
	}
	rel := "related"
	if it.URL == "" {
		rel = "alternate"
	}
	d.Links = jsonLinks(Link{Ref{Href: it.URL}, "alternate", "", "", ""}, Link{Ref{Href: it.ExternalURL}, rel, "", "", ""})
	for _, s := range it.Tags {
		d.Categories = append(d.Categories, Category{Term: s})
	}
	if it.Attachments != nil {
		for _, a := range *it.Attachments {
			e := Enclosure{Ref: Ref{Href: a.URL}, Type: a.MimeType}
			if a.SizeInBytes > 0 {
				e.Length = strconv.FormatInt(a.SizeInBytes, 10)
			}
			if a.DurationInSeconds > 0 {
				e.Duration = strconv.FormatInt(a.DurationInSeconds, 10)
			}
			d.Enclosures = append(d.Enclosures, e)
		}
	}
	return d
}

func jsonLinks(links ...Link) []Link {
	var out []Link
	for _, l := range links {
		if l.Href != "" {
			out = append(out, l)
		}
	}
	return out
}

// jsonPeople are the authors of version 1.1, else the author of version 1.
func jsonPeople(one *gofeed.Author, many []*gofeed.Author) []Person {
	if len(many) == 0 {
		many = []*gofeed.Author{one}
	}
	var out []Person
	for _, a := range many {
		if a != nil && (a.Name != "" || a.URL != "" || a.Avatar != "") {
			out = append(out, Person{Name: a.Name, URI: Ref{Href: a.URL}, Avatar: Ref{Href: a.Avatar}})
		}
	}
	return out
}

// jsonHubs are the hubs, which gofeed leaves out: a second look at the document
// that only documents pay for that have the word.
func jsonHubs(text string) []Link {
	if !strings.Contains(text, `"hubs"`) {
		return nil
	}
	var f struct{ Hubs []struct{ URL string } }
	if json.Unmarshal([]byte(text), &f) != nil {
		return nil
	}
	var out []Link
	for _, h := range f.Hubs {
		out = append(out, jsonLinks(Link{Ref{Href: h.URL}, "hub", "", "", ""})...)
	}
	return out
}

// bounded is a JSON document within bounds.
type bounded struct {
	text    string
	whole   string // the document as it was
	version string // value of the top object's "version"
	deep    bool
	mended  []string
}

// boundJSON goes over a JSON object once: it finds the version, ends the text
// where the object ends, and leaves out items beyond maxItems, which would cost
// far more memory than bytes.
func boundJSON(text string) bounded {
	text = strings.TrimLeft(text, " \t\r\n\ufeff")
	b := bounded{text: text, whole: text}
	key, last := "", "" // the key whose value comes, and the string before
	depth, items, from := 0, 0, -1
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			end := stringEnd(text, i+1)
			last = text[i+1 : end]
			if depth == 1 && key == "version" {
				b.version = unquote(last)
			}
			i = end
		case ':':
			if depth == 1 {
				key = unquote(last)
			}
		case ',':
			if depth == 1 {
				key = ""
			}
			if depth == 2 && key == "items" {
				if items++; items == maxItems {
					from = i
				}
			}
		case '{', '[':
			if depth++; depth > maxDepth {
				b.deep = true
				return b
			}
		case '}', ']':
			if depth--; depth == 1 && from >= 0 && b.mended == nil {
				b.mended = []string{"more than " + strconv.Itoa(maxItems) + " items; the rest left out"}
				text = text[:from] + text[i:]
				b.text, i, key = text, from, ""
			} else if depth == 0 {
				b.text = text[:i+1]
				return b
			}
		}
	}
	return b
}

// stringEnd is the place of the quote that ends the string beginning at i.
func stringEnd(s string, i int) int {
	for i < len(s) {
		switch s[i] {
		case '\\':
			i += 2
		case '"':
			return i
		default:
			i++
		}
	}
	return len(s)
}
