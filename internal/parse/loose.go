package parse

import (
	"encoding/json"
	"strings"

	gofeed "github.com/mmcdole/gofeed/json"
)

// parseLoose reads a JSON Feed with fields of the wrong type, on which gofeed
// gives up: what can be read as the right type is, the rest is left out.
func parseLoose(text string) (*gofeed.Feed, error) {
	var m map[string]any
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		return nil, err
	}
	right, err := json.Marshal(looseFeed(m))
	if err != nil {
		return nil, err
	}
	return (&gofeed.Parser{}).Parse(strings.NewReader(string(right)))
}

func looseFeed(m map[string]any) map[string]any {
	out := looseStrings(m, "version", "title", "home_page_url", "feed_url", "description", "next_url", "icon", "favicon", "language")
	loosePeople(out, m)
	out["items"] = looseList(m["items"], "", looseItem)
	return out
}

func looseItem(m map[string]any) map[string]any {
	out := looseStrings(m, "id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image",
		"date_published", "date_modified", "language")
	loosePeople(out, m)
	out["attachments"] = looseList(m["attachments"], "url", func(m map[string]any) map[string]any {
		a := looseStrings(m, "url", "mime_type", "title")
		a["size_in_bytes"] = looseString(m["size_in_bytes"])
		return a
	})
	tags := []string{}
	list, ok := m["tags"].([]any)
	if !ok {
		list = []any{m["tags"]}
	}
	for _, v := range list {
		if s := looseString(v); s != "" {
			tags = append(tags, s)
		}
	}
	out["tags"] = tags
	return out
}

func loosePeople(out, m map[string]any) {
	person := func(m map[string]any) map[string]any { return looseStrings(m, "name", "url", "avatar") }
	if people := looseList(m["authors"], "name", person); len(people) > 0 {
		out["authors"] = people
	}
	if people := looseList(m["author"], "name", person); len(people) > 0 {
		out["author"] = people[0]
	}
}

// looseList reads a list of objects. A single object is a list of one, and a
// string an object with this string under key; without key it is left out.
func looseList(v any, key string, read func(map[string]any) map[string]any) []map[string]any {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := []map[string]any{}
	for _, e := range list {
		switch e := e.(type) {
		case map[string]any:
			out = append(out, read(e))
		case string:
			if key != "" {
				out = append(out, read(map[string]any{key: e}))
			}
		}
	}
	return out
}

func looseStrings(m map[string]any, keys ...string) map[string]any {
	out := map[string]any{}
	for _, k := range keys {
		if s := looseString(m[k]); s != "" {
			out[k] = s
		}
	}
	return out
}

func looseString(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}
