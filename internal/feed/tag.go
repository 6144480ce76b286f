package feed

import (
	"slices"
	"strings"
)

// CleanTag brings a tag into its one form: one line, no space around it, and
// neither a comma, which separates tags wherever they are written in a row, nor a
// slash at its beginning, which makes a path of it (OPML 2.0, category). Empty
// if nothing is left.
func CleanTag(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == ',' || r == 0x7f }), " ")
	return strings.TrimSpace(strings.TrimLeft(s, "/ "))
}

// CleanTags brings tags into their one form and order, each once; nil for none.
func CleanTags(tags []string) (clean []string) {
	for _, t := range tags {
		if t = CleanTag(t); t != "" {
			clean = append(clean, t)
		}
	}
	slices.Sort(clean)
	return slices.Compact(clean)
}

// SplitTags reads tags that a person wrote in a row, separated by commas.
func SplitTags(s string) []string { return CleanTags(strings.Split(s, ",")) }
