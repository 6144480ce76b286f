package poller

import "testing"

func TestFeedURL(t *testing.T) {
	tests := map[string]string{
		"https://example.org/feed":          "https://example.org/feed",
		"  http://example.org/feed?a=b#c ":  "http://example.org/feed?a=b#c",
		"example.org":                       "https://example.org",
		"feed://example.org/rss":            "http://example.org/rss",
		"feed:https://example.org/rss":      "https://example.org/rss",
		"FEED:https://example.org/rss":      "https://example.org/rss",
		"web+feed:https://example.org/atom": "https://example.org/atom",
		"gopher://example.org":              "",
		"file:///etc/passwd":                "",
		"javascript:alert(1)":               "",
		"https://":                          "",
		"two words":                         "",
		"":                                  "",
	}
	for in, want := range tests {
		got, err := FeedURL(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("FeedURL(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}
