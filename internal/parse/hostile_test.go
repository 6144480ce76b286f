package parse

import (
	"errors"
	"runtime"
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
