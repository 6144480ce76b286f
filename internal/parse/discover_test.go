package parse

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidings/internal/feed"
)

func TestDiscover(t *testing.T) {
	const own = "https://site.example/blog/"
	for name, c := range map[string]struct {
		page string
		want []feed.Found
	}{
		"declared": {`<link rel="alternate" type="application/rss+xml" title=" My  feed " href="feed.xml">`,
			[]feed.Found{{URL: "https://site.example/blog/feed.xml", Title: "My feed", Type: "application/rss+xml"}}},
		"by base": {`<base href="/other/"><link rel="alternate" type="application/atom+xml" href="feed">`,
			[]feed.Found{{URL: "https://site.example/other/feed", Type: "application/atom+xml"}}},
		"upper case, several relations, a parameter": {`<LINK REL="Home ALTERNATE" TYPE="Application/Feed+JSON; charset=utf-8" HREF="/f.json">`,
			[]feed.Found{{URL: "https://site.example/f.json", Type: "application/feed+json"}}},
		"linked, after declared": {`<a href="/rss">RSS</a><link rel="alternate" type="application/rss+xml" href="/main">`,
			[]feed.Found{{URL: "https://site.example/main", Type: "application/rss+xml"}, {URL: "https://site.example/rss"}}},
		"comments last": {`<link rel="alternate" type="application/rss+xml" href="/comments/feed/"><a href="/index.xml">x</a>`,
			[]feed.Found{{URL: "https://site.example/index.xml"}, {URL: "https://site.example/comments/feed/", Type: "application/rss+xml"}}},
		"twice":               {`<a href="/feed">x</a><a href="https://site.example/feed">y</a><a href="/feed">z</a>`, []feed.Found{{URL: "https://site.example/feed"}}},
		"an API, a page":      {`<link rel="alternate" type="application/json" href="/wp-json/1"><link rel="alternate" hreflang="de" href="/de/">`, nil},
		"no web address":      {`<link rel="alternate" type="application/rss+xml" href="javascript:x"><a href="ftp://x.example/feed">x</a>`, nil},
		"not in a comment":    {`<!-- <a href="/feed">x</a> --><script>"<a href='/rss'>"</script>`, nil},
		"text of another tag": {`<title><a href="/feed"></title>`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Discover([]byte(c.page), "text/html", own)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNotFeed names what a body is that is no feed.
func TestNotFeed(t *testing.T) {
	for body, want := range map[string]string{
		"":                            "read feed: the document is empty",
		" \n":                         "read feed: the document is empty",
		"Not found":                   "read feed: neither XML nor JSON",
		"\x89PNG\r\n\x1a\n\x00\x00":   "read feed: neither XML nor JSON",
		"<!DOCTYPE html><title>x":     "read feed: an HTML page",
		"<div>x</div>":                "read feed: an HTML page",
		"[1]":                         "read feed: neither XML nor JSON",
		"{}":                          "read feed: JSON without the version of a JSON Feed",
		`{"version":"1","items":[]}`:  "read feed: JSON without the version of a JSON Feed",
		"<!-- only a comment -->":     "read feed: neither XML nor JSON",
		"<opml/>":                     "read feed: an XML document that is no feed: its root is <opml>",
		"<svg xmlns='x'><rss/></svg>": "read feed: an XML document that is no feed: its root is <svg>",
	} {
		if _, err := Parse([]byte(body), ""); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", body, err, want)
		}
	}
}
