package parse

import (
	"bytes"
	"compress/gzip"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// hostile are documents of about n parts that cost a parser without bounds far more
// than their size: minutes, gigabytes, the stack.
func hostile(n int) map[string]string {
	rep := strings.Repeat
	feed := func(inside string) string {
		return `<rss version="2.0"><channel><item><title>Kept</title></item>` + inside + `</channel></rss>`
	}
	lol := `<!DOCTYPE rss [<!ENTITY a "` + rep("ha", 500) + `">`
	for c := byte('b'); c < 'l'; c++ {
		lol += "<!ENTITY " + string(c) + ` "` + rep("&"+string(c-1)+";", 10) + `">`
	}
	return map[string]string{
		"nesting":           feed(rep("<x>", n) + rep("</x>", n)),
		"nesting in text":   feed("<item><description>" + rep("<div>", n) + rep("</div>", n) + "</description></item>"),
		"nesting of media":  `<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><item><title>Kept</title></item><item>` + rep("<media:content>", n) + "</item></channel></rss>",
		"unclosed titles":   feed("<item>" + rep("<title", n)),
		"namespaces":        `<rss version="2.0"` + rep(` xmlns:abcdefgh="http://x.example/"`, n/10) + `><channel><item><title>Kept</title></item></channel></rss>`,
		"namespaces nested": feed("<item>" + rep(`<x xmlns:p="http://x.example/">`, n/10) + "</item>"),
		"items":             feed(rep("<item/>", n)),
		"items with titles": feed(rep("<item><title>x</title></item>", n)),
		"categories":        feed("<item>" + rep("<category>c</category>", n)),
		"attributes":        feed("<item><enclosure " + rep(`a="b" `, n) + "/></item>"),
		"entity bomb":       lol + "]>" + feed("<item><title>"+rep("&k;", n)+"</title></item>"),
		"entity references": `<!DOCTYPE rss [<!ENTITY a "` + rep("ha", 20000) + `">]>` + feed("<item><title>"+rep("&a;", n)+"</title></item>"),
		"end tags":          feed(rep("</x>", n)),
		"comments open":     feed(rep("<!--", n)),
		"cdata open":        feed(rep("<![CDATA[", n)),
		"doctypes":          rep("<!DOCTYPE rss [", n/10) + feed(""),
		"quotes":            feed(rep(`<item a="`, n)),
		"ampersands":        feed("<item><title>" + rep("&", 2*n) + "</title></item>"),
		"less-than":         feed("<item><title>" + rep("<", 2*n) + "</title></item>"),
		"json nesting":      `{"version":"https://jsonfeed.org/version/1","x":` + rep("[", n),
		"json items":        `{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","title":"Kept"}` + rep(",{}", n) + `]}`,
		"json nulls":        `{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","title":"Kept"}` + rep(",null", n) + `]}`,
		"json commas":       `{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","title":"Kept"},` + rep(`{"id":"\x",},`, n/4) + `]}`,
		"json comments":     `{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","title":"Kept"}],"x":[,` + rep(`/*`, n) + `]}`,
		"json cut off":      `{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","title":"Kept"}` + rep(`,{"a":[`, n/10),
		"cdata in titles":   feed(rep("<item><title><![CDATA[x</title></item>", n/10)),
		"cdata at the end":  feed(rep("<![CDATA[", n) + "<item/>]]>"),
		"cdata in cdata":    feed("<item><description>" + rep("<![CDATA[", n) + rep("]]>", n) + "</description></item>"),
		"comments misspelt": feed(rep("<!-- --!>", n)),
		"titles open":       feed("<item>" + rep("<title>x<link>y", n)),
		"titles open twice": feed(rep("<item><title>x<link>y<guid>z</item>", n/10)),
		"end tags misspelt": feed("<item>" + rep("<title>x</titel><link>y</lnik>", n/10)),
		"end tags of lists": feed("<item><description>" + rep("</li></ul>", n)),
		"roots":             feed("") + rep("<rss><channel><item><title>Kept</title></item></channel></rss>", n/20),
		"roots without end": "<html>" + rep("<rss ", n),
		"escaped":           "<pre>" + rep("&lt;rss&gt;", n),
		"damaged JSON":      `{"version":"https://jsonfeed.org/version/1.1","items":[` + rep(`{"id":"a","url"`, n),
		"damaged JSON too":  `{"version":"https://jsonfeed.org/version/1.1","items":[` + rep(`{"a":[{"b":1,"c" `, n),
		"damaged strings":   `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1"}}` + rep(`,{"id":"a`, n),
		"misspelt":          feed(rep("<x>a</title>", n) + "<wrap>" + rep("<y>b</z>", n)),
		"strays":            feed(rep("<x>", 200) + rep("<y/></item></z>", n)),
		"items in nothing":  feed(rep("<x><y><item><z>", n)),
		"spaced":            feed(rep("<  item", n) + rep("< /title", n)),
		"torn marks":        feed("<item><title>" + rep("<[CDATA[", n)),
		"names in persons":  feed(rep("<a:author xmlns:a='http://www.w3.org/2005/Atom'>x", n)),
		"surrogates":        feed("<item><title>" + rep("&#xD800;", n) + "</title></item>"),
		"bad bytes":         feed("<item><title>" + rep("\xe6\x97é", n) + "</title></item>"),
		"control":           feed("<item><title>" + rep("\x01", n) + "</title></item>"),
		"instructions":      feed(rep("<?", n)),
		"declarations":      rep("<?xml ", n) + feed(""),
		"subsets":           feed(rep("<!DOCTYPE x [", n)),
		"scripts":           "<html>" + rep("<script>", n),
		"page of links":     "<html>" + rep(`<a href="/feed">x</a>`, n),
	}
}

// TestHostile asks of each document that it is read or refused within bounds of
// time and memory, and that what came before the attack is kept.
func TestHostile(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine works; it runs without the detector")
	}
	for name, text := range hostile(200_000) {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			doc, err := Parse([]byte(text), "")
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if took > 3*time.Second {
				t.Errorf("took %v for %d bytes", took, len(text))
			}
			if spent := after.TotalAlloc - before.TotalAlloc; spent > 64<<20 {
				t.Errorf("allocated %d MB for %d bytes", spent>>20, len(text))
			}
			var not *NotFeed
			switch {
			case err != nil && !errors.As(err, &not):
				t.Error(err)
			case err == nil && (len(doc.Items) == 0 || doc.Items[0].Title.Value != "Kept"):
				t.Errorf("lost the item before: %d items, mended %v", len(doc.Items), doc.Mended)
			case err == nil && len(doc.Items) > maxItems:
				t.Errorf("%d items", len(doc.Items))
			}
		})
	}
}

// A bomb that leaves no item with anything to read is an error, and not a feed
// without news; one among good items costs no more than the item it is in.
func TestBombs(t *testing.T) {
	laughs := `<!DOCTYPE rss [<!ENTITY a0 "lol">`
	for c := '1'; c <= '9'; c++ {
		laughs += "<!ENTITY a" + string(c) + ` "` + strings.Repeat("&a"+string(c-1)+";", 10) + `">`
	}
	laughs += "]>"
	rss := func(inside string) string {
		return `<rss version="2.0"><channel><title>News</title>` + inside + `</channel></rss>`
	}
	atom := func(inside string) string { return `<feed xmlns="http://www.w3.org/2005/Atom">` + inside + `</feed>` }
	const good, deep = "<item><title>Kept</title></item>", 100_000
	bad := `<item><title>&a9;</title><link>https://a.example/bad</link></item>`
	for name, c := range map[string]struct {
		text, reason string // reason: of the error; empty if the good item is to be kept
	}{
		"laughs":               {laughs + rss(bad), "entity bomb"},
		"laughs in the head":   {laughs + rss("<description>&a9;</description>"), "entity bomb"},
		"laughs in atom":       {laughs + atom("<entry><title>&a9;</title><id>x</id></entry>"), "entity bomb"},
		"laughs in xhtml":      {laughs + atom(`<entry><content type="xhtml"><div>&a9;</div></content></entry>`), "entity bomb"},
		"one large, much used": {`<!DOCTYPE rss [<!ENTITY a "` + strings.Repeat("ha", 20000) + `">]>` + rss("<item><title>"+strings.Repeat("&a;", 1000)+"</title></item>"), "entity bomb"},
		"laughs after good":    {laughs + rss(good+bad), ""},
		"laughs before good":   {laughs + rss(bad+good), ""},
		"unclosed":             {"<rss><channel>" + strings.Repeat("<a>", deep), "nesting bomb"},
		"unclosed in atom":     {atom(strings.Repeat("<a>", deep)), "nesting bomb"},
		"nested in an item":    {rss("<item>" + strings.Repeat("<a>", deep)), "nesting bomb"},
		"nested in a text":     {rss("<item><description>" + strings.Repeat("<b>", deep) + "</description></item>"), "nesting bomb"},
		"nested after good":    {rss(good + strings.Repeat("<a>", deep)), ""},
		"nested before good":   {rss(strings.Repeat("<a>", deep) + strings.Repeat("</a>", deep) + good), ""},
	} {
		doc, err := Parse([]byte(c.text), "")
		var not *NotFeed
		switch {
		case c.reason == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.reason == "" && !slices.ContainsFunc(doc.Items, func(it Item) bool { return it.Title.Value == "Kept" }):
			t.Errorf("%s: lost the good item, mended %v", name, doc.Mended)
		case c.reason != "" && (!errors.As(err, &not) || !strings.Contains(not.Reason, c.reason)):
			t.Errorf("%s: %v, want %s", name, err, c.reason)
		}
	}
}

// TestLinearTime asks that eight times as much of an attack costs about eight times
// the time, and not sixty-four times.
func TestLinearTime(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine has nothing to race with; it runs without the detector")
	}
	const n, times = 10_000, 8
	small, large := hostile(n), hostile(times*n)
	for name := range small {
		best := func(text string) time.Duration {
			least := time.Hour
			for range 3 {
				start := time.Now()
				Parse([]byte(text), "")
				least = min(least, time.Since(start))
			}
			return least
		}
		a, b := best(small[name]), best(large[name])
		for try := 0; try < 4 && b > 100*time.Millisecond && b > 3*times*a; try++ { // somebody else is busy
			a, b = max(a, best(small[name])), min(b, best(large[name]))
		}
		if b > 100*time.Millisecond && b > 3*times*a {
			t.Errorf("%s: %v for %d bytes, %v for %d", name, a, len(small[name]), b, len(large[name]))
		}
	}
}

// TestSize asks that a document far beyond MaxBytes, packed or not, is read to
// there, with what it has.
func TestSize(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine works; it runs without the detector")
	}
	item := "<item><title>Kept</title><description>" + strings.Repeat("tide ", 20_000) + "</description></item>"
	large := []byte(`<rss version="2.0"><channel>` + strings.Repeat(item, 2*MaxBytes/len(item)) + "</channel></rss>")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(large)
	z.Close()
	for name, body := range map[string][]byte{"plain": large, "packed": packed.Bytes()} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		doc, err := Parse(body, "")
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(name, err)
		}
		if n := len(doc.Items); n < MaxBytes/len(item)-1 || doc.Items[0].Title.Value != "Kept" {
			t.Errorf("%s: %d items", name, n)
		}
		if !slices.ContainsFunc(doc.Mended, func(s string) bool { return strings.Contains(s, "longer than") }) {
			t.Errorf("%s: mended %v", name, doc.Mended)
		}
		if spent := after.TotalAlloc - before.TotalAlloc; spent > 8*MaxBytes {
			t.Errorf("%s: allocated %d MB", name, spent>>20)
		}
	}
}

// TestLongText asks that a text of many megabytes is cut, between characters, and the
// items behind it are kept.
func TestLongText(t *testing.T) {
	long := strings.Repeat("é ", maxText/2)
	for _, body := range []string{
		"<rss><channel><item><description>" + long + "</description></item><item><title>Kept</title></item></channel></rss>",
		"<feed><entry><content>" + long + "</content></entry><entry><title>Kept</title></entry></feed>",
		`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","content_html":"` + long + `"},{"id":"2","title":"Kept"}]}`,
	} {
		doc, err := Parse([]byte(body), "")
		if err != nil || len(doc.Items) != 2 || doc.Items[1].Title.Value != "Kept" {
			t.Fatalf("%.20s: %v", body, err)
		}
		if x := firstText(doc.Items[0].Content, doc.Items[0].Summary).Value; len(x) > maxText || len(x) < maxText-4 || !utf8.ValidString(x) {
			t.Errorf("%.20s: a text of %d bytes", body, len(x))
		}
	}
}
