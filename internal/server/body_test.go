package server

import (
	"testing"

	"tidings/internal/feed"
	"tidings/internal/sanitize"
)

func TestPresent(t *testing.T) {
	s := sanitize.New()
	for in, want := range map[string]string{
		`plain <b>text</b>`:                                                   `plain <b>text</b>`,
		`<img src="https://a.example/p.png">`:                                 `<img alt="" src="https://a.example/p.png" loading="lazy" decoding="async">`,
		`<img src="https://a.example/p.png" alt="A hen">`:                     `<img src="https://a.example/p.png" alt="A hen" loading="lazy" decoding="async">`,
		`<img src="https://a.example/p.png" title=" alt=&quot;x">`:            `<img alt="" title="alt=&#34;x" src="https://a.example/p.png" loading="lazy" decoding="async">`,
		`<h1 lang="de">T</h1> <h1>U`:                                          `<h2 lang="de">T</h2> <h2>U</h2>`,
		`<pre>a &lt;b</pre><table><tr><td>1</table>`:                          `<pre tabindex="0">a &lt;b</pre><table tabindex="0"><tr><td>1</td></tr></table>`,
		`<main dir="rtl"><nav><p>x</p></nav></main>`:                          `<div dir="rtl"><div><p>x</p></div></div>`,
		`<a href="https://a.example/h1" title="<h1>">main &lt;nav&gt; h1</a>`: `<a title="&lt;h1&gt;" href="https://a.example/h1" rel="noopener noreferrer">main &lt;nav&gt; h1</a>`,
	} {
		if got := string(present(s.HTML(in, nil))); got != want {
			t.Errorf("%s\n = %s\nnot %s", in, got, want)
		}
	}
	for _, cut := range []feed.HTML{"cut <", "cut <img", `cut <a title="`, `cut <img alt="x`} {
		if got := present(cut); got != "cut " {
			t.Errorf("cut off: %s", got)
		}
	}
}
