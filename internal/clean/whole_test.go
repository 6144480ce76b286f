package clean

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"tidings/internal/parse"
)

// median is an RSS feed of 77 KB, the median size of feeds: 20 items with an
// excerpt and a body, as weblog software writes them.
func median() []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>The Harbour Gazette</title><link>https://gazette.example/</link><atom:link href="https://gazette.example/feed/" rel="self"/>`)
	const para = `<p class="lead">The ferry to the <a href="/isles/" target="_blank">northern isles</a> was late again &amp;mdash; nobody on the pier was <em>surprised</em>, least of all the gulls, who &#8220;had seen it coming&#8221;.</p>
<figure class="wp-block-image"><img loading="lazy" width="640" height="480" src="https://gazette.example/img/ferry.jpg" alt="A ferry" srcset="https://gazette.example/img/ferry.jpg 640w"/></figure>
`
	for i := range 20 {
		fmt.Fprintf(&b, `<item><title>Ferry no. %d is late &amp;#8212; again</title><link>https://gazette.example/%[1]d/</link><dc:creator><![CDATA[Una Pellworm]]></dc:creator>
<pubDate>Tue, 0%[2]d Sep 2026 10:17:35 +0000</pubDate><category><![CDATA[Ships & Sea]]></category><guid isPermaLink="false">https://gazette.example/?p=%[1]d</guid>
<description><![CDATA[The ferry to the northern isles was late again&#8230;]]></description><content:encoded><![CDATA[%[3]s]]></content:encoded></item>`,
			i, i%9+1, strings.Repeat(para, 8))
	}
	b.WriteString(`</channel></rss>`)
	return []byte(b.String())
}

// whole parses and cleans a feed, its entries and all.
func whole(tb testing.TB, body []byte) {
	doc, err := parse.Parse(body, "application/rss+xml")
	if err != nil {
		tb.Fatal(err)
	}
	c := New(doc, base, time.Unix(1_790_000_000, 0))
	c.Document()
	for i := range c.Len() {
		c.Entry(i)
	}
}

// BenchmarkWhole is the way of a feed from bytes to entries: parse, clean and
// sanitize.
func BenchmarkWhole(b *testing.B) {
	body := median()
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		whole(b, body)
	}
}

// TestAllocation holds that this way allocates no more than ten bytes for each
// byte of the feed.
func TestAllocation(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates too")
	}
	body := median()
	if len(body) < 70<<10 || len(body) > 84<<10 {
		t.Fatalf("the feed has %d bytes", len(body))
	}
	whole(t, body) // warms the pools
	const times = 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range times {
		whole(t, body)
	}
	runtime.ReadMemStats(&after)
	if per := float64(after.TotalAlloc-before.TotalAlloc) / float64(times*len(body)); per > 10 {
		t.Errorf("%.1f bytes are allocated for each byte", per)
	}
}
