package parse

import (
	"encoding/json"
	"regexp"
	"strings"
)

// Of JSON that is damaged beyond mending, a quote or a bracket being lost, each item that
// is sound is kept, and of one that isn't the fields that are.

// jsonItemStart finds where an object in a list may begin, and its first field.
var jsonItemStart = regexp.MustCompile(`[\[,]\s*(\{\s*"([a-z_]+)"\s*:)`)

// jsonField finds a field of the feed or of an item that is a text. The quote before its
// name may be lost.
var jsonField = regexp.MustCompile(`\b(id|url|external_url|title|content_html|content_text|summary|image|banner_image|date_published|date_modified|` +
	`home_page_url|feed_url|description|icon|favicon|language)"\s*:\s*("(?:[^"\\]|\\.)*")`)

// maxSalvage is how much of a damaged item is looked at, in bytes.
const maxSalvage = 1 << 20

// jsonVersion finds the version of a feed where a byte beside it is wrong.
var jsonVersion = regexp.MustCompile(`^\s*\{[^{}\[\]]{0,400}"version.{1,8}(https?://(?:www\.)?jsonfeed\.org/version/[0-9.]{1,5})`)

// damagedVersion is the version of JSON that isn't well-formed, if it has one.
func damagedVersion(text string) string {
	m := jsonVersion.FindStringSubmatch(text[:min(len(text), 1024)])
	if m == nil || json.Valid([]byte(text)) {
		return ""
	}
	return m[1]
}

// salvage makes a sound JSON Feed of a damaged one, and tells how many items are in it.
func salvage(text, version string) (sound string, kept int) {
	feed := map[string]any{"version": version}
	list, from, spent := []any{}, -1, 0
	head := len(text)
	for pos := 0; len(list) < maxItems && spent <= 4*len(text); { // no more than linear time
		m := jsonItemStart.FindStringSubmatchIndex(text[pos:])
		if m == nil {
			break
		}
		at := pos + m[2]
		item, size := jsonItemAt(text[at:])
		spent += size
		if item == nil {
			if from < 0 {
				from = at
			}
			pos += m[3]
			continue
		}
		head = min(head, at)
		if from >= 0 {
			list = salvageItems(list, text[from:at], &head, from)
		}
		list, pos, from = append(list, item), at+size, -1
	}
	if from >= 0 && strings.HasSuffix(strings.TrimSpace(text), "}") { // not cut off
		list = salvageItems(list, text[from:], &head, from)
	}
	for k, v := range jsonFields(text[:min(head, maxSalvage)]) {
		feed[k] = v
	}
	feed["items"] = list
	out, err := json.Marshal(feed)
	if err != nil {
		return "", 0
	}
	return string(out), len(list)
}

// salvageItems adds what can be read of damaged items to a list. Each begins with the same
// field as the first one, lest two be mixed. Head is where the first item of all begins.
func salvageItems(list []any, text string, head *int, from int) []any {
	text = text[:min(len(text), maxSalvage)]
	first := jsonItemStart.FindStringSubmatch("," + text)
	if first == nil {
		return list
	}
	for start := 0; start < len(text) && len(list) < maxItems; {
		end := len(text)
		for i := start + 1; i < end; {
			m := jsonItemStart.FindStringSubmatchIndex(text[i:])
			if m == nil {
				break
			}
			if i += m[2]; text[i-m[2]+m[4]:i-m[2]+m[5]] == first[2] {
				end = i
			}
			i++
		}
		if fields := jsonFields(text[start:end]); isItem(fields) {
			list, *head = append(list, fields), min(*head, from+start)
		}
		start = end
	}
	return list
}

// jsonItemAt is the item that text begins with, nil if there is none or it is damaged, and
// how many bytes were read.
func jsonItemAt(text string) (item json.RawMessage, size int) {
	dec := json.NewDecoder(strings.NewReader(text))
	if err := dec.Decode(&item); err != nil {
		return nil, int(dec.InputOffset()) + 512 // what a decoder reads at once
	}
	var fields map[string]any
	if json.Unmarshal(item, &fields) != nil || !isItem(fields) {
		return nil, int(dec.InputOffset())
	}
	return item, int(dec.InputOffset())
}

// isItem tells an item from the other objects of a feed: people, attachments, hubs.
func isItem(fields map[string]any) bool {
	for _, k := range []string{"id", "content_html", "content_text", "date_published", "external_url"} {
		if _, ok := fields[k]; ok {
			return true
		}
	}
	return false
}

// jsonFields are the fields of damaged JSON that are sound; of several of one name the
// first. What ends with a comma has lost its quote, and is another address or id.
func jsonFields(text string) map[string]any {
	fields, seen := map[string]any{}, map[string]bool{}
	for _, m := range jsonField.FindAllStringSubmatch(text, 64) {
		var v string
		if !seen[m[1]] && json.Unmarshal([]byte(m[2]), &v) == nil && !strings.HasSuffix(strings.TrimSpace(v), ",") {
			fields[m[1]] = v
		}
		seen[m[1]] = true
	}
	return fields
}
