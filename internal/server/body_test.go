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
		`<main dir="rtl"><nav><p>x</p></nav></main>`:                          `<div dir="rtl"><div><p>x</p></div></div>`,
		`<a href="https://a.example/h1" title="<h1>">main &lt;nav&gt; h1</a>`: `<a title="&lt;h1&gt;" href="https://a.example/h1" rel="noopener noreferrer">main &lt;nav&gt; h1</a>`,
	} {
		if got := string(present(s.HTML(in, nil))); got != want {
			t.Errorf("%s\n = %s\nnot %s", in, got, want)
		}
	}
	if got := present(feed.HTML("cut <img")); got != `cut <img alt="">` {
		t.Errorf("cut off: %s", got)
	}
}
