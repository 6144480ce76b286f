package article

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tidings/internal/sanitize"
)

// sentence is long enough that three of it are an article.
const sentence = "The council of Oakbridge met on Monday evening, and voted nine to two to keep the old bridge open to carts, walkers and the goose market. "

// page is a page as sites make them, around a body of an article.
func page(head, body string) string {
	return `<!doctype html><html lang="en"><head><title>Old bridge stays open | Oakbridge Courier</title>` + head + `</head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<div class="cookie-banner">We value your privacy. <button>Accept all</button></div>
<article><h1>Old bridge stays open</h1>` + body + `</article>
<aside class="sidebar"><h2>Most read</h2><ul><li><a href="/a">Goose escapes</a></li><li><a href="/b">Rain tomorrow</a></li></ul></aside>
<footer>© Oakbridge Courier <a href="/imprint">Imprint</a></footer></body></html>`
}

func paragraphs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<p>%d. %s</p>", i, strings.Repeat(sentence, 2))
	}
	return b.String()
}

func extractFrom(t *testing.T, html string) Article {
	t.Helper()
	a, err := Extract([]byte(html), "text/html; charset=utf-8", "https://courier.example/news/bridge.html?page=1")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestTheArticleComesWithoutWhatStandsAroundIt(t *testing.T) {
	a := extractFrom(t, page("", paragraphs(4)))
	text := sanitize.Text(a.Text)
	for _, want := range []string{"0. The council of Oakbridge", "3. The council"} {
		if !strings.Contains(text, want) {
			t.Errorf("the article lacks %q: %s", want, text)
		}
	}
	for _, not := range []string{"Sport", "Accept all", "Goose escapes", "Imprint"} {
		if strings.Contains(text, not) {
			t.Errorf("%q is not of the article: %s", not, text)
		}
	}
	if strings.Contains(string(a.Text), "readability") {
		t.Errorf("the tool shows: %s", a.Text)
	}
	if a.Title == "" || a.Paid {
		t.Errorf("title %q, paid %v", a.Title, a.Paid)
	}
}

func TestAddressesAreAbsoluteAndPlacesInTheTextStayInIt(t *testing.T) {
	body := paragraphs(3) + `<p>` + sentence + `<a href="more.html">more</a><sup id="r1"><a href="#fn1">1</a></sup>` + sentence + `</p>
<figure><img src="/img/bridge.jpg" alt="The bridge"><figcaption>The bridge by night</figcaption></figure>` + paragraphs(2) +
		`<ol><li id="fn1">` + sentence + `<a href="#r1">back</a></li></ol>`
	a := extractFrom(t, page("", body))
	for _, want := range []string{`href="https://courier.example/news/more.html"`, `src="https://courier.example/img/bridge.jpg"`, `href="#u-fn1"`, `id="u-fn1"`, `id="u-r1"`, `href="#u-r1"`, "<figcaption>"} {
		if !strings.Contains(string(a.Text), want) {
			t.Errorf("no %s in %s", want, a.Text)
		}
	}
	based := extractFrom(t, page(`<base href="https://cdn.example/x/">`, body))
	if want := `href="https://cdn.example/x/more.html"`; !strings.Contains(string(based.Text), want) {
		t.Errorf("the page's base doesn't count: %s", based.Text)
	}
}

func TestWhatActsIsLeftOut(t *testing.T) {
	body := paragraphs(3) + `<p onclick="alert(1)">` + sentence + `<a href="javascript:alert(1)">x</a><img src=x onerror=alert(1)><script>alert(1)</script></p>` +
		`<svg><script>alert(1)</script></svg><iframe srcdoc="<script>alert(1)</script>"></iframe>` + paragraphs(2)
	for _, not := range []string{"alert", "javascript:", "<script", "<svg", "<iframe", "onerror"} {
		if a := extractFrom(t, page("", body)); strings.Contains(string(a.Text), not) {
			t.Errorf("%s in %s", not, a.Text)
		}
	}
}

func TestWhatIsNoArticleIsSaidToBeNone(t *testing.T) {
	subscribers := `<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree": "False"}</script>`
	for _, c := range []struct {
		name, body, contentType string
		want                    error
	}{
		{"a PDF", "%PDF-1.7 …", "application/pdf", ErrNotHTML},
		{"a PDF that doesn't say so", "%PDF-1.7\n", "", ErrNotHTML},
		{"JSON", `{"a": 1}`, "application/json", ErrNotHTML},
		{"a page of links", page("", "<p>See below.</p>"), "text/html", ErrUnreadable},
		{"nothing", "", "text/html", ErrUnreadable},
		{"a page for subscribers", page(subscribers, "<p>Subscribe to read on.</p>"), "text/html", ErrPaid},
		{"too deep", strings.Repeat("<div>", 100000) + sentence, "text/html", ErrUnreadable},
		{"too many elements", strings.Repeat("<p>x</p>", maxElements+1), "text/html", ErrUnreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := Extract([]byte(c.body), c.contentType, "https://courier.example/a")
			if !errors.Is(err, c.want) {
				t.Errorf("got %v and %q, want %v", err, a.Text, c.want)
			}
		})
	}
}

func TestAnArticleForSubscribersIsKnownByItsOwnWord(t *testing.T) {
	for _, head := range []string{
		`<script type="application/ld+json">{"isAccessibleForFree":false}</script>`,
		`<meta itemprop="isAccessibleForFree" content="False">`,
		`<script type="application/ld+json">{"isAccessibleForFree": "http://schema.org/False"}</script>`,
	} {
		if a := extractFrom(t, page(head, paragraphs(4))); !a.Paid || a.Text == "" {
			t.Errorf("%s: paid %v, %d bytes", head, a.Paid, len(a.Text))
		}
	}
	if a := extractFrom(t, page(`<script type="application/ld+json">{"isAccessibleForFree":true}</script>`, paragraphs(4))); a.Paid {
		t.Error("a free page is taken for one that isn't")
	}
}

func TestCharsetsOfPagesAreRead(t *testing.T) {
	body := strings.ReplaceAll(page("<meta charset=iso-8859-1>", paragraphs(4)+"<p>Gr\xfc\xdfe aus M\xfcnchen. "+sentence+"</p>"), "©", "")
	a, err := Extract([]byte(body), "text/html", "https://courier.example/")
	if err != nil || !strings.Contains(string(a.Text), "Grüße aus München") {
		t.Errorf("%v: %s", err, a.Text)
	}
}

// TestHostilePagesEndInTime feeds what parsers are slow at. The bound is far above
// what any of them takes, and far below what would keep a poller busy.
func TestHostilePagesEndInTime(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine works; it runs without the detector")
	}
	hostile := map[string]string{
		"links":      strings.Repeat(`<a href="/x">x</a> `, maxElements),
		"tables":     strings.Repeat("<table><tr><td>x", 400),
		"nested":     strings.Repeat("<div><p>"+sentence, 200),
		"attributes": "<p " + strings.Repeat("a=1 ", 100000) + ">" + sentence,
		"json":       `<script type="application/ld+json">` + strings.Repeat("[", 1<<20) + "</script>" + paragraphs(3),
		"text":       "<p>" + strings.Repeat("a, ", 1<<20) + "</p>",
		"brs":        "<div>" + strings.Repeat("<br>x<br><br>", 7000) + "</div>",
		"noscript":   strings.Repeat(`<img src=a><noscript><img src=b></noscript>`, 5000),
	}
	for name, body := range hostile {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, _ = Extract([]byte(body), "text/html", "https://hostile.example/")
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("took %v", took)
			} else {
				t.Log(took)
			}
		})
	}
}

func FuzzExtract(f *testing.F) {
	f.Add(page("", paragraphs(3)))
	f.Add(`<base href="//x"><p id=a>` + sentence + sentence)
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Extract([]byte(s), "text/html", "https://fuzz.example/")
		if err == nil && sanitizer().HTML(string(a.Text), nil) != a.Text {
			t.Errorf("not sanitised: %q", a.Text)
		}
	})
}

func BenchmarkExtract(b *testing.B) {
	body := []byte(page("", paragraphs(40)))
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := Extract(body, "text/html", "https://courier.example/"); err != nil {
			b.Fatal(err)
		}
	}
}
