package sanitize

import (
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// pieces are what random fragments are made of.
var pieces = strings.Split(`x|y | |
|&amp;|&#32;|&nbsp;|&lt;p&gt;|"|'|<p>|</p>|<p/>|<div>|</div>|<div dir=rtl>|<b>|</b>|<i id=q>|</i>|<em lang=de>|</em>|<span>|<span title=t>|</span>|<a>|<a href=/x>|<a href=#n>|<a name=n>|</a>|<ul>|</ul>|<ol start=3>|</ol>|<li>|</li>|<dl>|</dl>|<dt>|<dd>|</dd>|<table>|</table>|<tbody>|<thead>|</tbody>|<tr>|</tr>|<td>|<td colspan=2>|</td>|<th>|<caption>|</caption>|<colgroup>|</colgroup>|<col>|<h1>|</h1>|<h3>|</h3>|<pre>|</pre>|<blockquote>|</blockquote>|<figure>|<figcaption>|</figure>|<br>|</br>|<hr>|<wbr>|<img src=a.png>|<img src=b.png width=1 height=1>|<img data-src=c.png>|<noscript>|</noscript>|<picture>|<source srcset="d.png 1x, e.png 2x">|</picture>|<video>|<video src=v>|</video>|<audio src=a>|</audio>|<source src=s type=audio/ogg>|<track src=t>|<iframe src=//h/p>|</iframe>|<iframe src=/q />|<embed src=z>|<object data=o>|</object>|<svg>|</svg>|<math>|<math alttext=m>|</math>|<script>|</script>|<style>|</style>|<title>|</title>|<select>|</select>|<ruby>|<rt>|<rp>|</ruby>|<details>|<summary>|</summary>|</details>|<form>|</form>|<font>|</font>|<center>|</center>|<!--|-->|<![CDATA[|]]>|<|>|<q cite=/c>|</q>|<del datetime=2026-01-01>|</del>|<section>|</section>|<xmp>|</xmp>|<template>|</template>|<time>|</time>|<button>|</button>|<input type=checkbox checked>|<label>|</label>|<option>|</option>|<optgroup>|<textarea>|</textarea>|<datalist>|<legend>|<fieldset>|</fieldset>|<menu>|</menu>|<dir>|<font>|</font>|<big>|</big>|<multicol>|</multicol>|<map name=m>|</map>|<area href=/a>|<meter value=.5>|<span href=/y>|<keygen>|<h6>|<main>|</main>|<nobr>`, "|")

// TestRandom holds the invariants for random heaps of markup.
func TestRandom(t *testing.T) {
	s, base := New(), address(t, "https://site.example/blog/post")
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var b strings.Builder
		for range 1 + random.IntN(25) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		check(t, s, b.String(), base)
		if t.Failed() {
			return
		}
	}
}

// TestLinear holds that a trap four times as long takes no more than about four
// times as long, and that no depth hurts. The bound is loose, for the machine may
// be busy: what is quadratic takes sixteen times as long.
func TestLinear(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine has nothing to race with; it runs without the detector")
	}
	s, base := New(), address(t, "https://site.example/")
	for _, trap := range []string{
		"<div>", "<b>", "<p><b><i><u><s>", "<span>", "<a href=/x>", "<table>", "<table><tr><td>", "<ul><li>", "<svg>", "<math>", "<title>",
		"<!--", "<![CDATA[", "<", "</", "<a ", "<a b='", `<a b="`, "<p></b>", "</p>", "<video>", "<audio src=/a>", "<noscript>", "<iframe src=/a>", "<script>",
		"<b><p>", "</i><i>", "&", "&amp", "&#", "<img srcset='a 1x,", "]]>", "<dl><dt><div>", "<ruby><rt>", "<li>", "<select><svg>", "x ", "<option>", "<textarea>", "<button>", "<br></br>", "<div xml:base=a/><a href=b>", "<datalist>",
	} {
		const n = 20_000
		took := func(n int) time.Duration {
			in := strings.Repeat(trap, n)
			best := time.Hour
			for range 2 {
				start := spent(t)
				s.HTML(in, base)
				Title(in)
				best = min(best, spent(t)-start)
			}
			return best
		}
		short, long := took(n/4), took(n)
		if long > 12*short { // once more, for the machine may have been away
			short, long = took(n/4), took(n)
		}
		if long > 12*short && long > 100*time.Millisecond {
			t.Errorf("%q: %d times take %v, %d times %v", trap, n/4, short, n, long)
		}
	}
}

// spent is the processor's time that this process has used, which, unlike the
// clock's, doesn't run while others compute.
func spent(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestDepth holds that the depth of what comes out is bounded.
func TestDepth(t *testing.T) {
	s := New()
	for _, trap := range []string{"<div>", "<blockquote><p>", "<b>", "<table><tr><td>", "<ul><li>", "<span title=x>", "<a id=x><div>", "<li><ul>", "<ruby><rt>", "<table>"} {
		out := string(s.HTML(strings.Repeat(trap, 3000)+"x", nil))
		depth, deepest := 0, 0
		for i := range len(out) - 1 {
			if out[i] == '<' && out[i+1] == '/' {
				depth--
			} else if out[i] == '<' {
				depth++
			}
			deepest = max(deepest, depth)
		}
		if depth != 0 || deepest > maxDepth || !strings.Contains(out, "x") {
			t.Errorf("%q: depth %d at the end, %d at most", trap, depth, deepest)
		}
		if again := string(s.HTML(out, nil)); again != out {
			t.Errorf("%q: differs when sanitised again", trap)
		}
	}
}

// TestConcurrent lets the race detector look at what calls share.
func TestConcurrent(t *testing.T) {
	s, base := New(), address(t, "https://site.example/blog/post")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, g := range goldens {
				if got := string(s.HTML(g.in, base)); got != g.want {
					t.Errorf("%s: %s", g.name, got)
				}
			}
		})
	}
	wg.Wait()
}
