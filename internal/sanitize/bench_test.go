package sanitize

import (
	"net/url"
	"testing"
)

// article is an entry of the usual length and make, 2.2 KB.
const article = `<p class="lead">The prime minister&#8217;s first visit to the capital ended on Tuesday without a deal on tariffs, officials said, although both sides described the talks as &#8220;warm and constructive&#8221; and agreed to <a href="https://news.example/2026/talks" target="_blank">meet again</a> within weeks.</p>
<figure class="wp-block-image size-large"><img loading="lazy" decoding="async" width="1024" height="683" src="https://cdn.example/wp-content/uploads/2026/11/visit-1024x683.jpg" alt="Two people shake hands before flags" class="wp-image-12345" srcset="https://cdn.example/wp-content/uploads/2026/11/visit-1024x683.jpg 1024w, https://cdn.example/wp-content/uploads/2026/11/visit-300x200.jpg 300w" sizes="(max-width: 1024px) 100vw, 1024px" /><figcaption>The handshake. Photo: A. Writer</figcaption></figure>
<p>Trade between the two countries was worth <strong>$41bn</strong> last year, according to the statistics office, and farmers on both sides have warned that a further rise would &#8220;hurt people who have nothing to do with this quarrel&#8221;. A spokeswoman for the ministry did not answer questions about the <em>schedule</em> of the next round.</p>
<h2>What happens next</h2>
<ul><li>Delegations meet in <a href="/places/geneva">Geneva</a> on 3 December.</li><li>The parliament votes on the budget a week later.</li><li>The present exemption runs out at the end of the year.</li></ul>
<blockquote><p>We came to listen, and we were listened to. Nobody should expect a paper after one dinner.</p></blockquote>
<p>Analysts were cautious. &#8220;The tone has changed, the numbers haven&#8217;t,&#8221; said one of them. The currency rose by half a per cent against the dollar and gave the gain back before the close of trading.</p>
<p>Read more: <a href="https://news.example/a?utm_source=rss&amp;utm_medium=feed">Five things to know</a>, <a href="https://news.example/b">a timeline of the dispute</a> and <a href="https://news.example/c">how tariffs work</a>.</p><p>The post <a rel="nofollow" href="https://news.example/visit">First visit ends without a deal</a> appeared first on <a rel="nofollow" href="https://news.example">Example News</a>.</p>`

func BenchmarkHTML(b *testing.B) {
	s, base := New(), &url.URL{Scheme: "https", Host: "news.example", Path: "/visit"}
	b.ReportAllocs()
	b.SetBytes(int64(len(article)))
	for b.Loop() {
		s.HTML(article, base)
	}
}

// BenchmarkWalk is the part of BenchmarkHTML that is ours.
func BenchmarkWalk(b *testing.B) {
	s, base := New(), &url.URL{Scheme: "https", Host: "news.example", Path: "/visit"}
	w := s.walks.New().(*work)
	b.ReportAllocs()
	b.SetBytes(int64(len(article)))
	for b.Loop() {
		w.run(article, base)
	}
}

// BenchmarkGuard is what the guard adds.
func BenchmarkGuard(b *testing.B) {
	s := New()
	clean, open := []byte(walked(s, article, nil)), new([]*shape)
	b.ReportAllocs()
	b.SetBytes(int64(len(article)))
	for b.Loop() {
		if !s.guard.recognises(clean, open) {
			b.Fatal("not recognised")
		}
	}
}

func BenchmarkHTMLPlain(b *testing.B) {
	s := New()
	const text = "A summary without any markup, as many feeds have it, of two hundred characters or so: long enough for the eye, " +
		"short enough to make people click, and there's nothing in it to clean."
	b.ReportAllocs()
	for b.Loop() {
		s.HTML(text, nil)
	}
}

func BenchmarkText(b *testing.B) {
	h := New().HTML(article, nil)
	b.ReportAllocs()
	for b.Loop() {
		Text(h)
	}
}

func BenchmarkTitle(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Title("First visit ends without a deal on tariffs")
		Title("<b>First</b> visit &amp;amp; what it&#8217;s worth")
	}
}
