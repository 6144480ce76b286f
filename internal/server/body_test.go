package server

import (
	"html/template"
	"strings"
	"testing"

	"tidings/internal/feed"
	"tidings/internal/sanitize"
)

func TestPresent(t *testing.T) {
	s := sanitize.New()
	const table = `<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>`
	for in, want := range map[string]string{
		`plain <b>text</b>`:                                                                          `plain <b>text</b>`,
		`<img src="https://a.example/p.png">`:                                                        `<img alt="" src="https://a.example/p.png" loading="lazy" decoding="async">`,
		`<img src="https://a.example/p.png" alt="A hen">`:                                            `<img src="https://a.example/p.png" alt="A hen" loading="lazy" decoding="async">`,
		`<img src="https://a.example/p.png" title=" alt=&quot;x">`:                                   `<img alt="" title="alt=&#34;x" src="https://a.example/p.png" loading="lazy" decoding="async">`,
		`<h1 lang="de">T</h1> <h1>U`:                                                                 `<h2 lang="de">T</h2> <h2>U</h2>`,
		`<pre>a &lt;b</pre><table><tr><td>1</table>`:                                                 `<pre tabindex="0" role="group" aria-label="Code">a &lt;b</pre>` + table + `<tr><td>1</td></tr></table></div>`,
		`<table><tr><td><table><tr><td>2</table></table>`:                                            table + `<tr><td>` + table + `<tr><td>2</td></tr></table></div></td></tr></table></div>`,
		`<img src="https://a.example/p.png" title="x alt=">`:                                         `<img alt="" title="x alt=" src="https://a.example/p.png" loading="lazy" decoding="async">`,
		`<article><aside>x</aside></article>`:                                                        `<div><div>x</div></div>`,
		`<main dir="rtl"><nav><p>x</p></nav></main>`:                                                 `<div dir="rtl"><div><p>x</p></div></div>`,
		`<a href="https://a.example/h1" title="<h1>">main &lt;nav&gt; h1</a>`:                        `<a title="&lt;h1&gt;" href="https://a.example/h1" rel="noopener noreferrer">main &lt;nav&gt; h1</a>`,
		`<video src="https://a.example/v.mp4"><track default src="https://a.example/v.vtt"></video>`: `<video src="https://a.example/v.mp4" controls="" preload="none"><track src="https://a.example/v.vtt"></video>`,
	} {
		if got := string(presenter{}.text(string(s.HTML(in, nil)))); got != want {
			t.Errorf("%s\n = %s\nnot %s", in, got, want)
		}
	}
	for _, cut := range []feed.HTML{"cut <", "cut <img", `cut <a title="`, `cut <img alt="x`} {
		if got := (presenter{}).text(string(cut)); got != "cut " {
			t.Errorf("cut off: %s", got)
		}
	}
}

// Footnotes lead there and back, whatever other text stands on the page, and also where
// the publisher wrote their addresses out.
func TestPlacesInATextBelongToIt(t *testing.T) {
	s := sanitize.New()
	p := newPresenter(nil, 7, "https://a.example/post?a=1&b=2")
	for in, want := range map[string]string{
		`<a href="#fn:1" id="r1">1</a><p id="fn:1">x <a href="#r1">↩</a>`:            `<a id="u-7-r1" href="#u-7-fn:1" rel="noopener noreferrer">1</a><p id="u-7-fn:1">x <a href="#u-7-r1" rel="noopener noreferrer">↩</a></p>`,
		`<a href="https://a.example/post?a=1&amp;b=2#n">1</a><p id="n">x`:            `<a href="#u-7-n" rel="noopener noreferrer">1</a><p id="u-7-n">x</p>`,
		`<a href="https://a.example/post?a=1&amp;b=2#gone">1</a>`:                    `<a href="https://a.example/post?a=1&amp;b=2#gone" rel="noopener noreferrer">1</a>`,
		`<a href="https://b.example/post#n">1</a><p id="n">x`:                        `<a href="https://b.example/post#n" rel="noopener noreferrer">1</a><p id="u-7-n">x</p>`,
		`<a href="#fußnote">1</a><p id="fußnote">x`:                                  `<a href="#u-7-fu%C3%9Fnote" rel="noopener noreferrer">1</a><p id="u-7-fußnote">x</p>`,
		`<img usemap="#m" src="https://a.example/p.png" alt=""><map name="m"></map>`: `<img src="https://a.example/p.png" alt="" usemap="#u-7-m" loading="lazy" decoding="async"><map name="u-7-m"></map>`,
	} {
		if got := string(p.text(string(s.HTML(in, nil)))); got != want {
			t.Errorf("%s\n = %s\nnot %s", in, got, want)
		}
	}
}

// What looks like an attribute may be the end of the value of another.
func TestAttributesAreNotFoundInValues(t *testing.T) {
	const attrs = ` title="x src=" alt="y data-large=" src="https://a.example/p.png" loading="lazy"`
	if before, value, after, found := cutAttribute(attrs, "src"); before != ` title="x src=" alt="y data-large="` || value != "https://a.example/p.png" || after != ` loading="lazy"` || !found {
		t.Errorf("%q %q %q %v", before, value, after, found)
	}
	for _, none := range []string{"data-large", "width", "x src"} {
		if _, value, _, found := cutAttribute(attrs, none); value != "" || found {
			t.Errorf("%s is %q", none, value)
		}
	}
	w := newWorld(t, 0, nil)
	hung := string(w.hang(template.HTML("<p><img"+attrs+">"), "https://a.example/feed"))
	if want := `<p><img title="x src=" alt="y data-large=" src="/picture/`; !strings.HasPrefix(hung, want) {
		t.Errorf("%s\nbegins otherwise than %s", hung, want)
	}
}

func TestPicturesLeadToTheirLargeForm(t *testing.T) {
	for in, want := range map[template.HTML]template.HTML{
		`<p>no picture</p>`: `<p>no picture</p>`,
		`<img alt="A hen" src="/picture/s/800?x" data-large="/picture/s/2400?x">`:            `<a class="large" href="/picture/s/2400?x" rel="noopener noreferrer"><img alt="A hen" src="/picture/s/800?x" data-large="/picture/s/2400?x"></a>`,
		`<figure><img alt="" src="https://a.example/p.png"></figure>`:                        `<figure><a class="large" href="https://a.example/p.png" rel="noopener noreferrer" aria-label="Open the picture large"><img alt="" src="https://a.example/p.png"></a></figure>`,
		`<a href="https://a.example/"><b><img alt="" src="https://a.example/p.png"></b></a>`: `<a href="https://a.example/"><b><img alt="" src="https://a.example/p.png"></b></a>`,
		`<img alt=":)" width="16" src="https://a.example/p.png">`:                            `<img class="small" alt=":)" width="16" src="https://a.example/p.png">`,
		`<img alt="" src="data:image/png;base64,AAAA">`:                                      `<img alt="" src="data:image/png;base64,AAAA">`,
		`<img alt="" usemap="#u-m" src="https://a.example/p.png">`:                           `<img alt="" usemap="#u-m" src="https://a.example/p.png">`,
		`<img alt="nothing to show">`:                                                        `<img alt="nothing to show">`,
	} {
		if got := enlarge(nil, in); got != want {
			t.Errorf("%s\n = %s\nnot %s", in, got, want)
		}
	}
}

// FuzzPresent holds for whatever sanitize lets pass: no word is lost, and none comes.
func FuzzPresent(f *testing.F) {
	f.Add(`<p id=a><table><td><img src=https://a.example/p.png><a href=#a><img src=b>`)
	f.Add(`<ruby><table><a><button><img src="https://a.example/x.png">`)
	s := sanitize.New()
	p := newPresenter(nil, 7, "https://a.example/")
	f.Fuzz(func(t *testing.T, in string) {
		out := enlarge(nil, p.text(string(s.HTML(in, nil))))
		if n := len(out); n > 40*len(in)+200 {
			t.Errorf("%d bytes of %d", n, len(in))
		}
		if again := s.HTML(string(out), nil); sanitize.Text(again) != sanitize.Text(s.HTML(in, nil)) {
			t.Errorf("other words: %q", out)
		}
	})
}
