package poller

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
)

// fifty is a feed of 50 items of about 3 KB, the newest of which is number last.
func fifty(last int) *fetch.Response {
	var b strings.Builder
	b.WriteString(`<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>The Quay</title><link>https://quay.example/</link>`)
	for i := last; i > last-50; i-- {
		fmt.Fprintf(&b, `<item><title>Ship no. %d arrives</title><link>https://quay.example/%[1]d</link><guid isPermaLink="false">ship-%[1]d</guid>
<pubDate>%s</pubDate><content:encoded><![CDATA[`, i, time.Unix(1_770_000_000+int64(i)*3600, 0).UTC().Format(time.RFC1123))
		for j := range 16 {
			fmt.Fprintf(&b, `<p class="x">Crane %d lifted <b>%d boxes</b> off <a href="/ships/%d">the ship</a>, and nobody on the quay was surprised, least of all the gulls.</p>`, j, i*j, i)
		}
		b.WriteString(`]]></content:encoded></item>`)
	}
	b.WriteString(`</channel></rss>`)
	body := []byte(b.String())
	return &fetch.Response{URL: "https://quay.example/feed", Status: 200, ContentType: "application/rss+xml", Body: body, Hash: sha256.Sum256(body), Bytes: int64(len(body))}
}

// followed is a feed after its first poll: its claim, and what is known of it.
func followed(tb testing.TB, now time.Time) (feed.Claim, map[feed.Key]feed.Known) {
	tb.Helper()
	c := feed.Claim{Subscription: feed.Subscription{ID: 7, URL: "https://quay.example/feed"}}
	h := gather(c, fifty(50), nil, nothing, now)
	if len(h.harvest.Arrivals) != 50 {
		tb.Fatalf("first poll: %d arrivals", len(h.harvest.Arrivals))
	}
	known := map[feed.Key]feed.Known{}
	for i, a := range h.harvest.Arrivals {
		for _, k := range a.Keys {
			known[k] = feed.Known{Entry: uint64(i + 1), Hash: a.Hash, Served: int32(now.Unix() / 86400)}
		}
	}
	c.State = h.harvest.State
	return c, known
}

func nothing() (map[feed.Key]feed.Known, error) { return nil, nil }

// TestOneNewOfFifty holds that items that are known by their hash are neither
// cleaned nor written, and so cost next to no memory; BenchmarkOneNewOfFifty
// says the same in time.
func TestOneNewOfFifty(t *testing.T) {
	now := time.Unix(1_775_000_000, 0)
	c, known := followed(t, now)
	remember := func() (map[feed.Key]feed.Known, error) { return known, nil }
	h := gather(c, fifty(51), nil, remember, now)
	if len(h.harvest.Arrivals) != 1 || h.harvest.Arrivals[0].Entry.Title != "Ship no. 51 arrives" || len(h.harvest.Served) != 0 {
		t.Fatalf("%d arrivals, %d served", len(h.harvest.Arrivals), len(h.harvest.Served))
	}
	changed := fifty(51)
	changed.Body = bytes.Replace(changed.Body, []byte("Ship no. 30 arrives"), []byte("Ship no. 30 is late"), 1)
	if h := gather(c, changed, nil, remember, now); len(h.harvest.Arrivals) != 2 {
		t.Fatalf("%d arrivals when one item is new and one is changed", len(h.harvest.Arrivals))
	}
	first, again := fifty(50), fifty(51)
	all := testing.AllocsPerRun(10, func() { gather(feed.Claim{Subscription: c.Subscription}, first, nil, nothing, now) })
	one := testing.AllocsPerRun(10, func() { gather(c, again, nil, remember, now) })
	if one > all/2 {
		t.Errorf("the poll of 1 new item of 50 allocates %.0f times, the first poll %.0f times", one, all)
	}
}

// BenchmarkFirstPoll reads a feed of 50 items that are all new, from the bytes to
// the harvest.
func BenchmarkFirstPoll(b *testing.B) {
	now, resp := time.Unix(1_775_000_000, 0), fifty(50)
	c := feed.Claim{Subscription: feed.Subscription{ID: 7, URL: "https://quay.example/feed"}}
	b.ReportAllocs()
	b.SetBytes(int64(len(resp.Body)))
	for b.Loop() {
		gather(c, resp, nil, nothing, now)
	}
}

// BenchmarkOneNewOfFifty reads the same feed when one item is new.
func BenchmarkOneNewOfFifty(b *testing.B) {
	now, resp := time.Unix(1_775_000_000, 0), fifty(51)
	c, known := followed(b, now)
	b.ReportAllocs()
	b.SetBytes(int64(len(resp.Body)))
	for b.Loop() {
		gather(c, resp, nil, func() (map[feed.Key]feed.Known, error) { return known, nil }, now)
	}
}
