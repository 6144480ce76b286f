package parse

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// hostile are documents that cost a parser without bounds far more than their
// size: minutes, gigabytes, the stack.
func hostile() map[string]string {
	const n = 200_000
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
		"page of links":     "<html>" + rep(`<a href="/feed">x</a>`, n),
	}
}

// TestHostile asks of each document that it is read or refused within bounds of
// time and memory, and that what came before the attack is kept.
func TestHostile(t *testing.T) {
	for name, text := range hostile() {
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
