package sanitize

import (
	"strings"
	"testing"

	"tidings/internal/feed"
)

// goldens are shapes in which publishers write, each reduced to its oddity, with
// what comes of it. The page that they are on is https://site.example/blog/post.
var goldens = []struct{ name, in, want string }{
	{"plain text stays as it is", `Fish > fowl, "they" said`, `Fish > fowl, "they" said`},
	{"what only looks like a declaration", `a <!' b <! c`, `a &lt;!' b &lt;! c`},
	{"a declaration without end", `a <!DOCTYPE of fish`, `a &lt;!DOCTYPE of fish`},
	{"declarations", `a<!DOCTYPE html>b<!ELEMENT x>c<![if IE]>d<!-- e -->f<!>g`, `abcdfg`},
	{"entities", `caf&eacute; &amp; &#8220;bar&#8221; &lt;3 &nbsp;x`, "café &amp; “bar” &lt;3 \u00a0x"},
	{"WordPress: a block image", `<figure class="wp-block-image size-large" style="margin:0"><img fetchpriority="high" decoding="async" width="1024" height="683" src="/a.jpg" alt="A hen" class="wp-image-1" srcset="/a.jpg 1024w, /b.jpg 300w" sizes="auto"/><figcaption class="wp-element-caption">Hen</figcaption></figure>`,
		`<figure><img src="https://site.example/a.jpg" alt="A hen" width="1024" height="683" loading="lazy" decoding="async"><figcaption>Hen</figcaption></figure>`},
	{"WordPress: footnotes", `<p>Text<sup id="fnref-1"><a class="fn" href="#fn-1">1</a></sup></p><ol><li id="fn-1">Note <a href="#fnref-1">↩</a></li></ol>`,
		`<p>Text<sup id="u-fnref-1"><a href="#u-fn-1" rel="noopener noreferrer">1</a></sup></p><ol><li id="u-fn-1">Note <a href="#u-fnref-1" rel="noopener noreferrer">↩</a></li></ol>`},
	{"WordPress: statistics pixel", `<p>Hello</p><img alt="" border="0" src="https://pixel.wp.com/b.gif?host=site.example&#038;blog=1" width="1" height="1" />`, `<p>Hello</p>`},
	{"FeedBurner: flare and pixel", `<p>Hello</p><div class="feedflare"><a href="http://feeds.feedburner.com/~ff/x?a=1"><img src="http://feeds.feedburner.com/~ff/x?d=1" border="0"></img></a> <a href="http://feeds.feedburner.com/~ff/x?a=2"><img src="http://feeds.feedburner.com/~ff/x?i=2" border="0"></img></a></div><img src="http://feeds.feedburner.com/~r/x/~4/y" height="1" width="1" alt=""/>`,
		`<p>Hello</p>`},
	{"pixels by style, host and path", `a<img src="/c.gif" style="display: none !important">b<img src="https://stat.example/matomo.php?idsite=1">c<img src="https://x.met.vgwort.de/na/1">d<img src="/d.gif" hidden>e<img src="/e.gif" style="width:0;height:0">`,
		`abcde`},
	{"lazy image with placeholder, and once more for those without script", `<img class="lazyload" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7" data-src="/real.jpg" width="600"><noscript><img src="/real.jpg" width="600"></noscript><p>x</p>`,
		`<img src="https://site.example/real.jpg" width="600" loading="lazy" decoding="async"><p>x</p>`},
	{"an image in noscript alone", `<img src="data:image/svg+xml,%3Csvg/%3E"><noscript><img src="/real.jpg"></noscript>`,
		`<img src="https://site.example/real.jpg" loading="lazy" decoding="async">`},
	{"srcset without src", `<img srcset="/s.jpg 320w, /m.jpg 1200w,/l.jpg 2400w" alt=x>`,
		`<img src="https://site.example/m.jpg" alt="x" loading="lazy" decoding="async">`},
	{"srcset with commas in addresses", `<img srcset="/i/w_320,q_80/a.jpg 320w, /i/w_640,q_80/a.jpg 640w">`,
		`<img src="https://site.example/i/w_640,q_80/a.jpg" loading="lazy" decoding="async">`},
	{"picture", `<picture><source type="image/webp" srcset="/a.webp 1x, /a2.webp 2x"><img src="/a.jpg" alt="a"></picture>`,
		`<img src="https://site.example/a.jpg" alt="a" loading="lazy" decoding="async">`},
	{"a small picture in its address", `<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUA">`,
		`<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUA" loading="lazy" decoding="async">`},
	{"a large one", `<img src="data:image/png;base64,` + strings.Repeat("A", 40<<10) + `">x`, `x`},
	{"YouTube", `<div class="embed"><iframe title="YouTube video player" width="560" height="315" src="https://www.youtube-nocookie.com/embed/abc-DEF_1?rel=0&start=30" allowfullscreen></iframe></div>`,
		`<div><p><a href="https://www.youtube.com/watch?v=abc-DEF_1&amp;t=30" rel="noopener noreferrer">youtube.com</a></p></div>`},
	{"YouTube as Flash", `<object width="425" height="344"><param name="movie" value="http://www.youtube.com/v/abc"></param><embed src="http://www.youtube.com/v/abc&hl=en" type="application/x-shockwave-flash"></embed></object>`,
		`<p><a href="https://www.youtube.com/watch?v=abc" rel="noopener noreferrer">youtube.com</a></p>`},
	{"Vimeo, closed as in XHTML", `<p>See <iframe src="//player.vimeo.com/video/123?h=9"/> and read on.</p>`,
		`<p>See <a href="https://vimeo.com/123" rel="noopener noreferrer">vimeo.com</a> and read on.</p>`},
	{"SoundCloud", `<iframe src="https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/a/b&color=red"></iframe>`,
		`<p><a href="https://soundcloud.com/a/b" rel="noopener noreferrer">soundcloud.com</a></p>`},
	{"another frame", `<iframe src="https://charts.example/42/" title="Wheat prices since 1900"></iframe>`,
		`<p><a href="https://charts.example/42/" rel="noopener noreferrer">Wheat prices since 1900 (charts.example)</a></p>`},
	{"a bare frame has nothing to say beside a text", `a<iframe src="https://ads.example/box"></iframe>b`, `ab`},
	{"a bare frame with words for those without frames", `<iframe src="https://ads.example/box">See <b>this</b>.</iframe>`, `See <b>this</b>.`},
	{"a bare frame that is all there is", `<p><iframe src="https://tube.example/clip/9"></iframe></p>`,
		`<p></p><p><a href="https://tube.example/clip/9" rel="noopener noreferrer">tube.example</a></p>`},
	{"a list of tasks", `<ul><li><input type="checkbox" checked onclick="x()"> Sow</li><li><input type=checkbox disabled> Reap</li></ul>`,
		`<ul><li><input type="checkbox" checked="" disabled=""> Sow</li><li><input type="checkbox" disabled=""> Reap</li></ul>`},
	{"an image map", `<img src="/m.png" usemap="#isles" alt=""><map name="isles"><area shape=rect coords="0,0,9,9" href="/north" alt="North"></map>`,
		`<img src="https://site.example/m.png" alt="" usemap="#u-isles" loading="lazy" decoding="async"><map name="u-isles"><area alt="North" href="https://site.example/north" rel="noopener noreferrer" shape="rect" coords="0,0,9,9"></map>`},
	{"a picture that has words alone", `<img alt="A map">`, `<img alt="A map" loading="lazy" decoding="async">`},
	{"a link that held a counter alone", `<p>a</p><p><a href="/c"><img src="https://pixel.wp.com/b.gif"></a></p>`, `<p>a</p>`},
	{"what is empty stays", `<p></p><div></div><span></span><a></a><h1></h1><article></article><video></video>`,
		`<p></p><div></div><span></span><a></a><h1></h1><article></article><video controls="" preload="none"></video>`},
	{"br closed as in XHTML", `a<br></br>b</br>c`, `a<br>b<br>c`},
	{"pixels of other spellings", `a<img src="/c.gif" width="01">b<img src="/d.gif" height="1.0">c<img src="/e.gif" style="width: +1.0px">d<img src="/f.gif" style="position:absolute; left:-9999px">e<img src="/g.gif" style="display:none! important">f<img src="https://PIXEL.wp.com./g.gif">g<img src="https://x:y@pixel.wp.com:443/g.gif">`,
		`abcdefg`},
	{"small pictures that are none", `<img src="https://a.example/e.png" style="height: 1em; left: -2px" width="16">`,
		`<img src="https://a.example/e.png" width="16" loading="lazy" decoding="async">`},
	{"posters that count", `<video src="/v.mp4" poster="https://pixel.wp.com/b.gif"></video><video src="/v.mp4" poster="/p.gif" width="1" height="1"></video><video src="/v.mp4" poster="/p.jpg"></video>`,
		`<video src="https://site.example/v.mp4" controls="" preload="none"></video><video src="https://site.example/v.mp4" width="1" height="1" controls="" preload="none"></video><video src="https://site.example/v.mp4" poster="https://site.example/p.jpg" controls="" preload="none"></video>`},
	{"a frame that counts", `<iframe src="https://www.googletagmanager.com/ns.html?id=1" height="0" width="0"></iframe>x`, `x`},
	{"video", `<video autoplay loop muted playsinline width=640 poster="/p.jpg"><source src="/v.mp4" type="video/mp4"><track src="/v.vtt" kind=captions srclang=en label="English" default>Get a browser, or <a href="/v.mp4">this</a>.</video><p>x</p>`,
		`<video poster="https://site.example/p.jpg" width="640" controls="" preload="none"><source src="https://site.example/v.mp4" type="video/mp4"><track src="https://site.example/v.vtt" kind="captions" srclang="en" label="English" default=""></video><p>x</p>`},
	{"audio that is never closed", `<audio src="/a.mp3" autoplay><p>The text goes on.</p>`,
		`<audio src="https://site.example/a.mp3" controls="" preload="none"></audio><p>The text goes on.</p>`},
	{"links", `<a href="../about" target="_blank" onclick="x()">a</a> <a href="//cdn.example/x">b</a> <a href="mailto:a@b.example?subject=Hi there">c</a> <a href="javascript:void(0)">d</a> <a>e</a> <a href="">f</a>`,
		`<a href="https://site.example/about" rel="noopener noreferrer">a</a> <a href="https://cdn.example/x" rel="noopener noreferrer">b</a> <a href="mailto:a@b.example?subject=Hi%20there" rel="noopener noreferrer">c</a> <a>d</a> <a>e</a> <a>f</a>`},
	{"addresses that nobody encoded", `<a href="http://x.example/?a=1&copy=2&b=ü 100%">a</a> <a href="http://münchen.example/straße">b</a> <a href="http:\\x.example\y">c</a> <a href="http://u:p@x.example/">d</a>`,
		`<a href="http://x.example/?a=1&amp;copy=2&amp;b=ü%20100%" rel="noopener noreferrer">a</a> <a href="http://xn--mnchen-3ya.example/straße" rel="noopener noreferrer">b</a> <a href="http://x.example/y" rel="noopener noreferrer">c</a> <a href="http://x.example/" rel="noopener noreferrer">d</a>`},
	{"headings, landmarks and old elements", `<header><h1>T</h1></header><main><h2>U</h2><center><font color=red>V</font></center></main><tt>w</tt>`,
		`<header><h1>T</h1></header><main><h2>U</h2><center><font>V</font></center></main><tt>w</tt>`},
	{"unclosed paragraphs and items", `<p>a<p>b<ul><li>c<li>d<ul><li>e</ul><li>f</ul>g`,
		`<p>a</p><p>b</p><ul><li>c</li><li>d<ul><li>e</li></ul></li><li>f</li></ul>g`},
	{"stray ends", `</div></p></table>a</b></td></body></html>b`, `ab`},
	{"stray items", `<li>a</li><li>b</li><p>c</p>`, `<ul><li>a</li><li>b</li></ul><p>c</p>`},
	{"badly nested", `<b><i>a</b>b</i>c <b><p>d</b>e</p>f`, `<b><i>a</i></b><i>b</i>c <b><p>de</p></b>f`},
	{"a card in a paragraph", `<p><a href="/c"><div>Title</div><div>Text</div></a></p>`,
		`<div><a href="https://site.example/c" rel="noopener noreferrer">Title</a></div><div>Text</div>`},
	{"tables", `<table border=1 width=100%><caption>C</caption><thead><tr><th scope=col colspan=2>A<tbody><tr><td>1<td rowspan=0>2</table>`,
		`<table><caption>C</caption><thead><tr><th colspan="2" scope="col">A</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>`},
	{"text between the cells", `<table>a<tr>b<td>c</table>`, `<table><tr><td>a</td></tr><tr><td>b</td><td>c</td></tr></table>`},
	{"cells without a table", `<td>a</td><td>b</td>`, `ab`},
	{"definitions", `<dl><dt>a<dd>b<div><dt>c<dd>d</div></dl>`, `<dl><dt>a</dt><dd>b<div></div></dd><dt>c</dt><dd>d</dd></dl>`},
	{"code", "<pre class=\"hl\"><code class=\"go\"><span class=k>if</span> a &lt; b {\n\t<span> </span>}</code></pre>",
		"<pre><code><span>if</span> a &lt; b {\n\t<span> </span>}</code></pre>"},
	{"languages and directions", `<p dir="RTL" lang=ar>مرحبا <bdi>x</bdi></p><p xml:lang="de-CH">Grüezi</p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>`,
		`<p dir="rtl" lang="ar">مرحبا <bdi>x</bdi></p><p lang="de-CH">Grüezi</p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>`},
	{"details", `<details open class=x><summary>More</summary>Text</details>`, `<details open=""><summary>More</summary>Text</details>`},
	{"forms", `<form action=/s><label>Mail <input name=m></label><select><option>a</select><textarea>b</textarea><button>Send</button></form>x`, `<label>Mail <input disabled=""></label><select disabled=""></select><textarea disabled=""></textarea><button type="button" disabled="">Send</button>x`},
	{"a whole document", `<!DOCTYPE html><html><head><title>T</title><style>p{}</style></head><body><p>x</p></body></html>`, `<p>x</p>`},
	{"Word", `<!--[if gte mso 9]><xml><w:WordDocument/></xml><![endif]--><p class=MsoNormal>x<o:p>&nbsp;</o:p></p>`, "<p>x\u00a0</p>"},
	{"empty elements", `<p>&nbsp;</p><p> </p><div><b></b></div><p>x</p><a name="here"></a>`, `<p> </p><p> </p><div><b></b></div><p>x</p><a id="u-here"></a>`},
	{"XHTML", `<p>a<br/>b<hr/>c</p><div/><a id="q"/>d`, `<p>a<br>b</p><hr>c<div></div><a id="u-q"></a>d`},
	{"formulas", `<math alttext="x^2"><mi>x</mi></math> and <math><mi>y</mi><annotation>y_tex</annotation></math>`, `x^2 and y`},
	{"a drawing", `a<svg viewBox="0 0 1 1"><title>t</title><path d="M0"/></svg>b`, `ab`},
	{"escaped CDATA", `<![CDATA[<p>a</p>]]>b`, `<p>a</p>b`},
	{"cut off in a tag", `<p>a <a href="https://site.exa`, `<p>a </p>`},
	{"cut off in a comment", `<p>a<!-- b</p>`, `<p>a</p>`},
	{"a quote that is never closed", `<p>a <a href="/x>b</a> c</p>`, `<p>a <a href="https://site.example/x" rel="noopener noreferrer">b</a> c</p>`},
	{"control characters", "<p>a\x00b\x08c&#0;&#8;d\r\ne&#13;f</p>", "<p>abc\ufffdd\ne\nf</p>"},
	{"no UTF-8", "<p>caf\xe9</p>", "<p>caf\ufffd</p>"},
	{"AMP", `<amp-img src="/a.jpg" width=10 height=20 layout=responsive></amp-img>`, `<img src="https://site.example/a.jpg" width="10" height="20" loading="lazy" decoding="async">`},
	{"xkcd", `<img src="https://imgs.example/c.png" title="Hover &quot;text&quot; isn&#39;t lost" alt="C" />`,
		`<img title="Hover &#34;text&#34; isn't lost" src="https://imgs.example/c.png" alt="C" loading="lazy" decoding="async">`},
}

func TestGoldens(t *testing.T) {
	s, base := New(), address(t, "https://site.example/blog/post")
	for _, g := range goldens {
		t.Run(g.name, func(t *testing.T) {
			if got := check(t, s, g.in, base); got != g.want {
				t.Errorf("HTML(%q)\n = %s\nnot %s", g.in, got, g.want)
			}
		})
	}
}

func TestNoBase(t *testing.T) {
	const in = `<a href="/x">a</a> <a href="#n">b</a> <img src="c.png"> <img src="//cdn.example/d.png"> <a href="https://e.example/">e</a>`
	const want = `<a>a</a> <a href="#u-n" rel="noopener noreferrer">b</a>  <img src="https://cdn.example/d.png" loading="lazy" decoding="async"> <a href="https://e.example/" rel="noopener noreferrer">e</a>`
	if got := New().HTML(in, nil); string(got) != want {
		t.Errorf("%s\nnot %s", got, want)
	}
}

var titles = []struct{ in, want string }{
	{"", ""},
	{"A title", "A title"},
	{"R&D", "R&D"},
	{"AT&amp;T", "AT&T"},
	{"AT&amp;amp;T", "AT&T"},
	{"Dungeons&regions, Q&notes", "Dungeons&regions, Q&notes"},
	{"<b>Bold</b> move", "Bold move"},
	{"&lt;i&gt;x&lt;/i&gt;", "x"},
	{"&amp;lt;em&amp;gt;x&amp;lt;/em&amp;gt;", "x"},
	{"a < b and c > d", "a < b and c > d"},
	{"a<b and c>d", "a<b and c>d"},
	{"I <3 you", "I <3 you"},
	{"Vec<T> and Map<String, i>", "Vec<T> and Map<String, i>"},
	{"Use the <div> tag", "Use the <div> tag"},
	{"Use the &lt;div&gt; tag", "Use the <div> tag"},
	{"H<sub>2</sub>O &#8211; water", "H2O – water"},
	{"One<br/>two<p>three</p>", "One two three"},
	{`<a href="javascript:alert(1)">Click</a> <img src=x onerror=alert(1)>`, "Click"},
	{"<script>alert(1)</script>News<style>p{}</style>", "News"},
	{"<![CDATA[Nested]]", "Nested]]"},
	{"<!-- x -->y", "y"},
	{"  two \n\t lines\u00a0here\u2028and ", "two lines here and"},
	{"全角　スペース <b>猫</b>", "全角 スペース 猫"},
	{"عنوان \u202eevil\u202c \u2066x\u2069", "عنوان evil x"},
	{"soft\u00adhyphen zero\u200bwidth\ufeff", "soft\u00adhyphen zerowidth"},
	{"👩\u200d👧 می\u200cشود", "👩\u200d👧 می\u200cشود"},
	{"bell\x07 nul\x00 c1\u0090 caf\xe9", "bell nul c1 caf\ufffd"},
	{"&#x41;&#66; &hearts; &unknown; &", "AB ♥ &unknown; &"},
	{"</b>x", "</b>x"},
	{"x <b", "x <b"},
}

func TestTitle(t *testing.T) {
	for _, c := range titles {
		if got := Title(c.in); got != c.want {
			t.Errorf("Title(%q) = %q, not %q", c.in, got, c.want)
		}
	}
}

func TestText(t *testing.T) {
	s := New()
	for in, want := range map[string]string{
		"":                              "",
		"plain \n  text":                "plain text",
		"a > b":                         "a > b",
		"<p>a <b>b</b>c</p><p>d":        "a bc\nd",
		"<h1>T</h1>text<br>line":        "T\ntext\nline",
		"<ul><li>a<li>b</ul>c":          "a\nb\nc",
		"<table><tr><td>1<td>2":         "1 2",
		"x<img src=//a.example>y":       "x y",
		"R&amp;D &lt;3 &nbsp; &eacute;": "R&D <3 é",
		`<a href="https://a.example/?x=%3E" title="a > b">l</a>`: "l",
		"<p>漢字<ruby>漢<rt>kan</rt></ruby>":                        "漢字漢kan",
	} {
		if got := Text(s.HTML(in, nil)); got != want {
			t.Errorf("Text(HTML(%q)) = %q, not %q", in, got, want)
		}
	}
	if got := Text(feed.HTML("<p>cut <b")); got != "cut" {
		t.Errorf("cut off: %q", got)
	}
}

func TestWatchPage(t *testing.T) {
	for in, want := range map[string]string{
		"https://www.youtube.com/embed/videoseries?list=PL1":                                     "https://www.youtube.com/playlist?list=PL1",
		"https://www.youtube.com/watch?v=x":                                                      "",
		"https://www.dailymotion.com/embed/video/x1":                                             "https://www.dailymotion.com/video/x1",
		"https://geo.dailymotion.com/player.html?video=x1":                                       "https://www.dailymotion.com/video/x1",
		"https://player.twitch.tv/?video=v12&parent=a":                                           "https://www.twitch.tv/videos/12",
		"https://player.twitch.tv/?channel=ab":                                                   "https://www.twitch.tv/ab",
		"https://embed.ted.com/talks/x":                                                          "https://www.ted.com/talks/x",
		"https://open.spotify.com/embed/episode/9":                                               "https://open.spotify.com/episode/9",
		"https://embed.podcasts.apple.com/us/podcast/x":                                          "https://podcasts.apple.com/us/podcast/x",
		"https://streamable.com/e/9":                                                             "https://streamable.com/9",
		"https://player.bilibili.com/player.html?bvid=BV1":                                       "https://www.bilibili.com/video/BV1",
		"https://tube.example/videos/embed/uu-id":                                                "https://tube.example/videos/watch/uu-id",
		"https://www.facebook.com/plugins/video.php?href=https%3A%2F%2Fwww.facebook.com%2Fv%2F1": "https://www.facebook.com/v/1",
	} {
		if got := watchPage(address(t, in)); got != want {
			t.Errorf("watchPage(%s) = %q, not %q", in, got, want)
		}
	}
}

func TestTrackers(t *testing.T) {
	list := newTrackers(trackerList)
	for in, want := range map[string]bool{
		"https://pixel.wp.com/b.gif":                 true,
		"https://PIXEL.wp.com:443/b.gif":             true,
		"https://x.y.met.vgwort.de/na/1":             true,
		"https://notmet.vgwort.de/na/1":              false,
		"https://wp.com/b.gif":                       false,
		"https://www.facebook.com/tr?id=1":           true,
		"https://www.facebook.com/photo.jpg":         false,
		"https://blogger.googleusercontent.com/img/": false,
		"https://any.example/x/piwik.php?a":          true,
		"https://any.example/?u=/piwik.php":          false,
		"data:image/png;base64,AA":                   false,
	} {
		if got := list.match(in); got != want {
			t.Errorf("match(%s) = %t", in, got)
		}
	}
}

// TestBases holds that xml:base counts for an element and what is in it, and for
// nothing else.
func TestBases(t *testing.T) {
	const in = `<a href="1">1</a><div xml:base="/dir/"><a href="2">2</a><p xml:base="sub/"><img src="3" xml:base="deep/"><b><a href="4">4</a></p><a href="5">5</a></b></div>` +
		`<br xml:base="/no/"><a xml:base="https://b.example/x" href="6">6</a><a href="7">7</a><p xml:base="javascript:"><a href="8">8</a>`
	got := check(t, New(), in, address(t, "https://site.example/blog/post"))
	for _, want := range []string{"site.example/blog/1", "site.example/dir/2", "site.example/dir/sub/deep/3", "site.example/dir/sub/4",
		"site.example/dir/5", "b.example/6", "site.example/blog/7", "site.example/blog/8"} {
		if !strings.Contains(got, `="https://`+want+`"`) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

// TestManyBases holds that no more than maxRebases are heeded: each takes time as long as
// the one around it, and a fragment may have any number.
func TestManyBases(t *testing.T) {
	link := `<a xml:base="/deep/" href="x">x</a>`
	for n, want := range map[int]string{0: "/deep/x", maxRebases - 1: "/deep/x", maxRebases: "/x"} {
		out := string(New().HTML(strings.Repeat(`<br xml:base="abc/">`, n)+link, parse("https://site.example/")))
		if !strings.Contains(out, `href="https://site.example`+want+`"`) {
			t.Errorf("behind %d bases: %s", n, out[max(0, len(out)-100):])
		}
	}
}
