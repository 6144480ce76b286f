package sanitize

import "testing"

// payloads are attacks, written down family by family. Each of them, put into a
// page as it is, breaks the allowlist: TestPayloads proves that first.
var payloads = []string{
	// Scripts.
	`<script>alert(1)</script>`,
	`<SCRIPT SRC=//evil.example/x.js></SCRIPT>`,
	`<script/x>alert(1)</script/x>`,
	`<script
>alert(1)</script
>`,
	`<scr<script>ipt>alert(1)</scr</script>ipt>`,
	`<<script>alert(1);//<</script>`,
	`<script>alert(1)`,
	`<script type="text/x-template"><img src=x onerror=alert(1)></script>`,
	"<scr\x00ipt>alert(1)</script>",
	`<p>a</p><script>/*<b>*/alert(1)</script><p>b</p>`,
	`</script><script>alert(1)</script>`,
	`<script><!--<script></script>alert(1)--></script>`,

	// Event handlers.
	`<img src=x onerror=alert(1)>`,
	`<img src=x OnErRoR=alert(1)>`,
	`<img/src=x/onerror=alert(1)>`,
	"<img src=x\tonerror\n=\nalert(1)>",
	"<img src=x\x0conerror=alert(1)>",
	`<img src="x" onerror="alert&#40;1&#41;">`,
	`<img src=x onerror=alert(1)//<b>x`,
	`<img """><img src=x onerror=alert(1)>`,
	`<img src='x'onerror='alert(1)'>`,
	`<img src=x onload=alert(1) onerror=alert(2)>`,
	`<body onload=alert(1)><p onload=x>x</p onclick=x>`,
	`<p onclick=alert(1)>x</p>`,
	`<b onmouseover=alert(1)>x</b>`,
	`<div onpointerrawupdate=alert(1)>x</div>`,
	`<div onfocus=alert(1) tabindex=1 autofocus>x</div>`,
	`<details open ontoggle=alert(1)>x</details>`,
	`<video src=x onerror=alert(1)></video>`,
	`<video><source onerror=alert(1)></video>`,
	`<audio src=x oncanplay=alert(1)></audio>`,
	`<video poster=x onloadstart=alert(1) src=x>`,
	`<marquee onstart=alert(1)>x</marquee>`,
	`<a href="https://a.example" onclick="alert(1)">x</a>`,
	`<p onanimationstart=alert(1) style="animation-name:x">x</p>`,
	`<div style="overflow:auto" onscrollend=alert(1)>x</div>`,
	`<table background="javascript:alert(1)"><tr><td onmouseenter=alert(1)>x</table>`,
	`<br onclick=alert(1)>`,
	`<hr oncut=alert(1) contenteditable>`,
	`<li onbeforecopy=alert(1)>x`,
	`<x onclick=alert(1)>x</x>`,
	`<custom-element onfocusin=alert(1) tabindex=0>x</custom-element>`,
	`<p =onclick=alert(1) onclick=alert(2)>x`,
	`<p/onclick=alert(1)/>x`,
	`<p title="a"onclick="alert(1)">x`,
	`<p title='"><img src=x onerror=alert(1)>' onclick=x>x</p>`,

	// Schemes.
	`<a href="javascript:alert(1)">x</a>`,
	`<a href="JaVaScRiPt:alert(1)">x</a>`,
	`<a href=" javascript:alert(1)">x</a>`,
	"<a href=\"\x01javascript:alert(1)\">x</a>",
	"<a href=\"java\tscript:alert(1)\">x</a>",
	"<a href=\"java\nscript:alert(1)\">x</a>",
	"<a href=\"java\rscript:alert(1)\">x</a>",
	`<a href="java&#9;script:alert(1)">x</a>`,
	`<a href="java&Tab;script:alert(1)">x</a>`,
	`<a href="java&NewLine;script:alert(1)">x</a>`,
	`<a href="javascript&colon;alert(1)">x</a>`,
	`<a href="&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)">x</a>`,
	`<a href="&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1)">x</a>`,
	`<a href="&#0000106avascript:alert(1)">x</a>`,
	`<a href="&#1;&#2;javascript:alert(1)">x</a>`,
	`<a href=javascript:alert(1)>x</a>`,
	"<a href=`javascript:alert(1)`>x</a>",
	`<a href="javascript://%0aalert(1)">x</a>`,
	`<a href="javascript://https://a.example/%0aalert(1)">x</a>`,
	`<a href="vbscript:msgbox(1)">x</a>`,
	`<a href="data:text/html,<script>alert(1)</script>">x</a>`,
	`<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>`,
	`<a href="data:image/png;base64,AAAA">x</a>`,
	`<a href="blob:https://a.example/1">x</a>`,
	`<a href="file:///etc/passwd">x</a>`,
	`<a href="view-source:https://a.example">x</a>`,
	`<a href="feed:javascript:alert(1)">x</a>`,
	`<a href="livescript:alert(1)">x</a>`,
	`<a href="jar:https://a.example!/x">x</a>`,
	`<a href="intent://x#Intent;scheme=http;end">x</a>`,
	`<img src="javascript:alert(1)">`,
	`<img src="data:image/svg+xml,<svg onload=alert(1)>">`,
	`<img src="data:image/svg+xml;base64,PHN2Zy8+">`,
	`<img src="data:text/html;base64,AAAA">`,
	`<img lowsrc="javascript:alert(1)" dynsrc="javascript:alert(2)">`,
	`<img srcset="javascript:alert(1) 1x">`,
	`<img data-src="javascript:alert(1)">`,
	`<video src="javascript:alert(1)"></video>`,
	`<video poster="javascript:alert(1)"></video>`,
	`<video><source src="javascript:alert(1)"></video>`,
	`<video><track src="data:text/vtt,x" default></video>`,
	`<blockquote cite="javascript:alert(1)">x</blockquote>`,
	`<q cite="data:text/html,x">x</q>`,
	`<del cite="vbscript:x">x</del>`,
	`<a href="https://a.example" ping="https://evil.example">x</a>`,
	`<a href="https://a.example" target="_top">x</a>`,
	`<a href="https://a.example" rel="opener">x</a>`,
	`<a href="https://a.example" download>x</a>`,
	`<a href="https://a.example" referrerpolicy="unsafe-url">x</a>`,

	// Frames, plug-ins, forms.
	`<iframe src="javascript:alert(1)"></iframe>`,
	`<iframe src="https://evil.example/"></iframe>`,
	`<iframe srcdoc="<script>alert(1)</script>"></iframe>`,
	`<iframe srcdoc="&lt;img src=x onerror=alert(1)&gt;" src="https://a.example/">`,
	`<iframe/src="data:text/html,<script>alert(1)</script>">`,
	`<IFRAME SRC="about:blank" onload=alert(1)></IFRAME>`,
	`<frameset><frame src="javascript:alert(1)"></frameset><frame onload=alert(1)><p onclick=x>`,
	`<object data="javascript:alert(1)"></object>`,
	`<object data="data:text/html,x" type="text/html"></object>`,
	`<object><param name="src" value="javascript:alert(1)"></object>`,
	`<embed src="javascript:alert(1)">`,
	`<embed src="https://evil.example/x.swf" allowscriptaccess=always>`,
	`<applet code="Evil.class"></applet>`,
	`<portal src="https://evil.example"></portal>`,
	`<form action="javascript:alert(1)"><input type=submit></form>`,
	`<form id=x></form><button form=x formaction="javascript:alert(1)">x</button>`,
	`<input type=image src=x formaction="javascript:alert(1)" onerror=alert(1)>`,
	`<input autofocus onfocus=alert(1)>`,
	`<select autofocus onfocus=alert(1)><option>x</select>`,
	`<textarea autofocus onfocus=alert(1)>x</textarea>`,
	`<keygen autofocus onfocus=alert(1)>`,
	`<isindex action="javascript:alert(1)" type=image>`,
	`<dialog open onclose=alert(1)><form method=dialog><button>x</button></form></dialog>`,
	`<button popovertarget=x>x</button><div popover id=x onbeforetoggle=alert(1)>y</div>`,

	// What reaches out of the text.
	`<base href="javascript:/a/"><a href="#">x</a>`,
	`<base href="https://evil.example/"><a href="/x">x</a>`,
	`<meta http-equiv="refresh" content="0;url=javascript:alert(1)">`,
	`<meta http-equiv="refresh" content="0;url=https://evil.example/">`,
	`<meta charset="utf-7">+ADw-script+AD4-alert(1)`,
	`<link rel=stylesheet href="https://evil.example/x.css">`,
	`<link rel=import href="https://evil.example/">`,
	`<link rel="dns-prefetch" href="//evil.example">`,
	`<style>@import "https://evil.example/x.css";</style>`,
	`<style>body{background:url(javascript:alert(1))}</style>`,
	`<style><img src="</style><img src=x onerror=alert(1)>">`,
	`<p style="background:url(https://evil.example/x)">x</p>`,
	`<p style="width:expression(alert(1))">x</p>`,
	`<p style="-moz-binding:url(https://evil.example/x.xml#x)">x</p>`,
	`<p style="position:fixed;top:0;left:0;width:100%;height:100%">x</p>`,
	`<div style="x:\65xpression(alert(1))">x</div>`,
	`<p class="admin-toolbar" id="logout">x</p>`,
	`<a id=__proto__ name=cookie href="https://a.example">x</a>`,
	`<img name=getElementById src=x>`,
	`<p slot=x part=y is=z>x</p>`,
	`<p contenteditable accesskey=x draggable=true>x</p>`,
	`<body background="javascript:alert(1)" bgcolor=x><p style=x>`,
	`<bgsound src="javascript:alert(1)">`,
	`<layer src="https://evil.example/x.js"></layer>`,
	`<xml id=x><a href="javascript:alert(1)">y</a></xml>`,
	`<?xml-stylesheet href="javascript:alert(1)"?><p style=x>`,
	`<!DOCTYPE html><html manifest=x><body onload=alert(1)><p style=x>`,
	`<![CDATA[<img src=x onerror=alert(1)>]]>`,
	`<!--[if gte IE 4]><script>alert(1)</script><![endif]-->`,
	`<!--><img src=x onerror=alert(1)>-->`,
	`<!-- --!><img src=x onerror=alert(1)>-->`,
	`<comment><img src="</comment><img src=x onerror=alert(1)>"></comment>`,
	`<template><script>alert(1)</script></template>`,
	`<template shadowrootmode=open><img src=x onerror=alert(1)></template>`,

	// SVG and MathML.
	`<svg onload=alert(1)>`,
	`<svg/onload=alert(1)>`,
	`<svg><script>alert(1)</script></svg>`,
	`<svg><script>alert&#40;1&#41;</script></svg>`,
	`<svg><script href="data:text/javascript,alert(1)"/></svg>`,
	`<svg><a xlink:href="javascript:alert(1)"><text x=20 y=20>x</text></a></svg>`,
	`<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>`,
	`<svg><set attributeName=href to=javascript:alert(1)></svg>`,
	`<svg><foreignObject><img src=x onerror=alert(1)></foreignObject></svg>`,
	`<svg><use href="data:image/svg+xml,<svg id='x'><script>alert(1)</script></svg>#x"/></svg>`,
	`<svg><style><img src="</style><img src=x onerror=alert(1)>">`,
	`<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">`,
	`<svg><desc><![CDATA[</desc><script>alert(1)</script>]]></svg>`,
	`<math href="javascript:alert(1)">x</math>`,
	`<math><a xlink:href="javascript:alert(1)">x</a></math>`,
	`<math><maction actiontype="statusline#javascript:alert(1)">x</maction></math>`,
	`<math><annotation-xml encoding="text/html"><img src=x onerror=alert(1)></annotation-xml></math>`,
	`<math alttext="<img src=x onerror=alert(1)>"><mi>x</mi></math>`,

	// Markup that means one thing to a sanitiser and another to a browser.
	`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`,
	`<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`,
	`<svg><p><style><g title="</style><img src=x onerror=alert(1)>">`,
	`<noscript><p title="</noscript><img src=x onerror=alert(1)>">`,
	`<noscript><style></noscript><img src=x onerror=alert(1)>`,
	`<textarea><img title="</textarea><img src=x onerror=alert(1)>">`,
	`<title><a title="</title><img src=x onerror=alert(1)>">`,
	`<xmp><p title="</xmp><svg/onload=alert(1)>">`,
	`<plaintext><img src=x onerror=alert(1)>`,
	`<noembed><img title="</noembed><img src=x onerror=alert(1)>"></noembed>`,
	`<noframes><img title="</noframes><img src=x onerror=alert(1)>"></noframes>`,
	`<iframe><img title="</iframe><img src=x onerror=alert(1)>"></iframe>`,
	`<listing>&lt;img src=x onerror=alert(1)&gt;</listing>`,
	`<select><template><style><!--</style><a rel="--></style></template></select><img id=x src onerror=alert(1)>">`,
	`<table><td><svg><desc><td></desc></svg><title><a id="</title><img src=x onerror=alert(1)>"></a></title></td></table>`,
	`<a><table><a href="javascript:alert(1)">x`,
	`<option><style></option></select><b><img src=xx: onerror=alert(1)></style></option>`,
	`<form><input name=attributes><input name=parentNode></form>`,
	`<b <script>alert(1)</script>0`,
	`<a href="x"y onclick=alert(1)>x</a>`,
	`<p title=x>"><img src=x onerror=alert(1)></p>`,
	`<p title="</p><script>alert(1)</script>" onclick=x>`,
	`<p title='a' title='b' style=x onclick='c'>`,
	`<a href="https://a.example/&quot; onclick=&quot;alert(1)" onclick=x>x</a>`,
	`<img alt="` + "`" + `"><img src=x onerror=alert(1)>`,
	`<img src="https://a.example/a.png" alt="x` + "``" + `onerror=alert(1)" onerror=alert(1)>`,

	// Unicode.
	"<\u017fcript>alert(1)</\u017fcript>",
	"<a href=\"java\u017fcript:alert(1)\">x</a>",
	"<img src=x on\u212aeydown=x onerror=alert(1)>",
	"<p \u2028onclick=alert(1)>x</p>",
	"<a href=\"\u3000javascript:alert(1)\">x</a>",
	"\ufeff<img src=x onerror=alert(1)>",
	"<img src=x \xff onerror=alert(1)>",
	"<a href=\"\u200bjavascript:alert(1)\">x</a>",
	"\uff1cscript\uff1ealert(1)<p style=x>",
}

// TestPayloads sanitises every payload, after having seen that it is one.
func TestPayloads(t *testing.T) {
	if len(payloads) < 120 {
		t.Errorf("%d payloads", len(payloads))
	}
	s, base := New(), address(t, "https://site.example/blog/")
	for _, p := range payloads {
		if violation(p) == "" {
			t.Errorf("%q violates nothing as it is, so it tests nothing", p)
		}
		check(t, s, p, base)
		check(t, s, "before "+p+" after", base)
		check(t, s, `<table><tr><td><a href="/x" title="`+p+`">`+p, base)
	}
}

// TestPolicyAlone holds that the policy alone stops every payload too: it is no
// decoration. It need not balance, nor set the rel of links.
func TestPolicyAlone(t *testing.T) {
	s := New()
	for _, p := range payloads {
		out := s.policy.Sanitize(p)
		if v := violation(out); v != "" && v != "link without rel" {
			t.Errorf("policy makes of %q\n%q\nwhich has %s", p, out, v)
		}
	}
}
