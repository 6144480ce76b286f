package parse

import (
	"fmt"
	"strings"
	"testing"
)

// madeUp is an RSS feed of n items of about size bytes each, as weblog software
// writes them: a dozen namespaces, CDATA, escaped HTML.
func madeUp(n, size int) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
 xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>The Harbour Gazette</title><link>https://gazette.example/</link><description>News from the quay</description>
<atom:link href="https://gazette.example/feed/" rel="self" type="application/rss+xml"/><language>en-GB</language>
<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>`)
	para := "<p>The ferry to the <a href=\"/isles/\">northern isles</a> was late again &amp; nobody on the pier was surprised, least of all the gulls.</p>\n"
	for i := range n {
		fmt.Fprintf(&b, `<item><title>Ferry no. %d is late &amp;#8212; again</title><link>https://gazette.example/2026/%d/</link>
<comments>https://gazette.example/2026/%[2]d/#comments</comments><dc:creator><![CDATA[Una Pellworm]]></dc:creator>
<pubDate>Tue, 0%[3]d Sep 2026 10:17:35 +0000</pubDate><category><![CDATA[Ships & Sea]]></category><category>Isles</category>
<guid isPermaLink="false">https://gazette.example/?p=%[2]d</guid><description><![CDATA[The ferry to the northern isles was late again&#8230;]]></description>
<content:encoded><![CDATA[%[4]s]]></content:encoded><wfw:commentRss>https://gazette.example/2026/%[2]d/feed/</wfw:commentRss><slash:comments>3</slash:comments>
<media:thumbnail url="https://gazette.example/img/%[2]d.jpg" width="640" height="480"/></item>`, i, i, i%9+1, strings.Repeat(para, size/len(para)))
	}
	b.WriteString("</channel></rss>")
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	body := madeUp(22, 2800) // about 77 KB, the median of real feeds
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(body, "application/rss+xml; charset=utf-8"); err != nil {
			b.Fatal(err)
		}
	}
}
