package server

import (
	"regexp"
	"strings"
)

// credentials finds what stands before the host of an address: a user's name
// with or without a password (RFC 3986 §3.2.1).
var credentials = regexp.MustCompile(`(?i)(https?://)([^\s/?#"<>]*)@`)

// masked hides the credentials of the addresses in a text that goes onto a page,
// a password beside a name and a name alone, which may be a key.
func masked(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	return credentials.ReplaceAllStringFunc(text, func(found string) string {
		m := credentials.FindStringSubmatch(found)
		return m[1] + maskedUser(m[2]) + "@"
	})
}

func maskedUser(user string) string {
	if name, _, ok := strings.Cut(user, ":"); ok {
		return name + ":…"
	}
	return "…"
}

// unmasked puts the credentials of the old address back into one that was edited
// where the old one's stood masked.
func unmasked(address, old string) string {
	m := credentials.FindStringSubmatch(old)
	if m == nil {
		return address
	}
	return strings.Replace(address, "://"+maskedUser(m[2])+"@", "://"+m[2]+"@", 1)
}

// withoutUser is an address for a link: who follows it logs in as themselves.
func withoutUser(address string) string {
	if !strings.Contains(address, "@") {
		return address
	}
	return credentials.ReplaceAllString(address, "$1")
}
